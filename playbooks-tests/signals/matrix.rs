//! Each signal at each moment: the run is resumable, `resume` ends right, nothing is done twice, nothing panics.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;

use libtest_mimic::Trial;
use nix::sys::signal::Signal;

use super::moment::{Met, Moment, Stream};
use super::pty::Output;
use super::rig::Rig;
use super::servers::{NEW, OLD};

pub fn trials() -> Vec<Trial> {
    trials![e1_each_signal_at_each_step]
}

/// How many cases run at once: they wait more than they work.
const AT_ONCE: usize = 6;

/// What happens to a run or to its terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blow {
    Interrupt,
    InterruptTwice,
    Terminate,
    Hangup,
    TerminalClosed,
    NobodyReads,
    FullDisk,
    Halt,
}

const BLOWS: [Blow; 8] = [
    Blow::Interrupt,
    Blow::InterruptTwice,
    Blow::Terminate,
    Blow::Hangup,
    Blow::TerminalClosed,
    Blow::NobodyReads,
    Blow::FullDisk,
    Blow::Halt,
];

/// What a case came to.
struct Came {
    /// What all of its processes said.
    said: String,
    resumed: bool,
}

fn e1_each_signal_at_each_step() {
    let cases: VecDeque<(Blow, Moment)> =
        BLOWS.into_iter().flat_map(|blow| Moment::ALL.map(|moment| (blow, moment))).collect();
    let wanted = cases.len();
    let (cases, came) = (Mutex::new(cases), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some((blow, moment)) = cases.lock().unwrap().pop_front() else { return };
                    let one = catch_unwind(AssertUnwindSafe(|| case(blow, moment)));
                    came.lock().unwrap().push((blow, moment, one));
                }
            });
        }
    });
    let came = came.into_inner().unwrap();
    let failed: Vec<String> = came
        .iter()
        .filter_map(|(blow, moment, one)| Some((blow, moment, one.as_ref().err()?)))
        .map(|(blow, moment, why)| {
            let why = why
                .downcast_ref::<String>()
                .map(String::as_str)
                .or(why.downcast_ref::<&str>().copied());
            format!("{blow:?} at {moment:?}: {}", why.unwrap_or("?"))
        })
        .collect();
    let well = || came.iter().filter_map(|(.., one)| one.as_ref().ok());
    let panics = well().filter(|one| one.said.contains("panicked")).count();
    let resumed = well().filter(|one| one.resumed).count();
    eprintln!(
        "E1: {} blows × {} moments: {wanted} cases, panics {panics}, ended right {} of {wanted}, resumed {resumed} of them",
        BLOWS.len(),
        Moment::ALL.len(),
        well().count(),
    );
    assert!(failed.is_empty(), "{} of {wanted} went wrong:\n{}", failed.len(), failed.join("\n\n"));
    assert_eq!((came.len(), panics), (wanted, 0));
}

fn case(blow: Blow, moment: Moment) -> Came {
    let stream = match blow {
        Blow::NobodyReads => Stream::Pipe,
        Blow::FullDisk => Stream::Full,
        _ => Stream::Terminal,
    };
    let mut met = moment.meet(stream);
    strike(blow, moment, &mut met);
    let Met { rig, session, reader } = met;
    let (code, mut said) = session.finish();
    drop(reader);
    rig.servers.release();
    rig.servers.state().published = true;
    let goes_on = matches!(blow, Blow::NobodyReads | Blow::FullDisk);
    assert_eq!(code, if goes_on { 0 } else { 12 }, "its exit code\n{said}\n{:?}", rig.events());
    if !goes_on && blow != Blow::TerminalClosed {
        let command = if moment == Moment::Approval && blow != Blow::Halt {
            "again"
        } else {
            "lifeboat resume"
        };
        assert!(said.contains(command), "it says how to go on:\n{said}");
    }
    let before = rig.servers.state().done.len();
    let resumed = !goes_on && rig.events().iter().any(|event| event == "started");
    said.push_str(&ends_right(moment, &rig, resumed, code));
    let done = rig.servers.state().done.clone();
    let right: &[&str] = if moment == Moment::Undo { &[NEW, OLD] } else { &[NEW] };
    assert_eq!(done, right, "{before} of them before `resume`\n{said}\n{:?}", rig.events());
    assert_eq!(rig.files(), (1, 0), "messages that were written, and torn ends\n{said}");
    let verified = rig.run(&["journal", "verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    Came { said, resumed }
}

/// Deals the blow, waits until it is heard, and lets go of what would keep the run from heeding it.
fn strike(blow: Blow, moment: Moment, met: &mut Met) {
    let Met { rig, session, reader } = met;
    let before = session.heard();
    match blow {
        Blow::Interrupt | Blow::InterruptTwice => session.type_in("\u{3}"),
        Blow::Terminate => session.signal(Signal::SIGTERM),
        Blow::Hangup => session.signal(Signal::SIGHUP),
        Blow::TerminalClosed => session.close(),
        Blow::NobodyReads => *reader = None,
        Blow::FullDisk => {}
        Blow::Halt => {
            let halted = rig.run(&["halt", "--reason", "wait for me"]);
            assert!(halted.status.success(), "{}", String::from_utf8_lossy(&halted.stderr));
        }
    }
    let goes_on = matches!(blow, Blow::NobodyReads | Blow::FullDisk);
    if !goes_on && blow != Blow::Halt {
        session.until_heard(before);
    }
    let settles =
        matches!(moment, Moment::Write | Moment::Undo | Moment::ReadBack | Moment::Message);
    if settles && !goes_on && !matches!(blow, Blow::TerminalClosed | Blow::Halt) {
        session.expect("settled first");
    }
    match moment {
        // Nothing is let go of: the second one ends the wait.
        _ if blow == Blow::InterruptTwice => session.type_in("\u{3}"),
        Moment::Approval if goes_on || blow == Blow::Halt => rig.approve(session),
        // Whoever stops a read does not wait for it; whoever goes on does.
        Moment::BeforeIntent if goes_on => rig.servers.release(),
        Moment::Write | Moment::Undo => rig.servers.release(),
        Moment::Verify if goes_on => rig.servers.state().published = true,
        Moment::Ask if goes_on => session.type_in("still\n"),
        Moment::Message => drain(reader.take()),
        _ => {}
    }
}

/// Reads a pipe to its end, on the side.
fn drain(reader: Option<OwnedFd>) {
    if let Some(reader) = reader {
        thread::spawn(move || {
            let mut all = Vec::new();
            let _ = File::from(reader).read_to_end(&mut all);
        });
    }
}

/// Brings what was stopped to its end, at a terminal, and returns what was said.
fn ends_right(moment: Moment, rig: &Rig, begun: bool, code: i32) -> String {
    if code == 0 {
        return String::new();
    }
    let mut session = if begun {
        rig.session(&["resume"], Output::Terminal)
    } else {
        let mut session = rig.asked("run", false, Output::Terminal);
        rig.approve(&mut session);
        session
    };
    if moment == Moment::Ask && session.expect_any(&["Do the writers stand still?"]).is_some() {
        session.type_in("still\n");
    }
    let (mut code, mut said) = session.finish();
    // Where the disk itself stood still, the run sends nothing and may hold; a person resumes it.
    if code == 8 && said.contains("recording its intent took too long") {
        let (again, more) = rig.session(&["resume"], Output::Terminal).finish();
        (code, said) = (again, said + &more);
    }
    assert_eq!(code, 0, "`resume` did not end right:\n{said}\n{:?}", rig.events());
    said
}
