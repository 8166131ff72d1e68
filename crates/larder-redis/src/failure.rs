//! Why a server did not do what it was asked, by what a caller can do.

use std::borrow::Cow;

use fred::error::{Error as ClientError, ErrorKind as ClientErrorKind};
use larder_core::envelope::Unreadable;
use larder_core::{Error, ErrorKind};

/// What went wrong between this node and a server. It keeps the first word of a reply and nothing else of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The server answered with this error.
    Reply(Cow<'static, str>),
    /// No answer came in time.
    Timeout,
    /// There is no connection, or it broke.
    Broken(&'static str),
    /// The server could not be verified, or does not trust this side.
    Untrusted,
    /// What is there is of this later format.
    Newer(u8),
    /// The answer is not what this command answers.
    Odd,
}

/// Errors of servers, and how to mend them.
const REPLIES: [(&str, &str); 18] = [
    ("OOM", "the server is out of memory; raise maxmemory or let it evict"),
    ("NOPERM", "the user may not do this; compare its rules with those of the guide"),
    ("READONLY", "the server is a replica; name the primary"),
    ("LOADING", "the server is still loading its data; it answers when it is done"),
    ("BUSY", "the server runs a long script; end it with SCRIPT KILL"),
    ("MASTERDOWN", "the replica has lost its primary; name the primary or bring it back"),
    ("CLUSTERDOWN", "the cluster does not serve; look at its nodes"),
    ("NOAUTH", "the server asks for a password; set the credentials"),
    ("WRONGPASS", "the server refuses user or password; set the right credentials"),
    ("NOSCRIPT", "the server forgot a script twice; see who flushes its scripts"),
    ("NOREPLICAS", "too few replicas are there to write; bring them back or lower min-replicas-to-write"),
    ("MOVED", "the server is part of a cluster, which is not offered; name a single server"),
    ("ASK", "the server is part of a cluster, which is not offered; name a single server"),
    ("CROSSSLOT", "the server is part of a cluster, which is not offered; name a single server"),
    ("MISCONF", "the server cannot save its data and takes no writes; look at its log"),
    ("EXECABORT", "the server refused a transaction; look at its log"),
    ("UNKILLABLE", "the server runs a script that cannot be ended; restart it"),
    ("WRONGTYPE", "the key holds another type, which Larder did not write; give its writer another prefix"),
];

impl Failure {
    pub(crate) const CLOSED: Self = Self::Broken("the node is closed; build another");
    pub(crate) const CONNECTING: Self =
        Self::Broken("there is no connection to the server now; it is made as soon as it can be");

    /// Whether it is this error reply.
    pub(crate) fn is(&self, label: &str) -> bool {
        matches!(self, Self::Reply(found) if found == label)
    }

    /// The same as an error of `operation`, of the kind that tells what to do.
    pub(crate) fn into_error(self, operation: &'static str) -> Error {
        let (kind, why) = match &self {
            Self::Newer(format) => return Unreadable::UnsupportedFormat(*format).into_error(operation).at("redis"),
            Self::Reply(label) if label == "WRONGTYPE" => (ErrorKind::Corrupt, advice(label)),
            Self::Reply(label) => (ErrorKind::Unavailable, advice(label)),
            Self::Timeout => (ErrorKind::Timeout, "the server did not answer in time; see whether it is slow or gone"),
            Self::Broken(why) => (ErrorKind::Unavailable, *why),
            Self::Untrusted => {
                let why = "the encryption could not be agreed on; see whether authorities, identity and the server's \
                           name are right";
                (ErrorKind::Unavailable, why)
            }
            Self::Odd => (ErrorKind::Unavailable, "the server answered something else; see whether it is a Redis"),
        };
        let error = Error::new(kind, operation, why).at("redis");
        match self {
            Self::Reply(label) if kind == ErrorKind::Corrupt => error.with("reason", "wrong_type").with("reply", label),
            Self::Reply(label) => error.with("reply", label),
            _ => error,
        }
    }
}

fn advice(label: &str) -> &'static str {
    let known = REPLIES.iter().find(|(known, _)| *known == label);
    known.map_or("the server answered with an error; look it up by the reply's first word", |(_, advice)| advice)
}

impl From<&ClientError> for Failure {
    fn from(error: &ClientError) -> Self {
        match error.kind() {
            ClientErrorKind::Timeout => Self::Timeout,
            ClientErrorKind::Backpressure => {
                Self::Broken("too many calls wait for the server; see whether it is slow or raise `connections`")
            }
            #[cfg(feature = "tls")]
            ClientErrorKind::Tls => Self::Untrusted,
            // What the encryption refuses, the client tells as a fault of the network.
            ClientErrorKind::IO if error.details().contains("InvalidData") => Self::Untrusted,
            ClientErrorKind::IO | ClientErrorKind::Canceled | ClientErrorKind::Routing => {
                Self::Broken("the connection to the server broke; it is made anew")
            }
            ClientErrorKind::Protocol | ClientErrorKind::Parse | ClientErrorKind::NotFound => Self::Odd,
            _ => label(error.details()).map_or(Self::Broken("the client gave up; it connects anew"), Self::Reply),
        }
    }
}

/// The word by which an error reply says what it is; the rest of a reply may hold anything.
///
/// Older servers put the word of a script's error behind others, after a dash.
fn label(details: &str) -> Option<Cow<'static, str>> {
    let known = |word: &str| REPLIES.iter().find(|(known, _)| *known == word).map(|(known, _)| Cow::Borrowed(*known));
    let mut words = details.split_whitespace();
    let first = words.next()?;
    let dashed = || words.find_map(|word| known(word.strip_prefix('-')?));
    // What a user may not do is a plain error when a script does it.
    if first == "ERR" && details.contains("The user executing the script") {
        return known("NOPERM");
    }
    let is_label = first.len() <= 24 && first.bytes().all(|byte| byte.is_ascii_uppercase());
    known(first).or_else(dashed).or_else(|| is_label.then(|| first.to_owned().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: ClientErrorKind, details: &str) -> Failure {
        Failure::from(&ClientError::new(kind, details.to_owned()))
    }

    #[test]
    fn e55_a_reply_is_known_by_its_first_word_and_nothing_else_of_it_is_kept() {
        let reply = |label: &'static str| Failure::Reply(label.into());
        assert_eq!(
            of(ClientErrorKind::Unknown, "OOM command not allowed when used memory > 'maxmemory'."),
            reply("OOM")
        );
        assert_eq!(of(ClientErrorKind::Auth, "WRONGPASS invalid username-password pair"), reply("WRONGPASS"));
        let denied = "ERR The user executing the script can't run this command or subcommand";
        assert_eq!(of(ClientErrorKind::Unknown, denied), reply("NOPERM"));
        let old = "ERR Error running script (call to f_1): @user_script:1: -READONLY You can't write";
        assert_eq!(of(ClientErrorKind::Unknown, old), reply("READONLY"));
        assert_eq!(of(ClientErrorKind::Unknown, "NEWWORD secret"), Failure::Reply("NEWWORD".into()));
        let error = of(ClientErrorKind::Unknown, "ERR unknown command 'X', with args beginning with: 'secret'");
        assert!(!format!("{:?}", error.into_error("get")).contains("secret"));
        assert_eq!(
            of(ClientErrorKind::Unknown, "secret words"),
            Failure::Broken("the client gave up; it connects anew")
        );
    }

    #[test]
    fn what_a_caller_can_do_is_the_kind() {
        assert_eq!(of(ClientErrorKind::Timeout, "").into_error("get").kind(), ErrorKind::Timeout);
        assert_eq!(of(ClientErrorKind::IO, "").into_error("get").kind(), ErrorKind::Unavailable);
        assert_eq!(of(ClientErrorKind::InvalidArgument, "WRONGTYPE x").into_error("get").kind(), ErrorKind::Corrupt);
        let error = of(ClientErrorKind::Cluster, "MOVED 3999 127.0.0.1:6381").into_error("get");
        assert_eq!(error.context().collect::<Vec<_>>(), [("reply", "MOVED")]);
    }
}
