//! Name servers written by signed DNS UPDATE, through the service: one contract for Knot, BIND and PowerDNS.

use super::lab::Lab;
use super::planning::{field, field as field_of, play};
use super::updated::{TEXT, Updated, ZONE};
use libtest_mimic::Trial;
use lifeboat::model::{RrContent, RrKey, Rrset, Sent, Value};
use lifeboat::service::dns::rfc2136::{read, said, write};
use std::time::Duration;

/// Returns the trials of the service.
pub fn trials() -> Vec<Trial> {
    trials![
        what_is_read_is_what_the_server_holds,
        every_change_and_its_undo_is_one_update_and_exact,
        a4_a_condition_keeps_a_third_value,
        twice_is_once,
        what_a_server_leaves_out_is_not_called_done,
        glue_that_no_answer_shows_is_read_out_of_a_transfer,
    ]
}

const SOON: Duration = Duration::from_secs(10);
fn key(name: &str, kind: &str) -> RrKey {
    RrKey { name: name.to_owned(), kind: kind.to_owned() }
}

fn set(name: &str, kind: &str, ttl: u32, data: &[&str]) -> Rrset {
    let record =
        |data: &&str| RrContent { content: (*data).to_owned(), disabled: false, beside: None };
    let mut records: Vec<RrContent> = data.iter().map(record).collect();
    records.sort();
    Rrset { key: key(name, kind), ttl, records, comments: Vec::new() }
}

fn keys(sets: &[Rrset]) -> Vec<RrKey> {
    sets.iter().map(|set| set.key.clone()).collect()
}

/// Every record set of the zone but its SOA, and one that is not there.
fn all() -> Vec<Rrset> {
    vec![
        set("zone.test.", "NS", 60, &["ns.zone.test.", "ns2.other.test."]),
        set("zone.test.", "MX", 60, &["10 mail.zone.test."]),
        set("zone.test.", "CAA", 60, &["0 issue \"ca.example; account=7\""]),
        set("ns.zone.test.", "AAAA", 60, &["2001:db8::53"]),
        set("www.zone.test.", "A", 30, &["192.0.2.9", "192.0.2.1"]),
        set("text.zone.test.", "TXT", 60, &["\"hello there\" \"a\\\"b\\\\c\""]),
        set("alias.zone.test.", "CNAME", 47, &["www.zone.test."]),
        set("_x._tcp.zone.test.", "SRV", 60, &["1 2 443 www.zone.test."]),
        set("odd.zone.test.", "TYPE65280", 60, &["\\# 3 0a0b0c"]),
        set("child.zone.test.", "NS", 60, &["ns1.child.zone.test.", "ns.elsewhere.test."]),
        set("ns1.child.zone.test.", "A", 90, &["192.0.2.77"]),
        set("none.zone.test.", "A", 0, &[]),
        set("www.zone.test.", "TXT", 0, &[]),
        set("alias.zone.test.", "A", 0, &[]),
        set("ns1.child.zone.test.", "AAAA", 0, &[]),
    ]
}

fn what_is_read_is_what_the_server_holds() {
    let lab = Lab::new();
    for it in Updated::all(&lab, &[(ZONE, TEXT)], &["update"]) {
        let (server, field) = (it.server(&lab, &it.key, None), field(&lab));
        let found = play(read(&field, &server, ZONE, &keys(&all()), SOON)).unwrap();
        for (found, wanted) in found.iter().zip(all()) {
            assert_eq!(*found, wanted, "{}", it.name);
        }
        // What was read is taken as a condition, word by word, and as an edit elsewhere.
        let copy = |set: &Rrset| {
            let key = key(&set.key.name.replace("zone.test.", "copy.zone.test."), &set.key.kind);
            Rrset { key, ..set.clone() }
        };
        // PowerDNS updates only types that it has a name for (FORMERR).
        let takes = |set: &&Rrset| it.name != "powerdns" || !set.key.kind.starts_with("TYPE");
        let copies: Vec<Rrset> =
            found.iter().filter(|set| !set.records.is_empty()).filter(takes).map(copy).collect();
        let nothing: Vec<Rrset> =
            copies.iter().map(|set| Rrset { ttl: 0, records: Vec::new(), ..set.clone() }).collect();
        let (before, after) = ([found.clone(), nothing].concat(), [found, copies.clone()].concat());
        let sent = play(write(&field, &server, ZONE, (&before, &after), SOON));
        assert_eq!(sent, Sent::Written, "{}", it.name);
        it.took(1);
        eprintln!(
            "{}: {} record sets read, {} of them copied",
            it.name,
            before.len(),
            copies.len()
        );
    }
}

/// A change of the trial's zone, by name.
fn changes() -> Vec<(&'static str, Vec<Rrset>)> {
    vec![
        (
            "other data, another TTL",
            vec![set("www.zone.test.", "A", 45, &["192.0.2.2", "192.0.2.1"])],
        ),
        ("another TTL alone", vec![set("www.zone.test.", "A", 77, &["192.0.2.9", "192.0.2.1"])]),
        ("made", vec![set("new.zone.test.", "TXT", 5, &["\"new\""])]),
        ("taken away", vec![set("text.zone.test.", "TXT", 0, &[])]),
        (
            "several at once",
            vec![
                set("www.zone.test.", "A", 30, &["192.0.2.2"]),
                set("new.zone.test.", "A", 30, &["192.0.2.3"]),
                set("text.zone.test.", "TXT", 0, &[]),
            ],
        ),
        (
            "an alias becomes an address",
            vec![
                set("alias.zone.test.", "A", 50, &["192.0.2.5"]),
                set("alias.zone.test.", "CNAME", 0, &[]),
            ],
        ),
        (
            "an alias leads elsewhere",
            vec![set("alias.zone.test.", "CNAME", 47, &["mail.zone.test."])],
        ),
        (
            "a delegation moves",
            vec![set("child.zone.test.", "NS", 60, &["ns.new.test.", "ns2.new.test."])],
        ),
        (
            "a delegation moves with its glue",
            vec![
                set(
                    "child.zone.test.",
                    "NS",
                    60,
                    &["ns1.child.zone.test.", "ns9.child.zone.test."],
                ),
                set("ns1.child.zone.test.", "A", 90, &["192.0.2.78"]),
                set("ns9.child.zone.test.", "A", 60, &["192.0.2.79"]),
            ],
        ),
        (
            "an apex moves altogether",
            vec![set("zone.test.", "NS", 60, &["ns8.other.test.", "ns9.other.test."])],
        ),
        (
            "an apex moves in part",
            vec![set("zone.test.", "NS", 60, &["ns.zone.test.", "ns9.other.test."])],
        ),
        ("an apex shrinks", vec![set("zone.test.", "NS", 60, &["ns.zone.test."])]),
        (
            "an apex moves, with another TTL",
            vec![set("zone.test.", "NS", 88, &["ns.zone.test.", "ns9.other.test."])],
        ),
        (
            "an apex gets another TTL alone",
            vec![set("zone.test.", "NS", 99, &["ns.zone.test.", "ns2.other.test."])],
        ),
    ]
}

fn every_change_and_its_undo_is_one_update_and_exact() {
    let lab = Lab::new();
    for it in Updated::all(&lab, &[(ZONE, TEXT)], &["update", "transfer"]) {
        let (server, field) = (it.server(&lab, &it.key, None), field(&lab));
        let (whole, began, mut sent) = (it.contents(ZONE), it.serial(ZONE), 0);
        for (what, after) in changes() {
            let keys = keys(&after);
            let before = play(read(&field, &server, ZONE, &keys, SOON)).unwrap();
            for (from, to) in [(&before, &after), (&after, &before)] {
                let serial = it.serial(ZONE);
                let outcome = play(write(&field, &server, ZONE, (from, to), SOON));
                sent += 1;
                assert_eq!(outcome, Sent::Written, "{}: {what}", it.name);
                let found = play(read(&field, &server, ZONE, &keys, SOON)).unwrap();
                assert_eq!(found, *to, "{}: {what}", it.name);
                assert_eq!(it.serial(ZONE), serial + 1, "{}: {what}", it.name);
            }
            assert_eq!(it.contents(ZONE), whole, "{}: {what}: the zone after the undo", it.name);
        }
        it.took(sent);
        eprintln!(
            "{}: {} changes and undos, {sent} updates in its log, serial rose by {}",
            it.name,
            changes().len() * 2,
            it.serial(ZONE) - began
        );
    }
}

/// What a foreign hand does, the sets as they were read before, and as they shall be.
type Third<'a> = (&'a str, &'a [&'a str], &'a [Rrset], &'a [Rrset]);

fn a4_a_condition_keeps_a_third_value() {
    let lab = Lab::new();
    let third: &[Third] = &[
        (
            "another record",
            &["add www.zone.test. 30 A 192.0.2.200"],
            &[set("www.zone.test.", "A", 30, &["192.0.2.9", "192.0.2.1"])],
            &[set("www.zone.test.", "A", 30, &["192.0.2.2"])],
        ),
        (
            "one record less",
            &["delete two.zone.test. A 192.0.2.31"],
            &[set("two.zone.test.", "A", 30, &["192.0.2.31", "192.0.2.32"])],
            &[set("two.zone.test.", "A", 30, &["192.0.2.2"])],
        ),
        (
            "gone",
            &["delete text.zone.test. TXT"],
            &[set("text.zone.test.", "TXT", 60, &["\"hello there\" \"a\\\"b\\\\c\""])],
            &[set("text.zone.test.", "TXT", 60, &["\"ours\""])],
        ),
        (
            "made",
            &["add new.zone.test. 30 A 192.0.2.200"],
            &[set("new.zone.test.", "A", 0, &[])],
            &[set("new.zone.test.", "A", 30, &["192.0.2.2"])],
        ),
        (
            "an alias made where nothing was",
            &["add fresh.zone.test. 30 CNAME elsewhere.test."],
            &[set("fresh.zone.test.", "A", 0, &[])],
            &[set("fresh.zone.test.", "A", 30, &["192.0.2.2"])],
        ),
        (
            "something made where an alias shall be",
            &["add bare.zone.test. 30 TXT theirs"],
            &[set("bare.zone.test.", "CNAME", 0, &[])],
            &[set("bare.zone.test.", "CNAME", 30, &["www.zone.test."])],
        ),
        (
            "a delegation moved",
            &["delete child.zone.test. NS", "add child.zone.test. 60 NS ns.third.test."],
            &[set("child.zone.test.", "NS", 60, &["ns1.child.zone.test.", "ns.elsewhere.test."])],
            &[set("child.zone.test.", "NS", 60, &["ns.new.test."])],
        ),
        (
            "the second of two sets, which would not even change",
            &["add mail.zone.test. 60 A 192.0.2.200"],
            &[
                set("ns.zone.test.", "A", 60, &["192.0.2.53"]),
                set("mail.zone.test.", "A", 60, &["192.0.2.25"]),
            ],
            &[
                set("ns.zone.test.", "A", 60, &["192.0.2.54"]),
                set("mail.zone.test.", "A", 60, &["192.0.2.25"]),
            ],
        ),
    ];
    for it in Updated::all(&lab, &[(ZONE, TEXT)], &["update"]) {
        let (server, field) = (it.server(&lab, &it.key, None), field(&lab));
        let mut kept = 0;
        for (what, by_hand, before, after) in third {
            let found = play(read(&field, &server, ZONE, &keys(before), SOON)).unwrap();
            assert_eq!(found, *before, "{}: {what}", it.name);
            it.by_hand(ZONE, by_hand);
            let (whole, serial) = (it.contents(ZONE), it.serial(ZONE));
            let sent = play(write(&field, &server, ZONE, (before, after), SOON));
            let Sent::Refused(said) = &sent else { panic!("{}: {what}: {sent:?}", it.name) };
            assert!(said.contains("drift") && said.contains("nothing was changed"), "{said}");
            assert_eq!(it.contents(ZONE), whole, "{}: {what}: the third value stays", it.name);
            assert_eq!(it.serial(ZONE), serial, "{}: {what}", it.name);
            kept += 1;
        }
        it.took(2 * kept);
        eprintln!(
            "A4: {}: {kept} third values set between read and write, {kept} kept, 0 overwritten",
            it.name
        );
    }
}

fn twice_is_once() {
    let lab = Lab::new();
    for it in Updated::all(&lab, &[(ZONE, TEXT)], &["update"]) {
        let (server, field) = (it.server(&lab, &it.key, None), field(&lab));
        let before = [
            set("www.zone.test.", "A", 30, &["192.0.2.9", "192.0.2.1"]),
            set("new.zone.test.", "A", 0, &[]),
        ];
        let after = [
            set("www.zone.test.", "A", 30, &["192.0.2.2"]),
            set("new.zone.test.", "A", 9, &["192.0.2.3"]),
        ];
        assert_eq!(play(write(&field, &server, ZONE, (&before, &after), SOON)), Sent::Written);
        let (whole, serial) = (it.contents(ZONE), it.serial(ZONE));
        // The same request again finds its condition gone; one that wants what is there changes nothing.
        let again = play(write(&field, &server, ZONE, (&before, &after), SOON));
        assert!(
            matches!(&again, Sent::Refused(said) if said.contains("drift")),
            "{}: {again:?}",
            it.name
        );
        assert_eq!(
            play(write(&field, &server, ZONE, (&after, &after), SOON)),
            Sent::Written,
            "{}",
            it.name
        );
        assert_eq!((it.contents(ZONE), it.serial(ZONE)), (whole, serial), "{}", it.name);
        let found = play(read(&field, &server, ZONE, &keys(&after), SOON)).unwrap();
        assert!(Value::Rrsets(found).same_as(&Value::Rrsets(after.to_vec())));
        it.took(3);
        eprintln!("{}: three requests, one effect", it.name);
    }
}

/// PowerDNS takes single NS records from an apex only in the case in which it holds them, and says yes anyway.
fn what_a_server_leaves_out_is_not_called_done() {
    let lab = Lab::new();
    let text = TEXT.replace("ns2.other.test.", "Ns2.Other.Test.");
    for it in Updated::all(&lab, &[(ZONE, &text)], &["update"]) {
        let (server, field) = (it.server(&lab, &it.key, None), field(&lab));
        let before = [set(ZONE, "NS", 60, &["ns.zone.test.", "ns2.other.test."])];
        let after = [set(ZONE, "NS", 60, &["ns8.other.test.", "ns9.other.test."])];
        let sent = play(write(&field, &server, ZONE, (&before, &after), SOON));
        let done = play(read(&field, &server, ZONE, &keys(&after), SOON)).unwrap() == after;
        match &sent {
            Sent::Written => assert!(done, "{}: called done", it.name),
            Sent::Lost(said) => assert!(!done && said.contains("something else"), "{said}"),
            Sent::Refused(_) | Sent::Later { .. } => panic!("{}: {sent:?}", it.name),
        }
        eprintln!("{}: an apex with capital letters moved: {done}, and it said {sent:?}", it.name);
    }
}

fn glue_that_no_answer_shows_is_read_out_of_a_transfer() {
    let lab = Lab::new();
    // Glue that the delegation does not name, and a child zone on the same server that says something else.
    let text =
        format!("{TEXT}left.child 91 A 192.0.2.99\nboth 60 NS ns.both\nns.both 60 A 192.0.2.61\n");
    let child = "$ORIGIN both.zone.test.\n$TTL 7\n@ SOA ns host 1 3600 600 86400 60\n@ NS other.test.\nns A 192.0.2.62\n";
    let zones = [(ZONE, text.as_str()), ("both.zone.test.", child)];
    let wanted = [
        set("left.child.zone.test.", "A", 91, &["192.0.2.99"]),
        set("www.zone.test.", "A", 30, &["192.0.2.9", "192.0.2.1"]),
        set("both.zone.test.", "NS", 60, &["ns.both.zone.test."]),
        set("ns.both.zone.test.", "A", 60, &["192.0.2.61"]),
        set("none.child.zone.test.", "AAAA", 0, &[]),
    ];
    let field = field(&lab);
    for it in Updated::all(&lab, &zones, &["update", "transfer"]) {
        let server = it.server(&lab, &it.key, None);
        let found = play(read(&field, &server, ZONE, &keys(&wanted), SOON)).unwrap();
        assert_eq!(found, wanted, "{}", it.name);
        let mut after = wanted.clone();
        after[0] = set("left.child.zone.test.", "A", 91, &["192.0.2.98"]);
        after[3] = set("ns.both.zone.test.", "A", 60, &["192.0.2.63"]);
        let sent = play(write(&field, &server, ZONE, (&wanted, &after), SOON));
        assert_eq!(sent, Sent::Written, "{}", it.name);
        assert_eq!(
            play(read(&field, &server, ZONE, &keys(&after), SOON)).unwrap(),
            after,
            "{}",
            it.name
        );
        eprintln!("{}: {} record sets of which answers show 1", it.name, wanted.len());
    }
    let lab = Lab::new();
    for it in Updated::all(&lab, &zones, &["update"]) {
        let server = it.server(&lab, &it.key, None);
        let error = play(read(&field_of(&lab), &server, ZONE, &keys(&wanted), SOON)).unwrap_err();
        let words = said(&error);
        assert!(
            words.contains("`left.child.zone.test. A`") && words.contains("transfer"),
            "{words}"
        );
        eprintln!("{}: without a transfer: {words}", it.name);
    }
}
