//! Summaries: the best sentences of the text itself, in its order.

use serde_json::json;

use super::Finding;
use super::document::Document;
use super::rank::Ranking;

const DEFAULT_SENTENCES: u32 = 3;

/// Two sentences more alike than this say the same.
const TOO_SIMILAR: f64 = 0.6;

pub(super) fn summarize(document: &Document, max_sentences: Option<u32>, max_length: Option<u32>) -> Finding {
    let ranking = Ranking::of(document);
    let most = max_sentences.unwrap_or(DEFAULT_SENTENCES) as usize;
    let room = max_length.map_or(usize::MAX, |length| length as usize);
    let chosen = choose(document, &ranking, most, room);
    let (text, cut) = match chosen.as_slice() {
        [] => (shorten(&document.sentences[ranking.order[0].0].text, room), true),
        chosen => (chosen.iter().map(|at| document.sentences[*at].text.as_str()).collect::<Vec<_>>().join(" "), false),
    };
    let sentences: Vec<_> = chosen
        .iter()
        .map(|at| json!({ "position": at, "weight": rounded(ranking.weight(*at)), "text": document.sentences[*at].text }))
        .collect();
    let data = json!({
        "sentences": sentences,
        "considered": ranking.order.len(),
        "of": document.sentences.len(),
        "shortened": cut,
    });
    Finding { text, data }
}

/// The heaviest sentences that fit and do not repeat each other, in the order of the text.
fn choose(document: &Document, ranking: &Ranking, most: usize, mut room: usize) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::new();
    for (position, _) in &ranking.order {
        if chosen.len() == most {
            break;
        }
        let length = document.sentences[*position].text.chars().count() + usize::from(!chosen.is_empty());
        let repeats = chosen.iter().any(|other| ranking.similarity(*position, *other) > TOO_SIMILAR);
        if length <= room && !repeats {
            room -= length;
            chosen.push(*position);
        }
    }
    chosen.sort_unstable();
    chosen
}

/// The beginning of a sentence, cut at a space, with an ellipsis.
fn shorten(sentence: &str, room: usize) -> String {
    let beginning: String = sentence.chars().take(room.saturating_sub(1)).collect();
    let at = beginning.rfind(' ').unwrap_or(beginning.len());
    format!("{}…", beginning[..at].trim_end_matches([',', ';', ':', ' ']))
}

/// Four digits are enough for a reader, and equal on every machine.
pub(super) fn rounded(number: f64) -> f64 {
    (number * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Caches\n\nA cache keeps answers close to whoever asks. Asking the origin is slow. The origin \
        computes each answer anew. A cache answers from memory, so the origin is asked less. Lunch was good. A cache \
        that is full must drop answers. Dropped answers are asked from the origin again.";

    #[test]
    fn sentences_come_in_their_order_and_number() {
        let document = Document::read(TEXT);
        let finding = summarize(&document, None, None);
        let positions: Vec<u64> =
            finding.data["sentences"].as_array().unwrap().iter().map(|s| s["position"].as_u64().unwrap()).collect();
        assert_eq!(positions.len(), 3);
        assert!(positions.is_sorted(), "{positions:?}");
        assert!(!finding.text.contains("Lunch") && !finding.text.contains("Caches"), "{}", finding.text);
        assert_eq!(summarize(&document, Some(20), None).data["sentences"].as_array().unwrap().len(), 7);
    }

    #[test]
    fn the_length_is_kept() {
        let document = Document::read(TEXT);
        for limit in [40, 60, 100, 200] {
            let finding = summarize(&document, Some(20), Some(limit));
            assert!(finding.text.chars().count() <= limit as usize, "{limit}: {}", finding.text);
            assert!(!finding.text.is_empty());
        }
        let one = Document::read("Supercalifragilisticexpialidocious words do not always fit into the room there is.");
        let finding = summarize(&one, None, Some(40));
        assert!(finding.text.ends_with('…') && finding.data["shortened"] == true, "{}", finding.text);
    }

    #[test]
    fn repetition_is_said_once() {
        let document = Document::read("The key is unique. The key is unique. Values may differ between readers of it.");
        assert_eq!(summarize(&document, None, None).text.matches("unique").count(), 1);
    }
}
