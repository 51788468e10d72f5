//! The documents that ship, found in their folders: whatever is there at the time.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lifeboat::document::{Source, Workspace};

use super::samples::sample;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the YAML files of a folder, sorted.
pub fn sources(folder: &str) -> Vec<Source> {
    let entries = std::fs::read_dir(root().join(folder)).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "yaml"));
    paths.sort();
    let named = |path: &PathBuf| path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    paths
        .iter()
        .map(|path| Source::new(named(path), std::fs::read_to_string(path).unwrap()))
        .collect()
}

/// Returns the paths of every template below `templates/`.
pub fn templates() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![root().join("templates")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "md") {
                found.insert(
                    path.strip_prefix(root().join("templates"))
                        .unwrap()
                        .to_string_lossy()
                        .into_owned(),
                );
            }
        }
    }
    found
}

/// Returns what ships, each with a name: the samples, and the drill's estate with runbooks and scenarios.
pub fn shipped() -> Vec<(&'static str, Workspace)> {
    let samples = Workspace {
        estate: Some(sample("estate.yaml")),
        runbooks: vec![sample("runbook.yaml")],
        pins: vec![sample("pins.yaml")],
        other_runbooks: ["dns-failback".to_owned()].into(),
        templates: ["status/investigating", "status/monitoring"]
            .iter()
            .flat_map(|name| [format!("{name}.en.md"), format!("{name}.de.md")])
            .collect(),
        ..Workspace::default()
    };
    let drill = Workspace {
        estate: sources("playbooks-tests/scenarios/estate").pop(),
        runbooks: sources("runbooks"),
        scenarios: sources("playbooks-tests/scenarios"),
        templates: templates(),
        ..Workspace::default()
    };
    vec![("samples", samples), ("shipped", drill)]
}

/// Returns every document of a workspace.
pub fn sources_of(workspace: &Workspace) -> Vec<Source> {
    let Workspace { estate, runbooks, scenarios, pins, .. } = workspace;
    estate.iter().chain(runbooks).chain(scenarios).chain(pins).cloned().collect()
}
