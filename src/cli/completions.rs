//! `completions`: a static completion script for a shell.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Desk, Exit, Failure, Global};

/// Print a completion script for a shell.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which shell
    shell: Shell,
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, _: &Global) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        let mut grammar = super::Arguments::command();
        clap_complete::generate(self.shell, &mut grammar, "lifeboat", &mut script);
        desk.screen.copy(&String::from_utf8_lossy(&script))?;
        Ok(Exit::Done)
    }
}
