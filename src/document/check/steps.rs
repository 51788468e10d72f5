//! Steps: exactly one kind each, ids that differ, and what each kind needs to make sense.

use super::super::fault::{FaultKind, Report, quoted};
use super::super::nearest::nearest;
use super::super::node::{Entry, Node};
use super::super::walk::{listed, one_of};
use super::need;
use crate::model::Step;

/// Returns every step of a runbook, in the order of its phases.
pub fn steps(root: &Node) -> Vec<&Node> {
    let phases = root.get("phases").map_or(&[][..], Node::entries);
    phases.iter().flat_map(|phase| phase.value.items_of("steps")).collect()
}

/// Returns the steps of the phases before the one that holds a step.
fn earlier<'a>(root: &'a Node, step: &Node) -> Vec<&'a Node> {
    let phases = root.get("phases").map_or(&[][..], Node::entries);
    let before = phases.iter().take_while(|phase| !phase.value.at.holds(step.at));
    before.flat_map(|phase| phase.value.items_of("steps")).collect()
}

/// Tells whether a step is of a kind.
pub fn is_kind(step: &Node, kind: &str) -> bool {
    step.get(kind).is_some()
}

/// Checks every step.
pub fn check(root: &Node, report: &mut Report<'_>) {
    for step in steps(root) {
        one_kind(step, report);
        unique(step, &earlier(root, step), report);
        branch(step, report);
        ask(step, report);
        wait(step, report);
        each(step, report);
    }
}

fn one_kind(step: &Node, report: &mut Report<'_>) {
    if step.entries().is_empty() {
        return;
    }
    let kinds: Vec<&Entry> =
        step.entries().iter().filter(|entry| Step::KINDS.contains(&entry.key.as_str())).collect();
    let seven = listed(Step::KINDS.into_iter());
    match kinds[..] {
        [] if Step::KINDS.iter().any(|kind| report.is_suspected(step, kind)) => {}
        [] => {
            let fault = report.add(FaultKind::MissingKey, step.at, "the step does nothing");
            fault.expected(format!("exactly one of {seven}"));
        }
        [_] => {}
        [first, ref more @ ..] => {
            for entry in more.iter().filter(|entry| entry.key != first.key) {
                let found = format!("the step is a `{}` already", first.key);
                let fault = report.add(FaultKind::Contradiction, entry.key_at, found);
                fault.expected(format!("exactly one of {seven}")).hint("make it a step of its own");
            }
        }
    }
}

/// An id is one of its kind in the whole runbook; the walk holds each phase to it, this holds them to each other.
fn unique(step: &Node, before: &[&Node], report: &mut Report<'_>) {
    let Some(id) = step.get("id") else { return };
    let same = |other: &&&Node| id.text().is_some() && other.text_of("id") == id.text();
    if let Some(first) = before.iter().find(same) {
        let text = id.text().unwrap_or_default();
        let found =
            format!("the id {} stands twice; first on line {}", quoted(text), first.at.line);
        report
            .add(FaultKind::DuplicateId, id.at, found)
            .hint("an id is stable, and one of a kind within the runbook");
    }
}

/// Each way but the last has a condition; the last is `otherwise`, and so takes every unknown.
fn branch(step: &Node, report: &mut Report<'_>) {
    let ways = step.items_of("branch");
    super::advice::choices(ways, report);
    if let Some(last) = ways.last()
        && last.get("otherwise").is_none_or(|node| !node.is_true())
    {
        let suspected = report.is_suspected(last, "otherwise");
        let odd = last.get("otherwise").is_some() || last.get("if").is_none();
        if !suspected && !odd {
            let fault =
                report.add(FaultKind::MissingKey, last.at, "the last way is not `otherwise`");
            fault.hint("end with `- { take: ..., otherwise: true }`: it takes every unknown");
        }
    }
    for (at, way) in ways.iter().enumerate() {
        let Some(name) = way.get("take") else { continue };
        if ways[..at].iter().any(|other| other.text_of("take") == name.text()) {
            let found = format!("the way {} stands twice", quoted(name.text().unwrap_or_default()));
            report
                .add(FaultKind::DuplicateId, name.at, found)
                .hint("give each way a name of its own");
        }
    }
}

fn ask(step: &Node, report: &mut Report<'_>) {
    let Some(ask) = step.get("ask").filter(|ask| !ask.entries().is_empty()) else { return };
    let kinds = ["do", "question", "handoff"];
    let suspected = kinds.iter().any(|kind| report.is_suspected(ask, kind));
    let given: Vec<&Entry> = kinds.iter().filter_map(|kind| ask.entry(kind)).collect();
    match given[..] {
        [] if suspected => {}
        [] => {
            let fault = report.add(FaultKind::MissingKey, ask.at, "it asks for nothing");
            fault.expected(one_of(kinds.into_iter()));
        }
        [_] => {}
        [first, second, ..] => {
            let found = format!("it asks for two things: `{}` and `{}`", first.key, second.key);
            report
                .add(FaultKind::Contradiction, second.key_at, found)
                .hint("make it a step of its own");
        }
    }
    if ask.get("handoff").is_some_and(Node::is_true) {
        need(report, ask, "who", "a handoff");
    }
}

fn wait(step: &Node, report: &mut Report<'_>) {
    let Some(wait) =
        step.get("wait").filter(|wait| !matches!(wait.value, super::super::node::Value::Text(_)))
    else {
        return;
    };
    let kinds = ["until", "for", "as_long_as"];
    if kinds.iter().any(|kind| wait.get(kind).is_some() || report.is_suspected(wait, kind)) {
        return;
    }
    let fault = report.add(FaultKind::MissingKey, wait.at, "it waits for nothing");
    fault.expected(one_of(kinds.into_iter()));
}

/// `each` names a list: a path such as `$zone.standby_at`, or a section of the estate.
fn each(step: &Node, report: &mut Report<'_>) {
    let Some(node) = step.get("each") else { return };
    let Some(text) = node.text().filter(|text| !text.starts_with('$')) else { return };
    let sections: Vec<&str> = super::params::sections().collect();
    if !sections.contains(&text) {
        let fault = report.add(
            FaultKind::UnknownReference,
            node.at,
            format!("{} is no list", quoted(text)),
        );
        fault
            .expected("a section such as `trackers`, or a path such as `$zone.standby_at`")
            .nearest(nearest(text, sections));
    }
}
