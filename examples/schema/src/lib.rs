//! The JSON Schema of the configuration is written by a test of this package: see `tests/drift.rs`.
