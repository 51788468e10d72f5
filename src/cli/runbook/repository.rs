//! The operator's repository, for the commands that look into its history.

use crate::cli::{Desk, Exit, Failure, Global, office};
use crate::drive::own_lists;
use crate::model::{CodeSheets, Id, PinFile};
use crate::repo::{Committed, Kind, Lists, REVOKED, SIGNERS};

/// A repository at HEAD, and the operator's own lists beside it.
pub(super) struct Opened {
    pub committed: Committed,
    pub own: Option<Lists>,
    estate: String,
}

/// Opens the repository around the estate's folder.
///
/// # Errors
/// Exit 2 where the estate lies in no commit.
pub(super) fn open(desk: &Desk, global: &Global) -> Result<Opened, Failure> {
    let (_, base) = office::source(desk, &global.estate)?;
    let committed = Committed::at_head(&base)?.ok_or_else(|| {
        Failure::new(Exit::Usage, "the estate lies in no commit of a git repository").hint(
            "`git init`, `git add` and `git commit` it; the embedded runbooks have no history",
        )
    })?;
    let own = desk.environment.state_directory.as_deref().map(own_lists).transpose()?.flatten();
    let name = global.estate.file_name().unwrap_or_default();
    Ok(Opened { committed, own, estate: name.to_string_lossy().into_owned() })
}

impl Opened {
    /// Returns the path of a runbook; without a name, of everything that decides what live runs do.
    pub fn paths(&self, name: Option<&str>) -> Result<Vec<String>, Failure> {
        match name {
            Some(name) if Id::is_well_formed(name) => Ok(vec![format!("runbooks/{name}.yaml")]),
            Some(name) => Err(Failure::new(Exit::Usage, format!("`{name}` is no runbook's name"))),
            None => {
                let mut paths = vec![self.estate.clone()];
                paths.extend(Kind::ALL.map(|kind| kind.folder().to_owned()));
                let beside = [SIGNERS, REVOKED, PinFile::NAME, CodeSheets::NAME];
                paths.extend(beside.map(str::to_owned));
                Ok(paths)
            }
        }
    }
}
