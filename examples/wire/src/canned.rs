//! The floor: whatever comes is answered with the same bytes, ACKs are let go. Nothing is read, decided or written.

use std::io;
use std::net::UdpSocket;

use nix::sys::socket::{setsockopt, sockopt::RcvBuf};

const REPLY: &[u8] = b"SIP/2.0 302 Moved Temporarily\r\n\
    Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKcanned;rport=5060;received=127.0.0.1\r\n\
    From: \"Ada\" <sip:1002@127.0.0.1>;tag=canned\r\n\
    To: <sip:1001@127.0.0.1>;tag=canned\r\n\
    Call-ID: canned\r\n\
    CSeq: 1 INVITE\r\n\
    Contact: <sip:ada-desk@127.0.0.1>;q=1.0;ring=30\r\n\
    Contact: <sip:ada-app@127.0.0.1>;q=1.0;ring=30\r\n\
    Content-Length: 0\r\n\r\n";

pub(crate) fn serve(address: &str) -> io::Result<()> {
    let socket = UdpSocket::bind(address)?;
    // As examples/redirect does, so that nothing is lost here either.
    setsockopt(&socket, RcvBuf, &(4 << 20))?;
    let mut buffer = vec![0; 65_536];
    loop {
        let (length, peer) = socket.recv_from(&mut buffer)?;
        if length > 0 && !buffer.starts_with(b"ACK ") {
            socket.send_to(REPLY, peer)?;
        }
    }
}
