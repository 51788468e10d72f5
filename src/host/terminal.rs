//! What people look at: whether it is a terminal, how wide, in colour or not; and writing to it.

use std::io::{self, IsTerminal, Write};

use dialoguer::console::Term;
use nix::errno::Errno;

use super::{Environment, HostError};
use crate::model::ScreenText;

/// Where words go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Standard output: what a program may read.
    Data,
    /// Standard error: what is said to a person.
    Talk,
}

/// What became of written words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Wrote {
    /// They arrived.
    Done,
    /// Nobody listens any more: a closed pipe or a lost terminal. Further words may be skipped.
    Gone,
}

/// The three standard streams, as they were at the start.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Whether standard input is a terminal.
    pub input: bool,
    /// Whether standard output is a terminal.
    pub data: bool,
    /// Whether standard error is a terminal.
    pub talk: bool,
    /// Whether it can do nothing but print lines.
    pub dumb: bool,
    no_color: bool,
    columns: Option<usize>,
}

impl Terminal {
    /// The width of a page when there is no terminal to ask.
    pub const PAGE: usize = 100;

    /// Looks at the standard streams.
    pub fn look(environment: &Environment) -> Self {
        Self {
            input: io::stdin().is_terminal(),
            data: io::stdout().is_terminal(),
            talk: io::stderr().is_terminal(),
            dumb: environment.dumb,
            no_color: environment.no_color,
            columns: environment.columns,
        }
    }

    /// Tells whether a channel is a terminal.
    pub fn shows(&self, channel: Channel) -> bool {
        match channel {
            Channel::Data => self.data,
            Channel::Talk => self.talk,
        }
    }

    /// Tells whether a channel may carry colour.
    pub fn colour(&self, channel: Channel) -> bool {
        self.shows(channel) && !self.no_color && !self.dumb
    }

    /// Tells whether a channel may carry bars that redraw themselves.
    pub fn redraws(&self, channel: Channel) -> bool {
        self.shows(channel) && !self.dumb
    }

    /// Returns a channel's width in characters; what is no terminal has [`Terminal::PAGE`].
    pub fn width(&self, channel: Channel) -> usize {
        if !self.shows(channel) {
            return Self::PAGE;
        }
        let term = match channel {
            Channel::Data => Term::stdout(),
            Channel::Talk => Term::stderr(),
        };
        let measured = term.size_checked().map(|(_, columns)| usize::from(columns));
        self.columns.or(measured.filter(|columns| *columns > 0)).unwrap_or(80)
    }

    /// Writes words and flushes them.
    ///
    /// # Errors
    /// [`HostError::Terminal`], for example on a full disk; a listener that left is [`Wrote::Gone`].
    pub fn write(&self, channel: Channel, words: &ScreenText) -> Result<Wrote, HostError> {
        self.put(channel, words)
    }

    /// Writes a document to the byte where a file or a program takes it, and spelt out where a terminal would.
    ///
    /// # Errors
    /// As [`Terminal::write`].
    pub fn copy(&self, channel: Channel, document: &str) -> Result<Wrote, HostError> {
        if self.shows(channel) {
            return self.write(channel, &ScreenText::new(document));
        }
        self.put(channel, document)
    }

    /// Says what a panic of this program says, which may quote anybody, as everything else is said.
    pub fn say_panics(self) {
        std::panic::set_hook(Box::new(move |panic| {
            let words = ScreenText::new(&format!("lifeboat: internal error: {panic}")).ended();
            // There is nobody left to tell that it could not be told.
            let _ = self.write(Channel::Talk, &words);
        }));
    }

    fn put(&self, channel: Channel, words: &str) -> Result<Wrote, HostError> {
        match channel {
            Channel::Data => written(put(&mut io::stdout().lock(), words)),
            Channel::Talk => written(put(&mut io::stderr().lock(), words)),
        }
    }
}

fn put(stream: &mut dyn Write, words: &str) -> io::Result<()> {
    stream.write_all(words.as_bytes())?;
    stream.flush()
}

/// Tells a listener that left from a failure.
fn written(result: io::Result<()>) -> Result<Wrote, HostError> {
    match result {
        Ok(()) => Ok(Wrote::Done),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Wrote::Gone),
        Err(error) if error.raw_os_error() == Some(Errno::EIO as i32) => Ok(Wrote::Gone),
        Err(error) => Err(HostError::Terminal(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_that_left_is_no_error_and_a_full_disk_is_one() {
        let broken = written(Err(io::ErrorKind::BrokenPipe.into()));
        assert_eq!(broken.expect("is no error"), Wrote::Gone);
        let lost = written(Err(io::Error::from_raw_os_error(Errno::EIO as i32)));
        assert_eq!(lost.expect("is no error"), Wrote::Gone);
        assert!(written(Err(io::ErrorKind::StorageFull.into())).is_err());
    }

    #[test]
    fn colour_needs_a_terminal_that_is_neither_dumb_nor_told_not_to() {
        let real = Terminal {
            input: true,
            data: true,
            talk: false,
            dumb: false,
            no_color: false,
            columns: Some(40),
        };
        assert!(real.colour(Channel::Data) && !real.colour(Channel::Talk));
        assert!(!Terminal { dumb: true, ..real }.colour(Channel::Data));
        assert!(!Terminal { no_color: true, ..real }.colour(Channel::Data));
        assert!(Terminal { no_color: true, ..real }.redraws(Channel::Data));
        assert_eq!(real.width(Channel::Data), 40);
        assert_eq!(real.width(Channel::Talk), Terminal::PAGE);
    }
}
