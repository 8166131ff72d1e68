//! Requests written as JSON, and JSON encoded in place.

use larder_key::{Attachment, Canonical, Encoder, Identity, KeyError, Message, Prompt, Request, Scope};
use serde_json::{Map, Value, json};

/// JSON as a canonical value, nothing copied.
#[derive(Clone, Copy)]
pub(crate) struct Json<'a>(pub(crate) &'a Value);

impl Canonical for Json<'_> {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        match self.0 {
            Value::Null => encoder.null(),
            Value::Bool(value) => encoder.bool(*value),
            Value::Number(number) => match number.as_i128() {
                Some(integer) => encoder.integer(integer),
                None => encoder.float(number.as_f64().unwrap())?,
            },
            Value::String(text) => encoder.text(text),
            Value::Array(items) => encoder.list(items.iter().map(Json))?,
            Value::Object(entries) => encoder.map(pairs(entries))?,
        }
        Ok(())
    }
}

/// A request in which every field is set.
pub(crate) fn full() -> Value {
    json!({
        "scope": { "tenant": "acme", "user": "ann" },
        "namespace": "notes",
        "operation": "qa",
        "text": "A larder is a cool room for food.",
        "question": "What is a larder?",
        "provider": "openai",
        "model": "gpt-4o-2024-08-06",
        "endpoint": "chat",
        "prompt": { "template": "answer", "version": "3" },
        "system": "Answer in one sentence.",
        "messages": [
            { "role": "user", "name": "ann", "content": "Look it up." },
            { "role": "assistant", "content": null, "tool_calls": [{ "id": "c1", "name": "look_up", "arguments": "{\"word\":\"larder\"}" }] },
            { "role": "tool", "content": [{ "type": "text", "text": "a cool room" }], "tool_call_id": "c1", "refusal": null },
        ],
        "attachments": [
            { "content": "bytes of a picture", "media_type": "image/png", "name": "room.png", "name_is_sent": true },
        ],
        "tools": [
            { "name": "look_up", "parameters": { "type": "object", "properties": { "word": { "type": "string" } } } },
            { "name": "search", "parameters": { "type": "object" } },
        ],
        "tool_choice": { "name": "look_up" },
        "response_schema": { "type": "object", "required": ["answer"] },
        "options": {
            "temperature": 0.2, "top_p": 0.9, "top_k": 40, "max_tokens": 100, "stop": ["END"], "n": 1, "seed": 7,
            "presence_penalty": 0.1, "frequency_penalty": 0.2, "logit_bias": { "50256": -100 },
            "reasoning_effort": "low", "safety_settings": [{ "category": "harm", "threshold": "high" }], "locale": "en",
        },
    })
}

/// A request in which only what must be set is set.
pub(crate) fn least() -> Value {
    json!({ "scope": {}, "operation": "summarize", "text": "A larder is a cool room for food." })
}

/// `request` with the value at `pointer` set, parents made where they are missing.
pub(crate) fn with(request: &Value, pointer: &str, value: Value) -> Value {
    let mut changed = request.clone();
    let mut place = &mut changed;
    for step in pointer.split('/').skip(1) {
        place = match step.parse::<usize>() {
            Ok(index) if place.is_array() => &mut place[index],
            _ => &mut place[step],
        };
    }
    *place = value;
    changed
}

/// `request` with what is at `pointer` gone.
pub(crate) fn without(request: &Value, pointer: &str) -> Value {
    let mut changed = request.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    changed.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
    changed
}

pub(crate) fn identity(request: &Value) -> Identity {
    with_request(request, |request| request.identity().unwrap())
}

/// Builds the request that `json` describes and hands it to `use_it`.
pub(crate) fn with_request<R>(json: &Value, use_it: impl FnOnce(&Request<'_>) -> R) -> R {
    let nothing = Map::new();
    let scope = scope(&json["scope"]);
    let parts: Vec<_> = json["messages"].as_array().into_iter().flatten().map(MessageParts::of).collect();
    let messages: Vec<_> = parts.iter().map(MessageParts::message).collect();
    let attachments: Vec<_> = json["attachments"].as_array().into_iter().flatten().map(attachment).collect();
    let options: Vec<_> = pairs(json["options"].as_object().unwrap_or(&nothing)).collect();
    let (tools, choice, schema) =
        (json.get("tools").map(Json), json.get("tool_choice").map(Json), json.get("response_schema").map(Json));
    use_it(&Request {
        scope: &scope,
        namespace: text(json, "namespace"),
        operation: text(json, "operation").unwrap(),
        text: text(json, "text").unwrap().into(),
        question: text(json, "question"),
        options: &options,
        provider: text(json, "provider"),
        model: text(json, "model"),
        endpoint: text(json, "endpoint"),
        prompt: json.get("prompt").map(|prompt| Prompt {
            template: text(prompt, "template").unwrap(),
            version: text(prompt, "version").unwrap(),
        }),
        system: text(json, "system"),
        messages: &messages,
        attachments: &attachments,
        tools: tools.as_ref().map(|tools| tools as &dyn Canonical),
        tool_choice: choice.as_ref().map(|choice| choice as &dyn Canonical),
        response_schema: schema.as_ref().map(|schema| schema as &dyn Canonical),
    })
}

fn scope(json: &Value) -> Scope {
    match (text(json, "tenant"), text(json, "user")) {
        (None, None) => Scope::public(),
        (Some(tenant), None) => Scope::tenant(tenant),
        (None, Some(user)) => Scope::user(user),
        (Some(tenant), Some(user)) => Scope::user_of(tenant, user),
    }
}

fn attachment(json: &Value) -> Attachment<'_> {
    Attachment {
        media_type: text(json, "media_type"),
        name: text(json, "name"),
        name_is_sent: json["name_is_sent"] == true,
        ..Attachment::new(text(json, "content").unwrap().as_bytes())
    }
}

struct MessageParts<'a> {
    json: &'a Value,
    content: Option<Json<'a>>,
    tool_calls: Option<Json<'a>>,
    more: Vec<(&'a str, Json<'a>)>,
}

impl<'a> MessageParts<'a> {
    fn of(json: &'a Value) -> Self {
        let known = ["role", "name", "content", "tool_calls", "tool_call_id"];
        let more = pairs(json.as_object().unwrap()).filter(|(name, _)| !known.contains(name)).collect();
        Self { json, content: json.get("content").map(Json), tool_calls: json.get("tool_calls").map(Json), more }
    }

    fn message(&self) -> Message<'_> {
        Message {
            role: text(self.json, "role").unwrap(),
            name: text(self.json, "name"),
            content: self.content.as_ref().map(|content| content as &dyn Canonical),
            tool_calls: self.tool_calls.as_ref().map(|calls| calls as &dyn Canonical),
            tool_call_id: text(self.json, "tool_call_id"),
            more: &self.more,
        }
    }
}

fn text<'a>(json: &'a Value, name: &str) -> Option<&'a str> {
    json.get(name).map(|value| value.as_str().unwrap())
}

fn pairs(entries: &Map<String, Value>) -> impl Iterator<Item = (&str, Json<'_>)> {
    entries.iter().map(|(name, value)| (name.as_str(), Json(value)))
}
