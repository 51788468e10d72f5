//! A runbook as a whole.

use super::super::fault::{FaultKind, Report, quoted};
use super::super::known::Known;
use super::super::node::Node;
use super::super::parse::Words;
use super::params::{Params, Word};
use super::{actions, advice, guards, messages, steps};

/// For each list of `needs`: the sections whose members it may name.
const NEEDS: &[(&str, &[&str])] = &[
    ("credentials", &["dns_providers", "registrars", "seedboxes"]),
    ("registrars", &["registrars"]),
    ("hosts", &["dns_providers", "registrars", "resolvers", "trackers", "seedboxes", "vantages"]),
];

/// Checks a whole runbook against itself and the names that are known.
pub fn runbook(root: &Node, words: &Words<'_>, known: &Known, report: &mut Report<'_>) {
    let params = Params::of(root, known);
    guards::guards(root, words, &params, report);
    params.declared(words, report);
    needs(root, &params, report);
    advice::choices(root.items_of("advice"), report);
    steps::check(root, report);
    actions::check(root, &params, report);
    messages::check(root, known, report);
    includes_itself(root, report);
    for text in spoken(root) {
        params.never_spliced(text, report);
    }
}

fn needs(root: &Node, params: &Params<'_>, report: &mut Report<'_>) {
    let Some(needs) = root.get("needs") else { return };
    for (list, sections) in NEEDS {
        for node in needs.items_of(list) {
            let known = report.faults.iter().any(|fault| fault.place == node.at);
            if let Some(text) = node.text().filter(|_| !known) {
                params.must_be(Word { text, place: node.at }, sections, report);
                not_the_failed_one(root, node, report);
            }
        }
    }
}

/// Nothing may need what the runbook says is down: the subject of its own cause.
fn not_the_failed_one(root: &Node, node: &Node, report: &mut Report<'_>) {
    let Some(name) = node.text().and_then(|text| text.strip_prefix('$')) else { return };
    let param = root.get("params").and_then(|params| params.get(name));
    if param.is_some_and(|param| param.text_of("from") == Some("cause.subject")) {
        let found = format!("{} is the very thing that is down", quoted(&format!("${name}")));
        report
            .add(FaultKind::Contradiction, node.at, found)
            .hint("need something that stands apart from the fault");
    }
}

fn includes_itself(root: &Node, report: &mut Report<'_>) {
    let own = root.text_of("id");
    for include in steps::steps(root).into_iter().filter_map(|step| step.get("include")) {
        if own.is_some() && include.text() == own {
            report
                .add(FaultKind::Contradiction, include.at, "the runbook includes itself")
                .hint("include another one");
        }
    }
}

/// Returns the texts that people read.
fn spoken(root: &Node) -> Vec<&Node> {
    let head = ["title", "impact"].into_iter().filter_map(|key| root.get(key));
    let rules = root.items_of("advice").iter().chain(root.items_of("stop_when"));
    let said = rules.flat_map(|rule| ["say", "why"].into_iter().filter_map(|key| rule.get(key)));
    let steps = steps::steps(root).into_iter();
    let parts =
        steps.flat_map(|step| ["ask", "change"].into_iter().filter_map(|kind| step.get(kind)));
    let asked = parts
        .flat_map(|part| ["why", "question", "do"].into_iter().filter_map(|key| part.get(key)));
    head.chain(said).chain(asked).collect()
}
