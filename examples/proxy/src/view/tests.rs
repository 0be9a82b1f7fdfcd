#![allow(clippy::unwrap_used, reason = "tests")]

use presence_core::ExtensionNumber;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;

use super::*;
use crate::pbx::{CallNews, Event};

fn now(secs: u64) -> Now {
    let start: presence_core::Instant = "2026-03-02T16:00:00Z".parse().unwrap();
    let since = Duration::from_secs(secs);
    Now { since, at: start.saturating_add(since) }
}

fn number(number: &str) -> ExtensionNumber {
    number.parse().unwrap()
}

fn call(board: &mut Board, call: u64, secs: u64, what: CallNews) {
    board.tell(&Event::Call { call, what }, now(secs));
}

fn house() -> House {
    let device = |id: &str, port: u16, busy| Device { id: id.into(), address: ([192, 0, 2, 9], port).into(), busy };
    let ada = Person {
        number: "1001".into(),
        name: "Ada".into(),
        status: "available".into(),
        profile: "desk".into(),
        why: "office: business".into(),
        until: Some(("2026-03-02T17:00:00Z".parse().unwrap(), "home".into())),
        devices: vec![device("ada-desk", 5070, true), device("ada-app", 5072, false)],
    };
    let bob = Person {
        number: "1002".into(),
        name: "Bob".into(),
        status: "do_not_disturb".into(),
        profile: "dnd".into(),
        why: "chosen".into(),
        until: Some(("2026-03-03T09:00:30Z".parse().unwrap(), "desk".into())),
        devices: Vec::new(),
    };
    House { devices: 2, people: vec![ada, bob] }
}

/// A call that is forwarded and answered, one that rings, and one that was given up.
fn board() -> Board {
    let mut board = Board::default();
    board.say("listening on 192.0.2.1:5060, 2 extensions");
    board.tell(
        &Event::Registered { user: number("1001"), device: "ada-desk".into(), from: "192.0.2.9:5070".parse().unwrap() },
        now(0),
    );
    board.tell(
        &Event::Switched { user: number("1002"), profile: "dnd".into(), status: "do_not_disturb".into() },
        now(1),
    );
    board.tell(
        &Event::Refused { peer: "198.51.100.9:5060".parse().unwrap(), status: Some(401), why: "wrong\u{1b}[2J".into() },
        now(2),
    );
    call(&mut board, 1, 2, CallNews::Arrived { from: "+442079460000".into(), to: "1002".into() });
    call(&mut board, 1, 2, CallNews::Reason { line: "profile `dnd` is active".into() });
    call(&mut board, 1, 2, CallNews::Forwarded { to: "1001".into(), why: "always".into() });
    for (leg, target) in [(0, "ada-desk"), (1, "ada-app")] {
        call(&mut board, 1, 2, CallNews::Leg { leg, target: target.into() });
        call(&mut board, 1, 3 + u64::from(leg), CallNews::Rings { leg });
    }
    call(&mut board, 1, 10, CallNews::Cancelled { leg: 1, why: "answered elsewhere".into() });
    call(&mut board, 1, 10, CallNews::LegEnded { leg: 1, status: 487 });
    call(&mut board, 1, 10, CallNews::Connected { leg: 0, target: "ada-desk".into() });
    call(&mut board, 2, 12, CallNews::Arrived { from: "anonymous".into(), to: "1001".into() });
    call(&mut board, 2, 12, CallNews::Leg { leg: 0, target: "ada-desk".into() });
    call(&mut board, 2, 14, CallNews::LegEnded { leg: 0, status: 486 });
    call(&mut board, 2, 14, CallNews::Leg { leg: 1, target: "ada-app".into() });
    call(&mut board, 2, 15, CallNews::Rings { leg: 1 });
    call(&mut board, 3, 15, CallNews::Arrived { from: "1001".into(), to: "1009".into() });
    call(&mut board, 3, 15, CallNews::Refused { status: 404, why: "unknown callee".into() });
    board
}

fn drawn(width: u16, height: u16, board: &Board, house: &House, secs: u64) -> (String, bool) {
    let screen = Screen { title: "192.0.2.1:5060".into(), colours: false };
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| screen.draw(frame, board, house, now(secs))).unwrap();
    let buffer = terminal.backend().buffer();
    let lines = buffer.content.chunks(usize::from(width.max(1)));
    let text: Vec<String> =
        lines.map(|line| line.iter().map(|cell| cell.symbol()).collect::<String>().trim_end().to_owned()).collect();
    (text.join("\n").trim_end().to_owned(), buffer.content.iter().any(|cell| cell.fg != Color::Reset))
}

#[test]
fn a_wide_terminal_shows_people_calls_and_what_was_said() {
    let (text, coloured) = drawn(110, 26, &board(), &house(), 20);
    assert_eq!(text, include_str!("golden/wide.txt").trim_end(), "\n{text}");
    assert!(!coloured);
}

#[test]
fn the_widest_terminal_also_shows_where_devices_are() {
    let (text, _) = drawn(200, 9, &board(), &house(), 20);
    let line = text.lines().find(|line| line.starts_with("1001")).unwrap();
    assert!(line.ends_with("ada-desk on a call (192.0.2.9:5070), ada-app (192.0.2.9:5072)"), "{line}");
}

#[test]
fn a_narrow_terminal_shows_the_most_needful() {
    let (text, _) = drawn(44, 15, &board(), &house(), 20);
    assert_eq!(text, include_str!("golden/narrow.txt").trim_end(), "\n{text}");
}

#[test]
fn an_empty_house_says_so() {
    let (text, _) = drawn(60, 6, &Board::default(), &House::default(), 0);
    assert_eq!(text, include_str!("golden/empty.txt").trim_end(), "\n{text}");
}

/// Whatever the size, and however long a call lasts: nothing panics, and nothing from the network reaches the terminal raw.
#[test]
fn any_size_can_be_drawn() {
    let mut board = board();
    call(&mut board, 4, 16, CallNews::Arrived { from: "\u{202e}evil\u{7}".into(), to: "é".repeat(300) });
    for leg in 0..40 {
        call(&mut board, 4, 16 + u64::from(leg), CallNews::Leg { leg, target: "界".repeat(40) });
    }
    for (width, height) in
        (0..30).chain([44, 75, 76, 77, 200]).flat_map(|width| [(width, 0), (width, 1), (width, 7), (width, 40)])
    {
        for secs in [0, 16, 100, 1_000_000] {
            let (text, _) = drawn(width, height, &board, &house(), secs);
            assert!(!text.contains(['\u{202e}', '\u{7}', '\u{1b}']), "{width}x{height}");
        }
    }
}

#[test]
fn colours_are_left_out_where_nobody_wants_them() {
    let mut terminal = Terminal::new(TestBackend::new(110, 26)).unwrap();
    for (colours, coloured) in [(true, true), (false, false)] {
        let screen = Screen { title: "t".into(), colours };
        terminal.draw(|frame| screen.draw(frame, &board(), &house(), now(20))).unwrap();
        let cells = &terminal.backend().buffer().content;
        assert_eq!(cells.iter().any(|cell| cell.fg != Color::Reset || !cell.modifier.is_empty()), coloured);
    }
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut board = Board::default();
    for n in 0..500 {
        board.say("line");
        call(&mut board, n, n, CallNews::Arrived { from: "a".into(), to: "b".into() });
    }
    assert_eq!((board.calls.len(), board.lines.len()), (200, 50));
    assert_eq!(board.calls.front().map(|call| call.number), Some(499));
}
