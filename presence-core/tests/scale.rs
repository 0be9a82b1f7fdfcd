//! Documents as large as a PBX can be, or as hostile as a megabyte can be: time and memory stay bounded.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test says no by panicking"
)]

use std::fmt::Write as _;
use std::time::Duration;

use presence_core::{Directory, Lookup as _, Problems, raw};

const MEGABYTE: usize = 1 << 20;
/// Generous for a debug build on a busy machine; a release build takes a tenth of it.
const BOUND: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 1 });

#[allow(clippy::disallowed_methods, reason = "this test measures")]
fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    // Time on the processor where Linux tells it, so that neighbours on the machine do not count.
    let on_cpu = || {
        let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        stat.split(' ').next()?.parse().ok().map(Duration::from_nanos)
    };
    let (start, cpu) = (std::time::Instant::now(), on_cpu());
    let done = run();
    let time = on_cpu().zip(cpu).map_or_else(|| start.elapsed(), |(now, then)| now - then);
    (done, time)
}

/// Compiles JSON within the bound.
#[track_caller]
fn judge(name: &str, text: &str) -> Result<Directory, Problems> {
    let (result, time) = timed(|| Directory::compile(serde_json::from_str::<raw::Document>(text).unwrap()));
    println!(
        "{name}: {} bytes, {time:?}, {}",
        text.len(),
        result.as_ref().map_or_else(|told| told.iter().count(), |_| 0)
    );
    assert!(time < BOUND, "{name} took {time:?}");
    result
}

/// As many entries as a megabyte holds, between a beginning and an end.
fn filled(start: &str, entry: impl Fn(usize) -> String, end: &str) -> String {
    let mut text = String::from(start);
    for n in 0.. {
        let entry = entry(n);
        if text.len() + entry.len() + end.len() + 1 > MEGABYTE {
            break;
        }
        if n > 0 {
            text.push(',');
        }
        text.push_str(&entry);
    }
    text + end
}

#[test]
fn a_megabyte_of_anything_is_judged_in_time() {
    let rows: Vec<(&str, String)> = vec![
        ("unknown keys", filled("{", |n| format!("\"k{n}\":0"), "}")),
        ("one key again and again", filled("{", |_| "\"ivrs\":[]".into(), "}")),
        ("zeros for names", filled("{\"ivrs\":[", |_| "0".into(), "]}")),
        ("bad names", filled("{\"ivrs\":[", |_| "\"A\"".into(), "]}")),
        ("one long key above many faults", {
            let key = "k".repeat(MEGABYTE / 2);
            let start = format!("{{\"profiles\":{{\"{key}\":{{\"exceptions\":[");
            filled(&start, |_| "0".into(), "]}}}")
        }),
        ("profiles that name queues", {
            let queues = filled("", |n| format!("\"q{n}\""), "");
            let (queues, _) = queues.split_at(MEGABYTE / 2);
            let (queues, _) = queues.rsplit_once(',').unwrap();
            let start = format!("{{\"queues\":[{queues}],\"profiles\":{{");
            filled(&start, |n| format!("\"p{n}\":{{\"busy\":\"queue:q{n}\"}}"), "}}")
        }),
        ("prefixes and targets", {
            let prefixes = (0..50_000).map(|n| format!("\"+{n:08}\"")).collect::<Vec<_>>().join(",");
            let start = format!("{{\"policy\":{{\"allow\":[{prefixes}]}},\"profiles\":{{");
            filled(&start, |n| format!("\"p{n}\":{{\"busy\":\"external:+{n:08}1\"}}"), "}}")
        }),
        (
            "extensions",
            filled("{\"profiles\":{\"p\":{}},\"extensions\":{", |n| format!("\"{n}\":{{\"profile\":\"p\"}}"), "}}"),
        ),
        (
            "extensions that all lack",
            filled(
                "{\"profiles\":{\"p\":{\"busy\":\"mobile\"}},\"extensions\":{",
                |n| format!("\"{n}\":{{\"profile\":\"p\"}}"),
                "}}",
            ),
        ),
        (
            "extensions that forward in a row",
            filled(
                "{\"extensions\":{",
                |n| {
                    format!(
                        "\"{n}\":{{\"profile\":\"p\",\"profiles\":{{\"p\":{{\"always\":\"extension:{}\"}}}}}}",
                        n + 1
                    )
                },
                ",\"99999\":{}}}",
            ),
        ),
        (
            "extensions that forward in pairs",
            filled(
                "{\"extensions\":{",
                |n| {
                    format!(
                        "\"{n}\":{{\"profile\":\"p\",\"profiles\":{{\"p\":{{\"always\":\"extension:{}\"}}}}}}",
                        n ^ 1
                    )
                },
                "}}",
            ),
        ),
        (
            "own profiles of one extension",
            filled(
                "{\"extensions\":{\"1\":{\"profile\":\"p0\",\"profiles\":{",
                |n| format!("\"p{n}\":{{\"exceptions\":[{{\"action\":{{\"profile\":\"p{n}\"}}}}]}}"),
                "}}}}",
            ),
        ),
        (
            "exceptions",
            filled(
                "{\"profiles\":{\"p\":{\"exceptions\":[",
                |n| format!("{{\"caller\":\"1{n}\",\"action\":\"ring\"}}"),
                "]}}}",
            ),
        ),
        (
            "kinds",
            filled(
                "{\"profiles\":{\"p\":{}},\"extensions\":{",
                |n| format!("\"{n}\":{{\"profile\":\"p\",\"devices\":[{{\"id\":\"{n}\",\"kind\":\"k{n}\"}}]}}"),
                "}}",
            ),
        ),
        (
            "one device id for all",
            filled(
                "{\"profiles\":{\"p\":{}},\"extensions\":{",
                |n| format!("\"{n}\":{{\"profile\":\"p\",\"devices\":[{{\"id\":\"x\"}}]}}"),
                "}}",
            ),
        ),
        (
            "groups in a row",
            filled("{\"groups\":{", |n| format!("\"{n}\":{{\"members\":[\"group:{}\"]}}", n + 1), "}}"),
        ),
        (
            "groups in a ring",
            filled("{\"groups\":{", |n| format!("\"{n}\":{{\"members\":[\"group:{}\",\"group:0\"]}}", n + 1), "}}"),
        ),
        ("codes", filled("{\"feature_codes\":{\"codes\":{", |n| format!("\"*{n}\":\"set:always\""), "}}}")),
        ("calendars", filled("{\"calendars\":{", |n| format!("\"c{n}\":{{\"zone\":\"UTC\"}}"), "}}")),
        (
            "calendars over midnight",
            filled(
                "{\"calendars\":{",
                |n| {
                    format!(
                        "\"c{n}\":{{\"zone\":\"UTC\",\"business\":[{{\"days\":[\"mon\"],\"start\":\"09:00\",\"end\":\"08:00\"}}],\"holidays\":[{{\"kind\":\"yearly\",\"month_day\":\"12-25\"}}]}}"
                    )
                },
                "}}",
            ),
        ),
        ("codes and emergency numbers", {
            let emergency = (0..40_000).map(|n| format!("\"{n:09}1\"")).collect::<Vec<_>>().join(",");
            let start = format!("{{\"policy\":{{\"emergency\":[{emergency}]}},\"feature_codes\":{{\"codes\":{{");
            filled(&start, |n| format!("\"*{n:06}\":\"set:always\""), "}}}")
        }),
        (
            "calendars of one long holiday",
            filled(
                "{\"calendars\":{",
                |n| {
                    format!(
                        "\"c{n}\":{{\"zone\":\"UTC\",\"holidays\":[{{\"kind\":\"range\",\"first\":\"1970-01-01\",\"last\":\"2099-12-31\"}}]}}"
                    )
                },
                "}}",
            ),
        ),
        (
            "groups that hold themselves",
            filled("{\"groups\":{", |n| format!("\"{n}\":{{\"members\":[\"group:{n}\"]}}"), "}}"),
        ),
        (
            "groups that hold each other in pairs",
            filled("{\"groups\":{", |n| format!("\"{n}\":{{\"members\":[\"group:{}\"]}}", n ^ 1), "}}"),
        ),
        (
            "profiles, many of which cannot be read",
            filled(
                "{\"profiles\":{",
                |n| if n < 10_000 { format!("\"p{n}\":0") } else { format!("\"p{n}\":{{}}") },
                "}}",
            ),
        ),
        (
            "extensions that forward at many hours",
            filled(
                &{
                    let calendars = (0..500).map(|n| format!("\"c{n}\":{{\"zone\":\"UTC\"}}"));
                    format!("{{\"calendars\":{{{}}},\"extensions\":{{", calendars.collect::<Vec<_>>().join(","))
                },
                |n| {
                    let to = |key, step| format!("\"{key}\":{{\"always\":\"extension:{}\"}}", (n + step) % 2000);
                    let profiles = [to("a", 1), to("b", 37), to("c", 73), to("d", 145)].join(",");
                    let schedule =
                        format!("\"calendar\":\"c{}\",\"holiday\":\"b\",\"break\":\"c\",\"business\":\"d\"", n % 500);
                    format!("\"{n}\":{{\"profile\":\"a\",\"schedule\":{{{schedule}}},\"profiles\":{{{profiles}}}}}")
                },
                "}}",
            ),
        ),
        ("text without end", format!("{{\"extensions\":{{\"1\":{{\"name\":\"{}\"}}}}}}", "x".repeat(MEGABYTE))),
        ("control characters", format!("{{\"ivrs\":[\"{}\"]}}", "\\u0007".repeat(MEGABYTE / 6))),
    ];
    for (name, text) in rows {
        if let Err(told) = judge(name, &text) {
            assert!(told.iter().count() <= presence_core::limits::PROBLEMS_MAX);
            for problem in told.iter().take(100) {
                assert!(problem.to_string().len() < 2000, "{name}: a long message");
            }
        }
    }
}

/// Each zone is searched once however many calendars name it, so the number of zones bounds the time.
#[test]
#[ignore = "measures 598 zones in a release build"]
fn every_zone_there_is() {
    let zones = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).enumerate();
    let calendars = zones.map(|(n, zone)| format!("\"c{n}\":{{\"zone\":\"{zone}\"}}"));
    let text = format!("{{\"calendars\":{{{}}}}}", calendars.collect::<Vec<_>>().join(","));
    let document: raw::Document = serde_json::from_str(&text).unwrap();
    let (directory, time) = timed(|| Directory::compile(document));
    println!("every zone there is: {} bytes, {time:?}", text.len());
    assert!(directory.is_ok());
}

#[test]
fn groups_that_multiply_are_refused() {
    let members = (0..20_000).map(|n| format!("\"{n}\"")).collect::<Vec<_>>().join(",");
    let mut text = String::from("{\"profiles\":{\"p\":{}},\"extensions\":{");
    for n in 0..20_000 {
        write!(text, "\"{n}\":{{\"profile\":\"p\"}},").unwrap();
    }
    text.pop();
    write!(text, "}},\"groups\":{{\"90000\":{{\"members\":[{members}]}}").unwrap();
    for n in 0..5000 {
        write!(text, ",\"9{n:05}\":{{\"members\":[\"group:90000\"]}}").unwrap();
    }
    text.push_str("}}");
    let told = judge("groups that multiply", &text).unwrap_err();
    assert!(told.to_string().contains("members: at most 4194304 entries"), "{told}");
}

#[test]
fn deep_nesting_is_refused_by_the_parser_or_by_us() {
    let deep = |depth: usize, open: &str, close: &str| format!("{}0{}", open.repeat(depth), close.repeat(depth));
    for depth in [30, 31, 32, 33, 100] {
        for (open, close) in [("[", "]"), ("{\"k\":", "}")] {
            let text = format!("{{\"colour\":{}}}", deep(depth, open, close));
            let document: raw::Document = serde_json::from_str(&text).unwrap();
            let told = Directory::compile(document).unwrap_err().to_string();
            assert_eq!(told, "colour: unknown key `colour`");
            let text = format!("{{\"ivrs\":{}}}", deep(depth, open, close));
            let document: raw::Document = serde_json::from_str(&text).unwrap();
            assert!(Directory::compile(document).unwrap_err().to_string().starts_with("ivrs"));
        }
    }
    let endless: raw::Document = serde_json::from_str(&deep(100_000, "[", "]")).unwrap();
    assert_eq!(Directory::compile(endless).unwrap_err().to_string(), "must be a table, got a list");
    assert!(
        serde_json::from_str::<raw::Document>(&deep(100_000, "{\"k\":", "}"))
            .is_ok_and(|it| Directory::compile(it).is_err())
    );
    assert!(toml::from_str::<raw::Document>(&format!("k = {}", deep(100_000, "[", "]"))).is_err());
}

fn extension(n: usize) -> raw::Extension {
    let device = |kind: &str| raw::Device {
        id: Some(format!("{kind}-{n:07}")),
        kind: Some(kind.to_owned()),
        ..raw::Device::default()
    };
    raw::Extension {
        name: Some(format!("User {n}")),
        mobile: Some(format!("+49170{n:07}")),
        voicemail: Some(true),
        profile: Some("desk".to_owned()),
        schedule: Some(raw::Schedule {
            calendar: Some("office".to_owned()),
            outside: Some("away".to_owned()),
            ..raw::Schedule::default()
        }),
        devices: ["desk_phone", "mobile_app", "web_client"].map(device).into(),
        profiles: raw::Map::default(),
    }
}

fn tenant(extensions: usize) -> raw::Tenant {
    let mut tenant: raw::Tenant = toml::from_str(
        r#"
        policy.allow = ["+49"]
        [calendars.office]
        zone = "Europe/Berlin"
        business = [{ days = ["mon", "tue", "wed", "thu", "fri"], start = "09:00", end = "17:00" }]
        [profiles]
        desk = { no_answer = "voicemail" }
        away = { always = "mobile" }
        "#,
    )
    .unwrap();
    tenant.extensions = (0..extensions).map(|n| (format!("{n:07}"), extension(n))).collect();
    tenant
}

#[test]
fn a_thousand_extensions_share_what_they_have_in_common() {
    let directory = Directory::compile(tenant(1000).into()).unwrap();
    assert!(directory.warnings().is_empty(), "{:?}", directory.warnings());
    let first = &directory.extensions()[0];
    for other in directory.extensions() {
        assert!(std::ptr::eq(first.base_profile(), other.base_profile()));
        assert!(std::ptr::eq(first.schedule().unwrap(), other.schedule().unwrap()));
        assert!(std::ptr::eq(first.devices()[0].kind().unwrap().as_str(), other.devices()[0].kind().unwrap().as_str()));
    }
    assert!(size_of::<presence_core::Extension>() <= 80);
}

/// `cargo test --release -p presence-core --test scale -- --ignored --nocapture`
#[test]
#[ignore = "measures a million extensions in a release build"]
fn a_million_extensions() {
    let raw = tenant(1_000_000);
    let (directory, time) = timed(|| Directory::compile(raw.into()));
    let mut directory = directory.unwrap();
    println!("compile: {:.0} extensions a second", 1e6 / time.as_secs_f64());
    println!("size of an extension: {}", size_of::<presence_core::Extension>());
    let changes: Vec<_> = (0..10_000)
        .map(|n| {
            let mut changed = extension(n * 97);
            changed.devices[0].id = Some(format!("new-{n}"));
            (format!("{:07}", n * 97).parse().unwrap(), changed)
        })
        .collect();
    let (done, time) = timed(|| changes.iter().all(|(number, changed)| directory.replace(*number, changed).is_ok()));
    assert!(done);
    println!("replace: {:?} each", time / 10_000);
    let (found, time) = timed(|| {
        (0..1_000_000_u64)
            .filter(|n| {
                let number = format!("{:07}", n * 7919 % 1_000_000).parse().unwrap();
                directory.extension(number).is_some()
            })
            .count()
    });
    println!("look-up: {found} in {time:?}, text included");
    let (written, time) = timed(|| directory.to_raw());
    println!("to_raw: {time:?}");
    assert_eq!(written.extensions.len(), 1_000_000);
    let (done, time) = timed(|| directory.remove("0000000".parse().unwrap()));
    assert!(done.unwrap().is_some());
    println!("remove: {time:?}");
}
