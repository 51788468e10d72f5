//! Name servers of every kind with the same zones, and resolvers of every kind: started, ended, started with others.

use super::setting::{Resolver, Software};
use crate::real::bind::{self, Bind};
use crate::real::daemon::Daemon;
use crate::real::dns;
use crate::real::knot::{Knot, KnotZone};
use crate::real::lab::Lab;
use crate::real::until::{STARTUP, until};
use crate::real::{nsd, powerdns, recursor, unbound};
use std::net::{IpAddr, SocketAddr};

/// One name server.
pub struct Server {
    pub software: Software,
    pub address: SocketAddr,
    name: String,
    daemon: Option<Daemon>,
}

/// A zone's name and its text, all names fully qualified.
pub type Zone<'a> = (&'a str, &'a str);

impl Server {
    /// Describes a server that does not run yet.
    pub fn new(software: Software, name: &str, address: SocketAddr) -> Server {
        Server { software, address, name: name.to_owned(), daemon: None }
    }

    /// Runs it with these zones and no others, and waits until it says so.
    pub fn serve(&mut self, lab: &Lab, zones: &[Zone<'_>]) {
        self.kill();
        let mut daemon = match self.software {
            Software::Knot => {
                // Its journal would turn zones signed elsewhere into others with a serial of its own.
                let _ = std::fs::remove_dir_all(lab.folder().join(&self.name).join("db"));
                let zones =
                    zones.iter().map(|&(name, text)| KnotZone { name, text, signed: false });
                let zones: Vec<KnotZone<'_>> = zones.collect();
                Knot::start_zones(lab, &self.name, self.address, &zones).daemon
            }
            Software::Bind => Bind::start(lab, &self.name, self.address, zones, &[]).daemon,
            Software::Nsd => nsd::start(lab, &self.name, self.address, zones),
            Software::PowerDns => powerdns::start_static(lab, &self.name, self.address, zones),
        };
        let address = self.address;
        match zones {
            [] => drop(daemon.ready(|| dns::ask(address, "nothing.invalid.", "SOA"))),
            zones => zones.iter().for_each(|(zone, _)| {
                daemon.ready(|| dns::ask(address, zone, "SOA").filter(|it| it.authoritative));
            }),
        }
        self.daemon = Some(daemon);
    }

    /// Ends it, and waits until its sockets are closed: some daemons leave them to children that end after them.
    pub fn kill(&mut self) {
        self.daemon = None;
        until("a free address", STARTUP, || (!is_taken(self.address)).then_some(()));
    }

    /// Makes it stand still.
    pub fn stop(&self) {
        self.daemon.iter().for_each(Daemon::stop);
    }
}

/// Tells whether any process has a socket at an address, by the kernel's tables: to try it out would be to take it.
fn is_taken(address: SocketAddr) -> bool {
    let IpAddr::V4(ip) = address.ip() else { panic!("{address} is of IPv4") };
    let place = format!(": {:08X}:{:04X} ", u32::from_ne_bytes(ip.octets()), address.port());
    ["/proc/net/udp", "/proc/net/tcp"].iter().any(|table| {
        let text = std::fs::read_to_string(table).unwrap();
        // Unconnected, or listening: what is left of connections stops nobody.
        let open = |line: &str| matches!(line.split_whitespace().nth(3), Some("07" | "0A"));
        text.lines().any(|line| line.contains(&place) && open(line))
    })
}

/// Where resolvers begin, and what they trust.
pub struct Root {
    pub address: SocketAddr,
    pub ds: String,
    pub dnskey: String,
}

/// Starts a resolver with empty caches.
pub fn resolver(lab: &Lab, kind: Resolver, at: SocketAddr, root: &Root, ede: bool) -> Daemon {
    let mut daemon = match kind {
        Resolver::Unbound => {
            unbound::start_validating(lab, "unbound", at, root.address, &root.ds, ede)
        }
        Resolver::Recursor => recursor::start(lab, "recursor", at, root.address, &root.ds, ede),
        Resolver::Bind => bind::start_validating(lab, "resolver", at, root.address, &root.dnskey),
    };
    daemon.ready(|| dns::ask(at, ".", "SOA").filter(|answer| answer.status == "NOERROR"));
    daemon
}
