//! The README and the guide, compiled: every snippet in them is a doctest.
