//! A server of a test's own does what tests rely on.
#![cfg(feature = "redis")]
#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::net::SocketAddr;

use larder_core::ErrorKind;
use larder_testkit::{RedisServer, Reply, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

async fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.expect("it listens")
}

/// What an unknown client hears when it says PING.
async fn greeted(address: SocketAddr) -> String {
    let mut client = connect(address).await;
    client.write_all(b"PING\r\n").await.unwrap();
    let mut answer = [0; 64];
    let read = client.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

/// The letter with which the system tells what a process does; none when it is gone.
fn state(process: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit(") ").next()?.chars().next()
}

#[test]
fn a_server_that_was_killed_starts_again_empty_at_the_same_place() {
    run(async {
        let server = RedisServer::start().await.unwrap();
        let (address, socket) = (server.address(), server.socket().to_owned());
        server.command(&["SET", "key", "value"]).await.unwrap();
        server.kill().unwrap();
        let refused = TcpStream::connect(address).await.expect_err("nobody listens");
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
        server.start_again().await.unwrap();
        assert_eq!((server.address(), server.socket()), (address, &*socket));
        assert_eq!(server.command(&["DBSIZE"]).await.unwrap().integer(), Some(0));
        assert_eq!(greeted(address).await, "+PONG\r\n");
    });
}

#[test]
fn a_running_server_starts_again_too() {
    run(async {
        let server = RedisServer::start().await.unwrap();
        let before = server.process_id();
        server.pause().unwrap();
        server.start_again().await.unwrap();
        assert_ne!(server.process_id(), before);
        assert_eq!(greeted(server.address()).await, "+PONG\r\n");
    });
}

#[test]
fn a_paused_server_keeps_its_connections_and_answers_when_it_goes_on() {
    run(async {
        let server = RedisServer::start().await.unwrap();
        let mut client = connect(server.address()).await;
        server.pause().unwrap();
        assert_eq!(state(server.process_id()), Some('T'), "it is stopped when the call returns");
        client.write_all(b"PING\r\n").await.unwrap();
        server.resume().unwrap();
        let mut answer = [0; 7];
        client.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"+PONG\r\n");
    });
}

#[test]
fn what_does_not_run_takes_no_signals() {
    run(async {
        let server = RedisServer::start().await.unwrap();
        server.kill().unwrap();
        for refused in [server.kill(), server.pause(), server.resume()] {
            let error = refused.expect_err("it does not run");
            assert_eq!(error.kind(), ErrorKind::Invalid);
            assert!(error.message().contains("`start_again`"), "{error}");
        }
        let error = server.command(&["PING"]).await.expect_err("nobody is there");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.message().contains("`start_again`"), "{error}");
    });
}

#[test]
fn nothing_is_left_of_a_server() {
    run(async {
        for paused in [false, true] {
            let server = RedisServer::start().await.unwrap();
            let (process, folder) = (server.process_id(), server.folder().to_owned());
            assert!(folder.is_dir() && state(process).is_some());
            if paused {
                server.pause().unwrap();
            }
            drop(server);
            assert!(!folder.exists() && state(process).is_none(), "no folder, no process, no zombie");
        }
        let server = RedisServer::start().await.unwrap();
        let folder = server.folder().to_owned();
        server.kill().unwrap();
        drop(server);
        assert!(!folder.exists());
    });
}

#[test]
fn a_password_is_asked_of_everybody_but_the_fixture() {
    run(async {
        let server = RedisServer::builder().password("p@ss word\"%").start().await.unwrap();
        assert!(greeted(server.address()).await.starts_with("-NOAUTH"));
        assert_eq!(server.command(&["PING"]).await.unwrap().text(), Some("PONG"));
        let mut client = connect(server.address()).await;
        client.write_all(b"*2\r\n$4\r\nAUTH\r\n$11\r\np@ss word\"%\r\n").await.unwrap();
        let mut answer = [0; 5];
        client.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"+OK\r\n");
        assert_eq!(server.url(), format!("redis://:p%40ss%20word%22%25@127.0.0.1:{}", server.port()));
        assert!(!format!("{server:?} {:?}", RedisServer::builder().password("p@ss")).contains("p@ss"));
    });
}

#[test]
fn the_url_of_a_unix_server_names_its_socket() {
    run(async {
        let server = RedisServer::builder().unix().start().await.unwrap();
        assert_eq!(server.url(), format!("unix://{}", server.socket().display()));
        UnixStream::connect(server.socket()).await.unwrap();
        assert!(greeted(server.address()).await.starts_with("+PONG"), "the port is there all the same");
        let server = RedisServer::builder().unix().password("secret").start().await.unwrap();
        assert_eq!(server.url(), format!("unix://:secret@{}", server.socket().display()));
    });
}

#[test]
fn users_and_directives_are_the_tests_own() {
    run(async {
        let server = RedisServer::builder()
            .user_acl("default", "off")
            .user_acl("cache", "on >secret ~app:* -@all +get")
            .arg("maxmemory", "2mb")
            .start()
            .await
            .unwrap();
        assert!(greeted(server.address()).await.starts_with("-NOAUTH"));
        let maxmemory = server.command(&["CONFIG", "GET", "maxmemory"]).await.unwrap();
        assert_eq!(maxmemory.elements()[1].integer(), Some(2 << 20));
        let denied = server.command(&["ACL", "DRYRUN", "cache", "GET", "other"]).await.unwrap();
        assert!(denied.text().unwrap().contains("no permissions"), "{denied:?}");
        let allowed = server.command(&["ACL", "DRYRUN", "cache", "GET", "app:1"]).await.unwrap();
        assert_eq!(allowed.text(), Some("OK"));
    });
}

#[test]
fn replies_of_every_size_come_back_whole() {
    run(async {
        let server = RedisServer::start().await.unwrap();
        let big = vec![b'x'; 3 << 20];
        server.command(&[&b"SET"[..], b"big", &big]).await.unwrap();
        assert_eq!(server.command(&["GET", "big"]).await.unwrap().text().map(str::len), Some(big.len()));
        assert_eq!(server.command(&["GET", "absent"]).await.unwrap(), Reply::Nil);
        let info = server.command(&["INFO", "server"]).await.unwrap();
        assert!(info.field("redis_version").is_some_and(|version| !version.is_empty()));
    });
}

#[test]
fn a_refusal_is_told_in_the_servers_words() {
    run(async {
        let server = RedisServer::start().await.unwrap();
        let error = server.command(&["GET"]).await.expect_err("a wrong number of arguments");
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.message().contains("wrong number of arguments"), "{error}");
    });
}

#[test]
fn a_server_that_does_not_start_says_why() {
    run(async {
        let error = RedisServer::builder().arg("no-such-directive", "1").start().await.expect_err("not a directive");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.message().contains("no-such-directive"), "{error}");
        let error = RedisServer::builder().version_from("/no/such/server").start().await.expect_err("no program");
        assert!(error.message().contains("/no/such/server"), "{error}");
        assert!(!error.to_string().contains('\n'), "one line");
    });
}

#[test]
fn many_servers_start_at_once() {
    run(async {
        let starting: Vec<_> = (0..8).map(|_| tokio::spawn(RedisServer::start())).collect();
        let mut servers = Vec::new();
        for server in starting {
            servers.push(server.await.unwrap().unwrap());
        }
        let mut ports: Vec<u16> = servers.iter().map(RedisServer::port).collect();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 8);
    });
}
