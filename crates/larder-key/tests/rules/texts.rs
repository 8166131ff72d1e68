use std::collections::HashSet;
use std::io::{self, Cursor, Read};

use larder_key::{KeyFault, KeyGenerator, Request, Scope, Text, TextHasher, hash_reader};
use proptest::prelude::*;

fn identities(texts: &[&str]) -> usize {
    let scope = Scope::public();
    let as_texts = texts.iter().map(|text| Request::new(&scope, "qa", *text).identity().unwrap());
    let as_questions = texts
        .iter()
        .map(|text| Request { question: Some(text), ..Request::new(&scope, "qa", "x") }.identity().unwrap());
    as_texts.chain(as_questions).collect::<HashSet<_>>().len()
}

/// Real pairs of questions that lower-casing or dropping punctuation makes one.
#[test]
fn a11_nothing_is_normalised_on_real_pairs() {
    let pairs = [
        ["What are preprocessor directives in C++?", "What are preprocessor directives in C?"],
        ["What is the difference between # and ##?", "What is the difference between () and (,)?"],
        ["What does US stand for?", "What does us stand for?"],
        ["Is it 10?", "Is it -10?"],
        ["Is 1.5 right?", "Is 15 right?"],
        ["Let's eat, grandma", "Let's eat grandma"],
    ];
    for pair in pairs {
        assert_eq!(identities(&pair), 4, "{pair:?}");
    }
}

#[test]
fn b07_unicode_forms_case_space_and_line_ends_are_kept_apart() {
    let forms =
        ["é", "e\u{301}", "E\u{301}", "é ", " é", "é\n", "é\r\n", "é\r", "é\u{a0}", "É", "\u{feff}é", "ｅ\u{301}"];
    assert_eq!(identities(&forms), 2 * forms.len());
}

/// Statistics see the bytes that the key sees.
#[test]
fn b07_statistics_count_the_text_as_it_is() {
    let generator = KeyGenerator::new();
    for text in ["é", "e\u{301}", "E\u{301}\r\n"] {
        generator.generate(&Scope::public(), "qa", text, &(), None).unwrap();
    }
    let sizes: Vec<_> = generator.statistics().recent.iter().map(|key| key.text_bytes).collect();
    assert_eq!(sizes, [2, 3, 5]);
}

#[test]
fn b08_the_empty_text_has_a_key() {
    let read = hash_reader(io::empty(), 0).unwrap();
    assert_eq!(read.bytes(), 0);
    assert_eq!(*read.digest(), Text::from("").digest());
    assert_eq!(identities(&["", " "]), 4);
}

#[test]
fn b08_ten_mebibytes_have_one_key_however_they_come() {
    let text = "A larder is a cool room — für Vorräte. ".repeat(10 * 1024 * 1024 / 40);
    let read = hash_reader(Trickle(text.as_bytes()), u64::MAX).unwrap();
    let (scope, generator) = (Scope::public(), KeyGenerator::new());
    let whole = generator.generate(&scope, "qa", &text, &(), None).unwrap();
    assert_eq!(read.bytes(), text.len() as u64);
    assert_eq!(generator.generate(&scope, "qa", &read, &(), None).unwrap(), whole);
}

/// A reader whose pieces end inside characters.
struct Trickle<'a>(&'a [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(4_099);
        self.0.read(&mut buffer[..most])
    }
}

/// Half a gigabyte passes through; what the process ever held is far less.
#[cfg(target_os = "linux")]
#[test]
fn b08_t21_memory_does_not_grow_with_the_text() {
    let read = hash_reader(io::repeat(b'x').take(512 << 20), u64::MAX).unwrap();
    assert_eq!(read.bytes(), 512 << 20);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kibibytes: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kibibytes < 256 << 10, "{kibibytes} KiB were held");
}

#[test]
fn t21_a_text_beyond_the_limit_is_refused_at_once() {
    let mut read = 0;
    let error = hash_reader(Counted(&mut read), 1 << 20).unwrap_err();
    assert!(matches!(error.fault(), KeyFault::TooLong { limit } if *limit == 1 << 20));
    assert!(read < 2 << 20, "{read} bytes were read");
    assert!(hash_reader(&b"four"[..], 4).is_ok());
    assert!(hash_reader(&b"five!"[..], 4).is_err());
}

/// A gigabyte, and a count of what was read of it.
struct Counted<'a>(&'a mut usize);

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = if *self.0 < 1 << 30 { buffer.len() } else { 0 };
        buffer[..length].fill(b'x');
        *self.0 += length;
        Ok(length)
    }
}

#[test]
fn b08_invalid_utf8_is_a_typed_error_with_its_place() {
    let cases: [(&[u8], u64); 7] = [
        (b"\xff", 0),
        (b"ab\xffcd", 2),
        (b"ab\xc3", 2),
        (b"ab\xc3(", 2),
        (b"\xe2\x82", 0),
        (b"\xed\xa0\x80", 0),
        (b"\xc3\xa9\xf0\x9f\x98", 2),
    ];
    for (bytes, place) in cases {
        for size in 1..=bytes.len() {
            let error = hash_reader(Pieces(Cursor::new(bytes), size), 100).unwrap_err();
            assert_eq!(error.field(), "text");
            assert!(matches!(error.fault(), KeyFault::NotUtf8 { at } if *at == place), "{bytes:?} by {size}: {error}");
        }
    }
}

/// A reader whose pieces have one size.
struct Pieces<'a>(Cursor<&'a [u8]>, usize);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.1);
        self.0.read(&mut buffer[..most])
    }
}

#[test]
fn b08_an_interrupted_read_goes_on() {
    struct Interrupted(bool);
    impl Read for Interrupted {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            self.0 = !self.0;
            if self.0 { Err(io::ErrorKind::Interrupted.into()) } else { Ok(0) }
        }
    }
    assert_eq!(hash_reader(Interrupted(false), 10).unwrap().bytes(), 0);
}

proptest! {
    #[test]
    fn b08_every_cut_gives_the_digest_of_the_whole(text in ".{0,40}", size in 1usize..7) {
        let mut hasher = TextHasher::new(u64::MAX);
        for piece in text.as_bytes().chunks(size) {
            hasher.update(piece)?;
        }
        let read = hasher.finish()?;
        prop_assert_eq!(*read.digest(), Text::from(&text).digest());
        prop_assert_eq!(read.bytes(), text.len() as u64);
    }

    /// The check in pieces says what the standard library says of the whole.
    #[test]
    fn b08_bytes_are_judged_like_the_whole(bytes in prop::collection::vec(prop::sample::select(vec![b'a', 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xff]), 0..8), size in 1usize..4) {
        let whole = std::str::from_utf8(&bytes).map(|_| ()).map_err(|error| error.valid_up_to() as u64);
        let read = hash_reader(Pieces(Cursor::new(&bytes), size), 100).map(|_| ()).map_err(|error| match error.fault() {
            KeyFault::NotUtf8 { at } => *at,
            fault => panic!("{fault}"),
        });
        prop_assert_eq!(read, whole);
    }
}

#[test]
fn b08_a_text_that_lost_a_piece_never_gets_a_digest() {
    let mut long = TextHasher::new(4);
    assert!(long.update(b"12345").is_err());
    assert!(matches!(long.update(b"").unwrap_err().fault(), KeyFault::TooLong { limit: 4 }));
    assert!(long.finish().is_err());
    let mut broken = TextHasher::new(100);
    broken.update(b"\xf0\x9f\x98").unwrap();
    assert!(broken.update(b" ").is_err());
    assert!(broken.update(b"abc").is_err() && broken.finish().is_err());
}
