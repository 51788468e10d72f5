//! `lint`: check estate, runbooks, scenarios, pins, standing approvals and sheets of codes; every mistake in one run.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Desk, Exit, Failure, Global, office};
use crate::document::{self, Source, Workspace};
use crate::drive::{codes, pin_file};
use crate::host::files;
use crate::model::{CodeSheets, Mode, PinFile};
use crate::repo::{Kind, Shelf};

/// Check estate, runbooks, scenarios, pins, standing approvals and sheets of codes; every mistake in one run.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Files or folders; the estate's folder when none is named
    paths: Vec<PathBuf>,
}

/// The documents, and the estate with its folder.
type Gathered = (Vec<Source>, Option<(Source, PathBuf)>);

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let (sources, estate) = self.gather(desk, global)?;
        let base = estate
            .as_ref()
            .map_or_else(|| desk.environment.directory.clone(), |(_, base)| base.clone());
        let workspace = workspace(sources, estate.map(|(source, _)| source), &base)?;
        let count = workspace.runbooks.len()
            + workspace.scenarios.len()
            + workspace.pins.len()
            + workspace.standing.len()
            + workspace.codes.len()
            + usize::from(workspace.estate.is_some() && !workspace.estate_is_given);
        let faults = document::lint(&workspace);
        if global.json {
            desk.screen.data(&office::json(&faults.report())?)?;
        } else if faults.is_empty() {
            desk.screen.talk(&format!("{}, no mistake.", counted(count, "document")));
        } else {
            desk.screen.data(&faults.to_string())?;
            let found = counted(faults.len(), "mistake");
            desk.screen.talk(&format!("{found} in {}.", counted(count, "document")));
        }
        Ok(if faults.is_empty() { Exit::Done } else { Exit::Invalid })
    }

    /// Gathers the documents, and the estate that their references are held against.
    fn gather(&self, desk: &Desk, global: &Global) -> Result<Gathered, Failure> {
        let mut sources = Vec::new();
        for path in &self.paths {
            collect(path, &mut sources)?;
        }
        let has_estate = files::exists(&global.estate) || global.estate == Path::new("-");
        let estate = if has_estate || self.paths.is_empty() {
            Some(office::source(desk, &global.estate)?)
        } else {
            None
        };
        if self.paths.is_empty() {
            let Some((source, base)) = &estate else { return Ok((sources, estate)) };
            sources.push(source.clone());
            for kind in [Kind::Runbook, Kind::Scenario, Kind::Standing] {
                let folder = base.join(kind.folder());
                if files::is_directory(&folder) {
                    collect(&folder, &mut sources)?;
                }
            }
            sources.extend(pin_file::source(base)?);
            sources.extend(codes::source(base)?);
        }
        Ok((sources, estate))
    }
}

/// Returns what a document says that it is; one that does not say is taken for what lies where it lies.
fn kind(source: &Source) -> document::Kind {
    let folder = |name: &str| Path::new(&source.path).parent().is_some_and(|it| it.ends_with(name));
    document::kind_of(source).unwrap_or_else(|| {
        if Path::new(&source.path).ends_with(PinFile::NAME) {
            document::Kind::Pins
        } else if folder(Kind::Runbook.folder()) {
            document::Kind::Runbook
        } else if folder(Kind::Scenario.folder()) {
            document::Kind::Scenario
        } else if folder(Kind::Standing.folder()) {
            document::Kind::Standing
        } else {
            document::Kind::Estate
        }
    })
}

/// Sorts documents by what they say they are, and adds what they may refer to.
fn workspace(
    sources: Vec<Source>,
    estate: Option<Source>,
    base: &Path,
) -> Result<Workspace, Failure> {
    let shelf = Shelf::open(base, Mode::Drill)?;
    let mut workspace = Workspace { estate, estate_is_given: true, ..Workspace::default() };
    for source in sources {
        if Path::new(&source.path).ends_with(CodeSheets::NAME) {
            workspace.codes.push(source);
            continue;
        }
        match kind(&source) {
            document::Kind::Estate => {
                workspace.estate = Some(source);
                workspace.estate_is_given = false;
            }
            document::Kind::Scenario => workspace.scenarios.push(source),
            document::Kind::Pins => workspace.pins.push(source),
            document::Kind::Standing => workspace.standing.push(source),
            document::Kind::Runbook
            | document::Kind::Plan
            | document::Kind::Diagnosis
            | document::Kind::Evidence
            | document::Kind::Ready
            | document::Kind::Facts => workspace.runbooks.push(source),
        }
    }
    office::learn(&mut workspace, &shelf);
    Ok(workspace)
}

/// Reads a file, or every YAML file below a folder.
fn collect(path: &Path, sources: &mut Vec<Source>) -> Result<(), Failure> {
    if !files::is_directory(path) {
        let text = files::read_text(path, files::DOCUMENT)?;
        sources.push(Source::new(path.display().to_string(), text));
        return Ok(());
    }
    for inner in files::list(path)? {
        let yaml = inner.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
        let hidden = inner.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && (yaml || files::is_directory(&inner)) {
            collect(&inner, sources)?;
        }
    }
    Ok(())
}

/// Counts things with their plural.
fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}
