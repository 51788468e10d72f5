//! The ground that plans are drafted on: one estate, the shipped runbooks, and facts one by one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lifeboat::model::binding::Behind;
use lifeboat::model::{
    Change, Estate, Fact, FactKind, Found, Id, LimitKind, Measure, Mode, Phase, Plan, Rrset,
    Runbook, RunbookMark, Services, Severity, Since, Torrent, TrackerEntry, Truth, Unit, Value,
    Wanted, Work,
};
use lifeboat::plan::{Draft, Pinning, Refusal, draft};
use serde_json::json;

/// What a plan is made of; trials change it before they draft.
pub struct Case {
    pub estate: Estate,
    pub runbook: Runbook,
    pub includes: Vec<(Runbook, RunbookMark)>,
    pub phase: Phase,
    pub params: BTreeMap<String, Id>,
    pub taken: BTreeMap<Id, Id>,
    pub facts: Vec<Fact>,
    pub severity: Severity,
    pub overrides: BTreeMap<LimitKind, String>,
    /// How many record sets a zone has that is written.
    pub zone_size: usize,
    behind: Behind,
    since: Since,
}

/// Reads a runbook's text.
pub fn runbook(text: &str) -> Runbook {
    serde_yaml::from_str(text).unwrap()
}

/// Marks a runbook as read from somewhere.
pub fn mark(id: &Id) -> RunbookMark {
    let (id, path) = (id.clone(), format!("runbooks/{id}.yaml"));
    RunbookMark { digest: format!("digest of {id}"), id, commit: Some("c0ffee".to_owned()), path }
}

pub const OUTAGE: &str = include_str!("../../runbooks/dns-provider-outage.yaml");
/// When the outage's runbook moves.
pub const ROAD: &str = r#"if: >-
              zone.parity($standby, git) is true
              and (dnssec.safe-to-move($zone, $standby) is true or dnssec.safe-to-move($zone, $standby) is false)
              and (zone.origin-hidden($zone, $standby) is true or zone.origin-hidden($zone, $standby) is false)
"#;
pub const FAILBACK: &str = include_str!("../../runbooks/dns-failback.yaml");
pub const TRACKER: &str = include_str!("../../runbooks/tracker-loss.yaml");

/// An estate with a zone at A, B standing by, and two seedboxes that list the tracker `one`.
pub fn estate() -> Estate {
    let provider = |id: &str, servers: &[(&str, &str)]| {
        let servers = servers.iter().map(|(name, at)| json!({"name": name, "addresses": [at]}));
        json!({"id": id, "kind": "unmanaged", "nameservers": servers.collect::<Vec<_>>()})
    };
    let document = json!({
        "schema": "lifeboat/estate/v1", "id": "small",
        "approvals": {"delegation": {"people": 2, "by": "signature"}, "records": {"people": 1, "by": "terminal"}},
        "registrars": [{"id": "reg", "kind": "powerdns", "parent_zone": "test.", "api": "http://127.0.0.1:1/api",
            "credential": {"env": "KEY"}, "settle": "3s", "quota": {"requests": 1200, "per": "5m"}}],
        "dns_providers": [provider("a", &[("ns1.a.test", "192.0.2.1"), ("ns2.a.test", "192.0.2.2")]),
            provider("b", &[("NS1.B.test", "192.0.2.3"), ("ns2.b.test", "192.0.2.4")]),
            provider("inside", &[("ns1.zone.test", "192.0.2.5"), ("ns2.test", "192.0.2.6")])],
        "zones": [{"id": "z", "name": "zone.test", "registrar": "reg", "delegated_to": ["a"], "standby_at": ["b"],
            "critical": [{"name": "www", "type": "A", "expect": ["198.51.100.1"]}]}],
        "trackers": [{"id": "one", "urls": ["udp://one.test:6969/announce", "http://one.test:6969/announce"]},
            {"id": "two", "standby": true, "urls": ["udp://two.test:6969/announce", "http://two.test:6969/announce"]}],
        "seedboxes": [{"id": "east", "kind": "transmission", "rpc": "http://127.0.0.1:2/"},
            {"id": "west", "kind": "transmission", "rpc": "http://127.0.0.1:3/", "settle": "2s"}],
        "status_channels": [{"id": "page", "kind": "file", "audience": "customers", "languages": ["en", "de"]},
            {"id": "log", "kind": "file", "audience": "team"}],
    });
    serde_json::from_value(document).unwrap()
}

impl Case {
    /// Takes a runbook with a declared incident and an observer that sees.
    pub fn of(text: &str) -> Case {
        let mut case = Case {
            estate: estate(),
            runbook: runbook(text),
            includes: Vec::new(),
            phase: Phase::Immediate,
            params: BTreeMap::new(),
            taken: BTreeMap::new(),
            facts: Vec::new(),
            severity: Severity::Major,
            overrides: BTreeMap::new(),
            zone_size: 100,
            behind: Behind::new(),
            since: Since::new(),
        };
        case.say(FactKind::ObserverHealthy, &["small"], Truth::True);
        case.say(FactKind::IncidentDeclared, &["small"], Truth::True);
        case
    }

    /// A is dead, B is well and holds a good copy.
    pub fn outage() -> Case {
        let mut case = Case::of(OUTAGE);
        case.params.insert("failed".to_owned(), "a".into());
        case.say(FactKind::DnsAuthorityAnswers, &["a"], Truth::False);
        case.measure(FactKind::DnsAuthorityAnswers, &["b"], Measure::part(2.0, 2.0));
        case.say(FactKind::DnsDelegated, &["z", "a"], Truth::True);
        case.say(FactKind::DnsDelegated, &["z", "b"], Truth::False);
        case.say(FactKind::ZoneParity, &["b", "git"], Truth::True);
        case.say(FactKind::DnssecSafeToMove, &["z", "b"], Truth::True);
        case.say(FactKind::ZoneOriginHidden, &["z", "b"], Truth::True);
        case.say(FactKind::DnsPathTcpFiltered, &["b"], Truth::False);
        case.say(FactKind::ResolverAnswersRight, &["z"], Truth::False);
        let seconds = |value| Measure { value, unit: Unit::Seconds, of: None };
        case.measure(FactKind::DnsDelegationTtl, &["z"], seconds(300.0));
        case.measure(FactKind::DnsRecordTtl, &["z"], seconds(60.0));
        case
    }

    /// `one` is dead and `two` is well.
    pub fn loss() -> Case {
        let mut case = Case::of(TRACKER);
        case.params.insert("lost".to_owned(), "one".into());
        case.say(FactKind::TrackerAnswers, &["one"], Truth::False);
        case.say(FactKind::TrackerAnswers, &["two"], Truth::True);
        case
    }

    /// Says something; said again, it is said anew.
    pub fn say(&mut self, kind: FactKind, of: &[&str], truth: Truth) {
        self.fact(kind, of, truth, None);
    }

    /// Says something true, with its number.
    pub fn measure(&mut self, kind: FactKind, of: &[&str], measure: Measure) {
        self.fact(kind, of, Truth::True, Some(measure));
    }

    fn fact(&mut self, kind: FactKind, of: &[&str], truth: Truth, measure: Option<Measure>) {
        let (subject, object) = (Id::from(of[0]), of.get(1).map(|id| Id::from(*id)));
        let same =
            |fact: &Fact| fact.kind == kind && fact.subject == subject && fact.object == object;
        self.facts.retain(|fact| !same(fact));
        let id = Id::new(format!("f-{}-{}", kind.name(), of.join("-")));
        let (vantage, at, from) = ("here".into(), now(), Vec::new());
        let because = "the trial says so".to_owned();
        self.facts.push(Fact {
            id,
            kind,
            subject,
            object,
            vantage,
            at,
            truth,
            measure,
            because,
            from,
        });
    }

    /// Returns a copy of what was said.
    pub fn clone_of(&self, kind: FactKind, of: &[&str]) -> Fact {
        let object = of.get(1).map(|id| Id::from(*id));
        let same =
            |fact: &&Fact| fact.kind == kind && fact.subject == *of[0] && fact.object == object;
        self.facts.iter().find(same).expect("it was said").clone()
    }

    /// Forgets every fact of a kind.
    pub fn forget(&mut self, kind: FactKind) {
        self.facts.retain(|fact| fact.kind != kind);
    }

    /// Changes the runbook's text before it is read.
    pub fn rewrite(&mut self, text: &str, changes: &[(&str, &str)]) {
        let mut text = text.to_owned();
        for (old, new) in changes {
            assert!(text.contains(old), "the runbook does not say `{old}`");
            text = text.replace(old, new);
        }
        self.runbook = runbook(&text);
    }

    pub fn draft(&self) -> Result<Draft<'_>, Refusal> {
        self.draft_with(lifeboat::service::terms(&self.estate))
    }

    /// Drafts with services that are held to something else.
    pub fn draft_with(&self, services: Services) -> Result<Draft<'_>, Refusal> {
        draft(Pinning {
            estate: &self.estate,
            estate_digest: "estate digest".to_owned(),
            services,
            runbook: (&self.runbook, mark(&self.runbook.id)),
            includes: &self.includes,
            phase: self.phase,
            params: self.params.clone(),
            behind: &self.behind,
            taken: self.taken.clone(),
            mode: Mode::Live,
            incident: "i-1".into(),
            severity: self.severity,
            overrides: self.overrides.clone(),
            facts: &self.facts,
            since: &self.since,
            announce_interval: None,
            now: now(),
            tool: "0.0.0".to_owned(),
            requester: "anna".to_owned(),
        })
    }

    /// Drafts and pins to these readings, whatever is wanted.
    pub fn pin(&self, found: impl Fn(&Wanted) -> Found) -> Result<Plan, Refusal> {
        let draft = self.draft()?;
        let found = draft.wants().iter().map(|wanted| match wanted {
            Wanted::ZoneSize { .. } => (wanted.clone(), Found::Size(self.zone_size)),
            Wanted::Rrsets { .. }
            | Wanted::Keys { .. }
            | Wanted::Zone { .. }
            | Wanted::Torrents { .. } => (wanted.clone(), found(wanted)),
        });
        draft.pin(found.collect())
    }
}

/// When all trials play.
pub fn now() -> Timestamp {
    "2026-11-25T03:00:00Z".parse().unwrap()
}

/// The parent as it is: these NS records, and glue where it is wanted and given.
pub fn parent<'a>(servers: &'a [&str], glue: &'a [(&str, &str)]) -> impl Fn(&Wanted) -> Found + 'a {
    move |wanted| {
        let Wanted::Rrsets { keys, .. } = wanted else { panic!("{wanted:?}") };
        let sets = keys.iter().map(|key| {
            let own = glue.iter().filter(|(name, _)| key.kind == "A" && key.name == *name);
            let data: Vec<&str> = match key.kind.as_str() {
                "NS" => servers.to_vec(),
                _ => own.map(|(_, ip)| *ip).collect(),
            };
            let records: Vec<_> = data.iter().map(|data| json!({"content": data})).collect();
            let ttl = if records.is_empty() { 0 } else { 300 };
            let comments = json!([{"content": "by hand", "account": "ops", "modified_at": 7}]);
            let comments = if records.is_empty() { json!([]) } else { comments };
            let set = json!({"name": key.name, "kind": key.kind, "ttl": ttl, "records": records, "comments": comments});
            serde_json::from_value::<Rrset>(set).unwrap()
        });
        Found::Value(Value::Rrsets(sets.collect()))
    }
}

/// A torrent with one tier for each list of URLs.
pub fn torrent(digit: char, private: bool, tiers: &[&[&str]]) -> Torrent {
    let entries = tiers.iter().enumerate().flat_map(|(tier, urls)| {
        urls.iter().map(move |url| TrackerEntry { tier: tier as u32, url: (*url).to_owned() })
    });
    let info_hash = std::iter::repeat_n(digit, 40).collect();
    Torrent { info_hash, private, trackers: entries.collect() }
}

/// Every change of a plan.
pub fn changes(plan: &Plan) -> Vec<&Change> {
    let of = plan.steps.iter().filter_map(|step| match &step.work {
        Work::Change(planned) => Some(planned.changes.iter()),
        _ => None,
    });
    of.flatten().collect()
}

/// The ids of a plan's steps.
pub fn steps(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.id.as_str()).collect()
}

/// Why a step is left out.
pub fn left_out<'p>(plan: &'p Plan, step: &str) -> Option<&'p str> {
    let found = plan.left_out.iter().find(|left| left.step == step);
    found.map(|left| left.because.as_str())
}
