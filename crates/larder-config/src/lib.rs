//! Settings and presets of Larder: one variable instead of twenty-eight.
