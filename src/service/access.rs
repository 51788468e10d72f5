//! Harmless looks: whether a service answers, takes its credential, holds a zone, and lets the credential write it.
//!
//! Nothing here changes anything, and what could not be asked is unknown, never a no.

use super::Field;
use super::dns::hosted::HostedError;
use super::dns::powerdns::{self, PowerDnsError};
use super::dns::{Said as ServerSaid, Server, UpdateError, cloudflare, desec, rfc2136, route53};
use super::seedbox::{self, SeedboxError};
use crate::model::{
    Access, DnsProvider, DnsProviderKind, Id, Registrar, RegistrarKind, Said, Seedbox, Truth, Zone,
    ZoneAccess, fully_qualified,
};
use crate::net::{Deadline, NetError};

/// Looks at a DNS provider, for each of some zones.
pub async fn provider(
    field: &Field,
    provider: &DnsProvider,
    zones: &[&Zone],
    until: Deadline,
) -> Access {
    let id = &provider.id;
    let names: Vec<(Id, String)> =
        zones.iter().map(|it| (it.id.clone(), fully_qualified(&it.name))).collect();
    match (provider.kind, &provider.credential) {
        (DnsProviderKind::Powerdns, _) => {
            over_http(field, id, powerdns::Api::of_provider(provider), &names, until).await
        }
        (DnsProviderKind::Rfc2136, _) => {
            by_update(field, id, Server::of_provider(provider), &names, until).await
        }
        (DnsProviderKind::Cloudflare, Some(place)) => {
            cloudflare::look(field, provider, place, zones, until).await
        }
        (DnsProviderKind::Desec, Some(place)) => {
            desec::look(field, provider, place, zones, until).await
        }
        (DnsProviderKind::Cloudflare | DnsProviderKind::Desec, None) => {
            Access::unknown(id, "the estate names no credential")
        }
        (DnsProviderKind::Route53, _) => signed_for(field, provider, zones, until).await,
        (DnsProviderKind::Unmanaged, _) => Access::unknown(id, "it is only asked, never written"),
    }
}

/// Looks at a registrar, for each zone whose delegation it writes: what is asked for is the parent zone.
pub async fn registrar(
    field: &Field,
    registrar: &Registrar,
    zones: &[&Zone],
    until: Deadline,
) -> Access {
    let id = &registrar.id;
    let above = |zone: &Zone| {
        let name = zone.name.trim_end_matches('.');
        let own = name.split_once('.').map_or(".", |(_, above)| above).to_owned();
        (zone.id.clone(), registrar.parent_zone.clone().unwrap_or(own))
    };
    let parents: Vec<(Id, String)> = zones.iter().map(|zone| above(zone)).collect();
    match registrar.kind {
        RegistrarKind::Powerdns => {
            over_http(field, id, powerdns::Api::of_registrar(registrar), &parents, until).await
        }
        RegistrarKind::Rfc2136 => {
            by_update(field, id, Server::of_registrar(registrar), &parents, until).await
        }
        RegistrarKind::Manual => Access::unknown(id, "a person makes its changes"),
    }
}

/// Looks at a seedbox.
pub async fn seedbox(field: &Field, seedbox: &Seedbox, until: Deadline) -> Access {
    let mut access = Access::unknown(&seedbox.id, "nothing was asked");
    let error = match seedbox::greet(field, seedbox, until).await {
        Ok(()) => {
            access.reached = Said::new(Truth::True, "it answers");
            access.accepted = Said::new(Truth::True, "the credential is taken");
            return access;
        }
        Err(error) => error,
    };
    let because = error.to_string();
    match error {
        SeedboxError::Denied { .. } => {
            access.reached = Said::new(Truth::True, "it answers");
            access.accepted = Said::new(Truth::False, because);
        }
        SeedboxError::Net { source, .. } => unreached(&mut access, &source),
        SeedboxError::NotBuilt { .. }
        | SeedboxError::Here { .. }
        | SeedboxError::Busy { .. }
        | SeedboxError::Status { .. }
        | SeedboxError::Rejected { .. }
        | SeedboxError::Malformed { .. }
        | SeedboxError::NoTorrent { .. }
        | SeedboxError::Drifted { .. }
        | SeedboxError::OutOfReach { .. }
        | SeedboxError::BadUrl(_)
        | SeedboxError::Lied { .. } => access = Access::unknown(&seedbox.id, because),
    }
    access
}

/// Notes why no reply came: a host that is known not to answer is a no, anything of our own is unknown.
fn unreached(access: &mut Access, source: &NetError) {
    let dead = matches!(
        source,
        NetError::Refused
            | NetError::HostUnreachable
            | NetError::NetworkUnreachable
            | NetError::ConnectTimedOut
            | NetError::TimedOut
    );
    let truth = if dead { Truth::False } else { Truth::Unknown };
    access.reached = Said::new(truth, source.to_string());
    access.accepted = Said::unknown(source.to_string());
}

async fn over_http(
    field: &Field,
    id: &Id,
    api: Result<powerdns::Api, PowerDnsError>,
    zones: &[(Id, String)],
    until: Deadline,
) -> Access {
    let api = match api {
        Ok(api) => api,
        Err(error) => return Access::unknown(id, error.to_string()),
    };
    let mut access = Access::unknown(id, "no zone of ours is meant to be there");
    for (zone, name) in zones {
        let told = powerdns::look(field, &api, name, until.left()).await;
        let here = field.clock.now();
        if let Ok((from, date)) = &told {
            access.from = Some(*from);
            access.ahead_s = date.map(|date| date.as_second() - here.as_second());
        }
        let held = told_by(&mut access, told.map(drop));
        // A key of PowerDNS opens everything that its server holds.
        let writes = Said::new(held.truth.and(access.accepted.truth), held.because.clone());
        access.zones.push(ZoneAccess { zone: zone.clone(), held, writes });
    }
    access
}

/// Looks at Route 53: what a key may write, it does not say.
async fn signed_for(
    field: &Field,
    provider: &DnsProvider,
    zones: &[&Zone],
    until: Deadline,
) -> Access {
    let mut access = Access::unknown(&provider.id, "no zone of ours is meant to be there");
    for zone in zones {
        let held = match route53::read(field, provider, &zone.name, &[], until.left()).await {
            Ok(_) => {
                access.reached = Said::new(Truth::True, "it answers");
                access.accepted = Said::new(Truth::True, "the key is taken");
                Said::new(Truth::True, "it holds the zone")
            }
            Err(error) => hosted(&mut access, error),
        };
        let writes = match held.truth {
            Truth::False => held.clone(),
            Truth::True | Truth::Unknown => {
                Said::unknown("Route 53 does not say what a key may write")
            }
        };
        access.zones.push(ZoneAccess { zone: zone.id.clone(), held, writes });
    }
    access
}

/// Sorts why a service that hosts zones showed none, and says whether it holds it.
fn hosted(access: &mut Access, error: HostedError) -> Said {
    let because = error.to_string();
    match error {
        HostedError::NoZone { .. } => {
            access.reached = Said::new(Truth::True, "it answers");
            access.accepted = Said::new(Truth::True, "the key is taken");
            return Said::new(Truth::False, because);
        }
        HostedError::Denied { .. } => {
            access.reached = Said::new(Truth::True, "it answers");
            access.accepted = Said::new(Truth::False, because.clone());
        }
        HostedError::Net { source, .. } => unreached(access, &source),
        HostedError::NotUsable { .. }
        | HostedError::Here { .. }
        | HostedError::Busy { .. }
        | HostedError::Drift { .. }
        | HostedError::Unsayable { .. }
        | HostedError::Rejected { .. }
        | HostedError::Incomplete { .. }
        | HostedError::Malformed { .. } => access.accepted = Said::unknown(because.clone()),
    }
    Said::unknown(because)
}

/// Sorts what PowerDNS said, and says whether it holds the zone.
fn told_by(access: &mut Access, told: Result<(), PowerDnsError>) -> Said {
    let yes = |access: &mut Access| {
        access.reached = Said::new(Truth::True, "it answers");
        access.accepted = Said::new(Truth::True, "the key is taken");
    };
    let Err(error) = told else {
        yes(access);
        return Said::new(Truth::True, "it holds the zone");
    };
    let because = error.to_string();
    match error {
        PowerDnsError::NoZone { .. } => {
            yes(access);
            return Said::new(Truth::False, because);
        }
        PowerDnsError::Denied { .. } => {
            access.reached = Said::new(Truth::True, "it answers");
            access.accepted = Said::new(Truth::False, because.clone());
        }
        PowerDnsError::Net { source, .. } => unreached(access, &source),
        PowerDnsError::NotUsable { .. }
        | PowerDnsError::Here { .. }
        | PowerDnsError::Busy { .. }
        | PowerDnsError::Rejected { .. }
        | PowerDnsError::Malformed { .. } => {
            access.accepted = Said::unknown(because.clone());
        }
    }
    Said::unknown(because)
}

async fn by_update(
    field: &Field,
    id: &Id,
    server: Result<Server, UpdateError>,
    zones: &[(Id, String)],
    until: Deadline,
) -> Access {
    let server = match server {
        Ok(server) => server,
        Err(error) => return Access::unknown(id, error.to_string()),
    };
    let mut access = Access::unknown(id, "no zone of ours is meant to be there");
    for (zone, name) in zones {
        let read = rfc2136::read(field, &server, name, &[], until.left()).await;
        let held = judged(&mut access, read.map(drop));
        let writes = match held.truth {
            Truth::True => {
                let tried = rfc2136::may_write(field, &server, name, until.left()).await;
                written(tried)
            }
            Truth::False | Truth::Unknown => Said::unknown(held.because.clone()),
        };
        access.zones.push(ZoneAccess { zone: zone.clone(), held, writes });
    }
    access
}

/// Sorts what a server of RFC 2136 said, and says whether it holds the zone. Only a signed no is one.
fn judged(access: &mut Access, told: Result<(), UpdateError>) -> Said {
    let Err(error) = told else {
        access.reached = Said::new(Truth::True, "it answers");
        access.accepted = Said::new(Truth::True, "the key is taken");
        return Said::new(Truth::True, "it holds the zone");
    };
    let because = error.to_string();
    match &error {
        UpdateError::Said { said: ServerSaid::NoZone(_), signed: true, .. } => {
            access.reached = Said::new(Truth::True, "it answers");
            access.accepted = Said::new(Truth::True, "the key is taken");
            return Said::new(Truth::False, because);
        }
        // BADKEY and BADSIG cannot be signed: the key is what is missing (RFC 8945 §5.2).
        UpdateError::Said {
            said: ServerSaid::Key { .. } | ServerSaid::Signature { .. }, ..
        } => {
            access.reached = Said::new(Truth::True, "it answers");
            access.accepted = Said::new(Truth::False, because.clone());
        }
        UpdateError::NotSent { source, .. } => unreached(access, source),
        UpdateError::NotUsable { .. }
        | UpdateError::Here { .. }
        | UpdateError::Unwritable { .. }
        | UpdateError::Unsayable { .. }
        | UpdateError::NoReply { .. }
        | UpdateError::Malformed { .. }
        | UpdateError::Unsigned { .. }
        | UpdateError::Said { .. }
        | UpdateError::Partly { .. }
        | UpdateError::Hidden { .. } => access.accepted = Said::unknown(because.clone()),
    }
    Said::unknown(because)
}

fn written(tried: Result<(), UpdateError>) -> Said {
    match tried {
        Ok(()) => Said::new(Truth::True, "the key may write the zone"),
        Err(error) => {
            let refused = matches!(
                &error,
                UpdateError::Said { said: ServerSaid::NotAllowed(_), signed: true, .. }
            );
            let truth = if refused { Truth::False } else { Truth::Unknown };
            Said::new(truth, error.to_string())
        }
    }
}
