//! Settings as TOML, in a file.

use std::cell::RefCell;
use std::fs;

use larder_config::{ConfigError, Report};
use tempfile::TempDir;

use super::settings_text::{self, PASSWORD, empty, only_in_an_address};
use crate::{Seen, Target, input};

pub(super) const TARGET: Target = Target {
    name: "settings-toml",
    says: "settings that are taken hold together and read back as the same, every fault is named, and no password is told",
    check: |bytes| check(bytes, load),
    planted: |bytes| check(bytes, |text| load(text.split('\0').next().unwrap_or_default())),
    bug: "what follows a NUL is passed over",
    seeds,
    tokens: &[
        "default_ttl",
        "preset",
        "redis_url",
        "memory_cache_size",
        "[operation_ttls]",
        "[[a]]",
        " = ",
        "\n",
        "\"",
        "'''",
        "true",
        "0",
        "-1",
        "inf",
        "nan",
        "1979-05-27",
        "\0",
        "#",
        "0x",
    ],
    allowance: |bytes| 4 * Target::modest(bytes),
};

type Load = fn(&str) -> Result<Report, ConfigError>;

fn check(bytes: &[u8], load: Load) -> Seen {
    let text = input::valid(bytes);
    let loaded = load(text);
    assert!(loaded.is_err() || !text.contains('\0'), "taken although no text of TOML holds a NUL");
    settings_text::check(loaded, text, only_in_an_address(text))
}

fn load(text: &str) -> Result<Report, ConfigError> {
    thread_local! {
        static FOLDER: RefCell<Option<TempDir>> = const { RefCell::new(None) };
    }
    FOLDER.with_borrow_mut(|folder| {
        let folder = folder.get_or_insert_with(|| tempfile::tempdir().expect("there is room for a file"));
        let file = folder.path().join("settings.toml");
        fs::write(&file, text).expect("there is room for a file");
        empty().file(file).load()
    })
}

fn seeds() -> Vec<Vec<u8>> {
    let address = format!("redis_url = \"redis://user:{PASSWORD}@localhost:6379/1\"\n");
    ["default_ttl = 600\nmemory_cache_size = 50\n", "preset = \"ai-production\"\n[operation_ttls]\nqa = 60\n", &address]
        .iter()
        .map(|text| text.as_bytes().to_vec())
        .collect()
}
