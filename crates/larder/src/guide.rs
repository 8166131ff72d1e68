//! The README and the guide, compiled: every snippet in them is a doctest.

macro_rules! pages {
    ($($name:ident = $path:literal $(, if $feature:literal)*;)*) => {$(
        #[cfg(all(doctest $(, feature = $feature)*))]
        #[doc = include_str!(concat!("../../../", $path))]
        struct $name;
    )*};
}

pages! {
    Readme = "README.md", if "config";
    Caches = "docs/guide/caches.md";
    Lookups = "docs/guide/lookups.md";
    Loading = "docs/guide/loading.md";
    Warming = "docs/guide/warming.md";
    Staleness = "docs/guide/staleness.md";
    Invalidation = "docs/guide/invalidation.md";
    Transactions = "docs/guide/transactions.md";
    Codecs = "docs/guide/codecs.md";
    Compression = "docs/guide/compression.md", if "testing", if "dictionary";
    Observing = "docs/guide/observing.md";
    Policies = "docs/guide/policies.md";
    TwoTiers = "docs/guide/two-tiers.md";
    SeveralNodes = "docs/guide/several-nodes.md";
    Outages = "docs/guide/outages.md";
    Redis = "docs/guide/redis.md", if "redis";
    Ai = "docs/guide/ai.md", if "ai", if "config";
    Testing = "docs/guide/testing.md", if "testing";
}
