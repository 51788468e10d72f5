//! The fold itself: one record after another. What it does not know it skips.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::chronicle::{
    Approval, Asking, BrokenGlass, Chronicle, Entry, Judged, Note, Notice, Overriding, Problem,
    State, Times,
};
use super::run::{Alteration, Ending, Hold, Proof, Run, RunState};
use super::sentence::sentence;
use crate::model::{
    ApprovalProof, Delivery, Direction, Event, Id, Mode, Outcome, Proven, Record, Truth, Verdict,
};

impl Chronicle {
    /// Folds a journal, or any beginning of one.
    pub fn fold(records: &[Record]) -> Self {
        let mut chronicle = Self::default();
        for record in records {
            chronicle.take(record);
        }
        chronicle.state = chronicle.stands();
        chronicle
    }

    fn take(&mut self, record: &Record) {
        let (seq, at) = (record.seq, record.at);
        self.times.newest = self.times.newest.max(Some(at));
        if let Some(sentence) = sentence(&record.event) {
            let entry = Entry { seq, at, kind: record.event.kind(), sentence };
            self.codes.extend(is_of_a_code(&record.event).then(|| entry.clone()));
            self.timeline.push(entry);
        }
        self.take_frame(seq, at, &record.event);
        self.take_people(seq, at, &record.event);
        self.take_run(seq, at, &record.event);
        self.take_effect(seq, at, &record.event);
    }

    /// Takes what frames the incident: its opening, its verdicts, its end.
    fn take_frame(&mut self, seq: u64, at: Timestamp, event: &Event) {
        if let Event::Declared { incident, title, severity, estate, mode } = event {
            (self.incident, self.estate) = (incident.clone(), estate.clone());
            (self.title, self.severity) = (title.clone(), Some(*severity));
            self.exercise = *mode == Mode::Drill;
            self.times.declared = Some(at);
            self.times.detected = self.times.detected.or(Some(at));
        } else if let Event::Diagnosed { verdict, advice, since, causes, because, .. } = event {
            self.judge(*verdict, *since, at);
            let (causes, because) = (causes.clone(), once(because));
            let impact = causes.first().map(|cause| cause.impact.clone());
            self.impact = impact.or_else(|| self.impact.take());
            let judged = Judged { seq, at, verdict: *verdict, advice: *advice, causes, because };
            self.diagnoses.push(judged);
        } else if let Event::Resolved { .. } = event {
            self.times.resolved = Some(at);
            self.times.mitigated = self.times.mitigated.or(Some(at));
        } else if let Event::Closed { .. } = event {
            self.times.closed = Some(at);
        }
    }

    /// Takes a verdict's times: the first fault is when it was detected.
    fn judge(&mut self, verdict: Verdict, since: Option<Timestamp>, at: Timestamp) {
        let faulty = self.diagnoses.iter().any(|judged| judged.verdict == Verdict::Fault);
        match verdict {
            Verdict::Fault => {
                let Times { since: known, detected, .. } = &mut self.times;
                *known = known.or(since);
                if !faulty {
                    *detected = Some(detected.map_or(at, |earlier| earlier.min(at)));
                }
                let again = self.times.mitigated.is_some() && self.times.resolved.is_none();
                if again && !self.has_changed_something() {
                    self.times.mitigated = None;
                }
            }
            Verdict::Healthy if faulty => {
                self.times.mitigated = self.times.mitigated.or(Some(at));
            }
            Verdict::Healthy | Verdict::Undetermined | Verdict::ObserverFault => {}
        }
    }

    /// Takes what people said and were told.
    fn take_people(&mut self, seq: u64, at: Timestamp, event: &Event) {
        if let Event::Approved { digest, by, means, direction, expires, .. } = event {
            let (digest, by) = (digest.clone(), by.clone());
            let (means, direction, expires) = (*means, *direction, *expires);
            self.approvals.push(Approval { seq, at, digest, by, means, direction, expires });
        } else if let Event::BrokeGlass { digest, by, direction, reason, expires, .. } = event {
            let (digest, by, reason) = (digest.clone(), by.clone(), reason.clone());
            let (direction, expires) = (*direction, *expires);
            let broken = BrokenGlass { seq, at, digest, by, direction, reason, expires };
            self.broken_glass.push(broken);
        } else if let Event::Noted { by, text } = event {
            self.notes.push(Note { seq, at, by: by.clone(), text: text.clone() });
        } else if let Event::Asked { step, question } = event {
            let (step, question) = (step.clone(), question.clone());
            self.asks.push(Asking { seq, at, step, question, answer: None, by: None });
        } else if let Event::Answered { step, answer, by } = event {
            let open = self.asks.iter_mut().rev().find(|ask| ask.step == *step);
            if let Some(ask) = open {
                (ask.answer, ask.by) = (Some(answer.clone()), Some(by.clone()));
            }
        } else if let Event::Telling { step, channel, language, text } = event {
            let (step, channel) = (step.clone(), channel.clone());
            let (language, text) = (language.clone(), text.clone());
            let because = "nobody knows whether it arrived".to_owned();
            let delivery = Delivery::Unknown;
            let notice = Notice { seq, at, step, channel, language, text, delivery, because };
            self.notices.push(notice);
        } else if let Event::Told { step, channel, language, delivery, because } = event {
            let (step, channel) = (step.clone(), channel.clone());
            let (language, because) = (language.clone(), because.clone());
            let (text, delivery) = (String::new(), *delivery);
            self.told(Notice { seq, at, step, channel, language, text, delivery, because });
        }
    }

    fn told(&mut self, news: Notice) {
        let same = |known: &&mut Notice| {
            known.step == news.step
                && known.channel == news.channel
                && known.language == news.language
        };
        match self.notices.iter_mut().rev().find(same) {
            Some(known) => {
                (known.delivery, known.because) = (news.delivery, news.because);
            }
            None => self.notices.push(news),
        }
    }

    /// Takes where a run stands.
    fn take_run(&mut self, seq: u64, at: Timestamp, event: &Event) {
        if let Event::Planned { digest, runbook, phase, changes, target } = event {
            let mut run = blank(digest, Direction::Do, seq);
            (run.runbook, run.phase) = (Some(runbook.clone()), Some(*phase));
            (run.target, run.planned_changes) = (Some(target.clone()), *changes);
            self.runs.push(run);
        } else if let Event::Overridden { digest, limit, step, because, by, reason } = event {
            let (digest, limit, step) = (digest.clone(), *limit, step.clone());
            let (because, by, reason) = (because.clone(), by.clone(), reason.clone());
            let entry = Overriding { seq, at, digest, limit, step, because, by, reason };
            self.overrides.push(entry);
        } else if let Event::Refused { what, because, .. } = event {
            let (of, because) = (what.clone(), because.clone());
            self.refusals.push(Problem { seq, at, of, because });
        } else if let Event::Started { digest, direction } = event {
            self.start(digest, *direction, seq, at);
        } else if let Event::WentOn { step, because } = event {
            let (of, because) = (step.to_string(), because.clone());
            self.went_on.push(Problem { seq, at, of, because });
        } else if let Event::HaltAsked { by, reason } = event {
            let (of, because) = (by.clone(), reason.clone());
            self.halts.push(Problem { seq, at, of, because });
        }
        self.take_stand(seq, at, event);
    }

    /// Takes how the run that is under way stands.
    fn take_stand(&mut self, seq: u64, at: Timestamp, event: &Event) {
        if let Event::Finished { outcome, .. } = event {
            return self.finish(*outcome, at);
        }
        let Some(run) = self.current() else { return };
        if let Event::Resumed { .. } = event {
            (run.state, run.ended) = (RunState::Running, None);
            if let Some(hold) = run.holds.last_mut() {
                hold.resumed = hold.resumed.or(Some(at));
            }
        } else if let Event::Waiting { .. } = event {
            run.state = RunState::Waiting;
        } else if let Event::Asked { .. } = event {
            run.state = RunState::Asking;
        } else if let Event::Waited { .. } | Event::Answered { .. } = event {
            run.state = RunState::Running;
        } else if let Event::Halted { .. } = event {
            run.state = RunState::Stopped;
        } else if let Event::Held { step, because, left, who } = event {
            run.state = RunState::Held;
            let (left, who) = (left.clone(), who.clone());
            run.holds.push(Hold { left, who, ..stop(seq, at, step, because) });
        } else if let Event::TurnedBack { step, because } = event {
            run.turned_back = Some(stop(seq, at, step, because));
        }
    }

    fn start(&mut self, digest: &str, direction: Direction, seq: u64, at: Timestamp) {
        let waits = |run: &Run| run.digest == digest && run.started.is_none();
        let planned = self.runs.iter().rposition(waits).filter(|_| direction == Direction::Do);
        let position = planned.unwrap_or_else(|| {
            let mut run = blank(digest, direction, seq);
            if let Some(known) = self.runs.iter().find(|known| known.digest == digest) {
                run.runbook.clone_from(&known.runbook);
                run.target.clone_from(&known.target);
                (run.phase, run.planned_changes) = (known.phase, known.planned_changes);
            }
            self.runs.push(run);
            self.runs.len() - 1
        });
        if let Some(run) = self.runs.get_mut(position) {
            (run.started, run.state) = (Some(at), RunState::Running);
        }
    }

    /// Returns the run that was begun last, which step events belong to.
    fn current(&mut self) -> Option<&mut Run> {
        self.runs.iter_mut().filter(|run| run.started.is_some()).max_by_key(|run| run.started)
    }

    fn finish(&mut self, outcome: Outcome, at: Timestamp) {
        let Some(run) = self.current() else { return };
        run.ended = Some(at);
        run.state = match outcome {
            Outcome::Completed => RunState::Completed,
            Outcome::Undone => RunState::Undone,
            Outcome::Held => RunState::Held,
            Outcome::Refused => RunState::Refused,
        };
        let remedied = run.state == RunState::Completed
            && run.direction == Direction::Do
            && run.landed().next().is_some()
            && run.unproven().is_empty();
        let proven = run.proofs.iter().map(|proof| proof.at).max();
        if remedied {
            self.times.mitigated = self.times.mitigated.or(proven);
        } else if run.state == RunState::Undone && self.times.resolved.is_none() {
            self.times.mitigated = None;
        }
    }

    /// Takes what was written, proven and checked.
    fn take_effect(&mut self, seq: u64, at: Timestamp, event: &Event) {
        let Some(run) = self.current() else { return };
        let proof = |step: &Id, direction: Direction, because: &str| Proof {
            seq,
            at,
            step: step.clone(),
            direction,
            truth: Truth::Unknown,
            because: because.to_owned(),
            after_write: None,
        };
        if let Some(news) = alteration(seq, at, event) {
            run.alter(news);
        } else if let Event::Verified { step, direction, outcome, because } = event {
            run.prove(*outcome, proof(step, *direction, because));
            let waits = matches!(run.state, RunState::Waiting);
            if waits && *outcome != Proven::NotYet {
                run.state = RunState::Running;
            }
        } else if let Event::Checked { step, truth, because, .. } = event
            && *truth != Truth::True
        {
            run.checks.push(Proof { truth: *truth, ..proof(step, run.direction, because) });
        }
    }

    fn stands(&self) -> State {
        let named = self.diagnoses.last().is_some_and(|judged| !judged.causes.is_empty());
        match self.times {
            Times { closed: Some(_), .. } => State::Closed,
            Times { resolved: Some(_), .. } => State::Resolved,
            Times { mitigated: Some(_), .. } => State::Monitoring,
            Times { .. } if named => State::Identified,
            Times { .. } => State::Investigating,
        }
    }
}

/// Reads what an event says about one write.
fn alteration(seq: u64, at: Timestamp, event: &Event) -> Option<Alteration> {
    let (step, change, direction, ending, because) =
        if let Event::Intended { step, change, direction, .. } = event {
            (step, change, direction, Ending::Intended, "")
        } else if let Event::InDoubt { step, change, direction, because } = event {
            (step, change, direction, Ending::InDoubt, because.as_str())
        } else if let Event::Deferred { step, change, direction, because, .. } = event {
            (step, change, direction, Ending::Deferred, because.as_str())
        } else if let Event::Settled { step, change, direction, end, because } = event {
            (step, change, direction, Ending::from(*end), because.as_str())
        } else {
            return None;
        };
    let tries = u32::from(ending == Ending::Intended);
    let (step, because) = (step.clone(), because.to_owned());
    let (change, direction) = (*change, *direction);
    Some(Alteration { seq, at, step, change, direction, tries, ending, because })
}

/// Tells whether an event is about a printed code.
const fn is_of_a_code(event: &Event) -> bool {
    matches!(event, Event::WrongCode { .. } | Event::Approved { means: ApprovalProof::Code, .. })
}

fn blank(digest: &str, direction: Direction, seq: u64) -> Run {
    Run {
        digest: digest.to_owned(),
        runbook: None,
        phase: None,
        target: None,
        planned_changes: 0,
        direction,
        seq,
        started: None,
        ended: None,
        state: RunState::Planned,
        alterations: Vec::new(),
        proofs: Vec::new(),
        checks: Vec::new(),
        holds: Vec::new(),
        turned_back: None,
    }
}

/// Several facts may rest on the same words, which are read once.
fn once(texts: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    texts.iter().filter(|text| seen.insert(*text)).cloned().collect()
}

fn stop(seq: u64, at: Timestamp, step: &Id, because: &str) -> Hold {
    let (step, because) = (step.clone(), because.to_owned());
    Hold { seq, at, step, because, left: Vec::new(), who: None, resumed: None }
}
