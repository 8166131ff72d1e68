//! The command line.

mod chaos;
mod measure;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use larder_core::Result;

use crate::{Boot, Booted, Fault, Limit, Machine, Outage, Survived, page};

/// Proofs with real servers and real faults, and reports of how they went.
#[derive(Debug, Parser)]
#[command(version, disable_help_subcommand = true)]
#[command(after_help = "Exit codes: 0 every limit holds, 1 one does not, 2 wrong usage or could not run.")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Take Redis away from a service under load, and give it back
    Outage {
        #[command(flatten)]
        common: Common,
        /// How long Redis is away
        #[arg(long, default_value = "20", value_parser = clap::value_parser!(u64).range(1..=600))]
        seconds: u64,
        /// What happens to Redis
        #[arg(long, value_enum, default_value = "all")]
        fault: Faults,
        /// Measure the start without Redis too
        #[arg(long)]
        boot: bool,
    },
    /// Start the service before there is a Redis
    Boot {
        #[command(flatten)]
        common: Common,
    },
    /// Let nodes share a server while everything goes wrong, and check what they were given
    Chaos(chaos::Arguments),
    /// Measure several nodes over one server, each figure against its limit
    Measure(measure::Arguments),
    /// One measure, in a process of its own; `measure` starts it
    #[command(hide = true)]
    MeasureOne(measure::One),
    /// A process of a storm; `measure` starts it
    #[command(hide = true)]
    Worker(measure::Worker),
}

#[derive(Debug, Args)]
struct Common {
    /// The program of the service; `cargo build --release -p text-service` builds it
    #[arg(long, value_name = "PATH", default_value = "target/release/text-service")]
    service: PathBuf,
    /// Requests in a second
    #[arg(long, default_value = "500", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: u32,
    /// Write the report to this file instead of standard output
    #[arg(long, value_name = "PATH")]
    report: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Faults {
    Kill,
    Stop,
    Blackhole,
    All,
}

impl Faults {
    fn list(self) -> Vec<Fault> {
        match self {
            Self::Kill => vec![Fault::Kill],
            Self::Stop => vec![Fault::Stop],
            Self::Blackhole => vec![Fault::Blackhole],
            Self::All => Fault::ALL.to_vec(),
        }
    }
}

/// Reads the command line and does what it says.
///
/// Everything runs on one thread, so that the service has the rest of the machine.
#[must_use]
pub fn run() -> ExitCode {
    let Cli { verb } = Cli::parse();
    let verb = match verb {
        Verb::Chaos(arguments) => return ended(chaos::carry_out(&arguments)),
        Verb::Measure(arguments) => return ended(measure::carry_out(&arguments)),
        Verb::MeasureOne(one) => return ended(measure::carry_out_one(&one)),
        Verb::Worker(worker) => return ended(measure::serve(&worker)),
        Verb::Outage { .. } | Verb::Boot { .. } => verb,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    ended(runtime.map_err(|error| error.to_string()).and_then(|runtime| runtime.block_on(carry_out(verb))))
}

fn ended(ended: std::result::Result<bool, String>) -> ExitCode {
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            note(&format!("error: {why}"));
            ExitCode::from(2)
        }
    }
}

/// Whether every limit holds.
async fn carry_out(verb: Verb) -> std::result::Result<bool, String> {
    let (common, faults, lasts, with_boot) = match verb {
        Verb::Outage { common, seconds, fault, boot } => (common, fault.list(), Duration::from_secs(seconds), boot),
        Verb::Boot { common } => (common, Vec::new(), Duration::ZERO, true),
        Verb::Chaos(arguments) => return chaos::carry_out(&arguments),
        Verb::Measure(arguments) => return measure::carry_out(&arguments),
        Verb::MeasureOne(one) => return measure::carry_out_one(&one),
        Verb::Worker(worker) => return measure::serve(&worker),
    };
    let mut outages = Vec::new();
    for fault in faults {
        outages.push(outage(&common, fault, lasts).await.map_err(|error| error.to_string())?);
    }
    let booted = if with_boot { Some(boot(&common).await.map_err(|error| error.to_string())?) } else { None };
    let limits = outages.iter().flat_map(Survived::limits).chain(booted.iter().flat_map(Booted::limits));
    let good = limits.filter(|limit| !limit.holds).count() == 0;
    let text = page(&Machine::here(), &outages, booted.as_ref());
    publish(&common, &text).map_err(|error| format!("the report cannot be written: {error}"))?;
    Ok(good)
}

async fn outage(common: &Common, fault: Fault, lasts: Duration) -> Result<Survived> {
    note(&format!("==> {fault}: {}", fault.about()));
    let outage = Outage {
        service: common.service.clone(),
        fault,
        rate: common.rate,
        warm: Duration::from_secs(5),
        lasts,
        recovery: Duration::from_secs(10),
    };
    let survived = outage.survive().await?;
    tell(&survived.limits());
    Ok(survived)
}

async fn boot(common: &Common) -> Result<Booted> {
    note("==> boot: the service is started before there is a Redis");
    let [without, with] = [5, 10].map(Duration::from_secs);
    let booted = Boot { service: common.service.clone(), rate: common.rate, without, with }.start().await?;
    tell(&booted.limits());
    Ok(booted)
}

fn tell(limits: &[Limit]) {
    for Limit { what, allowed, measured, holds } in limits {
        let verdict = if *holds { "holds" } else { "FAILS" };
        note(&format!("{verdict}: {what}: {measured} ({allowed})"));
    }
}

fn publish(common: &Common, text: &str) -> io::Result<()> {
    match &common.report {
        Some(path) => std::fs::write(path, text),
        None => io::stdout().lock().write_all(text.as_bytes()),
    }
}

fn note(text: &str) {
    // Nowhere to complain when standard error is closed.
    writeln!(io::stderr(), "{text}").ok();
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
