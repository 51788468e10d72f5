//! What was measured: needed hosts that do not answer, standbys out of step, delegations, times to live, registrars' locks.

use std::collections::BTreeMap;

use super::finding::Draft;
use super::ground::{Ground, Place};
use super::needs::{Thing, api_of, api_of_registrar};
use crate::model::{
    CriticalName, DnsRole, FactKind, Id, Observation, ParamKind, Rule, Span, Truth, Zone,
};

/// The paths that show that name servers could be heard.
const NAMES: [FactKind; 4] = [
    FactKind::DnsAuthorityAnswers,
    FactKind::DnsResolverAnswers,
    FactKind::DnsControlAnswers,
    FactKind::DnsParentAnswers,
];

pub fn findings(ground: &Ground<'_>) -> Vec<Draft> {
    let estate = ground.inquiry.estate;
    let mut all = Vec::new();
    for provider in &estate.dns_providers {
        let hears = ground.path_is_open(&NAMES);
        all.extend(servers(ground, &provider.id));
        all.extend(host(
            ground,
            ParamKind::DnsProvider,
            &provider.id,
            FactKind::DnsAuthorityAnswers,
            hears,
        ));
        all.extend(api(ground, ParamKind::DnsProvider, &provider.id, api_of(provider)));
    }
    for registrar in &estate.registrars {
        all.extend(api(ground, ParamKind::Registrar, &registrar.id, api_of_registrar(registrar)));
    }
    for tracker in &estate.trackers {
        let hears = ground.path_is_open(&[FactKind::TrackerAnswers]);
        all.extend(host(ground, ParamKind::Tracker, &tracker.id, FactKind::TrackerAnswers, hears));
    }
    for zone in &estate.zones {
        all.extend(standbys(ground, zone));
        all.extend(delegation(ground, zone));
        all.extend(times_to_live(ground, zone));
    }
    all.extend(locks(ground));
    all
}

/// A declared host that is known to be dead while others of its kind answer stops the runbook.
fn host(
    ground: &Ground<'_>,
    kind: ParamKind,
    id: &Id,
    fact: FactKind,
    hears: bool,
) -> Option<Draft> {
    let runbooks = ground.declaring(kind, id, |thing| matches!(thing, Thing::Host { .. }));
    let mut hosts = ground.needs.iter().filter(|need| {
        need.declared
            && need.member.as_ref() == Some(&(kind, id.clone()))
            && matches!(need.thing, Thing::Host { .. })
    });
    let what = hosts.next().map(|need| need.thing.named())?;
    let (truth, because) = ground.truth(fact, id);
    let because = format!("`{id}` ({what}): {because}");
    let draft = match truth {
        Truth::False if !hears => {
            let because =
                format!("{because}; but nothing of its kind answers here, so it may be us");
            Some(Draft::unknown(Rule::HostAnswers, id, because))
        }
        Truth::True | Truth::False | Truth::Unknown => {
            Draft::seen(Rule::HostAnswers, truth, true, id, &because)
        }
    };
    draft.map(|draft| {
        let draft = draft.stops(runbooks.clone()).by(ground.owner(&runbooks));
        draft.mend("see to it before it is needed").then("lifeboat diagnose")
    })
}

/// One of several servers that is dead stops nothing yet; it is named.
fn servers(ground: &Ground<'_>, id: &Id) -> Vec<Draft> {
    let runbooks =
        ground.declaring(ParamKind::DnsProvider, id, |thing| matches!(thing, Thing::Host { .. }));
    if runbooks.is_empty() || ground.truth(FactKind::DnsAuthorityAnswers, id).0 != Truth::True {
        return Vec::new();
    }
    let start = format!("{id}/");
    let own = |fact: &&crate::model::Fact| {
        fact.kind == FactKind::DnsServerAnswers && fact.subject.as_str().starts_with(&start)
    };
    let facts = ground.inquiry.facts.iter();
    let dead = facts.filter(own).filter(|fact| fact.truth == Truth::False);
    let one = |fact: &crate::model::Fact| {
        let server = fact.subject.as_str().trim_start_matches(&start);
        let because = format!("`{server}` of `{id}`: {}", fact.because);
        let draft = Draft::warning(Rule::HostAnswers, Truth::False, id, because);
        let draft = draft.stops(runbooks.clone()).by(ground.owner(&runbooks));
        draft.mend("see to it before the others fail too").then("lifeboat diagnose")
    };
    dead.map(one).collect()
}

/// An API that did not answer is not known to be dead for the responder; it is named.
fn api(ground: &Ground<'_>, kind: ParamKind, id: &Id, api: Option<Thing>) -> Option<Draft> {
    let thing = api?;
    let runbooks = ground.declaring(kind, id, |_| true);
    let reached = ground.access(id).map(|access| access.reached.clone())?;
    if runbooks.is_empty() || reached.truth == Truth::True {
        return None;
    }
    let because = format!("whether {} of `{id}` answers: {}", thing.named(), reached.because);
    let draft = Draft::unknown(Rule::HostAnswers, id, because).stops(runbooks.clone());
    Some(
        draft
            .by(ground.owner(&runbooks))
            .mend("look whether it answers from where the responder will be"),
    )
}

/// A standby whose copy is known to be wrong stops the move to it.
fn standbys(ground: &Ground<'_>, zone: &Zone) -> Vec<Draft> {
    let one = |id: &Id| {
        let runbooks = ground.declaring(ParamKind::DnsProvider, id, |_| true);
        let (truth, because) = ground.truth(FactKind::ZoneParity, id);
        let heard = ground.truth(FactKind::DnsAuthorityAnswers, id).0 == Truth::True;
        let age = agreed_last(ground, id);
        let because = format!("the copy of `{}` at `{id}`: {because}{age}", zone.id);
        let draft = match truth {
            Truth::False if !heard => Some(Draft::unknown(Rule::StandbyInStep, id, because)),
            Truth::True | Truth::False | Truth::Unknown => {
                Draft::seen(Rule::StandbyInStep, truth, !runbooks.is_empty(), id, &because)
            }
        };
        draft.map(|draft| {
            let draft = draft.with([zone.id.clone()]).stops(runbooks.clone());
            draft
                .by(ground.owner(&runbooks))
                .mend("copy the zone to the standby, and compare it record by record")
        })
    };
    zone.standby_at.iter().filter_map(one).collect()
}

/// Says since when the copy agreed, as far as earlier looks tell.
fn agreed_last(ground: &Ground<'_>, id: &Id) -> String {
    match ground.inquiry.since.get(&(FactKind::ZoneParity, id.clone())) {
        Some((Truth::True, since)) => {
            format!("; when it was last known, it had agreed since {since}")
        }
        Some((Truth::False, since)) => format!("; it has not agreed since {since}"),
        Some((Truth::Unknown, _)) | None => "; it was never seen to agree".to_owned(),
    }
}

fn delegation(ground: &Ground<'_>, zone: &Zone) -> Option<Draft> {
    let (truth, because) = ground.truth(FactKind::DnsDelegationAsIntended, &zone.id);
    let because = format!("the delegation of `{}`: {because}", zone.id);
    let draft = Draft::seen(Rule::DelegationAsIntended, truth, false, &zone.id, &because)?;
    Some(draft.by(ground.on_call()).mend("make parent and estate agree").then("lifeboat diagnose"))
}

/// Holds each critical name against its limit; what no authority of the zone answered is not known.
fn times_to_live(ground: &Ground<'_>, zone: &Zone) -> Vec<Draft> {
    let limited =
        zone.critical.iter().filter_map(|critical| Some((critical, critical.ttl_at_most?)));
    let mut over = Vec::new();
    let mut unseen = Vec::new();
    for (critical, limit) in limited {
        let name = zone.full_name(&critical.name);
        match longest(ground, zone, critical) {
            Some(ttl) if ttl > limit.as_secs() => {
                let found = Span::from_secs(ttl);
                over.push(format!(
                    "{name} {} lives for {found}, and should for {limit} at most",
                    critical.kind
                ));
            }
            Some(_) => {}
            None => unseen.push(format!("{name} {}", critical.kind)),
        }
    }
    let finish = |draft: Draft, remedy: &str| draft.by(ground.on_call()).mend(remedy);
    let long = (!over.is_empty()).then(|| {
        let draft = Draft::warning(Rule::TtlWithinLimit, Truth::False, &zone.id, over.join("; "));
        finish(draft, "lower it at every provider, on a quiet day: the old one is kept that long")
    });
    let blind = (!unseen.is_empty()).then(|| {
        let why = if ground.inquiry.offline {
            ground.why_not_asked()
        } else {
            "no provider of the zone answered for it".to_owned()
        };
        let because = format!("how long {} lives: {why}", unseen.join(", "));
        finish(
            Draft::unknown(Rule::TtlWithinLimit, &zone.id, because),
            "look again where the providers answer",
        )
    });
    long.into_iter().chain(blind).collect()
}

/// Returns the longest time to live that an authority gave a critical name, in seconds.
pub fn longest(ground: &Ground<'_>, zone: &Zone, critical: &CriticalName) -> Option<u64> {
    let name = zone.full_name(&critical.name);
    let seen = ground.inquiry.evidence.iter().filter_map(|evidence| {
        let Observation::Dns(dns) = &evidence.observation else { return None };
        let own = matches!(&dns.role, DnsRole::Authority { zone: of, .. } if *of == zone.id);
        let right = own && dns.name == name && dns.kind.eq_ignore_ascii_case(&critical.kind);
        let answer = dns.ending.answer().filter(|answer| right && answer.aa)?;
        answer.answers.iter().map(|record| u64::from(record.ttl)).max()
    });
    seen.max()
}

/// Locks at a registrar hold a delegation up for as long as the unlocking takes.
fn locks(ground: &Ground<'_>) -> Vec<Draft> {
    let mut all = Vec::new();
    let mut by_registrar: BTreeMap<&Id, Vec<Id>> = BTreeMap::new();
    for zone in &ground.inquiry.estate.zones {
        if let Some(registrar) = &zone.registrar {
            by_registrar.entry(registrar).or_default().push(zone.id.clone());
        }
    }
    for registrar in &ground.inquiry.estate.registrars {
        let Some(zones) = by_registrar.get(&registrar.id) else { continue };
        let holds = |lock: &&String| lock.to_ascii_lowercase().contains("update");
        let held: Vec<&str> = registrar.locks.iter().filter(holds).map(String::as_str).collect();
        let runbooks = ground.declaring(ParamKind::Registrar, &registrar.id, |_| true);
        let because = match (held.is_empty(), registrar.unlock_takes) {
            (false, Some(takes)) => format!(
                "`{}` keeps {} on the domain: a move of the delegation waits {takes} for the unlocking",
                registrar.id,
                held.join(", ")
            ),
            (false, None) => format!(
                "`{}` keeps {} on the domain, and nobody wrote how long the unlocking takes",
                registrar.id,
                held.join(", ")
            ),
            (true, _) if registrar.locks.is_empty() => {
                format!("which locks `{}` keeps on the domain is not written", registrar.id)
            }
            (true, _) => continue,
        };
        let truth = if held.is_empty() { Truth::Unknown } else { Truth::False };
        all.push(
            Draft::warning(Rule::RegistrarUnlocks, truth, &registrar.id, because)
                .with(zones.clone())
                .stops(runbooks.clone())
                .by(ground.owner(&runbooks))
                .mend("write `locks` and `unlock_takes`; know the number to call, or delegate to two providers beforehand"),
        );
    }
    all
}

/// Returns the hosts with a name for which neither the estate nor the pin file has an address: a dead DNS hides them.
pub fn unpinned(ground: &Ground<'_>) -> Vec<(Id, String)> {
    let name_alone = |need: &&super::Needed| match &need.thing {
        Thing::Host { name, port, addresses } => {
            let literal = Place { host: name.clone(), port: 0 }.literal().is_some();
            let noted = ground.inquiry.pins.pin(name, *port).is_some();
            addresses.is_empty() && !literal && !noted
        }
        Thing::Secret(_) | Thing::Path(_) | Thing::LogIn(_) => false,
    };
    let named = ground.needs.iter().filter(name_alone);
    let mut all: Vec<(Id, String)> =
        named.map(|need| (need.of.clone(), need.thing.named())).collect();
    all.sort();
    all.dedup();
    all
}
