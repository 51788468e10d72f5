//! Name servers: the answer to a question, from zone data alone (RFC 1034 §4.3.2).

use super::cast::Role;
use super::names::{draw, within};
use super::state::State;
use super::zones::{NEGATIVE_TTL, Owner, Store, ZoneData};
use crate::model::{DnsAnswer, DnsRecord, Remote, Rrset, ServerState};

/// The longest chain of aliases that is followed.
const ALIASES: usize = 8;

impl State {
    /// Returns what whoever plays some parts at one endpoint answers: the part that knows most.
    pub fn answer(&mut self, roles: &[(Role, ServerState)], name: &str, kind: &str) -> DnsAnswer {
        let mut best = plain("REFUSED");
        for (role, state) in roles {
            let answer = match state {
                ServerState::Lame => plain("REFUSED"),
                ServerState::Failing => plain("SERVFAIL"),
                ServerState::Up | ServerState::Hung | ServerState::Refused | ServerState::Dark => {
                    self.answer_as(role, name, kind)
                }
            };
            if rank(&answer) > rank(&best) {
                best = answer;
            }
        }
        best
    }

    fn answer_as(&mut self, role: &Role, name: &str, kind: &str) -> DnsAnswer {
        match role {
            Role::Authority(id) => self.of_owner(&Owner::Provider(id.clone()), name, kind),
            Role::Parent(id) => self.of_owner(&Owner::Parent(id.clone()), name, kind),
            Role::Resolver(id) | Role::ResolverWeb(id) => self.resolve(id, name, kind),
            Role::ControlName(_) => believable(name, kind),
            Role::ControlPort(_)
            | Role::ProviderApi(_)
            | Role::RegistrarApi(_)
            | Role::Registry(_)
            | Role::Tracker(_)
            | Role::Seedbox(_) => plain("REFUSED"),
        }
    }

    /// Returns what an owner's name servers answer.
    pub fn of_owner(&self, owner: &Owner, name: &str, kind: &str) -> DnsAnswer {
        self.stores.get(owner).map_or_else(|| plain("REFUSED"), |store| of_store(store, name, kind))
    }
}

fn rank(answer: &DnsAnswer) -> u8 {
    match (answer.rcode.as_str(), answer.answers.is_empty()) {
        ("NOERROR", false) => 5,
        ("NOERROR", true) => 4,
        ("NXDOMAIN", _) => 3,
        ("SERVFAIL", _) => 2,
        ("REFUSED", _) => 1,
        _ => 0,
    }
}

/// Makes an answer with nothing in it.
pub fn plain(rcode: &str) -> DnsAnswer {
    DnsAnswer { rcode: rcode.to_owned(), ..DnsAnswer::default() }
}

/// Returns the zone of a store that a name lies in; the delegation of a zone belongs to its parent.
fn zone_of<'a>(store: &'a Store, name: &str, kind: &str) -> Option<&'a ZoneData> {
    let fits = |zone: &&ZoneData| within(name, &zone.name) && !(kind == "DS" && zone.name == name);
    store.values().filter(fits).max_by_key(|zone| zone.name.len())
}

/// Answers from a store.
pub fn of_store(store: &Store, name: &str, kind: &str) -> DnsAnswer {
    match zone_of(store, name, kind).or_else(|| zone_of(store, name, "")) {
        None => plain("REFUSED"),
        Some(zone) => of_zone(zone, name, kind),
    }
}

fn of_zone(zone: &ZoneData, name: &str, kind: &str) -> DnsAnswer {
    if let Some(cut) = delegation(zone, name).filter(|cut| kind != "DS" || cut.key.name != name) {
        return referral(zone, cut);
    }
    let mut answer = DnsAnswer { aa: true, ..plain("NOERROR") };
    let mut asked = name.to_owned();
    for _ in 0..ALIASES {
        if !within(&asked, &zone.name) {
            return answer;
        }
        let found = records(zone, &asked, kind);
        if !found.is_empty() {
            answer.answers.extend(found);
            return answer;
        }
        let alias = records(zone, &asked, "CNAME");
        let Some(next) = alias.first().map(|alias| alias.data.raw().to_owned()) else { break };
        answer.answers.extend(alias);
        asked = next;
    }
    if !zone.has(&asked) {
        "NXDOMAIN".clone_into(&mut answer.rcode);
    }
    answer.authority = vec![soa(zone, NEGATIVE_TTL)];
    answer
}

/// Returns the delegation that a name lies at or below.
fn delegation<'a>(zone: &'a ZoneData, name: &str) -> Option<&'a Rrset> {
    let below = |set: &&Rrset| {
        set.key.kind == "NS" && set.key.name != zone.name && within(name, &set.key.name)
    };
    zone.sets.values().filter(below).min_by_key(|set| set.key.name.len())
}

fn referral(zone: &ZoneData, cut: &Rrset) -> DnsAnswer {
    let authority = shown(cut);
    let hosts = authority.iter().map(|record| record.data.raw().to_owned());
    let glue = hosts.flat_map(|host| {
        ["A", "AAAA"].into_iter().flat_map(move |kind| records(zone, &host, kind))
    });
    let additional = glue.collect();
    DnsAnswer { authority, additional, ..plain("NOERROR") }
}

fn records(zone: &ZoneData, name: &str, kind: &str) -> Vec<DnsRecord> {
    if kind == "SOA" && name == zone.name {
        return vec![soa(zone, super::zones::RECORD_TTL)];
    }
    if kind == "ANY" {
        let own = zone.sets.values().filter(|set| set.key.name == name);
        return own.flat_map(shown).collect();
    }
    zone.get(name, kind).map(shown).unwrap_or_default()
}

fn soa(zone: &ZoneData, ttl: u32) -> DnsRecord {
    let (name, data) = (zone.name.clone(), Remote::new(zone.soa()));
    DnsRecord { name, kind: "SOA".to_owned(), ttl, data }
}

fn shown(set: &Rrset) -> Vec<DnsRecord> {
    let served = set.records.iter().filter(|record| !record.disabled);
    let one = |content: &str| DnsRecord {
        name: set.key.name.clone(),
        kind: set.key.kind.clone(),
        ttl: set.ttl,
        data: Remote::new(content),
    };
    served.map(|record| one(&record.content)).collect()
}

/// Answers a name of the rest of the world.
pub fn believable(name: &str, kind: &str) -> DnsAnswer {
    let pick = draw(name);
    let data = match kind {
        "A" => format!("192.0.2.{}", 1 + pick % 254),
        "AAAA" => format!("2001:db8:ffff::{:x}", pick & 0xffff),
        "NS" => "a.iana-servers.example.".to_owned(),
        "SOA" => "a.iana-servers.example. noc.example. 2026030100 7200 3600 1209600 300".to_owned(),
        "TXT" => "\"exercise\"".to_owned(),
        _ => return DnsAnswer { aa: true, ..plain("NOERROR") },
    };
    let record = DnsRecord {
        name: name.to_owned(),
        kind: kind.to_owned(),
        ttl: 3600,
        data: Remote::new(data),
    };
    DnsAnswer { aa: true, answers: vec![record], ..plain("NOERROR") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> Store {
        let mut parent = ZoneData::new("example.", &["ns.example.".into()], 900);
        parent.put("ns.example.", "A", 900, vec!["192.0.2.1".into()]);
        parent.put("a.example.", "NS", 900, vec!["ns.a.example.".into(), "ns.b.test.".into()]);
        parent.put("ns.a.example.", "A", 900, vec!["192.0.2.2".into()]);
        parent.put("www.deep.example.", "CNAME", 300, vec!["ns.example.".into()]);
        Store::from([("example.".into(), parent)])
    }

    #[test]
    fn a_parent_refers_and_gives_the_addresses_that_it_has() {
        for name in ["a.example.", "www.a.example."] {
            let answer = of_store(&store(), name, "NS");
            assert_eq!(
                (answer.rcode.as_str(), answer.aa, answer.answers.len()),
                ("NOERROR", false, 0)
            );
            let hosts: Vec<_> = answer.authority.iter().map(|r| r.data.raw()).collect();
            assert_eq!(hosts, ["ns.a.example.", "ns.b.test."]);
            assert_eq!(answer.additional.len(), 1, "{:?}", answer.additional);
        }
    }

    #[test]
    fn there_being_no_ds_is_the_parents_to_say() {
        let answer = of_store(&store(), "a.example.", "DS");
        assert!(answer.aa && answer.answers.is_empty());
        assert_eq!((answer.rcode.as_str(), answer.authority[0].kind.as_str()), ("NOERROR", "SOA"));
    }

    #[test]
    fn nothing_there_and_no_such_name_are_told_apart() {
        let code = |name: &str, kind: &str| of_store(&store(), name, kind).rcode;
        assert_eq!(code("ns.example.", "TXT"), "NOERROR");
        assert_eq!(code("deep.example.", "A"), "NOERROR", "a name lies below it");
        assert_eq!(code("nobody.example.", "A"), "NXDOMAIN");
        assert_eq!(code("www.test.", "A"), "REFUSED");
    }

    #[test]
    fn an_alias_is_followed_inside_its_zone() {
        let answer = of_store(&store(), "www.deep.example.", "A");
        let kinds: Vec<_> = answer.answers.iter().map(|r| r.kind.as_str()).collect();
        assert_eq!(kinds, ["CNAME", "A"]);
    }
}
