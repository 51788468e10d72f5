//! Actions: what a plan wants is found, read, written and proven, each at the service that has it.
//!
//! One request for one change, and never a second one: trying again is the engine's to decide.

mod delegation;
mod dns;
mod lists;
mod names;
mod records;
mod top;

use std::time::Duration;

pub use records::{Committed, copies};

use crate::model::{
    Change, Direction, Estate, Expected, FEW, Found, RegistrarKind, Sent, Target, Value, Verify,
    Wanted,
};
use crate::service::Field;
use crate::service::dns::Wholes;

/// What the witnesses of an effect said, all together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witnessed {
    /// Whether every one of them sees it.
    pub all: bool,
    /// What they said, in words; remote text in it is escaped.
    pub because: String,
}

impl Witnessed {
    /// Says that it is seen.
    pub fn seen(because: impl Into<String>) -> Self {
        Self { all: true, because: because.into() }
    }

    /// Says that it is not seen, or not by all.
    pub fn unseen(because: impl Into<String>) -> Self {
        Self { all: false, because: because.into() }
    }

    /// Puts several together.
    fn together(parts: Vec<Self>) -> Self {
        let all = !parts.is_empty() && parts.iter().all(|part| part.all);
        let because: Vec<String> = parts.into_iter().map(|part| part.because).collect();
        Self { all, because: because.join("; ") }
    }
}

/// How long reading one target may take while a plan runs.
const READING: Duration = Duration::from_secs(10);

/// How long reading a whole zone may take, at once or while a plan runs.
const WHOLE: Duration = Duration::from_secs(30);

/// Reads what a draft wants within a time, so that it can be pinned.
pub async fn find(field: &Field, estate: &Estate, wanted: &Wanted, within: Duration) -> Found {
    let whole = matches!(wanted, Wanted::Zone { .. });
    let within = within.min(if whole { WHOLE } else { READING });
    match wanted {
        Wanted::Rrsets { service, zone, keys } => {
            let by_hand =
                estate.registrar(service).is_some_and(|it| it.kind == RegistrarKind::Manual);
            let read = if by_hand {
                top::at_the_parent(field, estate, keys).await
            } else {
                dns::read(field, estate, (service, zone), keys, within).await
            };
            match read {
                Ok(sets) => Found::Value(Value::Rrsets(sets)),
                Err(because) => Found::Unreadable(because),
            }
        }
        Wanted::ZoneSize { service, zone } => {
            match dns::size(field, estate, (service, zone), within).await {
                Ok(size) => Found::Size(size),
                Err(because) => Found::Unreadable(because),
            }
        }
        Wanted::Keys { provider, zone } => match top::keys(field, estate, (provider, zone)).await {
            Ok(keys) => Found::Keys(keys),
            Err(because) => Found::Unreadable(because),
        },
        Wanted::Zone { .. } => {
            copies(field, estate, wanted, (Ok(None), &Wholes::default()), within).await
        }
        Wanted::Torrents { seedbox } => match lists::torrents(field, estate, seedbox, within).await
        {
            Ok(torrents) => Found::Torrents(torrents),
            Err(because) => Found::Unreadable(because),
        },
    }
}

/// Reads a target's present value.
///
/// # Errors
/// Why it cannot be read, in words; remote text in it is escaped.
pub async fn read(field: &Field, estate: &Estate, target: &Target) -> Result<Value, String> {
    match target {
        Target::Rrsets { service, zone, keys } => {
            let within = if keys.len() > FEW { WHOLE } else { READING };
            dns::read(field, estate, (service, zone), keys, within).await.map(Value::Rrsets)
        }
        Target::TrackerList { service, torrent } => {
            lists::read(field, estate, service, torrent, READING).await.map(Value::Trackers)
        }
    }
}

/// Sends one change, already turned the way it shall go; `key` names this very try.
pub async fn write(field: &Field, estate: &Estate, change: &Change, key: &str) -> Sent {
    match (&change.target, &change.before, &change.after) {
        (Target::Rrsets { service, zone, .. }, Value::Rrsets(before), Value::Rrsets(after)) => {
            let timeout = change.timeout.duration();
            dns::write(field, estate, (service, zone), (before, after), key, timeout).await
        }
        (
            Target::TrackerList { service, torrent },
            Value::Trackers(before),
            Value::Trackers(after),
        ) => {
            let timeout = change.timeout.duration();
            lists::write(field, estate, (service, torrent), before, after, timeout).await
        }
        (Target::Rrsets { .. } | Target::TrackerList { .. }, _, _) => {
            Sent::Refused("the change's value is not of its target's kind".to_owned())
        }
    }
}

/// Asks the world whether an effect is there; nothing that the writing side said counts.
pub async fn verify(
    field: &Field,
    estate: &Estate,
    verify: &Verify,
    direction: Direction,
) -> Witnessed {
    match &verify.expected {
        Expected::Delegation { zone, after, before } => {
            let state = match direction {
                Direction::Do => after,
                Direction::Undo => before,
            };
            delegation::verify(field, estate, &verify.ask, zone, state).await
        }
        Expected::Top { zone, at, kind, comes, goes } => {
            let what = (at.as_ref(), kind.as_str());
            let top = top::Top::toward(direction, what, (comes, goes));
            top::verify(field, estate, &verify.ask, zone, &top).await
        }
        Expected::Records { zone, at, after, before, .. } => {
            let shall = records::Shall { zone, at, after, before, direction };
            records::verify(field, estate, &verify.ask, &shall).await
        }
        Expected::Listed { after, before, torrents } => {
            let hunt = lists::Hunt::of(verify.want, after, before.as_ref(), torrents, direction);
            lists::verify(field, estate, &verify.ask, &hunt).await
        }
    }
}
