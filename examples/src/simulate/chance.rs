//! Calls that chance makes: whoever calls whom, and whatever the world does then.

use presence_core::{
    Destination, DeviceState, Extension, ExtensionNumber, Group, Instant, Lookup as _, ManualChoice, Origin,
    PhoneNumber, Presence, Reach, Until,
};
use presence_eval::{CallEvent, Caller, LegOutcome, LegTarget, Snapshot};
use presence_vectors::{Played, Script, play_with};

use crate::route::ask::calendar_of;
use crate::source::Loaded;

/// A tenant, and the chance that makes its calls: the same seed makes the same ones on every machine.
pub(super) struct Chance<'a> {
    loaded: &'a Loaded,
    /// The first of them, and all.
    first: ExtensionNumber,
    callees: Vec<ExtensionNumber>,
    seed: u64,
    /// What the devices of an extension may be doing, one row picked for each extension and call.
    rows: Vec<Vec<DeviceState>>,
    /// What may have been chosen by hand.
    choices: Vec<ManualChoice>,
}

/// A call that chance made.
pub(super) struct Made {
    pub(super) event: CallEvent,
    pub(super) zone: chrono_tz::Tz,
    pub(super) played: Played,
}

/// Callers from outside have Berlin numbers of the range that is kept for stories.
const OUTSIDE: &str = "+493023125";
/// 2026-01-01T00:00:00Z: the year in which chance calls.
const YEAR_START: u64 = 1_767_225_600;

impl<'a> Chance<'a> {
    /// Nothing where nobody can be called.
    pub(super) fn new(loaded: &'a Loaded, seed: u64) -> Option<Self> {
        const ROWS: usize = 256;

        let directory = &loaded.directory;
        let extensions = directory.extensions().iter().map(Extension::number);
        let callees: Vec<_> = extensions.chain(directory.tenant().groups().iter().map(Group::number)).collect();
        let mut dice = Dice(mix(seed));
        let row = |_| (0..presence_core::limits::DEVICES_MAX).map(|_| device(&mut dice)).collect();
        let rows = (0..ROWS).map(row).collect();
        let choice = |profile: &presence_core::Profile| ManualChoice {
            profile: profile.name().clone(),
            chosen_at: Instant::MIN,
            until: Until::Cleared,
        };
        let choices = directory.tenant().profiles().map(choice).collect();
        Some(Self { loaded, first: *callees.first()?, callees, seed, rows, choices })
    }

    /// Plays the `n`-th call, whatever was played before it.
    pub(super) fn play(&self, n: u64) -> Made {
        let directory = &self.loaded.directory;
        let mut dice = Dice(mix(self.seed) ^ mix(n.wrapping_add(1)));
        let callee = dice.one_of(&self.callees).unwrap_or(&self.first).as_phone();
        let (origin, number) = self.caller(&mut dice);
        let event = CallEvent {
            seed: dice.roll(),
            caller: Caller { number, name: None, anonymous: dice.percent(5) },
            ..CallEvent::new(callee, origin, moment(&mut dice))
        };
        let zone = calendar_of(directory, callee).map_or(self.loaded.zone, presence_core::calendar::Calendar::zone);
        let luck = Luck { chance: self, seed: dice.roll() };
        let hangup = dice.percent(8).then(|| dice.below(60) + 3);
        let played = play_with(event.clone(), directory, &luck, hangup, |leg| self.script(leg, &mut dice));
        Made { event, zone, played }
    }

    fn caller(&self, dice: &mut Dice) -> (Origin, Option<PhoneNumber>) {
        let inside = dice.percent(30);
        match dice.one_of(self.loaded.directory.extensions()) {
            Some(extension) if inside => (Origin::Internal, Some(extension.number().as_phone())),
            _ => (Origin::External, format!("{OUTSIDE}{:03}", dice.below(1000)).parse().ok()),
        }
    }

    /// What a leg does.
    fn script(&self, leg: &LegTarget, dice: &mut Dice) -> Script {
        let is_device = matches!(leg, LegTarget::Device { .. });
        let secs = dice.below(25) + 1;
        let outcomes = match dice.below(100) {
            0..40 => vec![(secs, LegOutcome::Answered), (secs + 2, LegOutcome::Confirmed)],
            // A mailbox that picks up the mobile, where an answer must be confirmed.
            40..44 if !is_device => vec![(secs, LegOutcome::Answered)],
            44..54 => vec![(secs % 3, LegOutcome::Busy)],
            54..60 => vec![(secs, LegOutcome::Declined)],
            60..66 => vec![(0, LegOutcome::Unreachable)],
            66..69 => {
                let to = dice.one_of(self.loaded.directory.extensions()).map(Extension::number);
                to.map(|to| vec![(secs, LegOutcome::Deflected(Destination::Extension(to)))]).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        Script::new(outcomes)
    }
}

/// What the host knows in one call.
struct Luck<'c, 'a> {
    chance: &'c Chance<'a>,
    seed: u64,
}

impl Snapshot for Luck<'_, '_> {
    fn presence(&self, extension: &Extension) -> Presence<'_> {
        let digits = extension.number().to_string().bytes().fold(self.seed, |seed, digit| mix(seed ^ u64::from(digit)));
        let mut dice = Dice(digits);
        let devices = dice.one_of(&self.chance.rows).map_or(&[][..], Vec::as_slice);
        let manual = dice.one_of(&self.chance.choices);
        Presence { devices, manual: manual.filter(|_| dice.percent(15)), forwards: &[] }
    }
}

fn device(dice: &mut Dice) -> DeviceState {
    let reach = match dice.below(100) {
        0..8 => Reach::Gone,
        8..20 => Reach::Wakeable,
        _ => Reach::Live,
    };
    DeviceState { reach, active: u8::from(dice.percent(15)) }
}

/// A moment in the year, mostly by day.
fn moment(dice: &mut Dice) -> Instant {
    let hour = if dice.percent(80) { 7 + dice.below(11) } else { dice.below(24) };
    let secs = YEAR_START + dice.below(365) * 86_400 + hour * 3600 + dice.below(3600);
    i64::try_from(secs).ok().and_then(Instant::from_unix_secs).unwrap_or(Instant::MIN)
}

/// SplitMix64, as the draw of devices uses it.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        let rolled = mix(self.0);
        self.0 = self.0.wrapping_add(GOLDEN);
        rolled
    }

    /// 0 to `end` - 1.
    fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.roll()) * u128::from(end)) >> 64) as u64
    }

    fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn one_of<'t, T>(&mut self, all: &'t [T]) -> Option<&'t T> {
        all.get(self.below(all.len() as u64) as usize)
    }
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(state: u64) -> u64 {
    let z = state.wrapping_add(GOLDEN);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
