//! One hop: an extension decides about a call (C5-C30).

use presence_core::{
    Active, Because as Held, CallerPattern, Condition, Destination, Elapsed, Exception, ExceptionAction, Extension,
    ExtensionNumber, Lookup, ManualChoice, MobileMode, PhoneNumber, Presence, Profile, Rule, Then, WhenBlocked,
};

use crate::devices::{DeviceSet, Reachable, passed_over};
use crate::event::CallEvent;
use crate::progress::Progress;
use crate::target::{Because, Cause, DiversionReason, Failure, Handoff, RuleName, Skip, Target, Why};
use crate::trace::{MobileSilent, Reason, Sink};

/// What one extension wants done with a call, now.
#[derive(Clone, Debug)]
pub struct Decision<'a> {
    /// The extension that decides.
    pub extension: &'a Extension,
    /// The profile in force: the active one, or the one that an exception names.
    pub profile: &'a Profile,
    /// What made that profile the active one; `None` where an exception names it.
    pub because: Option<presence_core::Because>,
    /// What is to be done.
    pub plan: Plan,
}

/// What is to be done with a call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Plan {
    /// It is refused.
    Refuse(Cause),
    /// It is sent on.
    Divert(Divert),
    /// Devices ring.
    Ring(RingNow),
}

/// How a call is sent on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Divert {
    /// Where to.
    pub to: Target,
    /// Under which condition.
    pub why: Why,
    /// The reason in the words of RFC 5806.
    pub reason: DiversionReason,
    /// The cause code in the numbers of RFC 4458.
    pub cause: u16,
    /// How long an external number or mobile rings, in seconds.
    pub ring_secs: u16,
    /// Whether its answer must be confirmed.
    pub confirm: bool,
    /// What follows where it fails.
    pub then: Then,
}

/// Which devices ring, and for how long in all.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RingNow {
    /// The devices that may ring: in which order is the strategy's.
    pub devices: DeviceSet,
    /// The devices left out because they are on calls.
    pub on_calls: DeviceSet,
    /// The mobile number, where it rings with the devices.
    pub mobile: Option<PhoneNumber>,
    /// The total of the ring step, in seconds.
    pub total_secs: u16,
    /// Whether everything rings together whatever the strategy (C6).
    pub urgent: bool,
}

/// An extension, the call, and what is known at this moment: all that a decision sees.
///
/// Hosts that keep users in their own store build one per call; [`decide`] does so over a directory.
#[derive(Clone, Copy, Debug)]
pub struct Hop<'a, 'e, L> {
    /// The call as it arrived.
    pub event: &'e CallEvent,
    /// Where other extensions are found.
    pub directory: &'a L,
    /// The extension that decides.
    pub extension: &'a Extension,
    /// What is known of it now.
    pub presence: Presence<'e>,
    /// How far the call has come.
    pub progress: &'e Progress,
}

/// The profile that treats a call, and what follows from its choice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InForce<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) because: Option<presence_core::Because>,
}

impl<'a, L: Lookup> Hop<'a, '_, L> {
    /// What the extension wants done with the call now: the first rule that decides, decides (C5).
    ///
    /// Nothing is allocated, unless `sink` does.
    pub fn decide(&self, sink: &mut impl Sink) -> Decision<'a> {
        let active = self.active(sink);
        let mut force = InForce { profile: active.profile, because: Some(active.because) };
        let plan = self.plan(&mut force, sink);
        Decision { extension: self.extension, profile: force.profile, because: force.because, plan }
    }

    /// The profile that is active now, told to `sink`.
    pub(crate) fn active(&self, sink: &mut impl Sink) -> Active<'a> {
        let at = self.event.at.saturating_add(self.progress.now.as_duration());
        let active = self.directory.tenant().active(self.extension, &self.presence, at);
        let unheld = self.presence.manual.filter(|_| active.because != Held::Manual);
        let gone = |choice: &&ManualChoice| self.directory.tenant().profile(self.extension, &choice.profile).is_none();
        if let Some(choice) = unheld.filter(gone) {
            sink.record(self.now(), || Reason::ProfileGone {
                of: self.extension.number(),
                profile: choice.profile.clone(),
            });
        }
        sink.record(self.now(), || Reason::Profile {
            of: self.extension.number(),
            profile: active.profile.name().clone(),
            because: self.told(active.because),
        });
        active
    }

    fn plan(&self, force: &mut InForce<'a>, sink: &mut impl Sink) -> Plan {
        if self.event.is_urgent() {
            sink.record(self.now(), || Reason::Urgent);
            return self.ring_or_fail(*force, sink);
        }
        let mut rings_through = false;
        if let Some((index, exception)) = self.exception(force.profile) {
            sink.record(self.now(), || Reason::Exception { index, action: exception.action().into() });
            match exception.action() {
                ExceptionAction::Ring => rings_through = true,
                ExceptionAction::Refuse => return self.refuse(Cause::Rejected, sink),
                ExceptionAction::Forward(rule) => {
                    if let Some(plan) = self.forward(*force, rule, RuleName::Exception, Why::Exception, sink) {
                        return plan;
                    }
                }
                ExceptionAction::Profile(name) => {
                    let of = self.extension.number();
                    if let Some(profile) = self.directory.tenant().profile(self.extension, name) {
                        *force = InForce { profile, because: None };
                        sink.record(self.now(), || Reason::Profile {
                            of,
                            profile: name.clone(),
                            because: Because::Exception,
                        });
                    } else {
                        sink.record(self.now(), || Reason::ProfileGone { of, profile: name.clone() });
                    }
                }
            }
        } else if !force.profile.exceptions().is_empty() {
            sink.record(self.now(), || Reason::NoException);
        }
        if rings_through { self.ring_or_fail(*force, sink) } else { self.unless_always(*force, sink) }
    }

    /// What decides before any device is looked at: accept, direct to voicemail, always (C8, C9, C11); then the devices.
    fn unless_always(&self, force: InForce<'a>, sink: &mut impl Sink) -> Plan {
        let profile = force.profile;
        if !profile.accept_calls() {
            let as_busy = profile.when_blocked() == WhenBlocked::AsBusy;
            sink.record(self.now(), || Reason::Blocked { as_busy });
            return if as_busy {
                self.after(force, Failure::Busy, Blame::Blocked, sink)
            } else {
                self.refuse(Cause::DoNotDisturb, sink)
            };
        }
        if profile.direct_to_voicemail() {
            let rule = Rule::to(Destination::Voicemail);
            return match self.forward(force, &rule, RuleName::DirectToVoicemail, Why::DirectToVoicemail, sink) {
                Some(plan) => plan,
                None => self.refuse(Cause::DoNotDisturb, sink),
            };
        }
        let always = RuleName::Condition(Condition::Always);
        // What somebody set by hand is not what the clock has chosen (C31).
        let by_hand = self.presence.forward(profile.name(), Condition::Always).is_some();
        let because = force.because.filter(|_| !by_hand);
        let forward =
            |rule: &Rule, sink: &mut _| self.forward(InForce { because, ..force }, rule, always, Why::Always, sink);
        match self.with_rule(profile, Condition::Always, sink, forward) {
            Some(plan) => plan,
            None => self.ring_or_fail(force, sink),
        }
    }

    /// Rings what may ring, or goes on with what follows where nothing may (C13, C14).
    fn ring_or_fail(&self, force: InForce<'a>, sink: &mut impl Sink) -> Plan {
        let urgent = self.event.is_urgent();
        let ring = force.profile.ring();
        let found = self.reachable(force.profile, ring.strategy());
        let devices = if urgent { found.eligible } else { found.idle };
        self.tell_passed_over(force.profile, devices, sink);
        let mobile = if urgent { None } else { self.mobile(force.profile, found.on_a_call, sink) };
        let failure = if found.eligible.is_empty() {
            mobile.is_none().then_some(Failure::Unavailable)
        } else if urgent || found.busy.is_empty() {
            None
        } else {
            match ring.busy() {
                presence_core::BusyWhen::Any => Some(Failure::Busy),
                presence_core::BusyWhen::All => {
                    (found.busy == found.eligible && mobile.is_none()).then_some(Failure::Busy)
                }
            }
        };
        match failure {
            Some(failure) => {
                sink.record(self.now(), || Reason::Condition {
                    failure,
                    eligible: found.eligible.len(),
                    busy: found.busy.len(),
                });
                self.after(force, failure, Blame::Condition, sink)
            }
            None => {
                let on_calls = found.eligible.without(devices);
                // Devices that could take another call are not first available (C16): nothing will ring.
                if devices.is_empty() && mobile.is_none() {
                    sink.record(self.now(), || Reason::Condition {
                        failure: Failure::Busy,
                        eligible: found.eligible.len(),
                        busy: on_calls.len(),
                    });
                }
                Plan::Ring(RingNow { devices, on_calls, mobile, total_secs: ring.timeout_secs(), urgent })
            }
        }
    }

    /// What follows a ring that failed, or that never began (C20-C23).
    pub(crate) fn after(&self, force: InForce<'a>, failure: Failure, blame: Blame, sink: &mut impl Sink) -> Plan {
        if self.event.is_urgent() {
            return self.refuse(failure.cause(), sink);
        }
        // An unavailable user who has no rule for it is treated at once as one who does not answer (C22).
        let rules: &[Condition] = match failure {
            Failure::Busy => &[Condition::Busy],
            Failure::NoAnswer => &[Condition::NoAnswer],
            Failure::Unavailable => &[Condition::Unavailable, Condition::NoAnswer],
        };
        for condition in rules {
            let name = RuleName::Condition(*condition);
            let plan = self.with_rule(force.profile, *condition, sink, |rule, sink| {
                self.forward_after(force, rule, name, failure, blame, sink)
            });
            if let Some(plan) = plan {
                return plan;
            }
        }
        let has_mailbox = self.extension.has_mailbox();
        if force.profile.voicemail() && has_mailbox {
            let to = Target::HandOff(self.own_mailbox(force.profile));
            return Plan::Divert(self.divert(force, &Rule::to(Destination::Voicemail), to, failure.why(), blame));
        }
        sink.record(self.now(), || Reason::NoMailbox {
            of: self.extension.number(),
            profile: has_mailbox.then(|| force.profile.name().clone()),
        });
        self.refuse(failure.cause(), sink)
    }

    fn forward(&self, force: InForce<'a>, rule: &Rule, name: RuleName, why: Why, sink: &mut impl Sink) -> Option<Plan> {
        if *rule.destination() == Destination::Hangup {
            sink.record(self.now(), || Reason::HangUp { rule: name });
            return Some(self.refuse(Cause::Rejected, sink));
        }
        let to = self.target(force.profile, rule.destination(), name, sink)?;
        Some(Plan::Divert(self.divert(force, rule, to, why, Blame::Condition)))
    }

    fn forward_after(
        &self,
        force: InForce<'a>,
        rule: &Rule,
        name: RuleName,
        failure: Failure,
        blame: Blame,
        sink: &mut impl Sink,
    ) -> Option<Plan> {
        if *rule.destination() == Destination::Hangup {
            sink.record(self.now(), || Reason::HangUp { rule: name });
            return Some(self.refuse(failure.cause(), sink));
        }
        let to = self.target(force.profile, rule.destination(), name, sink)?;
        Some(Plan::Divert(self.divert(force, rule, to, failure.why(), blame)))
    }

    /// A device's 302, judged like a stored forward (C29); `None` where it is refused, and the refusal told.
    pub(crate) fn deflection(
        &self,
        force: InForce<'a>,
        to: &Destination,
        rang: bool,
        sink: &mut impl Sink,
    ) -> Option<Divert> {
        let to = self.target(force.profile, to, RuleName::Deflection, sink)?;
        let blame = if rang { Blame::Rang } else { Blame::Condition };
        Some(self.divert(force, &Rule::to(Destination::Mobile), to, Why::Deflection, blame))
    }

    /// Asks the rule for `condition`: the one set by hand, else the profile's (C3, C10).
    fn with_rule<S: Sink, R>(
        &self,
        profile: &Profile,
        condition: Condition,
        sink: &mut S,
        ask: impl FnOnce(&Rule, &mut S) -> Option<R>,
    ) -> Option<R> {
        let name = RuleName::Condition(condition);
        if let Some(set) = self.presence.forward(profile.name(), condition) {
            sink.record(self.now(), || Reason::Overridden { rule: name, to: set.cloned() });
            return ask(&Rule::to(set?.clone()), sink);
        }
        match profile.rule(condition, self.event.origin) {
            Some(rule) => ask(rule, sink),
            None => {
                sink.record(self.now(), || Reason::NoRule { rule: name });
                None
            }
        }
    }

    /// Where `destination` leads, if the call may go there; otherwise the rule is skipped, and the reason told (C26-C30).
    fn target(
        &self,
        profile: &Profile,
        destination: &Destination,
        rule: RuleName,
        sink: &mut impl Sink,
    ) -> Option<Target> {
        match self.judge(profile, destination) {
            Ok(target) => Some(target),
            Err(why) => {
                sink.record(self.now(), || Reason::Skip {
                    by: self.extension.number(),
                    rule,
                    to: destination.clone(),
                    why,
                });
                None
            }
        }
    }

    fn judge(&self, profile: &Profile, destination: &Destination) -> Result<Target, Skip> {
        let own = self.extension.number();
        Ok(match destination {
            Destination::Voicemail if self.extension.has_mailbox() => Target::HandOff(self.own_mailbox(profile)),
            Destination::VoicemailOf(number) if *number == own && self.extension.has_mailbox() => {
                Target::HandOff(self.own_mailbox(profile))
            }
            Destination::Mobile => {
                let number = self.extension.mobile().ok_or(Skip::NoMobile)?;
                permit_outside(self.event, self.directory, self.progress, number)?;
                Target::Mobile { of: own, number }
            }
            other => resolve(self.event, self.directory, self.progress, other)?,
        })
    }

    fn own_mailbox(&self, profile: &Profile) -> Handoff {
        Handoff::Voicemail { of: self.extension.number(), greeting: profile.greeting().cloned() }
    }

    fn divert(&self, force: InForce<'a>, rule: &Rule, to: Target, why: Why, blame: Blame) -> Divert {
        let (reason, cause) = match (why, blame) {
            (Why::Always, _) if matches!(force.because, Some(Held::Schedule(_))) => (DiversionReason::TimeOfDay, 302),
            (Why::Always | Why::Exception, _) => (DiversionReason::Unconditional, 302),
            (Why::DirectToVoicemail, _) => (DiversionReason::DoNotDisturb, 302),
            (Why::Busy, Blame::Blocked) => (DiversionReason::DoNotDisturb, 486),
            (Why::Busy, _) => (DiversionReason::UserBusy, 486),
            (Why::NoAnswer, _) => (DiversionReason::NoAnswer, 408),
            (Why::Unavailable, Blame::Rang) => (DiversionReason::Unavailable, 503),
            (Why::Unavailable, _) => (DiversionReason::Unavailable, 404),
            (Why::Deflection, Blame::Rang) => (DiversionReason::Deflection, 487),
            (Why::Deflection, _) => (DiversionReason::Deflection, 480),
        };
        Divert {
            to,
            why,
            reason,
            cause,
            ring_secs: rule.ring_secs().unwrap_or(force.profile.ring().timeout_secs()),
            confirm: rule.confirm(),
            then: rule.then(),
        }
    }

    /// The devices as this call finds them.
    pub(crate) fn reachable(&self, profile: &Profile, strategy: presence_core::Strategy) -> Reachable {
        Reachable::of(self.extension, profile, strategy, &self.presence, self.event, self.progress)
    }

    /// Tells of every device that is not among those that ring why it is left out (C36).
    pub(crate) fn tell_passed_over(&self, profile: &Profile, ring: DeviceSet, sink: &mut impl Sink) {
        for (index, device) in self.extension.devices().iter().enumerate().filter(|(index, _)| !ring.contains(*index)) {
            sink.record(self.now(), || Reason::PassedOver {
                device: device.id().clone(),
                why: passed_over(device, self.presence.device(index), profile, self.event, self.progress),
            });
        }
    }

    /// The number of the mobile, if it may ring with the devices (C17).
    fn mobile(&self, profile: &Profile, on_a_call: bool, sink: &mut impl Sink) -> Option<PhoneNumber> {
        if profile.mobile().mode() == MobileMode::Off {
            return None;
        }
        let why = match self.extension.mobile() {
            None => MobileSilent::NoNumber,
            Some(number) if !self.directory.tenant().policy().permits(number) => MobileSilent::Policy,
            Some(_) if on_a_call && profile.mobile().skip_when_busy() => MobileSilent::OnACall,
            Some(number) => return Some(number),
        };
        sink.record(self.now(), || Reason::MobileSilent { of: self.extension.number(), why });
        None
    }

    /// The first exception of `profile` that matches the call (C7).
    fn exception(&self, profile: &'a Profile) -> Option<(u16, &'a Exception)> {
        let matches = |exception: &Exception| {
            exception.origin().is_none_or(|origin| origin == self.event.origin)
                && self.is_caller(exception.caller())
                && exception.during().is_none_or(|during| {
                    let at = self.event.at.saturating_add(self.now().as_duration());
                    let schedule = self.extension.schedule();
                    schedule.is_some_and(|schedule| during.contains(&schedule.calendar().category(at)))
                })
        };
        let index = profile.exceptions().iter().position(matches)?;
        Some((u16::try_from(index).unwrap_or(u16::MAX), profile.exceptions().get(index)?))
    }

    fn is_caller(&self, pattern: &CallerPattern) -> bool {
        let caller = &self.event.caller;
        let shown = caller.number.filter(|_| !caller.anonymous);
        match pattern {
            CallerPattern::Any => true,
            CallerPattern::Anonymous => caller.anonymous,
            CallerPattern::Exact(number) => shown == Some(*number),
            CallerPattern::Prefix(prefix) => shown.is_some_and(|number| prefix.matches(number)),
        }
    }

    fn refuse(&self, cause: Cause, sink: &mut impl Sink) -> Plan {
        sink.record(self.now(), || Reason::Refused { cause });
        Plan::Refuse(cause)
    }

    fn told(&self, because: Held) -> Because {
        match (because, self.extension.schedule()) {
            (Held::Manual, _) => Because::Manual,
            (Held::Schedule(category), Some(schedule)) => {
                Because::Schedule { calendar: schedule.calendar_name().clone(), category }
            }
            _ => Because::Base,
        }
    }

    fn now(&self) -> Elapsed {
        self.progress.now
    }
}

/// What stands behind a failure, for the cause that is signalled.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Blame {
    /// The state of the devices, before anything rang.
    Condition,
    /// Calls are not accepted.
    Blocked,
    /// What became of legs that rang.
    Rang,
}

/// Where `destination` leads for an extension or group that has neither mailbox nor mobile of its own.
pub(crate) fn resolve<L: Lookup>(
    event: &CallEvent,
    directory: &L,
    progress: &Progress,
    destination: &Destination,
) -> Result<Target, Skip> {
    Ok(match destination {
        Destination::Extension(number) => {
            permit_inside(event, directory, progress, *number)?;
            Target::Extension(*number)
        }
        Destination::Group(number) => {
            permit_inside(event, directory, progress, *number)?;
            Target::Group(*number)
        }
        Destination::External(number) => {
            permit_outside(event, directory, progress, *number)?;
            Target::External(*number)
        }
        Destination::VoicemailOf(number) => {
            let on = directory.extension(*number).is_some_and(|extension| extension.has_mailbox());
            if !on {
                return Err(Skip::MailboxOff);
            }
            Target::HandOff(Handoff::Voicemail { of: *number, greeting: None })
        }
        Destination::Ivr(name) => Target::HandOff(Handoff::Ivr(name.clone())),
        Destination::Queue(name) => Target::HandOff(Handoff::Queue(name.clone())),
        Destination::Announcement(name) => Target::HandOff(Handoff::Announcement(name.clone())),
        Destination::Mobile => return Err(Skip::NoMobile),
        Destination::Voicemail | Destination::Hangup => return Err(Skip::MailboxOff),
    })
}

/// Whether the call may be diverted to a number outside: of several reasons against it, the first is told (C27).
fn permit_outside(
    event: &CallEvent,
    directory: &impl Lookup,
    progress: &Progress,
    number: PhoneNumber,
) -> Result<(), Skip> {
    if !directory.tenant().policy().permits(number) {
        return Err(Skip::Policy);
    }
    permit_diversion(event, directory, progress, number)
}

/// Whether the call may be diverted to an extension or group.
fn permit_inside(
    event: &CallEvent,
    directory: &impl Lookup,
    progress: &Progress,
    number: ExtensionNumber,
) -> Result<(), Skip> {
    if number.as_phone() == event.callee || progress.visited.contains(&number) {
        return Err(Skip::Loop);
    }
    permit_diversion(event, directory, progress, number.as_phone())
}

fn permit_diversion(
    event: &CallEvent,
    directory: &impl Lookup,
    progress: &Progress,
    number: PhoneNumber,
) -> Result<(), Skip> {
    if event.origin == presence_core::Origin::Internal && event.caller.number == Some(number) {
        return Err(Skip::CallerIsTarget);
    }
    let made = event.diversions.saturating_add(progress.diversions);
    if made >= directory.tenant().policy().diversions_max() || !event.caps.may_divert {
        return Err(Skip::Limit);
    }
    Ok(())
}

/// What the callee's extension wants done with `event` now; `None` where the number called is no extension's.
///
/// For a whole call, with what follows when nobody answers, use [`CallSession`](crate::CallSession); this is one decision, for
/// hosts that need only the first, and for asking "what would happen if". It asks the extension as if it were called by itself: how a
/// host's own group rings it (`group_ring_secs`) is for a session alone.
///
/// # Example: why a call goes to the mailbox
///
/// ```
/// use presence_core::Directory;
/// use presence_eval::{CallEvent, Origin, Trace, decide};
///
/// let directory = Directory::compile(toml::from_str(r#"
///     profiles.dnd = { status = "do_not_disturb", direct_to_voicemail = true }
///     extensions.1001 = { profile = "dnd", voicemail = true }
/// "#)?)?;
/// let event = CallEvent::new("1001".parse()?, Origin::External, "2026-03-02T18:30:00Z".parse()?);
///
/// let mut trace = Trace::new();
/// let decision = decide(&event, &directory, &(), &mut trace).ok_or("1001 is an extension")?;
/// assert_eq!(decision.profile.name(), "dnd");
/// assert!(trace.to_string().contains("1001: profile `dnd` is active: the base profile"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decide<'a>(
    event: &CallEvent,
    directory: &'a presence_core::Directory,
    snapshot: &impl crate::Snapshot,
    sink: &mut impl Sink,
) -> Option<Decision<'a>> {
    const ARRIVED: &Progress = &Progress::ARRIVED;
    let extension = directory.extension(event.callee.try_into().ok()?)?;
    let presence = snapshot.presence(extension);
    sink.record(Elapsed::ZERO, || Reason::Called { callee: event.callee, at: event.at });
    Some(Hop { event, directory, extension, presence, progress: ARRIVED }.decide(sink))
}
