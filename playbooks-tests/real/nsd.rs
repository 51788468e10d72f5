//! NSD as an authoritative server.

use super::daemon::Daemon;
use super::lab::Lab;
use std::net::SocketAddr;

/// Starts nsd with zones, by name and text; ask it before use.
pub fn start(lab: &Lab, name: &str, address: SocketAddr, zones: &[(&str, &str)]) -> Daemon {
    let folder = lab.subfolder(name);
    let file_of = |zone: &str| format!("zone-{}.txt", zone.trim_end_matches('.'));
    for (zone, text) in zones {
        lab.write(&format!("{name}/{}", file_of(zone)), text);
    }
    let zone = |(zone, _): &(&str, &str)| {
        format!("zone:\n  name: \"{zone}\"\n  zonefile: \"{}\"\n", file_of(zone))
    };
    let text = format!(
        "server:\n  ip-address: {}\n  port: {}\n  username: \"\"\n  chroot: \"\"\n  zonesdir: \"{folder}\"\n  \
         pidfile: \"{folder}/nsd.pid\"\n  database: \"\"\n  xfrdfile: \"{folder}/xfrd.state\"\n  \
         zonelistfile: \"{folder}/zone.list\"\n  server-count: 1\n  rrl-ratelimit: 0\nremote-control:\n  \
         control-enable: no\n{}",
        address.ip(),
        address.port(),
        zones.iter().map(zone).collect::<String>(),
        folder = folder.display()
    );
    let path = lab.write(&format!("{name}/nsd.conf"), text);
    Daemon::start_family(lab, name, &["nsd", "-d", "-c", path.to_str().unwrap()])
}
