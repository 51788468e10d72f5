//! Exit codes: DESIGN §5's table, which other programs rely on.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Done; healthy.
    Done = 0,
    /// Something inside this program failed.
    Internal = 1,
    /// The command was used wrongly.
    Usage = 2,
    /// A document is invalid.
    Invalid = 3,
    /// The answer is no: a fault, not ready, a test or drill that failed.
    No = 4,
    /// An approval is missing, stale, spent or refused, or nobody could be asked.
    Approval = 5,
    /// Refused before any write.
    Refused = 6,
    /// A change failed and the world is as it was.
    AsBefore = 7,
    /// A person must decide.
    Decide = 8,
    /// Waiting; `resume` continues.
    Waiting = 9,
    /// Nobody can tell.
    CannotTell = 10,
    /// Someone else holds the lock.
    Locked = 11,
    /// Stopped by the operator; `resume` continues.
    Stopped = 12,
}

impl Exit {
    /// Returns the number.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
