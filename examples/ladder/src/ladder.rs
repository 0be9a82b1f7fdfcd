//! What all peers saw, merged into one ladder, beside what they should have seen.

use std::fmt::Write as _;

use crate::case::{Case, Mark, Role, Rung};
use crate::log::{Seen, Way};
use crate::message::Message;
use crate::pattern::matches;

/// Times are told in tenths; a message may come one earlier or later.
const TENTHS_OFF_MAX: i64 = 1;

/// A message in the merged ladder.
#[derive(Debug)]
pub(crate) struct Line {
    /// Since the first INVITE, in tenths of a second.
    tenths: i64,
    peer: String,
    sent: bool,
    message: Message,
}

/// How a case ended.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    Fits,
    /// All is there and in order, but not at its time, or sent again since an answer was not there in time.
    Late(Vec<String>),
    Differs(Vec<String>),
}

/// Merges what the peers saw. Left out is what nobody wrote down on purpose: 100 and REGISTER of a peer whose ladder has none, and
/// a stranger who has none at all.
pub(crate) fn merge(case: &Case, seen: Vec<(String, Vec<Seen>)>) -> Vec<Line> {
    let mut all: Vec<(String, Seen)> = Vec::new();
    for (peer, messages) in seen {
        let titles: Vec<&str> =
            case.ladder.iter().filter(|rung| rung.peer == peer).map(|rung| rung.title.as_str()).collect();
        let unheard =
            case.peers.iter().any(|other| other.name == peer && other.role == Role::Stranger) && titles.is_empty();
        let lists = |word: &str| titles.iter().any(|title| title.split(' ').any(|part| part == word));
        let kept = messages.into_iter().filter(|seen| {
            let title = seen.message.title();
            let trying = title.starts_with("100 ") && !lists("100");
            let registration = (title.starts_with("REGISTER ") || title.ends_with(" REGISTER")) && !lists("REGISTER");
            !unheard && !trying && !registration
        });
        all.extend(kept.map(|seen| (peer.clone(), seen)));
    }
    all.sort_by_key(|(_, seen)| seen.micros);
    let first = all.iter().find(|(_, seen)| seen.message.title().starts_with("INVITE ")).or(all.first());
    let zero = first.map_or(0, |(_, seen)| seen.micros);
    let line = |(peer, seen): (String, Seen)| {
        let micros = signed(seen.micros) - signed(zero);
        let sent = seen.way == Way::Sent;
        Line { tenths: (micros + 50_000).div_euclid(100_000), peer, sent, message: seen.message }
    };
    all.into_iter().map(line).collect()
}

/// Holds what was seen against the case, peer by peer: exactly these messages, in this order, at these times.
pub(crate) fn compare(case: &Case, lines: &[Line]) -> Verdict {
    let mut told = Differences::default();
    for peer in &case.peers {
        // What a softphone tells of a call comes another way than its packets: which is first is chance.
        for events in [false, true] {
            let expected = case.ladder.iter().filter(|rung| rung.peer == peer.name && is_event(&rung.title) == events);
            let seen = lines.iter().filter(|line| line.peer == peer.name && is_event(&line.message.title()) == events);
            told.note(expected, seen);
        }
    }
    match told {
        Differences { wrong, late } if wrong.is_empty() && late.is_empty() => Verdict::Fits,
        Differences { wrong, late } if wrong.is_empty() => Verdict::Late(late),
        Differences { wrong, .. } => Verdict::Differs(wrong),
    }
}

#[derive(Default)]
struct Differences {
    wrong: Vec<String>,
    late: Vec<String>,
}

impl Differences {
    /// Goes along both, up to the first message that is another one: what follows it tells nothing. A message that nobody wrote down
    /// and that is to the last byte one seen before was sent again because somebody was slow.
    fn note<'a>(&mut self, expected: impl Iterator<Item = &'a Rung>, seen: impl Iterator<Item = &'a Line>) {
        let mut expected = expected.peekable();
        let mut before: Vec<&Line> = Vec::new();
        for line in seen {
            let again = before.iter().any(|earlier| earlier.sent == line.sent && earlier.message == line.message);
            before.push(line);
            if let Some(rung) = expected.next_if(|rung| rung.names(line)) {
                let place = rung.place();
                self.wrong.extend(rung.missing(&line.message).map(|why| format!("{place} {why}")));
                if (rung.tenths() - line.tenths).abs() > TENTHS_OFF_MAX {
                    self.late.push(format!("{place} came at {}", clock(line.tenths)));
                }
            } else if again {
                self.late.push(format!("`{}` came again", line.text()));
            } else if let Some(rung) = expected.peek() {
                return self.wrong.push(format!("{} was `{}`", rung.place(), line.text()));
            } else {
                return self.wrong.push(format!("`{}` is one too many", line.text()));
            }
        }
        self.wrong.extend(expected.next().map(|rung| format!("{} never came", rung.place())));
    }
}

/// The ladder as a case writes it.
pub(crate) fn text(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        let _ = writeln!(text, "{}", line.text());
    }
    text
}

/// The ladder of the case as it was seen. What was written about a message that came again is kept.
pub(crate) fn rewritten(case: &Case, lines: &[Line]) -> String {
    let mut left: Vec<&Rung> = case.ladder.iter().collect();
    let width = case.peers.iter().map(|peer| peer.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for line in lines {
        let known = left.iter().position(|rung| rung.peer == line.peer && rung.names(line)).map(|at| left.remove(at));
        let title = known.map_or_else(|| line.short_title(), |rung| rung.title.clone());
        let _ = writeln!(text, "{} {:<width$} {} {title}", clock(line.tenths), line.peer, arrow(line.sent));
        for mark in known.iter().flat_map(|rung| &rung.marks) {
            let _ = match mark {
                Mark::Field(name, pattern) => writeln!(text, "       {name}: {pattern}"),
                Mark::NoField(name) => writeln!(text, "       no {name}"),
                Mark::Body(pattern) => writeln!(text, "       body: {pattern}"),
            };
        }
    }
    text
}

/// What was expected, and beside it what was seen.
pub(crate) fn side_by_side(case: &Case, lines: &[Line]) -> String {
    let left: Vec<String> = case.ladder.iter().map(Rung::text).collect();
    let right: Vec<String> = lines.iter().map(Line::text).collect();
    let width = left.iter().map(|text| text.chars().count()).max().unwrap_or(0).max("expected".len()) + 2;
    let mut text = format!("{:<width$}seen\n", "expected");
    for row in 0..left.len().max(right.len()) {
        let of = |column: &[String]| column.get(row).cloned().unwrap_or_default();
        let _ = writeln!(text, "{}", format!("{:<width$}{}", of(&left), of(&right)).trim_end());
    }
    text
}

impl Line {
    /// What tells it from its neighbours: the target of an INVITE, the request of a 200.
    fn short_title(&self) -> String {
        let title = self.message.title();
        match title.split_once(' ') {
            Some(("INVITE", uri)) => format!("INVITE {}@*", uri.split('@').next().unwrap_or_default()),
            Some((status, _)) if !status.starts_with(['2', '4']) => status.to_owned(),
            Some((first, _)) if first.starts_with(|letter: char| letter.is_ascii_alphabetic()) => first.to_owned(),
            _ => title,
        }
    }

    fn text(&self) -> String {
        format!("{} {:<6} {} {}", clock(self.tenths), self.peer, arrow(self.sent), self.message.title())
    }
}

impl Rung {
    fn text(&self) -> String {
        format!("{} {:<6} {} {}", clock(self.tenths()), self.peer, arrow(self.sent), self.title)
    }

    fn place(&self) -> String {
        format!("line {}: `{}`", self.line, self.text())
    }

    /// Tenths of at most a minute fit anywhere.
    #[allow(clippy::cast_possible_truncation, reason = "a case lasts a minute at most")]
    fn tenths(&self) -> i64 {
        (self.at * 10.0).round() as i64
    }

    /// Whether that is the message meant: a method or status alone, or a pattern of the whole title.
    fn names(&self, line: &Line) -> bool {
        let title = line.message.title();
        let first = title.split(' ').next().unwrap_or_default();
        self.sent == line.sent && (self.title == first || matches(&self.title, &title))
    }

    /// The first mark that the message does not have. Marks of one header field stand in the order of its values.
    fn missing(&self, message: &Message) -> Option<String> {
        let mut past: Vec<(&str, usize)> = Vec::new();
        for mark in &self.marks {
            match mark {
                Mark::NoField(name) => {
                    if let Some(value) = message.values(name).next() {
                        return Some(format!("has `{name}: {value}`"));
                    }
                }
                Mark::Body(pattern) => {
                    if !matches(pattern, message.body()) {
                        return Some(format!("has no body like `{pattern}`"));
                    }
                }
                Mark::Field(name, pattern) => {
                    let from = past.iter().rev().find(|(other, _)| other == name).map_or(0, |(_, next)| *next);
                    let found = message.values(name).enumerate().skip(from).find(|(_, value)| matches(pattern, value));
                    let Some((at, _)) = found else {
                        let values: Vec<&str> = message.values(name).collect();
                        return Some(format!("has no `{name}: {pattern}`, but {values:?}"));
                    };
                    past.push((name, at + 1));
                }
            }
        }
        None
    }
}

fn is_event(title: &str) -> bool {
    title.starts_with("CALL_")
}

fn signed(micros: u64) -> i64 {
    i64::try_from(micros).unwrap_or(i64::MAX)
}

fn clock(tenths: i64) -> String {
    let sign = if tenths < 0 { '-' } else { '+' };
    format!("{sign}{}.{}", tenths.abs() / 10, tenths.abs() % 10)
}

const fn arrow(sent: bool) -> char {
    if sent { '>' } else { '<' }
}

#[cfg(test)]
mod tests;
