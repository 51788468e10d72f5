//! The grammar of the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::{
    approve, close, completions, declare, diagnose, drill, halt, handoff, incidents, init, journal,
    lint, man, message, note, plan, postmortem, probe, ready, resume, run, runbook, schema, status,
    take_over, test, timeline, undo, zone,
};
use crate::model::Span;

/// The incident CLI for people who run BitTorrent infrastructure.
///
/// Probes, says which layer failed and why, loads the runbook, freezes a plan, takes approvals, changes,
/// proves the effect, holds or undoes. Data goes to standard output, talk to standard error.
#[derive(Debug, Parser)]
#[command(name = "lifeboat", version, max_term_width = 100, propagate_version = false)]
pub struct Arguments {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What holds for every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// The estate document; `-` reads it from standard input
    #[arg(long, global = true, value_name = "PATH", default_value = "lifeboat.yaml")]
    pub estate: PathBuf,
    /// The incident; only needed when several are open
    #[arg(long, global = true, value_name = "ID")]
    pub incident: Option<String>,
    /// Print one JSON document (`run`, `resume`, `undo`: JSON Lines)
    #[arg(long, global = true)]
    pub json: bool,
    /// How long probing may take, for example 20s
    #[arg(long, global = true, value_name = "DUR", default_value = "20s", value_parser = Span::parse)]
    pub deadline: Span,
    /// Touch no network
    #[arg(long, global = true)]
    pub offline: bool,
    /// Say more
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// Declares the commands once: variant, module and one line of help.
macro_rules! commands {
    ($($(#[$note:meta])* $variant:ident($module:ident);)*) => {
        /// Every command.
        #[derive(Debug, Subcommand)]
        pub enum Command {$(
            $(#[$note])*
            $variant($module::Arguments),
        )*}

        impl Command {
            /// Says how to go on after the command was stopped before it changed anything.
            pub fn again(&self) -> &'static str {
                if let Self::Resume(_) = self {
                    return "`lifeboat resume` continues";
                }
                "the same command begins again"
            }

            /// Carries the command out.
            ///
            /// # Errors
            /// Whatever ended it; the failure knows its exit code.
            pub async fn execute(
                self,
                desk: &super::Desk,
                global: &Global,
            ) -> Result<super::Exit, super::Failure> {
                match self {$(
                    Self::$variant(arguments) => Box::pin(arguments.execute(desk, global)).await,
                )*}
            }
        }
    };
}

commands! {
    /// Make a folder with an estate, baselines and scenarios to start from
    Init(init);
    /// Check estate, runbooks and scenarios; every mistake in one run
    Lint(lint);
    /// Print a JSON Schema, or the catalogue of facts
    Schema(schema);
    /// Say what would stop a runbook, before the incident
    Ready(ready);
    /// Ask the real world and print the evidence
    Probe(probe);
    /// Probe, and say what is broken, where, how sure and why
    Diagnose(diagnose);
    /// Open an incident
    Declare(declare);
    /// Freeze one phase of a runbook into a plan
    Plan(plan);
    /// Say yes to a plan that somebody else runs, by signature or at a terminal
    Approve(approve);
    /// Approve a plan at this terminal and carry it out
    Run(run);
    /// Go on where a run stopped
    Resume(resume);
    /// Reverse what a run changed
    Undo(undo);
    /// Stop a run before its next effect, from another terminal
    Halt(halt);
    /// Shut out whoever runs the incident, so that `resume` works here
    TakeOver(take_over);
    /// Say where the incident stands
    Status(status);
    /// Print what happened, in order
    Timeline(timeline);
    /// Write something down in the journal
    Note(note);
    /// Preview a message of the runbooks' templates
    Message(message);
    /// Print what the next person must know
    Handoff(handoff);
    /// Write the postmortem from what really happened
    Postmortem(postmortem);
    /// Close the incident
    Close(close);
    /// List incidents
    Incidents(incidents);
    /// Rehearse an outage in a sealed world
    Drill(drill);
    /// Run scenarios as tests
    Test(test);
    /// List, show, compare, fetch and accept runbooks
    Runbook(runbook);
    /// Copy zones into the repository, compare copies, and ask one server for many names
    Zone(zone);
    /// Verify a journal
    Journal(journal);
    /// Print a completion script for a shell
    Completions(completions);
    /// Print the manual page
    Man(man);
}
