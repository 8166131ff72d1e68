//! The engine of Larder: named, typed caches with single flight and fencing.
