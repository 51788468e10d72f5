//! The ground of plans for record sets: a runbook that fills a standby, and two copies of a zone.

use std::sync::Arc;

use lifeboat::model::{
    CopyFrom, CopySource, DnsProviderKind, FactKind, Found, LimitKind, Plan, RrContent, RrKey,
    Rrset, Truth, TwoCopies, Value, Wanted, ZoneCopy, ZoneSet,
};
use lifeboat::plan::Refusal;
use lifeboat::wire::dns::read_zone_file;

use super::ground::Case;

const RUNBOOK: &str = r#"
schema: lifeboat/runbook/v1
id: fill
title: A standby gets what git has
failure_mode: fill
owner: first-on-call
severity_at_least: minor
layer: dns
plane: control
impact: "None yet."
advice: [{ otherwise: true, say: act }]
review_after: 90d
params:
  zone: { type: zone }
matches: { supports: ["incident.declared"] }
phases:
  immediate:
    enter: "incident.declared"
    exit: "incident.declared"
    steps:
      - id: fill
        change:
          action: dns.zone.apply
          target: { zone: $zone, at: b }
          why: "It shall be able to stand in."
          approval: { policy: records, expires: 1h }
          limit: { zones: 1 }
          verify: { ask: [authorities], want: served }
          undo: { action: dns.zone.restore }
  recovery: { enter: "immediate.done", exit: "immediate.done", steps: [] }
  post_incident: { enter: "incident.resolved", exit: "incident.resolved", steps: [] }
"#;

pub const TOP: &str = "@ 60 SOA ns.a. host.a. 1 2 3 4 5\n@ 60 NS ns1.a.test.\n";
pub const TOP_OF_B: &str = "@ 60 SOA ns.b. host.b. 9 2 3 4 5\n@ 60 NS ns1.b.test.\n";

pub fn case() -> Case {
    case_of(&[])
}

pub fn case_of(changes: &[(&str, &str)]) -> Case {
    let mut case = Case::of(RUNBOOK);
    case.rewrite(RUNBOOK, changes);
    for provider in &mut case.estate.dns_providers {
        provider.kind = DnsProviderKind::Powerdns;
    }
    case.params.insert("zone".to_owned(), "z".into());
    case.say(FactKind::DnsDelegated, &["z", "b"], Truth::False);
    case
}

fn copy(text: &str) -> ZoneCopy {
    read_zone_file("zone.test", text).unwrap()
}

/// What is read where git has one text of `a`, and `b` holds another.
pub fn read(git: &str, held: &str) -> TwoCopies {
    let (wanted, held) = (copy(git), copy(held));
    let mut keys: Vec<RrKey> = wanted
        .differences(&held)
        .iter()
        .map(|it| RrKey { name: it.name().to_owned(), kind: it.kind().to_owned() })
        .collect();
    keys.sort();
    keys.dedup();
    let sets = keys.iter().map(|key| {
        let own = |set: &&ZoneSet| set.rr_key() == *key;
        let mut records = Vec::new();
        for set in held.sets.iter().filter(own) {
            let disabled = !set.is_served();
            records.extend(set.contents().into_iter().map(|it| RrContent { disabled, ..it }));
        }
        let ttl = held.sets.iter().find(own).map_or(0, |set| set.ttl);
        Rrset { key: key.clone(), ttl, records, comments: Vec::new() }
    });
    let source = CopySource { from: CopyFrom::Git, provider: "a".into() };
    TwoCopies { source, sets: sets.collect(), wanted: Arc::new(wanted), held: Arc::new(held) }
}

pub fn pin(case: &Case, copies: &TwoCopies) -> Result<Plan, Refusal> {
    case.pin(|wanted| {
        assert!(matches!(wanted, Wanted::Zone { .. }), "{wanted:?}");
        Found::Zone(Box::new(copies.clone()))
    })
}

/// Pins a plan where git has one text and `b` another, each below its own top.
pub fn planned(git: &str, held: &str) -> Plan {
    pin(&case(), &read(&format!("{TOP}{git}"), &format!("{TOP_OF_B}{held}"))).unwrap()
}

/// Shows each set of a value as `name TTL type data`; one without records as `-name type`.
pub fn shown(value: &Value) -> Vec<String> {
    let Value::Rrsets(sets) = value else { panic!("{value:?}") };
    let words = |set: &Rrset| {
        let RrKey { name, kind } = &set.key;
        let name = name.trim_end_matches(".zone.test.");
        let data = |record: &RrContent| match record.disabled {
            true => format!("({})", record.content),
            false => record.content.clone(),
        };
        let data: Vec<String> = set.records.iter().map(data).collect();
        match data.is_empty() {
            true => format!("-{name} {kind}"),
            false => format!("{name} {} {kind} {}", set.ttl, data.join(" | ")),
        }
    };
    sets.iter().map(words).collect()
}

pub fn left(plan: &Plan) -> Vec<&str> {
    plan.left_out.iter().map(|left| left.because.as_str()).collect()
}

pub fn refused_by(refusal: &Refusal) -> Vec<LimitKind> {
    let Refusal::Limit(breaches) = refusal else { panic!("{refusal}") };
    breaches.iter().map(|breach| breach.limit).collect()
}
