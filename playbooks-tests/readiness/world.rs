//! The world of the example estates, as one process: name servers, resolvers, trackers and APIs at the estate's own addresses.
//!
//! It shares nothing with the product: what it says is put together byte by byte, and it refuses what the services refuse.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// Every address that a namespace needs before the world can stand in it.
pub const ADDRESSES: [&str; 17] = [
    "192.0.2.10",
    "192.0.2.30",
    "198.51.100.5",
    "198.51.100.6",
    "198.51.100.7",
    "198.51.100.8",
    "198.51.100.20",
    "198.51.100.30",
    "198.51.100.53",
    "198.51.100.200",
    "203.0.113.7",
    "203.0.113.8",
    "203.0.113.9",
    "203.0.113.53",
    "203.0.113.70",
    "203.0.113.71",
    "203.0.113.200",
];

/// Who answers questions about names: whether with authority.
const NAMES: [(&str, bool); 9] = [
    ("198.51.100.6:53", true),
    ("198.51.100.7:53", true),
    ("198.51.100.8:53", true),
    ("203.0.113.8:53", true),
    ("203.0.113.70:53", true),
    ("203.0.113.71:53", true),
    ("198.51.100.200:53", true),
    ("198.51.100.53:53", false),
    ("203.0.113.53:53", false),
];

const TRACKERS: [&str; 3] = ["192.0.2.10:6969", "198.51.100.20:6969", "203.0.113.7:6969"];

type Answer = fn(&Request, &Manner) -> (u16, Value);

const APIS: [(&str, Answer); 5] = [
    ("198.51.100.6:8788", cloudflare),
    ("198.51.100.8:8443", powerdns),
    ("203.0.113.8:8443", powerdns),
    ("203.0.113.70:8080", desec),
    ("192.0.2.30:9091", transmission),
];

/// How the world stands: what is cut off, and how Cloudflare shows what a token may do.
#[derive(Clone, Default)]
pub struct Manner {
    /// Endpoints at which nobody listens.
    pub cut: Vec<String>,
    /// The zone lists every right of the user, and an edit of the narrow token is refused.
    pub lists_all: bool,
}

/// Plays the world until standard input ends.
pub fn run(arguments: &[String]) -> ExitCode {
    let manner = Manner {
        lists_all: arguments.iter().any(|it| it == "lists-all"),
        cut: arguments.iter().filter_map(|it| it.strip_prefix("cut=")).map(str::to_owned).collect(),
    };
    let open = |at: &str| !manner.cut.iter().any(|cut| cut == at);
    for (at, authority) in NAMES.into_iter().filter(|(at, _)| open(at)) {
        let (udp, tcp) = (UdpSocket::bind(at).unwrap(), TcpListener::bind(at).unwrap());
        thread::spawn(move || names_over_udp(&udp, authority));
        thread::spawn(move || {
            tcp.incoming().flatten().for_each(|it| names_over_tcp(it, authority))
        });
    }
    for at in TRACKERS.into_iter().filter(|at| open(at)) {
        let socket = UdpSocket::bind(at).unwrap();
        thread::spawn(move || track(&socket));
    }
    for (at, answer) in APIS.into_iter().filter(|(at, _)| open(at)) {
        let (listener, manner) = (TcpListener::bind(at).unwrap(), manner.clone());
        thread::spawn(move || {
            listener.incoming().flatten().for_each(|it| serve(it, answer, &manner))
        });
    }
    let control = TcpListener::bind("203.0.113.200:443").unwrap();
    thread::spawn(move || control.incoming().flatten().for_each(drop));
    println_up();
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    ExitCode::SUCCESS
}

fn println_up() {
    let mut out = std::io::stdout();
    out.write_all(b"up\n").and_then(|()| out.flush()).unwrap();
}

fn names_over_udp(socket: &UdpSocket, authority: bool) {
    let mut buffer = [0; 4096];
    while let Ok((length, from)) = socket.recv_from(&mut buffer) {
        if let Some(reply) = name(&buffer[..length], authority) {
            let _ = socket.send_to(&reply, from);
        }
    }
}

fn names_over_tcp(mut stream: TcpStream, authority: bool) {
    let mut length = [0; 2];
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    while stream.read_exact(&mut length).is_ok() {
        let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
        if stream.read_exact(&mut question).is_err() {
            return;
        }
        let Some(reply) = name(&question, authority) else { return };
        let whole = [&(reply.len() as u16).to_be_bytes()[..], &reply].concat();
        if stream.write_all(&whole).is_err() {
            return;
        }
    }
}

const ZONE: &str = "openseeds.example";

/// Answers a question (RFC 1035 §4.1): our zone's names, and nothing of any other.
fn name(question: &[u8], authority: bool) -> Option<Vec<u8>> {
    let (mut at, mut labels) = (12, Vec::new());
    loop {
        let length = usize::from(*question.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(question.get(at..at + length)?).to_ascii_lowercase());
        at += length;
    }
    let kind = u16::from_be_bytes([*question.get(at)?, *question.get(at + 1)?]);
    let asked = labels.join(".");
    let (ours, top) = (
        asked == ZONE || asked.ends_with(&format!(".{ZONE}")),
        asked == "example" || asked.is_empty(),
    );
    let data: Vec<Vec<u8>> = match (asked.as_str(), kind) {
        ("openseeds.example" | "example" | "", 6) => vec![soa()],
        ("openseeds.example", 2) => vec![wire("ada.ns.cf.example"), wire("bob.ns.cf.example")],
        ("tracker1.openseeds.example", 1) => vec![vec![192, 0, 2, 10]],
        ("tracker2.openseeds.example", 1) => vec![vec![198, 51, 100, 20]],
        ("www.openseeds.example", 1) => vec![vec![192, 0, 2, 80]],
        _ => Vec::new(),
    };
    let code: u16 = if ours || top {
        0
    } else if authority {
        5
    } else {
        3
    };
    let flags =
        0x8000 | (u16::from(question[2]) & 1) << 8 | if authority { 0x0400 } else { 0x0080 } | code;
    let mut reply = Vec::new();
    for number in
        [u16::from_be_bytes([question[0], question[1]]), flags, 1, data.len() as u16, 0, 0]
    {
        reply.extend(number.to_be_bytes());
    }
    reply.extend(&question[12..at + 4]);
    for one in data {
        reply.extend([0xc0, 12]);
        reply.extend(kind.to_be_bytes());
        reply.extend([0, 1, 0, 0, 1, 44]);
        reply.extend((one.len() as u16).to_be_bytes());
        reply.extend(one);
    }
    Some(reply)
}

fn wire(name: &str) -> Vec<u8> {
    let labels =
        name.split('.').flat_map(|label| [&[label.len() as u8][..], label.as_bytes()].concat());
    labels.chain([0]).collect()
}

fn soa() -> Vec<u8> {
    let numbers = [1_u32, 3_600, 600, 86_400, 300].map(u32::to_be_bytes).concat();
    [wire("ada.ns.cf.example"), wire("ops.openseeds.example"), numbers].concat()
}

/// A tracker over UDP (BEP 15) that counts one seeder and names no peer.
fn track(socket: &UdpSocket) {
    let mut buffer = [0; 2048];
    while let Ok((length, from)) = socket.recv_from(&mut buffer) {
        let (action, transaction) = (&buffer[8..12], &buffer[12..16]);
        let reply = match (length, action) {
            (16.., [0, 0, 0, 0]) => [&[0; 4], transaction, b"standin!"].concat(),
            (98.., [0, 0, 0, 1]) => {
                [&[0, 0, 0, 1], transaction, &[0, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 1]].concat()
            }
            _ => [&[0, 0, 0, 3], transaction, b"no"].concat(),
        };
        let _ = socket.send_to(&reply, from);
    }
}

/// A request: method, path, lower-case headers as one text.
struct Request {
    method: String,
    path: String,
    head: String,
}

fn serve(stream: TcpStream, answer: Answer, manner: &Manner) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    if reader.read_line(&mut line).is_err() {
        return;
    }
    let mut words = line.split(' ').map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else { return };
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        match reader.read_line(&mut line) {
            Ok(3..) => {}
            Ok(_) | Err(_) => break,
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let (status, body) = answer(&Request { method, path, head }, manner);
    let body = body.to_string();
    let length = body.len();
    let more = if status == 409 { "X-Transmission-Session-Id: s\r\n" } else { "" };
    let reply = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n{more}\r\n{body}"
    );
    let _ = reader.into_inner().write_all(reply.as_bytes());
}

impl Request {
    fn has(&self, name: &str, value: &str) -> bool {
        let wanted = format!("{name}: {value}");
        self.head.lines().any(|line| line.trim().eq_ignore_ascii_case(&wanted))
    }
}

/// Cloudflare's version 4: a wide token, a narrow one, and nobody else.
fn cloudflare(request: &Request, manner: &Manner) -> (u16, Value) {
    let no = |status, code: u32, message: &str| {
        (
            status,
            json!({"success": false, "errors": [{"code": code, "message": message}], "messages": [], "result": null}),
        )
    };
    let ok = |result: Value| {
        (200, json!({"success": true, "errors": [], "messages": [], "result": result}))
    };
    let (wide, narrow) = (
        request.has("authorization", "Bearer wide"),
        request.has("authorization", "Bearer narrow"),
    );
    if !wide && !narrow {
        return no(403, 10000, "Authentication error");
    }
    let all = json!(["#dns_records:edit", "#dns_records:read", "#zone:read"]);
    let some = json!(["#dns_records:read", "#zone:read"]);
    let zone = json!({"id": "z1", "name": ZONE, "status": "active", "type": "full",
        "permissions": if wide || manner.lists_all { all } else { some }});
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/client/v4/user/tokens/verify") if !manner.lists_all => {
            ok(json!({"id": "t1", "status": "active"}))
        }
        ("GET", path) if path.starts_with("/client/v4/zones?") => ok(json!([zone])),
        ("GET", "/client/v4/zones/z1") => ok(zone),
        ("GET", path) if path.starts_with("/client/v4/user/tokens/") => {
            no(403, 9109, "Unauthorized to access requested resource")
        }
        (_, path) if narrow && path.starts_with("/client/v4/zones/z1/") => {
            no(403, 10000, "Authentication error")
        }
        ("PATCH" | "PUT" | "DELETE", path)
            if path.starts_with("/client/v4/zones/z1/dns_records/") =>
        {
            no(404, 81044, "Record does not exist.")
        }
        _ => no(
            404,
            7003,
            "Could not route to that path, perhaps your object identifier is invalid?",
        ),
    }
}

fn powerdns(request: &Request, _: &Manner) -> (u16, Value) {
    let path = request.path.split('?').next().unwrap_or_default();
    match (request.method.as_str(), path) {
        _ if !request.has("x-api-key", "powerdns-key") => (401, json!({"error": "Unauthorized"})),
        ("GET", "/api/v1/servers/localhost/zones/openseeds.example.") => (
            200,
            json!({"id": "openseeds.example.", "name": "openseeds.example.", "kind": "Native", "serial": 1}),
        ),
        ("GET", _) => (404, json!({"error": "Not Found"})),
        _ => (405, json!({"error": "not harmless"})),
    }
}

fn desec(request: &Request, _: &Manner) -> (u16, Value) {
    match (request.method.as_str(), request.path.as_str()) {
        _ if !request.has("authorization", "Token desec-token") => {
            (401, json!({"detail": "Invalid token."}))
        }
        ("GET", "/api/v1/domains/openseeds.example/") => {
            (200, json!({"name": ZONE, "minimum_ttl": 3600}))
        }
        ("GET", _) => (404, json!({"detail": "Not found."})),
        _ => (405, json!({"detail": "not harmless"})),
    }
}

fn transmission(request: &Request, _: &Manner) -> (u16, Value) {
    match request.path.as_str() {
        // `user:password`, base 64.
        _ if !request.has("authorization", "Basic dXNlcjpwYXNzd29yZA==") => (401, json!({})),
        "/transmission/rpc" if !request.has("x-transmission-session-id", "s") => (409, json!({})),
        "/transmission/rpc" => {
            let arguments = json!({"version": "3.00 (bb6b5a062e)", "rpc-version": 16, "rpc-version-minimum": 1, "torrents": []});
            (200, json!({"result": "success", "arguments": arguments}))
        }
        _ => (404, json!({})),
    }
}

/// Returns the endpoint of a need as the world binds it.
pub fn endpoint(what: &str) -> Option<SocketAddr> {
    let (name, rest) = what.strip_prefix('`')?.split_once("` port ")?;
    let (port, at) = rest.split_once(" at ").unwrap_or((rest, name));
    format!("{at}:{port}").parse().ok()
}
