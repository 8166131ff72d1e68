//! The words and the contract of Larder: keys, entries, stores, outcomes, events.
