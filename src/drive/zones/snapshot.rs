//! Taking copies of zones into the estate's folder, each wholly or not at all.

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
    let found = copies(operation, &wanted, until).await;
    let each = wanted.iter().zip(found);
    each.map(|((zone, provider), copy)| Ok(keep(operation, zone, provider, copy)?)).collect()
}

/// Writes one copy, unless the file says the same already.
fn keep(
    operation: &Operation,
    zone: &Zone,
    provider: &DnsProvider,
    copy: Result<ZoneCopy, CopyError>,
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
    told.state = state(&file, zone, &copy);
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

/// Says what a copy is beside the file that is there. One that cannot be read is no copy, and is replaced.
fn state(file: &std::path::Path, zone: &Zone, copy: &ZoneCopy) -> SnapshotState {
    if !files::exists(file) {
        return SnapshotState::New;
    }
    let text = files::read_text(file, LARGEST as u64).ok();
    let before = text.and_then(|text| read_zone_file(&zone.name, &text).ok());
    match before {
        Some(before) if before.differences(copy).is_empty() => SnapshotState::Same,
        Some(_) | None => SnapshotState::Changed,
    }
}

fn apart(copy: &ZoneCopy) -> Vec<ApartSet> {
    let apart = copy.sets.iter().filter_map(|set| {
        let (name, kind) = (set.name.clone(), set.kind.clone());
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
