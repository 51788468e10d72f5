//! The estate: each kind has the keys that it needs, and nothing is sent in the clear beyond private ranges.

use std::net::IpAddr;

use ipnet::IpNet;

use super::super::fault::{FaultKind, Report, quoted};
use super::super::format::{Url, is_domain};
use super::super::node::Node;
use super::{need, zones};
use crate::model::Address;

/// For each section and kind: the keys that it cannot do without.
const NEEDS: &[(&str, &str, &[&str])] = &[
    ("registrars", "powerdns", &["api", "credential"]),
    ("registrars", "rfc2136", &["server", "tsig"]),
    ("dns_providers", "powerdns", &["api", "credential"]),
    ("dns_providers", "rfc2136", &["server", "tsig"]),
    ("dns_providers", "cloudflare", &["credential"]),
    ("dns_providers", "route53", &["credential"]),
    ("dns_providers", "desec", &["credential"]),
    ("vantages", "command", &["argv"]),
    ("controls", "dns", &["name", "type"]),
    ("status_channels", "file", &["directory"]),
];

/// The sections with an API, and the key that holds its URL.
const APIS: &[(&str, &str)] =
    &[("registrars", "api"), ("dns_providers", "api"), ("seedboxes", "rpc")];

/// Checks a whole estate.
pub fn estate(root: &Node, report: &mut Report<'_>) {
    for (section, kind, keys) in NEEDS {
        let of_kind =
            root.items_of(section).iter().filter(|member| member.text_of("kind") == Some(kind));
        for member in of_kind {
            keys.iter().for_each(|key| need(report, member, key, &format!("the kind `{kind}`")));
        }
    }
    for resolver in root.items_of("resolvers") {
        encrypted(resolver, report);
    }
    let private = private_ranges(root);
    for (section, key) in APIS {
        for member in root.items_of(section) {
            in_the_clear(member, key, &private, report);
        }
    }
    for rdap in root.items_of("registrars").iter().filter_map(|member| member.get("rdap")) {
        in_the_clear(rdap, "url", &private, report);
    }
    shared_locks(root, report);
    printed_codes(root, report);
    zones::zones(root, report);
}

/// A resolver that is asked over TLS must have the name that its certificate shows.
fn encrypted(resolver: &Node, report: &mut Report<'_>) {
    let transports: Vec<&str> =
        resolver.items_of("transports").iter().filter_map(Node::text).collect();
    let Some(transport) = transports.iter().find(|name| matches!(**name, "dot" | "doh")) else {
        return;
    };
    need(report, resolver, "tls_name", &format!("the transport `{transport}`"));
    provable(resolver, report);
    if let Some(path) = resolver.get("doh_path") {
        let text = path.text().unwrap_or("/");
        if !text.starts_with('/') || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            let found = format!("{} is no path of a URL", quoted(text));
            let fault = report.add(FaultKind::WrongValue, path.at, found);
            fault.expected("a path from its first slash, for example `/dns-query`");
        }
    }
    one_port(resolver, &transports, report);
}

/// Certificates hold domain names and addresses; one that holds an address holds the resolver's own.
fn provable(resolver: &Node, report: &mut Report<'_>) {
    let Some(name) = resolver.get("tls_name") else { return };
    let Some(text) = name.text() else { return };
    let own = resolver.text_of("address").and_then(|text| text.parse::<Address>().ok());
    let (found, expected) = match text.parse::<IpAddr>() {
        Ok(ip) if own.is_none_or(|own| own.ip == ip) => return,
        Ok(_) => ("is not the resolver's own address", "its `address` without the port, or a name"),
        Err(_) if is_domain(text) && !text.contains(['*', '@']) && text != "." => return,
        Err(_) => ("is no name of a certificate", "a domain name, for example `dns.example`"),
    };
    let fault = report.add(FaultKind::WrongValue, name.at, format!("{} {found}", quoted(text)));
    fault.expected(expected);
}

/// A port at the address is that of one kind of transport: two encrypted ones cannot share it.
fn one_port(resolver: &Node, transports: &[&str], report: &mut Report<'_>) {
    let Some(address) = resolver.get("address") else { return };
    let written = address.text().and_then(|text| text.parse::<Address>().ok());
    let Some(port) = written.and_then(|address| address.port) else { return };
    let both = transports.contains(&"dot") && transports.contains(&"doh");
    let plain = transports.iter().any(|name| matches!(*name, "udp" | "tcp"));
    let named = resolver.get("dot_port").is_some() || resolver.get("doh_port").is_some();
    if both && !plain && !named {
        let found = format!("port {port} cannot be that of `dot` and of `doh`");
        let fault = report.add(FaultKind::Contradiction, address.at, found);
        fault
            .expected("an address without a port")
            .hint("write `dot_port` or `doh_port` beside it");
    }
}

/// Where locks are shared is a remote's name, a folder or a URL: never an option of git's, or a program that it runs.
fn shared_locks(root: &Node, report: &mut Report<'_>) {
    let shared = root.get("locks").and_then(|locks| locks.get("shared"));
    let Some(remote) = shared.and_then(|shared| shared.get("remote")) else { return };
    let Some(text) = remote.text() else { return };
    if text.is_empty() || text.starts_with('-') || text.contains("::") {
        let found = format!("{} is no place that git could push to", quoted(text));
        report
            .add(FaultKind::WrongValue, remote.at, found)
            .expected("a remote's name, a folder, or an `ssh://` or `https://` URL");
    }
}

/// A printed code stands in for a signature: a policy that wants none has no place for it.
fn printed_codes(root: &Node, report: &mut Report<'_>) {
    let policies = root.get("approvals").map_or(&[][..], Node::entries);
    for policy in policies.iter().map(|entry| &entry.value) {
        let Some(codes) = policy.get("codes").filter(|codes| codes.is_true()) else { continue };
        if policy.text_of("by") == Some("terminal") {
            report
                .add(FaultKind::Contradiction, codes.at, "`by: terminal` takes no printed codes")
                .expected("`codes` beside `by: signature`")
                .hint("a code is read out in the place of a signature, as the weaker proof that it is; leave `codes` out here");
        }
    }
}

/// Returns the ranges of `network.allow_private`.
pub fn private_ranges(root: &Node) -> Vec<IpNet> {
    let network = root.get("network");
    let ranges = network.map_or(&[][..], |network| network.items_of("allow_private"));
    ranges.iter().filter_map(|range| range.text()?.parse().ok()).collect()
}

/// An `http://` API carries its credential in the clear, and anybody may change what comes back: only inside a
/// range that the operator named.
fn in_the_clear(member: &Node, key: &str, private: &[IpNet], report: &mut Report<'_>) {
    let Some(node) = member.get(key) else { return };
    let Some(url) =
        node.text().and_then(|text| Url::split(text).ok()).filter(|url| url.scheme == "http")
    else {
        return;
    };
    let pinned =
        member.items_of("addresses").iter().filter_map(|pin| pin.text()?.parse::<Address>().ok());
    let addresses: Vec<IpAddr> = match url.address() {
        Some(address) => vec![address],
        None => pinned.map(|pin| pin.ip).collect(),
    };
    let inside = |address: &IpAddr| private.iter().any(|range| range.contains(address));
    if !addresses.is_empty() && addresses.iter().all(inside) {
        return;
    }
    let found = format!(
        "{} is not encrypted, and its host is in no range of `network.allow_private`",
        quoted(node.text().unwrap_or_default())
    );
    let fault = report.add(FaultKind::Contradiction, node.at, found).expected("an `https://` URL");
    fault.hint("use `https://`, or pin `addresses` that lie in a range of `network.allow_private`");
}
