//! Where a command's words go: the terminal, or a drill responder's eyes.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::Failure;
use crate::host::{Channel, Environment, Terminal, Wrote};
use crate::model::ScreenText;
use crate::render::Style;

/// What a command writes to; cheap to clone.
#[derive(Clone)]
pub struct Screen(Kind);

#[derive(Clone)]
enum Kind {
    Terminal(Terminal),
    Kept(Arc<Mutex<Kept>>),
}

/// What was written on a screen that keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Standard output.
    pub data: String,
    /// Standard error.
    pub talk: String,
}

impl Screen {
    /// Writes to the terminal.
    pub fn terminal(terminal: Terminal) -> Self {
        Self(Kind::Terminal(terminal))
    }

    /// Keeps everything.
    pub fn kept() -> Self {
        Self(Kind::Kept(Arc::default()))
    }

    /// Returns what was kept, and forgets it.
    pub fn take(&self) -> Kept {
        match &self.0 {
            Kind::Terminal(_) => Kept::default(),
            Kind::Kept(kept) => {
                std::mem::take(&mut *kept.lock().unwrap_or_else(PoisonError::into_inner))
            }
        }
    }

    /// Returns how a channel may be written on.
    pub fn style(&self, channel: Channel) -> Style {
        match &self.0 {
            Kind::Terminal(terminal) => Style {
                colour: terminal.colour(channel),
                width: terminal.width(channel),
                zone: terminal.shows(channel).then(Environment::zone),
                exercise: false,
            },
            Kind::Kept(_) => Style { width: Terminal::PAGE, ..Style::default() },
        }
    }

    /// Tells whether a channel may carry bars that redraw themselves.
    pub fn redraws(&self, channel: Channel) -> bool {
        match &self.0 {
            Kind::Terminal(terminal) => terminal.redraws(channel),
            Kind::Kept(_) => false,
        }
    }

    /// Writes data for programs and people: standard output.
    ///
    /// # Errors
    /// A full disk, for example. A listener that left is none.
    pub fn data<T: ?Sized>(&self, words: &T) -> Result<(), Failure>
    where
        for<'a> &'a T: Into<ScreenText>,
    {
        self.write(Channel::Data, words.into())
    }

    /// Writes a JSON document on one line to standard output.
    ///
    /// # Errors
    /// As [`Screen::data`].
    pub fn json(&self, document: &Value) -> Result<(), Failure> {
        self.data(&ScreenText::json(&document.to_string()))
    }

    /// Writes a document to standard output: to the byte, unless a terminal would draw it.
    ///
    /// # Errors
    /// As [`Screen::data`].
    pub fn copy(&self, document: &str) -> Result<(), Failure> {
        match &self.0 {
            Kind::Terminal(terminal) if !terminal.data => {
                let end = if document.is_empty() || document.ends_with('\n') { "" } else { "\n" };
                match terminal.copy(Channel::Data, &format!("{document}{end}"))? {
                    Wrote::Done | Wrote::Gone => Ok(()),
                }
            }
            Kind::Terminal(_) | Kind::Kept(_) => self.data(document),
        }
    }

    /// Says something to the person: standard error. That nobody can be spoken to fails nothing.
    pub fn talk<T: ?Sized>(&self, words: &T)
    where
        for<'a> &'a T: Into<ScreenText>,
    {
        let _ = self.write(Channel::Talk, words.into());
    }

    fn write(&self, channel: Channel, words: ScreenText) -> Result<(), Failure> {
        let words = words.ended();
        match &self.0 {
            Kind::Terminal(terminal) => match terminal.write(channel, &words)? {
                Wrote::Done | Wrote::Gone => Ok(()),
            },
            Kind::Kept(kept) => {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                match channel {
                    Channel::Data => kept.data.push_str(&words),
                    Channel::Talk => kept.talk.push_str(&words),
                }
                Ok(())
            }
        }
    }
}
