//! Other programs, run to their end.

use std::process::Command;

/// Runs `command`; returns what it printed, or one line of complaint when it failed.
pub(super) fn run(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let first = command.get_args().find(|word| !word.to_string_lossy().starts_with('-'));
    let name = first.map_or(name.clone(), |verb| format!("{name} {}", verb.to_string_lossy()));
    let output = command.env("LC_ALL", "C").output().map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    // The first error is the cause; what follows is what came of it.
    let error = complaint.lines().find(|line| line.starts_with("E: "));
    let last = || complaint.lines().rfind(|line| !line.trim().is_empty());
    Err(format!("{name}: {}", error.or_else(last).unwrap_or("no reason given").trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_or_the_last_complaint() {
        let shell = |script: &str| run(Command::new("sh").args(["-c", script]));
        assert_eq!(shell("echo out; echo err >&2"), Ok("out\n".to_owned()));
        assert!(shell("echo one >&2; echo two >&2; exit 1").is_err_and(|words| words.ends_with(": two")));
        assert!(shell("echo 'E: one' >&2; echo two >&2; exit 1").is_err_and(|words| words.ends_with(": E: one")));
        assert!(shell("exit 1").is_err_and(|words| words.ends_with("no reason given")));
        assert!(run(&mut Command::new("no-such-program")).is_err_and(|words| words.starts_with("no-such-program: ")));
    }
}
