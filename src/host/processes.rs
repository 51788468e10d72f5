//! Other programs: argument vectors without a shell, bounded output, a deadline, then a kill by id.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};

use super::HostError;
use crate::model::{Argv, KnownSecrets};

/// The right to start processes, or its absence.
///
/// ```no_run
/// # async fn run(job: lifeboat::host::Job) -> Result<(), lifeboat::host::HostError> {
/// use lifeboat::host::Processes;
/// use lifeboat::model::Argv;
///
/// let argv = Argv::of("git").word("--version");
/// Processes::live().run(&argv, job).await?;
/// # Ok(())
/// # }
/// ```
///
/// There is no shell that would take a text apart:
///
/// ```compile_fail,E0308
/// # async fn run(job: lifeboat::host::Job) -> Result<(), lifeboat::host::HostError> {
/// use lifeboat::host::Processes;
/// use lifeboat::model::Argv;
///
/// let argv = "git --version; touch /tmp/x";
/// Processes::live().run(argv, job).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Processes {
    live: bool,
    /// The variables that no process inherits.
    withheld: Arc<[String]>,
    /// What is overwritten in whatever a process writes.
    known: KnownSecrets,
}

/// What a process is given.
#[derive(Clone, Debug)]
pub struct Job {
    /// What it reads on standard input.
    pub input: Vec<u8>,
    /// The most bytes kept of each of its outputs; the rest is read and dropped.
    pub cap: usize,
    /// How long it may take; then it and its children are killed.
    pub within: Duration,
    /// The directory it starts in, when not this process's own.
    pub directory: Option<PathBuf>,
}

/// What a process left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote on standard output.
    pub output: Vec<u8>,
    /// What it wrote on standard error.
    pub errors: Vec<u8>,
    /// Whether an output was longer than the cap.
    pub cut: bool,
}

impl Processes {
    /// Makes the value that starts real processes.
    pub fn live() -> Self {
        Self::new(true)
    }

    /// Makes the value that starts none: a drill's.
    pub fn refused() -> Self {
        Self::new(false)
    }

    fn new(live: bool) -> Self {
        Self { live, withheld: Arc::default(), known: KnownSecrets::default() }
    }

    /// Returns the same right, with variables that no process inherits: those that hold secrets.
    #[must_use]
    pub fn withholding(self, variables: Vec<String>) -> Self {
        Self { withheld: variables.into(), ..self }
    }

    /// Returns the same right; known secrets are overwritten in whatever a process writes.
    #[must_use]
    pub fn hiding(self, known: KnownSecrets) -> Self {
        Self { known, ..self }
    }

    /// Runs a program to its end or to its deadline.
    ///
    /// # Errors
    /// [`HostError::Refused`], [`HostError::Process`] when it cannot start, [`HostError::Overdue`].
    /// A failing exit code is no error here.
    pub async fn run(&self, argv: &Argv, job: Job) -> Result<Finished, HostError> {
        let program = || argv.program().to_owned();
        if !self.live {
            return Err(HostError::Refused { program: program() });
        }
        let fault = |source| HostError::Process { program: program(), source };
        let mut child = start(argv, &job, &self.withheld).map_err(fault)?;
        let mut group = Group { leader: child.id() };
        let ended = tokio::time::timeout(job.within, attend(&mut child, job.input, job.cap)).await;
        match ended {
            Ok(finished) => {
                group.leader = None;
                let mut finished = finished.map_err(fault)?;
                self.known.hide(&mut finished.output);
                self.known.hide(&mut finished.errors);
                Ok(finished)
            }
            Err(_) => {
                drop(group);
                child.kill().await.map_err(fault)?;
                Err(HostError::Overdue { program: program() })
            }
        }
    }
}

fn start(argv: &Argv, job: &Job, withheld: &[String]) -> io::Result<Child> {
    let mut command = Command::new(argv.program());
    for variable in withheld {
        command.env_remove(variable);
    }
    command.args(argv.arguments()).process_group(0).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(directory) = &job.directory {
        command.current_dir(directory);
    }
    command.spawn()
}

/// Feeds a child, reads it and waits for its end, all at once.
async fn attend(child: &mut Child, input: Vec<u8>, cap: usize) -> io::Result<Finished> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (fed, output, errors, status) =
        tokio::join!(feed(stdin, input), collect(stdout, cap), collect(stderr, cap), child.wait());
    fed?;
    let ((output, output_cut), (errors, errors_cut)) = (output?, errors?);
    Ok(Finished { code: status?.code(), output, errors, cut: output_cut || errors_cut })
}

/// Writes a child's input; a child that does not read it is no error.
async fn feed(stdin: Option<ChildStdin>, input: Vec<u8>) -> io::Result<()> {
    let Some(mut stdin) = stdin else { return Ok(()) };
    match stdin.write_all(&input).await {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Reads an output to its end and keeps its first `cap` bytes; tells whether there was more.
async fn collect(
    output: Option<impl AsyncRead + Unpin>,
    cap: usize,
) -> io::Result<(Vec<u8>, bool)> {
    let Some(mut output) = output else { return Ok((Vec::new(), false)) };
    let (mut kept, mut cut) = (Vec::new(), false);
    let mut piece = [0; 8192];
    loop {
        let count = output.read(&mut piece).await?;
        if count == 0 {
            return Ok((kept, cut));
        }
        let room = (cap - kept.len()).min(count);
        kept.extend_from_slice(&piece[..room]);
        cut |= room < count;
    }
}

/// A child's process group, killed when dropped, also when whoever waited for it gave up.
struct Group {
    /// The child's id, for as long as it has not been waited for.
    leader: Option<u32>,
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.leader.and_then(|id| i32::try_from(id).ok()) {
            let _ = killpg(Pid::from_raw(id), Signal::SIGKILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argv(words: &[&str]) -> Argv {
        Argv::new(words.iter().map(|w| (*w).to_owned()).collect()).expect("has a program")
    }

    fn job(input: &[u8], cap: usize, millis: u64) -> Job {
        let within = Duration::from_millis(millis);
        Job { input: input.to_vec(), cap, within, directory: None }
    }

    #[tokio::test]
    async fn arguments_are_no_shell_text_and_output_is_capped() {
        let echo = argv(&["echo", "-n", "$(id); `id` > x"]);
        let ran = Processes::live().run(&echo, job(b"", 7, 5000)).await.expect("runs");
        assert_eq!((ran.code, ran.output.as_slice(), ran.cut), (Some(0), &b"$(id); "[..], true));
        let cat = Processes::live().run(&argv(&["cat"]), job(&[7; 300_000], 1 << 20, 5000)).await;
        assert_eq!(cat.expect("runs").output.len(), 300_000);
        let deaf = Processes::live().run(&argv(&["false"]), job(&[7; 300_000], 9, 5000)).await;
        assert_eq!(deaf.expect("runs").code, Some(1));
    }

    #[tokio::test]
    async fn a_deadline_kills_the_child_and_its_children() {
        let slow = argv(&["sh", "-c", "sleep 600 & sleep 600"]);
        let error = Processes::live().run(&slow, job(b"", 9, 50)).await.expect_err("is overdue");
        assert!(matches!(error, HostError::Overdue { .. }), "{error}");
    }

    #[tokio::test]
    async fn a_drill_starts_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let canary = folder.path().join("canary");
        let touch = argv(&["touch", &canary.to_string_lossy()]);
        let error = Processes::refused().run(&touch, job(b"", 9, 50)).await.expect_err("refused");
        assert!(matches!(error, HostError::Refused { .. }), "{error}");
        assert!(!crate::host::files::exists(&canary));
    }

    #[tokio::test]
    async fn an_absent_program_is_named() {
        let gone = argv(&["/nonexistent/lifeboat-test"]);
        let error = Processes::live().run(&gone, job(b"", 9, 50)).await.expect_err("is absent");
        assert!(error.is_absent() && error.to_string().contains("lifeboat-test"), "{error}");
    }
}
