//! Documents held against each other: runbooks, scenarios and pins against an estate, templates and one another.

use std::collections::BTreeSet;

use super::check;
use super::code_text::code_faults;
use super::fault::{Fault, Faults};
use super::known::Known;
use super::node::Node;
use super::parse::{
    Tree, estate_faults, pins_faults, runbook_faults, scenario_faults, standing_faults,
};
use super::source::Source;
use crate::model::Estate;

/// Everything that is linted together.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    /// The estate that the others are held against; absent: references into it are not checked.
    pub estate: Option<Source>,
    /// True where the estate is only held against, its own mistakes being somebody else's.
    pub estate_is_given: bool,
    /// Runbooks.
    pub runbooks: Vec<Source>,
    /// Scenarios.
    pub scenarios: Vec<Source>,
    /// Pin files.
    pub pins: Vec<Source>,
    /// Standing approvals.
    pub standing: Vec<Source>,
    /// Sheets of printed codes.
    pub codes: Vec<Source>,
    /// The names of templates below `templates/`, for example `status/investigating.en.md`; none: not checked.
    pub templates: BTreeSet<String>,
    /// The ids of further runbooks that may be included, for example the embedded ones.
    pub other_runbooks: BTreeSet<String>,
    /// The failure modes of those further runbooks.
    pub other_failure_modes: BTreeSet<String>,
}

/// Returns every mistake of every document, in the order of the documents.
pub fn lint(workspace: &Workspace) -> Faults {
    let estate = workspace.estate.as_ref().map(Tree::read);
    let runbooks: Vec<Tree<'_>> = workspace.runbooks.iter().map(Tree::read).collect();
    let known = names(workspace, estate.as_ref(), &runbooks);
    let mut faults: Vec<Fault> = Vec::new();
    if let Some(tree) = estate.as_ref().filter(|_| !workspace.estate_is_given) {
        faults.extend(estate_faults(tree));
    }
    for tree in &runbooks {
        faults.extend(runbook_faults(tree, &known));
    }
    faults.extend(check::across(&workspace.runbooks, &runbooks));
    for source in &workspace.scenarios {
        let tree = Tree::read(source);
        let elsewhere = tree.root.as_ref().is_some_and(|root| root.get("estate").is_some());
        let known = if elsewhere { known.without_estate() } else { known.clone() };
        faults.extend(scenario_faults(&tree, &known));
    }
    let private = estate.as_ref().and_then(|tree| tree.root.as_ref()).map(check::private_ranges);
    for source in &workspace.pins {
        faults.extend(pins_faults(&Tree::read(source), private.as_deref()));
    }
    for source in &workspace.standing {
        faults.extend(standing_faults(&Tree::read(source), &known));
    }
    let signers = estate.as_ref().and_then(|tree| tree.root.as_ref()).map(signers);
    for source in &workspace.codes {
        faults.extend(code_faults(source, signers.as_deref()));
    }
    Faults(faults)
}

/// Returns the contacts who may sign.
fn signers(root: &Node) -> Vec<&str> {
    let signing = root.items_of("contacts").iter().filter(|it| it.get("signer").is_some());
    signing.filter_map(|it| it.text_of("id")).collect()
}

fn names(workspace: &Workspace, estate: Option<&Tree<'_>>, runbooks: &[Tree<'_>]) -> Known {
    let mut known = estate.map(Tree::own_names::<Estate>).unwrap_or_default();
    known.learn_estate(estate.and_then(|tree| tree.root.as_ref()));
    let said = |key: &str, others: &BTreeSet<String>| {
        let roots = runbooks.iter().filter_map(|tree| tree.root.as_ref());
        let own = roots.filter_map(|root| root.text_of(key)).map(str::to_owned);
        own.chain(others.iter().cloned()).collect::<BTreeSet<String>>()
    };
    known.add("runbooks", said("id", &workspace.other_runbooks));
    known.add("failure modes", said("failure_mode", &workspace.other_failure_modes));
    if !workspace.templates.is_empty() {
        known.add_templates(&workspace.templates);
    }
    known
}
