//! A deadline that comes before one target's budget: silence until then is no finding.

use crate::model::{Ending, Inconclusive, Observation};

/// Turns a silence into "the deadline came first".
pub(super) fn forgive(observation: &mut Observation) {
    match observation {
        Observation::Dns(dns) => forgive_silence(&mut dns.ending),
        Observation::Tracker(tracker) => {
            forgive_silence(&mut tracker.ending);
            tracker.unconnected.iter_mut().for_each(forgive_silence);
        }
        Observation::Bgp(bgp) => forgive_silence(&mut bgp.ending),
        Observation::Seedbox(seedbox) => forgive_silence(&mut seedbox.ending),
        Observation::Registry(registry) => forgive_silence(&mut registry.ending),
        Observation::Api(api) => forgive_silence(&mut api.ending),
        Observation::Tcp(tcp) => forgive_silence(&mut tcp.ending),
        Observation::Peers(_) | Observation::Vantage(_) | Observation::Copy(_) => {}
    }
}

fn forgive_silence<T>(ending: &mut Ending<T>) {
    if matches!(ending, Ending::TimedOut) {
        *ending = Ending::Inconclusive(Inconclusive::Deadline);
    }
}
