//! Being asked to stop, by a person or by the system.
//!
//! A thread of its own listens, so that a request is heard whatever the command waits for. None of the three
//! signals ends the process by itself; a command that does not end when it should is ended here, never half-way
//! through a write to the disk.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::{HostError, files};

/// How long a command has to end once it should; a terminal that stands still may hold it longer.
const GRACE: Duration = Duration::from_secs(2);

/// How long the last words may take.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// How the process was asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopAsked {
    /// Ctrl-C.
    Interrupt,
    /// The system or another process.
    Terminate,
    /// The terminal went away.
    Hangup,
}

impl StopAsked {
    /// Returns the signal's name, as the journal has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
            Self::Hangup => "SIGHUP",
        }
    }
}

/// What was heard so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// The last request.
    pub last: Option<StopAsked>,
    /// 0: nothing; 1: stop once what was sent is settled; 2 and more: stop at once. A terminal that went away
    /// asks once however often it is said: the kernel and the shell both send SIGHUP.
    pub urgency: u32,
}

/// The requests to stop; all clones hear the same.
#[derive(Clone, Debug)]
pub struct StopRequests {
    heard: Arc<watch::Sender<Heard>>,
    claimed: Arc<AtomicBool>,
}

impl StopRequests {
    /// Makes requests that nobody ever makes: a drill's.
    pub fn none() -> Self {
        Self { heard: Arc::new(watch::Sender::new(Heard::default())), claimed: Arc::default() }
    }

    /// Starts listening to SIGINT, SIGTERM and SIGHUP; `code` is the exit code of a command that must be ended.
    ///
    /// # Errors
    /// [`HostError::Signals`] from the system.
    pub fn listen(code: i32) -> Result<Self, HostError> {
        let requests = Self::none();
        let (own, (ready, listens)) = (requests.clone(), mpsc::channel());
        let listener = thread::Builder::new().name("signals".to_owned());
        let started = listener.spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build();
            let attended = runtime.map(|runtime| runtime.block_on(own.attend(&ready, code)));
            // Whoever waits hears of a failure; later there is none.
            let _ = ready.send(attended.and_then(|attended| attended));
        });
        started.map_err(HostError::Signals)?;
        let listening = listens.recv().unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()));
        listening.map_err(HostError::Signals)?;
        Ok(requests)
    }

    /// Returns what was heard so far.
    pub fn heard(&self) -> Heard {
        *self.heard.borrow()
    }

    /// Waits until requests are so urgent; returns the last one.
    pub async fn urgent(&self, urgency: u32) -> StopAsked {
        let mut heard = self.heard.subscribe();
        let reached =
            heard.wait_for(|heard| heard.urgency >= urgency).await.map(|heard| heard.last);
        match reached {
            Ok(Some(last)) => last,
            // The sender lives as long as this value, and whoever asked has a name.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }

    /// Takes the requests over: from now on a first one no longer ends the command by itself.
    pub fn claim(&self) {
        self.claimed.store(true, Ordering::SeqCst);
    }

    /// Waits for a request that nobody has taken over.
    pub async fn unclaimed(&self) -> StopAsked {
        let asked = self.urgent(1).await;
        if self.is_claimed() {
            return std::future::pending().await;
        }
        asked
    }

    fn is_claimed(&self) -> bool {
        self.claimed.load(Ordering::SeqCst)
    }

    fn hear(&self, asked: StopAsked) {
        self.heard.send_modify(|heard| {
            heard.last = Some(asked);
            heard.urgency = match asked {
                StopAsked::Interrupt | StopAsked::Terminate => heard.urgency.saturating_add(1),
                StopAsked::Hangup => heard.urgency.max(1),
            };
        });
    }

    /// Listens for as long as the process lives.
    async fn attend(&self, ready: &mpsc::Sender<io::Result<()>>, code: i32) -> io::Result<()> {
        let mut signals = Signals::listen()?;
        let _ = ready.send(Ok(()));
        let overdue = self.overdue();
        tokio::pin!(overdue);
        loop {
            tokio::select! {
                asked = signals.next() => self.hear(asked),
                () = &mut overdue => leave(code),
            }
        }
    }

    /// Waits until a command should have ended long ago.
    async fn overdue(&self) {
        self.urgent(1).await;
        tokio::time::sleep(GRACE).await;
        if self.is_claimed() {
            self.urgent(2).await;
            tokio::time::sleep(GRACE).await;
        }
    }
}

/// Ends the process, but not half-way through a write to the disk.
#[expect(clippy::exit, reason = "whatever holds the command up cannot be asked to return")]
fn leave(code: i32) {
    let _whole = files::stand_still();
    let (said, hears) = mpsc::channel();
    let words =
        "\nlifeboat: stopped while something held it up; `lifeboat resume` continues a run\n";
    let speaker = thread::Builder::new().spawn(move || {
        let _ = io::stderr().write_all(words.as_bytes());
        let _ = said.send(());
    });
    if speaker.is_ok() {
        let _ = hears.recv_timeout(LAST_WORDS);
    }
    std::process::exit(code);
}

/// The three signals. While it lives, none of them ends the process by itself.
#[derive(Debug)]
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next request; safe to drop and call again.
    async fn next(&mut self) -> StopAsked {
        tokio::select! {
            Some(()) = self.interrupt.recv() => StopAsked::Interrupt,
            Some(()) = self.terminate.recv() => StopAsked::Terminate,
            Some(()) = self.hangup.recv() => StopAsked::Hangup,
            else => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use nix::sys::signal::{Signal, raise};

    use super::*;

    #[tokio::test]
    async fn each_signal_is_told_apart_and_kills_nobody() {
        let mut signals = Signals::listen().expect("listens");
        for (signal, asked) in [
            (Signal::SIGHUP, StopAsked::Hangup),
            (Signal::SIGTERM, StopAsked::Terminate),
            (Signal::SIGINT, StopAsked::Interrupt),
        ] {
            raise(signal).expect("raises");
            assert_eq!(signals.next().await, asked);
        }
    }

    #[tokio::test]
    async fn a_second_ctrl_c_is_urgent_and_a_second_hangup_is_not() {
        let requests = StopRequests::none();
        requests.hear(StopAsked::Hangup);
        requests.hear(StopAsked::Hangup);
        assert_eq!(requests.heard(), Heard { last: Some(StopAsked::Hangup), urgency: 1 });
        requests.hear(StopAsked::Interrupt);
        assert_eq!(requests.urgent(2).await, StopAsked::Interrupt);
    }

    #[tokio::test]
    async fn a_claimed_request_is_left_to_whoever_claimed_it() {
        let requests = StopRequests::none();
        requests.hear(StopAsked::Terminate);
        assert_eq!(requests.unclaimed().await, StopAsked::Terminate);
        requests.claim();
        tokio::select! {
            biased;
            asked = requests.unclaimed() => unreachable!("{asked:?} was taken over"),
            asked = requests.urgent(1) => assert_eq!(asked, StopAsked::Terminate),
        }
    }
}
