//! What every rule stands on: places, zones, networks, and what was seen of each need.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::super::Topology;
use super::needs::{Needed, Thing, needed};
use super::{Inquiry, inside};
use crate::model::{
    Access, Fact, FactKind, Id, Need, Observation, ParamKind, Runbook, Said, Tracker, Truth, Zone,
    fully_qualified,
};

/// A host as text, and its port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// In lower case, without brackets and final dot.
    pub host: String,
    /// The port; 0 where nothing says one.
    pub port: u16,
}

impl Place {
    /// Reads the host of a URL.
    pub fn of_url(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let usual = match scheme.to_ascii_lowercase().as_str() {
            "https" => 443,
            "http" => 80,
            "ssh" => 22,
            _ => 0,
        };
        Self::of_authority(authority, usual)
    }

    /// Reads the machine of a log-in, `user@host`, as ssh takes it.
    pub fn of_login(text: &str) -> Option<Self> {
        let (_, host) = text.split_once('@')?;
        Self::of_authority(host, 22)
    }

    /// Reads the machine of a git remote: a URL, or `user@host:path`.
    pub fn of_remote(text: &str) -> Option<Self> {
        if text.contains("://") {
            return Self::of_url(text);
        }
        let (machine, _) = text.split_once(':').filter(|(machine, _)| !machine.contains('/'))?;
        let host = machine.rsplit_once('@').map_or(machine, |(_, host)| host);
        Self::of_authority(host, 22)
    }

    /// Reads the domain of a mail address.
    pub fn of_mail(mail: &str) -> Option<Self> {
        let (_, host) = mail.rsplit_once('@')?;
        Self::of_authority(host, 25)
    }

    fn of_authority(authority: &str, usual: u16) -> Option<Self> {
        let (host, port) = match authority.strip_prefix('[') {
            Some(six) => {
                let (host, rest) = six.split_once(']')?;
                (host, rest.strip_prefix(':'))
            }
            None => match authority.rsplit_once(':') {
                Some((host, port)) if !host.contains(':') => (host, Some(port)),
                Some(_) | None => (authority, None),
            },
        };
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let port = port.and_then(|port| port.parse().ok()).unwrap_or(usual);
        (!host.is_empty()).then_some(Self { host, port })
    }

    /// Returns the address that stands in the host's place.
    pub fn literal(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

/// What every rule stands on.
pub struct Ground<'a> {
    pub inquiry: &'a Inquiry<'a>,
    pub topology: Topology,
    pub needs: Vec<Needed>,
}

impl<'a> Ground<'a> {
    /// Works it out.
    pub fn of(inquiry: &'a Inquiry<'a>) -> Self {
        let topology = Topology::of(inquiry.estate, inquiry.as_table);
        let needs = needed(inquiry.estate, inquiry.runbooks, &topology);
        Self { inquiry, topology, needs }
    }

    /// Returns the zone that a host's name lies in: the closest one of the estate.
    pub fn zone_of(&self, host: &str) -> Option<&'a Zone> {
        if host.parse::<IpAddr>().is_ok() {
            return None;
        }
        let host = fully_qualified(host);
        let holds = |zone: &&Zone| {
            let name = fully_qualified(&zone.name);
            host == name || host.ends_with(&format!(".{name}"))
        };
        let zones = self.inquiry.estate.zones.iter().filter(holds);
        zones.max_by_key(|zone| fully_qualified(&zone.name).len())
    }

    /// Tells whether users die without a zone: it has critical names, or a live tracker's or a cache's name.
    pub fn is_served(&self, zone: &Zone) -> bool {
        let estate = self.inquiry.estate;
        let lies_in = |url: &str| {
            let place = Place::of_url(url);
            place.and_then(|it| self.zone_of(&it.host)).is_some_and(|it| it.id == zone.id)
        };
        let live = |tracker: &&Tracker| !tracker.standby;
        let trackers = estate.trackers.iter().filter(live).flat_map(|it| &it.urls);
        let caches = estate.metadata_caches.iter().map(|it| &it.url);
        !zone.critical.is_empty() || trackers.chain(caches).any(|url| lies_in(url))
    }

    /// Tells whether a zone goes down with another one: it is that zone, or no provider serves it alone.
    pub fn falls_with(&self, zone: &Zone, other: &Zone) -> bool {
        zone.id == other.id || zone.delegated_to.iter().all(|id| other.delegated_to.contains(id))
    }

    /// Returns the networks that addresses lie in, as far as the table knows.
    pub fn asns(&self, ips: &[IpAddr]) -> BTreeSet<u32> {
        let table = self.inquiry.as_table;
        ips.iter().filter_map(|ip| table?.asn_of(*ip)).collect()
    }

    /// Returns the addresses that a member is reached at.
    pub fn places(&self, kind: ParamKind, id: &Id) -> &[IpAddr] {
        self.topology.places(&(kind, id.clone()))
    }

    /// Returns every fact of a kind about a subject.
    pub fn facts(&self, kind: FactKind, subject: &Id) -> impl Iterator<Item = &'a Fact> {
        let subject = subject.clone();
        let facts = self.inquiry.facts.iter();
        facts.filter(move |fact| fact.kind == kind && fact.subject == subject)
    }

    /// Joins what every vantage says: somebody's yes is a yes, then somebody's no is a no.
    pub fn truth(&self, kind: FactKind, subject: &Id) -> (Truth, String) {
        let all: Vec<&Fact> = self.facts(kind, subject).collect();
        let of = |truth| all.iter().find(|fact| fact.truth == truth);
        let said = of(Truth::True).or_else(|| of(Truth::False)).or_else(|| all.first());
        let nobody = || (Truth::Unknown, self.why_not_asked());
        said.map_or_else(nobody, |fact| (fact.truth, fact.because.clone()))
    }

    /// Says why something was not asked.
    pub fn why_not_asked(&self) -> String {
        let offline = "offline: nothing was asked";
        if self.inquiry.offline { offline.to_owned() } else { "nothing was asked".to_owned() }
    }

    /// Tells whether something answered by the same path: without that, silence says nothing of a host.
    pub fn path_is_open(&self, kinds: &[FactKind]) -> bool {
        let open = |fact: &Fact| kinds.contains(&fact.kind) && fact.truth == Truth::True;
        self.inquiry.facts.iter().any(open)
    }

    /// Returns the look at a service.
    pub fn access(&self, id: &Id) -> Option<&'a Access> {
        self.inquiry.accesses.iter().find(|access| access.service == *id)
    }

    /// Says whether a credential or a path can be read here; nothing where nobody looked.
    pub fn at_hand(&self, thing: &Thing) -> Option<&'a Said> {
        self.inquiry.at_hand.iter().find(|(it, _)| it == thing).map(|(_, said)| said)
    }

    /// Returns the runbooks that declare a need of an object, by what kind of thing.
    pub fn declaring(&self, kind: ParamKind, id: &Id, fits: impl Fn(&Thing) -> bool) -> Vec<Id> {
        let member = (kind, id.clone());
        let declares = |need: &&Needed| {
            need.declared && need.member.as_ref() == Some(&member) && fits(&need.thing)
        };
        let runbooks = self.needs.iter().filter(declares).filter_map(|need| need.runbook.clone());
        let runbooks: BTreeSet<Id> = runbooks.collect();
        runbooks.into_iter().collect()
    }

    /// Returns who keeps the first of some runbooks, else whoever is called first.
    pub fn owner(&self, runbooks: &[Id]) -> Option<Id> {
        let keeps = |runbook: &&&Runbook| runbooks.contains(&runbook.id);
        let contacts = &self.inquiry.estate.contacts;
        let known = |id: &Id| contacts.iter().any(|contact| contact.id == *id);
        let owner =
            self.inquiry.runbooks.iter().find(keeps).map(|it| it.owner.clone()).filter(known);
        owner.or_else(|| self.on_call())
    }

    /// Returns whoever is called first.
    pub fn on_call(&self) -> Option<Id> {
        let contacts = &self.inquiry.estate.contacts;
        contacts.iter().find(|contact| contact.role.is_none()).map(|contact| contact.id.clone())
    }

    /// Returns the contact for the law.
    pub fn counsel(&self) -> Option<Id> {
        let contacts = &self.inquiry.estate.contacts;
        let legal = contacts.iter().find(|contact| contact.role.as_deref() == Some("legal"));
        legal.map(|contact| contact.id.clone()).or_else(|| self.on_call())
    }

    /// Returns every need as it is shown.
    pub fn shown_needs(&self) -> Vec<Need> {
        let shown = |need: &Needed| Need {
            runbook: need.runbook.clone(),
            kind: need.thing.kind(),
            what: need.thing.named(),
            of: need.of.clone(),
            declared: need.declared,
            inside: inside::of_need(self, need).into_iter().map(|(_, why)| why).collect(),
            there: self.there(need).truth,
        };
        let mut all: Vec<Need> = self.needs.iter().map(shown).collect();
        all.sort();
        all.dedup();
        all
    }

    /// Says whether a need is there now.
    pub fn there(&self, need: &Needed) -> Said {
        match &need.thing {
            Thing::Secret(_) | Thing::Path(_) => {
                let said = self.at_hand(&need.thing).cloned();
                said.unwrap_or_else(|| Said::unknown("it was not looked for"))
            }
            Thing::LogIn(_) => Said::unknown("only a person can log in"),
            Thing::Host { .. } => self.host_there(need),
        }
    }

    fn host_there(&self, need: &Needed) -> Said {
        if self.is_registry(need) {
            return self.registry_there(&need.of);
        }
        let kind = need.member.as_ref().map(|(kind, _)| *kind);
        let fact = match kind {
            Some(ParamKind::DnsProvider) if self.is_api(need) => return self.api_there(&need.of),
            Some(ParamKind::Registrar) => return self.api_there(&need.of),
            Some(ParamKind::DnsProvider) => FactKind::DnsAuthorityAnswers,
            Some(ParamKind::Tracker) => FactKind::TrackerAnswers,
            Some(ParamKind::Seedbox) => FactKind::SeedboxAnswers,
            Some(ParamKind::Resolver) => FactKind::DnsResolverAnswers,
            Some(ParamKind::Vantage) => FactKind::VantageAnswers,
            Some(
                ParamKind::Zone | ParamKind::Carrier | ParamKind::Prefix | ParamKind::Upstream,
            )
            | None => return Said::unknown("it is not asked by this command"),
        };
        let (truth, because) = self.truth(fact, &need.of);
        Said::new(truth, because)
    }

    /// Tells whether a host is the one that a registry is asked at.
    fn is_registry(&self, need: &Needed) -> bool {
        let registrar = self.inquiry.estate.registrar(&need.of);
        need.runbook.is_none()
            && registrar.and_then(super::needs::registry_of).is_some_and(|it| it == need.thing)
    }

    /// Says whether a registry answered about any domain, be it that it knows none such.
    fn registry_there(&self, registrar: &Id) -> Said {
        let asked: Vec<_> = self
            .inquiry
            .evidence
            .iter()
            .filter_map(|evidence| {
                let Observation::Registry(registry) = &evidence.observation else { return None };
                (registry.registrar == *registrar).then_some(registry)
            })
            .collect();
        match (asked.is_empty(), asked.iter().any(|it| it.ending.answer().is_some())) {
            (true, _) => Said::unknown(self.why_not_asked()),
            (false, true) => Said::new(Truth::True, "it answers"),
            (false, false) => Said::unknown("it told nothing"),
        }
    }

    /// Tells whether a provider's host is the one that its records are written at.
    fn is_api(&self, need: &Needed) -> bool {
        let provider = self.inquiry.estate.provider(&need.of);
        provider.and_then(super::needs::api_of).is_some_and(|api| api == need.thing)
    }

    fn api_there(&self, id: &Id) -> Said {
        let said = self.access(id).map(|access| access.reached.clone());
        said.unwrap_or_else(|| Said::unknown(self.why_not_asked()))
    }
}

/// Joins ids for a sentence.
pub fn listed<T: ToString>(all: impl IntoIterator<Item = T>) -> String {
    let all: Vec<String> = all.into_iter().map(|it| format!("`{}`", it.to_string())).collect();
    all.join(", ")
}

/// Tells whether two companies are one, whatever the case and the spaces around.
pub fn same_company(one: Option<&str>, other: Option<&str>) -> Truth {
    let plain = |text: &str| text.trim().to_lowercase();
    match (one.map(plain), other.map(plain)) {
        (Some(one), Some(other)) => Truth::of(one == other),
        (None, _) | (_, None) => Truth::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn hosts_are_read_out_of_urls_log_ins_remotes_and_mail() {
        let shown = |place: Option<Place>| place.map(|it| (it.host, it.port));
        let some = |host: &str, port| Some((host.to_owned(), port));
        assert_eq!(shown(Place::of_url("https://A.example./x")), some("a.example", 443));
        assert_eq!(shown(Place::of_url("http://a.example:81?x")), some("a.example", 81));
        assert_eq!(shown(Place::of_url("udp://[2001:db8::1]:6969/a")), some("2001:db8::1", 6969));
        assert_eq!(shown(Place::of_url("https://[2001:db8::1]/")), some("2001:db8::1", 443));
        assert_eq!(shown(Place::of_url("no url")), None);
        assert_eq!(shown(Place::of_login("probe@192.0.2.1")), some("192.0.2.1", 22));
        assert_eq!(shown(Place::of_remote("git@a.example:b/c")), some("a.example", 22));
        assert_eq!(shown(Place::of_remote("ssh://git@a.example:23/c")), some("a.example", 23));
        assert_eq!(shown(Place::of_remote("../folder")), None);
        assert_eq!(shown(Place::of_mail("on@call@b.example")), some("b.example", 25));
    }
}
