use std::collections::{BTreeMap, HashMap};

use crate::canonical::Canonical;

/// Named values in any order, such as the options of a request.
///
/// Arrays, vectors and slices of pairs, maps, and `()` for none at all are entries:
///
/// ```
/// use larder_key::{Entries, Value};
///
/// let mixed: &dyn Entries = &[("temperature", Value::from(0.2)), ("stop", Value::from(vec!["END"]))];
/// let plain: &dyn Entries = &[("max_length", 100)];
/// let none: &dyn Entries = &();
/// # let _ = (mixed, plain, none);
/// ```
pub trait Entries {
    /// Shows every entry once.
    fn visit<'s>(&'s self, each: &mut dyn FnMut(&'s str, &'s dyn Canonical));
}

impl Entries for () {
    fn visit<'s>(&'s self, _: &mut dyn FnMut(&'s str, &'s dyn Canonical)) {}
}

impl<N: AsRef<str>, V: Canonical> Entries for &[(N, V)] {
    fn visit<'s>(&'s self, each: &mut dyn FnMut(&'s str, &'s dyn Canonical)) {
        for (name, value) in *self {
            each(name.as_ref(), value);
        }
    }
}

impl<N: AsRef<str>, V: Canonical, const LEN: usize> Entries for [(N, V); LEN] {
    fn visit<'s>(&'s self, each: &mut dyn FnMut(&'s str, &'s dyn Canonical)) {
        for (name, value) in self {
            each(name.as_ref(), value);
        }
    }
}

impl<N: AsRef<str>, V: Canonical> Entries for Vec<(N, V)> {
    fn visit<'s>(&'s self, each: &mut dyn FnMut(&'s str, &'s dyn Canonical)) {
        for (name, value) in self {
            each(name.as_ref(), value);
        }
    }
}

impl<N: AsRef<str>, V: Canonical> Entries for BTreeMap<N, V> {
    fn visit<'s>(&'s self, each: &mut dyn FnMut(&'s str, &'s dyn Canonical)) {
        for (name, value) in self {
            each(name.as_ref(), value);
        }
    }
}

impl<N: AsRef<str>, V: Canonical, S> Entries for HashMap<N, V, S> {
    fn visit<'s>(&'s self, each: &mut dyn FnMut(&'s str, &'s dyn Canonical)) {
        for (name, value) in self {
            each(name.as_ref(), value);
        }
    }
}
