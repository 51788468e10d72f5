//! Standing approvals of an estate: which there are, and whether one covers a plan here and now.

use std::cell::LazyCell;
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use super::operation::sha256;
use super::survey::Survey;
use super::{DriveError, Operation, signers};
use crate::document::{self, Source};
use crate::journal::Vouched;
use crate::model::{
    Approver, Direction, Event, Ground, Id, Plan, PlannedApproval, Record, Span, StandingApproval,
    StandingMark, Truth,
};
use crate::plan::Digest;
use crate::repo::{Kind, Shelf};
use crate::store::{Incident, rehearsals};
use crate::trust::{self, Doubted, Outside, endorsers};

/// One standing approval, as its files say it.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The document.
    pub standing: StandingApproval,
    /// Its exact bytes.
    pub text: String,
    /// Where it lies, from the estate's folder.
    pub path: String,
    /// Which it is, exactly.
    pub mark: StandingMark,
    /// Who is said to have signed it, with the signature.
    pub signatures: Vec<(Id, String)>,
}

/// Every standing approval, and the paths that hold none, with why.
#[derive(Clone, Debug, Default)]
pub struct Envelopes {
    /// Those that can be read.
    pub all: Vec<Envelope>,
    /// Those that cannot.
    pub broken: Vec<(String, String)>,
}

impl Envelopes {
    /// Reads what lies on a shelf; one that is broken hides no other.
    pub(super) fn read(shelf: &Shelf) -> Self {
        let mut read = Self::default();
        for piece in shelf.of(Kind::Standing) {
            let Some(name) = piece.name.strip_suffix(".yaml") else { continue };
            let source = Source::new(piece.path.clone(), piece.text.clone());
            match document::standing(&source) {
                Ok(standing) if standing.id == name => {
                    let mark = StandingMark {
                        id: standing.id.clone(),
                        digest: sha256(piece.text.as_bytes()),
                    };
                    let (path, text) = (piece.path.clone(), piece.text.clone());
                    let signatures = signatures(shelf, name);
                    read.all.push(Envelope { standing, text, path, mark, signatures });
                }
                Ok(standing) => {
                    let why = format!("its id is `{}`; its file must be named so", standing.id);
                    read.broken.push((piece.path.clone(), why));
                }
                Err(faults) => read.broken.push((piece.path.clone(), faults.to_string())),
            }
        }
        read
    }
}

/// Finds the signatures of a standing approval: `NAME.CONTACT.sig`.
fn signatures(shelf: &Shelf, name: &str) -> Vec<(Id, String)> {
    let of_it = shelf.of(Kind::Standing).filter_map(|piece| {
        let contact = piece.name.strip_prefix(name)?.strip_prefix('.')?.strip_suffix(".sig")?;
        Some((Id::new(contact), piece.text.clone()))
    });
    of_it.collect()
}

/// Why somebody may not go on alone.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Barred {
    /// The policy does not know it.
    #[error("the policy `{0}` lets nobody go on alone")]
    Never(Id),
    /// The others may still answer.
    #[error("the others may answer until {0}")]
    Early(Timestamp),
    /// No drill carried the runbook out lately.
    #[error("runbook `{runbook}` was not rehearsed within {within}: {last}")]
    NotRehearsed {
        /// The runbook.
        runbook: Id,
        /// What the policy asks for.
        within: Span,
        /// When it was, in words.
        last: String,
    },
    /// There is nothing to use.
    #[error("there is no standing approval in `standing/`")]
    None,
    /// The account is none of its holders.
    #[error("this account, `{0}`, is none of its holders")]
    Stranger(String),
    /// The plan lies outside.
    #[error(transparent)]
    Outside(#[from] Outside),
    /// Its time is over.
    #[error("it expired at {0}")]
    Expired(Timestamp),
    /// It was used as often as it may be.
    #[error("it was used {used} times of {uses}")]
    Used {
        /// So often.
        used: usize,
        /// Of so many times.
        uses: u32,
    },
    /// A journal that may hold a use cannot be read.
    #[error("nobody can count its uses: the journal of incident `{0}` cannot be read")]
    Uncounted(Id),
    /// Too few people signed it.
    #[error("{have} of {need} people have signed it{doubts}")]
    Unsigned {
        /// Those who count.
        have: usize,
        /// Those who are needed.
        need: usize,
        /// Why the others do not.
        doubts: String,
    },
    /// Nobody says whose signatures count.
    #[error("nobody can be seen to have signed it: {0}")]
    Unlisted(String),
    /// What it asks for is not known to be so.
    #[error("`{guard}` is {truth}, and must be true")]
    Facts {
        /// The condition.
        guard: String,
        /// What is so.
        truth: Truth,
    },
    /// Nobody looked.
    #[error("its facts are only judged when the plan is run")]
    NotSeen,
}

/// A plan, whoever is alone with it, and what is seen now.
#[derive(Clone, Copy)]
pub struct Lone<'a> {
    /// Everything around it.
    pub operation: &'a Operation,
    /// The incident.
    pub incident: &'a Incident,
    /// The plan.
    pub plan: &'a Plan,
    /// Toward the new state, or back.
    pub direction: Direction,
    /// What was seen just now; without it no condition is true.
    pub found: Option<&'a Survey>,
}

impl<'a> Lone<'a> {
    /// Finds the first standing approval that lets an account go on alone now.
    ///
    /// # Errors
    /// What the disk said. Within: why each of them does not.
    pub fn find(&self, account: &str) -> Result<Result<&'a Envelope, Vec<String>>, DriveError> {
        let all = &self.operation.standing;
        if let Err(barred) = self.may_at_all()? {
            return Ok(Err(vec![barred.to_string()]));
        }
        if all.all.is_empty() && all.broken.is_empty() {
            return Ok(Err(vec![Barred::None.to_string()]));
        }
        let broken = all.broken.iter();
        let mut reasons: Vec<String> = broken
            .map(|(path, _)| format!("`{path}` cannot be read: see `lifeboat lint`"))
            .collect();
        for envelope in &all.all {
            match self.covered(envelope, account, None)? {
                Ok(()) => return Ok(Ok(envelope)),
                Err(barred) => reasons.push(format!("`{}`: {barred}", envelope.mark.id)),
            }
        }
        Ok(Err(reasons))
    }

    /// Adds the records whose standing approval covers the plan now.
    ///
    /// # Errors
    /// What the disk said.
    pub(super) fn vouch(
        &self,
        records: &[Record],
        vouched: &mut Vouched,
    ) -> Result<(), DriveError> {
        let digest = LazyCell::new(|| Digest::of(self.plan).hex());
        for record in records {
            let Event::Approved { digest: of, by, direction, standing: Some(mark), .. } =
                &record.event
            else {
                continue;
            };
            if *of != *digest || *direction != self.direction || self.may_at_all()?.is_err() {
                continue;
            }
            let envelope = self.operation.standing.all.iter().find(|it| it.mark == *mark);
            if let Some(envelope) = envelope
                && self.covered(envelope, by, Some(record))?.is_ok()
            {
                vouched.add_standing(record.seq);
            }
        }
        Ok(())
    }

    /// Judges what the policy asks of whoever is alone, whatever the standing approval. A way back is not made to wait.
    fn may_at_all(&self) -> Result<Result<&'a PlannedApproval, Barred>, DriveError> {
        let Some(approval) = &self.plan.approval else {
            return Ok(Err(Barred::Never(Id::default())));
        };
        let Some(alone) = &approval.alone else {
            return Ok(Err(Barred::Never(approval.policy.clone())));
        };
        if self.direction == Direction::Undo {
            return Ok(Ok(approval));
        }
        let now = self.now()?;
        let from = alone.after.after(self.plan.pinned_at);
        if now < from {
            return Ok(Err(Barred::Early(from)));
        }
        let Some(within) = alone.rehearsed_within else { return Ok(Ok(approval)) };
        let rehearsed = rehearsals::load(&self.operation.incidents.rehearsals_path())?;
        let runbook = &self.plan.runbook.id;
        let times = rehearsed.iter().filter(|it| it.runbook == *runbook).map(|it| it.at);
        // A rehearsal of tomorrow is a clock that was wrong, and proves nothing.
        let last = times.filter(|at| *at <= now).max();
        if last.is_some_and(|at| now <= within.after(at)) {
            return Ok(Ok(approval));
        }
        let last =
            last.map_or_else(|| "no drill has".to_owned(), |at| format!("the last was at {at}"));
        let runbook = runbook.clone();
        Ok(Err(Barred::NotRehearsed { runbook, within, last }))
    }

    /// Judges one standing approval, for one account; `own` is the record that already rests on it.
    fn covered(
        &self,
        envelope: &Envelope,
        account: &str,
        own: Option<&Record>,
    ) -> Result<Result<(), Barred>, DriveError> {
        let standing = &envelope.standing;
        let contacts = &self.operation.estate.contacts;
        let user = contacts.iter().find(|it| it.is(account)).map(|it| &it.id);
        let Some(user) = user.filter(|user| standing.holders.contains(user)) else {
            return Ok(Err(Barred::Stranger(account.to_owned())));
        };
        if let Err(outside) = trust::covers(standing, self.plan) {
            return Ok(Err(outside.into()));
        }
        let now = self.now()?;
        if standing.expires <= now {
            return Ok(Err(Barred::Expired(standing.expires)));
        }
        if self.direction == Direction::Do
            && let Err(barred) = self.uses_left(envelope, own)?
        {
            return Ok(Err(barred));
        }
        if let Err(barred) = self.signed(envelope, user, now)? {
            return Ok(Err(barred));
        }
        Ok(match self.direction {
            Direction::Do => self.facts(standing, now),
            // A way back has conditions of its own.
            Direction::Undo => Ok(()),
        })
    }

    /// Judges whether it may be used once more, or was not used up before the record that rests on it.
    fn uses_left(
        &self,
        envelope: &Envelope,
        own: Option<&Record>,
    ) -> Result<Result<(), Barred>, DriveError> {
        let ours = own.map(|record| (record.at, self.incident.id(), record.seq));
        let uses = envelope.standing.uses;
        Ok(match used(self.operation, &envelope.mark, ours)? {
            Ok(used) if used < uses as usize => Ok(()),
            Ok(used) => Err(Barred::Used { used, uses }),
            Err(incident) => Err(Barred::Uncounted(incident)),
        })
    }

    fn signed(
        &self,
        envelope: &Envelope,
        user: &Id,
        now: Timestamp,
    ) -> Result<Result<(), Barred>, DriveError> {
        let need = self.plan.approval.as_ref().map_or(1, |approval| usize::from(approval.people));
        let (people, doubted) = match signed_by(self.operation, envelope, user, now) {
            // A policy that is met at terminals needs no list; only whoever is alone does.
            Err(error @ DriveError::NoSigners { .. }) => {
                return Ok(Err(Barred::Unlisted(error.to_string())));
            }
            signed => signed?,
        };
        if people.len() >= need {
            return Ok(Ok(()));
        }
        Ok(Err(Barred::Unsigned { have: people.len(), need, doubts: doubts(&doubted) }))
    }

    fn facts(&self, standing: &StandingApproval, now: Timestamp) -> Result<(), Barred> {
        let Some(found) = self.found else { return Err(Barred::NotSeen) };
        let (bindings, taken) = (BTreeMap::new(), BTreeMap::new());
        let ground = Ground {
            facts: &found.facts,
            bindings: &bindings,
            taken: &taken,
            since: &found.since,
            now,
        };
        let truth = standing.facts.judge(&ground).truth;
        if truth == Truth::True {
            return Ok(());
        }
        Err(Barred::Facts { guard: standing.facts.to_string(), truth })
    }

    /// Returns the later of the clock and the journal's newest record: a clock that is set back revives nothing.
    fn now(&self) -> Result<Timestamp, DriveError> {
        let now = self.operation.field.clock.now();
        let latest = self.incident.records()?.iter().map(|record| record.at).max();
        Ok(latest.map_or(now, |latest| latest.max(now)))
    }
}

/// Counts the plans that a standing approval was used for, in every incident of this estate on this machine; only those
/// earlier than a record, where one is named by time, incident and number. Within: the incident that cannot be read.
///
/// # Errors
/// What the disk said.
pub fn used(
    operation: &Operation,
    mark: &StandingMark,
    before: Option<(Timestamp, &Id, u64)>,
) -> Result<Result<usize, Id>, DriveError> {
    let incidents = &operation.incidents;
    let mut used = 0;
    for listed in incidents.list()? {
        let read = incidents.incident(listed.id.as_str()).and_then(|it| it.records());
        let Ok(records) = read else { return Ok(Err(listed.id)) };
        let earlier = |record: &&Record| {
            let this = (record.at, &listed.id, record.seq);
            uses(record, mark) && before.is_none_or(|before| this < before)
        };
        used += records.iter().filter(earlier).count();
    }
    Ok(Ok(used))
}

/// Says why signatures do not count, to be put behind a sentence.
pub fn doubts(doubted: &[Doubted]) -> String {
    doubted.iter().map(|it| format!("; {}: {}", it.by, it.because)).collect()
}

fn uses(record: &Record, mark: &StandingMark) -> bool {
    matches!(&record.event, Event::Approved { standing: Some(it), direction: Direction::Do, .. } if it == mark)
}

/// Returns who has signed a standing approval besides its user, judged now, and whose signatures do not count.
///
/// # Errors
/// As [`signers::lists`].
pub fn signed_by(
    operation: &Operation,
    envelope: &Envelope,
    user: &Id,
    now: Timestamp,
) -> Result<(Vec<Id>, Vec<Doubted>), DriveError> {
    let (allowed, revoked) = signers::lists(operation)?;
    let approvers = Approver::among(&operation.estate.contacts);
    let text = (envelope.text.as_bytes(), operation.mode);
    Ok(endorsers(text, &envelope.signatures, (&approvers, user), (&allowed, &revoked), now))
}

/// Returns how long a yes by a standing approval holds: as long as any other, and never past the approval itself.
pub fn until(standing: &StandingApproval, other: Timestamp, now: Timestamp) -> Timestamp {
    let soon = now.saturating_add(SignedDuration::from_mins(15)).unwrap_or(now);
    standing.expires.min(other).min(soon)
}
