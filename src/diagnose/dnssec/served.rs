//! The keys that a server gives, each with what would name it at the parent (RFC 4034 §5, RFC 4509).

use jiff::Timestamp;

use super::anchor::TrustAnchors;
use super::chain::Chain;
use super::judge::{Judge, usable};
use super::key::Key;
use super::name::Name;
use super::set::{DNSKEY, sets};
use crate::model::{DnsAnswer, ServedKey, ServedKeys};

/// Reads the keys of a zone out of an authoritative answer; none where the zone is not signed.
///
/// A key signs where its own signature over all of them holds at the time. What is not held together by one that does
/// is believed in no part.
///
/// # Errors
/// Why it says nothing, in words.
pub fn served(zone: &str, answer: &DnsAnswer, now: Timestamp) -> Result<ServedKeys, String> {
    usable(answer).map_err(|gap| gap.to_string())?;
    let name = Name::read(zone).ok_or_else(|| format!("`{zone}` is no name"))?;
    if !answer.aa {
        return Err("it is not authoritative".to_owned());
    }
    let all = sets(&answer.answers).map_err(|gap| gap.to_string())?;
    let Some(set) = all.iter().find(|set| set.is(&name, DNSKEY)) else {
        return Ok(ServedKeys::default());
    };
    let anchors = TrustAnchors::default();
    let chain = Chain::new(&anchors);
    let mut judge = Judge::new(&chain, now);
    let mut keys = Vec::new();
    let records = answer.answers.iter().filter(|record| record.kind == "DNSKEY");
    for record in records.filter(|record| Name::read(&record.name).as_ref() == Some(&name)) {
        let Some(key) = Key::parse(record.data.raw()) else { continue };
        let ds = key.ds(&name);
        let signs = judge.verify(set, &name, &[key]).is_ok();
        keys.push(ServedKey { data: joined(record.data.raw()), ds, signs });
    }
    if keys.iter().any(|key| key.signs) {
        return Ok(ServedKeys { ttl: set.ttl, keys });
    }
    Err("no key of the zone signs its keys".to_owned())
}

/// Writes a key without the spaces that may break it.
fn joined(data: &str) -> String {
    let mut words = data.split_whitespace();
    let head: Vec<&str> = words.by_ref().take(3).collect();
    format!("{} {}", head.join(" "), words.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::super::specimen::{LONG, NOW, Zone, answer};
    use super::*;

    fn at(seconds: u32) -> Timestamp {
        Timestamp::from_second(i64::from(seconds)).expect("a time")
    }

    #[test]
    fn the_key_that_signs_is_told_from_the_one_that_is_only_served() {
        let (own, other) = (Zone::new("z.test.", 1), Zone::new("z.test.", 2));
        let both = own.sign(&[own.key(), other.key()]);
        let found = served("Z.test", &answer("NOERROR", &both, &[]), at(NOW)).expect("keys");
        let signs: Vec<bool> = found.keys.iter().map(|key| key.signs).collect();
        assert_eq!((signs, found.ttl), (vec![true, false], 300));
        assert_eq!((&found.keys[0].ds, &found.keys[1].ds), (&own.ds(), &other.ds()));
    }

    #[test]
    fn keys_that_nothing_holds_together_are_not_believed() {
        let (own, other) = (Zone::new("z.test.", 1), Zone::new("z.test.", 2));
        let says =
            |records: &[_], now| served("z.test.", &answer("NOERROR", records, &[]), at(now));
        assert!(says(&[own.key()], NOW).is_err(), "unsigned");
        assert!(says(&other.sign(&[own.key()]), NOW).is_err(), "signed by a stranger");
        assert!(says(&own.sign(&[own.key()]), NOW + LONG + 1).is_err(), "expired");
        assert_eq!(says(&[], NOW), Ok(ServedKeys::default()), "a zone that is not signed");
        let failed = answer("SERVFAIL", &own.sign(&[own.key()]), &[]);
        assert!(served("z.test.", &failed, at(NOW)).is_err());
    }
}
