//! A pin file: each host once, by a name of its own, at addresses that lead out.

use std::net::IpAddr;

use ipnet::IpNet;

use super::super::fault::{FaultKind, Report, quoted};
use super::super::node::Node;
use crate::model::{is_bogon, plain_host};

/// Checks a whole pin file; `private` are the estate's ranges, absent where no estate is known.
pub fn pins(root: &Node, private: Option<&[IpNet]>, report: &mut Report<'_>) {
    let mut seen: Vec<((String, i128), &Node)> = Vec::new();
    for pin in root.items_of("hosts") {
        for address in pin.items_of("addresses") {
            leads_out(address, private, report);
        }
        let (Some(host), Some(port)) = (pin.get("host"), pin.get("port").and_then(Node::whole))
        else {
            continue;
        };
        let Some(name) = host.text() else { continue };
        is_a_host(host, name, report);
        let key = (plain_host(name), port);
        match seen.iter().find(|(other, _)| *other == key) {
            Some((_, first)) => {
                let found = format!(
                    "the host {} is pinned twice for port {port}; first on line {}",
                    quoted(name),
                    first.at.line
                );
                report
                    .add(FaultKind::DuplicateId, host.at, found)
                    .hint("keep the pin that was learned later");
            }
            None => seen.push((key, host)),
        }
    }
}

/// A pin is of a whole name: never of a pattern, a place-holder or the root.
fn is_a_host(node: &Node, name: &str, report: &mut Report<'_>) {
    if name.contains('*') || matches!(name, "@" | ".") {
        let found = format!("{} is no host's name", quoted(name));
        report
            .add(FaultKind::WrongValue, node.at, found)
            .expected("the name as it stands in the URL, for example `api.provider.example`");
    }
}

/// What a resolver once said must not lead inside, however long it has been written down.
fn leads_out(node: &Node, private: Option<&[IpNet]>, report: &mut Report<'_>) {
    let Some(private) = private else { return };
    let Some(ip) = node.text().and_then(|text| text.parse::<IpAddr>().ok()) else { return };
    if is_bogon(ip, private) {
        let found =
            format!("{} is private or reserved: no public host has it", quoted(&ip.to_string()));
        report
            .add(FaultKind::Contradiction, node.at, found)
            .hint("if it is yours, add its range to `network.allow_private`, or write it as `addresses` at the service");
    }
}
