//! Words and their stems.

use std::collections::HashSet;
use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_segmentation::UnicodeSegmentation;

/// Longer "words" are noise; the stemmer sees their beginning only.
const MAX_WORD: usize = 48;

static STEMMER: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::English));

/// Words that carry grammar and no content.
static STOP: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| stop_words::lookup("en").unwrap_or_default().iter().copied().collect());

/// Words that carry too little to be what a text is about.
static WEAK: LazyLock<HashSet<&'static str>> = LazyLock::new(|| WEAK_WORDS.split_whitespace().collect());

const WEAK_WORDS: &str = "
    able according across actually add added ago almost alone along already also although always among amount another
    anyone anything around ask asked asks away back bad become becomes began begin best better big bit bring call called
    came cannot case cases certain clear come comes common could course day days different done easy either else end
    enough especially even ever every everyone everything example far find finds first five fixed follow following four
    full gave get gets getting give given gives go goes going gone good great half happen happened happens hard help
    hold holds however important indeed instead just keep keeps kept kind know known large last later least leave leaves
    left less let lets like likely little long look looks lot made make makes making many may maybe mean means meant
    might minute much must near nearly necessary need needs never new next nine nothing now often old one ones open
    others otherwise part particular people perhaps person place point possible put puts quite rather ready
    real really reason right run runs said saw say says second see seem seems seen sees set seven several shall show
    shows simple simply since single six small someone something sometimes soon start started starts stay stays still
    stop sure take taken takes tell tells ten thing things think third though thousand three thus time times today
    together told took toward try turn turns twice two upon us use used useful uses using usually want wants way
    ways well went whatever whether whole whose within without wonder would wrong
    wrote year years yes yet zero";

/// The word in lower case, with a straight apostrophe and a bounded length.
pub(super) fn lower(word: &str) -> String {
    word.chars().take(MAX_WORD).flat_map(char::to_lowercase).map(|c| if c == '’' { '\'' } else { c }).collect()
}

/// What a word has in common with its other forms.
pub(super) fn stem(word: &str) -> String {
    let word = lower(word);
    STEMMER.stem(word.strip_suffix("'s").unwrap_or(&word)).into_owned()
}

/// Whether a word carries no content.
pub(super) fn is_stop(word: &str) -> bool {
    STOP.contains(lower(word).as_str())
}

/// Whether a word is no topic by itself, nor may begin or end one.
pub(super) fn is_weak(word: &str) -> bool {
    word.chars().count() < 3 || !word.chars().any(char::is_alphabetic) || WEAK.contains(lower(word).as_str())
}

/// The stems of the words that carry content, in.
pub(super) fn content(text: &str) -> Vec<String> {
    text.unicode_words().filter(|word| !is_stop(word)).map(stem).collect()
}

/// How many words a text has.
pub(super) fn count_words(text: &str) -> u64 {
    text.unicode_words().count() as u64
}
