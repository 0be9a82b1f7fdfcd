//! The live view: who is registered and what holds for whom, calls as timelines, and what was said last.
//!
//! Drawn where somebody watches. The terminal is given back as it was found, however the program ends.

mod board;
mod screen;
#[cfg(test)]
mod tests;
mod timeline;

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event as Key, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::crossterm::terminal::is_raw_mode_enabled;

pub(crate) use self::board::{Board, Device, House, Person};
use self::screen::Screen;
use crate::pbx::Now;

/// How often it is drawn at most, and how often at least, for the clock and the bars.
const SOONEST: Duration = Duration::from_millis(200);
const LATEST: Duration = Duration::from_secs(1);
/// Keys that are looked at between two datagrams.
const KEYS_MAX: usize = 16;

/// The terminal while it is drawn on.
pub(crate) struct View {
    terminal: DefaultTerminal,
    screen: Screen,
    drawn: Option<Duration>,
    touched: bool,
}

impl View {
    /// Takes the terminal; `None` where there is none, or none that can be drawn on.
    pub(crate) fn open(title: String) -> Option<Self> {
        if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
            return None;
        }
        let colours = std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
        // ratatui puts a panic hook in place that gives the terminal back before anything is told.
        let terminal = ratatui::try_init().inspect_err(|_| ratatui::restore()).ok()?;
        Some(Self { terminal, screen: Screen { title, colours }, drawn: None, touched: true })
    }

    /// Something has changed.
    pub(crate) const fn touch(&mut self) {
        self.touched = true;
    }

    /// Whether it is time to draw.
    pub(crate) fn is_due(&self, now: Now) -> bool {
        let Some(drawn) = self.drawn else { return true };
        let since = now.since.saturating_sub(drawn);
        since >= LATEST || (self.touched && since >= SOONEST)
    }

    /// How many people fit on it at most.
    pub(crate) fn rows(&self) -> usize {
        self.terminal.size().map_or(0, |size| usize::from(size.height))
    }

    /// Draws. A terminal that is gone is no reason to stop serving phones.
    pub(crate) fn draw(&mut self, board: &Board, house: &House, now: Now) {
        let screen = &self.screen;
        // A panic that somebody caught has given the terminal back: it is taken again.
        if !is_raw_mode_enabled().unwrap_or(true) {
            if let Ok(again) = ratatui::try_init() {
                self.terminal = again;
            }
        }
        let _ = self.terminal.draw(|frame| screen.draw(frame, board, house, now));
        self.drawn = Some(now.since);
        self.touched = false;
    }

    /// Whether somebody pressed a key that ends the program: in its own mode the terminal makes no signal of Ctrl-C.
    pub(crate) fn wants_to_quit(&mut self) -> bool {
        for _ in 0..KEYS_MAX {
            if !event::poll(Duration::ZERO).unwrap_or(false) {
                return false;
            }
            match event::read() {
                Ok(Key::Key(key)) if key.kind != KeyEventKind::Release => {
                    let control = key.modifiers.contains(KeyModifiers::CONTROL);
                    if key.code == KeyCode::Char('q') || (control && key.code == KeyCode::Char('c')) {
                        return true;
                    }
                }
                Ok(Key::Resize(..)) => self.touched = true,
                _ => {}
            }
        }
        false
    }
}

impl Drop for View {
    fn drop(&mut self) {
        ratatui::restore();
    }
}
