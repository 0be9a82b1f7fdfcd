//! Writing messages: one writer, through which no line break of any input gets (S26).

use std::fmt::{self, Display, Write as _};

use crate::message::method_name;
use crate::phrase::reason_phrase;

/// The wire form of a request or response that somebody built with rsip's types: with the reason phrases of the RFCs, the body
/// as it is, and Content-Length set; where a header holds a control character, it becomes a space.
///
/// # Example: send what was built with rsip
///
/// ```
/// let busy = rsip::Response { status_code: 486.into(), body: vec![0xFF, 0xFE], ..rsip::Response::default() };
/// let wire = presence_sip::encode(&busy.into());
/// assert!(wire.starts_with(b"SIP/2.0 486 Busy Here\r\n"));
/// assert!(wire.ends_with(b"Content-Length: 2\r\n\r\n\xFF\xFE"));
/// ```
#[must_use]
pub fn encode(message: &rsip::SipMessage) -> Vec<u8> {
    let (mut writer, headers) = match message {
        rsip::SipMessage::Request(request) => {
            (Writer::request(method_name(request.method), &WholeUri(&request.uri)), &request.headers)
        }
        rsip::SipMessage::Response(response) => (Writer::of_status(&response.status_code), &response.headers),
    };
    for header in headers.iter() {
        let line = header.to_string();
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        let is_length = matches!(crate::Header::of(name.trim_end()), crate::Header::ContentLength);
        if !is_length {
            writer.field(name, &value.trim_start());
        }
    }
    writer.finish(message.body())
}

/// An rsip URI as it must be written: IPv6 in brackets, no slashes behind a scheme that has none.
struct WholeUri<'a>(&'a rsip::Uri);

impl Display for WholeUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.scheme {
            Some(rsip::Scheme::Other(scheme)) => write!(f, "{scheme}:")?,
            Some(scheme) => write!(f, "{scheme}:")?,
            None => {}
        }
        if let Some(auth) = &self.0.auth {
            write!(f, "{auth}@")?;
        }
        match &self.0.host_with_port.host {
            rsip::Host::IpAddr(std::net::IpAddr::V6(address)) => write!(f, "[{address}]")?,
            host => write!(f, "{host}")?,
        }
        if let Some(port) = &self.0.host_with_port.port {
            write!(f, ":{port}")?;
        }
        self.0.params.iter().try_for_each(|param| write!(f, "{param}"))
    }
}

/// A message while it is written, for what a host says of its own accord or passes on: a BYE, a NOTIFY, a response on its way
/// back. Whatever the values hold, each field stays one line.
///
/// # Example: pass a response on, less the topmost Via (RFC 3261 16.7 step 3)
///
/// ```
/// use presence_sip::{Frame, Header, Message, Writer};
///
/// let datagram = b"SIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP pbx;branch=z9hG4bK2, SIP/2.0/UDP phone;branch=z9hG4bK1\r\n\
///     From: <sip:1@h>;tag=a\r\nTo: <sip:2@h>;tag=b\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n";
/// let frame = Frame::read(datagram)?;
/// let Message::Response(ringing) = frame.message()? else { panic!("it is a response") };
///
/// let mut upstream = Writer::response(ringing.code());
/// ringing.parts().vias().skip(1).for_each(|via| upstream.field("Via", &via.as_str()));
/// let kept = |header| !matches!(header, Header::Via | Header::ContentLength);
/// for field in ringing.parts().fields().iter().filter(|field| kept(field.header())) {
///     upstream.field(field.name(), &field.value());
/// }
/// assert_eq!(String::from_utf8(upstream.finish(ringing.parts().body()))?, "SIP/2.0 180 Ringing\r\n\
///     Via: SIP/2.0/UDP phone;branch=z9hG4bK1\r\nFrom: <sip:1@h>;tag=a\r\nTo: <sip:2@h>;tag=b\r\nCall-ID: 1\r\n\
///     CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Writer(Vec<u8>);

/// Room for a message of the usual size.
const ROOM: usize = 1024;

impl Writer {
    /// A request.
    #[must_use]
    pub fn request(method: &str, uri: &dyn Display) -> Self {
        Self(Vec::with_capacity(ROOM)).with_line(|line| write!(line, "{method} {uri} SIP/2.0"))
    }

    /// A response with the words that belong to its status.
    #[must_use]
    pub fn response(code: u16) -> Self {
        Self::status(code, reason_phrase(code), ROOM)
    }

    /// Our words for a status that rsip knows, its own for others.
    fn of_status(status: &rsip::StatusCode) -> Self {
        match status {
            rsip::StatusCode::Other(code, reason) => Self::status(*code, reason, ROOM),
            known => Self::response(known.code()),
        }
    }

    /// A response with room for so many bytes.
    pub(crate) fn status(code: u16, reason: &str, room: usize) -> Self {
        Self(Vec::with_capacity(room)).with_line(|line| {
            line.write_str("SIP/2.0 ")?;
            decimal(line, code)?;
            line.write_str(" ")?;
            line.write_str(reason)
        })
    }

    /// One header line; Content-Length is written at the end.
    pub fn field(&mut self, name: &str, value: &dyn Display) {
        self.line(name, |line| write!(line, "{value}"));
    }

    /// One header line of which `write` writes the value.
    pub(crate) fn line(&mut self, name: &str, write: impl FnOnce(&mut Text<'_>) -> fmt::Result) {
        self.clean(|text| {
            text.write_str(name)?;
            text.write_str(": ")?;
            write(text)
        });
    }

    /// The end of the headers with Content-Length, and the body.
    #[must_use]
    pub fn finish(mut self, body: &[u8]) -> Vec<u8> {
        self.line("Content-Length", |line| decimal(line, body.len()));
        self.finish_as_is(body)
    }

    /// The end of the headers and the body; Content-Length is among the headers, or nowhere.
    pub(crate) fn finish_as_is(mut self, body: &[u8]) -> Vec<u8> {
        self.0.extend_from_slice(b"\r\n");
        self.0.extend_from_slice(body);
        self.0
    }

    fn with_line(mut self, write: impl FnOnce(&mut Text<'_>) -> fmt::Result) -> Self {
        self.clean(write);
        self
    }

    /// Where all text enters a message, a line at a time: control characters, line breaks first of all, become spaces.
    fn clean(&mut self, write: impl FnOnce(&mut Text<'_>) -> fmt::Result) {
        let start = self.0.len();
        // Writing to a vector does not fail.
        let _ = write(&mut Text(&mut self.0));
        let tame = |byte: &mut u8| *byte = if byte.is_ascii_control() && *byte != b'\t' { b' ' } else { *byte };
        let line = self.0.get_mut(start..).unwrap_or_default();
        // By blocks, which the compiler turns into single instructions; the last one may see some bytes again.
        match line.len() {
            ..16 => line.iter_mut().for_each(tame),
            _ => {
                line.chunks_exact_mut(16).for_each(|block| block.iter_mut().for_each(tame));
                line.last_chunk_mut::<16>().into_iter().flatten().for_each(tame);
            }
        }
        self.0.extend_from_slice(b"\r\n");
    }
}

/// A number without the detour over a formatter.
pub(crate) fn decimal(text: &mut impl fmt::Write, number: impl itoa::Integer) -> fmt::Result {
    text.write_str(itoa::Buffer::new().format(number))
}

/// A line while it is written.
pub(crate) struct Text<'w>(&'w mut Vec<u8>);

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// What a closure writes.
pub(crate) fn written(write: impl Fn(&mut fmt::Formatter<'_>) -> fmt::Result) -> impl Display {
    Written(write)
}

struct Written<W>(W);

impl<W: Fn(&mut fmt::Formatter<'_>) -> fmt::Result> Display for Written<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.0)(f)
    }
}

/// A display name as a quoted string (RFC 3261 25.1); control characters become spaces.
///
/// ```
/// assert_eq!(presence_sip::quoted("Bob \"B\"\r\nX: y").to_string(), r#""Bob \"B\"  X: y""#);
/// ```
pub fn quoted(text: &str) -> impl Display + '_ {
    written(move |f| {
        f.write_char('"')?;
        for char in text.chars() {
            match char {
                '"' | '\\' => write!(f, "\\{char}")?,
                _ if char.is_control() => f.write_char(' ')?,
                _ => f.write_char(char)?,
            }
        }
        f.write_char('"')
    })
}

/// What was dialled as the user part of a URI: whatever may not stand there is escaped (RFC 3261 25.1), and so are `;`, `?` and
/// the like, which may, but which other readers take for parameters or headers.
///
/// ```
/// assert_eq!(presence_sip::escaped_user("*72#0").to_string(), "*72%230");
/// ```
pub fn escaped_user(text: &str) -> impl Display + '_ {
    escaped(text, b"-_.!~*'()+")
}

/// Text as the value of a URI parameter or header, `@`, `;`, `?`, `&` and `=` escaped.
pub fn escaped_value(text: &str) -> impl Display + '_ {
    escaped(text, b"-_.!~*'()[]/:+$")
}

fn escaped<'a>(text: &'a str, plain: &'static [u8]) -> impl Display + 'a {
    written(move |f| {
        let stays = |byte: u8| byte.is_ascii_alphanumeric() || plain.contains(&byte);
        // What nearly all of them are.
        if text.bytes().all(stays) {
            return f.write_str(text);
        }
        text.bytes()
            .try_for_each(|byte| if stays(byte) { f.write_char(char::from(byte)) } else { write!(f, "%{byte:02X}") })
    })
}
