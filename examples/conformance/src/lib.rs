//! Holds the evaluator and the SIP adapter against files of cases that any implementation can be held against.

mod sip;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use lexopt::prelude::{Long, Short, Value, ValueExt as _};
use presence_core::calendar::Calendar;
use presence_core::raw;
use presence_examples::{Exit, Host, Stop};
use presence_vectors::{CallCase, Event, TimeCase, Vectors, difference};
use serde::Deserialize;
use serde_json::value::RawValue;

const HELP: &str = "\
Holds the evaluator and the SIP adapter against files of cases (examples/README.md).

Usage: conformance calls|time FILE... [--only ID...]
       conformance sip FOLDER... [--only FILE...]

  calls FILE...   cases of whole calls: tenant, call and world, and what must happen
  time FILE...    cases of calendars: the category at a moment, and its next change
  sip FOLDER...   SIP messages as on the wire, and in index.json what is read from each
  --only ID...    these cases alone, with what happens in them and why
  -h, --help      this text

Prints one line for each case that differs (its id, the first differing line, expected and got),
then `N passed, N failed`. `-` reads standard input.

Exit status: 0 all passed, 1 some failed, 2 the arguments or files cannot be used.
";

/// What a case came to.
struct Verdict {
    /// Where it differs, in words.
    differs: Option<String>,
    /// What happens in it and why.
    story: String,
}

/// How cases of one kind are judged.
#[derive(Clone, Copy)]
enum Judge {
    /// One by one, as they stand in the file.
    Text(fn(&str) -> Verdict),
    /// As messages in a folder.
    Sip,
}

/// The kinds of cases.
const KINDS: &[(&str, Judge)] =
    &[("calls", Judge::Text(judge_call)), ("time", Judge::Text(judge_time)), ("sip", Judge::Sip)];

/// Runs the program.
///
/// # Errors
/// Where the arguments or files cannot be used, or the output cannot be written.
pub fn main(args: Vec<OsString>, host: &mut Host<'_>) -> Result<Exit, Stop> {
    let mut parser = lexopt::Parser::from_args(args);
    let mut judge = None;
    let (mut files, mut only) = (Vec::<PathBuf>::new(), None::<Vec<String>>);
    while let Some(arg) = parser.next()? {
        match (arg, &mut only) {
            (Short('h') | Long("help"), _) => {
                host.stdout.write_all(HELP.as_bytes())?;
                return Ok(Exit::Fine);
            }
            (Long("only"), only) => {
                only.get_or_insert_default().push(parser.value()?.string()?);
            }
            (Value(id), Some(only)) => only.push(id.string()?),
            (Value(kind), _) if judge.is_none() => {
                let found = KINDS.iter().find(|(name, _)| kind == *name);
                let known = || Stop::Unusable(format!("no such kind of cases: {}; try --help", kind.to_string_lossy()));
                judge = Some(found.ok_or_else(known)?.1);
            }
            (Value(file), _) => files.push(file.into()),
            (arg, _) => return Err(arg.unexpected().into()),
        }
    }
    let judge = judge.filter(|_| !files.is_empty()).ok_or_else(|| Stop::unusable("nothing to run; try --help"))?;
    let mut count = Count::default();
    for file in &files {
        match judge {
            Judge::Text(judge) => run_file(file, judge, only.as_deref(), &mut count, host)?,
            Judge::Sip => run_folder(file, only.as_deref(), &mut count, host)?,
        }
    }
    if let Some(missing) = only.iter().flatten().find(|id| !count.met.contains(id)) {
        return Err(Stop::Unusable(format!("no case is called `{}`", missing.escape_debug())));
    }
    writeln!(host.stdout, "{} passed, {} failed", count.passed, count.failed)?;
    Ok(if count.failed == 0 { Exit::Fine } else { Exit::Failed })
}

#[derive(Default)]
struct Count {
    passed: usize,
    failed: usize,
    /// The ids asked for that were met.
    met: Vec<String>,
}

impl Count {
    /// Notes what a case came to, and tells it where it differs or was asked for.
    fn take(&mut self, id: &str, asked: bool, verdict: Verdict, host: &mut Host<'_>) -> Result<(), Stop> {
        let shown = id.escape_debug();
        if asked {
            writeln!(host.stdout, "{shown}: {}", verdict.story.trim_end())?;
            self.met.push(id.to_owned());
        }
        match verdict.differs {
            None => self.passed += 1,
            Some(differs) => {
                self.failed += 1;
                writeln!(host.stdout, "{shown}: {differs}")?;
            }
        }
        Ok(())
    }
}

fn run_folder(folder: &Path, only: Option<&[String]>, count: &mut Count, host: &mut Host<'_>) -> Result<(), Stop> {
    let judge = sip::Judge::new()?;
    for case in sip::cases(folder)? {
        if only.is_none_or(|only| only.contains(&case.file)) {
            count.take(&case.file, only.is_some(), judge.judge(&case, folder), host)?;
        }
    }
    Ok(())
}

fn run_file(
    file: &Path,
    judge: fn(&str) -> Verdict,
    only: Option<&[String]>,
    count: &mut Count,
    host: &mut Host<'_>,
) -> Result<(), Stop> {
    #[derive(Deserialize)]
    struct Named {
        id: String,
    }

    let text = host.read(file)?;
    let unusable = |why: serde_json::Error| Stop::Unusable(format!("{}: {why}", file.display()));
    let cases: Vectors<Box<RawValue>> = serde_json::from_str(&text).map_err(unusable)?;
    for case in cases.vectors {
        let Named { id } = serde_json::from_str(case.get()).map_err(unusable)?;
        if only.is_some_and(|only| !only.contains(&id)) {
            continue;
        }
        count.take(&id, only.is_some(), judge(case.get()), host)?;
    }
    Ok(())
}

impl Verdict {
    fn unread(why: &serde_json::Error) -> Self {
        Self { differs: Some(format!("the case does not read: {why}")), story: "unread".to_owned() }
    }
}

fn judge_call(text: &str) -> Verdict {
    let case: CallCase = match serde_json::from_str(text) {
        Ok(case) => case,
        Err(why) => return Verdict::unread(&why),
    };
    let mut story = format!("{}\n", case.title);
    let differs = match case.directory() {
        Err(problems) => {
            story += &format!("{problems}\n");
            match &case.expect_error {
                Some(path) if problems.iter().any(|problem| problem.is_at(path)) => None,
                Some(path) => Some(format!("expected an error at {path}, got {}", first_line(&problems.to_string()))),
                None => Some(format!("expected a tenant that compiles, got {}", first_line(&problems.to_string()))),
            }
        }
        Ok(directory) => match (&case.expect_error, &case.expect) {
            (Some(path), _) => Some(format!("expected an error at {path}, got none")),
            (None, None) => Some("the case expects nothing".to_owned()),
            (None, Some(expected)) => match case.play(&directory) {
                Err(why) => Some(format!("the case cannot be played: {why}")),
                Ok((events, trace)) => {
                    story.extend(events.iter().map(|event| format!("  {event}\n")));
                    story += &trace;
                    difference(expected, &events).map(|parts| {
                        let shown =
                            |event: Option<Event>| event.map_or("nothing".to_owned(), |event| event.to_string());
                        let (line, expected, got) = (parts.line, shown(parts.expected), shown(parts.got));
                        format!("line {line}: expected {expected}, got {got}")
                    })
                }
            },
        },
    };
    Verdict { differs, story }
}

fn judge_time(text: &str) -> Verdict {
    let case: TimeCase = match serde_json::from_str(text) {
        Ok(case) => case,
        Err(why) => return Verdict::unread(&why),
    };
    let compiled = serde_json::from_str::<raw::Calendar>(case.calendar.get())
        .map_err(|why| why.to_string())
        .and_then(|calendar| Calendar::compile(&calendar).map_err(|problems| problems.to_string()));
    let calendar = match compiled {
        Ok(calendar) => calendar,
        Err(why) => {
            let differs = (!case.expect_error).then(|| format!("expected a calendar, got {}", first_line(&why)));
            return Verdict { differs, story: why };
        }
    };
    if case.expect_error {
        return Verdict { differs: Some("expected an error, got none".to_owned()), story: "compiles".to_owned() };
    }
    let Some(at) = case.at else {
        return Verdict { differs: Some("the case has no moment".to_owned()), story: "no moment".to_owned() };
    };
    let shown = |category: Option<_>, change: Option<_>| {
        let category =
            category.map_or("no category".to_owned(), |it: presence_core::calendar::Category| it.to_string());
        let change = change.map_or("no change".to_owned(), |it: presence_core::Instant| format!("a change at {it}"));
        format!("{category}, then {change}")
    };
    let (category, change) = (calendar.category(at), calendar.next_change(at));
    let got = shown(Some(category), change);
    let differs = (case.category != Some(category) || case.next_change != change)
        .then(|| format!("line 1: expected {}, got {got}", shown(case.category, case.next_change)));
    Verdict { differs, story: format!("{} ({at}): {got}", calendar.local(at)) }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
