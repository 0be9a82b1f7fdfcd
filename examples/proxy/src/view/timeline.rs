//! A call as lines: a bar for each leg from when it was called until it stopped, and what became of it.

use std::time::Duration;

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use super::board::{Call, Fate, Leg};

/// The widest name of a leg, and the widest bar; below the narrowest there is none.
const NAME_MAX: usize = 24;
const BAR_MAX: usize = 48;
const BAR_MIN: usize = 8;
/// What is kept free for the words behind a bar.
const WORDS: usize = 16;

/// Colours, where somebody wants them.
#[derive(Clone, Copy)]
pub(super) struct Paint(pub(super) bool);

impl Paint {
    pub(super) fn of(self, colour: Color) -> Style {
        if self.0 { Style::new().fg(colour) } else { Style::new() }
    }

    pub(super) fn bold(self) -> Style {
        if self.0 { Style::new().add_modifier(Modifier::BOLD) } else { Style::new() }
    }
}

/// The lines of a call, in a space of this width.
pub(super) fn lines(call: &Call, width: usize, now: Duration, paint: Paint) -> Vec<Line<'static>> {
    let mut lines = vec![head(call, now, paint)];
    let name = call.legs.iter().map(|leg| leg.target.chars().count()).max().unwrap_or(0).min(NAME_MAX).min(width / 3);
    let space = width.saturating_sub(name + WORDS + 4).min(BAR_MAX);
    let last = call.legs.iter().map(|leg| leg.ended.as_ref().map_or(now, |(at, _)| *at)).max().unwrap_or(now);
    let column = column(last.saturating_sub(call.began), space);
    for leg in &call.legs {
        let place = |at: Duration| (at.saturating_sub(call.began).as_millis() / column) as usize;
        let shown: String = leg.target.chars().take(name).collect();
        let mut spans = vec![Span::raw(format!("  {shown:name$}  "))];
        if space >= BAR_MIN {
            spans.extend(bar(leg, place, now, paint));
        }
        spans.push(Span::styled(words(leg, now), paint.of(Color::DarkGray)));
        lines.push(Line::from(spans));
    }
    lines.extend(call.notes.iter().map(|note| Line::styled(format!("  {note}"), paint.of(Color::Cyan))));
    lines
}

fn head(call: &Call, now: Duration, paint: Paint) -> Line<'static> {
    let secs = |from: Duration, to: Duration| clock(to.saturating_sub(from));
    let (state, colour) = match (call.connected, call.ended) {
        (Some(since), None) => (format!("talking {}", secs(since, now)), Color::Green),
        (Some(since), Some(at)) => (format!("talked {}", secs(since, at)), Color::DarkGray),
        (None, Some(_)) => ("over".to_owned(), Color::DarkGray),
        (None, None) => (format!("{} so far", secs(call.began, now)), Color::Yellow),
    };
    let parties = Span::styled(format!("{} -> {}", call.from, call.to), paint.bold());
    Line::from(vec![parties, Span::raw("  "), Span::styled(state, paint.of(colour))])
}

/// A column is a round time, so that bars do not jitter while they grow.
fn column(length: Duration, space: usize) -> u128 {
    let steps = [250, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000];
    let fits = |step: &u128| length.as_millis() / step < space as u128;
    steps.into_iter().find(fits).unwrap_or(600_000)
}

fn bar(leg: &Leg, place: impl Fn(Duration) -> usize, now: Duration, paint: Paint) -> Vec<Span<'static>> {
    let end = leg.ended.as_ref().map_or(now, |(at, _)| *at);
    let (from, to) = (place(leg.began), place(end).max(place(leg.began)));
    let rang = leg.rang.map_or(to, place).clamp(from, to);
    let (sign, colour) = match leg.ended.as_ref().map(|(_, fate)| fate) {
        None => ("▸", Color::Yellow),
        Some(Fate::Won) => ("✔", Color::Green),
        Some(Fate::Failed(_)) => ("✘", Color::Red),
        Some(Fate::Stopped(_)) => ("╴", Color::DarkGray),
    };
    let drawn = format!("{}{}{sign}", "╌".repeat(rang - from), "━".repeat(to - rang));
    vec![Span::raw(" ".repeat(from)), Span::styled(drawn, paint.of(colour)), Span::raw(" ")]
}

fn words(leg: &Leg, now: Duration) -> String {
    match &leg.ended {
        None if leg.rang.is_some() => format!("rings {}", clock(now.saturating_sub(leg.rang.unwrap_or(now)))),
        None => "called".to_owned(),
        Some((_, Fate::Won)) => "answered".to_owned(),
        Some((_, Fate::Failed(what) | Fate::Stopped(what))) => what.clone(),
    }
}

/// `0:07`, `12:30`, `1:02:03`
fn clock(time: Duration) -> String {
    let secs = time.as_secs();
    let (hours, minutes, secs) = (secs / 3600, secs / 60 % 60, secs % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{secs:02}") } else { format!("{minutes}:{secs:02}") }
}
