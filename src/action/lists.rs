//! Tracker lists, read and written at the seedboxes, and proven there and at the trackers themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::task::JoinSet;

use super::{READING, Witnessed};
use crate::model::{
    Direction, Estate, Id, Remote, Seedbox, Sent, Torrent, Tracker, TrackerEntry, WantWord, Witness,
};
use crate::service::{Budget, Field, seedbox, tracker};

/// The most torrents that are asked for at once.
const AT_ONCE: usize = 32;

/// Reads every torrent of a seedbox within a time.
pub async fn torrents(
    field: &Field,
    estate: &Estate,
    id: &Id,
    within: Duration,
) -> Result<Vec<Torrent>, String> {
    let seedbox = find(estate, id)?;
    seedbox::torrents(field, seedbox, within).await.map_err(|error| seedbox::said(&error))
}

/// Reads one torrent's list within a time.
pub async fn read(
    field: &Field,
    estate: &Estate,
    id: &Id,
    torrent: &str,
    within: Duration,
) -> Result<Vec<TrackerEntry>, String> {
    let seedbox = find(estate, id)?;
    seedbox::trackers(field, seedbox, torrent, within).await.map_err(|error| seedbox::said(&error))
}

/// Writes one torrent's list.
pub async fn write(
    field: &Field,
    estate: &Estate,
    (id, torrent): (&Id, &str),
    before: &[TrackerEntry],
    after: &[TrackerEntry],
    timeout: Duration,
) -> Sent {
    match find(estate, id) {
        Ok(seedbox) => seedbox::set_trackers(field, seedbox, torrent, before, after, timeout).await,
        Err(because) => Sent::Refused(because),
    }
}

fn find<'e>(estate: &'e Estate, id: &Id) -> Result<&'e Seedbox, String> {
    estate.seedbox(id).ok_or_else(|| format!("the estate has no seedbox `{id}`"))
}

/// What is looked for: these torrents at one tracker, and no longer at another.
#[derive(Clone, Debug)]
pub struct Hunt<'a> {
    listed: Option<&'a Id>,
    gone: Option<&'a Id>,
    /// Whether the tracker must count each torrent's peers, or only answer for it.
    counted: bool,
    torrents: &'a [(Id, String)],
}

impl<'a> Hunt<'a> {
    /// Counts the seedboxes of each torrent.
    fn seedboxes(&self) -> BTreeMap<&'a String, i32> {
        let mut counts: BTreeMap<&String, BTreeSet<&Id>> = BTreeMap::new();
        for (seedbox, hash) in self.torrents {
            counts.entry(hash).or_default().insert(seedbox);
        }
        let count = |seedboxes: BTreeSet<&Id>| i32::try_from(seedboxes.len()).unwrap_or(i32::MAX);
        counts.into_iter().map(|(hash, seedboxes)| (hash, count(seedboxes))).collect()
    }

    /// Says what an effect, or its reversal, must look like.
    pub fn of(
        want: WantWord,
        after: &'a Id,
        before: Option<&'a Id>,
        torrents: &'a [(Id, String)],
        direction: Direction,
    ) -> Self {
        let (after, before) = match want {
            WantWord::Gone => (None, Some(after)),
            WantWord::Listed
            | WantWord::OnlyStandby
            | WantWord::AsIntended
            | WantWord::Delegated
            | WantWord::Served => (Some(after), before),
        };
        match direction {
            Direction::Do => Self { listed: after, gone: before, counted: true, torrents },
            // An undo promises the old lists and a tracker that answers; clients come back to it in
            // their own time, and one that remembers a session with it takes a minute.
            Direction::Undo => Self { listed: before, gone: after, counted: false, torrents },
        }
    }
}

/// Asks the witnesses.
pub async fn verify(field: &Field, estate: &Estate, ask: &[Witness], hunt: &Hunt<'_>) -> Witnessed {
    let mut said = Vec::new();
    for witness in ask {
        said.push(match (witness, hunt.listed) {
            (Witness::Trackers, Some(id)) => at_tracker(field, estate, id, hunt).await,
            // A tracker forgets a peer only after its interval, so that a list is what shows a removal.
            (Witness::Seedboxes, _) | (Witness::Trackers, None) => {
                at_seedboxes(field, estate, hunt).await
            }
            (Witness::Parent | Witness::Authorities | Witness::Resolvers, _) => {
                Witnessed::unseen("name servers know nothing of tracker lists")
            }
        });
    }
    Witnessed::together(said)
}

/// Every torrent must have as many peers at the tracker, by its own scrape, as seedboxes were changed for it.
async fn at_tracker(field: &Field, estate: &Estate, id: &Id, hunt: &Hunt<'_>) -> Witnessed {
    let Some(tracker) = estate.tracker(id) else {
        return Witnessed::unseen(format!("the estate has no tracker `{id}`"));
    };
    let hashes = hunt.seedboxes();
    let mut waiting: Vec<(&String, i32)> = hashes.iter().map(|(hash, it)| (*hash, *it)).collect();
    let mut without: BTreeMap<String, String> = BTreeMap::new();
    while !waiting.is_empty() {
        let mut asking = JoinSet::new();
        for (hash, seedboxes) in waiting.split_off(waiting.len().saturating_sub(AT_ONCE)) {
            let (field, estate, hash) = (field.clone(), estate.clone(), hash.clone());
            let (tracker, least) = (tracker.clone(), if hunt.counted { seedboxes } else { 0 });
            asking.spawn(async move { missing(&field, &estate, &tracker, hash, least).await });
        }
        without.extend(asking.join_all().await.into_iter().flatten());
    }
    match without.first_key_value() {
        None if hunt.counted => {
            Witnessed::seen(format!("`{id}` counts peers of {} of {0}", hashes.len()))
        }
        None => Witnessed::seen(format!("`{id}` answers for {} of {0}", hashes.len())),
        Some((hash, because)) => Witnessed::unseen(format!(
            "`{id}` answers well for {} of {}; torrent {hash}: {because}",
            hashes.len() - without.len(),
            hashes.len()
        )),
    }
}

/// Says what is missing, where a tracker does not count that many peers of a torrent.
async fn missing(
    field: &Field,
    estate: &Estate,
    tracker: &Tracker,
    hash: String,
    least: i32,
) -> Option<(String, String)> {
    let Some(wanted) = tracker::info_hash(&hash) else {
        return Some((hash, "it is no info-hash".to_owned()));
    };
    let budget = Budget::of(&estate.probing);
    match tracker::counts(field, estate, tracker, wanted, budget).await {
        Ok(counts) => {
            let peers = counts.seeders.saturating_add(counts.leechers);
            let because = match peers {
                0 => "no peer yet".to_owned(),
                some => format!("{some} of {least} peers yet, one for each seedbox"),
            };
            (peers < least).then_some((hash, because))
        }
        Err(because) => Some((hash, because)),
    }
}

/// Every torrent's own list must hold the one tracker, and not the other.
async fn at_seedboxes(field: &Field, estate: &Estate, hunt: &Hunt<'_>) -> Witnessed {
    let seedboxes: BTreeSet<&Id> = hunt.torrents.iter().map(|(seedbox, _)| seedbox).collect();
    let mut asking = JoinSet::new();
    for id in seedboxes {
        let (field, estate, id) = (field.clone(), estate.clone(), id.clone());
        asking.spawn(async move {
            let read = torrents(&field, &estate, &id, READING).await;
            (id, read)
        });
    }
    let read: BTreeMap<Id, Result<Vec<Torrent>, String>> =
        asking.join_all().await.into_iter().collect();
    let wrong: Vec<String> = hunt
        .torrents
        .iter()
        .filter_map(|(id, hash)| wrong(estate, hunt, &read, id, hash))
        .collect();
    match wrong.first() {
        None => Witnessed::seen(format!("all {} lists are as they shall be", hunt.torrents.len())),
        Some(first) => Witnessed::unseen(format!(
            "{} of {} lists are not as they shall be: {first}",
            wrong.len(),
            hunt.torrents.len()
        )),
    }
}

/// Says what is wrong with one torrent's list.
fn wrong(
    estate: &Estate,
    hunt: &Hunt<'_>,
    read: &BTreeMap<Id, Result<Vec<Torrent>, String>>,
    seedbox: &Id,
    hash: &str,
) -> Option<String> {
    let torrents = match read.get(seedbox) {
        Some(Ok(torrents)) => torrents,
        Some(Err(because)) => return Some(because.clone()),
        None => return Some(format!("`{seedbox}` was not read")),
    };
    let Some(torrent) = torrents.iter().find(|torrent| torrent.info_hash == hash) else {
        return Some(format!("`{seedbox}` has no torrent {}", Remote::new(hash)));
    };
    let lists = |id: &Id| estate.tracker(id).is_some_and(|it| it.is_in(&torrent.trackers));
    match (hunt.listed, hunt.gone) {
        (Some(id), _) if !lists(id) => Some(format!("{hash} on `{seedbox}` does not list `{id}`")),
        (_, Some(id)) if lists(id) => Some(format!("{hash} on `{seedbox}` still lists `{id}`")),
        (_, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reversal_looks_for_the_opposite() {
        let (one, two) = (Id::from("one"), Id::from("two"));
        let hunt = |want, before, direction| {
            let hunt = Hunt::of(want, &two, before, &[], direction);
            (hunt.listed.map(Id::as_str), hunt.gone.map(Id::as_str))
        };
        let (listed, gone) = (WantWord::Listed, WantWord::Gone);
        assert_eq!(hunt(listed, Some(&one), Direction::Do), (Some("two"), Some("one")));
        assert_eq!(hunt(listed, Some(&one), Direction::Undo), (Some("one"), Some("two")));
        assert_eq!(hunt(listed, None, Direction::Undo), (None, Some("two")));
        assert_eq!(hunt(gone, None, Direction::Do), (None, Some("two")));
        assert_eq!(hunt(gone, None, Direction::Undo), (Some("two"), None));
    }
}
