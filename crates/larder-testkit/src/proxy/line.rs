//! What one way is like: how late, how slow, how torn, how noisy.

use std::time::Duration;

use larder_core::{Moment, Random, SeededRandom};

/// The faults of one way; all of it is none.
#[derive(Debug, Default)]
pub(super) struct Line {
    latency: Option<Latency>,
    bandwidth: Option<Bandwidth>,
    slice: Option<usize>,
    noise: Option<Noise>,
}

#[derive(Debug)]
struct Latency {
    mean: Duration,
    jitter: Duration,
    random: SeededRandom,
}

/// All connections share it, as they share a wire.
#[derive(Debug)]
struct Bandwidth {
    bytes_per_second: u64,
    free_at: Moment,
}

#[derive(Debug)]
struct Noise {
    probability: f64,
    random: SeededRandom,
}

/// How many parts of a second's bytes go at once on a slow line.
const PARTS: u64 = 50;

impl Line {
    pub(super) fn delay(&mut self, mean: Duration, jitter: Duration) {
        self.latency = Some(Latency { mean, jitter, random: SeededRandom::new(0) });
    }

    pub(super) fn limit(&mut self, bytes_per_second: u64) {
        self.bandwidth = Some(Bandwidth { bytes_per_second: bytes_per_second.max(1), free_at: Moment::ORIGIN });
    }

    pub(super) fn slice(&mut self, bytes: usize) {
        self.slice = Some(bytes.max(1));
    }

    pub(super) fn corrupt(&mut self, probability: f64, seed: u64) {
        self.noise = Some(Noise { probability, random: SeededRandom::new(seed) });
    }

    /// When bytes that came `now` are to go on.
    pub(super) fn due(&self, now: Moment) -> Moment {
        let Some(latency) = &self.latency else { return now };
        let drawn = latency.jitter.mul_f64(2.0 * latency.random.next_fraction());
        now + (latency.mean + drawn).saturating_sub(latency.jitter)
    }

    /// How many of `left` bytes go in one write.
    pub(super) fn portion(&self, left: usize) -> usize {
        let paced = self.bandwidth.as_ref().map(|band| usize::try_from(band.bytes_per_second / PARTS).unwrap_or(left));
        left.min(self.slice.unwrap_or(left)).min(paced.unwrap_or(left)).max(1)
    }

    /// Takes the line for `bytes`, and says when they are through.
    pub(super) fn occupy(&mut self, bytes: usize, now: Moment) -> Moment {
        let Some(band) = &mut self.bandwidth else { return now };
        let nanos = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(1_000_000_000) / band.bytes_per_second;
        band.free_at = band.free_at.max(now) + Duration::from_nanos(nanos);
        band.free_at
    }

    /// Flips one bit in some of the bytes, and says in how many.
    pub(super) fn disturb(&self, bytes: &mut [u8]) -> u64 {
        let Some(noise) = &self.noise else { return 0 };
        let mut flipped = 0;
        for byte in bytes {
            if noise.random.next_fraction() < noise.probability {
                *byte ^= 1 << (noise.random.next_u64() % 8);
                flipped += 1;
            }
        }
        flipped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn latency_stays_within_its_jitter() {
        let mut line = Line::default();
        assert_eq!(line.due(Moment::ORIGIN), Moment::ORIGIN);
        line.delay(2 * SECOND, SECOND);
        let delays: Vec<Duration> = (0..1000).map(|_| line.due(Moment::ORIGIN).since(Moment::ORIGIN)).collect();
        assert!(delays.iter().all(|delay| (SECOND..3 * SECOND).contains(delay)));
        assert!(delays.iter().any(|delay| *delay < 2 * SECOND) && delays.iter().any(|delay| *delay > 2 * SECOND));
    }

    #[test]
    fn a_slow_line_is_shared_by_all_who_write() {
        let mut line = Line::default();
        line.limit(1000);
        assert_eq!(line.portion(100_000), 20);
        assert_eq!(line.occupy(500, Moment::ORIGIN).since(Moment::ORIGIN), SECOND / 2);
        assert_eq!(line.occupy(500, Moment::ORIGIN).since(Moment::ORIGIN), SECOND);
        let later = Moment::ORIGIN + 5 * SECOND;
        assert_eq!(line.occupy(1000, later).since(later), SECOND, "an idle line saves nothing up");
    }

    #[test]
    fn slices_are_never_empty() {
        let mut line = Line::default();
        assert_eq!(line.portion(7), 7);
        line.slice(3);
        assert_eq!(line.portion(7), 3);
        line.slice(0);
        assert_eq!(line.portion(7), 1);
    }

    #[test]
    fn noise_is_the_same_for_the_same_seed() {
        let disturbed = |probability, seed| {
            let mut line = Line::default();
            line.corrupt(probability, seed);
            let mut bytes = vec![0; 1000];
            let flipped = line.disturb(&mut bytes);
            assert_eq!(bytes.iter().filter(|byte| **byte != 0).count() as u64, flipped);
            (bytes, flipped)
        };
        assert_eq!(disturbed(0.1, 7), disturbed(0.1, 7));
        assert_ne!(disturbed(0.1, 7).0, disturbed(0.1, 8).0);
        assert_eq!((disturbed(0.0, 7).1, disturbed(1.0, 7).1), (0, 1000));
    }
}
