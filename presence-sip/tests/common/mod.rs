//! What the tests share: messages by name, and the shortest call that lets one header be tried.
#![allow(dead_code, reason = "not every test uses all of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use presence_sip::{Frame, Message, Refusal, Request, Response};

/// A message of `tests/messages`.
pub(crate) fn message(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/messages/{name}.sip", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Every message of `tests/messages`.
pub(crate) fn messages() -> Vec<(String, Vec<u8>)> {
    let directory = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/messages")).unwrap();
    let mut names: Vec<String> = directory
        .filter_map(|entry| entry.unwrap().file_name().into_string().unwrap().strip_suffix(".sip").map(str::to_owned))
        .collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), message(&name))).collect()
}

/// A call to 1001 with these header lines besides the ones it must have.
pub(crate) fn call(lines: &str) -> Vec<u8> {
    request("INVITE", "sip:1001@pbx.example.net", lines)
}

/// A request with these header lines besides the ones it must have.
pub(crate) fn request(method: &str, uri: &str, lines: &str) -> Vec<u8> {
    let lines = if lines.is_empty() { String::new() } else { format!("{lines}\r\n") };
    format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7\r\nFrom: <sip:1002@pbx.example.net>;tag=a\r\n\
         To: <sip:1001@pbx.example.net>\r\nCall-ID: c1\r\nCSeq: 1 {method}\r\n{lines}\r\n"
    )
    .into_bytes()
}

/// A request from its bytes, given to `look`.
pub(crate) fn with_request<T>(bytes: &[u8], look: impl FnOnce(&Request<'_>) -> T) -> T {
    let frame = Frame::read(bytes).unwrap();
    match frame.message().unwrap() {
        Message::Request(request) => look(&request),
        Message::Response(_) => panic!("a response"),
    }
}

/// A response from its bytes, given to `look`.
pub(crate) fn with_response<T>(bytes: &[u8], look: impl FnOnce(&Response<'_>) -> T) -> T {
    let frame = Frame::read(bytes).unwrap();
    match frame.message().unwrap() {
        Message::Response(response) => look(&response),
        Message::Request(_) => panic!("a request"),
    }
}

/// What becomes of these bytes: `Err` of a status, or of `None` where they are dropped.
pub(crate) fn verdict(bytes: &[u8]) -> Result<(), Option<u16>> {
    let refused = |refusal: Refusal| refusal.status();
    Frame::read(bytes).map_err(refused)?.message().map(|_| ()).map_err(refused)
}

/// The text of the head of a message that we wrote.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("\r\n", "\n")
}
