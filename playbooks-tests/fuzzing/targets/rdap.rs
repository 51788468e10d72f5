//! RDAP: a registry's domain objects, and its errors.

use lifeboat::model::RegistrationStatus;
use lifeboat::wire::rdap::{MOST, decode, encode, refusal};

use super::{Target, plain, within};

pub const TARGET: Target = Target {
    name: "rdap",
    decoders: &["wire::rdap::decode", "wire::rdap::refusal"],
    hold,
    planted,
    swollen: &[
        |size| list("status", br#""a","#, size),
        |size| {
            list(
                "events",
                br#"{"eventAction":"expiration","eventDate":"2027-08-13T04:00:00Z"},"#,
                size,
            )
        },
        |size| list("nameservers", br#"{"ldhName":"a"},"#, size),
        |size| list("entities", br#"{"roles":["registrar"]},"#, size),
        |size| list("notices", b"[[]],", size),
        |size| [&br#"{"errorCode":404,"title":""#[..], &b"a".repeat(size), br#""}"#].concat(),
    ],
};

/// The name that every seed is about.
const NAME: &str = "seeds.example";

/// A domain with a list of equal pieces.
fn list(name: &str, piece: &[u8], size: usize) -> Vec<u8> {
    let head = format!(r#"{{"objectClassName":"domain","ldhName":"{NAME}","{name}":["#);
    [head.as_bytes(), &piece.repeat(size / piece.len()), b"0]}"].concat()
}

fn hold(bytes: &[u8]) {
    match within(bytes, || decode(bytes, NAME)) {
        Ok(found) => {
            let statuses = found.statuses.iter().flatten();
            statuses.for_each(|status| plain(&status.name()));
            let lists = [
                found.statuses.as_ref().map_or(0, Vec::len),
                found.nameservers.as_ref().map_or(0, Vec::len),
                found.ds.len(),
            ];
            assert!(lists.iter().all(|length| *length <= MOST), "{lists:?}");
            let written = encode::domain(NAME, &found).to_string();
            let again = decode(written.as_bytes(), NAME).expect("what is written is read");
            assert_eq!((again.expires, again.registered), (found.expires, found.registered));
        }
        Err(error) => plain(&error),
    }
    match within(bytes, || refusal(bytes)) {
        Ok(told) => plain(&told.title),
        Err(error) => plain(&error),
    }
}

/// A domain that is locked.
fn planted(bytes: &[u8]) -> Option<bool> {
    let statuses = decode(bytes, NAME).ok()?.statuses?;
    Some(statuses.contains(&RegistrationStatus::Locked))
}
