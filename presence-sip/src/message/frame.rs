//! From bytes to a head of whole lines and a body (RFC 3261 7.3.1, 7.5).

use std::borrow::Cow;

use crate::fault::{Fault, Refusal};
use crate::limits::MESSAGE_MAX;

/// A datagram, or a message cut from a stream, with its lines made whole: folded headers unfolded, bytes that are no
/// UTF-8 replaced, stray line breaks refused.
///
/// It borrows from the datagram; only folding and bad UTF-8 cost one copy of the headers.
///
/// # Example: who calls whom
///
/// ```
/// use presence_sip::{Frame, Message};
///
/// let datagram = b"INVITE sip:1001@pbx.example.com SIP/2.0\r\n\
///     Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n\
///     f: \"Alice\" <sip:+442079460000@example.com>;tag=a\r\n\
///     t: <sip:1001@pbx.example.com>\r\n\
///     i: 1@192.0.2.9\r\n\
///     CSeq: 1 INVITE\r\n\r\n";
/// let frame = Frame::read(datagram)?;
/// let Message::Request(invite) = frame.message()? else { panic!("it is a request") };
/// assert_eq!(invite.uri().dialled().as_deref(), Some("1001"));
/// assert_eq!(invite.parts().from().name().as_deref(), Some("Alice"));
/// # Ok::<(), presence_sip::Refusal>(())
/// ```
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    /// The start line and the header lines, each with its line break.
    pub(super) head: Cow<'a, str>,
    /// At least as many as header lines.
    pub(super) lines: usize,
    pub(super) body: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Cuts a message into head and body.
    ///
    /// # Errors
    ///
    /// What is not SIP, too long, without the empty line, or has a stray CR, LF or NUL among its headers.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let bytes = skip_line_breaks(bytes);
        let Some(first_end) = memchr::memchr(b'\n', bytes) else {
            let fault = if bytes.is_empty() { Fault::KeepAlive } else { Fault::Unfinished };
            return Err(if bytes.is_empty() { Refusal::dropped(fault) } else { Refusal::of(fault, bytes) });
        };
        let first_line = bytes.get(..first_end).unwrap_or(bytes);
        let first_line = first_line.strip_suffix(b"\r").unwrap_or(first_line);
        let refuse = |fault| Refusal::of(fault, first_line);
        if bytes.len() > MESSAGE_MAX {
            return Err(refuse(Fault::TooMany("bytes")));
        }
        let Scan { end, lines, folded } = scan(bytes).map_err(refuse)?;
        let (head, body) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
        let head = std::str::from_utf8(head).map_or_else(|_| String::from_utf8_lossy(head), Cow::Borrowed);
        let head = if folded { Cow::Owned(unfold(&head)) } else { head };
        Ok(Self { head, lines, body: body.strip_prefix(b"\r\n").unwrap_or(body) })
    }
}

/// RFC 3261 7.5: line breaks before the start line are ignored.
fn skip_line_breaks(mut bytes: &[u8]) -> &[u8] {
    while let Some(rest) = bytes.strip_prefix(b"\r\n") {
        bytes = rest;
    }
    bytes
}

/// What one look at the lines tells.
struct Scan {
    /// Where the headers end.
    end: usize,
    lines: usize,
    folded: bool,
}

/// Every line ends with CR LF, and there is no other CR.
fn scan(bytes: &[u8]) -> Result<Scan, Fault> {
    let (mut start, mut lines, mut folded) = (0, 0, false);
    for end in memchr::memchr_iter(b'\n', bytes) {
        let line = bytes.get(start..end).and_then(|line| line.strip_suffix(b"\r")).ok_or(Fault::Stray)?;
        if line.is_empty() {
            let head = bytes.get(..start).unwrap_or_default();
            let stray = memchr::memchr_iter(b'\r', head).count() != lines || memchr::memchr(0, head).is_some();
            return if stray { Err(Fault::Stray) } else { Ok(Scan { end: start, lines, folded }) };
        }
        folded |= matches!(line, [b' ' | b'\t', ..]);
        lines += 1;
        start = end + 1;
    }
    Err(Fault::Unfinished)
}

/// A line that begins with space continues the one before it (RFC 3261 7.3.1).
fn unfold(head: &str) -> String {
    let mut whole = String::with_capacity(head.len());
    for line in head.split_inclusive("\r\n") {
        if line.starts_with([' ', '\t']) {
            whole.truncate(whole.trim_end_matches("\r\n").len());
            whole.push(' ');
            whole.push_str(line.trim_start_matches([' ', '\t']));
        } else {
            whole.push_str(line);
        }
    }
    whole
}
