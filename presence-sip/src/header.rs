//! The names of header fields: long and compact ones are the same, case does not count (RFC 3261 7.3.1, 7.3.3).

macro_rules! headers {
    ($($word:ident = $name:literal $($compact:literal)?;)+) => {
        /// A header field that the adapter knows; all others are [`Header::Other`].
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum Header {
            $(#[doc = concat!("`", $name, "`")] $word,)+
            /// Any other field: it goes by its name as received.
            Other,
        }

        /// Every known header with its name and compact form.
        const KNOWN: &[(Header, &str, Option<u8>)] = &[$((Header::$word, $name, headers!(@compact $($compact)?)),)+];

        impl Header {
            /// The long name; empty for [`Header::Other`].
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$word => $name,)+
                    Self::Other => "",
                }
            }
        }
    };
    (@compact) => { None };
    (@compact $compact:literal) => { Some($compact) };
}

// In the order of their length, which is how they are found.
headers! {
    To = "To" b't';
    Via = "Via" b'v';
    From = "From" b'f';
    CSeq = "CSeq";
    Allow = "Allow";
    Route = "Route";
    Event = "Event" b'o';
    Reason = "Reason";
    CallId = "Call-ID" b'i';
    Contact = "Contact" b'm';
    Privacy = "Privacy";
    Expires = "Expires";
    Require = "Require";
    Subject = "Subject" b's';
    Priority = "Priority";
    Replaces = "Replaces";
    SipEtag = "SIP-ETag";
    ReferTo = "Refer-To" b'r';
    Identity = "Identity" b'y';
    Supported = "Supported" b'k';
    Diversion = "Diversion";
    UserAgent = "User-Agent";
    AlertInfo = "Alert-Info";
    MinExpires = "Min-Expires";
    MaxBreadth = "Max-Breadth";
    RetryAfter = "Retry-After";
    ReferredBy = "Referred-By" b'b';
    MaxForwards = "Max-Forwards";
    ContentType = "Content-Type" b'c';
    RecordRoute = "Record-Route";
    HistoryInfo = "History-Info";
    AllowEvents = "Allow-Events" b'u';
    SipIfMatch = "SIP-If-Match";
    ProxyRequire = "Proxy-Require";
    Authorization = "Authorization";
    IdentityInfo = "Identity-Info" b'n';
    ContentLength = "Content-Length" b'l';
    AcceptContact = "Accept-Contact" b'a';
    RejectContact = "Reject-Contact" b'j';
    RemotePartyId = "Remote-Party-ID";
    SessionExpires = "Session-Expires" b'x';
    WwwAuthenticate = "WWW-Authenticate";
    ContentEncoding = "Content-Encoding" b'e';
    ProxyAuthenticate = "Proxy-Authenticate";
    SubscriptionState = "Subscription-State";
    PAssertedIdentity = "P-Asserted-Identity";
    RequestDisposition = "Request-Disposition" b'd';
    ProxyAuthorization = "Proxy-Authorization";
    PPreferredIdentity = "P-Preferred-Identity";
}

impl Header {
    /// The header of this name, long or compact.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let found = match name.as_bytes() {
            [letter] => KNOWN.iter().find(|(_, _, compact)| *compact == Some(letter.to_ascii_lowercase())),
            // The first letter tells most of them apart, and most are written as the RFC writes them.
            [first, ..] => of_length(name.len()).iter().find(|(_, known, _)| {
                let may_be = known.as_bytes().first().is_some_and(|letter| letter.eq_ignore_ascii_case(first));
                may_be && (*known == name || known.eq_ignore_ascii_case(name))
            }),
            [] => None,
        };
        found.map_or(Self::Other, |(header, _, _)| *header)
    }

    /// Whether it says who a user is, on the word of the peer (RFC 3325 9.1, and Remote-Party-ID, which came before it).
    #[must_use]
    pub const fn asserts_identity(self) -> bool {
        matches!(self, Self::PAssertedIdentity | Self::RemotePartyId)
    }
}

/// Which headers a message has: most questions about those that it lacks need no look at its lines.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HeaderSet(u64);

impl HeaderSet {
    pub(crate) const fn has(self, header: Header) -> bool {
        self.0 >> header as u32 & 1 == 1
    }

    pub(crate) const fn add(&mut self, header: Header) {
        self.0 |= 1 << header as u32;
    }
}

const _: () = assert!((Header::Other as u32) < u64::BITS, "a bit for each header");

/// Where in [`KNOWN`] the names of each length begin.
#[allow(clippy::indexing_slicing, reason = "evaluated while compiling")]
const STARTS: [usize; 24] = {
    let mut starts = [KNOWN.len(); 24];
    let mut at = KNOWN.len();
    while at > 0 {
        at -= 1;
        let mut length = 0;
        while length <= KNOWN[at].1.len() {
            starts[length] = at;
            length += 1;
        }
    }
    starts
};

fn of_length(length: usize) -> &'static [(Header, &'static str, Option<u8>)] {
    let (Some(start), Some(end)) = (STARTS.get(length), STARTS.get(length + 1)) else { return &[] };
    KNOWN.get(*start..*end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_every_known_name_is_found() {
        for (header, name, compact) in KNOWN {
            assert_eq!(Header::of(&name.to_uppercase()), *header, "{name}");
            if let Some(letter) = compact {
                assert_eq!(Header::of(&char::from(*letter).to_string()), *header, "{name}");
            }
        }
    }

    #[test]
    fn s3_compact_names_are_long_names_and_case_does_not_count() {
        for (name, header) in [
            ("v", Header::Via),
            ("F", Header::From),
            ("call-id", Header::CallId),
            ("CSEQ", Header::CSeq),
            ("m", Header::Contact),
            ("j", Header::RejectContact),
            ("q", Header::Other),
            ("X-Stage", Header::Other),
        ] {
            assert_eq!(Header::of(name), header, "{name}");
        }
    }
}
