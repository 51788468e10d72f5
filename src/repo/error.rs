//! What keeps an operator's repository from being read.

use thiserror::Error;

use super::names::Flaw;
use crate::host::HostError;
use crate::model::Remote;

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
    /// The repository is not read at all.
    #[error("the git repository at `{path}` is not used: {why}")]
    Unusable {
        /// Where it lies.
        path: String,
        /// Why not.
        why: &'static str,
    },
    /// An object is not what it is named as.
    #[error("the object {object} of the git repository at `{path}` cannot be used: {why}")]
    Broken {
        /// Where the repository lies.
        path: String,
        /// The object's id.
        object: String,
        /// Why not.
        why: &'static str,
    },
    /// Nothing is named so.
    #[error("`{name}` names no commit")]
    NoCommit {
        /// What was named.
        name: Remote,
    },
    /// A commit holds an entry that may not be where it is.
    #[error("`{entry}` in commit {} is refused: {flaw}", short(commit))]
    Hostile {
        /// Its path, from the estate's folder.
        entry: Remote,
        /// The commit.
        commit: String,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// What a commit holds for us is more than anybody can mean.
    #[error("with `{path}`, one commit holds more than {most} bytes for Lifeboat")]
    TooMuch {
        /// The file that is one too many.
        path: String,
        /// The most that is read.
        most: usize,
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
            Self::Unusable { why, .. } if why.contains("alternates") => Some(
                "`git repack -a -d` takes them in; then remove `objects/info/alternates`".into(),
            ),
            Self::Unusable { why, .. } if why.contains("another user") => {
                Some("clone it as the user who runs Lifeboat".into())
            }
            Self::Unusable { .. } => Some("clone it anew, as a plain SHA-1 repository".into()),
            Self::Broken { path, .. } => Some(format!("`git -C {path} fsck` says what is wrong")),
            Self::NoCommit { .. } => {
                Some("name HEAD, HEAD~2, a branch, or at least seven digits of its id".into())
            }
            Self::Hostile { .. } => Some(
                "nothing of that commit is used: find out who made it, and take the entry out"
                    .into(),
            ),
            Self::TooLarge { .. } | Self::TooMany { .. } | Self::TooMuch { .. } => {
                Some("move what does not belong there out of the folder".into())
            }
            Self::NotText(_) => Some("save the file as UTF-8".into()),
            Self::Host(error) => error.hint(),
        }
    }
}

fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}
