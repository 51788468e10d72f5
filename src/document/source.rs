//! A document's text with the path that messages name it by.

use std::sync::Arc;

/// One document before it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The path, as messages show it.
    pub path: String,
    /// The text.
    pub text: Arc<str>,
}

impl Source {
    /// The path of what came by standard input, which lies in no folder.
    pub const STANDARD_INPUT: &str = "standard input";

    /// Makes a source of its path and text.
    pub fn new(path: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        Self { path: path.into(), text: text.into() }
    }
}

/// Where something stands in a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// First byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1, in characters.
    pub column: u32,
}

impl Place {
    /// Returns the place of the very beginning.
    pub const fn beginning() -> Self {
        Self { start: 0, end: 0, line: 1, column: 1 }
    }

    /// Tells whether another place lies inside this one.
    pub const fn holds(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}
