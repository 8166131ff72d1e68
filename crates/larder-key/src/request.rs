use std::fmt;

use crate::attachment::Attachment;
use crate::canonical::Canonical;
use crate::digest::{self, Digest};
use crate::encoder::Encoder;
use crate::entries::Entries;
use crate::error::{KeyError, KeyFault};
use crate::excluded;
use crate::identity::Identity;
use crate::message::Message;
use crate::prompt::Prompt;
use crate::scope::Scope;
use crate::sink::{HashSink, Sink};
use crate::text::{self, Text};

/// The version of the encoding. It is the first byte of every pre-image.
///
/// Changing a byte of any pre-image means raising it: old keys are then never found, instead of wrongly.
pub const SCHEMA: u8 = 1;

/// A model request as its key sees it: everything that can change the answer, borrowed.
///
/// Start from [`Request::new`] and name what the request has; name every field where a new one must not be forgotten.
/// `None` is absent, and absent is neither null nor empty. `Debug` shows the scope's hash and the operation, nothing else.
///
/// ```
/// use larder_key::{Request, Scope, Value};
///
/// let scope = Scope::tenant("acme");
/// let request = Request {
///     model: Some("gpt-4o-2024-08-06"),
///     options: &[("temperature", Value::from(0.2)), ("max_length", Value::from(100))],
///     ..Request::new(&scope, "summarize", "A larder is a cool room.")
/// };
/// let other = Request { model: Some("gpt-4o-mini"), ..request };
/// assert_ne!(request.identity()?, other.identity()?);
/// # Ok::<(), larder_key::KeyError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Whose data it is.
    pub scope: &'a Scope,
    /// A caller's own division of the scope; it can never reach another scope.
    pub namespace: Option<&'a str>,
    /// What the model is asked to do, such as `summarize`.
    pub operation: &'a str,
    /// The text it is asked about.
    pub text: Text<'a>,
    /// The question about the text. No question is not the empty question.
    pub question: Option<&'a str>,
    /// Temperature, limits, stop words, seed, penalties, locale and any other option; all but [`EXCLUDED`](crate::EXCLUDED) count.
    pub options: &'a dyn Entries,
    /// Who runs the model.
    pub provider: Option<&'a str>,
    /// The model's id after aliases were resolved.
    pub model: Option<&'a str>,
    /// Which kind of endpoint is asked: `chat`, `completion`, `responses`, ….
    pub endpoint: Option<&'a str>,
    /// The template the prompt was made from.
    pub prompt: Option<Prompt<'a>>,
    /// The system text.
    pub system: Option<&'a str>,
    /// The conversation so far, in order.
    pub messages: &'a [Message<'a>],
    /// Files sent along, in order.
    pub attachments: &'a [Attachment<'a>],
    /// The tools on offer, a list in the order they are sent.
    pub tools: Option<&'a dyn Canonical>,
    /// How the model may choose among the tools.
    pub tool_choice: Option<&'a dyn Canonical>,
    /// The schema that the answer must follow.
    pub response_schema: Option<&'a dyn Canonical>,
}

impl<'a> Request<'a> {
    /// A request with these three, all else absent.
    pub fn new(scope: &'a Scope, operation: &'a str, text: impl Into<Text<'a>>) -> Self {
        Self {
            scope,
            namespace: None,
            operation,
            text: text.into(),
            question: None,
            options: &(),
            provider: None,
            model: None,
            endpoint: None,
            prompt: None,
            system: None,
            messages: &[],
            attachments: &[],
            tools: None,
            tool_choice: None,
            response_schema: None,
        }
    }

    /// The identity of the request: equal for requests that may share an answer, and only for them.
    ///
    /// # Errors
    /// [`KeyFault::Empty`] for an empty scope id, namespace or operation, [`KeyFault::NotFinite`],
    /// [`KeyFault::Repeated`], [`KeyFault::TooDeep`].
    pub fn identity(&self) -> Result<Identity, KeyError> {
        Ok(Hashes::of(self)?.identity)
    }

    /// The bytes whose hash is the identity, for tests and diagnosis.
    ///
    /// Text and question are in it as digests, all else as it is: treat them as confidential.
    ///
    /// # Errors
    /// As [`identity`](Self::identity).
    pub fn preimage(&self) -> Result<Vec<u8>, KeyError> {
        let mut bytes = Vec::new();
        let (text, question) = self.digests();
        self.write(&mut bytes, text, question)?;
        Ok(bytes)
    }

    fn digests(&self) -> (Digest, Option<Digest>) {
        (self.text.digest(), self.question.map(text::digest_of))
    }

    fn write(&self, sink: &mut dyn Sink, text: Digest, question: Option<Digest>) -> Result<(), KeyError> {
        Encoder::run(sink, |encoder| self.encode(encoder, text, question))
    }

    /// Names every field, so that a new one does not compile until it is encoded. What a readable key does not show
    /// comes first, and the mark after it: its hash is the key's `opts`. Text and question come as digests.
    fn encode(&self, encoder: &mut Encoder<'_>, text: Digest, question: Option<Digest>) -> Result<(), KeyError> {
        let Self {
            scope,
            namespace,
            operation,
            text: _,
            question: _,
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
        } = *self;
        encoder.byte(SCHEMA);
        encoder.optional(1, "namespace", namespace.map(NonEmpty))?;
        encoder.optional(2, "provider", provider)?;
        encoder.optional(3, "model", model)?;
        encoder.optional(4, "endpoint", endpoint)?;
        encoder.optional(5, "prompt", prompt)?;
        encoder.optional(6, "system", system)?;
        encoder.records(7, "messages", messages)?;
        encoder.records(8, "attachments", attachments)?;
        encoder.optional(9, "tools", tools)?;
        encoder.optional(10, "tool_choice", tool_choice)?;
        encoder.optional(11, "response_schema", response_schema)?;
        encoder.named(12, "options", options, |option| !excluded::is_excluded(option))?;
        encoder.end();
        encoder.mark();
        encoder.field(13, "scope", scope)?;
        encoder.field(14, "operation", NonEmpty(operation))?;
        encoder.field(15, "text", text)?;
        encoder.optional(16, "question", question)?;
        encoder.end();
        Ok(())
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("scope", self.scope)
            .field("operation", &self.operation)
            .field("text", &self.text)
            .finish_non_exhaustive()
    }
}

/// Every hash a key is made of; each byte of the request is hashed once.
pub(crate) struct Hashes {
    pub(crate) text: Digest,
    pub(crate) question: Option<Digest>,
    pub(crate) hidden: Digest,
    pub(crate) identity: Identity,
}

impl Hashes {
    pub(crate) fn of(request: &Request<'_>) -> Result<Self, KeyError> {
        let (text, question) = request.digests();
        let mut sink = HashSink::new(&digest::IDENTITY);
        request.write(&mut sink, text, question)?;
        let hidden = sink.marked.expect("a request marks what a key does not show");
        let whole = sink.whole.expect("an encoding that did not fail has an end");
        Ok(Self { text, question, hidden, identity: Identity::from(whole) })
    }
}

/// A name that must say something.
struct NonEmpty<'a>(&'a str);

impl Canonical for NonEmpty<'_> {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        if self.0.is_empty() {
            return Err(KeyError::nameless(KeyFault::Empty));
        }
        self.0.encode(encoder)
    }
}
