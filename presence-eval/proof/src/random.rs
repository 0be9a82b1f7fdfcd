//! Random tenants and calls: the evaluator does what the model says.

use std::ops::Range;

use presence_vectors::generate;
use serde_json::Value;

use crate::differ::{compile, difference};

/// Calls to each tenant: compiling one takes longer than playing a call.
pub const CALLS: u64 = 32;

/// What was compared.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Compared {
    /// Tenants that compiled.
    pub tenants: u64,
    /// Tenants that did not, and are not counted above.
    pub refused: u64,
    /// Calls that went as the model says.
    pub calls: u64,
}

/// Plays [`CALLS`] calls to the tenant of each seed; `progress` is asked after each tenant.
///
/// # Errors
/// The smallest case that still differs, and how.
pub fn compare(seeds: Range<u64>, mut progress: impl FnMut(u64, &Compared)) -> Result<Compared, String> {
    let mut compared = Compared::default();
    for seed in seeds {
        let mut case = generate::case(seed);
        match compile(&case) {
            None => compared.refused += 1,
            Some(directory) => {
                compared.tenants += 1;
                for call in 0..CALLS {
                    if call > 0 {
                        generate::recall(&mut case, seed.wrapping_mul(CALLS).wrapping_add(call));
                    }
                    if difference(&case, &directory).is_some() {
                        return Err(told(seed, &case));
                    }
                    compared.calls += 1;
                }
            }
        }
        progress(seed, &compared);
    }
    Ok(compared)
}

/// A case that differs, as small as it gets.
fn told(seed: u64, case: &Value) -> String {
    let differs = |case: &Value| difference(case, &compile(case)?);
    let small = generate::shrink(case, &mut |case| differs(case).is_some());
    format!("seed {seed}:\n{small:#}\n{}", differs(&small).unwrap_or_default())
}
