//! Bytes and times of small JSON in a shared store: as it is, compressed alone, and with a dictionary of its kind.
//!
//! One half of the values is learned from, the other is measured. Prints a table in Markdown, and one of the levels of zstd on
//! pieces of prose.

use std::hint::black_box;
use std::io::{self, Write};
use std::time::Duration;

use larder_benches::{Kind, json};
use larder_core::{Clock, Condition, Entry, Key, KeyRange, Lifetime, Moment, Name, SharedStore, Store, StoreLayer};
use larder_layers::{Compress, Dictionaries};
use larder_testkit::{ManualClock, MapStore, RealClock};

/// The middle of so many rounds counts.
const ROUNDS: usize = 15;

/// Values of a round at most.
const MOST: usize = 1000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let rounds = if is_test { 1 } else { ROUNDS };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut table =
        String::from("| value | bytes | form | bytes stored | write | read |\n| --- | --- | --- | --- | --- | --- |\n");
    for kind in json::of_cargo()? {
        table += &runtime.block_on(rows(&kind, rounds))?;
    }
    table += &runtime.block_on(levels(rounds))?;
    io::stdout().write_all(table.as_bytes())?;
    Ok(())
}

/// What each level of zstd makes of prose, beside the least.
async fn levels(rounds: usize) -> Result<String, Box<dyn std::error::Error>> {
    let pieces = json::pages()?;
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    let keys = (0..pieces.len()).map(|key| Key::new(format!("bench:pages:{key}"))).collect::<Result<Vec<_>, _>>()?;
    // No piece is ten times above the threshold, where one level more holds.
    let layers = Compress::LEVELS.map(|level| Compress::new().threshold(json::PIECE / 3).level(level));
    let layers = layers.collect::<Result<Vec<_>, _>>()?;
    let forms: Vec<_> = layers.iter().map(|layer| form("zstd", Some(layer))).collect();
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); forms.len()];
    for _ in 0..rounds {
        for (form, times) in forms.iter().zip(&mut times) {
            times.push(form.write(&keys, &pieces).await?);
        }
    }
    let least = times.first_mut().map(|times| middle(times)).unwrap_or_default();
    let raw: usize = pieces.iter().map(|piece| piece.len()).sum();
    let mut rows = String::from("\n| level | bytes stored | time |\n| --- | --- | --- |\n");
    for ((level, form), times) in Compress::LEVELS.zip(&forms).zip(&mut times) {
        let time = middle(times).as_secs_f64() / least.as_secs_f64();
        rows += &format!("| {level} | {} | {time:.1} × |\n", part(form.bytes(&keys).await?, raw));
    }
    Ok(rows)
}

/// A store in one form, and the keys that were put into it.
struct Form {
    name: &'static str,
    inner: SharedStore,
    store: SharedStore,
}

async fn rows(kind: &Kind, rounds: usize) -> larder_core::Result<String> {
    let mut rows = String::new();
    let half =
        |odd: usize| -> Vec<&str> { kind.values.iter().skip(odd).step_by(2).map(String::as_str).take(MOST).collect() };
    let (seen, unseen) = (half(0), half(1));
    let range = KeyRange::cache(&Name::new("bench")?, &Name::new("json")?);
    let keys = (0..unseen.len()).map(|key| range.key(&key.to_string())).collect::<Result<Vec<_>, _>>()?;
    let dictionaries = learned(&range, &seen).await?;
    let forms = [
        form("JSON", None),
        form("zstd", Some(&Compress::new().threshold(0) as &dyn StoreLayer)),
        form("zstd with a dictionary", Some(&dictionaries)),
    ];
    let raw: usize = unseen.iter().map(|value| value.len()).sum();
    let mut times: Vec<[Vec<Duration>; 2]> = vec![Default::default(); forms.len()];
    // Each form in each round: what the machine does besides meets all alike.
    for _ in 0..rounds {
        for (form, [writes, reads]) in forms.iter().zip(&mut times) {
            writes.push(form.write(&keys, &unseen).await?);
            reads.push(form.read(&keys).await?);
        }
    }
    let base = times.first_mut().map(|[write, read]| [middle(write), middle(read)]).unwrap_or_default();
    for (form, [write, read]) in forms.iter().zip(&mut times) {
        let stored = form.bytes(&keys).await?;
        let [write, read] = [each(middle(write), base[0], unseen.len()), each(middle(read), base[1], unseen.len())];
        let (mean, part) = (kind.mean(), part(stored, raw));
        rows += &format!("| {} | {mean} | {} | {part} | {write} | {read} |\n", kind.name, form.name);
    }
    Ok(rows)
}

fn form(name: &'static str, layer: Option<&dyn StoreLayer>) -> Form {
    let inner = MapStore::new(ManualClock::new().shared()).shared();
    let store = layer.map_or_else(|| inner.clone(), |layer| layer.wrap(inner.clone()));
    Form { name, inner, store }
}

/// A layer with a dictionary of what was seen, used whatever it gains.
async fn learned(range: &KeyRange, seen: &[&str]) -> larder_core::Result<Dictionaries> {
    let layer = Dictionaries::new(ManualClock::new().shared()).cache(range.clone());
    let layer = layer.samples(seen.len())?.gain(0.0)?;
    let store = MapStore::new(ManualClock::new().shared()).shared().layer(&layer);
    for (number, value) in seen.iter().chain(seen.first()).enumerate() {
        let entry = Entry::new(value.as_bytes().to_vec(), Lifetime::forever(), Moment::ORIGIN);
        let _put = store.put(&range.key(&number.to_string())?, entry, Condition::ALWAYS).await?;
    }
    while layer.statistics().adopted == 0 {
        tokio::task::yield_now().await;
    }
    Ok(layer)
}

impl Form {
    async fn write(&self, keys: &[Key], values: &[&str]) -> larder_core::Result<Duration> {
        let (clock, began) = start();
        for (key, value) in keys.iter().zip(values) {
            let entry = Entry::new(value.as_bytes().to_vec(), Lifetime::forever(), Moment::ORIGIN);
            black_box(self.store.put(key, entry, Condition::ALWAYS).await?.is_stored());
        }
        Ok(clock.now().since(began))
    }

    async fn read(&self, keys: &[Key]) -> larder_core::Result<Duration> {
        let (clock, began) = start();
        for key in keys {
            black_box(self.store.get(key).await?);
        }
        Ok(clock.now().since(began))
    }

    async fn bytes(&self, keys: &[Key]) -> larder_core::Result<usize> {
        let mut all = 0;
        for key in keys {
            all += self.inner.get(key).await?.map_or(0, |entry| entry.payload.len());
        }
        Ok(all)
    }
}

fn start() -> (RealClock, Moment) {
    let clock = RealClock::new();
    (clock, clock.now())
}

fn middle(times: &mut [Duration]) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Per value, and beyond what the store alone takes.
fn each(time: Duration, base: Duration, values: usize) -> String {
    let micros = time.saturating_sub(base).as_secs_f64() * 1e6 / count(values);
    if time == base { "–".to_owned() } else { format!("{micros:.2} µs") }
}

fn part(bytes: usize, of: usize) -> String {
    format!("{:.2} ×", count(bytes) / count(of))
}

#[allow(clippy::cast_precision_loss)] // Far fewer than 2^53.
fn count(number: usize) -> f64 {
    number as f64
}
