//! Our domains at their registries: for how long they are ours, whether somebody could take them away, and whether
//! all their name servers hang on one network, company or top-level domain.

use std::collections::BTreeSet;

use super::finding::Draft;
use super::ground::{Ground, listed};
use crate::model::{DnsProvider, Fact, FactKind, Id, ParamKind, Rule, Truth, Zone};

/// How many seconds before its end a registration is one to be renewed.
const SOON: f64 = 60.0 * DAY;
const DAY: f64 = 86_400.0;

pub fn findings(ground: &Ground<'_>) -> Vec<Draft> {
    let of =
        |zone| [held(ground, zone), lasts(ground, zone), locked(ground, zone), apart(ground, zone)];
    ground.inquiry.estate.zones.iter().flat_map(of).flatten().collect()
}

/// A domain that is held or deleted lasts no longer, whatever day stands at it.
fn held(ground: &Ground<'_>, zone: &Zone) -> Option<Draft> {
    let known = [FactKind::RegistryHold, FactKind::RegistryDeleting];
    let fact = known
        .into_iter()
        .find_map(|kind| said(ground, kind, zone).ok().filter(|it| it.truth == Truth::True))?;
    let because = format!("`{}`: {}", zone.id, fact.because);
    let draft = Draft::warning(Rule::RegistrationLasts, Truth::False, &zone.id, because);
    let draft = draft.with(zone.registrar.clone()).by(ground.counsel());
    Some(draft.mend("change nothing; call counsel, then the registrar").then("lifeboat diagnose"))
}

/// A domain that ends within two months is renewed now: registrars' letters get lost.
fn lasts(ground: &Ground<'_>, zone: &Zone) -> Option<Draft> {
    let draft = match said(ground, FactKind::RegistryExpires, zone) {
        Ok(fact) => {
            let left = fact.measure.map(|measure| measure.value).filter(|left| *left < SOON)?;
            let when = match (left / DAY) as i64 {
                _ if left <= 0.0 => "and that has passed".to_owned(),
                1 => "1 day from now".to_owned(),
                days => format!("{days} days from now"),
            };
            let because = format!("`{}`: {}, {when}", zone.id, fact.because);
            Draft::warning(Rule::RegistrationLasts, Truth::False, &zone.id, because)
        }
        Err(why) => {
            let because = format!("until when `{}` is registered: {why}", zone.id);
            Draft::unknown(Rule::RegistrationLasts, &zone.id, because)
        }
    };
    Some(finish(
        ground,
        zone,
        draft,
        "renew it for years, and let the registrar renew it by itself",
    ))
}

/// Without a lock, whoever talks the registrar round has the domain.
fn locked(ground: &Ground<'_>, zone: &Zone) -> Option<Draft> {
    let draft = match said(ground, FactKind::RegistryLocked, zone) {
        Ok(fact) if fact.truth == Truth::True => return None,
        Ok(fact) => {
            let because =
                format!("nothing keeps `{}` from being transferred: {}", zone.id, fact.because);
            Draft::warning(Rule::RegistrationLocked, Truth::False, &zone.id, because)
        }
        Err(why) => {
            let because = format!("whether `{}` can be transferred: {why}", zone.id);
            Draft::unknown(Rule::RegistrationLocked, &zone.id, because)
        }
    };
    Some(finish(ground, zone, draft, "have the registrar set `clientTransferProhibited`"))
}

/// Returns a fact that is known, or why none is.
fn said<'a>(ground: &Ground<'a>, kind: FactKind, zone: &Zone) -> Result<&'a Fact, String> {
    let all: Vec<&Fact> = ground.facts(kind, &zone.id).collect();
    let known = all.iter().find(|fact| fact.truth != Truth::Unknown);
    let why = || all.first().map_or_else(|| ground.why_not_asked(), |fact| fact.because.clone());
    known.copied().ok_or_else(why)
}

fn finish(ground: &Ground<'_>, zone: &Zone, draft: Draft, mend: &str) -> Draft {
    let unknown = draft.finding.truth == Truth::Unknown;
    let mend = if unknown { "write `rdap` at its registrar, and look again" } else { mend };
    draft.with(zone.registrar.clone()).by(ground.on_call()).mend(mend)
}

/// Name servers that share a network, a company or a top-level domain fail together.
fn apart(ground: &Ground<'_>, zone: &Zone) -> Option<Draft> {
    let estate = ground.inquiry.estate;
    let providers: Vec<&DnsProvider> =
        zone.delegated_to.iter().filter_map(|id| estate.provider(id)).collect();
    let shared: Vec<String> =
        [network(ground, &providers), company(&providers), domain(&providers)]
            .into_iter()
            .flatten()
            .collect();
    if shared.is_empty() {
        return None;
    }
    let because = format!("all name servers of `{}` {}", zone.id, shared.join(", and "));
    let draft = Draft::warning(Rule::ServersApart, Truth::False, &zone.id, because);
    let ids: Vec<Id> = providers.iter().map(|provider| provider.id.clone()).collect();
    Some(
        draft
            .with(ids)
            .by(ground.on_call())
            .mend("delegate to a second provider as well: another company, in another network, under another top-level domain"),
    )
}

/// Says in whose network all servers stand; nothing while the table does not know one of them.
fn network(ground: &Ground<'_>, providers: &[&DnsProvider]) -> Option<String> {
    let mut all = BTreeSet::new();
    for provider in providers {
        for ip in ground.places(ParamKind::DnsProvider, &provider.id) {
            let own = ground.asns(&[*ip]);
            if own.is_empty() {
                return None;
            }
            all.extend(own);
        }
    }
    let [asn] = all.into_iter().collect::<Vec<_>>()[..] else { return None };
    Some(format!("stand in one network, AS{asn}"))
}

/// Says whose all servers are: one provider's, or several of one company.
fn company(providers: &[&DnsProvider]) -> Option<String> {
    if let [only] = providers {
        return Some(format!("are of one provider, {}", listed([&only.id])));
    }
    let named: Option<BTreeSet<String>> = providers
        .iter()
        .map(|provider| Some(provider.company.as_ref()?.trim().to_lowercase()))
        .collect();
    let [company] = &named?.into_iter().collect::<Vec<_>>()[..] else { return None };
    Some(format!("are of one company, {}", listed([company])))
}

/// Says under which top-level domain all names of servers stand: its registry may hold them as well.
fn domain(providers: &[&DnsProvider]) -> Option<String> {
    let top = |name: &str| {
        let plain = name.trim_end_matches('.').to_ascii_lowercase();
        plain.rsplit('.').next().map(str::to_owned)
    };
    let servers = providers.iter().flat_map(|provider| &provider.nameservers);
    let all: BTreeSet<String> = servers.filter_map(|server| top(&server.name)).collect();
    let [domain] = &all.into_iter().collect::<Vec<_>>()[..] else { return None };
    Some(format!("have names under {}", listed([domain])))
}
