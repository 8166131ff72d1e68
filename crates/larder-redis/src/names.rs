//! Names of what Larder keeps in Redis besides entries.

use larder_core::{KeyRange, Name, NodeId};

/// The channel on which every node of an application tells its changes.
pub(crate) fn notices(prefix: &Name) -> String {
    format!("{prefix}::n")
}

/// The channel on which a node hears its own heartbeats, and the key that says that it lives.
pub(crate) fn heartbeat(prefix: &Name, node: NodeId) -> String {
    format!("{prefix}::h:{:016x}", node.0)
}

/// The hash in which the clock of a cache is kept.
pub(crate) fn clock(cache: &KeyRange) -> String {
    let (prefix, rest) = cache.as_str().split_once(':').unwrap_or((cache.as_str(), ""));
    format!("{prefix}::clock:{}", rest.trim_end_matches(':'))
}

/// Whether a key is one of these: the name of its cache is empty, which no cache's is.
pub(crate) fn is_own(key: &str) -> bool {
    key.split_once(':').is_some_and(|(_, rest)| rest.starts_with(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_names_are_of_the_application_and_of_no_cache() {
        let prefix = Name::new("app").unwrap();
        let users = KeyRange::cache(&prefix, &Name::new("users").unwrap());
        assert_eq!(clock(&users), "app::clock:users");
        assert_eq!(clock(&KeyRange::application(&prefix)), "app::clock:");
        assert_eq!(heartbeat(&prefix, NodeId(255)), "app::h:00000000000000ff");
        for own in [clock(&users), notices(&prefix), heartbeat(&prefix, NodeId(1))] {
            assert!(is_own(&own) && !users.as_str().starts_with(&own), "{own}");
        }
        assert!(!is_own(users.key("::clock:users").unwrap().as_str()));
    }
}
