//! Settings that exclude each other.

use crate::document::Document;
use crate::layer::Layer;
use crate::{Finding, Source};

const PAIRS: [(&str, &str); 2] = [("memory_cache_size", "memory_cache_bytes"), ("redis_url", "redis_url_file")];

/// Both of a pair in one source: neither can be preferred, so both go.
pub(crate) fn refuse_both(values: &mut Document, source: &Source, faults: &mut Vec<Finding>) {
    for (one, other) in PAIRS {
        if values.contains_key(one) && values.contains_key(other) {
            let why = format!("stands beside `{other}`, and they exclude each other");
            faults.push(Finding::new(one, source, why, "keep one of them"));
            values.retain(|name, _| name != one && name != other);
        }
    }
}

/// The highest layer that names either of a pair takes both from the layers below.
pub(crate) fn settle(layers: &mut [Layer]) {
    for (one, other) in PAIRS {
        let mut named = false;
        for layer in layers.iter_mut().rev() {
            let names = layer.values.contains_key(one) || layer.values.contains_key(other);
            if named {
                layer.values.retain(|name, _| name != one && name != other);
            }
            named |= names;
        }
    }
}
