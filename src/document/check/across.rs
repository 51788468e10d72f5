//! Runbooks among each other: ids that differ, includes without a circle.

use std::collections::BTreeMap;

use super::super::fault::{Fault, FaultKind, Report, quoted};
use super::super::node::Node;
use super::super::parse::Tree;
use super::super::source::Source;
use super::steps;

/// Checks all runbooks together.
pub fn across(sources: &[Source], trees: &[Tree<'_>]) -> Vec<Fault> {
    let roots: Vec<(&Source, &Node)> = sources
        .iter()
        .zip(trees)
        .filter_map(|(source, tree)| Some((source, tree.root.as_ref()?)))
        .collect();
    let mut by_id: BTreeMap<&str, (&Source, &Node)> = BTreeMap::new();
    let mut faults = Vec::new();
    for (source, root) in &roots {
        let Some(id) = root.get("id") else { continue };
        let Some(text) = id.text() else { continue };
        if let Some((other, _)) = by_id.get(text) {
            let mut report = Report::new(source);
            let found = format!("the id {} is also that of {}", quoted(text), quoted(&other.path));
            report.add(FaultKind::DuplicateId, id.at, found).hint("give one of the two another id");
            faults.extend(report.finish(Some(root)));
        } else {
            by_id.insert(text, (source, root));
        }
    }
    for (id, (source, root)) in &by_id {
        faults.extend(circle(id, source, root, &by_id));
    }
    faults
}

fn included(root: &Node) -> Vec<&Node> {
    steps::steps(root).into_iter().filter_map(|step| step.get("include")).collect()
}

/// Reports each include of a runbook that leads back to it.
fn circle(
    id: &str,
    source: &Source,
    root: &Node,
    by_id: &BTreeMap<&str, (&Source, &Node)>,
) -> Vec<Fault> {
    let mut report = Report::new(source);
    for include in
        included(root).into_iter().filter(|include| include.text().is_some_and(|to| to != id))
    {
        let mut seen: Vec<&str> = Vec::new();
        let mut open: Vec<&str> = include.text().into_iter().collect();
        while let Some(next) = open.pop() {
            if seen.contains(&next) {
                continue;
            }
            seen.push(next);
            let further = by_id.get(next).map(|(_, root)| included(root)).unwrap_or_default();
            open.extend(further.into_iter().filter_map(Node::text));
        }
        if seen.contains(&id) {
            let found = format!(
                "the include of {} leads back here",
                quoted(include.text().unwrap_or_default())
            );
            report.add(FaultKind::Contradiction, include.at, found).hint("break the circle");
        }
    }
    report.finish(Some(root))
}
