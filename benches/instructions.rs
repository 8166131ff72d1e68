//! Instructions per operation, counted by callgrind and compared with the recorded baseline.
//!
//! Ends with 0 when nothing became dearer by more than a tenth, with 1 when something did, and with 2 when nothing could
//! be counted or compared: without valgrind, without a baseline, on another architecture, with wrong arguments.

#![allow(clippy::print_stdout, clippy::print_stderr)] // A program that people read.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use larder_benches::{Baseline, Callgrind, Finding, Operation, report};

const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/baselines/instructions.json");
const USAGE: &str = "usage: cargo bench -p larder-benches --bench instructions -- [--record YYYY-MM-DD]";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

enum Task {
    /// One operation, as callgrind runs it.
    Run(Operation, usize),
    /// Each operation a few times: what `cargo test` asks of a benchmark.
    Try,
    /// Nothing: a test runner asks for the names of tests.
    List,
    Compare,
    Record(String),
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match task(&arguments).and_then(perform) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn task(arguments: &[&str]) -> Result<Task> {
    if let [Callgrind::RUN, name, times] = arguments {
        let operation = Operation::named(name).ok_or_else(|| format!("there is no operation `{name}`"))?;
        return Ok(Task::Run(operation, times.parse()?));
    }
    if arguments.contains(&"--list") {
        return Ok(Task::List);
    }
    if !arguments.contains(&"--bench") {
        return Ok(Task::Try);
    }
    let asked: Vec<&str> = arguments.iter().copied().filter(|argument| *argument != "--bench").collect();
    match asked[..] {
        [] => Ok(Task::Compare),
        ["--record", date] if is_date(date) => Ok(Task::Record(date.to_owned())),
        _ => Err(USAGE.into()),
    }
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([4, 2, 2])
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn perform(task: Task) -> Result<ExitCode> {
    match task {
        Task::Run(operation, times) => operation.run(times),
        Task::Try => Operation::ALL.into_iter().for_each(|operation| operation.run(100)),
        Task::List => {}
        Task::Compare => return compare(),
        Task::Record(date) => record(date)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn record(date: String) -> Result<()> {
    let now = count(date)?;
    print!("{}", report(&now.instructions, None));
    now.write(Path::new(BASELINE))?;
    println!("recorded in {BASELINE}");
    Ok(())
}

fn compare() -> Result<ExitCode> {
    let recorded = Baseline::read(Path::new(BASELINE))
        .map_err(|error| format!("no baseline to compare with: {BASELINE}: {error}\nrecord one; {USAGE}"))?;
    if recorded.architecture != std::env::consts::ARCH {
        let (then, here) = (&recorded.architecture, std::env::consts::ARCH);
        return Err(format!("the baseline is of {then}, this is {here}: their instructions cannot be compared").into());
    }
    let now = count(String::new())?;
    print!("{}", report(&now.instructions, Some(&recorded)));
    println!("baseline of {}: {}, {}", recorded.date, recorded.rustc, recorded.valgrind);
    if now.rustc != recorded.rustc {
        println!("this is {}: a change may be the compiler's", now.rustc);
    }
    let dearer = |(name, count): &(&String, &f64)| matches!(recorded.find(name, **count), Finding::Regressed(_));
    let dearer: Vec<&str> = now.instructions.iter().filter(dearer).map(|(name, _)| name.as_str()).collect();
    if dearer.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("warning: dearer by more than {:.0} %: {}", Baseline::TOLERANCE * 100.0, dearer.join(", "));
    Ok(ExitCode::FAILURE)
}

fn count(date: String) -> Result<Baseline> {
    let callgrind = Callgrind::find(std::env::current_exe()?, PathBuf::from(env!("CARGO_TARGET_TMPDIR")))?;
    let mut instructions = BTreeMap::new();
    for operation in Operation::ALL {
        let counted = callgrind.instructions(operation)?;
        eprintln!("{}: callgrind_annotate {}", operation.as_str(), callgrind.file(operation).display());
        // A tenth of an instruction is less than the noise.
        instructions.insert(operation.as_str().to_owned(), (counted * 10.0).round() / 10.0);
    }
    let (valgrind, architecture) = (callgrind.version().to_owned(), std::env::consts::ARCH.to_owned());
    Ok(Baseline { date, rustc: rustc()?, valgrind, architecture, instructions })
}

fn rustc() -> Result<String> {
    let output = Command::new("rustc").arg("-V").output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
