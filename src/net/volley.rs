//! Many datagrams at a time to one peer, over a few connected sockets: what asks for a hundred thousand names.
//!
//! A [`Volley`] holds the sockets, a [`Train`] the room for what leaves and comes. Datagrams of one length leave as one
//! piece that the system cuts up (`UDP_SEGMENT`), else by one call for all of them; nothing here allocates for a
//! datagram, waits for one, or knows what it says.

use std::array;
use std::io::{IoSlice, IoSliceMut};
use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{
    ControlMessage, MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg, sendmsg,
};
use nix::sys::time::TimeSpec;
use nix::time::{ClockId, ClockNanosleepFlags, clock_nanosleep};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use super::connected::{no_way, unspecified};
use super::seats::{self, Seat};
use super::{Deadline, Door, Fence, NetError, Peer};
use crate::model::KnownSecrets;

/// A few sockets towards one peer.
pub struct Volley {
    sockets: Vec<(UdpSocket, Seat)>,
    fence: Option<Fence>,
    known: KnownSecrets,
    /// Whether the system cuts up what leaves as one piece; it says so at the first one.
    cuts: bool,
}

/// Room for the datagrams of one turn. It stays on the thread that it was made on.
pub struct Train {
    leaving: Vec<u8>,
    length: usize,
    count: usize,
    coming: Box<[[u8; Train::LONGEST]]>,
    sent: MultiHeaders<SockaddrStorage>,
    heard: MultiHeaders<SockaddrStorage>,
}

impl Door {
    /// Opens sockets towards one peer for many datagrams.
    ///
    /// # Errors
    /// [`NetError::NoSeat`], [`NetError::NoRoute`] or what the system says.
    pub async fn volley(
        &self,
        peer: &Peer,
        sockets: usize,
        deadline: Deadline,
    ) -> Result<Volley, NetError> {
        let mut opened = Vec::with_capacity(sockets);
        for _ in 0..sockets.max(1) {
            let seat = seats::take(deadline).await?;
            opened.push((open(peer).map_err(|error| no_way(&error))?, seat));
        }
        let (fence, known) = (self.fence().cloned(), self.known().clone());
        Ok(Volley { sockets: opened, fence, known, cuts: true })
    }
}

fn open(peer: &Peer) -> std::io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(peer.reach()), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    socket.bind(&unspecified(peer.reach()).into())?;
    socket.connect(&peer.reach().into())?;
    // More room for bursts; a smaller buffer only loses what a network might lose too.
    let _ = SockRef::from(&socket).set_recv_buffer_size(4 << 20);
    Ok(socket.into())
}

impl Train {
    /// The most datagrams of one turn; no more may leave as one piece (Linux, `UDP_MAX_SEGMENTS`).
    pub const MOST: usize = 64;

    /// The longest datagram that is taken whole; of a longer one only its beginning is heard.
    pub const LONGEST: usize = 4096;

    /// Makes room.
    pub fn new() -> Self {
        Self {
            leaving: Vec::with_capacity(Self::MOST * 512),
            length: 0,
            count: 0,
            coming: vec![[0; Self::LONGEST]; Self::MOST].into_boxed_slice(),
            sent: MultiHeaders::preallocate(Self::MOST, None),
            heard: MultiHeaders::preallocate(Self::MOST, None),
        }
    }

    /// Tells whether a datagram of a length can be added.
    pub fn fits(&self, length: usize) -> bool {
        self.count < Self::MOST && (self.count == 0 || length == self.length)
    }

    /// Adds a datagram, in pieces, to those that leave next; refuses it when they are [`Self::MOST`] or of another
    /// length.
    pub fn add(&mut self, pieces: &[&[u8]]) -> bool {
        let length = pieces.iter().map(|piece| piece.len()).sum();
        if !self.fits(length) {
            return false;
        }
        self.length = length;
        self.count += 1;
        pieces.iter().for_each(|piece| self.leaving.extend_from_slice(piece));
        true
    }

    /// Forgets what was to leave.
    fn clear(&mut self) {
        self.leaving.clear();
        self.count = 0;
    }
}

impl Default for Train {
    fn default() -> Self {
        Self::new()
    }
}

impl Volley {
    /// Returns how many sockets it has.
    pub fn sockets(&self) -> usize {
        self.sockets.len()
    }

    /// Sends what was added to a train over one socket, and empties it; returns how many left, the first ones.
    ///
    /// # Errors
    /// [`NetError::Refused`] and its like for what an earlier datagram met: then none of these left.
    pub fn send(&mut self, socket: usize, train: &mut Train) -> Result<usize, NetError> {
        if let Some(fence) = &self.fence {
            fence.pass()?;
        }
        let sent = self.try_send(socket, train);
        train.clear();
        match sent {
            Ok(count) => Ok(count),
            Err(Errno::EAGAIN | Errno::EINTR | Errno::ENOBUFS) => Ok(0),
            Err(errno) => Err(of(errno)),
        }
    }

    fn try_send(&mut self, socket: usize, train: &mut Train) -> Result<usize, Errno> {
        let file = self.sockets[socket].0.as_raw_fd();
        if self.cuts && train.count > 1 {
            match send_as_one(file, train) {
                // No such option, or a device that cannot: one by one then, for good.
                Err(
                    Errno::EINVAL
                    | Errno::EIO
                    | Errno::ENOPROTOOPT
                    | Errno::EOPNOTSUPP
                    | Errno::EMSGSIZE,
                ) => {
                    self.cuts = false;
                }
                sent => return sent,
            }
        }
        send_each(file, train)
    }

    /// Hears what has come to one socket, at most [`Train::MOST`] datagrams, and returns how many that were.
    ///
    /// # Errors
    /// [`NetError::Refused`] and its like: somebody on the way said so.
    pub fn hear(
        &self,
        socket: usize,
        train: &mut Train,
        mut hear: impl FnMut(&[u8]),
    ) -> Result<usize, NetError> {
        let file = self.sockets[socket].0.as_raw_fd();
        let mut lengths = [0; Train::MOST];
        let mut count = 0;
        {
            let mut rows = train.coming.iter_mut();
            let mut rooms: [[IoSliceMut<'_>; 1]; Train::MOST] = array::from_fn(|_| {
                [IoSliceMut::new(rows.next().map_or(&mut [][..], |row| &mut row[..]))]
            });
            let flags = MsgFlags::MSG_DONTWAIT;
            match recvmmsg(file, &mut train.heard, rooms.iter_mut(), flags, None) {
                Ok(heard) => {
                    for message in heard {
                        lengths[count] = message.bytes;
                        count += 1;
                    }
                }
                Err(Errno::EAGAIN | Errno::EINTR) => {}
                Err(errno) => return Err(of(errno)),
            }
        }
        for (row, length) in train.coming.iter_mut().zip(&lengths[..count]) {
            self.known.hide(&mut row[..*length]);
            hear(&row[..*length]);
        }
        Ok(count)
    }

    /// Rests between two turns: whoever were woken by each datagram would pay for each.
    pub fn rest(&self, length: Duration) {
        let length = TimeSpec::from_duration(length);
        // Woken early, it only looks early.
        let _ = clock_nanosleep(ClockId::CLOCK_MONOTONIC, ClockNanosleepFlags::empty(), &length);
    }
}

fn send_as_one(file: i32, train: &mut Train) -> Result<usize, Errno> {
    let length = u16::try_from(train.length).map_err(|_| Errno::EMSGSIZE)?;
    let (whole, cut) = ([IoSlice::new(&train.leaving)], [ControlMessage::UdpGsoSegments(&length)]);
    let sent = sendmsg::<SockaddrStorage>(file, &whole, &cut, MsgFlags::MSG_DONTWAIT, None)?;
    Ok(sent / train.length.max(1))
}

fn send_each(file: i32, train: &mut Train) -> Result<usize, Errno> {
    let mut pieces = train.leaving.chunks(train.length.max(1));
    let slices: [[IoSlice<'_>; 1]; Train::MOST] =
        array::from_fn(|_| [IoSlice::new(pieces.next().unwrap_or_default())]);
    let (nobody, nothing) = ([None; Train::MOST], [ControlMessage::UdpGsoSegments(&0); 0]);
    let (slices, nobody) = (&slices[..train.count], &nobody[..train.count]);
    let flags = MsgFlags::MSG_DONTWAIT;
    sendmmsg(file, &mut train.sent, slices.iter(), nobody, nothing, flags).map(Iterator::count)
}

fn of(errno: Errno) -> NetError {
    let code = errno as i32;
    NetError::of_errno(code)
        .unwrap_or_else(|| NetError::of_io(&std::io::Error::from_raw_os_error(code)))
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::net::{Admission, Origin, Pins, Transport};

    async fn volley(server: SocketAddr) -> Volley {
        let door = Door::live(Admission::default(), Pins::new());
        let peer = door.admit(server, Transport::Udp, Origin::Estate).expect("is admitted");
        let deadline = Deadline::after(Duration::from_secs(5));
        door.volley(&peer, 1, deadline).await.expect("opens")
    }

    #[tokio::test]
    async fn datagrams_arrive_one_by_one_however_they_leave() {
        for cuts in [true, false] {
            let server = UdpSocket::bind("127.0.0.1:0").expect("binds");
            let mut volley =
                Volley { cuts, ..volley(server.local_addr().expect("is bound")).await };
            let mut train = Train::new();
            for number in 0..Train::MOST {
                let byte = u8::try_from(number).expect("is small");
                assert!(train.fits(3) && train.add(&[&[byte], b"ab"]));
            }
            assert!(!train.fits(3) && !train.add(&[b"abc"]));
            assert_eq!(volley.send(0, &mut train), Ok(Train::MOST));
            let (mut buffer, mut from) = ([0; 8], None);
            for number in 0..Train::MOST {
                let (length, sender) = server.recv_from(&mut buffer).expect("comes");
                assert_eq!(
                    (length, usize::from(buffer[0])),
                    (3, number),
                    "cut by the system: {cuts}"
                );
                from = Some(sender);
            }
            server.send_to(b"hello", from.expect("somebody")).expect("leaves");
            let mut heard = Vec::new();
            while heard.is_empty() {
                let count = volley.hear(0, &mut train, |bytes| heard.push(bytes.to_vec()));
                assert!(count.is_ok_and(|count| count <= 1));
            }
            assert_eq!(heard, [b"hello"]);
        }
    }

    #[test]
    fn a_train_has_datagrams_of_one_length() {
        let mut train = Train::new();
        assert!(train.add(&[b"ab", b"c"]) && train.add(&[b"xyz"]));
        assert!(!train.fits(4) && !train.add(&[b"abcd"]));
        assert_eq!(train.leaving, b"abcxyz");
        train.clear();
        assert!(train.add(&[b"abcd"]));
    }

    #[tokio::test]
    async fn a_closed_port_is_heard_of() {
        let closed = crate::net::loopback::RefusingPort::udp().expect("is taken");
        let (mut volley, mut train) = (volley(closed.address()).await, Train::new());
        assert!(train.add(&[b"abc"]));
        assert_eq!(volley.send(0, &mut train), Ok(1));
        assert_eq!(volley.hear(0, &mut train, |_| ()), Err(NetError::Refused));
    }
}
