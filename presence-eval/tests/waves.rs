//! What `Decision::waves` tells beforehand is what a session does when every leg rings out.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use presence_core::Directory;
use presence_eval::{
    Action, CallEvent, CallSession, Elapsed, Input, Origin, Plan, PlannedLeg, PresenceTable, Wait, Wave, decide,
};
use presence_vectors::{CallCase, generate};

/// The waves of the first ring step of a session.
fn played(event: &CallEvent, directory: &Directory, table: &PresenceTable) -> Vec<Wave> {
    let (mut call, mut step) = CallSession::start(event.clone(), directory, table, &mut ());
    let mut waves = Vec::new();
    let mut now = Elapsed::ZERO;
    loop {
        let over = step.actions.iter().position(|action| matches!(action, Action::TellForwarded(_)));
        let legs = step.actions.iter().take(over.unwrap_or(usize::MAX)).filter_map(|action| match action {
            Action::Ring { target, until, confirm, .. } => {
                Some(PlannedLeg { target: target.clone(), until: *until, confirm: *confirm })
            }
            _ => None,
        });
        let legs: Vec<_> = legs.collect();
        if !legs.is_empty() {
            waves.push(Wave { at: now, legs });
        }
        match step.wait {
            Wait::Until(deadline) if over.is_none() => now = deadline,
            _ => return waves,
        }
        step = call.handle(Input::Deadline, now, directory, table, &mut ());
    }
}

#[test]
fn waves_are_what_a_session_does_when_every_leg_rings_out() {
    let (mut rang, mut several) = (0, 0);
    for seed in 0..250 {
        let case: CallCase = serde_json::from_str(&generate::case(seed).to_string()).unwrap();
        let directory = case.directory().unwrap();
        let table = case.presence(&directory);
        let plain = case.call.as_ref().unwrap().event().unwrap();
        let nothing = [(Some(0), None), (None, Some(0))];
        for (breadth, budget) in
            [(None, None), (Some(1), None), (Some(2), Some(17)), (None, Some(3))].into_iter().chain(nothing)
        {
            let mut event = CallEvent { group_ring_secs: None, ..plain.clone() };
            event.caps.breadth = breadth;
            event.caps.ring_budget_secs = budget.or(event.caps.ring_budget_secs);
            let Some(decision) = decide(&event, &directory, &table, &mut ()) else { continue };
            let waves = decision.waves(&event);
            if !matches!(decision.plan, Plan::Ring(_)) {
                assert_eq!(waves, [], "case {seed}");
                continue;
            }
            assert_eq!(waves, played(&event, &directory, &table), "case {seed}, {:?}", event.caps);
            rang += usize::from(!waves.is_empty());
            several += usize::from(waves.len() > 1);
        }
    }
    assert!(rang > 100 && several > 20, "{rang} rang, {several} of them one after the other");
}

#[test]
fn c35_no_wave_holds_the_sixty_fifth_leg() {
    let devices: String = (0..64).map(|n| format!("[[extensions.1001.devices]]\nid = \"d{n}\"\nring = 5\n")).collect();
    let tenant = format!(
        r#"
        policy.allow = ["+44"]
        profiles.p = {{ ring = {{ strategy = "sequential", budget = "per_device" }}, mobile = {{ mode = "last", ring = 20 }} }}
        [extensions.1001]
        profile = "p"
        mobile = "+447700900123"
        {devices}"#
    );
    let directory = Directory::compile(toml::from_str(&tenant).unwrap()).unwrap();
    let event = CallEvent::new("1001".parse().unwrap(), Origin::External, "2026-03-02T10:00:00Z".parse().unwrap());
    let waves = decide(&event, &directory, &(), &mut ()).unwrap().waves(&event);
    let last = waves.last().and_then(|wave| wave.legs.last()).map(|leg| leg.target.to_string());
    assert_eq!((waves.len(), last.as_deref()), (64, Some("d63")));
}
