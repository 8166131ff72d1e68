//! What this build can speak to.

use larder_core::{Error, Result};

use crate::{RedisLayout, RedisUrl};

const NO_REDIS: &str = "this build has no Redis tier; enable the feature `redis` of the crate `larder`, or leave out \
    `redis_url` (CACHE_REDIS_URL) to cache in this process";
const NO_TLS: &str = "rediss:// needs TLS, which this build lacks; enable the feature `tls` of the crate `larder`";
const SENTINEL: &str = "sentinels (redis+sentinel://) are not followed yet; name the primary itself, with redis:// or \
    rediss://";
const CLUSTER: &str = "a cluster (redis+cluster://) is not spoken to yet; name a server that is no part of one, with \
    redis:// or rediss://";

impl RedisUrl {
    /// Refuses what this build cannot speak to.
    pub(crate) fn check_reachable(&self) -> Result<()> {
        match self.out_of_reach() {
            Some(why) => Err(Error::unsupported("assemble", why).with("redis_url", self)),
            None => Ok(()),
        }
    }

    fn out_of_reach(&self) -> Option<&'static str> {
        match self.layout() {
            _ if !cfg!(feature = "redis") => Some(NO_REDIS),
            RedisLayout::Sentinel => Some(SENTINEL),
            RedisLayout::Cluster => Some(CLUSTER),
            RedisLayout::Single if self.is_tls() && !cfg!(feature = "tls") => Some(NO_TLS),
            RedisLayout::Single | RedisLayout::Unix => None,
        }
    }
}
