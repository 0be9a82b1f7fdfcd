//! A SIP message as a peer saw it. Nothing is understood of it beyond its lines: what is compared is their text.

/// A SIP message: its start line, its header fields in order, its body as text.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Message {
    text: String,
    start: String,
    fields: Vec<(String, String)>,
    body: String,
}

impl Message {
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let mut lines = head.lines();
        let start = lines.next().unwrap_or_default().to_owned();
        let fields = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
        Self { text: text.clone().into_owned(), start, fields: fields.collect(), body: body.to_owned() }
    }

    /// What it is called in a ladder: `INVITE sip:1001@192.0.2.1`, `180 INVITE`.
    pub(crate) fn title(&self) -> String {
        let mut words = self.start.split(' ');
        let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if first != "SIP/2.0" {
            return format!("{first} {second}");
        }
        let method = self.values("CSeq").next().and_then(|value| value.split_whitespace().nth(1));
        format!("{second} {}", method.unwrap_or("?"))
    }

    /// The values of the header fields of that name, as written, one a line.
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The whole of it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn body(&self) -> &str {
        &self.body
    }
}

#[cfg(test)]
mod tests {
    use super::Message;

    #[test]
    fn a_title_is_what_a_reader_looks_for() {
        let request = Message::read(b"INVITE sip:1001@h SIP/2.0\r\nTo: <sip:1001@h>\r\n\r\nv=0\r\n");
        assert_eq!(request.title(), "INVITE sip:1001@h");
        assert_eq!(request.values("to").collect::<Vec<_>>(), ["<sip:1001@h>"]);
        assert_eq!(request.body(), "v=0\r\n");
        let response = Message::read(b"SIP/2.0 180 Ringing\r\nCSeq: 2 INVITE\r\n\r\n");
        assert_eq!(response.title(), "180 INVITE");
        assert_eq!(Message::read(b"nonsense").title(), "nonsense ");
        assert_eq!(Message::read(b"SIP/2.0 200 OK\r\n\r\n").title(), "200 ?");
    }
}
