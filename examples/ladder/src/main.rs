//! Plays whole calls that are written as files: real SIP programs are the phones, and what they saw on the wire is compared.

mod args;
mod case;
mod ladder;
mod log;
mod message;
mod pattern;
mod scenario;
mod script;
mod stage;

use std::collections::VecDeque;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::args::{Asked, Settings};
use crate::case::Case;
use crate::ladder::{Line, Verdict};
use crate::stage::Stage;

fn main() -> ExitCode {
    match args::parse(std::env::args_os().skip(1)) {
        Ok(Asked::Help) => {
            say(args::HELP);
            ExitCode::SUCCESS
        }
        Ok(Asked::List(settings)) => read(&settings).map_or_else(unusable, |cases| {
            for case in cases {
                say(&format!("{:<44} {}\n", case.name, case.about.lines().next().unwrap_or_default()));
            }
            ExitCode::SUCCESS
        }),
        Ok(Asked::Play(settings)) => read(&settings)
            .and_then(|cases| stage::check_programs(&settings, &cases).map(|()| cases))
            .map_or_else(unusable, |cases| play(&settings, &cases)),
        Err(why) => unusable(format!("{why}; see --help")),
    }
}

fn unusable(why: String) -> ExitCode {
    let _ = writeln!(io::stderr(), "ladder: {why}");
    ExitCode::from(2)
}

fn say(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

/// Reads the cases that are asked for, in the order of their names.
fn read(settings: &Settings) -> Result<Vec<Case>, String> {
    let text = |path: &Path| fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()));
    let folder = fs::read_dir(&settings.calls).map_err(|why| format!("{}: {why}", settings.calls.display()))?;
    let mut files: Vec<_> = folder.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "ladder"));
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if settings.names.is_empty() || settings.names.iter().any(|asked| name.starts_with(asked.as_str())) {
            let shared = |tenant: &str| text(&settings.calls.join("../tenants").join(tenant));
            cases.push(case::read(&name, &text(&file)?, shared)?);
        }
    }
    match settings.names.iter().find(|asked| !cases.iter().any(|case| case.name.starts_with(asked.as_str()))) {
        Some(asked) => Err(format!("no case is called `{asked}`")),
        None if cases.is_empty() => Err(format!("no case in {}", settings.calls.display())),
        None => Ok(cases),
    }
}

/// Plays the cases, many at once; one that was only late is played again alone, once.
fn play(settings: &Settings, cases: &[Case]) -> ExitCode {
    let began = stage::now();
    let queue: Mutex<VecDeque<&Case>> = Mutex::new(cases.iter().collect());
    let (late, failed) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for worker in 0..settings.jobs.min(cases.len()) {
            let (queue, late, failed) = (&queue, &late, &failed);
            scope.spawn(move || {
                // Not all at once: programs that start together are late together.
                stage::pause(Duration::from_millis(120 * worker as u64));
                loop {
                    let Some(case) = lock(queue).pop_front() else { break };
                    match judge(settings, case) {
                        Ok(Judged::Fits) => told(settings, case, "ok  ", ""),
                        Ok(Judged::Late(_)) => lock(late).push(case),
                        Ok(Judged::Differs(why)) | Err(why) => {
                            told(settings, case, "FAIL", &why);
                            lock(failed).push(case.name.as_str());
                        }
                    }
                }
            });
        }
    });
    let again = late.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    let twice = again.len();
    for case in again {
        match judge(settings, case) {
            Ok(Judged::Fits) => told(settings, case, "ok  ", ""),
            Ok(Judged::Late(why) | Judged::Differs(why)) | Err(why) => {
                told(settings, case, "FAIL", &why);
                failed.push(&case.name);
            }
        }
    }
    failed.sort_unstable();
    let took = began.elapsed().as_secs_f64();
    let fit = cases.len() - failed.len();
    say(&format!(
        "ladder: {fit} of {} cases fit, {twice} played twice because they were late, {took:.1} s\n",
        cases.len()
    ));
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    say(&format!("ladder: these differ: {}; their logs are in {}\n", failed.join(" "), settings.out.display()));
    ExitCode::FAILURE
}

/// How a case ended, in words.
enum Judged {
    Fits,
    Late(String),
    Differs(String),
}

fn judge(settings: &Settings, case: &Case) -> Result<Judged, String> {
    let lines = Stage::new(case, &settings.out)?.play(settings)?;
    if settings.update {
        update(settings, case, &lines)?;
    }
    let words = |why: &[String]| format!("  {}\n\n{}", why.join("\n  "), ladder::side_by_side(case, &lines));
    Ok(match ladder::compare(case, &lines) {
        Verdict::Fits => Judged::Fits,
        Verdict::Late(why) => Judged::Late(words(&why)),
        Verdict::Differs(why) => Judged::Differs(words(&why)),
    })
}

/// Puts what was seen in place of the case's ladder.
fn update(settings: &Settings, case: &Case, lines: &[Line]) -> Result<(), String> {
    if ladder::compare(case, lines) == Verdict::Fits {
        return Ok(());
    }
    let file = settings.calls.join(format!("{}.ladder", case.name));
    let told = |why: io::Error| format!("{}: {why}", file.display());
    let text = fs::read_to_string(&file).map_err(told)?;
    let head = text.split_inclusive('\n').take_while(|line| line.trim_end() != "--- ladder").collect::<String>();
    fs::write(&file, format!("{head}--- ladder\n{}", ladder::rewritten(case, lines))).map_err(told)
}

fn told(settings: &Settings, case: &Case, verdict: &str, why: &str) {
    let why = if why.is_empty() { String::new() } else { format!("{}\n", why.trim_end()) };
    say(&format!("{verdict} {}: {}\n{why}", case.name, case.about.lines().next().unwrap_or_default()));
    if verdict.starts_with("ok") && !settings.keep {
        let _ = fs::remove_dir_all(settings.out.join(&case.name));
    }
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
