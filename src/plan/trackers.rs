//! Editing tracker lists: URL by URL, torrent by torrent, in place.
//!
//! A torrent that lists the backup already is left alone: it has a tracker that works, and putting that one in
//! twice helps nobody. Private torrents (BEP 27) are left alone unless the step says `private: include`.

use super::Refusal;
use super::deed::{Fault, REQUEST, Readings, reading, target, terms};
use super::scope::{Meant, Scope};
use crate::model::{
    ActionKind, Change, ChangeSpec, Expected, Found, Id, Seedbox, SeedboxKind, Services, Target,
    Terms, Torrent, Tracker, TrackerEntry, Value, Wanted, announce_scheme as scheme,
};

/// Tracker lists that are edited.
#[derive(Clone, Debug)]
pub struct Trackers {
    /// What is done to each list.
    pub edit: Edit,
    seedboxes: Vec<Seedbox>,
    private: bool,
}

/// What is done to a tracker list.
#[derive(Clone, Debug)]
pub enum Edit {
    /// One tracker's URLs in place of another's.
    Replace {
        /// Whose URLs go.
        lost: Tracker,
        /// Whose come.
        with: Tracker,
    },
    /// One tracker more where another is listed.
    Append {
        /// Whose URLs come.
        add: Tracker,
        /// Where it is listed.
        beside: Tracker,
    },
    /// One tracker less.
    Remove {
        /// Whose URLs go.
        gone: Tracker,
    },
}

impl Trackers {
    /// Resolves the target of a `tracker.list` action.
    pub fn of(scope: &Scope<'_>, step: &Id, spec: &ChangeSpec) -> Result<Self, Fault> {
        let tracker = |key: &str| {
            let id = target(scope, spec, key)?;
            let found = scope.estate.tracker(&id).cloned();
            found.ok_or_else(|| Fault::wrong(format!("`{id}` is no tracker of the estate")))
        };
        let edit = match spec.action {
            ActionKind::TrackerReplace => {
                Edit::Replace { lost: tracker("replace")?, with: tracker("with")? }
            }
            ActionKind::TrackerAppend => {
                Edit::Append { add: tracker("add")?, beside: tracker("beside")? }
            }
            ActionKind::TrackerRemove => Edit::Remove { gone: tracker("remove")? },
            ActionKind::DelegationReplace
            | ActionKind::DelegationRestore
            | ActionKind::DelegationAdd
            | ActionKind::DelegationRemove
            | ActionKind::ApexMatch
            | ActionKind::KeysShare
            | ActionKind::DsAdd
            | ActionKind::DsRemove
            | ActionKind::ZoneApply
            | ActionKind::TtlLower => {
                return Err(Fault::wrong("no action on tracker lists"));
            }
        };
        if let Some((one, other)) = edit.pair()
            && one.id == other.id
        {
            return Err(Fault::wrong(format!("both trackers are `{}`", one.id)));
        }
        let private = match spec.target.get("private").map(|word| word.0.as_str()) {
            None | Some("exclude") => false,
            Some("include") => true,
            Some(other) => {
                return Err(Fault::wrong(format!(
                    "`private` is include or exclude, not `{other}`"
                )));
            }
        };
        Ok(Self { edit, seedboxes: seedboxes(scope, step, spec)?, private })
    }

    /// Returns what must be read: every torrent of every seedbox.
    pub fn wanted(&self) -> Vec<Wanted> {
        let of = |seedbox: &Seedbox| Wanted::Torrents { seedbox: seedbox.id.clone() };
        self.seedboxes.iter().map(of).collect()
    }

    /// Works out one change for each torrent whose list becomes another.
    pub fn changes(
        &self,
        step: &Id,
        services: &Services,
        found: &Readings,
    ) -> Result<(Vec<Change>, Expected), Refusal> {
        let mut changes = Vec::new();
        let mut torrents = Vec::new();
        for seedbox in &self.seedboxes {
            let wanted = Wanted::Torrents { seedbox: seedbox.id.clone() };
            let Found::Torrents(read) = reading(found, &wanted, step, &seedbox.id)? else {
                let (step, service) = (step.clone(), seedbox.id.clone());
                let because = "what was read are no torrents".to_owned();
                return Err(Refusal::Unreadable { step, service, because });
            };
            let terms = terms(services, step, &seedbox.id)?;
            for torrent in read.iter().filter(|torrent| self.private || !torrent.private) {
                if let Some(after) = self.edit.apply(&torrent.trackers) {
                    changes.push(self.change(seedbox, terms, torrent, after));
                    torrents.push((seedbox.id.clone(), torrent.info_hash.clone()));
                }
            }
        }
        Ok((changes, self.expected(torrents)))
    }

    fn change(
        &self,
        seedbox: &Seedbox,
        terms: Terms,
        torrent: &Torrent,
        after: Vec<TrackerEntry>,
    ) -> Change {
        let (service, torrent_id) = (seedbox.id.clone(), torrent.info_hash.clone());
        Change {
            target: Target::TrackerList { service, torrent: torrent_id },
            object: self.edit.object().id.clone(),
            before: Value::Trackers(torrent.trackers.clone()),
            after: Value::Trackers(after),
            timeout: REQUEST,
            settle: terms.settle,
            conditional: terms.conditional,
        }
    }

    /// Says what the witnesses must find for these torrents. For a removal it is the tracker that must be gone.
    pub fn expected(&self, torrents: Vec<(Id, String)>) -> Expected {
        let (after, before) = match &self.edit {
            Edit::Replace { lost, with } => (with.id.clone(), Some(lost.id.clone())),
            Edit::Append { add, .. } => (add.id.clone(), None),
            Edit::Remove { gone } => (gone.id.clone(), None),
        };
        Expected::Listed { after, before, torrents }
    }
}

impl Edit {
    /// Returns the tracker that people think of: the one that is lost, added or removed.
    pub fn object(&self) -> &Tracker {
        match self {
            Self::Replace { lost: object, .. }
            | Self::Append { add: object, .. }
            | Self::Remove { gone: object } => object,
        }
    }

    /// Returns the tracker that is taken out of lists.
    pub fn taken(&self) -> Option<&Tracker> {
        match self {
            Self::Replace { lost, .. } => Some(lost),
            Self::Append { .. } => None,
            Self::Remove { gone } => Some(gone),
        }
    }

    /// Names the tracker without URLs that would be put in another's place.
    pub fn empty_source(&self) -> Option<String> {
        match self {
            Self::Replace { with, .. } if with.urls.is_empty() => {
                Some(format!("`{}` has 0 announce URLs; 1 is the least", with.id))
            }
            Self::Replace { .. } | Self::Append { .. } | Self::Remove { .. } => None,
        }
    }

    fn pair(&self) -> Option<(&Tracker, &Tracker)> {
        match self {
            Self::Replace { lost, with } => Some((lost, with)),
            Self::Append { add, beside } => Some((add, beside)),
            Self::Remove { .. } => None,
        }
    }

    /// Returns the list as it shall be; `None` when it stays as it is.
    pub fn apply(&self, list: &[TrackerEntry]) -> Option<Vec<TrackerEntry>> {
        let after = match self {
            Self::Replace { lost, with } if lost.is_in(list) && !with.is_in(list) => {
                replaced(list, lost, with)
            }
            Self::Append { add, beside } if beside.is_in(list) && !add.is_in(list) => {
                let tier = list.iter().map(|entry| entry.tier + 1).max().unwrap_or(0);
                let new = add.urls.iter().map(|url| TrackerEntry { tier, url: url.clone() });
                list.iter().cloned().chain(new).collect()
            }
            Self::Remove { gone } if gone.is_in(list) => {
                list.iter().filter(|entry| !gone.has_url(&entry.url)).cloned().collect()
            }
            Self::Replace { .. } | Self::Append { .. } | Self::Remove { .. } => return None,
        };
        let after = without_gaps(after);
        (after != list).then_some(after)
    }
}

/// Puts the backup's URLs where the lost tracker's are: of the same scheme where there is one, each at most once.
fn replaced(list: &[TrackerEntry], lost: &Tracker, with: &Tracker) -> Vec<TrackerEntry> {
    let mut left: Vec<&String> = with.urls.iter().collect();
    let mut after = Vec::new();
    for entry in list {
        if !lost.has_url(&entry.url) {
            after.push(entry.clone());
            continue;
        }
        let alike = left.iter().position(|url| scheme(url) == scheme(&entry.url));
        if let Some(at) = alike.or(if left.is_empty() { None } else { Some(0) }) {
            after.push(TrackerEntry { tier: entry.tier, url: left.remove(at).clone() });
        }
    }
    after
}

/// Numbers tiers from 0 without a gap, as clients do when they read a list.
fn without_gaps(list: Vec<TrackerEntry>) -> Vec<TrackerEntry> {
    let mut tiers: Vec<u32> = list.iter().map(|entry| entry.tier).collect();
    tiers.sort_unstable();
    tiers.dedup();
    let place = |tier: u32| tiers.iter().position(|it| *it == tier).unwrap_or_default();
    list.into_iter()
        .map(|entry| TrackerEntry {
            tier: u32::try_from(place(entry.tier)).unwrap_or(entry.tier),
            url: entry.url,
        })
        .collect()
}

/// Finds the seedboxes: one, a list, or all of them.
fn seedboxes(scope: &Scope<'_>, step: &Id, spec: &ChangeSpec) -> Result<Vec<Seedbox>, Fault> {
    let ids: Vec<Id> = match spec.target.get("seedboxes").map(|reference| reference.0.as_str()) {
        None | Some("all") => scope.estate.seedboxes.iter().map(|it| it.id.clone()).collect(),
        Some(text) => match scope.meant(text)? {
            Meant::One(id) => vec![Id::new(id)],
            Meant::Many(ids) => ids.into_iter().map(Id::new).collect(),
        },
    };
    let find = |id: &Id| {
        let found = scope.estate.seedbox(id).cloned();
        found.ok_or_else(|| Fault::wrong(format!("`{id}` is no seedbox of the estate")))
    };
    let seedboxes = ids.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    match seedboxes.iter().find(|seedbox| seedbox.kind != SeedboxKind::Transmission) {
        None => Ok(seedboxes),
        Some(other) => {
            let because = "is of a kind that is not built yet; name others under `seedboxes`";
            Err(Fault::not_available(step, format!("`{}` {because}", other.id)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tracker(id: &str, urls: &[&str]) -> Tracker {
        let document = serde_json::json!({"id": id, "urls": urls});
        serde_json::from_value(document).expect("a tracker")
    }

    fn list(tiers: &[&[&str]]) -> Vec<TrackerEntry> {
        let entry = |tier: usize, url: &str| TrackerEntry { tier: tier as u32, url: url.into() };
        let tiers = tiers.iter().enumerate();
        tiers.flat_map(|(tier, urls)| urls.iter().map(move |url| entry(tier, url))).collect()
    }

    const UDP1: &str = "udp://one.example:6969/announce";
    const HTTP1: &str = "http://one.example:6969/announce";
    const UDP2: &str = "udp://two.example:6969/announce";
    const HTTP2: &str = "http://two.example/announce";
    const OTHER: &str = "udp://other.example:1/announce";

    #[test]
    fn urls_are_replaced_in_place_and_by_scheme() {
        let both = tracker("one", &[UDP1, HTTP1]);
        let with = tracker("two", &[UDP2, HTTP2]);
        let replace = Edit::Replace { lost: both.clone(), with };
        let changed = replace.apply(&list(&[&[OTHER], &[HTTP1, OTHER], &[UDP1]]));
        assert_eq!(changed, Some(list(&[&[OTHER], &[HTTP2, OTHER], &[UDP2]])));
        let upper = replace.apply(&list(&[&["UDP://One.Example:6969/announce"]]));
        assert_eq!(upper, Some(list(&[&[UDP2]])));
        assert_eq!(replace.apply(&list(&[&[OTHER]])), None);
        let one_udp = Edit::Replace { lost: both, with: tracker("two", &[UDP2]) };
        assert_eq!(one_udp.apply(&list(&[&[HTTP1]])), Some(list(&[&[UDP2]])));
        let fewer = one_udp.apply(&list(&[&[UDP1], &[HTTP1], &[OTHER]]));
        assert_eq!(fewer, Some(list(&[&[UDP2], &[OTHER]])), "a tier that is empty goes");
    }

    #[test]
    fn a_torrent_that_lists_the_backup_already_is_left_alone() {
        let (lost, with) = (tracker("one", &[UDP1]), tracker("two", &[UDP2]));
        let replace = Edit::Replace { lost, with };
        assert_eq!(replace.apply(&list(&[&[UDP1], &[UDP2]])), None);
    }

    #[test]
    fn appending_and_removing_leave_the_other_tiers() {
        let (one, two) = (tracker("one", &[UDP1]), tracker("two", &[UDP2, HTTP2]));
        let append = Edit::Append { add: two.clone(), beside: one };
        let longer = list(&[&[UDP1], &[OTHER], &[UDP2, HTTP2]]);
        assert_eq!(append.apply(&list(&[&[UDP1], &[OTHER]])), Some(longer.clone()));
        assert_eq!(append.apply(&longer), None);
        assert_eq!(append.apply(&list(&[&[OTHER]])), None);
        let remove = Edit::Remove { gone: two };
        assert_eq!(remove.apply(&longer), Some(list(&[&[UDP1], &[OTHER]])));
        assert_eq!(remove.apply(&list(&[&[HTTP2], &[OTHER]])), Some(list(&[&[OTHER]])));
    }
}
