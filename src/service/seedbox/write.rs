//! Changing one torrent's tracker list.

use std::time::Duration;

use super::rpc::Rpc;
use super::{SeedboxError, list_of, lists, said, session};
use crate::model::{Remote, Seedbox, Sent, TrackerEntry, announce_scheme};
use crate::net::{Deadline, Purpose};
use crate::service::{Field, LATER};
use crate::wire::transmission::{self as wire, LISTS, Session};

/// The most edits that one change may need.
const ROUNDS: usize = 3;

/// One torrent, and what its list is and shall be.
struct Goal<'a> {
    seedbox: &'a Seedbox,
    info_hash: &'a str,
    before: Vec<TrackerEntry>,
    after: Vec<TrackerEntry>,
}

/// Why a list was not written, and what that says of the world.
enum Failed {
    /// Before any write left.
    Before(SeedboxError),
    /// At the first write.
    First(SeedboxError),
    /// After a write had been taken.
    Later(SeedboxError),
}

/// Makes one torrent's tracker list exactly `after`, given that it is `before`; repeated, it changes nothing.
///
/// A list that is neither is left alone, and so is one that this version could not turn back into
/// `before`. A new URL is announced to at once by the client itself; one that stood there already is
/// not announced to again, because trackers hold early announces against a client.
pub async fn set_trackers(
    field: &Field,
    seedbox: &Seedbox,
    info_hash: &str,
    before: &[TrackerEntry],
    after: &[TrackerEntry],
    timeout: Duration,
) -> Sent {
    let (before, after) = (lists::renumbered(before), lists::renumbered(after));
    let goal = Goal { seedbox, info_hash, before, after };
    match goal.reach(field, Deadline::after(timeout)).await {
        Ok(()) => Sent::Written,
        Err(failed) => failed.said(),
    }
}

impl Failed {
    /// Says what it means for whoever sent the change.
    fn said(self) -> Sent {
        let not_now = match &self {
            // A look that met a busy daemon did nothing, whatever its status.
            Self::Before(SeedboxError::Busy { after, .. }) => Some(after.unwrap_or(LATER)),
            Self::First(error) => error.not_now(),
            Self::Before(_) | Self::Later(_) => None,
        };
        let nothing_changed = match &self {
            Self::Before(_) => true,
            Self::First(error) => error.surely_nothing_changed(),
            Self::Later(_) => false,
        };
        let (Self::Before(error) | Self::First(error) | Self::Later(error)) = self;
        let because = said(&error);
        match not_now {
            Some(after) => Sent::Later { because, after },
            None if nothing_changed => Sent::Refused(because),
            None => Sent::Lost(because),
        }
    }
}

impl Goal<'_> {
    async fn reach(&self, field: &Field, until: Deadline) -> Result<(), Failed> {
        usable(&self.after).map_err(Failed::Before)?;
        let rpc = Rpc::open(field, self.seedbox, until, Purpose::Read).await;
        let mut rpc = rpc.map_err(Failed::Before)?;
        let session = session(&mut rpc, self.seedbox).await.map_err(Failed::Before)?;
        let current = self.current(&mut rpc).await.map_err(Failed::Before)?;
        if current == self.after {
            return Ok(());
        }
        self.possible(&session, &current).map_err(Failed::Before)?;
        self.write(&mut rpc, &session, current).await
    }

    async fn current(&self, rpc: &mut Rpc<'_>) -> Result<Vec<TrackerEntry>, SeedboxError> {
        list_of(rpc, self.seedbox, self.info_hash).await
    }

    /// Refuses what was not planned from this list, and what could not be undone.
    fn possible(&self, session: &Session, current: &[TrackerEntry]) -> Result<(), SeedboxError> {
        let seedbox = self.seedbox.id.clone();
        if current != self.before {
            let torrent = self.info_hash.to_owned();
            return Err(SeedboxError::Drifted { seedbox, torrent });
        }
        let both = [(&self.before, &self.after), (&self.after, &self.before)];
        if session.rpc < LISTS && !both.iter().all(|(from, to)| lists::leads(from, to)) {
            let version = session.version.clone();
            return Err(SeedboxError::OutOfReach { seedbox, version });
        }
        Ok(())
    }

    /// Writes until the list that is read back is the right one.
    async fn write(
        &self,
        rpc: &mut Rpc<'_>,
        session: &Session,
        mut current: Vec<TrackerEntry>,
    ) -> Result<(), Failed> {
        for round in 0..ROUNDS {
            let Some(body) = self.request(session, &current) else { break };
            let failed = |error| match round {
                0 => Failed::First(error),
                _ => Failed::Later(error),
            };
            let reply = rpc.call(body).await.map_err(failed)?;
            let taken = wire::arguments(&reply);
            taken.map_err(|error| failed(SeedboxError::of_reply(&self.seedbox.id, error)))?;
            current = self.current(rpc).await.map_err(Failed::Later)?;
            if current == self.after {
                return Ok(());
            }
            if current == self.before {
                break;
            }
        }
        let lied = SeedboxError::Lied { seedbox: self.seedbox.id.clone() };
        Err(if current == self.before { Failed::Before(lied) } else { Failed::Later(lied) })
    }

    /// Builds the next request toward the list.
    fn request(&self, session: &Session, current: &[TrackerEntry]) -> Option<Vec<u8>> {
        if session.rpc >= LISTS {
            let tiers = lists::tiers(&self.after);
            return Some(wire::replace_list(self.info_hash, tiers.iter().map(Vec::as_slice)));
        }
        Some(wire::change(self.info_hash, &lists::next_edit(current, &self.after)?))
    }
}

/// Refuses URLs that would break a list of lines, or that no client announces to.
fn usable(list: &[TrackerEntry]) -> Result<(), SeedboxError> {
    let good = |url: &str| {
        let known = matches!(announce_scheme(url).as_str(), "udp" | "http" | "https");
        known && !url.contains(|c: char| c.is_whitespace() || c.is_control())
    };
    match list.iter().find(|it| !good(&it.url)) {
        Some(bad) => Err(SeedboxError::BadUrl(Remote::new(bad.url.clone()))),
        None => Ok(()),
    }
}
