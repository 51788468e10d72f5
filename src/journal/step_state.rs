//! Where one step stands, and the records that are legal from there: the table of transitions.

use jiff::Timestamp;

use super::change_state::ChangeProgress;
use super::changing::Changing;
use crate::model::{
    Delivery, Direction, Event, Id, Plan, PlanStep, PlannedChannel, Proven, Truth, Work,
};

/// One step's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepState {
    /// The step.
    pub id: Id,
    /// How far its work is.
    pub doing: Doing,
    /// Whether it failed and the run went on.
    pub went_on: bool,
    /// Whether the run was ever held here.
    pub held: bool,
}

/// How far a step's work is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doing {
    /// A branch, resolved when the plan was pinned.
    Took,
    /// A check, and what it came to.
    Check(Option<(Truth, String)>),
    /// A question.
    Ask {
        /// When it was first put.
        asked: Option<Timestamp>,
        /// Whether the process that runs now has put it.
        open: bool,
        /// Whether it was answered.
        answered: bool,
    },
    /// Changes.
    Change(Box<Changing>),
    /// Messages.
    Message(Vec<Parcel>),
    /// A wait.
    Wait(Waited),
}

/// One message on one channel in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// The channel.
    pub channel: Id,
    /// The language.
    pub language: String,
    /// Whether it is on its way, with no word yet.
    pub telling: bool,
    /// What became of it.
    pub told: Option<(Delivery, String)>,
}

/// How far a wait is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waited {
    /// When it began.
    pub since: Option<Timestamp>,
    /// When it ends at the latest.
    pub until: Option<Timestamp>,
    /// Whether the process that runs now has taken it up.
    pub open: bool,
    /// What it came to.
    pub ended: Option<(Truth, String)>,
}

impl StepState {
    /// Returns every step of a plan, untouched.
    pub fn of(plan: &Plan) -> Vec<Self> {
        plan.steps.iter().map(Self::fresh).collect()
    }

    fn fresh(step: &PlanStep) -> Self {
        let doing = match &step.work {
            Work::Check { .. } => Doing::Check(None),
            Work::Took { .. } => Doing::Took,
            Work::Ask(_) => Doing::Ask { asked: None, open: false, answered: false },
            Work::Change(change) => Doing::Change(Box::new(Changing {
                changes: vec![ChangeProgress::default(); change.changes.len()],
                ..Changing::default()
            })),
            Work::Message { to, .. } => Doing::Message(to.iter().flat_map(parcels).collect()),
            Work::Wait { .. } => Doing::Wait(Waited::default()),
        };
        Self { id: step.id.clone(), doing, went_on: false, held: false }
    }

    /// Tells whether the run has the step behind it.
    pub fn has_ended(&self) -> bool {
        self.went_on
            || match &self.doing {
                Doing::Took => true,
                Doing::Check(judged) => matches!(judged, Some((Truth::True, _))),
                Doing::Ask { answered, .. } => *answered,
                Doing::Change(changing) => changing.forward.proven == Some(Proven::Yes),
                Doing::Message(parcels) => parcels.iter().all(Parcel::has_arrived),
                Doing::Wait(wait) => matches!(&wait.ended, Some((Truth::True, _))),
            }
    }

    /// Returns why the step has failed on the way forward; `None` while it has not.
    pub fn failure(&self) -> Option<String> {
        match &self.doing {
            Doing::Took | Doing::Ask { .. } => None,
            Doing::Check(judged) => unmet(judged.as_ref()),
            Doing::Change(changing) => changing.failure(Direction::Do),
            Doing::Message(parcels) => undelivered(parcels),
            Doing::Wait(wait) => unmet(wait.ended.as_ref()),
        }
    }

    /// Takes a record on the way forward; `None` when it may not follow.
    pub(super) fn forward(&mut self, event: &Event, at: Timestamp) -> Option<()> {
        match (&mut self.doing, event) {
            (Doing::Check(judged @ None), Event::Checked { truth, because, .. }) => {
                *judged = Some((*truth, because.clone()));
                Some(())
            }
            (Doing::Ask { asked, open, answered: false }, Event::Asked { .. }) => {
                *asked = Some(asked.unwrap_or(at));
                *open = true;
                Some(())
            }
            (Doing::Ask { open: true, answered, .. }, Event::Answered { .. }) => {
                *answered = true;
                Some(())
            }
            (Doing::Message(parcels), event) => parcel(parcels, event),
            (Doing::Wait(wait), event) => wait.take(event, at),
            (Doing::Change(changing), event) => changing.forward(event, at),
            _ => None,
        }
    }

    /// Takes a record on the way back; `None` when it may not follow.
    pub(super) fn backward(&mut self, event: &Event, at: Timestamp) -> Option<()> {
        match &mut self.doing {
            Doing::Change(changing) => changing.backward(event, at),
            Doing::Took
            | Doing::Check(_)
            | Doing::Ask { .. }
            | Doing::Message(_)
            | Doing::Wait(_) => None,
        }
    }

    /// Takes the step up in a new process; `mended` when a person says so after a hold.
    ///
    /// The clock may have been set back since: nothing that happened lies in the future.
    pub(super) fn take_up(&mut self, mended: bool, at: Timestamp) {
        match &mut self.doing {
            Doing::Took => {}
            Doing::Check(judged) => {
                judged.take_if(|(truth, _)| mended && *truth != Truth::True);
            }
            Doing::Ask { asked, open, answered } => {
                *open = false;
                asked.take_if(|_| mended && !*answered);
                *asked = asked.map(|asked| asked.min(at));
            }
            Doing::Change(changing) => changing.take_up(mended, at),
            Doing::Message(parcels) => {
                let failed = |p: &&mut Parcel| matches!(p.told, Some((Delivery::Failed, _)));
                parcels.iter_mut().filter(|_| mended).filter(failed).for_each(|p| p.told = None);
            }
            Doing::Wait(wait) => {
                wait.take_up(at);
                if mended && unmet(wait.ended.as_ref()).is_some() {
                    *wait = Waited::default();
                }
            }
        }
    }
}

fn parcels(channel: &PlannedChannel) -> impl Iterator<Item = Parcel> {
    let id = channel.id.clone();
    channel.languages.iter().map(move |language| Parcel {
        channel: id.clone(),
        language: language.clone(),
        telling: false,
        told: None,
    })
}

fn unmet(judged: Option<&(Truth, String)>) -> Option<String> {
    let (truth, because) = judged.filter(|(truth, _)| *truth != Truth::True)?;
    Some(format!("what it needs is {truth}: {because}"))
}

fn undelivered(parcels: &[Parcel]) -> Option<String> {
    let each = parcels.iter().filter_map(|parcel| {
        let (delivery, because) = parcel.told.as_ref()?;
        let word = match delivery {
            Delivery::Delivered => return None,
            Delivery::Failed => "was not delivered",
            Delivery::Unknown => "may or may not have been delivered and is not sent again",
        };
        Some(format!("{} ({}) {word}: {because}", parcel.channel, parcel.language))
    });
    let all: Vec<String> = each.collect();
    let open = parcels.iter().any(|parcel| parcel.told.is_none());
    (!open && !all.is_empty()).then(|| all.join("; "))
}

/// At most once: what is on its way or was told is never told again; only a failure known as such is.
fn parcel(parcels: &mut [Parcel], event: &Event) -> Option<()> {
    let (Event::Telling { channel, language, .. } | Event::Told { channel, language, .. }) = event
    else {
        return None;
    };
    let mut each = parcels.iter_mut();
    let found = each.find(|p| p.channel == *channel && p.language == *language)?;
    let parcel = Some(found).filter(|parcel| parcel.told.is_none())?;
    let Event::Told { delivery, because, .. } = event else {
        return (!std::mem::replace(&mut parcel.telling, true)).then_some(());
    };
    let sent = std::mem::replace(&mut parcel.telling, false);
    parcel.told = Some((*delivery, because.clone()));
    (sent || *delivery == Delivery::Failed).then_some(())
}

impl Parcel {
    fn has_arrived(&self) -> bool {
        matches!(self.told, Some((Delivery::Delivered, _)))
    }
}

impl Waited {
    /// A wait is never longer than it was, whatever the clock says now.
    fn take_up(&mut self, at: Timestamp) {
        self.open = false;
        let Some((since, until)) = self.since.zip(self.until).filter(|(since, _)| *since > at)
        else {
            return;
        };
        self.since = Some(at);
        self.until = Some(at.saturating_add(until.duration_since(since)).unwrap_or(until));
    }

    fn take(&mut self, event: &Event, at: Timestamp) -> Option<()> {
        match (event, self.ended.is_none()) {
            (Event::Waiting { until, .. }, true) if self.until.is_none_or(|it| it == *until) => {
                self.since = Some(self.since.unwrap_or(at));
                (self.until, self.open) = (Some(*until), true);
                Some(())
            }
            (Event::Waited { truth, because, .. }, true) if self.open => {
                self.ended = Some((*truth, because.clone()));
                Some(())
            }
            _ => None,
        }
    }
}
