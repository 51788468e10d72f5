//! The moments at which a run is met, each reached because something was said, written or asked for.

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::pipe2;
use serde_json::{Value, json};

use super::pty::{Output, Session};
use super::rig::{ASK, MESSAGE, Rig, WAIT};
use super::servers::Manner;

/// A moment of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A person reads the plan and is asked to approve it.
    Approval,
    /// The target is read, right before the first intent.
    BeforeIntent,
    /// A message stands in a pipe that nobody reads.
    Message,
    /// A step asks a person.
    Ask,
    /// A step waits.
    Wait,
    /// The write has arrived, and its answer is held.
    Write,
    /// The answer was lost; the write is read back once it can no longer land.
    ReadBack,
    /// The change is made, and its witness does not see it yet.
    Verify,
    /// The write that puts it back has arrived, and its answer is held.
    Undo,
}

/// Where a command's standard output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Terminal,
    /// A pipe, to whose reader we hold.
    Pipe,
    /// A disk that is full.
    Full,
}

/// A run that was brought to a moment.
pub struct Met {
    pub rig: Rig,
    pub session: Session,
    /// The reading end of its standard output, where that is a pipe.
    pub reader: Option<OwnedFd>,
}

impl Moment {
    pub const ALL: [Moment; 9] = [
        Moment::Approval,
        Moment::BeforeIntent,
        Moment::Message,
        Moment::Ask,
        Moment::Wait,
        Moment::Write,
        Moment::ReadBack,
        Moment::Verify,
        Moment::Undo,
    ];

    /// Brings a run to this moment.
    pub fn meet(self, stream: Stream) -> Met {
        let steps: &[&str] = match self {
            Moment::Message => &[MESSAGE],
            Moment::Ask => &[ASK],
            Moment::Wait => &[WAIT],
            _ => &[],
        };
        // A busy machine takes a while to answer, and what nobody knows refuses the run.
        let patient = |estate: &mut Value| {
            estate["probing"] = json!({"target_budget": "1s", "tries": 3});
        };
        let rig = Rig::pinned_on(steps, patient);
        if self == Moment::Undo {
            let mut run = rig.asked("run", false, Output::Terminal);
            rig.approve(&mut run);
            let (code, said) = run.finish();
            assert_eq!(code, 0, "{said}");
            // Nothing is put back onto servers that are not known to answer.
            rig.servers.state().old_answers = true;
        }
        // A message stands still only where the pipe is full from the beginning.
        let stuck = self == Moment::Message && stream != Stream::Full;
        let (output, reader) = match stream {
            Stream::Full => {
                (Output::File(File::options().write(true).open("/dev/full").unwrap().into()), None)
            }
            Stream::Pipe => piped(stuck),
            Stream::Terminal if stuck => piped(true),
            Stream::Terminal => (Output::Terminal, None),
        };
        // Records go to standard output under `--json`, and messages then to the terminal.
        let json = stream != Stream::Terminal && self != Moment::Message;
        let command = if self == Moment::Undo { "undo" } else { "run" };
        let mut session = rig.asked(command, json, output);
        self.prepare(&rig);
        if self != Moment::Approval {
            rig.approve(&mut session);
            self.reach(&rig, &mut session, stream);
        }
        Met { rig, session, reader }
    }

    /// Tells the servers what to do once the run is approved.
    fn prepare(self, rig: &Rig) {
        let mut state = rig.servers.state();
        match self {
            Moment::BeforeIntent => state.reads = Manner::Holds,
            Moment::Write | Moment::Undo => state.writes = Manner::Holds,
            Moment::ReadBack => state.writes = Manner::HangsUp,
            Moment::Verify => state.published = false,
            Moment::Approval | Moment::Message | Moment::Ask | Moment::Wait => {}
        }
    }

    /// Waits for the moment.
    fn reach(self, rig: &Rig, session: &mut Session, stream: Stream) {
        let held = || (rig.servers.state().held > 0).then_some(());
        let wrote = |event: &str| rig.events().iter().any(|it| it == event).then_some(());
        match self {
            Moment::Approval => {}
            Moment::BeforeIntent | Moment::Write | Moment::Undo => {
                session.until("a request that is held", held)
            }
            // On a full disk it does not stand still, but fails.
            Moment::Message if stream == Stream::Full => {}
            Moment::Message => session.until("a message under way", || wrote("telling")),
            Moment::Ask => session.expect("Do the writers stand still?"),
            Moment::Wait => session.until("a wait", || wrote("waiting")),
            Moment::ReadBack => session.until("a doubt", || wrote("in-doubt")),
            Moment::Verify => session.until("a look that sees nothing yet", || wrote("verified")),
        }
    }
}

/// Makes a pipe to write to, full from the beginning if it shall stand still; returns its reading end too.
fn piped(full: bool) -> (Output, Option<OwnedFd>) {
    let (reader, writer) = if full { full_pipe() } else { pipe2(OFlag::O_CLOEXEC).unwrap() };
    (Output::File(writer), Some(reader))
}

/// Makes a pipe that is full: its reading and its writing end.
pub fn full_pipe() -> (OwnedFd, OwnedFd) {
    let (reader, writer) = pipe2(OFlag::O_CLOEXEC).unwrap();
    let mut filler = File::from(writer.try_clone().unwrap());
    fcntl(&filler, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
    while filler.write(&[b'.'; 4096]).is_ok() {}
    fcntl(&filler, FcntlArg::F_SETFL(OFlag::empty())).unwrap();
    (reader, writer)
}
