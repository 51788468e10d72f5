//! A rehearsal from beginning to end: the stage, the responder, and the score that alone knows the truth.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::responder::{Answers, Conduct, Responder};
use super::stage::{Script, Seat, Stage};
use crate::cli::{Desk, Exit, Failure, Global, Screen, office};
use crate::drive::readiness;
use crate::host::{Channel, files};
use crate::model::{Delivery, Id, ScreenText};
use crate::render;
use crate::view::{self, Background, Chronicle, Score, Scored};
use crate::words::Format;

/// The account of whoever responds where nobody attends.
const RESPONDER: &str = "responder";

/// What a rehearsal left.
pub struct Rehearsal {
    /// The scenario's title.
    pub title: String,
    /// What was typed, with how it ended.
    pub conduct: Conduct,
    /// How it went.
    pub score: Score,
    /// The runbooks that were carried out to their end, each with its digest.
    pub carried_out: Vec<(Id, String)>,
    /// What customers were told, each message under its file's name.
    messages: Vec<(String, String)>,
    /// The postmortem.
    postmortem: String,
    /// When the world began and where its clock stands now.
    played: (Timestamp, Timestamp),
    /// Where everything lies; absent when it was not to be kept.
    kept: Option<PathBuf>,
}

/// Rehearses a scenario with the unattended responder.
///
/// # Errors
/// What kept the drill from being played; how it went is the score's.
pub async fn rehearse(
    desk: &Desk,
    global: &Global,
    script: &Script,
    keep: Option<&Path>,
) -> Result<Rehearsal, Failure> {
    let answers = Arc::new(Answers::default());
    let mut desk = desk.clone();
    RESPONDER.clone_into(&mut desk.environment.user);
    let (ask, screen) = (Arc::clone(&answers) as _, Screen::kept());
    let stage = Stage::set(&desk, script, Seat { ask, screen, attended: false }, keep).await?;
    stage.wait_until_first_look(&script.scenario).await;
    let conduct = Responder::new(&stage, answers).respond().await?;
    let rehearsal = close(&stage, global, script, conduct, keep)?;
    if keep.is_none() {
        files::remove_directory(&stage.folder)?;
    }
    Ok(rehearsal)
}

/// Scores what the journal holds and gathers what was written.
fn close(
    stage: &Stage,
    global: &Global,
    script: &Script,
    conduct: Conduct,
    keep: Option<&Path>,
) -> Result<Rehearsal, Failure> {
    let operation = office::operation(&stage.desk, global)?;
    let incident = operation.incidents.incident(conduct.incident.as_deref().unwrap_or_default())?;
    let chronicle = Chronicle::fold(&incident.records()?);
    let plans = crate::drive::plans::all(&incident)?;
    let done = view::carried_out(&chronicle, &readiness::digests(&incident));
    let carried_out = done.into_iter().filter_map(|it| Some((it.runbook, it.digest?))).collect();
    let now = stage.clock.now();
    let background = Background { plans: &plans, blobs: &[] };
    let postmortem = view::postmortem(&chronicle, &background, now);
    let text = operation.words.render("postmortem.en.md", &postmortem, Format::Markdown)?;
    let sent = chronicle.notices.iter().filter(|notice| notice.delivery == Delivery::Delivered);
    let messages =
        sent.map(|notice| (format!("{}, {}", notice.channel, notice.step), notice.text.clone()));
    Ok(Rehearsal {
        title: script.scenario.title.clone(),
        score: view::score(&chronicle, &plans, &script.scenario, conduct.was_refused()),
        carried_out,
        messages: messages.collect(),
        postmortem: text,
        played: (script.scenario.starts, now),
        kept: keep.map(Path::to_owned),
        conduct,
    })
}

impl Rehearsal {
    /// Returns the exit code: 0 for a drill that went as it should, 4 for any other.
    pub fn exit(&self) -> Exit {
        match self.score.result {
            Scored::Passed => Exit::Done,
            Scored::Misclassified | Scored::Failed => Exit::No,
        }
    }

    /// Returns everything as one JSON document.
    pub fn document(&self) -> Value {
        let typed: Vec<Value> = self
            .conduct
            .typed
            .iter()
            .map(|typed| {
                json!({"at": typed.at, "by": typed.by, "command": typed.words,
                    "exit": typed.exit.code()})
            })
            .collect();
        let messages: Vec<Value> =
            self.messages.iter().map(|(to, text)| json!({"to": to, "text": text})).collect();
        json!({
            "schema": "lifeboat.drill/v1", "exercise": true, "title": self.title,
            "ended": self.score.ended, "exit": self.exit().code(), "score": self.score,
            "typed": typed, "messages": messages, "postmortem": self.postmortem,
            "diagnosis": self.conduct.first_diagnosis, "kept": self.kept,
        })
    }

    /// Says what was not as it should be.
    pub fn why(&self) -> String {
        let named = |what: &str, causes: &[crate::model::TrueCause]| -> Vec<String> {
            let line = |cause: &crate::model::TrueCause| {
                format!("{what} {}/{}", cause.failure_mode, cause.subject)
            };
            causes.iter().map(line).collect()
        };
        let mut why = named("missed", &self.score.missed);
        why.extend(named("wrong", &self.score.wrong));
        why.extend(self.score.wrong_actions.iter().cloned());
        why.extend(
            self.score.missed_verifies.iter().map(|step| format!("`{step}` was not proven")),
        );
        why.extend(self.score.unexpected.iter().cloned());
        why.join("; ")
    }

    /// Returns the drill as people read it.
    pub fn text(&self, desk: &Desk) -> ScreenText {
        let style = desk.style(Channel::Data);
        let mut text = format!("EXERCISE: {}\n\n", self.title);
        for typed in &self.conduct.typed {
            let words: Vec<String> = typed.words.iter().map(|word| quoted(word)).collect();
            let words = words.join(" ");
            let at = view::moment_to_the_second(typed.at);
            // Whoever else gave a command is named at their prompt.
            let who = if typed.by == RESPONDER { "" } else { &typed.by };
            text.push_str(&format!("{at}  {who}$ lifeboat {words}\n"));
            text.extend(typed.said.iter().map(|line| format!("    {line}\n")));
        }
        for (to, message) in &self.messages {
            text.push_str(&format!("\n-- message to {to}\n{}\n", message.trim_end()));
        }
        text.push_str(&format!("\n-- postmortem\n{}\n\n-- score\n", self.postmortem.trim_end()));
        let text = ScreenText::from(text).and(render::score(&self.score, &style));
        let (from, to) = self.played;
        let text = text.and(format!("played: {}\n", view::lasted(from, to)));
        match &self.kept {
            Some(kept) => text.and(format!("kept in: {}\n", kept.display())),
            None => text,
        }
    }
}

/// Writes a word as it would be typed.
fn quoted(word: &str) -> String {
    if word.contains(char::is_whitespace) { format!("\"{word}\"") } else { word.to_owned() }
}
