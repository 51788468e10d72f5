//! The program as a process of its own, with what it cost: time on a processor, time asleep, memory.
//!
//! A small process stands between (this same binary, told by `--metered-child`): its only child is the program, so
//! that what the kernel counts for its children is the program's alone.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, killpg};
use nix::sys::time::TimeValLike;
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

/// How long any program may take before its trial fails.
const PATIENCE: Duration = Duration::from_secs(90);

/// What a program cost. Times are in nanoseconds.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Figures {
    /// From its start to its end.
    wall: u64,
    /// What its first thread ran, and how long that thread stood in a queue for a processor: `/proc/PID/schedstat`.
    ran: u64,
    queued: u64,
    /// What all of its threads ran: `getrusage`.
    processor: u64,
    /// The most memory that it ever had, in KiB.
    peak_kib: u64,
}

/// What became of a program.
#[derive(Clone, Debug)]
pub struct Metered {
    /// The exit code; absent when it was killed, or did not end in time.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    figures: Figures,
}

impl Metered {
    /// Returns how long it waited for others: the time from its start to its end without what its first thread ran
    /// and without what that thread stood in a queue for a processor, so that a busy machine is no delay of its own.
    pub fn asleep(&self) -> Duration {
        let Figures { wall, ran, queued, .. } = self.figures;
        Duration::from_nanos(wall.saturating_sub(ran).saturating_sub(queued))
    }

    /// Returns the time that it ran on processors, in all of its threads.
    pub fn processor(&self) -> Duration {
        Duration::from_nanos(self.figures.processor)
    }

    /// Returns the most memory that it ever had, in MiB.
    pub fn peak_mib(&self) -> u64 {
        self.figures.peak_kib.div_ceil(1024)
    }

    /// Returns both outputs under their names.
    pub fn everything(&self) -> String {
        format!("exit {:?}\n--- stdout\n{}\n--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

/// Runs the program with words in a folder, with nothing in its environment but what is given.
#[track_caller]
pub fn run(folder: &Path, environment: &[(&str, &str)], words: &[&str]) -> Metered {
    run_under(&[], folder, environment, words)
}

/// Runs the program under another one that executes it, such as `setpriv`.
#[track_caller]
pub fn run_under(
    under: &[&str],
    folder: &Path,
    environment: &[(&str, &str)],
    words: &[&str],
) -> Metered {
    let kept = tempfile::tempdir().unwrap();
    let file = |name: &str| kept.path().join(name);
    let out = |name: &str| Stdio::from(File::create(file(name)).unwrap());
    let itself = std::env::current_exe().unwrap();
    let mut command = Command::new(itself);
    command.arg("--metered-child").arg(file("figures"));
    command.args(under).arg(env!("CARGO_BIN_EXE_lifeboat")).args(words);
    command.current_dir(folder).env_clear().envs(environment.iter().copied());
    command.stdin(Stdio::null()).stdout(out("stdout")).stderr(out("stderr"));
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().unwrap();
    let end = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        if Instant::now() > end {
            let _ = killpg(Pid::from_raw(child.id().cast_signed()), Signal::SIGKILL);
            let _ = child.wait();
            break None;
        }
        std::thread::park_timeout(Duration::from_millis(5));
    };
    let text = |name: &str| String::from_utf8_lossy(&fs::read(file(name)).unwrap()).into_owned();
    let figures = fs::read(file("figures")).ok();
    let figures = figures.and_then(|figures| serde_json::from_slice(&figures).ok());
    Metered {
        code: status.and_then(|status| status.code()),
        stdout: text("stdout"),
        stderr: text("stderr"),
        figures: figures.unwrap_or_default(),
    }
}

/// Is the process between: starts a program, waits for its end and writes down what it cost.
pub fn child(words: &[String]) -> ExitCode {
    let [figures, program, words @ ..] = words else { return ExitCode::FAILURE };
    let since = Instant::now();
    let mut program = Command::new(program).args(words).spawn().unwrap();
    let id = Pid::from_raw(program.id().cast_signed());
    // Until it is waited for, the kernel still knows what its first thread did.
    waitid(Id::Pid(id), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT).unwrap();
    let wall = since.elapsed();
    let (ran, queued) = scheduled(program.id());
    let status = program.wait().unwrap();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let processor = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    let written = Figures {
        wall: u64::try_from(wall.as_nanos()).unwrap(),
        ran,
        queued,
        processor: u64::try_from(processor).unwrap() * 1_000,
        peak_kib: u64::try_from(usage.max_rss()).unwrap(),
    };
    fs::write(figures, serde_json::to_vec(&written).unwrap()).unwrap();
    status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Returns how long a process's first thread ran and stood in a queue; zeros where the kernel does not say.
fn scheduled(process: u32) -> (u64, u64) {
    let text = fs::read_to_string(format!("/proc/{process}/schedstat")).unwrap_or_default();
    let mut numbers = text.split_whitespace().map(|number| number.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}
