//! The tags that every kept reply bears, by which many are invalidated at once.

use larder_core::{Result, Tag, Tags};
use larder_key::{Digest, operation_part};

use crate::request::AiRequest;

/// The tags of a request's reply: its operation, scope, model, prompt and documents.
pub(crate) fn of(request: &AiRequest) -> Result<Tags> {
    let mut tags = vec![operation(request.operation())?, Tag::new(format!("scope:{}", request.scope().hash()))?];
    if let Some(model) = request.get_model() {
        tags.push(named("model:", model)?);
    }
    if let Some((template, version)) = request.get_prompt() {
        tags.push(named("prompt:", &format!("{}|{version}", template.replace('|', "%7C")))?);
    }
    for document in request.documents() {
        tags.push(named("doc:", document)?);
    }
    Ok(tags.into_iter().collect())
}

/// The tag of everything that answers `operation`.
pub(crate) fn operation(operation: &str) -> Result<Tag> {
    Tag::new(format!("op:{}", operation_part(operation)))
}

/// A tag with a name of the application's; a long or unprintable one by its hash.
fn named(label: &str, name: &str) -> Result<Tag> {
    let plain =
        label.len() + name.len() <= Tag::MAX && !name.starts_with("hash:") && !name.chars().any(char::is_control);
    if plain {
        Tag::new(format!("{label}{name}"))
    } else {
        Tag::new(format!("{label}hash:{}", Digest::of_content(name.as_bytes()).short()))
    }
}
