//! One rule for each kind of question. A rule that is not sure makes none.

use super::super::terms::is_stop;
use super::clause::{Clause, Names, is_capitalized, is_pointing};

/// A question made from a sentence.
pub(super) struct Draft {
    pub(super) question: String,
    pub(super) kind: &'static str,
}

type Rule = fn(&str, &Names) -> Option<Draft>;

/// Surest first.
const RULES: [Rule; 7] = [condition, reason, number, date, person, definition, duty];

/// Shorter sentences say too little, longer ones too much.
const WORDS: std::ops::RangeInclusive<usize> = 5..=45;

/// The first question that a rule makes of a sentence.
pub(super) fn draft(sentence: &str, names: &Names) -> Option<Draft> {
    let quoting = sentence.contains(['"', '“', '(', ':', '?', '!', '—', '|', '`']);
    let statement = sentence.strip_suffix('.').filter(|_| !quoting)?;
    if !WORDS.contains(&statement.split(' ').count()) {
        return None;
    }
    RULES.iter().find_map(|rule| rule(statement, names))
}

/// A sentence with a phrase left out.
pub(super) fn gap(sentence: &str, phrase: &str) -> Option<Draft> {
    let at = sentence.find(phrase)?;
    let (before, after) = (&sentence[..at], &sentence[at + phrase.len()..]);
    let whole = !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric);
    let missing = if phrase.contains(' ') { "Which words are" } else { "Which word is" };
    let question = format!("{missing} missing: “{before}____{after}”?");
    (whole && WORDS.contains(&sentence.split(' ').count())).then_some(Draft { question, kind: "gap" })
}

fn made(kind: &'static str, question: &str) -> Option<Draft> {
    let question = question.trim_end_matches([',', ';', ' ']);
    Some(Draft { question: format!("{question}?"), kind })
}

/// "When X, Y" asks what happens when X.
fn condition(statement: &str, _: &Names) -> Option<Draft> {
    let (word, rest) = statement.split_once(' ')?;
    if !matches!(word, "When" | "If" | "Once" | "After" | "Before" | "Unless") {
        return None;
    }
    let (condition, _) = rest.split_once(", ")?;
    let words: Vec<&str> = condition.split(' ').collect();
    let points = words.iter().any(|word| matches!(*word, "it" | "they" | "this" | "that" | "them" | "its" | "their"));
    let verbless = words.len() < 3 || words[0].ends_with("ing");
    if points || verbless || words.len() > 14 || is_pointing(words[0]) && words[0] != "two" && words[0] != "one" {
        return None;
    }
    made("condition", &format!("What happens {} {condition}", word.to_lowercase()))
}

/// "X because Y" asks why X.
fn reason(statement: &str, names: &Names) -> Option<Draft> {
    let (claim, _) = statement.split_once(" because ")?;
    let claim = claim.trim_end_matches(',');
    if claim.contains(',') || claim.split(' ').count() < 2 || is_pointing(claim.split(' ').next()?) {
        return None;
    }
    match Clause::of(claim, names) {
        Some(Clause { subject, verb: "cannot", rest }) => made("reason", &format!("Why can {subject} not {rest}")),
        Some(Clause { subject, verb, rest }) => made("reason", &format!("Why {verb} {subject} {rest}")),
        None => made("reason", &format!("Why is it that {}", names.inside(claim))),
    }
}

/// "There are three X" asks how many X there are; "X has two Y" how many Y it has.
fn number(statement: &str, names: &Names) -> Option<Draft> {
    let rest = ["There are ", "There were "].iter().find_map(|begin| statement.strip_prefix(begin));
    if let Some((count, things)) = rest.and_then(|rest| rest.split_once(' ')) {
        let things = things.split([',', ';']).next().unwrap_or_default();
        let (what, place) = things.find(" in ").map_or((things, ""), |at| things.split_at(at));
        let verb = if statement.starts_with("There are") { "are" } else { "were" };
        let sure = is_number(count) && !what.contains(" that ") && !what.contains(" which ");
        return sure.then(|| made("number", &format!("How many {what} {verb} there{place}")))?;
    }
    let clause = Clause::of(statement, names).filter(|clause| clause.verb == "has")?;
    let (count, things) = clause.rest.split_once(' ')?;
    let sure = is_number(count) && things.split(' ').count() <= 6 && !things.contains([',', ';']);
    sure.then(|| made("number", &format!("How many {things} does {} have", clause.subject)))?
}

fn is_number(word: &str) -> bool {
    const WORDS: [&str; 11] =
        ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    WORDS.contains(&word) || (!word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()))
}

/// "X was Y in 1965" asks when X was Y.
fn date(statement: &str, names: &Names) -> Option<Draft> {
    let clause = Clause::of(statement, names).filter(|clause| matches!(clause.verb, "was" | "were"))?;
    let at = clause.rest.match_indices(" in ").map(|(at, _)| at).find(|at| begins_with_year(&clause.rest[at + 4..]))?;
    let what = &clause.rest[..at];
    let sure = !what.contains(',') && what.split(' ').count() <= 12;
    sure.then(|| made("date", &format!("When {} {} {what}", clause.verb, clause.subject)))?
}

fn begins_with_year(text: &str) -> bool {
    let year = text.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    year.len() == 4 && matches!(year.as_bytes()[0], b'1' | b'2')
}

/// "First Last did X" asks who did X.
fn person(statement: &str, _: &Names) -> Option<Draft> {
    let words: Vec<&str> = statement.split(' ').collect();
    let names = words.iter().take_while(|word| is_capitalized(word)).count();
    let verb = words.get(names)?;
    if !(2..=3).contains(&names) || is_stop(words[0]) || !is_past(verb) {
        return None;
    }
    let rest = words[names..].join(" ");
    let rest = rest.split([',', ';']).next().unwrap_or_default();
    (rest.split(' ').count() >= 3).then(|| made("person", &format!("Who {rest}")))?
}

fn is_past(word: &str) -> bool {
    const IRREGULAR: [&str; 20] = [
        "wrote", "made", "built", "found", "began", "led", "gave", "took", "won", "showed", "drew", "chose", "taught",
        "told", "put", "saw", "came", "knew", "brought", "said",
    ];
    word.starts_with(char::is_lowercase) && (word.ends_with("ed") || IRREGULAR.contains(&word))
}

/// "X is a Y" asks what X is.
fn definition(statement: &str, names: &Names) -> Option<Draft> {
    let clause = Clause::of(statement, names).filter(|clause| matches!(clause.verb, "is" | "are" | "was" | "were"))?;
    let begins = ["a ", "an ", "the ", "one of "];
    let says = begins.iter().any(|begin| clause.rest.starts_with(begin)) && !clause.rest.starts_with("the same");
    says.then(|| made("definition", &format!("What {} {}", clause.verb, clause.subject)))?
}

/// "X must do Y" asks what X must do.
fn duty(statement: &str, names: &Names) -> Option<Draft> {
    let Clause { subject, verb, rest } = Clause::of(statement, names)?;
    if matches!(verb, "is" | "are" | "was" | "were" | "has") {
        return None;
    }
    let (verb, no) = if verb == "cannot" { ("can", "not ") } else { (verb, "") };
    let mut words = rest.split(' ').peekable();
    let no = match words.peek() {
        Some(&word) if matches!(word, "not" | "never") => words.next().map_or(String::new(), |_| format!("{word} ")),
        _ => no.to_owned(),
    };
    let words: Vec<&str> = words.skip_while(|word| word.ends_with("ly") || matches!(*word, "only" | "also")).collect();
    match words.as_slice() {
        ["be", done, ..] if is_done(done) => made("duty", &format!("What {verb} {no}happen to {subject}")),
        ["be", ..] => made("duty", &format!("What {verb} {subject} {no}be")),
        ["have", done, ..] if is_done(done) => None,
        ["have", ..] => made("duty", &format!("What {verb} {subject} {no}have")),
        [_, ..] => made("duty", &format!("What {verb} {subject} {no}do")),
        [] => None,
    }
}

fn is_done(word: &str) -> bool {
    const IRREGULAR: [&str; 14] = [
        "been", "done", "made", "kept", "held", "told", "sent", "found", "read", "put", "set", "built", "lost", "left",
    ];
    word.ends_with("ed") || word.ends_with("en") || IRREGULAR.contains(&word) || word.ends_with("wn")
}

#[cfg(test)]
mod tests {
    use super::super::super::document::Document;
    use super::*;

    fn ask(sentence: &str) -> Option<String> {
        let names = Names::of(&Document::read("We use Redis here. We like moka."));
        draft(sentence, &names).map(|draft| draft.question)
    }

    #[test]
    fn each_rule_makes_english() {
        let pairs = [
            ("A cache is fast because memory is near the processor.", "Why is a cache fast?"),
            ("Readers wait because the origin is slow today.", "Why is it that readers wait?"),
            ("A value cannot be trusted because its origin moved.", "Why can a value not be trusted?"),
            ("If the store is down, the cache answers alone.", "What happens if the store is down?"),
            ("The house has three rooms for guests.", "How many rooms for guests does the house have?"),
            ("There are 12 months in a year.", "How many months are there in a year?"),
            ("The first machine was shipped in 1968 to a bank.", "When was the first machine shipped?"),
            ("Brad Fitzpatrick wrote the first version in Perl.", "Who wrote the first version in Perl?"),
            ("Redis is a server for data structures.", "What is Redis?"),
            ("A key must be hashed before it is stored.", "What must happen to a key?"),
            ("A secret must never reach the log file.", "What must a secret never do?"),
            ("An index can only have unique keys in it.", "What can an index have?"),
        ];
        for (sentence, question) in pairs {
            assert_eq!(ask(sentence).as_deref(), Some(question), "{sentence}");
        }
    }

    #[test]
    fn what_is_not_plain_makes_no_question() {
        for sentence in [
            "It is a very good idea.",
            "Keys, values and ages are a burden here.",
            "When it fails, we try again at once.",
            "This must never happen to anyone here.",
            "Short one.",
            "Is a cache a store of answers?",
        ] {
            assert_eq!(ask(sentence), None, "{sentence}");
        }
    }

    #[test]
    fn a_gap_replaces_whole_words_only() {
        let question = gap("The shared store answers all readers.", "shared store").unwrap().question;
        assert_eq!(question, "Which words are missing: “The ____ answers all readers.”?");
        assert!(gap("The restored stores answer all readers.", "store").is_none());
    }
}
