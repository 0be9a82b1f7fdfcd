//! Whatever comes, and in whatever order: nothing panics, everything ends, and nothing stays behind.

use proptest::prelude::*;

use super::stage::*;

const DESK: &str = "192.0.2.11:5060";
const APP: &str = "192.0.2.12:5070";
const PLACES: [&str; 5] = [WORLD, DESK, APP, TRUNK, MAILBOX];

/// What the world may do next; numbers choose among what there is.
#[derive(Clone, Debug)]
enum Deed {
    /// Somebody calls.
    Call(u8),
    /// Somebody answers a message that he got.
    Answer(u8, u16),
    /// Somebody sends a message that went to him, or that he sent, back with a byte changed.
    Garble(u8, u16, u8),
    /// A request inside a dialog, as if one stood.
    Inside(u8, u8),
    /// The last caller gives up.
    Cancel,
    Wait(u16),
}

fn deed() -> impl Strategy<Value = Deed> {
    let codes =
        prop::sample::select(vec![100, 180, 183, 200, 200, 302, 404, 407, 408, 430, 481, 486, 487, 503, 603, 699]);
    prop_oneof![
        2 => any::<u8>().prop_map(Deed::Call),
        6 => (any::<u8>(), codes).prop_map(|(which, code)| Deed::Answer(which, code)),
        2 => (any::<u8>(), any::<u16>(), any::<u8>()).prop_map(|(which, at, byte)| Deed::Garble(which, at, byte)),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(which, method)| Deed::Inside(which, method)),
        1 => Just(Deed::Cancel),
        2 => (0_u16..20_000).prop_map(Deed::Wait),
    ]
}

/// What was heard so far, and by whom.
struct World {
    stage: Stage,
    heard: Vec<(&'static str, String)>,
    invite: String,
}

impl World {
    fn listen(&mut self) {
        for place in PLACES {
            self.heard.extend(self.stage.take(place).into_iter().map(|sent| (place, sent.text)));
        }
    }

    fn pick(&self, which: u8) -> Option<(&'static str, String)> {
        let count = self.heard.len();
        (count > 0).then(|| self.heard[count - 1 - usize::from(which) % count.min(12)].clone())
    }

    fn play(&mut self, deed: Deed) {
        match deed {
            Deed::Call(which) => {
                let to = ["1001", "1002", "1004", "1005", "1007", "1008"][usize::from(which) % 6];
                self.invite = self.stage.call(to);
            }
            Deed::Answer(which, code) => {
                let Some((place, text)) = self.pick(which).filter(|(_, text)| !text.starts_with("SIP/2.0")) else {
                    return;
                };
                self.stage.say(place, &text, code);
            }
            Deed::Garble(which, at, byte) => {
                let Some((place, text)) = self.pick(which) else { return };
                let mut bytes = text.into_bytes();
                let at = usize::from(at) % bytes.len();
                bytes[at] = byte & 0x7F;
                self.stage.send(place, &String::from_utf8(bytes).unwrap());
            }
            Deed::Inside(which, method) => {
                let Some((_, text)) =
                    self.pick(which).filter(|(_, text)| text.starts_with("SIP/2.0 2") && text.contains("Contact: "))
                else {
                    return;
                };
                let method = ["ACK", "BYE", "INVITE", "INFO"][usize::from(method) % 4];
                self.stage.send(WORLD, &by_caller(&text, method, 2, WORLD, &format!("x{which}{method}")));
            }
            Deed::Cancel => {
                let cancel = self.invite.replace("INVITE ", "CANCEL ").replace("1 INVITE", "1 CANCEL");
                self.stage.send(WORLD, &cancel);
            }
            Deed::Wait(millis) => self.stage.wait(millis.into()),
        }
        self.listen();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_everything_ends(deeds in prop::collection::vec(deed(), 1..60)) {
        let mut stage = Stage::new();
        for (user, at) in [("1001", DESK), ("1001", APP), ("1002", DESK), ("1002", APP), ("1004", DESK), ("1007", APP)] {
            let _ = stage.register(user, at, "");
        }
        let mut world = World { stage, heard: Vec::new(), invite: String::new() };
        deeds.into_iter().for_each(|deed| world.play(deed));
        world.stage.wait(5 * 3600 * 1000);
        prop_assert_eq!((world.stage.pbx.calls.len(), world.stage.pbx.transactions.len()), (0, 0));
    }
}
