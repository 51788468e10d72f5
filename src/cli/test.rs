//! `test`: play scenarios with the unattended responder; one that ends other than it says fails.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::drill::{Script, rehearse};
use super::{Desk, Exit, Failure, Global};
use crate::host::files;
use crate::repo::Provenance;
use crate::view::Scored;

/// Run scenarios as tests.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Files or folders; the operator's own scenarios when none is named
    paths: Vec<PathBuf>,
    /// The embedded scenarios as well
    #[arg(long)]
    embedded: bool,
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let wanted = self.wanted(desk, global)?;
        if wanted.is_empty() {
            return Err(Failure::new(Exit::Usage, "there is no scenario to test")
                .hint("write one into `scenarios/`, name a file, or add `--embedded`"));
        }
        let (mut rows, mut failed) = (Vec::new(), 0_usize);
        for name in &wanted {
            let (passed, result, why) = one(desk, global, name).await;
            failed += usize::from(!passed);
            if !global.json {
                let mark = if passed { "ok    " } else { "FAILED" };
                let why = if passed { String::new() } else { format!("  {why}") };
                desk.screen.data(&format!("{mark}  {name}{why}"))?;
            }
            rows.push(
                json!({"scenario": name, "passed": passed, "result": result, "because": why}),
            );
        }
        if global.json {
            let document =
                json!({"schema": "lifeboat.test/v1", "failed": failed, "scenarios": rows});
            desk.screen.json(&document)?;
        } else {
            desk.screen.talk(&format!("{} passed, {failed} failed", wanted.len() - failed));
        }
        Ok(if failed == 0 { Exit::Done } else { Exit::No })
    }

    fn wanted(&self, desk: &Desk, global: &Global) -> Result<Vec<String>, Failure> {
        let mut wanted = Vec::new();
        for path in &self.paths {
            collect(path, &mut wanted)?;
        }
        let own = self.paths.is_empty();
        for piece in Script::names(desk, global)? {
            let embedded = piece.from == Provenance::Embedded;
            if (embedded && self.embedded) || (!embedded && own) {
                wanted.push(piece.name);
            }
        }
        Ok(wanted)
    }
}

/// Plays one scenario and says how it went.
async fn one(desk: &Desk, global: &Global, name: &str) -> (bool, &'static str, String) {
    let played = async {
        let script = Script::find(desk, global, name)?;
        rehearse(desk, global, &script, None).await
    };
    match played.await {
        Err(failure) => (false, "not-played", failure.message),
        Ok(rehearsal) => {
            let result = match rehearsal.score.result {
                Scored::Passed => "passed",
                Scored::Misclassified => "misclassified",
                Scored::Failed => "failed",
            };
            (rehearsal.score.result == Scored::Passed, result, rehearsal.why())
        }
    }
}

/// Names a file, or every scenario file of a folder.
fn collect(path: &Path, wanted: &mut Vec<String>) -> Result<(), Failure> {
    if !files::is_directory(path) {
        wanted.push(path.display().to_string());
        return Ok(());
    }
    for inner in files::list(path)? {
        if inner.extension().is_some_and(|ending| ending == "yaml") {
            wanted.push(inner.display().to_string());
        }
    }
    Ok(())
}
