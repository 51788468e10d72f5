//! Opening what a command works on: the estate, the incident, a plan.

use std::path::{Path, PathBuf};

use super::{Desk, Exit, Failure, Global};
use crate::document::{self, Source, Workspace};
use crate::drive::{Custody, Operation, Standing, anchors, ground};
use crate::host::files;
use crate::model::{Event, Id, Plan, ScreenText};
use crate::plan::Digest;
use crate::render::Seal;
use crate::repo::{Distrust, Kind, Shelf};
use crate::store::{Incident, Listed};

/// Opens the estate and everything around it.
///
/// # Errors
/// What is wrong with the estate, its files or its repository.
pub fn operation(desk: &Desk, global: &Global) -> Result<Operation, Failure> {
    let play = desk.play.as_deref();
    let (source, base) = match play {
        Some(play) => (play.estate.clone(), play.field.base.clone()),
        None => source(desk, &global.estate)?,
    };
    let state = desk.environment.state_directory.as_deref();
    let operation = Operation::open(&source, &base, state, play)?;
    tell_of_custody(desk, &operation.custody);
    Ok(operation)
}

/// Says what stands against changing anything by this estate; looking is not refused.
fn tell_of_custody(desk: &Desk, custody: &Custody) {
    match &custody.standing {
        Standing::Distrusted(Distrust::NoCommit) => {
            desk.screen.talk(&format!("{}: it is good for looking and for drills.", Distrust::NoCommit));
        }
        Standing::Distrusted(distrust) => desk.screen.talk(&format!(
            "Nobody vouches for this estate: {distrust}. It is only looked at; no credential is read, no program started."
        )),
        Standing::Vouched(vouched) if vouched.first => desk.screen.talk(&format!(
            "Nothing of this estate was accepted before: commit {} is believed at first sight, signed by {} ({}).",
            vouched.commit.get(..12).unwrap_or(&vouched.commit), vouched.signer, vouched.key
        )),
        Standing::Vouched(_) | Standing::Any | Standing::Drill => {}
    }
    if !custody.loose.is_empty() {
        let paths = custody.loose.join(", ");
        desk.screen
            .talk(&format!("Not as committed, so good for looking and for drills: {paths}."));
    }
}

/// Reads the estate's document, and names the folder that its relative paths start at.
pub fn source(desk: &Desk, estate: &Path) -> Result<(Source, PathBuf), Failure> {
    if estate == Path::new("-") {
        let text = files::read_standard_input(files::DOCUMENT)?;
        return Ok((Source::new(Source::STANDARD_INPUT, text), desk.environment.directory.clone()));
    }
    let text = files::read_text(estate, files::DOCUMENT).map_err(|error| {
        let absent = error.is_absent();
        let failure = Failure::from(error);
        if absent {
            failure.hint("name it with `--estate PATH`, or begin with `lifeboat init`")
        } else {
            failure
        }
    })?;
    let folder = estate.parent().filter(|folder| !folder.as_os_str().is_empty());
    let base = folder.map_or_else(|| desk.environment.directory.clone(), Path::to_owned);
    Ok((Source::new(estate.display().to_string(), text), base))
}

/// Returns the incident that is meant: the named one, else the only open one.
///
/// # Errors
/// Exit 2 when there is none or several, with the command that helps.
pub fn incident(operation: &Operation, global: &Global) -> Result<Incident, Failure> {
    if let Some(id) = &global.incident {
        return Ok(operation.incidents.incident(id)?);
    }
    Ok(operation.incidents.sole_open()?)
}

/// Returns the incident that is meant, for a command that acts: every record of it is understood, and no
/// anchor contradicts its journal.
///
/// # Errors
/// As [`incident`]; exit 3 for a journal that nothing may be run on.
pub fn incident_to_act(operation: &Operation, global: &Global) -> Result<Incident, Failure> {
    let incident = incident(operation, global)?;
    incident.history()?;
    anchors::check(operation, &incident)?;
    Ok(incident)
}

/// Checks that somebody vouches for what is here, and that a plan is of this incident, where it is on this machine, of
/// this estate and this mode.
///
/// # Errors
/// Exit 6 with the difference.
pub fn fits(
    operation: &Operation,
    incident: Option<&Incident>,
    plan: &Plan,
) -> Result<(), Failure> {
    operation.custody.hold(operation.field.clock.now())?;
    let different = |what: &str, planned: String, here: String| {
        Err(Failure::new(
            Exit::Refused,
            format!("the plan is of another {what}: it says {planned}, here is {here}"),
        )
        .hint("pin a new plan: `lifeboat plan`"))
    };
    if plan.mode != operation.mode {
        return different("mode", format!("{:?}", plan.mode), format!("{:?}", operation.mode));
    }
    if let Some(incident) = incident.filter(|incident| plan.incident != *incident.id()) {
        return different("incident", plan.incident.to_string(), incident.id().to_string());
    }
    if plan.estate.id != operation.estate.id || plan.estate.digest != operation.estate_digest {
        let short = |digest: &str| digest.chars().take(8).collect::<String>();
        return different("estate", short(&plan.estate.digest), short(&operation.estate_digest));
    }
    let version = env!("CARGO_PKG_VERSION");
    if plan.tool != version {
        let (planned, here) = (format!("lifeboat {}", plan.tool), version.to_owned());
        return different("version", planned, here);
    }
    if let Some((name, planned, here)) = ground::moved(operation, plan) {
        return different(&name, planned, here);
    }
    Ok(())
}

/// Notes the journal's head in the operator's repository; that it cannot be noted is said, and stops nothing.
pub fn anchor(desk: &Desk, operation: &Operation, incident: &Incident) {
    if let Err(error) = anchors::note(operation, incident, &desk.environment.user) {
        desk.screen.talk(&format!("The journal's head is not noted in git: {error}"));
    }
}

/// Returns the incident that is meant, or nothing where none is open and none was named.
///
/// # Errors
/// As [`incident`], when one is named that does not exist.
pub fn incident_if_any(
    operation: &Operation,
    global: &Global,
) -> Result<Option<Incident>, Failure> {
    if global.incident.is_some() || open_ones(operation)?.len() == 1 {
        return incident(operation, global).map(Some);
    }
    Ok(None)
}

/// Returns the incident that is meant even when it is closed: the newest one, where none is open.
///
/// # Errors
/// As [`incident`].
pub fn incident_for_reading(operation: &Operation, global: &Global) -> Result<Incident, Failure> {
    if global.incident.is_none()
        && open_ones(operation)?.is_empty()
        && let Some(newest) = operation.incidents.list()?.last()
    {
        return Ok(operation.incidents.incident(newest.id.as_str())?);
    }
    incident(operation, global)
}

fn open_ones(operation: &Operation) -> Result<Vec<Id>, Failure> {
    let list = operation.incidents.list()?;
    Ok(list.into_iter().filter(Listed::is_open).map(|entry| entry.id).collect())
}

/// Refuses a command that cannot do anything offline.
///
/// # Errors
/// Exit 10 under `--offline`.
pub fn needs_network(global: &Global) -> Result<(), Failure> {
    if !global.offline {
        return Ok(());
    }
    Err(Failure::new(Exit::CannotTell, "offline: nothing was asked, so nothing can be said")
        .hint("leave `--offline` out"))
}

/// Says which runbooks are broken; they are left out, the others are used.
pub fn tell_of_broken(desk: &Desk, operation: &Operation) {
    for (name, faults) in &operation.broken {
        desk.screen.talk(&format!("The runbook `{name}` is invalid and left out:\n{faults}"));
    }
}

/// Writes a refusal into an open incident, so that it is read afterwards. A disk that does not take it changes
/// nothing: the refusal stands.
pub fn note_refusal(
    desk: &Desk,
    operation: &Operation,
    incident: &Incident,
    what: &str,
    failure: &Failure,
) {
    if failure.exit != Exit::Refused {
        return;
    }
    let event = Event::Refused {
        what: what.to_owned(),
        because: failure.message.clone(),
        by: desk.environment.user.clone(),
    };
    let _ = incident.append(event, operation.field.clock.now());
}

/// Writes a document as JSON.
///
/// # Errors
/// A value that JSON does not have, which is a mistake of this program.
pub fn json(document: &impl serde::Serialize) -> Result<ScreenText, Failure> {
    let text = serde_json::to_string(document);
    text.map(|text| ScreenText::json(&text))
        .map_err(|error| Failure::new(Exit::Internal, error.to_string()))
}

/// A plan's digest in its three forms, and where the plan lies.
pub struct Sealed {
    hex: String,
    short: String,
    words: String,
    path: String,
}

impl Sealed {
    /// Writes a digest out.
    pub fn of(digest: &Digest, path: &Path) -> Self {
        let (hex, short, words) = (digest.hex(), digest.short(), digest.words());
        Self { hex, short, words, path: path.display().to_string() }
    }

    /// Returns it as reports take it.
    pub fn seal(&self) -> Seal<'_> {
        Seal { hex: &self.hex, short: &self.short, words: &self.words, path: &self.path }
    }
}

/// Adds to a workspace what its documents may refer to: templates, runbooks and their failure modes.
pub fn learn(workspace: &mut Workspace, shelf: &Shelf) {
    workspace.templates = shelf.of(Kind::Template).map(|piece| piece.name.clone()).collect();
    for piece in shelf.of(Kind::Runbook) {
        let source = Source::new(piece.path.clone(), piece.text.clone());
        // A broken one is reported where it is linted itself.
        if let Ok(runbook) = document::runbook(&source) {
            workspace.other_runbooks.insert(runbook.id.to_string());
            workspace.other_failure_modes.insert(runbook.failure_mode.to_string());
        }
    }
}
