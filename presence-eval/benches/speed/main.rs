//! How fast decisions, calendars, directories and sessions are, beside what one would use in their place.
//!
//! `cargo bench -p presence-eval --bench speed` measures everything; `-- --quick` only sees that it runs. docs/performance.md explains the rows.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "a measurement reads the clock, prints, and fails loudly"
)]

use std::hint::black_box;

use presence_core::{Directory, Extension, ExtensionNumber, Lookup as _};
use presence_eval::{CallSession, Hop, Progress, decide};

use self::harness::{Aim, Contender, Effort, Goal, compare, once, told};
use self::tenant::{Call, Dice, Facts};

mod cel;
mod floor;
mod harness;
mod naive;
mod session;
mod tenant;
mod walks;

fn main() {
    let effort = Effort::from_args();
    four_profiles(effort);
    calendars(effort);
    old_choices(effort);
    whole_sessions(effort);
    scale(effort);
}

/// A call with its extension at hand.
struct Found<'a> {
    call: &'a Call,
    extension: &'a Extension,
}

fn find<'a>(calls: &'a [Call], directory: &'a Directory) -> Vec<Found<'a>> {
    let found = |call: &'a Call| Found {
        call,
        extension: directory.extension(ExtensionNumber::try_from(call.event.callee).unwrap()).unwrap(),
    };
    calls.iter().map(found).collect()
}

/// Reads the call and the facts, not the extension.
fn touch(found: &Found<'_>) {
    found.call.touch();
}

fn hop<'a>(found: &Found<'a>, directory: &'a Directory, progress: &'a Progress) -> Hop<'a, 'a, Directory> {
    Hop { event: &found.call.event, directory, extension: found.extension, presence: found.call.facts(), progress }
}

fn four_profiles(effort: Effort) {
    let users = 1_000;
    let directory = tenant::directory(users, true);
    let calls = tenant::calls(effort.of(100_000, 3_000), users, 1);
    let found = find(&calls, &directory);
    let arrived = Progress::default();

    let office = naive::Calendar::office();
    let floor = floor::Floor::new(&directory, &office);
    let compact: Vec<_> = found.iter().map(|it| floor::Floor::compact(it.call, &directory, it.extension)).collect();
    let plain = naive::Tenant::new(&directory);
    let plain_calls: Vec<_> = found.iter().map(|it| naive::Tenant::call(it.call, &directory, it.extension)).collect();
    let programs = cel::Programs::new();
    let variables: Vec<_> = found.iter().map(|it| cel::variables(it.call, &directory, it.extension)).collect();

    // All four say the same, call by call.
    let mut kinds = [0_usize; 3];
    for (at, it) in found.iter().enumerate() {
        let plan = hop(it, &directory, &arrived).decide(&mut ()).plan;
        let wanted = floor::Plan::of(&plan);
        kinds[match wanted {
            floor::Plan::Refuse(_) => 0,
            floor::Plan::Ring { .. } => 1,
            floor::Plan::Divert { .. } => 2,
        }] += 1;
        assert_eq!(floor.decide(&compact[at]), wanted, "call {at}");
        let actions = plain.decide(&plain_calls[at]);
        assert!(naive::agree(&actions, &wanted, it.extension), "call {at}: {actions:?} {wanted:?}");
        let words = programs.decide(&variables[at]);
        assert!(cel::agrees(&words, &wanted, it.extension), "call {at}: {words:?} {wanted:?}");
        let words = programs.decide_counted(&variables[at]);
        assert!(cel::agrees(&words, &wanted, it.extension), "call {at}: {words:?} {wanted:?}");
    }
    println!(
        "{} calls over 2026 to {users} extensions of 1 to 6 devices: {} refused, {} ring, {} sent on; floor, naive and CEL agree on each",
        calls.len(),
        kinds[0],
        kinds[1],
        kinds[2]
    );

    let contenders = vec![
        Contender::over_touched("floor: branches over compact structs", &compact, 2_000, floor::touch, |call| {
            black_box(&floor.decide(call));
        }),
        Contender::over_touched("decide", &found, 2_000, touch, |it| {
            black_box(&hop(it, &directory, &arrived).decide(&mut ()));
        }),
        Contender::over_touched("naive: texts, chrono-tz, Vec of actions", &plain_calls, 2_000, naive::touch, |call| {
            black_box(plain.decide(call));
        }),
        Contender::over_touched("CEL: two compiled expressions", &variables, 200, cel::touch, |call| {
            black_box(programs.decide(call));
        }),
        Contender::over_touched("CEL, the devices counted by the host", &variables, 200, cel::touch, |call| {
            black_box(programs.decide_counted(call));
        }),
    ];
    let goals = [
        Goal { of: "decide", by: "floor: branches over compact structs", aim: Aim::AtMost(4.0) },
        Goal { of: "naive: texts, chrono-tz, Vec of actions", by: "decide", aim: Aim::AtLeast(4.0) },
        Goal { of: "CEL: two compiled expressions", by: "decide", aim: Aim::AtLeast(15.0) },
        Goal { of: "CEL, the devices counted by the host", by: "decide", aim: Aim::AtLeast(1.0) },
    ];
    compare("decide: calendar and choice of profile included, facts to plan", effort.rounds(), contenders, &goals);
}

fn calendars(effort: Effort) {
    let directory = tenant::directory(1, false);
    let (_, office) = directory.tenant().calendars().next().unwrap();
    let plain = naive::Calendar::office();
    let boundaries = plain.boundaries();
    let jiff = walks::JiffOffice::new();
    let mut dice = Dice(3);
    let moments: Vec<i64> =
        (0..effort.of(100_000, 2_000)).map(|_| tenant::YEAR_BEGINS + dice.below(365 * 86_400) as i64).collect();
    let ours: Vec<_> = moments.iter().map(|secs| presence_core::Instant::from_unix_secs(*secs).unwrap()).collect();
    let chronos: Vec<_> = ours.iter().map(|at| at.to_chrono()).collect();
    let jiffs: Vec<_> = moments.iter().map(|secs| jiff::Timestamp::from_second(*secs).unwrap()).collect();
    for at in 0..moments.len().min(20_000) {
        assert_eq!(office.category(ours[at]), plain.category(chronos[at]), "{}", ours[at]);
        assert_eq!(office.category(ours[at]), jiff.category(jiffs[at]), "{}", ours[at]);
    }
    for at in 0..moments.len().min(2_000) {
        let change = office.next_change(ours[at]).map(presence_core::Instant::unix_secs);
        let walked = plain.next_change(chronos[at], &boundaries).map(|moment| moment.timestamp());
        assert_eq!(change, walked, "{}", ours[at]);
        assert_eq!(change, jiff.next_change(jiffs[at], &boundaries).map(|at| at.as_second()), "{}", ours[at]);
    }

    let contenders = vec![
        Contender::over("category", &ours, 2_000, |at| {
            black_box(office.category(*at));
        }),
        Contender::over("category, chrono-tz", &chronos, 500, |at| {
            black_box(plain.category(*at));
        }),
        Contender::over("category, jiff", &jiffs, 500, |at| {
            black_box(jiff.category(*at));
        }),
    ];
    let goals = [
        Goal { of: "category, chrono-tz", by: "category", aim: Aim::AtLeast(5.0) },
        Goal { of: "category, jiff", by: "category", aim: Aim::AtLeast(1.0) },
    ];
    compare("category of an instant", effort.rounds(), contenders, &goals);
    let contenders = vec![
        Contender::over("next_change", &ours, 2_000, |at| {
            black_box(office.next_change(*at));
        }),
        Contender::over("next_change, walking with chrono-tz", &chronos, 100, |at| {
            black_box(plain.next_change(*at, &boundaries));
        }),
        Contender::over("next_change, walking with jiff", &jiffs, 100, |at| {
            black_box(jiff.next_change(*at, &boundaries));
        }),
    ];
    let goals = [
        Goal { of: "next_change, walking with chrono-tz", by: "next_change", aim: Aim::AtLeast(8.0) },
        Goal { of: "next_change, walking with jiff", by: "next_change", aim: Aim::AtLeast(1.0) },
    ];
    compare("next change of category", effort.rounds(), contenders, &goals);
}

/// The most that a choice can cost: made in 1970 to hold until the next change, which never comes, in calendars of the greatest size.
fn old_choices(effort: Effort) {
    let document = |mapped: &str, windows: &str| {
        format!(
            r#"
            profiles = {{ desk = {{}}, away = {{}} }}
            calendars.long = {{ zone = "Europe/Berlin", {windows} }}
            extensions.1 = {{ profile = "desk", schedule = {{ calendar = "long", {mapped} = "away" }} }}
            "#
        )
    };
    let window = |n: usize| {
        let time = |minute: usize| format!("{:02}:{:02}", minute / 60, minute % 60);
        let days = r#"["mon", "tue", "wed", "thu", "fri", "sat", "sun"]"#;
        format!("{{ days = {days}, start = \"{}\", end = \"{}\" }}", time(n * 11 + 5), time(n * 11 + 10))
    };
    let most = format!("business = [{}]", (0..128).map(window).collect::<Vec<_>>().join(", "));
    let directories = [document("holiday", &most), document("outside", "")]
        .map(|text| Directory::compile(toml::from_str(&text).unwrap()).unwrap());
    let event = presence_eval::CallEvent::new(
        "1".parse().unwrap(),
        presence_eval::Origin::External,
        "2099-12-31T00:00:00Z".parse().unwrap(),
    );
    let choice = presence_core::ManualChoice {
        profile: "away".parse().unwrap(),
        chosen_at: presence_core::Instant::MIN,
        until: presence_core::Until::NextChange,
    };
    let facts = presence_core::Presence { manual: Some(&choice), ..Default::default() };
    let [never_mapped, always_mapped] = &directories;
    let ask = |directory| {
        let decision = decide(&event, directory, &Facts(facts), &mut ()).unwrap();
        assert_eq!(decision.because, Some(presence_core::Because::Manual));
        1
    };
    let contenders = vec![
        Contender::new("257 steps a day, none of them mapped", |_| ask(never_mapped)),
        Contender::new("one category for ever, and that is mapped", |_| ask(always_mapped)),
    ];
    let medians = compare("decide under a choice 130 years old", effort.of(101, 3), contenders, &[]);
    told("the slower one in microseconds", medians[0].max(medians[1]) / 1e3, &Aim::AtMost(1_000.0), " us");
}

fn whole_sessions(effort: Effort) {
    let directory = tenant::directory(1, false);
    let event = session::event();
    let count = 100;
    let contenders = vec![Contender::new("start, two waves, forward, connect", |_| {
        for _ in 0..count {
            black_box(session::play(black_box(&event), &directory));
        }
        count
    })];
    let medians = compare("a whole session", effort.rounds(), contenders, &[]);
    told("a whole session in microseconds", medians[0] / 1e3, &Aim::AtMost(5.0), " us");
    assert!(matches!(session::play(&event, &directory), (CallSession { .. }, 4)));
}

fn scale(effort: Effort) {
    let most = effort.of(1_000_000, 20_000);
    // So many calls to the million that none of their extensions is in a cache when it is asked again.
    let (count, all) = (effort.of(100_000, 3_000), effort.of(300_000, 3_000));
    let raw = tenant::raw_tenant(most, false);
    let (compiled, took) = once(|| Directory::compile(raw.into()).unwrap());
    let mut million = compiled;

    let (one, thousand) = (tenant::directory(1, false), tenant::directory(1_000, false));
    let arrived = Progress::default();
    {
        let calls = [tenant::calls(count, 1, 5), tenant::calls(count, 1_000, 5), tenant::calls(all, most, 5)];
        let [of_one, of_thousand, of_million] = &calls;
        // Other calls, so that neither warms the caches for the other.
        let others = tenant::calls(all, most, 6);
        let (in_one, in_thousand, in_million) =
            (find(of_one, &one), find(of_thousand, &thousand), find(&others, &million));
        macro_rules! at_hand {
            ($name:literal, $found:expr, $directory:expr) => {
                Contender::over_touched($name, $found, 250, touch, |it| {
                    black_box(&hop(it, $directory, &arrived).decide(&mut ()));
                })
            };
        }
        macro_rules! by_number {
            ($name:literal, $calls:expr, $directory:expr) => {
                Contender::over_touched($name, $calls, 250, Call::touch, |call| {
                    black_box(&decide(&call.event, $directory, &Facts(call.facts()), &mut ()));
                })
            };
        }
        let contenders = vec![
            at_hand!("1 extension, at hand", &in_one, &one),
            at_hand!("1,000 extensions, at hand", &in_thousand, &thousand),
            at_hand!("1,000,000 extensions, at hand", &in_million, &million),
            by_number!("1 extension, by number", of_one, &one),
            by_number!("1,000 extensions, by number", of_thousand, &thousand),
            by_number!("1,000,000 extensions, by number", of_million, &million),
        ];
        let hot = "1,000 extensions, at hand";
        let goals = [
            Goal { of: "1,000,000 extensions, at hand", by: hot, aim: Aim::AtMost(4.0) },
            Goal { of: "1,000,000 extensions, by number", by: hot, aim: Aim::AtMost(12.0) },
        ];
        compare("decide, extensions in random order", effort.rounds(), contenders, &goals);
    }

    println!("\nThe directory");
    let per_second = most as f64 / took;
    told(&format!("{most} extensions compiled a second, in thousands"), per_second / 1e3, &Aim::AtLeast(200.0), "");
    let mut dice = Dice(9);
    let count = effort.of(20_000, 500);
    let replacements: Vec<_> = (0..count)
        .map(|_| {
            let place = dice.below(most as u64) as usize;
            ((1_000_000 + place).to_string().parse().unwrap(), tenant::raw_extension(place, false, &mut dice))
        })
        .collect();
    let ((), took) = once(|| {
        for (number, extension) in &replacements {
            million.replace(*number, extension).unwrap();
        }
    });
    let each = took * 1e6 / count as f64;
    told("one extension replaced, in microseconds", each, &Aim::AtMost(50.0), " us");
}
