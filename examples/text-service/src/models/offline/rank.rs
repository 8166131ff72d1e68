//! `TextRank`: a sentence matters when sentences that matter say similar things.

use std::collections::HashMap;

use super::document::Document;

/// Pairs grow with the square: of longer texts, this many sentences are considered, spread evenly.
const MAX_SENTENCES: usize = 400;

/// How much of a sentence's weight comes from its neighbours.
const DAMPING: f64 = 0.85;
const ROUNDS: usize = 60;
const SETTLED: f64 = 1e-7;

/// Sentences by weight: the ones considered, and how they resemble each other.
pub(super) struct Ranking {
    /// Position in the document and weight, heaviest first.
    pub(super) order: Vec<(usize, f64)>,
    vectors: HashMap<usize, Vector>,
}

impl Ranking {
    /// Ranks the speaking sentences of a document.
    pub(super) fn of(document: &Document) -> Self {
        let positions = spread(&document.speaking());
        let stems: Vec<&[String]> = positions.iter().map(|at| document.sentences[*at].stems.as_slice()).collect();
        let vectors = vectors(&stems);
        let weights = settle(&similarities(&vectors));
        let standing = positions.iter().map(|at| document.standing(*at));
        let weights = weights.into_iter().zip(standing).map(|(weight, standing)| weight * standing);
        let mut order: Vec<(usize, f64)> = positions.iter().copied().zip(weights).collect();
        order.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
        Self { order, vectors: positions.into_iter().zip(vectors).collect() }
    }

    /// How much two ranked sentences say the same, 0–1.
    pub(super) fn similarity(&self, left: usize, right: usize) -> f64 {
        match (self.vectors.get(&left), self.vectors.get(&right)) {
            (Some(left), Some(right)) => dot(left, right),
            _ => 0.0,
        }
    }

    /// A sentence's weight; zero when it was not considered.
    pub(super) fn weight(&self, position: usize) -> f64 {
        self.order.iter().find(|(at, _)| *at == position).map_or(0.0, |(_, weight)| *weight)
    }
}

fn spread(positions: &[usize]) -> Vec<usize> {
    let count = positions.len().min(MAX_SENTENCES);
    (0..count).map(|index| positions[index * positions.len() / count]).collect()
}

/// Terms by number, ascending, with their tf-idf; of length one.
type Vector = Vec<(usize, f64)>;

fn vectors(sentences: &[&[String]]) -> Vec<Vector> {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut holders: Vec<f64> = Vec::new();
    let mut counted: Vec<Vector> = Vec::with_capacity(sentences.len());
    for stems in sentences {
        let mut counts: HashMap<usize, f64> = HashMap::new();
        for stem in *stems {
            let next = numbers.len();
            let number = *numbers.entry(stem).or_insert(next);
            *counts.entry(number).or_default() += 1.0;
        }
        holders.resize(numbers.len(), 0.0);
        let mut vector: Vector = counts.into_iter().collect();
        vector.sort_unstable_by_key(|(number, _)| *number);
        vector.iter().for_each(|(number, _)| holders[*number] += 1.0);
        counted.push(vector);
    }
    let total = precise(sentences.len());
    counted.iter_mut().for_each(|vector| weigh(vector, |number| (1.0 + total / holders[number]).ln()));
    counted
}

fn weigh(vector: &mut Vector, rarity: impl Fn(usize) -> f64) {
    vector.iter_mut().for_each(|(number, value)| *value *= rarity(*number));
    let length = vector.iter().map(|(_, value)| value * value).sum::<f64>().sqrt();
    vector.iter_mut().for_each(|(_, value)| *value /= length);
}

fn dot(left: &Vector, right: &Vector) -> f64 {
    let mut sum = 0.0;
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    while let (Some((a, x)), Some((b, y))) = (left.peek(), right.peek()) {
        match a.cmp(b) {
            std::cmp::Ordering::Less => drop(left.next()),
            std::cmp::Ordering::Greater => drop(right.next()),
            std::cmp::Ordering::Equal => {
                sum += x * y;
                left.next();
                right.next();
            }
        }
    }
    sum
}

fn similarities(vectors: &[Vector]) -> Vec<Vec<f64>> {
    let mut matrix = vec![vec![0.0; vectors.len()]; vectors.len()];
    for row in 0..vectors.len() {
        for column in 0..row {
            let similarity = dot(&vectors[row], &vectors[column]);
            matrix[row][column] = similarity;
            matrix[column][row] = similarity;
        }
    }
    matrix
}

/// `PageRank` by power iteration. Early sentences get a little more of the free weight: texts open with what they are about.
fn settle(matrix: &[Vec<f64>]) -> Vec<f64> {
    let count = matrix.len();
    let free: Vec<f64> = (0..count).map(|index| 1.0 + 0.25 / (1.0 + precise(index))).collect();
    let all: f64 = free.iter().sum();
    let free: Vec<f64> = free.into_iter().map(|weight| weight / all).collect();
    let sums: Vec<f64> = matrix.iter().map(|row| row.iter().sum()).collect();
    let mut weights = free.clone();
    for _ in 0..ROUNDS {
        let lonely: f64 = (0..count).filter(|index| sums[*index] == 0.0).map(|index| weights[index]).sum();
        let mut next: Vec<f64> = free.iter().map(|free| free * (1.0 - DAMPING + DAMPING * lonely)).collect();
        for (from, row) in matrix.iter().enumerate().filter(|(from, _)| sums[*from] > 0.0) {
            let share = DAMPING * weights[from] / sums[from];
            next.iter_mut().zip(row).for_each(|(weight, similarity)| *weight += share * similarity);
        }
        let moved: f64 = next.iter().zip(&weights).map(|(new, old)| (new - old).abs()).sum();
        weights = next;
        if moved < SETTLED {
            break;
        }
    }
    weights
}

/// Counts here are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts of sentences and words are far below 2^53")]
pub(super) const fn precise(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_others_resemble_comes_first() {
        let text = "The weather was mild. A cache stores values near the reader. A cache must bound its memory. \
                    Values in a cache stay near the reader until their memory is needed.";
        let document = Document::read(text);
        let ranking = Ranking::of(&document);
        assert_ne!(ranking.order[0].0, 0);
        assert_eq!(ranking.order.last().unwrap().0, 0);
    }

    #[test]
    fn weights_are_shares_of_one() {
        let stem = |words: &str| -> Vec<String> { words.split(' ').map(str::to_owned).collect() };
        let sentences = [stem("a b c"), stem("b c d"), stem("x y"), stem("a a d")];
        let stems: Vec<&[String]> = sentences.iter().map(Vec::as_slice).collect();
        let weights = settle(&similarities(&vectors(&stems)));
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-6, "{weights:?}");
        assert!(weights.iter().all(|weight| *weight > 0.0));
    }

    #[test]
    fn long_texts_are_sampled_evenly() {
        let positions: Vec<usize> = (0..10_000).collect();
        let chosen = spread(&positions);
        assert_eq!(chosen.len(), MAX_SENTENCES);
        assert_eq!(chosen[1] - chosen[0], 25);
        assert_eq!(chosen[MAX_SENTENCES - 1], 9_975);
        assert!(spread(&[]).is_empty());
    }
}
