//! Messages: a template in each language that a channel needs.

use std::collections::BTreeSet;

use super::super::fault::{FaultKind, Report, quoted};
use super::super::known::Known;
use super::super::node::Node;
use super::steps;

/// Checks every message of a runbook.
pub fn check(root: &Node, known: &Known, report: &mut Report<'_>) {
    for message in steps::steps(root).into_iter().filter_map(|step| step.get("message")) {
        let Some(template) = message.get("template") else { continue };
        let Some(name) = template.text().filter(|name| known.has_template(name)) else { continue };
        let wanted = message
            .items_of("to")
            .iter()
            .filter_map(Node::text)
            .flat_map(|to| known.languages_of(to));
        let missing: BTreeSet<&str> =
            wanted.filter(|language| !known.has_template_in(name, language)).collect();
        for language in missing {
            let found =
                format!("the template {} is not there in {}", quoted(name), quoted(language));
            let fault = report.add(FaultKind::UnknownReference, template.at, found);
            fault.hint(format!(
                "write `templates/{name}.{language}.md`, or take the language from the channel"
            ));
        }
    }
}
