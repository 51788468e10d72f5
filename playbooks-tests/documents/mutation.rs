//! Every mistake that can be made in a shipped document, one at a time: lint must name its line and column.
//!
//! What may be wrong where comes from the printed schema; the places come from the writer of `place`.

use std::collections::BTreeMap;

use crate::pace;
use libtest_mimic::Trial;
use lifeboat::document::{self, Kind, Source, Workspace};
use serde_json::Value;

use super::place::{Places, Spot, Style, Tree, Way, step};
use super::tree;

mod rules;

use rules::Rules;

/// Returns one trial for each shipped document.
pub fn trials() -> Vec<Trial> {
    let mut trials = trials![the_writer_changes_nothing];
    for (name, workspace) in tree::shipped() {
        for source in tree::sources_of(&workspace) {
            let workspace = workspace.clone();
            let trial = format!("documents::mutation::{name}::{}", source.path);
            trials.push(pace::trial(trial, move || holds(&workspace, &source)));
        }
    }
    trials
}

/// One mistake: what kind, the document that has it, where it stands.
struct Mutant {
    kind: &'static str,
    text: String,
    spots: Vec<Spot>,
}

/// The share of mistakes, in percent, that lint must name with line and column: of all, and of each kind.
const NEEDED: usize = 95;

fn holds(workspace: &Workspace, source: &Source) {
    let kind = document::kind_of(source).expect("a shipped document says what it is");
    let around = around(workspace, source, kind);
    let mut told: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut missed = Vec::new();
    // References of a scenario that names its own estate are held against that one when it is played.
    let elsewhere = source.text.lines().any(|line| line.starts_with("estate: "));
    let here = |mutant: &Mutant| !(elsewhere && mutant.kind == "reference");
    for mutant in mutants(kind, &Tree::read(&source.text)).into_iter().filter(here) {
        let faults = lint(&around, kind, Source::new(source.path.clone(), mutant.text.as_str()));
        let hit = faults.0.iter().any(|fault| mutant.spots.contains(&(fault.line, fault.column)));
        let count = told.entry(mutant.kind).or_default();
        count.1 += 1;
        count.0 += usize::from(hit);
        if !hit {
            let (line, column) = mutant.spots[0];
            let shown = mutant.text.lines().nth(line as usize - 1).unwrap_or_default();
            let said: Vec<String> =
                faults.0.iter().map(|f| format!("{}:{} {}", f.line, f.column, f.found)).collect();
            missed.push(format!(
                "{} at {line}:{column}: {}\n    said: {}",
                mutant.kind,
                shown.trim(),
                said.join("; ")
            ));
        }
    }
    let (hit, all) = told.values().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    let by_kind: Vec<String> =
        told.iter().map(|(kind, (hit, all))| format!("{kind} {hit}/{all}")).collect();
    eprintln!(
        "{}: {hit} of {all} mistakes are told where they stand ({})",
        source.path,
        by_kind.join(", ")
    );
    assert!(all > 30, "only {all} mistakes were made");
    let poor = told.iter().find(|(_, (hit, all))| hit * 100 < all * NEEDED);
    assert!(poor.is_none(), "too few of {poor:?}:\n{}", missed.join("\n"));
    assert!(hit * 100 >= all * NEEDED, "too few:\n{}", missed.join("\n"));
    if std::env::var_os("SHOW_MISSED").is_some() {
        eprintln!("{}", missed.join("\n"));
    }
}

/// Returns what the document is held against, so that only the document itself is read anew each time.
fn around(workspace: &Workspace, source: &Source, kind: Kind) -> Workspace {
    let said = |key: &str| {
        let line = |text: &str| {
            text.lines().find_map(|line| line.strip_prefix(key).map(|rest| rest.trim().to_owned()))
        };
        let others = workspace.runbooks.iter().filter(|other| other.path != source.path);
        others.filter_map(|other| line(&other.text)).collect::<Vec<String>>()
    };
    let mut around = Workspace {
        estate: (kind != Kind::Estate).then(|| workspace.estate.clone()).flatten(),
        estate_is_given: true,
        templates: workspace.templates.clone(),
        other_runbooks: workspace.other_runbooks.clone(),
        other_failure_modes: workspace.other_failure_modes.clone(),
        ..Workspace::default()
    };
    around.other_runbooks.extend(said("id:"));
    around.other_failure_modes.extend(said("failure_mode:"));
    around
}

fn lint(around: &Workspace, kind: Kind, source: Source) -> document::Faults {
    let mut workspace = around.clone();
    match kind {
        Kind::Runbook => workspace.runbooks.push(source),
        Kind::Scenario => workspace.scenarios.push(source),
        Kind::Pins => workspace.pins.push(source),
        _ => (workspace.estate, workspace.estate_is_given) = (Some(source), false),
    }
    document::lint(&workspace)
}

fn mutants(kind: Kind, tree: &Tree) -> Vec<Mutant> {
    let schema = document::schema(kind);
    let mut mutants = Vec::new();
    for way in tree.ways() {
        let rules = Rules::at(&schema, tree, &way);
        if let Tree::Map(_, entries) = tree.at(&way) {
            for at in 0..entries.len() {
                keys(tree, &way, at, &rules, &mut mutants);
            }
        }
        if let Tree::Scalar(text) = tree.at(&way) {
            for (what, wrong, offset) in rules.wrong_values(text) {
                mutants.push(changed(what, tree, &way, wrong, offset));
            }
        }
    }
    mutants
}

/// Makes the mistakes of one key: gone, misspelt, there twice.
fn keys(tree: &Tree, way: &Way, at: usize, rules: &Rules<'_>, mutants: &mut Vec<Mutant>) {
    let Tree::Map(_, entries) = tree.at(way) else { return };
    let (key, value) = entries[at].clone();
    if rules.requires(&key) {
        let (text, places) = with(tree, way, |entries| drop(entries.remove(at)));
        mutants.push(Mutant { kind: "deleted key", text, spots: vec![places.values[way]] });
    }
    if !rules.names_conditions() {
        let (text, places) = with(tree, way, |entries| entries[at].0 = misspelt(&key));
        let spots = vec![places.keys[&step(way, at)]];
        mutants.push(Mutant { kind: "misspelt key", text, spots });
    }
    let (text, places) = with(tree, way, |entries| entries.push((key.clone(), value.clone())));
    mutants.push(Mutant {
        kind: "duplicate key",
        text,
        spots: vec![places.keys[&step(way, entries.len())]],
    });
}

fn with(
    tree: &Tree,
    way: &[usize],
    change: impl FnOnce(&mut Vec<(String, Tree)>),
) -> (String, Places) {
    let mut tree = tree.clone();
    if let Tree::Map(_, entries) = tree.at_mut(way) {
        change(entries);
    }
    tree.write()
}

/// Swaps the last two letters, or adds one where that changes nothing.
fn misspelt(key: &str) -> String {
    let mut letters: Vec<char> = key.chars().collect();
    let last = letters.len() - 1;
    if last > 0 && letters[last] != letters[last - 1] {
        letters.swap(last, last - 1)
    } else {
        letters.push('x')
    }
    letters.into_iter().collect()
}

fn changed(kind: &'static str, tree: &Tree, way: &Way, wrong: String, offset: usize) -> Mutant {
    let mut tree = tree.clone();
    *tree.at_mut(way) = Tree::Scalar(wrong);
    let (text, places) = tree.write();
    let (line, column) = places.values[way];
    Mutant { kind, text, spots: vec![(line, column + u32::try_from(offset).unwrap())] }
}

fn the_writer_changes_nothing() {
    for (_, workspace) in tree::shipped() {
        for source in tree::sources_of(&workspace) {
            let (text, _) = Tree::read(&source.text).write();
            let read = |text: &str| serde_yaml::from_str::<Value>(text).unwrap();
            assert_eq!(read(&text), read(&source.text), "{}", source.path);
        }
    }
    let empty = Tree::Map(Style::Block, Vec::new());
    assert_eq!(empty.write().0, "{}\n");
}
