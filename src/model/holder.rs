//! Locks, as they are told: what is locked, who holds it, and what can be said of whether they still live.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Id, Remote, Span};

/// Who holds a lock: what its file, or its shared ref, says. Texts are somebody else's until they are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The user.
    pub user: String,
    /// The machine.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// Since when, by that machine's clock (UTC).
    pub since: Timestamp,
    /// The process's mark in its records.
    pub boot: String,
    /// The incident that it runs.
    pub incident: Id,
    /// The folder that its incidents lie in.
    pub place: String,
    /// How long after it was shut out something that it sent may still land.
    #[serde(default)]
    pub lands_within: Span,
}

/// What can be said of whether a process still lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Life {
    /// It runs.
    Runs,
    /// It was stopped (SIGSTOP, Ctrl-Z) and may go on at any time.
    Stopped,
    /// It is gone.
    Gone,
    /// It is another machine's.
    Elsewhere,
    /// Nobody can tell.
    Unknown,
}

/// What is locked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lockable {
    /// An incident: one responder at a time.
    Incident(Id),
    /// A service that plans write to: one run at a time, whatever its incident.
    Service(Id),
}

/// The newest record of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LastRecord {
    /// Its number.
    pub seq: u64,
    /// Its kind.
    pub kind: String,
    /// When (UTC).
    pub at: Timestamp,
}

/// A lock that somebody holds, as it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// What is locked.
    pub what: Lockable,
    /// Who holds it; absent: somebody who has not signed, or not legibly.
    pub holder: Option<Holder>,
    /// Whether that process still lives.
    pub life: Life,
    /// The newest record of its incident, where it can be read here.
    pub last: Option<LastRecord>,
    /// Where it is shared; absent for a lock of this machine.
    pub shared: Option<Remote>,
    /// When it was found so (UTC).
    pub now: Timestamp,
}

impl Lockable {
    /// Returns the id of what is locked.
    pub const fn id(&self) -> &Id {
        match self {
            Self::Incident(id) | Self::Service(id) => id,
        }
    }
}

impl Holder {
    /// Says who it is: `anna on bridge (process 7)`.
    pub fn who(&self) -> String {
        let (user, host) = (Remote::new(&*self.user), Remote::new(&*self.host));
        format!("{user} on {host} (process {})", self.pid)
    }
}

impl Life {
    /// Says it in words; nothing where nothing can be said.
    const fn words(self) -> &'static str {
        match self {
            Self::Runs => ", which is running",
            Self::Stopped => ", which is stopped and may go on at any time",
            Self::Gone => ", which is gone",
            Self::Elsewhere => ", of which this machine cannot tell whether it still runs",
            Self::Unknown => "",
        }
    }
}

/// Says how long something has been so. A clock that was set back makes no age, least of all a negative one.
fn age(since: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(since.as_second());
    match seconds {
        ..0 => format!("{since}, by a clock that is ahead of this one"),
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

impl fmt::Display for Lockable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incident(id) => write!(f, "the incident `{id}`"),
            Self::Service(id) => write!(f, "the service `{id}`"),
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(holder) = &self.holder else {
            return write!(f, "{} is held by somebody who has not signed legibly", self.what);
        };
        let (who, life) = (holder.who(), self.life.words());
        let since = age(holder.since, self.now);
        write!(f, "{} is held by {who}{life}, since {since}", self.what)?;
        if let Some(shared) = &self.shared {
            write!(f, "; it is shared at {shared}")?;
        }
        let incident = Remote::new(holder.incident.as_str());
        if self.what != Lockable::Incident(holder.incident.clone()) {
            write!(f, "; for the incident `{incident}`")?;
        }
        match &self.last {
            Some(LastRecord { seq, kind, at }) => {
                let ago = self.now.as_second().saturating_sub(at.as_second()) >= 0;
                let ago = if ago { " ago" } else { "" };
                write!(f, "; its last record is #{seq} `{kind}`, {}{ago}", age(*at, self.now))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn held(since: i64, now: i64) -> Held {
        let holder = Holder {
            user: "anna".to_owned(),
            host: "bridge\u{1b}[2J".to_owned(),
            pid: 7,
            since: at(since),
            boot: "b".to_owned(),
            incident: "i".into(),
            place: "/p".to_owned(),
            lands_within: Span::default(),
        };
        let last = LastRecord { seq: 12, kind: "intended".to_owned(), at: at(since + 60) };
        Held {
            what: Lockable::Service("s".into()),
            holder: Some(holder),
            life: Life::Stopped,
            last: Some(last),
            shared: None,
            now: at(now),
        }
    }

    #[test]
    fn a_held_lock_names_what_who_since_when_and_the_last_record() {
        assert_eq!(
            held(0, 250).to_string(),
            "the service `s` is held by anna on bridge\\u{1b}[2J (process 7), which is stopped and may go on at \
             any time, since 4 min; for the incident `i`; its last record is #12 `intended`, 3 min ago"
        );
    }

    #[test]
    fn a_clock_that_was_set_back_makes_no_age() {
        let said = held(1_000, 0).to_string();
        assert!(said.contains("since 1970-01-01T00:16:40Z, by a clock that is ahead"), "{said}");
        assert!(!said.contains("since -") && !said.contains("ago"), "{said}");
    }

    #[test]
    fn who_has_not_signed_is_somebody() {
        let held = Held { holder: None, what: Lockable::Incident("i".into()), ..held(0, 1) };
        assert_eq!(
            held.to_string(),
            "the incident `i` is held by somebody who has not signed legibly"
        );
    }
}
