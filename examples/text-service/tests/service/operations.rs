//! Every operation on real text, through the whole service.

use serde_json::{Value, json};
use text_service::{MAX_TEXT, Operation};

use crate::running::Running;

fn document(name: &str) -> Value {
    json!({ "document": name })
}

#[tokio::test]
async fn every_answer_tells_where_it_came_from_and_what_it_cost() {
    let service = Running::offline().await;
    for operation in Operation::ALL.map(Operation::as_str) {
        let mut body = document("a-short-history");
        if operation == "qa" {
            body["question"] = json!("Who wrote memcached?");
        }
        let reply = service.ask(operation, &body).await;
        assert_eq!(reply["operation"], operation);
        assert_eq!(reply["cache"]["hit"], false);
        assert_eq!(reply["cache"]["outcome"], "loaded");
        assert_eq!(reply["finish"], "stop");
        assert!(reply["model"].as_str().unwrap().starts_with("offline"));
        assert!(["medium", "large"].contains(&reply["text_tier"].as_str().unwrap()));
        assert!(reply["model_ms"].as_f64().unwrap() > 0.0);
        let (took, cache) = (reply["took_us"].as_u64().unwrap(), reply["cache"]["cache_us"].as_u64().unwrap());
        assert!(took > cache, "what the model took is not the cache's: {reply}");
        assert!(reply["usage"]["input_tokens"].as_u64().unwrap() > 500);
        assert!(reply["usage"]["output_tokens"].as_u64().unwrap() > 3);
        let again = service.ask(operation, &body).await;
        assert_eq!((&again["answer"], &again["data"]), (&reply["answer"], &reply["data"]), "{operation}");
        assert_eq!((&again["cache"]["hit"], &again["cache"]["tier"]), (&json!(true), &json!("l1")), "{operation}");
        assert!(again["cache"]["cache_us"].as_u64().unwrap() <= again["took_us"].as_u64().unwrap(), "{again}");
        assert_eq!(again["saved"]["input_tokens"], reply["usage"]["input_tokens"], "{operation}");
        let row = service.statistics(operation).await;
        assert_eq!(row["hits"], 1, "{operation}");
        assert_eq!(row["hits"].as_u64().unwrap() + row["misses"].as_u64().unwrap(), 2);
    }
}

#[tokio::test]
async fn a_summary_is_made_of_the_texts_own_sentences() {
    let service = Running::offline().await;
    let mut body = document("the-stampede");
    body["options"] = json!({ "max_sentences": 2, "max_length": 400 });
    let reply = service.ask("summarize", &body).await;
    let shown: Value = service.get("/v1/documents/the-stampede").await.json().await.unwrap();
    let text = shown["text"].as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    let sentences = reply["data"]["sentences"].as_array().unwrap();
    assert!((1..=2).contains(&sentences.len()));
    assert!(sentences.iter().all(|sentence| text.contains(sentence["text"].as_str().unwrap())));
    assert!(reply["answer"].as_str().unwrap().chars().count() <= 400);
}

#[tokio::test]
async fn sentiment_follows_the_words() {
    let service = Running::offline().await;
    let rows = [
        ("This library is wonderful, and its authors are friendly and helpful.", "positive"),
        ("The worst purchase ever: it broke, and support was rude and useless.", "negative"),
        ("The parcel weighs two kilograms and arrives on Monday.", "neutral"),
    ];
    for (text, label) in rows {
        let reply = service.ask("sentiment", &json!({ "text": text })).await;
        assert_eq!(reply["data"]["label"], label, "{text}");
        assert!(reply["answer"].as_str().unwrap().contains(label));
        assert_eq!(reply["data"]["words"].as_array().unwrap().is_empty(), label == "neutral");
    }
}

#[tokio::test]
async fn key_points_and_questions_come_with_their_sentences() {
    let service = Running::offline().await;
    let mut body = document("what-a-cache-promises");
    body["options"] = json!({ "count": 4 });
    let points = service.ask("key_points", &body).await;
    let points = points["data"]["points"].as_array().unwrap().clone();
    assert_eq!(points.len(), 4);
    assert!(points.iter().any(|point| point["phrase"].as_str().unwrap().to_lowercase().contains("cache")));
    let asked = service.ask("questions", &body).await;
    let asked = asked["data"]["questions"].as_array().unwrap().clone();
    assert_eq!(asked.len(), 4);
    assert!(asked.iter().all(|one| one["question"].as_str().unwrap().ends_with('?')));
    assert!(asked.iter().any(|one| one["question"] == "What is a cache?"));
}

#[tokio::test]
async fn questions_about_the_documents_are_answered_from_them() {
    let service = Running::offline().await;
    let list: Value = service.get("/v1/documents").await.json().await.unwrap();
    let list = list["documents"].as_array().unwrap();
    assert!(list.len() >= 3);
    for document in list {
        assert!(document["characters"].as_u64().unwrap() > 300);
        let body = json!({ "document": document["name"], "question": document["question"] });
        let reply = service.ask("qa", &body).await;
        assert_eq!(reply["data"]["found"], true, "{}", document["name"]);
        assert_eq!(reply["data"]["weak"], false, "{}", document["name"]);
    }
    let rows = [
        ("a-short-history", "Who suggested the word cache?", "Lyle Johnson"),
        ("the-stampede", "What is jitter?", "jitter"),
        ("what-a-cache-promises", "Why is a miss not a failure?", "nobody asked before"),
    ];
    for (name, question, said) in rows {
        let reply = service.ask("qa", &json!({ "document": name, "question": question })).await;
        assert!(reply["answer"].as_str().unwrap().contains(said), "{question}: {}", reply["answer"]);
    }
    let reply = service.ask("qa", &json!({ "document": "the-stampede", "question": "Do penguins fly?" })).await;
    assert_eq!(reply["data"]["found"], false);
}

#[tokio::test]
async fn strange_texts_are_answered_too() {
    let service = Running::offline().await;
    let one_word = "a".repeat(MAX_TEXT);
    let no_end = "word ".repeat(MAX_TEXT / 5);
    let many = "A cat sat on the mat! ".repeat(MAX_TEXT / 22);
    let brackets = "[".repeat(MAX_TEXT - 5);
    let quotes = "> ".repeat(MAX_TEXT / 2 - 1) + "x";
    let texts = [
        "x",
        "缓存很快。但是它会过期。",
        "مرحبا بالعالم. كيف حالك؟",
        "👩‍👩‍👧‍👦 e\u{301}\u{200b} \u{202e}backwards",
        "```\nfn main() {}\n```",
        "# Only a title",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        &one_word,
        &no_end,
        &many,
        &(brackets + " text"),
        &quotes,
    ];
    for text in texts.map(|text| text.chars().take(MAX_TEXT).collect::<String>()) {
        for operation in Operation::ALL {
            let mut body = json!({ "text": text });
            if operation.needs_question() {
                body["question"] = json!("Where is the cat?");
            }
            let reply = service.ask(operation.as_str(), &body).await;
            assert!(!reply["answer"].as_str().unwrap().is_empty(), "{operation}");
        }
    }
}

#[tokio::test]
async fn forgetting_counts_what_was_forgotten() {
    let service = Running::offline().await;
    for name in ["a-short-history", "the-stampede"] {
        service.ask("summarize", &document(name)).await;
    }
    service.ask("sentiment", &document("the-stampede")).await;
    let response = service.post("/v1/cache/invalidate/summarize", &json!({})).await;
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["removed"], 2);
    assert_eq!(service.ask("summarize", &document("the-stampede")).await["cache"]["hit"], false);
    assert_eq!(service.ask("sentiment", &document("the-stampede")).await["cache"]["hit"], true);
    let response = service.post("/v1/cache/invalidate/summarize", &json!({})).await;
    assert_eq!(response.json::<Value>().await.unwrap()["removed"], 1);
    let response = service.post("/v1/cache/invalidate/summarize", &json!({})).await;
    assert!(response.status().is_success());
    let body: Value = response.json().await.unwrap();
    assert_eq!((&body["operation"], &body["removed"]), (&json!("summarize"), &json!(0)));
}

#[tokio::test]
async fn statistics_begin_at_nothing() {
    let service = Running::offline().await;
    let all: Value = service.get("/v1/cache/stats").await.json().await.unwrap();
    assert_eq!(all["operations"].as_array().unwrap().len(), 5);
    assert_eq!(all["text_tiers"].as_array().unwrap().len(), 4);
    assert_eq!(all["cache"]["tiers"].as_array().unwrap().len(), 1);
    assert_eq!((&all["cache"]["degraded"], &all["cache"]["shared"]), (&json!(false), &json!(null)));
    let row = &all["operations"][0];
    assert_eq!((&row["hit_rate"], &row["mean_hit_us"], &row["hits"]), (&json!(null), &json!(null), &json!(0)));
}
