//! Signed updates that go wrong on real servers: keys, clocks, zones, rights, lost replies, dead and hanging servers.

use super::lab::Lab;
use super::planning::{field, play};
use super::relay;
use super::tsig::TsigKey;
use super::until::until;
use super::updated::Updated;
use jiff::{SignedDuration, Timestamp};
use libtest_mimic::Trial;
use lifeboat::host::Clock;
use lifeboat::model::{RrContent, RrKey, Rrset, Sent, Value};
use lifeboat::service::Field;
use lifeboat::service::dns::rfc2136::{read, said, write};
use lifeboat::service::dns::{Server, UpdateError};
use std::time::Duration;

/// Returns the trials of trouble.
pub fn trials() -> Vec<Trial> {
    trials![
        each_refusal_has_its_words,
        a_lost_reply_is_unknown_and_then_read_back,
        a_dead_server_refuses_and_a_hanging_one_is_in_doubt,
        a_ttl_that_drifts_alone_is_seen_by_reading,
    ]
}

const SOON: Duration = Duration::from_secs(10);
const ZONE: &str = "zone.test.";
const OTHER: &str = "other.test.";
const TEXT: &str =
    "$TTL 60\n@ SOA ns host 1 3600 600 86400 60\n@ NS ns\nns A 192.0.2.53\nwww 30 A 192.0.2.9\n";

fn www(zone: &str, ttl: u32, data: &str) -> Rrset {
    let key = RrKey { name: format!("www.{zone}"), kind: "A".to_owned() };
    let records = vec![RrContent { content: data.to_owned(), disabled: false, beside: None }];
    Rrset { key, ttl, records, comments: Vec::new() }
}

/// Reads and writes one record set, whatever comes of it.
fn tried(field: &Field, server: &Server, zone: &str) -> (Result<Vec<Rrset>, UpdateError>, Sent) {
    let (before, after) = (www(zone, 30, "192.0.2.9"), www(zone, 30, "192.0.2.2"));
    let found = play(read(field, server, zone, std::slice::from_ref(&before.key), SOON));
    (found, play(write(field, server, zone, (&[before], &[after]), SOON)))
}

fn each_refusal_has_its_words() {
    let lab = Lab::new();
    let all = Updated::all(&lab, &[(ZONE, TEXT), (OTHER, TEXT)], &["update"]);
    for it in &all {
        let (whole, serial) = (it.contents(ZONE), it.serial(ZONE));
        let mut secret = it.key.clone();
        secret.secret = "YW5vdGhlci1zZWNyZXQtdGhhbi10aGUtc2VydmVycw==".to_owned();
        let mut hash = it.key.clone();
        hash.algorithm = "hmac-sha512";
        let unknown = TsigKey::new("nobodys-key");
        let labs = [Lab::new(), Lab::new(), Lab::new()];
        let cases: [(&str, &Lab, &TsigKey, &[&str]); 3] = [
            (
                "another secret",
                &labs[0],
                &secret,
                &["BADSIG", "another secret", "`own-key.`", "tsig.secret"],
            ),
            ("another algorithm", &labs[1], &hash, &["BADKEY", "`hmac-sha512`", "tsig.algorithm"]),
            ("an unknown key", &labs[2], &unknown, &["BADKEY", "`nobodys-key.`", "tsig.name"]),
        ];
        for (what, lab, key, words) in cases {
            let (found, sent) = tried(&field(lab), &it.server(lab, key, None), ZONE);
            let of_read = said(&found.unwrap_err());
            // Without a signature that holds, a no proves nothing.
            let Sent::Lost(of_write) = &sent else { panic!("{}: {what}: {sent:?}", it.name) };
            // PowerDNS says no more than that something is wrong.
            let less: &[&str] = &["no more", "secret", key.name.as_str()];
            let words = if it.name == "powerdns" { less } else { words };
            for text in [&of_read, of_write] {
                assert!(
                    words.iter().all(|word| text.contains(word)),
                    "{}: {what}: {text}",
                    it.name
                );
                assert!(text.contains("unsigned") && !text.contains(&key.secret), "{text}");
            }
            eprintln!("{}: {what}: {of_write}", it.name);
        }
        for hours in [-2, 2] {
            let moved = SignedDuration::from_hours(hours);
            let clock = Clock::scripted(Timestamp::now().checked_add(moved).unwrap(), |_| {});
            let skewed = Field { clock, ..field(&lab) };
            let (found, sent) = tried(&skewed, &it.server(&lab, &it.key, None), ZONE);
            let texts = [said(&found.unwrap_err()), words(&sent)];
            for text in &texts {
                let code = if it.name == "powerdns" { "no more" } else { "BADTIME" };
                assert!(text.contains(code) && text.contains("clock"), "{}: {text}", it.name);
            }
            eprintln!("{}: {hours} h of clock: {}", it.name, texts[1]);
        }
        let server = it.server(&lab, &it.key, None);
        let (found, sent) = tried(&field(&lab), &server, "elsewhere.example.");
        let texts = [said(&found.unwrap_err()), words(&sent)];
        for text in &texts {
            assert!(
                text.contains("does not hold") && text.contains("`elsewhere.example.`"),
                "{text}"
            );
        }
        eprintln!("{}: no such zone: {} | {}", it.name, texts[0], texts[1]);
        assert_eq!((it.contents(ZONE), it.serial(ZONE)), (whole, serial), "{}", it.name);
    }
    let lab = Lab::new();
    for it in Updated::all(&lab, &[(ZONE, TEXT)], &["transfer"]) {
        let (whole, serial) = (it.contents(ZONE), it.serial(ZONE));
        let (found, sent) = tried(&field(&lab), &it.server(&lab, &it.key, None), ZONE);
        assert!(found.is_ok(), "{}: reading is allowed", it.name);
        let text = words(&sent);
        // Knot calls a key that may not do this one that it does not know.
        let codes = ["REFUSED", "NOTAUTH", "BADKEY"];
        assert!(codes.iter().any(|code| text.contains(code)), "{}: {text}", it.name);
        eprintln!("{}: no right to update: {text}", it.name);
        assert_eq!((it.contents(ZONE), it.serial(ZONE)), (whole, serial), "{}", it.name);
    }
}

fn words(sent: &Sent) -> String {
    match sent {
        Sent::Refused(said) => format!("refused: {said}"),
        Sent::Lost(said) => format!("lost: {said}"),
        Sent::Written | Sent::Later { .. } => panic!("{sent:?}"),
    }
}

fn a_lost_reply_is_unknown_and_then_read_back() {
    let lab = Lab::new();
    for (place, it) in Updated::all(&lab, &[(ZONE, TEXT)], &["update"]).into_iter().enumerate() {
        let (direct, field) = (it.server(&lab, &it.key, None), field(&lab));
        let at = lab.at(30 + u8::try_from(place).unwrap(), 53);
        let dropped = relay::without_replies(at, it.address);
        let through = it.server(&lab, &it.key, Some(at));
        let (before, after) = (www(ZONE, 30, "192.0.2.9"), www(ZONE, 30, "192.0.2.2"));
        let both = (std::slice::from_ref(&before), std::slice::from_ref(&after));
        let sent = play(write(&field, &through, ZONE, both, SOON));
        assert!(matches!(&sent, Sent::Lost(_)), "{}: {sent:?}", it.name);
        let key = std::slice::from_ref(&before.key);
        let found = play(read(&field, &direct, ZONE, key, SOON)).unwrap();
        assert_eq!(found, both.1, "{}: it landed", it.name);
        it.took(1);
        // Sent once more blindly, it finds its condition gone.
        let again = play(write(&field, &direct, ZONE, both, SOON));
        assert!(matches!(&again, Sent::Refused(said) if said.contains("drift")), "{again:?}");
        assert_eq!(play(read(&field, &direct, ZONE, key, SOON)).unwrap(), both.1);
        eprintln!("{}: {} reply dropped, 1 effect: {}", it.name, dropped.count(), words(&sent));
        assert_eq!(dropped.count(), 1);
    }
}

fn a_dead_server_refuses_and_a_hanging_one_is_in_doubt() {
    let lab = Lab::new();
    for mut it in Updated::all(&lab, &[(ZONE, TEXT)], &["update"]) {
        let (server, field) = (it.server(&lab, &it.key, None), field(&lab));
        let (before, after) = ([www(ZONE, 30, "192.0.2.9")], [www(ZONE, 30, "192.0.2.2")]);
        let briefly = Duration::from_millis(700);
        it.daemon().stop();
        let sent = play(write(&field, &server, ZONE, (&before, &after), briefly));
        assert!(matches!(sent, Sent::Lost(_)), "{}: {sent:?}", it.name);
        it.daemon().cont();
        until("the write that nobody heard of", Duration::from_secs(20), || {
            let found = play(read(&field, &server, ZONE, &[before[0].key.clone()], SOON)).ok()?;
            (found == after).then_some(())
        });
        it.took(1);
        it.daemon().kill();
        let sent = play(write(&field, &server, ZONE, (&after, &before), briefly));
        assert!(matches!(&sent, Sent::Refused(said) if said.contains("refused")), "{sent:?}");
        let error = play(read(&field, &server, ZONE, &[], SOON)).unwrap_err();
        assert!(matches!(error, UpdateError::NotSent { .. }), "{error}");
    }
}

/// A prerequisite has no TTL, so the look before the write has to see it.
fn a_ttl_that_drifts_alone_is_seen_by_reading() {
    let lab = Lab::new();
    for it in Updated::all(&lab, &[(ZONE, TEXT)], &["update"]) {
        let (server, field) = (it.server(&lab, &it.key, None), field(&lab));
        let before = [www(ZONE, 30, "192.0.2.9")];
        it.by_hand(ZONE, &["delete www.zone.test. A", "add www.zone.test. 31 A 192.0.2.9"]);
        let found = play(read(&field, &server, ZONE, &[before[0].key.clone()], SOON)).unwrap();
        assert_eq!(found[0].ttl, 31, "{}", it.name);
        assert!(!Value::Rrsets(found).same_as(&Value::Rrsets(before.to_vec())), "seen as drift");
        let after = [www(ZONE, 30, "192.0.2.2")];
        let sent = play(write(&field, &server, ZONE, (&before, &after), SOON));
        assert_eq!(sent, Sent::Written, "{}: the condition itself cannot see it", it.name);
    }
}
