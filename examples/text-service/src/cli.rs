//! The command line.

use std::error::Error as _;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use larder::Larder;
use larder::config::{Loader, Preset, Source};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tracing_subscriber::EnvFilter;

use crate::http::Service;
use crate::models::openai::{ApiKey, DEFAULT_URL, Endpoint, KEY_VARIABLE, SetupError};
use crate::models::{Offline, OpenAi, SharedModel};
use crate::replies::Replies;
use crate::{serve, smoke};

/// A web service that caches real text operations: the demo of Larder.
#[derive(Debug, Parser)]
#[command(version, disable_help_subcommand = true)]
#[command(after_help = "Exit codes: 0 good, 1 the smoke test found something bad, 2 wrong usage or could not run.")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run the service until SIGINT or SIGTERM
    Serve(ServeOptions),
    /// Test a running service: every operation twice on three documents
    Smoke(SmokeOptions),
}

#[derive(Debug, Args)]
struct ServeOptions {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Who answers
    #[arg(long, value_enum, default_value = "offline")]
    model: ModelKind,
    /// The address of an OpenAI-compatible endpoint; the key comes from `OPENAI_API_KEY`
    #[arg(long, value_name = "URL", default_value = DEFAULT_URL)]
    base_url: String,
    /// The model to ask for at that endpoint
    #[arg(long, value_name = "NAME", default_value = "gpt-4o-mini")]
    openai_model: String,
    /// How long that endpoint may take for one answer
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u64).range(1..=600))]
    model_timeout: u64,
}

#[derive(Debug, Args)]
struct SmokeOptions {
    /// Where it listens, such as `http://127.0.0.1:8080`
    #[arg(long, value_name = "URL")]
    url: String,
    /// Where another one listens that shares its store: ask both, and expect the other to know what the first computed
    #[arg(long, value_name = "URL")]
    second: Option<String>,
    /// Expect that the shared store is away: both must go on answering, and say so
    #[arg(long)]
    degraded: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ModelKind {
    /// Plain algorithms in this process: no network, no key
    Offline,
    /// A language model behind an OpenAI-compatible endpoint
    #[value(name = "openai")]
    OpenAi,
}

/// Why a command could not run.
struct Fault(String);

impl Fault {
    fn new(what: &str, why: &impl fmt::Display) -> Self {
        Self(format!("{what}: {why}"))
    }
}

/// Reads the command line and does what it says.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let ended = Runtime::new().map_err(|error| Fault::new("cannot start", &error)).and_then(|runtime| {
        let ended = match cli.verb {
            Verb::Serve(options) => runtime.block_on(run_service(options)),
            Verb::Smoke(options) => runtime.block_on(run_smoke(&options)),
        };
        runtime.shutdown_timeout(Duration::from_secs(1));
        ended
    });
    ended.unwrap_or_else(|Fault(message)| {
        // Nowhere to complain when stderr is closed.
        writeln!(io::stderr(), "error: {message}").ok();
        ExitCode::from(2)
    })
}

async fn run_service(options: ServeOptions) -> Result<ExitCode, Fault> {
    log_to_stderr();
    let listen = options.listen;
    let larder = larder()?;
    let model = model(options).map_err(|error| Fault::new("cannot use the model", &error))?;
    let replies = Replies::new(larder, model).map_err(|error| Fault::new("cannot use these settings", &error))?;
    if !replies.keeps() {
        tracing::warn!("these settings keep no replies: the model is asked every time");
    }
    let service = Service::new(replies);
    let stop = serve::asked_to_stop().map_err(|error| Fault::new("cannot listen to signals", &error))?;
    let cannot = format!("cannot listen on {listen}; is the port taken?");
    let listener = TcpListener::bind(listen).await.map_err(|error| Fault::new(&cannot, &error))?;
    let address = listener.local_addr().map_err(|error| Fault::new("cannot tell the address", &error))?;
    announce(&format!("listening on http://{address}"))?;
    serve::serve(listener, service, stop).await.map_err(|error| Fault::new("cannot go on serving", &error))?;
    Ok(ExitCode::SUCCESS)
}

async fn run_smoke(options: &SmokeOptions) -> Result<ExitCode, Fault> {
    let report = match options {
        SmokeOptions { url, second, degraded: true } => {
            let urls: Vec<&str> = std::iter::once(url).chain(second).map(String::as_str).collect();
            smoke::degraded(&urls).await
        }
        SmokeOptions { url, second: Some(second), .. } => smoke::shared(url, second).await,
        SmokeOptions { url, second: None, .. } => smoke::twice(url).await,
    };
    let report = report.map_err(|error| Fault::new("the smoke test could not run", &error))?;
    announce(&report.to_string())?;
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn announce(text: &str) -> Result<(), Fault> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")
        .and_then(|()| stdout.flush())
        .map_err(|error| Fault::new("cannot write to stdout", &error))
}

/// The cache, as `CACHE_PRESET` and the other variables say; where no preset is named, as one develops with language models.
fn larder() -> Result<Larder, Fault> {
    // A preset given in code would win over all others, so it is given only where there is none.
    let named = Loader::new().load().and_then(|report| match report.sources.get("preset") {
        Some(source) if *source != Source::Default => Ok(report),
        _ => Loader::new().preset(Preset::AiDevelopment).load(),
    });
    let report = named.map_err(|faults| Fault::new("cannot use these settings", &faults))?;
    larder::config::announce(&report);
    larder::config::assemble(&report.settings).map_err(|error| Fault::new("cannot use these settings", &error))
}

fn model(options: ServeOptions) -> Result<SharedModel, SetupError> {
    match options.model {
        ModelKind::Offline => Ok(Arc::new(Offline::new())),
        ModelKind::OpenAi => {
            let timeout = Duration::from_secs(options.model_timeout);
            let endpoint = Endpoint { base_url: options.base_url, model: options.openai_model, timeout };
            Ok(Arc::new(OpenAi::new(endpoint, api_key()?)?))
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the key of a foreign service is no setting of the cache")]
fn api_key() -> Result<ApiKey, SetupError> {
    ApiKey::new(&std::env::var(KEY_VARIABLE).map_err(|_| SetupError::Key)?)
}

/// Logs go to stderr; `RUST_LOG` chooses which.
fn log_to_stderr() {
    let named = EnvFilter::try_from_default_env();
    // A variable that is not set is no fault; one that cannot be read is said.
    let fault = named.as_ref().err().and_then(|error| error.source()).map(ToString::to_string);
    let filter = named.unwrap_or_else(|_| EnvFilter::new("info"));
    // A logger that is installed already is as good.
    let colors = io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colors).with_writer(io::stderr).try_init().ok();
    if let Some(fault) = fault.filter(|fault| fault != &std::env::VarError::NotPresent.to_string()) {
        tracing::warn!("RUST_LOG is not used: {fault}");
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
