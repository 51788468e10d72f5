//! What a journal says, read without the program's own code.

use serde_json::Value;
use std::fs;
use std::path::Path;

/// The whole lines of a journal: each event's kind and what it says.
pub struct Journal(Vec<(String, Value)>);

/// Where a change stands on its way in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nothing is under way.
    Open,
    /// An intent is written and its outcome is not.
    Doubted,
    /// It is known to have landed.
    Landed,
}

impl Journal {
    /// Reads a journal; a line that is torn, at its end, does not count.
    pub fn read(path: &Path) -> Journal {
        let bytes = fs::read(path).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        let event = |line: &str| {
            let record: Value = serde_json::from_str(line).unwrap();
            let (kind, body) = record["event"].as_object().unwrap().iter().next().unwrap();
            (kind.clone(), body.clone())
        };
        Journal(whole.map(event).collect())
    }

    /// Returns the events of a kind.
    pub fn of<'a>(&'a self, kind: &'a str) -> impl DoubleEndedIterator<Item = &'a Value> {
        self.0.iter().filter(move |(it, _)| it == kind).map(|(_, body)| body)
    }

    /// Tells whether the last event is of a kind.
    pub fn ends_with(&self, kind: &str) -> bool {
        self.0.last().is_some_and(|(it, _)| it == kind)
    }

    /// Returns where the change of a step stands in a direction.
    pub fn place(&self, step: &str, direction: &str) -> Place {
        let mut place = Place::Open;
        for (kind, body) in &self.0 {
            if body["step"] != step || body["direction"] != direction {
                continue;
            }
            place = match (kind.as_str(), body["end"].as_str()) {
                ("intended", _) => Place::Doubted,
                ("settled", Some("landed")) => Place::Landed,
                ("settled", _) => Place::Open,
                _ => place,
            };
        }
        place
    }

    /// Counts the intents to write at a step, in a direction.
    pub fn intents(&self, step: &str, direction: &str) -> usize {
        self.of("intended").filter(|it| it["step"] == step && it["direction"] == direction).count()
    }

    /// Tells whether a message was on its way when the journal ends.
    pub fn is_telling(&self) -> bool {
        self.of("telling").count() > self.of("told").count()
    }

    /// Returns how the run that was begun last came to rest, if it did.
    pub fn outcome(&self) -> Option<String> {
        let begun = self.0.iter().rposition(|(kind, _)| kind == "started").unwrap_or(0);
        let end = |(kind, body): &'_ (String, Value)| match kind.as_str() {
            "finished" => body["outcome"].as_str().map(str::to_owned),
            "held" => Some("held".to_owned()),
            _ => None,
        };
        self.0[begun..].iter().rev().find_map(end)
    }
}
