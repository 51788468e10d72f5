//! `message`: preview what a template would say now. Messages are sent by a plan's steps, never from here.

use clap::{Args, ValueEnum};
use serde_json::json;

use super::{Desk, Exit, Failure, Global, office};
use crate::drive;
use crate::model::Audience;

/// Preview a message of the runbooks' templates.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The template, for example `status/investigating`
    template: String,
    /// For whom
    #[arg(long, value_enum, default_value = "customers")]
    audience: Readers,
    /// In which language
    #[arg(long, default_value = "en")]
    language: String,
}

/// An audience, as it is typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Readers {
    Customers,
    Team,
}

impl From<Readers> for Audience {
    fn from(readers: Readers) -> Self {
        match readers {
            Readers::Customers => Self::Customers,
            Readers::Team => Self::Team,
        }
    }
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let operation = office::operation(desk, global)?;
        let incident = office::incident_for_reading(&operation, global)?;
        let text = drive::preview(
            &operation,
            &incident,
            &self.template,
            self.audience.into(),
            &self.language,
        )?;
        if global.json {
            let document = json!({"schema": "lifeboat.message/v1", "template": self.template,
                "language": self.language, "text": text});
            desk.screen.json(&document)?;
        } else {
            desk.screen.copy(&text)?;
        }
        Ok(Exit::Done)
    }
}
