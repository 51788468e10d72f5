//! Taking copies of zones into the estate's folder, each wholly or not at all.

use std::panic::resume_unwind;
use std::path::PathBuf;

use super::shelf::LARGEST;
use super::{copies, holders, path};
use crate::drive::{DriveError, Operation};
use crate::host::{HostError, files};
use crate::model::{
    ApartSet, DnsProvider, Id, SnapshotState, Zone, ZoneCopy, ZoneSnapshot, fully_qualified,
};
use crate::net::Deadline;
use crate::service::dns::{Ability, CopyError, ability};
use crate::wire::dns::{read_zone_file, write_zone_file};

/// What stands above every copy.
const LEFT_OUT: &str = "left out: what a signer makes (RRSIG, NSEC, NSEC3, NSEC3PARAM, ZONEMD); a new serial alone is no change";

/// Copies zones from the providers that hold them, or from some of these, and writes what has changed.
///
/// # Errors
/// [`DriveError::Host`] for a disk that takes no file. A provider that gives no copy is part of the report, and what
/// was copied from it before stays as it is.
pub async fn snapshot(
    operation: &Operation,
    zones: &[&Zone],
    from: &[Id],
    until: Deadline,
) -> Result<Vec<ZoneSnapshot>, DriveError> {
    let held = |zone| holders(operation, zone).into_iter().map(move |it| (zone, it));
    let all = zones.iter().copied().flat_map(held);
    let wanted: Vec<(&Zone, &DnsProvider)> =
        all.filter(|(_, it)| from.is_empty() || from.contains(&it.id)).collect();
    let files = wanted.iter().map(|(zone, provider)| {
        let file = operation.field.base.join(path(&zone.id, &provider.id));
        (file, zone.name.clone())
    });
    let files: Vec<(PathBuf, String)> = files.collect();
    // Whoever waits for the copies reads those that are there.
    let before = tokio::task::spawn_blocking(move || files.iter().map(Before::of).collect());
    let (found, before) = tokio::join!(copies(operation, &wanted, until), before);
    // It is not cancelled: it ended or panicked.
    let before: Vec<Before> = before.unwrap_or_else(|error| resume_unwind(error.into_panic()));
    let each = wanted.iter().zip(found).zip(before);
    let kept = each.map(|((held, copy), before)| Ok(keep(operation, *held, copy, &before)?));
    kept.collect()
}

/// What a file says before a copy is written into it.
enum Before {
    /// It is not there.
    Nothing,
    /// It is no copy, and is replaced.
    Unlike,
    /// A copy.
    Copy(ZoneCopy),
}

impl Before {
    fn of((file, zone): &(PathBuf, String)) -> Self {
        if !files::exists(file) {
            return Self::Nothing;
        }
        let text = files::read_text(file, LARGEST as u64).ok();
        let copy = text.and_then(|text| read_zone_file(zone, &text).ok());
        copy.map_or(Self::Unlike, Self::Copy)
    }

    /// Says what a copy is beside it.
    fn beside(&self, copy: &ZoneCopy) -> SnapshotState {
        match self {
            Self::Nothing => SnapshotState::New,
            Self::Copy(before) if before.differences(copy).is_empty() => SnapshotState::Same,
            Self::Copy(_) | Self::Unlike => SnapshotState::Changed,
        }
    }
}

/// Writes one copy, unless the file says the same already.
fn keep(
    operation: &Operation,
    (zone, provider): (&Zone, &DnsProvider),
    copy: Result<ZoneCopy, CopyError>,
    before: &Before,
) -> Result<ZoneSnapshot, HostError> {
    let mut told = ZoneSnapshot {
        zone: zone.id.clone(),
        provider: provider.id.clone(),
        state: SnapshotState::Same,
        path: None,
        sets: 0,
        apart: Vec::new(),
        because: lacks(provider).map(str::to_owned),
        hint: None,
    };
    let copy = match copy {
        Ok(copy) => copy,
        Err(error) => {
            let never = error.is_never();
            told.state = if never { SnapshotState::Never } else { SnapshotState::Unread };
            (told.because, told.hint) = (Some(error.to_string()), error.hint());
            return Ok(told);
        }
    };
    let path = path(&zone.id, &provider.id);
    let file = operation.field.base.join(&path);
    told.state = before.beside(&copy);
    told.sets = copy.sets.len();
    told.apart = apart(&copy);
    if told.state != SnapshotState::Same {
        let head = format!("{} as `{}` has it", fully_qualified(&zone.name), provider.id);
        let lacks = lacks(provider).map(|lacks| format!("not shown by it: {lacks}"));
        let mut notes = vec![head.as_str(), LEFT_OUT];
        notes.extend(lacks.as_deref());
        if let Some(folder) = file.parent() {
            files::create_directory(folder)?;
        }
        files::write_atomic(&file, write_zone_file(&copy, &notes).as_bytes())?;
    }
    told.path = Some(path);
    Ok(told)
}

fn apart(copy: &ZoneCopy) -> Vec<ApartSet> {
    let apart = copy.sets.iter().filter_map(|set| {
        let (name, kind) = (set.name.clone(), set.kind.to_string());
        set.apart.map(|apart| ApartSet { name, kind, apart })
    });
    apart.collect()
}

const fn lacks(provider: &DnsProvider) -> Option<&'static str> {
    match ability(provider.kind) {
        Ability::Without(what) => Some(what),
        Ability::Transfer | Ability::Whole | Ability::None(_) => None,
    }
}
