//! Copies of zones: records as transfers, services and files word them, brought into one canonical form.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use thiserror::Error;

use super::{DnsError, data, name};
use crate::model::{Apart, Remote, ZoneCopy, ZoneSet};

/// Types that a signer makes of a zone, or keeps its own state in (BIND): no part of a copy.
const DERIVED: [u16; 6] = [46, 47, 50, 51, 63, 65534];

/// PowerDNS's own types, by its names and by the numbers that they have in a transfer.
const POWERDNS: [(&str, u16, Apart); 2] =
    [("ALIAS", ALIAS, Apart::Alias), ("LUA", 65402, Apart::Computed)];

const ALIAS: u16 = 65401;
const A: u16 = 1;
const NS: u16 = 2;
const CNAME: u16 = 5;
const SOA: u16 = 6;
const AAAA: u16 = 28;
const SVCB: u16 = 64;
const HTTPS: u16 = 65;

/// Reserved: the type of no record (RFC 6895 §3.1).
const NO_TYPE: u16 = 0;

/// Why records are no copy of a zone.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CopyFault {
    /// A record that is none.
    #[error("{0}")]
    Record(#[from] DnsError),
    /// A record of somewhere else.
    #[error("`{0}` does not lie in the zone")]
    Outside(Remote),
    /// Two start of authority records that say different things.
    #[error("it has two SOA records, which differ")]
    TwoBeginnings,
    /// Nothing, or nothing but the zone's SOA.
    #[error("there is nothing in it")]
    Empty,
    /// No SOA, or no name servers, where every whole zone has both.
    #[error("it has no {0} record at the top of the zone")]
    NoTop(&'static str),
}

/// One record as its source words it.
#[derive(Clone, Copy, Debug)]
pub struct Worded<'a> {
    /// The owner; one without a final dot is taken as fully qualified too.
    pub name: &'a str,
    /// The type.
    pub kind: &'a str,
    /// Seconds.
    pub ttl: u32,
    /// The data, as a zone file would say it.
    pub data: &'a str,
    /// Why its source does not answer with it as it stands.
    pub apart: Option<Apart>,
}

/// A zone's records on their way into a copy.
#[derive(Debug)]
pub struct Copier {
    zone: Vec<u8>,
    shown: String,
    /// In whatever order they came: most sources are in canonical order, or close to it.
    records: Vec<(Place, Gathered)>,
    /// The data of each SOA, by where it stands.
    beginnings: HashMap<Place, Vec<u8>>,
}

/// Where a record set stands: its owner in canonical order, the SOA first, then types by their numbers.
type Place = (Vec<u8>, u16, bool);

#[derive(Debug)]
struct Gathered {
    name: String,
    ttl: u32,
    apart: Option<Apart>,
    bytes: Vec<u8>,
    words: Remote,
}

impl Copier {
    /// Begins a copy of a zone.
    ///
    /// # Errors
    /// [`DnsError::Name`].
    pub fn new(zone: &str) -> Result<Self, DnsError> {
        let (zone, shown) = name::read_ordered(zone)?;
        Ok(Self { zone, shown, records: Vec::new(), beginnings: HashMap::new() })
    }

    /// Takes a record in, in any order; the same record again adds nothing. What a signer made is passed over.
    /// Returns how many bytes of words it has.
    ///
    /// # Errors
    /// Every [`CopyFault`] but those of the whole.
    pub fn take(&mut self, record: &Worded<'_>) -> Result<usize, CopyFault> {
        let (place, owner) = name::read_ordered(record.name)?;
        if !place.starts_with(&self.zone) {
            return Err(CopyFault::Outside(Remote::new(record.name)));
        }
        let own = POWERDNS.iter().find(|(word, ..)| word.eq_ignore_ascii_case(record.kind));
        let kind = match own {
            Some((_, number, _)) => *number,
            None => u16::from(name::read_kind(record.kind)?),
        };
        if kind == NO_TYPE {
            return Err(DnsError::Kind(record.kind.to_owned()).into());
        }
        if DERIVED.contains(&kind) {
            return Ok(0);
        }
        let own = POWERDNS.iter().find(|(_, number, _)| *number == kind).map(|(.., apart)| *apart);
        let flattened = (kind == CNAME && place == self.zone).then_some(Apart::Alias);
        let apart = record.apart.or(own).or(flattened);
        let (bytes, words) = match own {
            Some(_) => own_words(kind, record.data)?,
            None => canonical(kind, record.data)?,
        };
        let size = place.len() + record.name.len() + bytes.len() + words.len();
        let served = apart != Some(Apart::Disabled);
        let place = (place, rank(kind), served);
        if kind == SOA
            && *self.beginnings.entry(place.clone()).or_insert_with(|| bytes.clone()) != bytes
        {
            return Err(CopyFault::TwoBeginnings);
        }
        let (ttl, words) = (record.ttl, Remote::new(words));
        self.records.push((place, Gathered { name: owner, ttl, apart, bytes, words }));
        Ok(size)
    }

    /// Ends a copy of a source that shows a zone as it is served: with the SOA and the name servers at its top.
    ///
    /// # Errors
    /// [`CopyFault::Empty`], [`CopyFault::NoTop`].
    pub fn done_whole(self) -> Result<ZoneCopy, CopyFault> {
        for (kind, word) in [(SOA, "SOA"), (NS, "NS")] {
            let top = (self.zone.clone(), rank(kind), true);
            if !self.is_empty() && !self.records.iter().any(|(place, _)| *place == top) {
                return Err(CopyFault::NoTop(word));
            }
        }
        self.done()
    }

    fn is_empty(&self) -> bool {
        self.records.iter().all(|((_, rank, _), _)| *rank == 0)
    }

    /// Ends a copy.
    ///
    /// # Errors
    /// [`CopyFault::Empty`].
    pub fn done(self) -> Result<ZoneCopy, CopyFault> {
        if self.is_empty() { Err(CopyFault::Empty) } else { Ok(self.gathered()) }
    }

    /// Ends what is no whole zone: whatever was taken in.
    pub fn gathered(mut self) -> ZoneCopy {
        // Within a set, data stand in canonical order, each once (RFC 4034 §6.3).
        self.records.sort_by(|(place, one), (other, two)| {
            place.cmp(other).then_with(|| one.bytes.cmp(&two.bytes))
        });
        let mut sets: Vec<ZoneSet> = Vec::with_capacity(self.records.len());
        let mut last: Option<(Place, Vec<u8>)> = None;
        for (place, Gathered { name, ttl, apart, bytes, words }) in self.records {
            match (sets.last_mut(), &last) {
                (Some(set), Some((of, before))) if *of == place => {
                    set.ttl = set.ttl.min(ttl);
                    set.apart = set.apart.or(apart);
                    if *before != bytes {
                        set.data.push(words);
                    }
                }
                _ => {
                    // Most sets have the type of the one before.
                    let same =
                        sets.last().filter(|_| last.as_ref().is_some_and(|it| it.0.1 == place.1));
                    let kind = same.map_or_else(|| shown_kind(place.1), |set| set.kind.clone());
                    sets.push(ZoneSet { name, kind, ttl, data: vec![words], apart });
                }
            }
            last = Some((place, bytes));
        }
        ZoneCopy { zone: self.shown, sets }
    }
}

/// Puts the SOA before every other type, of which none has the number 0.
const fn rank(kind: u16) -> u16 {
    if kind == SOA { 0 } else { kind }
}

fn shown_kind(rank: u16) -> String {
    let kind = if rank == 0 { SOA } else { rank };
    match POWERDNS.iter().find(|(_, number, _)| *number == kind) {
        Some((word, ..)) => (*word).to_owned(),
        None => name::show_kind(kind.into()),
    }
}

/// Returns data in canonical form: its bytes, names in lower case and in full (RFC 4034 §6.2), and its words.
fn canonical(kind: u16, words: &str) -> Result<(Vec<u8>, String), DnsError> {
    // Most records of most zones; the library reads them no otherwise.
    match kind {
        A => {
            if let Ok(address) = words.parse::<Ipv4Addr>() {
                return Ok((address.octets().to_vec(), address.to_string()));
            }
        }
        AAAA => {
            if let Ok(address) = words.parse::<Ipv6Addr>() {
                return Ok((address.octets().to_vec(), address.to_string()));
            }
        }
        _ => {}
    }
    let bytes = data::read_bytes(kind.into(), words)?;
    let shown = data::show_in(&bytes, 0..bytes.len(), kind.into());
    let shown = shown.ok_or_else(|| DnsError::Data {
        kind: name::show_kind(kind.into()),
        data: words.chars().take(200).collect(),
    })?;
    // The words of names in data are in lower case, so their bytes are ordered by that as well.
    let bytes = data::read_bytes(kind.into(), &shown).unwrap_or(bytes);
    // The library ends each list of an SVCB with a comma, which other readers take for an empty item (RFC 9460 §A.1).
    let plain = shown.replace(", ", " ").trim_end_matches(',').to_owned();
    let same = matches!(kind, SVCB | HTTPS)
        && data::read_bytes(kind.into(), &plain).as_ref() == Ok(&bytes);
    Ok((bytes, if same { plain } else { shown }))
}

/// Spells out what only its server understands, in one line; an alias leads to a name, written as every name is.
fn own_words(kind: u16, words: &str) -> Result<(Vec<u8>, String), DnsError> {
    let shown = if kind == ALIAS {
        let raw = data::read_bytes(kind.into(), words).ok();
        let named = raw.and_then(|bytes| data::show_name(&mut bytes.as_slice()));
        let named = named.or_else(|| name::read(words).ok().map(|name| name::show(&name)));
        let data = || words.chars().take(200).collect();
        named.ok_or_else(|| DnsError::Data { kind: "ALIAS".to_owned(), data: data() })?
    } else {
        let plain = |byte: u8| match byte {
            b' '..=b'~' => char::from(byte).to_string(),
            byte => format!("\\{byte:03}"),
        };
        words.trim().bytes().map(plain).collect()
    };
    Ok((shown.clone().into_bytes(), shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worded<'a>(name: &'a str, kind: &'a str, data: &'a str) -> Worded<'a> {
        Worded { name, kind, ttl: 300, data, apart: None }
    }

    fn copy(records: &[(&str, &str, &str)]) -> Result<ZoneCopy, CopyFault> {
        let mut copier = Copier::new("Z.Test").expect("a name");
        for (name, kind, data) in records {
            copier.take(&worded(name, kind, data))?;
        }
        copier.done()
    }

    const TOP: [(&str, &str, &str); 2] =
        [("z.test", "NS", "NS.b"), ("Z.test.", "SOA", "ns.b host.b 1 2 3 4 5")];

    #[test]
    fn names_stand_in_canonical_order() {
        // RFC 4034 §6.1, below one zone.
        let wanted = [
            "z.test.",
            "a.z.test.",
            "yljkjljk.a.z.test.",
            "z.a.z.test.",
            "zabc.a.z.test.",
            "z.z.test.",
            r"\001.z.z.test.",
            "*.z.z.test.",
            r"\200.z.z.test.",
        ];
        let mut records: Vec<_> = wanted.iter().map(|name| (*name, "A", "192.0.2.1")).collect();
        records.reverse();
        let copy = copy(&records).expect("a copy");
        let names: Vec<&str> = copy.sets.iter().map(|set| set.name.as_str()).collect();
        assert_eq!(names, wanted);
        let order = |name: &str| name::read_ordered(name).expect("a name").0;
        assert!(
            order("a.z.test") < order(r"a\000.z.test")
                && order(r"a\000.z.test") < order(r"a\001.z.test")
        );
    }

    #[test]
    fn of_several_times_to_live_in_a_set_the_smallest_counts() {
        let mut copier = Copier::new("z.test.").expect("a name");
        for (ttl, data) in [(300, "192.0.2.1"), (60, "192.0.2.2"), (600, "192.0.2.3")] {
            copier.take(&Worded { ttl, ..worded("a.z.test.", "A", data) }).expect("a record");
        }
        assert_eq!(copier.done().expect("a copy").sets[0].ttl, 60);
    }

    #[test]
    fn data_is_canonical_whatever_its_source_says() {
        let ours = copy(&[
            TOP[0],
            TOP[1],
            ("www.Z.test", "a", "192.0.2.9"),
            ("WWW.z.test.", "A", "192.0.2.1"),
            ("www.z.test", "A", r"\# 4 c0000209"),
            ("six.z.test.", "AAAA", "2001:DB8:0::1"),
            ("t.z.test.", "TXT", "bare words"),
            ("x.z.test.", "HTTPS", "1 . alpn=h2"),
        ]);
        let theirs = copy(&[
            ("z.test.", "SOA", "NS.b. host.b. 1 2 3 4 5"),
            ("z.test.", "NS", "ns.b."),
            ("t.z.test.", "TXT", r#""bare" "words""#),
            ("six.z.test.", "AAAA", r"\# 16 20010db8000000000000000000000001"),
            ("www.z.test.", "A", "192.0.2.1"),
            ("www.z.test.", "A", "192.0.2.9"),
            ("x.z.test.", "TYPE65", r"\# 10 0001000001000302 6832"),
        ]);
        let (ours, theirs) = (ours.expect("a copy"), theirs.expect("a copy"));
        assert_eq!(ours, theirs);
        let kinds: Vec<_> =
            ours.sets.iter().map(|set| (set.kind.as_str(), set.data.len())).collect();
        let wanted = [("SOA", 1), ("NS", 1), ("AAAA", 1), ("TXT", 1), ("A", 2), ("HTTPS", 1)];
        assert_eq!(kinds, wanted);
        assert_eq!(ours.sets[2].data, ["2001:db8::1"]);
        assert_eq!(ours.sets[4].data, ["192.0.2.1", "192.0.2.9"]);
    }

    #[test]
    fn what_a_signer_makes_is_left_out_and_what_does_not_travel_is_named() {
        let copy = copy(&[
            TOP[0],
            TOP[1],
            ("z.test.", "NSEC", "a.z.test. NS SOA"),
            ("z.test.", "TYPE65534", r"\# 5 0d000000 00"),
            ("a.z.test.", "ALIAS", "Elsewhere.example"),
            ("z.test.", "CNAME", "flat.example."),
            ("l.z.test.", "LUA", "A \"ifportup(443,\n{'192.0.2.1'})\""),
            ("b.z.test.", "TYPE65401", r"\# 1 00"),
        ]);
        let copy = copy.expect("a copy");
        let apart: Vec<_> = copy.sets.iter().map(|set| (set.kind.as_str(), set.apart)).collect();
        let (alias, computed) = (Some(Apart::Alias), Some(Apart::Computed));
        assert_eq!(
            apart,
            [
                ("SOA", None),
                ("NS", None),
                ("CNAME", alias),
                ("ALIAS", alias),
                ("ALIAS", alias),
                ("LUA", computed),
            ]
        );
        assert_eq!(copy.sets[5].data, ["A \"ifportup(443,\\010{'192.0.2.1'})\""]);
    }

    #[test]
    fn what_is_no_copy_is_refused() {
        assert_eq!(copy(&[]), Err(CopyFault::Empty));
        assert_eq!(copy(&[TOP[1]]), Err(CopyFault::Empty));
        assert_eq!(
            copy(&[("ztest.", "A", "192.0.2.1")]),
            Err(CopyFault::Outside(Remote::new("ztest.")))
        );
        assert_eq!(
            copy(&[("az.test.", "A", "192.0.2.1")]),
            Err(CopyFault::Outside(Remote::new("az.test.")))
        );
        let second = ("z.test.", "SOA", "ns.b host.b 2 2 3 4 5");
        assert_eq!(copy(&[TOP[1], second]), Err(CopyFault::TwoBeginnings));
        assert!(matches!(
            copy(&[("z.test.", "A", "no")]),
            Err(CopyFault::Record(DnsError::Data { .. }))
        ));
        let mut copier = Copier::new("z.test").expect("a name");
        copier.take(&worded("z.test.", "SOA", TOP[1].2)).expect("a record");
        copier.take(&worded("a.z.test.", "A", "192.0.2.1")).expect("a record");
        assert_eq!(copier.done_whole(), Err(CopyFault::NoTop("NS")));
    }
}
