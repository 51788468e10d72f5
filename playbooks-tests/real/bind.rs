//! BIND 9 as an authoritative server whose zones are updated.

use super::daemon::Daemon;
use super::dns;
use super::lab::Lab;
use super::tsig::TsigKey;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

/// A running named.
pub struct Bind {
    pub daemon: Daemon,
}

impl Bind {
    /// Serves zones, by name and text, each of which some keys may update, and transfer where it says so.
    pub fn start(
        lab: &Lab,
        name: &str,
        address: SocketAddr,
        zones: &[(&str, &str)],
        keys: &[(&TsigKey, &[&str])],
    ) -> Bind {
        let folder = lab.subfolder(name);
        for (zone, text) in zones {
            lab.write(&format!("{name}/{}", file_of(zone)), text);
        }
        let text = configuration(&folder, address, zones, keys);
        let path = lab.write(&format!("{name}/named.conf"), text);
        own(address);
        let mut daemon = lab.start(name, &["named", "-f", "-n", "1", "-c", path.to_str().unwrap()]);
        for (zone, _) in zones {
            let loaded = || dns::ask(address, zone, "SOA").filter(|answer| answer.authoritative);
            daemon.ready(loaded);
        }
        Bind { daemon }
    }

    /// Counts the UPDATE messages that came in with a good signature, by the server's own log.
    pub fn updates(&self) -> usize {
        let log = self.daemon.log();
        log.lines()
            .filter(|line| line.contains("update-security: ") && line.contains("signer"))
            .count()
    }
}

/// Starts named as a validating resolver that begins at a root of ours and trusts its key; ask it before use.
pub fn start_validating(
    lab: &Lab,
    name: &str,
    address: SocketAddr,
    root: SocketAddr,
    dnskey: &str,
) -> Daemon {
    let anchor = format!(". static-key {}", quoted(dnskey));
    let stale = "stale-cache-enable yes; stale-answer-enable yes; stale-answer-client-timeout 0;";
    start_below(lab, name, address, root, &anchor, stale)
}

/// Starts named as a validating resolver that begins at a root of ours, trusts one zone by its DS, and serves nothing that
/// is stale; ask it before use.
pub fn start_fresh(
    lab: &Lab,
    name: &str,
    address: SocketAddr,
    root: SocketAddr,
    (zone, ds): (&str, &str),
) -> Daemon {
    let anchor = format!("\"{zone}\" static-ds {}", quoted(ds));
    start_below(lab, name, address, root, &anchor, "stale-answer-enable no;")
}

/// Writes the last of four words, which may be broken by spaces, in quotes.
fn quoted(data: &str) -> String {
    let mut words = data.splitn(4, ' ');
    let mut next = || words.next().unwrap();
    format!("{} {} {} \"{}\"", next(), next(), next(), next())
}

fn start_below(
    lab: &Lab,
    name: &str,
    address: SocketAddr,
    root: SocketAddr,
    anchor: &str,
    stale: &str,
) -> Daemon {
    let folder = lab.subfolder(name);
    lab.hints(name, root);
    let text = format!(
        "options {{ directory \"{folder}\"; listen-on port {} {{ {ip}; }}; listen-on-v6 {{ none; }}; recursion yes; \
         allow-query {{ 127.0.0.0/8; }}; pid-file \"{folder}/named.pid\"; session-keyfile \"{folder}/session.key\"; \
         lock-file none; dnssec-validation yes; empty-zones-enable no; prefetch 0; query-source address {ip}; \
         {stale} geoip-directory none; }};\ncontrols {{ }};\ntrust-anchors {{ {anchor}; }};\n\
         zone \".\" {{ type hint; file \"root.hints\"; }};\n",
        address.port(),
        ip = address.ip(),
        folder = folder.display(),
    );
    let path = lab.write(&format!("{name}/named.conf"), text);
    own(address);
    lab.start(name, &["named", "-g", "-n", "1", "-c", path.to_str().unwrap()])
}

/// Starts named as a plain resolver that begins at a root of ours: it validates nothing and keeps nothing beyond its time;
/// ask it before use.
pub fn start_plain(lab: &Lab, name: &str, address: SocketAddr, root: SocketAddr) -> Daemon {
    let folder = lab.subfolder(name);
    lab.hints(name, root);
    let text = format!(
        "options {{ directory \"{folder}\"; listen-on port {} {{ {ip}; }}; listen-on-v6 {{ none; }}; recursion yes; \
         allow-query {{ 127.0.0.0/8; }}; pid-file \"{folder}/named.pid\"; session-keyfile \"{folder}/session.key\"; \
         lock-file none; dnssec-validation no; empty-zones-enable no; prefetch 0; query-source address {ip}; \
         geoip-directory none; }};\ncontrols {{ }};\nzone \".\" {{ type hint; file \"root.hints\"; }};\n",
        address.port(),
        ip = address.ip(),
        folder = folder.display(),
    );
    let path = lab.write(&format!("{name}/named.conf"), text);
    own(address);
    lab.start(name, &["named", "-g", "-n", "1", "-c", path.to_str().unwrap()])
}

/// Starts named as a resolver that passes questions on to another one, over TLS (port 853) and HTTPS (port 443) as
/// well, with a certificate and its key as files; ask it before use.
pub fn start_over_tls(
    lab: &Lab,
    name: &str,
    address: SocketAddr,
    resolver: SocketAddr,
    (certificate, key): (&Path, &Path),
) -> Daemon {
    let folder = lab.subfolder(name);
    let text = format!(
        "tls own {{ cert-file \"{}\"; key-file \"{}\"; }};\nhttp own {{ endpoints {{ \"/dns-query\"; }}; }};\n\
         options {{ directory \"{folder}\"; listen-on port {} {{ {ip}; }}; listen-on port 853 tls own {{ {ip}; }}; \
         listen-on port 443 tls own http own {{ {ip}; }}; listen-on-v6 {{ none; }}; recursion yes; \
         allow-query {{ 127.0.0.0/8; }}; pid-file \"{folder}/named.pid\"; session-keyfile \"{folder}/session.key\"; \
         lock-file none; dnssec-validation no; empty-zones-enable no; prefetch 0; query-source address {ip}; \
         forward only; forwarders {{ {} port {}; }}; geoip-directory none; }};\ncontrols {{ }};\n",
        certificate.display(),
        key.display(),
        address.port(),
        resolver.ip(),
        resolver.port(),
        ip = address.ip(),
        folder = folder.display(),
    );
    let path = lab.write(&format!("{name}/named.conf"), text);
    own(address);
    lab.start(name, &["named", "-g", "-n", "1", "-c", path.to_str().unwrap()])
}

/// Gives the loopback interface an address: named listens on those that an interface has.
fn own(address: SocketAddr) {
    let address = format!("{}/32", address.ip());
    let output =
        Command::new("ip").args(["address", "replace", &address, "dev", "lo"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn file_of(zone: &str) -> String {
    format!("zone-{}.txt", zone.trim_end_matches('.'))
}

fn configuration(
    folder: &Path,
    address: SocketAddr,
    zones: &[(&str, &str)],
    keys: &[(&TsigKey, &[&str])],
) -> String {
    let folder = folder.display();
    let key = |(key, _): &(&TsigKey, &[&str])| {
        let TsigKey { name, algorithm, secret } = key;
        format!("key \"{name}\" {{ algorithm {algorithm}; secret \"{secret}\"; }};\n")
    };
    let who = |what: &str| {
        let may = keys.iter().filter(|(_, actions)| actions.contains(&what));
        let may: String = may.map(|(key, _)| format!("key \"{}\"; ", key.name)).collect();
        if may.is_empty() { "none; ".to_owned() } else { may }
    };
    let (update, transfer) = (who("update"), who("transfer"));
    let zone = |(zone, _): &(&str, &str)| {
        format!(
            "zone \"{zone}\" {{ type primary; file \"{}\"; allow-update {{ {update}}}; allow-transfer {{ {transfer}}}; \
             notify no; }};\n",
            file_of(zone)
        )
    };
    format!(
        "options {{ directory \"{folder}\"; listen-on port {} {{ {}; }}; listen-on-v6 {{ none; }}; recursion no; \
         pid-file \"{folder}/named.pid\"; session-keyfile \"{folder}/session.key\"; dnssec-validation no; \
         geoip-directory none; }};\n\
         controls {{ }};\nlogging {{ channel all {{ stderr; severity info; print-category yes; }}; category default {{ all; }}; \
         category update-security {{ all; }}; category update {{ all; }}; }};\n{}{}",
        address.port(),
        address.ip(),
        keys.iter().map(key).collect::<String>(),
        zones.iter().map(zone).collect::<String>()
    )
}
