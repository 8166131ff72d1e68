//! How a cache key is made: canonical encoding, identity, readable keys.
