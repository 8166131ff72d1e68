//! One word for each way to begin.

use larder_cache::Larder;
use larder_config::{Loader, RedisUrl, Settings};
use larder_core::Result;

/// A larder as this process's environment says: `CACHE_PRESET` and the three variables over it.
///
/// Without any of them it is the `development` preset, in this process alone. What was read, and from where, is said once
/// through `tracing`. A Redis that the variables name is connected to in the background: while it is away the larder
/// answers without it, and [`Larder::l2`] says so.
///
/// # Errors
/// `Invalid` with every fault at once, each naming its variable and the fix; `Unsupported` when the settings need
/// something that this build does not have: the feature `redis` or `tls`, sentinels, a cluster. Nothing falls back
/// silently to another preset. A Redis that is away is no error.
///
/// # Examples
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> larder::Result<()> {
/// let larder = larder::from_env().await?;
/// # larder.close().await;
/// # Ok(()) }
/// ```
pub async fn from_env() -> Result<Larder> {
    let report = Loader::new().load()?;
    larder_config::announce(&report);
    from_settings(&report.settings).await
}

/// A larder as `settings` say.
///
/// # Errors
/// As [`from_env`].
pub async fn from_settings(settings: &Settings) -> Result<Larder> {
    larder_config::assemble(settings)
}

/// A larder for a web service: ttl 30 min, 200 entries in this process. `url` is where Redis is; without one, values stay
/// in this process.
///
/// # Errors
/// As [`from_env`].
pub async fn for_web(url: Option<&str>) -> Result<Larder> {
    from_settings(&at(Settings::for_web(), url)?).await
}

/// A larder for an application of language models: ttl 1 h, 100 entries in this process, the five operations with ttls
/// of their own. `url` is where Redis is; without one, replies stay in this process.
///
/// # Errors
/// As [`from_env`].
pub async fn for_ai(url: Option<&str>) -> Result<Larder> {
    from_settings(&at(Settings::for_ai(), url)?).await
}

/// A larder for tests: ttl 1 min, 25 entries, in this process. For a clock that tests move, see the feature `testing`.
///
/// # Errors
/// As [`from_env`].
pub async fn for_testing() -> Result<Larder> {
    from_settings(&Settings::for_testing()).await
}

fn at(mut settings: Settings, url: Option<&str>) -> Result<Settings> {
    settings.redis_url = url.map(RedisUrl::parse).transpose()?;
    Ok(settings)
}
