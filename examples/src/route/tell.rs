//! Tells a call that was played: what happened when, and why, line by line.

use std::io::{self, Write};

use presence_core::{Directory, Elapsed, ExtensionNumber, Lookup as _, Printable};
use presence_eval::{CallEvent, Ending, Handoff, LegId, LegTarget, Origin, Reason, Target, Why};
use presence_vectors::Played;

use super::when;
use crate::paint::Paint;

/// Writes who calls whom, and when.
pub(crate) fn head(
    directory: &Directory,
    title: Option<&str>,
    event: &CallEvent,
    zone: chrono_tz::Tz,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let side = match event.origin {
        Origin::Internal => "inside",
        Origin::External => "outside",
    };
    let from = match (event.caller.number, event.caller.anonymous) {
        (Some(number), anonymous) => {
            let caller = number.try_into().map_or_else(|_| number.to_string(), |number| who(directory, number));
            if anonymous { format!("{caller}, withheld,") } else { caller }
        }
        (None, true) => "somebody without a number".to_owned(),
        (None, false) => "somebody".to_owned(),
    };
    let to = event.callee.try_into().map_or_else(|_| event.callee.to_string(), |number| who(directory, number));
    let line = format!("{from} calls {to} from {side}, {}", when::shown(event.at, zone));
    match title {
        Some(title) => writeln!(out, "{}\n{line}", paint.bold(Printable(title))),
        None => writeln!(out, "{}", paint.bold(line)),
    }
}

/// Writes the plan with its times, and the reasons between.
pub(crate) fn story(directory: &Directory, played: &Played, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    write(lines(directory, played), paint, out)
}

/// Writes where the call went and why, without what each leg did.
pub(crate) fn way(directory: &Directory, played: &Played, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let of_legs = |line: &Line| matches!(line, Line::Leg(_));
    write(lines(directory, played).into_iter().filter(|(_, line)| !of_legs(line)).collect(), paint, out)
}

fn write(lines: Vec<(Elapsed, Line)>, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let mut last = None;
    for (at, line) in lines {
        let shown = if last == Some(at) { String::new() } else { at.to_string() };
        last = Some(at);
        let text = match line {
            Line::Leg(text) | Line::Goes(text) => text,
            Line::Because(text) => paint.dim(format!("· {text}")),
            Line::Ends(text, true) => paint.green(text),
            Line::Ends(text, false) => paint.yellow(text),
        };
        writeln!(out, "  {shown:<6} {text}")?;
    }
    Ok(())
}

/// One line of a call's story.
enum Line {
    /// What a leg does.
    Leg(String),
    /// Where the call goes.
    Goes(String),
    /// Why.
    Because(String),
    /// How it ends, and whether anybody took it.
    Ends(String, bool),
}

fn lines(directory: &Directory, played: &Played) -> Vec<(Elapsed, Line)> {
    let mut lines = Vec::new();
    // Legs that start together, or ring out together, are one line.
    let mut ringing: Option<(Elapsed, Elapsed, Vec<String>)> = None;
    let mut rang_out: Option<(Elapsed, Vec<String>)> = None;
    let mut handed_over = None;
    for (at, reason) in &played.trace {
        if !matches!(reason, Reason::Ring { .. }) {
            lines.extend(ringing.take().map(rings));
        }
        if !matches!(reason, Reason::RangOut { .. }) {
            lines.extend(rang_out.take().map(|(at, legs)| (at, Line::Leg(format!("{} rang out", and(&legs))))));
        }
        let line = match reason {
            Reason::Ring { target, until, .. } => {
                match &mut ringing {
                    Some((since, same, legs)) if since == at && same == until => legs.push(leg(target)),
                    _ => {
                        lines.extend(ringing.take().map(rings));
                        ringing = Some((*at, *until, vec![leg(target)]));
                    }
                }
                continue;
            }
            Reason::RangOut { leg } => {
                rang_out.get_or_insert((*at, Vec::new())).1.push(name(played, *leg));
                continue;
            }
            Reason::Called { .. } | Reason::Refused { .. } | Reason::RingOver { .. } => continue,
            // The ending that follows at once says it all.
            Reason::Divert { to: Target::HandOff(_), why, .. } => {
                handed_over = Some(because(*why));
                continue;
            }
            Reason::Divert { to, why, .. } => Line::Goes(format!("{}: on to {}", because(*why), target(directory, to))),
            Reason::Outcome { leg, outcome } => Line::Leg(format!("{} {}", name(played, *leg), does(outcome))),
            Reason::Ended { ending } => {
                let why = handed_over.take().map(|why| format!("{why}: ")).unwrap_or_default();
                Line::Ends(why + &ends(directory, ending), is_good(ending))
            }
            other => Line::Because(other.to_string()),
        };
        lines.push((*at, line));
    }
    lines
}

fn rings((at, until, legs): (Elapsed, Elapsed, Vec<String>)) -> (Elapsed, Line) {
    let verb = if legs.len() == 1 { "rings" } else { "ring" };
    (at, Line::Leg(format!("{} {verb} until {until}", and(&legs))))
}

/// How a call ended, as a sentence.
pub(crate) fn ends(directory: &Directory, ending: &Ending) -> String {
    match ending {
        Ending::Connected { target, .. } => format!("connected with {}", leg(target)),
        Ending::HandedTo(handoff) => format!("on to {}", handed(directory, handoff)),
        Ending::Refused(cause) => format!("refused, {}", words(&cause.to_string())),
        Ending::Returned(cause) => format!("back to the host's group: {}", words(&cause.to_string())),
        Ending::Abandoned => "the caller hangs up".to_owned(),
    }
}

/// Whether somebody, or a mailbox or menu, takes the call.
pub(crate) const fn is_good(ending: &Ending) -> bool {
    matches!(ending, Ending::Connected { .. } | Ending::HandedTo(_))
}

/// An extension or group as people know it.
pub(crate) fn who(directory: &Directory, number: ExtensionNumber) -> String {
    if let Some(extension) = directory.extension(number) {
        return extension.name().map_or(number.to_string(), |name| format!("{} ({number})", Printable(name)));
    }
    if directory.tenant().group(number).is_some() { format!("group {number}") } else { number.to_string() }
}

/// A leg as people know it.
pub(crate) fn leg(target: &LegTarget) -> String {
    match target {
        LegTarget::Device { id, .. } => id.to_string(),
        LegTarget::Mobile { number, .. } => format!("mobile {number}"),
        LegTarget::External(number) => number.to_string(),
    }
}

fn name(played: &Played, id: LegId) -> String {
    played.legs.get(id.index() as usize).map(leg).unwrap_or_default()
}

fn target(directory: &Directory, target: &Target) -> String {
    match target {
        Target::Extension(number) | Target::Group(number) => who(directory, *number),
        Target::External(number) => number.to_string(),
        Target::Mobile { of, .. } => format!("the mobile of {}", who(directory, *of)),
        Target::HandOff(handoff) => handed(directory, handoff),
    }
}

fn handed(directory: &Directory, handoff: &Handoff) -> String {
    match handoff {
        Handoff::Voicemail { of, greeting: None } => format!("the mailbox of {}", who(directory, *of)),
        Handoff::Voicemail { of, greeting: Some(greeting) } => {
            format!("the mailbox of {}, greeting `{greeting}`", who(directory, *of))
        }
        Handoff::Ivr(name) => format!("menu `{name}`"),
        Handoff::Queue(name) => format!("queue `{name}`"),
        Handoff::Announcement(name) => format!("announcement `{name}`"),
    }
}

const fn because(why: Why) -> &'static str {
    match why {
        Why::Always => "always",
        Why::Unavailable => "unavailable",
        Why::Busy => "busy",
        Why::NoAnswer => "no answer",
        Why::DirectToVoicemail => "straight to voicemail",
        Why::Exception => "by exception",
        Why::Deflection => "sent on by the device",
    }
}

fn does(outcome: &presence_eval::LegOutcome) -> String {
    use presence_eval::LegOutcome as Outcome;

    match outcome {
        Outcome::Ringing => "rings".to_owned(),
        Outcome::Answered => "picks up".to_owned(),
        Outcome::Confirmed => "confirms".to_owned(),
        Outcome::Busy => "is busy".to_owned(),
        Outcome::Declined => "declines".to_owned(),
        Outcome::Unreachable => "cannot be reached".to_owned(),
        Outcome::NoAnswer => "gives up ringing".to_owned(),
        Outcome::Deflected(to) => format!("sends the call to {to}"),
    }
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
