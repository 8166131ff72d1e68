//! The server is found, or unpacked without being installed, or missed with words that help.
#![cfg(feature = "redis")]
#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use larder_testkit::{eventually, run};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_larder-redis-server");

/// A machine with a build folder, and with no programs but those that a test puts there.
struct Machine(TempDir);

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(machine.at("target/debug/deps")).unwrap();
        fs::create_dir_all(machine.at("bin")).unwrap();
        shell("cp -l \"$0\" \"$1\" 2>&- || cp \"$0\" \"$1\"", &[PROGRAM.as_ref(), &machine.at("target/debug/find")]);
        machine
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn with_program(self, name: &str, script: &str) -> Self {
        let text = format!("#!/bin/sh\n{script}\n");
        shell("printf %s \"$1\" >\"$0\" && chmod 755 \"$0\"", &[&self.at("bin").join(name), text.as_ref()]);
        self
    }

    /// The tools of every machine.
    fn with_shell(self) -> Self {
        self.with_program("sh", "exec /bin/sh \"$@\"").with_program("chmod", "exec /bin/chmod \"$@\"")
    }

    /// A package manager that writes down what it was told.
    fn with_packages(self, also: &str) -> Self {
        let told = self.at("told").display().to_string();
        self.with_program("apt-get", &format!("echo \"$*\" >>{told}\n{also}\n{APT}"))
            .with_program("dpkg-deb", DPKG)
            .with_shell()
    }

    fn told(&self) -> Vec<String> {
        fs::read_to_string(self.at("told")).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.at("target/debug/find"));
        command.arg("--path").env("PATH", self.at("bin")).env_remove("LARDER_REDIS_SERVER");
        command.env_remove("CARGO_TARGET_DIR").current_dir("/");
        command
    }

    fn find(&self) -> Result<PathBuf, String> {
        found(&self.command().output().unwrap())
    }
}

/// Programs are written by other processes: one that a thread of ours starts meanwhile would hold the file open.
fn shell(script: &str, arguments: &[&Path]) {
    assert!(Command::new("sh").args(["-c", script]).args(arguments).status().unwrap().success(), "{script}");
}

fn found(output: &Output) -> Result<PathBuf, String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    match output.status.code() {
        Some(0) => Ok(PathBuf::from(text(&output.stdout))),
        code => {
            assert_eq!(code, Some(2), "{output:?}");
            Err(text(&output.stderr))
        }
    }
}

/// Plans two packages, and downloads what is wanted into the folder in which it runs.
const APT: &str = r#"case $1 in
    install) echo "Inst redis-server (5:7.0.15 Debian:12 [amd64])"; echo "Inst liblzf1 (3.6 Debian:12 [amd64])" ;;
    download) for name; do case $name in download|-*|/*) ;; *) echo >"$name.deb" ;; esac; done ;;
esac"#;

/// Extracts from every package a server and a library.
const DPKG: &str = r#"/bin/mkdir -p "$3/usr/bin" "$3/usr/lib/triple"
printf '#!/bin/sh\necho "$LD_LIBRARY_PATH $*"\n' >"$3/usr/bin/redis-server"
/bin/chmod 755 "$3/usr/bin/redis-server""#;

const SERVER: &str = "exit 0";

#[test]
fn the_variable_comes_first() {
    let machine = Machine::new().with_program("redis-server", SERVER).with_program("other", SERVER);
    let output = machine.command().env("LARDER_REDIS_SERVER", machine.at("bin/other")).output().unwrap();
    assert_eq!(found(&output), Ok(machine.at("bin/other")));
}

#[test]
fn a_variable_that_names_nothing_is_an_error_that_names_the_variable() {
    let machine = Machine::new().with_program("redis-server", SERVER);
    let output = machine.command().env("LARDER_REDIS_SERVER", "/no/such/server").output().unwrap();
    let error = found(&output).expect_err("there is no such file");
    assert!(error.contains("LARDER_REDIS_SERVER names /no/such/server"), "{error}");
}

#[test]
fn redis_is_preferred_to_valkey_in_the_path() {
    let machine = Machine::new().with_program("valkey-server", SERVER);
    assert_eq!(machine.find(), Ok(machine.at("bin/valkey-server")));
    let machine = machine.with_program("redis-server", SERVER);
    assert_eq!(machine.find(), Ok(machine.at("bin/redis-server")));
}

#[test]
fn a_missing_server_is_unpacked_once_with_its_libraries() {
    let machine = Machine::new().with_packages("");
    let searching: Vec<Child> =
        (0..4).map(|_| machine.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()).collect();
    let places: Vec<PathBuf> =
        searching.into_iter().map(|child| found(&child.wait_with_output().unwrap()).unwrap()).collect();
    let tools = machine.at("target/tools");
    assert!(places.iter().all(|place| place == &places[0] && place.starts_with(&tools)), "{places:?}");
    let downloads: Vec<String> = machine.told().into_iter().filter(|line| line.starts_with("download")).collect();
    assert_eq!(downloads.len(), 1, "one process unpacks, the others wait: {downloads:?}");
    assert!(downloads[0].contains("liblzf1 redis-server redis-tools"), "{downloads:?}");
    let output = Command::new(&places[0]).arg("--port").output().unwrap();
    let libraries = places[0].parent().unwrap().join("usr/lib/triple");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with(libraries.to_str().unwrap()) && said.ends_with(" --port\n"), "{said}");
    assert_eq!(fs::read_dir(&tools).unwrap().count(), 2, "the lock and the server; nothing unfinished");
}

#[test]
fn missing_lists_of_packages_are_fetched_into_our_own_folder() {
    let only_own = r#"for word; do case $word in */settings) settings=$word ;; esac; done
read -r _ <"$settings"
case $1 in install) case $(/bin/cat "$settings") in *Dir::State::Lists*) ;; *) echo "E: no lists" >&2; exit 100 ;; esac ;; esac"#;
    let machine = Machine::new().with_packages(only_own);
    machine.find().unwrap();
    let verbs: Vec<String> =
        machine.told().iter().filter_map(|line| line.split(' ').next().map(str::to_owned)).collect();
    assert_eq!(verbs, ["install", "install", "update", "install", "download"], "redis, valkey, then with lists");
}

#[test]
fn what_was_left_half_unpacked_is_removed() {
    let machine = Machine::new().with_packages("");
    let left = machine.at("target/tools/.redis-killed");
    fs::create_dir_all(&left).unwrap();
    machine.find().unwrap();
    assert!(!left.exists());
}

#[test]
fn a_missing_server_is_a_failure_with_the_command_and_the_variable() {
    for (installer, command) in [
        ("apt-get", "sudo apt-get install -y redis-server"),
        ("dnf", "sudo dnf install -y valkey"),
        ("none", "package manager"),
    ] {
        let machine = Machine::new().with_program(installer, "echo 'E: no network' >&2; exit 100");
        let error = machine.find().expect_err("there is none");
        assert!(error.contains(command) && error.contains("LARDER_REDIS_SERVER"), "{error}");
        assert!(error.contains(if installer == "apt-get" { "E: no network" } else { "apt-get" }), "{error}");
        assert_eq!(error.lines().count(), 1);
    }
}

/// The program with a real server behind it, at a socket in a folder of its own.
struct Served {
    program: Child,
    folder: TempDir,
}

impl Served {
    fn new(extra: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(PROGRAM);
        command.args(["--port", "0", "--save", "", "--unixsocket"]).arg(folder.path().join("socket")).args(extra);
        fs::create_dir(folder.path().join("temporary")).unwrap();
        command.env("TMPDIR", folder.path().join("temporary"));
        let program = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Self { program, folder }
    }

    fn until_ready(&mut self) {
        let lines = BufReader::new(self.program.stderr.take().unwrap()).lines();
        let ready = lines.map_while(Result::ok).any(|line| line.contains("eady to accept"));
        assert!(ready && self.listens(), "it says so");
    }

    /// Whether nothing is left of what was there while the server ran.
    fn is_clean(&self) -> bool {
        fs::read_dir(self.folder.path().join("temporary")).unwrap().count() == 0
    }

    fn listens(&self) -> bool {
        UnixStream::connect(self.folder.path().join("socket")).is_ok()
    }
}

#[test]
fn a_kept_server_ends_with_our_input() {
    let mut served = Served::new(&[]);
    served.until_ready();
    assert!(!served.is_clean(), "a keeper is there");
    drop(served.program.stdin.take());
    assert_eq!(served.program.wait().unwrap().code(), Some(0));
    assert!(!served.listens() && served.is_clean(), "it is gone before the program is");
}

#[test]
fn a_kept_server_dies_with_a_killed_process() {
    run(async {
        let mut served = Served::new(&[]);
        served.until_ready();
        let input = served.program.stdin.take();
        served.program.kill().unwrap();
        served.program.wait().unwrap();
        eventually("the server is gone too", || !served.listens() && served.is_clean()).await;
        drop(input);
    });
}

#[test]
fn a_server_that_ends_by_itself_tells_its_code() {
    let mut served = Served::new(&["--no-such-directive", "1"]);
    let mut said = String::new();
    served.program.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(served.program.wait().unwrap().code(), Some(1));
    assert!(said.contains("no-such-directive"), "{said}");
}
