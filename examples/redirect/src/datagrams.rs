//! Datagrams by the batch: one system call takes what has arrived, one sends all answers.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd as _;
use std::time::Duration;

use nix::sys::socket::{
    ControlMessage, MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg, setsockopt, sockopt::RcvBuf,
};

/// Datagrams in a batch.
const BATCH: usize = 32;
/// What waits to be taken: enough for the burst of a second.
const RECEIVE_BYTES: usize = 4 << 20;

pub(crate) struct Datagrams {
    socket: UdpSocket,
    buffers: Vec<Vec<u8>>,
    received: MultiHeaders<SockaddrStorage>,
    sent: MultiHeaders<SockaddrStorage>,
}

/// An answer, and where it goes.
pub(crate) type Reply = (Vec<u8>, SocketAddr);

impl Datagrams {
    /// Listens; nothing takes longer than `patience` to come back, and no datagram is longer than `longest`.
    pub(crate) fn bind(listen: SocketAddr, patience: Duration, longest: usize) -> io::Result<Self> {
        let socket = UdpSocket::bind(listen)?;
        socket.set_read_timeout(Some(patience))?;
        // The kernel gives what it allows.
        setsockopt(&socket, RcvBuf, &RECEIVE_BYTES)?;
        let headers = || MultiHeaders::preallocate(BATCH, None);
        Ok(Self { socket, buffers: vec![vec![0; longest]; BATCH], received: headers(), sent: headers() })
    }

    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Waits for datagrams, gives each that has come to `take`, and sends what it answers.
    pub(crate) fn turn(&mut self, mut take: impl FnMut(&[u8], SocketAddr) -> Option<Reply>) -> io::Result<()> {
        let mut room: Vec<_> = self.buffers.iter_mut().map(|buffer| [IoSliceMut::new(buffer)]).collect();
        let flags = MsgFlags::MSG_WAITFORONE;
        let came = recvmmsg(self.socket.as_raw_fd(), &mut self.received, room.iter_mut(), flags, None)?;
        let replies: Vec<Reply> = came
            .filter_map(|datagram| {
                take(datagram.iovs().next().unwrap_or_default(), address_of(datagram.address.as_ref()?)?)
            })
            .collect();
        self.send(&replies);
        Ok(())
    }

    /// Whoever cannot be reached sends the request again, or gives up.
    fn send(&mut self, replies: &[Reply]) {
        let texts: Vec<_> = replies.iter().map(|(text, _)| [IoSlice::new(text)]).collect();
        let to: Vec<_> = replies.iter().map(|(_, to)| Some(SockaddrStorage::from(*to))).collect();
        let mut done = 0;
        while let (Some(texts @ [_, ..]), Some(to)) = (texts.get(done..), to.get(done..)) {
            let none: [ControlMessage<'_>; 0] = [];
            let sent = sendmmsg(self.socket.as_raw_fd(), &mut self.sent, texts, to, none, MsgFlags::empty());
            // An error is of the first one that was to go.
            done += sent.map_or(1, |sent| sent.count().max(1));
        }
    }
}

fn address_of(address: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = address.as_sockaddr_in().map(|v4| SocketAddr::V4((*v4).into()));
    v4.or_else(|| address.as_sockaddr_in6().map(|v6| SocketAddr::V6((*v6).into())))
}
