//! Which fields are in a key, and which are not: one test each.

use std::collections::BTreeSet;

use larder_key::{Attachment, EXCLUDED, KeyGenerator, Request, Scope, Value};
use proptest::prelude::*;
use serde_json::json;

use crate::json::{full, identity, least, with, with_request, without};
use crate::values::value;

/// Changing the field changes the identity, in a request with everything.
macro_rules! in_the_key {
    ($($test:ident: $pointer:literal => $value:tt;)+) => {$(
        #[test]
        fn $test() {
            let changed = with(&full(), $pointer, json!($value));
            assert_ne!(changed, full(), "the test changes nothing");
            assert_ne!(identity(&changed), identity(&full()));
        }
    )+};
}

in_the_key! {
    a6_scope_tenant: "/scope/tenant" => "umbrella";
    a6_scope_user: "/scope/user" => "bob";
    a6_namespace: "/namespace" => "drafts";
    a6_operation: "/operation" => "summarize";
    a6_text: "/text" => "A larder is a warm room for food.";
    a6_question: "/question" => "What is a pantry?";
    a6_provider: "/provider" => "azure";
    a6_model: "/model" => "gpt-4o-mini";
    a6_endpoint: "/endpoint" => "responses";
    a6_prompt_template: "/prompt/template" => "reply";
    a6_prompt_version: "/prompt/version" => "4";
    a6_system: "/system" => "Answer in two sentences.";
    a6_message_role: "/messages/0/role" => "system";
    a6_message_name: "/messages/0/name" => "bob";
    a6_message_content: "/messages/0/content" => "Guess.";
    a6_message_content_part: "/messages/2/content/0/text" => "a warm room";
    a6_message_tool_calls: "/messages/1/tool_calls/0/arguments" => "{}";
    a6_message_tool_call_id: "/messages/2/tool_call_id" => "c2";
    a6_message_unknown_field: "/messages/2/refusal" => "no";
    a6_message_added: "/messages" => [];
    a6_attachment_content: "/attachments/0/content" => "other bytes";
    a6_attachment_media_type: "/attachments/0/media_type" => "image/jpeg";
    a6_attachment_sent_name: "/attachments/0/name" => "hall.png";
    a6_tools: "/tools/0/parameters/properties/word/type" => "number";
    a6_tool_choice: "/tool_choice/name" => "search";
    a6_response_schema: "/response_schema/required/0" => "reply";
    a6_temperature: "/options/temperature" => 0.3;
    a6_top_p: "/options/top_p" => 1;
    a6_top_k: "/options/top_k" => 41;
    a6_max_tokens: "/options/max_tokens" => 101;
    a6_stop: "/options/stop/0" => "STOP";
    a6_n: "/options/n" => 2;
    a6_seed: "/options/seed" => 8;
    a6_presence_penalty: "/options/presence_penalty" => 0.2;
    a6_frequency_penalty: "/options/frequency_penalty" => 0.1;
    a6_logit_bias: "/options/logit_bias/50256" => 100;
    a6_reasoning_effort: "/options/reasoning_effort" => "high";
    a6_thinking: "/options/thinking" => true;
    a6_safety_settings: "/options/safety_settings/0/threshold" => "low";
    a6_locale: "/options/locale" => "de";
    b38_user_option: "/options/user" => "ann";
}

/// Leaving a field out changes the identity too.
#[test]
fn a6_every_optional_field_counts_when_it_is_left_out() {
    let request = full();
    let optional =
        request.as_object().unwrap().keys().filter(|name| !["scope", "operation", "text"].contains(&name.as_str()));
    let mut seen = BTreeSet::from([identity(&request)]);
    for name in optional {
        assert!(seen.insert(identity(&without(&request, &format!("/{name}")))), "{name} does not count");
    }
    assert_eq!(seen.len(), 14);
}

/// Setting the option changes neither identity nor key; inside a nested value the same name counts.
macro_rules! not_in_the_key {
    ($($test:ident: $option:literal => $value:tt;)+) => {
        $(
            #[test]
            fn $test() {
                for request in [full(), least()] {
                    let changed = with(&request, concat!("/options/", $option), json!($value));
                    assert_eq!(identity(&changed), identity(&request));
                    assert_eq!(key(&changed), key(&request));
                    let nested = with(&request, concat!("/options/nested/", $option), json!($value));
                    assert_ne!(identity(&nested), identity(&request));
                }
            }
        )+

        #[test]
        fn a7_every_excluded_option_has_a_test() {
            let tested = BTreeSet::from([$($option),+]);
            let listed: BTreeSet<_> = EXCLUDED.iter().map(|excluded| excluded.name).collect();
            assert_eq!(tested, listed);
        }
    };
}

not_in_the_key! {
    a7_request_id: "request_id" => "r-1";
    a7_x_request_id: "x_request_id" => "r-1";
    a7_client_request_id: "client_request_id" => "r-1";
    a7_correlation_id: "correlation_id" => "c-1";
    a7_idempotency_key: "idempotency_key" => "i-1";
    a7_trace_id: "trace_id" => "t-1";
    a7_span_id: "span_id" => "s-1";
    a7_traceparent: "traceparent" => "00-1-1-01";
    a7_tracestate: "tracestate" => "a=1";
    a7_timeout: "timeout" => 30;
    a7_timeout_ms: "timeout_ms" => 30_000;
    a7_timeout_seconds: "timeout_seconds" => 30;
    a7_request_timeout: "request_timeout" => 30;
    a7_connect_timeout: "connect_timeout" => 5;
    a7_read_timeout: "read_timeout" => 5;
    a7_retries: "retries" => 3;
    a7_retry_count: "retry_count" => 3;
    a7_max_retries: "max_retries" => 3;
    a7_user_agent: "user_agent" => "curl";
    a7_stream: "stream" => true;
    a7_stream_options: "stream_options" => { "include_usage": true };
    a7_api_key: "api_key" => "sk-1";
    a7_x_api_key: "x_api_key" => "sk-1";
    a7_authorization: "authorization" => "Bearer sk-1";
    a7_credentials: "credentials" => { "key": "sk-1" };
    a7_access_token: "access_token" => "sk-1";
    a7_bearer_token: "bearer_token" => "sk-1";
}

#[test]
fn a7_headers_are_known_in_their_own_spelling() {
    for name in ["X-Request-ID", "User-Agent", "API-Key", "Authorization", "STREAM"] {
        let changed = with(&full(), &format!("/options/{name}"), json!("x"));
        assert_eq!(identity(&changed), identity(&full()), "{name}");
    }
    for name in ["streams", "strea", "xstream", "timeout_", "api key"] {
        let changed = with(&full(), &format!("/options/{name}"), json!("x"));
        assert_ne!(identity(&changed), identity(&full()), "{name}");
    }
}

/// NaN in an option that is left out harms nobody.
#[test]
fn a7_an_excluded_option_is_not_even_read() {
    let scope = Scope::public();
    let request = Request { options: &[("timeout", f64::NAN)], ..Request::new(&scope, "qa", "text") };
    assert_eq!(request.identity().unwrap(), Request::new(&scope, "qa", "text").identity().unwrap());
}

proptest! {
    #[test]
    fn a5_an_unknown_option_is_in_the_key(name in "zz[a-z_]{0,8}", value in value()) {
        let scope = Scope::public();
        let plain = Request::new(&scope, "qa", "text");
        let more = Request { options: &[(name, value)], ..plain };
        prop_assert_ne!(plain.identity()?, more.identity()?);
    }

    #[test]
    fn b38_two_values_of_an_option_are_two_keys(left in "[a-c]{0,3}", right in "[a-c]{0,3}") {
        let request = |value: &str| identity(&with(&full(), "/options/extra", json!(value)));
        prop_assert_eq!(request(&left) == request(&right), left == right);
    }
}

#[test]
fn a9_attachments_are_known_by_content() {
    let scope = Scope::public();
    let plain = Attachment::new(b"bytes");
    let identity = |attachment: Attachment<'_>| {
        Request { attachments: &[attachment], ..Request::new(&scope, "qa", "text") }.identity().unwrap()
    };
    let named = |name| Attachment { name: Some(name), ..plain };
    let sent = |name| Attachment { name_is_sent: true, ..named(name) };

    assert_eq!(identity(named("a.png")), identity(named("b.png")), "the model does not see the name");
    assert_eq!(identity(named("a.png")), identity(plain));
    assert_ne!(identity(sent("a.png")), identity(sent("b.png")), "the model sees the name");
    assert_ne!(identity(sent("a.png")), identity(plain));
    assert_ne!(identity(Attachment { name: Some("a.png"), ..Attachment::new(b"other") }), identity(named("a.png")));
}

/// Order and number of attachments count.
#[test]
fn a9_attachments_are_a_list() {
    let scope = Scope::public();
    let (a, b) = (Attachment::new(b"a"), Attachment::new(b"b"));
    let identity = |attachments: &[Attachment<'_>]| {
        Request { attachments, ..Request::new(&scope, "qa", "text") }.identity().unwrap()
    };
    let all = [identity(&[]), identity(&[a]), identity(&[a, a]), identity(&[a, b]), identity(&[b, a])];
    assert_eq!(BTreeSet::from(all).len(), 5);
}

/// The reply that went through the cache continues the conversation like the live one.
#[test]
fn a14_a_cached_reply_gives_the_same_next_key() {
    let reply = json!({
        "role": "assistant", "content": "Zwölf — “12.0”\n", "refusal": null, "logprob": -0.1,
        "tool_calls": [{ "id": "c9", "arguments": "{ \"b\": 1.0,  \"a\": 2 }", "score": 0.1 }],
    });
    let stored: serde_json::Value = serde_json::from_slice(&serde_json::to_vec(&reply).unwrap()).unwrap();
    let next = |reply: &serde_json::Value| {
        let mut request = full();
        request["messages"].as_array_mut().unwrap().push(reply.clone());
        identity(&request)
    };
    assert_eq!(next(&reply), next(&stored));
    assert_ne!(next(&reply), identity(&full()));
}

#[test]
fn a10_no_question_is_not_the_empty_question() {
    assert_ne!(identity(&without(&full(), "/question")), identity(&with(&full(), "/question", json!(""))));
}

#[test]
fn a5_options_given_in_any_form_are_one() {
    let (generator, scope) = (KeyGenerator::new(), Scope::public());
    let pairs = [("a", Value::from(1)), ("b", Value::from("x"))];
    let map = std::collections::BTreeMap::from(pairs.clone());
    let hash = std::collections::HashMap::from(pairs.clone());
    let key = |options| generator.generate(&scope, "qa", "text", options, None).unwrap();
    let keys = [key(&pairs), key(&pairs.to_vec()), key(&&pairs[..]), key(&map), key(&hash)];
    assert!(keys.iter().all(|key| *key == keys[0]));
}

fn key(request: &serde_json::Value) -> String {
    with_request(request, |request| KeyGenerator::new().generate_request(request).unwrap().text)
}
