//! From a frame to a message: each header line once, and everything that S5 asks for.

use rsip::Method;

use super::{Fields, Frame, Message, Parts, Request, Response, StartLine};
use crate::fault::{Fault, Refusal};
use crate::header::Header;
use crate::limits::{CONTACTS_MAX, DIVERSIONS_MAX, HISTORY_MAX, MAX_FORWARDS_DEFAULT, MAX_FORWARDS_MAX};
use crate::value::lex::{Class, saturating_u32, trim};
use crate::value::{NameAddr, Replaces, Via, addresses, vias};
use crate::{identity, register};

/// CSeq numbers are below 2^31 (RFC 3261 8.1.1.5).
const CSEQ_END: u32 = 1 << 31;

impl Frame<'_> {
    /// Reads the message.
    ///
    /// # Errors
    ///
    /// What S2 to S5 refuse; see [`Fault`].
    pub fn message(&self) -> Result<Message<'_>, Refusal> {
        self.read_message(1)
    }

    /// Reads a message that this host has sent: as [`message`](Self::message), but one that took its last hop with that is none
    /// too many.
    ///
    /// # Errors
    ///
    /// What S2 to S5 refuse, `Max-Forwards: 0` excepted.
    pub fn sent(&self) -> Result<Message<'_>, Refusal> {
        self.read_message(0)
    }

    fn read_message(&self, hops_min: u32) -> Result<Message<'_>, Refusal> {
        let mut lines = self.lines();
        let (first_line, _) = lines.next().unwrap_or_default();
        let refuse = |fault| Refusal::of(fault, first_line.as_bytes());
        let start = StartLine::parse(first_line).map_err(refuse)?;
        let parts = self.read_parts(lines).map_err(refuse)?;
        let message = match start {
            StartLine::Request { method, uri } => {
                let max_forwards = max_forwards(method, &parts, hops_min).map_err(refuse)?;
                Message::Request(Request { method, uri, max_forwards, parts })
            }
            StartLine::Response { code, reason } => Message::Response(Response { code, reason, parts }),
        };
        if let Message::Request(request) = &message {
            check(request).map_err(refuse)?;
        }
        Ok(message)
    }

    fn read_parts<'a>(&'a self, lines: impl ExactSizeIterator<Item = (&'a str, usize)>) -> Result<Parts<'a>, Fault> {
        let fields = Fields::read(lines)?;
        let from = address(&fields, Header::From)?;
        let to = address(&fields, Header::To)?;
        let call_id = call_id(fields.once(Header::CallId)?.ok_or(Fault::Missing("Call-ID"))?)?;
        let (cseq, cseq_method) = cseq(fields.once(Header::CSeq)?.ok_or(Fault::Missing("CSeq"))?)?;
        let via = topmost_via(&fields)?;
        let body = cut_body(&fields, self.body)?;
        Ok(Parts { via, from, to, call_id, cseq, cseq_method, fields, body })
    }
}

fn address<'a>(fields: &Fields<'a>, header: Header) -> Result<NameAddr<'a>, Fault> {
    let value = fields.once(header)?.ok_or(Fault::Missing(header.name()))?;
    NameAddr::parse(value).map_err(|_| Fault::Malformed(header.name()))
}

fn call_id(value: &str) -> Result<&str, Fault> {
    let is_word = !value.is_empty() && value.bytes().all(|byte| Class::WORD.has(byte));
    if is_word { Ok(value) } else { Err(Fault::Malformed("Call-ID")) }
}

/// RFC 3261 20.16: a number and a method.
fn cseq(value: &str) -> Result<(u32, &str), Fault> {
    let malformed = Fault::Malformed("CSeq");
    let (number, method) = value.split_once([' ', '\t']).ok_or(malformed)?;
    let number = saturating_u32(number).filter(|number| *number < CSEQ_END).ok_or(malformed)?;
    let method = trim(method);
    let is_token = !method.is_empty() && method.bytes().all(|byte| Class::TOKEN.has(byte));
    if is_token { Ok((number, method)) } else { Err(malformed) }
}

/// The topmost Via, where all are well formed; without one nothing finds its way back (RFC 3261 8.1.1.7).
fn topmost_via<'a>(fields: &Fields<'a>) -> Result<Via<'a>, Fault> {
    let mut topmost = None;
    for line in fields.all(Header::Via) {
        for via in vias(line) {
            let via = via.map_err(|_| Fault::Malformed("Via"))?;
            topmost.get_or_insert(via);
        }
    }
    topmost.ok_or(Fault::Missing("Via"))
}

/// RFC 3261 18.3: the body is what Content-Length says, and in a datagram the rest without it.
fn cut_body<'a>(fields: &Fields<'_>, body: &'a [u8]) -> Result<&'a [u8], Fault> {
    let Some(length) = fields.once(Header::ContentLength)? else { return Ok(body) };
    let malformed = Fault::Malformed("Content-Length");
    let length = saturating_u32(length).and_then(|length| usize::try_from(length).ok()).ok_or(malformed)?;
    body.get(..length).ok_or(malformed)
}

/// RFC 3261 16.3 and 20.22, of a request whose CSeq names its method (8.1.1.5).
fn max_forwards(method: Method, parts: &Parts<'_>, min: u32) -> Result<u8, Fault> {
    if parts.cseq_method != super::method_name(method) {
        return Err(Fault::MethodMismatch);
    }
    let Some(value) = parts.fields.once(Header::MaxForwards)? else { return Ok(MAX_FORWARDS_DEFAULT) };
    match saturating_u32(value) {
        Some(hops) if hops < min => Err(Fault::TooManyHops),
        Some(hops) if hops <= MAX_FORWARDS_MAX => u8::try_from(hops).map_err(|_| Fault::Malformed("Max-Forwards")),
        _ => Err(Fault::Malformed("Max-Forwards")),
    }
}

/// What only requests have to fulfil.
fn check(request: &Request<'_>) -> Result<(), Fault> {
    // A route that was left out would send the request past a proxy that it has to pass.
    if request.parts.all(Header::Route).flat_map(addresses).any(|route| route.is_err()) {
        return Err(Fault::Malformed("Route"));
    }
    check_contacts(request)?;
    if request.kind() == super::Kind::Call { check_call(request) } else { Ok(()) }
}

/// Contacts are well formed and few; `*` and q-values only mean something to a registrar (RFC 3261 20.10).
fn check_contacts(request: &Request<'_>) -> Result<(), Fault> {
    if request.method == Method::Register {
        return register::check(request);
    }
    let mut count = 0;
    for line in request.parts.all(Header::Contact) {
        for contact in addresses(line) {
            contact.map_err(|_| Fault::Malformed("Contact"))?;
            count += 1;
        }
    }
    if count > CONTACTS_MAX { Err(Fault::TooMany("contacts")) } else { Ok(()) }
}

/// What keeps a new call from being evaluated.
fn check_call(request: &Request<'_>) -> Result<(), Fault> {
    let parts = &request.parts;
    if let Some(replaces) = parts.fields.once(Header::Replaces)? {
        Replaces::parse(replaces).map_err(|_| Fault::Malformed("Replaces"))?;
    }
    if let Some(breadth) = parts.fields.once(Header::MaxBreadth)? {
        let breadth = saturating_u32(breadth).ok_or(Fault::Malformed("Max-Breadth"))?;
        if breadth == 0 {
            return Err(Fault::MaxBreadth);
        }
    }
    if !identity::privacy_can_be_given(parts) {
        return Err(Fault::Privacy);
    }
    if parts.diversions().nth(DIVERSIONS_MAX).is_some() {
        return Err(Fault::TooMany("diversions"));
    }
    if parts.history().nth(HISTORY_MAX).is_some() {
        return Err(Fault::TooMany("history entries"));
    }
    Ok(())
}
