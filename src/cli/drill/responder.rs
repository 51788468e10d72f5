//! The unattended responder: runs commands, reads what they print, does what they advise. It knows nothing else.
//!
//! It gets a [`Stage`] and never the scenario: what the world really is, only the scorer reads.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Parser;
use jiff::Timestamp;
use serde_json::Value;

use super::colleagues::Colleagues;
use super::stage::Stage;
use crate::cli::{self, Arguments, Desk, Exit, Failure};
use crate::host::{Ask, HostError, files};
use crate::model::{ApprovalMeans, Approver, PlannedApproval, Span};

/// How many commands one responder may run: no outage needs more, and a loop ends here.
const MOST_COMMANDS: usize = 80;

/// How often an interrupted run is taken up again.
const MOST_RESUMES: usize = 12;

/// One command, as it was run.
#[derive(Clone, Debug)]
pub struct Typed {
    /// Whose account it was given in.
    pub by: String,
    /// The words after `lifeboat`.
    pub words: Vec<String>,
    /// Its exit code.
    pub exit: Exit,
    /// When it ended (UTC, the drill's clock).
    pub at: Timestamp,
    /// What it said, in a few lines.
    pub said: Vec<String>,
}

/// What the responder did, and what it came to believe.
#[derive(Clone, Debug, Default)]
pub struct Conduct {
    /// Every command.
    pub typed: Vec<Typed>,
    /// The first diagnosis, as printed.
    pub first_diagnosis: Option<Value>,
    /// The incident, where one was declared.
    pub incident: Option<String>,
}

impl Conduct {
    /// Tells whether every plan that was asked for was refused.
    pub fn was_refused(&self) -> bool {
        let of_plans = |typed: &&Typed| typed.words.first().is_some_and(|word| word == "plan");
        let mut plans = self.typed.iter().filter(of_plans).peekable();
        plans.peek().is_some() && plans.all(|typed| typed.exit == Exit::Refused)
    }
}

/// Answers prompts from what commands have printed.
#[derive(Default)]
pub struct Answers(Mutex<Prompted>);

#[derive(Default)]
struct Prompted {
    short: String,
    target: String,
    choices: VecDeque<String>,
}

impl Answers {
    fn read_plan(&self, short: &str, target: &str, choices: VecDeque<String>) {
        let mut prompted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *prompted = Prompted { short: short.to_owned(), target: target.to_owned(), choices };
    }
}

impl Ask for Answers {
    fn ask(&self, prompt: &str) -> Result<String, HostError> {
        let mut prompted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if prompt.contains("short digest") {
            return Ok(prompted.short.clone());
        }
        if prompt.contains("target") {
            return Ok(prompted.target.clone());
        }
        Ok(prompted.choices.pop_front().unwrap_or_else(|| "done".to_owned()))
    }
}

/// A responder at work.
pub struct Responder<'a> {
    stage: &'a Stage,
    answers: Arc<Answers>,
    conduct: Conduct,
}

impl<'a> Responder<'a> {
    /// Sits down at a stage whose desk asks these answers.
    pub fn new(stage: &'a Stage, answers: Arc<Answers>) -> Self {
        Self { stage, answers, conduct: Conduct::default() }
    }

    /// Works through the outage, and returns what it did.
    ///
    /// # Errors
    /// Output that cannot be read, which is a mistake of this program.
    pub async fn respond(mut self) -> Result<Conduct, Failure> {
        self.declare().await?;
        let first = self.diagnose().await?;
        let cause = first["causes"].get(0).map(|cause| text(&cause["runbook"]));
        self.conduct.first_diagnosis = Some(first);
        let planned = self.stage.planned.as_ref().map(|planned| planned.runbook.to_string());
        if let Some(runbook) = planned.or(cause)
            && self.phase(&runbook, "immediate").await?
        {
            self.diagnose().await?;
            if self.phase(&runbook, "recovery").await? {
                self.diagnose().await?;
                self.phase(&runbook, "post-incident").await?;
            }
        }
        self.close().await?;
        Ok(self.conduct)
    }

    /// Looks, and writes down what was seen.
    async fn diagnose(&mut self) -> Result<Value, Failure> {
        let (_, printed) = self.run(&["diagnose", "--record", "--json"]).await?;
        parsed(&printed)
    }

    async fn declare(&mut self) -> Result<(), Failure> {
        let (title, planned) = (self.stage.title(), self.stage.planned.is_some());
        let severity = if planned { "minor" } else { "major" };
        let words = ["declare", &title, "--severity", severity, "--json"];
        let (_, printed) = self.run(&words).await?;
        self.conduct.incident = Some(text(&parsed(&printed)?["id"]));
        Ok(())
    }

    /// Plans and runs one phase; tells whether it ended well.
    async fn phase(&mut self, runbook: &str, phase: &str) -> Result<bool, Failure> {
        let set = self.stage.planned.iter().flat_map(|planned| &planned.set);
        let set: Vec<String> = set.map(|it| format!("--set={it}")).collect();
        let words = ["plan", runbook, "--phase", phase, "--json"].into_iter();
        let words: Vec<&str> = words.chain(set.iter().map(String::as_str)).collect();
        let (exit, printed) = self.run(&words).await?;
        if exit != Exit::Done {
            return Ok(false);
        }
        let plan = parsed(&printed)?;
        let short = text(&plan["short"]);
        self.answers.read_plan(&short, &text(&plan["target"]), choices(&plan));
        self.have_it_approved(&short, &plan["plan"]["approval"]).await?;
        let (mut exit, _) = self.run(&["run", short.as_str(), "--json"]).await?;
        let mut resumed = 0;
        while exit == Exit::Waiting && resumed < MOST_RESUMES {
            resumed += 1;
            self.stage.wait(Span::from_secs(1800)).await;
            exit = self.run(&["resume", "--json"]).await?.0;
        }
        Ok(exit == Exit::Done)
    }

    /// Asks as many colleagues for their yes as the plan wants besides the responder's own: whether it counts is for the
    /// commands to say.
    async fn have_it_approved(&mut self, short: &str, wanted: &Value) -> Result<(), Failure> {
        let stage = self.stage;
        let wanted: Option<PlannedApproval> = serde_json::from_value(wanted.clone())
            .map_err(|error| Failure::new(Exit::Internal, error.to_string()))?;
        let (Some(wanted), Some(colleagues)) = (wanted, &stage.colleagues) else { return Ok(()) };
        match wanted.by {
            ApprovalMeans::Terminal => {
                let others = usize::from(wanted.people).saturating_sub(1);
                for contact in colleagues.people().iter().take(others) {
                    let mut desk = stage.desk.clone();
                    desk.environment.user = contact.to_string();
                    self.run_at(&desk, &["approve", short]).await?;
                }
            }
            ApprovalMeans::Signature => {
                let asked = |it: &&Approver| Some(&it.contact) == wanted.requester.as_ref();
                let others = wanted.approvers.iter().filter(|it| !asked(it));
                for approver in others.take(wanted.needed()) {
                    self.have_it_signed(short, approver.contact.as_str(), colleagues).await?;
                }
            }
        }
        Ok(())
    }

    /// Carries what `approve` prints to a colleague, and takes what they sign.
    async fn have_it_signed(
        &mut self,
        short: &str,
        contact: &str,
        colleagues: &Colleagues,
    ) -> Result<(), Failure> {
        let (_, paper) = self.run(&["approve", short, "--as", contact, "--json"]).await?;
        let paper = document(&paper).unwrap_or_default();
        let Some(signed) = colleagues.sign(contact, &paper) else { return Ok(()) };
        let folder = self.stage.folder.join("signed");
        let file = folder.join(format!("{short}-{contact}"));
        files::create_directory(&folder)?;
        files::write_atomic(&file, signed.as_bytes())?;
        self.run(&["approve", short, "--take", &file.display().to_string()]).await?;
        Ok(())
    }

    async fn close(&mut self) -> Result<(), Failure> {
        self.run(&["close", "--reason", "the drill is over"]).await?;
        self.run(&["postmortem"]).await?;
        Ok(())
    }

    /// Runs one command and returns its exit code and its standard output.
    async fn run(&mut self, words: &[&str]) -> Result<(Exit, String), Failure> {
        let stage = self.stage;
        self.run_at(&stage.desk, words).await
    }

    /// Runs one command where somebody sits.
    async fn run_at(&mut self, desk: &Desk, words: &[&str]) -> Result<(Exit, String), Failure> {
        if self.conduct.typed.len() == MOST_COMMANDS {
            return Err(Failure::new(Exit::Internal, "the responder does not come to an end"));
        }
        let incident = self.conduct.incident.clone();
        let mut line = vec!["lifeboat".to_owned()];
        line.extend(words.iter().map(|word| (*word).to_owned()));
        if let Some(incident) = incident {
            line.extend(["--incident".to_owned(), incident]);
        }
        let arguments = Arguments::try_parse_from(&line)
            .map_err(|error| Failure::new(Exit::Internal, error.to_string()))?;
        self.stage.screen.take();
        let exit = Box::pin(cli::execute(desk, arguments)).await;
        let printed = self.stage.screen.take();
        let (at, said) = (self.stage.clock.now(), gist(&printed.data, &printed.talk, exit));
        let words = line.split_off(1).into_iter().filter(|word| word != "--json").collect();
        let by = desk.environment.user.clone();
        self.conduct.typed.push(Typed { by, words, exit, at, said });
        Ok((exit, printed.data))
    }
}

/// Says in a few lines what a command printed.
fn gist(data: &str, talk: &str, exit: Exit) -> Vec<String> {
    let mut lines = Vec::new();
    let document = document(data).unwrap_or_default();
    for cause in document["causes"].as_array().map(Vec::as_slice).unwrap_or_default() {
        let how = cause["mechanism"].as_str().map(|word| format!(" ({word})")).unwrap_or_default();
        let (mode, subject) = (text(&cause["failure_mode"]), text(&cause["subject"]));
        lines.push(format!("{mode}: {subject}{how}; advice: {}", text(&cause["advice"])));
    }
    if let (Some(verdict), true) = (document["verdict"].as_str(), lines.is_empty()) {
        lines.push(verdict.to_owned());
    }
    for change in document["changes"].as_array().map(Vec::as_slice).unwrap_or_default() {
        lines.push(format!("change: {} at {}", text(&change["step"]), text(&change["object"])));
    }
    lines.extend(document["short"].as_str().map(|short| format!("short: {short}")));
    let ended = document["ended"].as_str();
    lines.extend(ended.map(|ended| match document["because"].as_str() {
        Some(because) => format!("{ended}: {because}"),
        None => ended.to_owned(),
    }));
    if lines.is_empty() && exit != Exit::Done {
        lines.extend(talk.lines().filter(|line| !line.is_empty()).map(str::to_owned));
    }
    lines.push(format!("exit {}", exit.code()));
    lines
}

/// Reads which answers the plan's questions take, in order: the first that each offers.
fn choices(plan: &Value) -> VecDeque<String> {
    let steps = plan["plan"]["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    let asks = steps.iter().map(|step| &step["work"]["ask"]).filter(|ask| ask.is_object());
    let first = |ask: &Value| ask["answers"].get(0).map_or_else(|| "done".to_owned(), text);
    asks.map(first).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Reads the one document that a command printed, or the last of its JSON Lines.
fn document(printed: &str) -> Result<Value, serde_json::Error> {
    let last = printed.lines().rfind(|line| line.starts_with('{')).unwrap_or_default();
    serde_json::from_str(printed).or_else(|_| serde_json::from_str(last))
}

fn parsed(printed: &str) -> Result<Value, Failure> {
    document(printed).map_err(|error| {
        Failure::new(Exit::Internal, format!("a command printed no JSON: {error}"))
    })
}
