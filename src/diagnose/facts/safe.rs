//! Whether resolvers that validate would take what a provider serves of a zone now, be it one that stands by.
//!
//! What counts is the DS that the parent has now, not the operator's own: resolvers know no other. Each server is judged
//! by the keys that it serves itself, over UDP and over TCP, at the time that its answer came.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::World;
use super::claim::{Claim, count, list};
use super::delegation::ds_at_parent;
use super::dnssec::{Given, is_denied, servers};
use super::sight::Sight;
use crate::diagnose::dnssec::{Gap, Open, TrustAnchors, Verdict};
use crate::model::{DnsProvider, FactKind, Id, Remote, Truth, Zone, fully_qualified};

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    let of_zone = |zone: &Zone| -> Vec<Claim> {
        let (signing, from) = ds_at_parent(sight, zone);
        // Whoever does not know the name has no DS for it either.
        let signing = signing.or_else(|| is_denied(sight, zone).then(Vec::new));
        let providers = world.estate.dns_providers.iter();
        let claim = |provider| safe_to_move(sight, (zone, provider), signing.as_deref(), &from);
        providers.map(claim).collect()
    };
    world.estate.zones.iter().flat_map(of_zone).collect()
}

fn safe_to_move(
    sight: &Sight<'_>,
    (zone, provider): (&Zone, &DnsProvider),
    signing: Option<&[String]>,
    from: &[Id],
) -> Claim {
    let claim = |truth, because: String, from: &[Id]| {
        let kind = FactKind::DnssecSafeToMove;
        Claim::new(kind, &zone.id, truth, because).with(&provider.id).from(from)
    };
    let Some(signing) = signing else {
        let because = "the parent did not say whether it has a DS".to_owned();
        return claim(Truth::Unknown, because, from);
    };
    if signing.is_empty() {
        return claim(Truth::True, "the parent has no DS for the zone".to_owned(), from);
    }
    let apex = fully_qualified(&zone.name);
    let mut anchors = TrustAnchors::default();
    anchors.trust(&apex, signing.iter().map(String::as_str));
    let mut found = Found { from: from.to_vec(), ..Found::default() };
    for (server, given) in servers(sight, provider, &zone.id) {
        found.look(&anchors, &apex, server, &given);
    }
    let (truth, because) = found.verdict(&apex);
    claim(truth, because, &found.from)
}

/// What was found of everything that a provider's servers say of a zone.
#[derive(Default)]
struct Found {
    faults: BTreeSet<String>,
    unknown: BTreeSet<String>,
    secure: usize,
    servers: usize,
    from: Vec<Id>,
}

impl Found {
    fn look(&mut self, anchors: &TrustAnchors, apex: &str, at: SocketAddr, given: &[Given<'_>]) {
        self.servers += 1;
        self.from.extend(given.iter().map(|one| one.id.clone()));
        for one in given {
            // The keys that came the same way, else those that came the other.
            let keys = given.iter().filter(|it| it.is(apex, "DNSKEY"));
            let keys = keys.max_by_key(|it| it.dns.transport == one.dns.transport);
            let keys = keys.map(|keys| keys.answer);
            if keys.is_some_and(|keys| !keys.answers.iter().any(|it| it.kind == "DNSKEY")) {
                self.faults.insert(format!("{} serves no key of {apex}", at.ip()));
            } else {
                self.add(at, one, one.judged(anchors, apex, keys));
            }
        }
    }

    fn add(&mut self, at: SocketAddr, given: &Given<'_>, verdict: Verdict) {
        match verdict {
            Verdict::Secure(_) => self.secure += 1,
            Verdict::Bogus(fault) => {
                self.faults.insert(Remote::new(format!("{fault} at {}", at.ip())).to_string());
            }
            // Others may know an algorithm that is not known here.
            Verdict::Insecure(why @ Open::Unsupported) => self.open(given, &why),
            // What our zone signs of it holds, where it leads is somebody else's; what needs no signature is taken.
            Verdict::Insecure(Open::NoDs | Open::OptOut | Open::Iterations)
            | Verdict::Indeterminate(Gap::Outside(_)) => {}
            Verdict::Indeterminate(gap) => self.open(given, &gap),
        }
    }

    fn open(&mut self, given: &Given<'_>, why: &dyn std::fmt::Display) {
        self.unknown.insert(format!("{} {}: {why}", given.dns.name, given.dns.kind));
    }

    fn verdict(&self, apex: &str) -> (Truth, String) {
        let said = |texts: &BTreeSet<String>| list(&texts.iter().collect::<Vec<_>>());
        match () {
            () if !self.faults.is_empty() => (Truth::False, said(&self.faults)),
            () if self.servers == 0 => {
                (Truth::Unknown, format!("no server of it answered for {apex}"))
            }
            () if !self.unknown.is_empty() => (Truth::Unknown, said(&self.unknown)),
            () if self.secure == 0 => {
                (Truth::Unknown, format!("nothing that it answered for {apex} could be checked"))
            }
            () => {
                let answers = count(self.secure, "answer", "answers");
                let servers = count(self.servers, "server", "servers");
                let because = format!("{answers} of its {servers} hold by the parent's DS");
                (Truth::True, because)
            }
        }
    }
}
