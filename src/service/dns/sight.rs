//! What one server's answers show of a zone's record sets, and what they hide: data below a delegation, and
//! whatever another zone on the same server answers in its place. Pure.

use crate::model::{DnsAnswer, DnsRecord, RrContent, RrKey, Rrset};

/// Where a name lies, as the answer to a question for its SOA shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the zone itself.
    Inside,
    /// At or below a delegation out of the zone, with the servers that it names.
    Below {
        /// The name that is delegated.
        cut: String,
        /// The servers' names.
        servers: Vec<String>,
    },
    /// Where the name above it lies: it is an alias, at which no zone can begin.
    Alias,
    /// Another zone of the server answers, or a DNAME does.
    Elsewhere,
}

/// Reads where a name lies from the answer to a question for its SOA.
pub fn place(answer: &DnsAnswer, zone: &str, name: &str) -> Place {
    let soa = |records: &[DnsRecord]| {
        records.iter().find(|record| record.kind == "SOA").map(|record| record.name.clone())
    };
    if answer.aa {
        let is = |kind: &str| answer.answers.iter().any(|record| record.kind == kind);
        let own = soa(&answer.answers).filter(|owner| owner == name);
        let owner = own.or_else(|| soa(&answer.authority));
        return match owner {
            _ if is("DNAME") => Place::Elsewhere,
            // Behind an alias, the SOA is that of its end.
            _ if is("CNAME") => Place::Alias,
            Some(owner) if owner == zone => Place::Inside,
            Some(_) | None => Place::Elsewhere,
        };
    }
    let ns: Vec<&DnsRecord> =
        answer.authority.iter().filter(|record| record.kind == "NS").collect();
    let Some(cut) = ns.first().map(|record| record.name.clone()) else { return Place::Elsewhere };
    if !answer.answers.is_empty() || cut == zone || !is_below(&cut, zone) || !is_below(name, &cut) {
        return Place::Elsewhere;
    }
    let servers = ns.iter().filter(|record| record.name == cut);
    let servers = servers.map(|record| record.data.raw().to_owned()).collect();
    Place::Below { cut, servers }
}

/// Reads a record set from the answer to a question for it; nothing where the answer hides it.
///
/// A record set that does not exist has no records.
pub fn set(answer: &DnsAnswer, place: &Place, key: &RrKey) -> Option<Rrset> {
    match place {
        Place::Elsewhere | Place::Alias => None,
        Place::Inside => answer.aa.then(|| picked(&answer.answers, key)),
        Place::Below { cut, .. } if key.kind == "NS" && key.name == *cut => {
            (!answer.aa).then(|| picked(&answer.authority, key))
        }
        Place::Below { cut, .. } if key.kind == "DS" && key.name == *cut => {
            answer.aa.then(|| picked(&answer.answers, key))
        }
        // A referral carries the addresses of the servers that it names (RFC 9471 §3), and of no others.
        Place::Below { servers, .. } => {
            let glue = ["A", "AAAA"].contains(&key.kind.as_str()) && servers.contains(&key.name);
            (glue && !answer.aa).then(|| picked(&answer.additional, key))
        }
    }
}

/// Picks a record set out of records, its data in order.
pub fn picked(records: &[DnsRecord], key: &RrKey) -> Rrset {
    let own = || records.iter().filter(|it| it.name == key.name && it.kind == key.kind);
    let content = |record: &DnsRecord| RrContent {
        content: record.data.raw().to_owned(),
        disabled: false,
        beside: None,
    };
    let mut records: Vec<RrContent> = own().map(content).collect();
    records.sort();
    records.dedup();
    let ttl = own().map(|record| record.ttl).min().unwrap_or(0);
    Rrset { key: key.clone(), ttl, records, comments: Vec::new() }
}

fn is_below(name: &str, zone: &str) -> bool {
    zone == "." || name == zone || name.ends_with(&format!(".{zone}"))
}
