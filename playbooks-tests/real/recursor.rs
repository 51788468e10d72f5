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
    let folder = lab.subfolder(name);
    let hints = lab.hints(name, root);
    let trust = format!("clearTA(\".\")\naddTA(\".\", \"{ds}\")\n");
    let trust = lab.write(&format!("{name}/trust.lua"), trust);
    let text = format!(
        "local-address={ip}\nlocal-port={}\nconfig-dir={folder}\nsocket-dir={folder}\nhint-file={}\ndont-query=\n\
         allow-from=127.0.0.0/8\nquery-local-address={ip}\ndnssec=validate\nlua-config-file={}\n\
         extended-resolution-errors={}\nserve-stale-extensions=100\ndaemon=no\ndisable-syslog=yes\nwrite-pid=no\nthreads=1\n\
         security-poll-suffix=\n",
        address.port(),
        hints.display(),
        trust.display(),
        if ede { "yes" } else { "no" },
        ip = address.ip(),
        folder = folder.display(),
    );
    lab.write(&format!("{name}/recursor.conf"), text);
    lab.start(name, &["pdns_recursor", &format!("--config-dir={}", folder.display())])
}
