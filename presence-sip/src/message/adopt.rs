//! Messages that another parser has read: rsip in, rsip out.

use std::convert::TryInto as _;

use super::{Field, Message, Request, Response, method_name};
use crate::encode::Writer;
use crate::fault::{Fault, Refusal};

/// The wire form of a request that `rsip` has read, to be read again by [`Frame::read`](crate::Frame::read): rsip splits no
/// lists, keeps compact names apart and takes stray line breaks for text, so its headers are judged anew.
///
/// `request_uri` is the Request-URI as received; it cannot be had back from [`rsip::Uri`], which loses dotted users, leading
/// zeros and URI headers.
///
/// # Example: adopt what rsip has read
///
/// ```
/// use presence_sip::{Frame, adopt_request};
///
/// let text = "OPTIONS sip:j.doe@example.com SIP/2.0\r\nv: SIP/2.0/UDP 192.0.2.1\r\nf: <sip:a@h>;tag=1\r\n\
///     t: <sip:j.doe@example.com>\r\ni: 1\r\nCSeq: 1 OPTIONS\r\n\r\n";
/// let read_by_rsip = rsip::Request::try_from(text)?;
/// let wire = adopt_request(&read_by_rsip, "sip:j.doe@example.com")?;
/// let frame = Frame::read(&wire)?;
/// assert_eq!(frame.message()?.parts().call_id(), "1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Where a header, or the Request-URI, holds a CR, LF or NUL.
pub fn adopt_request(request: &rsip::Request, request_uri: &str) -> Result<Vec<u8>, Refusal> {
    let refuse = |fault| Refusal::of(fault, format!("{} sip:h SIP/2.0", method_name(request.method)).as_bytes());
    if has_stray(request_uri) {
        return Err(refuse(Fault::RequestUri));
    }
    let mut writer = Writer::request(method_name(request.method), &request_uri);
    adopt_headers(&mut writer, &request.headers).map_err(refuse)?;
    Ok(writer.finish_as_is(&request.body))
}

/// The wire form of a response that `rsip` has read, to be read again by [`Frame::read`](crate::Frame::read).
///
/// # Errors
///
/// Where a header holds a CR, LF or NUL.
pub fn adopt_response(response: &rsip::Response) -> Result<Vec<u8>, Refusal> {
    let mut writer = Writer::response(response.status_code.code());
    adopt_headers(&mut writer, &response.headers).map_err(Refusal::dropped)?;
    Ok(writer.finish_as_is(&response.body))
}

fn adopt_headers(writer: &mut Writer, headers: &rsip::Headers) -> Result<(), Fault> {
    for header in headers.iter() {
        let line = header.to_string();
        let (name, value) = line.split_once(':').ok_or(Fault::HeaderLine)?;
        if has_stray(&line) {
            return Err(Fault::Stray);
        }
        writer.field(name, &value.trim_start());
    }
    Ok(())
}

fn has_stray(text: &str) -> bool {
    text.contains(['\r', '\n', '\0'])
}

impl Message<'_> {
    /// The message in rsip's types, with long names, one line each as received, and the body untouched.
    #[must_use]
    pub fn to_rsip(&self) -> rsip::SipMessage {
        match self {
            Self::Request(request) => request.to_rsip().into(),
            Self::Response(response) => response.to_rsip().into(),
        }
    }
}

impl Request<'_> {
    /// The request in rsip's types. Its URI holds the Request-URI verbatim as a domain, so that it prints as received; for its
    /// parts ask [`Request::uri`].
    #[must_use]
    pub fn to_rsip(&self) -> rsip::Request {
        rsip::Request {
            method: self.method,
            uri: verbatim(self.uri.as_str()),
            version: rsip::Version::V2,
            headers: rsip_headers(self.parts.fields()),
            body: self.parts.body.to_vec(),
        }
    }
}

impl Response<'_> {
    /// The response in rsip's types, with the status as received.
    #[must_use]
    pub fn to_rsip(&self) -> rsip::Response {
        rsip::Response {
            status_code: rsip::StatusCode::Other(self.code, self.reason.to_owned()),
            version: rsip::Version::V2,
            headers: rsip_headers(self.parts.fields()),
            body: self.parts.body.to_vec(),
        }
    }
}

/// A URI that rsip prints as it is given: all of it is the domain.
fn verbatim(uri: &str) -> rsip::Uri {
    let host_with_port = rsip::HostWithPort { host: rsip::Host::Domain(uri.into()), port: None };
    rsip::Uri { scheme: None, auth: None, host_with_port, params: Vec::new(), headers: Vec::new() }
}

fn rsip_headers(fields: &[Field<'_>]) -> rsip::Headers {
    let mut headers = rsip::Headers::default();
    for field in fields {
        let known =
            rsip::headers::header::Tokenizer::from((field.name().as_bytes(), field.value.as_bytes())).try_into();
        let header =
            known.unwrap_or_else(|_: rsip::Error| rsip::Header::Other(field.name().to_owned(), field.value.to_owned()));
        headers.push(header);
    }
    headers
}
