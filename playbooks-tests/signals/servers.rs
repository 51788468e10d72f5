//! The servers of a small outage: a parent with its API, the provider that fails, its standby, a resolver, a control.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use lifeboat::model::{DnsAnswer, DnsRecord, Remote};
use lifeboat::wire::dns::{Received, decode_query, encode_answer};
use serde_json::{Value, json};

pub const ZONE: &str = "tracker.test.";
pub const OLD: &str = "ns1.old.example.";
pub const NEW: &str = "ns1.new.example.";
pub const NAME: &str = "announce.tracker.test.";
const ADDRESS: &str = "192.0.2.80";

/// What the API does with the next request of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// It answers.
    #[default]
    Plain,
    /// It does what it is asked, and answers once it is told to.
    Holds,
    /// It does what it is asked, and hangs up instead of answering.
    HangsUp,
}

/// What is so, and what was asked.
#[derive(Debug)]
pub struct State {
    /// Where the parent's API delegates to.
    pub delegated: String,
    /// Whether the parent's name server says what its API holds; else it says what was there at first.
    pub published: bool,
    /// Whether no name server answers at all.
    pub silent: bool,
    /// Whether the old servers answer.
    pub old_answers: bool,
    /// What the API does with reads and with writes.
    pub reads: Manner,
    pub writes: Manner,
    /// How many requests it has held so far, and how many of them it may answer.
    pub held: usize,
    pub released: usize,
    /// The delegation after each write that was done.
    pub done: Vec<String>,
}

/// The servers; they live as long as this process.
pub struct Servers {
    state: Arc<(Mutex<State>, Condvar)>,
    pub api: SocketAddr,
    pub parent: SocketAddr,
    pub old: SocketAddr,
    pub new: SocketAddr,
    pub resolver: SocketAddr,
    pub control: SocketAddr,
}

#[derive(Clone, Copy)]
enum Role {
    Parent,
    Old,
    Authority,
    Resolver,
}

impl Servers {
    pub fn start() -> Servers {
        let state = State {
            delegated: OLD.to_owned(),
            published: true,
            silent: false,
            old_answers: false,
            reads: Manner::Plain,
            writes: Manner::Plain,
            held: 0,
            released: 0,
            done: Vec::new(),
        };
        let state = Arc::new((Mutex::new(state), Condvar::new()));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let api = listener.local_addr().unwrap();
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                // A client that leaves is no trouble.
                thread::spawn(move || _ = serve(client, &shared));
            }
        });
        let name_server = |role| udp(role, Arc::clone(&state));
        Servers {
            api,
            parent: name_server(Role::Parent),
            old: name_server(Role::Old),
            new: name_server(Role::Authority),
            resolver: name_server(Role::Resolver),
            control: name_server(Role::Resolver),
            state,
        }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state.0)
    }

    /// Answers nothing any more: questions vanish, and the API holds its answers.
    pub fn fall_silent(&self) {
        let mut state = self.state();
        state.silent = true;
        (state.reads, state.writes) = (Manner::Holds, Manner::Holds);
    }

    /// Lets everything be answered that is held.
    pub fn release(&self) {
        let mut state = self.state();
        (state.reads, state.writes) = (Manner::Plain, Manner::Plain);
        state.released = usize::MAX;
        self.state.1.notify_all();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers one request of the API.
fn serve(mut client: TcpStream, shared: &(Mutex<State>, Condvar)) -> std::io::Result<()> {
    let (method, body) = request(&client)?;
    let (state, told) = shared;
    let mut state = lock(state);
    let manner = if method == "GET" { state.reads } else { state.writes };
    let (status, reply) = match method.as_str() {
        "GET" => ("200 OK", zone(&state).to_string()),
        _ => {
            let patch: Value = serde_json::from_slice(&body).unwrap();
            let server = patch["rrsets"][0]["records"][0]["content"].as_str().unwrap();
            state.delegated = server.to_owned();
            state.done.push(server.to_owned());
            ("204 No Content", String::new())
        }
    };
    match manner {
        Manner::Plain => {}
        Manner::HangsUp => {
            state.writes = Manner::Plain;
            return Ok(());
        }
        Manner::Holds => {
            state.held += 1;
            let own = state.held;
            let _free = told.wait_while(state, |state| state.released < own).unwrap();
        }
    }
    let length = reply.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    client.write_all(format!("{head}{reply}").as_bytes())
}

fn request(client: &TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut reader = BufReader::new(client);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((_, value)) =
            line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((first.split(' ').next().unwrap_or_default().to_owned(), body))
}

fn zone(state: &State) -> Value {
    json!({"name": "test.", "rrsets": [{"name": ZONE, "type": "NS", "ttl": 3, "comments": [],
        "records": [{"content": state.delegated, "disabled": false}]}]})
}

fn udp(role: Role, shared: Arc<(Mutex<State>, Condvar)>) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((count, from)) = socket.recv_from(&mut buffer) {
            let Ok(asked) = decode_query(&buffer[..count]) else { continue };
            let answer = answer(role, &asked, &lock(&shared.0));
            let reply = answer.map(|answer| encode_answer(&asked, &answer, 1232).unwrap());
            if let Some(reply) = reply {
                let _ = socket.send_to(&reply, from);
            }
        }
    });
    address
}

fn answer(role: Role, asked: &Received, state: &State) -> Option<DnsAnswer> {
    let delegated = if state.published { state.delegated.as_str() } else { OLD };
    let mut answer = DnsAnswer { rcode: "NOERROR".to_owned(), ..DnsAnswer::default() };
    let soa = "ns.example. host.example. 1 3600 600 86400 3";
    if state.silent {
        return None;
    }
    match (role, asked.name.as_str(), asked.kind.as_str()) {
        (Role::Old, _, _) if !state.old_answers => return None,
        (Role::Parent, ZONE, "NS") => answer.authority.push(record(ZONE, "NS", delegated)),
        (Role::Parent | Role::Authority | Role::Old, name, "SOA") => {
            answer.answers.push(record(name, "SOA", soa))
        }
        (Role::Authority | Role::Old | Role::Resolver, ZONE, "NS") => {
            answer.answers.push(record(ZONE, "NS", delegated))
        }
        (Role::Authority | Role::Old | Role::Resolver, NAME, "A") => {
            answer.answers.push(record(NAME, "A", ADDRESS))
        }
        (Role::Resolver, name, "SOA") => answer.answers.push(record(name, "SOA", soa)),
        (Role::Parent | Role::Authority | Role::Old | Role::Resolver, _, _) => {}
    }
    answer.aa = matches!(role, Role::Authority | Role::Old);
    Some(answer)
}

fn record(name: &str, kind: &str, data: &str) -> DnsRecord {
    DnsRecord { name: name.to_owned(), kind: kind.to_owned(), ttl: 3, data: Remote::new(data) }
}
