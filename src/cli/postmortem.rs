//! `postmortem`: written from what really happened.

use clap::{Args, ValueEnum};

use super::{Desk, Exit, Failure, Global, office};
use crate::render;
use crate::store::{Kept, transcripts};
use crate::view::{self, Background, Chronicle};
use crate::words::Format;

/// Write the postmortem from what really happened.
#[derive(Debug, Args)]
pub struct Arguments {
    /// In which form
    #[arg(long, value_enum, default_value = "markdown")]
    format: Form,
}

/// A form, as it is typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    Markdown,
    Html,
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let operation = office::operation(desk, global)?;
        let incident = office::incident_for_reading(&operation, global)?;
        let records = incident.records()?;
        let chronicle = Chronicle::fold(&records);
        let plans = crate::drive::plans::all(&incident)?;
        let transcripts = transcripts::look(incident.folder(), &records)?.into_iter();
        let blobs: Vec<String> = transcripts
            .filter(|(_, kept)| *kept == Kept::Present)
            .map(|(named, _)| format!("blobs/{}.json (#{})", named.hash, named.seq))
            .collect();
        let background = Background { plans: &plans, blobs: &blobs };
        let postmortem = view::postmortem(&chronicle, &background, operation.field.clock.now());
        if global.json {
            desk.screen.data(&render::json::postmortem(&postmortem)?)?;
            return Ok(Exit::Done);
        }
        let markdown = operation.words.render("postmortem.en.md", &postmortem, Format::Markdown)?;
        match self.format {
            Form::Markdown => desk.screen.copy(&markdown)?,
            Form::Html => desk.screen.copy(&crate::words::page(&postmortem.title, &markdown))?,
        }
        Ok(Exit::Done)
    }
}
