//! Which replies may be kept.

use larder_cache::SkipReason;
use serde::de::IgnoredAny;

use crate::reply::{Finish, Reply};

/// Why a reply was given to its caller and not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotKept {
    /// It did not end well: cut off, filtered, refused, or without a reason.
    Unfinished,
    /// It holds neither text nor a call of a tool.
    Empty,
    /// A call of a tool has arguments that are not JSON.
    BrokenToolCall,
    /// The text is longer than the cache takes.
    TextTooLong,
    /// Its ttl is zero.
    ZeroTtl,
    /// Something newer came while it was made.
    Superseded,
    /// The cache is switched off or closed.
    Disabled,
    /// The cache is full and prefers what it holds.
    Full,
}

impl NotKept {
    /// Every reason, in the order of their declaration.
    pub const ALL: [Self; 8] = [
        Self::Unfinished,
        Self::Empty,
        Self::BrokenToolCall,
        Self::TextTooLong,
        Self::ZeroTtl,
        Self::Superseded,
        Self::Disabled,
        Self::Full,
    ];

    /// The reason in snake case, as metrics show it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unfinished => "unfinished",
            Self::Empty => "empty",
            Self::BrokenToolCall => "broken_tool_call",
            Self::TextTooLong => "text_too_long",
            Self::ZeroTtl => "zero_ttl",
            Self::Superseded => "superseded",
            Self::Disabled => "disabled",
            Self::Full => "full",
        }
    }
}

impl From<SkipReason> for NotKept {
    fn from(why: SkipReason) -> Self {
        match why {
            SkipReason::ZeroTtl => Self::ZeroTtl,
            SkipReason::Full => Self::Full,
            SkipReason::Superseded => Self::Superseded,
            SkipReason::NoValue => Self::Empty,
            _ => Self::Disabled,
        }
    }
}

/// Whether `reply` is a terminal success, and so may be kept.
pub(crate) fn admit(reply: &Reply) -> Result<(), NotKept> {
    if !matches!(reply.finish, Finish::Stop | Finish::ToolCalls) {
        return Err(NotKept::Unfinished);
    }
    let has_calls = reply.tool_calls().next().is_some();
    let no_text = reply.finish == Finish::ToolCalls || reply.to_text().trim().is_empty();
    if no_text && !has_calls {
        return Err(NotKept::Empty);
    }
    let broken = |(_, _, arguments): (&str, &str, &str)| serde_json::from_str::<IgnoredAny>(arguments).is_err();
    if reply.tool_calls().any(broken) { Err(NotKept::BrokenToolCall) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::Block;

    fn call(arguments: &str) -> Reply {
        let block = Block::ToolCall { id: "1".into(), name: "f".into(), arguments: arguments.into() };
        Reply { content: vec![block], ..Reply::text("") }.finish(Finish::ToolCalls)
    }

    #[test]
    fn a24_only_a_terminal_success_is_kept() {
        assert_eq!(admit(&Reply::text("yes")), Ok(()));
        for finish in [
            Finish::Length,
            Finish::ContentFilter,
            Finish::Refusal,
            Finish::Error,
            Finish::Missing,
            Finish::Other("later".into()),
        ] {
            assert_eq!(admit(&Reply::text("yes").finish(finish.clone())), Err(NotKept::Unfinished), "{finish:?}");
        }
        for word in [None, Some(""), Some("length"), Some("max_tokens"), Some("content_filter"), Some("new_word")] {
            assert_eq!(
                admit(&Reply::text("yes").finish(Finish::from_word(word))),
                Err(NotKept::Unfinished),
                "{word:?}"
            );
        }
    }

    #[test]
    fn a26_an_empty_reply_is_not_kept() {
        assert_eq!(admit(&Reply::text("")), Err(NotKept::Empty));
        assert_eq!(admit(&Reply::text(" \n")), Err(NotKept::Empty));
        assert_eq!(admit(&Reply { content: vec![], ..Reply::text("") }), Err(NotKept::Empty));
        assert_eq!(
            admit(&Reply::text("text").finish(Finish::ToolCalls)),
            Err(NotKept::Empty),
            "it says calls and has none"
        );
        assert_eq!(admit(&call("{}")), Ok(()));
    }

    #[test]
    fn a28_a_tool_call_that_is_no_json_is_not_kept() {
        assert_eq!(admit(&call("{\"a\": 1")), Err(NotKept::BrokenToolCall));
    }
}
