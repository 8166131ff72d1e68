//! The targets, one file for each.
//!
//! A file says the property once, as a function of what is put to it: of the real thing, and of the same with a bug in it.

mod bincode;
mod broken;
mod cache_key;
mod canonical;
mod codec;
mod decompress;
mod dictionary;
mod envelope;
mod hot_keys;
mod json;
mod message_pack;
mod names;
mod notices;
mod pattern;
mod postcard;
mod preamble;
mod redis_url;
mod replies;
mod request;
mod settings_environment;
mod settings_json;
mod settings_text;
mod settings_toml;
mod stored;
mod text_pieces;
mod token;

use crate::Target;

/// Every target.
pub static ALL: &[Target] = &[
    envelope::TARGET,
    preamble::TARGET,
    stored::TARGET,
    message_pack::TARGET,
    json::TARGET,
    postcard::TARGET,
    bincode::TARGET,
    decompress::TARGET,
    dictionary::TARGET,
    cache_key::TARGET,
    canonical::TARGET,
    request::TARGET,
    text_pieces::TARGET,
    pattern::TARGET,
    names::TARGET,
    settings_json::TARGET,
    settings_toml::TARGET,
    settings_environment::TARGET,
    redis_url::TARGET,
    notices::TARGET,
    replies::TARGET,
    token::TARGET,
    hot_keys::TARGET,
];

/// The target called `name`, be it in the list or not.
#[must_use]
pub fn find(name: &str) -> Option<&'static Target> {
    ALL.iter().chain(broken::ALL).find(|target| target.name == name)
}
