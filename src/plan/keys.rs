//! Keys and what names them, so that two providers may sign one zone, each with keys of its own (RFC 8901 §2.1.2).
//!
//! A resolver takes an answer from one provider and the keys from another, so each serves the keys of both before
//! anybody is sent to both; and the parent names both. What caches hold of the time before is waited for.

use super::Refusal;
use super::cut::Cut;
use super::deed::{Fault, Place, Readings, reading, sets, target};
use super::delegation::{names, servers};
use super::forecast::{DELEGATION, RECORD, add, longest, slowest, written};
use super::scope::Scope;
use crate::model::{
    ActionKind, Argument, Change, ChangeSpec, DnsProvider, Effect, Expected, Fact, FactKind, Found,
    Guard, Id, Pause, Query, RrContent, Rrset, ServedKey, ServedKeys, Services, Span, Truth, Value,
    Wanted,
};

/// A change of keys, or of what names them.
#[derive(Clone, Debug)]
pub struct Keys {
    /// Where the parent delegates the zone.
    pub cut: Cut,
    /// Whose keys it is about.
    pub of: DnsProvider,
    /// What becomes of them.
    part: Part,
}

/// What becomes of keys.
#[derive(Clone, Debug)]
enum Part {
    /// Another provider serves them beside its own.
    Share {
        /// Who.
        at: Box<DnsProvider>,
    },
    /// The parent names them.
    Name,
    /// The parent names them no longer.
    Forget,
}

impl Keys {
    /// Resolves the target of `dns.keys.share`, `dns.ds.add` or `dns.ds.remove`.
    pub fn of(scope: &Scope<'_>, step: &Id, spec: &ChangeSpec) -> Result<Self, Fault> {
        let cut = Cut::of(scope, step, spec)?;
        let one = |key: &str| -> Result<DnsProvider, Fault> {
            let id = target(scope, spec, key)?;
            let wrong = || Fault::wrong(format!("`{id}` is no DNS provider of the estate"));
            scope.estate.provider(&id).cloned().ok_or_else(wrong)
        };
        let (of, part) = match spec.action {
            ActionKind::DsAdd => (one("add")?, Part::Name),
            ActionKind::DsRemove => (one("remove")?, Part::Forget),
            ActionKind::KeysShare => (one("from")?, Part::Share { at: Box::new(one("at")?) }),
            ActionKind::DelegationReplace
            | ActionKind::DelegationRestore
            | ActionKind::DelegationAdd
            | ActionKind::DelegationRemove
            | ActionKind::ApexMatch
            | ActionKind::ZoneApply
            | ActionKind::TtlLower
            | ActionKind::TrackerReplace
            | ActionKind::TrackerAppend
            | ActionKind::TrackerRemove => {
                return Err(Fault::wrong("no keys are changed by it"));
            }
        };
        let keys = Self { cut, of, part };
        match &keys.part {
            Part::Share { at } if at.id == keys.of.id => {
                Err(Fault::wrong(format!("`at` and `from` are both `{}`", at.id)))
            }
            Part::Share { .. } => Ok(keys),
            // A person is not told what no plan would do without an override.
            Part::Name | Part::Forget => {
                match keys.cut.at_the_top().filter(|_| keys.cut.by_hand()) {
                    Some(because) => Err(Fault::not_available(step, because)),
                    None => Ok(keys),
                }
            }
        }
    }

    /// Tells whether a person writes them.
    pub fn by_hand(&self) -> bool {
        match self.part {
            Part::Share { .. } => false,
            Part::Name | Part::Forget => self.cut.by_hand(),
        }
    }

    /// Tells whether what names a provider's keys is taken away.
    pub fn goes(&self) -> bool {
        matches!(self.part, Part::Forget)
    }

    fn served(&self, by: &DnsProvider) -> Wanted {
        Wanted::Keys { provider: by.id.clone(), zone: self.cut.name.clone() }
    }

    /// Returns where the records are written: the service, the zone, and their type.
    fn place(&self) -> (&Id, &str, &'static str) {
        match &self.part {
            Part::Share { at } => (&at.id, &self.cut.name, "DNSKEY"),
            Part::Name | Part::Forget => (&self.cut.registrar.id, &self.cut.parent, "DS"),
        }
    }

    fn own(&self) -> Wanted {
        let (service, zone, kind) = self.place();
        let (service, zone) = (service.clone(), zone.to_owned());
        Wanted::Rrsets { service, zone, keys: vec![self.cut.key(kind)] }
    }

    /// Returns what must be read: the set that is written, how large its zone is, and which keys are served.
    pub fn wanted(&self) -> Vec<Wanted> {
        let (service, zone, _) = self.place();
        let size = Wanted::ZoneSize { service: service.clone(), zone: zone.to_owned() };
        let mut wanted = vec![self.own(), self.served(&self.of)];
        wanted.extend((!self.by_hand()).then_some(size));
        match &self.part {
            Part::Share { at } => wanted.push(self.served(at)),
            Part::Forget => wanted.extend(self.cut.wanted(vec![self.cut.key("NS")])),
            Part::Name => {}
        }
        wanted
    }

    /// Works out the one change, or none.
    pub fn changes(
        &self,
        step: &Id,
        services: &Services,
        found: &Readings,
    ) -> Result<(Vec<Change>, Expected), Refusal> {
        let (service, zone, _) = self.place();
        let before = &sets(found, &self.own(), step, service)?[0];
        let keys = self.keys(found, step, &self.of)?;
        let after = match &self.part {
            Part::Share { at } => shared(before, &keys, &self.keys(found, step, at)?),
            Part::Name => self.named(step, before, &keys)?,
            Part::Forget => self.forgotten(step, before, &keys, found)?,
        };
        let (old, new) = (data(before), data(&after));
        let only = |one: &[String], other: &[String]| -> Vec<String> {
            one.iter().filter(|it| !other.contains(it)).cloned().collect()
        };
        let expected = self.expected(only(&new, &old), only(&old, &new));
        if old == new {
            return Ok((Vec::new(), expected));
        }
        let place = Place { service, zone, object: &self.cut.zone.id };
        let (before, after) = (vec![before.clone()], vec![after]);
        let change = if self.by_hand() {
            place.typed(before, after)
        } else {
            place.change(services, step, before, after)?
        };
        Ok((vec![change], expected))
    }

    /// Returns the keys that a provider serves; a zone that is not signed there has none to share.
    fn keys(&self, found: &Readings, step: &Id, by: &DnsProvider) -> Result<ServedKeys, Refusal> {
        let served = match reading(found, &self.served(by), step, &by.id)? {
            Found::Keys(served) => served.clone(),
            Found::Value(_)
            | Found::Size(_)
            | Found::Zone(_)
            | Found::Torrents(_)
            | Found::Unreadable(_) => {
                let because = "what was read are no keys".to_owned();
                let (step, service) = (step.clone(), by.id.clone());
                return Err(Refusal::Unreadable { step, service, because });
            }
        };
        if served.keys.iter().any(|key| key.signs) {
            return Ok(served);
        }
        let because = format!("`{}` does not sign `{}`", by.id, self.cut.name);
        Err(Refusal::Drift { step: step.clone(), because })
    }

    /// Adds what names the keys by which a provider's answers are entered.
    fn named(&self, step: &Id, before: &Rrset, keys: &ServedKeys) -> Result<Rrset, Refusal> {
        // With the DS of one provider alone, what another one answers would be bogus.
        if before.records.is_empty() {
            let (parent, name) = (&self.cut.parent, &self.cut.name);
            let because = format!("`{parent}` has no DS of `{name}`, so no resolver validates it");
            return Err(Refusal::Drift { step: step.clone(), because });
        }
        let ds = keys.keys.iter().filter(|key| key.signs).map(|key| &key.ds);
        Ok(with(before, before.ttl, ds))
    }

    /// Takes out what names a provider's keys, once nobody is sent there.
    fn forgotten(
        &self,
        step: &Id,
        before: &Rrset,
        keys: &ServedKeys,
        found: &Readings,
    ) -> Result<Rrset, Refusal> {
        if let Some(parents) = self.cut.wanted(vec![self.cut.key("NS")]) {
            let now = servers(&sets(found, &parents, step, &self.cut.registrar.id)?[0]);
            if !now.is_disjoint(&names([&self.of])) {
                let because = self.is_needed();
                return Err(Refusal::Drift { step: step.clone(), because });
            }
        }
        let own = |record: &RrContent| {
            keys.keys.iter().any(|key| key.signs && same(&key.ds, &record.content))
        };
        let stays = before.records.iter().filter(|record| !own(record)).cloned();
        Ok(Rrset { records: stays.collect(), ..before.clone() })
    }

    /// Says why what names the provider's keys stays.
    pub fn is_needed(&self) -> String {
        format!("the parent still delegates `{}` to `{}`", self.cut.name, self.of.id)
    }

    /// Says why nobody is asked to take out the last of what names keys.
    pub fn is_unseen(&self) -> String {
        format!("nothing would show that a person took the last DS of `{}` out", self.cut.name)
    }

    /// Says what every server must answer.
    pub fn expected(&self, comes: Vec<String>, goes: Vec<String>) -> Expected {
        let (_, _, kind) = self.place();
        let at = match &self.part {
            Part::Share { at } => Some(at.id.clone()),
            Part::Name | Part::Forget => None,
        };
        let (zone, kind) = (self.cut.zone.id.clone(), kind.to_owned());
        Expected::Top { zone, at, kind, comes, goes }
    }

    /// Returns what keys need to go back: that the parent sends nobody to the provider whose keys are named, or not to both
    /// that share them. What is named again harms nobody, whoever is sent there.
    pub fn unneeded(&self) -> Option<Guard> {
        match self.part {
            Part::Share { .. } | Part::Name => Some(self.unsent()),
            Part::Forget => None,
        }
    }

    /// Demands that the parent sends nobody who would need the keys.
    pub fn unsent(&self) -> Guard {
        let alone = |provider: &Id| {
            let arguments = [&self.cut.zone.id, provider];
            let arguments = arguments.into_iter().map(|id| Argument::Id(id.clone())).collect();
            let query = Query { kind: FactKind::DnsDelegated, arguments };
            Guard::Is { query, truth: Truth::False, negated: false }
        };
        match &self.part {
            Part::Share { at } => Guard::Any(vec![alone(&at.id), alone(&self.of.id)]),
            Part::Name | Part::Forget => alone(&self.of.id),
        }
    }

    /// Returns for how long caches may hold the set as it was before: nobody is sent to whoever needs the new one until
    /// then (RFC 8901 §6, RFC 6781 §4.1.2).
    pub fn caches(&self, changes: &[Change], found: &Readings) -> Option<Span> {
        let Value::Rrsets(before) = &changes.first()?.before else { return None };
        let held = before.iter().map(|set| set.ttl).max().unwrap_or(0);
        let served = match &self.part {
            Part::Share { at } => match found.get(&self.served(at)) {
                Some(Found::Keys(served)) => served.ttl,
                Some(_) | None => 0,
            },
            Part::Name | Part::Forget => 0,
        };
        Some(Span::from_secs(u64::from(held.max(served))))
    }

    /// Returns what a reversal waits for.
    ///
    /// What was put there goes only once no cache sends anybody to whoever needs it, nor holds what that one has signed
    /// (RFC 6781 §4.3.5, RFC 8901 §6). What was taken away and comes back is needed by whatever moves back next.
    pub fn pause(
        &self,
        effect: &Effect,
        facts: &[Fact],
        changes: &[Change],
        found: &Readings,
    ) -> Pause {
        let own = self.caches(changes, found).unwrap_or_default().max(written(changes));
        let measured = |kind| longest(facts, kind, &self.cut.zone.id).0;
        match &self.part {
            Part::Share { .. } | Part::Name => {
                let sent = measured(FactKind::DnsDelegationTtl);
                let sent = slowest(effect.delegation_ttl, sent, DELEGATION);
                let signed = slowest(effect.record_ttl, measured(FactKind::DnsRecordTtl), RECORD);
                let denied = measured(FactKind::DnsNegativeTtl).unwrap_or_default();
                Pause::Before(add(sent, signed.max(denied).max(own)))
            }
            Part::Forget => Pause::After(own),
        }
    }
}

/// Returns a provider's own set with another one's keys beside; those that it serves already stay as they are.
fn shared(before: &Rrset, from: &ServedKeys, at: &ServedKeys) -> Rrset {
    let there = |key: &&ServedKey| at.keys.iter().any(|own| same(&own.data, &key.data));
    let new = from.keys.iter().filter(|key| !there(key)).map(|key| &key.data);
    let ttl = if before.records.is_empty() { at.ttl } else { before.ttl };
    with(before, ttl, new)
}

/// Adds records to a set that it does not have.
fn with<'k>(before: &Rrset, ttl: u32, new: impl Iterator<Item = &'k String>) -> Rrset {
    let mut records = before.records.clone();
    for data in new {
        if !records.iter().any(|record| same(&record.content, data)) {
            records.push(RrContent { content: data.clone(), disabled: false, beside: None });
        }
    }
    Rrset { records, ttl, ..before.clone() }
}

fn data(set: &Rrset) -> Vec<String> {
    let served = set.records.iter().filter(|record| !record.disabled);
    served.map(|record| record.content.clone()).collect()
}

/// Compares the data of keys, which may be broken by spaces, and whose digests have no case.
fn same(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<String>();
    let (one, other) = (plain(one), plain(other));
    one == other || is_digest(&one) && one.eq_ignore_ascii_case(&other)
}

fn is_digest(text: &str) -> bool {
    text.chars().all(|it| it.is_ascii_hexdigit())
}
