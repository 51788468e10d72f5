//! How many requests a plan uses of what each service takes.
//!
//! Counted, there and back again: for each change the look before, the write, and the look after; for each
//! change step every look of the witnesses that ask the service itself; and where somebody else writes, on the way
//! there, each look whether what was written is there still. A plan is only begun when its way
//! back is paid for. Not counted: what pinning has read already, and what is sent again.

use std::collections::{BTreeMap, BTreeSet};

use super::Refusal;
use crate::model::{
    Id, Plan, PlanStep, PlannedChange, RequestUse, Services, Span, Target, Terms, Undo, Verify,
    WantWord, Witness, Work,
};

/// How many record sets a zone has, by service and zone.
pub type Sizes = BTreeMap<(Id, String), usize>;

/// Counts the requests of steps, by service.
pub fn of(steps: &[PlanStep], services: &Services, sizes: &Sizes) -> BTreeMap<Id, RequestUse> {
    let mut all: BTreeMap<Id, RequestUse> = BTreeMap::new();
    let mut add = |service: &Id, requests: u32| {
        let of = services.get(service).and_then(|terms| terms.quota);
        let entry = all.entry(service.clone()).or_insert(RequestUse { uses: 0, of });
        entry.uses = entry.uses.saturating_add(requests);
    };
    for step in steps {
        let Work::Change(planned) = &step.work else { continue };
        let ways = match planned.undo {
            Undo::Reverse { .. } => 2,
            Undo::Irreversible { .. } => 1,
        };
        let Verify { not_yet_until, turn, .. } = planned.verify;
        let others = turn.map_or(0, |turn| turns(not_yet_until, turn));
        for target in planned.changes.iter().map(|change| &change.target) {
            let service = target.service();
            let (read, write) =
                services.get(service).map_or((1, 1), |terms| at_most(target, terms, sizes));
            add(service, ways * (2 * read + write));
            add(service, read.saturating_mul(others));
        }
        for service in asked(planned) {
            let read = services.get(service).map_or(1, |terms| terms.read);
            add(service, ways * read.saturating_mul(looks(not_yet_until, turn)));
        }
    }
    all
}

/// Returns how many requests a read and a write of a target take at most.
fn at_most(target: &Target, terms: &Terms, sizes: &Sizes) -> (u32, u32) {
    match target {
        Target::Rrsets { service, zone, keys } => {
            let size = sizes.get(&(service.clone(), zone.clone())).copied().unwrap_or(keys.len());
            terms.requests(keys.len(), size)
        }
        Target::TrackerList { .. } => (terms.read, terms.write),
    }
}

/// Returns the services that are witnesses of their own changes.
fn asked(planned: &PlannedChange) -> BTreeSet<&Id> {
    let verify = &planned.verify;
    let lists = |witness: &Witness| match witness {
        Witness::Seedboxes => true,
        // A tracker cannot show that a torrent left it, so that the lists are asked.
        Witness::Trackers => verify.want == WantWord::Gone,
        Witness::Parent | Witness::Authorities | Witness::Resolvers => false,
    };
    let own = verify.ask.iter().any(lists);
    let services = planned.changes.iter().map(|change| change.target.service());
    services.filter(|_| own).collect()
}

/// Returns how often witnesses are asked at most while "not yet" is no failure.
pub fn looks(window: Span, turn: Option<Span>) -> u32 {
    // As the engine's pace: after the first few, an eighth of the window apart, ten minutes or half a turn at most.
    let apart = (window.as_millis() / 8).clamp(500, 600_000);
    let apart = turn.map_or(apart, |turn| apart.min(turn.as_millis() / 2).max(500));
    u32::try_from(window.as_millis().div_ceil(apart)).unwrap_or(u32::MAX).saturating_add(5)
}

/// Returns how often it is seen at most, in that time, whether what was written is there still: each half of a turn.
fn turns(window: Span, turn: Span) -> u32 {
    let halves = window.as_millis().div_ceil((turn.as_millis() / 2).max(1));
    u32::try_from(halves).unwrap_or(u32::MAX).saturating_add(2).min(looks(window, Some(turn)))
}

/// Refuses a plan that uses more than a service takes.
pub fn within(requests: &BTreeMap<Id, RequestUse>) -> Result<(), Refusal> {
    let over = requests.iter().find_map(|(service, it)| {
        let of = it.of.filter(|of| it.uses > *of)?;
        Some(Refusal::Quota { service: service.clone(), uses: it.uses, of })
    });
    over.map_or(Ok(()), Err)
}

/// Refuses a plan that uses more than a service itself says is left.
///
/// # Errors
/// [`Refusal::QuotaLeft`] for the first one.
pub fn afford(plan: &Plan, left: &BTreeMap<Id, u32>) -> Result<(), Refusal> {
    let over = plan.requests.iter().find_map(|(service, it)| {
        let left = *left.get(service)?;
        let over = it.uses > left;
        over.then(|| Refusal::QuotaLeft { service: service.clone(), uses: it.uses, left })
    });
    over.map_or(Ok(()), Err)
}
