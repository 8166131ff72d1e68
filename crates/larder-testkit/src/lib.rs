//! The store contract as tests, a clock that tests move, faults, a canary scanner.
