//! The command line: arguments, one file per command, prompts, exit codes.
//!
//! A command sees the world through its [`Desk`] alone, so that a drill's responder runs the very same commands.

mod approval;
mod approve;
mod arguments;
mod carry;
mod close;
mod codes;
mod completions;
mod conduct;
mod declare;
mod desk;
mod diagnose;
mod drill;
mod ending;
mod endorse;
mod exit;
mod failure;
mod glass;
mod halt;
mod handoff;
mod incidents;
mod init;
mod journal;
mod lint;
mod locks;
mod man;
mod matter;
mod message;
mod note;
mod office;
mod overrides;
mod pen;
mod plan;
mod postmortem;
mod probe;
mod ready;
mod resume;
mod run;
mod runbook;
mod schema;
mod screen;
mod shell;
mod status;
mod take_over;
mod teller;
mod test;
mod timeline;
mod undo;
mod zone;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

pub use arguments::{Arguments, Command, Global};
pub use desk::Desk;
pub use exit::Exit;
pub use failure::Failure;
pub use screen::Screen;
pub use teller::Teller;

use crate::host::{Channel, Environment, StopRequests, Terminal, memory};
use crate::model::Remote;

/// Runs the program: reads its command line, carries the command out, and returns its exit code.
pub fn main() -> ExitCode {
    memory::keep_private();
    memory::keep_small();
    let environment = Environment::read();
    let terminal = Terminal::look(&environment);
    terminal.say_panics();
    let stops = match StopRequests::listen(Exit::Stopped.code().into()) {
        Ok(stops) => stops,
        Err(error) => return Failure::from(error).tell(&Screen::terminal(terminal), false).into(),
    };
    let desk = Desk::live(environment, terminal, stops);
    exit_of(&desk, parsed(Environment::arguments())).into()
}

fn exit_of(desk: &Desk, parsed: Result<Arguments, clap::Error>) -> Exit {
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => return explain(desk, &error),
    };
    let runtime = match desk.runtime() {
        Ok(runtime) => runtime,
        Err(failure) => return failure.tell(&desk.screen, arguments.global.json),
    };
    let exit = runtime.block_on(execute_unless_stopped(desk, arguments));
    // Nothing that still sleeps may hold the process back once its command has ended.
    runtime.shutdown_background();
    exit
}

/// Carries out one command, unless somebody asks to stop before it has claimed to stop by itself.
async fn execute_unless_stopped(desk: &Desk, arguments: Arguments) -> Exit {
    let (again, json) = (arguments.command.again(), arguments.global.json);
    tokio::select! {
        biased;
        asked = desk.stops.unclaimed() => {
            // The cursor may stand behind a prompt.
            let line = if desk.terminal.shows(Channel::Talk) { "\n" } else { "" };
            desk.screen.talk(line);
            let message = format!("stopped by {}; nothing was changed", asked.name());
            Failure::new(Exit::Stopped, message).hint(again).tell(&desk.screen, json)
        }
        exit = execute(desk, arguments) => exit,
    }
}

/// Carries out one command and tells of its failure.
pub async fn execute(desk: &Desk, arguments: Arguments) -> Exit {
    let Arguments { global, command } = arguments;
    match command.execute(desk, &global).await {
        Ok(exit) => exit,
        Err(failure) => failure.tell(&desk.screen, global.json),
    }
}

/// Shows help, the version or a mistake in the command line.
fn explain(desk: &Desk, error: &clap::Error) -> Exit {
    let text = error.render().to_string();
    if error.use_stderr() {
        desk.screen.talk(&text);
        return Exit::Usage;
    }
    desk.screen.data(&text).map_or_else(|failure| failure.exit, |()| Exit::Done)
}

/// Reads a command line. A mistake quotes what was typed: then as it is spelt out, so that no word makes lines of its own.
fn parsed(words: Vec<OsString>) -> Result<Arguments, clap::Error> {
    let spelt = words.iter().map(|word| OsString::from(Remote::spelt(&word.to_string_lossy())));
    let spelt: Vec<OsString> = spelt.collect();
    match Arguments::try_parse_from(words) {
        Ok(arguments) => Ok(arguments),
        Err(error) => Err(Arguments::try_parse_from(spelt).err().unwrap_or(error)),
    }
}
