//! Signed updates of nsupdate 9.18, and what Knot DNS 3.2 and BIND 9.18 answer to them.

use libtest_mimic::Trial;
use lifeboat::wire::dns::{
    Blame, Edit, Given, Hash, Key, Proof, Update, decode_outcome, decode_update, encode_update,
};

use super::capture;

pub fn trials() -> Vec<Trial> {
    trials![
        updates_of_nsupdate_are_read_and_written_alike,
        signatures_of_foreign_servers_hold,
        a_signature_is_made_as_nsupdate_makes_it,
        a_refused_signature_is_blamed,
    ]
}

/// The key of `captures/dns/update.sh`.
const SECRET: &str = "lifeboat-lab-key-for-hmac-sha256";

fn key(secret: &str) -> Key {
    Key::new("lab-key", Hash::Sha256, secret.as_bytes().to_vec().into()).unwrap()
}

fn bytes(name: &str) -> Vec<u8> {
    capture(&format!("dns/{name}"))
}

/// Reads a request's own signature: nothing was signed before it.
fn request(name: &str) -> Proof {
    key(SECRET).check(&bytes(name), &[]).unwrap()
}

fn updates_of_nsupdate_are_read_and_written_alike() {
    let name = |label: &str| format!("{label}lab.example.");
    let (a, txt) = ("A".to_owned(), "TXT".to_owned());
    let data = vec!["192.0.2.1".to_owned(), "192.0.2.2".to_owned()];
    let ns = "ns1.lab.example.".to_owned();
    let update = Update {
        zone: name(""),
        given: vec![
            Given::Is { name: name("www."), kind: a.clone(), data },
            Given::Absent { name: name("new."), kind: txt.clone() },
            Given::Free { name: name("free.") },
        ],
        edits: vec![
            Edit::DeleteSet { name: name("www."), kind: a.clone() },
            Edit::Add { name: name("www."), kind: a, ttl: 60, data: "192.0.2.9".to_owned() },
            Edit::Add { name: name("new."), kind: txt, ttl: 60, data: "\"new\"".to_owned() },
            Edit::Delete { name: name(""), kind: "NS".to_owned(), data: ns },
        ],
    };
    for captured in ["knot-update-question", "knot-drift-question", "bind-update-question"] {
        let (id, read) = decode_update(&bytes(captured)).unwrap();
        assert_eq!(read, update, "{captured}");
        let again = encode_update(id, &read).unwrap();
        assert_eq!(decode_update(&again).unwrap(), (id, read));
    }
}

fn signatures_of_foreign_servers_hold() {
    for (name, code) in [
        ("knot-update", "NOERROR"),
        ("knot-drift", "YXRRSET"),
        ("bind-update", "NOERROR"),
        ("bind-drift", "YXRRSET"),
    ] {
        let question = request(&format!("{name}-question"));
        assert!(question.signed, "{name}: of nsupdate");
        let reply = bytes(&format!("{name}-answer"));
        let id = u16::from_be_bytes([reply[0], reply[1]]);
        assert_eq!(decode_outcome(&reply, id).unwrap(), code, "{name}");
        let proof = key(SECRET).check(&reply, &question.mac).unwrap();
        assert!(proof.signed && proof.blame.is_none(), "{name}");
        assert!(!key("another").check(&reply, &question.mac).unwrap().signed, "{name}");
        assert!(!key(SECRET).check(&reply, &[]).unwrap().signed, "{name}: to another question");
    }
}

fn a_signature_is_made_as_nsupdate_makes_it() {
    for name in ["knot-update-question", "bind-drift-question"] {
        let (whole, proof) = (bytes(name), request(name));
        // The record comes last: its name, ten bytes, and its data.
        let length = whole.len() - (9 + 10 + 61);
        let mut message = whole[..length].to_vec();
        message[11] -= 1;
        let signed = key(SECRET).sign(&message, proof.time);
        assert_eq!((signed.bytes, signed.mac), (whole, proof.mac), "{name}");
    }
}

fn a_refused_signature_is_blamed() {
    let question = bytes("bind-badsig-question");
    assert!(!key(SECRET).check(&question, &[]).unwrap().signed);
    let proof = key(SECRET).check(&bytes("bind-badsig-answer"), &[1]).unwrap();
    assert_eq!((proof.signed, proof.blame), (false, Some(Blame::Signature)));
}
