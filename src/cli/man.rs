//! `man`: the manual page, in roff.

use clap::{Args, CommandFactory};

use super::{Desk, Exit, Failure, Global};

/// Print the manual page.
#[derive(Debug, Args)]
pub struct Arguments {}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, _: &Global) -> Result<Exit, Failure> {
        let mut page = Vec::new();
        let rendered = clap_mangen::Man::new(super::Arguments::command()).render(&mut page);
        rendered.map_err(|error| Failure::new(Exit::Internal, error.to_string()))?;
        desk.screen.copy(&String::from_utf8_lossy(&page))?;
        Ok(Exit::Done)
    }
}
