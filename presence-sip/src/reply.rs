//! Answers to what could not be read.

use crate::encode::Writer;
use crate::fault::Refusal;
use crate::header::Header;
use crate::limits::{HEADERS_MAX, MESSAGE_MAX};
use crate::value::NameAddr;
use crate::value::lex::trim;

impl Refusal {
    /// The response to `datagram`, which was refused: what can be found of Via, From, To, Call-ID and CSeq is copied, and a To
    /// without a tag gets `to_tag` (RFC 3261 8.2.6). `None` where the message is dropped.
    ///
    /// # Example: answer a call that names no caller
    ///
    /// ```
    /// use presence_sip::Frame;
    ///
    /// let datagram = b"INVITE sip:1001@pbx.example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9\r\nCSeq: 1 INVITE\r\n\r\n";
    /// let frame = Frame::read(datagram)?;
    /// let refusal = frame.message().unwrap_err();
    /// let response = refusal.response(datagram, "t1").unwrap();
    /// assert!(response.starts_with(b"SIP/2.0 400 Bad Request\r\nVia: SIP/2.0/UDP 192.0.2.9\r\nCSeq: 1 INVITE\r\n"));
    /// # Ok::<(), presence_sip::Refusal>(())
    /// ```
    #[must_use]
    pub fn response(&self, datagram: &[u8], to_tag: &str) -> Option<Vec<u8>> {
        let mut writer = Writer::response(self.status()?);
        let datagram = datagram.get(..MESSAGE_MAX).unwrap_or(datagram);
        let text = String::from_utf8_lossy(datagram);
        let mut lines = text.trim_start_matches("\r\n").split('\n').skip(1).take(HEADERS_MAX).peekable();
        while let Some(line) = lines.next().filter(|line| !line.trim_end_matches('\r').is_empty()) {
            let Some((name, value)) = line.split_once(':') else { continue };
            let header = Header::of(name.trim_end());
            if !matches!(header, Header::Via | Header::From | Header::To | Header::CallId | Header::CSeq) {
                continue;
            }
            let mut value = trim(value.trim_end_matches('\r')).to_owned();
            while let Some(more) = lines.next_if(|line| line.starts_with([' ', '\t'])) {
                value.push(' ');
                value.push_str(more.trim());
            }
            let untagged = |value: &str| NameAddr::parse(value).is_ok_and(|to| !to.params().has("tag"));
            if header == Header::To && untagged(&value) {
                value.push_str(";tag=");
                value.push_str(to_tag);
            }
            writer.field(header.name(), &value);
        }
        Some(writer.finish(b""))
    }
}
