//! How the board is laid out: people above, calls below, the last lines at the bottom.

use presence_core::Instant;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Color;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, Borders, Cell, Paragraph, Row, Table};

use super::board::{Board, House, Person};
use super::timeline::{self, Paint};
use crate::pbx::Now;

/// Below this width only the most needful columns are shown, and from this one on also where devices are.
const WIDE: u16 = 76;
const WIDEST: u16 = 140;
/// Lines at the bottom.
const LINES: u16 = 5;
/// Below this height there are no lines.
const TALL: u16 = 16;

/// How it is drawn.
pub(super) struct Screen {
    pub(super) title: String,
    pub(super) colours: bool,
}

impl Screen {
    pub(super) fn draw(&self, frame: &mut Frame<'_>, board: &Board, house: &House, now: Now) {
        let people = &house.people;
        let area = frame.area();
        let lines = if area.height >= TALL { LINES } else { 0 };
        // People get what they need, but leave half of it to the calls.
        let wanted = u16::try_from(people.len()).unwrap_or(u16::MAX).saturating_add(2);
        let room = area.height.saturating_sub(1 + lines) / 2;
        let [top, upper, middle, lower] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(wanted.min(room)),
            Constraint::Min(0),
            Constraint::Length(lines),
        ])
        .areas(area);
        frame.render_widget(self.head(board, house, now), top);
        self.people(frame, upper, people, now);
        self.calls(frame, middle, board, now);
        self.lines(frame, lower, board);
    }

    const fn paint(&self) -> Paint {
        Paint(self.colours)
    }

    fn head(&self, board: &Board, house: &House, now: Now) -> Line<'static> {
        let (devices, calls) = (many(house.devices, "device"), many(board.live(), "call"));
        let title = Span::styled(self.title.clone(), self.paint().bold());
        let time = now.at.to_string();
        let clock = time.split_once('T').map_or("", |(_, clock)| clock.trim_end_matches('Z'));
        Line::from(vec![title, Span::raw(format!("  {clock} UTC  {devices}, {calls}  q quits"))])
    }

    fn block(&self, title: &'static str) -> Block<'static> {
        Block::new().borders(Borders::TOP).title(title).border_style(self.paint().of(Color::DarkGray))
    }

    fn people(&self, frame: &mut Frame<'_>, area: Rect, people: &[Person], now: Now) {
        let wide = area.width >= WIDE;
        let rows = people.iter().map(|person| self.person(person, area.width, now.at));
        let widths: &[Constraint] = if wide {
            &[
                Constraint::Length(6),
                Constraint::Length(12),
                Constraint::Length(16),
                Constraint::Fill(5),
                Constraint::Fill(3),
            ]
        } else {
            &[Constraint::Length(6), Constraint::Fill(2), Constraint::Fill(3)]
        };
        frame.render_widget(Table::new(rows, widths).block(self.block(" people ")), area);
    }

    fn person(&self, person: &Person, width: u16, now: Instant) -> Row<'static> {
        let colour = match person.status.as_str() {
            "available" => Color::Green,
            "do_not_disturb" | "busy" => Color::Red,
            _ => Color::Yellow,
        };
        let status = Cell::from(Span::styled(person.status.replace('_', " "), self.paint().of(colour)));
        let devices = person.devices.iter().map(|device| {
            let busy = if device.busy { " on a call" } else { "" };
            if width >= WIDEST {
                format!("{}{busy} ({})", device.id, device.address)
            } else {
                format!("{}{busy}", device.id)
            }
        });
        let devices: Vec<String> = devices.collect();
        let devices = if devices.is_empty() { "-".to_owned() } else { devices.join(", ") };
        let number = Cell::from(person.number.clone());
        if width < WIDE {
            return Row::new([number, status, Cell::from(devices)]);
        }
        let next = person.until.as_ref().map(|(at, then)| format!(", {then} from {}", moment(*at, now)));
        let holds = format!("{} ({}){}", person.profile, person.why, next.unwrap_or_default());
        Row::new([number, Cell::from(person.name.clone()), status, Cell::from(holds), Cell::from(devices)])
    }

    /// Calls that are not over come first; what does not fit is not shown.
    fn calls(&self, frame: &mut Frame<'_>, area: Rect, board: &Board, now: Now) {
        let (live, over): (Vec<_>, Vec<_>) = board.calls.iter().partition(|call| call.ended.is_none());
        let mut text = Text::default();
        for call in live.into_iter().chain(over) {
            if text.height() >= usize::from(area.height) {
                break;
            }
            text.extend(timeline::lines(call, usize::from(area.width), now.since, self.paint()));
        }
        if board.calls.is_empty() {
            text.push_line(Line::styled("no calls yet", self.paint().of(Color::DarkGray)));
        }
        frame.render_widget(Paragraph::new(text).block(self.block(" calls ")), area);
    }

    fn lines(&self, frame: &mut Frame<'_>, area: Rect, board: &Board) {
        let room = usize::from(area.height.saturating_sub(1));
        let mut lines: Vec<_> = board.lines.iter().take(room).map(|line| Line::raw(line.clone())).collect();
        lines.reverse();
        frame.render_widget(Paragraph::new(lines).block(self.block(" last ")), area);
    }
}

fn many(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The time, and the date where it is another day.
fn moment(at: Instant, now: Instant) -> String {
    let (at, now) = (at.to_string(), now.to_string());
    let (Some((date, time)), Some((today, _))) = (at.split_once('T'), now.split_once('T')) else { return at };
    let time = time.trim_end_matches('Z');
    let time = time.strip_suffix(":00").unwrap_or(time);
    if date == today { time.to_owned() } else { format!("{date} {time}") }
}
