//! What must not share a fate: registrar and provider, provider and standby, status page and what it reports on, a log-in
//! and the zone that it is needed for.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::finding::Draft;
use super::ground::{Ground, Place, listed, same_company};
use super::needs::{Thing, api_of, api_of_registrar};
use crate::model::{
    Audience, DnsProvider, Id, ParamKind, Registrar, Rule, StatusChannel, Truth, Zone,
};

pub fn findings(ground: &Ground<'_>) -> Vec<Draft> {
    let mut all = Vec::new();
    for zone in &ground.inquiry.estate.zones {
        all.extend(registrar(ground, zone));
        all.extend(standbys(ground, zone));
        all.extend(siblings(ground, zone));
        all.extend(log_ins(ground, zone));
    }
    for channel in &ground.inquiry.estate.status_channels {
        all.extend(status(ground, channel));
    }
    merged(all)
}

/// Makes one finding of those that say the same of several zones.
fn merged(all: Vec<Draft>) -> Vec<Draft> {
    let mut kept: Vec<Draft> = Vec::new();
    for draft in all {
        let same = |it: &&mut Draft| {
            let (a, b) = (&it.finding, &draft.finding);
            (a.rule, &a.subject, a.truth) == (b.rule, &b.subject, b.truth)
                && it.blocks == draft.blocks
                && a.with.first() == b.with.first()
        };
        match kept.iter_mut().find(same) {
            Some(known) => {
                for id in draft.finding.with {
                    if !known.finding.with.contains(&id) {
                        known.finding.with.push(id);
                    }
                }
            }
            None => kept.push(draft),
        }
    }
    kept
}

fn providers<'a>(ground: &Ground<'a>, ids: &[Id]) -> Vec<&'a DnsProvider> {
    ids.iter().filter_map(|id| ground.inquiry.estate.provider(id)).collect()
}

/// A registrar that is also the provider falls with it, and the delegation cannot be moved.
fn registrar(ground: &Ground<'_>, zone: &Zone) -> Vec<Draft> {
    let estate = ground.inquiry.estate;
    let Some(registrar) = zone.registrar.as_ref().and_then(|id| estate.registrar(id)) else {
        let because = format!("the estate names no registrar for `{}`", zone.id);
        return vec![
            Draft::unknown(Rule::RegistrarApart, &zone.id, because)
                .by(ground.on_call())
                .mend("write `registrar` at the zone, and who it is under `registrars`"),
        ];
    };
    let runbooks = ground.declaring(ParamKind::Registrar, &registrar.id, |_| true);
    let one = |provider: &&DnsProvider| {
        let (truth, why) = is_one_with(registrar, provider);
        let draft = match truth {
            Truth::False => return None,
            Truth::True => Draft::blocker(Rule::RegistrarApart, &registrar.id, why),
            Truth::Unknown => Draft::unknown(Rule::RegistrarApart, &registrar.id, why),
        };
        let draft = draft.with([provider.id.clone(), zone.id.clone()]).stops(runbooks.clone());
        Some(draft.by(ground.owner(&runbooks)).mend(
            "hold the domain at a registrar that is not the DNS provider; until then its outage takes both",
        ))
    };
    providers(ground, &zone.delegated_to).iter().filter_map(one).collect()
}

fn is_one_with(registrar: &Registrar, provider: &DnsProvider) -> (Truth, String) {
    let pair = format!("registrar `{}` and DNS provider `{}`", registrar.id, provider.id);
    if let (Some(one), Some(other)) = (api_of_registrar(registrar), api_of(provider))
        && one == other
    {
        return (Truth::True, format!("{pair} are written at one place: {}", one.named()));
    }
    match same_company(registrar.company.as_deref(), provider.company.as_deref()) {
        Truth::True => {
            let company = provider.company.as_deref().unwrap_or_default();
            (
                Truth::True,
                format!(
                    "{pair} are one company, `{company}`: what stops the provider may stop the move away from it"
                ),
            )
        }
        Truth::False => (Truth::False, String::new()),
        Truth::Unknown => {
            (Truth::Unknown, format!("{pair}: the company of one of them is not written"))
        }
    }
}

/// What two providers share, in words.
struct Shared {
    surely: Vec<String>,
    partly: Vec<String>,
    unknown: Vec<String>,
}

fn shared(ground: &Ground<'_>, main: &DnsProvider, other: &DnsProvider) -> Shared {
    let servers = |it: &DnsProvider| ground.places(ParamKind::DnsProvider, &it.id).to_vec();
    let (mains, others) = (servers(main), servers(other));
    let mut found = Shared { surely: Vec::new(), partly: Vec::new(), unknown: Vec::new() };
    networks(ground, &mains, &others, &mut found);
    blocks(ground, &mains, &others, &mut found);
    match same_company(main.company.as_deref(), other.company.as_deref()) {
        Truth::True => {
            found
                .surely
                .push(format!("the company `{}`", main.company.as_deref().unwrap_or_default()));
        }
        Truth::False | Truth::Unknown => {}
    }
    if let (Some(one), Some(two)) = (api_of(main), api_of(other))
        && one == two
    {
        found.surely.push(format!("the API {}", one.named()));
    }
    found
}

/// Compares networks: what lies wholly inside the other's falls with it.
fn networks(ground: &Ground<'_>, mains: &[IpAddr], others: &[IpAddr], found: &mut Shared) {
    if ground.inquiry.as_table.is_none() {
        found.unknown.push(
            "no table of networks can be read, so nobody knows in whose network the servers stand"
                .to_owned(),
        );
        return;
    }
    let (theirs, own) = (ground.asns(mains), ground.asns(others));
    let inside = |ip: &&IpAddr| ground.asns(&[**ip]).iter().any(|asn| theirs.contains(asn));
    let unmapped: Vec<&IpAddr> =
        others.iter().filter(|ip| ground.asns(&[**ip]).is_empty()).collect();
    let caught: Vec<&IpAddr> = others.iter().filter(inside).collect();
    let common: BTreeSet<&u32> = own.intersection(&theirs).collect();
    let words = || {
        let asns: Vec<String> = common.iter().map(|asn| format!("AS{asn}")).collect();
        format!("the network {} ({})", asns.join(", "), listed(&caught))
    };
    if !caught.is_empty() && caught.len() + unmapped.len() == others.len() && unmapped.is_empty() {
        found.surely.push(words());
    } else if !caught.is_empty() {
        found.partly.push(words());
    }
    if !unmapped.is_empty() {
        found.unknown.push(format!("the table of networks does not know {}", listed(&unmapped)));
    }
}

/// Compares address blocks: those that the estate declares, and where no network is known the smallest that is announced.
fn blocks(ground: &Ground<'_>, mains: &[IpAddr], others: &[IpAddr], found: &mut Shared) {
    let both = |prefix: &&crate::model::Prefix| {
        let all_in =
            |ips: &[IpAddr]| !ips.is_empty() && ips.iter().all(|ip| prefix.cidr.contains(ip));
        all_in(mains) && all_in(others)
    };
    if let Some(prefix) = ground.inquiry.estate.prefixes.iter().find(both) {
        found.surely.push(format!("the prefix `{}` ({})", prefix.id, prefix.cidr));
    }
    let unknown = |ip: &&IpAddr| ground.asns(&[**ip]).is_empty();
    let near = |ip: &&IpAddr| mains.iter().any(|main| is_close(main, ip));
    let close: Vec<&IpAddr> = others.iter().filter(unknown).filter(near).collect();
    if !close.is_empty() {
        let words = format!("the address block of {}", listed(&close));
        if close.len() == others.len() {
            found.surely.push(words)
        } else {
            found.partly.push(words)
        }
    }
}

/// Tells whether two addresses lie in one block that nobody announces in parts: a /24, or a /48.
fn is_close(one: &IpAddr, other: &IpAddr) -> bool {
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => one.octets()[..3] == other.octets()[..3],
        (IpAddr::V6(one), IpAddr::V6(other)) => one.segments()[..3] == other.segments()[..3],
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

/// A standby inside what fails is none.
fn standbys(ground: &Ground<'_>, zone: &Zone) -> Vec<Draft> {
    let mut all = Vec::new();
    if zone.standby_at.is_empty() && zone.delegated_to.len() < 2 {
        let because = format!("`{}` is delegated to one provider, and none stands by", zone.id);
        all.push(
            Draft::warning(Rule::StandbyApart, Truth::False, &zone.id, because)
                .by(ground.on_call())
                .mend("keep a complete copy at a second provider, and name it under `standby_at`"),
        );
    }
    for standby in providers(ground, &zone.standby_at) {
        let runbooks = ground.declaring(ParamKind::DnsProvider, &standby.id, |_| true);
        for main in providers(ground, &zone.delegated_to) {
            let Shared { surely, partly, unknown } = shared(ground, main, standby);
            let pair = format!("standby `{}` and provider `{}`", standby.id, main.id);
            let draft = if !surely.is_empty() {
                let because =
                    format!("{pair} share {}: one outage takes both", surely.join(" and "));
                Draft::blocker(Rule::StandbyApart, &standby.id, because)
            } else if !partly.is_empty() {
                let because = format!("some servers of {pair} share {}", partly.join(" and "));
                Draft::warning(Rule::StandbyApart, Truth::False, &standby.id, because)
            } else if !unknown.is_empty() {
                Draft::unknown(
                    Rule::StandbyApart,
                    &standby.id,
                    format!("{pair}: {}", unknown.join("; ")),
                )
            } else {
                continue;
            };
            all.push(
                draft
                    .with([main.id.clone(), zone.id.clone()])
                    .stops(runbooks.clone())
                    .by(ground.owner(&runbooks))
                    .mend("stand by in another network, at another company"),
            );
        }
    }
    all
}

/// Two providers that a zone is delegated to.
fn siblings(ground: &Ground<'_>, zone: &Zone) -> Vec<Draft> {
    let mains = providers(ground, &zone.delegated_to);
    let mut all = Vec::new();
    for (index, one) in mains.iter().enumerate() {
        for other in &mains[index + 1..] {
            let Shared { surely, .. } = shared(ground, one, other);
            if surely.is_empty() {
                continue;
            }
            let because = format!("`{}` and `{}` share {}", one.id, other.id, surely.join(" and "));
            all.push(
                Draft::warning(Rule::ProvidersApart, Truth::False, &one.id, because)
                    .with([other.id.clone(), zone.id.clone()])
                    .by(ground.on_call())
                    .mend("delegate to providers that share no network and no company"),
            );
        }
    }
    all
}

/// Nobody logs in through what is down.
fn log_ins(ground: &Ground<'_>, zone: &Zone) -> Vec<Draft> {
    let estate = ground.inquiry.estate;
    let registrar = zone.registrar.as_ref().and_then(|id| estate.registrar(id));
    let Some(registrar) = registrar else { return Vec::new() };
    let runbooks = ground.declaring(ParamKind::Registrar, &registrar.id, |_| true);
    let one = |need: &Id| {
        let identity = estate.identities.iter().find(|identity| identity.id == *need);
        let Some(identity) = identity else {
            let because = format!(
                "`{need}`, which the log-in at `{}` needs, is no member of `identities`",
                registrar.id
            );
            let draft =
                Draft::unknown(Rule::LogInApart, &registrar.id, because).with([need.clone()]);
            return Some(
                draft
                    .by(ground.owner(&runbooks))
                    .mend("write it under `identities`, with its `mail` or `company`"),
            );
        };
        let why = mail_inside(ground, identity.mail.as_deref(), zone)
            .or_else(|| company_inside(ground, identity.company.as_deref(), zone));
        let draft = match why {
            Some(why) => {
                let because =
                    format!("the log-in at registrar `{}` needs `{need}`, {why}", registrar.id);
                Draft::blocker(Rule::LogInApart, &registrar.id, because)
            }
            None if identity.mail.is_none() && identity.company.is_none() => {
                let because = format!("`{need}` has neither `mail` nor `company`");
                Draft::unknown(Rule::LogInApart, &registrar.id, because)
            }
            None => return None,
        };
        let draft = draft.with([need.clone(), zone.id.clone()]).stops(runbooks.clone());
        Some(
            draft
                .by(ground.owner(&runbooks))
                .mend("let the registrar write to a mailbox that lives in no zone of yours"),
        )
    };
    registrar.login_needs.iter().filter_map(one).collect()
}

fn mail_inside(ground: &Ground<'_>, mail: Option<&str>, zone: &Zone) -> Option<String> {
    let place = Place::of_mail(mail?)?;
    let home = ground.zone_of(&place.host).filter(|home| ground.falls_with(home, zone))?;
    let with = if home.id == zone.id {
        String::new()
    } else {
        format!(", which falls with `{}`", zone.id)
    };
    Some(format!(
        "whose mail lives in `{}`{with}: the zone that may fail",
        home.name.trim_end_matches('.')
    ))
}

fn company_inside(ground: &Ground<'_>, company: Option<&str>, zone: &Zone) -> Option<String> {
    let same = |it: &&&DnsProvider| same_company(company, it.company.as_deref()) == Truth::True;
    let provider = providers(ground, &zone.delegated_to);
    let provider = provider.iter().find(same)?;
    Some(format!("which is at the company of provider `{}`", provider.id))
}

/// A status page inside what it reports on is silent when it is needed.
fn status(ground: &Ground<'_>, channel: &StatusChannel) -> Vec<Draft> {
    let served = ground.inquiry.estate.zones.iter().filter(|zone| ground.is_served(zone));
    let place = channel.url.as_deref().and_then(Place::of_url);
    let home = place.as_ref().and_then(|place| ground.zone_of(&place.host));
    let why = |zone: &Zone| {
        let of_name = home.filter(|home| ground.falls_with(home, zone)).map(|home| {
            format!(
                "`{}` has its name in `{}`, the zone that it reports on",
                channel.id,
                home.name.trim_end_matches('.')
            )
        });
        of_name.or_else(|| {
            let inside = company_inside(ground, channel.company.as_deref(), zone)?;
            Some(format!("`{}` reports on `{}`, {inside}", channel.id, zone.id))
        })
    };
    let Some((zone, why)) = served.filter_map(|zone| Some((zone, why(zone)?))).next() else {
        return Vec::new();
    };
    let runbooks = users(ground, channel);
    let draft = match channel.audience {
        Audience::Customers => Draft::blocker(Rule::StatusApart, &channel.id, why),
        Audience::Team => Draft::warning(Rule::StatusApart, Truth::False, &channel.id, why),
    };
    let draft = draft.with([zone.id.clone()]).stops(runbooks.clone());
    vec![
        draft
            .by(ground.owner(&runbooks))
            .mend("move it to another domain, at another registrar and DNS provider"),
    ]
}

/// Returns the runbooks that tell people through a channel.
fn users(ground: &Ground<'_>, channel: &StatusChannel) -> Vec<Id> {
    let of =
        |need: &&super::Needed| need.of == channel.id && matches!(need.thing, Thing::Host { .. });
    let runbooks = ground.needs.iter().filter(of).filter_map(|need| need.runbook.clone());
    let runbooks: BTreeSet<Id> = runbooks.collect();
    runbooks.into_iter().collect()
}
