//! A tabletop: a person types commands into the drill's world, and is scored at the end.

use std::path::Path;
use std::sync::Arc;

use clap::Parser;

use super::stage::{Script, Seat, Stage};
use crate::cli::{self, Arguments, Desk, Exit, Failure, Global, office};
use crate::host::{Channel, HostError, files};
use crate::model::{Id, Span};
use crate::render;
use crate::view::{self, Chronicle, Scored};

const HELP: &str = "EXERCISE. You are on call. Type commands without `lifeboat`: diagnose, declare, plan, run, status ...
  wait 30m   let time pass        quit   end the drill and see the score";

/// Plays a scenario with the person at this terminal.
///
/// # Errors
/// Exit 5 without a terminal.
pub async fn play(
    desk: &Desk,
    global: &Global,
    script: &Script,
    keep: Option<&Path>,
) -> Result<Exit, Failure> {
    let (ask, screen) = (Arc::clone(&desk.ask), desk.screen.clone());
    let stage = Stage::set(desk, script, Seat { ask, screen, attended: true }, keep).await?;
    stage.wait_until_first_look(&script.scenario).await;
    desk.screen.talk(HELP);
    let page = format!("{}: {}.", view::moment(stage.clock.now()), stage.title());
    desk.screen.talk(&page);
    while let Some(line) = next_line(desk, &stage).await? {
        enter(&stage, &line).await;
    }
    let exit = score(&stage, global, script)?;
    if keep.is_none() {
        files::remove_directory(&stage.folder)?;
    }
    Ok(exit)
}

/// Asks for the next line; `None` once the person has had enough.
async fn next_line(desk: &Desk, stage: &Stage) -> Result<Option<String>, Failure> {
    let prompt = format!("{} exercise> ", view::moment_to_the_second(stage.clock.now()));
    let ask = Arc::clone(&desk.ask);
    let asked = tokio::task::spawn_blocking(move || ask.ask(&prompt)).await;
    match asked.map_err(|error| Failure::new(Exit::Internal, error.to_string()))? {
        Ok(line) if matches!(line.trim(), "quit" | "exit") => Ok(None),
        Ok(line) => Ok(Some(line)),
        Err(HostError::Interrupted) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Carries one line out.
async fn enter(stage: &Stage, line: &str) {
    let words = split(line);
    match words.as_slice() {
        [] => {}
        [wait, span] if wait == "wait" => match Span::parse(span) {
            Ok(span) => stage.wait(span).await,
            Err(error) => stage.screen.talk(&error.to_string()),
        },
        words => {
            let line = std::iter::once("lifeboat".to_owned()).chain(words.iter().cloned());
            match Arguments::try_parse_from(line) {
                Ok(arguments) => {
                    let exit = Box::pin(cli::execute(&stage.desk, arguments)).await;
                    stage.screen.talk(&format!("exit {}", exit.code()));
                }
                Err(error) => stage.screen.talk(&error.render().to_string()),
            }
        }
    }
}

/// Splits a line into words; double quotes keep spaces.
fn split(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut begun) = (Vec::new(), String::new(), false, false);
    for c in line.chars() {
        match c {
            '"' => (quoted, begun) = (!quoted, true),
            c if c.is_whitespace() && !quoted => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            c => {
                word.push(c);
                begun = true;
            }
        }
    }
    words.extend(begun.then_some(word));
    words
}

/// Scores the newest incident of the drill; without one, nothing was done and nothing was right.
fn score(stage: &Stage, global: &Global, script: &Script) -> Result<Exit, Failure> {
    let operation = office::operation(&stage.desk, global)?;
    let listed = operation.incidents.list()?;
    let newest: Option<Id> = listed.last().map(|entry| entry.id.clone());
    let (records, plans) = match &newest {
        Some(id) => {
            let incident = operation.incidents.incident(id.as_str())?;
            (incident.records()?, crate::drive::plans::all(&incident)?)
        }
        None => (Vec::new(), Vec::new()),
    };
    let score = view::score(&Chronicle::fold(&records), &plans, &script.scenario, false);
    stage.screen.data(&render::score(&score, &stage.desk.style(Channel::Data)))?;
    Ok(match score.result {
        Scored::Passed => Exit::Done,
        Scored::Misclassified | Scored::Failed => Exit::No,
    })
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn quotes_keep_spaces_and_blanks_do_not_count() {
        assert_eq!(
            split("  declare \"names fail\"  --severity major "),
            ["declare", "names fail", "--severity", "major"]
        );
        assert_eq!(split("note \"\""), ["note", ""]);
        assert!(split("   ").is_empty());
    }
}
