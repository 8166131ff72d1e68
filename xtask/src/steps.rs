//! Steps of a longer command: all of them run, then a table tells how each went.

use crate::output;
use crate::stopwatch::Stopwatch;
use crate::table::Table;
use crate::verdict::{Result, Verdict};

/// The steps done so far.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    done: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    name: String,
    seconds: String,
    outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    LeftOut,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Passed => "ok",
            Self::Failed => "FAILED",
            Self::LeftOut => "left out",
        }
    }
}

impl Steps {
    /// Does `work` and remembers how it went; a step that could not run has failed.
    pub(crate) fn run(&mut self, name: &str, work: impl FnOnce() -> Result<Verdict>) {
        output::note(&format!("==> {name}"));
        let watch = Stopwatch::start();
        let outcome = match work() {
            Ok(Verdict::Good) => Outcome::Passed,
            Ok(Verdict::Bad) => Outcome::Failed,
            Err(fault) => {
                output::note(&format!("error: {fault}"));
                Outcome::Failed
            }
        };
        self.done.push(Step { name: name.to_owned(), seconds: watch.seconds(), outcome });
    }

    /// Remembers that an optional step was left out, and says `why`.
    pub(crate) fn leave_out(&mut self, name: &str, why: &str) {
        output::note(&format!("==> {name}: left out: {why}"));
        self.done.push(Step { name: name.to_owned(), seconds: "-".to_owned(), outcome: Outcome::LeftOut });
    }

    /// Prints the table; good when no step failed.
    pub(crate) fn finish(self) -> Result<Verdict> {
        let mut table = Table::new(&["step", "time", "result"]);
        for step in &self.done {
            table.row(&[&step.name, &step.seconds, step.outcome.word()]);
        }
        output::line(&format!("\n{table}"))?;
        Ok(Verdict::good_if(self.done.iter().all(|step| step.outcome != Outcome::Failed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Fault;

    #[test]
    fn a_failed_step_stops_no_other_and_spoils_the_verdict() {
        let mut steps = Steps::default();
        let mut later = false;
        steps.run("first", || Ok(Verdict::Bad));
        steps.run("second", || {
            later = true;
            Ok(Verdict::Good)
        });
        assert!(later);
        assert_eq!(steps.finish(), Ok(Verdict::Bad));
    }

    #[test]
    fn a_step_that_could_not_run_has_failed() {
        let mut steps = Steps::default();
        steps.run("clippy", || Err(Fault::new("clippy is not installed")));
        assert_eq!(steps.finish(), Ok(Verdict::Bad));
    }

    #[test]
    fn an_optional_step_left_out_spoils_nothing() {
        let mut steps = Steps::default();
        steps.leave_out("cargo deny", "not installed");
        assert_eq!(steps.finish(), Ok(Verdict::Good));
    }
}
