//! The texts that are offered to try things on.

use crate::nearest::nearest;

/// A text that comes with the service.
#[derive(Clone, Copy, Debug)]
pub struct Document {
    /// Its name in addresses.
    pub name: &'static str,
    /// Its title.
    pub title: &'static str,
    /// A question that it answers.
    pub question: &'static str,
    /// The whole text, in Markdown.
    pub text: &'static str,
}

/// Every document, in the order in which they are offered.
pub const DOCUMENTS: &[Document] = &[
    Document {
        name: "what-a-cache-promises",
        title: "What a cache promises",
        question: "Why is a miss not a failure?",
        text: include_str!("../documents/what-a-cache-promises.md"),
    },
    Document {
        name: "the-stampede",
        title: "The stampede",
        question: "What happens when the load of a flight panics?",
        text: include_str!("../documents/the-stampede.md"),
    },
    Document {
        name: "a-short-history",
        title: "A short history of keeping things close",
        question: "Who suggested the word cache?",
        text: include_str!("../documents/a-short-history.md"),
    },
    Document {
        name: "readme",
        title: "Larder: the README",
        question: "What comes next, and is not here yet?",
        text: include_str!("../../../README.md"),
    },
    Document {
        name: "architecture",
        title: "Larder: how it is built",
        question: "What is the fence?",
        text: include_str!("../../../ARCHITECTURE.md"),
    },
    Document {
        name: "guide-loading",
        title: "The guide: loading",
        question: "What happens when the caller goes away?",
        text: include_str!("../../../docs/guide/loading.md"),
    },
    Document {
        name: "guide-staleness",
        title: "The guide: staleness",
        question: "How long is a value stale?",
        text: include_str!("../../../docs/guide/staleness.md"),
    },
];

/// The document of this name.
///
/// # Errors
///
/// The name of the document that was probably meant, if there is one.
pub fn find(name: &str) -> Result<&'static Document, Option<&'static str>> {
    let names = || DOCUMENTS.iter().map(|document| document.name);
    DOCUMENTS.iter().find(|document| document.name == name).ok_or_else(|| nearest(name, names()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::MAX_TEXT;

    #[test]
    fn every_document_is_a_text_with_its_own_name() {
        assert!(DOCUMENTS.len() >= 3);
        for document in DOCUMENTS {
            assert_eq!(find(document.name).unwrap().title, document.title);
            assert!((300..MAX_TEXT).contains(&document.text.chars().count()), "{}", document.name);
            assert!(document.question.ends_with('?'));
        }
        assert_eq!(find("the-stampeed").unwrap_err(), Some("the-stampede"));
        assert_eq!(find("nothing like it").unwrap_err(), None);
    }
}
