use serde_json::Value as Json;

use super::*;

const ALL: &[Codec] = &[
    Codec::MessagePack,
    Codec::Json,
    #[cfg(feature = "postcard")]
    Codec::Postcard,
    #[cfg(feature = "bincode")]
    Codec::Bincode,
];

type Row = Vec<(String, Option<u64>)>;

/// A type that contains itself in every way there is.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Tree {
    Leaf,
    Bough(Box<Tree>),
    Branch(Vec<Tree>),
    Twig { next: Option<Box<Tree>> },
}

/// A type that contains itself without a list or a map between.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Chain(Option<Box<Chain>>);

#[test]
fn a_codec_without_names_is_refused_for_a_type_that_asks_what_comes_next() {
    for codec in ALL {
        codec.check::<Row>().unwrap();
        let checked = codec.check::<Vec<Json>>();
        let names = matches!(codec, Codec::MessagePack | Codec::Json);
        assert_eq!(checked.is_ok(), names, "{codec:?}");
    }
}

#[test]
fn every_codec_brings_back_what_it_took() {
    let value: Row = vec![("Ada".to_owned(), Some(1815_u64)), (String::new(), None)];
    for codec in ALL {
        let payload = codec.encode(&value).unwrap();
        assert_eq!(codec.decode::<Row>(&payload).unwrap(), value, "{codec:?}");
        assert_eq!(Codec::of(codec.id()), Some(*codec));
        for more in [0xc0, b'1', 0] {
            let longer = [&payload[..], &[more]].concat();
            assert!(codec.decode::<Row>(&longer).is_err(), "{codec:?} and {more}");
        }
        for end in 0..payload.len() {
            assert!(codec.decode::<Row>(&payload[..end]).is_err(), "{codec:?} cut after {end}");
        }
    }
}

#[test]
fn every_codec_brings_back_what_contains_itself() {
    let twig = |next| Tree::Twig { next };
    let tree = Tree::Branch(vec![Tree::Leaf, Tree::Bough(Box::new(twig(Some(Box::new(Tree::Leaf))))), twig(None)]);
    for codec in ALL {
        assert_eq!(codec.decode::<Tree>(&codec.encode(&tree).unwrap()).unwrap(), tree, "{codec:?}");
    }
}

#[test]
fn e74_bytes_of_another_type_or_codec_are_corrupt_and_their_text_stays_unsaid() {
    let payload = Codec::Json.encode("a secret").unwrap();
    let own = Codecs::<String>::new(Codec::Json, None);
    for error in [
        Codec::Json.decode::<u64>(&payload).unwrap_err(),
        Codec::MessagePack.decode::<u64>(&payload).unwrap_err(),
        Codec::Application(CodecId(20)).decode::<String>(&payload).unwrap_err(),
        own.decode(CodecId(15), &payload).unwrap_err(),
        own.decode(CodecId(20), &payload).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Links(Vec<Links>);

#[test]
fn b13_a_value_that_holds_itself_too_often_is_refused_before_the_stack_is_full() {
    for codec in ALL {
        let chain = |length| (1..length).fold(Links(Vec::new()), |inner, _| Links(vec![inner]));
        let read = |payload: &[u8]| codec.decode::<Links>(payload);
        // A list and a wrapper around it are two levels for codecs that write both.
        assert!(read(&codec.encode(&chain(60)).unwrap()).is_ok(), "{codec:?}");
        assert!(read(&codec.encode(&chain(150)).unwrap()).is_err(), "{codec:?}");
    }
    for codec in ALL {
        let one = match codec {
            Codec::MessagePack => 0x91,
            Codec::Json => b'[',
            _ => 1,
        };
        assert!(codec.decode::<Links>(&vec![one; 100_000]).is_err(), "{codec:?}");
    }
}

#[test]
fn b10_a_list_that_says_that_it_is_long_has_no_room_made_for_it() {
    let long: &[(Codec, &[u8])] = &[
        (Codec::MessagePack, &[0xdd, 0xff, 0xff, 0xff, 0xff]),
        #[cfg(feature = "postcard")]
        (Codec::Postcard, &[0xff, 0xff, 0xff, 0xff, 0x0f]),
        #[cfg(feature = "bincode")]
        (Codec::Bincode, &[0xfc, 0xff, 0xff, 0x0f, 0]),
    ];
    for (codec, payload) in long {
        let used = allocation_counter::measure(|| {
            codec.decode::<Vec<u64>>(payload).unwrap_err();
        });
        assert!(used.bytes_max < 16 * 1024, "{codec:?}: {} bytes", used.bytes_max);
    }
}

/// `times` times `open`, an end, and `times` times `close`.
fn nested(open: &[u8], end: &[u8], close: &[u8], times: usize) -> Vec<u8> {
    [open.repeat(times), end.to_vec(), close.repeat(times)].concat()
}

#[test]
fn b13_what_nests_too_deep_is_refused_and_overflows_no_stack() {
    for times in [1_000, 100_000, 2_000_000] {
        for json in [nested(b"[", b"", b"]", times), nested(b"{\"a\":", b"1", b"}", times), b"[".repeat(times)] {
            assert!(Codec::Json.decode::<Json>(&json).is_err(), "{times}");
        }
        assert!(Codec::Json.decode::<Tree>(&nested(b"{\"Bough\":", b"\"Leaf\"", b"}", times)).is_err(), "{times}");
        for packed in [nested(b"\x91", b"\x90", b"", times), nested(b"\x81\xa1a", b"\x01", b"", times)] {
            assert!(Codec::MessagePack.decode::<Json>(&packed).is_err(), "{times}");
        }
        for tree in
            [nested(b"\x81\xa5Bough", b"\xa4Leaf", b"", times), nested(b"\x81\xa6Branch\x91", b"\xa4Leaf", b"", times)]
        {
            assert!(Codec::MessagePack.decode::<Tree>(&tree).is_err(), "{times}");
        }
    }
}

#[test]
#[cfg(all(feature = "postcard", feature = "bincode"))]
fn b13_codecs_without_names_refuse_what_nests_too_deep() {
    for times in [1_000, 100_000, 2_000_000] {
        for codec in [Codec::Postcard, Codec::Bincode] {
            for tree in [
                nested(b"\x01", b"\x00", b"", times),
                nested(b"\x02\x01", b"\x00", b"", times),
                nested(b"\x03\x01", b"\x00", b"", times),
            ] {
                assert!(codec.decode::<Tree>(&tree).is_err(), "{codec:?} {times}");
            }
            assert!(codec.decode::<Chain>(&nested(b"\x01", b"\x00", b"", times)).is_err(), "{codec:?} {times}");
        }
    }
}

#[test]
fn b13_the_bound_of_the_depth_is_where_it_is_said_to_be() {
    let lists = |depth: usize| nested(b"\x91", b"\x90", b"", depth - 1);
    assert!(Codec::MessagePack.decode::<Json>(&lists(128)).is_ok());
    assert!(Codec::MessagePack.decode::<Json>(&lists(129)).is_err());
    let text = |depth: usize| nested(b"[", b"", b"]", depth);
    assert!(Codec::Json.decode::<Json>(&text(127)).is_ok());
    assert!(Codec::Json.decode::<Json>(&text(129)).is_err());
}

#[test]
fn b13_as_many_small_lists_as_a_value_may_have_bytes_for_overflow_no_stack() {
    let most = larder_core::envelope::MAX_VALUE;
    let lists = (most - 5) / 4;
    // Wide: a list of as many lists of one number as fit.
    let packed = [&[0xdd][..], &lists.to_be_bytes(), &b"\x91\xcc\xff\xc0".repeat(lists as usize)].concat();
    assert!(Codec::MessagePack.decode::<Json>(&packed).is_err(), "more values than it declares");
    let json = [&b"["[..], &b"[],".repeat(lists as usize / 2), b"[]]"].concat();
    let Json::Array(read) = Codec::Json.decode::<Json>(&json).unwrap() else { unreachable!("it is a list") };
    assert_eq!(read.len(), lists as usize / 2 + 1);
}
