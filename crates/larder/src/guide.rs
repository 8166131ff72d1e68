//! The README and the guide, compiled: every snippet in them is a doctest.

macro_rules! pages {
    ($($name:ident = $path:literal;)*) => {$(
        #[cfg(doctest)]
        #[doc = include_str!(concat!("../../../", $path))]
        struct $name;
    )*};
}

pages! {
    Readme = "README.md";
    Caches = "docs/guide/caches.md";
    Loading = "docs/guide/loading.md";
    Staleness = "docs/guide/staleness.md";
    Invalidation = "docs/guide/invalidation.md";
    Observing = "docs/guide/observing.md";
    Policies = "docs/guide/policies.md";
}
