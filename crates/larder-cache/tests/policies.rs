//! What a call may say, what a class forbids, what happens when a load fails.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::convert::Infallible;
use std::time::Duration;

use common::{Calls, GRACE, TTL, builder, cache, cached, larder};
use larder_cache::{CallPolicy, Class, Larder, LoadContext, SkipReason, TierWrite};
use larder_core::{ErrorKind, MissReason, Outcome, StaleReason};

#[tokio::test]
async fn e56_when_a_load_fails_a_stale_value_within_its_grace_is_the_answer_and_says_so() {
    let (cache, clock) = cache();
    let calls = Calls::default();
    assert!(cache.insert("1", "old".into()).await.unwrap().is_stored());
    clock.advance(TTL);
    let loaded = cache.get_or_load("1", calls.fail()).await.unwrap();
    assert_eq!((loaded.as_str(), loaded.outcome()), ("old", Outcome::Stale(StaleReason::Grace)));
    assert_eq!(loaded.age(), TTL);
    assert_eq!(cache.statistics().loads.unwrap().failures, 1, "the failure is counted all the same");
    clock.advance(GRACE);
    let error = cache.get_or_load("1", calls.fail()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Load);
}

#[tokio::test]
async fn e56_a_stale_value_is_the_answer_when_the_load_takes_too_long() {
    let (cache, clock) = cache();
    assert!(cache.insert("1", "old".into()).await.unwrap().is_stored());
    clock.advance(TTL);
    let gate = larder_testkit::Gate::new();
    let caller = tokio::spawn({
        let (cache, load) = (cache.clone(), Calls::default().gated(&gate, "late"));
        async move { cache.get_or_load("1", load).await }
    });
    gate.arrived().await;
    clock.wait_for_sleepers(1).await;
    clock.advance(Duration::from_secs(10));
    assert_eq!(caller.await.unwrap().unwrap().outcome(), Outcome::Stale(StaleReason::Grace));
}

#[tokio::test]
async fn e60_what_was_removed_is_never_served_as_stale_and_what_was_expired_may_be() {
    let (cache, _) = cache();
    let calls = Calls::default();
    for key in ["removed", "expired"] {
        assert!(cache.insert(key, "old".into()).await.unwrap().is_stored());
    }
    let _removed = cache.remove("removed").await.unwrap();
    let _expired = cache.expire("expired").await.unwrap();
    assert!(cache.get_or_load("removed", calls.fail()).await.is_err());
    assert_eq!(*cache.get_or_load("expired", calls.fail()).await.unwrap(), "old");
}

#[tokio::test]
async fn e60_a_stale_value_removed_during_the_load_is_not_the_answer() {
    let (cache, clock) = cache();
    assert!(cache.insert("1", "old".into()).await.unwrap().is_stored());
    clock.advance(TTL);
    let gate = larder_testkit::Gate::new();
    let caller = tokio::spawn({
        let (cache, gate) = (cache.clone(), gate.clone());
        let load = move |context| async move {
            gate.arrive().await;
            Calls::default().fail()(context).await
        };
        async move { cache.get_or_load("1", load).await }
    });
    gate.arrived().await;
    let _removed = cache.remove("1").await.unwrap();
    gate.open();
    assert_eq!(caller.await.unwrap().unwrap_err().kind(), ErrorKind::Load);
}

#[tokio::test]
async fn e61_repeated_failures_never_extend_grace() {
    let (cache, clock) = cache();
    let calls = Calls::default();
    assert!(cache.insert("1", "old".into()).await.unwrap().is_stored());
    clock.advance(TTL);
    for _ in 0..3 {
        assert!(cache.get_or_load("1", calls.fail()).await.unwrap().is_stale());
        clock.advance(GRACE / 3);
    }
    assert!(cache.get_or_load("1", calls.fail()).await.is_err());
}

#[tokio::test]
async fn e65_not_found_is_remembered_for_its_own_time_and_replaced_at_once() {
    let (larder, clock) = larder();
    let cache = builder(&larder).negative_ttl(Duration::from_secs(5)).build().unwrap();
    let nothing = |_: LoadContext| async { Ok::<Option<String>, Infallible>(None) };
    assert!(cache.get_or_load_optional("1", nothing).await.unwrap().is_none());
    assert_eq!(cache.get("1").await.unwrap().outcome(), Outcome::Negative);
    let never = |_: LoadContext| async { panic!("the cache knows") as Result<Option<String>, Infallible> };
    assert!(cache.get_or_load_optional("1", never).await.unwrap().is_none());
    assert!(!cache.contains("1").await.unwrap(), "it is known that there is none");
    clock.advance(Duration::from_secs(5));
    assert!(cache.get("1").await.unwrap().is_miss());
    assert!(cache.get_or_load_optional("1", nothing).await.unwrap().is_none());
    assert!(cache.insert("1", "there now".into()).await.unwrap().is_stored());
    assert_eq!(cached(&cache, "1").await.as_deref(), Some("there now"));
}

#[tokio::test]
async fn e65_not_found_is_remembered_only_on_request_and_never_answers_a_plain_load() {
    let (plain, _) = cache();
    let nothing = |_: LoadContext| async { Ok::<Option<String>, Infallible>(None) };
    assert!(plain.get_or_load_optional("1", nothing).await.unwrap().is_none());
    assert!(plain.get("1").await.unwrap().is_miss());
    let (larder, _) = larder();
    let cache = builder(&larder).remember_not_found().build().unwrap();
    assert!(cache.get_or_load_optional("1", nothing).await.unwrap().is_none());
    assert_eq!(*cache.get_or_load("1", Calls::default().bring("Ada")).await.unwrap(), "Ada");
}

#[tokio::test]
async fn e60_what_a_load_found_not_to_be_is_never_served_again() {
    let (cache, clock) = cache();
    for (key, zero_ttl) in [("gone", false), ("unkept", true)] {
        assert!(cache.insert(key, "old".into()).await.unwrap().is_stored());
        clock.advance(TTL);
        let load = move |context: LoadContext| async move {
            context.set_ttl(Duration::ZERO);
            Ok::<_, Infallible>(zero_ttl.then(|| "new".to_owned()))
        };
        let loaded = cache.get_or_load_optional(key, load).await.unwrap();
        assert_eq!(loaded.is_some(), zero_ttl);
        assert!(cache.get(key).await.unwrap().is_miss(), "{key}");
        assert!(cache.get_or_load(key, Calls::default().fail()).await.is_err(), "{key}: not as stale either");
    }
}

#[tokio::test]
async fn a_call_that_bypasses_neither_looks_nor_stores_nor_joins() {
    let (cache, _) = cache();
    let calls = Calls::default();
    assert!(cache.insert("1", "cached".into()).await.unwrap().is_stored());
    let around = cache.with(CallPolicy::new().bypass());
    assert_eq!(*around.get_or_load("1", calls.bring("origin")).await.unwrap(), "origin");
    assert_eq!(around.get("1").await.unwrap().outcome(), Outcome::Miss(MissReason::Bypass));
    assert_eq!(around.insert("1", "x".into()).await.unwrap().l1, TierWrite::Skipped(SkipReason::Bypass));
    assert_eq!(cached(&cache, "1").await.as_deref(), Some("cached"));
    let gate = larder_testkit::Gate::new();
    let callers: Vec<_> = (0..2)
        .map(|_| {
            let (around, load) = (around.clone(), calls.gated(&gate, "each"));
            tokio::spawn(async move { around.get_or_load("2", load).await.unwrap().outcome() })
        })
        .collect();
    gate.arrivals(2).await;
    gate.open();
    for caller in callers {
        assert_eq!(caller.await.unwrap(), Outcome::Miss(MissReason::Bypass));
    }
}

#[tokio::test]
async fn e65_a_ttl_of_zero_keeps_no_not_found_either_and_the_order_of_words_is_free() {
    let (larder, _) = larder();
    let cache = builder(&larder).remember_not_found().ttl(Duration::from_secs(10)).build().unwrap();
    assert_eq!(
        cache.policy().negative_ttl,
        Some(Duration::from_secs(1)),
        "a tenth of the ttl, whichever is said first"
    );
    let nothing = |context: LoadContext| async move {
        context.set_ttl(Duration::ZERO);
        Ok::<Option<String>, Infallible>(None)
    };
    assert!(cache.get_or_load_optional("1", nothing).await.unwrap().is_none());
    assert!(cache.get("1").await.unwrap().is_miss());
}

#[tokio::test]
async fn e76_what_no_tier_was_asked_for_is_neither_hit_nor_miss() {
    let (cache, _) = cache();
    let around = cache.with(CallPolicy::new().bypass());
    assert_eq!(around.get_or_load("1", Calls::default().fail()).await.unwrap_err().kind(), ErrorKind::Load);
    let outcomes = cache.statistics().outcomes.unwrap();
    assert_eq!((outcomes.of(Outcome::Miss(MissReason::Bypass)), outcomes.misses()), (1, 0));
    let only = cache.with(CallPolicy::new().only_if_cached());
    assert!(only.get_or_load("1", Calls::default().bring("x")).await.is_err());
    assert_eq!(cache.statistics().outcomes.unwrap().of(Outcome::Miss(MissReason::Absent)), 1);
}

#[tokio::test]
async fn what_never_ends_has_for_ever_left() {
    let (larder, _) = larder();
    let cache = larder.cache::<String>("ever").ttl(Duration::MAX).jitter(0.5).build().unwrap();
    assert!(cache.insert("1", "x".into()).await.unwrap().is_stored());
    assert_eq!(cache.remaining_ttl("1").await.unwrap(), Some(Duration::MAX));
}

#[tokio::test]
async fn a_call_that_refreshes_loads_and_stores() {
    let (cache, _) = cache();
    assert!(cache.insert("1", "old".into()).await.unwrap().is_stored());
    let fresh = cache.with(CallPolicy::new().refresh());
    assert_eq!(*fresh.get_or_load("1", Calls::default().bring("new")).await.unwrap(), "new");
    assert_eq!(cached(&cache, "1").await.as_deref(), Some("new"));
    assert!(fresh.get_or_load("1", Calls::default().fail()).await.is_err(), "who asks for a new value gets no old one");
    assert_eq!(cached(&cache, "1").await.as_deref(), Some("new"), "a failed refresh takes nothing away");
}

#[tokio::test]
async fn a_call_that_may_only_use_the_cache_never_loads() {
    let (cache, clock) = cache();
    let calls = Calls::default();
    let only = cache.with(CallPolicy::new().only_if_cached());
    assert_eq!(only.get_or_load("1", calls.bring("x")).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(cache.insert("1", "old".into()).await.unwrap().is_stored());
    assert!(only.get_or_load("1", calls.bring("x")).await.unwrap().is_hit());
    clock.advance(TTL);
    assert!(only.get_or_load("1", calls.bring("x")).await.unwrap().is_stale());
    assert_eq!(calls.count(), 0);
}

#[tokio::test]
async fn a_call_takes_only_as_much_staleness_as_it_says() {
    let (cache, clock) = cache();
    assert!(cache.insert("1", "old".into()).await.unwrap().is_stored());
    clock.advance(TTL + Duration::from_secs(10));
    let takes = |most: u64| cache.with(CallPolicy::new().max_stale(Duration::from_secs(most)));
    assert!(takes(10).get("1").await.unwrap().is_stale());
    assert_eq!(takes(9).get("1").await.unwrap().outcome(), Outcome::Miss(MissReason::Expired));
    assert_eq!(takes(0).get("1").await.unwrap().outcome(), Outcome::Miss(MissReason::Expired));
    assert!(takes(9).get_or_load("1", Calls::default().fail()).await.is_err());
    assert!(takes(10).get_or_load("1", Calls::default().fail()).await.unwrap().is_stale());
}

#[tokio::test]
async fn a_call_and_a_loader_say_how_long_a_value_is_fresh() {
    let (cache, _) = cache();
    let short = cache.with(CallPolicy::new().ttl(Duration::from_secs(5)));
    assert!(short.insert("call", "x".into()).await.unwrap().is_stored());
    assert_eq!(cache.remaining_ttl("call").await.unwrap(), Some(Duration::from_secs(5)));
    let load = |context: LoadContext| async move {
        context.set_ttl(Duration::from_secs(7));
        Ok::<_, Infallible>(context.key().to_string())
    };
    assert_eq!(*short.get_or_load("loader", load).await.unwrap(), "loader");
    assert_eq!(cache.remaining_ttl("loader").await.unwrap(), Some(Duration::from_secs(7)));
    let unkept = |context: LoadContext| async move {
        context.skip_store();
        Ok::<_, Infallible>("given".to_owned())
    };
    assert_eq!(*cache.get_or_load("skipped", unkept).await.unwrap(), "given");
    assert!(!cache.contains("skipped").await.unwrap());
    assert!(cache.insert("zero", "old".into()).await.unwrap().is_stored());
    let zero = cache.with(CallPolicy::new().ttl(Duration::ZERO));
    assert_eq!(zero.insert("zero", "new".into()).await.unwrap().l1, TierWrite::Skipped(SkipReason::ZeroTtl));
    assert_eq!(cached(&cache, "zero").await, None, "the old value is wrong now");
}

#[tokio::test]
async fn t29_class_authz_is_never_served_stale_whatever_the_call_says() {
    let (larder, clock) = larder();
    let cache = larder.cache::<String>("rights").ttl(TTL).class(Class::Authz).build().unwrap();
    let loose = cache.with(CallPolicy::new().grace(GRACE).max_stale(GRACE));
    assert!(loose.insert("1", "admin".into()).await.unwrap().is_stored());
    clock.advance(TTL);
    assert!(loose.get("1").await.unwrap().is_miss());
    assert!(loose.get_or_load("1", Calls::default().fail()).await.is_err());
    assert!(loose.insert("2", "admin".into()).await.unwrap().is_stored());
    assert!(loose.expire("2").await.unwrap().existed());
    assert!(loose.get("2").await.unwrap().is_miss(), "expired without grace is gone");
    let error = larder.cache::<String>("other").class(Class::Authz).grace(GRACE).build().unwrap_err();
    assert!(error.to_string().contains("authz"), "{error}");
}

#[tokio::test]
async fn a_disabled_larder_finds_nothing_stores_nothing_and_loads() {
    let larder = Larder::builder().disabled(true).build().unwrap();
    let cache = larder.cache::<String>("users").build().unwrap();
    let calls = Calls::default();
    assert_eq!(cache.insert("1", "x".into()).await.unwrap().l1, TierWrite::Skipped(SkipReason::Disabled));
    assert_eq!(cache.get("1").await.unwrap().outcome(), Outcome::Disabled);
    for _ in 0..2 {
        assert_eq!(cache.get_or_load("1", calls.bring("Ada")).await.unwrap().outcome(), Outcome::Disabled);
    }
    assert_eq!(calls.count(), 2);
    assert!(!cache.remove("1").await.unwrap().existed());
    assert_eq!(cache.statistics().outcomes.unwrap().of(Outcome::Disabled), 3);
}

#[tokio::test]
async fn e79_jumps_of_the_date_neither_expire_nor_revive() {
    let (cache, clock) = cache();
    assert!(cache.insert("1", "x".into()).await.unwrap().is_stored());
    for hours in [1u64, 0, 48] {
        clock.set_wall(larder_core::WallTime::from_millis(hours * 3_600_000));
        assert!(cache.get("1").await.unwrap().is_hit());
    }
    clock.advance(TTL + GRACE);
    clock.set_wall(larder_core::WallTime::from_millis(0));
    assert!(cache.get("1").await.unwrap().is_miss());
}

#[cfg(all(feature = "postcard", feature = "bincode"))]
#[test]
fn a_codec_that_could_not_read_the_values_back_is_refused_when_the_cache_is_built() {
    use larder_cache::Codec;
    let (larder, _clock) = larder();
    for codec in [Codec::Postcard, Codec::Bincode] {
        let refused = larder.cache::<serde_json::Value>("any").codec(codec).build().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid);
        assert!(refused.to_string().contains("choose MessagePack or JSON"), "{refused}");
        assert!(larder.cache::<Vec<String>>(&format!("{codec:?}")).codec(codec).build().is_ok());
    }
    assert!(larder.cache::<serde_json::Value>("any").codec(Codec::MessagePack).build().is_ok());
}
