//! Peers by carrier, held against what is usual.
//!
//! With a baseline the number decides: below `low` is too few. When some sources did not answer, fewer peers are seen
//! of every network, so `low` shrinks with the best other carrier. Without a baseline the carrier's share of all
//! peers decides, and only where at least ten of its peers would be usual: a quarter of that is too few.

use super::World;
use super::claim::Claim;
use super::sight::{Sight, reason};
use crate::model::{
    Baseline, Carrier, FactKind, Id, Measure, Observation, PeersObservation, Percent, Truth,
    UsualPeers,
};

/// The fewest peers that must be usual before a missing share means something.
const ENOUGH: f64 = 10.0;
/// The part of the usual number below which something is wrong.
const TOO_FEW: f64 = 0.25;

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    world.estate.carriers.iter().map(|carrier| share(world, sight, carrier)).collect()
}

fn share(world: &World<'_>, sight: &Sight<'_>, carrier: &Carrier) -> Claim {
    let usual = usual(world.baseline, &carrier.id);
    let moot = |because: &str| Claim::moot(FactKind::PeersShare, &carrier.id, because);
    if world.as_table.is_none() {
        return moot("no table of networks is declared");
    }
    if usual.is_none() && carrier.usual_share.is_none() {
        return moot("no usual number of its peers is declared");
    }
    if world.estate.trackers.is_empty() && world.estate.seedboxes.is_empty() {
        return moot("nothing is declared that would name peers");
    }
    let counted = sight.evidence().find_map(|evidence| match &evidence.observation {
        Observation::Peers(peers) => Some((&evidence.id, peers)),
        Observation::Dns(_)
        | Observation::Tracker(_)
        | Observation::Bgp(_)
        | Observation::Seedbox(_)
        | Observation::Registry(_)
        | Observation::Tcp(_)
        | Observation::Api(_)
        | Observation::Vantage(_)
        | Observation::Copy(_) => None,
    });
    let Some((id, peers)) = counted else {
        return Claim::new(
            FactKind::PeersShare,
            &carrier.id,
            Truth::Unknown,
            "peers were not counted",
        );
    };
    let (truth, measure, because) = judge(world, peers, carrier, usual);
    Claim::new(FactKind::PeersShare, &carrier.id, truth, because).measured(measure).from([id])
}

fn usual<'a>(baseline: Option<&'a Baseline>, carrier: &Id) -> Option<&'a UsualPeers> {
    baseline?.peers.iter().find(|usual| usual.carrier == *carrier)
}

type Verdict = (Truth, Option<Measure>, String);

fn judge(
    world: &World<'_>,
    peers: &PeersObservation,
    carrier: &Carrier,
    usual: Option<&UsualPeers>,
) -> Verdict {
    if let Some(why) = &peers.inconclusive {
        return (Truth::Unknown, None, format!("peers could not be counted: {}", reason(why)));
    }
    if peers.sources == 0 {
        return (Truth::Unknown, None, "no tracker or seedbox named its peers".to_owned());
    }
    let seen = f64::from(peers.by_asn.get(&carrier.asn).copied().unwrap_or(0));
    match (usual, carrier.usual_share) {
        (Some(usual), _) if peers.sources >= peers.asked || seen >= usual.low => {
            compared(seen, usual.median, usual.low, "usual")
        }
        (Some(usual), share) => match (scale(world, peers, carrier), share) {
            (Some(scale), _) => compared(
                seen,
                usual.median * scale,
                usual.low * scale,
                "to be expected of the sources that answered",
            ),
            (None, Some(share)) => by_share(peers, seen, share),
            (None, None) => {
                let because =
                    "some sources did not answer, and no other carrier tells how many are missing";
                (Truth::Unknown, None, because.to_owned())
            }
        },
        (None, Some(share)) => by_share(peers, seen, share),
        (None, None) => (Truth::Unknown, None, "nothing usual is known".to_owned()),
    }
}

/// Returns which part of the usual number the best other carrier still has.
fn scale(world: &World<'_>, peers: &PeersObservation, carrier: &Carrier) -> Option<f64> {
    let others = world.estate.carriers.iter().filter(|other| other.id != carrier.id);
    let part = |other: &Carrier| {
        let usual = usual(world.baseline, &other.id).filter(|usual| usual.median > 0.0)?;
        let seen = f64::from(peers.by_asn.get(&other.asn).copied().unwrap_or(0));
        Some((seen / usual.median).min(1.0))
    };
    others.filter_map(part).reduce(f64::max)
}

fn compared(seen: f64, median: f64, low: f64, what: &str) -> Verdict {
    let measure = (median >= 1.0).then_some(Measure::part(seen, median.round()));
    let because = format!("{seen} peers seen, where {median:.0} are {what} and {low:.0} the least");
    if low < 1.0 {
        return (Truth::Unknown, None, format!("{because}: too few to tell"));
    }
    (Truth::of(seen >= low), measure, because)
}

fn by_share(peers: &PeersObservation, seen: f64, usual: Percent) -> Verdict {
    let mapped: f64 = peers.by_asn.values().map(|count| f64::from(*count)).sum();
    let others = mapped + f64::from(peers.unmapped) - seen;
    let part = (usual.0 / 100.0).min(0.99);
    let expected = others * part / (1.0 - part);
    let because = format!(
        "{seen} peers seen beside {others} of other networks, where {expected:.0} would be usual"
    );
    if expected < ENOUGH {
        return (Truth::Unknown, None, format!("{because}: too few to tell"));
    }
    let measure = Measure::part(seen, expected.round());
    (Truth::of(seen >= expected * TOO_FEW), Some(measure), because)
}
