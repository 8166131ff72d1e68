//! Store layers: one property each over any store.
