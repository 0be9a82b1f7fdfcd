//! Properties that hold for every input.
//!
//! Each is a function of bytes that panics where it does not hold. A target in `fuzz_targets/` hands it what libFuzzer makes
//! up; the tests below hand it every file that was kept: `corpus/` holds what reaches different code, `regressions/` what once
//! went wrong, by a name that says what.

mod config;
mod session;

pub use config::config;
pub use session::session;

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
    fn config() {
        replay("config", super::config);
    }

    #[test]
    fn session() {
        replay("session", super::session);
    }
}
