//! A run's locks beyond this machine: taken before its first effect, looked at before each, given back at its end.
//!
//! A remote that cannot be reached stops nobody, for the incident may be the network itself: the run goes on
//! under this machine's locks alone, and says so.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::Operation;
use crate::host::Clock;
use crate::model::{Held, Holder, Life, Lockable, Mode, Span};
use crate::net::Deadline;
use crate::repo::{Claim, SharedError, SharedLocks, Stone, Swap};

/// How long it may take right before an intent, which must not wait: the look before has told already.
const QUICK: Duration = Duration::from_millis(1_500);

/// How long after a look an intent may still be formed: as long as the look and the reading of its target may take.
/// Whoever takes a run over waits for that as well.
pub const FRESH: Span = Span::from_secs(20);

/// How often a swap is tried that somebody else was quicker than.
const TRIES: u8 = 3;

/// Opens the place that an estate shares its locks at; none where it names none, and in a drill.
///
/// # Errors
/// [`SharedError::NoPlace`].
pub fn open(operation: &Operation) -> Result<Option<SharedLocks>, SharedError> {
    let Some(shared) = &operation.estate.locks.shared else { return Ok(None) };
    if operation.mode == Mode::Drill {
        return Ok(None);
    }
    let scratch = scratch(operation);
    let field = &operation.field;
    let estate = &operation.estate.id;
    SharedLocks::open(&shared.remote, &field.base, scratch, estate, field.processes.clone())
        .map(Some)
}

/// Names the repository of our own that git is run in.
pub(super) fn scratch(operation: &Operation) -> PathBuf {
    operation.incidents.folder().join("locks/shared.git")
}

/// Returns what somebody in another place holds.
///
/// # Errors
/// [`SharedError::Unreachable`].
pub async fn look(
    locks: &SharedLocks,
    whats: &[Lockable],
    mine: &Holder,
    now: Timestamp,
    within: Duration,
) -> Result<Vec<Held>, SharedError> {
    let claims = locks.look(whats, within).await?;
    Ok(claims.into_iter().filter_map(|claim| held(locks, claim, mine, now)).collect())
}

/// Tells who holds a claim. One of this very place is what a process left that is gone: its locks here are ours.
fn held(locks: &SharedLocks, claim: Claim, mine: &Holder, now: Timestamp) -> Option<Held> {
    if let Some(stone) = &claim.stone {
        let here = stone.holder.host == mine.host && stone.holder.place == mine.place;
        if here || stone.quiet_from.is_some() {
            return None;
        }
    }
    let holder = claim.stone.map(|stone| stone.holder);
    let life = if holder.is_some() { Life::Elsewhere } else { Life::Unknown };
    let shared = Some(locks.shown().clone());
    Some(Held { what: claim.what, holder, life, last: None, shared, now })
}

/// Takes over what others hold; it may be taken once nothing that they sent can land any more. Returns what it was.
///
/// # Errors
/// [`SharedError::Unreachable`]; [`SharedError::Lost`] when it changes again and again.
pub async fn seize(
    locks: &SharedLocks,
    whats: &[Lockable],
    by: &Holder,
    now: Timestamp,
    until: Deadline,
) -> Result<Vec<Held>, SharedError> {
    for _ in 0..TRIES {
        let claims = locks.look(whats, until.left()).await?;
        let theirs: Vec<(String, Held)> = claims
            .into_iter()
            .filter_map(|claim| Some((claim.commit.clone(), held(locks, claim, by, now)?)))
            .collect();
        let lands = theirs.iter().filter_map(|(_, held)| Some(held.holder.as_ref()?.lands_within));
        let stone = Stone::taken_over(by.clone(), lands.max().unwrap_or_default().after(now));
        let swap = |(commit, held): &(String, Held)| Swap {
            what: held.what.clone(),
            seen: Some(commit.clone()),
            put: Some(&stone),
        };
        let swaps: Vec<Swap<'_>> = theirs.iter().map(swap).collect();
        if swaps.is_empty() {
            return Ok(Vec::new());
        }
        match locks.swap(&swaps, until.left()).await {
            Err(SharedError::Lost) => {}
            swapped => return swapped.map(|_| theirs.into_iter().map(|(_, held)| held).collect()),
        }
    }
    Err(SharedError::Lost)
}

/// What a run holds beyond this machine.
#[derive(Debug)]
pub struct Sharing {
    locks: Option<SharedLocks>,
    holder: Holder,
    /// How long a remote may take to answer.
    within: Duration,
    taken: Vec<(Lockable, String)>,
    away: bool,
    looked: Option<(Timestamp, Duration)>,
}

/// How taking shared locks ended.
#[derive(Debug)]
pub enum Took {
    /// All of them are held; or none is shared.
    Held(Sharing),
    /// Nobody can be reached: the run goes on under this machine's locks alone.
    Alone(Sharing, SharedError),
    /// Somebody else holds one.
    Busy(Box<Held>),
}

/// Whether a run still has its shared locks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It has, or it has none.
    Ours,
    /// Nobody can tell; said once.
    Away(String),
    /// Somebody took one over: who.
    Gone(String),
}

impl Sharing {
    /// Takes a run's locks, waiting until nothing can land any more of whoever they were taken over from.
    pub async fn take(
        locks: Option<SharedLocks>,
        whats: &[Lockable],
        holder: &Holder,
        clock: &Clock,
        within: Duration,
    ) -> Took {
        let (holder, taken) = (holder.clone(), Vec::new());
        let mut sharing = Self { locks, holder, within, taken, away: false, looked: None };
        for _ in 0..TRIES {
            match sharing.attempt(whats, clock).await {
                Ok(None) => return Took::Held(sharing),
                Ok(Some(held)) => return Took::Busy(held),
                Err(SharedError::Lost) => {}
                Err(error) => return sharing.alone(error),
            }
        }
        sharing.alone(SharedError::Lost)
    }

    fn alone(self, error: SharedError) -> Took {
        Took::Alone(Self { away: true, ..self }, error)
    }

    async fn attempt(
        &mut self,
        whats: &[Lockable],
        clock: &Clock,
    ) -> Result<Option<Box<Held>>, SharedError> {
        let Some(locks) = &self.locks else { return Ok(None) };
        let claims = locks.look(whats, self.within).await?;
        let theirs =
            claims.iter().find_map(|claim| held(locks, claim.clone(), &self.holder, clock.now()));
        if let Some(held) = theirs {
            return Ok(Some(Box::new(held)));
        }
        let quiet = claims.iter().filter_map(|claim| claim.stone.as_ref()?.quiet_from).max();
        if let Some(quiet) = quiet {
            clock.wait_until(quiet).await;
        }
        let stone = Stone::of(self.holder.clone());
        let seen =
            |what: &Lockable| claims.iter().find(|it| it.what == *what).map(|it| it.commit.clone());
        let swaps: Vec<Swap<'_>> = whats
            .iter()
            .map(|what| Swap { what: what.clone(), seen: seen(what), put: Some(&stone) })
            .collect();
        let commits = locks.swap(&swaps, self.within).await?;
        self.taken = whats.iter().cloned().zip(commits.into_iter().flatten()).collect();
        Ok(None)
    }

    /// Says who this run is.
    pub fn who(&self) -> String {
        self.holder.who()
    }

    /// Returns where the locks are shared.
    pub fn place(&self) -> String {
        self.locks.as_ref().map(|locks| locks.shown().to_string()).unwrap_or_default()
    }

    /// Looks whether every shared lock is still this run's: before the target of a write is read, before a message
    /// is worded.
    pub async fn kept(&mut self, clock: &Clock) -> Kept {
        let within = if self.away { QUICK.min(self.within) } else { self.within };
        match self.ask(within, clock).await {
            Ok(kept) => kept,
            Err(_) if std::mem::replace(&mut self.away, true) => Kept::Ours,
            Err(error) => Kept::Away(error.to_string()),
        }
    }

    /// Looks once more right before an intent. Without a quick answer the last look counts, unless it is long ago:
    /// a process, or a whole machine, may have slept meanwhile.
    pub async fn still_kept(&mut self, clock: &Clock) -> Kept {
        match self.ask(QUICK.min(self.within), clock).await {
            Ok(kept) => kept,
            Err(_) if self.away || self.is_fresh(clock) => Kept::Ours,
            Err(_) => self.kept(clock).await,
        }
    }

    fn is_fresh(&self, clock: &Clock) -> bool {
        self.looked.is_some_and(|(at, stamp)| {
            let passed = clock.stamp().saturating_sub(stamp);
            passed <= FRESH.duration() && clock.now() <= FRESH.after(at)
        })
    }

    async fn ask(&mut self, within: Duration, clock: &Clock) -> Result<Kept, SharedError> {
        let Some(locks) = self.locks.as_ref().filter(|_| !self.taken.is_empty()) else {
            return Ok(Kept::Ours);
        };
        let (at, stamp) = (clock.now(), clock.stamp());
        let whats: Vec<Lockable> = self.taken.iter().map(|(what, _)| what.clone()).collect();
        let claims = locks.look(&whats, within).await?;
        for (what, commit) in &self.taken {
            let found = claims.iter().find(|claim| claim.what == *what);
            if found.is_none_or(|claim| claim.commit != *commit) {
                let who = found.and_then(|claim| claim.stone.as_ref()).map(|it| it.holder.who());
                return Ok(Kept::Gone(who.unwrap_or_else(|| "somebody".to_owned())));
            }
        }
        self.looked = Some((at, stamp));
        Ok(Kept::Ours)
    }

    /// Gives the locks back, each only if it is still this run's. Returns what could not be given back, and why.
    pub async fn release(&mut self) -> Option<SharedError> {
        let taken = std::mem::take(&mut self.taken);
        let locks = self.locks.as_ref().filter(|_| !taken.is_empty())?;
        let swap = |(what, commit): &(Lockable, String)| Swap {
            what: what.clone(),
            seen: Some(commit.clone()),
            put: None,
        };
        let swaps: Vec<Swap<'_>> = taken.iter().map(swap).collect();
        match locks.swap(&swaps, self.within).await {
            Ok(_) => None,
            Err(SharedError::Lost) => {
                // One was taken away; the others are still this run's to give back.
                for swap in swaps {
                    let _ = locks.swap(&[swap], self.within).await;
                }
                None
            }
            Err(error) => Some(error),
        }
    }
}
