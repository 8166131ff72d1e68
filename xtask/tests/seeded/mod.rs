//! Small workspaces, written into the build's own folder, and the commands run in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const WORKSPACE: &str = "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n\n[workspace.lints]\n\n";

/// A workspace of its own, empty but for its manifest.
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// A workspace whose folder is called `name`, with more lines for its manifest.
    pub(crate) fn new(name: &str, manifest: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        Self { root }.file("Cargo.toml", &format!("{WORKSPACE}{manifest}"))
    }

    /// Adds a crate with an ordinary manifest; `dependencies` are lines of it.
    pub(crate) fn member(self, name: &str, dependencies: &str, library: &str) -> Self {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dependencies]\n{dependencies}\n[lints]\nworkspace = true\n"
        );
        let folder = format!("crates/{name}");
        self.file(&format!("{folder}/Cargo.toml"), &manifest).file(&format!("{folder}/src/lib.rs"), library)
    }

    /// Writes a file.
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the build's folder is ours");
        fs::write(path, text).expect("the build's folder is ours");
        self
    }

    /// Runs `cargo xtask` with these arguments in the workspace.
    pub(crate) fn xtask(&self, arguments: &[&str]) -> Answer {
        let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
        xtask.args(arguments).current_dir(&self.root).env_remove("CARGO_TARGET_DIR").env_remove("RUSTFLAGS");
        Answer(xtask.output().expect("the program was just built"))
    }
}

/// What a command answered.
pub(crate) struct Answer(Output);

impl Answer {
    /// Fails unless the command ended with `code`, and returns all it said.
    pub(crate) fn ended_with(&self, code: i32) -> String {
        let said = [&self.0.stdout, &self.0.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat();
        assert_eq!(self.0.status.code(), Some(code), "{said}");
        said
    }
}
