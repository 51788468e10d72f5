//! What a look in the middle of a run asks for: what its guard speaks of, and nothing of what only the journal knows.

use std::collections::BTreeSet;

use libtest_mimic::Trial;
use lifeboat::document::Source;
use lifeboat::drive::Operation;
use lifeboat::drive::survey::{self, Seen, Sought};
use lifeboat::model::{Fact, FactKind, Guard, Mode, ProbeKind, Severity, Span};
use lifeboat::store::{Declaration, Incident};

use crate::actions::play;

pub fn trials() -> Vec<Trial> {
    trials![
        a_guard_of_the_journal_alone_asks_nobody,
        a_look_that_reads_no_zone_whole_says_nothing_of_it,
        a_guard_that_speaks_of_whole_zones_has_them_read,
    ]
}

/// Nobody answers there; what is asked is told apart by what evidence comes back.
const ESTATE: &str = r#"
schema: lifeboat/estate/v1
id: looks
network: { allow_private: ["127.0.0.0/8"] }
probing: { target_budget: 1s, tries: 1 }
trust: { commits: any }
incidents: { directory: incidents }
dns_providers:
  - { id: a, kind: unmanaged, nameservers: [{ name: ns.a.test., addresses: ["127.0.0.1:9"] }] }
zones: [{ id: z, name: zone.test, delegated_to: [a] }]
"#;

struct Place {
    operation: Operation,
    incident: Incident,
    _folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lifeboat.yaml");
        std::fs::write(&path, ESTATE).unwrap();
        let source = Source::new(path.display().to_string(), ESTATE);
        let operation = Operation::open(&source, folder.path(), Some(folder.path()), None).unwrap();
        let (title, severity, mode) = ("looks".to_owned(), Severity::Minor, Mode::Live);
        let declaration = Declaration { title, severity, mode };
        let now = operation.field.clock.now();
        let incident = operation.incidents.create(&declaration, now).unwrap();
        Self { operation, incident, _folder: folder }
    }

    fn see(&self, guard: &str) -> Seen {
        let guard: Guard = serde_json::from_value(guard.into()).unwrap();
        let within = Span::from_secs(5);
        play(survey::see(&self.operation, &guard, &ProbeKind::ALL, within, &self.incident)).unwrap()
    }

    fn survey(&self, sought: Sought<'_>) -> Vec<Fact> {
        let within = Span::from_secs(5);
        play(survey::survey(&self.operation, sought, within, Some(&self.incident))).unwrap().facts
    }
}

fn kinds(facts: &[Fact]) -> BTreeSet<FactKind> {
    facts.iter().map(|fact| fact.kind).collect()
}

fn a_guard_of_the_journal_alone_asks_nobody() {
    let place = Place::new();
    let seen = place.see("incident.declared is true and incident.resolved is not true");
    assert!(seen.evidence.is_none(), "nobody was asked");
    assert!(kinds(&seen.facts).contains(&FactKind::IncidentDeclared));
    let seen = place.see("incident.declared is true and observer.healthy is true");
    assert!(!seen.evidence.expect("the world was asked").evidence.is_empty());
    assert!(kinds(&seen.facts).contains(&FactKind::IncidentDeclared));
}

fn a_look_that_reads_no_zone_whole_says_nothing_of_it() {
    let place = Place::new();
    let whole = [FactKind::ZoneParity, FactKind::ZoneOriginHidden];
    let lightly = kinds(&place.survey(Sought::lightly(&ProbeKind::ALL)));
    let everything = kinds(&place.survey(Sought::EVERYTHING));
    assert!(everything.contains(&FactKind::ZoneParity), "{everything:?}");
    assert!(whole.iter().all(|kind| !lightly.contains(kind)), "{lightly:?}");
    assert!(lightly.contains(&FactKind::DnsAuthorityAnswers), "{lightly:?}");
}

fn a_guard_that_speaks_of_whole_zones_has_them_read() {
    let place = Place::new();
    assert!(
        !kinds(&place.see("dns.authority.answers(a) is true").facts)
            .contains(&FactKind::ZoneParity)
    );
    assert!(
        kinds(&place.see("zone.parity(a, git) is not true").facts).contains(&FactKind::ZoneParity)
    );
    let either = place.see("observer.healthy is true or zone.parity(a, git) is true");
    assert!(kinds(&either.facts).contains(&FactKind::ZoneParity));
}
