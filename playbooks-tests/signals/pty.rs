//! A program at a terminal whose other side is ours: to type, to read, to look how it was left, and to close.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, tcgetattr};
use nix::unistd::Pid;

/// How long anything may take before its trial fails.
pub const PATIENCE: Duration = Duration::from_secs(90);

const PIECE: Duration = Duration::from_millis(3);

/// Where a program's standard output goes.
pub enum Output {
    /// To the terminal.
    Terminal,
    /// Elsewhere.
    File(OwnedFd),
}

/// A program at a terminal; it is killed when it is dropped.
pub struct Session {
    child: Child,
    master: Option<File>,
    slave: File,
    transcript: String,
    /// Up to where the transcript was looked at.
    seen: usize,
}

impl Session {
    /// Starts the program in a folder that is its home, as the leader of a session with a terminal.
    pub fn start(folder: &Path, words: &[&str], output: Output) -> Session {
        let wide = [("TERM", "xterm-256color"), ("COLUMNS", "200")];
        Session::start_in(folder, words, output, (&wide, 200))
    }

    /// The same with an environment of the caller's, at a terminal of so many columns.
    pub fn start_in(
        folder: &Path,
        words: &[&str],
        output: Output,
        (environment, columns): (&[(&str, &str)], u16),
    ) -> Session {
        // Nobody else may inherit either side: a terminal that is closed must be closed for all.
        let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let master = posix_openpt(flags).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname_r(&master).unwrap();
        let noctty = OFlag::O_NOCTTY.bits();
        let slave = File::options().read(true).write(true).custom_flags(noctty).open(name).unwrap();
        let at_it = || Stdio::from(slave.try_clone().unwrap());
        // A Ctrl-C would throw away what was written and not yet read: last words could be lost on their way.
        let sized = Command::new("stty")
            .args(["rows", "50", "cols", &columns.to_string(), "noflsh"])
            .stdin(at_it())
            .status();
        assert!(sized.unwrap().success(), "the terminal takes neither width nor mode");
        let output = match output {
            Output::Terminal => at_it(),
            Output::File(file) => Stdio::from(file),
        };
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(env!("CARGO_BIN_EXE_lifeboat")).args(words);
        command.current_dir(folder).env_clear().env("HOME", folder).env("USER", "operator");
        command.env("PATH", std::env::var("PATH").unwrap()).envs(environment.iter().copied());
        command.stdin(at_it()).stderr(at_it()).stdout(output);
        let child = command.spawn().unwrap();
        let master = Some(File::from(OwnedFd::from(master)));
        Session { child, master, slave, transcript: String::new(), seen: 0 }
    }

    /// Reads whatever has come.
    fn read(&mut self) {
        let Some(master) = &mut self.master else { return };
        let mut piece = [0; 4096];
        while let Ok(count) = master.read(&mut piece) {
            if count == 0 {
                return;
            }
            self.transcript.push_str(&String::from_utf8_lossy(&piece[..count]));
        }
    }

    /// Reads along until something is so.
    #[track_caller]
    pub fn until<T>(&mut self, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        loop {
            self.read();
            if let Some(answer) = ask() {
                return answer;
            }
            assert!(Instant::now() < end, "not in time: {what}\n{}", self.transcript);
            std::thread::park_timeout(PIECE);
        }
    }

    /// Waits until one of some texts appears after what was looked at last; `None` when the program ends first.
    #[track_caller]
    pub fn expect_any(&mut self, texts: &[&str]) -> Option<usize> {
        let end = Instant::now() + PATIENCE;
        loop {
            let ended = self.child.try_wait().unwrap().is_some();
            self.read();
            let fresh = &self.transcript[self.seen..];
            let found = texts
                .iter()
                .enumerate()
                .filter_map(|(at, text)| Some((fresh.find(text)? + text.len(), at)));
            if let Some((length, at)) = found.min() {
                self.seen += length;
                return Some(at);
            }
            if ended {
                return None;
            }
            assert!(Instant::now() < end, "not in time: {texts:?}\n{}", self.transcript);
            std::thread::park_timeout(PIECE);
        }
    }

    /// Waits for a text.
    #[track_caller]
    pub fn expect(&mut self, text: &str) {
        let found = self.expect_any(&[text]);
        assert!(found.is_some(), "it ended without `{text}`:\n{}", self.transcript);
    }

    /// Waits for a prompt and types a line.
    #[track_caller]
    pub fn answer(&mut self, prompt: &str, line: &str) {
        self.expect(prompt);
        self.type_in(&format!("{line}\n"));
    }

    /// Types.
    pub fn type_in(&mut self, text: &str) {
        self.master.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).unwrap();
    }

    /// Returns how often the thread that listens to signals has gone to sleep.
    pub fn heard(&self) -> Option<u64> {
        listens(self.child.id())
    }

    /// Waits until what was sent has been heard.
    #[track_caller]
    pub fn until_heard(&mut self, before: Option<u64>) {
        let id = self.child.id();
        let ended = move || {
            std::fs::read_to_string(format!("/proc/{id}/stat"))
                .map_or(true, |stat| stat.contains(") Z "))
        };
        let end = Instant::now() + PATIENCE;
        while !ended() && self.heard() <= before {
            self.read();
            assert!(Instant::now() < end, "it hears nothing:\n{}", self.transcript);
            std::thread::park_timeout(PIECE);
        }
    }

    /// Closes the terminal's other side, as a lost connection does.
    pub fn close(&mut self) {
        self.read();
        self.master = None;
    }

    /// Waits for the end; returns the exit code (128 and the signal's number when a signal ended it) and all
    /// that was on the terminal, which must be left as it was.
    #[track_caller]
    pub fn finish(mut self) -> (i32, String) {
        let end = Instant::now() + PATIENCE;
        let status = loop {
            self.read();
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < end, "it does not end:\n{}", self.transcript);
            std::thread::park_timeout(PIECE);
        };
        self.read();
        if self.master.is_some() {
            let flags = tcgetattr(self.slave.as_fd()).unwrap().local_flags;
            let cooked = LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::ISIG;
            assert!(flags.contains(cooked), "the terminal was left as {flags:?}");
        }
        let hidden = self.transcript.matches("\u{1b}[?25l").count();
        let shown = self.transcript.matches("\u{1b}[?25h").count();
        assert!(hidden <= shown, "the cursor was left hidden:\n{:?}", self.transcript);
        let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap());
        (code, std::mem::take(&mut self.transcript))
    }
}

/// Returns how often a program's thread that listens to signals has gone to sleep, 0 while it is awake; `None` before
/// it listens and after the program has ended.
pub fn listens(process: u32) -> Option<u64> {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).ok()?;
    let thread = tasks.flatten().find(|task| {
        let name = std::fs::read_to_string(task.path().join("comm"));
        name.is_ok_and(|name| name.trim() == "signals")
    })?;
    let status = std::fs::read_to_string(thread.path().join("status")).ok()?;
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let sleeps = field("State:")?.starts_with('S');
    field("voluntary_ctxt_switches:")?.parse().ok().filter(|_| sleeps).or(Some(0))
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
