//! The copies of zones that the commit at HEAD holds.

use thiserror::Error;

use super::path;
use crate::drive::Operation;
use crate::model::{Id, Mode, Zone, ZoneCopy, ZoneReference};
use crate::probe::Against;
use crate::repo::{Committed, RepoError};
use crate::service::dns::Wholes;
use crate::wire::dns::{ZoneFileFault, read_zone_file};

/// The largest copy that is read, in bytes.
pub const LARGEST: usize = 16 << 20;

/// The committed copies of one operation: none in a drill, and none of an estate that came by itself.
pub struct Snapshots(Option<Committed>);

/// Why a committed copy cannot be read.
#[derive(Debug, Error)]
pub enum SnapshotsError {
    /// The repository cannot be read.
    #[error(transparent)]
    Repo(#[from] RepoError),
    /// It is no zone file.
    #[error("`{path}`, as committed, {fault}; {}", fault.hint())]
    Fault {
        /// The file, from the estate's folder.
        path: String,
        /// Its first mistake.
        fault: ZoneFileFault,
    },
}

impl Snapshots {
    /// Opens the commit at HEAD around the estate's folder.
    ///
    /// # Errors
    /// [`SnapshotsError::Repo`].
    pub fn open(operation: &Operation) -> Result<Self, SnapshotsError> {
        if operation.mode == Mode::Drill || !operation.has_folder {
            return Ok(Self(None));
        }
        Ok(Self(Committed::at_head(&operation.field.base)?))
    }

    /// Returns the commit that copies are read from.
    pub fn commit(&self) -> Option<String> {
        self.0.as_ref().map(Committed::id)
    }

    /// Returns the committed copy of a provider's zone; nothing where the commit has none.
    ///
    /// # Errors
    /// Every [`SnapshotsError`].
    pub fn copy(&self, zone: &Zone, provider: &Id) -> Result<Option<ZoneCopy>, SnapshotsError> {
        self.file(zone, provider)?.map(|file| file.read(&zone.name)).transpose()
    }

    fn file(&self, zone: &Zone, provider: &Id) -> Result<Option<File>, SnapshotsError> {
        let Some(committed) = &self.0 else { return Ok(None) };
        let path = path(&zone.id, provider);
        let text = committed.large_text(&path, LARGEST)?;
        Ok(text.map(|text| File { path, text }))
    }

    /// Returns what git says of a zone: the copy of the first provider that serves it and has one.
    ///
    /// # Errors
    /// Every [`SnapshotsError`].
    pub fn reference(&self, zone: &Zone) -> Result<Option<(Id, ZoneCopy)>, SnapshotsError> {
        let first = self.first(zone)?;
        first.map(|(provider, file)| Ok((provider, file.read(&zone.name)?))).transpose()
    }

    fn first(&self, zone: &Zone) -> Result<Option<(Id, File)>, SnapshotsError> {
        for provider in &zone.delegated_to {
            if let Some(file) = self.file(zone, provider)? {
                return Ok(Some((provider.clone(), file)));
            }
        }
        Ok(None)
    }
}

/// A committed copy that is not read yet.
struct File {
    path: String,
    text: String,
}

impl File {
    fn read(self, zone: &str) -> Result<ZoneCopy, SnapshotsError> {
        let Self { path, text } = self;
        read_zone_file(zone, &text).map_err(|fault| SnapshotsError::Fault { path, fault })
    }
}

/// Returns what git has of each zone of which it has anything, with nothing read yet of what services hold; a copy that
/// cannot be read is one that nobody knows.
pub fn against(operation: &Operation) -> Against {
    let snapshots = Snapshots::open(operation).map_err(|error| error.to_string());
    let of_zone = |zone: &Zone| {
        let found = match &snapshots {
            Ok(snapshots) => {
                snapshots.first(zone).map_err(|error| error.to_string()).transpose()?
            }
            Err(because) => Err(because.clone()),
        };
        let name = zone.name.clone();
        Some(match found {
            Ok((provider, file)) => ZoneReference::new(zone.id.clone(), provider, move || {
                file.read(&name).map_err(|error| error.to_string())
            }),
            Err(because) => {
                let first = zone.delegated_to.first().cloned().unwrap_or_default();
                ZoneReference::new(zone.id.clone(), first, move || Err(because))
            }
        })
    };
    let references = operation.estate.zones.iter().filter_map(of_zone).collect();
    Against { references, wholes: Wholes::default() }
}
