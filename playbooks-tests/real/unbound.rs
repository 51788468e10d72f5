//! Unbound as the resolver whose eyes the users have.

use super::daemon::Daemon;
use super::dns;
use super::lab::Lab;
use std::net::SocketAddr;
use std::path::Path;

/// A running unbound that starts its recursion at given servers.
pub struct Unbound {
    pub daemon: Daemon,
    pub address: SocketAddr,
}

impl Unbound {
    /// Starts a resolver that knows, for each zone, the server to begin at; delegations below are followed to port 53.
    pub fn start(
        lab: &Lab,
        name: &str,
        address: SocketAddr,
        zones: &[(&str, SocketAddr)],
    ) -> Unbound {
        Unbound::start_validating(lab, name, address, zones, &[])
    }

    /// As [`Unbound::start`], validating below trust anchors, each a record such as `test. DS …`.
    pub fn start_validating(
        lab: &Lab,
        name: &str,
        address: SocketAddr,
        zones: &[(&str, SocketAddr)],
        anchors: &[String],
    ) -> Unbound {
        Unbound::start_set(lab, name, address, (zones, anchors), "")
    }

    /// As [`Unbound::start_validating`], with more lines of its own.
    pub fn start_set(
        lab: &Lab,
        name: &str,
        address: SocketAddr,
        (zones, anchors): (&[(&str, SocketAddr)], &[String]),
        lines: &str,
    ) -> Unbound {
        let folder = lab.subfolder(name);
        let text = configuration(&folder, address, zones, anchors);
        let text = text.replacen("server:\n", &format!("server:\n  {lines}\n"), 1);
        let path = lab.write(&format!("{name}/unbound.conf"), text);
        let mut unbound = Unbound {
            daemon: lab.start(name, &["unbound", "-d", "-c", path.to_str().unwrap()]),
            address,
        };
        unbound.ready();
        unbound
    }

    /// As [`Unbound::start`], over TLS (port 853) and HTTPS (port 443) as well, with a certificate and its key as files.
    pub fn start_over_tls(
        lab: &Lab,
        name: &str,
        address: SocketAddr,
        zones: &[(&str, SocketAddr)],
        (certificate, key): (&Path, &Path),
    ) -> Unbound {
        let plain = configuration(&lab.subfolder(name), address, zones, &[]);
        let text = format!(
            "{plain}server:\n  interface: {ip}@853\n  interface: {ip}@443\n  tls-port: 853\n  https-port: 443\n  \
             tls-service-pem: \"{}\"\n  tls-service-key: \"{}\"\n",
            certificate.display(),
            key.display(),
            ip = address.ip()
        );
        let path = lab.write(&format!("{name}/unbound.conf"), text);
        let daemon = lab.start(name, &["unbound", "-d", "-c", path.to_str().unwrap()]);
        let mut unbound = Unbound { daemon, address };
        unbound.ready();
        unbound
    }

    /// Waits until it answers anything.
    pub fn ready(&mut self) {
        let address = self.address;
        self.daemon.ready(|| dns::ask(address, "localhost", "A"));
    }

    /// Starts it again with empty caches.
    pub fn restart(&mut self) {
        self.daemon.start_again();
        self.ready();
    }
}

/// Starts an unbound that validates from a root of ours, which it trusts by its DS; ask it before use.
pub fn start_validating(
    lab: &Lab,
    name: &str,
    address: SocketAddr,
    root: SocketAddr,
    ds: &str,
    ede: bool,
) -> Daemon {
    let folder = lab.subfolder(name);
    lab.hints(name, root);
    lab.write(&format!("{name}/root.key"), format!(". IN DS {ds}\n"));
    let text = format!(
        "server:\n  interface: {}@{}\n  access-control: 127.0.0.0/8 allow\n  username: \"\"\n  chroot: \"\"\n  \
         directory: \"{folder}\"\n  pidfile: \"{folder}/unbound.pid\"\n  do-daemonize: no\n  use-syslog: no\n  \
         logfile: \"\"\n  verbosity: 1\n  num-threads: 1\n  do-ip6: no\n  root-hints: \"{folder}/root.hints\"\n  \
         trust-anchor-file: \"{folder}/root.key\"\n  do-not-query-localhost: no\n  local-zone: \"test.\" nodefault\n  \
         outgoing-interface: {ip}\n  ede: {}\n  prefetch: no\n  cache-min-ttl: 0\n  serve-expired: yes\n  \
         serve-expired-client-timeout: 0\n  ede-serve-expired: {}\nremote-control:\n  control-enable: no\n",
        address.ip(),
        address.port(),
        if ede { "yes" } else { "no" },
        if ede { "yes" } else { "no" },
        ip = address.ip(),
        folder = folder.display(),
    );
    let path = lab.write(&format!("{name}/unbound.conf"), text);
    lab.start(name, &["unbound", "-d", "-c", path.to_str().unwrap()])
}

fn configuration(
    folder: &Path,
    address: SocketAddr,
    zones: &[(&str, SocketAddr)],
    anchors: &[String],
) -> String {
    let folder = folder.display();
    let modules = if anchors.is_empty() { "iterator" } else { "validator iterator" };
    let anchors: String =
        anchors.iter().map(|anchor| format!("  trust-anchor: \"{anchor}\"\n")).collect();
    let stub = |(zone, server): &(&str, SocketAddr)| {
        format!(
            "stub-zone:\n  name: \"{zone}\"\n  stub-addr: {}@{}\n  stub-prime: no\n",
            server.ip(),
            server.port()
        )
    };
    format!(
        "server:\n  interface: {}@{}\n  access-control: 127.0.0.0/8 allow_snoop\n  username: \"\"\n  chroot: \"\"\n  \
         directory: \"{folder}\"\n  pidfile: \"{folder}/unbound.pid\"\n  do-daemonize: no\n  use-syslog: no\n  \
         logfile: \"\"\n  verbosity: 1\n  num-threads: 1\n  do-ip6: no\n  module-config: \"{modules}\"\n  \
         do-not-query-localhost: no\n  local-zone: \"test.\" nodefault\n  prefetch: no\n  serve-expired: no\n  \
         cache-min-ttl: 0\n{anchors}remote-control:\n  control-enable: no\n{}",
        address.ip(),
        address.port(),
        zones.iter().map(stub).collect::<String>()
    )
}
