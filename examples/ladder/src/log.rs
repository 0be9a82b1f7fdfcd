//! What a peer saw: the message logs of sipp and the traces of baresip.

use crate::message::Message;

/// Which way a message went, as its peer sees it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Way {
    Sent,
    Received,
}

/// A message, when it passed, and which way.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Seen {
    /// Since 1970.
    pub(crate) micros: u64,
    pub(crate) way: Way,
    pub(crate) message: Message,
}

const RULE: &[u8] = b"-----------------------------------------------";

/// Reads the file that `sipp -trace_msg` wrote: a rule with the time, a line that says which way and how long, an empty
/// line, the message. What is no such block is passed over, and a block cut off at the end is left out.
pub(crate) fn read_sipp(log: &[u8]) -> Vec<Seen> {
    let mut seen = Vec::new();
    let mut rest = log;
    while let Some((line, after)) = line(rest) {
        rest = after;
        let Some(time) = line.strip_prefix(RULE) else { continue };
        let Some(micros) = std::str::from_utf8(time).ok().and_then(moment) else { continue };
        let Some((line, after)) = self::line(rest) else { break };
        let Some((way, length)) = std::str::from_utf8(line).ok().and_then(direction) else { continue };
        let Some((_, after)) = self::line(after) else { break };
        let Some(message) = after.get(..length) else { break };
        rest = after.get(length..).unwrap_or_default();
        seen.push(Seen { micros, way, message: Message::read(message) });
    }
    seen
}

/// A line without its end, and what follows it.
fn line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|byte| *byte == b'\n')?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

/// `2026-03-02 10:00:00.250000`, UTC, as microseconds since 1970.
fn moment(text: &str) -> Option<u64> {
    let (date, clock) = text.trim().split_once([' ', '\t'])?;
    let (clock, micros) = clock.split_once('.')?;
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(clock, ':')?;
    // Days of years that begin in March, so that the leap day is the last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    let seconds = days.checked_sub(719_468)? * 86_400 + hour * 3600 + minute * 60 + second;
    Some(seconds * 1_000_000 + micros.get(..6)?.parse::<u64>().ok()?)
}

fn numbers(text: &str, between: char) -> Option<[u64; 3]> {
    let numbers: Option<Vec<u64>> = text.split(between).map(|number| number.parse().ok()).collect();
    numbers?.try_into().ok()
}

/// `UDP message sent (345 bytes):` and its relatives.
fn direction(text: &str) -> Option<(Way, usize)> {
    let way = match text {
        text if text.contains("message sent") => Way::Sent,
        text if text.contains("message received") => Way::Received,
        _ => return None,
    };
    let digits = text.split(|letter: char| !letter.is_ascii_digit()).find(|word| !word.is_empty())?;
    Some((way, digits.parse().ok()?))
}

/// Reads what `baresip -s` prints, line by line: `UDP from -> to`, the message, an escape that ends its colour.
pub(crate) struct Trace {
    own: String,
    open: Option<(u64, Way, Vec<u8>)>,
}

impl Trace {
    /// The trace of a baresip at that address.
    pub(crate) fn of(own: &str) -> Self {
        Self { own: own.to_owned(), open: None }
    }

    /// The message that this line, with its end, completes.
    pub(crate) fn line(&mut self, line: &[u8], micros: u64) -> Option<Seen> {
        let text = String::from_utf8_lossy(line);
        if let Some((from, _)) = text.strip_prefix("UDP ").and_then(|ends| ends.split_once(" -> ")) {
            let way = if from == self.own { Way::Sent } else { Way::Received };
            self.open = Some((micros, way, Vec::new()));
            return None;
        }
        if line.starts_with(b"\x1b[;m") {
            let (micros, way, message) = self.open.take()?;
            return Some(Seen { micros, way, message: Message::read(&message) });
        }
        self.open.as_mut()?.2.extend_from_slice(line);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
----------------------------------------------- 2026-03-02 10:00:01.250000
UDP message sent (30 bytes):

INVITE sip:1001@h SIP/2.0\r
x\r

----------------------------------------------- 2026-03-02\t10:00:01.500000\t1772445601.500000
UDP message received [42] bytes :

SIP/2.0 180 Ringing\r
CSeq: 1 INVITE\r
\r
12
-----------------------------------------------
Unexpected UDP message received:

whatever
----------------------------------------------- 2026-03-02 10:00:02.000000
UDP message received [420] bytes :

SIP/2.0 200 OK\r
";

    #[test]
    fn blocks_are_messages_and_all_else_is_passed_over() {
        let seen = read_sipp(LOG.as_bytes());
        let told: Vec<_> = seen.iter().map(|seen| (seen.micros, seen.way, seen.message.title())).collect();
        assert_eq!(
            told,
            [
                (1_772_445_601_250_000, Way::Sent, "INVITE sip:1001@h".to_owned()),
                (1_772_445_601_500_000, Way::Received, "180 INVITE".to_owned()),
            ]
        );
    }

    #[test]
    fn no_cut_of_a_log_stops_the_reader() {
        for end in 0..LOG.len() {
            let _ = read_sipp(&LOG.as_bytes()[..end]);
        }
    }

    #[test]
    fn a_trace_is_read_line_by_line() {
        let mut trace = Trace::of("127.0.0.2:5060");
        let printed = "baresip is ready.\n\x1b[36;1m#\nUDP 127.0.0.2:5060 -> 127.0.0.1:5060\nBYE sip:h SIP/2.0\r\n\r\n\x1b[;m\n\
                       \x1b[36;1m#\nUDP 127.0.0.1:5060 -> 127.0.0.2:5060\nSIP/2.0 200 OK\r\nCSeq: 1 BYE\r\n\r\n\x1b[;m\n";
        let lines = printed.split_inclusive('\n').enumerate();
        let seen: Vec<_> = lines.filter_map(|(time, line)| trace.line(line.as_bytes(), time as u64)).collect();
        let told: Vec<_> = seen.iter().map(|seen| (seen.micros, seen.way, seen.message.title())).collect();
        assert_eq!(told, [(2, Way::Sent, "BYE sip:h".to_owned()), (7, Way::Received, "200 BYE".to_owned())]);
    }
}
