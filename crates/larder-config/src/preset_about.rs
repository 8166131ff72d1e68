//! What to know about each preset before choosing it. Data only.

use crate::Preset;

/// What to know about a preset before choosing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PresetAbout {
    /// What it is, in one sentence.
    pub description: &'static str,
    /// When to choose it.
    pub use_case: &'static str,
    /// Why its key values are what they are.
    pub rationale: &'static str,
    /// How it behaves.
    pub performance: &'static str,
    /// What it needs.
    pub resources: &'static str,
    /// What it allows and refuses.
    pub security: &'static str,
    /// The environments it is meant for.
    pub contexts: &'static [&'static str],
}

impl Preset {
    /// What to know before choosing it.
    #[must_use]
    pub const fn about(self) -> &'static PresetAbout {
        match self {
            Self::Disabled => &DISABLED,
            Self::Minimal => &MINIMAL,
            Self::Simple => &SIMPLE,
            Self::Development => &DEVELOPMENT,
            Self::Testing => &TESTING,
            Self::Production => &PRODUCTION,
            Self::AiDevelopment => &AI_DEVELOPMENT,
            Self::AiProduction => &AI_PRODUCTION,
        }
    }
}

const PLAINTEXT_WARNS: &str = "Plaintext to a Redis beyond this machine is allowed, with a warning.";
const PLAINTEXT_REFUSED: &str = "Plaintext to a Redis beyond this machine is refused unless `allow_plaintext` says why; `rediss://` verifies the server.";

const DISABLED: PresetAbout = PresetAbout {
    description: "No caching: every lookup is a miss and the loader runs.",
    use_case: "Finding out whether the cache is the cause of something, or running without one.",
    rationale: "The other values are the smallest ones, so that switching the preset is all it takes to switch off.",
    performance: "That of the origin: every call runs its loader.",
    resources: "None: nothing is stored and no connection is made.",
    security: "Nothing is kept, so nothing can leak; a Redis URL is not used.",
    contexts: &["testing", "minimal"],
};

const MINIMAL: PresetAbout = PresetAbout {
    description: "The smallest cache that still helps.",
    use_case: "Embedded devices, small containers, functions that live for seconds.",
    rationale: "25 entries for 15 minutes; compression from 5 kB at level 1, because the processor is small too.",
    performance: "Hits in process; evicts early.",
    resources: "25 entries in memory, at most 2 connections, no statistics.",
    security: PLAINTEXT_WARNS,
    contexts: &["minimal", "embedded", "iot", "container", "serverless"],
};

const SIMPLE: PresetAbout = PresetAbout {
    description: "Sensible values for a small service.",
    use_case: "A first deployment, or a service whose load is not known yet.",
    rationale: "An hour is long enough to matter and short enough to forget; level 6 is the usual middle of speed and size.",
    performance: "Refresh ahead and an hour of grace hide a slow or failing origin.",
    resources: "100 entries in memory, at most 5 connections.",
    security: PLAINTEXT_WARNS,
    contexts: &["development", "testing", "staging", "production"],
};

const DEVELOPMENT: PresetAbout = PresetAbout {
    description: "Values that change soon and logs that tell everything.",
    use_case: "A developer's machine. In force when no preset is named.",
    rationale: "10 minutes, so that a change is soon seen; a 2 s connection timeout, so that a missing Redis is noticed at once.",
    performance: "Fast to start; no refresh in the background that would surprise a debugger.",
    resources: "50 entries in memory, at most 3 connections.",
    security: "Keys of AI replies may show short texts. Plaintext is allowed, with a warning. Not for real data.",
    contexts: &["development", "local"],
};

const TESTING: PresetAbout = PresetAbout {
    description: "Small and short-lived, for test suites.",
    use_case: "Unit and integration tests, CI.",
    rationale: "A minute and 25 entries: expiry and eviction happen in tests too; no jitter, so that times are exact.",
    performance: "Predictable rather than fast: no jitter, no refresh ahead.",
    resources: "25 entries in memory, at most 2 connections.",
    security: PLAINTEXT_WARNS,
    contexts: &["testing", "ci"],
};

const PRODUCTION: PresetAbout = PresetAbout {
    description: "For services under load that must answer while something else is down.",
    use_case: "Web services and APIs in production and staging.",
    rationale: "2 hours and a day of grace bridge an outage of the origin; compression from 500 bytes at level 9 saves Redis memory and network.",
    performance: "High hit rate; stale answers after 100 ms of waiting instead of waiting longer.",
    resources: "500 entries in memory, at most 20 connections.",
    security: PLAINTEXT_REFUSED,
    contexts: &["production", "staging"],
};

const AI_DEVELOPMENT: PresetAbout = PresetAbout {
    description: "For developing with language models: saves calls, forgets soon.",
    use_case: "Trying prompts on a developer's machine without paying for each run.",
    rationale: "Replies live 15 to 30 minutes, so that a changed prompt template is soon seen; texts above 500 characters are hashed in keys.",
    performance: "A repeated request is answered from memory instead of by the model.",
    resources: "100 replies in memory, at most 5 connections, texts up to 50 000 characters.",
    security: "Keys may show short texts. Plaintext is allowed, with a warning. Not for real data.",
    contexts: &["development", "ai-development"],
};

const AI_PRODUCTION: PresetAbout = PresetAbout {
    description: "For applications of language models under load.",
    use_case: "Services whose answers cost money and seconds.",
    rationale: "2 to 4 hours per operation, because replies are costly and texts rarely change; compression from 300 bytes, because replies are text.",
    performance: "One load per fleet for the same request; a load may take 2 minutes, a stale reply is served after 1 second.",
    resources: "1000 replies in memory, at most 25 connections, texts up to 200 000 characters.",
    security: PLAINTEXT_REFUSED,
    contexts: &["production", "ai-production"],
};
