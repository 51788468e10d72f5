//! What is wrong with a document, and where.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::model::Remote;

use super::node::Node;
use super::source::{Place, Source};

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Which kind of mistake.
    pub kind: FaultKind,
    /// The document's path.
    pub path: String,
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1, in characters.
    pub column: u32,
    /// Where in the document, for example `zones[0].registrar`; empty for the whole.
    pub at: String,
    /// What is wrong.
    pub found: String,
    /// What may stand there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The name that was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hint: String,
    #[serde(skip)]
    pub(super) text: Arc<str>,
    #[serde(skip)]
    pub(super) place: Place,
}

/// The kinds of mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The text is no YAML, or YAML of a sort that is not read.
    Syntax,
    /// A key stands twice.
    DuplicateKey,
    /// A key that nothing reads.
    UnknownKey,
    /// A key that must be there.
    MissingKey,
    /// Text in place of a list, and the like.
    WrongType,
    /// A word or a text that may not stand there.
    WrongValue,
    /// A number that is too small or too large.
    OutOfRange,
    /// A name that nothing has.
    UnknownReference,
    /// An id that two have.
    DuplicateId,
    /// A fact that the catalogue does not hold.
    UnknownFact,
    /// Things that do not go together.
    Contradiction,
}

impl Fault {
    pub(super) fn new(source: &Source, kind: FaultKind, place: Place, found: String) -> Self {
        let Place { line, column, .. } = place;
        let (path, text) = (source.path.clone(), Arc::clone(&source.text));
        let (at, hint) = (String::new(), String::new());
        Self {
            kind,
            path,
            line,
            column,
            at,
            found,
            expected: None,
            nearest: None,
            hint,
            text,
            place,
        }
    }

    /// Says what may stand there.
    pub(super) fn expected(&mut self, expected: impl Into<String>) -> &mut Self {
        self.expected = Some(expected.into());
        self
    }

    /// Names what was probably meant.
    pub(super) fn nearest(&mut self, nearest: Option<&str>) -> &mut Self {
        self.nearest = nearest.map(str::to_owned);
        self
    }

    /// Says what to do.
    pub(super) fn hint(&mut self, hint: impl Into<String>) -> &mut Self {
        self.hint = hint.into();
        self
    }
}

/// Returns a document's own text as messages quote it: escaped, and cut when it is long.
pub(super) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(QUOTED).collect();
    let more = if short.len() < text.len() { "..." } else { "" };
    format!("`{}{more}`", Remote::new(short))
}

/// So many characters of a text are quoted.
pub(super) const QUOTED: usize = 60;

/// Every mistake that was found, in the order of the documents. May be empty where [`super::lint`] returns it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// Tells whether nothing is wrong.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns how many there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns what `lint --json` prints.
    pub fn report(&self) -> LintReport<'_> {
        LintReport { schema: "lifeboat.lint/v1", clean: self.is_empty(), faults: &self.0 }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Faults {}

/// What `lint --json` prints.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LintReport<'a> {
    /// Always `lifeboat.lint/v1`.
    pub schema: &'static str,
    /// True when nothing is wrong.
    pub clean: bool,
    /// Every mistake.
    pub faults: &'a [Fault],
}

/// Collects the mistakes of one document.
#[derive(Clone, Debug)]
pub(super) struct Report<'a> {
    /// The document.
    pub source: &'a Source,
    /// What was found so far.
    pub faults: Vec<Fault>,
    /// Keys that a misspelt key probably stands for, with the start of their map.
    suspected: Vec<(usize, String)>,
}

/// So many mistakes of one document are kept; a hostile one has no end of them.
const MOST: usize = 1_000;

/// Stands for every key of a map; no key is written so.
const EVERY_KEY: &str = "<<";

impl<'a> Report<'a> {
    /// Begins with nothing found.
    pub const fn new(source: &'a Source) -> Self {
        Self { source, faults: Vec::new(), suspected: Vec::new() }
    }

    /// Adds a mistake; what it returns takes the rest of the words.
    pub fn add(&mut self, kind: FaultKind, place: Place, found: impl Into<String>) -> &mut Fault {
        if self.is_full() {
            self.faults.truncate(MOST - 1);
        }
        self.faults.push(Fault::new(self.source, kind, place, found.into()));
        let last = self.faults.len() - 1;
        &mut self.faults[last]
    }

    /// Tells whether so much is wrong that nobody reads on.
    pub const fn is_full(&self) -> bool {
        self.faults.len() >= MOST
    }

    /// Remembers that the keys of a map cannot be told, so that none is missed.
    pub fn suspect_all(&mut self, map: Place) {
        self.suspected.push((map.start, EVERY_KEY.to_owned()));
    }

    /// Remembers that a misspelt key of a map probably stands for this one.
    pub fn suspect(&mut self, map: &Node, key: &str) {
        self.suspected.push((map.at.start, key.to_owned()));
    }

    /// Tells whether a misspelt key of a map probably stands for this one, so that it is not missed twice.
    pub fn is_suspected(&self, map: &Node, key: &str) -> bool {
        let named = |name: &str| name == key || name == EVERY_KEY;
        self.suspected.iter().any(|(start, name)| *start == map.at.start && named(name))
    }

    /// Puts the mistakes into the order of the document, with their paths.
    pub fn finish(mut self, root: Option<&Node>) -> Vec<Fault> {
        for fault in &mut self.faults {
            fault.at = root.map_or_else(String::new, |root| root.path_to(fault.place));
        }
        self.faults.sort_by_key(|fault| (fault.line, fault.column));
        self.faults.dedup();
        self.faults
    }
}
