//! What others see of an extension now, why, and until when.

use std::io::{self, Write};

use presence_core::calendar::Category;
use presence_core::{
    Active, Because, Directory, Extension, Instant, Lookup as _, Presence, Printable, Profile, Status,
};
use presence_eval::Snapshot as _;
use serde_json::{Value, json};

use super::tell::who;
use super::when;
use crate::paint::Paint;

/// An extension at a moment.
pub(crate) struct Seen<'a> {
    pub(crate) extension: &'a Extension,
    pub(crate) active: Active<'a>,
    pub(crate) next: Option<(Instant, Active<'a>)>,
    pub(crate) at: Instant,
    pub(crate) zone: chrono_tz::Tz,
}

impl<'a> Seen<'a> {
    pub(crate) fn new(
        directory: &'a Directory,
        extension: &'a Extension,
        presence: &presence_eval::PresenceTable,
        at: Instant,
        zone: chrono_tz::Tz,
    ) -> Self {
        let presence: Presence<'_> = presence.presence(extension);
        let tenant = directory.tenant();
        let zone = extension.schedule().map_or(zone, |schedule| schedule.calendar().zone());
        Self {
            extension,
            active: tenant.active(extension, &presence, at),
            next: tenant.next_change(extension, &presence, at),
            at,
            zone,
        }
    }

    /// Writes it as a person reads it.
    pub(crate) fn tell(&self, directory: &Directory, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
        let profile = self.active.profile;
        let note = profile.note().map(|note| format!(": {}", Printable(note))).unwrap_or_default();
        let shown = paint_status(paint, profile.status());
        writeln!(out, "{} is {shown}{note}", paint.bold(who(directory, self.extension.number())))?;
        let because = self.because(self.active.because);
        writeln!(out, "  profile `{}`: {because}, {}", profile.name(), when::shown(self.at, self.zone))?;
        match &self.next {
            Some((at, then)) => {
                let because = self.because(then.because);
                let at_time = when::shown_bare(*at, self.zone);
                let status = words(then.profile.status());
                writeln!(out, "  {at_time}: profile `{}` ({status}), {because}", then.profile.name())
            }
            None => writeln!(out, "  no change ahead"),
        }
    }

    /// The same for machines.
    pub(crate) fn json(&self) -> Value {
        let profile = |profile: &Profile| json!({ "profile": profile.name(), "status": profile.status(), "note": profile.note() });
        let told = |active: &Active<'_>| {
            let mut value = profile(active.profile);
            if let Some(value) = value.as_object_mut() {
                value.insert("because".to_owned(), self.because(active.because).into());
            }
            value
        };
        let next = self.next.as_ref().map(|(at, then)| {
            let mut value = told(then);
            if let Some(value) = value.as_object_mut() {
                value.insert("at".to_owned(), json!(at));
            }
            value
        });
        json!({
            "extension": self.extension.number(),
            "name": self.extension.name(),
            "at": self.at,
            "active": told(&self.active),
            "next_change": next,
        })
    }

    fn because(&self, because: Because) -> String {
        match (because, self.extension.schedule()) {
            (Because::Manual, _) => "chosen by hand".to_owned(),
            (Because::Schedule(category), Some(schedule)) => {
                let category = match category {
                    Category::Holiday => "on holiday",
                    Category::Break => "in a break",
                    Category::Business => "in business hours",
                    Category::Outside => "outside business hours",
                };
                format!("calendar `{}` is {category}", schedule.calendar_name())
            }
            _ => "the base profile".to_owned(),
        }
    }
}

fn words(status: Status) -> &'static str {
    match status {
        Status::Available => "available",
        Status::Away => "away",
        Status::Busy => "busy",
        Status::DoNotDisturb => "not to be disturbed",
        Status::Lunch => "at lunch",
        Status::BusinessTrip => "on a business trip",
        Status::OffWork => "off work",
    }
}

fn paint_status(paint: Paint, status: Status) -> String {
    let words = words(status);
    match status {
        Status::Available => paint.green(words),
        Status::Busy | Status::DoNotDisturb => paint.red(words),
        _ => paint.yellow(words),
    }
}
