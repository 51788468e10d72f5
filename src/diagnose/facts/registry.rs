//! What registries say of our domains: holds, deletion, expiry, locks, name servers.
//!
//! Everything is unknown where no registry was asked or none answered. A registry that does not know the domain says
//! that alone: it holds nothing that could be held.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::World;
use super::claim::{Claim, list};
use super::sight::{Outcome, Sight};
use crate::model::{
    Estate, FactKind, Id, Measure, Registration, RegistrationStatus, RegistryAnswer, Remote, Truth,
    Unit, Zone, fully_qualified,
};

/// What a registration says of one kind of fact.
struct Said {
    truth: Truth,
    because: String,
    measure: Option<Measure>,
}

/// A registration, with what it is held against.
struct Heard<'a> {
    estate: &'a Estate,
    zone: &'a Zone,
    it: &'a Registration,
    /// When the registry was asked.
    at: Timestamp,
}

/// How a registration says one kind of fact.
type Say = fn(&Heard<'_>) -> Said;

/// Every fact of this family.
const FACTS: [(FactKind, Say); 9] = [
    (FactKind::RegistryRegistered, |_| Said::new(Truth::True, "the registry knows the domain")),
    (FactKind::RegistryHold, |heard| {
        heard.lists(|it| it.is_hold_by_registry() || it.is_hold_by_registrar())
    }),
    (FactKind::RegistryHoldByRegistry, |heard| {
        heard.lists(RegistrationStatus::is_hold_by_registry)
    }),
    (FactKind::RegistryHoldByRegistrar, |heard| {
        heard.lists(RegistrationStatus::is_hold_by_registrar)
    }),
    (FactKind::RegistryDeleting, |heard| heard.lists(RegistrationStatus::is_deleting)),
    (FactKind::RegistryExpired, |heard| heard.expiry(|left| (Truth::of(left <= 0), None))),
    (FactKind::RegistryExpires, |heard| {
        let seconds = |left| Measure { value: left as f64, unit: Unit::Seconds, of: None };
        heard.expiry(|left| (Truth::True, Some(seconds(left))))
    }),
    (FactKind::RegistryLocked, |heard| heard.locks()),
    (FactKind::RegistryDelegationAsIntended, |heard| heard.delegation()),
];

/// What is known of one domain.
enum Known<'a> {
    /// Nothing could ever be: the estate names no registry.
    Moot,
    /// Nothing is: why.
    Nothing(String),
    /// The registry does not know it: in its words.
    NotRegistered(&'a Remote),
    /// It is registered; as of when the registry was asked.
    Registered(&'a Registration, Timestamp),
}

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    world.estate.zones.iter().flat_map(|zone| of_zone(world.estate, sight, zone)).collect()
}

fn of_zone(estate: &Estate, sight: &Sight<'_>, zone: &Zone) -> Vec<Claim> {
    let (known, from) = look(estate, sight, zone);
    let claim = |(kind, say): (FactKind, Say)| {
        let new = |truth, because: &str| Claim::new(kind, &zone.id, truth, because);
        match &known {
            Known::Moot => Claim::moot(kind, &zone.id, "the estate names no RDAP server for it"),
            Known::Nothing(why) => new(Truth::Unknown, why).from(&from),
            Known::NotRegistered(words) => {
                let itself = kind == FactKind::RegistryRegistered;
                let truth = if itself { Truth::False } else { Truth::Unknown };
                new(truth, &format!("the registry knows no such domain: {words}")).from(&from)
            }
            Known::Registered(it, at) => {
                let said = say(&Heard { estate, zone, it, at: *at });
                new(said.truth, &said.because).measured(said.measure).from(&from)
            }
        }
    };
    FACTS.into_iter().map(claim).collect()
}

fn look<'a>(estate: &Estate, sight: &Sight<'a>, zone: &Zone) -> (Known<'a>, Vec<Id>) {
    let registrar = zone.registrar.as_ref().and_then(|id| estate.registrar(id));
    if registrar.is_none_or(|registrar| registrar.rdap.is_none()) {
        return (Known::Moot, Vec::new());
    }
    let Some((evidence, asked)) = sight.registry(&zone.id) else {
        return (Known::Nothing("the registry was not asked".to_owned()), Vec::new());
    };
    let known = match sight.outcome(None, &asked.ending) {
        Outcome::Answered(RegistryAnswer::Registered(it)) => Known::Registered(it, evidence.at),
        Outcome::Answered(RegistryAnswer::NotRegistered(words)) => Known::NotRegistered(words),
        Outcome::Odd(what) => Known::Nothing(format!("the registry does not say: {what}")),
        Outcome::Silent => Known::Nothing("the registry does not answer".to_owned()),
        Outcome::Refused => Known::Nothing("the registry's host refuses".to_owned()),
        Outcome::Nothing { why, .. } => Known::Nothing(format!("the registry does not say: {why}")),
    };
    (known, vec![evidence.id.clone()])
}

impl Said {
    fn new(truth: Truth, because: impl Into<String>) -> Self {
        Self { truth, because: because.into(), measure: None }
    }
}

impl Heard<'_> {
    /// Says whether any status fits, and which; unknown where the registry lists none at all.
    fn lists(&self, fits: impl Fn(&RegistrationStatus) -> bool) -> Said {
        let Some(all) = &self.it.statuses else {
            return Said::new(Truth::Unknown, "the registry does not list statuses");
        };
        let names = |wanted: bool| -> Vec<String> {
            let chosen = all.iter().filter(|status| !wanted || fits(status));
            chosen.map(|status| format!("`{}`", status.name())).collect()
        };
        let (fitting, all) = (names(true), names(false));
        match (fitting.is_empty(), all.is_empty()) {
            (false, _) => Said::new(Truth::True, format!("the registry lists {}", list(&fitting))),
            (true, false) => Said::new(Truth::False, format!("the registry lists {}", list(&all))),
            (true, true) => Said::new(Truth::False, "the registry lists no status"),
        }
    }

    /// True when transfers are locked; the measure counts the locks of transfer, update and delete.
    fn locks(&self) -> Said {
        let locks: [fn(&RegistrationStatus) -> bool; 3] = [
            RegistrationStatus::locks_transfer,
            RegistrationStatus::locks_update,
            RegistrationStatus::locks_delete,
        ];
        let count = |all: &Vec<RegistrationStatus>| {
            let there = locks.into_iter().filter(|lock| all.iter().any(lock)).count();
            Measure::part(there as f64, 3.0)
        };
        let measure = self.it.statuses.as_ref().map(count);
        Said { measure, ..self.lists(RegistrationStatus::locks_transfer) }
    }

    /// Judges the seconds that are left, which lie below zero once it has expired.
    fn expiry(&self, judge: impl Fn(i64) -> (Truth, Option<Measure>)) -> Said {
        let Some(expires) = self.it.expires else {
            return Said::new(Truth::Unknown, "the registry does not say until when");
        };
        let (truth, measure) = judge(expires.as_second() - self.at.as_second());
        Said { truth, because: format!("it is registered until {expires}"), measure }
    }

    /// Holds the name servers against the intended providers; one counts when any server of it is listed.
    fn delegation(&self) -> Said {
        let Some(servers) = &self.it.nameservers else {
            return Said::new(Truth::Unknown, "the registry does not list name servers");
        };
        let servers: BTreeSet<String> =
            servers.iter().map(|server| fully_qualified(server.raw())).collect();
        let mut known = BTreeSet::new();
        for provider in self.zone.delegated_to.iter().filter_map(|id| self.estate.provider(id)) {
            let own = provider.nameservers.iter().map(|server| fully_qualified(&server.name));
            let own: BTreeSet<String> = own.collect();
            if own.is_disjoint(&servers) {
                let because = format!("the registry lists no name server of {}", provider.id);
                return Said::new(Truth::False, because);
            }
            known.extend(own);
        }
        let stranger = servers.difference(&known).next().map(Remote::new);
        stranger.map_or_else(
            || Said::new(Truth::True, "the registry lists the intended name servers"),
            |it| Said::new(Truth::False, format!("the registry lists {it}, which is not intended")),
        )
    }
}
