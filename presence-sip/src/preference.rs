//! What the caller would like: caller preferences, ring time, pickup (S12, RFC 3841, RFC 3261 13.2.1, RFC 3891).

use std::borrow::Cow;

use crate::header::Header;
use crate::message::{Parts, Request};
use crate::value::lex::saturating_u32;
use crate::value::{FeatureSet, Params, Replaces, is_feature_tag};

/// What Request-Disposition asks for (RFC 3841 9.1). What it does not say is left to the callee's plan.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Disposition {
    /// `redirect` or `proxy`: whether the caller wants the targets instead of having them rung.
    pub redirect: Option<bool>,
    /// `fork` or `no-fork`: whether more than one target may ring. What the evaluator can be told of it is how many may ring
    /// together: one, as for `sequential`; whether another is tried after that stays the callee's plan.
    pub fork: Option<bool>,
    /// `parallel` or `sequential`: whether targets may ring together.
    pub parallel: Option<bool>,
    /// `queue` or `no-queue`: whether the call may wait for a busy callee.
    pub queue: Option<bool>,
    /// `recurse` or `no-recurse`: whether a 3xx may be followed.
    pub recurse: Option<bool>,
    /// `cancel` or `no-cancel`: whether the losers of a fork are cancelled.
    pub cancel: Option<bool>,
}

impl Disposition {
    /// The caller's wishes; unknown ones are ignored, and of two that contradict each other the last one counts.
    #[must_use]
    pub fn of(parts: &Parts<'_>) -> Self {
        let mut wish = Self::default();
        for word in parts.all(Header::RequestDisposition).flat_map(|value| value.split(',')) {
            let word = word.trim();
            let (yes, word) = match word.get(..3) {
                Some(no) if no.eq_ignore_ascii_case("no-") => (false, word.get(3..).unwrap_or_default()),
                _ => (true, word),
            };
            match word.to_ascii_lowercase().as_str() {
                "redirect" => wish.redirect = Some(yes),
                "proxy" => wish.redirect = Some(!yes),
                "fork" => wish.fork = Some(yes),
                "parallel" => wish.parallel = Some(yes),
                "sequential" => wish.parallel = Some(!yes),
                "queue" => wish.queue = Some(yes),
                "recurse" => wish.recurse = Some(yes),
                "cancel" => wish.cancel = Some(yes),
                _ => {}
            }
        }
        wish
    }

    /// How many targets may ring together, where the caller says so: 1 for `sequential` and `no-fork`.
    #[must_use]
    pub fn breadth(&self) -> Option<u16> {
        (self.parallel == Some(false) || self.fork == Some(false)).then_some(1)
    }
}

/// Which devices the caller would like, and which not (RFC 3841 9.2).
#[derive(Clone, Debug, Default)]
pub struct Preferences<'a> {
    accept: Vec<FeatureSet<'a>>,
    reject: Vec<FeatureSet<'a>>,
}

impl<'a> Preferences<'a> {
    /// The caller's Accept-Contact and Reject-Contact; what cannot be read is not asked for.
    #[must_use]
    pub fn of(parts: &Parts<'a>) -> Self {
        let sets = |header| parts.all(header).flat_map(FeatureSet::parse_list).filter_map(Result::ok).collect();
        Self { accept: sets(Header::AcceptContact), reject: sets(Header::RejectContact) }
    }

    /// Whether a device that registered with these Contact parameters may ring (RFC 3841 7.2.4): it is out where it has all
    /// that is rejected, or lacks what is required. What is merely preferred shuts nobody out, and a device that says nothing of
    /// what it can do is not judged by it (RFC 3841 7.2).
    #[must_use]
    pub fn admit(&self, contact: Params<'_>) -> bool {
        if !contact.iter().any(|param| is_feature_tag(param.name())) {
            return true;
        }
        let rejected = |set: &FeatureSet<'_>| set.features().next().is_some() && set.is_stated_by(contact);
        let lacks = |set: &FeatureSet<'_>| {
            let has = if set.is_explicit() { set.is_stated_by(contact) } else { set.is_open_to(contact) };
            set.is_required() && !has
        };
        !self.reject.iter().any(rejected) && !self.accept.iter().any(lacks)
    }
}

impl<'a> Request<'a> {
    /// How long the call may ring in all, by the Expires of the INVITE (RFC 3261 13.2.1).
    #[must_use]
    pub fn ring_budget_secs(&self) -> Option<u32> {
        saturating_u32(self.parts().first(Header::Expires)?)
    }

    /// The dialog that the call takes over: a pickup (RFC 3891).
    #[must_use]
    pub fn replaces(&self) -> Option<Replaces<'a>> {
        Replaces::parse(self.parts().first(Header::Replaces)?).ok()
    }

    /// How many targets may ring together: what Max-Breadth leaves and the caller wishes.
    #[must_use]
    pub fn breadth(&self) -> Option<u16> {
        let wished = Disposition::of(self.parts()).breadth();
        self.parts().breadth().into_iter().chain(wished).min()
    }

    /// What was dialled: the user part of the Request-URI, escapes undone (S7).
    #[must_use]
    pub fn dialled(&self) -> Option<Cow<'a, str>> {
        self.uri().dialled()
    }
}
