//! The trail of a call: diversions and history as received, and what is added to them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use arbitrary::{Arbitrary, Unstructured};
use presence_sip::limits::VALUE_MAX;
use presence_sip::{DiversionReason, HistoryEntry, HistoryTree, Moved, Place, Uri, diversion};

use super::{invite, with_request};

/// What stands in the request, and what happens to it here.
#[derive(Arbitrary, Debug)]
struct Trail<'a> {
    counters: Vec<Option<u32>>,
    diversions: &'a str,
    history: &'a str,
    ops: Vec<Op>,
}

/// A place is chosen among those that there are.
#[derive(Arbitrary, Debug)]
enum Op {
    Branch(u8, u8),
    Failed(u8, u16),
    Withhold(u8),
}

/// As many of each as are worth trying.
const MOST: usize = 24;

/// Diversions add up and are never lost; a history grows by entries of their own index, each below one that is there.
pub fn sip_trail(bytes: &[u8]) {
    let Ok(trail) = Trail::arbitrary(&mut Unstructured::new(bytes)) else { return };
    check_counters(&trail.counters);
    check_history(&trail);
}

fn check_counters(counters: &[Option<u32>]) {
    let counters = counters.get(..MOST).unwrap_or(counters);
    let mut lines = String::new();
    for counter in counters {
        let counter = counter.map(|counter| format!(";counter={counter}")).unwrap_or_default();
        let _ = write!(lines, "Diversion: <sip:1005@h>;reason=no-answer{counter}\r\n");
    }
    let expected = counters.iter().fold(0_u32, |sum, counter| sum.saturating_add(counter.unwrap_or(1).max(1)));
    let expected = u8::try_from(expected).unwrap_or(u8::MAX);
    with_request(invite(&lines).as_bytes(), |invite| {
        assert_eq!(invite.parts().diversion_count(), expected);
        // One more on top counts as one more.
        let own = format!("Diversion: {}\r\n{lines}", diversion(invite.uri(), DiversionReason::UserBusy));
        with_request(super::invite(&own).as_bytes(), |diverted| {
            assert_eq!(diverted.parts().diversion_count(), expected.saturating_add(1));
            let newest = diverted.parts().diversions().next().expect("an entry").expect("well formed");
            assert_eq!(newest.reason(), DiversionReason::UserBusy);
        });
    });
}

fn check_history(trail: &Trail<'_>) {
    let line = |name: &str, value: &str| {
        let value: String = value.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
        if value.len() > VALUE_MAX { String::new() } else { format!("{name}: {value}\r\n") }
    };
    let lines = line("Diversion", trail.diversions) + &line("History-Info", trail.history);
    let text = invite(&lines);
    let Ok(frame) = presence_sip::Frame::read(text.as_bytes()) else { return };
    let Ok(presence_sip::Message::Request(invite)) = frame.message() else { return };
    let received = invite.parts().history().filter(Result::is_ok).count();
    let mut tree = HistoryTree::received(&invite);
    let mut places = vec![tree.root()];
    let pick = |places: &[Place], at: u8| places.get(usize::from(at) % places.len()).copied();
    let target = Uri::parse("sip:1007@h").expect("a URI");
    for op in trail.ops.iter().take(MOST) {
        match op {
            Op::Branch(from, moved) => {
                let moved = [Moved::Contact, Moved::Mapped, Moved::Same][usize::from(*moved) % 3];
                let Some(from) = pick(&places, *from) else { continue };
                places.push(tree.branch(from, &target, moved));
            }
            Op::Failed(at, code) => {
                let Some(at) = pick(&places, *at) else { continue };
                tree.failed(at, 300 + code % 400);
            }
            Op::Withhold(at) => {
                let Some(at) = pick(&places, *at) else { continue };
                tree.withhold(at);
            }
        }
    }
    let all: Vec<String> = tree.all().collect();
    assert!(all.len() >= received && all.len() >= places.len());
    let own = all.get(all.len() - (places.len() - 1)..).expect("ours stand last");
    let mut indexes = BTreeSet::new();
    for entry in own {
        let entry = HistoryEntry::parse_list(entry).next().expect("an entry").expect("well formed");
        let index = entry.index().expect("an index").into_owned();
        assert!(index.contains('.'), "{index}");
        assert!(indexes.insert(index), "{all:?}");
    }
    for outside in tree.for_outside().all() {
        assert!(!outside.contains(['\r', '\n', '\0']), "{outside:?}");
    }
    for place in &places {
        assert!(tree.to_branch(*place).count() > 0);
    }
}
