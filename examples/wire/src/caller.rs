//! The callers: a closed loop of INVITE, 302 and ACK, so many calls at a time.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use memchr::memmem;

/// Calls at a time.
const OUTSTANDING: u32 = 64;
/// How long a call waits for its answer, before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(2);

/// What became of so many calls.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) answered: u32,
    pub(crate) lost: u32,
}

/// A message with a number in several places.
struct Numbered {
    text: Vec<u8>,
    places: Vec<usize>,
}

const NUMBER: &str = "00000000";

impl Numbered {
    fn new(text: String) -> Self {
        let text = text.into_bytes();
        Self { places: memmem::find_iter(&text, NUMBER).collect(), text }
    }

    fn with(&mut self, number: u32) -> &[u8] {
        let digits = format!("{number:08}");
        for place in &self.places {
            if let Some(room) = self.text.get_mut(*place..place + digits.len()) {
                room.copy_from_slice(digits.as_bytes());
            }
        }
        &self.text
    }
}

pub(crate) struct Caller {
    socket: UdpSocket,
    invite: Numbered,
    ack: Numbered,
    /// Whether the server says which call it answers: a canned reply cannot.
    named: bool,
    next: u32,
    waiting: Vec<u32>,
}

impl Caller {
    pub(crate) fn new(server: SocketAddr, named: bool) -> io::Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.connect(server)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let own = socket.local_addr()?;
        let sdp = format!(
            "v=0\r\no=ada 2890844526 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\nm=audio 49170 RTP/AVP 8\r\na=sendrecv\r\n",
            own.ip()
        );
        let head = |method: &str| {
            format!(
                "{method} sip:1001@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{NUMBER};rport\r\n\
                 Max-Forwards: 70\r\nFrom: \"Ada\" <sip:1002@{server}>;tag={NUMBER}\r\nTo: <sip:1001@{server}>\r\n\
                 Call-ID: {NUMBER}@{own}\r\nCSeq: 1 {method}\r\n"
            )
        };
        let contact = format!("Contact: <sip:1002@{own}>\r\nUser-Agent: Desk/3.4.1\r\n");
        let body = format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}", sdp.len());
        Ok(Self {
            socket,
            invite: Numbered::new(format!("{}{contact}{body}", head("INVITE"))),
            ack: Numbered::new(format!("{}Content-Length: 0\r\n\r\n", head("ACK"))),
            named,
            next: 1,
            waiting: Vec::new(),
        })
    }

    /// Bytes of an INVITE.
    pub(crate) fn size(&self) -> usize {
        self.invite.text.len()
    }

    /// Makes so many calls.
    pub(crate) fn call(&mut self, calls: u32) -> io::Result<Tally> {
        let mut tally = Tally::default();
        let mut left = calls;
        let mut buffer = vec![0; 65_536];
        self.waiting.clear();
        while left > 0 || !self.waiting.is_empty() {
            while left > 0 && self.waiting.len() < OUTSTANDING as usize {
                self.invite()?;
                left -= 1;
            }
            match self.socket.recv(&mut buffer) {
                Ok(length) => tally.answered += u32::from(self.take(buffer.get(..length).unwrap_or_default())?),
                Err(why) if matches!(why.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                    tally.lost += self.waiting.len() as u32;
                    self.waiting.clear();
                }
                Err(why) => return Err(why),
            }
        }
        Ok(tally)
    }

    fn invite(&mut self) -> io::Result<()> {
        self.socket.send(self.invite.with(self.next))?;
        self.waiting.push(self.next);
        self.next += 1;
        Ok(())
    }

    /// Whether this is the first answer to a call that waits for one: a 302 with a Contact. It is acknowledged.
    fn take(&mut self, answer: &[u8]) -> io::Result<bool> {
        let moved = answer.starts_with(b"SIP/2.0 302 ") && memmem::find(answer, b"\r\nContact: <sip:ada-").is_some();
        let place = if self.named {
            let number = number_of(answer);
            self.waiting.iter().position(|waiting| Some(*waiting) == number)
        } else {
            (!self.waiting.is_empty()).then_some(0)
        };
        let Some(place) = place.filter(|_| moved) else { return Ok(false) };
        let number = self.waiting.swap_remove(place);
        self.socket.send(self.ack.with(number))?;
        Ok(true)
    }
}

/// The number in the Call-ID.
fn number_of(answer: &[u8]) -> Option<u32> {
    let start = memmem::find(answer, b"\r\nCall-ID: ")? + 11;
    std::str::from_utf8(answer.get(start..start + NUMBER.len())?).ok()?.parse().ok()
}
