//! Where a command's words go: the terminal, or a drill responder's eyes.

use std::sync::{Arc, Mutex, PoisonError};

use super::Failure;
use crate::host::{Channel, Environment, Terminal, Wrote};
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
    pub fn data(&self, words: &str) -> Result<(), Failure> {
        self.write(Channel::Data, words)
    }

    /// Says something to the person: standard error. That nobody can be spoken to fails nothing.
    pub fn talk(&self, words: &str) {
        let _ = self.write(Channel::Talk, words);
    }

    fn write(&self, channel: Channel, words: &str) -> Result<(), Failure> {
        let words = if words.is_empty() || words.ends_with('\n') {
            words.to_owned()
        } else {
            format!("{words}\n")
        };
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
