//! Peers' addresses on their way from an answer to a count, and no further.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::model::is_bogon;
use crate::wire::as_table::AsTable;

/// Distinct addresses of peers. They can be counted by network and looked for, never read out or stored.
#[derive(Clone, Default)]
pub struct PeerSet(HashSet<IpAddr>);

/// How many peers lie in which network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerCount {
    /// By AS number.
    pub by_asn: BTreeMap<u32, u32>,
    /// In no network of the table.
    pub unmapped: u32,
}

impl PeerSet {
    /// Takes in another set.
    pub fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Tells whether an address that is known anyway is among them.
    pub fn has(&self, ip: IpAddr) -> bool {
        self.0.contains(&ip.to_canonical())
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Counts by network and drops the addresses; those that no peer can have are left out.
    pub fn count(self, table: &AsTable, allow_private: &[IpNet]) -> PeerCount {
        let mut count = PeerCount::default();
        for ip in self.0.into_iter().filter(|ip| !is_bogon(*ip, allow_private)) {
            match table.asn_of(ip) {
                Some(asn) => *count.by_asn.entry(asn).or_default() += 1,
                None => count.unmapped += 1,
            }
        }
        count
    }
}

impl FromIterator<IpAddr> for PeerSet {
    fn from_iter<T: IntoIterator<Item = IpAddr>>(addresses: T) -> Self {
        Self(addresses.into_iter().map(|ip| ip.to_canonical()).collect())
    }
}

impl fmt::Debug for PeerSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerSet({} peers)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn peers_are_counted_once_and_never_shown() {
        let table = AsTable::parse("192.0.2.0\t192.0.2.255\t701\n10.0.0.0\t10.255.255.255\t5\n");
        let table = table.expect("is a table");
        let all = ["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2", "203.0.113.1", "10.0.0.1"];
        let mut set: PeerSet = all[..2].iter().map(|it| ip(it)).collect();
        set.join(all[2..].iter().map(|it| ip(it)).collect());
        assert!(set.has(ip("::ffff:10.0.0.1")) && !set.has(ip("10.0.0.2")));
        assert_eq!(format!("{set:?}"), "PeerSet(4 peers)");
        let count = set.clone().count(&table, &[]);
        assert_eq!((count.by_asn, count.unmapped), (BTreeMap::from([(701, 2)]), 1));
        let open = set.count(&table, &["10.0.0.0/8".parse().expect("a range")]);
        assert_eq!(open.by_asn, BTreeMap::from([(5, 1), (701, 2)]));
    }
}
