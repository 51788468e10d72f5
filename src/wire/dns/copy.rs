//! Copies of zones: records as transfers, services and files word them, brought into one canonical form.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

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
    records: Vec<Row>,
    /// What the records say, one behind the other: a zone takes little more room than its words.
    text: Vec<u8>,
    /// The data of each SOA, by where it stands.
    beginnings: HashMap<(Vec<u8>, bool), Vec<u8>>,
}

/// One record: its parts stand in the text, behind one another.
#[derive(Clone, Copy, Debug)]
struct Row {
    start: usize,
    /// How long each part is, in the order of [`PLACE`], [`DATA`], [`OWNER`] and [`WORDS`].
    parts: [usize; 4],
    ttl: u32,
    rank: u16,
    apart: Option<Apart>,
}

/// The parts of a record: its owner in canonical order, its data as a message says it, both as they are shown.
const PLACE: usize = 0;
const DATA: usize = 1;
const OWNER: usize = 2;
const WORDS: usize = 3;

/// Where a record set stands: its owner in canonical order, the SOA first, then types by their numbers.
type Place<'a> = (&'a [u8], u16, bool);

/// What became of a record that was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// How many bytes of words it has; none for what a signer made, which is passed over.
    pub size: usize,
    /// Whether the copy has its owner and its data in its source's very words.
    pub verbatim: bool,
}

impl Copier {
    /// Begins a copy of a zone.
    ///
    /// # Errors
    /// [`DnsError::Name`].
    pub fn new(zone: &str) -> Result<Self, DnsError> {
        let (zone, shown) = name::read_ordered(zone)?;
        let (records, text, beginnings) = Default::default();
        Ok(Self { zone, shown, records, text, beginnings })
    }

    /// Takes a record in, in any order; the same record again adds nothing. What a signer made is passed over.
    ///
    /// # Errors
    /// Every [`CopyFault`] but those of the whole.
    pub fn take(&mut self, record: &Worded<'_>) -> Result<Taken, CopyFault> {
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
            return Ok(Taken { size: 0, verbatim: true });
        }
        let own = POWERDNS.iter().find(|(_, number, _)| *number == kind).map(|(.., apart)| *apart);
        let flattened = (kind == CNAME && place == self.zone).then_some(Apart::Alias);
        let apart = record.apart.or(own).or(flattened);
        let (bytes, words) = match own {
            Some(_) => own_words(kind, record.data)?,
            None => canonical(kind, record.data)?,
        };
        let size = place.len() + record.name.len() + bytes.len() + words.len();
        let verbatim = owner == record.name && words == record.data;
        let (ttl, rank, start) = (record.ttl, rank(kind), self.text.len());
        let parts = [&*place, &*bytes, owner.as_bytes(), words.as_bytes()];
        parts.into_iter().for_each(|part| self.text.extend_from_slice(part));
        let parts = parts.map(<[u8]>::len);
        self.records.push(Row { start, parts, ttl, rank, apart });
        if kind == SOA {
            let served = apart != Some(Apart::Disabled);
            let known = self.beginnings.entry((place, served)).or_insert_with(|| bytes.clone());
            if *known != bytes {
                return Err(CopyFault::TwoBeginnings);
            }
        }
        Ok(Taken { size, verbatim })
    }

    /// Ends a copy of a source that shows a zone as it is served: with the SOA and the name servers at its top.
    ///
    /// # Errors
    /// [`CopyFault::Empty`], [`CopyFault::NoTop`].
    pub fn done_whole(self) -> Result<ZoneCopy, CopyFault> {
        for (kind, word) in [(SOA, "SOA"), (NS, "NS")] {
            let top: Place<'_> = (&self.zone, rank(kind), true);
            if !self.is_empty() && !self.records.iter().any(|row| row.place(&self.text) == top) {
                return Err(CopyFault::NoTop(word));
            }
        }
        self.done()
    }

    fn is_empty(&self) -> bool {
        self.records.iter().all(|row| row.rank == 0)
    }

    /// Ends a copy.
    ///
    /// # Errors
    /// [`CopyFault::Empty`].
    pub fn done(self) -> Result<ZoneCopy, CopyFault> {
        if self.is_empty() { Err(CopyFault::Empty) } else { Ok(self.gathered()) }
    }

    /// Ends what is no whole zone: whatever was taken in.
    pub fn gathered(self) -> ZoneCopy {
        let Self { shown, mut records, text, .. } = self;
        // Within a set, data stand in canonical order, each once (RFC 4034 §6.3).
        let order = |row: &Row| (row.place(&text), row.part(&text, DATA));
        records.sort_by(|one, other| order(one).cmp(&order(other)));
        let mut sets: Vec<ZoneSet> = Vec::with_capacity(records.len());
        let mut last: Option<Row> = None;
        for row in records {
            let same = last.filter(|last| last.place(&text) == row.place(&text));
            match (sets.last_mut(), same) {
                (Some(set), Some(before)) => {
                    set.ttl = set.ttl.min(row.ttl);
                    set.apart = set.apart.or(row.apart);
                    if before.part(&text, DATA) != row.part(&text, DATA) {
                        set.data.push(row.words(&text));
                    }
                }
                (before, _) => {
                    // Most sets have the type of the one before.
                    let same = before.filter(|_| last.is_some_and(|it| it.rank == row.rank));
                    let kind = same
                        .map_or_else(|| shown_kind(row.rank).into(), |set| Arc::clone(&set.kind));
                    let (name, data) = (row.owner(&text), vec![row.words(&text)]);
                    sets.push(ZoneSet { name, kind, ttl: row.ttl, data, apart: row.apart });
                }
            }
            last = Some(row);
        }
        ZoneCopy { zone: shown, sets }
    }
}

impl Row {
    fn part<'t>(&self, text: &'t [u8], which: usize) -> &'t [u8] {
        let start = self.start + self.parts[..which].iter().sum::<usize>();
        &text[start..start + self.parts[which]]
    }

    fn place<'t>(&self, text: &'t [u8]) -> Place<'t> {
        (self.part(text, PLACE), self.rank, self.apart != Some(Apart::Disabled))
    }

    fn words(&self, text: &[u8]) -> Remote {
        Remote::from_bytes(self.part(text, WORDS))
    }

    fn owner(&self, text: &[u8]) -> String {
        String::from_utf8_lossy(self.part(text, OWNER)).into_owned()
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
        let kinds: Vec<_> = ours.sets.iter().map(|set| (&*set.kind, set.data.len())).collect();
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
        let apart: Vec<_> = copy.sets.iter().map(|set| (&*set.kind, set.apart)).collect();
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
