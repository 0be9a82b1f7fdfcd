//! Every bound of the configuration, by name: crossing one is an error at load, never a surprise in a call.

/// Devices of one extension (C35).
pub const DEVICES_MAX: usize = 64;
/// Exceptions of one profile (C35).
pub const EXCEPTIONS_MAX: usize = 256;
/// How deep ring groups may nest (C35): a group that holds no group has depth 1.
pub const GROUP_DEPTH_MAX: usize = 8;
/// Windows of one list, business hours or breaks (T30).
pub const WINDOWS_MAX: usize = 128;
/// Holidays of one calendar (T30).
pub const HOLIDAYS_MAX: usize = 512;
/// Special days of one calendar (T30).
pub const SPECIAL_DAYS_MAX: usize = 512;
/// Diversions of one call, those before us counted (C26).
pub const DIVERSIONS_MAX: u8 = 5;
/// The shortest ring time that a host's policy may allow, in seconds.
pub const RING_SECS_FLOOR: u16 = 1;
/// The longest ring time that a host's policy may allow, in seconds.
pub const RING_SECS_CEILING: u16 = 3600;
/// The shortest ring time unless the policy widens the range, in seconds (C15).
pub const RING_SECS_MIN: u16 = 5;
/// The longest ring time unless the policy widens the range, in seconds (C15).
pub const RING_SECS_MAX: u16 = 120;
/// The ring time where none is given, in seconds (C15).
pub const RING_SECS_DEFAULT: u16 = 30;
/// How far ahead a change of category is looked for, in days (T20).
pub const NEXT_CHANGE_DAYS: i64 = 400;
/// Entries of one ring plan's list of devices: four times the devices that an extension may have.
pub const RING_ENTRIES_MAX: usize = 256;
/// Members of all groups of a tenant together, those of a nested group counted for each group that holds it: nesting multiplies,
/// and a short document must not ask for more memory than a machine has.
pub const GROUP_REACH_MAX: usize = 1 << 22;
/// Extensions of one tenant: what 26 bits can count.
pub const EXTENSIONS_MAX: usize = 1 << 26;
/// How deep a document is read: nothing in it has a meaning as deep as that.
pub const DOCUMENT_DEPTH_MAX: usize = 32;
/// Problems that are told one by one; the others are counted.
pub const PROBLEMS_MAX: usize = 10_000;
/// Warnings that are told.
pub const WARNINGS_MAX: usize = 10_000;
