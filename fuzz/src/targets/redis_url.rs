//! Addresses of Redis.

use larder_config::{RedisLayout, RedisUrl, RedisUrlError};

use crate::{Seen, Target, input};

pub(super) const TARGET: Target = Target {
    name: "redis-url",
    says: "an address that is taken names a place and nothing that is not, and neither it nor a refusal tells its password",
    check: |bytes| check(bytes, RedisUrl::parse),
    planted: |bytes| check(bytes, |text| RedisUrl::parse(text.trim_end())),
    bug: "spaces at the end are passed over",
    seeds,
    tokens: &[
        "redis://",
        "rediss://",
        "unix://",
        "redis+sentinel://",
        "rediss+cluster://",
        "@",
        ":",
        "/",
        "?",
        "#",
        "%40",
        "%",
        ",",
        "[::1]",
        "db=1",
        "sentinelPassword=x",
        "65536",
        "0",
        " ",
        "\n",
    ],
    allowance: Target::modest,
};

fn check(bytes: &[u8], parse: fn(&str) -> Result<RedisUrl, RedisUrlError>) -> Seen {
    let text = input::valid(bytes);
    let url = match parse(text) {
        Ok(url) => url,
        Err(error) => return Seen::of(error.why),
    };
    assert!(!text.chars().any(|letter| letter.is_whitespace() || letter.is_control()), "taken with a space in it");
    assert_eq!(url.expose(), text, "another text than was given");
    assert_eq!(RedisUrl::parse(url.expose()).as_ref(), Ok(&url), "another address the second time");
    assert_eq!(url.socket().is_some(), url.layout() == RedisLayout::Unix, "a socket, or none, in the wrong place");
    assert_eq!(url.hosts().is_empty(), url.layout() == RedisLayout::Unix, "hosts, or none, in the wrong place");
    assert!(url.hosts().iter().all(|host| host.port > 0 && !host.name.is_empty()), "a host that is none");
    assert_eq!(
        url.service().is_some(),
        url.layout() == RedisLayout::Sentinel,
        "a service, or none, in the wrong place"
    );
    let other = parse(&with_other_passwords(text, &url)).expect("another password changes nothing else");
    assert_eq!(format!("{url} {url:?}"), format!("{other} {other:?}"), "a password is told");
    Seen::of((url.layout() as u8, url.is_tls(), url.hosts().len().min(3), url.password().is_some(), url.database() > 0))
}

/// The same address with passwords that nobody has.
fn with_other_passwords(text: &str, url: &RedisUrl) -> String {
    let mut other = text.to_owned();
    if let (Some(_), Some((before, after))) = (url.password(), text.split_once('@')) {
        let scheme = before.find("://").map_or(0, |at| at + 3);
        let user = before[scheme..].find(':').map_or(before.len(), |at| scheme + at);
        other = format!("{}:other@{after}", &before[..user]);
    }
    if let (Some(_), Some((before, query))) = (url.sentinel_password(), other.split_once('?')) {
        let other_field = |field: &str| match field.split_once('=') {
            Some(("sentinelPassword", _)) => "sentinelPassword=other".to_owned(),
            _ => field.to_owned(),
        };
        let fields: Vec<String> = query.split('&').map(other_field).collect();
        other = format!("{before}?{}", fields.join("&"));
    }
    other
}

fn seeds() -> Vec<Vec<u8>> {
    [
        "redis://localhost",
        "rediss://user:tops3cretw0rd@cache.example.org:6380/3",
        "redis://:p%40ssword1@[::1]:6379",
        "unix:///run/redis.sock?db=2",
        "redis+sentinel://one:26379,two/mymaster/1?sentinelUsername=u&sentinelPassword=s3ntinelword",
        "redis+cluster://a:1,b:2,c/0",
    ]
    .iter()
    .map(|url| url.as_bytes().to_vec())
    .collect()
}
