use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use larder_key::{KeyGenerator, MAX_OPERATIONS, RECENT_KEYS, Scope, TEXT_SIZES};

fn ask(generator: &KeyGenerator, operation: &str, text: &str) {
    generator.generate(&Scope::public(), operation, text, &(), None).unwrap();
}

/// A clock that moves 5 µs every time it is read.
fn ticking() -> KeyGenerator {
    let reads = AtomicU64::new(0);
    KeyGenerator::builder().clock(move || Duration::from_micros(5 * reads.fetch_add(1, Ordering::Relaxed))).build()
}

#[test]
fn k1_statistics_begin_empty() {
    let statistics = KeyGenerator::default().statistics();
    assert_eq!((statistics.count, statistics.refused, statistics.other_operations), (0, 0, 0));
    assert_eq!(statistics.average_time, None);
    assert!(statistics.operations.is_empty() && statistics.recent.is_empty());
    assert_eq!(statistics.text_sizes.len(), TEXT_SIZES.len() + 1);
}

#[test]
fn k1_time_is_averaged_by_the_clock_it_is_given() {
    let generator = ticking();
    ask(&generator, "qa", "one");
    ask(&generator, "qa", "two");
    let statistics = generator.statistics();
    assert_eq!(statistics.average_time, Some(Duration::from_micros(5)));
    assert!(statistics.recent.iter().all(|key| key.time == Some(Duration::from_micros(5))));
}

#[test]
fn k1_without_a_clock_there_is_no_time() {
    let generator = KeyGenerator::new();
    ask(&generator, "qa", "one");
    assert_eq!(generator.statistics().average_time, None);
    assert_eq!(generator.statistics().recent[0].time, None);
}

/// A clock that steps back costs nothing but a time of zero.
#[test]
fn k1_a_clock_may_step_back() {
    let reads = AtomicU64::new(10);
    let generator =
        KeyGenerator::builder().clock(move || Duration::from_secs(reads.fetch_sub(1, Ordering::Relaxed))).build();
    ask(&generator, "qa", "one");
    assert_eq!(generator.statistics().average_time, Some(Duration::ZERO));
}

#[test]
fn k1_text_sizes_are_counted_by_their_upper_ends() {
    let generator = KeyGenerator::new();
    for bytes in [0, 1, 64, 65, 1 << 20, (1 << 20) + 1] {
        ask(&generator, "qa", &"x".repeat(bytes));
    }
    let sizes = generator.statistics().text_sizes;
    let counts: Vec<_> = sizes.iter().map(|size| size.count).collect();
    assert_eq!(counts, [1, 2, 1, 0, 0, 0, 0, 0, 1, 1]);
    assert_eq!(sizes.iter().map(|size| size.up_to).collect::<Vec<_>>()[8..], [Some(1 << 20), None]);
}

#[test]
fn k1_operations_are_counted_the_most_frequent_first() {
    let generator = KeyGenerator::new();
    for operation in ["qa", "translate", "qa", "summarize"] {
        ask(&generator, operation, "text");
    }
    let expected = [("qa", 2), ("summarize", 1), ("translate", 1)].map(|(name, count)| (name.to_owned(), count));
    assert_eq!(generator.statistics().operations, expected);
}

#[test]
fn k1_t21_a_flood_of_operations_is_bounded_and_hides_no_known_one() {
    let generator = KeyGenerator::new();
    for number in 0..1_000 {
        ask(&generator, &format!("flood-{number}"), "text");
    }
    ask(&generator, &"long".repeat(100), "text");
    ask(&generator, "sentiment", "text");
    let statistics = generator.statistics();
    let named: u64 = statistics.operations.iter().map(|(_, count)| count).sum();
    assert!(statistics.operations.len() <= MAX_OPERATIONS);
    assert!(statistics.operations.contains(&("sentiment".to_owned(), 1)));
    assert_eq!(named + statistics.other_operations, statistics.count);
    assert_eq!(statistics.count, 1_002);
    assert_eq!(statistics.recent[RECENT_KEYS - 2].operation, None);
}

#[test]
fn k1_the_recent_window_holds_the_newest() {
    let generator = KeyGenerator::new();
    for bytes in 0..RECENT_KEYS + 44 {
        ask(&generator, "qa", &"x".repeat(bytes));
    }
    let recent = generator.statistics().recent;
    assert_eq!(recent.len(), RECENT_KEYS);
    assert_eq!((recent[0].text_bytes, recent[RECENT_KEYS - 1].text_bytes), (44, 299));
}

#[test]
fn k1_threads_lose_no_count() {
    let generator = KeyGenerator::new();
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| (0..500).for_each(|_| ask(&generator, "qa", "text")));
        }
    });
    assert_eq!(generator.statistics().count, 2_000);
    assert_eq!(generator.statistics().operations, [("qa".to_owned(), 2_000)]);
}
