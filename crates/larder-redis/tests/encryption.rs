//! Encrypted connections: verified both ways, or none.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use common::{builder, connected, free_port, key, payload, put};
use futures_util::StreamExt;
use larder_core::{Coordinator, ErrorKind, Store};
use larder_redis::{Endpoint, Tls};
use larder_testkit::{RedisServer, Time, eventually_async, run};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair};
use tempfile::TempDir;

/// An authority, and certificates that it signed, as files.
struct Papers {
    folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Papers {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let papers = Self { folder: TempDir::new().unwrap(), issuer };
        fs::write(papers.authority(), papers.issuer.pem()).unwrap();
        papers
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn authority(&self) -> PathBuf {
        self.path("authority.pem")
    }

    /// A certificate for `host`, and its key.
    fn sign(&self, name: &str, host: &str) -> (PathBuf, PathBuf) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        // Nobody but an authority bears an authority's name.
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, host);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let files = (self.path(&format!("{name}.pem")), self.path(&format!("{name}.key")));
        fs::write(&files.0, certificate.pem()).unwrap();
        fs::write(&files.1, key.serialize_pem()).unwrap();
        files
    }
}

/// A server that speaks TLS on the port it gives.
async fn server(papers: &Papers, host: &str, asks: &str) -> (RedisServer, u16) {
    let free = free_port();
    let (certificate, key) = papers.sign("server", host);
    let show = |path: &Path| path.display().to_string();
    let server = RedisServer::builder()
        .arg("tls-port", free)
        .arg("tls-cert-file", show(&certificate))
        .arg("tls-key-file", show(&key))
        .arg("tls-ca-cert-file", show(&papers.authority()))
        .arg("tls-auth-clients", asks);
    (server.start().await.unwrap(), free)
}

#[test]
fn a_verified_server_is_used_for_data_and_notices() {
    run(async {
        let (papers, time) = (Papers::new(), Time::real());
        let (_server, port) = server(&papers, "localhost", "yes").await;
        let (certificate, secret) = papers.sign("client", "client");
        let tls = Tls::new().authorities(papers.authority()).identity(certificate, secret);
        let redis = connected(builder(Endpoint::tcp("localhost", port), &time).tls(tls)).await;
        put(&redis, &time, &key("1"), "value").await;
        assert_eq!(payload(&redis, &key("1")).await.as_deref(), Some("value"));
        redis.notices().next().await.unwrap().unwrap();
    });
}

#[test]
fn a_server_that_cannot_be_verified_is_not_used() {
    run(async {
        let (papers, others, time) = (Papers::new(), Papers::new(), Time::real());
        let (_server, port) = server(&papers, "localhost", "no").await;
        let wrong_name = Endpoint::tcp("127.0.0.1", port);
        let trusted = || Tls::new().authorities(papers.authority());
        for (endpoint, tls) in [
            (Endpoint::tcp("localhost", port), Tls::new().authorities(others.authority())),
            (Endpoint::tcp("localhost", port), Tls::new()),
            (wrong_name, trusted()),
        ] {
            let redis = builder(endpoint, &time).tls(tls).build().unwrap();
            eventually_async("the server is refused, and why is said", async || {
                let error = redis.get(&key("1")).await.unwrap_err();
                error.kind() == ErrorKind::Unavailable && error.message().contains("encryption")
            })
            .await;
            assert!(!redis.connected(Duration::from_millis(100)).await);
        }
        let redis = connected(builder(Endpoint::tcp("localhost", port), &time).tls(trusted())).await;
        redis.beat().await.unwrap();
    });
}

#[test]
fn files_that_are_no_papers_are_refused() {
    run(async {
        let (papers, time) = (Papers::new(), Time::real());
        let (certificate, _) = papers.sign("client", "client");
        fs::write(papers.path("empty"), "").unwrap();
        let wrong = [
            Tls::new().authorities(papers.path("missing")),
            Tls::new().authorities(papers.path("empty")),
            Tls::new().authorities(papers.authority()).identity(&certificate, &certificate),
            Tls::new().authorities(papers.authority()).identity(papers.path("empty"), papers.path("missing")),
        ];
        for tls in wrong {
            let built = builder(Endpoint::tcp("localhost", 6379), &time).tls(tls.clone()).build();
            assert_eq!(built.map_err(|error| error.kind()).err(), Some(ErrorKind::Invalid), "{tls:?}");
        }
    });
}
