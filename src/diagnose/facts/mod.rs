//! From evidence to facts: one file per family, each fact from each vantage.

mod api;
mod authoritative;
mod authority;
mod beyond;
mod bgp;
mod claim;
mod cut;
mod delegation;
mod dnssec;
mod doubled;
mod encrypted;
mod left;
mod long_lived;
mod network;
mod observer;
mod origin;
mod parity;
mod passage;
mod path;
mod peers;
mod records;
mod registry;
mod resolver;
mod safe;
mod seedbox;
mod sight;
mod tally;
mod tampering;
mod tracker;
mod unbuilt;
mod zone;

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Topology;
use crate::model::{Baseline, Estate, Evidence, Fact, Id, Observation, VantageKind};
use crate::wire::as_table::AsTable;
use claim::{Claim, Key};
use sight::Sight;

/// What facts are made from, besides the evidence.
struct World<'a> {
    estate: &'a Estate,
    topology: Topology,
    baseline: Option<&'a Baseline>,
    as_table: Option<&'a AsTable>,
    /// Providers whose whole copies were compared, or should have been.
    copied: BTreeSet<&'a Id>,
    /// The vantage that this process is.
    here: Id,
}

/// Says what the evidence means: each fact of the catalogue for each declared subject, `f1`, `f2` …
///
/// The place where this process runs says all of them, unknown ones too; other vantages only what they looked at.
/// An unknown fact whose measure is "of 0" is one that nothing in the estate could ever tell from there.
pub fn facts(
    estate: &Estate,
    evidence: &[Evidence],
    baseline: Option<&Baseline>,
    as_table: Option<&AsTable>,
    now: Timestamp,
) -> Vec<Fact> {
    let is_copy = |evidence: &&Evidence| matches!(evidence.observation, Observation::Copy(_));
    let copied = evidence.iter().filter(is_copy).map(|evidence| &evidence.subject).collect();
    let topology = Topology::of(estate, as_table);
    let here = here(estate);
    let world = World { estate, topology, baseline, as_table, copied, here: here.clone() };
    let mut vantages: BTreeSet<&Id> = evidence.iter().map(|evidence| &evidence.vantage).collect();
    vantages.remove(&here);
    let sights: Vec<Sight<'_>> = std::iter::once(&here)
        .chain(vantages)
        .map(|vantage| Sight::of(estate, vantage, evidence))
        .collect();
    let claims: Vec<Vec<Claim>> =
        sights.iter().map(|sight| said(&world, sight, *sight.vantage == here)).collect();
    let elsewhere: BTreeSet<Key> = claims.iter().skip(1).flatten().map(Claim::key).collect();
    let mut facts = Vec::new();
    for (sight, claims) in sights.iter().zip(claims) {
        let needless = |claim: &Claim| {
            *sight.vantage == here && sight.is_blind() && elsewhere.contains(&claim.key())
        };
        let kept = claims.into_iter().filter(|claim| claim.is_of_observer() || !needless(claim));
        facts.extend(kept.map(|claim| claim.into_fact(sight.vantage, sight.newest(now))));
    }
    for (number, fact) in facts.iter_mut().enumerate() {
        fact.id = Id::new(format!("f{}", number + 1));
    }
    facts
}

/// Returns what one vantage says. One that is known to be blind speaks of itself alone, unless it is all there is.
fn said(world: &World<'_>, sight: &Sight<'_>, here: bool) -> Vec<Claim> {
    let mut claims = observer::vantage(sight, here);
    if here {
        claims.extend(all(world, sight));
    } else if sight.ran() {
        let looked = |claim: &Claim| !claim.from.is_empty();
        let seen = |claim: &Claim| claim.is_of_observer() || !sight.is_blind();
        claims.extend(all(world, sight).into_iter().filter(looked).filter(seen));
    }
    claims
}

fn all(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    let families = [
        observer::claims,
        authority::claims,
        path::claims,
        resolver::claims,
        beyond::claims,
        doubled::claims,
        api::claims,
        records::claims,
        long_lived::claims,
        tampering::claims,
        delegation::claims,
        dnssec::claims,
        safe::claims,
        cut::claims,
        zone::claims,
        left::claims,
        parity::claims,
        origin::claims,
        tracker::claims,
        seedbox::claims,
        peers::claims,
        network::claims,
        bgp::claims,
        registry::claims,
        encrypted::claims,
        unbuilt::claims,
    ];
    families.into_iter().flat_map(|family| family(world, sight)).collect()
}

/// Returns the vantage that this process is: the first local one that the estate names, else `here`.
fn here(estate: &Estate) -> Id {
    let local = estate.vantages.iter().find(|vantage| vantage.kind == VantageKind::Local);
    local.map_or_else(|| Id::new("here"), |vantage| vantage.id.clone())
}
