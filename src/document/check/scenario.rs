//! A scenario: one fault at a time, in the order of the clock, with a truth that the runbooks know.

use super::super::fault::{FaultKind, Report, quoted};
use super::super::known::Known;
use super::super::nearest::nearest;
use super::super::node::Node;
use super::super::walk::listed;
use crate::model::{Fault, Span};

/// Checks a whole scenario.
pub fn scenario(root: &Node, known: &Known, report: &mut Report<'_>) {
    let timeline = root.items_of("timeline");
    for happening in timeline {
        one_fault(happening, report);
    }
    in_order(timeline, report);
    let causes = root.get("truth").map_or(&[][..], |truth| truth.items_of("causes"));
    for mode in causes
        .iter()
        .filter_map(|cause| cause.get("failure_mode"))
        .chain(root.items_of("must_not_fire"))
    {
        known_mode(mode, known, report);
    }
    for subject in causes.iter().filter_map(|cause| cause.get("subject")) {
        declared(subject, known, report);
    }
}

fn one_fault(happening: &Node, report: &mut Report<'_>) {
    let Some(fault) = happening.get("fault") else { return };
    let kinds: Vec<_> =
        fault.entries().iter().filter(|entry| Fault::KINDS.contains(&entry.key.as_str())).collect();
    if kinds.is_empty()
        && !Fault::KINDS.iter().any(|kind| report.is_suspected(fault, kind))
        && fault.text().is_none()
    {
        let missing = report.add(FaultKind::MissingKey, fault.at, "nothing happens");
        missing.expected(format!("exactly one of {}", listed(Fault::KINDS.into_iter())));
    }
    for entry in kinds.iter().skip(1).filter(|entry| entry.key != kinds[0].key) {
        let found = format!("`{}` happens already", kinds[0].key);
        report
            .add(FaultKind::Contradiction, entry.key_at, found)
            .hint("write it as a happening of its own, at the same time");
    }
}

fn in_order(timeline: &[Node], report: &mut Report<'_>) {
    let mut last = Span::default();
    for node in timeline.iter().filter_map(|happening| happening.get("at")) {
        let Some(span) = node.text().and_then(|text| Span::parse(text).ok()) else { continue };
        if span < last {
            report
                .add(FaultKind::Contradiction, node.at, "it happens before what stands above it")
                .hint("keep the order of the clock");
        }
        last = last.max(span);
    }
}

fn known_mode(node: &Node, known: &Known, report: &mut Report<'_>) {
    let (Some(name), Some(modes)) = (node.text(), known.section("failure modes")) else { return };
    if !modes.has(name) {
        let near = nearest(name, modes.names.iter().map(String::as_str));
        let fault = report.add(
            FaultKind::UnknownReference,
            node.at,
            format!("no runbook is for the failure mode {}", quoted(name)),
        );
        fault.nearest(near).hint("a failure mode is what some runbook's `failure_mode` says");
    }
}

fn declared(node: &Node, known: &Known, report: &mut Report<'_>) {
    let (Some(name), Some(names)) = (node.text(), known.subjects()) else { return };
    if !names.contains(&name) {
        let near = nearest(name, names.iter().copied());
        let fault = report.add(
            FaultKind::UnknownReference,
            node.at,
            format!("the estate has no {}", quoted(name)),
        );
        fault.nearest(near).hint("a subject is an id of the estate");
    }
}
