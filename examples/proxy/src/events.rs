//! Who wants to know: subscriptions to presence, dialogs and phone keys (RFC 6665), told at once and of each change.
//!
//! A subscription has at most one NOTIFY on its way; what changes meanwhile is told when that one is answered, so that a phone
//! never sees an older state after a newer one.

mod documents;
mod subscription;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use presence_core::ExtensionNumber;
use presence_sip::{Header, Request};

pub(crate) use self::documents::{Facts, Package};
use self::subscription::{End, Subscription};
use crate::pbx::{Notify, Now, Reply};

/// Subscriptions at a time.
const SUBSCRIPTIONS_MAX: usize = 4096;
/// Subscriptions of one user: several phones with many lamps each.
const OF_USER_MAX: usize = 256;
/// How long a subscription lasts, in seconds: at least, unless the phone says otherwise, and at most.
const EXPIRES_MIN: u32 = 60;
const EXPIRES_MAX: u32 = 3600;
/// When to come again, in seconds, where there is no room.
const RETRY_AFTER_SECS: u32 = 60;

/// All subscriptions.
#[derive(Default)]
pub(crate) struct Events {
    subscriptions: BTreeMap<u64, Subscription>,
    count: u64,
}

/// Who sends a SUBSCRIBE, and how we are called in the dialog that it makes.
pub(crate) struct Subscriber<'s> {
    /// The user who proved to ask.
    pub(crate) user: ExtensionNumber,
    /// Where the phone is.
    pub(crate) flow: SocketAddr,
    /// Our Contact, a URI.
    pub(crate) contact: &'s str,
    /// Our tag.
    pub(crate) tag: &'s str,
}

/// A SUBSCRIBE that is taken: for how long, and which subscription it goes on with or begins.
struct Judged {
    secs: u32,
    subscription: Taken,
}

enum Taken {
    Known(u64),
    New(Box<Subscription>),
}

impl Events {
    /// Takes a SUBSCRIBE: what is answered, and then told.
    pub(crate) fn subscribe(
        &mut self,
        request: &Request<'_>,
        from: &Subscriber<'_>,
        facts: &impl Facts,
        now: Now,
    ) -> (Reply, Option<Notify>) {
        self.subscribed(request, from, facts, now).unwrap_or_else(|refused| (refused, None))
    }

    fn subscribed(
        &mut self,
        request: &Request<'_>,
        from: &Subscriber<'_>,
        facts: &impl Facts,
        now: Now,
    ) -> Result<(Reply, Option<Notify>), Reply> {
        let Judged { secs, subscription } = self.judged(request, from, facts)?;
        let id = match subscription {
            Taken::Known(id) => id,
            Taken::New(subscription) => {
                self.count += 1;
                self.subscriptions.insert(self.count, *subscription);
                self.count
            }
        };
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return Err(Reply::new(481)) };
        subscription.refresh(request, from);
        subscription.until = now.since + Duration::from_secs(secs.into());
        let notify = match secs {
            0 => self.subscriptions.remove(&id).map(|gone| gone.end(id, End::Timeout, facts)),
            _ => subscription.tell(id, facts, now),
        };
        let contact = format!("<{}>", from.contact);
        let reply = Reply::new(200).field("Expires", secs).field("Contact", contact);
        // Whoever wants to stay in the dialog says so in what both sides get (RFC 3261 12.1.1).
        let routes = request.parts().all(Header::RecordRoute);
        let mut reply = routes.fold(reply, |reply, route| reply.field("Record-Route", route));
        reply.to_tag = Some(from.tag.to_owned());
        Ok((reply, notify))
    }

    /// Whether a SUBSCRIBE will be taken: what it asks for besides is done only then.
    pub(crate) fn judge(&self, request: &Request<'_>, from: &Subscriber<'_>, facts: &impl Facts) -> Result<(), Reply> {
        self.judged(request, from, facts).map(drop)
    }

    fn judged(&self, request: &Request<'_>, from: &Subscriber<'_>, facts: &impl Facts) -> Result<Judged, Reply> {
        let package = Package::asked(request)?;
        let secs = expires(request)?;
        if !accepts(request, package.content_type()) {
            return Err(Reply::new(406).field("Accept", package.content_type()));
        }
        let subscription = match self.find(request) {
            Some((id, known)) if known.user == from.user => known.follows(request).map(|()| Taken::Known(id))?,
            Some(_) => return Err(Reply::new(403)),
            None if request.parts().to().params().has("tag") => return Err(Reply::new(481)),
            None => Taken::New(Box::new(self.begin(request, package, from, facts)?)),
        };
        Ok(Judged { secs, subscription })
    }

    fn begin(
        &self,
        request: &Request<'_>,
        package: Package,
        from: &Subscriber<'_>,
        facts: &impl Facts,
    ) -> Result<Subscription, Reply> {
        let of = request.dialled().and_then(|dialled| dialled.parse().ok());
        let of: ExtensionNumber = of.filter(|of| facts.status(*of).is_some()).ok_or(Reply::new(404))?;
        if package == Package::Keys && of != from.user {
            return Err(Reply::new(403));
        }
        let of_user = self.subscriptions.values().filter(|known| known.user == from.user).count();
        if of_user >= OF_USER_MAX || self.subscriptions.len() >= SUBSCRIPTIONS_MAX {
            return Err(Reply::new(503).field("Retry-After", RETRY_AFTER_SECS));
        }
        Subscription::begin(request, package, of, from)
    }

    /// Whether a SUBSCRIBE belongs to a dialog of ours.
    pub(crate) fn knows(&self, request: &Request<'_>) -> bool {
        self.find(request).is_some()
    }

    fn find(&self, request: &Request<'_>) -> Option<(u64, &Subscription)> {
        let found = self.subscriptions.iter().find(|(_, subscription)| subscription.is_of(request));
        found.map(|(id, subscription)| (*id, subscription))
    }

    /// Something about an extension may have changed: whoever sees a difference is told.
    pub(crate) fn changed(&mut self, of: ExtensionNumber, facts: &impl Facts, now: Now) -> Vec<Notify> {
        let watching = self.subscriptions.iter_mut().filter(|(_, subscription)| subscription.of == of);
        if facts.status(of).is_some() {
            return watching.filter_map(|(id, subscription)| subscription.tell(*id, facts, now)).collect();
        }
        let gone: Vec<u64> = watching.map(|(id, _)| *id).collect();
        self.end(&gone, End::NoResource, facts)
    }

    /// What became of a NOTIFY, 408 where nothing came: it ends the subscription where the phone knows nothing of it
    /// (RFC 6665 4.2.2), else the next one follows.
    pub(crate) fn answered(&mut self, id: u64, code: u16, facts: &impl Facts, now: Now) -> Option<Notify> {
        let subscription = self.subscriptions.get_mut(&id)?;
        if matches!(code, 401 | 403..=405 | 407 | 408 | 410 | 416 | 480..=485 | 489 | 501 | 604) {
            self.subscriptions.remove(&id);
            return None;
        }
        subscription.waiting = false;
        subscription.tell(id, facts, now)
    }

    /// When the next subscription ends.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.subscriptions.values().map(|subscription| subscription.until).min()
    }

    /// Ends what has run out.
    pub(crate) fn tick(&mut self, facts: &impl Facts, now: Now) -> Vec<Notify> {
        let due = self.subscriptions.iter().filter(|(_, subscription)| subscription.until <= now.since);
        let due: Vec<u64> = due.map(|(id, _)| *id).collect();
        self.end(&due, End::Timeout, facts)
    }

    fn end(&mut self, ids: &[u64], why: End, facts: &impl Facts) -> Vec<Notify> {
        let gone = ids.iter().filter_map(|id| Some((*id, self.subscriptions.remove(id)?)));
        gone.map(|(id, gone)| gone.end(id, why, facts)).collect()
    }
}

/// How long the phone wants to be told, within what we give.
fn expires(request: &Request<'_>) -> Result<u32, Reply> {
    let Some(asked) = request.parts().first(Header::Expires) else { return Ok(EXPIRES_MAX) };
    let is_number = !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than fit are a long time.
    let secs = if is_number { asked.parse().unwrap_or(u32::MAX) } else { return Err(Reply::new(400)) };
    match secs {
        1..EXPIRES_MIN => Err(Reply::new(423).field("Min-Expires", EXPIRES_MIN)),
        _ => Ok(secs.min(EXPIRES_MAX)),
    }
}

/// Whether the phone reads documents of this type; where it does not say, it does.
fn accepts(request: &Request<'_>, content_type: &str) -> bool {
    let mut given =
        request.parts().fields().iter().filter(|field| field.name().eq_ignore_ascii_case("Accept")).peekable();
    let range = |range: &str| range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    given.peek().is_none()
        || given
            .flat_map(|field| field.value().split(','))
            .any(|it| [content_type, "application/*", "*/*"].contains(&range(it).as_str()))
}
