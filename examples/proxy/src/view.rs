//! The live view: who is registered and what holds for whom, calls as timelines, and what was said last.
//!
//! Drawn where somebody watches. The terminal is given back as it was found, however the program ends.

mod board;
mod screen;
#[cfg(test)]
mod tests;
mod timeline;

use std::io::{self, IsTerminal as _, Read as _};
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ratatui::DefaultTerminal;
use ratatui::crossterm::terminal::is_raw_mode_enabled;

pub(crate) use self::board::{Board, Device, House, Person};
use self::screen::Screen;
use crate::pbx::Now;

/// How often it is drawn at most, and how often at least, for the clock, the bars and another size.
const SOONEST: Duration = Duration::from_millis(200);
const LATEST: Duration = Duration::from_secs(1);

/// The terminal while it is drawn on.
pub(crate) struct View {
    /// Never dropped: ratatui would complain on a terminal that is gone, and panic because nobody hears it.
    terminal: ManuallyDrop<DefaultTerminal>,
    screen: Screen,
    drawn: Option<Duration>,
    touched: bool,
    quit: Arc<AtomicBool>,
}

impl View {
    /// Takes the terminal; `None` where there is none, or none that can be drawn on.
    pub(crate) fn open(title: String) -> Option<Self> {
        if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
            return None;
        }
        let colours = std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
        // ratatui puts a panic hook in place that gives the terminal back before anything is told.
        let terminal = ratatui::try_init().inspect_err(|_| drop(ratatui::try_restore())).ok()?;
        let quit = Arc::new(AtomicBool::new(false));
        let pressed = Arc::clone(&quit);
        std::thread::spawn(move || keys(&pressed));
        let terminal = ManuallyDrop::new(terminal);
        Some(Self { terminal, screen: Screen { title, colours }, drawn: None, touched: true, quit })
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

    /// Draws; an error where the terminal is gone.
    pub(crate) fn draw(&mut self, board: &Board, house: &House, now: Now) -> io::Result<()> {
        let screen = &self.screen;
        // A panic that somebody caught has given the terminal back: it is taken again.
        if !is_raw_mode_enabled().unwrap_or(true) {
            self.terminal = ManuallyDrop::new(ratatui::try_init()?);
        }
        self.terminal.draw(|frame| screen.draw(frame, board, house, now))?;
        self.drawn = Some(now.since);
        self.touched = false;
        Ok(())
    }

    /// Whether somebody pressed a key that ends the program, or closed the terminal.
    pub(crate) fn wants_to_quit(&self) -> bool {
        self.quit.load(Ordering::Relaxed)
    }
}

/// Waits for `q`, for Ctrl-C, of which a terminal in its own mode makes no signal, or for the end of the terminal.
///
/// It waits in a thread of its own: crossterm's events never return where the terminal has gone.
fn keys(quit: &AtomicBool) {
    const CTRL_C: u8 = 3;
    let mut bytes = [0; 64];
    loop {
        match io::stdin().lock().read(&mut bytes) {
            Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
            Ok(count @ 1..) if !bytes.iter().take(count).any(|byte| matches!(*byte, b'q' | CTRL_C)) => {}
            _ => return quit.store(true, Ordering::Relaxed),
        }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        // Where the terminal is gone there is nothing to give back, and nobody to tell.
        let _ = self.terminal.show_cursor();
        let _ = ratatui::try_restore();
    }
}
