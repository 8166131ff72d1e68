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
    let told = format!("{url} {url:?}");
    for secret in [url.password(), url.sentinel_password()].into_iter().flatten() {
        // A short one may be part of a host by chance.
        let open = told.replace("***", "");
        let hosts = url.hosts().iter().any(|host| host.name.contains(secret.expose().as_str()));
        let known = secret.expose().len() < 8
            || hosts
            || url.service().is_some_and(|name| name.contains(secret.expose().as_str()));
        assert!(known || !open.contains(secret.expose().as_str()), "a password is told");
    }
    Seen::of((url.layout() as u8, url.is_tls(), url.hosts().len().min(3), url.password().is_some(), url.database() > 0))
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
