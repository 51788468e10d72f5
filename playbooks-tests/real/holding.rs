//! A proxy before an HTTP API that holds one request back: whole, or with its body still on the way.

use super::http;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How long the proxy waits for the trial, and the trial for the proxy.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running proxy; its threads live as long as the suite.
pub struct Holding {
    pub address: SocketAddr,
    rule: Arc<Mutex<Rule>>,
    arrived: Receiver<()>,
}

#[derive(Default)]
struct Rule {
    /// The method whose next request is held, and how much of it is read before.
    hold: Option<(&'static str, Part)>,
    /// Lets the held request go, once.
    go: Option<Sender<()>>,
    /// Says that the held request was forwarded.
    landed: Option<Receiver<()>>,
    /// Whether the held one follows on the heels of the next write.
    chase: bool,
}

/// How much of a request has arrived when it is held.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Whole,
    Head,
}

impl Holding {
    /// Starts one in front of a server; nothing is held yet.
    pub fn start(at: SocketAddr, server: SocketAddr) -> Holding {
        let listener = TcpListener::bind(at).unwrap();
        let (rule, (arrives, arrived)) = (Arc::<Mutex<Rule>>::default(), mpsc::channel());
        let rules = Arc::clone(&rule);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (rules, arrives) = (Arc::clone(&rules), arrives.clone());
                thread::spawn(move || {
                    let served = serve(&client, server, &rules, &arrives);
                    served.unwrap_or_else(|error| eprintln!("the proxy: {error}"));
                });
            }
        });
        Holding { address: at, rule, arrived }
    }

    /// Holds the next request of a method.
    pub fn hold(&self, method: &'static str, part: Part) {
        self.rule.lock().unwrap().hold = Some((method, part));
    }

    /// Waits until the request is held.
    pub fn held(&self) {
        self.arrived.recv_timeout(PATIENCE).expect("no request was held");
    }

    /// Lets the held request go on to the server.
    pub fn let_go(&self) {
        let go = self.rule.lock().unwrap().go.take();
        go.expect("nothing is held").send(()).unwrap();
    }

    /// Lets the held request reach the server right after the next write, before that one is answered.
    pub fn chase(&self) {
        self.rule.lock().unwrap().chase = true;
    }
}

fn serve(
    client: &TcpStream,
    server: SocketAddr,
    rules: &Mutex<Rule>,
    arrives: &Sender<()>,
) -> io::Result<()> {
    let mut reader = BufReader::new(client);
    let Some(head) = Head::read(&mut reader)? else { return Ok(()) };
    let held = {
        let mut rule = rules.lock().unwrap();
        let held = rule.hold.take_if(|(method, _)| *method == head.method);
        held.map(|(_, part)| {
            let ((go, goes), (lands, landed)) = (mpsc::channel(), mpsc::channel());
            (rule.go, rule.landed) = (Some(go), Some(landed));
            (part, goes, lands)
        })
    };
    let Some((part, goes, lands)) = held else {
        let body = head.body(&mut reader)?;
        let response = head.forward(server, &body)?;
        chase(rules, &head.method);
        return answer(client, &response);
    };
    let early = if part == Part::Whole { Some(head.body(&mut reader)?) } else { None };
    arrives.send(()).unwrap();
    goes.recv_timeout(PATIENCE).expect("it was never let go");
    let body = early.map_or_else(|| head.body(&mut reader), Ok)?;
    let response = head.forward(server, &body)?;
    let _ = lands.send(());
    // Who asked may be gone by now.
    let _ = answer(client, &response);
    Ok(())
}

fn chase(rules: &Mutex<Rule>, method: &str) {
    let mut rule = rules.lock().unwrap();
    if method == "PATCH" && std::mem::take(&mut rule.chase) {
        rule.go.take().unwrap().send(()).unwrap();
        rule.landed.take().unwrap().recv_timeout(PATIENCE).unwrap();
    }
}

/// A request up to its empty line.
struct Head {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
}

impl Head {
    /// Reads one; a connection that ends before one has none.
    fn read(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<Head>> {
        let mut lines = Vec::new();
        for line in reader.by_ref().lines() {
            match line? {
                end if end.is_empty() => break,
                line => lines.push(line),
            }
        }
        let Some(first) = lines.first() else { return Ok(None) };
        let mut words = first.split(' ').map(str::to_owned);
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let header = |line: &String| {
            line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        };
        Ok(Some(Head { method, path, headers: lines[1..].iter().filter_map(header).collect() }))
    }

    fn body(&self, reader: &mut BufReader<&TcpStream>) -> io::Result<Vec<u8>> {
        let length = self.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case("content-length"));
        let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
        reader.read_exact(&mut body)?;
        Ok(body)
    }

    fn forward(&self, server: SocketAddr, body: &[u8]) -> io::Result<http::Response> {
        let passed = ["x-api-key", "content-type", "accept", "idempotency-key"];
        let passes = |name: &str| passed.contains(&name.to_ascii_lowercase().as_str());
        let headers = self.headers.iter().filter(|(name, _)| passes(name));
        let headers: Vec<(&str, &str)> =
            headers.map(|(name, value)| (name.as_str(), value.as_str())).collect();
        http::request(server, &self.method, &self.path, &headers, body)
    }
}

fn answer(mut client: &TcpStream, response: &http::Response) -> io::Result<()> {
    let (status, length) = (response.status, response.body.len());
    let kind = response.header("content-type").unwrap_or("application/json");
    let head = format!(
        "HTTP/1.1 {status} .\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    client.write_all(&[head.as_bytes(), &response.body].concat())
}
