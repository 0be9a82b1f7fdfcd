//! One decision, and what a session makes of it.

use arbitrary::{Arbitrary as _, Unstructured};
use presence_core::{ExtensionNumber, Lookup as _};
use presence_eval::{Action, CallSession, Elapsed, Ending, Input, LegTarget, Plan, Trace, Wait, Wave, decide};

use crate::scene::Scene;

/// A decision is the same whether anybody listens or not, its reasons read as lines, and a session does what it says.
pub fn decision(bytes: &[u8]) {
    let Ok(scene) = Scene::arbitrary_take_rest(Unstructured::new(bytes)) else { return };
    let (event, world) = (scene.event(), scene.world());
    let directory = &scene.tenant().directory;
    let mut trace = Trace::new();
    let traced = decide(&event, directory, &world.presence, &mut trace);
    let plain = decide(&event, directory, &world.presence, &mut ());
    let (Some(traced), Some(plain)) = (&traced, plain) else {
        let callee = ExtensionNumber::try_from(event.callee).ok();
        assert!(traced.is_none() && callee.and_then(|callee| directory.extension(callee)).is_none());
        return;
    };
    assert_eq!(
        (&traced.plan, traced.profile.name(), traced.because),
        (&plain.plan, plain.profile.name(), plain.because)
    );
    let shown = trace.to_string();
    assert!(!shown.is_empty() && !shown.contains(|c: char| c.is_control() && c != '\n'), "{shown:?}");

    // How the host's own group rings an extension is the session's business alone.
    if event.group_ring_secs.is_some() && !event.is_urgent() {
        return;
    }
    let (mut call, mut step) = CallSession::start(event.clone(), directory, &world.presence, &mut ());
    match &plain.plan {
        Plan::Refuse(cause) => match &step.wait {
            Wait::Ended(Ending::Refused(ending)) => assert_eq!(ending, cause),
            other => panic!("refused as {cause}, but {other:?}"),
        },
        Plan::Divert(divert) => {
            let told = step.actions.iter().find_map(|action| match action {
                Action::TellForwarded(diversion) => Some(diversion),
                _ => None,
            });
            let told = told.expect("a diversion is told");
            assert_eq!(
                (&told.to, told.why, told.reason, told.cause),
                (&divert.to, divert.why, divert.reason, divert.cause)
            );
        }
        Plan::Ring(_) => {}
    }
    let waves = plain.waves(&event);
    if !matches!(plain.plan, Plan::Ring(_)) {
        assert_eq!(waves, []);
        return;
    }
    // The waves are what the session rings until its first ring step is over, and something else follows.
    let mut now = Elapsed::ZERO;
    let mut waves = waves.into_iter();
    loop {
        let over = step.actions.iter().position(|action| matches!(action, Action::TellForwarded(_)));
        let rings = step.actions.iter().take(over.unwrap_or(usize::MAX)).filter_map(|action| match action {
            Action::Ring { target, until, confirm, .. } => Some((target, *until, *confirm)),
            _ => None,
        });
        let rings: Vec<(&LegTarget, Elapsed, bool)> = rings.collect();
        if !rings.is_empty() {
            let Some(Wave { at, legs }) = waves.next() else { panic!("more rings than was planned") };
            assert_eq!(at, now);
            assert!(legs.iter().map(|leg| (&leg.target, leg.until, leg.confirm)).eq(rings));
        }
        match step.wait {
            Wait::Until(deadline) if over.is_none() => now = deadline,
            _ => break,
        }
        step = call.handle(Input::Deadline, now, directory, &world.presence, &mut ());
    }
    assert_eq!(waves.next(), None, "fewer rings than were planned");
}
