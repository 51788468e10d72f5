//! `schema`: the JSON Schema that lint walks, or the catalogue of facts.

use clap::{Args, ValueEnum};

use super::{Desk, Exit, Failure, Global};
use crate::document::{self, Kind};
use crate::model::ScreenText;

/// Print a JSON Schema, or the catalogue of facts.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Of what
    kind: Of,
}

/// What has a schema.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Of {
    Estate,
    Runbook,
    Scenario,
    Pins,
    Standing,
    Plan,
    Diagnosis,
    Evidence,
    Ready,
    Facts,
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, _: &Global) -> Result<Exit, Failure> {
        let kind = match self.kind {
            Of::Estate => Kind::Estate,
            Of::Runbook => Kind::Runbook,
            Of::Scenario => Kind::Scenario,
            Of::Pins => Kind::Pins,
            Of::Standing => Kind::Standing,
            Of::Plan => Kind::Plan,
            Of::Diagnosis => Kind::Diagnosis,
            Of::Evidence => Kind::Evidence,
            Of::Ready => Kind::Ready,
            Of::Facts => Kind::Facts,
        };
        desk.screen.data(&ScreenText::json(&format!("{:#}", document::schema(kind))))?;
        Ok(Exit::Done)
    }
}
