//! What keeps an operator's repository from being read.

use thiserror::Error;

use crate::host::HostError;

/// Why a repository cannot be read.
#[derive(Debug, Error)]
pub enum RepoError {
    /// The git repository is broken, or belongs to somebody else.
    #[error("the git repository at `{path}` cannot be read: {source}")]
    Git {
        /// Where it lies.
        path: String,
        /// What libgit2 says.
        source: git2::Error,
    },
    /// A file of the repository is larger than a document may be.
    #[error("`{path}` has {size} bytes; a document has at most {most}")]
    TooLarge {
        /// Which file.
        path: String,
        /// Its size.
        size: usize,
        /// The most that is read.
        most: usize,
    },
    /// A folder of the repository holds more files than anybody can mean.
    #[error("`{path}` holds more than {most} files")]
    TooMany {
        /// Which folder.
        path: String,
        /// The most that is read.
        most: usize,
    },
    /// A file that is no text.
    #[error("`{0}` is no UTF-8 text")]
    NotText(String),
    /// The working tree cannot be read.
    #[error(transparent)]
    Host(#[from] HostError),
}

impl RepoError {
    /// Says what to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Git { path, .. } => Some(format!("`git -C {path} fsck` says what is wrong")),
            Self::TooLarge { .. } | Self::TooMany { .. } => {
                Some("move what does not belong there out of the folder".into())
            }
            Self::NotText(_) => Some("save the file as UTF-8".into()),
            Self::Host(error) => error.hint(),
        }
    }
}
