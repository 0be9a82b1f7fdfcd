//! Routing: the order of evaluation for an extension, what follows, forwarding and groups (C5-C11, C20-C29).

use serde_json::{Value, json};

use crate::numbers::By;
use crate::ring::{Cause, Device, Rang, Step, Target, Turn};
use crate::{Call, flag, list, number, word};

/// The ring timeout of a profile or a group that names none (C15).
const TIMEOUT: i64 = 30;

impl<'a> Call<'a> {
    /// C28: a call may be for an extension or for a group.
    pub(crate) fn place(&mut self) {
        let to = word(&self.call["to"], "").to_owned();
        if self.tenant["groups"][&to].is_object() { self.group(&to) } else { self.extension(&to) }
    }

    /// C5: the order of evaluation for one extension. The first that decides, decides.
    fn extension(&mut self, extension: &str) {
        let is_callee = self.visited.is_empty();
        self.visited.push(extension.to_owned());
        if !self.tenant["extensions"][extension].is_object() {
            return self.end("refused:unknown_callee");
        }
        let mut name = self.active_profile(extension);
        if flag(&self.call["emergency_callback"], false) || flag(&self.call["pickup"], false) {
            return self.urgent(extension, &name);
        }
        if let Some(secs) = self.call["group_ring"].as_i64().filter(|_| is_callee) {
            return self.member_of_host_group(extension, &name, secs);
        }

        // C7: the first exception that matches ends the search.
        let exceptions = list(&self.profile(extension, &name)["exceptions"]);
        let exception = exceptions.iter().find(|exception| self.exception_matches(extension, exception));
        let action = exception.map_or(&Value::Null, |exception| &exception["action"]);
        let rings_through = action == "ring";
        if action == "refuse" {
            return self.end("refused:rejected");
        }
        if let Some(other) = action["profile"].as_str() {
            name = other.to_owned();
        }
        let by = self.by(extension, &name);
        if !action["forward"].is_null() && self.follow(&by, "exception", "exception", "rejected", &action["forward"]) {
            return;
        }

        let profile = self.profile(extension, &name);
        if !rings_through {
            // C8
            if !flag(&profile["accept_calls"], true) {
                if word(&profile["when_blocked"], "refuse") == "as_busy" {
                    return self.failed(&by, &name, Cause::Busy);
                }
                return self.end("refused:do_not_disturb");
            }
            // C9
            if flag(&profile["direct_to_voicemail"], false) {
                if self.mailbox_is_on(extension) {
                    return self.hand_to_mailbox(&by, extension, "direct_to_voicemail");
                }
                self.skip(extension, "direct_to_voicemail", "mailbox_off");
                return self.end("refused:do_not_disturb");
            }
            // C11
            if let Some(rule) = self.rule(extension, &name, "always")
                && self.follow(&by, "always", "always", "rejected", &rule)
            {
                return;
            }
        }

        let devices = self.eligible(extension, profile);
        let mobile_mode = self.mobile_mode(extension, profile);
        // C13
        if devices.is_empty() && mobile_mode == "off" {
            return self.failed(&by, &name, Cause::Unavailable);
        }
        // C14
        let busy = devices.iter().filter(|device| device.is_busy()).count();
        let user_is_busy = match word(&profile["ring"]["busy"], "all") {
            "any" => busy > 0,
            _ => !devices.is_empty() && busy == devices.len() && mobile_mode == "off",
        };
        if user_is_busy {
            return self.failed(&by, &name, Cause::Busy);
        }
        let step = self.step_of(extension, profile, devices, mobile_mode, &by);
        match self.ring(&step) {
            Rang::Answered(leg) => self.end(&format!("connected:{leg}")),
            Rang::Abandoned => self.end("abandoned"),
            Rang::Deflected(to) => self.forward(&by, "deflection", "rejected", &json!({"to": to})),
            Rang::Failed(cause) => self.failed(&by, &name, cause),
        }
    }

    /// C6: all eligible devices, busy ones too, in one wave; then the call is refused by its cause.
    fn urgent(&mut self, extension: &str, name: &str) {
        let profile = self.profile(extension, name);
        let devices = self.eligible(extension, profile);
        let by = self.by(extension, name);
        let rang = if devices.is_empty() {
            Rang::Failed(Cause::Unavailable)
        } else {
            self.ring(&one_wave(targets(extension, &devices), by.timeout, 0, false))
        };
        self.end_of(rang, |cause| format!("refused:{}", cause.refused()));
    }

    /// C28: an extension rung as a member of a group that the host keeps; the result returns to the host.
    fn member_of_host_group(&mut self, extension: &str, name: &str, secs: i64) {
        let profile = self.profile(extension, name);
        if is_left_out(profile) {
            return self.end("returned:do_not_disturb");
        }
        let devices = self.eligible(extension, profile);
        let (idle, busy): (Vec<Device>, Vec<Device>) = devices.into_iter().partition(|device| !device.is_busy());
        let rang = match (idle.is_empty(), busy.is_empty()) {
            (true, true) => Rang::Failed(Cause::Unavailable),
            (true, false) => Rang::Failed(Cause::Busy),
            _ => self.ring(&one_wave(targets(extension, &idle), secs, busy.len(), true)),
        };
        self.end_of(rang, |cause| format!("returned:{}", cause.reason()));
    }

    /// Ends the call by a step after which nothing is tried.
    fn end_of(&mut self, rang: Rang, failed: impl Fn(Cause) -> String) {
        match rang {
            Rang::Answered(leg) => self.end(&format!("connected:{leg}")),
            Rang::Abandoned => self.end("abandoned"),
            Rang::Deflected(_) => unreachable!("nobody may deflect here"),
            Rang::Failed(cause) => self.end(&failed(cause)),
        }
    }

    /// C17: the mode of the mobile, `off` where it may not ring. Blocked calls never come this far.
    fn mobile_mode<'v>(&self, extension: &str, profile: &'v Value) -> &'v str {
        let data = &self.tenant["extensions"][extension];
        // C14: any device of the extension, also one that is gone or outside the plan.
        let has_a_call = list(&data["devices"])
            .iter()
            .any(|device| number(&self.case["devices"][word(&device["id"], "")]["active"], 0) > 0);
        let may_ring = data["mobile"].as_str().is_some_and(|mobile| self.may_dial(mobile))
            && !(flag(&profile["mobile"]["skip_when_busy"], false) && has_a_call);
        if may_ring { word(&profile["mobile"]["mode"], "off") } else { "off" }
    }

    /// C16, C17: the ring step of an extension.
    fn step_of(&self, extension: &str, profile: &Value, devices: Vec<Device>, mobile_mode: &str, by: &By) -> Step {
        let strategy = word(&profile["ring"]["strategy"], "simultaneous");
        let (mut idle, rest): (Vec<Device>, Vec<Device>) = devices.into_iter().partition(|d| d.is_idle(strategy));
        match strategy {
            // The sort is stable: ties stay in plan order.
            "sequential" | "first_available" => idle.sort_by_key(|device| device.priority),
            "random" => {
                let weights: Vec<u64> = idle.iter().map(|device| device.weight).collect();
                idle = self.draw(&weights).into_iter().map(|place| idle[place].clone()).collect();
            }
            _ => {}
        }
        let mut turns: Vec<Turn> = match strategy {
            "simultaneous" if idle.is_empty() => Vec::new(),
            "simultaneous" => vec![Turn { targets: targets(extension, &idle), own: None }],
            _ => idle
                .iter()
                .map(|d| Turn { targets: targets(extension, std::slice::from_ref(d)), own: d.ring })
                .collect(),
        };
        let mobile = Target {
            name: format!("mobile:{extension}"),
            member: extension.to_owned(),
            is_device: false,
            confirm: flag(&profile["mobile"]["confirm"], true),
        };
        if mobile_mode == "last" {
            let own = profile["mobile"]["ring"].as_i64();
            turns.push(Turn { targets: vec![mobile.clone()], own });
        }
        Step {
            turns,
            along: (mobile_mode == "simultaneous").then_some(mobile),
            strategy: strategy.to_owned(),
            per_device: word(&profile["ring"]["budget"], "total") == "per_device",
            secs: by.timeout,
            left_out: rest.len(),
            in_group: false,
            deflector: Some(by.clone()),
        }
    }

    /// C20, C21, C22: what follows a ring that failed, or could not be.
    fn failed(&mut self, by: &By, name: &str, cause: Cause) {
        let rules: &[&str] = match cause {
            Cause::Busy => &["busy"],
            Cause::NoAnswer => &["no_answer"],
            Cause::Unavailable => &["unavailable", "no_answer"],
        };
        for asked in rules {
            if let Some(rule) = self.rule(&by.number, name, asked)
                && self.follow(by, asked, cause.reason(), cause.refused(), &rule)
            {
                return;
            }
        }
        // C23
        if self.mailbox_is_on(&by.number) && flag(&self.profile(&by.number, name)["voicemail"], true) {
            return self.hand_to_mailbox(by, &by.number, cause.reason());
        }
        self.end(&format!("refused:{}", cause.refused()));
    }

    /// C3, C10: a forward set by code, else the rule of the caller's side, else the common rule.
    fn rule(&self, extension: &str, name: &str, rule: &str) -> Option<Value> {
        let set = list(&self.case["forwards"][extension]);
        if let Some(set) = set.iter().rfind(|set| set["profile"] == name && set["rule"] == rule) {
            return set["to"].is_string().then(|| json!({"to": set["to"]}));
        }
        let profile = self.profile(extension, name);
        let rule = [&profile[self.origin()][rule], &profile[rule]].into_iter().find(|rule| !rule.is_null());
        rule.cloned()
    }

    /// Config: an own profile hides the tenant's of the same name.
    pub(crate) fn profile(&self, extension: &str, name: &str) -> &'a Value {
        let tenant: &'a Value = self.tenant;
        let own = &tenant["extensions"][extension]["profiles"][name];
        if own.is_null() { &tenant["profiles"][name] } else { own }
    }

    fn by(&self, extension: &str, name: &str) -> By {
        let profile = self.profile(extension, name);
        By {
            number: extension.to_owned(),
            timeout: number(&profile["ring"]["timeout"], TIMEOUT),
            greeting: profile["greeting"].as_str().map(str::to_owned),
        }
    }

    /// C26, C27, C30: follows a rule, or skips it aloud and says so.
    fn follow(&mut self, by: &By, asked: &str, reason: &str, cause: &str, rule: &Value) -> bool {
        let to = word(rule, word(&rule["to"], ""));
        if let Some(why) = self.refusal(by, to) {
            self.skip(&by.number, asked, why);
            return false;
        }
        self.forward(by, reason, cause, rule);
        true
    }

    /// C25: sends the call to a target that may be used. A rule is a destination, or a table with `to`.
    fn forward(&mut self, by: &By, reason: &str, cause: &str, rule: &Value) {
        let to = word(rule, word(&rule["to"], ""));
        let (kind, name) = to.split_once(':').unwrap_or((to, ""));
        match kind {
            "hangup" => self.end(&format!("refused:{cause}")),
            "voicemail" => self.hand_to_mailbox(by, if name.is_empty() { &by.number } else { name }, reason),
            "ivr" | "queue" | "announcement" => {
                self.divert(&by.number, to, reason);
                self.end(to);
            }
            "extension" => {
                self.diversions += 1;
                self.divert(&by.number, to, reason);
                self.extension(name);
            }
            "group" => {
                self.diversions += 1;
                self.divert(&by.number, to, reason);
                self.group(name);
            }
            "external" | "mobile" => {
                self.diversions += 1;
                let leg = if kind == "mobile" { format!("mobile:{}", by.number) } else { name.to_owned() };
                self.divert(&by.number, if kind == "mobile" { &leg } else { to }, reason);
                self.outside(by, &leg, rule);
            }
            other => panic!("a destination of kind {other}"),
        }
    }

    /// C25: one leg outside, and what its failure leads to.
    fn outside(&mut self, by: &By, leg: &str, rule: &Value) {
        let confirm = flag(&rule["confirm"], false);
        let target = Target { name: leg.to_owned(), member: by.number.clone(), is_device: false, confirm };
        let rang = self.ring(&one_wave(vec![target], number(&rule["ring"], by.timeout), 0, false));
        if let Rang::Failed(cause) = rang
            && word(&rule["then"], "release") == "voicemail"
        {
            if self.mailbox_is_on(&by.number) {
                return self.hand_to_mailbox(by, &by.number, cause.reason());
            }
            self.skip(&by.number, "voicemail", "mailbox_off");
        }
        self.end_of(rang, |cause| format!("refused:{}", cause.refused()));
    }

    /// C24: the own mailbox is told the greeting of the profile in force, another's is not.
    fn hand_to_mailbox(&mut self, by: &By, mailbox: &str, reason: &str) {
        let with = format!("voicemail:{mailbox}");
        self.divert(&by.number, &with, reason);
        match by.greeting.as_ref().filter(|_| by.number == mailbox) {
            Some(greeting) => {
                self.tell(json!({"at": self.now, "do": "end", "with": with, "greeting": greeting}));
            }
            None => self.end(&with),
        }
    }

    /// C28: rings a group, and follows its own destination with the result as the reason.
    fn group(&mut self, group: &str) {
        self.visited.push(group.to_owned());
        let data = &self.tenant["groups"][group];
        let strategy = word(&data["strategy"], "simultaneous");
        let by = By { number: group.to_owned(), timeout: number(&data["timeout"], TIMEOUT), greeting: None };

        let mut left_out = 0;
        let mut turns = Vec::new();
        for member in self.members(group) {
            let name = self.active_profile(&member);
            let profile = self.profile(&member, &name);
            if is_left_out(profile) {
                left_out += 1;
                continue;
            }
            let devices = self.eligible(&member, profile);
            let (idle, busy): (Vec<Device>, Vec<Device>) = devices.into_iter().partition(|d| d.is_idle(strategy));
            left_out += busy.len();
            if !idle.is_empty() {
                turns.push(Turn { targets: targets(&member, &idle), own: None });
            }
        }
        match strategy {
            "simultaneous" if !turns.is_empty() => {
                let targets = turns.into_iter().flat_map(|turn| turn.targets).collect();
                turns = vec![Turn { targets, own: None }];
            }
            "random" => {
                let mut members: Vec<Option<Turn>> = turns.into_iter().map(Some).collect();
                let order = self.draw(&vec![1; members.len()]);
                turns = order.into_iter().map(|place| members[place].take().expect("drawn once")).collect();
            }
            _ => {}
        }

        let rang = if !turns.is_empty() {
            self.ring(&Step {
                turns,
                along: None,
                strategy: strategy.to_owned(),
                per_device: false,
                secs: by.timeout,
                left_out,
                in_group: true,
                deflector: None,
            })
        } else if left_out > 0 {
            Rang::Failed(Cause::Busy)
        } else {
            Rang::Failed(Cause::Unavailable)
        };
        if let Rang::Failed(cause) = rang
            && !data["then"].is_null()
            && self.follow(&by, cause.reason(), cause.reason(), cause.refused(), &data["then"])
        {
            return;
        }
        self.end_of(rang, |cause| format!("refused:{}", cause.refused()));
    }

    /// C28: members of a nested group stand in its place; who appears twice counts at the first place.
    fn members(&self, group: &str) -> Vec<String> {
        let mut members: Vec<String> = Vec::new();
        for entry in list(&self.tenant["groups"][group]["members"]) {
            let entry = word(entry, "");
            let found = match entry.strip_prefix("group:") {
                Some(nested) => self.members(nested),
                None => vec![entry.to_owned()],
            };
            for member in found {
                if !members.contains(&member) {
                    members.push(member);
                }
            }
        }
        members
    }
}

/// C28: who is left out of a group, and counts as busy.
fn is_left_out(profile: &Value) -> bool {
    !flag(&profile["accept_calls"], true) || flag(&profile["direct_to_voicemail"], false)
}

fn targets(member: &str, devices: &[Device]) -> Vec<Target> {
    let target = |device: &Device| Target {
        name: device.id.clone(),
        member: member.to_owned(),
        is_device: true,
        confirm: false,
    };
    devices.iter().map(target).collect()
}

/// A step of one wave in which nobody may deflect.
fn one_wave(targets: Vec<Target>, secs: i64, left_out: usize, in_group: bool) -> Step {
    Step {
        turns: vec![Turn { targets, own: None }],
        along: None,
        strategy: "simultaneous".to_owned(),
        per_device: false,
        secs,
        left_out,
        in_group,
        deflector: None,
    }
}
