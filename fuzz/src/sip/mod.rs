//! The SIP adapter: what arrives, what it says, what is written, and the trail of a call.

mod encode;
mod message;
mod trail;
mod values;

pub use encode::sip_encode;
pub use message::sip_message;
pub use trail::sip_trail;
pub use values::sip_values;

use presence_sip::{Frame, Message, Request, Response};

/// Bytes that we wrote are a request.
fn with_request<T>(wire: &[u8], look: impl FnOnce(&Request<'_>) -> T) -> T {
    let frame = Frame::read(wire).unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(wire)));
    match frame.sent().unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(wire))) {
        Message::Request(request) => look(&request),
        Message::Response(_) => panic!("a response: {}", String::from_utf8_lossy(wire)),
    }
}

/// Bytes that we wrote are a response.
fn with_response<T>(wire: &[u8], look: impl FnOnce(&Response<'_>) -> T) -> T {
    let frame = Frame::read(wire).unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(wire)));
    match frame.message().unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(wire))) {
        Message::Response(response) => look(&response),
        Message::Request(_) => panic!("a request: {}", String::from_utf8_lossy(wire)),
    }
}

/// An INVITE with these header lines besides the ones that it must have.
fn invite(lines: &str) -> String {
    format!(
        "INVITE sip:1001@pbx.example.net SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1\r\n\
         From: <sip:1002@pbx.example.net>;tag=a\r\nTo: <sip:1001@pbx.example.net>\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n\
         {lines}\r\n"
    )
}
