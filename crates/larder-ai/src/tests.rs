//! What only a look inside can prove: keys, and what happens when two of them are equal.

use std::convert::Infallible;

use larder_cache::Larder;
use larder_core::Pattern;
use larder_key::Scope;
use larder_testkit::Canaries;

use crate::cache::AiCache;
use crate::kept::Kept;
use crate::reply::Reply;
use crate::request::AiRequest;
use crate::settings::AiSettings;

fn cache(settings: AiSettings) -> AiCache {
    let larder = Larder::builder().build().unwrap();
    AiCache::builder(&larder, "assistant").settings(settings).build().unwrap()
}

fn request(question: &str) -> AiRequest {
    AiRequest::new(Scope::tenant("acme"), "qa", "A larder is a cool room.").question(question)
}

async fn keys(ai: &AiCache) -> Vec<String> {
    let keys = ai.0.cache.keys(&Pattern::new("*").unwrap()).await.unwrap();
    keys.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a2_a_reply_under_the_same_key_to_another_request_is_never_served() {
    let ai = cache(AiSettings::default());
    let (mine, other) = (ai.ask(&request("mine")).unwrap(), ai.ask(&request("another's")).unwrap());
    // As if the shorter hashes in both keys were equal.
    let foreign = Kept::new(&other.identity, Reply::text("another's secret"));
    assert!(ai.0.cache.insert(&mine.key, foreign).await.unwrap().is_stored());
    assert!(ai.get(&request("mine")).await.unwrap().is_none());
    let bring = |text: &'static str| move |_| async move { Ok::<_, Infallible>(Reply::text(text)) };
    let answer = ai.get_or_generate(&request("mine"), bring("mine")).await.unwrap();
    assert_eq!((answer.to_text().as_str(), answer.is_hit()), ("mine", false));
    let again = ai.get_or_generate(&request("mine"), bring("never")).await.unwrap();
    assert_eq!((again.to_text().as_str(), again.is_hit()), ("mine", true), "it was replaced");
}

#[tokio::test]
async fn a2_a_foreign_stale_reply_is_no_answer_to_a_model_that_fails() {
    let ai = cache(AiSettings::default());
    let (mine, other) = (ai.ask(&request("mine")).unwrap(), ai.ask(&request("another's")).unwrap());
    let foreign = Kept::new(&other.identity, Reply::text("another's secret"));
    assert!(ai.0.cache.insert(&mine.key, foreign).await.unwrap().is_stored());
    assert!(ai.0.cache.expire(&mine.key).await.unwrap().existed());
    let failing = |_| async { Err::<Reply, _>(std::io::Error::other("503")) };
    let error = ai.get_or_generate(&request("mine"), failing).await.unwrap_err();
    assert!(error.load_error::<larder_core::LoadPanic>().is_none(), "{error:?}");
}

#[tokio::test]
async fn a10_the_threshold_changes_what_a_key_looks_like_and_never_what_it_means() {
    for (threshold, readable) in [(1, false), (1, true), (1_000, true), (1_000, false)] {
        let ai = cache(AiSettings { text_hash_threshold: threshold, readable_keys: readable, ..AiSettings::default() });
        assert!(ai.put(&request("?"), Reply::text("x")).await.unwrap().is_kept());
        assert!(ai.get(&request("?")).await.unwrap().is_some());
        let shown = keys(&ai).await;
        assert_eq!(shown.len(), 1);
        assert_eq!(shown[0].contains("A larder is"), readable && threshold == 1_000, "{shown:?}");
    }
}

#[tokio::test]
async fn a13_a_key_shows_no_prompt_and_no_scope() {
    let ai = cache(AiSettings::default());
    let outputs = Canaries::new();
    let secret = outputs.as_str();
    let request =
        AiRequest::new(Scope::tenant(secret), "qa", secret).question(secret).system(secret).option("x", secret);
    assert!(ai.put(&request, Reply::text(secret)).await.unwrap().is_kept());
    for key in keys(&ai).await {
        outputs.take("key", &key);
    }
    outputs.assert_silent();
}
