//! What a plan touches, counted as its steps are pinned, and what it may touch at most.

use std::collections::{BTreeMap, BTreeSet};

use super::deed::{Deed, Readings};
use super::share::Share;
use crate::model::{
    Change, Estate, Found, Id, Limit, LimitKind, Percent, RrKey, Target, Value, Wanted,
};

/// What a plan touches, or one step of a runbook with all members of its `each`.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    zones: BTreeSet<Id>,
    record_sets: BTreeSet<(Zone, RrKey)>,
    torrents: usize,
    changes: usize,
    /// The record sets that were there before, by zone.
    there: BTreeMap<Zone, BTreeSet<RrKey>>,
    /// The torrents, by seedbox.
    lists: BTreeMap<Id, BTreeSet<String>>,
    /// Those of them that lose a tracker which is not known to be dead.
    losing: BTreeMap<Id, BTreeSet<String>>,
    /// Those trackers.
    lost: BTreeSet<Id>,
}

/// A service and a zone that it holds.
type Zone = (Id, String);

/// How much may be touched at most.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    zones: Option<u32>,
    record_sets: Option<u32>,
    torrents: Option<u32>,
    changes: Option<u32>,
    of_zone: Option<Share>,
    of_seedbox: Option<Share>,
    of_trackers: Option<Share>,
    /// Whether a share of a seedbox counts only torrents that lose a tracker which is not known to be dead.
    losses_alone: bool,
}

/// What one plan may touch whatever its runbook says; `docs/design/limits.md` has the reasons.
pub const BUILT_IN: Bounds = Bounds {
    zones: Some(10),
    record_sets: Some(100),
    torrents: Some(10_000),
    changes: Some(10_000),
    of_zone: Some(Share { floor: 10, part: Percent(30.0) }),
    of_seedbox: Some(Share { floor: 1, part: Percent(50.0) }),
    of_trackers: Some(Share { floor: 1, part: Percent(50.0) }),
    losses_alone: true,
};

impl Bounds {
    /// Takes what a runbook says of one step.
    pub fn of(limit: &Limit) -> Self {
        let share = limit.share.map(|part| Share { floor: 1, part });
        Self {
            zones: limit.zones,
            record_sets: limit.record_sets,
            torrents: limit.torrents,
            changes: limit.changes,
            of_zone: share,
            of_seedbox: share,
            of_trackers: None,
            losses_alone: false,
        }
    }
}

impl Tally {
    /// Counts a step's changes; `dead` says that the tracker which they take out is known not to answer.
    pub fn add(&mut self, deed: &Deed, changes: &[Change], dead: bool) {
        let taken = match deed {
            Deed::Trackers(trackers) => trackers.edit.taken().filter(|_| !dead),
            Deed::Delegation(_) | Deed::Apex(_) | Deed::Keys(_) | Deed::Records(_) => None,
        };
        self.changes += changes.len();
        self.lost.extend(taken.map(|tracker| tracker.id.clone()));
        for change in changes {
            match &change.target {
                Target::Rrsets { service, zone, keys } => {
                    self.zones.insert(change.object.clone());
                    let zone = (service.clone(), zone.clone());
                    let sets = keys.iter().map(|key| (zone.clone(), key.clone()));
                    self.record_sets.extend(sets);
                    self.there.entry(zone).or_default().extend(existing(&change.before));
                }
                Target::TrackerList { service, torrent } => {
                    self.torrents += 1;
                    let of = |lists: &mut BTreeMap<Id, BTreeSet<String>>| {
                        lists.entry(service.clone()).or_default().insert(torrent.clone());
                    };
                    of(&mut self.lists);
                    if taken.is_some() {
                        of(&mut self.losing);
                    }
                }
            }
        }
    }

    /// Says which bounds are crossed here that were not crossed before.
    pub fn crosses(
        &self,
        before: &Self,
        bounds: &Bounds,
        whole: &Whole<'_>,
    ) -> Vec<(LimitKind, String)> {
        let mut found = Vec::new();
        let counts = [
            (["zone", "zones"], before.zones.len(), self.zones.len(), bounds.zones),
            (
                ["record set", "record sets"],
                before.record_sets.len(),
                self.record_sets.len(),
                bounds.record_sets,
            ),
            (["torrent", "torrents"], before.torrents, self.torrents, bounds.torrents),
            (["change", "changes"], before.changes, self.changes, bounds.changes),
        ];
        for (words, before, count, most) in counts {
            let most = most.map_or(usize::MAX, |most| most as usize);
            if (before..count).contains(&most) {
                let touched = counted(count, words);
                found.push((
                    LimitKind::Count,
                    format!("it would touch {touched}; the limit is {most}"),
                ));
            }
        }
        found
            .extend(self.parts(before, bounds, whole).into_iter().map(|it| (LimitKind::Share, it)));
        found
    }

    fn parts(&self, before: &Self, bounds: &Bounds, whole: &Whole<'_>) -> Vec<String> {
        let mut found = Vec::new();
        for (zone, sets) in &self.there {
            let was = before.there.get(zone).map_or(0, BTreeSet::len);
            let size = whole.of_zone(zone);
            let of = format!("record sets of `{}` at `{}`", zone.1, zone.0);
            found.extend(bounds.of_zone.and_then(|it| over(it, was, sets.len(), size, &of)));
        }
        let lists = |tally: &Self| {
            if bounds.losses_alone { tally.losing.clone() } else { tally.lists.clone() }
        };
        let earlier = lists(before);
        for (seedbox, torrents) in &lists(self) {
            let was = earlier.get(seedbox).map_or(0, BTreeSet::len);
            let what = if bounds.losses_alone {
                "lose a tracker that may well answer"
            } else {
                "are touched"
            };
            let of = format!("torrents of `{seedbox}`, which {what}");
            let size = whole.of_seedbox(seedbox);
            found.extend(bounds.of_seedbox.and_then(|it| over(it, was, torrents.len(), size, &of)));
        }
        let (was, lost) = (before.lost.len(), self.lost.len());
        let size = Some(whole.estate.trackers.len());
        let of = "trackers of the estate, which may well answer and are taken out of lists";
        found.extend(bounds.of_trackers.and_then(|it| over(it, was, lost, size, of)));
        found
    }
}

/// Says by how much a part is too large, where this step is the one that makes it so.
fn over(share: Share, was: usize, now: usize, size: Option<usize>, of: &str) -> Option<String> {
    let most = size.map_or_else(|| share.allows_of_the_unknown(), |size| share.allows(size));
    if !(was..now).contains(&most) {
        return None;
    }
    let now = size.map_or_else(|| now.to_string(), |size| format!("{now} of {size}"));
    let unknown = if size.is_none() { ", and nobody knows of how many" } else { "" };
    Some(format!("it would touch {now} {of}{unknown}; the limit is {most}"))
}

/// How large the things are that parts are taken of.
pub struct Whole<'a> {
    /// The estate.
    pub estate: &'a Estate,
    /// What was read.
    pub readings: &'a Readings,
}

impl Whole<'_> {
    fn of_zone(&self, (service, zone): &Zone) -> Option<usize> {
        sizes(self.readings).get(&(service.clone(), zone.clone())).copied()
    }

    fn of_seedbox(&self, seedbox: &Id) -> Option<usize> {
        match self.readings.get(&Wanted::Torrents { seedbox: seedbox.clone() })? {
            Found::Torrents(torrents) => Some(torrents.len()),
            Found::Value(_)
            | Found::Size(_)
            | Found::Keys(_)
            | Found::Zone(_)
            | Found::Unreadable(_) => None,
        }
    }
}

/// Returns how many record sets zones have, of those that were counted or read whole, by service and zone.
pub fn sizes(readings: &Readings) -> BTreeMap<(Id, String), usize> {
    let size = |(wanted, found): (&Wanted, &Found)| match (wanted, found) {
        (Wanted::ZoneSize { service, zone }, Found::Size(size)) => {
            Some(((service.clone(), zone.clone()), *size))
        }
        (Wanted::Zone { at, name, .. }, Found::Zone(copies)) => {
            Some(((at.clone(), name.clone()), copies.held.sets.len()))
        }
        (
            Wanted::ZoneSize { .. }
            | Wanted::Zone { .. }
            | Wanted::Rrsets { .. }
            | Wanted::Keys { .. }
            | Wanted::Torrents { .. },
            _,
        ) => None,
    };
    readings.iter().filter_map(size).collect()
}

/// Returns the record sets of a value that exist.
fn existing(value: &Value) -> Vec<RrKey> {
    match value {
        Value::Rrsets(sets) => {
            let there = sets.iter().filter(|set| !set.records.is_empty());
            there.map(|set| set.key.clone()).collect()
        }
        Value::Trackers(_) => Vec::new(),
    }
}

/// Counts things in words.
pub fn counted(number: usize, [one, many]: [&str; 2]) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}
