//! Trackers and seedboxes: two of each in different networks, so that one outage leaves one; and noted addresses.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::finding::Draft;
use super::ground::{Ground, listed};
use super::measured::unpinned;
use crate::model::{Id, ParamKind, Rule, Truth};

pub fn findings(ground: &Ground<'_>) -> Vec<Draft> {
    let mut all = Vec::new();
    all.extend(trackers(ground).map(|(truth, because)| {
        let draft = said(ground, Rule::TrackersApart, truth, because);
        draft.mend("run a second tracker in another network, and declare it with `standby: true`")
    }));
    all.extend(seedboxes(ground).map(|(truth, because)| {
        let draft = said(ground, Rule::SeedboxesApart, truth, because);
        draft.mend("seed from a second region, in another network")
    }));
    for (of, what) in unpinned(ground) {
        let because = format!("no address is noted for {what}: it is found only while DNS works");
        all.push(
            Draft::warning(Rule::EndpointPinned, Truth::False, &of, because)
                .by(ground.on_call())
                .mend("write its `addresses` into the estate, or let `lifeboat ready` note them once it answers"),
        );
    }
    all
}

fn said(ground: &Ground<'_>, rule: Rule, truth: Truth, because: String) -> Draft {
    let estate = &ground.inquiry.estate.id;
    let draft = match truth {
        Truth::Unknown => Draft::unknown(rule, estate, because),
        Truth::True | Truth::False => Draft::warning(rule, truth, estate, because),
    };
    draft.by(ground.on_call())
}

/// Says what is wrong with where trackers stand; nothing where nothing is.
pub fn trackers(ground: &Ground<'_>) -> Option<(Truth, String)> {
    let ids: Vec<&Id> = ground.inquiry.estate.trackers.iter().map(|it| &it.id).collect();
    spread(ground, ParamKind::Tracker, &ids, "tracker", "trackers")
}

/// Says what is wrong with where seedboxes stand.
pub fn seedboxes(ground: &Ground<'_>) -> Option<(Truth, String)> {
    let boxes = &ground.inquiry.estate.seedboxes;
    let ids: Vec<&Id> = boxes.iter().map(|it| &it.id).collect();
    let regions: BTreeSet<&str> = boxes.iter().filter_map(|it| it.region.as_deref()).collect();
    if boxes.len() > 1 && regions.len() == 1 && boxes.iter().all(|it| it.region.is_some()) {
        let region = regions.first().copied().unwrap_or_default();
        return Some((Truth::False, format!("all seedboxes stand in one region, `{region}`")));
    }
    spread(ground, ParamKind::Seedbox, &ids, "seedbox", "seedboxes")
}

fn spread(
    ground: &Ground<'_>,
    kind: ParamKind,
    ids: &[&Id],
    one: &str,
    many: &str,
) -> Option<(Truth, String)> {
    match ids {
        [] => return Some((Truth::Unknown, format!("the estate names no {one}"))),
        [only] => {
            return Some((Truth::False, format!("there is one {one}, `{only}`, and no other")));
        }
        [_, _, ..] => {}
    }
    let homes: Vec<BTreeSet<u32>> =
        ids.iter().map(|id| ground.asns(ground.places(kind, id))).collect();
    let known: BTreeSet<&u32> = homes.iter().flatten().collect();
    if known.len() > 1 {
        return None;
    }
    let unmapped: Vec<&&Id> =
        ids.iter().zip(&homes).filter(|(_, home)| home.is_empty()).map(|(id, _)| id).collect();
    if ground.inquiry.as_table.is_none() || !unmapped.is_empty() {
        let named = if unmapped.is_empty() { listed(ids) } else { listed(&unmapped) };
        return Some((Truth::Unknown, format!("in whose networks the {many} {named} stand")));
    }
    let asn = known.first().map(|asn| format!("AS{asn}")).unwrap_or_default();
    Some((Truth::False, format!("all {many} stand in one network, {asn}: {}", listed(ids))))
}

/// Returns the standby trackers that stand in a network without a live one, as far as that is known.
pub fn backups(ground: &Ground<'_>) -> (Vec<Id>, usize) {
    let trackers = &ground.inquiry.estate.trackers;
    let at = |id: &Id| -> Vec<IpAddr> { ground.places(ParamKind::Tracker, id).to_vec() };
    let live = trackers.iter().filter(|it| !it.standby);
    let busy: BTreeSet<u32> = live.flat_map(|it| ground.asns(&at(&it.id))).collect();
    let standby: Vec<&crate::model::Tracker> = trackers.iter().filter(|it| it.standby).collect();
    let apart = standby.iter().filter(|it| {
        let own = ground.asns(&at(&it.id));
        !own.is_empty() && own.is_disjoint(&busy)
    });
    (apart.map(|it| it.id.clone()).collect(), standby.len())
}
