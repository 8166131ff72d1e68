//! Replies of models: kept when they ended well, found only by the request they answer.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use larder_ai::{
    AiCache, AiMessage, AiRequest, AiSettings, AiWritten, Block, Finish, NotKept, Reply, Scope, TextTier, TextTiers,
    Usage,
};
use larder_cache::Larder;
use larder_core::{ErrorKind, Outcome, Tier};
use larder_testkit::{Canaries, Gate, ManualClock};
use serde_json::json;

fn cache() -> (AiCache, Larder, ManualClock) {
    with(AiSettings::default())
}

fn with(settings: AiSettings) -> (AiCache, Larder, ManualClock) {
    let clock = ManualClock::new();
    let larder = Larder::builder().clock(clock.clone()).build().unwrap();
    let ai = AiCache::builder(&larder, "assistant").settings(settings).build().unwrap();
    (ai, larder, clock)
}

fn request(operation: &str) -> AiRequest {
    AiRequest::new(Scope::tenant("acme"), operation, "A larder is a cool room.")
        .model("gpt-4o")
        .option("max_length", 100)
}

/// A model that counts how often it is asked.
#[derive(Clone, Default)]
struct Model(Arc<AtomicUsize>);

impl Model {
    fn asked(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    async fn ask(&self, ai: &AiCache, request: &AiRequest, reply: Reply) -> larder_ai::AiAnswer {
        let calls = Arc::clone(&self.0);
        let generate = move |_| async move {
            calls.fetch_add(1, Ordering::SeqCst);
            Ok::<_, Infallible>(reply)
        };
        ai.get_or_generate(request, generate).await.unwrap()
    }
}

#[tokio::test]
async fn a_second_request_is_a_hit_with_its_metadata() {
    let (ai, larder, clock) = cache();
    let model = Model::default();
    let usage = Usage { input_tokens: 100, output_tokens: 20, cached_tokens: 10 };
    let reply = Reply::text("Cool room.").usage(usage).model("gpt-4o-2024");
    let first = model.ask(&ai, &request("summarize"), reply.clone()).await;
    assert_eq!((first.is_hit(), first.outcome(), first.tier()), (false, Outcome::Loaded, None));
    assert_eq!(first.saved().output_tokens, 0);
    let made_at = larder.clock().wall();
    clock.advance(Duration::from_secs(5));
    let second = model.ask(&ai, &request("summarize"), Reply::text("never")).await;
    assert_eq!((second.is_hit(), second.tier(), second.operation()), (true, Some(Tier::L1), "summarize"));
    assert_eq!((second.age(), second.cached_at()), (Duration::from_secs(5), made_at));
    assert_eq!((second.text_tier(), second.schema()), (TextTier::Small, larder_ai::REPLY_SCHEMA));
    assert_eq!((second.saved().input_tokens, second.saved().output_tokens), (100, 20));
    assert_eq!(second.reply(), &reply);
    assert_eq!(model.asked(), 1);
}

#[tokio::test]
async fn a24_a26_what_did_not_end_well_is_given_out_and_not_kept() {
    let (ai, _, _) = cache();
    let broken = Block::ToolCall { id: "1".into(), name: "f".into(), arguments: "{".into() };
    for (reply, why) in [
        (Reply::text("cut of").finish(Finish::Length), NotKept::Unfinished),
        (Reply::text("…").finish(Finish::ContentFilter), NotKept::Unfinished),
        (Reply::text("I will not.").finish(Finish::Refusal), NotKept::Unfinished),
        (Reply::text("?").finish(Finish::Missing), NotKept::Unfinished),
        (Reply::text("  "), NotKept::Empty),
        (Reply { content: vec![broken], ..Reply::text("") }.finish(Finish::ToolCalls), NotKept::BrokenToolCall),
    ] {
        let model = Model::default();
        for _ in 0..2 {
            let answer = model.ask(&ai, &request("qa"), reply.clone()).await;
            assert_eq!((answer.reply(), answer.not_kept(), answer.is_hit()), (&reply, Some(why), false));
        }
        assert_eq!(model.asked(), 2, "{why:?}");
        assert_eq!(ai.put(&request("qa"), reply).await.unwrap(), AiWritten::NotKept(why));
        assert!(ai.get(&request("qa")).await.unwrap().is_none());
    }
    let figures = &ai.statistics().operations["qa"];
    assert_eq!(figures.not_kept.iter().sum::<u64>(), 18);
}

#[tokio::test]
async fn a27_a_failure_is_an_error_of_its_own_type_and_never_a_reply() {
    let (ai, _, _) = cache();
    let failing = |_| async { Err::<Reply, _>(std::io::Error::other("503")) };
    let error = ai.get_or_generate(&request("qa"), failing).await.unwrap_err();
    assert_eq!(error.load_error::<std::io::Error>().unwrap().to_string(), "503");
    assert!(ai.get(&request("qa")).await.unwrap().is_none());
    let figures = &ai.statistics().operations["qa"];
    assert_eq!(figures.outcomes.of(Outcome::Error), 1);
}

#[tokio::test]
async fn a15_two_tenants_never_share_a_reply() {
    let (ai, _, _) = cache();
    let model = Model::default();
    let of = |scope: Scope| AiRequest::new(scope, "qa", "the same text").question("the same question");
    for scope in [Scope::tenant("a"), Scope::tenant("b"), Scope::user("a"), Scope::user_of("a", "b"), Scope::public()] {
        let name = format!("{scope:?}");
        let answer = model.ask(&ai, &of(scope), Reply::text(name.clone())).await;
        assert_eq!((answer.is_hit(), answer.to_text()), (false, name));
    }
    assert_eq!(model.asked(), 5);
}

#[tokio::test]
async fn a6_a7_what_changes_the_answer_changes_the_key_and_nothing_else_does() {
    let (ai, _, _) = cache();
    let model = Model::default();
    let base = request("qa");
    let changed = [
        base.clone().model("gpt-4o-mini"),
        base.clone().provider("azure"),
        base.clone().endpoint("responses"),
        base.clone().question(""),
        base.clone().question("Why?"),
        base.clone().system("Be brief."),
        base.clone().prompt("qa", "1"),
        base.clone().prompt("qa", "2"),
        base.clone().namespace("n"),
        base.clone().option("temperature", 0.5),
        base.clone().option("max_length", 101),
        base.clone().option("made_up_option", json!(null)),
        base.clone().message(AiMessage::new("user", "hello")),
        base.clone().message(AiMessage::new("user", "hello").with("name", "ann")),
        base.clone().message(AiMessage::new("assistant", "hello")),
        base.clone().attachment(b"bytes"),
        base.clone().tools(json!([{"name": "a"}, {"name": "b"}])),
        base.clone().tools(json!([{"name": "b"}, {"name": "a"}])),
        base.clone().tool_choice("auto"),
        base.clone().response_schema(json!({"type": "object"})),
        request("sentiment"),
        AiRequest::new(Scope::tenant("acme"), "qa", "A larder is a cool room")
            .model("gpt-4o")
            .option("max_length", 100),
    ];
    assert!(ai.put(&base, Reply::text("base")).await.unwrap().is_kept());
    for (number, request) in changed.iter().enumerate() {
        assert!(!model.ask(&ai, request, Reply::text("other")).await.is_hit(), "change {number}");
    }
    for same in [
        base.clone().option("stream", true),
        base.clone().option("timeout", 30),
        base.clone().option("max_length", 100.0),
        base.clone().document("handbook"),
        base.clone().ttl(Duration::from_secs(9)),
    ] {
        assert_eq!(model.ask(&ai, &same, Reply::text("never")).await.to_text(), "base");
    }
}

#[tokio::test]
async fn operation_ttls_hold_and_a_request_can_only_shorten_them() {
    let (ai, _, clock) = cache();
    for (request, seconds) in [
        (request("summarize"), 7_200),
        (request("sentiment"), 86_400),
        (request("key_points"), 7_200),
        (request("questions"), 3_600),
        (request("qa"), 1_800),
        (request("translate"), 600),
        (request("qa").question("short").ttl(Duration::from_secs(60)), 60),
        (request("qa").question("long").ttl(Duration::from_secs(9_999)), 1_800),
    ] {
        assert!(ai.put(&request, Reply::text("x")).await.unwrap().is_kept());
        clock.advance(Duration::from_secs(seconds) - Duration::from_nanos(1));
        assert!(!ai.get(&request).await.unwrap().unwrap().outcome().as_str().starts_with("stale"), "{request:?}");
        clock.advance(Duration::from_nanos(1));
        let after = ai.get(&request).await.unwrap();
        assert!(after.is_none_or(|answer| answer.outcome().as_str().starts_with("stale")), "{request:?}");
    }
    let none = request("qa").ttl(Duration::ZERO);
    assert_eq!(ai.put(&none, Reply::text("x")).await.unwrap(), AiWritten::NotKept(NotKept::ZeroTtl));
}

#[tokio::test]
async fn a_text_that_is_too_long_is_answered_and_not_kept() {
    let (ai, _, _) = with(AiSettings { max_text_length: 10, ..AiSettings::default() });
    let model = Model::default();
    let long = AiRequest::new(Scope::public(), "qa", "ä".repeat(11));
    for _ in 0..2 {
        let answer = model.ask(&ai, &long, Reply::text("x")).await;
        assert_eq!((answer.not_kept(), answer.is_hit()), (Some(NotKept::TextTooLong), false));
    }
    assert_eq!(model.asked(), 2);
    assert_eq!(ai.put(&long, Reply::text("x")).await.unwrap(), AiWritten::NotKept(NotKept::TextTooLong));
    let fits = AiRequest::new(Scope::public(), "qa", "ä".repeat(10));
    assert!(ai.put(&fits, Reply::text("x")).await.unwrap().is_kept(), "characters count, not bytes");
}

#[tokio::test]
async fn a41_invalidating_an_operation_counts_exactly_and_touches_no_other() {
    let (ai, _, _) = cache();
    for number in 0..7 {
        assert!(ai.put(&request("qa").question(number.to_string()), Reply::text("x")).await.unwrap().is_kept());
    }
    for other in ["qa_extended", "q", "summarize", "op:qa", "qa|x"] {
        assert!(ai.put(&request(other), Reply::text("x")).await.unwrap().is_kept());
    }
    assert_eq!(ai.invalidate_operation("qa").await.unwrap().count.exact(), Some(7));
    assert_eq!(ai.invalidate_operation("qa").await.unwrap().count.exact(), Some(0));
    for other in ["qa_extended", "q", "summarize", "op:qa", "qa|x"] {
        assert!(ai.get(&request(other)).await.unwrap().is_some(), "{other}");
        assert_eq!(ai.invalidate_operation(other).await.unwrap().count.exact(), Some(1), "{other}");
    }
    let error = ai.invalidate_operation("").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn a41_replies_are_invalidated_by_scope_model_prompt_and_document() {
    let (ai, _, _) = cache();
    let long = "d".repeat(500);
    let of = |number: u32| {
        let scope = if number < 2 { Scope::tenant("a") } else { Scope::tenant("b") };
        let request = AiRequest::new(scope, "qa", number.to_string()).model(if number < 3 { "small" } else { "large" });
        request.prompt("qa|x", if number < 4 { "1" } else { "2" }).document(if number < 5 { &long } else { "other" })
    };
    for (what, count) in [("scope", 2), ("model", 3), ("prompt", 4), ("document", 5)] {
        for number in 0..6 {
            assert!(ai.put(&of(number), Reply::text("x")).await.unwrap().is_kept());
        }
        let invalidated = match what {
            "scope" => ai.invalidate_scope(&Scope::tenant("a")).await,
            "model" => ai.invalidate_model("small").await,
            "prompt" => ai.invalidate_prompt("qa|x", "1").await,
            _ => ai.invalidate_document(&long).await,
        };
        assert_eq!(invalidated.unwrap().count.exact(), Some(count), "{what}");
        assert!(ai.get(&of(0)).await.unwrap().is_none() && ai.get(&of(5)).await.unwrap().is_some(), "{what}");
    }
}

#[tokio::test]
async fn a_reply_that_a_full_cache_refuses_says_so() {
    let larder = Larder::builder().build().unwrap();
    let ai = AiCache::builder(&larder, "tiny").max_bytes(500).build().unwrap();
    let big = || Reply::text("x".repeat(1_000));
    let answer = Model::default().ask(&ai, &request("qa"), big()).await;
    assert_eq!((answer.outcome(), answer.not_kept()), (Outcome::Loaded, Some(NotKept::Full)));
    assert_eq!(ai.put(&request("qa"), big()).await.unwrap(), AiWritten::NotKept(NotKept::Full));
}

#[tokio::test]
async fn a49_equal_requests_at_one_time_share_one_call_of_the_model() {
    let (ai, _, _) = cache();
    let (gate, calls) = (Gate::new(), Arc::new(AtomicUsize::new(0)));
    let callers: Vec<_> = (0..50)
        .map(|_| {
            let (ai, gate, calls) = (ai.clone(), gate.clone(), Arc::clone(&calls));
            tokio::spawn(async move {
                let generate = move |_| async move {
                    calls.fetch_add(1, Ordering::SeqCst);
                    gate.arrive().await;
                    Ok::<_, Infallible>(Reply::text("one").finish(Finish::Length))
                };
                ai.get_or_generate(&request("qa"), generate).await.unwrap()
            })
        })
        .collect();
    gate.arrived().await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    gate.open();
    for caller in callers {
        let answer = caller.await.unwrap();
        assert_eq!((answer.to_text().as_str(), answer.not_kept()), ("one", Some(NotKept::Unfinished)));
    }
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    let figures = &ai.statistics().operations["qa"];
    assert_eq!(figures.not_kept.iter().sum::<u64>(), 1, "one reply was not kept, however many asked");
}

#[tokio::test]
async fn a49_a_text_that_is_too_long_to_keep_shares_its_call_all_the_same() {
    let (ai, _, _) = with(AiSettings { max_text_length: 3, ..AiSettings::default() });
    let (gate, calls) = (Gate::new(), Arc::new(AtomicUsize::new(0)));
    let callers: Vec<_> = (0..10)
        .map(|_| {
            let (ai, gate, calls) = (ai.clone(), gate.clone(), Arc::clone(&calls));
            tokio::spawn(async move {
                let generate = move |_| async move {
                    calls.fetch_add(1, Ordering::SeqCst);
                    gate.arrive().await;
                    Ok::<_, Infallible>(Reply::text("one"))
                };
                ai.get_or_generate(&request("qa"), generate).await.unwrap().not_kept()
            })
        })
        .collect();
    gate.arrived().await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    gate.open();
    for caller in callers {
        assert_eq!(caller.await.unwrap(), Some(NotKept::TextTooLong));
    }
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn requests_are_counted_by_operation_and_text_tier_and_their_sum_is_exact() {
    let tiers = TextTiers { small: 5, medium: 10, large: 20 };
    let (ai, _, _) = with(AiSettings { text_size_tiers: tiers, ..AiSettings::default() });
    let model = Model::default();
    for length in [3, 7, 15, 30] {
        let request = AiRequest::new(Scope::public(), "summarize", "x".repeat(length));
        for _ in 0..3 {
            model.ask(&ai, &request, Reply::text("x").usage(Usage { output_tokens: 2, ..Usage::default() })).await;
        }
    }
    let statistics = ai.statistics();
    let figures = &statistics.operations["summarize"];
    assert_eq!((figures.text_tiers, figures.text_tier_hits), ([3; 4], [2; 4]));
    assert_eq!((figures.outcomes.lookups(), figures.outcomes.hits(), figures.saved.output_tokens), (12, 8, 16));
    assert_eq!(statistics.keys.count, 12);
    assert_eq!(ai.cache_statistics().outcomes.unwrap().lookups(), 12);
}

#[tokio::test]
async fn a_request_without_a_key_is_refused_and_says_which_field() {
    let (ai, _, _) = cache();
    for wrong in [AiRequest::new(Scope::tenant(""), "qa", "x"), AiRequest::new(Scope::public(), "", "x")] {
        let error = ai.get(&wrong).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(format!("{error:?}").contains("empty"), "{error:?}");
    }
}

#[tokio::test]
async fn a13_no_prompt_answer_or_scope_shows_in_debug_errors_or_keys() {
    let (ai, _, _) = cache();
    let outputs = Canaries::new();
    let secret = outputs.as_str();
    let request =
        AiRequest::new(Scope::tenant(secret), "qa", secret).question(secret).system(secret).option("x", secret);
    outputs.take_debug("request", &request);
    let answer = Model::default().ask(&ai, &request, Reply::text(secret).data(json!(secret))).await;
    outputs.take_debug("answer", &answer);
    outputs.take_debug("reply", answer.reply());
    outputs.take_debug("statistics", &ai.statistics());
    outputs.take_debug("cache", &ai);
    let failing = |_| async { Err::<Reply, _>(std::io::Error::other("no")) };
    let error = ai.get_or_generate(&request.clone().question("2"), failing).await.unwrap_err();
    outputs.take_debug("error", &error);
    outputs.assert_silent();
}

#[tokio::test]
async fn a_larder_that_is_off_counts_every_request_as_disabled() {
    let larder = Larder::builder().disabled(true).build().unwrap();
    let ai = AiCache::builder(&larder, "off").build().unwrap();
    let answer = Model::default().ask(&ai, &request("qa"), Reply::text("x")).await;
    assert_eq!((answer.outcome(), answer.not_kept()), (Outcome::Disabled, Some(NotKept::Disabled)));
    let failing = |_| async { Err::<Reply, _>(std::io::Error::other("503")) };
    assert!(ai.get_or_generate(&request("qa"), failing).await.is_err());
    assert_eq!(ai.statistics().operations["qa"].outcomes.of(Outcome::Disabled), 2);
}
