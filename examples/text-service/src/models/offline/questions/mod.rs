//! Questions that a text answers, made by rules from its best sentences.

mod clause;
mod rules;

use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};

use self::clause::Names;
use self::rules::Draft;
use super::Finding;
use super::document::Document;
use super::phrases::{distinct, phrases};
use super::rank::Ranking;

const DEFAULT_COUNT: u32 = 5;

/// More of one kind than this only when nothing else is left.
const MAX_OF_A_KIND: usize = 2;

pub(super) fn questions(document: &Document, count: Option<u32>) -> Finding {
    let count = count.unwrap_or(DEFAULT_COUNT) as usize;
    let ranking = Ranking::of(document);
    let mut chosen = choose(document, &ranking, count);
    if chosen.len() < count {
        let taken: HashSet<usize> = chosen.iter().map(|(position, _)| *position).collect();
        let gaps = gaps(document, &ranking, &taken);
        let missing = count - chosen.len();
        chosen.extend(gaps.into_iter().take(missing));
    }
    chosen.sort_by_key(|(position, _)| *position);
    let parts: Vec<Value> = chosen
        .iter()
        .map(|(at, draft)| {
            json!({
                "question": draft.question, "kind": draft.kind, "answer": document.sentences[*at].text, "position": at,
            })
        })
        .collect();
    let text = match chosen.as_slice() {
        [] => "The text has no sentence that a question can be made from.".to_owned(),
        chosen => chosen.iter().map(|(_, draft)| draft.question.as_str()).collect::<Vec<_>>().join("\n"),
    };
    Finding { text, data: json!({ "questions": parts }) }
}

/// Drafts of the heaviest sentences, of many kinds first.
fn choose(document: &Document, ranking: &Ranking, count: usize) -> Vec<(usize, Draft)> {
    let names = Names::of(document);
    let mut seen: HashSet<String> = HashSet::new();
    let drafts: Vec<(usize, Draft)> = ranking
        .order
        .iter()
        .filter(|(position, _)| document.sentences[*position].is_prose())
        .filter_map(|(position, _)| Some((*position, rules::draft(&document.sentences[*position].text, &names)?)))
        .filter(|(_, draft)| seen.insert(draft.question.to_lowercase()))
        .collect();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut chosen, spare): (Vec<_>, Vec<_>) = drafts.into_iter().partition(|(_, draft)| {
        let of_kind = kinds.entry(draft.kind).or_default();
        *of_kind += 1;
        *of_kind <= MAX_OF_A_KIND
    });
    chosen.extend(spare);
    chosen.truncate(count);
    chosen
}

/// Sentences with their key phrase left out: the last resort.
fn gaps(document: &Document, ranking: &Ranking, taken: &HashSet<usize>) -> Vec<(usize, Draft)> {
    let mut used: HashSet<usize> = taken.clone();
    let mut gaps = Vec::new();
    for phrase in distinct(phrases(document)) {
        let holders = ranking.order.iter().map(|(position, _)| *position);
        let gap = holders
            .filter(|position| !used.contains(position) && phrase.sentences.binary_search(position).is_ok())
            .find_map(|position| Some((position, rules::gap(&document.sentences[position].text, &phrase.text)?)));
        if let Some((position, draft)) = gap {
            used.insert(position);
            gaps.push((position, draft));
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_made_from_the_text_and_answered_by_it() {
        let text = "A cache is a place for answers that were asked before. When two callers ask at once, one of them \
                    waits. Ada Lovelace published the notes in 1843. There are three kinds of misses in this story. \
                    A store must forget what is old. The pantry was built in 1843.";
        let finding = questions(&Document::read(text), Some(6));
        let made: Vec<&str> = finding.data["questions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|part| part["question"].as_str().unwrap())
            .collect();
        let expected = [
            "What is a cache?",
            "What happens when two callers ask at once?",
            "Who published the notes in 1843?",
            "How many kinds of misses are there in this story?",
            "What must a store do?",
            "When was the pantry built?",
        ];
        assert_eq!(made, expected);
        assert_eq!(finding.text.lines().count(), 6);
    }

    #[test]
    fn gaps_are_the_last_resort() {
        let finding = questions(&Document::read("Shared stores answer distant readers slowly on bad days."), Some(3));
        let part = &finding.data["questions"][0];
        assert_eq!(part["kind"], "gap");
        assert!(part["question"].as_str().unwrap().contains("____"), "{part}");
        assert!(questions(&Document::read("# Title"), None).text.contains("no sentence"));
    }
}
