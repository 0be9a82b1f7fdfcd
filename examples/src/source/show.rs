//! Shows what is wrong with a file as a person wants to read it: file and line, the line itself, and what is meant in it.

use std::io::{self, Write};

use presence_core::Printable;
use unicode_width::UnicodeWidthChar as _;

use super::{Remark, Source};
use crate::paint::Paint;

/// So many remarks are shown with their lines; of more, each has one line.
const WHOLE_MAX: usize = 100;
/// So much of a source line is shown, in columns.
const LINE_WIDTH_MAX: usize = 100;
/// So much of it stands before what is meant, where the line is too long.
const BEFORE_WIDTH_MAX: usize = 40;

/// A place as people count: from 1, columns in characters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// Writes all remarks.
pub(crate) fn show(source: &Source, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    for (n, remark) in source.remarks.iter().enumerate() {
        let kind = if remark.is_error { paint.red("error") } else { paint.yellow("warning") };
        let message = Printable(&remark.message).to_string();
        if n >= WHOLE_MAX {
            let line = remark.at.as_ref().map(|at| format!(":{}", source.line_of(at.start).0)).unwrap_or_default();
            let path =
                Some(Printable(&remark.path).to_string()).filter(|path| !path.is_empty()).map(|path| path + ": ");
            writeln!(out, "{kind}: {}{line}: {}{message}", source.name, path.unwrap_or_default())?;
            continue;
        }
        writeln!(out, "{kind}: {}", paint.bold(&message))?;
        show_place(source, remark, paint, out)?;
        writeln!(out)?;
    }
    if source.omitted > 0 {
        writeln!(out, "and {} errors more", source.omitted)?;
    }
    Ok(())
}

fn show_place(source: &Source, remark: &Remark, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let path = match remark.path.as_str() {
        "" => String::new(),
        path => format!(" {}", paint.dim(Printable(path))),
    };
    let Some(at) = &remark.at else {
        return writeln!(out, "  {} {}{path}", paint.blue("-->"), source.name);
    };
    let Place { line, column } = source.place(at.start);
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let bar = paint.blue("|");
    let Excerpt { text, before, marked } = source.excerpt(at);
    writeln!(out, "{margin}{} {}:{line}:{column}{path}", paint.blue("-->"), source.name)?;
    writeln!(out, "{margin} {bar}")?;
    writeln!(out, "{} {bar} {text}", paint.blue(&number))?;
    let mark = "^".repeat(marked);
    let mark = if remark.is_error { paint.red(&mark) } else { paint.yellow(&mark) };
    writeln!(out, "{margin} {bar} {}{mark}", " ".repeat(before))
}

/// A source line as it is shown, and what is marked in it, in columns.
struct Excerpt {
    text: String,
    before: usize,
    marked: usize,
}

impl Source {
    /// Where `at` stands.
    pub(crate) fn place(&self, at: usize) -> Place {
        let (line, start) = self.line_of(at);
        let column = self.text.get(start..at).map_or(0, |before| before.chars().count());
        Place { line, column: column + 1 }
    }

    /// The line of `at`, from 1, and where it begins.
    fn line_of(&self, at: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|start| *start <= at);
        let start = line.checked_sub(1).and_then(|index| self.lines.get(index));
        (line, start.copied().unwrap_or(0))
    }

    fn excerpt(&self, at: &std::ops::Range<usize>) -> Excerpt {
        let (_, start) = self.line_of(at.start);
        let line = self.text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let (from, until) = (at.start - start, at.end.saturating_sub(start));
        // Of a long line the part around what is meant; its head is dropped character by character from the right.
        let mut before: Vec<String> = Vec::new();
        let mut width = 0;
        let head = line.get(..from.min(line.len())).unwrap_or(line);
        let mut cut = false;
        let whole = line.len() <= LINE_WIDTH_MAX;
        for char in head.chars().rev() {
            let shown = shown(char);
            width += columns(&shown);
            if width > BEFORE_WIDTH_MAX && !whole {
                cut = true;
                break;
            }
            before.push(shown);
        }
        let mut text = String::from(if cut { "…" } else { "" });
        text.extend(before.into_iter().rev());
        let before = columns(&text);
        let (mut marked, mut offset) = (0, from);
        for char in line.get(from.min(line.len())..).unwrap_or_default().chars() {
            let shown = shown(char);
            if columns(&text) + columns(&shown) > LINE_WIDTH_MAX.max(before + 1) {
                text.push('…');
                break;
            }
            if offset < until {
                marked += columns(&shown);
            }
            offset += char.len_utf8();
            text.push_str(&shown);
        }
        Excerpt { text: text.trim_end().to_owned(), before, marked: marked.max(1) }
    }
}

fn shown(char: char) -> String {
    if char == '\t' { "    ".to_owned() } else { Printable(char).to_string() }
}

fn columns(text: &str) -> usize {
    text.chars().map(|char| char.width().unwrap_or(0)).sum()
}
