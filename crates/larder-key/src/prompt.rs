use crate::canonical::Canonical;
use crate::encoder::Encoder;
use crate::error::KeyError;

/// Which prompt template made the request, in which version.
///
/// A new version is a new key: nothing made with the old wording is found again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prompt<'a> {
    /// The template's id.
    pub template: &'a str,
    /// Its version.
    pub version: &'a str,
}

impl Canonical for Prompt<'_> {
    fn encode(&self, encoder: &mut Encoder<'_>) -> Result<(), KeyError> {
        let Self { template, version } = *self;
        encoder.record(|record| {
            record.field(1, "template", template)?;
            record.field(2, "version", version)
        })
    }
}
