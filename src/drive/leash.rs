//! What is asked right before something leaves: whether this process still runs the run, and whether the time
//! of the intent is not over. A process that was stopped goes on where it stood, however much later.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::engine::Input;
use crate::host::Clock;
use crate::model::{Change, Event, Sent};
use crate::net::Fence;
use crate::store::{Incident, StoreError};

/// Holds a run's effects to the run.
pub struct Leash {
    incident: Arc<Incident>,
    clock: Clock,
    intent: Mutex<Option<Intent>>,
}

/// The intent that was recorded last.
#[derive(Clone, Copy)]
struct Intent {
    lands_by: Timestamp,
    at: Timestamp,
    stamp: Duration,
}

/// Why something was not let out.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Barred {
    TakenOver(String),
    Late,
    Unread(String),
}

/// A fence for one write, which remembers what it barred.
pub struct Guarded {
    /// What asks.
    pub fence: Fence,
    barred: Arc<Mutex<Option<Barred>>>,
    clock: Clock,
}

impl Leash {
    /// Holds an incident's run.
    pub fn new(incident: &Incident, clock: Clock) -> Self {
        Self { incident: Arc::new(incident.again()), clock, intent: Mutex::new(None) }
    }

    /// Takes note of an event that is about to be recorded: an intent's time begins before it is durable.
    pub fn note(&self, event: &Event) {
        if let Event::Intended { lands_by, .. } = event {
            let (at, stamp) = (self.clock.now(), self.clock.stamp());
            let mut intent = self.intent.lock().unwrap_or_else(PoisonError::into_inner);
            *intent = Some(Intent { lands_by: *lands_by, at, stamp });
        }
    }

    /// Tells who took the run over, if somebody did.
    pub fn taken_over(&self) -> Option<String> {
        match self.incident.fence() {
            Err(StoreError::Superseded(by)) => Some(by),
            Ok(()) | Err(_) => None,
        }
    }

    /// Makes the fence for the write of the intent that was recorded last.
    pub fn guard(&self, change: &Change) -> Guarded {
        let intent = *self.intent.lock().unwrap_or_else(PoisonError::into_inner);
        let (incident, clock) = (Arc::clone(&self.incident), self.clock.clone());
        let (settle, barred) = (change.settle.duration(), Arc::new(Mutex::new(None)));
        let told = Arc::clone(&barred);
        let fence = Fence::new(move || {
            let bars = bars(&incident, &clock, intent, settle);
            let why = bars.as_ref().map(Barred::words);
            *told.lock().unwrap_or_else(PoisonError::into_inner) = bars;
            why.map_or(Ok(()), Err)
        });
        Guarded { fence, barred, clock: self.clock.clone() }
    }
}

fn bars(
    incident: &Incident,
    clock: &Clock,
    intent: Option<Intent>,
    settle: Duration,
) -> Option<Barred> {
    match incident.fence() {
        Ok(()) => {}
        Err(StoreError::Superseded(by)) => return Some(Barred::TakenOver(by)),
        Err(error) => return Some(Barred::Unread(error.to_string())),
    }
    let intent = intent?;
    let last = intent.lands_by.saturating_sub(settle).unwrap_or(Timestamp::MIN);
    let within = Duration::try_from(last.duration_since(intent.at)).unwrap_or_default();
    // Both clocks count: one may be set back, the other one stands still while a machine sleeps.
    let late = clock.now() > last || clock.stamp().saturating_sub(intent.stamp) > within;
    late.then_some(Barred::Late)
}

impl Barred {
    fn words(&self) -> String {
        match self {
            Self::TakenOver(by) => by.clone(),
            Self::Late => "the time of its intent was over before it could leave".to_owned(),
            Self::Unread(why) => format!("nobody can tell whether the run was taken over: {why}"),
        }
    }
}

impl Guarded {
    /// Turns what became of the write into what the engine is told.
    pub fn told(self, sent: Sent) -> Input {
        let barred = self.barred.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (sent, barred) {
            (Sent::Written, _) => Input::Written,
            (Sent::Lost(why), _) => Input::Lost(why),
            (_, Some(Barred::TakenOver(by))) => Input::Superseded(by),
            // Nothing left: it is looked at afresh, with a new intent.
            (_, Some(late @ (Barred::Late | Barred::Unread(_)))) => {
                Input::Later { because: late.words(), until: self.clock.now() }
            }
            (Sent::Refused(why), None) => Input::Refused(why),
            (Sent::Later { because, after }, None) => {
                Input::Later { because, until: after.after(self.clock.now()) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Id, Mode, Severity, Span, Target, Value};
    use crate::store::{Declaration, Incidents};

    fn change() -> Change {
        let (service, torrent) = (Id::from("box"), "00".repeat(20));
        let empty = || Value::Trackers(Vec::new());
        Change {
            target: Target::TrackerList { service, torrent },
            object: "t".into(),
            before: empty(),
            after: empty(),
            timeout: Span::from_secs(10),
            settle: Span::from_secs(60),
            conditional: false,
        }
    }

    fn incident(root: &std::path::Path) -> Incident {
        let incidents = Incidents::open(root, &"e".into()).expect("opens");
        let title = "names fail".to_owned();
        let declaration = Declaration { title, severity: Severity::Major, mode: Mode::Live };
        incidents.create(&declaration, Timestamp::UNIX_EPOCH).expect("declares")
    }

    fn intended(at: Timestamp) -> Event {
        let change = change();
        let lands_by = Span::from_secs(2).after(change.settle.after(change.timeout.after(at)));
        let (step, key) = (Id::from("s"), "k".to_owned());
        Event::Intended { step, change: 0, direction: crate::model::Direction::Do, key, lands_by }
    }

    /// Records an intent, lets so many seconds pass, and returns what becomes of the write.
    async fn after(seconds: u64) -> Input {
        let root = tempfile::tempdir().expect("a folder");
        let clock = Clock::scripted(Timestamp::UNIX_EPOCH, |_| {});
        let leash = Leash::new(&incident(root.path()), clock.clone());
        leash.note(&intended(clock.now()));
        let guarded = leash.guard(&change());
        clock.wait(Span::from_secs(seconds)).await;
        let (incident, intent) = (&leash.incident, *leash.intent.lock().expect("is whole"));
        let found = bars(incident, &clock, intent, change().settle.duration());
        *guarded.barred.lock().expect("is whole") = found;
        guarded.told(Sent::Refused("not sent".to_owned()))
    }

    #[tokio::test]
    async fn what_is_late_is_asked_for_again_and_never_sent() {
        assert_eq!(after(12).await, Input::Refused("not sent".to_owned()));
        let late = after(13).await;
        assert!(
            matches!(&late, Input::Later { because, .. } if because.contains("over")),
            "{late:?}"
        );
    }

    #[tokio::test]
    async fn a_clock_that_was_set_back_makes_nothing_timely() {
        let root = tempfile::tempdir().expect("a folder");
        let clock = Clock::scripted(Timestamp::UNIX_EPOCH, |_| {});
        let incident = incident(root.path());
        clock.wait(Span::from_secs(100)).await;
        // An hour ago by the clock of now, a hundred seconds by the one that only goes forward.
        let lands_by = Span::from_secs(3_672).after(Timestamp::UNIX_EPOCH);
        let at = Span::from_secs(3_600).after(Timestamp::UNIX_EPOCH);
        let intent = Some(Intent { lands_by, at, stamp: Duration::ZERO });
        let barred = bars(&incident, &clock, intent, Duration::from_secs(60));
        assert_eq!(barred, Some(Barred::Late));
    }

    #[tokio::test]
    async fn what_was_taken_over_is_told_so() {
        let root = tempfile::tempdir().expect("a folder");
        let incident = incident(root.path());
        let clock = Clock::scripted(Timestamp::UNIX_EPOCH, |_| {});
        let digest = "d".to_owned();
        let begun = Event::Started { digest, direction: crate::model::Direction::Do };
        incident.append_run(begun, clock.now()).expect("begins");
        let leash = Leash::new(&incident, clock.clone());
        assert_eq!(leash.taken_over(), None);
        let over = |text: &str| text.to_owned();
        let event =
            Event::TakenOver { by: over("berta"), from: over("anna"), reason: over("it hangs") };
        incident.append(event, clock.now()).expect("records it");
        assert_eq!(leash.taken_over(), Some("berta took the run over".to_owned()));
    }
}
