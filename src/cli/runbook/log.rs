//! `runbook log`: who changed a runbook, or anything that live runs take, and whether the signature counts now.

use clap::Args;
use serde_json::json;

use crate::cli::{Desk, Exit, Failure, Global};
use crate::repo::{History, HistoryEntry};

use super::repository;

/// The most commits that are printed.
const MOST: usize = 200;

/// Print the commits of a runbook, with who signed them.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The runbook; absent: everything that live runs take
    name: Option<String>,
}

impl Arguments {
    pub(super) fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let opened = repository::open(desk, global)?;
        let paths = opened.paths(self.name.as_deref())?;
        let now = crate::host::Clock::wall().now();
        let history = opened.committed.history(&paths, MOST, opened.own.as_ref(), now)?;
        if global.json {
            desk.screen.data(&document(&history, self.name.as_deref()).to_string())?;
        } else {
            let lines: String = history.entries.iter().map(line).collect();
            desk.screen.data(&lines)?;
        }
        if history.more {
            desk.screen.talk("There is more than is shown: history is longer, or cut.");
        }
        Ok(Exit::Done)
    }
}

fn line(entry: &HistoryEntry) -> String {
    let day = entry.claimed.strftime("%Y-%m-%d");
    let verdict = match &entry.verdict {
        Ok((signer, key)) => format!("signed by {signer} ({key})"),
        Err(distrust) => distrust.to_string(),
    };
    format!("{}  {day}  {}\n    {verdict}\n", &entry.commit[..12], entry.summary)
}

fn document(history: &History, name: Option<&str>) -> serde_json::Value {
    let row = |entry: &HistoryEntry| {
        let (signer, key) = entry.verdict.as_ref().ok().cloned().unzip();
        json!({"commit": entry.commit, "claimed": entry.claimed, "summary": entry.summary,
            "trusted": entry.verdict.is_ok(), "signer": signer, "key": key,
            "because": entry.verdict.as_ref().err().map(ToString::to_string)})
    };
    let rows: Vec<_> = history.entries.iter().map(row).collect();
    json!({"schema": "lifeboat.history/v1", "runbook": name, "commits": rows, "more": history.more})
}
