//! From bytes to a head of whole lines and a body (RFC 3261 7.3.1, 7.5).

use std::borrow::Cow;

use crate::fault::{Fault, Refusal};
use crate::limits::{HEADERS_MAX, MESSAGE_MAX};

/// A datagram, or a message cut from a stream, with its lines made whole: folded headers unfolded, bytes that are no
/// UTF-8 replaced, stray line breaks refused.
///
/// It borrows from the datagram, and keeps where its lines end; only folding and bad UTF-8 cost one copy of the headers.
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
    /// Where each of them ends, its line break left out.
    ends: Vec<u32>,
    /// How many bytes longer than received each of them is by what stands for bad UTF-8; empty where nothing was copied.
    longer: Vec<u32>,
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
        let Scan { end, ends, folded } = scan(bytes).map_err(refuse)?;
        let (head, body) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
        let body = body.strip_prefix(b"\r\n").unwrap_or(body);
        match std::str::from_utf8(head) {
            Ok(head) if !folded => Ok(Self { head: Cow::Borrowed(head), ends, longer: Vec::new(), body }),
            _ => Ok(Self { body, ..Self::mended(if folded { Cow::Owned(unfold(head)) } else { Cow::Borrowed(head) }) }),
        }
    }

    /// The lines with something readable in place of each byte that is no UTF-8.
    fn mended(lines: Cow<'_, [u8]>) -> Self {
        let (mut head, mut ends, mut longer) = (String::with_capacity(lines.len()), Vec::new(), Vec::new());
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            let text = String::from_utf8_lossy(line);
            head.push_str(&text);
            ends.push(head.len().saturating_sub(2) as u32);
            longer.push(text.len().saturating_sub(line.len()) as u32);
        }
        Self { head: Cow::Owned(head), ends, longer, body: &[] }
    }

    /// The start line and the header lines, without their line breaks, and how much longer than received each is.
    pub(super) fn lines(&self) -> impl ExactSizeIterator<Item = (&str, usize)> {
        let mut start = 0;
        self.ends.iter().enumerate().map(move |(place, end)| {
            let line = self.head.get(start..*end as usize).unwrap_or_default();
            start = *end as usize + 2;
            (line, self.longer.get(place).map_or(0, |longer| *longer as usize))
        })
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
    /// Where each line ends, its line break left out.
    ends: Vec<u32>,
    folded: bool,
}

/// Every line ends with CR LF, and there is no other CR.
fn scan(bytes: &[u8]) -> Result<Scan, Fault> {
    let (mut start, mut ends, mut folded) = (0, Vec::with_capacity(HEADERS_MAX), false);
    for end in memchr::memchr_iter(b'\n', bytes) {
        let line = bytes.get(start..end).and_then(|line| line.strip_suffix(b"\r")).ok_or(Fault::Stray)?;
        if line.is_empty() {
            let head = bytes.get(..start).unwrap_or_default();
            let stray = strays(head) != ends.len();
            return if stray { Err(Fault::Stray) } else { Ok(Scan { end: start, ends, folded }) };
        }
        folded |= matches!(line, [b' ' | b'\t', ..]);
        ends.push((start + line.len()) as u32);
        start = end + 1;
    }
    Err(Fault::Unfinished)
}

/// How many CR and NUL there are; the blocks are what a byte can count, and what the compiler turns into wide instructions.
fn strays(head: &[u8]) -> usize {
    let of_block = |block: &[u8]| block.iter().map(|byte| u8::from(matches!(byte, b'\r' | 0))).sum::<u8>();
    head.chunks(128).map(|block| usize::from(of_block(block))).sum()
}

/// A line that begins with space continues the one before it (RFC 3261 7.3.1).
fn unfold(head: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(head.len());
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        let more = line.iter().position(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(line.len());
        if more > 0 {
            whole.truncate(whole.len().saturating_sub(2));
            whole.push(b' ');
        }
        whole.extend_from_slice(line.get(more..).unwrap_or_default());
    }
    whole
}
