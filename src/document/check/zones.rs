//! The zones of an estate: who serves them, and the names that users die without.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::super::fault::{FaultKind, Report, quoted};
use super::super::node::Node;

/// Checks every zone.
pub fn zones(root: &Node, report: &mut Report<'_>) {
    let zones = root.items_of("zones");
    twins(zones.iter().filter_map(|zone| zone.get("name")), "zone", report);
    for zone in zones {
        served_once(zone, report);
        below_its_parent(root, zone, report);
        let critical = zone.items_of("critical");
        for name in critical {
            inside(zone, name, report);
            expects(name, report);
        }
        twin_names(critical, report);
        for difference in zone.items_of("differs") {
            inside(zone, difference, report);
            says_what(difference, report);
        }
    }
}

/// A difference of every name and every type would leave nothing to compare.
fn says_what(difference: &Node, report: &mut Report<'_>) {
    let said = |key| difference.get(key).is_some() || report.is_suspected(difference, key);
    if !said("name") && !said("type") {
        report
            .add(FaultKind::MissingKey, difference.at, "it excuses every record set of the zone")
            .expected("`name`, `type`, or both")
            .hint("write which record sets may differ, for example `{ name: \"@\", type: NS }`");
    }
}

/// Reports the second of two equal texts.
fn twins<'a>(nodes: impl Iterator<Item = &'a Node>, what: &str, report: &mut Report<'_>) {
    let mut seen: Vec<(&str, &Node)> = Vec::new();
    for node in nodes {
        let Some(text) = node.text().map(|text| text.trim_end_matches('.')) else { continue };
        match seen.iter().find(|(other, _)| other.eq_ignore_ascii_case(text)) {
            Some((_, first)) => {
                let found = format!(
                    "the {what} {} stands twice; first on line {}",
                    quoted(text),
                    first.at.line
                );
                report.add(FaultKind::DuplicateId, node.at, found).hint("keep one of the two");
            }
            None => seen.push((text, node)),
        }
    }
}

/// A provider serves a zone or stands by for it, and is named once.
fn served_once(zone: &Node, report: &mut Report<'_>) {
    let providers = zone.items_of("delegated_to").iter().chain(zone.items_of("standby_at"));
    twins(providers, "provider", report);
}

fn below_its_parent(root: &Node, zone: &Node, report: &mut Report<'_>) {
    let Some(registrar) = zone.get("registrar") else { return };
    let named =
        root.items_of("registrars").iter().find(|one| one.text_of("id") == registrar.text());
    let parent = named.and_then(|one| one.text_of("parent_zone"));
    let (Some(parent), Some(name)) = (parent, zone.text_of("name")) else { return };
    if !is_below(name, parent) {
        let found = format!(
            "{} writes {}, which {} does not lie in",
            quoted(registrar.text().unwrap_or_default()),
            quoted(parent),
            quoted(name)
        );
        report
            .add(FaultKind::Contradiction, registrar.at, found)
            .hint("name another registrar, or mend its `parent_zone`");
    }
}

fn is_below(name: &str, parent: &str) -> bool {
    let (name, parent) =
        (name.trim_end_matches('.').to_lowercase(), parent.trim_end_matches('.').to_lowercase());
    parent.is_empty() || name.strip_suffix(&parent).is_some_and(|rest| rest.ends_with('.'))
}

/// A name with a final dot is fully qualified, and must lie in its zone.
fn inside(zone: &Node, critical: &Node, report: &mut Report<'_>) {
    let (Some(apex), Some(node)) = (zone.text_of("name"), critical.get("name")) else { return };
    let Some(name) = node.text().filter(|name| name.ends_with('.') && *name != ".") else { return };
    let same = name.trim_end_matches('.').eq_ignore_ascii_case(apex.trim_end_matches('.'));
    if !same && !is_below(name, apex) {
        let found = format!("{} does not lie in the zone {}", quoted(name), quoted(apex));
        report
            .add(FaultKind::Contradiction, node.at, found)
            .hint("write it relative to the zone, without a final dot");
    }
}

/// The answers of an address record are addresses.
fn expects(critical: &Node, report: &mut Report<'_>) {
    for value in critical.items_of("expect") {
        let Some(text) = value.text() else { continue };
        let (good, expected) = match critical.text_of("type") {
            Some("A") => (text.parse::<Ipv4Addr>().is_ok(), "an IPv4 address"),
            Some("AAAA") => (text.parse::<Ipv6Addr>().is_ok(), "an IPv6 address"),
            _ => (true, ""),
        };
        if !good {
            let found = format!("{} cannot be the answer", quoted(text));
            report.add(FaultKind::WrongValue, value.at, found).expected(expected);
        }
    }
}

/// A name and type stand once.
fn twin_names(critical: &[Node], report: &mut Report<'_>) {
    for (at, name) in critical.iter().enumerate() {
        let same = |other: &&Node| {
            let both =
                |key: &str| name.text_of(key).is_some() && name.text_of(key) == other.text_of(key);
            both("name") && both("type")
        };
        if let (Some(first), Some(node)) = (critical[..at].iter().find(same), name.get("name")) {
            let found = format!(
                "{} stands twice with this type; first on line {}",
                quoted(node.text().unwrap_or_default()),
                first.at.line
            );
            report
                .add(FaultKind::DuplicateId, node.at, found)
                .hint("keep one, with all its values in `expect`");
        }
    }
}
