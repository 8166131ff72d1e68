//! How many bytes a value weighs.

use std::io::{self, Write};
use std::sync::Arc;

use crate::value::Value;

/// Tells the bytes of a key and its value.
pub(crate) type Weigher<V> = Arc<dyn Fn(&str, &V) -> u64 + Send + Sync>;

/// The weigher of caches that have none of their own: the key, and the value as MessagePack.
pub(crate) fn encoded<V: Value>() -> Weigher<V> {
    Arc::new(|key, value| {
        let mut bytes = Counter(key.len() as u64);
        // A value that cannot be encoded still takes the room of its type.
        let encoded = rmp_serde::encode::write_named(&mut bytes, value).is_ok();
        bytes.0 + if encoded { 0 } else { size_of::<V>() as u64 }
    })
}

/// Counts what is written to it.
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_weighs_what_it_takes_as_bytes() {
        let weigh = encoded::<Vec<String>>();
        let light = weigh("k", &vec!["x".repeat(10)]);
        assert_eq!(weigh("key", &vec!["x".repeat(10)]), light + 2);
        assert_eq!(weigh("k", &vec!["x".repeat(30)]), light + 20);
        assert!((12..20).contains(&light), "{light}");
    }
}
