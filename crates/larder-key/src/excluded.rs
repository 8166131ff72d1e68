/// An option that never changes an answer, and so is no part of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// The option's name; case does not matter, and `-` is `_`.
    pub name: &'static str,
    /// Why two requests that differ in it alone have one answer.
    pub why: &'static str,
}

/// The closed list of options that are no part of a key. Every other option is.
///
/// It holds at the top level of the options only: inside a nested value, in messages and in tools nothing is left out.
pub const EXCLUDED: &[Excluded] = &[
    Excluded { name: "request_id", why: NAMES },
    Excluded { name: "x_request_id", why: NAMES },
    Excluded { name: "client_request_id", why: NAMES },
    Excluded { name: "correlation_id", why: NAMES },
    Excluded { name: "idempotency_key", why: NAMES },
    Excluded { name: "trace_id", why: TRACES },
    Excluded { name: "span_id", why: TRACES },
    Excluded { name: "traceparent", why: TRACES },
    Excluded { name: "tracestate", why: TRACES },
    Excluded { name: "timeout", why: WAITS },
    Excluded { name: "timeout_ms", why: WAITS },
    Excluded { name: "timeout_seconds", why: WAITS },
    Excluded { name: "request_timeout", why: WAITS },
    Excluded { name: "connect_timeout", why: WAITS },
    Excluded { name: "read_timeout", why: WAITS },
    Excluded { name: "retries", why: REPEATS },
    Excluded { name: "retry_count", why: REPEATS },
    Excluded { name: "max_retries", why: REPEATS },
    Excluded { name: "user_agent", why: "says which program asks" },
    Excluded { name: "stream", why: DELIVERS },
    Excluded { name: "stream_options", why: DELIVERS },
    Excluded { name: "api_key", why: OPENS },
    Excluded { name: "x_api_key", why: OPENS },
    Excluded { name: "authorization", why: OPENS },
    Excluded { name: "credentials", why: OPENS },
    Excluded { name: "access_token", why: OPENS },
    Excluded { name: "bearer_token", why: OPENS },
];

const NAMES: &str = "names this one call";
const TRACES: &str = "follows this one call through services";
const WAITS: &str = "says how long to wait for the answer";
const REPEATS: &str = "says how often to ask again";
const DELIVERS: &str = "says how the answer arrives, not what it is";
const OPENS: &str = "opens the door; whose data it is says the scope";

/// Whether an option is left out of the key.
pub(crate) fn is_excluded(option: &str) -> bool {
    EXCLUDED.iter().any(|excluded| same(excluded.name, option))
}

fn same(listed: &str, option: &str) -> bool {
    listed.len() == option.len() && listed.bytes().eq(option.bytes().map(folded))
}

fn folded(byte: u8) -> u8 {
    if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() }
}
