//! "Did you mean": the known name closest to what was given.

/// More than two slips is another word.
const MAX_DISTANCE: usize = 2;

/// Longer than any known name with its slips; keeps the work small for hostile input.
const MAX_LENGTH: usize = 64;

/// The name among `known` that is at most two edits away from `given`.
pub(crate) fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given: Vec<char> = given.chars().take(MAX_LENGTH + 1).flat_map(char::to_lowercase).collect();
    if given.len() > MAX_LENGTH {
        return None;
    }
    known
        .into_iter()
        .map(|name| (distance(&given, name), name))
        .filter(|(distance, name)| *distance <= MAX_DISTANCE && *distance < name.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Levenshtein's distance, one row at a time.
fn distance(left: &[char], right: &str) -> usize {
    let mut row: Vec<usize> = (0..=left.len()).collect();
    for (line, letter) in right.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, other) in left.iter().enumerate() {
            let change = diagonal + usize::from(*other != letter);
            diagonal = row[column + 1];
            row[column + 1] = change.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[left.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    const KNOWN: [&str; 3] = ["summarize", "sentiment", "qa"];

    #[test]
    fn two_slips_are_forgiven() {
        assert_eq!(nearest("sumarise", KNOWN), Some("summarize"));
        assert_eq!(nearest("Sentiment", KNOWN), Some("sentiment"));
        assert_eq!(nearest("q", KNOWN), Some("qa"));
    }

    #[test]
    fn another_word_has_no_neighbour() {
        assert_eq!(nearest("translate", KNOWN), None);
        assert_eq!(nearest("xy", KNOWN), None);
        assert_eq!(nearest(&"s".repeat(10_000), KNOWN), None);
    }
}
