//! The factory words with the URL of a real Redis (F3).

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use larder::config::{RedisUrl, Settings};
use larder::core::Tier;
use larder::prelude::*;
use larder_testkit::{RedisServer, eventually};

async fn usable(larder: &Larder) {
    assert!(larder::connected(larder).await);
    eventually("notices are heard", || larder.l2().is_some_and(|l2| !l2.is_degraded())).await;
}

#[tokio::test]
async fn f3_larders_for_the_web_share_values_and_what_becomes_of_them() {
    let server = RedisServer::start().await.unwrap();
    let url = server.url();
    let (one, other) = (larder::for_web(Some(&url)).await.unwrap(), larder::for_web(Some(&url)).await.unwrap());
    usable(&one).await;
    usable(&other).await;
    assert_eq!(one.defaults().ttl, Duration::from_mins(30));
    let (here, there) =
        (one.cache::<String>("users").build().unwrap(), other.cache::<String>("users").build().unwrap());
    let load = |_| async { Ok::<_, Error>("Ada".to_owned()) };
    assert_eq!(here.get_or_load(1, load).await.unwrap().outcome(), Outcome::Loaded);
    eventually("the shared tier has it", || here.statistics().l2.is_some_and(|l2| l2.stored == 1)).await;
    let found = there.get_or_load(1, load).await.unwrap();
    assert_eq!((found.outcome(), found.tier(), &**found), (Outcome::Hit(Tier::L2), Some(Tier::L2), "Ada"));
    assert_eq!(there.get(1).await.unwrap().outcome(), Outcome::Hit(Tier::L1), "it is kept here, too");
    assert!(here.remove(1).await.unwrap().existed());
    let gone = larder_testkit::eventually_async("the other hears of the removal", || async {
        there.get(1).await.unwrap().is_miss()
    });
    gone.await;
}

#[tokio::test]
async fn f3_settings_name_a_socket_as_well() {
    let server = RedisServer::builder().unix().password("s@cret/:%").start().await.unwrap();
    let mut settings = Settings::for_testing();
    settings.redis_url = Some(RedisUrl::parse(&server.url()).unwrap());
    let larder = larder::from_settings(&settings).await.unwrap();
    usable(&larder).await;
    let users = larder.cache::<String>("users").build().unwrap();
    assert_eq!(users.insert(1, "Ada".to_owned()).await.unwrap().l2, TierWrite::Stored);
}

#[cfg(feature = "ai")]
#[tokio::test]
async fn f3_replies_of_models_are_shared() {
    let server = RedisServer::start().await.unwrap();
    let url = server.url();
    let (one, other) = (larder::for_ai(Some(&url)).await.unwrap(), larder::for_ai(Some(&url)).await.unwrap());
    usable(&one).await;
    usable(&other).await;
    let asked = AiRequest::new(Scope::tenant("acme"), "summarize", "A text.").model("m").option("max_length", 100);
    let [first, second] = [&one, &other].map(|larder| AiCache::builder(larder, "assistant").build().unwrap());
    let generate = |_| async { Ok::<_, Error>(Reply::text("Short.")) };
    let made = first.get_or_generate(&asked, generate).await.unwrap();
    assert!(!made.is_hit());
    eventually("the shared tier has it", || first.cache_statistics().l2.is_some_and(|l2| l2.stored == 1)).await;
    let found = second.get_or_generate(&asked, generate).await.unwrap();
    assert_eq!((found.tier(), found.to_text()), (Some(Tier::L2), "Short.".to_owned()));
    let micros = |answer: &AiAnswer| answer.model_time().map(|time| time.as_micros());
    assert_eq!(micros(&found), micros(&made), "what the model took is known to both");
}
