//! Properties that hold for every input.
//!
//! Each is a function of bytes that panics where it does not hold. A target in `fuzz_targets/` hands it what libFuzzer makes
//! up; the tests below hand it every file that was kept: `corpus/` holds what reaches different code, `regressions/` what once
//! went wrong, by a name that says what.

mod calendar;
mod config;
mod decide;
mod model;
mod numbers;
mod scene;
mod session;
mod sip;

pub use calendar::calendar;
pub use config::{config_json, config_toml};
pub use decide::decision;
pub use model::against_model;
pub use numbers::numbers;
pub use session::session;
pub use sip::{sip_encode, sip_message, sip_trail, sip_values};

#[cfg(test)]
mod tests {
    use std::fs;
    use std::panic;
    use std::path::Path;

    /// Runs a property over every file kept for it; at least one must be.
    fn replay(target: &str, property: fn(&[u8])) {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut replayed = 0;
        for kept in ["corpus", "regressions"] {
            let Ok(files) = fs::read_dir(here.join(kept).join(target)) else { continue };
            for file in files {
                let path = file.unwrap().path();
                let bytes = fs::read(&path).unwrap();
                let held = panic::catch_unwind(|| property(&bytes));
                assert!(held.is_ok(), "the property does not hold for {}", path.display());
                replayed += 1;
            }
        }
        assert!(replayed > 0, "nothing is kept for {target}");
        println!("{target}: {replayed} inputs replayed");
    }

    #[test]
    fn config_toml() {
        replay("config_toml", super::config_toml);
    }

    #[test]
    fn config_json() {
        replay("config_json", super::config_json);
    }

    #[test]
    fn calendar() {
        replay("calendar", super::calendar);
    }

    #[test]
    fn numbers() {
        replay("numbers", super::numbers);
    }

    #[test]
    fn decide() {
        replay("decide", super::decision);
    }

    #[test]
    fn session() {
        replay("session", super::session);
    }

    #[test]
    fn against_model() {
        replay("against_model", super::against_model);
    }

    #[test]
    fn sip_message() {
        replay("sip_message", super::sip_message);
    }

    #[test]
    fn sip_values() {
        replay("sip_values", super::sip_values);
    }

    #[test]
    fn sip_encode() {
        replay("sip_encode", super::sip_encode);
    }

    #[test]
    fn sip_trail() {
        replay("sip_trail", super::sip_trail);
    }
}
