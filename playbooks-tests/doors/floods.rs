//! HTTP that never ends, unpacks to everything or says nothing: bounded in memory and in time.
//!
//! The client runs in a process of its own, this same program told by `--http-child`, so that its memory is its own.
//! Each server goes on until the client has left, which is how the end of a request is seen from outside.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::cli::Desk;
use lifeboat::host::{Environment, StopRequests, Terminal};
use lifeboat::net::{Http, HttpRequest, Method, Purpose, Stopwatch};
use serde_json::{Value, json};

use super::servers::response;
use super::{AMPLE, live};
use crate::bench::peak_kib;
use crate::child;

pub fn trials() -> Vec<Trial> {
    trials![d4_hostile_http_is_bounded_in_memory_and_time, d3_the_environment_names_no_proxy]
}

/// The most memory beyond what a polite request takes.
const MEMORY_KIB: u64 = 32 << 10;

/// What every request has.
const DEADLINE: Duration = Duration::from_millis(400);

/// How late a request may end: half a second is promised, the rest is for machines with too much to do.
const LATE: Duration = Duration::from_millis(500 + 4_500);

/// The largest cap that any service sets.
const CAP: usize = 16 << 20;

type Attack = fn(&mut TcpStream);

/// Each attack: whether it is TLS, what comes after the request, and what the client may say of it.
const ATTACKS: &[(&str, bool, Attack, &str)] = &[
    ("a gzip bomb", false, |to| bomb(to, "gzip"), "cut"),
    ("a bomb that calls itself brotli", false, |to| bomb(to, "br"), "cut"),
    (
        "an endless body",
        false,
        |to| {
            send(to, b"HTTP/1.1 200 OK\r\n\r\n");
            pour(to, &[b'x'; 1 << 16])
        },
        "cut",
    ),
    (
        "endless chunks",
        false,
        |to| {
            chunked(to);
            pour(to, &chunk(1 << 16))
        },
        "cut",
    ),
    (
        "endless chunks of one byte",
        false,
        |to| {
            chunked(to);
            pour(to, &b"1\r\nx\r\n".repeat(4_096))
        },
        "any",
    ),
    (
        "a chunk without end",
        false,
        |to| {
            chunked(to);
            send(to, b"ffffffffffffffff\r\n");
            pour(to, &[b'x'; 1 << 16])
        },
        "any",
    ),
    (
        "a chunk larger than numbers",
        false,
        |to| {
            chunked(to);
            send(to, b"fffffffffffffffff\r\nx");
            wait(to)
        },
        "broken",
    ),
    (
        "an endless size of a chunk",
        false,
        |to| {
            chunked(to);
            pour(to, &[b'0'; 1 << 16])
        },
        "broken",
    ),
    (
        "an endless extension of a chunk",
        false,
        |to| {
            chunked(to);
            send(to, b"1;");
            pour(to, &[b'e'; 1 << 16])
        },
        "broken",
    ),
    (
        "endless trailers",
        false,
        |to| {
            chunked(to);
            send(to, b"0\r\n");
            pour(to, &b"x-trailer: y\r\n".repeat(1_000))
        },
        "broken",
    ),
    (
        "an endless header",
        false,
        |to| {
            send(to, b"HTTP/1.1 200 OK\r\nx: ");
            pour(to, &[b'y'; 1 << 16])
        },
        "error",
    ),
    (
        "an endless name of a header",
        false,
        |to| {
            send(to, b"HTTP/1.1 200 OK\r\n");
            pour(to, &[b'y'; 1 << 16])
        },
        "error",
    ),
    (
        "endless headers",
        false,
        |to| {
            send(to, b"HTTP/1.1 200 OK\r\n");
            pour(to, &b"x-filler: y\r\n".repeat(1_000))
        },
        "error",
    ),
    (
        "too many headers",
        false,
        |to| {
            send(to, format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(101)).as_bytes());
            wait(to)
        },
        "error",
    ),
    (
        "an endless line of status",
        false,
        |to| {
            send(to, b"HTTP/1.1 200 ");
            pour(to, &[b'O'; 1 << 16])
        },
        "error",
    ),
    ("a slow line of status", false, |to| drip(to, b"HTTP/1.1 200 OK"), "error"),
    (
        "slow headers",
        false,
        |to| {
            send(to, b"HTTP/1.1 200 OK\r\n");
            drip(to, b"x: y\r\n")
        },
        "error",
    ),
    (
        "a slow body",
        false,
        |to| {
            send(to, b"HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n");
            drip(to, b"x")
        },
        "error",
    ),
    (
        "slow chunks",
        false,
        |to| {
            chunked(to);
            drip(to, b"1\r\nx\r\n")
        },
        "error",
    ),
    ("silence", false, wait, "error"),
    (
        "endless 100s",
        false,
        |to| pour(to, &b"HTTP/1.1 100 Continue\r\n\r\n".repeat(2_000)),
        "error",
    ),
    (
        "endless 103s with headers",
        false,
        |to| pour(to, &b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(1_000)),
        "error",
    ),
    (
        "switched protocols",
        false,
        |to| {
            send(to, b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n");
            pour(to, &[0; 1 << 16])
        },
        "any",
    ),
    (
        "a length beyond what comes",
        false,
        |to| send(to, b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nshort"),
        "broken",
    ),
    (
        "a length beyond memory",
        false,
        |to| {
            send(to, b"HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551615\r\n\r\nx");
            wait(to)
        },
        "error",
    ),
    (
        "two lengths",
        false,
        |to| {
            send(to, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 9\r\n\r\nokgarbage");
            wait(to)
        },
        "error",
    ),
    (
        "a length below zero",
        false,
        |to| {
            send(to, b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nx");
            wait(to)
        },
        "error",
    ),
    (
        "garbage behind the body",
        false,
        |to| {
            send(to, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
            pour(to, &[b'x'; 1 << 16])
        },
        "2 bytes",
    ),
    (
        "a second answer behind the first",
        false,
        |to| {
            send(to, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbad");
            wait(to)
        },
        "2 bytes",
    ),
    ("TLS that says nothing", true, wait, "error"),
    (
        "TLS that is a slow record",
        true,
        |to| {
            send(to, &[22, 3, 3, 0x40, 0]);
            drip(to, &[0])
        },
        "error",
    ),
    (
        "TLS of endless handshake records",
        true,
        |to| pour(to, &record(22, &[11, 0xff, 0xff, 0xff], 16_000)),
        "error",
    ),
    (
        "TLS of endless empty records",
        true,
        |to| pour(to, &record(22, &[], 0).repeat(1_000)),
        "error",
    ),
    (
        "TLS of endless warnings",
        true,
        |to| pour(to, &record(21, &[1, 0], 2).repeat(1_000)),
        "error",
    ),
    (
        "TLS of endless changes of cipher",
        true,
        |to| pour(to, &record(20, &[1], 1).repeat(1_000)),
        "error",
    ),
    (
        "TLS that is HTTP",
        true,
        |to| {
            send(to, &response("400 Bad Request", "", b"plain"));
            wait(to)
        },
        "error",
    ),
];

fn send(to: &mut TcpStream, bytes: &[u8]) {
    // The client may have left, which ends the attack.
    let _ = to.write_all(bytes);
}

/// Writes the same again and again until the client leaves.
fn pour(to: &mut TcpStream, bytes: &[u8]) {
    while to.write_all(bytes).is_ok() {}
}

/// Writes a byte now and then until the client leaves.
fn drip(to: &mut TcpStream, bytes: &[u8]) {
    to.set_read_timeout(Some(Duration::from_millis(15))).unwrap();
    for byte in bytes.iter().cycle() {
        if has_left(to) || to.write_all(&[*byte]).is_err() {
            return;
        }
    }
}

fn has_left(client: &mut TcpStream) -> bool {
    match client.read(&mut [0; 64]) {
        Ok(count) => count == 0,
        Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
    }
}

/// Says nothing until the client leaves.
fn wait(to: &mut TcpStream) {
    while to.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {}
}

fn chunked(to: &mut TcpStream) {
    send(to, b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
}

fn chunk(length: usize) -> Vec<u8> {
    [format!("{length:x}\r\n").as_bytes(), &vec![b'x'; length], b"\r\n"].concat()
}

fn record(kind: u8, begin: &[u8], length: u16) -> Vec<u8> {
    let mut record = vec![kind, 3, 3, (length >> 8) as u8, length as u8];
    record.extend(begin);
    record.resize(5 + usize::from(length), 0);
    record
}

/// A reply that unpacks to a hundred and fifty times of what comes, without end: one zero, then copies of 258 zeros
/// (RFC 1951 §3.2.6: 13 bits each, so that 13 bytes come again and again).
fn bomb(to: &mut TcpStream, coding: &str) {
    let mut bits = Bits::default();
    bits.push(0b011, 3);
    bits.push(0b0000_1100, 8);
    for _ in 0..16 {
        bits.push(0b1010_0011, 8);
        bits.push(0, 5);
    }
    send(to, format!("HTTP/1.1 200 OK\r\ncontent-encoding: {coding}\r\n\r\n").as_bytes());
    send(to, &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
    send(to, &bits.bytes[..2]);
    pour(to, &bits.bytes[2..15].repeat(4_096));
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    held: u64,
    count: u32,
}

impl Bits {
    /// Adds bits, the lowest first.
    fn push(&mut self, bits: u64, count: u32) {
        self.held |= bits << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.held as u8);
            (self.held, self.count) = (self.held >> 8, self.count - 8);
        }
    }
}

/// Tells whether a request ends by its cap or by its reply, whatever the time.
fn has_an_end(expected: &str) -> bool {
    !matches!(expected, "any" | "broken" | "error")
}

/// Serves one attack to whoever comes first; the channel hears when the client has left.
fn attacked(tls: bool, attack: Attack) -> (String, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let scheme = if tls { "https" } else { "http" };
    let url = format!("{scheme}://{}/", listener.local_addr().unwrap());
    let (left, has_left) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut heard = [0; 4096];
        // On a machine with too much to do it may have left by now.
        if stream.read(&mut heard).is_ok_and(|count| count > 0) {
            attack(&mut stream);
        }
        // A reply that has an end: the client leaves by itself.
        wait(&mut stream);
        left.send(()).unwrap();
    });
    (url, has_left)
}

fn d4_hostile_http_is_bounded_in_memory_and_time() {
    let polite = TcpListener::bind("127.0.0.1:0").unwrap();
    let first = format!("http://{}/", polite.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = polite.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]).unwrap();
        send(&mut stream, &response("200 OK", "", b"ok"));
    });
    let served: Vec<_> =
        ATTACKS.iter().map(|(_, tls, attack, _)| attacked(*tls, *attack)).collect();
    // What ends at its cap has all the time it needs; what knows no end has a deadline.
    let urls: Vec<Value> = served
        .iter()
        .zip(ATTACKS)
        .map(|((url, _), (.., expected))| {
            let deadline = if has_an_end(expected) { AMPLE } else { DEADLINE };
            json!({ "url": url, "ms": deadline.as_millis() })
        })
        .collect();
    let one_thread = [("LIFEBOAT_THREADS".to_owned(), "1".to_owned())];
    let said = in_a_child(&json!({ "first": first, "urls": urls }), &one_thread);
    let baseline = said["baseline_kib"].as_u64().unwrap();
    let (mut latest, mut most) = (Duration::ZERO, 0);
    for (((what, _, _, expected), (_, has_left)), said) in
        ATTACKS.iter().zip(&served).zip(said["replies"].as_array().unwrap())
    {
        let (became, took) =
            (said["became"].as_str().unwrap(), Duration::from_millis(said["ms"].as_u64().unwrap()));
        let more = said["peak_kib"].as_u64().unwrap() - baseline;
        let right = match *expected {
            "cut" => became == format!("{CAP} bytes, cut"),
            "broken" => became.ends_with("cut") || became.starts_with("error"),
            "error" => became.starts_with("error"),
            "any" => true,
            whole => became == whole,
        };
        assert!(right, "{what}: {became}");
        assert!(has_an_end(expected) || took <= DEADLINE + LATE, "{what}: {took:?}");
        assert!(more <= MEMORY_KIB, "{what}: {more} KiB over {baseline} KiB");
        has_left
            .recv_timeout(AMPLE)
            .unwrap_or_else(|_| panic!("{what}: the client is still there"));
        most = most.max(more);
        if !has_an_end(expected) {
            latest = latest.max(took);
        }
    }
    eprintln!(
        "D4: {} attacks, deadline {DEADLINE:?}: the latest ends after {latest:?}, the largest takes {most} KiB over {baseline} KiB",
        ATTACKS.len()
    );
}

fn d3_the_environment_names_no_proxy() {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = proxy.local_addr().unwrap();
    let heard = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&heard);
    std::thread::spawn(move || {
        while let Ok(client) = proxy.accept() {
            count.fetch_add(1, Ordering::SeqCst);
            drop(client);
        }
    });
    let environment: Vec<(String, String)> =
        ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]
            .iter()
            .map(|name| ((*name).to_owned(), format!("http://user:pass@{address}")))
            .collect();
    let served: Vec<_> = (0..2)
        .map(|_| attacked(false, |to| send(to, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")))
        .collect();
    let said = in_a_child(
        &json!({ "first": served[0].0, "urls": [{ "url": served[1].0, "ms": 20_000 }] }),
        &environment,
    );
    assert_eq!(said["replies"][0]["became"], "2 bytes", "{said}");
    assert_eq!(heard.load(Ordering::SeqCst), 0, "the proxy was asked");
    // The control: the same library, without our word, asks the proxy.
    let said = in_a_child(
        &json!({ "first": "", "urls": [{ "url": "http://127.0.0.1:9/", "ms": 0 }], "by_default": true }),
        &environment,
    );
    assert!(heard.load(Ordering::SeqCst) > 0, "the proxy is blind: {said}");
    eprintln!(
        "D3: {} variables name a proxy, which hears nothing; without our word it is asked",
        environment.len()
    );
}

fn in_a_child(work: &Value, environment: &[(String, String)]) -> Value {
    child::measured("--http-child", work, environment)
}

/// Is the client: makes a first request, takes note of its memory, then makes the others.
pub fn child() -> ExitCode {
    let work: Value = serde_json::from_reader(std::io::stdin()).unwrap();
    let urls = work["urls"].as_array().unwrap();
    let url = |it: &Value| it["url"].as_str().unwrap().to_owned();
    // As the program makes it: on one thread, which whoever reads without end has to share with every deadline.
    let environment = Environment::of(|name| std::env::var(name).ok());
    let desk = Desk::live(environment.clone(), Terminal::look(&environment), StopRequests::none());
    let runtime = desk.runtime().unwrap_or_else(|failure| panic!("{}", failure.message));
    let measured = runtime.block_on(async {
        if work["by_default"] == true {
            let client =
                reqwest::Client::builder().tls_backend_preconfigured(no_tls()).timeout(AMPLE);
            return json!({ "became": format!("{:?}", client.build().unwrap().get(url(&urls[0])).send().await.is_ok()) });
        }
        let http = Http::new(live(&[]));
        ask(&http, work["first"].as_str().unwrap(), AMPLE).await;
        // An encrypted request that nobody answers, so that TLS counts to what every client has.
        ask(&http, "https://127.0.0.1:1/", DEADLINE).await;
        let baseline = peak_kib();
        let mut replies = Vec::new();
        for it in urls {
            let deadline = Duration::from_millis(it["ms"].as_u64().unwrap());
            replies.push(ask(&http, &url(it), deadline).await);
        }
        json!({ "baseline_kib": baseline, "replies": replies })
    });
    runtime.shutdown_background();
    serde_json::to_writer(std::io::stdout().lock(), &measured).unwrap();
    ExitCode::SUCCESS
}

async fn ask(http: &Http, url: &str, deadline: Duration) -> Value {
    let watch = Stopwatch::start();
    let mut request = HttpRequest::new(Method::Get, url, deadline);
    (request.purpose, request.body_cap) = (Purpose::Measure { first: true }, CAP);
    let reply = http.request(request).await;
    let took = watch.took().as_millis();
    let became = match reply {
        Ok(reply) if reply.whole => format!("{} bytes", reply.body.len()),
        Ok(reply) => format!("{} bytes, cut", reply.body.len()),
        Err(error) => format!("error: {error}"),
    };
    json!({ "became": became, "ms": took, "peak_kib": peak_kib() })
}

/// A configuration that trusts nobody, for a client that is to speak no TLS.
fn no_tls() -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}
