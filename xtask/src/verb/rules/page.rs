//! The page of the rules: headings are groups, rows of two cells are rules.

use super::number::Number;

/// A rule without a test that ends with this, and with a name, waits for the capability of that name.
const COMES_WITH: &str = "*Comes with ";

/// A rule that ends with this, and with a reason, needs no protection that could be switched off.
const NO_SWITCH: &str = "*No switch: ";

/// One rule of the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) number: Number,
    /// The heading above it.
    pub(super) group: String,
    /// What must hold, in one sentence.
    pub(super) sentence: String,
    /// The capability that brings its test, when that is not there yet.
    pub(super) comes_with: Option<String>,
    /// Why nothing that protects it can be switched off, when nothing can.
    pub(super) no_switch: Option<String>,
}

/// Reads the page; the faults come all at once, each with its line.
pub(super) fn parse(page: &str) -> Result<Vec<Rule>, Vec<String>> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut faults = Vec::new();
    let mut group = "";
    for (index, line) in page.lines().map(str::trim).enumerate() {
        if let Some(heading) = line.strip_prefix("## ") {
            group = heading;
        } else if line.starts_with('|') && !is_head(line) {
            match rule(line, group).and_then(|rule| in_order(&rules, rule)) {
                Ok(rule) => rules.push(rule),
                Err(what) => faults.push(format!("line {}: {what}", index + 1)),
            }
        }
    }
    if rules.is_empty() && faults.is_empty() {
        faults.push("it has no rows `| E1 | what must hold |`".to_owned());
    }
    if faults.is_empty() { Ok(rules) } else { Err(faults) }
}

fn is_head(line: &str) -> bool {
    line.starts_with("| rule |") || line.starts_with("| --- |")
}

fn rule(line: &str, group: &str) -> Result<Rule, String> {
    let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
    let [number, text] = cells[..] else {
        return Err(format!("a rule has 2 cells, its number and what must hold, and this has {}", cells.len()));
    };
    let number = Number::parse(number).ok_or_else(|| format!("`{number}` is no number such as `E1`"))?;
    let (text, no_switch) = marked(text, NO_SWITCH);
    let (sentence, comes_with) = marked(text, COMES_WITH);
    if sentence.is_empty() {
        return Err(format!("{number} does not say what must hold"));
    }
    Ok(Rule { number, group: group.to_owned(), sentence: sentence.to_owned(), comes_with, no_switch })
}

/// The text before a mark at its end, and what the mark says.
fn marked<'a>(text: &'a str, mark: &str) -> (&'a str, Option<String>) {
    let split = text.strip_suffix(".*").and_then(|text| text.split_once(mark));
    split.map_or((text, None), |(sentence, said)| (sentence.trim(), Some(said.to_owned())))
}

/// Rules are sorted and no number is left out, so that none disappears unseen.
fn in_order(rules: &[Rule], rule: Rule) -> Result<Rule, String> {
    let next = rules.last().map_or(1, |last| last.number.0 + 1);
    if rule.number.0 == next {
        Ok(rule)
    } else {
        Err(format!("{} stands where {} must stand: numbers go up by one", rule.number, Number(next)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Rules\n\n## A. Loads\n\n| rule | must hold |\n| --- | --- |\n| E1 | One load runs. |\n\
                        ## B. Nodes\n| E2 | All are heard. *Comes with topologies.* |\n\
                        | E3 | None is disturbed. *No switch: nothing is there.* |\n";

    #[test]
    fn a_rule_has_its_group_and_what_it_waits_for() {
        let rules = parse(PAGE).expect("it is sound");
        let [first, second, third] = &rules[..] else { panic!("{rules:?}") };
        assert_eq!((first.number, first.group.as_str(), &first.comes_with), (Number(1), "A. Loads", &None));
        assert_eq!((second.sentence.as_str(), second.group.as_str()), ("All are heard.", "B. Nodes"));
        assert_eq!((second.comes_with.as_deref(), &second.no_switch), (Some("topologies"), &None));
        assert_eq!(
            (third.sentence.as_str(), third.no_switch.as_deref()),
            ("None is disturbed.", Some("nothing is there"))
        );
    }

    #[test]
    fn all_faults_come_at_once() {
        let faults = parse("| E1 | x | y |\n| A1 | x |\n| E1 | |\n| E1 | x |\n| E1 | x |\n| E3 | x |\n");
        assert_eq!(
            faults.expect_err("it is not sound"),
            [
                "line 1: a rule has 2 cells, its number and what must hold, and this has 3",
                "line 2: `A1` is no number such as `E1`",
                "line 3: E1 does not say what must hold",
                "line 5: E1 stands where E2 must stand: numbers go up by one",
                "line 6: E3 stands where E2 must stand: numbers go up by one",
            ]
        );
    }

    #[test]
    fn a_page_without_rules_is_no_page_of_rules() {
        assert_eq!(parse("# Rules\n").expect_err("it is empty").len(), 1);
    }
}
