//! Any endpoint that speaks the OpenAI chat completions format.

mod prompts;
mod wire;

use std::fmt;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};

pub use prompts::VERSION as PROMPT_VERSION;

use super::{Answering, Model, ModelError};
use crate::answer::Answer;
use crate::prompt::Prompt;

/// The endpoint of OpenAI itself.
pub const DEFAULT_URL: &str = "https://api.openai.com/v1";

/// Where the key comes from; there is no flag for it, for flags are seen by everyone on the machine.
pub const KEY_VARIABLE: &str = "OPENAI_API_KEY";

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);

/// More than this is no answer to a prompt of this service.
const MAX_RESPONSE: usize = 4 * 1024 * 1024;

/// Where a model is, and which one.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The address that `/chat/completions` is added to.
    pub base_url: String,
    /// The model's name at that address.
    pub model: String,
    /// How long one answer may take.
    pub timeout: Duration,
}

/// A secret that shows itself to nobody but the endpoint.
#[derive(Clone)]
pub struct ApiKey(HeaderValue);

impl ApiKey {
    /// A key, with surrounding spaces removed.
    ///
    /// # Errors
    ///
    /// When it is empty, or has characters that a header cannot carry. The error does not tell the key.
    pub fn new(key: &str) -> Result<Self, SetupError> {
        let key = key.trim();
        let mut header = HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| SetupError::Key)?;
        header.set_sensitive(true);
        if key.is_empty() { Err(SetupError::Key) } else { Ok(Self(header)) }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(***)")
    }
}

/// Why the model cannot be set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupError {
    /// The key is missing, empty, or has characters that a header cannot carry.
    Key,
    /// The base address is none.
    Url,
    /// The address would send the key over an open line.
    Plaintext,
    /// The HTTP client cannot be built: there are no root certificates.
    Client,
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "OPENAI_API_KEY is missing, empty or malformed; set it in the environment",
            Self::Url => "--base-url is not an http or https address, such as https://api.openai.com/v1",
            Self::Plaintext => "--base-url would send the key over plain http to another machine; use https",
            Self::Client => "the HTTP client cannot be built; install the system's root certificates",
        })
    }
}

impl std::error::Error for SetupError {}

/// A model behind an OpenAI-compatible endpoint.
pub struct OpenAi {
    client: Client,
    address: Url,
    key: ApiKey,
    endpoint: Endpoint,
}

impl OpenAi {
    /// Prepares the connection; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`SetupError`] when the address is none or is not safe for a key, or the system has no root certificates.
    pub fn new(endpoint: Endpoint, key: ApiKey) -> Result<Self, SetupError> {
        let address = format!("{}/chat/completions", endpoint.base_url.trim_end_matches('/'));
        let address = Url::parse(&address).map_err(|_| SetupError::Url)?;
        check(&address)?;
        // Fails only when a provider is installed already, and then that one serves.
        rustls::crypto::ring::default_provider().install_default().ok();
        // A redirect could carry the key and the text to somebody else.
        let client = Client::builder().redirect(Policy::none()).connect_timeout(CONNECT).timeout(endpoint.timeout);
        let client = client.build().map_err(|_| SetupError::Client)?;
        Ok(Self { client, address, key, endpoint })
    }

    async fn ask(&self, prompt: &Prompt) -> Result<Answer, ModelError> {
        let body = wire::Request::new(&self.endpoint.model, prompt);
        let request = self.client.post(self.address.clone()).header(AUTHORIZATION, self.key.0.clone()).json(&body);
        let response = request.send().await.map_err(|error| self.fault(&error))?;
        if response.status() != StatusCode::OK {
            return Err(refused(&response));
        }
        let body = self.read(response).await?;
        let response: wire::Response =
            serde_json::from_slice(&body).map_err(|_| ModelError::Malformed("it is not the expected JSON"))?;
        response.into_answer(&self.endpoint.model)
    }

    async fn read(&self, mut response: Response) -> Result<Vec<u8>, ModelError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.fault(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_RESPONSE {
                return Err(ModelError::Malformed("it is too large"));
            }
        }
        Ok(body)
    }

    /// The kind of a transport error only: its text may tell the address, with what is in it.
    fn fault(&self, error: &reqwest::Error) -> ModelError {
        match error {
            error if error.is_timeout() => ModelError::Timeout(self.endpoint.timeout),
            error if error.is_body() || error.is_decode() => ModelError::Malformed("it breaks off"),
            _ => ModelError::Unreachable,
        }
    }
}

impl Model for OpenAi {
    fn name(&self) -> &str {
        &self.endpoint.model
    }

    fn answer<'a>(&'a self, prompt: &'a Prompt) -> Answering<'a> {
        Box::pin(self.ask(prompt))
    }
}

impl fmt::Debug for OpenAi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAi")
            .field("host", &self.address.host_str())
            .field("model", &self.endpoint.model)
            .finish_non_exhaustive()
    }
}

/// A key goes over https, or stays on this machine.
fn check(address: &Url) -> Result<(), SetupError> {
    let host = address.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let local = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match address.scheme() {
        "https" => Ok(()),
        "http" if local => Ok(()),
        "http" => Err(SetupError::Plaintext),
        _ => Err(SetupError::Url),
    }
}

fn refused(response: &Response) -> ModelError {
    let seconds = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    ModelError::Status { status: response.status().as_u16(), retry_after: seconds.map(Duration::from_secs) }
}
