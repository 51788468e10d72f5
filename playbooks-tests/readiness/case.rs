//! One case of readiness: an estate as data, and what was seen of it, changed by each trial.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use lifeboat::diagnose::Topology;
use lifeboat::diagnose::readiness::{
    Inquiry, LastIncident, Needed, RouterLook, StandingLook, Thing, needed, readiness,
};
use lifeboat::document::{self, Source};
use lifeboat::model::{
    Access, Estate, Evidence, Fact, FactKind, Finding, Grade, Graded, Id, PinFile, Readiness, Rule,
    Runbook, Said, Since, Truth, ZoneAccess,
};
use lifeboat::wire::as_table::AsTable;
use serde_json::{Value, json};

/// Two small networks for each of us, and one for each provider.
const TABLE: &str = "192.0.2.0\t192.0.2.127\t65001\tNL\tHarbour\n192.0.2.128\t192.0.2.255\t65002\tNL\tMole\n\
                     198.51.100.0\t198.51.100.127\t65003\tUS\tOne\n198.51.100.128\t198.51.100.255\t65004\tUS\tTwo\n\
                     203.0.113.0\t203.0.113.255\t65005\tCA\tThree\n";

/// The runbooks that the binary carries.
const SHIPPED: [&str; 9] = [
    include_str!("../../runbooks/carrier-outage.yaml"),
    include_str!("../../runbooks/dns-failback.yaml"),
    include_str!("../../runbooks/dns-provider-outage.yaml"),
    include_str!("../../runbooks/domain-hold.yaml"),
    include_str!("../../runbooks/observer-fault.yaml"),
    include_str!("../../runbooks/prefix-withdrawal.yaml"),
    include_str!("../../runbooks/resolver-outage.yaml"),
    include_str!("../../runbooks/standby-prestage.yaml"),
    include_str!("../../runbooks/tracker-loss.yaml"),
];

/// What readiness is judged by.
pub struct Case {
    pub estate: Value,
    pub table: Option<AsTable>,
    pub facts: Vec<Fact>,
    pub evidence: Vec<Evidence>,
    pub accesses: Vec<Access>,
    /// What is not at hand, by its words.
    pub missing: Vec<(String, Truth)>,
    pub graded: Vec<Graded>,
    pub routers: Vec<RouterLook>,
    pub unread: Vec<(String, String)>,
    pub signers: Option<BTreeSet<String>>,
    pub standing: Vec<StandingLook>,
    /// When drills carried runbooks out; absent where nobody can tell.
    pub rehearsed: Option<BTreeMap<Id, Timestamp>>,
    pub last: LastIncident,
    pub pins: PinFile,
    pub offline: bool,
    pub since: Since,
}

pub fn now() -> Timestamp {
    "2026-11-25T12:00:00Z".parse().unwrap()
}

/// An estate in which nothing is wrong: one zone at `north`, `south` standing by, everything somewhere else.
pub fn sound() -> Value {
    let provider = |id: &str, company: &str, at: &str| {
        json!({"id": id, "kind": "powerdns", "company": company, "api": format!("https://api.{id}.example/api/v1/servers/localhost"),
            "addresses": [at], "credential": {"file": format!("private/{id}")},
            "nameservers": [{"name": format!("ns1.{id}.example"), "addresses": [at]}]})
    };
    json!({
        "schema": "lifeboat/estate/v1", "id": "harbour",
        "contacts": [{"id": "first-on-call", "signer": "ann", "call": {"file": "private/ann.tel"}},
            {"id": "second-on-call", "signer": "bob", "call": {"file": "private/bob.tel"}},
            {"id": "third", "signer": "cas", "call": {"file": "private/cas.tel"}},
            {"id": "lawyer", "role": "legal", "call": {"file": "private/law.tel"}}],
        "approvals": {"delegation": {"people": 2, "by": "signature"}, "records": {"people": 1, "by": "terminal"}},
        "registrars": [{"id": "registry", "company": "Registry Ltd", "kind": "manual", "login_needs": ["mailbox"],
            "locks": ["clientTransferProhibited"]}],
        "dns_providers": [provider("north", "North Inc", "198.51.100.7"), provider("south", "South BV", "198.51.100.200")],
        "zones": [{"id": "z", "name": "harbour.example.", "registrar": "registry", "delegated_to": ["north"], "standby_at": ["south"],
            "critical": [{"name": "quay", "type": "A", "expect": ["192.0.2.10"], "ttl_at_most": "5m"}]}],
        "trackers": [{"id": "quay", "region": "eu", "addresses": ["192.0.2.10"], "urls": ["udp://quay.harbour.example:6969/announce"]},
            {"id": "spare", "standby": true, "region": "ca", "addresses": ["203.0.113.9"], "urls": ["udp://spare.elsewhere.example:6969/announce"]}],
        "seedboxes": [{"id": "box-eu", "kind": "transmission", "region": "eu", "rpc": "https://192.0.2.30:9091/", "credential": {"file": "private/box-eu"}},
            {"id": "box-ca", "kind": "transmission", "region": "ca", "rpc": "https://203.0.113.30:9091/", "credential": {"file": "private/box-ca"}}],
        "prefixes": [{"id": "quays", "cidr": "192.0.2.0/25", "origin": 65001, "announced_by": "upstream", "upstreams": ["carry"]}],
        "upstreams": [{"id": "carry", "asn": 65001}],
        "resolvers": [{"id": "res-1", "address": "198.51.100.53"}, {"id": "res-2", "address": "203.0.113.53"}],
        "controls": [{"id": "ctl", "kind": "tcp", "address": "203.0.113.200:443"}],
        "identities": [{"id": "mailbox", "mail": "oncall@post.example", "company": "Post AG"}],
        "status_channels": [{"id": "page", "kind": "statuspage", "audience": "customers", "url": "https://status.elsewhere.example/", "company": "Status Oy"}],
        "metadata_caches": [{"id": "cache", "url": "https://cache.harbour.example/", "stale_if_error": "7d"}],
    })
}

impl Case {
    /// A sound estate, and everything seen to be well.
    pub fn sound() -> Self {
        let said = |truth| Said::new(truth, "seen");
        let access = |id: &str, zones: &[&str]| {
            let zone = |zone: &&str| ZoneAccess {
                zone: (*zone).into(),
                held: said(Truth::True),
                writes: said(Truth::True),
            };
            let zones = zones.iter().map(zone).collect();
            let (reached, accepted) = (said(Truth::True), said(Truth::True));
            Access { reached, accepted, zones, ahead_s: Some(0), ..Access::unknown(&id.into(), "") }
        };
        let graded = |runbook: &Runbook| Graded {
            runbook: runbook.id.clone(),
            grade: Grade::Drilled,
            at: Some(now()),
            changed_since: Truth::False,
        };
        let mut case = Self {
            estate: sound(),
            table: Some(AsTable::parse(TABLE).unwrap()),
            facts: Vec::new(),
            evidence: Vec::new(),
            accesses: vec![
                access("north", &["z"]),
                access("south", &["z"]),
                access("box-eu", &[]),
                access("box-ca", &[]),
            ],
            missing: Vec::new(),
            graded: shipped().iter().map(graded).collect(),
            routers: Vec::new(),
            unread: Vec::new(),
            signers: Some(["ann", "bob", "cas"].map(str::to_owned).into()),
            standing: Vec::new(),
            rehearsed: Some(BTreeMap::new()),
            last: LastIncident::default(),
            pins: PinFile::empty(),
            offline: false,
            since: Since::new(),
        };
        for provider in ["north", "south"] {
            case.say(FactKind::DnsAuthorityAnswers, provider, Truth::True);
            case.say(FactKind::ZoneParity, provider, Truth::True);
        }
        for tracker in ["quay", "spare"] {
            case.say(FactKind::TrackerAnswers, tracker, Truth::True);
        }
        case.say(FactKind::DnsDelegationAsIntended, "z", Truth::True);
        case.live_for("quay.harbour.example.", 300);
        case
    }

    /// Says a fact, in place of what was said before.
    pub fn say(&mut self, kind: FactKind, subject: &str, truth: Truth) {
        self.facts.retain(|fact| (fact.kind, fact.subject.as_str()) != (kind, subject));
        self.facts.push(Fact {
            id: Id::new(format!("f{}", self.facts.len() + 1)),
            kind,
            subject: subject.into(),
            object: None,
            vantage: "here".into(),
            at: now(),
            truth,
            measure: None,
            because: format!("{kind} was seen to be {truth}"),
            from: Vec::new(),
        });
    }

    /// Lets an authority of the zone answer a name with a time to live, in seconds.
    pub fn live_for(&mut self, name: &str, ttl: u32) {
        let answer = json!({"rcode": "NOERROR", "aa": true, "tc": false, "ad": false,
            "answers": [{"name": name, "kind": "A", "ttl": ttl, "data": "192.0.2.10"}],
            "authority": [], "additional": [], "extended_errors": [], "latency_ms": 1});
        let dns = json!({"probe": "dns", "role": {"authority": {"provider": "north", "zone": "z", "server": "ns1.north.example."}},
            "server": "198.51.100.7:53", "transport": "udp", "name": name, "kind": "A", "ending": {"answered": answer}});
        let evidence = json!({"id": "e1", "subject": "north", "vantage": "here", "at": now(), "took_ms": 1, "sent": 1,
            "observation": dns});
        self.evidence = vec![serde_json::from_value(evidence).unwrap()];
    }

    /// Changes the estate.
    pub fn with(mut self, change: impl FnOnce(&mut Value)) -> Self {
        change(&mut self.estate);
        self
    }

    /// Returns the look at a service, to change it.
    pub fn access(&mut self, id: &str) -> &mut Access {
        self.accesses.iter_mut().find(|access| access.service == id).unwrap()
    }

    /// Returns the estate as the program has it: through its own linter.
    pub fn document(&self) -> Estate {
        let text = self.estate.to_string();
        document::estate(&Source::new("estate.yaml", text))
            .unwrap_or_else(|faults| panic!("{faults}"))
    }

    /// Returns everything that is needed.
    pub fn needs(&self) -> Vec<Needed> {
        let (estate, runbooks) = (self.document(), shipped());
        let topology = Topology::of(&estate, self.table.as_ref());
        needed(&estate, &runbooks.iter().collect::<Vec<_>>(), &topology)
    }

    /// Judges.
    pub fn judge(&self) -> Readiness {
        let (estate, runbooks) = (self.document(), shipped());
        let said = |thing: &Thing| {
            let missing = self.missing.iter().find(|(what, _)| *what == thing.named());
            let truth = missing.map_or(Truth::True, |(_, truth)| *truth);
            (thing.clone(), Said::new(truth, format!("looked for {}", thing.named())))
        };
        let calls = estate.contacts.iter().filter_map(|it| it.call.clone()).map(Thing::Secret);
        let things: Vec<Thing> = self.needs().into_iter().map(|it| it.thing).chain(calls).collect();
        let at_hand: Vec<(Thing, Said)> = things.iter().map(said).collect();
        let digests = runbooks.iter().map(|it| (it.id.clone(), digest(&it.id))).collect();
        let runbooks: Vec<&Runbook> = runbooks.iter().collect();
        readiness(
            &Inquiry {
                estate: &estate,
                runbooks: &runbooks,
                as_table: self.table.as_ref(),
                pins: &self.pins,
                evidence: &self.evidence,
                facts: &self.facts,
                since: &self.since,
                accesses: &self.accesses,
                at_hand: &at_hand,
                graded: &self.graded,
                routers: &self.routers,
                unread: &self.unread,
                distrusted: None,
                signers: self.signers.as_ref(),
                standing: &self.standing,
                digests: &digests,
                rehearsed: self.rehearsed.as_ref(),
                last_incident: &self.last,
                offline: self.offline,
                now: now(),
            },
            1,
        )
    }

    /// Expects exactly these blockers, each a rule and its subject, and returns the report.
    #[track_caller]
    pub fn blocked_by(&self, wanted: &[(Rule, &str)]) -> Readiness {
        let report = self.judge();
        let found: Vec<(Rule, &str)> =
            report.blockers.iter().map(|it| (it.rule, it.subject.as_str())).collect();
        assert_eq!(found, wanted, "{:#?}", report.blockers);
        report
    }

    /// Expects no blocker and a warning of a rule, and returns it.
    #[track_caller]
    pub fn warned_of(&self, rule: Rule, truth: Truth) -> Finding {
        let report = self.blocked_by(&[]);
        let found = report.warnings.iter().find(|it| it.rule == rule && it.truth == truth);
        found.cloned().unwrap_or_else(|| panic!("{rule:?} {truth}: {:#?}", report.warnings))
    }

    /// Expects that a rule has nothing to say.
    #[track_caller]
    pub fn quiet_about(&self, rule: Rule) {
        let report = self.judge();
        let all = report.blockers.iter().chain(&report.warnings);
        let found: Vec<&Finding> = all.filter(|it| it.rule == rule).collect();
        assert!(found.is_empty(), "{found:#?}");
    }
}

/// Returns a digest of a runbook, each its own.
pub fn digest(runbook: &Id) -> String {
    lifeboat::drive::sha256(runbook.as_str().as_bytes())
}

pub fn shipped() -> &'static [Runbook] {
    static READ: std::sync::OnceLock<Vec<Runbook>> = std::sync::OnceLock::new();
    let read = |text: &str| document::runbook(&Source::new("runbook.yaml", text));
    let read = |text: &&str| read(text).unwrap_or_else(|faults| panic!("{faults}"));
    READ.get_or_init(|| SHIPPED.iter().map(read).collect())
}

/// Returns an item of a section by its id, to change it.
pub fn item<'v>(estate: &'v mut Value, section: &str, id: &str) -> &'v mut Value {
    let items = estate[section].as_array_mut().unwrap();
    items.iter_mut().find(|item| item["id"] == id).unwrap()
}
