//! The bounds of what is read, by name (S2): beyond them a message is refused before anything else looks at it.

/// Bytes of a message: what a UDP datagram can carry.
pub const MESSAGE_MAX: usize = 64 * 1024;
/// Header lines of a message.
pub const HEADERS_MAX: usize = 256;
/// Bytes of a header value, or of the Request-URI.
pub const VALUE_MAX: usize = 8 * 1024;
/// Parameters of one value.
pub const PARAMS_MAX: usize = 64;
/// Contacts of a message.
pub const CONTACTS_MAX: usize = 32;
/// Diversion entries of a message.
pub const DIVERSIONS_MAX: usize = 32;
/// History-Info entries of a message: forking leaves one for every branch that was tried.
pub const HISTORY_MAX: usize = 256;
/// The highest Max-Forwards (RFC 3261 20.22).
pub const MAX_FORWARDS_MAX: u32 = 255;
/// Max-Forwards of a request that has none (RFC 3261 16.6).
pub const MAX_FORWARDS_DEFAULT: u8 = 70;
