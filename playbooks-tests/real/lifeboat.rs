//! The program under test, run as its users run it: piped, in the background, or at a terminal.

use super::lab::Lab;
use super::netns::Netns;
use expectrl::process::unix::WaitStatus;
use expectrl::{Any, Captures, Eof, Error, Expect, Needle, Regex, Session, session::OsSession};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long a call may take when a trial says nothing else.
const WITHIN: Duration = Duration::from_secs(60);

static CALLS: AtomicU32 = AtomicU32::new(1);

/// A call that is not yet made.
#[derive(Clone)]
pub struct Lifeboat {
    words: Vec<String>,
    folder: PathBuf,
    environment: Vec<(String, String)>,
    stdin: String,
    within: Duration,
}

/// What a call came to.
#[derive(Debug, Clone)]
pub struct Ran {
    /// The exit code; 128 and the signal's number when a signal ended it.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
}

impl Ran {
    /// Checks the exit code and shows everything when it is another.
    #[track_caller]
    pub fn code(self, wanted: i32) -> Ran {
        assert!(
            self.code == wanted,
            "exit code {}, not {wanted}\n{}",
            self.code,
            self.everything()
        );
        self
    }

    /// Reads the standard output as one JSON document.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON: {error}\n{}", self.everything()))
    }

    /// Returns both outputs under their names.
    pub fn everything(&self) -> String {
        format!("--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr)
    }
}

impl Lifeboat {
    /// Prepares a call in a lab's folder, with nothing in the environment but HOME and PATH.
    pub fn new(lab: &Lab, words: &[&str]) -> Lifeboat {
        let home = lab.subfolder("home");
        let environment =
            [("HOME", home.display().to_string()), ("PATH", std::env::var("PATH").unwrap())];
        Lifeboat {
            words: [&[env!("CARGO_BIN_EXE_lifeboat")], words]
                .concat()
                .into_iter()
                .map(str::to_owned)
                .collect(),
            folder: lab.folder().to_owned(),
            environment: environment.map(|(name, value)| (name.to_owned(), value)).to_vec(),
            stdin: String::new(),
            within: WITHIN,
        }
    }

    /// Adds an environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Lifeboat {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs it in a folder below the lab's.
    pub fn folder(mut self, name: &str) -> Lifeboat {
        self.folder.push(name);
        self
    }

    /// Runs another program in its place, with the same words.
    pub fn program(mut self, path: &std::path::Path) -> Lifeboat {
        path.to_str().unwrap().clone_into(&mut self.words[0]);
        self
    }

    /// Gives it a standard input; without, it reads nothing.
    pub fn stdin(mut self, text: &str) -> Lifeboat {
        text.clone_into(&mut self.stdin);
        self
    }

    /// Says how long it may take before the trial fails.
    pub fn within(mut self, within: Duration) -> Lifeboat {
        self.within = within;
        self
    }

    /// Runs it in a network namespace.
    pub fn inside(self, netns: &Netns) -> Lifeboat {
        self.under(&netns.inside(&[]))
    }

    /// Runs it under another program, such as `strace -f -o FILE`.
    pub fn under(mut self, words: &[&str]) -> Lifeboat {
        let words = words.iter().map(|word| (*word).to_owned());
        self.words.splice(0..0, words);
        self
    }

    /// Runs it to its end, away from any terminal.
    #[track_caller]
    pub fn run(self) -> Ran {
        self.start().wait()
    }

    /// Starts it in the background, away from any terminal.
    pub fn start(self) -> Running {
        let call = CALLS.fetch_add(1, Ordering::Relaxed);
        let out = |name: &str| self.folder.join(format!("call-{call}.{name}"));
        let (stdout, stderr) = (out("stdout"), out("stderr"));
        let mut command = self.command();
        command.stdin(Stdio::piped());
        command.stdout(File::create(&stdout).unwrap()).stderr(File::create(&stderr).unwrap());
        let mut child = command.spawn().unwrap();
        // A program that does not read its input may be gone before it is written.
        let _ = child.stdin.take().unwrap().write_all(self.stdin.as_bytes());
        Running { child, stdout, stderr, since: Instant::now(), call: self }
    }

    /// Starts it at a terminal of 200 columns.
    pub fn terminal(self) -> Terminal {
        let mut command = self.command();
        command.env("TERM", "xterm-256color");
        let mut session = Session::spawn(command).unwrap();
        session.get_process_mut().set_window_size(200, 60).unwrap();
        let (transcript, since, within) = (String::new(), Instant::now(), self.within);
        Terminal { session, transcript, since, within }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).current_dir(&self.folder).env_clear();
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// A call under way; it is killed when it is dropped.
pub struct Running {
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
    since: Instant,
    call: Lifeboat,
}

impl Running {
    /// Returns the process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns what it has printed so far.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.stdout).unwrap()).into_owned()
    }

    /// Returns what it has said on the side so far.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.stderr).unwrap()).into_owned()
    }

    /// Sends it a signal; nothing happens when it is gone.
    pub fn signal(&self, signal: Signal) {
        let _ = kill(Pid::from_raw(self.child.id() as i32), signal);
    }

    /// Waits for its end; a call that takes too long fails the trial.
    #[track_caller]
    pub fn wait(mut self) -> Ran {
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return self.ran(status);
            }
            if self.since.elapsed() > self.call.within {
                let said = self.ran(ExitStatus::from_raw(9)).everything();
                panic!(
                    "`{}` still runs after {:?}\n{said}",
                    self.call.words[1..].join(" "),
                    self.call.within
                );
            }
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    fn ran(&self, status: ExitStatus) -> Ran {
        let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap());
        Ran { code, stdout: self.stdout(), stderr: self.stderr(), took: self.since.elapsed() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A call at a terminal; it is killed when it is dropped.
pub struct Terminal {
    session: OsSession,
    transcript: String,
    since: Instant,
    within: Duration,
}

impl Terminal {
    /// Looks for what is wanted until it is there. The library's own waiting never pauses: it would take a core, and
    /// most trials wait at a terminal.
    fn wait_for<N: Needle>(&mut self, wanted: impl Fn() -> N) -> Result<Captures, Error> {
        let since = Instant::now();
        loop {
            let found = self.session.check(wanted())?;
            if !found.is_empty() {
                return Ok(found);
            }
            if since.elapsed() > self.within {
                return Err(Error::ExpectTimeout);
            }
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// Waits until a text appears.
    #[track_caller]
    pub fn expect(&mut self, text: &str) {
        match self.wait_for(|| text) {
            Ok(found) => {
                self.transcript.push_str(&String::from_utf8_lossy(found.before()));
                self.transcript.push_str(text);
            }
            Err(error) => panic!("no `{text}`: {error}\n{}", self.so_far()),
        }
    }

    /// Tells whether a text appears before the program ends.
    pub fn appears(&mut self, text: &str) -> bool {
        let either = || Any::boxed(vec![Box::new(text.to_owned()), Box::new(Eof)]);
        match self.wait_for(either) {
            Ok(found) => {
                self.transcript.push_str(&String::from_utf8_lossy(found.as_bytes()));
                found.get(0).is_some_and(|it| it == text.as_bytes())
            }
            Err(error) => panic!("neither `{text}` nor an end: {error}\n{}", self.so_far()),
        }
    }

    /// Waits for a prompt and types a line.
    #[track_caller]
    pub fn answer(&mut self, prompt: &str, line: &str) {
        self.expect(prompt);
        self.type_line(line);
    }

    /// Types a line.
    pub fn type_line(&mut self, line: &str) {
        self.session.send_line(line).unwrap();
    }

    /// Returns the process id.
    pub fn pid(&self) -> u32 {
        self.session.get_process().pid().as_raw() as u32
    }

    /// Waits for its end; the transcript is the standard output.
    #[track_caller]
    pub fn finish(mut self) -> Ran {
        match self.wait_for(|| Eof) {
            Ok(rest) => self.transcript.push_str(&String::from_utf8_lossy(rest.as_bytes())),
            Err(error) => panic!("it does not end: {error}\n{}", self.so_far()),
        }
        let code = match self.session.get_process().wait().unwrap() {
            WaitStatus::Exited(_, code) => code,
            WaitStatus::Signaled(_, signal, _) => 128 + signal as i32,
            other => panic!("it neither ended nor was killed: {other:?}"),
        };
        Ran {
            code,
            stdout: self.transcript.clone(),
            stderr: String::new(),
            took: self.since.elapsed(),
        }
    }

    /// Returns the transcript with what has come since.
    pub fn so_far(&mut self) -> String {
        let rest = self.session.check(Regex("(?s).+"));
        let rest = rest
            .map(|found| String::from_utf8_lossy(found.as_bytes()).into_owned())
            .unwrap_or_default();
        format!("{}{rest}", self.transcript)
    }
}
