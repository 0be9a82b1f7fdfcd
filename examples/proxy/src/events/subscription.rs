//! One subscription: the dialog that a SUBSCRIBE made, and the NOTIFYs in it (RFC 6665 4.2, RFC 3261 12).

use std::net::SocketAddr;
use std::time::Duration;

use presence_core::ExtensionNumber;
use presence_sip::{Header, Request, addresses};

use super::Subscriber;
use super::documents::{Facts, Package, Told};
use crate::pbx::{Notify, Now, Reply};

/// Proxies between a phone and us.
const ROUTES_MAX: usize = 16;
/// Characters of the id that tells subscriptions in one dialog apart.
const EVENT_ID_MAX: usize = 64;

/// One subscription.
pub(super) struct Subscription {
    /// Who wants to know.
    pub(super) user: ExtensionNumber,
    /// Of whom.
    pub(super) of: ExtensionNumber,
    /// When it ends.
    pub(super) until: Duration,
    /// Whether a NOTIFY is on its way.
    pub(super) waiting: bool,
    package: Package,
    event_id: Option<String>,
    dialog: Dialog,
    told: Told,
    version: u32,
}

/// The dialog, as the one who was asked sees it.
struct Dialog {
    call_id: String,
    own_tag: String,
    peer_tag: String,
    /// The addresses of both, as they stand in From and To of what we send.
    from: String,
    to: String,
    /// The phone's Contact, and where the phone is.
    target: String,
    flow: SocketAddr,
    routes: Vec<String>,
    contact: String,
    /// The last number that the phone used, and ours.
    peer_cseq: u32,
    cseq: u32,
}

/// Why a subscription ends (RFC 6665 4.1.3).
#[derive(Clone, Copy)]
pub(super) enum End {
    Timeout,
    NoResource,
}

impl Subscription {
    pub(super) fn begin(
        request: &Request<'_>,
        package: Package,
        of: ExtensionNumber,
        from: &Subscriber<'_>,
    ) -> Result<Self, Reply> {
        let parts = request.parts();
        let routes = parts.all(Header::RecordRoute).flat_map(addresses).filter_map(Result::ok);
        let routes: Vec<String> = routes.take(ROUTES_MAX + 1).map(|route| route.as_str().to_owned()).collect();
        if routes.len() > ROUTES_MAX {
            return Err(Reply::new(513));
        }
        let peer_tag = parts.from().tag().ok_or(Reply::new(400))?.to_owned();
        let dialog = Dialog {
            call_id: parts.call_id().to_owned(),
            own_tag: from.tag.to_owned(),
            peer_tag,
            from: format!("{};tag={}", parts.to().as_str(), from.tag),
            to: parts.from().as_str().to_owned(),
            target: target(request).ok_or(Reply::new(400))?,
            flow: from.flow,
            routes,
            contact: from.contact.to_owned(),
            peer_cseq: parts.cseq(),
            cseq: 0,
        };
        let (user, event_id) = (from.user, event_id(request));
        let (until, told) = (Duration::ZERO, Told::default());
        Ok(Self { user, of, until, waiting: false, package, event_id, dialog, told, version: 0 })
    }

    /// Whether a SUBSCRIBE belongs to it.
    pub(super) fn is_of(&self, request: &Request<'_>) -> bool {
        let parts = request.parts();
        parts.call_id() == self.dialog.call_id
            && parts.to().tag() == Some(&self.dialog.own_tag)
            && parts.from().tag() == Some(&self.dialog.peer_tag)
            && Package::asked(request) == Ok(self.package)
            && event_id(request) == self.event_id
    }

    /// Whether a SUBSCRIBE within the dialog comes after those before it, not late (RFC 3261 12.2.2).
    pub(super) fn follows(&self, request: &Request<'_>) -> Result<(), Reply> {
        if request.parts().cseq() > self.dialog.peer_cseq { Ok(()) } else { Err(Reply::new(500)) }
    }

    /// A SUBSCRIBE that is taken: the phone may have moved, and is told everything again.
    pub(super) fn refresh(&mut self, request: &Request<'_>, from: &Subscriber<'_>) {
        self.dialog.peer_cseq = request.parts().cseq();
        self.dialog.flow = from.flow;
        if let Some(target) = target(request) {
            self.dialog.target = target;
        }
        self.told = Told::default();
    }

    /// The next NOTIFY, where there is news and none on its way.
    pub(super) fn tell(&mut self, id: u64, facts: &impl Facts, now: Now) -> Option<Notify> {
        if self.waiting {
            return None;
        }
        let body = self.told.next(self.package, self.of, &mut self.version, facts)?;
        self.waiting = true;
        // Rounded up: at the last moment it is still active.
        let left = self.until.saturating_sub(now.since).as_millis().div_ceil(1000);
        Some(self.notify(id, &format!("active;expires={left}"), Some(body)))
    }

    /// The last NOTIFY: with the whole state where somebody only asked once.
    pub(super) fn end(mut self, id: u64, why: End, facts: &impl Facts) -> Notify {
        let body = self.told.next(self.package, self.of, &mut self.version, facts);
        let why = match why {
            End::Timeout => "timeout",
            End::NoResource => "noresource",
        };
        self.notify(id, &format!("terminated;reason={why}"), body)
    }

    fn notify(&mut self, id: u64, state: &str, body: Option<String>) -> Notify {
        let dialog = &mut self.dialog;
        dialog.cseq += 1;
        let mut fields: Vec<(&'static str, String)> =
            dialog.routes.iter().map(|route| ("Route", route.clone())).collect();
        let event = match &self.event_id {
            Some(id) => format!("{};id={id}", self.package.word()),
            None => self.package.word().to_owned(),
        };
        fields.extend([
            ("From", dialog.from.clone()),
            ("To", dialog.to.clone()),
            ("Call-ID", dialog.call_id.clone()),
            ("CSeq", format!("{} NOTIFY", dialog.cseq)),
            ("Contact", format!("<{}>", dialog.contact)),
            ("Event", event),
            ("Subscription-State", state.to_owned()),
        ]);
        if body.is_some() {
            fields.push(("Content-Type", self.package.content_type().to_owned()));
        }
        let body = body.unwrap_or_default().into_bytes();
        Notify { id, uri: dialog.target.clone(), to: dialog.flow, fields, body }
    }
}

/// The Contact, as it stands in a Request-URI.
fn target(request: &Request<'_>) -> Option<String> {
    let contact = request.parts().contacts().next()?;
    contact.uri().as_sip().map(|uri| uri.without_headers().to_owned())
}

fn event_id(request: &Request<'_>) -> Option<String> {
    let event = request.parts().first(Header::Event)?;
    let id = event.split(';').skip(1).find_map(|param| param.trim().strip_prefix("id="))?;
    Some(id.trim().chars().take(EVENT_ID_MAX).collect())
}
