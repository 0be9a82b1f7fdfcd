//! Laws that every call keeps, whatever the tenant has configured and the world does.
//!
//! `PROPTEST_CASES=100000 cargo test --release -p presence-eval --test laws` holds them against more. What breaks a law is kept in
//! `laws.proptest-regressions`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says no by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use std::time::Duration;

use presence_core::{
    Condition, Destination, DeviceState, Directory, Extension, ExtensionNumber, ForwardOverride, Instant, Lookup as _,
    ManualChoice, Reach, Until, raw,
};
use presence_eval::{
    CallEvent, CallSession, Elapsed, Input, LegId, LegOutcome, LegTarget, PresenceTable, Reason, RingBound, Sink,
    Snapshot as _, Step, Trace, Wait,
};
use presence_proof::Watch;
use presence_vectors::{CallCase, generate};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::FileFailurePersistence;
use serde_json::Value;

/// How many tenants the calls are for: compiling one takes longer than playing a call.
const TENANTS: u64 = 24;

struct Tenant {
    case: Value,
    directory: Directory,
    /// The same, written down in another order where order has no meaning.
    shuffled: Directory,
    bound: RingBound,
}

fn tenants() -> &'static [Tenant] {
    static TENANTS_ONCE: OnceLock<Vec<Tenant>> = OnceLock::new();
    TENANTS_ONCE.get_or_init(|| {
        let tenant = |seed| {
            let case = generate::case(seed);
            let compile = |tenant: &Value| {
                let document: raw::Document = serde_json::from_str(&tenant.to_string()).unwrap();
                Directory::compile(document).unwrap_or_else(|problems| panic!("seed {seed}: {problems}"))
            };
            let directory = compile(&case["tenant"]);
            let bound = RingBound::of(&directory);
            Tenant { shuffled: compile(&generate::reordered(&case["tenant"])), case, directory, bound }
        };
        (0..TENANTS).map(tenant).collect()
    })
}

/// Something that happens to a call, drawn blindly.
#[derive(Clone, Debug)]
enum Op {
    /// So many milliseconds pass, though no deadline does.
    Wait(u64),
    /// A leg comes to something: the one of this number, or one that nobody knows.
    Leg(u32, LegOutcome),
    /// The deadline is handed in when it comes.
    Deadline,
    /// It is handed in at once.
    EarlyDeadline,
    /// It comes, but the host is so many milliseconds late.
    Late(u64),
    Hangup,
    /// A device does something else.
    Device(usize, DeviceState),
    /// Somebody chooses a profile.
    Choose(usize, &'static str),
    /// Somebody sets a forward, or cancels one.
    Set(usize, &'static str, Condition, Option<Destination>),
}

const PROFILES: [&str; 5] = ["available", "away", "busy", "dnd", "nonesuch"];

const PLACES: [&str; 15] = [
    "extension:1000",
    "extension:1001",
    "extension:1002",
    "extension:1003",
    "extension:9999",
    "group:6300",
    "group:6301",
    "external:+15550199",
    "external:+15559000",
    "external:112",
    "mobile",
    "voicemail",
    "voicemail:1001",
    "ivr:main",
    "hangup",
];

fn destination() -> impl Strategy<Value = Destination> {
    select(&PLACES[..]).prop_map(|text| text.parse().unwrap())
}

fn outcome() -> impl Strategy<Value = LegOutcome> {
    prop_oneof![
        1 => Just(LegOutcome::Ringing),
        1 => Just(LegOutcome::Answered),
        1 => Just(LegOutcome::Confirmed),
        4 => Just(LegOutcome::Busy),
        1 => Just(LegOutcome::Declined),
        4 => Just(LegOutcome::Unreachable),
        2 => Just(LegOutcome::NoAnswer),
        2 => destination().prop_map(LegOutcome::Deflected),
    ]
}

fn device_state() -> impl Strategy<Value = DeviceState> {
    let reach = select(&[Reach::Live, Reach::Wakeable, Reach::Gone][..]);
    (reach, 0_u8..3).prop_map(|(reach, active)| DeviceState { reach, active })
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => (0_u64..20_000).prop_map(Op::Wait),
        6 => (0_u32..12, outcome()).prop_map(|(leg, outcome)| Op::Leg(leg, outcome)),
        6 => Just(Op::Deadline),
        1 => Just(Op::EarlyDeadline),
        1 => (0_u64..9_000).prop_map(Op::Late),
        1 => Just(Op::Hangup),
        5 => (0_usize..8, device_state()).prop_map(|(device, state)| Op::Device(device, state)),
        1 => (0_usize..4, select(&PROFILES[..])).prop_map(|(extension, profile)| Op::Choose(extension, profile)),
        1 => (0_usize..4, select(&PROFILES[..]), select(&Condition::ALL[..]), proptest::option::of(destination()))
            .prop_map(|(extension, profile, condition, to)| Op::Set(extension, profile, condition, to)),
    ]
}

/// A call and what happens to it.
#[derive(Clone, Debug)]
struct Story {
    tenant: u64,
    call: u64,
    ops: Vec<Op>,
}

fn story() -> impl Strategy<Value = Story> {
    let ops = proptest::collection::vec(op(), 0..40);
    (0..TENANTS, any::<u64>(), ops).prop_map(|(tenant, call, ops)| Story { tenant, call, ops })
}

impl Story {
    fn tenant(&self) -> &'static Tenant {
        &tenants()[usize::try_from(self.tenant).unwrap()]
    }

    fn case(&self) -> CallCase {
        serde_json::from_str(&generate::another_call(&self.tenant().case, self.call).to_string()).unwrap()
    }

    fn event(&self) -> CallEvent {
        self.case().call.unwrap().event().unwrap()
    }

    /// The whole call, at most so many things of the story in it; afterwards only deadlines come, if it is told to its end.
    fn told(&self, things: usize, told: Told) -> Account {
        let directory = &self.tenant().directory;
        let mut table = self.case().presence(directory);
        let event = self.event();
        let mut trace = Trace::new();
        let (mut call, step) = match told {
            Told::WithoutTrace => CallSession::start(event, directory, &table, &mut ()),
            _ => CallSession::start(event, directory, &table, &mut trace),
        };
        let mut account = Account { moments: Vec::new(), late: false, trace };
        account.moments.push(Moment { now: Elapsed::ZERO, input: None, table: table.clone(), step });
        let mut ops = self.ops.iter().take(things);
        let mut now = Elapsed::ZERO;
        loop {
            let wait = account.moments.last().unwrap().step.wait.clone();
            let op = match (ops.next(), &wait) {
                (Some(op), _) => op,
                (None, Wait::Until(_)) if things == usize::MAX => &Op::Deadline,
                (None, _) => return account,
            };
            let deadline = match wait {
                Wait::Until(deadline) => deadline.max(now),
                Wait::Ended(_) => now,
            };
            let input = match op {
                Op::Wait(millis) => {
                    now = now.saturating_add(Elapsed::from_millis(*millis)).min(deadline);
                    continue;
                }
                Op::Leg(leg, outcome) => Input::Leg(leg_id(*leg), outcome.clone()),
                Op::Deadline => {
                    now = deadline;
                    Input::Deadline
                }
                Op::EarlyDeadline => Input::Deadline,
                Op::Late(millis) => {
                    account.late = true;
                    now = deadline.saturating_add(Elapsed::from_millis(*millis));
                    Input::Deadline
                }
                Op::Hangup => Input::Hangup,
                op => {
                    learn(op, directory, &mut table);
                    Input::Snapshot
                }
            };
            if told == Told::Stored {
                let json: CallSession = serde_json::from_str(&serde_json::to_string(&call).unwrap()).unwrap();
                assert_eq!(json, call);
                call = postcard::from_bytes(&postcard::to_allocvec(&json).unwrap()).unwrap();
                assert_eq!(json, call);
            }
            let step = match told {
                Told::WithoutTrace => call.handle(input.clone(), now, directory, &table, &mut ()),
                _ => call.handle(input.clone(), now, directory, &table, &mut account.trace),
            };
            account.moments.push(Moment { now, input: Some(input), table: table.clone(), step });
            // Each deadline rings out a leg, and no call has more legs than that.
            assert!(
                account.moments.len() <= self.ops.len() + presence_eval::limits::CALL_LEGS_MAX as usize + 1,
                "it never ends"
            );
        }
    }
}

/// How a call is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Told {
    Plainly,
    /// Stored before each input, as text and as bytes, and restored.
    Stored,
    WithoutTrace,
}

fn leg_id(leg: u32) -> LegId {
    serde_json::from_value(leg.into()).unwrap()
}

fn learn(op: &Op, directory: &Directory, table: &mut PresenceTable) {
    let extension = |at: &usize| &directory.extensions()[*at];
    match op {
        Op::Device(at, state) => {
            let devices =
                directory.extensions().iter().flat_map(|it| it.devices().iter().map(move |device| (it, device)));
            if let Some((extension, device)) = devices.collect::<Vec<_>>().get(*at) {
                assert!(table.set_device(extension, device.id(), *state));
            }
        }
        Op::Choose(at, profile) => {
            let chosen_at = "2026-03-02T09:59:00Z".parse().unwrap();
            let choice = ManualChoice { profile: profile.parse().unwrap(), chosen_at, until: Until::Cleared };
            table.set_manual(extension(at).number(), Some(choice));
        }
        Op::Set(at, profile, condition, to) => {
            let set = ForwardOverride { profile: profile.parse().unwrap(), condition: *condition, to: to.clone() };
            table.set_forwards(extension(at).number(), vec![set]);
        }
        op => panic!("nothing to learn from {op:?}"),
    }
}

/// What happened in a call.
#[derive(Clone, Debug)]
struct Account {
    moments: Vec<Moment>,
    /// Whether a deadline was handed in too late.
    late: bool,
    trace: Trace,
}

/// What was handed in, what was known then, and what was answered.
#[derive(Clone, Debug)]
struct Moment {
    now: Elapsed,
    input: Option<Input>,
    table: PresenceTable,
    step: Step,
}

impl Account {
    fn steps(&self) -> Vec<&Step> {
        self.moments.iter().map(|moment| &moment.step).collect()
    }
}

/// Whom nobody may ring: who accepts no calls, or sends them to the mailbox, but for an exception or an emergency (C6-C9).
fn nobody_rings_who_does_not_accept(account: &Account, event: &CallEvent, directory: &Directory) {
    let mut treated: BTreeMap<ExtensionNumber, (String, bool)> = BTreeMap::new();
    let mut last = None;
    for (_, reason) in &account.trace {
        match reason {
            Reason::Profile { of, profile, .. } => {
                treated.insert(*of, (profile.to_string(), false));
                last = Some(*of);
            }
            Reason::Exception { action: presence_eval::Treatment::Ring, .. } => {
                treated.get_mut(&last.expect("a profile")).expect("treated").1 = true;
            }
            Reason::Ring { target: LegTarget::Device { of, id }, .. } => {
                let (profile, rings_through) = &treated[of];
                let profile = directory.tenant().profile(directory.extension(*of).unwrap(), profile).unwrap();
                let accepts = profile.accept_calls() && !profile.direct_to_voicemail();
                assert!(accepts || *rings_through || event.is_urgent(), "{id} rings though {of} does not accept");
            }
            _ => {}
        }
    }
}

fn regressions(cases: u32) -> ProptestConfig {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/laws.proptest-regressions");
    ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(file))),
        ..ProptestConfig { cases: ProptestConfig::default().cases.max(cases), ..ProptestConfig::default() }
    }
}

proptest! {
    #![proptest_config(regressions(600))]

    #[test]
    fn every_call_keeps_its_promises(story in story()) {
        let account = story.told(usize::MAX, Told::Plainly);
        let (event, directory) = (story.event(), &story.tenant().directory);
        let mut watch = Watch::new(event.clone());
        for Moment { now, input, table, step } in &account.moments {
            watch.see(input.as_ref(), *now, directory, table, step);
        }
        prop_assert!(watch.ended().is_some(), "every call ends");
        nobody_rings_who_does_not_accept(&account, &event, directory);
    }

    #[test]
    fn no_call_outlasts_its_bound(mut story in story()) {
        // A deadline that is handed in late, and an outcome in its place, is the host's own time.
        story.ops.retain(|op| !matches!(op, Op::Late(_)));
        let account = story.told(usize::MAX, Told::Plainly);
        let end = account.moments.iter().find(|moment| matches!(moment.step.wait, Wait::Ended(_))).unwrap().now;
        let bound = story.tenant().bound.call(&story.event());
        prop_assert!(end <= bound, "{} > {}", end, bound);
    }

    #[test]
    fn a_stored_call_goes_on_identically(story in story()) {
        let (plain, stored) = (story.told(usize::MAX, Told::Plainly), story.told(usize::MAX, Told::Stored));
        prop_assert_eq!(plain.steps(), stored.steps());
        prop_assert_eq!(plain.trace, stored.trace);
    }

    #[test]
    fn nobody_listening_changes_nothing(story in story()) {
        let (plain, silent) = (story.told(usize::MAX, Told::Plainly), story.told(usize::MAX, Told::WithoutTrace));
        prop_assert_eq!(plain.steps(), silent.steps());
    }

    #[test]
    fn a_prefix_of_what_happens_gives_a_prefix_of_the_answers(story in story(), things in 0_usize..40) {
        let (whole, part) = (story.told(usize::MAX, Told::Plainly), story.told(things, Told::Plainly));
        prop_assert!(whole.steps().starts_with(&part.steps()));
        let lines = part.trace.iter().count();
        prop_assert!(whole.trace.iter().take(lines).eq(part.trace.iter()));
    }

    #[test]
    fn order_without_meaning_has_none(story in story()) {
        let (case, tenant) = (story.case(), story.tenant());
        prop_assert_eq!(case.play(&tenant.directory), case.play(&tenant.shuffled));
    }
}

/// An extension of one of the tenants, with a choice made for it.
fn choice() -> impl Strategy<Value = (u64, usize, Option<ManualChoice>)> {
    let until = prop_oneof![
        2 => Just(Until::NextChange),
        1 => Just(Until::Cleared),
        2 => moment().prop_map(Until::Instant),
    ];
    let choice = (select(&PROFILES[..]), moment(), until);
    let choice = choice.prop_map(|(profile, chosen_at, until)| ManualChoice {
        profile: profile.parse().unwrap(),
        chosen_at,
        until,
    });
    (0..TENANTS, 0_usize..4, proptest::option::of(choice))
}

/// A moment in a few weeks around the holidays of the tenants.
fn moment() -> impl Strategy<Value = Instant> {
    (0_i64..40 * 86_400).prop_map(|secs| Instant::from_unix_secs(1_770_800_000 + secs).unwrap())
}

proptest! {
    #![proptest_config(regressions(600))]

    /// T29: what is offered as the next change is the first, and nothing changes before it.
    #[test]
    fn the_next_change_composes((tenant, extension, manual) in choice(), at in moment(), part in 0.0..1.0_f64) {
        let directory = &tenants()[usize::try_from(tenant).unwrap()].directory;
        let extension: &Extension = &directory.extensions()[extension];
        let mut table = PresenceTable::default();
        table.set_manual(extension.number(), manual);
        let presence = table.presence(extension);
        let active = |at| directory.tenant().active(extension, &presence, at).profile.name().clone();
        let next = |at| directory.tenant().next_change(extension, &presence, at).map(|(at, then)| (at, then.profile.name().clone()));
        let until = match next(at) {
            Some((then, profile)) => {
                prop_assert!(then > at);
                prop_assert_ne!(&profile, &active(at));
                prop_assert_eq!(profile, active(then));
                then
            }
            None => at.saturating_add(Duration::from_secs(400 * 86_400)),
        };
        let span = u64::try_from(until.unix_secs() - at.unix_secs()).unwrap();
        let between = at.saturating_add(Duration::from_secs((span.saturating_sub(1) as f64 * part) as u64));
        prop_assert_eq!(active(between), active(at));
        if next(at).is_some() {
            prop_assert_eq!(next(between), next(at));
        }
    }
}

fn policy(allow: &[String], deny: &[String], emergency: &[String]) -> Directory {
    let policy = serde_json::json!({"policy": {"allow": allow, "deny": deny, "emergency": emergency}});
    Directory::compile(serde_json::from_value(policy).unwrap()).unwrap_or_else(|problems| panic!("{problems}"))
}

proptest! {
    #![proptest_config(regressions(300))]

    /// C30: fewer permissions never permit more.
    #[test]
    fn removing_a_permission_never_adds_a_target(
        allow in proptest::collection::btree_set("\\+[12]{0,3}", 1..5),
        deny in proptest::collection::btree_set("\\+[12]{1,3}", 0..4),
        emergency in proptest::collection::btree_set("[12]{2,3}", 0..3),
        numbers in proptest::collection::vec("\\+?[12]{3,5}", 12),
        removed in any::<proptest::sample::Index>(),
        added in "\\+[12]{1,4}",
    ) {
        let list = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>();
        let (allow, deny, emergency) = (list(&allow), list(&deny), list(&emergency));
        let mut fewer = allow.clone();
        fewer.remove(removed.index(allow.len()));
        let mut denied = deny.clone();
        if !denied.contains(&added) {
            denied.push(added);
        }
        let whole = policy(&allow, &deny, &emergency);
        for less in [policy(&fewer, &deny, &emergency), policy(&allow, &denied, &emergency)] {
            for number in &numbers {
                let number = number.parse().unwrap();
                prop_assert!(!less.tenant().policy().permits(number) || whole.tenant().policy().permits(number), "{}", number);
            }
        }
    }
}

/// A sink that counts, to show that one may be a host's own.
#[derive(Default)]
struct Count(usize);

impl Sink for Count {
    fn record(&mut self, _: Elapsed, _: impl FnOnce() -> Reason) {
        self.0 += 1;
    }
}

#[test]
fn a_sink_may_count_without_building_a_reason() {
    let story = Story { tenant: 0, call: 1, ops: Vec::new() };
    let directory = &story.tenant().directory;
    let (mut count, mut trace) = (Count::default(), Trace::new());
    let _ = CallSession::start(story.event(), directory, &(), &mut count);
    let _ = CallSession::start(story.event(), directory, &(), &mut trace);
    assert_eq!(count.0, trace.iter().count());
}
