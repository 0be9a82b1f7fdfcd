//! Who may be called and who is calling: patterns, the dial policy, and why a target is refused (C7, C26, C27, C30).

use serde_json::Value;

use crate::{Call, flag, list, number, word};

/// Whoever owns a rule: an extension with the profile in force, or a group.
#[derive(Clone)]
pub(crate) struct By {
    pub(crate) number: String,
    /// How long an external target rings that has no time of its own.
    pub(crate) timeout: i64,
    /// What the own mailbox plays (C24).
    pub(crate) greeting: Option<String>,
}

impl Call<'_> {
    /// C7: whether an exception is for this caller, from this side, at this time.
    pub(crate) fn exception_matches(&self, extension: &str, exception: &Value) -> bool {
        let during = exception["during"].as_array().is_none_or(|categories| {
            self.category_of(extension).is_some_and(|now| categories.iter().any(|c| c.as_str() == Some(now)))
        });
        let side = word(&exception["origin"], "both");
        self.caller_matches(word(&exception["caller"], "any")) && (side == "both" || side == self.origin()) && during
    }

    /// C7: any, anonymous, a prefix with a star, or exactly this number; a hidden number has no text to compare.
    fn caller_matches(&self, pattern: &str) -> bool {
        let anonymous = flag(&self.call["anonymous"], false);
        match (pattern, self.call["from"].as_str()) {
            ("any", _) => true,
            ("anonymous", _) => anonymous,
            (_, None) => false,
            (_, Some(_)) if anonymous => false,
            (pattern, Some(from)) => match pattern.strip_suffix('*') {
                Some(prefix) => from.starts_with(prefix),
                None => from == pattern,
            },
        }
    }

    pub(crate) fn origin(&self) -> &str {
        word(&self.call["origin"], "external")
    }

    /// Why a target may not be used now: the first reason that holds, in the order of C27.
    pub(crate) fn refusal(&self, by: &By, to: &str) -> Option<&'static str> {
        let (kind, name) = to.split_once(':').unwrap_or((to, ""));
        let own_mobile = self.tenant["extensions"][&by.number]["mobile"].as_str();
        let called = match kind {
            "mobile" => own_mobile,
            "extension" | "group" | "external" => Some(name),
            _ => None,
        };
        let rings_outside = kind == "external" || kind == "mobile";
        let rings_inside = kind == "extension" || kind == "group";
        if kind == "mobile" && own_mobile.is_none() {
            Some("no_mobile")
        } else if kind == "voicemail" && !self.mailbox_is_on(if name.is_empty() { &by.number } else { name }) {
            Some("mailbox_off")
        } else if rings_outside && !self.may_dial(called.unwrap_or("")) {
            Some("policy")
        } else if rings_inside && self.visited.iter().any(|visited| visited == name) {
            Some("loop")
        } else if self.origin() == "internal" && called.is_some() && called == self.call["from"].as_str() {
            Some("caller_is_target")
        } else if (rings_outside || rings_inside) && self.diversions >= self.diversions_max() {
            Some("limit")
        } else {
            None
        }
    }

    /// C26, and C1: a call without permission to divert may not be diverted even once.
    fn diversions_max(&self) -> i64 {
        if flag(&self.call["no_divert"], false) { 0 } else { number(&self.tenant["policy"]["max_diversions"], 5) }
    }

    /// C20, C23: whether an extension has a mailbox that is on.
    pub(crate) fn mailbox_is_on(&self, extension: &str) -> bool {
        flag(&self.tenant["extensions"][extension]["voicemail"], false)
    }

    /// C6, C30: never an emergency number; else the longest matching prefix wins, and on a tie deny.
    pub(crate) fn may_dial(&self, called: &str) -> bool {
        let policy = &self.tenant["policy"];
        let longest = |prefixes: &Value| {
            let prefixes = list(prefixes).iter().filter_map(Value::as_str);
            prefixes.filter(|prefix| called.starts_with(prefix)).map(str::len).max()
        };
        let emergency = list(&policy["emergency"]).iter().any(|number| number.as_str() == Some(called));
        // Nothing (no match) is less than any length.
        !emergency && longest(&policy["allow"]) > longest(&policy["deny"])
    }
}
