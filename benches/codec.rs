//! Times of every codec, and of the way of a value into its envelope beside that of its parts. Prints tables in Markdown;
//! `-- --record` writes them into `docs/benchmarks.md`.

#![allow(clippy::print_stdout)] // A program that people read.

use std::error::Error;
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use larder_benches::page;
use larder_cache::{Codec, Value};
use larder_core::envelope::{Envelope, MAX_VALUE};
use larder_core::{Entry, Key, Lifetime, Moment};
use serde::{Deserialize, Serialize};

const CODECS: [(&str, Codec); 4] = [
    ("JSON", Codec::Json),
    ("MessagePack", Codec::MessagePack),
    ("postcard", Codec::Postcard),
    ("bincode", Codec::Bincode),
];

/// About 200 bytes of JSON.
#[derive(Serialize, Deserialize)]
struct Person {
    id: u64,
    name: String,
    email: String,
    roles: Vec<String>,
    born: u16,
    is_active: bool,
    score: f64,
}

/// About 2 KB of JSON.
#[derive(Serialize, Deserialize)]
struct Answer {
    model: String,
    text: String,
    tokens: [u32; 3],
    finished: bool,
}

fn person() -> Person {
    Person {
        id: 9_007_199_254_740_993,
        name: "Ada King, Countess of Lovelace".to_owned(),
        email: "ada@analytical-engine.example".to_owned(),
        roles: ["reader", "writer", "mathematician"].map(str::to_owned).to_vec(),
        born: 1815,
        is_active: true,
        score: 0.123_456_789,
    }
}

fn answer() -> Answer {
    let text = "The engine weaves algebraic patterns just as the loom weaves flowers and leaves. ".repeat(24);
    Answer { model: "a-model-of-some-name".to_owned(), text, tokens: [411, 1902, 2313], finished: true }
}

#[allow(clippy::cast_precision_loss)] // Small numbers.
fn embedding() -> Vec<f32> {
    (0..1536).map(|number| (number as f32 * 0.37).sin()).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let asked = |name: &str| arguments.iter().any(|argument| argument == name);
    if asked("--list") {
        return Ok(());
    }
    let rounds = if asked("--bench") { 101 } else { 1 };
    let tables = tables(rounds)?;
    println!("{tables}");
    if asked("--record") {
        page::record("codec", &tables)?;
    }
    Ok(())
}

fn tables(rounds: usize) -> Result<String, Box<dyn Error>> {
    let mut table = String::from(
        "| value | codec | bytes | encode | of JSON's | decode | of JSON's | codec and envelope | of its parts |\n\
         | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    rows(&mut table, "a person", &person(), rounds)?;
    rows(&mut table, "a reply", &answer(), rounds)?;
    rows(&mut table, "1536 numbers", &embedding(), rounds)?;
    Ok(table)
}

/// The times of one codec on one value.
struct Times {
    encode: Duration,
    decode: Duration,
    envelope: Duration,
    whole: Duration,
}

fn rows<V: Value>(table: &mut String, name: &str, value: &V, rounds: usize) -> Result<(), Box<dyn Error>> {
    let mut json = None;
    for (codec_name, codec) in CODECS {
        let bytes = codec.encode(value)?.len();
        let times = measure(codec, value, rounds)?;
        let json = json.get_or_insert((times.encode, times.decode));
        let parts = times.encode + times.envelope;
        writeln!(
            table,
            "| {name} | {codec_name} | {bytes} | {} | {} | {} | {} | {} | {} |",
            micros(times.encode),
            ratio(times.encode, json.0),
            micros(times.decode),
            ratio(times.decode, json.1),
            micros(times.whole),
            ratio(times.whole, parts),
        )?;
    }
    Ok(())
}

fn measure<V: Value>(codec: Codec, value: &V, rounds: usize) -> Result<Times, Box<dyn Error>> {
    let (key, payload) = (Key::new("app:values:1")?, codec.encode(value)?);
    let seal = |payload: Vec<u8>| {
        let entry = Entry::new(payload, Lifetime::new(Duration::from_mins(5)), Moment::ORIGIN);
        Envelope::of(entry, 1_750_000_000_000).encode(&key, MAX_VALUE)
    };
    let mut each = [const { Vec::new() }; 4];
    // Each part in each round: what the machine does besides meets all alike.
    for _ in 0..rounds {
        let [encode, decode, envelope, whole] = &mut each;
        encode.push(time(|| drop(black_box(codec.encode(black_box(value))))));
        decode.push(time(|| drop(black_box(codec.decode::<V>(black_box(&payload))))));
        // The payload is an allocation of its own, as it is on the whole way; making it is no part of sealing.
        envelope.push(time_with(|| payload.clone(), |payload| drop(black_box(seal(black_box(payload))))));
        whole.push(time(|| drop(black_box(codec.encode(black_box(value)).and_then(&seal)))));
    }
    let [encode, decode, envelope, whole] = each.map(least);
    Ok(Times { encode, decode, envelope, whole })
}

const TIMES: u32 = 200;

/// The time of one call, over many.
fn time(mut call: impl FnMut()) -> Duration {
    time_with(|| (), |()| call())
}

/// The same for calls whose input is made beforehand.
fn time_with<T>(make: impl Fn() -> T, mut call: impl FnMut(T)) -> Duration {
    let inputs: Vec<T> = (0..TIMES).map(|_| make()).collect();
    #[allow(clippy::disallowed_methods)] // What is measured is the machine's time.
    let begun = Instant::now();
    for input in inputs {
        call(input);
    }
    begun.elapsed() / TIMES
}

/// The least of so many rounds: whatever the machine does besides only adds.
fn least(times: Vec<Duration>) -> Duration {
    times.into_iter().min().unwrap_or_default()
}

fn micros(time: Duration) -> String {
    format!("{:.2} µs", time.as_secs_f64() * 1e6)
}

fn ratio(time: Duration, of: Duration) -> String {
    format!("{:.2} ×", time.as_secs_f64() / of.as_secs_f64())
}
