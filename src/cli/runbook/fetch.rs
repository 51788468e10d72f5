//! `runbook fetch`: bring what others committed; it is used once somebody vouches for it, and not before.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::json;

use crate::cli::{Desk, Exit, Failure, Global, office};
use crate::drive::Operation;
use crate::host::{Clock, Processes};
use crate::model::{Mode, secret_variables};
use crate::net::Deadline;
use crate::repo::{self, Brought, Committed, Distrust, Errand, Kind, Piece, RepoError, Vouched};

/// Fetch the branch that is checked out; it moves forward once somebody vouches for what came.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A remote of the repository, a folder or a URL
    #[arg(default_value = "origin")]
    remote: String,
}

/// What became of what came.
enum Fate {
    /// It was here already.
    Same,
    /// The branch stands on it now.
    Moved(Vouched),
    /// Nobody is asked to vouch for it, so whoever owns the repository takes it.
    Aside,
    /// Nobody vouches for it.
    Refused(Distrust),
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        office::needs_network(global)?;
        let operation = office::operation(desk, global)?;
        if operation.mode == Mode::Drill {
            return Err(Failure::new(Exit::Refused, "a drill fetches nothing"));
        }
        let state = desk.environment.state_directory.clone();
        let state = state.ok_or(crate::drive::DriveError::NoStateDirectory)?;
        let brought = repo::fetch(&Errand {
            remote: &self.remote,
            base: &operation.field.base,
            scratch: state.join("lifeboat-trust/fetched.git"),
            http: operation.field.http.clone(),
            // The remote stands in the operator's own configuration, not in a commit.
            processes: Processes::live().withholding(secret_variables(&operation.estate)),
            until: Deadline::after(global.deadline.duration()),
        })
        .await?;
        let (fate, changed) = settle(&operation, &brought)?;
        tell(desk, global, &brought, &fate, &changed)
    }
}

/// Judges what came, and moves the branch onto it where somebody vouches for it.
fn settle(operation: &Operation, brought: &Brought) -> Result<(Fate, Vec<String>), Failure> {
    let base = &operation.field.base;
    let tip = repo::brought(base, &brought.tip)?;
    let head = Committed::at_head(base)?;
    let head_id = head.as_ref().map(Committed::id);
    if let Some(head) = &head_id
        && repo::brought(base, head)?.descends_from(&brought.tip)?
    {
        return Ok((Fate::Same, Vec::new()));
    }
    let changed = changed(head.as_ref(), &tip)?;
    let fate = match operation.custody.judge(&tip, Clock::wall().now())? {
        None => Fate::Aside,
        Some(Err(distrust)) => Fate::Refused(distrust),
        Some(Ok(vouched)) => match head_id {
            Some(head) if tip.descends_from(&head)? => {
                repo::advance(&tip, &brought.branch)?;
                Fate::Moved(vouched)
            }
            Some(seen) => Fate::Refused(Distrust::Unrelated { head: brought.tip.clone(), seen }),
            None => Fate::Aside,
        },
    };
    Ok((fate, changed))
}

/// Names the runbooks, templates and scenarios that differ; a hostile tree is refused here, by name.
fn changed(head: Option<&Committed>, tip: &Committed) -> Result<Vec<String>, RepoError> {
    let mut paths = Vec::new();
    for kind in Kind::ALL {
        let by_path = |pieces: Vec<Piece>| -> BTreeMap<String, String> {
            pieces.into_iter().map(|piece| (piece.path, piece.text)).collect()
        };
        let before = head.map(|head| head.pieces(kind)).transpose()?.map(by_path);
        let (before, now) = (before.unwrap_or_default(), by_path(tip.sibling_pieces(kind)?));
        let either: std::collections::BTreeSet<&String> = before.keys().chain(now.keys()).collect();
        paths
            .extend(either.into_iter().filter(|path| before.get(*path) != now.get(*path)).cloned());
    }
    Ok(paths)
}

fn tell(
    desk: &Desk,
    global: &Global,
    brought: &Brought,
    fate: &Fate,
    changed: &[String],
) -> Result<Exit, Failure> {
    let short = brought.tip.get(..12).unwrap_or(&brought.tip);
    let kept = format!("refs/lifeboat/fetched/{}", brought.branch);
    let (word, said, exit) = match fate {
        Fate::Same => {
            ("same", "Nothing new: what is there is here already.".to_owned(), Exit::Done)
        }
        Fate::Moved(vouched) => {
            let who = format!("signed by {} ({})", vouched.signer, vouched.key);
            ("moved", format!("`{}` stands on {short} now, {who}.", brought.branch), Exit::Done)
        }
        Fate::Aside => (
            "aside",
            format!(
                "{short} is kept aside, since no commit must be signed here: `git merge --ff-only {kept}` takes it."
            ),
            Exit::Done,
        ),
        Fate::Refused(distrust) => {
            ("refused", format!("{short} is kept aside and not used: {distrust}."), Exit::Refused)
        }
    };
    if global.json {
        let because =
            if let Fate::Refused(distrust) = fate { Some(distrust.to_string()) } else { None };
        let document = json!({"schema": "lifeboat.fetched/v1", "from": brought.from, "branch": brought.branch,
            "tip": brought.tip, "objects": brought.objects, "ended": word, "because": because, "changed": changed});
        desk.screen.data(&document.to_string())?;
    } else {
        let objects = match brought.objects {
            1 => "1 object".to_owned(),
            count => format!("{count} objects"),
        };
        desk.screen.talk(&format!("{objects} from {}.", brought.from));
        let lines: String = changed.iter().map(|path| format!("changed  {path}\n")).collect();
        desk.screen.data(&format!("{lines}{said}\n"))?;
    }
    if let Fate::Refused(distrust) = fate {
        desk.screen.talk(&format!("  do: {}", distrust.hint()));
    }
    Ok(exit)
}
