//! The loop: carries out what the engine asks, on real things. What comes next, the engine alone decides.

use std::sync::Arc;

use jiff::Timestamp;

use super::sharing::{Kept, Sharing};
use super::stops::Stops;
use super::{DriveError, Leash, Operation, judge, patches, tell};
use crate::action;
use crate::diagnose;
use crate::engine::{Engine, Halt, Input, Output};
use crate::host::{Ask, Channel, HostError, StopAsked, Terminal};
use crate::journal::{Doing, RunState};
use crate::model::{Change, Direction, Event, EvidenceSet, Plan, Record, Work};
use crate::store::{Incident, StoreError};

/// What whoever watches a run hears.
#[derive(Clone, Copy, Debug)]
pub enum News<'a> {
    /// A record is durable.
    Recorded(&'a Record),
    /// Somebody asked to stop, and what was sent is waited for first.
    Settling(&'a str),
    /// A question was left without an answer.
    Unasked,
}

/// Whoever watches a run.
pub type Watch<'a> = &'a mut (dyn FnMut(News<'_>) + Send);

/// What a run works with.
pub struct Crew<'a> {
    /// The estate and the ways to the world.
    pub operation: &'a Operation,
    /// The incident.
    pub incident: &'a Incident,
    /// The plan.
    pub plan: &'a Plan,
    /// Who answers questions.
    pub ask: Arc<dyn Ask>,
    /// Who is at the keyboard.
    pub user: String,
    /// When to stop waiting and come back later; absent: wait to the end.
    pub wait_until: Option<Timestamp>,
    /// When a look that is under way is no longer waited for; absent: each takes its own time.
    pub look_until: Option<Timestamp>,
    /// The standard streams, and which of them messages on `stdout` go to.
    pub terminal: Terminal,
    /// Under `--json`, standard output belongs to the records.
    pub stream: Channel,
    /// Who watches.
    pub watch: Watch<'a>,
    /// Requests to stop: signals, and `halt` from elsewhere.
    pub stops: Stops,
    /// What holds its effects to the run.
    pub leash: Leash,
    /// What came back when a guard was judged last; its record names the transcript of it.
    pub seen: Option<EvidenceSet>,
    /// When it was seen last, while it was being proven, whether what was written is there still.
    pub stood: Option<Timestamp>,
    /// Its locks beyond this machine.
    pub sharing: Sharing,
}

/// Drives an engine until it halts.
///
/// # Errors
/// What the disk said while reading; a journal that cannot be written halts the engine instead.
pub async fn run(engine: &mut Engine, crew: &mut Crew<'_>) -> Result<Halt, DriveError> {
    let mut input = Input::Begin;
    loop {
        // An intent is only formed after this look, so a stop comes before the next effect.
        if let Some(asked) = crew.stops.take(crew.incident)? {
            if asked.at_once { engine.leave(asked.by) } else { engine.stop(asked.by) }
        }
        let now = crew.operation.field.clock.now();
        let output = engine.step(now, input);
        if let Output::Halt(halt) = output {
            return Ok(halt);
        }
        let reads = matches!(output, Output::Read(_));
        let forbidden = if reads { crew.forbidden(engine.state()).await? } else { None };
        input = match forbidden {
            Some(because) => Input::Forbidden(because),
            None => crew.carry_out(output, now).await?,
        };
    }
}

impl Crew<'_> {
    /// Holds the limits once more before a step's first write, where they rest on who answers.
    async fn forbidden(&self, state: &RunState) -> Result<Option<String>, DriveError> {
        if state.is_reversing() || state.in_doubt().is_some() {
            return Ok(None);
        }
        let Some(step) = state.current() else { return Ok(None) };
        let Doing::Change(changing) = &state.steps[step].doing else { return Ok(None) };
        let began = changing.changes.iter().any(|change| change.state.has_landed(Direction::Do));
        let planned = &self.plan.steps[step];
        let Work::Change(change) = &planned.work else { return Ok(None) };
        if began {
            return Ok(None);
        }
        judge::forbids(self.operation, self.incident, self.plan, (&planned.id, change)).await
    }

    async fn carry_out(&mut self, output: Output, now: Timestamp) -> Result<Input, DriveError> {
        let (operation, incident, plan) = (self.operation, self.incident, self.plan);
        let (field, estate) = (&operation.field, &operation.estate);
        let busy = field.clock.busy();
        if matches!(output, Output::Read(_) | Output::Tell { .. }) {
            let kept = self.sharing.kept(&field.clock).await;
            // What cannot be written down now is looked at again before the intent, which needs the same disk.
            let _ = self.write_down(kept);
        }
        let input = match output {
            Output::Append(event) => self.append(event, now).await,
            Output::Read(target) => {
                let read = async {
                    Ok(match action::read(field, estate, &target).await {
                        Ok(value) => Input::Read(value),
                        Err(error) => Input::Unreadable(error.to_string()),
                    })
                };
                self.unless_stopped(read).await?.unwrap_or_else(|stop| stop)
            }
            Output::Write { change, key } => self.write(&change, &key).await,
            Output::Verify { step, verify, direction, since } => {
                self.prove(&step, &verify, direction, since).await?
            }
            Output::Judge { guard, probes, .. } => {
                let judged = judge::judge(operation, incident, plan, &guard, &probes);
                match self.in_time(judged).await? {
                    Ok((input, evidence)) => {
                        self.seen = evidence;
                        input
                    }
                    Err(stop) => stop,
                }
            }
            Output::Tell { template, channel, language, .. } => {
                let told = tell::render(self, &template, &channel, &language)?;
                told.map_or_else(|error| Input::NotRendered(error.to_string()), Input::Rendered)
            }
            Output::Deliver { step, channel, language, text } => match self.leash.taken_over() {
                Some(by) => Input::Superseded(by),
                None => tell::deliver(self, &step, &channel, &language, &text).await?,
            },
            Output::Ask { ask, .. } => self.ask_person(&ask).await?,
            Output::WakeAt(at) => {
                drop(busy);
                return self.wait(at).await;
            }
            Output::Halt(_) => Input::Tick,
        };
        drop(busy);
        Ok(input)
    }

    async fn append(&mut self, mut event: Event, now: Timestamp) -> Input {
        if matches!(event, Event::Intended { .. } | Event::Telling { .. }) {
            let kept = self.sharing.still_kept(&self.operation.field.clock).await;
            if let Err(error) = self.write_down(kept) {
                return Input::NotDurable(error.to_string());
            }
        }
        if let (Event::Checked { evidence, .. }, Some(seen)) = (&mut event, self.seen.take()) {
            // A disk that takes no transcript may still take a record: the run rests on the record alone.
            *evidence = self.incident.keep_transcript(&diagnose::transcript(&seen)).ok();
        }
        self.leash.note(&event);
        match self.incident.append_run(event, now) {
            Ok(record) => {
                (self.watch)(News::Recorded(&record));
                Input::Durable(record.seq)
            }
            Err(StoreError::Superseded(by)) => Input::Superseded(by),
            Err(error) => Input::NotDurable(error.to_string()),
        }
    }

    /// Writes down what became of the shared locks. Once another machine has taken the run over, this process is
    /// behind its own journal's fence.
    fn write_down(&mut self, kept: Kept) -> Result<(), StoreError> {
        let event = match kept {
            Kept::Ours => return Ok(()),
            Kept::Away(why) => Event::Noted {
                by: "lifeboat".to_owned(),
                text: format!("{why}; the run goes on under this machine's locks alone"),
            },
            Kept::Gone(by) => {
                let (from, place) = (self.sharing.who(), self.sharing.place());
                let reason = format!("the lock shared at {place} is no longer this run's");
                Event::TakenOver { by, from, reason }
            }
        };
        let record = self.incident.append(event, self.operation.field.clock.now())?;
        (self.watch)(News::Recorded(&record));
        Ok(())
    }

    /// Sends one request, unless its time is over or the run is another's by now.
    async fn write(&mut self, change: &Change, key: &str) -> Input {
        let guarded = self.leash.guard(change);
        let field = self.operation.field.fenced(&guarded.fence);
        let estate = &self.operation.estate;
        match self.settled(action::write(&field, estate, change, key)).await {
            Ok(sent) => guarded.told(sent),
            Err(because) => Input::Lost(because),
        }
    }

    /// Does what may change something. Whoever asks to stop waits for its answer; whoever asks twice does not.
    pub(super) async fn settled<T>(&mut self, call: impl Future<Output = T>) -> Result<T, String> {
        tokio::pin!(call);
        let mut told = false;
        loop {
            tokio::select! {
                answer = &mut call => return Ok(answer),
                asked = self.stops.urgent(2) => {
                    let name = asked.name();
                    return Err(format!("{name} came once more, and the answer was not waited for"));
                }
                asked = self.stops.urgent(1), if !told => {
                    told = true;
                    (self.watch)(News::Settling(asked.name()));
                }
            }
        }
    }

    /// Does what changes nothing, unless somebody asks to stop before it is done: then that is what is heard.
    pub(super) async fn unless_stopped<T>(
        &mut self,
        call: impl Future<Output = Result<T, DriveError>>,
    ) -> Result<Result<T, Input>, DriveError> {
        tokio::pin!(call);
        loop {
            tokio::select! {
                done = &mut call => return done.map(Ok),
                () = self.stops.news() => {}
            }
            if let Some(by) = self.stops.look(self.incident)? {
                return Ok(Err(Input::Stop(by)));
            }
        }
    }

    /// Looks at the world, unless somebody asks to stop or the caller's time is over before it is done.
    pub(super) async fn in_time<T>(
        &mut self,
        look: impl Future<Output = Result<T, DriveError>>,
    ) -> Result<Result<T, Input>, DriveError> {
        // It holds every probe, and would be moved from frame to frame.
        let look = Box::pin(look);
        let Some(until) = self.look_until else { return self.unless_stopped(look).await };
        let clock = self.operation.field.clock.clone();
        let bounded = async {
            tokio::select! {
                biased;
                seen = look => seen.map(Ok),
                () = clock.wait_until(until) => Ok(Err(Input::Enough)),
            }
        };
        Ok(self.unless_stopped(bounded).await?.and_then(|seen| seen))
    }

    /// Shows a question and waits for the answer; a person's time does not count as the run's.
    async fn ask_person(&mut self, ask: &crate::model::Ask) -> Result<Input, DriveError> {
        let prompt = crate::words::question(&patches::named(self.operation, self.incident, ask));
        let (asker, user) = (Arc::clone(&self.ask), self.user.clone());
        let answered = async {
            let answered = tokio::task::spawn_blocking(move || asker.ask(&prompt)).await;
            Ok(match answered {
                Ok(Ok(answer)) if answer.trim().is_empty() => Input::AnswerOpen,
                Ok(Ok(answer)) => Input::Answered { answer: answer.trim().to_owned(), by: user },
                Ok(Err(HostError::NoTerminal)) | Err(_) => Input::NobodyAsked,
                Ok(Err(HostError::Hangup)) => Input::Stop(StopAsked::Hangup.name().to_owned()),
                Ok(Err(_)) => Input::AnswerOpen,
            })
        };
        let input = self.unless_stopped(answered).await?.unwrap_or_else(|stop| stop);
        if matches!(input, Input::Stop(_)) {
            (self.watch)(News::Unasked);
        }
        Ok(input)
    }

    /// Waits until a time, unless somebody asks to stop or the caller has waited enough.
    async fn wait(&mut self, at: Timestamp) -> Result<Input, DriveError> {
        if let Some(by) = self.stops.settling() {
            (self.watch)(News::Settling(&by));
        }
        let clock = self.operation.field.clock.clone();
        let until = self.wait_until.map_or(at, |enough| enough.min(at));
        let waited = async {
            clock.wait_until(until).await;
            Ok(Input::Tick)
        };
        let input = self.unless_stopped(waited).await?.unwrap_or_else(|stop| stop);
        if input == Input::Tick && until < at {
            // Said once: what is still in doubt is waited out before the run comes back.
            self.wait_until = None;
            return Ok(Input::Enough);
        }
        Ok(input)
    }
}
