//! `journal`: whether a journal is whole, and what is kept beside it.

mod approvals;
mod purge;
mod verify;

use clap::{Args, Subcommand};

use super::{Desk, Exit, Failure, Global};

/// Verify a journal, and purge transcripts.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Hold every record against the one before it, and the whole against every anchor that can be found
    Verify(verify::Arguments),
    /// Remove transcripts; the records that name them stay, and the chain still verifies
    Purge(purge::Arguments),
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        match self.what {
            What::Verify(arguments) => arguments.execute(desk, global),
            What::Purge(arguments) => arguments.execute(desk, global),
        }
    }
}
