//! The way to a name server: what is lost on it, what is added, and who answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::diagnose;
use lifeboat::model::{DnsAnswer, Estate, EvidenceSet, Fact, FactKind, ProbeKind, Remote, Truth};
use lifeboat::net::loopback::{TcpServer, UdpServer};
use lifeboat::net::{Stopwatch, Transport};
use lifeboat::wire::dns::{Received, decode_query, encode_answer};
use serde_json::{Value, json};

use super::servers::{Answer, Cast, Count, answer, code, record, serve_streams};
use super::{BUDGET, dns_of, estate, play, run, sealed};

pub fn trials() -> Vec<Trial> {
    trials![
        a_clear_way_has_no_ills_and_costs_no_time,
        small_answers_tell_nothing_of_large_ones,
        silence_to_one_question_is_no_hole,
        large_answers_that_do_not_arrive_are_a_hole,
        whoever_drops_edns_is_told_from_the_dead,
        tcp_that_does_not_get_through_is_told_from_udp,
        what_is_lost_towards_everybody_is_nobodys_path,
        lost_tries_are_counted,
        who_loses_as_much_as_others_has_no_lossy_path,
        a_lost_try_is_no_lossy_path,
        a_slow_server_loses_nothing,
        a_second_different_answer_is_a_fact,
        copies_and_answers_to_two_tries_are_no_second_answer,
        who_answers_is_asked_and_for_whom,
    ]
}

pub const DNS: &[ProbeKind] = &[ProbeKind::Dns];

/// What a way lets through.
pub struct Way {
    /// The largest datagram.
    pub largest: usize,
    pub edns: bool,
    pub tcp: bool,
    /// Whether the n-th question is lost.
    pub loses: fn(usize) -> bool,
    /// What comes before the right answer.
    pub before: fn(&Received) -> Option<DnsAnswer>,
    /// How late answers are.
    pub late: Duration,
}

impl Default for Way {
    fn default() -> Self {
        let (largest, late) = (65_535, Duration::ZERO);
        Self { largest, edns: true, tcp: true, loses: |_| false, before: |_| None, late }
    }
}

/// Plays a name server behind a way.
pub async fn server(cast: &mut Cast, at: &str, way: Way, answer: Answer) -> Count {
    let count = Count::default();
    let (udp, tcp) = (UdpServer::open().await.unwrap(), TcpServer::open().await.unwrap());
    cast.add(at, Transport::Udp, udp.address());
    cast.add(at, Transport::Tcp, tcp.address());
    let silent: Answer = Arc::new(|_| None);
    let whole = if way.tcp { Arc::clone(&answer) } else { silent };
    tokio::spawn(serve_streams(tcp, whole, count.clone()));
    tokio::spawn(datagrams(Arc::new(udp), Arc::new(way), answer, count.clone()));
    count
}

async fn datagrams(udp: Arc<UdpServer>, way: Arc<Way>, answer: Answer, count: Count) {
    let heard = AtomicUsize::new(0);
    while let Ok((bytes, from)) = udp.receive().await {
        let asked = decode_query(&bytes).unwrap();
        count.asked.lock().unwrap().push(asked.clone());
        let lost = (way.loses)(heard.fetch_add(1, Ordering::SeqCst));
        if lost || (asked.payload.is_some() && !way.edns) {
            continue;
        }
        let (udp, way) = (Arc::clone(&udp), Arc::clone(&way));
        let said = [(way.before)(&asked), answer(&asked)];
        tokio::spawn(async move {
            lifeboat::net::Deadline::after(way.late).wait().await;
            for said in said.into_iter().flatten() {
                let most = usize::from(asked.payload.unwrap_or(512));
                let bytes = encode_answer(&asked, &said, most).unwrap();
                if bytes.len() <= way.largest {
                    udp.send(&bytes, from).await.unwrap();
                }
            }
        });
    }
}

/// A zone with a large DNSKEY set; `rotating` names get another address each time.
pub fn zone(keys: usize) -> Answer {
    let turn = AtomicUsize::new(0);
    Arc::new(move |asked: &Received| {
        let key = |n: usize| record("lab.example.", "DNSKEY", &format!("257 3 8 {}", key(n)));
        Some(match (asked.name.as_str(), asked.kind.as_str()) {
            ("lab.example.", "SOA") => {
                answer(vec![record("lab.example.", "SOA", "ns1.lab.example. h. 1 2 3 4 5")])
            }
            ("lab.example.", "NS") => {
                answer(vec![record("lab.example.", "NS", "ns1.lab.example.")])
            }
            ("lab.example.", "DNSKEY") => answer((0..keys).map(key).collect()),
            ("www.lab.example.", "A") => {
                answer(vec![record("www.lab.example.", "A", "192.0.2.10")])
            }
            ("turn.lab.example.", "A") => {
                let turn = turn.fetch_add(1, Ordering::SeqCst) % 200;
                answer(vec![record("turn.lab.example.", "A", &format!("192.0.2.{turn}"))])
            }
            _ => DnsAnswer { aa: true, ..code("NXDOMAIN") },
        })
    })
}

/// 264 bytes, as a key of 2,048 bits has; in base 64.
fn key(n: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(n).unwrap());
    letter.to_string().repeat(352)
}

/// Two providers: `main` with the given zones' servers, and `other`, which has a zone of its own.
pub fn lab(more: Value) -> Estate {
    let provider = |id: &str, address: &str| {
        json!({ "id": id, "kind": "unmanaged",
                "nameservers": [{ "name": format!("ns.{id}.example."), "addresses": [address] }] })
    };
    let mut sections = json!({
        "dns_providers": [provider("main", "192.0.2.1"), provider("other", "192.0.2.2")],
        "zones": [
            { "id": "z", "name": "lab.example.", "delegated_to": ["main"],
              "critical": [{ "name": "www", "type": "A", "expect": ["192.0.2.10"] },
                           { "name": "lab", "type": "A" }] },
            { "id": "o", "name": "lab.example.", "delegated_to": ["other"],
              "critical": [{ "name": "www", "type": "A" }, { "name": "lab", "type": "A" }] },
        ],
    });
    sections.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    estate(sections)
}

pub fn with_resolver() -> Value {
    json!({ "resolvers": [{ "id": "r", "address": "192.0.2.51", "transports": ["udp"] }] })
}

/// Probes an estate whose `main` is reached by a way, while `other` is well.
async fn seen(way: Way, keys: usize) -> (Estate, EvidenceSet) {
    seen_beside((way, zone(keys)), (Way::default(), zone(4))).await
}

/// Probes an estate whose providers are reached by a way each.
async fn seen_beside(main: (Way, Answer), other: (Way, Answer)) -> (Estate, EvidenceSet) {
    let mut cast = Cast::default();
    server(&mut cast, "192.0.2.1:53", main.0, main.1).await;
    server(&mut cast, "192.0.2.2:53", other.0, other.1).await;
    let estate = lab(json!({}));
    let set = run(&estate, &sealed(cast.map.clone()), DNS).await;
    (estate, set)
}

fn facts(estate: &Estate, set: &EvidenceSet) -> Vec<Fact> {
    diagnose::facts(estate, &set.evidence, None, None, set.at)
}

pub fn fact(seen: &(Estate, EvidenceSet), kind: &str, subject: &str) -> Fact {
    let kind: FactKind = kind.parse().unwrap();
    let all = facts(&seen.0, &seen.1);
    all.into_iter().find(|fact| fact.kind == kind && fact.subject == *subject).unwrap()
}

/// Tells what is said of each way to a provider: EDNS, hole, TCP, loss.
fn ills(seen: &(Estate, EvidenceSet), subject: &str) -> [Truth; 4] {
    ["edns-hostile", "mtu-hole", "tcp-filtered", "loss"]
        .map(|ill| fact(seen, &format!("dns.path.{ill}"), subject).truth)
}

use Truth::{False, True, Unknown};

fn a_clear_way_has_no_ills_and_costs_no_time() {
    play(async {
        let watch = Stopwatch::start();
        let seen = seen(Way::default(), 4).await;
        assert!(watch.took() < BUDGET / 2, "{:?}", watch.took());
        assert_eq!(ills(&seen, "main"), [False; 4]);
        assert_eq!(fact(&seen, "dns.path.cut-off", "main").truth, False);
        assert_eq!(fact(&seen, "dns.answer.doubled", "main").truth, False);
        assert_eq!(dns_of(&seen.1, "main").len(), 7, "nothing further was worth asking");
        let hole = fact(&seen, "dns.path.mtu-hole", "main");
        assert_eq!(hole.measure.map(|it| (it.value, it.of)), Some((0.0, Some(1.0))));
    });
}

fn small_answers_tell_nothing_of_large_ones() {
    play(async {
        let seen = seen(Way::default(), 1).await;
        assert_eq!(ills(&seen, "main"), [False, Unknown, False, False]);
    });
}

fn large_answers_that_do_not_arrive_are_a_hole() {
    play(async {
        let watch = Stopwatch::start();
        let seen = seen(Way { largest: 600, ..Way::default() }, 4).await;
        assert!(watch.took() < BUDGET * 2, "{:?}", watch.took());
        assert_eq!(ills(&seen, "main"), [False, True, False, False]);
        assert_eq!(ills(&seen, "other"), [False; 4]);
        let because = fact(&seen, "dns.path.mtu-hole", "main").because;
        assert!(because.contains("DNSKEY") && because.contains("do not"), "{because}");
        assert_eq!(fact(&seen, "dns.authority.answers", "main").truth, True);
        // Where nobody's large answers arrive, the hole may be near us.
        let narrow = || Way { largest: 600, ..Way::default() };
        let near = seen_beside((narrow(), zone(4)), (narrow(), zone(1))).await;
        assert_eq!((ills(&near, "main")[1], ills(&near, "other")[1]), (Unknown, Unknown));
    });
}

fn silence_to_one_question_is_no_hole() {
    play(async {
        let reticent: Answer = Arc::new(|asked| match asked.kind.as_str() {
            "DNSKEY" => None,
            _ => zone(4)(asked),
        });
        let seen = seen_beside((Way::default(), reticent), (Way::default(), zone(4))).await;
        assert_eq!(ills(&seen, "main")[1], Unknown);
        assert_eq!(fact(&seen, "dns.authority.answers", "main").truth, True);
    });
}

fn whoever_drops_edns_is_told_from_the_dead() {
    play(async {
        let old = seen(Way { edns: false, ..Way::default() }, 4).await;
        assert_eq!(ills(&old, "main"), [True, Unknown, False, Unknown]);
        assert_eq!(fact(&old, "dns.authority.answers", "main").truth, False);
        let dead = seen(Way { loses: |_| true, tcp: false, ..Way::default() }, 4).await;
        assert_eq!(ills(&dead, "main"), [Unknown; 4]);
        assert_eq!(fact(&dead, "dns.path.cut-off", "main").truth, Unknown);
    });
}

fn tcp_that_does_not_get_through_is_told_from_udp() {
    play(async {
        let seen = seen(Way { tcp: false, ..Way::default() }, 9).await;
        assert_eq!(ills(&seen, "main"), [False, Unknown, True, False]);
        let cut = dns_of(&seen.1, "main");
        assert!(cut.iter().any(|(_, dns)| dns.ending.answer().is_some_and(|it| it.tc)));
        assert_eq!(ills(&seen, "other")[2], False);
    });
}

fn what_is_lost_towards_everybody_is_nobodys_path() {
    play(async {
        let mut cast = Cast::default();
        for at in ["192.0.2.1:53", "192.0.2.2:53"] {
            server(&mut cast, at, Way { tcp: false, ..Way::default() }, zone(4)).await;
        }
        let estate = lab(json!({}));
        let set = run(&estate, &sealed(cast.map.clone()), DNS).await;
        let seen = (estate, set);
        assert_eq!(ills(&seen, "main"), [False, False, Unknown, False]);
        assert_eq!(ills(&seen, "other"), [False, False, Unknown, False]);
    });
}

fn lost_tries_are_counted() {
    play(async {
        let watch = Stopwatch::start();
        let seen = seen(Way { loses: |n| n % 2 == 0, ..Way::default() }, 1).await;
        assert!(watch.took() < BUDGET * 2, "{:?}", watch.took());
        let loss = fact(&seen, "dns.path.loss", "main");
        let percent = loss.measure.unwrap().value;
        assert_eq!(loss.truth, True, "{}", loss.because);
        assert!((30.0..60.0).contains(&percent), "{}", loss.because);
        assert_eq!(fact(&seen, "dns.path.loss", "other").truth, False);
        let counted = dns_of(&seen.1, "main");
        let many = counted.iter().find(|(evidence, _)| evidence.sent > 20).unwrap();
        assert!(many.1.heard < many.0.sent && many.1.heard > many.0.sent / 3, "{many:?}");
    });
}

fn who_loses_as_much_as_others_has_no_lossy_path() {
    play(async {
        let lossy = || (Way { loses: |n| n % 2 == 0, ..Way::default() }, zone(1));
        let seen = seen_beside(lossy(), lossy()).await;
        for provider in ["main", "other"] {
            let loss = fact(&seen, "dns.path.loss", provider);
            assert_eq!(loss.truth, Unknown, "{}", loss.because);
        }
    });
}

fn a_lost_try_is_no_lossy_path() {
    play(async {
        let seen = seen(Way { loses: |n| n == 1, ..Way::default() }, 1).await;
        let loss = fact(&seen, "dns.path.loss", "main");
        assert_eq!(loss.truth, False, "{}", loss.because);
        assert!(loss.measure.unwrap().value > 0.0, "{}", loss.because);
    });
}

fn a_slow_server_loses_nothing() {
    play(async {
        let seen = seen(Way { late: BUDGET / 3, ..Way::default() }, 1).await;
        let loss = fact(&seen, "dns.path.loss", "main");
        let tries = dns_of(&seen.1, "main").iter().map(|(evidence, _)| evidence.sent).max();
        assert!(tries > Some(1), "it is slow enough to be asked again");
        assert_eq!(loss.truth, False, "{}", loss.because);
    });
}

fn forged(asked: &Received) -> Option<DnsAnswer> {
    (asked.name == "www.lab.example.")
        .then(|| answer(vec![record("www.lab.example.", "A", "203.0.113.66")]))
}

fn a_second_different_answer_is_a_fact() {
    play(async {
        let seen = seen(Way { before: forged, ..Way::default() }, 1).await;
        let doubled = fact(&seen, "dns.answer.doubled", "main");
        assert_eq!(doubled.truth, True, "{}", doubled.because);
        assert_eq!(doubled.measure.map(|it| it.value), Some(1.0));
        assert!(doubled.because.contains("www.lab.example. A"), "{}", doubled.because);
        let www = dns_of(&seen.1, "main").into_iter().find(|(_, dns)| dns.kind == "A").unwrap();
        let data = |answer: &DnsAnswer| answer.answers[0].data.to_string();
        assert_eq!(data(www.1.ending.answer().unwrap()), "203.0.113.66");
        assert_eq!(data(www.1.second.as_ref().unwrap()), "192.0.2.10");
        assert_eq!(fact(&seen, "dns.answer.doubled", "other").truth, False);
    });
}

fn copies_and_answers_to_two_tries_are_no_second_answer() {
    play(async {
        let same = |asked: &Received| zone(1)(asked);
        let seen = seen(Way { before: same, ..Way::default() }, 1).await;
        assert_eq!(fact(&seen, "dns.answer.doubled", "main").truth, False);
        let www = dns_of(&seen.1, "main").into_iter().find(|(_, dns)| dns.kind == "A").unwrap();
        assert_eq!((www.0.sent, www.1.heard), (1, 2), "both were heard");

        let mut cast = Cast::default();
        let slow = Way { late: BUDGET / 3, ..Way::default() };
        server(&mut cast, "192.0.2.1:53", slow, zone(1)).await;
        let mut estate = lab(json!({}));
        estate.zones[0].critical[0].name = "turn".into();
        let set = run(&estate, &sealed(cast.map.clone()), DNS).await;
        let turn = dns_of(&set, "main").into_iter().find(|(_, dns)| dns.kind == "A").unwrap();
        assert!(turn.0.sent > 1 && turn.1.heard > 1 && turn.1.second.is_none(), "{turn:?}");
    });
}

fn who_answers_is_asked_and_for_whom() {
    play(async {
        let mut cast = Cast::default();
        let named = |asked: &Received| {
            let nsid = asked.nsid.then(|| Remote::new("ams3"));
            let client_scope = asked.client_subnet.map(|_| 20);
            Some(DnsAnswer { nsid, client_scope, ..zone(1)(asked)? })
        };
        server(&mut cast, "192.0.2.1:53", Way::default(), Arc::new(named)).await;
        let count = server(&mut cast, "192.0.2.51:53", Way::default(), Arc::new(named)).await;
        let mut more = with_resolver();
        more["resolvers"][0]["client_subnet"] = json!("203.0.113.0/24");
        let set = run(&lab(more), &sealed(cast.map.clone()), DNS).await;
        let soa = dns_of(&set, "main").into_iter().find(|(_, dns)| dns.kind == "SOA").unwrap();
        assert_eq!(soa.1.ending.answer().unwrap().nsid, Some(Remote::new("ams3")));
        let www = dns_of(&set, "r").into_iter().find(|(_, dns)| dns.kind == "A").unwrap();
        assert_eq!(www.1.ending.answer().unwrap().client_scope, Some(20));
        assert_eq!(www.1.manner.client_subnet, "203.0.113.0/24".parse().ok());
        let asked = count.asked.lock().unwrap().clone();
        let subnets = asked.iter().filter(|it| it.client_subnet.is_some());
        assert!(
            subnets.clone().count() > 0 && subnets.clone().all(|it| it.kind == "A"),
            "{asked:?}"
        );
    });
}
