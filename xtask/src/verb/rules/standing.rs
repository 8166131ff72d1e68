//! How a rule stands: what proves it, and what shows that the proof protects.

use super::number::Number;
use super::numbered::NumberedTest;
use super::page::Rule;
use crate::ablations::Ablation;

/// A rule with all that is known of it.
#[derive(Debug)]
pub(super) struct Standing<'a> {
    pub(super) rule: &'a Rule,
    pub(super) tests: Vec<&'a NumberedTest>,
    /// The protections that serve it and can be switched off.
    pub(super) protections: Vec<&'a str>,
}

/// Every rule, in the order of the page.
pub(super) fn all<'a>(rules: &'a [Rule], tests: &'a [NumberedTest], ablations: &'a [Ablation]) -> Vec<Standing<'a>> {
    let stand = |rule: &'a Rule| Standing {
        rule,
        tests: tests.iter().filter(|test| test.rules.contains(&rule.number)).collect(),
        protections: ablations
            .iter()
            .filter(|ablation| serves(ablation, rule.number))
            .map(|ablation| ablation.name.as_str())
            .collect(),
    };
    rules.iter().map(stand).collect()
}

fn serves(ablation: &Ablation, rule: Number) -> bool {
    ablation.rule.split(',').any(|text| Number::parse(text.trim()) == Some(rule))
}

impl Standing<'_> {
    /// Whether any test proves it.
    pub(super) fn is_tested(&self) -> bool {
        !self.tests.is_empty()
    }

    /// Whether one of its protections can be switched off to see its test fail.
    pub(super) fn is_ablated(&self) -> bool {
        self.is_tested() && !self.protections.is_empty()
    }

    /// Whether a test is owed now.
    pub(super) fn is_missing(&self) -> bool {
        !self.is_tested() && self.rule.comes_with.is_none()
    }

    /// One or two words for the table.
    pub(super) fn status(&self) -> &str {
        match &self.rule.comes_with {
            _ if self.is_ablated() => "tested, ablated",
            _ if self.is_tested() => "tested",
            Some(capability) => capability,
            None => "missing",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(number: u16, comes_with: Option<&str>) -> Rule {
        let text = String::new();
        Rule { number: Number(number), group: text.clone(), sentence: text, comes_with: comes_with.map(str::to_owned) }
    }

    fn proof(numbers: &[u16]) -> NumberedTest {
        let rules = numbers.iter().map(|number| Number(*number)).collect();
        NumberedTest { name: String::new(), place: String::new(), rules }
    }

    fn protection(rule: &str) -> Ablation {
        Ablation { name: "fence".to_owned(), rule: rule.to_owned(), ..Ablation::default() }
    }

    #[test]
    fn a_status_says_what_there_is() {
        let rules = [rule(1, None), rule(2, None), rule(3, None), rule(4, Some("topologies"))];
        let (tests, ablations) = ([proof(&[1, 2])], [protection("E2, E3"), protection("A1")]);
        let standings = all(&rules, &tests, &ablations);
        let statuses: Vec<&str> = standings.iter().map(Standing::status).collect();
        assert_eq!(statuses, ["tested", "tested, ablated", "missing", "topologies"]);
        let missing: Vec<bool> = standings.iter().map(Standing::is_missing).collect();
        assert_eq!(missing, [false, false, true, false]);
    }

    #[test]
    fn a_rule_that_waits_and_has_a_test_is_tested() {
        let (rules, tests) = ([rule(4, Some("topologies"))], [proof(&[4])]);
        assert_eq!(all(&rules, &tests, &[])[0].status(), "tested");
    }
}
