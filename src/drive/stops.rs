//! Requests to stop a run: signals, and `halt` from elsewhere.

use crate::host::{StopAsked, StopRequests};
use crate::model::Event;
use crate::net::Deadline;
use crate::store::Incident;

use super::DriveError;

/// How often a run that waits looks whether another process asked it to stop.
const LOOK: std::time::Duration = std::time::Duration::from_millis(200);

/// A request to stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Who, or which signal.
    pub by: String,
    /// Whether even what was sent is not waited for.
    pub at_once: bool,
}

/// The requests to stop that a run has not heeded yet.
#[derive(Debug)]
pub struct Stops {
    signals: StopRequests,
    /// How many records had been read.
    seen: usize,
    /// How urgent the signals were that were heeded.
    urgency: u32,
    pending: Option<Asked>,
    /// Who asked, until it was said that what was sent is settled first.
    unsaid: Option<String>,
}

impl Stops {
    /// Hears every signal, and every halt that is asked for after `seen` records.
    pub fn new(signals: StopRequests, seen: usize) -> Self {
        Self { signals, seen, urgency: 0, pending: None, unsaid: None }
    }

    /// Returns the request to heed now, once for each.
    pub(super) fn take(&mut self, incident: &Incident) -> Result<Option<Asked>, DriveError> {
        self.look(incident)?;
        let asked = self.pending.take();
        self.unsaid = asked.as_ref().map(|asked| asked.by.clone()).or(self.unsaid.take());
        Ok(asked)
    }

    /// Returns who asks to stop, if somebody does; the request stays.
    pub(super) fn look(&mut self, incident: &Incident) -> Result<Option<String>, DriveError> {
        let heard = self.signals.heard();
        if let Some(last) = heard.last.filter(|_| heard.urgency > self.urgency) {
            self.urgency = heard.urgency;
            self.pending = Some(Asked { by: last.name().to_owned(), at_once: heard.urgency > 1 });
        }
        if self.pending.is_none() {
            let records = incident.records()?;
            let mut asked = records.iter().skip(self.seen).filter_map(|record| {
                if let Event::HaltAsked { by, .. } = &record.event {
                    Some(by.clone())
                } else {
                    None
                }
            });
            self.pending = asked.next_back().map(|by| Asked { by, at_once: false });
            self.seen = records.len();
        }
        Ok(self.pending.as_ref().map(|asked| asked.by.clone()))
    }

    /// Returns, once, who asked to stop although something must be waited for first.
    pub(super) fn settling(&mut self) -> Option<String> {
        self.unsaid.take()
    }

    /// Waits until it is worth a look.
    pub(super) async fn news(&self) {
        tokio::select! {
            _ = self.signals.urgent(self.urgency + 1) => {}
            () = Deadline::after(LOOK).wait() => {}
        }
    }

    /// Waits until signals are so urgent.
    pub(super) async fn urgent(&self, urgency: u32) -> StopAsked {
        self.signals.urgent(urgency).await
    }
}
