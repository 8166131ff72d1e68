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
        let changed = is_changed(Path::new("."));
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

impl Machine {
    /// The lines of a report's head that tell where and when it was made.
    pub(crate) fn facts(&self) -> String {
        let Self { date, commit, system, processor, cores, compiler, redis } = self;
        format!(
            "* date: {date}; what is older than 60 days should be shown again\n* commit: {commit}\n\
             * machine: {system}, {cores} cores, {processor}\n* compiler: {compiler}; server: {redis}\n"
        )
    }
}

/// Whether something else than reports differs from the commit in the repository at `folder`.
fn is_changed(folder: &Path) -> bool {
    let folder = folder.to_string_lossy();
    let arguments = ["-C", &folder, "status", "--porcelain", "--", ":(top)", ":(top,exclude)docs"];
    said("git", &arguments).is_some_and(|files| !files.is_empty())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_that_is_written_is_no_change_of_what_is_shown() {
        let folder = std::env::temp_dir().join(format!("larder-lab-machine-{}", std::process::id()));
        let inner = folder.join("crates");
        std::fs::create_dir_all(folder.join("docs")).expect("a folder");
        std::fs::create_dir_all(&inner).expect("a folder");
        assert!(said("git", &["init", "--quiet", &folder.to_string_lossy()]).is_some(), "git runs");
        std::fs::write(folder.join("docs/figures.md"), "new").expect("a file");
        assert!(!is_changed(&folder) && !is_changed(&inner));
        std::fs::write(folder.join("source.rs"), "new").expect("a file");
        assert!(is_changed(&folder) && is_changed(&inner), "wherever in the tree it is asked");
        std::fs::remove_dir_all(&folder).expect("it is ours");
    }

    #[test]
    fn the_facts_tell_when_of_what_and_where() {
        let machine = Machine { date: "2026-01-31".into(), commit: "abc".into(), cores: 2, ..Machine::default() };
        let facts = machine.facts();
        assert!(
            facts.contains("* date: 2026-01-31;") && facts.contains("* commit: abc\n") && facts.contains("2 cores")
        );
    }
}
