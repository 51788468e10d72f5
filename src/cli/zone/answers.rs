//! What came of a roll: printed as it comes, counted, and summed up.

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::{Exit, Failure, Screen};
use crate::model::ScreenText;
use crate::service::dns::bulk::{Ending, Hearer, Outcome, SILENCE, Tally};
use crate::wire::dns::{Glance, Roll};

/// Takes outcomes and prints them.
pub struct Answers {
    screen: Screen,
    roll: Arc<Roll>,
    /// The lines that wait to be printed; in JSON, all of them.
    lines: String,
    json: bool,
    counts: Counts,
    failure: Option<Failure>,
}

/// How many questions ended in which way.
#[derive(Default)]
struct Counts {
    expected: usize,
    answered: usize,
    differing: usize,
    declined: usize,
    broken: usize,
    lost: usize,
    unasked: usize,
}

/// How many bytes of lines are printed at once.
const PIECE: usize = 32 << 10;

impl Hearer for Answers {
    fn hear(&mut self, number: usize, outcome: Outcome<'_>) -> ControlFlow<()> {
        *self.counts.of(&outcome) += 1;
        if self.json {
            self.add_document(number, &outcome);
            return ControlFlow::Continue(());
        }
        self.add_lines(number, &outcome);
        if self.lines.len() < PIECE {
            return ControlFlow::Continue(());
        }
        self.print()
    }
}

impl Answers {
    /// Makes the printer of a roll.
    pub fn new(screen: Screen, roll: Arc<Roll>, json: bool) -> Self {
        let (lines, counts) = (String::new(), Counts::default());
        Self { screen, roll, lines, json, counts, failure: None }
    }

    /// Prints what waits; a disk that takes no more ends the call.
    fn print(&mut self) -> ControlFlow<()> {
        let lines = std::mem::take(&mut self.lines);
        match self.screen.data(&lines) {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => {
                self.failure.get_or_insert(failure);
                ControlFlow::Break(())
            }
        }
    }

    fn add_lines(&mut self, number: usize, outcome: &Outcome<'_>) {
        let lines = &mut self.lines;
        match outcome {
            Outcome::Expected => {}
            Outcome::Answered(glance) => glance.write("", lines),
            Outcome::Differs(glance) => {
                self.roll.show_wanted(number, "- ", lines);
                glance.write("+ ", lines);
            }
            Outcome::Declined(glance) => glance.write("? ", lines),
            Outcome::Broken(_) => unknown(&self.roll, number, "!BROKEN", lines),
            Outcome::Lost(_) => unknown(&self.roll, number, "!LOST", lines),
            Outcome::Unasked => unknown(&self.roll, number, "!UNASKED", lines),
        }
    }

    fn add_document(&mut self, number: usize, outcome: &Outcome<'_>) {
        let (what, found) = match outcome {
            Outcome::Expected => return,
            Outcome::Answered(glance) => ("answered", Some(glance)),
            Outcome::Differs(glance) => ("differs", Some(glance)),
            Outcome::Declined(glance) => ("declined", Some(glance)),
            Outcome::Broken(_) => ("broken", None),
            Outcome::Lost(_) => ("lost", None),
            Outcome::Unasked => ("unasked", None),
        };
        let mut question = String::new();
        self.roll.show(number, &mut question);
        let (name, kind) = question.split_once(' ').unwrap_or((&question, ""));
        let mut wanted = String::new();
        self.roll.show_wanted(number, "", &mut wanted);
        let document = json!({
            "name": name, "type": kind, "outcome": what,
            "wanted": data(&wanted), "found": found.map_or_else(Vec::new, seen),
        });
        self.lines.push_str(if self.lines.is_empty() { "" } else { "," });
        self.lines.push_str(&document.to_string());
    }

    /// Prints the rest and the sum, and says how the command ends.
    pub fn finish(mut self, server: SocketAddr, tally: &Tally) -> Result<Exit, Failure> {
        if self.json {
            let head = self.document(server, tally).to_string();
            let lines = std::mem::take(&mut self.lines);
            let document = format!("{},\"names\":[{lines}]}}", head.trim_end_matches('}'));
            self.screen.data(&ScreenText::json(&document))?;
        } else {
            let _ = self.print();
        }
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        self.screen.talk(&self.counts.sum(server, tally));
        Ok(self.counts.exit())
    }

    fn document(&self, server: SocketAddr, tally: &Tally) -> Value {
        let counts = &self.counts;
        json!({
            "schema": "lifeboat.answers/v1", "at": server.to_string(), "asked": self.roll.len(),
            "expected": counts.expected, "answered": counts.answered, "differing": counts.differing,
            "declined": counts.declined, "broken": counts.broken, "lost": counts.lost,
            "unasked": counts.unasked, "sent": tally.sent, "strays": tally.strays,
            "over_tcp": tally.cut, "ended": ending(tally.ending).0,
            "took_ms": u64::try_from(tally.took.as_millis()).unwrap_or(u64::MAX),
        })
    }
}

fn unknown(roll: &Roll, number: usize, mark: &str, lines: &mut String) {
    lines.push_str("? ");
    roll.show(number, lines);
    lines.push(' ');
    lines.push_str(mark);
    lines.push('\n');
}

/// Returns what stands behind the name in each line.
fn data(lines: &str) -> Vec<&str> {
    lines.lines().filter_map(|line| line.split_once(' ')).map(|(_, data)| data).collect()
}

fn seen(glance: &Glance<'_>) -> Vec<String> {
    let mut lines = String::new();
    glance.write("", &mut lines);
    data(&lines).into_iter().map(str::to_owned).collect()
}

/// Returns a word for programs and a sentence for people.
fn ending(ending: Ending) -> (&'static str, String) {
    match ending {
        Ending::Complete => ("complete", String::new()),
        Ending::Deadline => ("deadline", " The time was over: `--deadline` gives more.".to_owned()),
        Ending::Silent => {
            let seconds = SILENCE.as_secs();
            ("silent", format!(" Nothing came for {seconds} s, so nobody was asked any more."))
        }
        Ending::Refused => ("refused", " Nobody listens there.".to_owned()),
        Ending::Stopped => ("stopped", " It was stopped.".to_owned()),
    }
}

impl Counts {
    fn of(&mut self, outcome: &Outcome<'_>) -> &mut usize {
        match outcome {
            Outcome::Expected => &mut self.expected,
            Outcome::Answered(_) => &mut self.answered,
            Outcome::Differs(_) => &mut self.differing,
            Outcome::Declined(_) => &mut self.declined,
            Outcome::Broken(_) => &mut self.broken,
            Outcome::Lost(_) => &mut self.lost,
            Outcome::Unasked => &mut self.unasked,
        }
    }

    /// A difference is known, whatever else is not.
    fn exit(&self) -> Exit {
        let unknown = self.declined + self.broken + self.lost + self.unasked;
        match (self.differing, unknown) {
            (0, 0) => Exit::Done,
            (0, _) => Exit::CannotTell,
            (_, _) => Exit::No,
        }
    }

    fn sum(&self, server: SocketAddr, tally: &Tally) -> String {
        let parts = [
            (self.expected, "as written"),
            (self.answered, "answered"),
            (self.differing, "not as written"),
            (self.declined, "declined"),
            (self.broken, "answered by what is no answer"),
            (self.lost, "without an answer"),
            (self.unasked, "not asked"),
        ];
        let total: usize = parts.iter().map(|(count, _)| count).sum();
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts.map(|(count, what)| format!("{count} {what}")).collect();
        let questions = if total == 1 { "question" } else { "questions" };
        let strays = match tally.strays {
            0 => String::new(),
            1 => " 1 message came that answers nothing still open.".to_owned(),
            strays => format!(" {strays} messages came that answer nothing still open."),
        };
        format!(
            "{total} {questions} to {server} in {:.2} s: {}.{strays}{}",
            tally.took.as_secs_f64(),
            parts.join(", "),
            ending(tally.ending).1
        )
    }
}
