//! Criterion targets and recorded baselines.
