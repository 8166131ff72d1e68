//! The command that installs a server on this system.

use super::environment::in_path;

/// What installs packages, and what it is told.
const INSTALLERS: &[(&str, &str)] = &[
    ("apt-get", "sudo apt-get install -y redis-server"),
    ("dnf", "sudo dnf install -y valkey"),
    ("pacman", "sudo pacman -S valkey"),
    ("apk", "sudo apk add redis"),
    ("zypper", "sudo zypper install -y redis"),
    ("brew", "brew install redis"),
];

/// The command for this system.
pub(super) fn command() -> &'static str {
    let here = INSTALLERS.iter().find(|(program, _)| in_path(program).is_some());
    here.map_or("the package manager of this system", |(_, command)| *command)
}
