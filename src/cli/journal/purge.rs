//! `journal purge`: transcripts go, the journal stays.

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use crate::cli::{Desk, Exit, Failure, Global, office};
use crate::model::Span;

/// Remove transcripts.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Only those older than this, for example 90d; without `--incident`, of every incident
    #[arg(long, value_name = "DUR", value_parser = Span::parse)]
    older_than: Option<Span>,
    /// Why, for the journal
    #[arg(long, default_value = "no longer needed")]
    reason: String,
}

impl Arguments {
    pub(super) fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let operation = office::operation(desk, global)?;
        let now = operation.field.clock.now();
        let ids: Vec<String> = match (&global.incident, self.older_than) {
            (Some(id), _) => vec![id.clone()],
            (None, Some(_)) => {
                operation.incidents.list()?.iter().map(|it| it.id.to_string()).collect()
            }
            (None, None) => {
                return Err(Failure::new(Exit::Usage, "nothing says which transcripts may go")
                    .hint("`--older-than 90d`, or `--incident ID` for all of one incident"));
            }
        };
        let before = match self.older_than {
            Some(span) => now.saturating_sub(span.duration()).unwrap_or(Timestamp::MIN),
            None => Timestamp::MAX,
        };
        let mut purged = Vec::new();
        for id in ids {
            let incident = operation.incidents.incident(&id)?;
            let gone = match incident.purge(before, &desk.environment.user, &self.reason, now) {
                Ok(gone) => gone,
                // One open run, or one broken journal, keeps nothing of the others.
                Err(error) if global.incident.is_none() => {
                    desk.screen.talk(&format!("{id} keeps its transcripts: {error}"));
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            office::anchor(desk, &operation, &incident);
            purged.push((id, gone));
        }
        if global.json {
            let purged = purged.iter().map(|(id, gone)| json!({"incident": id, "purged": gone}));
            let purged: Vec<_> = purged.collect();
            let document = json!({"schema": "lifeboat.purge/v1", "purged": purged});
            desk.screen.json(&document)?;
        } else {
            for (id, gone) in purged {
                desk.screen.data(&format!("{id}: {gone} purged"))?;
            }
        }
        Ok(Exit::Done)
    }
}
