//! Takes a Redis URL apart. Hosts come as lists, which no general URL parser accepts.

use std::net::Ipv6Addr;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use crate::Secret;
use crate::redis_url::{Credentials, RedisHost, RedisLayout, RedisUrl, RedisUrlError};

type Parsed<T> = Result<T, RedisUrlError>;

const FORMS: &str = "begin with redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://";
const ENCODE: &str = "percent-encode it: `@` is %40, `/` is %2F, `:` is %3A, `%` is %25";

const SCHEMES: [(&str, RedisLayout, bool); 7] = [
    ("redis", RedisLayout::Single, false),
    ("rediss", RedisLayout::Single, true),
    ("unix", RedisLayout::Unix, false),
    ("redis+sentinel", RedisLayout::Sentinel, false),
    ("rediss+sentinel", RedisLayout::Sentinel, true),
    ("redis+cluster", RedisLayout::Cluster, false),
    ("rediss+cluster", RedisLayout::Cluster, true),
];

fn wrong<T>(why: &'static str, suggestion: &'static str) -> Parsed<T> {
    Err(RedisUrlError { why, suggestion })
}

/// The pieces between the separators, still encoded.
struct Pieces<'a> {
    userinfo: Option<&'a str>,
    hosts: &'a str,
    path: &'a str,
    query: Option<&'a str>,
}

pub(crate) fn parse(text: &str) -> Parsed<RedisUrl> {
    let (scheme, rest) = split_scheme(text)?;
    let (layout, tls) = read_scheme(scheme)?;
    let pieces = split(rest)?;
    let mut url = RedisUrl {
        text: Secret::new(text.to_owned()),
        layout,
        tls,
        credentials: pieces.userinfo.map(read_credentials).transpose()?,
        hosts: Vec::new(),
        socket: None,
        service: None,
        database: 0,
        sentinel: None,
    };
    match layout {
        RedisLayout::Single => single(&mut url, &pieces),
        RedisLayout::Unix => unix(&mut url, &pieces),
        RedisLayout::Sentinel => sentinel(&mut url, &pieces),
        RedisLayout::Cluster => cluster(&mut url, &pieces),
    }?;
    Ok(url)
}

fn split_scheme(text: &str) -> Parsed<(&str, &str)> {
    if text.is_empty() {
        return wrong("is empty", "unset it to use memory only");
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return wrong("has a space or a control character", "remove it, or percent-encode it");
    }
    if text.contains('#') {
        return wrong("has a `#`", "write %23");
    }
    match text.split_once("://") {
        Some(split) => Ok(split),
        None => wrong("has no scheme", FORMS),
    }
}

fn read_scheme(scheme: &str) -> Parsed<(RedisLayout, bool)> {
    match SCHEMES.iter().find(|(name, ..)| name.eq_ignore_ascii_case(scheme)) {
        Some(&(_, layout, tls)) => Ok((layout, tls)),
        None => wrong("has a scheme that is not known", FORMS),
    }
}

fn split(rest: &str) -> Parsed<Pieces<'_>> {
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if path.contains('@') || authority.matches('@').count() > 1 || query.is_some_and(|query| query.contains('@')) {
        return wrong("has a special character in its user or password", ENCODE);
    }
    let (userinfo, hosts) =
        authority.split_once('@').map_or((None, authority), |(userinfo, hosts)| (Some(userinfo), hosts));
    Ok(Pieces { userinfo, hosts, path, query })
}

fn read_credentials(userinfo: &str) -> Parsed<Credentials> {
    let Some((user, password)) = userinfo.split_once(':') else {
        return wrong("has a user without a password", "write user:password@, or :password@ for the default user");
    };
    if password.is_empty() {
        return wrong("has an empty password", "give the password, or leave out everything before `@`");
    }
    let user = if user.is_empty() { None } else { Some(Secret::new(decode(user)?)) };
    Ok(Credentials { user, password: Secret::new(decode(password)?) })
}

/// A `:` in a password is harmless and stays; a `%` that begins no code is a slip.
fn decode(text: &str) -> Parsed<String> {
    let mut after = text.split('%').skip(1);
    if !after.all(|part| part.len() >= 2 && part.bytes().take(2).all(|byte| byte.is_ascii_hexdigit())) {
        return wrong("has a `%` that begins no code", ENCODE);
    }
    match percent_decode_str(text).decode_utf8() {
        Ok(decoded) if decoded.chars().any(char::is_control) => {
            wrong("has an encoded control character", "remove it; a trailing newline often comes from a file")
        }
        Ok(decoded) => Ok(decoded.into_owned()),
        Err(_) => wrong("has encoded bytes that are not UTF-8", "encode the UTF-8 bytes of the text"),
    }
}

fn single(url: &mut RedisUrl, pieces: &Pieces<'_>) -> Parsed<()> {
    no_query(pieces)?;
    url.hosts = read_hosts(pieces.hosts, 6379)?;
    if url.hosts.len() > 1 {
        return wrong("names several hosts", "use redis+cluster:// or redis+sentinel:// for several");
    }
    url.database = match pieces.path.strip_prefix('/') {
        None | Some("") => 0,
        Some(number) => read_database(number)?,
    };
    Ok(())
}

fn cluster(url: &mut RedisUrl, pieces: &Pieces<'_>) -> Parsed<()> {
    no_query(pieces)?;
    url.hosts = read_hosts(pieces.hosts, 6379)?;
    match pieces.path {
        "" | "/" | "/0" => Ok(()),
        _ => wrong("names a database", "a cluster has database 0 only; remove the path"),
    }
}

fn sentinel(url: &mut RedisUrl, pieces: &Pieces<'_>) -> Parsed<()> {
    url.hosts = read_hosts(pieces.hosts, 26379)?;
    let path = pieces.path.strip_prefix('/').unwrap_or_default();
    let (service, database) = path.split_once('/').unwrap_or((path, "0"));
    if service.is_empty() || !service.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)) {
        return wrong("names no service", "write the service after the sentinels, as in /mymaster/0");
    }
    url.service = Some(service.to_owned());
    url.database = read_database(database)?;
    url.sentinel = sentinel_credentials(pieces.query)?;
    Ok(())
}

fn unix(url: &mut RedisUrl, pieces: &Pieces<'_>) -> Parsed<()> {
    if !pieces.hosts.is_empty() || pieces.path.len() < 2 {
        return wrong("names no socket", "write three slashes before the path, as in unix:///run/redis.sock");
    }
    url.socket = Some(PathBuf::from(decode(pieces.path)?));
    for (name, value) in fields(pieces.query)? {
        match name {
            "db" => url.database = read_database(&value)?,
            _ => return wrong("has a query parameter that is not known", "only db is known for a socket"),
        }
    }
    Ok(())
}

fn sentinel_credentials(query: Option<&str>) -> Parsed<Option<Credentials>> {
    let (mut user, mut password) = (None, None);
    for (name, value) in fields(query)? {
        match name {
            "sentinelUsername" => user = Some(Secret::new(value)),
            "sentinelPassword" => password = Some(Secret::new(value)),
            _ => {
                let known = "only sentinelUsername and sentinelPassword are known";
                return wrong("has a query parameter that is not known", known);
            }
        }
    }
    match (user, password) {
        (user, Some(password)) => Ok(Some(Credentials { user, password })),
        (Some(_), None) => wrong("has a sentinel user without a password", "add sentinelPassword=…"),
        (None, None) => Ok(None),
    }
}

fn no_query(pieces: &Pieces<'_>) -> Parsed<()> {
    match pieces.query {
        None => Ok(()),
        Some(_) => wrong("has a query", "remove everything from `?` on, or write %3F inside a password"),
    }
}

fn fields(query: Option<&str>) -> Parsed<Vec<(&str, String)>> {
    query.into_iter().flat_map(|query| query.split('&')).map(field).collect()
}

fn field(field: &str) -> Parsed<(&str, String)> {
    match field.split_once('=') {
        Some((name, value)) if !value.is_empty() => Ok((name, decode(value)?)),
        _ => wrong("has a query parameter without a value", "write name=value"),
    }
}

fn read_hosts(hosts: &str, port: u16) -> Parsed<Vec<RedisHost>> {
    hosts.split(',').map(|host| read_host(host, port)).collect()
}

fn read_host(host: &str, port: u16) -> Parsed<RedisHost> {
    if let Some(rest) = host.strip_prefix('[') {
        return read_bracketed(rest, port);
    }
    if host.matches(':').count() > 1 {
        return wrong("has an IPv6 address without brackets", "write [::1]:6379");
    }
    let (name, port) = host.split_once(':').map_or(Ok((host, port)), |(name, port)| Ok((name, read_port(port)?)))?;
    if name.is_empty() {
        return wrong("names no host", "write the host, as in redis://localhost:6379");
    }
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)) {
        return wrong("has a host with a wrong character", "hosts are made of letters, digits, `.`, `-` and `_`");
    }
    Ok(RedisHost { name: name.to_owned(), port })
}

fn read_bracketed(rest: &str, port: u16) -> Parsed<RedisHost> {
    let Some((address, after)) = rest.split_once(']') else {
        return wrong("has an open bracket", "write [::1]:6379");
    };
    if address.parse::<Ipv6Addr>().is_err() {
        return wrong("has brackets around what is no IPv6 address", "write [::1]:6379");
    }
    let port = match after.strip_prefix(':') {
        Some(port) => read_port(port)?,
        None if after.is_empty() => port,
        None => return wrong("has something between `]` and the port", "write [::1]:6379"),
    };
    Ok(RedisHost { name: address.to_owned(), port })
}

fn read_port(port: &str) -> Parsed<u16> {
    match digits(port).and_then(|digits| digits.parse().ok()) {
        Some(port) if port > 0 => Ok(port),
        _ => wrong("has a wrong port", "a port is 1 to 65535"),
    }
}

fn read_database(number: &str) -> Parsed<u8> {
    match digits(number).and_then(|digits| digits.parse().ok()) {
        Some(database) => Ok(database),
        None => wrong("has a wrong database", "a database is a number from 0 to 255"),
    }
}

/// `parse` alone would take `+6379`.
fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}
