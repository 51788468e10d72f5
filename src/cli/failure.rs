//! Why a command ended, in words, with its exit code and the next thing to do.

use serde_json::json;

use super::{Exit, Screen};
use crate::document::Faults;
use crate::drive::DriveError;
use crate::drive::carried::CarriedError;
use crate::drive::zones::SnapshotsError;
use crate::engine::NotApproved;
use crate::host::{Environment, HostError};
use crate::journal::Illegal;
use crate::model::Remote;
use crate::plan::Standing;
use crate::repo::{FetchError, RepoError, SharedError};
use crate::store::StoreError;
use crate::words::WordsError;

/// What ended a command.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}

impl Failure {
    /// Makes a failure.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says it on the screen and returns the exit code.
    pub fn tell(&self, screen: &Screen, json: bool) -> Exit {
        let hint = self.hint.as_ref().map(|hint| format!("\n  do: {hint}")).unwrap_or_default();
        screen.talk(&in_one_line_each(format!("lifeboat: {}{hint}", self.message)));
        if json {
            let document = json!({
                "schema": "lifeboat.error/v1",
                "exit": self.exit.code(),
                "error": self.message,
                "hint": self.hint,
            });
            let _ = screen.json(&document);
        }
        self.exit
    }
}

impl From<HostError> for Failure {
    fn from(error: HostError) -> Self {
        let exit = match &error {
            HostError::NoTerminal | HostError::Interrupted => Exit::Approval,
            HostError::Hangup => Exit::Stopped,
            HostError::File { .. } if error.is_absent() => Exit::Usage,
            HostError::TooLarge { .. } | HostError::NotText { .. } => Exit::Invalid,
            HostError::Held { .. } => Exit::Locked,
            HostError::SecretReadable { .. }
            | HostError::NoSecret { .. }
            | HostError::Withheld { .. }
            | HostError::Refused { .. } => Exit::Refused,
            HostError::File { .. }
            | HostError::Process { .. }
            | HostError::Failed { .. }
            | HostError::Overdue { .. }
            | HostError::Terminal(_)
            | HostError::Random(_)
            | HostError::Signals(_) => Exit::Internal,
        };
        Self { exit, message: error.to_string(), hint: error.hint() }
    }
}

/// Returns the exit code of a refusal.
fn of_standing(standing: Standing) -> Exit {
    match standing {
        Standing::Usage => Exit::Usage,
        Standing::Document => Exit::Invalid,
        Standing::Refused => Exit::Refused,
    }
}

impl From<DriveError> for Failure {
    fn from(error: DriveError) -> Self {
        let hint = error.hint();
        let exit = match error {
            DriveError::Document(faults) => return faults.into(),
            DriveError::Repo(error) => return error.into(),
            DriveError::Store(error) => return error.into(),
            DriveError::Host(error) => return error.into(),
            DriveError::Words(error) => return error.into(),
            DriveError::Shared(SharedError::NoPlace { .. }) => Exit::Invalid,
            DriveError::Shared(SharedError::Unreachable { .. } | SharedError::Lost) => Exit::Locked,
            DriveError::Refused(ref refusal) => of_standing(refusal.standing()),
            DriveError::Uncommitted { .. }
            | DriveError::Distrusted(_)
            | DriveError::Loose { .. }
            | DriveError::Rebound(_)
            | DriveError::SeenMeanwhile
            | DriveError::Incomparable { .. }
            | DriveError::ObserverFault => Exit::Refused,
            DriveError::NoSigners { .. }
            | DriveError::Uncounted { .. }
            | DriveError::Agent { .. } => Exit::Approval,
            DriveError::AsTable { .. }
            | DriveError::Revoked { .. }
            | DriveError::Foreign { .. }
            | DriveError::OtherForm { .. }
            | DriveError::Contradicted { .. } => Exit::Invalid,
            DriveError::NoRunbook { .. }
            | DriveError::SeveralSubjects { .. }
            | DriveError::NoStateDirectory => Exit::Usage,
        };
        Self { exit, message: error.to_string(), hint }
    }
}

impl From<CarriedError> for Failure {
    fn from(error: CarriedError) -> Self {
        let exit = match &error {
            CarriedError::NoRemote | CarriedError::Drill | CarriedError::NoDigest(_) => Exit::Usage,
            CarriedError::Shared(SharedError::NoPlace { .. }) => Exit::Invalid,
            CarriedError::Shared(SharedError::Unreachable { .. }) => Exit::CannotTell,
            CarriedError::Shared(SharedError::Lost) | CarriedError::Busy { .. } => Exit::Locked,
            CarriedError::Nothing { .. } => Exit::Approval,
            CarriedError::Refused { .. } | CarriedError::NoRoom { .. } => Exit::Refused,
        };
        Self { exit, message: error.to_string(), hint: error.hint() }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = match error {
            StoreError::Host(error) => return error.into(),
            StoreError::NotDurable(_) => Exit::Internal,
            StoreError::Broken { .. }
            | StoreError::NotUnderstood { .. }
            | StoreError::Malformed { .. } => Exit::Invalid,
            StoreError::NoIncident(_)
            | StoreError::NoneOpen
            | StoreError::SeveralOpen(_)
            | StoreError::NobodyRuns(_)
            | StoreError::NoPlan(_)
            | StoreError::SeveralPlans { .. } => Exit::Usage,
            StoreError::InUse(_) => Exit::Refused,
            StoreError::Busy(_) | StoreError::Superseded(_) => Exit::Locked,
        };
        Self { exit, message: error.to_string(), hint: error.hint() }
    }
}

impl From<NotApproved> for Failure {
    fn from(error: NotApproved) -> Self {
        let exit = match error {
            NotApproved::Missing { .. } | NotApproved::NoPolicy => Exit::Approval,
            NotApproved::Foreign(_)
            | NotApproved::Closed
            | NotApproved::Stale(_)
            | NotApproved::UnderWay(_)
            | NotApproved::NothingToUndo
            | NotApproved::Rival(_) => Exit::Refused,
            NotApproved::NothingOpen => Exit::Usage,
            NotApproved::Illegal(_) => Exit::Invalid,
        };
        Self { exit, message: error.to_string(), hint: Some(error.hint().to_owned()) }
    }
}

impl From<Illegal> for Failure {
    fn from(error: Illegal) -> Self {
        Self {
            exit: Exit::Invalid,
            message: error.to_string(),
            hint: Some(error.hint().to_owned()),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::new(Exit::Internal, format!("a document has no JSON form: {error}"))
    }
}

impl From<WordsError> for Failure {
    fn from(error: WordsError) -> Self {
        Self { exit: Exit::Invalid, message: error.to_string(), hint: Some(error.hint()) }
    }
}

impl From<RepoError> for Failure {
    fn from(error: RepoError) -> Self {
        Self { exit: Exit::Invalid, message: error.to_string(), hint: error.hint() }
    }
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        let exit = match &error {
            FetchError::NoPlace { .. } | FetchError::NoBranch => Exit::Usage,
            FetchError::NotThere { .. } | FetchError::Net { .. } | FetchError::Answer { .. } => {
                Exit::CannotTell
            }
            FetchError::Pack { .. } | FetchError::InTheWay(_) => Exit::Refused,
            FetchError::Repo(_) => Exit::Invalid,
        };
        Self { exit, message: error.to_string(), hint: error.hint() }
    }
}

impl From<SnapshotsError> for Failure {
    fn from(error: SnapshotsError) -> Self {
        match error {
            SnapshotsError::Repo(error) => error.into(),
            SnapshotsError::Fault { .. } => Self::new(Exit::Invalid, error.to_string()),
        }
    }
}

impl From<Faults> for Failure {
    fn from(faults: Faults) -> Self {
        let hint = Some("mend the document; `lifeboat lint` checks it again".to_owned());
        Self { exit: Exit::Invalid, message: faults.to_string(), hint }
    }
}

/// Spells out what was typed where a failure quotes it, so that no word of the command line makes lines of its own.
fn in_one_line_each(text: String) -> String {
    let typed = Environment::arguments().into_iter().filter_map(|word| word.into_string().ok());
    let lines = typed.filter(|word| word.contains('\n'));
    lines.fold(text, |text, word| text.replace(&word, &Remote::spelt(&word)))
}
