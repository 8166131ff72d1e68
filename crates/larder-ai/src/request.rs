//! What a model is asked, and for whom.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use larder_key::{Attachment, KeyError, Message, Prompt, Request, Scope};
use serde_json::{Map, Value};

use crate::json::{Json, JsonEntries};

/// A request to a model. Everything in it that can change the answer is part of the key.
///
/// Cheap to clone. `Debug` shows the scope's hash and the operation, never what is asked.
#[derive(Clone)]
pub struct AiRequest(Arc<Fields>);

#[derive(Clone)]
struct Fields {
    scope: Scope,
    operation: String,
    text: String,
    namespace: Option<String>,
    question: Option<String>,
    options: Map<String, Value>,
    provider: Option<String>,
    model: Option<String>,
    endpoint: Option<String>,
    prompt: Option<(String, String)>,
    system: Option<String>,
    messages: Vec<AiMessage>,
    attachments: Vec<Attachment<'static>>,
    tools: Option<Value>,
    tool_choice: Option<Value>,
    response_schema: Option<Value>,
    documents: Vec<String>,
    ttl: Option<Duration>,
}

/// One message of a conversation, as it is sent to the model. `Debug` shows who speaks, never what is said.
#[derive(Clone, PartialEq)]
pub struct AiMessage {
    /// Who speaks: `user`, `assistant`, `tool`, ….
    pub role: String,
    /// A text, or a list of parts.
    pub content: Value,
    /// Whatever else the message has: `name`, `tool_calls`, `tool_call_id`. All of it is in the key.
    pub more: Map<String, Value>,
}

impl AiMessage {
    /// A message with a role and a content.
    #[must_use]
    pub fn new(role: impl Into<String>, content: impl Into<Value>) -> Self {
        Self { role: role.into(), content: content.into(), more: Map::new() }
    }

    /// The same message with one more field.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.more.insert(name.into(), value.into());
        self
    }
}

impl fmt::Debug for AiMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AiMessage").field("role", &self.role).finish_non_exhaustive()
    }
}

macro_rules! setters {
    ($($(#[$doc:meta])* $field:ident($($argument:ident: $type:ty),+) = $value:expr;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $field(self, $($argument: $type),+) -> Self {
            self.change(|fields| fields.$field = $value)
        }
    )*};
}

impl AiRequest {
    /// Asks for `operation` on `text`, for the data of `scope`. There is no scope by default.
    #[must_use]
    pub fn new(scope: Scope, operation: impl Into<String>, text: impl Into<String>) -> Self {
        Self(Arc::new(Fields {
            scope,
            operation: operation.into(),
            text: text.into(),
            namespace: None,
            question: None,
            options: Map::new(),
            provider: None,
            model: None,
            endpoint: None,
            prompt: None,
            system: None,
            messages: Vec::new(),
            attachments: Vec::new(),
            tools: None,
            tool_choice: None,
            response_schema: None,
            documents: Vec::new(),
            ttl: None,
        }))
    }

    setters! {
        /// The question about the text. No question is not the empty question.
        question(question: impl Into<String>) = Some(question.into());
        /// A division of the scope of your own; it never reaches another scope.
        namespace(namespace: impl Into<String>) = Some(namespace.into());
        /// Who runs the model.
        provider(provider: impl Into<String>) = Some(provider.into());
        /// The model's id after aliases were resolved.
        model(model: impl Into<String>) = Some(model.into());
        /// Which kind of endpoint is asked.
        endpoint(endpoint: impl Into<String>) = Some(endpoint.into());
        /// The template that the prompt was made from, and its version: a new version is a new key.
        prompt(template: impl Into<String>, version: impl Into<String>) = Some((template.into(), version.into()));
        /// The system text.
        system(system: impl Into<String>) = Some(system.into());
        /// The tools on offer, in the order in which they are sent.
        tools(tools: impl Into<Value>) = Some(tools.into());
        /// How the model may choose among the tools.
        tool_choice(choice: impl Into<Value>) = Some(choice.into());
        /// The schema that the answer must follow.
        response_schema(schema: impl Into<Value>) = Some(schema.into());
        /// How long the reply is fresh at most; it can shorten the operation's ttl. Zero keeps nothing, and
        /// removes what was kept. Not in the key.
        ttl(ttl: Duration) = Some(ttl);
    }

    /// Temperature, limits, seed or any other option. An option that is not known to be harmless changes the key; those
    /// that are (such as `timeout` and `stream`) are listed in [`larder_key::EXCLUDED`].
    #[must_use]
    pub fn option(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.change(|fields| {
            fields.options.insert(name.into(), value.into());
        })
    }

    /// The next message of the conversation.
    #[must_use]
    pub fn message(self, message: AiMessage) -> Self {
        self.change(|fields| fields.messages.push(message))
    }

    /// The next file sent along, known by its bytes. Its name counts if the model is told it.
    #[must_use]
    pub fn attachment(self, bytes: &[u8]) -> Self {
        let attachment = Attachment::new(bytes);
        self.change(|fields| fields.attachments.push(attachment))
    }

    /// A document the text comes from, so that its replies can be invalidated with it. Not in the key.
    #[must_use]
    pub fn document(self, id: impl Into<String>) -> Self {
        self.change(|fields| fields.documents.push(id.into()))
    }

    fn change(mut self, change: impl FnOnce(&mut Fields)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// Whose data it is.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.0.scope
    }

    /// What the model is asked to do.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.0.operation
    }

    /// The text it is asked about.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The question about the text.
    #[must_use]
    pub fn get_question(&self) -> Option<&str> {
        self.0.question.as_deref()
    }

    /// The options.
    #[must_use]
    pub fn options(&self) -> &Map<String, Value> {
        &self.0.options
    }

    /// The model's id.
    #[must_use]
    pub fn get_model(&self) -> Option<&str> {
        self.0.model.as_deref()
    }

    /// The system text.
    #[must_use]
    pub fn get_system(&self) -> Option<&str> {
        self.0.system.as_deref()
    }

    /// The conversation.
    #[must_use]
    pub fn messages(&self) -> &[AiMessage] {
        &self.0.messages
    }

    /// The template of the prompt and its version.
    #[must_use]
    pub fn get_prompt(&self) -> Option<(&str, &str)> {
        self.0.prompt.as_ref().map(|(template, version)| (template.as_str(), version.as_str()))
    }

    pub(crate) fn documents(&self) -> &[String] {
        &self.0.documents
    }

    pub(crate) fn get_ttl(&self) -> Option<Duration> {
        self.0.ttl
    }

    /// Shows the request to `with` as its key sees it. Every field is named: a new one does not compile until it is
    /// either in the key or said not to be.
    pub(crate) fn keyed<T>(&self, with: impl FnOnce(&Request<'_>) -> Result<T, KeyError>) -> Result<T, KeyError> {
        let Fields {
            scope,
            operation,
            text,
            namespace,
            question,
            options,
            provider,
            model,
            endpoint,
            prompt,
            system,
            messages,
            attachments,
            tools,
            tool_choice,
            response_schema,
            documents: _,
            ttl: _,
        } = &*self.0;
        let options = JsonEntries::new(options);
        let parts: Vec<_> =
            messages.iter().map(|message| (Json(&message.content), JsonEntries::new(&message.more))).collect();
        let messages: Vec<_> = (messages.iter().zip(&parts))
            .map(|(message, (content, more))| Message { more, ..Message::new(&message.role, content) })
            .collect();
        let [tools, choice, schema] = [tools, tool_choice, response_schema].map(|value| value.as_ref().map(Json));
        with(&Request {
            scope,
            namespace: namespace.as_deref(),
            operation,
            text: text.as_str().into(),
            question: question.as_deref(),
            options: &options,
            provider: provider.as_deref(),
            model: model.as_deref(),
            endpoint: endpoint.as_deref(),
            prompt: prompt.as_ref().map(|(template, version)| Prompt { template, version }),
            system: system.as_deref(),
            messages: &messages,
            attachments,
            tools: tools.as_ref().map(|value| value as _),
            tool_choice: choice.as_ref().map(|value| value as _),
            response_schema: schema.as_ref().map(|value| value as _),
        })
    }
}

impl fmt::Debug for AiRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AiRequest")
            .field("scope", &self.0.scope)
            .field("operation", &self.0.operation)
            .finish_non_exhaustive()
    }
}
