//! A standing approval: its conditions name ids, and it allows something.

use super::super::fault::{FaultKind, Report, quoted};
use super::super::known::Known;
use super::super::node::Node;
use super::super::parse::Words;
use super::guards;
use super::params::Params;

/// Checks a whole standing approval.
pub fn standing(root: &Node, words: &Words<'_>, known: &Known, report: &mut Report<'_>) {
    guards::guards(root, words, &Params::of(root, known), report);
    if root.items_of("records").is_empty() && root.items_of("tracker_lists").is_empty() {
        report
            .add(FaultKind::MissingKey, root.at, "it allows no change at all")
            .hint("list what may change under `records` or `tracker_lists`");
    }
    of_this_estate(root, known, report);
}

fn of_this_estate(root: &Node, known: &Known, report: &mut Report<'_>) {
    let (Some(node), Some(ours)) = (root.get("estate"), known.estate_id()) else { return };
    if node.text().is_some_and(|theirs| theirs != ours) {
        let theirs = node.text().unwrap_or_default();
        let found = format!("{} is another estate; this one is {}", quoted(theirs), quoted(ours));
        report
            .add(FaultKind::Contradiction, node.at, found)
            .hint("a standing approval counts for one estate alone");
    }
}
