//! The real-server suite: real daemons in one rootless namespace, started by `playbooks-tests/real.sh`.

pub mod bind;
pub mod bird;
pub mod bulk;
pub mod cases;
pub mod contracts;
pub mod cut;
pub mod daemon;
pub mod disks;
pub mod dns;
pub mod dns_faults;
pub mod dnsdist;
pub mod dnssec;
pub mod dual;
pub mod encrypted;
pub mod estate;
pub mod failover;
pub mod foretold;
pub mod gates;
pub mod holding;
pub mod http;
pub mod itself;
pub mod knot;
pub mod lab;
pub mod lifeboat;
pub mod loss;
pub mod manners;
pub mod moto;
pub mod needs;
pub mod netns;
pub mod nginx;
pub mod nsd;
pub mod octodns;
pub mod opentracker;
pub mod paths;
pub mod planning;
pub mod powerdns;
pub mod probes_torrent;
pub mod ready;
pub mod recursor;
pub mod registry;
pub mod relay;
pub mod reverted;
pub mod service_powerdns;
pub mod service_rfc2136;
pub mod signatures;
pub mod smoke;
pub mod storm;
pub mod sweep;
pub mod tap;
pub mod torrent;
pub mod tracked;
pub mod tracker;
pub mod tracker_lists;
pub mod transmission;
pub mod trusted;
pub mod tsig;
pub mod unbound;
pub mod until;
pub mod update_trouble;
pub mod updated;
pub mod zone_apply;
pub mod zone_copies;

use libtest_mimic::Trial;

/// The trials of the real-server suite.
pub fn trials() -> Vec<Trial> {
    [
        bulk::trials(),
        cases::trials(),
        contracts::trials(),
        cut::trials(),
        disks::trials(),
        dns_faults::trials(),
        dnssec::trials(),
        dual::trials(),
        encrypted::trials(),
        foretold::trials(),
        gates::trials(),
        manners::trials(),
        moto::trials(),
        needs::trials(),
        paths::trials(),
        itself::trials(),
        probes_torrent::trials(),
        ready::trials(),
        registry::trials(),
        reverted::trials(),
        service_powerdns::trials(),
        service_rfc2136::trials(),
        signatures::trials(),
        smoke::trials(),
        storm::trials(),
        sweep::trials(),
        tracker_lists::trials(),
        trusted::trials(),
        update_trouble::trials(),
        zone_apply::trials(),
        zone_copies::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
