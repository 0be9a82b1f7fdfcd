//! What a leg does, as people write it: `answer@7`, `pickup@3,confirm@6`, `redirect@2:extension:1003`.

use std::fmt;
use std::str::FromStr;

use presence_core::Destination;
use presence_eval::LegOutcome;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What one leg does, each in seconds from its own start; nothing at all for a leg that rings out.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Script(Vec<(u64, LegOutcome)>);

impl Script {
    /// A leg that does these things.
    #[must_use]
    pub const fn new(outcomes: Vec<(u64, LegOutcome)>) -> Self {
        Self(outcomes)
    }

    /// What it does, in order.
    #[must_use]
    pub fn outcomes(&self) -> &[(u64, LegOutcome)] {
        &self.0
    }
}

impl FromStr for Script {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "no_answer" {
            return Ok(Self::default());
        }
        text.split(',').map(outcome).collect::<Option<_>>().map(Self).ok_or_else(|| {
            format!(
                "a leg does `no_answer`, `answer@7`, `pickup@3`, `pickup@3,confirm@6`, `busy@0`, `decline@4`, `unreachable@1` or \
                 `redirect@2:extension:1003`, got `{text}`"
            )
        })
    }
}

fn outcome(text: &str) -> Option<(u64, LegOutcome)> {
    let (what, rest) = text.trim().split_once('@')?;
    let (secs, to) = rest.split_once(':').map_or((rest, None), |(secs, to)| (secs, Some(to)));
    let outcome = match (what, to) {
        ("answer" | "pickup", None) => LegOutcome::Answered,
        ("confirm", None) => LegOutcome::Confirmed,
        ("busy", None) => LegOutcome::Busy,
        ("decline", None) => LegOutcome::Declined,
        ("unreachable", None) => LegOutcome::Unreachable,
        ("redirect", Some(to)) => LegOutcome::Deflected(to.parse::<Destination>().ok()?),
        _ => return None,
    };
    Some((secs.parse().ok()?, outcome))
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("no_answer");
        }
        for (n, (secs, outcome)) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str(",")?;
            }
            match outcome {
                LegOutcome::Answered => write!(f, "pickup@{secs}")?,
                LegOutcome::Confirmed => write!(f, "confirm@{secs}")?,
                LegOutcome::Busy => write!(f, "busy@{secs}")?,
                LegOutcome::Declined => write!(f, "decline@{secs}")?,
                LegOutcome::Unreachable => write!(f, "unreachable@{secs}")?,
                LegOutcome::Deflected(to) => write!(f, "redirect@{secs}:{to}")?,
                LegOutcome::Ringing => write!(f, "ringing@{secs}")?,
                LegOutcome::NoAnswer => write!(f, "no_answer@{secs}")?,
            }
        }
        Ok(())
    }
}

impl Serialize for Script {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Script {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
