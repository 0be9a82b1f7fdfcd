//! Every bound of a call, by name: reached gracefully, told in the trace (C35).

/// Legs that ring together: the first so many ring.
pub const WAVE_LEGS_MAX: usize = 32;
/// Legs of one call: no further leg starts.
pub const CALL_LEGS_MAX: u32 = 64;
/// Members of a group whose devices are told one by one where they do not ring: the first so many (C36).
pub const MEMBERS_TOLD_MAX: u32 = 64;
/// A device without its own ring time gets at least so many seconds of its share (C16).
pub const SHARE_SECS_MIN: u64 = 5;
