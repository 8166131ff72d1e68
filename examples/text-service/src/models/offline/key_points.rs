//! Key points: what a text speaks of most, each with the sentence that says it best.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::Finding;
use super::document::Document;
use super::phrases::{distinct, phrases};
use super::rank::Ranking;
use super::summary::rounded;

const DEFAULT_COUNT: u32 = 5;

pub(super) fn key_points(document: &Document, count: Option<u32>) -> Finding {
    let count = count.unwrap_or(DEFAULT_COUNT) as usize;
    let ranking = Ranking::of(document);
    let mut used: HashSet<usize> = HashSet::new();
    let mut points: Vec<Value> = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    for phrase in distinct(phrases(document)) {
        if points.len() == count {
            break;
        }
        let Some(sentence) = best_sentence(&ranking, &phrase.sentences, &used) else { continue };
        used.insert(sentence);
        let said = &document.sentences[sentence].text;
        lines.push(format!("{}: {said}", phrase.text));
        points.push(json!({
            "phrase": phrase.text, "count": phrase.count, "weight": rounded(phrase.weight),
            "sentence": said, "position": sentence,
        }));
    }
    if points.is_empty() {
        let said = &document.sentences[ranking.order[0].0].text;
        lines.push(said.clone());
        points
            .push(json!({ "phrase": null, "count": 1, "weight": 0, "sentence": said, "position": ranking.order[0].0 }));
    }
    Finding { text: lines.join("\n"), data: json!({ "points": points }) }
}

/// The heaviest ranked sentence with the phrase that no other point has.
fn best_sentence(ranking: &Ranking, holders: &[usize], used: &HashSet<usize>) -> Option<usize> {
    let free = |position: &usize| holders.binary_search(position).is_ok() && !used.contains(position);
    ranking.order.iter().map(|(position, _)| *position).find(|position| free(position))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_point_has_its_own_sentence_that_speaks_of_it() {
        let text = "A write buffer collects writes. The write buffer is emptied each second. A read cache answers \
                    questions from memory. When the read cache is cold, the disk answers. The disk is slow.";
        let finding = key_points(&Document::read(text), Some(3));
        let points = finding.data["points"].as_array().unwrap();
        assert_eq!(points.len(), 3);
        let mut seen = HashSet::new();
        for point in points {
            let (phrase, sentence) = (point["phrase"].as_str().unwrap(), point["sentence"].as_str().unwrap());
            assert!(sentence.to_lowercase().contains(&phrase.to_lowercase()), "{phrase}: {sentence}");
            assert!(seen.insert(sentence.to_owned()));
        }
        let phrases: Vec<_> = points.iter().map(|point| point["phrase"].as_str().unwrap()).collect();
        assert!(phrases.contains(&"write buffer") && phrases.contains(&"read cache"), "{phrases:?}");
    }

    #[test]
    fn a_text_without_phrases_still_has_a_point() {
        assert_eq!(key_points(&Document::read("It is so."), None).text, "It is so.");
    }
}
