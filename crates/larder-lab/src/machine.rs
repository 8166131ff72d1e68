//! Where and when something was measured.

use std::path::Path;
use std::process::Command;

/// Where and when something was measured, as people tell it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// The day, as year, month and day (UTC).
    pub date: String,
    /// The commit of the source, and whether it was changed since.
    pub commit: String,
    /// The system and its kind of processor.
    pub system: String,
    /// The model of the processor.
    pub processor: String,
    /// How many of them run at one time.
    pub cores: usize,
    /// The compiler.
    pub compiler: String,
    /// The server.
    pub redis: String,
}

impl Machine {
    /// What can be told of this machine; what cannot is `unknown`.
    #[must_use]
    pub fn here() -> Self {
        let changed = said("git", &["status", "--porcelain"]).is_some_and(|files| !files.is_empty());
        let commit = said("git", &["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(unknown);
        Self {
            date: said("date", &["-u", "+%Y-%m-%d"]).unwrap_or_else(unknown),
            commit: if changed { format!("{commit}, with changes") } else { commit },
            system: said("uname", &["-s", "-r", "-m"]).unwrap_or_else(unknown),
            processor: processor().unwrap_or_else(unknown),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            compiler: said("rustc", &["--version"]).unwrap_or_else(unknown),
            redis: larder_testkit::find_redis_server()
                .ok()
                .and_then(|program| version(&program))
                .unwrap_or_else(unknown),
        }
    }
}

fn unknown() -> String {
    "unknown".to_owned()
}

fn processor() -> Option<String> {
    let all = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = all.lines().find_map(|line| line.strip_prefix("model name"))?;
    Some(line.trim_start_matches([' ', '\t', ':']).to_owned())
}

/// `Redis server v=7.0.15 sha=… …`, or what another server says of itself.
fn version(program: &Path) -> Option<String> {
    let said = said(&program.to_string_lossy(), &["--version"])?;
    let mut words = said.split_whitespace();
    let number = words.clone().find_map(|word| word.strip_prefix("v="))?;
    Some(format!("{} {number}", words.next()?))
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
