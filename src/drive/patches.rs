//! Patches for the source of whoever else writes a zone: what an incident changed and left, so that it is not put back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{DriveError, Operation, plans};
use crate::document::{Source, octodns_edited, octodns_sets};
use crate::host::files;
use crate::journal::{Left, Written, left};
use crate::model::{
    Ask, ManagedBy, Mode, PatchForm, Reference, RrKey, Rrset, SourceSet, Value, Zone, ZonePatch,
};
use crate::plan::Digest;
use crate::repo;
use crate::store::{Incident, StoreError};
use crate::wire::dns::octodns_value;

/// The tool whose source is known.
const OCTODNS: &str = "octodns";

/// The folder of an incident that patches are kept in.
const FOLDER: &str = "patches";

/// Returns the patch of each zone of which the incident left something otherwise than it was.
///
/// # Errors
/// What the disk said of the incident; a source that cannot be edited is said in the patch.
pub fn of(
    operation: &Operation,
    incident: &Incident,
    zones: &[&Zone],
) -> Result<Vec<ZonePatch>, DriveError> {
    let plans: BTreeMap<String, _> =
        plans::all(incident)?.into_iter().map(|plan| (Digest::of(&plan).hex(), plan)).collect();
    let Left { written, in_doubt } = left(&incident.records()?, &plans);
    let doubt = |key: &RrKey| format!("{} {}: nobody knows what is there", key.name, key.kind);
    let one = |zone: &&Zone| {
        let own =
            written.iter().filter(|one| one.object == zone.id && !same(&one.first, &one.after));
        let mut patch = patch(operation, zone, &own.collect::<Vec<_>>());
        let doubtful = in_doubt.iter().filter(|(object, _)| *object == zone.id);
        patch.left_out.extend(doubtful.map(|(_, key)| doubt(key)));
        patch
    };
    let mut all: Vec<ZonePatch> = zones.iter().map(one).collect();
    all.retain(|patch| !patch.text.is_empty() || !patch.left_out.is_empty());
    Ok(all)
}

/// Keeps a patch in the incident's folder, for a person who is asked to merge it.
///
/// # Errors
/// What the disk said.
pub fn keep(incident: &Incident, patch: &ZonePatch) -> Result<PathBuf, StoreError> {
    let folder = incident.folder().join(FOLDER);
    files::create_directory(&folder)?;
    let path = folder.join(format!("{}.patch", patch.zone));
    files::write_atomic(&path, patch.text.as_bytes())?;
    Ok(path)
}

/// Returns a question with what a person finds where it names a patch: the file, which is written now.
pub(super) fn named(operation: &Operation, incident: &Incident, ask: &Ask) -> Ask {
    let Some(Reference(zone)) = &ask.patch else { return ask.clone() };
    let zones: Vec<&Zone> =
        operation.estate.zones.iter().filter(|it| it.id == *zone.as_str()).collect();
    let by_hand = |error: String| format!("{error}; `lifeboat zone patch {zone}` prints it");
    let said = match of(operation, incident, &zones) {
        Err(error) => by_hand(error.to_string()),
        Ok(all) => match all.first() {
            None => "nothing is to be merged".to_owned(),
            Some(patch) => {
                let kept = keep(incident, patch);
                let path = kept.map_or_else(
                    |error| by_hand(error.to_string()),
                    |path| path.display().to_string(),
                );
                [&[path][..], &patch.left_out].concat().join("; not in it: ")
            }
        },
    };
    Ask { patch: Some(Reference(said)), ..ask.clone() }
}

/// Whether two record sets are one to the world.
fn same(one: &Rrset, other: &Rrset) -> bool {
    let plain = |set: &Rrset| Value::Rrsets(vec![Rrset { comments: Vec::new(), ..set.clone() }]);
    plain(one).same_as(&plain(other))
}

fn patch(operation: &Operation, zone: &Zone, written: &[&Written]) -> ZonePatch {
    let managed = zone.managed_by.as_ref();
    let tool = managed.map(|it| it.tool.clone());
    let mut left_out = Vec::new();
    let mut by_zone: BTreeMap<&str, Vec<&Written>> = BTreeMap::new();
    for one in written {
        by_zone.entry(&one.zone).or_default().push(one);
    }
    let (mut text, mut form) = (String::new(), PatchForm::Lines);
    for (name, written) in by_zone {
        match managed.filter(|it| it.tool == OCTODNS) {
            None => text.push_str(&lines(name, &written)),
            Some(managed) => {
                let sets = in_its_words(name, &written, &mut left_out);
                let (as_what, piece) = octodns(operation, managed, name, &sets, &mut left_out);
                form = as_what;
                text.push_str(&piece);
            }
        }
    }
    ZonePatch { zone: zone.id.clone(), tool, form, text, left_out }
}

/// Words record sets as octoDNS does; what it has no words for, and what two services have otherwise, is left out.
fn in_its_words(zone: &str, written: &[&Written], left_out: &mut Vec<String>) -> Vec<SourceSet> {
    let mut sets: Vec<(&Rrset, SourceSet)> = Vec::new();
    for one in written {
        let (set, key) = (&one.after, &one.after.key);
        let said = |because: &str| format!("{} {}: {because}", key.name, key.kind);
        if let Some((other, _)) = sets.iter().find(|(other, _)| other.key == *key) {
            if !same(other, set) {
                left_out.push(said("two services were left with different ones"));
            }
            continue;
        }
        let value = |data: &str| octodns_value(&key.kind, data);
        let values: Option<Vec<_>> = set.records.iter().map(|it| value(&it.content)).collect();
        let Some(values) = values else {
            left_out.push(said("this has no words of octoDNS for it: write it by hand"));
            continue;
        };
        let end = format!(".{zone}");
        let name = key.name.strip_suffix(&end).filter(|_| key.name != zone).unwrap_or_default();
        let ttl = Some(set.ttl).filter(|ttl| one.first.records.is_empty() || one.first.ttl != *ttl);
        let set = SourceSet { name: name.to_owned(), kind: key.kind.clone(), ttl, values };
        sets.push((&one.after, set));
    }
    sets.into_iter().map(|(_, set)| set).collect()
}

/// Edits the file in which octoDNS has the zone; where there is none, or it cannot be, the sets are what there is.
fn octodns(
    operation: &Operation,
    managed: &ManagedBy,
    zone: &str,
    sets: &[SourceSet],
    left_out: &mut Vec<String>,
) -> (PatchForm, String) {
    if sets.is_empty() {
        return (PatchForm::Sets, String::new());
    }
    let base = &operation.field.base;
    let file = managed.source.as_ref().map(|folder| base.join(folder).join(format!("{zone}yaml")));
    let file = file.filter(|_| operation.has_folder && operation.mode == Mode::Live);
    if let Some(file) = file {
        match edited(base, &file, sets) {
            Ok(diff) => return (PatchForm::Diff, diff),
            Err(because) => left_out.push(format!("{}: {because}", file.display())),
        }
    }
    let goes = sets.iter().filter(|set| set.values.is_empty());
    let goes = goes.map(|set| format!("# take out: '{}' {}\n", set.name, set.kind));
    let head = format!("# octoDNS, {zone}yaml: put these record sets in the place of its own\n");
    (PatchForm::Sets, head + &goes.collect::<String>() + &octodns_sets(sets))
}

fn edited(base: &Path, file: &Path, sets: &[SourceSet]) -> Result<String, String> {
    let text = files::read_text(file, files::DOCUMENT).map_err(|error| error.to_string())?;
    let source = Source::new(file.display().to_string(), text);
    let after = octodns_edited(&source, sets)?;
    if *after == *source.text {
        return Ok(String::new());
    }
    repo::unified(base, file, &source.text, &after).map_err(|error| error.to_string())
}

/// Lines of a zone file that go and come.
fn lines(zone: &str, written: &[&Written]) -> String {
    let mut text = format!("# {zone}: what goes stands behind -, what comes behind +\n");
    let mut shown: Vec<String> = Vec::new();
    for one in written {
        let line = |mark: char, set: &Rrset| -> String {
            let RrKey { name, kind } = &set.key;
            let data = set.records.iter().map(|it| &it.content);
            data.map(|data| format!("{mark}{name} {} IN {kind} {data}\n", set.ttl)).collect()
        };
        let both = line('-', &one.first) + &line('+', &one.after);
        if !shown.contains(&both) {
            text.push_str(&both);
            shown.push(both);
        }
    }
    text
}
