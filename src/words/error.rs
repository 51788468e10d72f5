//! Why no text came out.

use thiserror::Error;

use crate::model::Remote;

/// Why no text came out.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WordsError {
    /// No template has that name.
    #[error("no template `{}`", Remote::spelt(.0))]
    NoTemplate(String),
    /// A template is not written as templates are.
    #[error("{template}:{line}:{column}: {}", Remote::spelt(message))]
    Malformed {
        /// Which, with its ending.
        template: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// Templates do not fit together.
    #[error("{}", Remote::spelt(.0))]
    Unfit(String),
    /// A template names a value that is not there, or does with it what cannot be done.
    #[error("{template}:{line}:{column}: {}", Remote::spelt(message))]
    Missing {
        /// Which, with its ending.
        template: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What is missing.
        message: String,
    },
    /// The text grew too long.
    #[error("{template}:{line}:{column}: from here the text grows longer than {cap} bytes", cap = super::library::OUTPUT)]
    TooLong {
        /// Which, with its ending.
        template: String,
        /// From 1: of the loop that was gone round last, else of the beginning.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// The template went round too often.
    #[error("{template}:{line}:{column}: this is more work than a text may take")]
    TooMuchWork {
        /// Which, with its ending.
        template: String,
        /// From 1: of the loop that was gone round last, else of the beginning.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// The view does not say whether it is a drill, so nobody could tell a rehearsal from the real thing.
    #[error("the view for `{0}` does not say whether it is an exercise")]
    NoExercise(String),
    /// The view cannot be written down.
    #[error("the view for `{template}` cannot be written down: {message}")]
    View {
        /// For which template.
        template: String,
        /// Why.
        message: String,
    },
}

impl WordsError {
    /// Says what to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::NoTemplate(name) => format!("write `templates/{name}`, or name another template"),
            Self::Malformed { .. } => {
                "templates know values, `if`, `for`, `include` and a few filters".into()
            }
            Self::Unfit(_) => "correct the template that is named".into(),
            Self::Missing { .. } => "put `{% if ... %}` around what may be absent".into(),
            Self::TooLong { .. } | Self::TooMuchWork { .. } => {
                "shorten the template's loops".into()
            }
            Self::NoExercise(_) | Self::View { .. } => "this is a mistake in Lifeboat".into(),
        }
    }
}
