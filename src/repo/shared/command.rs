//! Shared refs behind a URL: the operator's `git`, started with an argument vector, from a repository of our own
//! in which nothing is configured and no hook lies.

use std::path::Path;

use git2::{Oid, Repository};

use super::refs::{Found, Move, Reader};
use super::{Failed, commit};
use crate::host::{Finished, Job, Processes, files};
use crate::model::{Argv, ArgvError};
use crate::net::Deadline;

/// The most that is kept of what git says, in bytes.
const CAP: usize = 64 << 10;

/// The way to one remote.
pub(in crate::repo) struct Git<'a> {
    pub url: &'a str,
    pub scratch: &'a Path,
    pub processes: Processes,
    pub until: Deadline,
}

impl Git<'_> {
    pub(super) async fn look<T>(
        &self,
        names: &[String],
        read: Reader<T>,
    ) -> Result<Vec<Found<T>>, Failed> {
        let asked = self.git()?.words(&["ls-remote", "--refs", "--"]).operand(self.url)?;
        let asked = operands(asked, names.iter().map(String::as_str))?;
        let listed = succeeded(&self.run(asked).await?)?;
        let there: Vec<(&str, &str)> = listed
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .filter(|(_, name)| names.iter().any(|it| it == name))
            .map(|(commit, name)| (name, commit))
            .collect();
        self.fetch(&there).await?;
        let repository = Repository::open_bare(self.scratch)?;
        let mut found = Vec::new();
        for (name, commit) in there {
            let holds = read(&repository, Oid::from_str(commit)?);
            found.push(Found { name: name.to_owned(), commit: commit.to_owned(), holds });
        }
        Ok(found)
    }

    /// Brings what is not here yet, without whatever it has for a history; a ref that moved meanwhile stays illegible
    /// until the next look.
    async fn fetch(&self, there: &[(&str, &str)]) -> Result<(), Failed> {
        let absent: Vec<&str> = {
            let repository = Repository::open_bare(self.scratch)?;
            let is_here = |commit: &str| {
                Oid::from_str(commit).is_ok_and(|id| repository.find_commit(id).is_ok())
            };
            there.iter().filter(|(_, commit)| !is_here(commit)).map(|(name, _)| *name).collect()
        };
        if absent.is_empty() {
            return Ok(());
        }
        let fetch = ["fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head", "--"];
        let fetch = self.git()?.words(&fetch).operand(self.url)?;
        succeeded(&self.run(operands(fetch, absent.into_iter())?).await?).map(drop)
    }

    pub(super) async fn swap(&self, moves: &[Move]) -> Result<Vec<Option<String>>, Failed> {
        self.ready()?;
        let put = {
            let repository = Repository::open_bare(self.scratch)?;
            let put =
                |it: &Move| it.put.as_ref().map(|it| commit::write(&repository, it)).transpose();
            moves.iter().map(put).collect::<Result<Vec<_>, _>>()?
        };
        let put: Vec<Option<String>> =
            put.into_iter().map(|it| it.map(|id| id.to_string())).collect();
        let pushed = self.run(self.push(moves, &put)?).await?;
        // A line that begins with `!` is a ref that was refused: it was not what was seen.
        if String::from_utf8_lossy(&pushed.output).lines().any(|line| line.starts_with('!')) {
            return Err(Failed::Lost);
        }
        succeeded(&pushed)?;
        Ok(put)
    }

    /// Makes the command that changes every ref as it was seen, or none.
    fn push(&self, moves: &[Move], put: &[Option<String>]) -> Result<Argv, ArgvError> {
        let mut push = self.git()?.words(&["push", "--porcelain", "--atomic", "--no-verify"]);
        for it in moves {
            let seen = it.seen.as_deref().unwrap_or_default();
            push = push.option("--force-with-lease", &format!("{}:{seen}", it.name))?;
        }
        let refs = moves.iter().zip(put).filter(|(it, put)| it.seen.is_some() || put.is_some());
        let refs: Vec<String> = refs
            .map(|(it, put)| format!("{}:{}", put.as_deref().unwrap_or_default(), it.name))
            .collect();
        operands(push.word("--").operand(self.url)?, refs.iter().map(String::as_str))
    }

    /// Begins a command of the operator's git on our own repository.
    fn git(&self) -> Result<Argv, ArgvError> {
        // Nobody is asked for a password in the middle of an outage: there is one, or the remote is away.
        let git = Argv::of("env").words(&["GIT_TERMINAL_PROMPT=0", "git"]);
        let git = git.option("--git-dir", &self.scratch.display().to_string())?;
        Ok(git.words(&[
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "gc.auto=0",
            "-c",
            "protocol.ext.allow=never",
        ]))
    }

    fn ready(&self) -> Result<(), Failed> {
        if !files::is_directory(self.scratch) {
            Repository::init_bare(self.scratch)?;
        }
        Ok(())
    }

    /// Brings one ref into our own repository under its own name, and says what git complained of when it failed.
    pub async fn fetched(&self, name: &str) -> Result<(), String> {
        self.brought(name).await.map_err(|failed| match failed {
            Failed::Lost => "somebody was faster".to_owned(),
            Failed::Unreachable(because) => because.to_string(),
        })
    }

    async fn brought(&self, name: &str) -> Result<(), Failed> {
        let checked = ["-c", "transfer.fsckObjects=true", "fetch", "--quiet", "--no-tags"];
        let fetch = self.git()?.words(&checked).words(&["--no-write-fetch-head", "--"]);
        let fetch = fetch.operand(self.url)?.operand(&format!("+{name}:{name}"))?;
        succeeded(&self.run(fetch).await?).map(drop)
    }

    async fn run(&self, argv: Argv) -> Result<Finished, Failed> {
        self.ready()?;
        let job = Job { input: Vec::new(), cap: CAP, within: self.until.left(), directory: None };
        let ran = self.processes.run(&argv, job).await;
        ran.map_err(|error| Failed::unreachable(&error.to_string()))
    }
}

/// Adds values, each as an argument of its own.
fn operands<'a>(argv: Argv, mut values: impl Iterator<Item = &'a str>) -> Result<Argv, ArgvError> {
    values.try_fold(argv, Argv::operand)
}

/// Returns what git printed, or the last thing that it complained of.
fn succeeded(ran: &Finished) -> Result<String, Failed> {
    if ran.code == Some(0) {
        return Ok(String::from_utf8_lossy(&ran.output).into_owned());
    }
    let said = String::from_utf8_lossy(&ran.errors);
    let last = said.lines().map(str::trim).rfind(|line| !line.is_empty());
    Err(Failed::unreachable(last.unwrap_or("git failed and said nothing")))
}
