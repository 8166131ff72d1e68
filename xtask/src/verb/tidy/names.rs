//! Words that say nothing are no part of a name.

use super::finding::Finding;
use crate::rust::{Definition, Source, definitions};

const BANNED: &[&str] = &["manager", "helper", "utils", "base", "generic", "smart", "impl", "enhanced"];

/// Names that the whole web uses, whatever we think of them.
const KNOWN: &[&str] = &["base_url", "BaseUrl"];

/// Definitions whose name has an empty word in it; a test is named by a sentence, which may use any word.
pub(super) fn findings(source: &Source) -> Vec<Finding> {
    let definitions = definitions(&source.code);
    let named = definitions.iter().filter(|found| found.keyword != "fn" || !source.is_test(found.start));
    named.filter_map(|definition| finding(source, definition)).collect()
}

fn finding(source: &Source, definition: &Definition<'_>) -> Option<Finding> {
    let Definition { keyword, name, start, .. } = definition;
    let word = parts(name).into_iter().find(|part| BANNED.contains(&part.as_str()))?;
    let sentence = format!("`{keyword} {name}`: `{word}` says nothing; name what it does or holds");
    (!KNOWN.contains(name)).then(|| Finding::at("names", source, *start, sentence))
}

/// The words of a name in lower case, whether it is written `LikeThis` or `like_this`.
fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for letter in name.chars() {
        if letter == '_' || letter.is_uppercase() {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut().filter(|_| letter != '_') {
            part.extend(letter.to_lowercase());
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::finding::lines;
    use super::*;

    fn found(text: &str) -> Vec<String> {
        lines(&findings(&Source::seeded("src/a.rs", text)))
    }

    #[test]
    fn an_empty_word_is_found_in_every_kind_of_name() {
        for text in
            ["struct CacheManager;", "trait Helper {}", "mod utils;", "fn smart_get() {}", "type StoreImpl = u8;"]
        {
            assert_eq!(found(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn a_part_of_a_word_is_allowed() {
        assert!(found("struct Database; fn implied() {} struct Base64; fn base64() {} enum Simple {}").is_empty());
    }

    #[test]
    fn uses_tests_and_names_of_the_web_are_allowed() {
        assert!(found("impl Store for Memory {} fn f(helper: u8) {} fn base_url() {}").is_empty());
        assert!(found("#[cfg(test)]\nmod tests { fn a_generic_value_works() {} }").is_empty());
    }
}
