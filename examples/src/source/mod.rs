//! A configuration file: read, judged, and its faults shown where they stand.

mod show;
mod spot;

use std::path::Path;

use presence_core::{Directory, Fault, Lookup as _, raw};
use serde::Deserialize as _;
use toml::de::DeTable;

pub(crate) use show::show;
use spot::Spot;

/// A configuration file as text, with everything that was found wrong in it.
#[derive(Debug)]
pub(crate) struct Source {
    /// Its name, as messages say it.
    pub(crate) name: String,
    text: String,
    /// Where each line begins.
    lines: Vec<usize>,
    /// What is to be said about it, in the order of the text.
    pub(crate) remarks: Vec<Remark>,
    /// Errors beyond those in the list.
    pub(crate) omitted: usize,
}

/// An error or a warning at a place.
#[derive(Debug)]
pub(crate) struct Remark {
    pub(crate) is_error: bool,
    /// The path of the value, where it has one.
    pub(crate) path: String,
    pub(crate) message: String,
    /// Where in the text; nothing where it is about the whole document.
    pub(crate) at: Option<std::ops::Range<usize>>,
}

/// A tenant that is ready to route calls.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) directory: Directory,
    /// The zone of the first calendar: what local times mean where nothing else says.
    pub(crate) zone: chrono_tz::Tz,
}

impl Source {
    /// Reads `text` as TOML or JSON and compiles it; what is wrong is in the remarks.
    pub(crate) fn load(name: &Path, text: String) -> (Self, Option<Loaded>) {
        let lines = [0].into_iter().chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut source = Self { name: name.display().to_string(), text, lines, remarks: Vec::new(), omitted: 0 };
        let parsed = if is_json(name, &source.text) { json(&source.text) } else { toml(&source.text) };
        match parsed {
            Ok((spots, document)) => {
                let loaded = source.compile(&spots, document);
                (source, loaded)
            }
            Err(remarks) => {
                source.remarks = remarks;
                (source, None)
            }
        }
    }

    /// How many errors there are.
    pub(crate) fn errors(&self) -> usize {
        self.remarks.iter().filter(|remark| remark.is_error).count() + self.omitted
    }

    /// How many warnings there are.
    pub(crate) fn warnings(&self) -> usize {
        self.remarks.iter().filter(|remark| !remark.is_error).count()
    }

    fn compile(&mut self, spots: &Spot, document: raw::Document) -> Option<Loaded> {
        let (compiled, problems) = match Directory::compile(document) {
            Ok(directory) => (Some(directory), None),
            Err(problems) => (None, Some(problems)),
        };
        let about = |path: &str, is_error, means_key, last, message| {
            let (spot, exact) = spots.find(path, last);
            let is_root = std::ptr::eq(spot, spots);
            let at = (!is_root).then(|| spot.mark(means_key || !exact));
            Remark { is_error, path: path.to_owned(), message, at }
        };
        for problem in problems.iter().flat_map(|problems| problems.iter()) {
            let fault = problem.fault();
            let means_key = matches!(fault, Fault::UnknownKey(_) | Fault::Duplicate(_) | Fault::Clash { .. });
            let last = matches!(fault, Fault::Duplicate(_));
            let message = match fault {
                Fault::Missing => format!("`{}` is missing", problem.path().rsplit('.').next().unwrap_or_default()),
                fault => fault.to_string(),
            };
            self.remarks.push(about(problem.path(), true, means_key, last, message));
        }
        self.omitted = problems.as_ref().map_or(0, |problems| problems.omitted());
        let warnings = match (&compiled, &problems) {
            (Some(directory), _) => directory.warnings(),
            (None, Some(problems)) => problems.warnings(),
            (None, None) => &[],
        };
        for warning in warnings {
            self.remarks.push(about(warning.path(), false, false, false, warning.doubt().to_string()));
        }
        let place = |remark: &Remark| remark.at.as_ref().map(|at| at.start);
        self.remarks.sort_by_key(place);
        let directory = compiled?;
        let zone = directory.tenant().calendars().next().map_or(chrono_tz::UTC, |(_, calendar)| calendar.zone());
        Some(Loaded { directory, zone })
    }
}

fn is_json(name: &Path, text: &str) -> bool {
    match name.extension() {
        Some(extension) if extension == "json" => true,
        Some(extension) if extension == "toml" => false,
        _ => text.trim_start().starts_with('{'),
    }
}

fn toml(text: &str) -> Result<(Spot, raw::Document), Vec<Remark>> {
    let remark = |error: &toml::de::Error| Remark {
        is_error: true,
        path: String::new(),
        message: error.message().to_owned(),
        at: error.span(),
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(errors.iter().map(remark).collect());
    }
    let spots = Spot::of_toml(&table);
    let document = raw::Document::deserialize(toml::Deserializer::from(table)).map_err(|error| vec![remark(&error)])?;
    Ok((spots, document))
}

fn json(text: &str) -> Result<(Spot, raw::Document), Vec<Remark>> {
    let document = serde_json::from_str::<raw::Document>(text).map_err(|error| {
        let line = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
        let mut at = (line + error.column().saturating_sub(1)).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let whole = error.to_string();
        let message = whole.split(" at line ").next().unwrap_or_default().to_owned();
        vec![Remark { is_error: true, path: String::new(), message, at: Some(at..at + 1) }]
    })?;
    Ok((Spot::of_json(text), document))
}
