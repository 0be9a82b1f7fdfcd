//! The INVITE of a branch (RFC 3261 16.6, RFC 5393 5.3, S19 to S21).

use std::fmt::Display;

use crate::encode::Writer;
use crate::header::Header;
use crate::identity::{Trust, must_stay_here};
use crate::message::{Request, method_name};
use crate::outcome::BranchEnd;
use crate::role::{Forbidden, Role};
use crate::trail::{HistoryTree, Place, diversion};
use crate::value::{DiversionReason, Uri};

/// What a branch adds to the request that it carries on.
#[derive(Clone, Copy, Debug)]
pub struct Branching<'b> {
    /// What the host is.
    pub role: Role,
    /// What the host knows of the peer that sent the request: what one says of others that nobody trusts goes no further
    /// (S8, RFC 3325 5). A host that puts its own P-Asserted-Identity in before trusts what it has written.
    pub trust: Trust,
    /// How the branches before this one ended.
    pub ended: &'b [BranchEnd],
    /// The value of the host's own Via; its branch ends with the [`LoopMark`](crate::LoopMark) of the request.
    pub via: &'b str,
    /// The value of its Record-Route, where it stays in the dialog.
    pub record_route: Option<&'b str>,
    /// How many Route entries at the top are the host's own: they are taken off (RFC 3261 16.4).
    pub own_routes: usize,
    /// The share of Max-Breadth that the branch gets; `None` where the request has none.
    pub breadth: Option<u16>,
    /// Who diverted the call here and why, the newest first.
    pub diverted: &'b [(Uri<'b>, DiversionReason<'b>)],
    /// The History-Info, and the place of this branch in it.
    pub history: Option<(&'b HistoryTree, Place)>,
    /// Whether the target is outside the trust domain: no identity goes there that the caller withholds (RFC 3325 7).
    pub outside: bool,
}

impl<'b> Branching<'b> {
    /// A branch of a host of this role inside the trust domain, of a request that came from outside of it; fill in the rest
    /// with `..`.
    #[must_use]
    pub const fn new(role: Role, via: &'b str) -> Self {
        Self {
            role,
            trust: Trust::Untrusted,
            ended: &[],
            via,
            record_route: None,
            own_routes: 0,
            breadth: None,
            diverted: &[],
            history: None,
            outside: false,
        }
    }
}

/// The request as it goes to `target`: To, body and everything else that is not the host's to change stay as they were.
///
/// # Errors
///
/// What the role, Max-Forwards, Max-Breadth, the scheme or the caller's privacy forbid.
///
/// # Example: ring a device
///
/// ```
/// use presence_sip::{Branching, Frame, Message, Role, Uri, branch};
///
/// let datagram = b"INVITE sip:1001@pbx.example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n\
///     From: <sip:1002@pbx.example.com>;tag=a\r\nTo: <sip:1001@pbx.example.com>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\
///     Max-Forwards: 70\r\n\r\n";
/// let frame = Frame::read(datagram)?;
/// let Message::Request(invite) = frame.message()? else { panic!("it is a request") };
///
/// let desk = Uri::parse("sip:desk@192.0.2.7")?;
/// let wire = branch(&invite, &desk, &Branching::new(Role::Proxy, "SIP/2.0/UDP pbx.example.com;branch=z9hG4bK2"))?;
/// assert_eq!(String::from_utf8(wire)?, "INVITE sip:desk@192.0.2.7 SIP/2.0\r\n\
///     Via: SIP/2.0/UDP pbx.example.com;branch=z9hG4bK2\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n\
///     Max-Forwards: 69\r\nFrom: <sip:1002@pbx.example.com>;tag=a\r\nTo: <sip:1001@pbx.example.com>\r\nCall-ID: 1\r\n\
///     CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn branch(request: &Request<'_>, target: &Uri<'_>, branching: &Branching<'_>) -> Result<Vec<u8>, Forbidden> {
    branching.role.may_branch(branching.ended)?;
    let is_secure = |uri: &Uri<'_>| uri.as_sip().is_some_and(crate::value::SipUri::is_secure);
    if is_secure(request.uri()) && !is_secure(target) {
        return Err(Forbidden::Insecure);
    }
    if branching.outside && must_stay_here(request.parts()) {
        return Err(Forbidden::Privacy);
    }
    if branching.breadth == Some(0) {
        return Err(Forbidden::Breadth);
    }
    let hops = request.max_forwards().checked_sub(1).ok_or(Forbidden::Hops)?;
    let parts = request.parts();
    let mut writer = Writer::request(method_name(request.method()), &target.without_headers());
    writer.field("Via", &branching.via);
    parts.vias().for_each(|via| writer.field("Via", &via.as_str()));
    writer.field("Max-Forwards", &hops);
    if let Some(route) = branching.record_route {
        writer.field("Record-Route", &route);
    }
    let routes = parts.all(Header::Route).flat_map(crate::value::addresses).filter_map(Result::ok);
    routes.skip(branching.own_routes).for_each(|route| writer.field("Route", &route.as_str()));
    for (by, reason) in branching.diverted {
        writer.field("Diversion", &diversion(by, reason.clone()));
    }
    // What was received goes on as it came, unless it must not be seen where it goes (S21).
    let is_told = branching.outside && branching.history.is_none() && parts.history().next().is_some();
    let received = is_told.then(|| HistoryTree::received(request)).filter(HistoryTree::has_private);
    let history = branching.history.or_else(|| received.as_ref().map(|received| (received, received.root())));
    if let Some((history, place)) = history {
        let withheld = branching.outside.then(|| history.for_outside());
        withheld.as_ref().unwrap_or(history).to_branch(place).for_each(|entry| writer.field("History-Info", &entry));
    }
    if let Some(breadth) = branching.breadth {
        writer.field("Max-Breadth", &breadth);
    }
    let untrusted = branching.trust == Trust::Untrusted;
    let withhold = branching.outside && request.withholds_identity();
    for field in parts.fields() {
        let replaced = match field.header() {
            Header::Via | Header::MaxForwards | Header::Route | Header::ContentLength => true,
            Header::HistoryInfo => history.is_some(),
            Header::MaxBreadth => branching.breadth.is_some(),
            // Meant for the host that a user sends it to, and for nobody behind it (RFC 3325 6).
            Header::PPreferredIdentity => true,
            header => untrusted && field.needs_trust() || withhold && header.asserts_identity(),
        };
        if !replaced {
            let value: &dyn Display = &field.value();
            writer.field(field.name(), value);
        }
    }
    Ok(writer.finish(parts.body()))
}
