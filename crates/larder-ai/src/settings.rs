//! What an AI cache can be told.

use std::collections::BTreeMap;
use std::time::Duration;

use larder_core::{Error, Result};

use crate::tier::TextTiers;

/// The settings of an AI cache. Plain data.
#[derive(Clone, Debug, PartialEq)]
pub struct AiSettings {
    /// Whether replies are cached at all. Default: yes. When not, the model is asked every time.
    pub enabled: bool,
    /// The longest text that a readable key shows, in characters, inclusive. Default: 1 000. Changes what a key looks
    /// like, never what it means.
    pub text_hash_threshold: usize,
    /// Whether keys show short texts at all. Default: no. For development only: keys reach logs and consoles.
    pub readable_keys: bool,
    /// Sizes of texts, for statistics.
    pub text_size_tiers: TextTiers,
    /// How long a reply to each operation is fresh; what is not named here has the cache's ttl.
    pub operation_ttls: BTreeMap<String, Duration>,
    /// The longest text whose reply is kept, in characters. Default: 100 000. The model is asked about a longer one all
    /// the same.
    pub max_text_length: usize,
}

impl Default for AiSettings {
    fn default() -> Self {
        let seconds =
            [("summarize", 7_200), ("sentiment", 86_400), ("key_points", 7_200), ("questions", 3_600), ("qa", 1_800)];
        Self {
            enabled: true,
            text_hash_threshold: 1_000,
            readable_keys: false,
            text_size_tiers: TextTiers::default(),
            operation_ttls: seconds.map(|(name, ttl)| (name.to_owned(), Duration::from_secs(ttl))).into(),
            max_text_length: 100_000,
        }
    }
}

impl AiSettings {
    /// Checks what no cache could keep.
    ///
    /// # Errors
    /// `Invalid`, naming the setting and the fix.
    pub fn check(&self) -> Result<()> {
        self.text_size_tiers.check()?;
        if self.max_text_length == 0 {
            return Err(Error::invalid("build", "`max_text_length` of zero keeps no reply; disable the cache instead"));
        }
        match self.operation_ttls.iter().find(|(_, ttl)| ttl.is_zero()) {
            Some((name, _)) => {
                let why = "an operation's ttl of zero keeps nothing; leave the operation out for the cache's ttl";
                Err(Error::invalid("build", why).with("operation", format!("{name:?}")))
            }
            None => Ok(()),
        }
    }
}
