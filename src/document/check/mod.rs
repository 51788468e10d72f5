//! What a schema cannot say: things of a document that must go together, and documents that must.
//!
//! Each check passes over what the walk has already reported, so that one mistake is one line.

mod across;
mod actions;
mod advice;
mod estate;
mod guards;
mod messages;
mod params;
mod pins;
mod runbook;
mod scenario;
mod standing;
mod steps;
mod zones;

pub(super) use across::across;
pub(super) use estate::{estate, private_ranges};
pub(super) use pins::pins;
pub(super) use runbook::runbook;
pub(super) use scenario::scenario;
pub(super) use standing::standing;

use super::fault::{FaultKind, Report};
use super::node::Node;

/// Reports a key that is needed here though the schema leaves it open, unless a misspelt one stands for it.
fn need(report: &mut Report<'_>, node: &Node, key: &str, why: &str) {
    let there = node.get(key).is_some();
    if there || report.is_suspected(node, key) {
        return;
    }
    let found = format!("the key `{key}` is missing: {why} needs it");
    report.add(FaultKind::MissingKey, node.at, found).hint(format!("write `{key}: ...` here"));
}
