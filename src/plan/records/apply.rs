//! How what a provider holds becomes what a source has: set by set, and what is left alone by its name.

use std::collections::{BTreeMap, BTreeSet};

use super::Worked;
use crate::model::{
    Apart, CopyFrom, Id, RrContent, RrKey, Rrset, SIGNING, TwoCopies, Zone, ZoneSet, are_same,
};

/// What becomes of one record set that differs.
enum Fate {
    /// It is written.
    Write,
    /// The estate says that it differs.
    Declared,
    /// It is left as it is: why.
    Left(String),
}

/// One record set, at the source and where it shall be.
struct Pair<'a> {
    key: RrKey,
    wanted: Option<&'a ZoneSet>,
    held: Option<&'a ZoneSet>,
}

/// Works out what is written at a provider, by owner and type.
pub fn work(zone: &Zone, at: &Id, copies: &TwoCopies) -> Worked {
    let (mut worked, mut declared) = (Worked::default(), Vec::new());
    let own: BTreeMap<&RrKey, &Rrset> = copies.sets.iter().map(|set| (&set.key, set)).collect();
    let held_apart = copies.held.apart();
    for pair in differing(copies) {
        let apart = held_apart(&pair.key.name, &pair.key.kind);
        match pair.fate(zone, at, (copies, apart)) {
            Fate::Declared => declared.push(named(&pair.key)),
            Fate::Left(because) => worked.left.push(because),
            Fate::Write => {
                let before =
                    own.get(&pair.key).map_or_else(|| absent(&pair.key), |it| (*it).clone());
                let after = after(&before, pair.wanted);
                worked.pairs.push((before, after));
            }
        }
    }
    if let [first, others @ ..] = &declared[..] {
        let more =
            if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
        worked.left.push(format!("{first}{more}: the estate says that it differs (`differs`)"));
    }
    worked
}

/// Tells whether a record set of a source may be written elsewhere.
pub fn travels(zone: &Zone, set: &ZoneSet) -> bool {
    set.apart.is_none() && !is_own(zone, &set.name, &set.kind)
}

/// Tells whether every provider has its own: where a zone begins, who serves it, and the keys of its signer.
fn is_own(zone: &Zone, name: &str, kind: &str) -> bool {
    SIGNING.contains(&kind) || kind == "SOA" || (kind == "NS" && name == zone.full_name("@"))
}

fn differing(copies: &TwoCopies) -> Vec<Pair<'_>> {
    let pairs = copies.wanted.paired(&copies.held).into_iter().filter(|pair| !are_same(*pair));
    let mut pairs: Vec<(bool, Pair<'_>)> = pairs
        .filter_map(|(wanted, held)| {
            let set = wanted.or(held)?;
            Some((set.is_served(), Pair { key: set.rr_key(), wanted, held }))
        })
        .collect();
    pairs.sort_by(|(served, one), (other, two)| (&one.key, served).cmp(&(&two.key, other)));
    pairs.into_iter().map(|(_, pair)| pair).collect()
}

impl Pair<'_> {
    fn fate(&self, zone: &Zone, at: &Id, (copies, apart): (&TwoCopies, Option<Apart>)) -> Fate {
        let (source, shown) = (&copies.source, named(&self.key));
        let RrKey { name, kind } = &self.key;
        if zone.may_differ([&source.provider, at], name, kind) {
            return Fate::Declared;
        }
        if is_own(zone, name, kind) {
            return Fate::Left(format!("{shown} is each provider's own, and is not written"));
        }
        let own = |set: Option<&ZoneSet>| set.and_then(|set| set.apart);
        match (own(self.wanted), own(self.held).or(apart)) {
            (Some(apart), _) => {
                let from = &source.provider;
                return Fate::Left(format!("{shown} of `{from}` does not travel: {}", why(apart)));
            }
            (None, Some(apart)) => {
                return Fate::Left(format!("{shown} of `{at}` is left as it is: {}", why(apart)));
            }
            (None, None) => {}
        }
        if self.wanted.is_none() && source.from == CopyFrom::Live {
            let because = "is there alone; only a copy in git takes a record set away";
            return Fate::Left(format!("{shown} of `{at}` {because}"));
        }
        Fate::Write
    }
}

const fn why(apart: Apart) -> &'static str {
    match apart {
        Apart::Alias => "it is an alias that its server resolves",
        Apart::Proxied => "its provider answers with addresses of its own",
        Apart::Computed => "its server computes each answer",
        Apart::Disabled => "it is kept, and not served",
    }
}

/// Returns a record set as it shall be. What is not served there, and what people wrote beside it, stays.
fn after(before: &Rrset, wanted: Option<&ZoneSet>) -> Rrset {
    let mut records = wanted.map_or_else(Vec::new, ZoneSet::contents);
    let ttl = wanted.map_or(before.ttl, |set| set.ttl);
    for record in &mut records {
        record.beside = beside(before, record, ttl);
    }
    let served: BTreeSet<String> = records.iter().map(|record| record.content.clone()).collect();
    let off = before.records.iter().filter(|it| it.disabled && !served.contains(&it.content));
    records.extend(off.cloned());
    if records.is_empty() {
        return absent(&before.key);
    }
    Rrset { key: before.key.clone(), ttl, records, comments: before.comments.clone() }
}

/// Keeps what lies beside a record that stays, or that the one record of a set becomes.
fn beside(before: &Rrset, record: &RrContent, ttl: u32) -> Option<crate::model::Beside> {
    let same = before.records.iter().find(|it| it.content == record.content);
    let only = before.records.first().filter(|_| before.records.len() == 1);
    let mut beside = same.or(only)?.beside.clone()?;
    beside.automatic &= before.ttl == ttl;
    beside.some()
}

fn absent(key: &RrKey) -> Rrset {
    Rrset { key: key.clone(), ttl: 0, records: Vec::new(), comments: Vec::new() }
}

fn named(key: &RrKey) -> String {
    format!("`{} {}`", key.name, key.kind)
}
