//! Hot keys at rest: their text, their file, and the run that reads them.

use std::fs;
use std::io;

use larder_cache::{HotKeyList, HotKeys, LoadContext, WarmFigures};
use larder_core::{CacheKey, ErrorKind, LocalKey};
use proptest::prelude::*;

use crate::common::{Calls, builder, larder};
use crate::origin::Origin;

const TWO: &str = "larder-hot-keys 1\npages\t7\thome\nusers\t3\tada|1\nend 2\n";

fn read(text: impl AsRef<[u8]>) -> larder_core::Result<HotKeyList> {
    HotKeyList::read_from(text.as_ref())
}

fn written(list: &HotKeyList) -> String {
    let mut text = Vec::new();
    list.write_to(&mut text).unwrap();
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn c14_the_next_run_warms_the_keys_that_the_last_one_used_most() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hot-keys");
    assert_eq!(HotKeyList::open(&path).unwrap(), None, "there was no run before");
    let (first, _) = larder();
    let hot = HotKeys::new();
    let cache = builder(&first).build().unwrap();
    hot.watch(&cache).unwrap();
    for key in [("u", 1), ("u", 2), ("u|", 3), ("u", 1), ("u|", 3)] {
        cache.get_or_load(key, Calls::default().bring("value")).await.unwrap();
    }
    hot.list(2).save(&path).unwrap();
    first.close().await;

    let (second, _) = larder();
    let cache = builder(&second).build().unwrap();
    let list = HotKeyList::open(&path).unwrap().unwrap();
    let origin = Origin::open();
    let warmed = cache.warm(list.keys("users")).concurrency(1).run(origin.value()).await.unwrap();
    assert_eq!(warmed.figures, WarmFigures { total: Some(2), loaded: 2, ..WarmFigures::default() });
    assert_eq!(origin.asked(), ["u%7C|3", "u|1"]);
    assert!(cache.get(("u|", 3)).await.unwrap().is_hit());
    assert!(list.keys("others").is_empty());
}

#[test]
fn c14_the_text_of_a_list_is_told_byte_by_byte() {
    let list = read(TWO).unwrap();
    assert_eq!(written(&list), TWO);
    assert_eq!((list.len(), list.top("pages")[0].uses, list.keys("users")[0].as_str()), (2, 7, "ada|1"));
    assert_eq!(written(&HotKeyList::default()), "larder-hot-keys 1\nend 0\n");
    assert!(read("larder-hot-keys 1\nend 0\n").unwrap().is_empty());
}

#[test]
fn c14_what_is_no_whole_list_is_refused_with_the_line_and_what_to_do() {
    let long = format!("larder-hot-keys 1\nusers\t1\t{}\nend 1\n", "k".repeat(2000));
    let cases: [(&[u8], &str); 15] = [
        (b"", "line 1 of the list is wrong: this is no list of hot keys"),
        (b"{\"keys\": []}\n", "line 1 of the list is wrong: this is no list"),
        (b"larder-hot-keys one\n", "line 1 of the list is wrong: this is no list"),
        (b"larder-hot-keys 1", "line 1 of the list is wrong: it has no end"),
        (b"larder-hot-keys 1\n", "line 2 of the list is wrong: the last lines are missing"),
        (b"larder-hot-keys 1\nusers\t3\tada\n", "line 3 of the list is wrong: the last lines are missing"),
        (b"larder-hot-keys 1\nusers\t3\tada\nend 2\n", "line 3 of the list is wrong: it does not say how many"),
        (b"larder-hot-keys 1\nusers\t3\tad", "line 2 of the list is wrong: it has no end"),
        (b"larder-hot-keys 1\nusers ada\n", "line 2 of the list is wrong: it is not the name"),
        (b"larder-hot-keys 1\nus ers\t3\tada\n", "line 2 of the list is wrong: it does not begin with the name"),
        (b"larder-hot-keys 1\nusers\tmany\tada\n", "line 2 of the list is wrong: its uses are no number"),
        (b"larder-hot-keys 1\nusers\t3\ta\tb\n", "line 2 of the list is wrong: its key is"),
        (b"larder-hot-keys 1\nusers\t3\t\xff\n", "line 2 of the list is wrong: it is no UTF-8"),
        (b"larder-hot-keys 1\nend 0\nusers\t3\tada\n", "line 3 of the list is wrong: it stands after the end"),
        (long.as_bytes(), "line 2 of the list is wrong: it is longer than"),
    ];
    for (text, said) in cases {
        let error = read(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.message().starts_with(said), "{error}");
        assert!(error.message().ends_with("remove the file, the next save writes it anew"), "{error}");
        assert!(!error.to_string().contains("ada"), "what stands there is not told: {error}");
    }
}

#[test]
fn c14_another_version_is_unsupported() {
    let error = read("larder-hot-keys 2\nanything\n").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("version: 2, reads: 1"), "{error}");
}

#[test]
fn c14_a_list_of_more_keys_than_a_list_may_have_is_refused() {
    let mut text = "larder-hot-keys 1\n".to_owned();
    text.push_str(&"users\t1\tk\n".repeat(HotKeyList::MAX_KEYS));
    assert_eq!(read(format!("{text}end {}\n", HotKeyList::MAX_KEYS)).unwrap().len(), HotKeyList::MAX_KEYS);
    let error = read(text + "users\t1\tk\n").unwrap_err();
    assert!(error.message().contains("more keys than a list may have"), "{error}");
}

#[test]
fn c14_a_save_replaces_the_file_whole_and_only_the_user_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hot-keys");
    fs::write(&path, "what was there before").unwrap();
    read(TWO).unwrap().save(&path).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), TWO);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);
}

#[test]
fn c14_what_the_file_system_refuses_is_said_and_what_was_there_stays() {
    let folder = tempfile::tempdir().unwrap();
    let error = read(TWO).unwrap().save(folder.path().join("no such folder/hot-keys")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let source = std::error::Error::source(&error).unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(source.kind(), io::ErrorKind::NotFound);
    // A folder stands where the file is to be.
    let taken = folder.path().join("taken");
    fs::create_dir_all(taken.join("inside")).unwrap();
    assert!(read(TWO).unwrap().save(&taken).is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(HotKeyList::open(&taken).unwrap_err().kind(), ErrorKind::Unavailable);
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    assert_eq!(read(TWO).unwrap().write_to(Full).unwrap_err().kind(), ErrorKind::Unavailable);
}

proptest! {
    /// Keys of any characters, as they stand in a cache, come back as they were.
    #[test]
    fn c14_whatever_a_key_is_made_of_it_is_read_as_it_was(
        parts in prop::collection::vec((any::<String>(), any::<u64>()), 1..20),
        uses in any::<u64>(),
    ) {
        let keys: Vec<LocalKey> = parts.iter().filter_map(|(text, number)| (text.as_str(), number).to_local().ok()).collect();
        let lines: String = keys.iter().map(|key| format!("c\t{uses}\t{key}\n")).collect();
        let text = format!("larder-hot-keys 1\n{lines}end {}\n", keys.len());
        let list = read(&text).unwrap();
        prop_assert_eq!(list.keys("c"), keys);
        prop_assert!(list.top("c").iter().all(|hot| hot.uses == uses));
        prop_assert_eq!(written(&list), text);
    }

    /// No bytes make it panic, and a list that lost its end is never taken for a whole one.
    #[test]
    fn c14_whatever_bytes_come_they_are_a_list_or_an_error(bytes in any::<Vec<u8>>(), cut in 0..TWO.len()) {
        let mut text = b"larder-hot-keys 1\n".to_vec();
        text.extend(bytes);
        let _answer = read(text);
        prop_assert!(read(&TWO[..cut]).is_err());
    }
}

#[tokio::test]
async fn c14_a_loader_of_listed_keys_reads_what_it_needs_from_the_key() {
    let (larder, _) = larder();
    let cache = builder(&larder).build().unwrap();
    let list = read("larder-hot-keys 1\nusers\t9\t7\nusers\t1\tgone\nend 2\n").unwrap();
    let load = |context: LoadContext| async move {
        let id: u64 = context.key().as_str().parse().map_err(io::Error::other)?;
        Ok::<_, io::Error>(format!("user {id}"))
    };
    let warmed = cache.warm(list.keys("users")).run(load).await.unwrap();
    assert_eq!((warmed.figures.loaded, warmed.figures.failed), (1, 1));
    assert_eq!(cache.get(7).await.unwrap().value().map(String::as_str), Some("user 7"));
}
