//! `declare`: open an incident.

use clap::{Args, ValueEnum};
use serde_json::json;

use super::{Desk, Exit, Failure, Global, office};
use crate::model::{Mode, Severity};
use crate::store::Declaration;

/// Open an incident.
#[derive(Debug, Args)]
pub struct Arguments {
    /// One line: what users notice
    title: String,
    /// How bad it is
    #[arg(long, value_enum)]
    severity: Level,
}

/// A severity, as it is typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    Minor,
    Major,
    Critical,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Minor => Self::Minor,
            Level::Major => Self::Major,
            Level::Critical => Self::Critical,
        }
    }
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let title = self.title.trim();
        if title.is_empty() || title.contains(char::is_control) {
            return Err(Failure::new(Exit::Usage, "a title is one line of text"));
        }
        let operation = office::operation(desk, global)?;
        let now = operation.field.clock.now();
        let severity = self.severity.into();
        let declaration = Declaration { title: title.to_owned(), severity, mode: operation.mode };
        let incident = operation.incidents.create(&declaration, now)?;
        office::anchor(desk, &operation, &incident);
        let id = incident.id().clone();
        let directory = incident.folder().display().to_string();
        if global.json {
            let document = json!({"schema": "lifeboat.incident/v1", "id": id, "title": title,
                "severity": severity, "mode": operation.mode, "directory": directory, "opened": now});
            desk.screen.json(&document)?;
        } else {
            desk.screen.data(&format!("incident: {id}\ndirectory: {directory}"))?;
            let next = match operation.mode {
                Mode::Live => "Next: `lifeboat diagnose --record`, then `lifeboat plan RUNBOOK`.",
                Mode::Drill => "EXERCISE. Next: diagnose, then plan.",
            };
            desk.screen.talk(next);
        }
        Ok(Exit::Done)
    }
}
