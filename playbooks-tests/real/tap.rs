//! A tap before a server: takes each request whole, remembers it, and passes it on at once, late, or never.

use super::http;
use super::until::{STARTUP, until};
use socket2::SockRef;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// The path that the tap answers itself: whoever has this answer knows that what came before was taken.
const MARK: &str = "/tap";

/// What becomes of the next write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is passed on so much later, and answered then.
    Late(Duration),
    /// It is passed on, and its sender's connection is reset.
    AppliedThenReset,
    /// It is thrown away, and its sender's connection is reset.
    DroppedThenReset,
}

/// One request that came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It asked for something.
    Read,
    /// It would change something.
    Write,
}

/// What is spoken through a tap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speech {
    /// Requests over HTTP, one a connection.
    Http,
    /// DNS messages over TCP, each after its length.
    Dns,
}

/// A tap that listens; its threads live as long as the suite.
pub struct Tap {
    pub address: SocketAddr,
    heart: Arc<Heart>,
}

struct Heart {
    server: SocketAddr,
    speech: Speech,
    turn: Arc<Mutex<()>>,
    state: Mutex<State>,
    let_go: Condvar,
}

#[derive(Default)]
struct State {
    busy: usize,
    seen: Vec<Seen>,
    applied: u64,
    alone: bool,
    held: bool,
    fate: Option<Fate>,
}

impl Tap {
    /// Listens at an address, before a server; taps that share a turn let one write through at a time.
    pub fn start(
        address: SocketAddr,
        server: SocketAddr,
        speech: Speech,
        turn: Arc<Mutex<()>>,
    ) -> Tap {
        let listener = TcpListener::bind(address).unwrap();
        let heart = Arc::new(Heart {
            server,
            speech,
            turn,
            state: Mutex::default(),
            let_go: Condvar::new(),
        });
        let taking = Arc::clone(&heart);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                taking.state.lock().unwrap().busy += 1;
                let heart = Arc::clone(&taking);
                thread::spawn(move || {
                    let _ = heart.serve(client);
                    heart.state.lock().unwrap().busy -= 1;
                });
            }
        });
        Tap { address, heart }
    }

    /// Waits until every request that was sent is done with: connections are taken in their order.
    pub fn idle(&self) {
        let marked = || match self.heart.speech {
            Speech::Http => http::request(self.address, "GET", MARK, &[], b"").ok().map(drop),
            Speech::Dns => ask(self.address, &[]).ok().map(drop),
        };
        until("the tap's own answer", STARTUP, marked);
        until("an idle tap", STARTUP, || {
            (self.heart.state.lock().unwrap().busy == 0).then_some(())
        });
    }

    /// Decides the fate of the next write.
    pub fn fate(&self, fate: Fate) {
        self.heart.state.lock().unwrap().fate = Some(fate);
    }

    /// Holds late writes back: their lateness counts from when they are let go.
    pub fn hold(&self) {
        self.heart.state.lock().unwrap().held = true;
    }

    /// Lets go what it holds.
    pub fn let_go(&self) {
        self.heart.state.lock().unwrap().held = false;
        self.heart.let_go.notify_all();
    }

    /// Tells whether a late write was carried out when its sender was gone, or waited no longer.
    pub fn landed_alone(&self) -> bool {
        self.heart.state.lock().unwrap().alone
    }

    /// Takes back the fate that no write has met.
    pub fn keep_no_fate(&self) {
        self.heart.state.lock().unwrap().fate = None;
    }

    /// Forgets what came by, and the fate that no write has met.
    pub fn forget(&self) {
        let mut state = self.heart.state.lock().unwrap();
        state.seen.clear();
        state.alone = false;
        state.fate = None;
    }

    /// Returns what came by, in its order.
    pub fn seen(&self) -> Vec<Seen> {
        self.heart.state.lock().unwrap().seen.clone()
    }

    /// Counts the writes that the server said yes to, ever.
    pub fn applied(&self) -> u64 {
        self.heart.state.lock().unwrap().applied
    }
}

impl Heart {
    fn serve(&self, client: TcpStream) -> io::Result<()> {
        client.set_read_timeout(Some(STARTUP))?;
        match self.speech {
            Speech::Http => self.serve_http(client),
            Speech::Dns => self.serve_dns(client),
        }
    }

    fn serve_http(&self, client: TcpStream) -> io::Result<()> {
        let Some(request) = Request::read(&client)? else { return Ok(()) };
        if request.path == MARK {
            return (&client).write_all(b"HTTP/1.0 204 here\r\n\r\n");
        }
        let write = request.is_write();
        let response = self.carry(&client, write, || {
            let response = request.forward(self.server)?;
            let applied = (200..300).contains(&response.status);
            Ok((response, applied))
        })?;
        response.map_or(Ok(()), |response| answer(client, &response))
    }

    fn serve_dns(&self, client: TcpStream) -> io::Result<()> {
        loop {
            let message = read_framed(&client)?;
            if message.is_empty() {
                return write_framed(&client, &message);
            }
            // RFC 1035, 4.1.1: the opcode, 5 for UPDATE (RFC 2136, 1.3), and the response code.
            let write = message.get(2).is_some_and(|byte| byte >> 3 & 0xf == 5);
            let reply = self.carry(&client, write, || {
                let reply = ask(self.server, &message)?;
                let applied = reply.get(3).is_some_and(|byte| byte & 0xf == 0);
                Ok((reply, applied))
            })?;
            match reply {
                Some(reply) => write_framed(&client, &reply)?,
                None => return Ok(()),
            }
        }
    }

    /// Passes a request on as its fate says; nothing for one whose sender shall hear nothing.
    fn carry<R>(
        &self,
        client: &TcpStream,
        write: bool,
        pass: impl FnOnce() -> io::Result<(R, bool)>,
    ) -> io::Result<Option<R>> {
        let fate = {
            let mut state = self.state.lock().unwrap();
            state.seen.push(if write { Seen::Write } else { Seen::Read });
            if write { state.fate.take() } else { None }
        };
        let reset = || SockRef::from(client).set_linger(Some(Duration::ZERO));
        match fate {
            None => {}
            Some(Fate::Late(delay)) => {
                let state = self.state.lock().unwrap();
                let held = self.let_go.wait_timeout_while(state, STARTUP * 2, |it| it.held);
                assert!(!held.unwrap().1.timed_out(), "a held write was never let go");
                // The lateness is the provider's own; its socket stays open meanwhile.
                thread::sleep(delay);
                let gone = !matches!(Self::waits(client), Ok(true));
                self.state.lock().unwrap().alone |= gone;
            }
            Some(Fate::AppliedThenReset) => reset()?,
            Some(Fate::DroppedThenReset) => return reset().map(|()| None),
        }
        let turn = write.then(|| self.turn.lock().unwrap());
        let (reply, applied) = pass()?;
        drop(turn);
        self.state.lock().unwrap().applied += u64::from(write && applied);
        Ok(Some(reply).filter(|_| fate != Some(Fate::AppliedThenReset)))
    }

    /// Tells whether a client still waits for its answer.
    fn waits(client: &TcpStream) -> io::Result<bool> {
        client.set_nonblocking(true)?;
        let looked = client.peek(&mut [0]);
        client.set_nonblocking(false)?;
        Ok(looked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock))
    }
}

/// Sends one message over a connection of its own, and returns the reply.
fn ask(server: SocketAddr, message: &[u8]) -> io::Result<Vec<u8>> {
    let stream = TcpStream::connect_timeout(&server, Duration::from_secs(2))?;
    stream.set_read_timeout(Some(STARTUP))?;
    write_framed(&stream, message)?;
    read_framed(&stream)
}

/// Reads a message after its length (RFC 1035, 4.2.2).
fn read_framed(mut stream: &TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message)?;
    Ok(message)
}

fn write_framed(mut stream: &TcpStream, message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).unwrap().to_be_bytes();
    stream.write_all(&[&length, message].concat())
}

/// A request that has arrived to its last byte.
pub struct Request {
    pub method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// Reads a request; a connection that ends before one has none.
    pub fn read(client: &TcpStream) -> io::Result<Option<Request>> {
        let mut reader = BufReader::new(client);
        let mut head = Vec::new();
        for line in reader.by_ref().lines() {
            match line? {
                end if end.is_empty() => break,
                line => head.push(line),
            }
        }
        let Some(first) = head.first() else { return Ok(None) };
        let mut words = first.split(' ').map(str::to_owned);
        let (Some(method), Some(path)) = (words.next(), words.next()) else { return Ok(None) };
        let header = |line: &String| {
            line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        };
        let headers: Vec<(String, String)> = head[1..].iter().filter_map(header).collect();
        let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
        reader.read_exact(&mut body)?;
        Ok(Some(Request { method, path, headers, body }))
    }

    /// Sends it to a server, and returns the whole response.
    pub fn forward(&self, server: SocketAddr) -> io::Result<http::Response> {
        let passed =
            ["x-api-key", "content-type", "accept", "idempotency-key", "x-transmission-session-id"];
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(name, _)| passed.contains(&name.to_ascii_lowercase().as_str()))
            .collect();
        http::request(server, &self.method, &self.path, &headers, &self.body)
    }

    /// Tells whether it would change something: a PATCH, or a call of Transmission's that sets.
    fn is_write(&self) -> bool {
        let sets = || self.body.windows(13).any(|bytes| bytes == b"\"torrent-set\"");
        self.method == "PATCH" || (self.method == "POST" && sets())
    }
}

/// Gives a response to whoever asked, and closes.
pub fn answer(mut client: TcpStream, response: &http::Response) -> io::Result<()> {
    let (status, length) = (response.status, response.body.len());
    let kind = response.header("content-type").unwrap_or("application/json");
    let session = response.header("x-transmission-session-id");
    let session =
        session.map_or(String::new(), |id| format!("X-Transmission-Session-Id: {id}\r\n"));
    let head = format!(
        "HTTP/1.1 {status} .\r\nContent-Type: {kind}\r\n{session}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    client.write_all(&[head.as_bytes(), &response.body].concat())
}
