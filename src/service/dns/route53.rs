//! Amazon Route 53's record sets, read and written through its API (2013-04-01), each request signed (SigV4).
//!
//! **Read**: the zone, and one listing for each record set; of many sets the whole listing.
//! **Write**: one `ChangeResourceRecordSets`. It deletes each record set exactly as it was read (data and time to live)
//! and creates it as it shall be; the service refuses a deletion of anything else and a creation beside anything, and
//! does the batch whole or not at all: a native condition. Then `GetChange` until `INSYNC`, while the time lasts; what
//! is pending by then is accepted all the same.
//! **Cannot**: aliases and sets with a routing policy, which are named; the SOA and the name servers at the top of a zone,
//! which have no condition there; temporary credentials.

use std::collections::HashMap;
use std::time::Duration;

use super::hosted::{HostedError, Refusal};
use super::route53_api::Api;
use crate::model::{
    Bulk, Declaration, DnsProvider, FEW, Remote, RequestKind, RrContent, RrKey, Rrset, Sent, Span,
    fully_qualified,
};
use crate::net::{Deadline, Method};
use crate::service::Field;
use crate::wire::route53::{Action, ListedSet, Special, batch, page, progress};

/// What Route 53 is held to.
pub const SERVICE: Declaration = Declaration {
    name: "route53",
    settle: Span::from_secs(60),
    settle_because: "a batch is accepted or refused in one step, and what comes late finds its exact state gone; \
                     a change that was accepted reaches every name server within 60 s",
    conditional: true,
    // Five requests a second for each account: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
    quota: Some((1_500, Span::from_secs(300))),
    // `Throttling` and `PriorRequestNotComplete` come as 400 and are taken for the 429 that they mean.
    not_now: &[429],
    requests: &[
        RequestKind::read("GET /hostedzonesbyname"),
        RequestKind::read("GET /hostedzone/{zone}/rrset"),
        RequestKind::read("GET /change/{change}"),
        RequestKind::ensure("POST /hostedzone/{zone}/rrset"),
    ],
    // The zone, and a listing for each of up to nine record sets.
    read: 10,
    // The zone, the batch, and looks at its progress.
    write: 2 + LOOKS,
    // 1,000 records in a batch, those that go and those that come, and 32,000 characters of values:
    // https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
    bulk: Bulk { page: Some(300), sets: 500, records: 500, bytes: 32_000 },
};

/// How often the progress of a change is looked at, at most, and how long apart.
const LOOKS: u32 = 8;
const APART: Duration = Duration::from_secs(1);

/// Reads record sets of a zone within a time, in the order of `keys`; one that does not exist has no records.
///
/// # Errors
/// Every [`HostedError`] of a look.
pub async fn read(
    field: &Field,
    provider: &DnsProvider,
    zone: &str,
    keys: &[RrKey],
    within: Duration,
) -> Result<Vec<Rrset>, HostedError> {
    let until = Deadline::after(within);
    if keys.len() > FEW {
        let (sets, _) = super::route53_copy::copy(field, provider, zone, until).await?;
        let service = || provider.id.clone();
        let unsayable = |because| HostedError::Unsayable { service: service(), because };
        return picked(&sets, keys).map_err(unsayable);
    }
    let api = Api::open(field, provider, until).await?;
    let id = api.zone(zone).await?;
    let mut sets = Vec::new();
    for key in keys {
        sets.push(one(&api, &id, key).await?);
    }
    Ok(sets)
}

async fn one(api: &Api<'_>, zone: &str, key: &RrKey) -> Result<Rrset, HostedError> {
    let query = [("name", key.name.as_str()), ("type", key.kind.as_str()), ("maxitems", "2")];
    let reply = api.get(&format!("hostedzone/{zone}/rrset"), &query).await?;
    let page = page(&reply).map_err(|error| api.malformed(&error))?;
    let mut sets = picked(&page.sets, std::slice::from_ref(key));
    match &mut sets {
        Ok(sets) => Ok(sets.remove(0)),
        Err(because) => Err(api.unsayable(std::mem::take(because))),
    }
}

/// Picks record sets out of a listing, in the order of `keys`.
///
/// # Errors
/// What no record set can say, in words.
pub(super) fn picked(listed: &[ListedSet], keys: &[RrKey]) -> Result<Vec<Rrset>, String> {
    let plain = |name: &str, kind: &str| (fully_qualified(name), kind.to_owned());
    let named = listed.iter().map(|set| (plain(set.name.raw(), set.kind.raw()), set));
    let listed: HashMap<(String, String), &ListedSet> = named.collect();
    let of = |key: &RrKey| {
        let found = listed.get(&plain(&key.name, &key.kind)).copied();
        match found.and_then(|found| found.special) {
            None => Ok(set(key, found)),
            Some(special) => {
                let is = match special {
                    Special::Alias => "is an alias of something of Amazon's",
                    Special::Routed => "is answered by a routing policy",
                };
                Err(format!("{} {} {is}, which no record set can say", key.name, key.kind))
            }
        }
    };
    keys.iter().map(of).collect()
}

fn set(key: &RrKey, found: Option<&ListedSet>) -> Rrset {
    let content =
        |data: &Remote| RrContent { content: data.raw().to_owned(), disabled: false, beside: None };
    let records = found.iter().flat_map(|set| &set.data).map(content).collect();
    let ttl = found.map_or(0, |set| set.ttl);
    Rrset { key: key.clone(), ttl, records, comments: Vec::new() }
}

/// Puts record sets in place with one batch, if they are exactly as they were; one without records is deleted.
pub async fn write(
    field: &Field,
    provider: &DnsProvider,
    zone: &str,
    (before, after): (&[Rrset], &[Rrset]),
    timeout: Duration,
) -> Sent {
    let until = Deadline::after(timeout);
    let ready = async {
        let api = Api::open(field, provider, until).await?;
        let changes = changes(zone, before, after).map_err(|because| api.unsayable(because))?;
        let id = if changes.is_empty() { String::new() } else { api.zone(zone).await? };
        Ok::<_, HostedError>((api, id, changes))
    };
    let (api, id, changes) = match ready.await {
        Ok(ready) => ready,
        Err(error) => return error.before_the_write(&SERVICE),
    };
    if changes.is_empty() {
        return Sent::Written;
    }
    let path = format!("hostedzone/{id}/rrset");
    let reply = api.request(Method::Post, &path, &[], batch(&changes).into_bytes()).await;
    let accepted = reply.and_then(|reply| progress(&reply).map_err(|error| api.malformed(&error)));
    match accepted {
        Ok(change) => {
            if !change.in_sync {
                follow(&api, change.id.raw(), until).await;
            }
            Sent::Written
        }
        Err(error) => error.of_the_write(&SERVICE),
    }
}

/// Waits until every name server has a change, or the time is over: it is accepted either way.
async fn follow(api: &Api<'_>, change: &str, until: Deadline) {
    for _ in 0..LOOKS {
        let next = until.within(APART);
        let Ok(reply) = api.get(&format!("change/{change}"), &[]).await else { return };
        if progress(&reply).is_ok_and(|it| it.in_sync) || until.passed() {
            return;
        }
        next.wait().await;
    }
}

/// Works out what a batch does: nothing about a set that stays.
fn changes<'a>(
    zone: &str,
    before: &'a [Rrset],
    after: &'a [Rrset],
) -> Result<Vec<(Action, &'a Rrset)>, String> {
    let (mut going, mut coming) = (Vec::new(), Vec::new());
    for set in after {
        let RrKey { name, kind } = &set.key;
        let was = before.iter().find(|was| was.key == set.key);
        let was = was.ok_or_else(|| format!("nobody has read {name} {kind}"))?;
        if super::hosted::drifted(std::slice::from_ref(set), std::slice::from_ref(was)).is_none() {
            continue;
        }
        let at_top = fully_qualified(name) == fully_qualified(zone);
        if at_top && ["NS", "SOA"].contains(&kind.as_str()) {
            return Err(format!(
                "{name} {kind} stands at the top of its zone, where no condition guards a change"
            ));
        }
        let more = |record: &RrContent| record.disabled || record.beside.is_some();
        if [was, set].iter().any(|it| !it.comments.is_empty() || it.records.iter().any(more)) {
            return Err(format!(
                "{name} {kind} has comments or disabled records, which Route 53 has not"
            ));
        }
        going.extend((!was.records.is_empty()).then_some((Action::Delete, was)));
        coming.extend((!set.records.is_empty()).then_some((Action::Create, set)));
    }
    going.append(&mut coming);
    Ok(going)
}

/// Sorts a refusal: some codes say what a status cannot.
pub(super) fn sorted(provider: &DnsProvider, refusal: Refusal, code: &str) -> HostedError {
    let service = provider.id.clone();
    let Refusal { said, after, .. } = &refusal;
    let exact = ["do not match the current values", "was not found", "already exists"];
    match code {
        "Throttling" | "PriorRequestNotComplete" => {
            HostedError::Busy { service, status: 429, said: said.clone(), after: *after }
        }
        "InvalidChangeBatch" if exact.iter().any(|words| said.contains(words)) => {
            HostedError::Drift { service, what: said.clone() }
        }
        _ => refusal.sorted(&provider.id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, kind: &str, ttl: u32, data: &[&str]) -> Rrset {
        let record =
            |data: &&str| RrContent { content: (*data).to_owned(), disabled: false, beside: None };
        let key = RrKey { name: name.into(), kind: kind.into() };
        Rrset { key, ttl, records: data.iter().map(record).collect(), comments: Vec::new() }
    }

    #[test]
    fn everything_goes_before_anything_comes_and_what_stays_is_left_alone() {
        let before = [
            set("a.z.test.", "CNAME", 60, &["b.test."]),
            set("a.z.test.", "A", 0, &[]),
            set("s.z.test.", "A", 60, &["192.0.2.2", "192.0.2.1"]),
            set("t.z.test.", "A", 60, &["192.0.2.1"]),
        ];
        let after = [
            set("a.z.test.", "CNAME", 0, &[]),
            set("a.z.test.", "A", 60, &["192.0.2.1"]),
            set("s.z.test.", "A", 60, &["192.0.2.1", "192.0.2.2"]),
            set("t.z.test.", "A", 90, &["192.0.2.1"]),
        ];
        let words: Vec<_> = changes("z.test.", &before, &after)
            .expect("sayable")
            .into_iter()
            .map(|(action, set)| (action, set.key.name.as_str(), set.key.kind.as_str(), set.ttl))
            .collect();
        assert_eq!(
            words,
            [
                (Action::Delete, "a.z.test.", "CNAME", 60),
                (Action::Delete, "t.z.test.", "A", 60),
                (Action::Create, "a.z.test.", "A", 60),
                (Action::Create, "t.z.test.", "A", 90),
            ]
        );
    }

    #[test]
    fn what_has_no_condition_or_no_words_is_refused() {
        let top = set("z.test.", "NS", 60, &["ns.a.test."]);
        let moved = set("z.test.", "NS", 60, &["ns.b.test."]);
        let tops = [top.clone()];
        let why = changes("z.test.", &tops, &[moved]).unwrap_err();
        assert!(why.contains("top of its zone"), "{why}");
        assert_eq!(changes("z.test.", &tops, &tops), Ok(Vec::new()));
        let mut off = set("a.z.test.", "A", 60, &["192.0.2.1"]);
        off.records[0].disabled = true;
        assert!(changes("z.test.", &[set("a.z.test.", "A", 0, &[])], &[off]).is_err());
        assert!(changes("z.test.", &[], &[top]).unwrap_err().contains("nobody has read"));
    }
}
