//! The package of the distribution, unpacked without being installed: nobody has to be root.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::tool::run;

/// The packages to try: the server's, and the one that belongs to it.
const PACKAGES: &[[&str; 2]] = &[["redis-server", "redis-tools"], ["valkey-server", "valkey-tools"]];

/// Unpacks a server, with the libraries that this machine lacks; returns its path within `place`.
pub(super) fn unpack(place: &Path) -> Result<PathBuf, String> {
    let work = place.join("apt");
    let result = with_lists_of_the_system(place, &work).or_else(|fault| {
        with_lists_of_our_own(place, &work).map_err(|again| format!("{fault}; with fresh lists, {again}"))
    });
    fs::remove_dir_all(&work).map_err(|error| format!("remove {}: {error}", work.display()))?;
    result
}

/// The lists of the system may be missing, or name what is no longer there.
fn with_lists_of_the_system(place: &Path, work: &Path) -> Result<PathBuf, String> {
    let apt = Apt::new(work, false)?;
    apt.unpack_any(place)
}

/// Lists in our own folder, which nobody has to be root to write.
fn with_lists_of_our_own(place: &Path, work: &Path) -> Result<PathBuf, String> {
    let apt = Apt::new(work, true)?;
    // One source of several may fail without harm; if it does harm, its failure is the reason.
    let failure = apt.run(&["update", "--option", "APT::Update::Error-Mode=any"]).err();
    apt.unpack_any(place).map_err(|fault| failure.unwrap_or(fault))
}

#[derive(Debug)]
struct Apt {
    settings: PathBuf,
    packages: PathBuf,
}

impl Apt {
    fn new(work: &Path, own_lists: bool) -> Result<Self, String> {
        let (lists, cache, packages) = (work.join("lists"), work.join("cache"), work.join("packages"));
        for folder in [lists.join("partial"), cache.join("archives/partial"), packages.clone()] {
            fs::create_dir_all(&folder).map_err(|error| format!("make {}: {error}", folder.display()))?;
        }
        // The sandbox's user could not write into our folder; hooks are for the lists of the system.
        let mut text = format!("Dir::Cache \"{}\";\nAPT::Sandbox::User \"root\";\n", cache.display());
        text.push_str("Debug::NoLocking \"true\";\nAcquire::Languages \"none\";\n");
        if own_lists {
            text.push_str(&format!("Dir::State::Lists \"{}\";\n", lists.display()));
            text.push_str("#clear APT::Update::Post-Invoke;\n#clear APT::Update::Post-Invoke-Success;\n");
        }
        let settings = work.join("settings");
        fs::write(&settings, text).map_err(|error| format!("write {}: {error}", settings.display()))?;
        Ok(Self { settings, packages })
    }

    fn unpack_any(&self, place: &Path) -> Result<PathBuf, String> {
        let mut faults = Vec::new();
        for names in PACKAGES {
            match self.unpack_one(place, names) {
                Ok(program) => return Ok(program),
                Err(fault) => faults.push(fault),
            }
        }
        Err(faults.swap_remove(0))
    }

    fn unpack_one(&self, place: &Path, names: &[&str; 2]) -> Result<PathBuf, String> {
        let server = names[0];
        let plan = self.run(&["install", "--simulate", "--no-install-recommends", server])?;
        let mut wanted: Vec<&str> = plan.lines().filter_map(planned).collect();
        wanted.extend(names);
        wanted.sort_unstable();
        wanted.dedup();
        let download: Vec<&str> = ["download"].into_iter().chain(wanted).collect();
        self.run(&download)?;
        let files = fs::read_dir(&self.packages).map_err(|error| error.to_string())?;
        for file in files {
            let file = file.map_err(|error| error.to_string())?;
            run(Command::new("dpkg-deb").arg("--extract").arg(file.path()).arg(place))?;
        }
        Ok(PathBuf::from("usr/bin").join(server))
    }

    fn run(&self, words: &[&str]) -> Result<String, String> {
        let mut command = Command::new("apt-get");
        // What is downloaded comes into the folder in which the command runs.
        command.args(words).arg("--quiet").arg("--config-file").arg(&self.settings).current_dir(&self.packages);
        run(&mut command)
    }
}

/// The package in a line `Inst name (version …)` of a plan.
fn planned(line: &str) -> Option<&str> {
    line.strip_prefix("Inst ")?.split_whitespace().next()
}
