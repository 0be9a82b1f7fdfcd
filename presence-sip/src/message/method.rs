//! Methods (RFC 3261 7.1): case-sensitive, and every one that rsip has a word for.

use rsip::Method;

const NAMES: [(Method, &str); 14] = [
    (Method::Invite, "INVITE"),
    (Method::Ack, "ACK"),
    (Method::Bye, "BYE"),
    (Method::Cancel, "CANCEL"),
    (Method::Register, "REGISTER"),
    (Method::Options, "OPTIONS"),
    (Method::PRack, "PRACK"),
    (Method::Update, "UPDATE"),
    (Method::Info, "INFO"),
    (Method::Subscribe, "SUBSCRIBE"),
    (Method::Notify, "NOTIFY"),
    (Method::Publish, "PUBLISH"),
    (Method::Message, "MESSAGE"),
    (Method::Refer, "REFER"),
];

/// The method of this name.
pub(crate) fn method_of(name: &str) -> Option<Method> {
    NAMES.iter().find(|(_, known)| *known == name).map(|(method, _)| *method)
}

/// The name of this method, without rsip's detour over a new string.
pub(crate) fn method_name(method: Method) -> &'static str {
    NAMES.iter().find(|(known, _)| *known == method).map_or("", |(_, name)| name)
}
