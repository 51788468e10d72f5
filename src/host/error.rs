//! What can go wrong at the machine, with the path and the kind kept.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why the machine did not do what was asked.
#[derive(Debug, Error)]
pub enum HostError {
    /// A file operation failed.
    #[error("cannot {verb} `{}`: {source}", path.display())]
    File {
        /// What was tried, for example `read`.
        verb: &'static str,
        /// Where.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A file is larger than its reader takes.
    #[error("`{}` is larger than {cap} bytes", path.display())]
    TooLarge {
        /// Where.
        path: PathBuf,
        /// The most that would have been read.
        cap: u64,
    },
    /// A text file holds bytes that are no UTF-8.
    #[error("`{}:{line}:{column}` is not UTF-8: the byte there is part of no character", path.display())]
    NotText {
        /// Where.
        path: PathBuf,
        /// The line of the first wrong byte, counted from 1.
        line: usize,
        /// How many characters and one stand before it on its line.
        column: usize,
    },
    /// A lock that is held for milliseconds stayed held: whoever holds it was stopped meanwhile.
    #[error("`{}` stays locked{}", path.display(), by(*.process))]
    Held {
        /// Where.
        path: PathBuf,
        /// Who holds it, where the system says so.
        process: Option<u32>,
    },
    /// A secret's file can be read by other users.
    #[error("`{}` holds a secret and its mode {mode:04o} lets other users read it", path.display())]
    SecretReadable {
        /// Where.
        path: PathBuf,
        /// The permission bits.
        mode: u32,
    },
    /// A secret's place holds nothing.
    #[error("{place} holds no secret")]
    NoSecret {
        /// The place, never a value: a variable's, file's or program's name.
        place: String,
    },
    /// Nobody vouches for where the secret would go.
    #[error("{place} is withheld: nobody vouches for where it would go")]
    Withheld {
        /// The place, never a value.
        place: String,
    },
    /// A process could not be started or spoken to.
    #[error("cannot run `{program}`: {source}")]
    Process {
        /// The program's name.
        program: String,
        /// The system's answer.
        source: io::Error,
    },
    /// A process ended with a failure.
    #[error("`{program}` ended with {}", status(*.code))]
    Failed {
        /// The program's name.
        program: String,
        /// Its exit code; `None` when a signal ended it.
        code: Option<i32>,
    },
    /// A process did not end in time and was killed.
    #[error("`{program}` did not end in time and was killed")]
    Overdue {
        /// The program's name.
        program: String,
    },
    /// A drill asked for a process.
    #[error("`{program}` was not started: a drill starts no process")]
    Refused {
        /// The program's name.
        program: String,
    },
    /// Nobody sits at a terminal.
    #[error("nobody can be asked: there is no terminal")]
    NoTerminal,
    /// The person at the terminal broke off.
    #[error("the question was broken off")]
    Interrupted,
    /// The terminal went away while a person was asked.
    #[error("the terminal went away")]
    Hangup,
    /// The terminal failed.
    #[error("the terminal failed: {0}")]
    Terminal(#[source] io::Error),
    /// The system's random source failed.
    #[error("the system gave no random bytes: {0}")]
    Random(String),
    /// Signals cannot be watched.
    #[error("signals cannot be watched: {0}")]
    Signals(#[source] io::Error),
}

impl HostError {
    /// Says where bytes that are no UTF-8 go wrong.
    pub(super) fn not_text(path: &Path, error: &std::string::FromUtf8Error) -> Self {
        let right = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let right = String::from_utf8_lossy(right);
        let line = right.matches('\n').count() + 1;
        let column = right.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        Self::NotText { path: path.to_owned(), line, column }
    }

    /// Wraps a file operation's failure.
    pub(super) fn file(verb: &'static str, path: &Path, source: io::Error) -> Self {
        Self::File { verb, path: path.to_owned(), source }
    }

    /// Returns the kind of a failed file operation, where the system gave one.
    pub fn kind(&self) -> Option<io::ErrorKind> {
        match self {
            Self::File { source, .. } | Self::Process { source, .. } => Some(source.kind()),
            Self::Terminal(source) | Self::Signals(source) => Some(source.kind()),
            Self::TooLarge { .. }
            | Self::NotText { .. }
            | Self::Held { .. }
            | Self::SecretReadable { .. }
            | Self::NoSecret { .. }
            | Self::Withheld { .. }
            | Self::Failed { .. }
            | Self::Overdue { .. }
            | Self::Refused { .. }
            | Self::NoTerminal
            | Self::Interrupted
            | Self::Hangup
            | Self::Random(_) => None,
        }
    }

    /// Tells whether a file or program is simply not there.
    pub fn is_absent(&self) -> bool {
        self.kind() == Some(io::ErrorKind::NotFound)
    }

    /// Says what to do next, where something helps.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File { source, path, .. } => file_hint(source.kind(), path),
            Self::TooLarge { .. } => Some("name the file that was meant".into()),
            Self::NotText { .. } => Some("save the file as UTF-8".into()),
            Self::Held { process: Some(process), .. } => Some(format!(
                "let it go on (`kill -CONT {process}`), or end it (`kill -KILL {process}`); nobody else can write meanwhile"
            )),
            Self::Held { process: None, path } => Some(format!(
                "`fuser {}` names the process: let it go on, or end it",
                path.display()
            )),
            Self::SecretReadable { path, .. } => Some(format!("chmod 600 {}", path.display())),
            Self::Withheld { .. } => Some("`lifeboat runbook log` shows who signed what; `lifeboat runbook accept` accepts a change".into()),
            Self::NoSecret { place } => Some(format!("put the secret into {place}")),
            Self::Process { program, .. } => {
                Some(format!("check that `{program}` is installed and on PATH"))
            }
            Self::Failed { program, .. } => Some(format!("run `{program}` by hand and read it")),
            Self::Overdue { .. } => Some("give it a longer `--deadline`".into()),
            Self::Refused { .. } => Some("play it live, or give the drill a fixed value".into()),
            Self::NoTerminal => Some("run it at a terminal; nothing is approved by a pipe".into()),
            Self::Interrupted | Self::Hangup => Some("`lifeboat resume` asks again".into()),
            Self::Terminal(_) | Self::Random(_) | Self::Signals(_) => None,
        }
    }
}

/// Says what helps against one kind of file failure.
fn file_hint(kind: io::ErrorKind, path: &Path) -> Option<String> {
    if kind == io::ErrorKind::NotFound {
        return Some("check the path; relative ones start at the estate's folder".into());
    }
    if kind == io::ErrorKind::PermissionDenied {
        return Some(format!("let this user reach `{}`", path.display()));
    }
    if kind == io::ErrorKind::ReadOnlyFilesystem {
        return Some(format!(
            "mount the file system of `{}` writable, or name another folder; then the same command again",
            path.display()
        ));
    }
    let full = matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    full.then(|| "free some space on that file system, then the same command again".into())
}

/// Names the process that holds a lock.
fn by(process: Option<u32>) -> String {
    process.map_or_else(String::new, |process| format!(" by process {process}"))
}

/// Words an exit status.
fn status(code: Option<i32>) -> String {
    code.map_or_else(|| "a signal".to_owned(), |code| format!("exit code {code}"))
}
