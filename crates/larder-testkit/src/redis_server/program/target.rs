//! The folder in which cargo builds, from the place of the program that runs.

use std::path::{Path, PathBuf};

use super::environment::variable;

/// The file with which cargo marks its folder.
const MARK: &str = "CACHEDIR.TAG";

/// The build folder of the running test; none outside of one.
pub(super) fn folder() -> Option<PathBuf> {
    let program = std::env::current_exe().ok();
    let here = std::env::current_dir().ok();
    let built = program.as_deref().and_then(around);
    built.or_else(|| variable("CARGO_TARGET_DIR").map(PathBuf::from)).or_else(|| beside(here.as_deref()?))
}

/// The build folder around a program: `<folder>/debug/deps/test`, `<folder>/<triple>/release/program`.
fn around(program: &Path) -> Option<PathBuf> {
    let marked = program.ancestors().skip(1).find(|folder| folder.join(MARK).is_file());
    // A folder that was there before cargo has no mark; a profile's folder has one for dependencies.
    let profile = || program.ancestors().skip(1).find(|folder| folder.join("deps").is_dir())?.parent();
    marked.or_else(profile).map(Path::to_owned)
}

/// The build folder of the project around `here`: a doctest runs there, built elsewhere.
fn beside(here: &Path) -> Option<PathBuf> {
    here.ancestors().map(|folder| folder.join("target")).find(|folder| folder.join(MARK).is_file())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_folder_is_found_around_tests_and_programs() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("build");
        fs::create_dir_all(target.join("debug/deps")).unwrap();
        for program in ["debug/deps/test-1", "debug/program", "debug/examples/one"] {
            assert_eq!(around(&target.join(program)).as_ref(), Some(&target), "{program}");
        }
        assert_eq!(around(Path::new("/usr/bin/program")), None);
        fs::write(target.join(MARK), "").unwrap();
        fs::create_dir_all(target.join("triple/debug/deps")).unwrap();
        assert_eq!(around(&target.join("triple/debug/deps/test-1")), Some(target));
    }

    #[test]
    fn the_folder_of_a_project_is_found_from_within() {
        let root = tempfile::tempdir().unwrap();
        let (target, package) = (root.path().join("target"), root.path().join("crates/one"));
        fs::create_dir_all(&target).unwrap();
        fs::create_dir_all(&package).unwrap();
        assert_eq!(beside(&package), None, "a folder of that name is not cargo's yet");
        fs::write(target.join(MARK), "").unwrap();
        assert_eq!(beside(&package), Some(target));
    }
}
