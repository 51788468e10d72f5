//! What our providers sign, validated here, and what resolvers claim to have validated.
//!
//! A zone's anchor is the operator's own DS record, else what the parent was seen to say: a zone with neither is not
//! signed, and nothing has to be. Each server is judged by the keys that it serves itself.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use jiff::Timestamp;

use super::World;
use super::authority::not_authoritative;
use super::claim::{Claim, MOOT, list};
use super::delegation::{ds_at_parent, of_parent, usable};
use super::sight::Sight;
use crate::diagnose::dnssec::{Chain, FaultKind, Gap, TrustAnchors, Verdict, judge};
use crate::model::{
    DnsAnswer, DnsObservation, DnsProvider, DnsRole, Evidence, FactKind, Id, Measure, Observation,
    Remote, Truth, Unit, Zone, fully_qualified,
};

/// Each fault with the fact that says it.
const FAULTS: [(FaultKind, FactKind); 7] = [
    (FaultKind::Expired, FactKind::DnssecExpired),
    (FaultKind::NotYetValid, FactKind::DnssecNotYetValid),
    (FaultKind::DsMismatch, FactKind::DnssecDsMismatch),
    (FaultKind::MissingKey, FactKind::DnssecMissingKey),
    (FaultKind::Stripped, FactKind::DnssecStripped),
    (FaultKind::WrongDenial, FactKind::DnssecWrongDenial),
    (FaultKind::BadSignature, FactKind::DnssecBadSignature),
];

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    let zones = world.estate.zones.iter();
    let links: Vec<Link<'_>> = zones.map(|zone| Link::of(world, sight, zone)).collect();
    let (mut claims, mut proven) = (Vec::new(), Proven::new());
    for provider in &world.estate.dns_providers {
        let mut found = Found::default();
        for link in links.iter().filter(|link| link.zone.delegated_to.contains(&provider.id)) {
            found.look(sight, provider, link, &mut proven);
        }
        claims.extend(found.claims(&provider.id));
    }
    for resolver in &world.estate.resolvers {
        claims.push(forges(sight, &resolver.id, &links, &proven));
    }
    claims
}

/// Tells whether some server that resolvers are sent to serves of a zone what does not hold: whoever validates fails for it.
pub(super) fn is_bogus(world: &World<'_>, sight: &Sight<'_>, zone: &Zone) -> bool {
    let link = Link::of(world, sight, zone);
    let mut found = Found::default();
    for provider in zone.delegated_to.iter().filter_map(|id| world.estate.provider(id)) {
        found.look(sight, provider, &link, &mut Proven::new());
    }
    !found.faults.is_empty()
}

/// Where validation of a zone begins.
struct Link<'a> {
    zone: &'a Zone,
    apex: String,
    /// Nothing where nobody said whether the zone is signed.
    anchors: Option<TrustAnchors>,
    signed: bool,
    /// The estate names servers of the parent: else it is luck whether they are found.
    has_parent: bool,
    from: Vec<Id>,
}

/// Authoritative answers that hold, by zone: what was asked, and the answer.
type Proven<'a> = BTreeMap<Id, Vec<(&'a DnsObservation, &'a DnsAnswer)>>;

impl<'a> Link<'a> {
    fn of(world: &World<'_>, sight: &Sight<'_>, zone: &'a Zone) -> Self {
        let registrar = zone.registrar.as_ref().and_then(|id| world.estate.registrar(id));
        let has_parent = registrar.is_some_and(|registrar| !registrar.nameservers.is_empty());
        let apex = fully_qualified(&zone.name);
        let (seen, from) = ds_at_parent(sight, zone);
        let own = zone.trust_anchor.clone().filter(|own| !own.is_empty());
        // Whoever does not know the name has no DS for it either.
        let records = own.or(seen).or_else(|| is_denied(sight, zone).then(Vec::new));
        let signed = records.as_ref().is_some_and(|records| !records.is_empty());
        let anchors = records.map(|records| {
            let mut anchors = TrustAnchors::default();
            anchors.trust(&apex, records.iter().map(String::as_str));
            anchors
        });
        Self { zone, apex, anchors, signed, has_parent, from }
    }
}

/// Tells whether the parent's servers that answer say that there is no such name.
pub(super) fn is_denied(sight: &Sight<'_>, zone: &Zone) -> bool {
    let answers = of_parent(sight, zone, "DS").filter_map(|(_, dns)| dns.ending.answer());
    let mut answers = answers.filter(|answer| usable(answer) && !answer.tc).peekable();
    answers.peek().is_some() && answers.all(|answer| answer.rcode == "NXDOMAIN" && answer.aa)
}

/// One answer with when it came.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub id: &'a Id,
    at: Timestamp,
    pub dns: &'a DnsObservation,
    pub answer: &'a DnsAnswer,
}

impl<'a> Given<'a> {
    /// Takes what says something: an answer that was not cut, to a question that wants signatures.
    fn of(evidence: &'a Evidence) -> Option<Self> {
        let Observation::Dns(dns) = &evidence.observation else { return None };
        let wants = dns.manner.is_usual() && dns.manner.dnssec;
        let answer = dns.ending.answer().filter(|answer| wants && !answer.tc)?;
        Some(Self { id: &evidence.id, at: evidence.at, dns, answer })
    }

    pub fn is(&self, name: &str, kind: &str) -> bool {
        self.dns.name == name && self.dns.kind == kind
    }

    /// Validates it by the keys that its server serves.
    pub fn judged(&self, anchors: &TrustAnchors, apex: &str, keys: Option<&DnsAnswer>) -> Verdict {
        let chain = Chain::new(anchors).link(apex, None, keys);
        judge(&chain, &self.dns.name, &self.dns.kind, self.answer, self.at)
    }
}

/// What was found of everything that one provider serves.
#[derive(Default)]
struct Found {
    faults: BTreeMap<FaultKind, Vec<String>>,
    unknown: BTreeSet<String>,
    /// What needs no signature, and why.
    open: BTreeSet<String>,
    secure: usize,
    /// Seconds.
    left: Option<i64>,
    from: Vec<Id>,
}

impl Found {
    fn look<'a>(
        &mut self,
        sight: &Sight<'a>,
        provider: &DnsProvider,
        link: &Link<'_>,
        proven: &mut Proven<'a>,
    ) {
        self.from.extend(link.from.iter().cloned());
        let Some(anchors) = &link.anchors else {
            let into = if link.has_parent { &mut self.unknown } else { &mut self.open };
            into.insert(format!("nobody said whether {} is signed", link.apex));
            return;
        };
        if !link.signed {
            self.open.insert(format!("the parent has no DS for {}", link.apex));
            return;
        }
        let servers = servers(sight, provider, &link.zone.id);
        if servers.is_empty() {
            self.unknown.insert(format!("no server of it answered for {}", link.apex));
        }
        for given in servers.values() {
            let keys = given.iter().find(|given| given.is(&link.apex, "DNSKEY"));
            for one in given {
                let verdict = one.judged(anchors, &link.apex, keys.map(|keys| keys.answer));
                if matches!(verdict, Verdict::Secure(_)) {
                    proven.entry(link.zone.id.clone()).or_default().push((one.dns, one.answer));
                }
                self.add(one, verdict);
            }
        }
    }

    fn add(&mut self, given: &Given<'_>, verdict: Verdict) {
        self.from.push(given.id.clone());
        match verdict {
            Verdict::Secure(standing) => {
                self.secure += 1;
                self.left = Some(self.left.map_or(standing.left, |left| left.min(standing.left)));
            }
            Verdict::Insecure(why) => {
                self.open.insert(format!("{} {}: {why}", given.dns.name, given.dns.kind));
            }
            Verdict::Bogus(fault) => {
                let said = format!("{fault} at {}", given.dns.server.ip());
                self.faults.entry(fault.kind).or_default().push(Remote::new(said).to_string());
            }
            // What our zone signs of it holds; where it leads is somebody else's.
            Verdict::Indeterminate(Gap::Outside(_)) => {}
            Verdict::Indeterminate(gap) => {
                let said = format!("{} {}: {gap}", given.dns.name, given.dns.kind);
                self.unknown.insert(said);
            }
        }
    }

    fn truth(&self) -> Truth {
        match (self.faults.is_empty(), self.unknown.is_empty()) {
            (false, _) => Truth::False,
            (true, true) if self.secure > 0 => Truth::True,
            (true, _) => Truth::Unknown,
        }
    }

    fn because(&self) -> String {
        let said = |texts: &BTreeSet<String>| list(&texts.iter().collect::<Vec<_>>());
        let faults: Vec<&String> = self.faults.values().filter_map(|found| found.first()).collect();
        match self.truth() {
            Truth::False => list(&faults),
            Truth::True => format!("{} answers are signed up to the DS", self.secure),
            Truth::Unknown if !self.unknown.is_empty() => said(&self.unknown),
            Truth::Unknown if !self.open.is_empty() => said(&self.open),
            Truth::Unknown => "no zone of ours is meant to be there".to_owned(),
        }
    }

    fn claims(&self, provider: &Id) -> Vec<Claim> {
        let (truth, because) = (self.truth(), self.because());
        let moot = (truth == Truth::Unknown && self.unknown.is_empty()).then_some(MOOT);
        let claim = |kind, truth| {
            Claim::new(kind, provider, truth, because.clone()).from(&self.from).measured(moot)
        };
        let left = self.left.filter(|_| truth == Truth::True);
        let left = left.map(|left| Measure { value: left as f64, unit: Unit::Seconds, of: None });
        let valid = claim(FactKind::DnssecValid, truth);
        let mut claims = vec![if left.is_some() { valid.measured(left) } else { valid }];
        claims.extend(FAULTS.iter().map(|(fault, kind)| match self.faults.get(fault) {
            Some(said) => {
                let because = list(said);
                Claim::new(*kind, provider, Truth::True, because).from(&self.from)
            }
            None if truth.is_known() => claim(*kind, Truth::False),
            None => claim(*kind, Truth::Unknown),
        }));
        claims
    }
}

/// Returns what each server of a provider said of a zone with authority.
pub(super) fn servers<'a>(
    sight: &Sight<'a>,
    provider: &DnsProvider,
    zone: &Id,
) -> BTreeMap<SocketAddr, Vec<Given<'a>>> {
    let mut servers: BTreeMap<SocketAddr, Vec<Given<'_>>> = BTreeMap::new();
    for given in sight.about(&provider.id).filter_map(Given::of) {
        let of_zone = matches!(&given.dns.role, DnsRole::Authority { zone: of, .. } if of == zone);
        if of_zone && not_authoritative(given.answer).is_none() {
            servers.entry(given.dns.server).or_default().push(given);
        }
    }
    servers
}

/// True where a resolver says that it validated an answer which cannot have been: the data are not those of our
/// servers, and what signs them is not there or is not over them. What is old may lie in its cache, and forges nothing.
fn forges(sight: &Sight<'_>, resolver: &Id, links: &[Link<'_>], proven: &Proven<'_>) -> Claim {
    let (mut forged, mut right, mut from) = (Vec::new(), 0, Vec::new());
    for given in sight.about(resolver).filter_map(Given::of).filter(|given| given.answer.ad) {
        let DnsRole::Resolver { zone: Some(zone) } = &given.dns.role else { continue };
        let link = links.iter().find(|link| link.zone.id == *zone && link.signed);
        let Some((link, anchors)) = link.and_then(|link| Some((link, link.anchors.as_ref()?)))
        else {
            continue;
        };
        from.push(given.id.clone());
        let proven = proven.get(zone).map_or(&[][..], Vec::as_slice);
        let keys = proven.iter().find(|(dns, _)| dns.kind == "DNSKEY" && dns.name == link.apex);
        match given.judged(anchors, &link.apex, keys.map(|(_, answer)| *answer)) {
            Verdict::Secure(_) => right += 1,
            Verdict::Bogus(fault) if is_forgery(fault.kind) && !is_ours(&given, proven) => {
                forged.push(
                    Remote::new(format!("it claims to have validated, but {fault}")).to_string(),
                );
            }
            Verdict::Bogus(_) | Verdict::Insecure(_) | Verdict::Indeterminate(_) => {}
        }
    }
    let (truth, because) = match (forged.is_empty(), right) {
        (false, _) => (Truth::True, list(&forged)),
        (true, 0) => {
            (Truth::Unknown, "it claims to have validated nothing that could be checked".into())
        }
        (true, right) => (Truth::False, format!("{right} answers that it validated hold here too")),
    };
    Claim::new(FactKind::DnsResolverFalseAd, resolver, truth, because).from(&from)
}

const fn is_forgery(kind: FaultKind) -> bool {
    match kind {
        FaultKind::Stripped | FaultKind::BadSignature | FaultKind::WrongDenial => true,
        FaultKind::DsMismatch
        | FaultKind::MissingKey
        | FaultKind::NotYetValid
        | FaultKind::Expired => false,
    }
}

/// Tells whether one of our servers says the same, signed as it should be.
fn is_ours(given: &Given<'_>, proven: &[(&DnsObservation, &DnsAnswer)]) -> bool {
    let data = |answer: &DnsAnswer| -> BTreeSet<String> {
        let own = answer.answers.iter().filter(|record| record.kind == given.dns.kind);
        own.map(|record| record.data.raw().to_owned()).collect()
    };
    proven.iter().any(|(dns, answer)| {
        given.is(&dns.name, &dns.kind)
            && answer.rcode == given.answer.rcode
            && data(answer) == data(given.answer)
    })
}
