//! Commands other than a run: stopped while they wait, with streams that are closed, full or stand still.

use std::fs::File;
use std::io::Write;
use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::moment::{Moment, Stream, full_pipe};
use super::pty::{PATIENCE, listens};
use super::rig::Rig;

pub fn trials() -> Vec<Trial> {
    trials![
        e1_whoever_asks_the_world_is_stopped_at_once,
        e1_closed_and_full_streams_change_no_exit_code,
        e1_a_terminal_that_stands_still_holds_no_run_up,
        e1_whatever_holds_a_command_up_is_left,
    ]
}

/// Far below the budget of what is asked, and above what a busy machine takes to end a process.
const AT_ONCE: Duration = Duration::from_secs(5);

fn lifeboat(folder: &std::path::Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    command.args(words).current_dir(folder).env_clear().env("HOME", folder).env("USER", "operator");
    command
}

fn send(child: &Child, signal: Signal) {
    kill(Pid::from_raw(child.id().cast_signed()), signal).unwrap();
}

/// Waits for the end; returns the exit code, and what was said where that is kept.
fn ended(mut child: Child) -> (Option<i32>, String) {
    let end = Instant::now() + PATIENCE;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > end {
            child.kill().unwrap();
            panic!("it does not end");
        }
        std::thread::park_timeout(Duration::from_millis(3));
    }
    let finished = child.wait_with_output().unwrap();
    let said = [finished.stdout, finished.stderr].concat();
    (finished.status.code(), String::from_utf8_lossy(&said).into_owned())
}

/// Probing commands are asked to stop once their first question has arrived at a resolver that never answers.
fn e1_whoever_asks_the_world_is_stopped_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    silent.set_read_timeout(Some(PATIENCE)).unwrap();
    let estate = serde_json::json!({
        "schema": "lifeboat/estate/v1", "id": "slow", "network": {"allow_private": ["127.0.0.0/8"]},
        "probing": {"target_budget": "15s", "tries": 2},
        "resolvers": [{"id": "r", "address": silent.local_addr().unwrap().to_string(), "transports": ["udp"]}],
    });
    std::fs::write(folder.path().join("lifeboat.yaml"), estate.to_string()).unwrap();
    let signals = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];
    for words in [&["diagnose", "--json"][..], &["probe", "dns"]] {
        for signal in signals {
            let mut command = lifeboat(folder.path(), words);
            let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            silent.recv(&mut [0; 512]).unwrap();
            let since = Instant::now();
            send(&child, signal);
            let (code, said) = ended(child);
            let took = since.elapsed();
            assert_eq!(code, Some(12), "{words:?} {signal}: {said}");
            assert!(said.contains(signal.as_str()) && !said.contains("panicked"), "{said}");
            assert!(took < AT_ONCE, "{words:?} {signal}: {took:?}");
            // What was sent before it ended is not the next one's.
            silent.set_nonblocking(true).unwrap();
            while silent.recv(&mut [0; 512]).is_ok() {}
            silent.set_nonblocking(false).unwrap();
        }
    }
    eprintln!("E1: 2 commands × {} signals ended at once with exit 12", signals.len());
}

/// Whatever becomes of the words, the exit code says how the command ended; only one that has nothing else to give
/// than its words fails with them.
fn e1_closed_and_full_streams_change_no_exit_code() {
    let met = Moment::Verify.meet(Stream::Terminal);
    let rig = met.rig;
    met.session.signal(Signal::SIGTERM);
    assert_eq!(met.session.finish().0, 12);
    let streams = [
        ">&-",
        "2>&-",
        "<&-",
        ">&- 2>&-",
        "<&- >&- 2>&-",
        ">/dev/full",
        "2>/dev/full",
        ">/dev/full 2>/dev/full",
        "| true",
        "2>&1 | true",
    ];
    let commands = [
        "status",
        "timeline --json",
        "incidents",
        "note hello",
        "nonsense",
        "--help",
        "run nothing",
        "schema estate",
    ];
    let (mut cases, mut told) = (0, 0);
    for command in commands {
        let code = |stream: &str| {
            let script = format!("\"$0\" {command} {stream}; exit \"${{PIPESTATUS[0]}}\"");
            let mut bash = Command::new("bash");
            bash.args(["-c", &script, env!("CARGO_BIN_EXE_lifeboat")]).current_dir(rig.folder());
            bash.env_clear().env("HOME", rig.folder()).env("PATH", std::env::var("PATH").unwrap());
            let ran = bash.output().unwrap();
            let said = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
            assert!(!said.contains("panicked"), "{command} {stream}: {said}");
            ran.status.code()
        };
        let plain = code("");
        for stream in streams {
            let found = code(stream);
            cases += 1;
            // Its words are all that such a command gives: that they are lost is a failure of its own.
            let lost = stream.contains(">/dev/full")
                && !stream.starts_with("2>/dev/full")
                && found == Some(1);
            told += usize::from(lost);
            assert!(found == plain || lost, "{command} {stream}: {found:?}, not {plain:?}");
        }
    }
    // A run gives more than words: its exit code stands.
    rig.servers.state().published = true;
    let mut resume = lifeboat(rig.folder(), &["resume"]);
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    let (code, _) =
        ended(resume.stdin(Stdio::null()).stdout(full()).stderr(full()).spawn().unwrap());
    assert_eq!((code, rig.events().last().map(String::as_str)), (Some(0), Some("resolved")));
    assert_eq!(rig.files().0, 1);
    eprintln!(
        "E1: {cases} commands with closed, full and broken streams, panics 0, {told} told of a full disk"
    );
}

/// Nobody reads what it writes, and there is no room left: the run goes on to its end, and only its words are late.
fn e1_a_terminal_that_stands_still_holds_no_run_up() {
    let met = Moment::Verify.meet(Stream::Terminal);
    let rig = met.rig;
    met.session.signal(Signal::SIGTERM);
    assert_eq!(met.session.finish().0, 12);
    rig.servers.state().published = true;
    let (reader, writer) = full_pipe();
    let mut resume = lifeboat(rig.folder(), &["resume", "--json"]);
    resume.stdin(Stdio::null()).stdout(writer).stderr(Stdio::null());
    let child = resume.spawn().unwrap();
    drop(resume);
    let end = Instant::now() + PATIENCE;
    while rig.events().iter().all(|event| event != "finished") {
        assert!(Instant::now() < end, "it stands still: {:?}", rig.events());
        std::thread::park_timeout(Duration::from_millis(3));
    }
    // Its words are still to come; whoever wants it to end need not hear them.
    send(&child, Signal::SIGTERM);
    assert_eq!(ended(child).0, Some(0));
    drop(reader);
    assert_eq!((rig.servers.state().done.len(), rig.files().0), (1, 1));
}

/// A command that waits for its own input cannot look up; a stop ends it all the same.
fn e1_whatever_holds_a_command_up_is_left() {
    let folder = tempfile::tempdir().unwrap();
    for signal in [Signal::SIGINT, Signal::SIGHUP] {
        let mut command = lifeboat(folder.path(), &["--estate", "-", "status"]);
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Half of the input is there, the other half never comes.
        let mut input = child.stdin.take().unwrap();
        input.write_all(b"schema: ").unwrap();
        let end = Instant::now() + PATIENCE;
        let reads = |id: u32| {
            let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
            let waits = std::fs::read_to_string(format!("/proc/{id}/syscall")).unwrap_or_default();
            status.contains("State:\tS") && waits.starts_with("0 0x0 ")
        };
        while !reads(child.id()) {
            assert!(Instant::now() < end, "it never reads its input");
            std::thread::park_timeout(Duration::from_millis(3));
        }
        send(&child, signal);
        let (code, said) = ended(child);
        assert_eq!(code, Some(12), "{signal}: {said}");
        drop(input);
    }
    let rig = Rig::pinned(&[]);
    // A lock that somebody holds and never gives back.
    let incident =
        std::fs::read_dir(rig.folder().join("incidents")).unwrap().flatten().next().unwrap().path();
    let held =
        File::options().write(true).create(true).truncate(false).open(lock_of(&incident)).unwrap();
    held.lock().unwrap();
    let note = lifeboat(rig.folder(), &["note", "hello"]).stderr(Stdio::piped()).spawn().unwrap();
    let end = Instant::now() + PATIENCE;
    // Wherever it has come to by now, it cannot get past the lock.
    while listens(note.id()).is_none_or(|slept| slept == 0) {
        assert!(Instant::now() < end, "it never listens");
        std::thread::park_timeout(Duration::from_millis(3));
    }
    let before = rig.events();
    send(&note, Signal::SIGINT);
    assert_eq!(ended(note).0, Some(12));
    held.unlock().unwrap();
    assert_eq!(rig.events(), before, "half of it was written");
    assert!(rig.run(&["journal", "verify"]).status.success());
}

fn lock_of(incident: &std::path::Path) -> std::path::PathBuf {
    let named = std::fs::read_dir(incident).unwrap().flatten().map(|entry| entry.path());
    let mut found = named.filter(|path| path.is_dir()).collect::<Vec<_>>();
    found.push(incident.to_owned());
    let mut locks = found.into_iter().map(|path| path.join("append.lock"));
    locks.find(|path| path.exists()).unwrap()
}
