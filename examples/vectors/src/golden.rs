//! One digest of many calls: the same on every machine, in every environment, and after everything was stored and read again.

use presence_core::calendar::Zones;
use presence_core::{Directory, Elapsed, raw};
use presence_eval::{CallEvent, CallSession, PresenceTable, Step, Trace};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::case::CallCase;
use crate::generate;
use crate::play::{Played, play};

/// Calls to each tenant.
const CALLS: u64 = 50;

/// How the same calls are told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Told {
    /// As they are.
    Plainly,
    /// Tenant, event and snapshot, and the session before each input, go through JSON.
    Stored,
    /// The tenant is written in another order, where order has no meaning.
    Shuffled,
}

/// The digest of so many calls: of every step with its time, and of every reason.
///
/// # Errors
/// Where something does not read again, in words.
pub fn digest(calls: u64, told: Told) -> Result<u64, String> {
    let mut zones = Zones::default();
    let mut digest = Digest::default();
    for seed in 0..calls.div_ceil(CALLS) {
        let mut case = generate::case(seed);
        let tenant = case.get("tenant").cloned().unwrap_or_default();
        let tenant = if told == Told::Shuffled { generate::reordered(&tenant) } else { tenant };
        let document: raw::Document = serde_json::from_str(&tenant.to_string()).map_err(|error| error.to_string())?;
        let mut directory = Directory::compile_with(document, &mut zones).map_err(|problems| problems.to_string())?;
        if told == Told::Stored {
            let written = stored(&directory.to_raw())?;
            directory = Directory::compile_with(written.into(), &mut zones).map_err(|problems| problems.to_string())?;
        }
        for call in (seed * CALLS..calls).take(CALLS as usize) {
            generate::recall(&mut case, call);
            one(&case, &directory, told, &mut digest)?;
        }
    }
    Ok(digest.0)
}

fn one(case: &Value, directory: &Directory, told: Told, digest: &mut Digest) -> Result<(), String> {
    let case: CallCase = serde_json::from_str(&case.to_string()).map_err(|error| error.to_string())?;
    let mut event = case.call.as_ref().ok_or("no call")?.event().map_err(|error| error.to_string())?;
    let mut snapshot = case.presence(directory);
    if told == Told::Stored {
        (event, snapshot) = stored(&(event, snapshot))?;
    }
    let mut played = play(event.clone(), directory, &snapshot, &case.world()?);
    if told == Told::Stored {
        played = again(event, directory, &snapshot, played)?;
    }
    for step in &played.steps {
        digest.eat(&serde_json::to_vec(step).map_err(|error| error.to_string())?);
    }
    digest.eat(played.trace.to_string().as_bytes());
    Ok(())
}

/// The same call, stored before each input and restored.
fn again(event: CallEvent, directory: &Directory, snapshot: &PresenceTable, played: Played) -> Result<Played, String> {
    let mut trace = Trace::new();
    let (mut call, step) = CallSession::start(event, directory, snapshot, &mut trace);
    let mut steps: Vec<(Elapsed, Step)> = vec![(Elapsed::ZERO, step)];
    for (now, input) in &played.inputs {
        call = stored(&call)?;
        let (now, input) = stored(&(*now, input.clone()))?;
        steps.push((now, stored(&call.handle(input, now, directory, snapshot, &mut trace))?));
    }
    Ok(Played { steps, trace: stored(&trace)?, ..played })
}

/// A value written as JSON and read again.
fn stored<T: DeserializeOwned + Serialize>(value: &T) -> Result<T, String> {
    let text = serde_json::to_string(value).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))
}

/// FNV-1a of 64 bits.
#[derive(Clone, Copy, Debug)]
struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Digest {
    fn eat(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }
}
