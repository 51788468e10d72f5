//! PowerDNS Recursor as a validating resolver.

use super::daemon::Daemon;
use super::lab::Lab;
use std::net::SocketAddr;

/// Starts a recursor that begins at a root of ours, which it trusts by its DS; ask it before use.
pub fn start(
    lab: &Lab,
    name: &str,
    address: SocketAddr,
    root: SocketAddr,
    ds: &str,
    ede: bool,
) -> Daemon {
    let ede = if ede { "yes" } else { "no" };
    let more = format!("extended-resolution-errors={ede}\nserve-stale-extensions=100\n");
    start_below(lab, name, address, root, (".", ds), &more)
}

/// Starts a recursor that begins at a root of ours, trusts one zone by its DS, and serves nothing that is stale; ask it
/// before use.
pub fn start_fresh(
    lab: &Lab,
    name: &str,
    address: SocketAddr,
    root: SocketAddr,
    anchor: (&str, &str),
) -> Daemon {
    start_below(lab, name, address, root, anchor, "serve-stale-extensions=0\n")
}

fn start_below(
    lab: &Lab,
    name: &str,
    address: SocketAddr,
    root: SocketAddr,
    (zone, ds): (&str, &str),
    more: &str,
) -> Daemon {
    let folder = lab.subfolder(name);
    let hints = lab.hints(name, root);
    let trust = format!("clearTA(\".\")\naddTA(\"{zone}\", \"{ds}\")\n");
    let trust = lab.write(&format!("{name}/trust.lua"), trust);
    let text = format!(
        "local-address={ip}\nlocal-port={}\nconfig-dir={folder}\nsocket-dir={folder}\nhint-file={}\ndont-query=\n\
         allow-from=127.0.0.0/8\nquery-local-address={ip}\ndnssec=validate\nlua-config-file={}\n\
         {more}daemon=no\ndisable-syslog=yes\nwrite-pid=no\nthreads=1\n\
         security-poll-suffix=\n",
        address.port(),
        hints.display(),
        trust.display(),
        ip = address.ip(),
        folder = folder.display(),
    );
    lab.write(&format!("{name}/recursor.conf"), text);
    lab.start(name, &["pdns_recursor", &format!("--config-dir={}", folder.display())])
}

/// Starts a plain recursor that begins at a root of ours: it validates nothing, keeps nothing beyond its time, and asks no
/// server that it found dead for so many seconds; ask it before use.
pub fn start_plain(
    lab: &Lab,
    name: &str,
    address: SocketAddr,
    root: SocketAddr,
    memory: u32,
) -> Daemon {
    let folder = lab.subfolder(name);
    let hints = lab.hints(name, root);
    let text = format!(
        "local-address={ip}\nlocal-port={}\nconfig-dir={folder}\nsocket-dir={folder}\nhint-file={}\ndont-query=\n\
         allow-from=127.0.0.0/8\nquery-local-address={ip}\ndnssec=off\nserver-down-throttle-time={memory}\n\
         packetcache-servfail-ttl={memory}\ndaemon=no\ndisable-syslog=yes\nwrite-pid=no\nthreads=1\n\
         security-poll-suffix=\n",
        address.port(),
        hints.display(),
        ip = address.ip(),
        folder = folder.display(),
    );
    lab.write(&format!("{name}/recursor.conf"), text);
    lab.start(name, &["pdns_recursor", &format!("--config-dir={}", folder.display())])
}
