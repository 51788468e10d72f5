//! Saying what a run does while it does it: a terminal that stands still, fails or goes away holds nothing up.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use super::{Desk, Exit, Failure, Screen};
use crate::host::{Channel, StopRequests};
use crate::model::ScreenText;
use crate::net::Deadline;

/// How long the run waits for its words to be out, so that they come in order where others speak too.
const PATIENCE: Duration = Duration::from_millis(250);

/// How long the last words may take once somebody wants the command to end.
const LAST_WORDS: Duration = Duration::from_millis(1_500);

/// Whoever says what a run does.
pub struct Teller {
    screen: Screen,
    /// What could not be said; a thread keeps its own.
    whole: Result<(), Failure>,
    thread: Option<Thread>,
}

/// A thread that speaks.
struct Thread {
    words: Sender<(Channel, ScreenText)>,
    out: Receiver<()>,
    /// How many words are not out yet.
    late: usize,
    ended: oneshot::Receiver<Result<(), Failure>>,
}

impl Teller {
    /// Speaks on a desk's screen: in a thread of its own, unless the process shall have but one.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn new(desk: &Desk) -> Result<Self, Failure> {
        let alone = desk.environment.threads == Some(1) || desk.play.is_some();
        let thread = if alone { None } else { Some(Thread::start(desk.screen.clone())?) };
        Ok(Self { screen: desk.screen.clone(), whole: Ok(()), thread })
    }

    /// Says something; what cannot be said at once is said later.
    pub fn say(&mut self, channel: Channel, words: impl Into<ScreenText>) {
        let words = words.into();
        match &mut self.thread {
            Some(thread) => thread.say(channel, words),
            None => self.keep(put(&self.screen, channel, &words)),
        }
    }

    /// Remembers the first failure.
    pub fn keep(&mut self, said: Result<(), Failure>) {
        if self.whole.is_ok() {
            self.whole = said;
        }
    }

    /// Waits until everything is said, unless somebody wants the command to end.
    ///
    /// # Errors
    /// What could not be said, for example on a full disk.
    pub async fn finish(self, stops: &StopRequests) -> Result<(), Failure> {
        let Some(Thread { words, ended, .. }) = self.thread else { return self.whole };
        drop(words);
        let said = tokio::select! {
            said = ended => said.unwrap_or(Ok(())),
            () = given_up(stops) => Ok(()),
        };
        self.whole.and(said)
    }
}

impl Thread {
    fn start(screen: Screen) -> Result<Self, Failure> {
        let ((words, hears), (said, out)) =
            (mpsc::channel::<(Channel, ScreenText)>(), mpsc::channel());
        let (end, ended) = oneshot::channel();
        let speaker = thread::Builder::new().name("teller".to_owned()).spawn(move || {
            let mut whole = Ok(());
            for (channel, words) in hears {
                let now = put(&screen, channel, &words);
                whole = whole.and(now);
                // A run that no longer waits has left already.
                let _ = said.send(());
            }
            let _ = end.send(whole);
        });
        speaker.map_err(|error| Failure::new(Exit::Internal, format!("no thread: {error}")))?;
        Ok(Self { words, out, late: 0, ended })
    }

    fn say(&mut self, channel: Channel, words: ScreenText) {
        if self.words.send((channel, words)).is_err() {
            return;
        }
        self.late += 1;
        self.late -= self.out.try_iter().count();
        if self.late == 1 && self.out.recv_timeout(PATIENCE).is_ok() {
            self.late = 0;
        }
    }
}

fn put(screen: &Screen, channel: Channel, words: &ScreenText) -> Result<(), Failure> {
    match channel {
        Channel::Data => screen.data(words),
        Channel::Talk => {
            screen.talk(words);
            Ok(())
        }
    }
}

async fn given_up(stops: &StopRequests) {
    stops.urgent(1).await;
    Deadline::after(LAST_WORDS).wait().await;
}
