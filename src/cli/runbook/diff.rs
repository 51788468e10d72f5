//! `runbook diff`: what changed in a runbook between two commits.

use clap::Args;
use serde_json::json;

use crate::cli::{Desk, Exit, Failure, Global};
use crate::model::Remote;

use super::repository;

/// Print what changed in a runbook between two commits.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The runbook
    name: String,
    /// The commits, `A..B`; each a branch, an id or `HEAD~2`; B absent: HEAD
    range: String,
}

impl Arguments {
    pub(super) fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let opened = repository::open(desk, global)?;
        let [path] = &opened.paths(Some(&self.name))?[..] else {
            return Err(Failure::new(Exit::Internal, "a runbook is one file"));
        };
        let (from, to) = self.range.split_once("..").unwrap_or((&self.range, ""));
        let at = |name: &str| {
            let name = if name.is_empty() { "HEAD" } else { name };
            opened.committed.named_commit(name)
        };
        let (from, to) = (at(from)?, at(to)?);
        let diff = to.diff_from(&from, path)?.unwrap_or_default();
        if global.json {
            let document = json!({"schema": "lifeboat.diff/v1", "runbook": self.name,
                "from": from.id(), "to": to.id(), "diff": diff});
            desk.screen.data(&document.to_string())?;
            return Ok(Exit::Done);
        }
        if diff.is_empty() {
            desk.screen.talk(&format!("`{}` is the same in both.", self.name));
        }
        // What a commit holds is somebody's text: nothing in it may drive the terminal.
        let lines: String = diff.lines().map(|line| format!("{}\n", Remote::spelt(line))).collect();
        desk.screen.data(&lines)?;
        Ok(Exit::Done)
    }
}
