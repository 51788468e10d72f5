//! Resolvers over TLS and over HTTPS, on real sockets: certificates good and bad, and replies that are no answer.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use libtest_mimic::Trial;
use lifeboat::model::{DnsTransport, Ending, Estate, ProbeKind};
use lifeboat::net::loopback::{RefusingPort, TcpServer, UdpServer};
use lifeboat::net::{Admission, Door, Http, Pins, Stopwatch};
use lifeboat::service::Field;
use lifeboat::wire::dns::decode_query;
use serde_json::{Value, json};

use super::secure::{
    Hear, MESSAGE, Secure, answered, body_of, doh, dot, framed, posted, reply, with_length,
};
use super::{BUDGET, dns_of, estate, play, run, sealed, word};
use crate::doors::tls::Authority;

pub fn trials() -> Vec<Trial> {
    trials![
        an_encrypted_answer_counts_as_any_other,
        a_certificate_must_prove_the_name,
        a_certificate_may_hold_the_address,
        what_is_no_message_over_https_is_no_answer,
        what_is_no_message_over_tls_is_no_answer,
        silence_over_tls_ends_with_the_budget,
        nothing_is_asked_in_the_clear_instead,
        an_authority_that_cannot_be_read_is_no_finding,
    ]
}

const NAME: &str = "dns.res.example";

/// An authority, and the folder of an estate that trusts it.
fn trusted() -> (Authority, tempfile::TempDir) {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
    (authority, folder)
}

fn live(base: &Path) -> Field {
    let door = Door::live(Admission::default(), Pins::new());
    Field { http: Http::new(door.clone()), door, base: base.into(), ..sealed(Default::default()) }
}

/// An estate with one zone and one resolver on loopback, with what else is said of it; it is patient.
fn with_resolver(transports: &[&str], more: Value) -> Estate {
    let mut resolver = json!({ "id": "r", "address": "127.0.0.1", "transports": transports,
                               "tls_name": NAME, "ca": { "file": "ca.pem" } });
    resolver.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let critical = json!([{ "name": "www", "type": "A", "expect": ["192.0.2.10"] }]);
    estate(json!({
        "probing": { "target_budget": "10s", "tries": 1 },
        "zones": [{ "id": "z", "name": "lab.example.", "delegated_to": [], "critical": critical }],
        "resolvers": [resolver],
    }))
}

/// Returns how each question to the resolver ended: name, transport, ending in full.
fn endings(estate: &Estate, base: &Path) -> Vec<String> {
    play(async {
        let set = run(estate, &live(base), &[ProbeKind::Dns]).await;
        let usual = dns_of(&set, "r").into_iter().filter(|(_, dns)| dns.manner.is_usual());
        let line = |dns: &lifeboat::model::DnsObservation| {
            let ending = match &dns.ending {
                Ending::Malformed(what) => what.to_string(),
                other => word(other),
            };
            format!("{} {:?} {ending}", dns.name, dns.transport)
        };
        usual.map(|(_, dns)| line(dns)).collect()
    })
}

fn an_encrypted_answer_counts_as_any_other() {
    let (authority, folder) = trusted();
    let (tls, https) = (dot(authority.certify(NAME)), doh(authority.certify(NAME)));
    let more =
        json!({ "dot_port": tls.at.port(), "doh_port": https.at.port(), "doh_path": "/q?a=b" });
    let estate = with_resolver(&["doh", "dot"], more.clone());
    let said = endings(&estate, folder.path());
    assert_eq!(said, [". Dot NOERROR", "www.lab.example. Dot NOERROR", ". Doh NOERROR"]);
    let ids: Vec<u16> = tls.told().iter().map(|it| decode_query(it).unwrap().id).collect();
    assert!(ids.len() >= 2, "{ids:?}");
    assert!(ids.iter().any(|id| *id != 0), "ids over TLS are drawn: {ids:?}");
    let [request] = &https.told()[..] else { panic!("one question over HTTPS") };
    assert_eq!(decode_query(body_of(request)).unwrap().id, 0, "caches of HTTP know it again");
    let head = String::from_utf8_lossy(request).to_ascii_lowercase();
    assert!(head.starts_with("post /q?a=b http/1.1\r\n"), "{head}");
    for line in ["content-type: application/dns-message", "accept: application/dns-message"] {
        assert!(head.contains(&format!("\r\n{line}\r\n")), "{head}");
    }
    assert!(head.contains(&format!("\r\nhost: {NAME}:{}\r\n", https.at.port())), "{head}");
    // Who has nothing else is asked everything that way.
    let alone = with_resolver(&["doh"], more);
    let said = endings(&alone, folder.path());
    assert_eq!(said, [". Doh NOERROR", "www.lab.example. Doh NOERROR"]);
}

fn a_certificate_must_prove_the_name() {
    let (authority, folder) = trusted();
    let strange = Authority::named("a stranger");
    let cases = [
        (
            authority.certify("dns.other.example"),
            authority.certify("dns.other.example"),
            "NotValidForName",
        ),
        (authority.certify_until(NAME, 2020), authority.certify_until(NAME, 2020), "Expired"),
        (strange.certify(NAME), strange.certify(NAME), "UnknownIssuer"),
    ];
    for (for_tls, for_https, why) in cases {
        let (tls, https) = (dot(for_tls), doh(for_https));
        let more = json!({ "dot_port": tls.at.port(), "doh_port": https.at.port() });
        let estate = with_resolver(&["dot", "doh"], more);
        let said = endings(&estate, folder.path());
        assert_eq!(said.len(), 3);
        for line in &said {
            assert!(line.contains("TLS: invalid peer certificate"), "{why}: {line}");
        }
        let spelt = match why {
            "NotValidForName" => "not valid for name",
            "Expired" => "expired",
            _ => "UnknownIssuer",
        };
        assert!(said.iter().all(|line| line.contains(spelt)), "{why}: {said:?}");
        assert_eq!((tls.told().len(), https.told().len()), (0, 0), "{why}: nothing was said");
    }
}

fn a_certificate_may_hold_the_address() {
    let (authority, folder) = trusted();
    for (held, good) in [("127.0.0.1", true), ("127.0.0.2", false)] {
        let (tls, https) = (dot(authority.certify(held)), doh(authority.certify(held)));
        let more = json!({ "tls_name": "127.0.0.1", "dot_port": tls.at.port(), "doh_port": https.at.port() });
        let said = endings(&with_resolver(&["dot", "doh"], more), folder.path());
        let answered = said.iter().filter(|line| line.ends_with("NOERROR")).count();
        assert_eq!(answered, if good { 3 } else { 0 }, "{held}: {said:?}");
    }
}

/// What a server over HTTPS makes of a request's body, and what must be said of it.
type Wrong = (fn(&[u8]) -> Vec<u8>, &'static str);

fn what_is_no_message_over_https_is_no_answer() {
    let (authority, folder) = trusted();
    let cases: [Wrong; 9] = [
        (|it| reply("500 Oops", MESSAGE, &answered(it)), "HTTP: status 500"),
        (|it| reply("404 Not Found", MESSAGE, &answered(it)), "HTTP: status 404"),
        (
            |_| b"HTTP/1.1 302 Found\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n".to_vec(),
            "HTTP: status 302",
        ),
        (|it| reply("200 OK", "text/html", &answered(it)), "HTTP: the content is `text/html`"),
        (
            |it| reply("200 OK", "application/json", &answered(it)),
            "HTTP: the content is `application/json`",
        ),
        (|_| reply("200 OK", MESSAGE, &[0; 65_536]), "longer than any DNS message"),
        (|_| reply("200 OK", MESSAGE, b"no DNS at all"), ""),
        (
            |it| {
                let mut it = answered(it);
                it[0] = 7;
                reply("200 OK", MESSAGE, &it)
            },
            "an answer to another question",
        ),
        (|_| reply("429 Later", MESSAGE, b""), "Busy(\"HTTP: status 429\")"),
    ];
    for (wrong, said) in cases {
        let https = Secure::start(authority.certify(NAME), posted, move |it| wrong(body_of(it)));
        let more = json!({ "doh_port": https.at.port() });
        let found = endings(&with_resolver(&["doh"], more), folder.path());
        assert_eq!(found.len(), 2);
        let fine = |line: &String| line.contains(said) && !line.ends_with("NOERROR");
        assert!(found.iter().all(fine), "{said}: {found:?}");
        // The parent of the zone is looked up as well.
        let told = https
            .told()
            .iter()
            .map(|it| decode_query(body_of(it)).unwrap().name)
            .collect::<Vec<_>>();
        let once = told.iter().filter(|name| *name == "www.lab.example.").count();
        assert_eq!(once, 1, "{said}: {told:?}");
    }
}

fn what_is_no_message_over_tls_is_no_answer() {
    let (authority, folder) = trusted();
    let cases: [Wrong; 4] = [
        (
            |it| {
                let mut it = answered(it);
                it[1] ^= 1;
                with_length(&it)
            },
            "an answer to another question",
        ),
        (|it| with_length(&answered(it))[..20].to_vec(), "Closed"),
        (|_| Vec::new(), "Closed"),
        (|_| with_length(b"no DNS at all"), ""),
    ];
    for (wrong, said) in cases {
        let tls = Secure::start(authority.certify(NAME), framed, wrong);
        let found =
            endings(&with_resolver(&["dot"], json!({ "dot_port": tls.at.port() })), folder.path());
        assert_eq!(found.len(), 2);
        let fine = |line: &String| line.contains(said) && !line.ends_with("NOERROR");
        assert!(found.iter().all(fine), "{said}: {found:?}");
    }
    // Somebody who speaks no TLS at all there.
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = plain.local_addr().unwrap().port();
    std::thread::spawn(move || {
        while let Ok((mut socket, _)) = plain.accept() {
            let _ = socket.write_all(b"220 mail.example ESMTP\r\n");
            let _ = socket.read(&mut [0; 4096]);
        }
    });
    let more = json!({ "dot_port": port, "doh_port": port });
    let found = endings(&with_resolver(&["dot", "doh"], more), folder.path());
    assert!(found.iter().all(|line| line.contains("TLS: ")), "{found:?}");
}

fn silence_over_tls_ends_with_the_budget() {
    let (authority, folder) = trusted();
    // One never shakes hands; the others do, and say nothing more for a long time.
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let quiet = |hear: Hear| {
        let mute = |_: &[u8]| -> Vec<u8> {
            loop {
                std::thread::park();
            }
        };
        Secure::start(authority.certify(NAME), hear, mute)
    };
    let (tls, https) = (quiet(framed), quiet(posted));
    for (dot, doh) in [(deaf.local_addr().unwrap(), deaf.local_addr().unwrap()), (tls.at, https.at)]
    {
        let more = json!({ "dot_port": dot.port(), "doh_port": doh.port() });
        let mut estate = with_resolver(&["dot", "doh"], more);
        estate.probing.target_budget = lifeboat::model::Span::from_millis(400);
        let watch = Stopwatch::start();
        let found = endings(&estate, folder.path());
        assert!(found.iter().all(|line| line.ends_with("TimedOut")), "{found:?}");
        assert!(watch.took() >= BUDGET && watch.took() < BUDGET * 3, "{:?}", watch.took());
    }
}

fn nothing_is_asked_in_the_clear_instead() {
    let (authority, folder) = trusted();
    let refusing = RefusingPort::tcp().unwrap();
    let liar = dot(authority.certify("dns.other.example"));
    let heard = Arc::new(AtomicUsize::new(0));
    for port in [refusing.address().port(), liar.at.port()] {
        let count = Arc::clone(&heard);
        let (plain, streams) = play_servers(count);
        // The address has the port of a server that would answer in the clear.
        let more = json!({ "address": plain.to_string(), "dot_port": port, "doh_port": port });
        let found = endings(&with_resolver(&["dot", "doh"], more), folder.path());
        assert_eq!(found.len(), 3);
        let failed = |line: &String| line.contains("Refused") || line.contains("TLS: ");
        assert!(found.iter().all(failed), "{found:?}");
        let more = json!({ "address": streams.to_string(), "dot_port": port, "doh_port": port });
        endings(&with_resolver(&["dot", "doh"], more), folder.path());
    }
    assert_eq!(heard.load(Ordering::SeqCst), 0, "nothing came in the clear");
}

/// Opens a UDP and a TCP server that count whoever comes, until the process ends.
fn play_servers(count: Arc<AtomicUsize>) -> (SocketAddr, SocketAddr) {
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        play(async move {
            let (udp, tcp) = (UdpServer::open().await.unwrap(), TcpServer::open().await.unwrap());
            send.send((udp.address(), tcp.address())).unwrap();
            loop {
                tokio::select! {
                    heard = udp.receive() => drop(heard.unwrap()),
                    came = tcp.accept() => drop(came.unwrap()),
                }
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
    });
    receive.recv().unwrap()
}

fn an_authority_that_cannot_be_read_is_no_finding() {
    let (authority, folder) = trusted();
    let tls = dot(authority.certify(NAME));
    std::fs::write(folder.path().join("empty.pem"), "").unwrap();
    for file in ["missing.pem", "empty.pem"] {
        let more =
            json!({ "dot_port": tls.at.port(), "doh_port": tls.at.port(), "ca": { "file": file } });
        let estate = with_resolver(&["dot", "doh"], more);
        let found = endings(&estate, folder.path());
        assert!(found.iter().all(|line| line.contains("Local(")), "{file}: {found:?}");
        let dot = estate.resolvers[0].at(DnsTransport::Dot);
        assert_eq!(dot, tls.at);
    }
    assert!(tls.told().is_empty());
}
