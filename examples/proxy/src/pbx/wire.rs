//! Messages that we make or pass on, beyond what `presence-sip` makes for every host.

use std::net::SocketAddr;

use presence_sip::{
    Answer, Frame, Header, Message, NameAddr, Request, Response, Trust, Writer, addresses, reply_address,
};

use super::Reply;
use super::route::{Route, Routes};

/// The request in these bytes, which we have read or written before.
pub(crate) fn with_request<T>(wire: &[u8], then: impl FnOnce(&Request<'_>) -> T) -> Option<T> {
    let frame = Frame::read(wire).ok()?;
    match frame.sent().ok()? {
        Message::Request(request) => Some(then(&request)),
        Message::Response(_) => None,
    }
}

/// The response in these bytes, which we have read before.
pub(crate) fn with_response<T>(wire: &[u8], then: impl FnOnce(&Response<'_>) -> T) -> Option<T> {
    let frame = Frame::read(wire).ok()?;
    match frame.message().ok()? {
        Message::Response(response) => Some(then(&response)),
        Message::Request(_) => None,
    }
}

/// Our Via.
pub(crate) fn via(ours: SocketAddr, branch: &str) -> String {
    format!("SIP/2.0/UDP {ours};rport;branch={branch}")
}

/// What may be changed in a request before it goes on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Prepared<'p> {
    /// The identity that we vouch for (RFC 3325), in place of any that came with it.
    pub(crate) asserted: Option<&'p str>,
    /// Whether the peer's own assertions count.
    pub(crate) trusted: bool,
}

impl Prepared<'_> {
    /// For a peer of this trust, of whom we assert nothing ourselves.
    pub(crate) fn of(trust: Trust) -> Self {
        Self { asserted: None, trusted: trust == Trust::Trusted }
    }
}

/// A request as it is carried on: its topmost Via with what we saw of `peer`, without our credentials and the assertions of
/// peers that nobody trusts, and without reliable provisional responses, for we answer some requests ourselves.
pub(crate) fn prepared(request: &Request<'_>, peer: SocketAddr, prepared: &Prepared<'_>) -> Vec<u8> {
    let parts = request.parts();
    let mut writer = Writer::request(parts.cseq_method(), request.uri());
    for (place, via) in parts.vias().enumerate() {
        match place {
            0 => writer.field("Via", &seen(via.as_str(), request, peer)),
            _ => writer.field("Via", &via.as_str()),
        }
    }
    if let Some(asserted) = prepared.asserted {
        writer.field("P-Asserted-Identity", &asserted);
    }
    for field in parts.fields() {
        match field.header() {
            Header::Via | Header::ContentLength | Header::Authorization | Header::ProxyAuthorization => {}
            Header::PPreferredIdentity => {}
            _ if field.needs_trust() && !prepared.trusted => {}
            header if header.asserts_identity() && prepared.asserted.is_some() => {}
            Header::Supported => supported(field.value()).iter().for_each(|list| writer.field("Supported", list)),
            _ => writer.field(field.name(), &field.value()),
        }
    }
    writer.finish(parts.body())
}

/// The options of a Supported less reliable provisional responses; nothing where none is left.
fn supported(value: &str) -> Option<String> {
    let options = value.split(',').map(str::trim).filter(|option| !option.eq_ignore_ascii_case("100rel"));
    let options: Vec<_> = options.filter(|option| !option.is_empty()).collect();
    (!options.is_empty()).then(|| options.join(", "))
}

/// A Via with `received` and `rport`, as an answer to the request would have it (RFC 3261 18.2.1, RFC 3581).
fn seen(via: &str, request: &Request<'_>, peer: SocketAddr) -> String {
    let answer = Answer::new(request, 100, "", Some(peer)).finish();
    with_response(&answer, |answer| answer.parts().vias().next().map(|via| via.as_str().to_owned()))
        .flatten()
        .unwrap_or_else(|| via.to_owned())
}

/// Our Record-Route in a response: the callee needs it to lead to the caller, the caller to the callee.
pub(crate) struct Turned<'r> {
    pub(crate) routes: &'r Routes,
    /// Where it leads as we wrote it, which tells it from the one of another passage of the same call.
    pub(crate) caller: SocketAddr,
    /// Where it is to lead: to where the response comes from.
    pub(crate) callee: SocketAddr,
}

/// A response as it goes back to the caller, by the Vias of the request (RFC 3261 16.7), without the assertions of those whom
/// nobody trusts, and without those that are withheld: whoever calls is outside the trust domain (RFC 3325 7).
pub(crate) fn upstream(
    request: &Request<'_>,
    response: &Response<'_>,
    trust: Trust,
    turned: Option<&Turned<'_>>,
) -> Vec<u8> {
    let untrusted = trust == Trust::Untrusted;
    let withhold = response.withholds_identity();
    let call_id = response.parts().call_id();
    let mut writer = Writer::response(response.code());
    request.parts().vias().for_each(|via| writer.field("Via", &via.as_str()));
    for field in response.parts().fields() {
        match field.header() {
            Header::Via | Header::ContentLength | Header::PPreferredIdentity => {}
            _ if field.needs_trust() && untrusted => {}
            header if header.asserts_identity() && withhold => {}
            Header::RecordRoute => {
                for entry in addresses(field.value()).filter_map(Result::ok) {
                    match turned.filter(|it| it.routes.read(call_id, &entry) == Route::To(it.caller)) {
                        Some(it) => writer.field("Record-Route", &it.routes.record(call_id, it.callee)),
                        None => writer.field("Record-Route", &entry.as_str()),
                    }
                }
            }
            _ => writer.field(field.name(), &field.value()),
        }
    }
    writer.finish(response.parts().body())
}

/// A request of ours in the dialog that a 2xx of a branch made: its ACK, or the BYE that ends it again.
pub(crate) struct InDialog<'d> {
    pub(crate) method: &'static str,
    /// What is added to the CSeq number of the INVITE.
    pub(crate) later: u32,
    pub(crate) via: &'d str,
    /// Why, for the Reason header.
    pub(crate) reason: Option<&'d str>,
}

/// `invite` is the one of the branch, as it was sent.
pub(crate) fn in_dialog(invite: &Request<'_>, answer: &Response<'_>, what: &InDialog<'_>) -> Vec<u8> {
    let parts = answer.parts();
    let target = parts.contacts().next();
    let target = target.as_ref().map_or_else(|| invite.uri(), |contact| contact.uri());
    let mut writer = Writer::request(what.method, &target.without_headers());
    writer.field("Via", &what.via);
    writer.field("Max-Forwards", &70);
    // Below our own entry stand those of the proxies between us and the callee, the farthest first.
    let routes: Vec<NameAddr<'_>> = parts.all(Header::RecordRoute).flat_map(addresses).filter_map(Result::ok).collect();
    let own = invite.parts().all(Header::RecordRoute).flat_map(addresses).filter_map(Result::ok).count();
    let beyond = routes.len().saturating_sub(own);
    routes.iter().take(beyond).rev().for_each(|route| writer.field("Route", &route.as_str()));
    parts.all(Header::From).for_each(|from| writer.field("From", &from));
    parts.all(Header::To).for_each(|to| writer.field("To", &to));
    writer.field("Call-ID", &parts.call_id());
    writer.field("CSeq", &format_args!("{} {}", invite.parts().cseq().saturating_add(what.later), what.method));
    if let Some(reason) = what.reason {
        writer.field("Reason", &reason);
    }
    writer.finish(b"")
}

/// A response of ours.
pub(crate) fn reply(request: &Request<'_>, reply: Reply, tag: &str, peer: SocketAddr) -> Vec<u8> {
    let tag = reply.to_tag.as_deref().unwrap_or(tag);
    let mut answer = Answer::new(request, reply.code, tag, Some(peer));
    for (name, value) in &reply.fields {
        answer = answer.other(name, value);
    }
    match &reply.body {
        Some((content_type, body)) => answer.finish_with(content_type, body),
        None => answer.finish(),
    }
}

impl Reply {
    /// An answer of this status, bare.
    pub(crate) const fn new(code: u16) -> Self {
        Self { code, fields: Vec::new(), body: None, to_tag: None }
    }

    /// One header line more.
    pub(crate) fn field(mut self, name: &'static str, value: impl ToString) -> Self {
        self.fields.push((name, value.to_string()));
        self
    }
}

/// Where the party is that sent a request: its answers go there, and so do requests to it.
pub(crate) fn party(request: &Request<'_>, peer: SocketAddr) -> SocketAddr {
    reply_address(request, peer)
}
