//! A running daemon: its process, its log, and the ways to stop it.

use super::lab::Lab;
use super::until::{STARTUP, until};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use std::fs::{self, File, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A process that dies with this handle; when its trial fails, the end of its log is shown.
pub struct Daemon {
    name: String,
    words: Vec<String>,
    home: PathBuf,
    log: PathBuf,
    child: Child,
    /// It leaves its work to children, which stand in a group with it.
    family: bool,
}

impl Daemon {
    /// Starts a program with an empty environment but PATH; its output goes to `<name>.log` in the lab's folder.
    pub fn start(lab: &Lab, name: &str, words: &[&str]) -> Daemon {
        Daemon::start_as(lab, name, words, false)
    }

    /// The same for a program whose children must be signalled and ended with it.
    pub fn start_family(lab: &Lab, name: &str, words: &[&str]) -> Daemon {
        Daemon::start_as(lab, name, words, true)
    }

    fn start_as(lab: &Lab, name: &str, words: &[&str], family: bool) -> Daemon {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let (home, log) = (lab.folder().to_owned(), lab.folder().join(format!("{name}.log")));
        let child = spawn(&words, &home, &log, family);
        Daemon { name: name.to_owned(), words, home, log, child, family }
    }

    /// Asks until the daemon answers; a daemon that ends meanwhile fails at once.
    pub fn ready<T>(&mut self, mut ask: impl FnMut() -> Option<T>) -> T {
        let (name, log, child) = (&self.name, &self.log, &mut self.child);
        until(&format!("an answer from {name}"), STARTUP, || {
            let ended = child.try_wait().unwrap();
            assert!(
                ended.is_none(),
                "{name} ended with {ended:?}:\n{}",
                fs::read_to_string(log).unwrap_or_default()
            );
            ask()
        })
    }

    /// Returns the process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Makes the daemon hang (SIGSTOP): the kernel still takes its packets and connections, nobody answers.
    pub fn stop(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// Lets a hanging daemon go on (SIGCONT).
    pub fn cont(&self) {
        self.signal(Signal::SIGCONT);
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let id = Pid::from_raw(self.child.id() as i32);
        if self.family { killpg(id, signal) } else { kill(id, signal) }.unwrap();
    }

    /// Kills the daemon and waits until its sockets are closed.
    pub fn kill(&mut self) {
        if self.family {
            let _ = killpg(Pid::from_raw(self.child.id() as i32), Signal::SIGKILL);
        }
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }

    /// Ends the daemon with SIGTERM, so that it saves what it must, and waits.
    pub fn terminate(&mut self) {
        self.signal(Signal::SIGCONT);
        self.signal(Signal::SIGTERM);
        let child = &mut self.child;
        until(&format!("the end of {}", self.name), STARTUP, || child.try_wait().unwrap());
    }

    /// Starts the daemon again with the same words; ask it with `ready` before use.
    pub fn start_again(&mut self) {
        self.kill();
        self.child = spawn(&self.words, &self.home, &self.log, self.family);
    }

    /// Returns everything that the daemon has said.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = self.log();
            let from = log.lines().count().saturating_sub(15);
            let tail: Vec<&str> = log.lines().skip(from).collect();
            eprintln!("--- the end of {}'s log\n{}", self.name, tail.join("\n"));
        }
    }
}

fn spawn(words: &[String], home: &Path, log: &Path, family: bool) -> Child {
    let out: File = OpenOptions::new().create(true).append(true).open(log).unwrap();
    let mut command = Command::new(&words[0]);
    command
        .args(&words[1..])
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .env("PATH", std::env::var("PATH").unwrap());
    if family {
        command.process_group(0);
    }
    command.stdin(Stdio::null()).stdout(out.try_clone().unwrap()).stderr(out);
    command.spawn().unwrap_or_else(|error| panic!("`{}` does not start: {error}", words[0]))
}
