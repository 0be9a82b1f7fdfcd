//! Which profile is active, why, and until when (T26-T29).

use core::time::Duration;

use crate::calendar::Category;
use crate::limits::NEXT_CHANGE_DAYS;
use crate::{Extension, Instant, ManualChoice, Presence, Profile, Tenant, Until};

/// The profile that holds now, and why.
#[derive(Clone, Copy, Debug)]
pub struct Active<'a> {
    /// The profile.
    pub profile: &'a Profile,
    /// What brought it.
    pub because: Because,
}

/// What brought the active profile (T28).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Because {
    /// It was chosen by hand.
    Manual,
    /// The schedule maps this category to it.
    Schedule(Category),
    /// It is the base profile: no choice holds, and no category of a schedule is mapped now.
    Base,
}

impl Tenant {
    /// The profile of `extension` that is active at `at`: the manual choice while it holds, else the scheduled one, else the
    /// base profile (T28).
    ///
    /// A choice of a profile that no longer exists does not hold.
    #[must_use]
    pub fn active<'a>(&'a self, extension: &'a Extension, presence: &Presence<'_>, at: Instant) -> Active<'a> {
        let chosen = presence.manual.and_then(|choice| {
            let profile = self.profile(extension, &choice.profile)?;
            ends(extension, choice, at).is_none().then_some(Active { profile, because: Because::Manual })
        });
        chosen.unwrap_or_else(|| scheduled(extension, at))
    }

    /// When the active profile of `extension` next becomes another one after `at`, and which; `None` within 400 days (T29).
    ///
    /// A host sets one timer to it and publishes the status change exactly when it happens.
    #[must_use]
    pub fn next_change<'a>(
        &'a self,
        extension: &'a Extension,
        presence: &Presence<'_>,
        at: Instant,
    ) -> Option<(Instant, Active<'a>)> {
        let now = self.active(extension, presence, at);
        let horizon = at.saturating_add(HORIZON);
        let mut moment = at;
        if now.because == Because::Manual {
            moment = ends(extension, presence.manual?, horizon)?;
            let then = scheduled(extension, moment);
            if then.profile.name() != now.profile.name() {
                return Some((moment, then));
            }
        }
        let calendar = extension.schedule()?.calendar();
        loop {
            // A choice that does not hold now will not hold later.
            moment = calendar.next_change(moment).filter(|moment| *moment <= horizon)?;
            let then = scheduled(extension, moment);
            if then.profile.name() != now.profile.name() {
                return Some((moment, then));
            }
        }
    }
}

/// How far ahead a change of the active profile is looked for (T20, T29).
const HORIZON: Duration = Duration::from_secs(NEXT_CHANGE_DAYS as u64 * 86_400);

fn scheduled(extension: &Extension, at: Instant) -> Active<'_> {
    if let Some(schedule) = extension.schedule() {
        let category = schedule.calendar().category(at);
        if let Some(profile) = schedule.profile(category) {
            return Active { profile, because: Because::Schedule(category) };
        }
    }
    Active { profile: extension.base_profile(), because: Because::Base }
}

/// When a choice stops holding, if it does by `last` (T27).
fn ends(extension: &Extension, choice: &ManualChoice, last: Instant) -> Option<Instant> {
    match choice.until {
        Until::Cleared => None,
        Until::Instant(moment) => (moment <= last).then_some(moment),
        Until::NextChange => {
            let schedule = extension.schedule()?;
            schedule.calendar().change_into(schedule.mapped(), choice.chosen_at, last)
        }
    }
}
