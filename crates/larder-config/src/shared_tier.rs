//! The Redis that the settings name becomes the shared tier.

use std::sync::Arc;
use std::time::Duration;

use larder_cache::{L2Settings, Larder, LarderBuilder, SystemClock, SystemRandom};
use larder_core::{Result, Store};
use larder_redis::{Credentials, Endpoint, Redis, RedisBuilder, Tls};

use crate::{RedisUrl, Settings};

/// Kept with the larder: its Redis, and how long to wait for it.
struct Connecting {
    redis: Redis,
    patience: Duration,
}

/// Gives the larder that is being built the Redis at `url`. Both live by one clock.
pub(crate) fn add(
    builder: LarderBuilder,
    settings: &Settings,
    url: &RedisUrl,
    clock: SystemClock,
) -> Result<LarderBuilder> {
    let redis = at(url, settings)
        .connections(usize::try_from(settings.max_connections).unwrap_or(usize::MAX))
        .connect_timeout(settings.connection_timeout)
        .read_timeout(settings.l2_read_timeout)
        .write_timeout(settings.l2_write_timeout)
        .clock(Arc::new(clock))
        .random(Arc::new(SystemRandom))
        .build()?;
    let timeouts = L2Settings {
        read_timeout: settings.l2_read_timeout,
        write_timeout: settings.l2_write_timeout,
        ..L2Settings::default()
    };
    let connecting = Connecting { redis: redis.clone(), patience: settings.connection_timeout };
    Ok(builder.l2_with(redis.shared(), timeouts).part(connecting))
}

/// The server that `url` names, with what is needed to get in.
fn at(url: &RedisUrl, settings: &Settings) -> RedisBuilder {
    let mut builder = Redis::builder(settings.prefix.clone(), endpoint(url)).database(url.database());
    if let Some(password) = url.password() {
        let user = url.user().map(|user| user.expose().clone());
        builder = builder.credentials(Credentials::new(user, password.expose().clone()));
    }
    if url.is_tls() { builder.tls(Tls::new()) } else { builder }
}

fn endpoint(url: &RedisUrl) -> Endpoint {
    match url.socket() {
        Some(socket) => Endpoint::Unix(socket.to_owned()),
        None => {
            let host = url.hosts().first().expect("a URL without a socket names a host");
            Endpoint::tcp(host.name.as_str(), host.port)
        }
    }
}

/// Waits until the larder's Redis can be asked, for at most `connection_timeout`; says whether it can.
///
/// Nobody has to: a larder answers without its shared tier meanwhile. It is for programs that would rather begin warm,
/// and for tests. True at once for a larder without a shared tier of [`assemble`](crate::assemble)'s making.
///
/// # Cancellation
/// Dropping the future ends the wait only; the larder goes on connecting.
pub async fn connected(larder: &Larder) -> bool {
    match larder.part::<Connecting>() {
        Some(connecting) => connecting.redis.connected(connecting.patience).await,
        None => true,
    }
}
