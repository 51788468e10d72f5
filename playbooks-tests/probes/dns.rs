//! Authorities, resolvers and parents.

use std::sync::Arc;

use libtest_mimic::Trial;
use lifeboat::model::{
    DnsAnswer, DnsRole, DnsTransport, Ending, EvidenceSet, Inconclusive, Observation, ProbeKind,
};
use lifeboat::net::{Deadline, Stopwatch};
use lifeboat::probe::probe;
use lifeboat::wire::dns::Received;
use serde_json::{Value, json};

use super::servers::{Cast, answer, code, healthy, record};
use super::{BUDGET, TRIES, dns_of, estate, play, run, sealed, server_of, word};

pub fn trials() -> Vec<Trial> {
    trials![
        authorities_are_told_apart,
        a_silent_server_gets_every_try_of_every_question,
        an_answer_that_was_cut_is_asked_for_again_over_tcp,
        a_server_that_knows_no_options_is_asked_without_them,
        nonsense_is_malformed_and_hides_no_answer,
        resolvers_are_asked_for_our_names_and_for_another,
        a_drill_plays_encrypted_transports_in_the_clear,
        a_parent_that_the_estate_names_is_asked,
        a_parent_is_found_through_the_resolvers,
        a_parent_that_leads_inside_is_not_asked,
        nobody_to_ask_is_inconclusive,
        silent_resolvers_leave_the_parent_unknown_within_the_budget,
        what_a_drill_does_not_have_is_unreachable,
        a_deadline_that_has_passed_is_inconclusive,
        silence_until_a_hurried_deadline_is_no_finding,
        one_place_asks_everything_within_one_budget,
    ]
}

const DNS: &[ProbeKind] = &[ProbeKind::Dns];

/// An estate with one zone at one provider that has the given servers.
fn with_servers(addresses: &[&str], more: Value) -> lifeboat::model::Estate {
    let servers: Vec<Value> = addresses
        .iter()
        .enumerate()
        .map(|(n, address)| json!({ "name": format!("ns{}.lab.example.", n + 1), "addresses": [address] }))
        .collect();
    let mut sections = json!({
        "dns_providers": [{ "id": "main", "kind": "unmanaged", "nameservers": servers }],
        "zones": [{ "id": "z", "name": "lab.example.", "delegated_to": ["main"],
                    "critical": [{ "name": "www", "type": "A", "expect": ["192.0.2.10"] }] }],
    });
    sections.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    estate(sections)
}

/// Returns how each question about a subject to one server ended, as `TYPE transport: ending`.
fn endings(set: &EvidenceSet, subject: &str, server: &str) -> Vec<String> {
    let usual = dns_of(set, subject).into_iter().filter(|(_, dns)| dns.manner.is_usual());
    let dns = usual.filter(|(_, dns)| server_of(&dns.role) == server);
    dns.map(|(_, dns)| format!("{} {:?}: {}", dns.kind, dns.transport, word(&dns.ending))).collect()
}

fn every(ending: &str) -> Vec<String> {
    ["SOA Udp", "NS Udp", "DNSKEY Udp", "A Udp", "SOA Tcp", "DNSKEY Tcp"]
        .map(|question| format!("{question}: {ending}"))
        .to_vec()
}

fn authorities_are_told_apart() {
    play(async {
        let mut cast = Cast::default();
        let good = cast.name_server("192.0.2.1:53", healthy()).await;
        cast.refusing("192.0.2.2:53");
        cast.name_server("192.0.2.3:5301", Arc::new(|_| Some(code("REFUSED")))).await;
        cast.silent("[2001:db8::4]:53").await;
        let servers = ["192.0.2.1", "192.0.2.2", "192.0.2.3:5301", "2001:db8::4"];
        let set = run(&with_servers(&servers, json!({})), &sealed(cast.map.clone()), DNS).await;
        assert_eq!(endings(&set, "main", "ns1.lab.example."), every("NOERROR"));
        assert_eq!(endings(&set, "main", "ns2.lab.example."), every("Refused"));
        assert_eq!(endings(&set, "main", "ns3.lab.example."), every("REFUSED"));
        assert_eq!(endings(&set, "main", "ns4.lab.example."), every("TimedOut"));
        let asked = good.asked.lock().unwrap().clone();
        assert!(asked.iter().all(|asked| !asked.recursion && asked.payload == Some(1232)));
        let www = dns_of(&set, "main").into_iter().find(|(_, dns)| dns.kind == "A").unwrap();
        assert_eq!((www.1.name.as_str(), www.0.sent), ("www.lab.example.", 1));
        assert_eq!(www.1.server, "192.0.2.1:53".parse().unwrap());
        assert_eq!(www.1.ending.answer().unwrap().answers[0].data, "192.0.2.10");
    });
}

fn a_silent_server_gets_every_try_of_every_question() {
    play(async {
        let mut cast = Cast::default();
        let silent = cast.silent("192.0.2.1:53").await;
        let (watch, map) = (Stopwatch::start(), cast.map.clone());
        let set = run(&with_servers(&["192.0.2.1"], json!({})), &sealed(map), DNS).await;
        assert_eq!(
            (silent.udp(), silent.tcp()),
            (6 * TRIES, 2),
            "SOA without EDNS and without signatures as well"
        );
        for (evidence, dns) in dns_of(&set, "main") {
            let tries = if dns.transport == DnsTransport::Udp { TRIES } else { 1 };
            assert_eq!(evidence.sent as usize, tries, "{} {:?}", dns.kind, dns.transport);
        }
        assert!(watch.took() >= BUDGET && watch.took() < BUDGET * 3, "{:?}", watch.took());
    });
}

fn an_answer_that_was_cut_is_asked_for_again_over_tcp() {
    play(async {
        let mut cast = Cast::default();
        let long = |asked: &Received| {
            let many = (0..200).map(|n| record(&asked.name, "A", &format!("192.0.2.{n}")));
            Some(answer(if asked.kind == "A" { many.collect() } else { Vec::new() }))
        };
        let count = cast.name_server("192.0.2.1:53", Arc::new(long)).await;
        let map = cast.map.clone();
        let set = run(&with_servers(&["192.0.2.1"], json!({})), &sealed(map), DNS).await;
        let long: Vec<_> =
            dns_of(&set, "main").into_iter().filter(|(_, dns)| dns.kind == "A").collect();
        let told = |at: usize| (long[at].1.transport, long[at].1.ending.answer().unwrap().tc);
        assert_eq!((told(0), told(1)), ((DnsTransport::Udp, true), (DnsTransport::Tcp, false)));
        assert_eq!(long[1].1.ending.answer().unwrap().answers.len(), 200);
        assert_eq!(count.tcp(), 3, "SOA, DNSKEY, and the long answer");
    });
}

fn a_server_that_knows_no_options_is_asked_without_them() {
    play(async {
        let mut cast = Cast::default();
        let old = |asked: &Received| match asked.payload {
            Some(_) => Some(code("FORMERR")),
            None => healthy()(asked),
        };
        cast.name_server("192.0.2.1:53", Arc::new(old)).await;
        let map = cast.map.clone();
        let set = run(&with_servers(&["192.0.2.1"], json!({})), &sealed(map), DNS).await;
        assert_eq!(endings(&set, "main", "ns1.lab.example."), every("NOERROR"));
        assert!(dns_of(&set, "main").iter().all(|(evidence, _)| evidence.sent == 2));
    });
}

fn nonsense_is_malformed_and_hides_no_answer() {
    play(async {
        let mut cast = Cast::default();
        cast.babbling("192.0.2.1:53", b"no DNS at all").await;
        cast.babbling("192.0.2.2:53", b"").await;
        let servers = ["192.0.2.1", "192.0.2.2"];
        let set = run(&with_servers(&servers, json!({})), &sealed(cast.map.clone()), DNS).await;
        for server in ["ns1.lab.example.", "ns2.lab.example."] {
            let udp = endings(&set, "main", server);
            assert!(udp[..4].iter().all(|line| line.ends_with("malformed")), "{udp:?}");
        }
    });
}

const RESOLVERS: &str = "resolvers";

fn resolvers(addresses: &[&str], transports: &[&str]) -> Value {
    let one = |(n, address): (usize, &&str)| json!({ "id": format!("r{}", n + 1), "address": address, "transports": transports });
    json!(addresses.iter().enumerate().map(one).collect::<Vec<_>>())
}

/// Returns how each question to a resolver ended: `zone or -, name, type, transport, ending`.
fn resolved(set: &EvidenceSet, id: &str) -> Vec<String> {
    let line = |dns: &lifeboat::model::DnsObservation| {
        let DnsRole::Resolver { zone } = &dns.role else { panic!("{:?}", dns.role) };
        let zone = zone.as_ref().map_or("-", |zone| zone.as_str());
        format!("{zone} {} {} {:?} {}", dns.name, dns.kind, dns.transport, word(&dns.ending))
    };
    let usual = dns_of(set, id).into_iter().filter(|(_, dns)| dns.manner.is_usual());
    usual.map(|(_, dns)| line(dns)).collect()
}

fn resolvers_are_asked_for_our_names_and_for_another() {
    play(async {
        let mut cast = Cast::default();
        let good = cast.name_server("192.0.2.51:53", healthy()).await;
        cast.silent("192.0.2.52:53").await;
        let control = cast.name_server("198.51.100.9:53", healthy()).await;
        let estate = with_servers(
            &[],
            json!({ RESOLVERS: resolvers(&["192.0.2.51", "192.0.2.52"], &["udp", "tcp"]),
                    "controls": [{ "id": "c", "kind": "dns", "address": "198.51.100.9",
                                   "name": "example.", "type": "SOA" }] }),
        );
        let set = run(&estate, &sealed(cast.map.clone()), DNS).await;
        let lines = |ending: &str| {
            ["- example. SOA Udp", "z www.lab.example. A Udp", "- example. SOA Tcp"]
                .map(|line| format!("{line} {ending}"))
        };
        assert_eq!(resolved(&set, "r1"), lines("NOERROR"));
        assert_eq!(resolved(&set, "r2"), lines("TimedOut"));
        let asked = good.asked.lock().unwrap().clone();
        let held: Vec<_> = asked.iter().filter(|asked| !asked.recursion).collect();
        let [held] = &held[..] else { panic!("{asked:?}") };
        assert_eq!(
            (held.name.as_str(), held.kind.as_str()),
            ("lab.example.", "NS"),
            "what it holds"
        );
        let asked = dns_of(&set, "c");
        assert_eq!((asked.len(), &asked[0].1.role), (1, &DnsRole::Control));
        assert_eq!((word(&asked[0].1.ending).as_str(), control.udp()), ("NOERROR", 1));
    });
}

/// Nobody holds the certificate of somebody else's name: a sealed door does without, and reaches loopback alone.
fn a_drill_plays_encrypted_transports_in_the_clear() {
    play(async {
        let mut cast = Cast::default();
        let plain = cast.name_server("192.0.2.51:53", healthy()).await;
        let dot = cast.name_server("192.0.2.51:853", healthy()).await;
        let estate = with_servers(
            &[],
            json!({ RESOLVERS: resolvers(&["192.0.2.51"], &["doh", "dot", "tcp"]) }),
        );
        let set = run(&estate, &sealed(cast.map.clone()), DNS).await;
        assert_eq!(
            resolved(&set, "r1"),
            [
                "- . NS Tcp NOERROR",
                "z www.lab.example. A Tcp NOERROR",
                "- . NS Dot NOERROR",
                "- . NS Doh Unreachable",
            ]
        );
        assert_eq!((dot.tcp(), plain.udp()), (1, 0));
    });
}

/// A parent that delegates `lab.example.` and has no DS for it.
fn parent(asked: &Received) -> Option<DnsAnswer> {
    let referral = DnsAnswer {
        rcode: "NOERROR".into(),
        authority: vec![record("lab.example.", "NS", "ns1.lab.example.")],
        additional: vec![record("ns1.lab.example.", "A", "192.0.2.1")],
        ..DnsAnswer::default()
    };
    Some(if asked.kind == "NS" { referral } else { answer(Vec::new()) })
}

fn delegations(set: &EvidenceSet) -> Vec<String> {
    let dns = dns_of(set, "z").into_iter();
    let parents = dns.filter(|(_, dns)| matches!(dns.role, DnsRole::Parent { .. }));
    parents
        .map(|(_, dns)| {
            let server = server_of(&dns.role);
            format!("{server} {} {:?} {}", dns.kind, dns.transport, word(&dns.ending))
        })
        .collect()
}

fn a_parent_that_the_estate_names_is_asked() {
    play(async {
        let mut cast = Cast::default();
        let count = cast.name_server("192.0.2.7:53", Arc::new(parent)).await;
        cast.silent("192.0.2.8:53").await;
        let mut estate = with_servers(
            &[],
            json!({ "registrars": [{ "id": "reg", "kind": "manual", "nameservers": [
                { "name": "a.example.", "addresses": ["192.0.2.7", "192.0.2.8"] }] }] }),
        );
        estate.zones[0].registrar = Some("reg".into());
        let set = run(&estate, &sealed(cast.map.clone()), DNS).await;
        let lines = |ending: &str| {
            ["NS Udp", "DS Udp", "NS Tcp", "DS Tcp"].map(|q| format!("a.example. {q} {ending}"))
        };
        assert_eq!(delegations(&set), [lines("NOERROR"), lines("TimedOut")].concat());
        let asked = count.asked.lock().unwrap().clone();
        assert!(asked.iter().all(|asked| !asked.recursion && asked.name == "lab.example."));
    });
}

/// A resolver that knows the servers of `example.` at the given address.
fn knowing(address: &'static str) -> super::servers::Answer {
    Arc::new(move |asked: &Received| {
        Some(match (asked.name.as_str(), asked.kind.as_str()) {
            ("example.", "NS") => answer(vec![record("example.", "NS", "a.nic.example.")]),
            ("a.nic.example.", "A") => answer(vec![record("a.nic.example.", "A", address)]),
            _ => answer(Vec::new()),
        })
    })
}

fn a_parent_is_found_through_the_resolvers() {
    play(async {
        let mut cast = Cast::default();
        cast.name_server("192.0.2.51:53", knowing("192.0.2.7")).await;
        cast.silent("192.0.2.52:53").await;
        cast.name_server("192.0.2.7:53", Arc::new(parent)).await;
        let addresses = ["192.0.2.52", "192.0.2.51"];
        let estate = with_servers(&[], json!({ RESOLVERS: resolvers(&addresses, &["udp"]) }));
        let set = run(&estate, &sealed(cast.map.clone()), DNS).await;
        let lines =
            ["NS Udp", "DS Udp", "NS Tcp", "DS Tcp"].map(|q| format!("a.nic.example. {q} NOERROR"));
        assert_eq!(delegations(&set), lines);
        let (_, ns) = dns_of(&set, "z")[0];
        assert_eq!(ns.ending.answer().unwrap().authority[0].data, "ns1.lab.example.");
    });
}

fn a_parent_that_leads_inside_is_not_asked() {
    play(async {
        let mut cast = Cast::default();
        cast.name_server("192.0.2.51:53", knowing("10.0.0.7")).await;
        let inside = cast.name_server("10.0.0.7:53", Arc::new(parent)).await;
        let estate = with_servers(&[], json!({ RESOLVERS: resolvers(&["192.0.2.51"], &["udp"]) }));
        let set = run(&estate, &sealed(cast.map.clone()), DNS).await;
        let all = dns_of(&set, "z");
        let refused = |ending: &Ending<DnsAnswer>| {
            matches!(ending, Ending::Inconclusive(Inconclusive::NotAdmitted(_)))
        };
        assert!(all.len() == 4 && all.iter().all(|(_, dns)| refused(&dns.ending)), "{all:?}");
        assert_eq!(inside.udp() + inside.tcp(), 0);
    });
}

fn nobody_to_ask_is_inconclusive() {
    play(async {
        let set = run(&with_servers(&[], json!({})), &sealed(Cast::default().map), DNS).await;
        assert_eq!(
            delegations(&set),
            [
                "example. NS Udp NoAddress(\"no address of a server of the parent `example.` is known\")"
            ]
        );
    });
}

fn silent_resolvers_leave_the_parent_unknown_within_the_budget() {
    play(async {
        let mut cast = Cast::default();
        cast.silent("192.0.2.51:53").await;
        let estate = with_servers(&[], json!({ RESOLVERS: resolvers(&["192.0.2.51"], &["udp"]) }));
        let watch = Stopwatch::start();
        let set = run(&estate, &sealed(cast.map.clone()), DNS).await;
        assert!(watch.took() < BUDGET * 2, "{:?}", watch.took());
        let all = dns_of(&set, "z");
        assert!(word(&all[0].1.ending).starts_with("NoAddress"), "{all:?}");
    });
}

fn what_a_drill_does_not_have_is_unreachable() {
    play(async {
        let estate = with_servers(&["192.0.2.1"], json!({}));
        let set = run(&estate, &sealed(Cast::default().map), DNS).await;
        assert_eq!(endings(&set, "main", "ns1.lab.example."), every("Unreachable"));
    });
}

fn a_deadline_that_has_passed_is_inconclusive() {
    play(async {
        let mut cast = Cast::default();
        let count = cast.silent("192.0.2.1:53").await;
        let estate = with_servers(&["192.0.2.1"], json!({}));
        let now = Deadline::after(std::time::Duration::ZERO);
        let set = probe(&estate, &sealed(cast.map.clone()), DNS, None, now).await;
        assert_eq!(endings(&set, "main", "ns1.lab.example."), every("Deadline"));
        assert_eq!(count.udp(), 0);
    });
}

fn silence_until_a_hurried_deadline_is_no_finding() {
    play(async {
        let mut cast = Cast::default();
        cast.silent("192.0.2.1:53").await;
        cast.refusing("192.0.2.2:53");
        let estate = with_servers(&["192.0.2.1", "192.0.2.2"], json!({}));
        let soon = Deadline::after(BUDGET / 2);
        let set = probe(&estate, &sealed(cast.map.clone()), DNS, None, soon).await;
        assert_eq!(endings(&set, "main", "ns1.lab.example."), every("Deadline"));
        assert_eq!(endings(&set, "main", "ns2.lab.example."), every("Refused"));
    });
}

fn one_place_asks_everything_within_one_budget() {
    play(async {
        let mut cast = Cast::default();
        let servers: Vec<String> = (1..=6).map(|n| format!("192.0.2.{n}")).collect();
        let mut counts = Vec::new();
        for server in &servers {
            counts.push(cast.silent(&format!("{server}:53")).await);
        }
        for n in 51..=60 {
            cast.silent(&format!("192.0.2.{n}:53")).await;
        }
        let slow: Vec<String> = (51..=60).map(|n| format!("192.0.2.{n}")).collect();
        let refs = |list: &'static [String]| list.iter().map(String::as_str).collect::<Vec<_>>();
        let (servers, slow) = (refs(servers.leak()), refs(slow.leak()));
        let estate =
            with_servers(&servers, json!({ RESOLVERS: resolvers(&slow, &["udp", "tcp"]) }));
        let watch = Stopwatch::start();
        let set = run(&estate, &sealed(cast.map.clone()), DNS).await;
        assert!(watch.took() < BUDGET * 3, "{:?}", watch.took());
        assert!(counts.iter().all(|count| count.udp() == 6 * TRIES && count.tcp() == 2));
        let nothing = |observation: &Observation| match observation {
            Observation::Dns(dns) => dns.ending.answer().is_none(),
            _ => true,
        };
        assert!(set.evidence.iter().all(|evidence| nothing(&evidence.observation)));
    });
}
