//! Taking a run over, and the fence that keeps whoever was shut out from going on.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use jiff::Timestamp;

use super::{Incident, StoreError};
use crate::host::{LockMark, files};
use crate::journal::superseded;
use crate::model::{Event, Held, Holder, Lockable, Outcome, Record};

impl Incident {
    /// Shuts out whoever runs the incident: records it, then puts fresh files in the place of their locks.
    ///
    /// No moment lies between the two in which the old one may append, and it finds neither its record nor its
    /// locks afterwards. Returns what was held and the record.
    ///
    /// # Errors
    /// [`StoreError::NobodyRuns`] when nobody holds it and no run is open. What the disk said.
    pub fn take_over(
        &self,
        by: &Holder,
        reason: &str,
        elsewhere: &[Held],
        now: Timestamp,
    ) -> Result<(Vec<Held>, Record), StoreError> {
        let _guard = self.guard()?;
        let ours = |held: &Held| match (&held.what, &held.holder) {
            (_, Some(holder)) => holder.incident == *self.id(),
            (Lockable::Incident(_) | Lockable::Service(_), None) => true,
        };
        let mut held = self.look(&by.host, now)?;
        held.retain(ours);
        if held.is_empty() && elsewhere.is_empty() && !is_open(&self.records()?) {
            return Err(StoreError::NobodyRuns(self.id().clone()));
        }
        let from = held.iter().chain(elsewhere).find_map(|held| held.holder.as_ref());
        let from = match from {
            Some(holder) => holder.who(),
            None if held.is_empty() => "a process that has ended".to_owned(),
            None => "somebody who had not signed".to_owned(),
        };
        let event = Event::TakenOver { by: by.who(), from, reason: reason.to_owned() };
        let paths: Vec<PathBuf> = held.iter().map(|held| self.lock_path(&held.what)).collect();
        let replace = || {
            paths
                .iter()
                .try_for_each(|path| files::write_atomic(path, b"").map_err(StoreError::Host))
        };
        let record = self.append_if(event, now, |_| Ok(()), replace)?;
        Ok((held, record))
    }

    /// Tells whether this process may still act for the run: nobody took it over, and its locks are in place.
    ///
    /// # Errors
    /// [`StoreError::Superseded`] says who took it over. What the disk said: unknown is not allowed.
    pub fn fence(&self) -> Result<(), StoreError> {
        self.not_fenced(&self.records()?)
    }

    pub(super) fn not_fenced(&self, records: &[Record]) -> Result<(), StoreError> {
        if let Some(by) = superseded(records, self.boot()) {
            return Err(StoreError::Superseded(by));
        }
        let marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        if marks.iter().all(LockMark::is_in_place) {
            return Ok(());
        }
        let by = records.iter().rev().find_map(|record| {
            let Event::TakenOver { by, .. } = &record.event else { return None };
            Some(format!("{by} took the run over"))
        });
        Err(StoreError::Superseded(by.unwrap_or_else(|| "its lock was taken away".to_owned())))
    }

    /// Opens the incident once more for this same process and under its locks, for whoever needs to own it.
    #[must_use]
    pub fn again(&self) -> Self {
        let mut again =
            Self::new(self.id().clone(), self.folder().to_owned(), self.boot().to_owned());
        again.marks = Arc::clone(&self.marks);
        again
    }
}

/// Tells whether a run was begun and can go on.
fn is_open(records: &[Record]) -> bool {
    let ends = |event: &Event| matches!(event, Event::Finished { outcome, .. } if *outcome != Outcome::Held);
    let begins = |event: &Event| matches!(event, Event::Started { .. } | Event::Resumed { .. });
    let last = records.iter().rev().find(|record| begins(&record.event) || ends(&record.event));
    last.is_some_and(|record| begins(&record.event))
}
