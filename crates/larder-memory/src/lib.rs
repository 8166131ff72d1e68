//! Values in this process: bounded, with a lifetime.
