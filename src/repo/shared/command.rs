//! Shared locks behind a URL: the operator's `git`, started with an argument vector, from a repository of our own
//! in which nothing is configured and no hook lies.

use std::path::Path;

use git2::{Oid, Repository};

use super::{Claim, Failed, Move, stone};
use crate::host::{Finished, Job, Processes, files};
use crate::model::{Argv, Lockable};
use crate::net::Deadline;

/// The most that is kept of what git says, in bytes.
const CAP: usize = 64 << 10;

/// The way to one remote.
pub(super) struct Git<'a> {
    pub url: &'a str,
    pub scratch: &'a Path,
    pub processes: Processes,
    pub until: Deadline,
}

impl Git<'_> {
    pub async fn look(&self, refs: &[(Lockable, String)]) -> Result<Vec<Claim>, Failed> {
        let names: Vec<&str> = refs.iter().map(|(_, name)| name.as_str()).collect();
        let listed =
            self.run(&[&["ls-remote", "--refs", "--", self.url], &names[..]].concat()).await?;
        let listed = succeeded(&listed)?;
        let found: Vec<(&Lockable, &str, &str)> = listed
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .filter_map(|(commit, name)| {
                let (what, name) = refs.iter().find(|(_, it)| it == name)?;
                Some((what, name.as_str(), commit))
            })
            .collect();
        self.fetch(&found).await?;
        let repository = Repository::open_bare(self.scratch)?;
        let mut claims = Vec::new();
        for (what, _, commit) in found {
            let stone = stone::read(&repository, Oid::from_str(commit)?);
            claims.push(Claim { what: what.clone(), commit: commit.to_owned(), stone });
        }
        Ok(claims)
    }

    /// Brings what is not here yet; a ref that moved meanwhile stays illegible until the next look.
    async fn fetch(&self, found: &[(&Lockable, &str, &str)]) -> Result<(), Failed> {
        let absent: Vec<&str> = {
            let repository = Repository::open_bare(self.scratch)?;
            let is_here = |commit: &str| {
                Oid::from_str(commit).is_ok_and(|id| repository.find_commit(id).is_ok())
            };
            found.iter().filter(|(.., commit)| !is_here(commit)).map(|(_, name, _)| *name).collect()
        };
        if absent.is_empty() {
            return Ok(());
        }
        let words = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", self.url];
        let fetched = self.run(&[&words, &absent[..]].concat()).await?;
        succeeded(&fetched).map(drop)
    }

    pub async fn swap(&self, moves: &[Move]) -> Result<Vec<Option<String>>, Failed> {
        self.ready()?;
        let put = {
            let repository = Repository::open_bare(self.scratch)?;
            let put =
                |it: &Move| it.put.as_ref().map(|text| stone::write(&repository, text)).transpose();
            moves.iter().map(put).collect::<Result<Vec<_>, _>>()?
        };
        let put: Vec<Option<String>> =
            put.into_iter().map(|it| it.map(|id| id.to_string())).collect();
        let lease = |it: &Move| {
            format!("--force-with-lease={}:{}", it.name, it.seen.as_deref().unwrap_or_default())
        };
        let leases: Vec<String> = moves.iter().map(lease).collect();
        let refs = moves.iter().zip(&put).filter(|(it, put)| it.seen.is_some() || put.is_some());
        let refs: Vec<String> = refs
            .map(|(it, put)| format!("{}:{}", put.as_deref().unwrap_or_default(), it.name))
            .collect();
        let mut words = vec!["push", "--porcelain", "--atomic", "--no-verify"];
        words.extend(leases.iter().map(String::as_str));
        words.extend(["--", self.url]);
        words.extend(refs.iter().map(String::as_str));
        let pushed = self.run(&words).await?;
        // A line that begins with `!` is a ref that was refused: it was not what was seen.
        if String::from_utf8_lossy(&pushed.output).lines().any(|line| line.starts_with('!')) {
            return Err(Failed::Lost);
        }
        succeeded(&pushed)?;
        Ok(put)
    }

    fn ready(&self) -> Result<(), Failed> {
        if !files::is_directory(self.scratch) {
            Repository::init_bare(self.scratch)?;
        }
        Ok(())
    }

    async fn run(&self, words: &[&str]) -> Result<Finished, Failed> {
        self.ready()?;
        let scratch = self.scratch.display().to_string();
        // Nobody is asked for a password in the middle of an outage: there is one, or the remote is away.
        let git = ["env", "GIT_TERMINAL_PROMPT=0", "git", "--git-dir", &scratch];
        let quiet =
            ["-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", "-c", "protocol.ext.allow=never"];
        let words = [&git[..], &quiet[..], words].concat();
        let argv = Argv::new(words.into_iter().map(str::to_owned).collect());
        let argv = argv.ok_or_else(|| Failed::Unreachable("no program".to_owned()))?;
        let job = Job { input: Vec::new(), cap: CAP, within: self.until.left(), directory: None };
        let ran = self.processes.run(&argv, job).await;
        ran.map_err(|error| Failed::Unreachable(error.to_string()))
    }
}

/// Returns what git printed, or the last thing that it complained of.
fn succeeded(ran: &Finished) -> Result<String, Failed> {
    if ran.code == Some(0) {
        return Ok(String::from_utf8_lossy(&ran.output).into_owned());
    }
    let said = String::from_utf8_lossy(&ran.errors);
    let last = said.lines().map(str::trim).rfind(|line| !line.is_empty());
    Err(Failed::Unreachable(last.unwrap_or("git failed and said nothing").to_owned()))
}
