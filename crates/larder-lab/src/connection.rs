//! Connections to the service, kept alive and used again.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use larder_cache::SystemClock;
use tokio::net::TcpStream;

use crate::clock::within;

/// As many connections to one service as there are requests at one time.
#[derive(Debug)]
pub(crate) struct Connections {
    service: SocketAddr,
    clock: SystemClock,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Connections {
    /// Longer than any answer that somebody would still wait for.
    const PATIENCE: Duration = Duration::from_secs(10);

    pub(crate) const fn to(service: SocketAddr, clock: SystemClock) -> Self {
        Self { service, clock, idle: Mutex::new(Vec::new()) }
    }

    /// The body of the answer to GET, or what went wrong; an answer that is not 200 is wrong.
    pub(crate) async fn get(&self, path: &'static str) -> Result<Bytes, String> {
        self.ask(self.request(Method::GET, path, Bytes::new())).await
    }

    /// The body of the answer to a POST of JSON, or what went wrong.
    pub(crate) async fn post(&self, path: &'static str, body: Bytes) -> Result<Bytes, String> {
        self.ask(self.request(Method::POST, path, body)).await
    }

    fn request(&self, method: Method, path: &'static str, body: Bytes) -> Request<Full<Bytes>> {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, self.service.to_string())
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .expect("a request of fixed words and an address is one")
    }

    async fn ask(&self, request: Request<Full<Bytes>>) -> Result<Bytes, String> {
        let answered = within(&self.clock, Self::PATIENCE, self.exchange(request)).await;
        match answered.ok_or_else(|| format!("no answer within {:?}", Self::PATIENCE))? {
            Ok((StatusCode::OK, body)) => Ok(body),
            Ok((status, body)) => Err(format!("{status}: {}", String::from_utf8_lossy(&body))),
            Err(failure) => Err(failure.to_string()),
        }
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes), Failure> {
        // Taken out of the lock before anything is waited for.
        let idle = self.idle().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        connection.ready().await?;
        let response = connection.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        self.idle().push(connection);
        Ok((status, body))
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Failure> {
        let stream = TcpStream::connect(self.service).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<SendRequest<Full<Bytes>>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
