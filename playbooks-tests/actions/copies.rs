//! Whole copies of zones from services that cut, lie or leave out: a copy is whole, or there is none.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::host::Secrets;
use lifeboat::model::{
    DnsAnswer, DnsProvider, DnsProviderKind, DnsRecord, Ending, Estate, Gap, Inconclusive,
    Observation, ProbeKind, Remote, Zone, ZoneComparison, ZoneCopy, ZoneReference,
};
use lifeboat::net::Deadline;
use lifeboat::probe::{Against, probe_against};
use lifeboat::service::Field;
use lifeboat::service::dns::{Ability, CopyError, ability, copy};
use lifeboat::wire::dns::{
    Hash, Key, Query, decode_query, encode_answer, encode_query, read_zone_file, write_zone_file,
};
use nix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

use super::{field, play};
use crate::doors::servers::{Web, response};

pub fn trials() -> Vec<Trial> {
    trials![
        a_transfer_is_whole_or_no_copy,
        a_transfer_that_ends_early_or_is_not_signed_is_no_copy,
        every_message_of_a_transfer_is_covered_by_a_signature,
        pages_of_an_api_are_one_copy_or_none,
        record_sets_are_followed_page_by_page,
        pages_that_lead_nowhere_or_round_are_no_copy,
        a_look_holds_a_copy_against_git_or_says_nothing,
        who_gives_no_copy_says_so,
        ten_thousand_records_cost_ten_times_a_thousand,
    ]
}

const SECRET: &str = "c2VjcmV0LWNhbmFyeSsvJQ==";
const PLAIN: &str = "secret-canary+/%";

fn provider(document: Value) -> DnsProvider {
    serde_json::from_value(document).unwrap()
}

fn zone() -> Zone {
    serde_json::from_value(json!({"id": "z", "name": "zone.test", "delegated_to": ["own"]}))
        .unwrap()
}

fn copied(provider: &DnsProvider) -> Result<ZoneCopy, CopyError> {
    let field = Field { secrets: Secrets::fixed(SECRET), ..field() };
    play(copy(&field, provider, &zone(), Deadline::after(Duration::from_secs(5))))
}

fn record(name: &str, kind: &str, data: &str) -> DnsRecord {
    DnsRecord { name: name.into(), kind: kind.into(), ttl: 60, data: Remote::new(data) }
}

fn soa(serial: u32) -> DnsRecord {
    record("zone.test.", "SOA", &format!("ns.zone.test. host.zone.test. {serial} 1 2 3 4"))
}

fn ns() -> DnsRecord {
    record("zone.test.", "NS", "ns.zone.test.")
}

fn www() -> DnsRecord {
    record("www.zone.test.", "A", "192.0.2.1")
}

/// How a message of a transfer is signed.
#[derive(Clone, Copy)]
enum Seal {
    Right,
    /// With another secret.
    Wrong,
    /// Not at all.
    Bare,
}

/// Answers one transfer with messages of these records, and closes.
fn transferring(messages: Vec<(Vec<DnsRecord>, Seal)>) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let at = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut length = [0; 2];
        client.read_exact(&mut length).unwrap();
        let mut request = vec![0; usize::from(u16::from_be_bytes(length))];
        client.read_exact(&mut request).unwrap();
        let proof = key(PLAIN).check(&request, &[]).unwrap();
        let id = u16::from_be_bytes([request[0], request[1]]);
        let (mut last, mut unsigned) = (proof.mac, Vec::new());
        for (place, (records, seal)) in messages.into_iter().enumerate() {
            let bytes = message(id, records);
            let key = match seal {
                Seal::Right => key(PLAIN),
                Seal::Wrong => key("another-secret"),
                Seal::Bare => {
                    unsigned.extend(&bytes);
                    send(&mut client, &bytes);
                    continue;
                }
            };
            let signed = match place {
                0 => key.sign_reply(&bytes, &last, proof.time),
                _ => key.sign_next(&bytes, &unsigned, &last, proof.time),
            };
            (last, unsigned) = (signed.mac, Vec::new());
            send(&mut client, &signed.bytes);
        }
    });
    at
}

fn key(secret: &str) -> Key {
    Key::new("lab-key", Hash::Sha256, secret.as_bytes().to_vec().into()).unwrap()
}

fn message(id: u16, answers: Vec<DnsRecord>) -> Vec<u8> {
    let query = encode_query(id, &Query::to_authority("zone.test.", "AXFR")).unwrap();
    let answer = DnsAnswer { rcode: "NOERROR".into(), aa: true, answers, ..DnsAnswer::default() };
    encode_answer(&decode_query(&query).unwrap(), &answer, 65_000).unwrap()
}

/// Whoever is asked may have heard enough.
fn send(client: &mut TcpStream, bytes: &[u8]) {
    let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    let _ = client.write_all(&[&length[..], bytes].concat());
}

fn transferred(records: Vec<DnsRecord>, signed: bool) -> Result<ZoneCopy, CopyError> {
    transferred_in(vec![(records, if signed { Seal::Right } else { Seal::Bare })])
}

fn transferred_in(messages: Vec<(Vec<DnsRecord>, Seal)>) -> Result<ZoneCopy, CopyError> {
    let tsig = json!({"name": "lab-key", "algorithm": "hmac-sha256", "secret": {"env": "KEY"}});
    let server = transferring(messages).to_string();
    copied(&provider(
        json!({"id": "own", "kind": "rfc2136", "server": server, "tsig": tsig, "nameservers": []}),
    ))
}

fn a_transfer_is_whole_or_no_copy() {
    let copy = transferred(vec![soa(7), ns(), www(), soa(7)], true).unwrap();
    let kinds: Vec<&str> = copy.sets.iter().map(|set| &*set.kind).collect();
    assert_eq!((kinds, copy.serial()), (vec!["SOA", "NS", "A"], Some(7)));
    for (records, says) in [
        (vec![soa(7), soa(7)], "there is nothing in it"),
        (vec![soa(7), www(), soa(7)], "no NS record at the top"),
        (vec![soa(7), ns(), www(), soa(8)], "the zone changed meanwhile"),
        (vec![ns(), soa(7), www(), soa(7)], "begin and end with the zone's SOA"),
        (vec![soa(7), ns(), soa(7), www()], "begin and end with the zone's SOA"),
        (
            vec![soa(7), ns(), record("www.other.test.", "A", "192.0.2.1"), soa(7)],
            "does not lie in the zone",
        ),
    ] {
        let error = transferred(records, true).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

fn a_transfer_that_ends_early_or_is_not_signed_is_no_copy() {
    for (records, says) in [
        (vec![soa(7), ns(), www()], "the peer closed the connection early"),
        (vec![soa(7)], "the peer closed the connection early"),
        (vec![], "the peer closed the connection early"),
    ] {
        let error = transferred(records, true).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    let error = transferred(vec![soa(7), ns(), www(), soa(7)], false).unwrap_err();
    assert!(error.to_string().contains("without a signature"), "{error}");
}

fn every_message_of_a_transfer_is_covered_by_a_signature() {
    use Seal::{Bare, Right, Wrong};
    // The zone's top, one address in so many messages, and its end.
    let of = |count: usize, middle: Seal, last: Seal| {
        let names = (0..count).map(|n| record(&format!("n{n}.zone.test."), "A", "192.0.2.1"));
        let mut messages = vec![(vec![soa(7), ns()], Right)];
        messages.extend(names.map(|name| (vec![name], middle)));
        messages.push((vec![soa(7)], last));
        transferred_in(messages)
    };
    assert_eq!(of(3, Right, Right).unwrap().sets.len(), 5);
    assert_eq!(of(99, Bare, Right).unwrap().sets.len(), 101);
    for (count, middle, last, says) in [
        (3, Bare, Bare, "the peer closed the connection early"),
        (3, Bare, Wrong, "without a signature"),
        (1, Wrong, Right, "without a signature"),
        (100, Bare, Right, "without a signature"),
    ] {
        let error = of(count, middle, last).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

/// Cloudflare's listing of 1,200 records in pages, as `page` makes them.
fn listed(page: fn(usize) -> Value) -> Result<ZoneCopy, CopyError> {
    let field = field();
    play(async {
        let web = Web::start(move |request| {
            let number = request.split_once("?page=").and_then(|(_, rest)| rest.split('&').next());
            let Some(number) = number else {
                let zone = json!({"success": true, "result": {"id": "abc", "name": "zone.test"}});
                return response("200 OK", "", zone.to_string().as_bytes());
            };
            let number: usize = number.parse().unwrap();
            response("200 OK", "", page(number).to_string().as_bytes())
        });
        let web = web.await;
        let api = format!("http://{}/client/v4", web.address);
        let provider =
            provider(json!({"id": "own", "kind": "cloudflare", "api": api, "zone_id": "abc",
            "credential": {"env": "KEY"}, "nameservers": []}));
        copy(&field, &provider, &zone(), Deadline::after(Duration::from_secs(5))).await
    })
}

fn page(number: usize, total: usize, least: usize) -> Value {
    let first = (number - 1) * 500;
    let records = (first..(first + 500).min(least)).map(|n| {
        json!({"type": "A", "name": format!("n{n}.zone.test"), "content": "192.0.2.1", "ttl": 60, "proxied": false})
    });
    json!({"success": true, "result": records.collect::<Vec<_>>(), "result_info": {"total_count": total}})
}

fn pages_of_an_api_are_one_copy_or_none() {
    assert_eq!(listed(|number| page(number, 1_200, 1_200)).unwrap().sets.len(), 1_200);
    for (pages, says) in [
        ((|number| page(number, 1_200, 900)) as fn(usize) -> Value, "it lists 900 records"),
        (|number| page(number, 1_200 + number, 1_200), "changed while they were read"),
        (|_| json!({"success": true, "result": []}), "says no total"),
        (
            |_| json!({"success": true, "result": [], "result_info": {"total_count": 0}}),
            "there is nothing in it",
        ),
        (|_| json!({"result": [], "result_info": {"total_count": 0}}), "does not say"),
    ] {
        let error = listed(pages).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

fn record_sets_are_followed_page_by_page() {
    let field = field();
    let copy = play(async {
        let web = Web::start(|request| {
            let set = |name: &str| json!([{"name": format!("{name}.zone.test."), "type": "A", "ttl": 60, "records": ["192.0.2.1"]}]);
            if request.contains("?cursor=next ") {
                return response("200 OK", "", set("b").to_string().as_bytes());
            }
            assert!(request.contains("?cursor= "), "{request}");
            let link = "Link: <https://elsewhere.test/?cursor=next>; rel=\"next\"\r\n";
            response("200 OK", link, set("a").to_string().as_bytes())
        });
        let web = web.await;
        let api = format!("http://{}/api/v1", web.address);
        let provider = provider(
            json!({"id": "own", "kind": "desec", "api": api, "credential": {"env": "KEY"}, "nameservers": []}),
        );
        copy(&field, &provider, &zone(), Deadline::after(Duration::from_secs(5))).await
    });
    let names: Vec<String> = copy.unwrap().sets.into_iter().map(|set| set.name).collect();
    assert_eq!(names, ["a.zone.test.", "b.zone.test."]);
}

/// A provider at deSEC whose API says on each page what `page` makes of the request.
fn at_desec(page: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> (Web, DnsProvider) {
    let web = Web::on(TcpListener::bind(("127.0.0.1", 0)).unwrap(), page);
    let api = format!("http://{}/api/v1", web.address);
    let own = json!({"id": "own", "kind": "desec", "api": api, "credential": {"env": "KEY"}, "nameservers": []});
    (web, provider(own))
}

fn pages_that_lead_nowhere_or_round_are_no_copy() {
    let set = json!({"name": "a.zone.test.", "type": "A", "ttl": 60, "records": ["192.0.2.1"]});
    let bare = json!([{"name": "a.zone.test.", "type": "A", "ttl": 60}]).to_string();
    for (link, body, says) in [
        ("", json!([set]).to_string(), ""),
        ("<https://d.test/?page=2>; rel=\"next\"", json!([set]).to_string(), "cannot be read"),
        ("<https://d.test/?cursor=a/b>; rel=next", json!([set]).to_string(), "cannot be read"),
        ("<https://d.test/?cursor=CURSOR>; rel=\"next\"", json!([set]).to_string(), "in a circle"),
        ("", bare, "a record set of its is cut short"),
        ("", json!({"results": [set]}).to_string(), "a page of its record sets is cut short"),
    ] {
        // Every other page leads to the other one.
        let (_web, own) = at_desec(move |request| {
            let other = if request.contains("?cursor=one ") { "two" } else { "one" };
            let link = link.replace("CURSOR", other);
            let link = if link.is_empty() { link } else { format!("Link: {link}\r\n") };
            response("200 OK", &link, body.as_bytes())
        });
        let found = play(copy(&field(), &own, &zone(), Deadline::after(Duration::from_secs(5))));
        match found {
            Ok(copy) => assert_eq!((copy.sets.len(), says), (1, "")),
            Err(error) => assert!(!says.is_empty() && error.to_string().contains(says), "{error}"),
        }
    }
}

/// Looks at the copy of a zone at deSEC, held against one that PowerDNS gave.
fn looked(status: &'static str, body: &Value) -> Ending<ZoneComparison> {
    let body = body.to_string();
    let (_web, own) = at_desec(move |_| response(status, "", body.as_bytes()));
    let estate = json!({
        "schema": "lifeboat/estate/v1", "id": "trial",
        "dns_providers": [own, {"id": "git", "kind": "powerdns", "nameservers": []}],
        "zones": [{"id": "z", "name": "zone.test", "delegated_to": ["own"]}],
    });
    let estate: Estate = serde_json::from_value(estate).unwrap();
    let text = "zone.test. 60 IN NS ns.zone.test.\nzone.test. 60 IN CNAME flat.test.\n";
    let read = || read_zone_file("zone.test", text).map_err(|fault| fault.to_string());
    let references = vec![ZoneReference::new("z".into(), "git".into(), read)];
    let against = Against { references, ..Against::default() };
    let until = Deadline::after(Duration::from_secs(20));
    let set = play(probe_against(&against, &estate, &field(), &[ProbeKind::Dns], None, until));
    let mut copies = set.evidence.into_iter().filter_map(|evidence| match evidence.observation {
        Observation::Copy(copy) => Some(copy.ending),
        _ => None,
    });
    copies.next().unwrap()
}

fn a_look_holds_a_copy_against_git_or_says_nothing() {
    let set = |kind: &str, data: &str| json!({"name": "zone.test.", "type": kind, "ttl": 60, "records": [data]});
    let alike = json!([set("NS", "ns.zone.test."), set("CNAME", "flat.test.")]);
    let Ending::Answered(found) = looked("200 OK", &alike) else { panic!("no copy") };
    // An alias at the top means something to servers of its own kind alone.
    let gaps: Vec<_> = found.gaps.iter().map(|it| (it.kind.as_str(), it.gap)).collect();
    assert_eq!((found.alike, gaps), (1, vec![("CNAME", Gap::Apart)]));
    for (status, body) in [("500 Oops", &alike), ("200 OK", &json!([])), ("200 OK", &json!({}))] {
        let found = looked(status, body);
        let unknown = matches!(found, Ending::Inconclusive(Inconclusive::NotAvailable(_)));
        assert!(unknown, "{status} {body}: {found:?}");
    }
}

fn who_gives_no_copy_says_so() {
    assert!(matches!(ability(DnsProviderKind::Unmanaged), Ability::None(_)));
    let unmanaged = provider(json!({"id": "own", "kind": "unmanaged", "nameservers": []}));
    let error = copied(&unmanaged).unwrap_err();
    assert!(error.is_never() && error.to_string().starts_with("`own` gives no copy: "), "{error}");
}

/// Reads, writes and compares a zone of so many records, and returns the time of the processor that this took.
fn effort(records: usize) -> Duration {
    let text: String =
        (0..records).map(|n| format!("n{n}.zone.test. 60 IN A 192.0.2.{}\n", n % 250)).collect();
    let now = || Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap());
    let once = |_| {
        let before = now();
        let copy = read_zone_file("zone.test", &text).unwrap();
        let again = read_zone_file("zone.test", &write_zone_file(&copy, &[])).unwrap();
        assert_eq!(copy.sets.len(), records);
        let own = "own".into();
        assert!(zone().compare((&own, &copy), (&own, &again), true).agrees());
        assert!(copy.differences(&again).is_empty());
        now() - before
    };
    (0..3).map(once).min().unwrap()
}

fn ten_thousand_records_cost_ten_times_a_thousand() {
    let (small, large) = (effort(1_000), effort(10_000));
    eprintln!("1,000 records: {small:?}, 10,000: {large:?}");
    assert!(large <= small * 20 + Duration::from_millis(50), "{small:?}, {large:?}");
}
