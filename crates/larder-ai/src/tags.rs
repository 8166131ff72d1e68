//! The tags that every kept reply bears, by which many are invalidated at once.

use larder_core::{Result, Tag, Tags};
use larder_key::{Digest, Scope, operation_part};

use crate::request::AiRequest;

/// The tags of a request's reply: its operation, scope, model, prompt and documents.
pub(crate) fn of(request: &AiRequest) -> Result<Tags> {
    let known = [operation(request.operation()), scope(request.scope())];
    let named = request.get_model().map(model).into_iter();
    let templated = request.get_prompt().map(|(template, version)| prompt(template, version));
    let documents = request.documents().iter().map(|id| document(id));
    known.into_iter().chain(named).chain(templated).chain(documents).collect()
}

/// The tag of everything that answers `operation`.
pub(crate) fn operation(operation: &str) -> Result<Tag> {
    Tag::new(format!("op:{}", operation_part(operation)))
}

/// The tag of everything that is data of `scope`.
pub(crate) fn scope(scope: &Scope) -> Result<Tag> {
    Tag::new(format!("scope:{}", scope.hash()))
}

/// The tag of everything that was asked of `model`.
pub(crate) fn model(model: &str) -> Result<Tag> {
    named("model:", model)
}

/// The tag of everything that was asked with this version of this template.
pub(crate) fn prompt(template: &str, version: &str) -> Result<Tag> {
    named("prompt:", &format!("{}|{version}", template.replace('%', "%25").replace('|', "%7C")))
}

/// The tag of everything that was asked about this document.
pub(crate) fn document(id: &str) -> Result<Tag> {
    named("doc:", id)
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
