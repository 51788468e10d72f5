//! Which two copies of a zone are held against each other, and how they differ.

use std::str::FromStr;

use super::{Snapshots, copies, holders, path, said};
use crate::drive::Operation;
use crate::model::{CopyFrom, CopySource, DnsProvider, Id, Zone, ZoneCopy, ZoneDiff};
use crate::net::Deadline;

/// One side of a comparison, as it is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// `git` or `live`.
    Every(CopyFrom),
    /// A provider: as it is now, or offline as it was committed.
    Provider(Id),
    /// `git:PROVIDER` or `live:PROVIDER`.
    Exactly(CopyFrom, Id),
}

impl FromStr for Side {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.split_once(':') {
            Some(("git", id)) => Self::Exactly(CopyFrom::Git, id.into()),
            Some(("live", id)) => Self::Exactly(CopyFrom::Live, id.into()),
            _ if text == "git" => Self::Every(CopyFrom::Git),
            _ if text == "live" => Self::Every(CopyFrom::Live),
            _ => Self::Provider(text.into()),
        })
    }
}

impl Side {
    /// Returns the provider that it names.
    pub const fn provider(&self) -> Option<&Id> {
        match self {
            Self::Every(_) => None,
            Self::Provider(id) | Self::Exactly(_, id) => Some(id),
        }
    }

    fn source(&self, otherwise: &Id, offline: bool) -> CopySource {
        let plain = if offline { CopyFrom::Git } else { CopyFrom::Live };
        let (from, provider) = match self {
            Self::Every(from) => (*from, otherwise),
            Self::Provider(id) => (plain, id),
            Self::Exactly(from, id) => (*from, id),
        };
        CopySource { from, provider: provider.clone() }
    }
}

/// Two copies of a zone that are compared.
pub struct Pair<'a> {
    /// The zone.
    pub zone: &'a Zone,
    /// The first.
    pub before: CopySource,
    /// The second.
    pub after: CopySource,
}

impl Pair<'_> {
    /// Tells whether a provider is asked for it.
    pub fn asks(&self) -> bool {
        [&self.before, &self.after].into_iter().any(|source| source.from == CopyFrom::Live)
    }
}

/// Returns what is compared of a zone. `git` and `live` stand for each provider's own copies where no side names one, and
/// for those of the zone's first provider beside one that is named. One side alone: what git has of it, and what it has now.
pub fn pairs<'a>(
    operation: &'a Operation,
    zone: &'a Zone,
    sides: (Option<&Side>, Option<&Side>),
    offline: bool,
) -> Vec<Pair<'a>> {
    let pair = |before: &Side, after: &Side, otherwise: &Id| Pair {
        zone,
        before: before.source(otherwise, offline),
        after: after.source(otherwise, offline),
    };
    let (git, live) = (Side::Every(CopyFrom::Git), Side::Every(CopyFrom::Live));
    let first = zone.delegated_to.first().cloned().unwrap_or_default();
    let each = |before: &Side, after: &Side| {
        let holders = holders(operation, zone).into_iter();
        holders.map(|it| pair(before, after, &it.id)).collect()
    };
    match sides {
        (None, _) => each(&git, &live),
        (Some(one), None) => match one.provider() {
            Some(id) => vec![pair(&git, &live, id)],
            None => each(&git, &live),
        },
        (Some(before), Some(after))
            if before.provider().is_none() && after.provider().is_none() =>
        {
            each(before, after)
        }
        (Some(before), Some(after)) => vec![pair(before, after, &first)],
    }
}

/// Reads both copies of each pair, those that providers have all at once, and says how they differ.
pub async fn diff(
    operation: &Operation,
    snapshots: &Snapshots,
    pairs: &[Pair<'_>],
    until: Deadline,
) -> Vec<ZoneDiff> {
    let sources: Vec<(&Zone, &CopySource)> = pairs
        .iter()
        .flat_map(|pair| [(pair.zone, &pair.before), (pair.zone, &pair.after)])
        .collect();
    let mut read = read(operation, snapshots, &sources, until).await.into_iter();
    let one = |pair: &Pair<'_>| {
        let (before, after) = (read.next(), read.next());
        let copies =
            before.unwrap_or_else(nothing).and_then(|b| Ok((b, after.unwrap_or_else(nothing)?)));
        let found = copies.map(|(before, after)| before.differences(&after));
        let of = (&pair.zone.id, pair.zone.name.as_str());
        ZoneDiff::new(of, (pair.before.clone(), pair.after.clone()), found)
    };
    pairs.iter().map(one).collect()
}

fn nothing() -> Result<ZoneCopy, String> {
    Err("it was not read".to_owned())
}

/// Reads copies, in their order.
pub(super) async fn read(
    operation: &Operation,
    snapshots: &Snapshots,
    sources: &[(&Zone, &CopySource)],
    until: Deadline,
) -> Vec<Result<ZoneCopy, String>> {
    let is_live = |source: &CopySource| source.from == CopyFrom::Live;
    let provider = |source: &CopySource| operation.estate.provider(&source.provider);
    let live: Vec<(&Zone, &DnsProvider)> = sources
        .iter()
        .filter(|(_, source)| is_live(source))
        .filter_map(|(zone, source)| Some((*zone, provider(source)?)))
        .collect();
    let mut asked = copies(operation, &live, until).await.into_iter();
    let one = |(zone, source): &(&Zone, &CopySource)| match source.from {
        CopyFrom::Git => committed(snapshots, zone, &source.provider),
        CopyFrom::Live => match asked.next() {
            Some(copy) => copy.map_err(|error| said(&error)),
            None => nothing(),
        },
    };
    sources.iter().map(one).collect()
}

fn committed(snapshots: &Snapshots, zone: &Zone, provider: &Id) -> Result<ZoneCopy, String> {
    match snapshots.copy(zone, provider) {
        Ok(Some(copy)) => Ok(copy),
        Ok(None) => Err(format!(
            "no commit has `{}`: take it with `lifeboat zone snapshot`, and commit it",
            path(&zone.id, provider)
        )),
        Err(error) => Err(error.to_string()),
    }
}
