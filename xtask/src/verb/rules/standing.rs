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
    /// The protections that serve it and that its own tests fail without.
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

/// Whether the ablation names the rule, and its test is the rule's own.
fn serves(ablation: &Ablation, rule: Number) -> bool {
    let names = ablation.rule.split(',').any(|text| Number::parse(text.trim()) == Some(rule));
    names && Number::carried_by(ablation.test.function()).contains(&rule)
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

    /// Whether a switch is owed, or the reason why there is none.
    pub(super) fn owes_switch(&self) -> bool {
        self.is_tested() && !self.is_ablated() && self.rule.no_switch.is_none()
    }

    /// A few words for the table.
    pub(super) fn status(&self) -> String {
        match (&self.rule.comes_with, &self.rule.no_switch) {
            _ if self.is_ablated() => "tested, ablated".to_owned(),
            (_, Some(why)) if self.is_tested() => format!("tested, no switch: {why}"),
            _ if self.is_tested() => "tested, not ablated".to_owned(),
            (Some(capability), _) => capability.clone(),
            (None, _) => "missing".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ablations::TestName;

    fn rule(number: u16, comes_with: Option<&str>, no_switch: Option<&str>) -> Rule {
        let (text, owned) = (String::new(), |mark: Option<&str>| mark.map(str::to_owned));
        let (comes_with, no_switch) = (owned(comes_with), owned(no_switch));
        Rule { number: Number(number), group: text.clone(), sentence: text, comes_with, no_switch }
    }

    fn proof(numbers: &[u16]) -> NumberedTest {
        let rules = numbers.iter().map(|number| Number(*number)).collect();
        NumberedTest { name: String::new(), place: String::new(), rules }
    }

    fn protection(rule: &str, test: &str) -> Ablation {
        let test = TestName { path: format!("tests::{test}"), ..TestName::default() };
        Ablation { name: "fence".to_owned(), rule: rule.to_owned(), test, ..Ablation::default() }
    }

    #[test]
    fn a_status_says_what_there_is() {
        let rules = [
            rule(1, None, None),
            rule(2, None, None),
            rule(3, None, None),
            rule(4, Some("topologies"), None),
            rule(5, None, Some("nothing is there")),
        ];
        let tests = [proof(&[1, 2, 5])];
        let ablations = [protection("E2, E3", "e2_e3_both"), protection("A1", "a1_one")];
        let standings = all(&rules, &tests, &ablations);
        let statuses: Vec<String> = standings.iter().map(Standing::status).collect();
        let expected =
            ["tested, not ablated", "tested, ablated", "missing", "topologies", "tested, no switch: nothing is there"];
        assert_eq!(statuses, expected);
        let missing: Vec<bool> = standings.iter().map(Standing::is_missing).collect();
        assert_eq!(missing, [false, false, true, false, false]);
        let owing: Vec<bool> = standings.iter().map(Standing::owes_switch).collect();
        assert_eq!(owing, [true, false, false, false, false]);
    }

    #[test]
    fn the_test_of_another_rule_shows_nothing() {
        let (rules, tests) = ([rule(1, None, None)], [proof(&[1])]);
        assert!(!all(&rules, &tests, &[protection("E1", "e2_another")])[0].is_ablated());
    }

    #[test]
    fn a_rule_that_waits_and_has_a_test_is_tested() {
        let (rules, tests) = ([rule(4, Some("topologies"), None)], [proof(&[4])]);
        assert_eq!(all(&rules, &tests, &[])[0].status(), "tested, not ablated");
    }
}
