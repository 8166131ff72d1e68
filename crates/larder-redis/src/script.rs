//! Scripts, by which every change is one step.

use std::sync::OnceLock;

use fred::types::Value;
use larder_core::ablation;

use crate::argument::{fixed, text};
use crate::connection::Connection;
use crate::failure::Failure;

/// A script that the server knows by its hash once it was given the text.
pub(crate) struct Script {
    text: &'static str,
    hash: OnceLock<String>,
}

macro_rules! scripts {
    ($($name:ident = $($file:literal)+;)*) => {
        $(pub(crate) static $name: Script = Script {
            text: concat!($(include_str!(concat!("scripts/", $file, ".lua")), "\n"),+),
            hash: OnceLock::new(),
        };)*

        #[cfg(test)]
        const ALL: &[(&str, &Script)] = &[$((stringify!($name), &$name)),*];
    };
}

// Each touches one key, so that a server may keep keys apart.
scripts! {
    BEGIN = "time" "preamble" "begin";
    FILL = "time" "preamble" "fill";
    INSERT = "time" "preamble" "insert";
    REMOVE = "time" "preamble" "remove";
    EXPIRE = "time" "preamble" "expire";
    DELETE = "time" "preamble" "delete";
    PROLONG = "time" "preamble" "prolong";
    RENEW = "time" "preamble" "renew";
    ABANDON = "time" "preamble" "abandon";
    CLOCK = "time" "cache_clock" "clock";
    TAG = "time" "cache_clock" "tag";
    CLEAR = "time" "cache_clock" "clear";
    BEAT = "time" "beat";
}

impl Script {
    /// Runs it on `key`. A server that does not know it, or forgot it, is given it first.
    pub(crate) async fn run(&self, connection: &Connection, key: &str, rest: Vec<Value>) -> Result<Value, Failure> {
        let mut arguments = Vec::with_capacity(3 + rest.len());
        arguments.extend([text(self.hash()), fixed("1"), text(key)]);
        arguments.extend(rest);
        match connection.ask("EVALSHA", arguments.clone()).await {
            Err(failure) if failure.is("NOSCRIPT") && !ablation::off("script_again") => {
                connection.ask("SCRIPT", vec![fixed("LOAD"), fixed(self.text)]).await?;
                connection.ask("EVALSHA", arguments).await
            }
            answer => answer,
        }
    }

    fn hash(&self) -> &str {
        self.hash.get_or_init(|| fred::util::sha1_hash(self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_touch_one_key_and_never_turn_numbers_into_text_by_themselves() {
        for (name, script) in ALL {
            assert!(!script.text.contains("KEYS[2]"), "{name} touches two keys");
            assert!(!script.text.contains("tostring"), "{name} would write large numbers with an exponent");
            assert_eq!(script.hash().len(), 40, "{name}");
        }
    }
}
