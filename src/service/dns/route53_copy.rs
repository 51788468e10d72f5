//! A whole copy of a zone through Route 53's API: its record sets page by page, and what Amazon answers otherwise.

use super::hosted::HostedError;
use super::route53_api::Api;
use crate::model::{Apart, DnsProvider, Remote, ZoneCopy};
use crate::net::Deadline;
use crate::service::Field;
use crate::wire::dns::{Copier, CopyFault, Worded};
use crate::wire::route53::{ListedSet, Special, page};

/// Copies a zone, in one request for its id and one for each 300 record sets, and returns what came beside it.
///
/// # Errors
/// Every [`HostedError`] of a look.
pub(super) async fn copy(
    field: &Field,
    provider: &DnsProvider,
    zone: &str,
    until: Deadline,
) -> Result<(Vec<ListedSet>, Result<ZoneCopy, CopyFault>), HostedError> {
    let api = Api::open(field, provider, until).await?;
    let path = format!("hostedzone/{}/rrset", api.zone(zone).await?);
    let mut sets: Vec<ListedSet> = Vec::new();
    let mut from: Option<(Remote, Remote, Option<Remote>)> = None;
    loop {
        let mut query = Vec::new();
        if let Some((name, kind, identifier)) = &from {
            query.extend([("name", name.raw()), ("type", kind.raw())]);
            query.extend(identifier.as_ref().map(|it| ("identifier", it.raw())));
        }
        let reply = api.get(&path, &query).await?;
        let page = page(&reply).map_err(|error| api.malformed(&error))?;
        let none = page.sets.is_empty();
        sets.extend(page.sets);
        match page.next {
            None => break,
            next if none || next == from => {
                let because = "its pages lead nowhere".to_owned();
                return Err(HostedError::Incomplete { service: provider.id.clone(), because });
            }
            next => from = next,
        }
    }
    let copied = gather(zone, &sets);
    Ok((sets, copied))
}

/// An alias is kept by the name that it leads to, as PowerDNS's `ALIAS` is.
fn gather(zone: &str, sets: &[ListedSet]) -> Result<ZoneCopy, CopyFault> {
    let mut copier = Copier::new(zone)?;
    for set in sets {
        let (kind, apart) = match set.special {
            None => (set.kind.raw(), None),
            Some(Special::Alias) => ("ALIAS", Some(Apart::Alias)),
            Some(Special::Routed) => (set.kind.raw(), Some(Apart::Computed)),
        };
        for data in &set.data {
            let (name, data) = (set.name.raw(), data.raw());
            copier.take(&Worded { name, kind, ttl: set.ttl, data, apart })?;
        }
    }
    copier.done_whole()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_and_a_routed_set_are_kept_apart() {
        let set = |name: &str, kind: &str, data: &str, special| ListedSet {
            name: Remote::new(name),
            kind: Remote::new(kind),
            ttl: 60,
            data: vec![Remote::new(data)],
            special,
        };
        let sets = [
            set("z.test.", "SOA", "ns.a.test. host.a.test. 1 2 3 4 5", None),
            set("z.test.", "NS", "ns.a.test.", None),
            set("l.z.test.", "A", "LB.amazonaws.test.", Some(Special::Alias)),
            set("w.z.test.", "A", "192.0.2.1", Some(Special::Routed)),
        ];
        let copy = gather("z.test", &sets).expect("a copy");
        let shown: Vec<_> = copy.sets.iter().map(|it| (&*it.kind, it.apart)).collect();
        let (alias, computed) = (Some(Apart::Alias), Some(Apart::Computed));
        assert_eq!(shown, [("SOA", None), ("NS", None), ("ALIAS", alias), ("A", computed)]);
        assert_eq!(copy.sets[2].data, ["lb.amazonaws.test."]);
        assert_eq!(gather("z.test", &sets[..1]), Err(CopyFault::Empty));
    }
}
