//! DS records of a second signer at a registrar without an API: a person types them, and the parent shows whether they did.

use super::ground::{Ground, NS_A, ZONE};
use crate::real::cases::operator::{self, Pinned, declare, plan, verify_journal};
use crate::real::dns::ask_tcp;
use crate::real::lab::Lab;
use serde_json::json;

/// Returns the DS that the parent serves, each as four fields, in one order.
fn at_the_parent(ground: &Ground) -> Vec<String> {
    let answer = ask_tcp(ground.parent.address, ZONE, "DS").unwrap();
    let fields = |data: &&str| {
        let fields: Vec<&str> = data.split_whitespace().collect();
        let digest = fields[3..].concat().to_ascii_lowercase();
        [&fields[..3], &[digest.as_str()]].concat().join(" ")
    };
    let mut data: Vec<String> = answer.data("DS").iter().map(fields).collect();
    data.sort();
    data
}

/// Returns the records that the plan's instruction names, word for word.
fn named(pinned: &Pinned) -> Vec<String> {
    let steps = pinned.0["plan"]["steps"].as_array().unwrap();
    let asks = steps.iter().filter_map(|step| step["work"]["ask"]["do"].as_str());
    let said = asks.collect::<String>();
    let quoted = said.split('`').skip(1).step_by(2);
    quoted.filter(|word| word.split(' ').count() == 4).map(str::to_owned).collect()
}

pub fn a_person_types_a_ds_and_the_parent_shows_it() {
    let lab = Lab::new();
    let mut ground = Ground::start(&lab, &[NS_A], true);
    let registrar = ground.estate.item("registrars", "reg-north").as_object_mut().unwrap();
    registrar.insert("kind".to_owned(), json!("manual"));
    for key in ["api", "credential", "settle"] {
        registrar.remove(key);
    }
    ground.estate.write(&lab);
    lab.write("runbooks/name-it.yaml", NAME_IT);
    operator::commit(&lab);
    declare(&lab, "a second signer is named");
    let before = at_the_parent(&ground);
    let write = |ground: &Ground, data: &[String]| {
        let data: Vec<&str> = data.iter().map(String::as_str).collect();
        ground.parent.replace("test.", ZONE, "DS", 3, &data, "by hand");
    };

    let pinned = plan(&lab, &["name-it"]);
    let [own] = &named(&pinned)[..] else { panic!("{:#}", pinned.0) };
    let mut terminal = lab.lifeboat(&["run", pinned.short()]).terminal();
    terminal.expect("put in beside those that are there");
    write(&ground, &[&before[..], std::slice::from_ref(own)].concat());
    terminal.answer("answer: ", "typed");
    terminal.finish().code(0);
    assert_eq!(at_the_parent(&ground).len(), 2);
    assert!(
        plan(&lab, &["name-it"]).0["plan"]["steps"].as_array().unwrap().is_empty(),
        "it is there"
    );

    // Somebody says that it is done, and typed nothing: nobody goes on from there.
    let pinned = plan(&lab, &["name-it", "--phase", "recovery"]);
    assert_eq!(named(&pinned).len(), 1, "{:#}", pinned.0);
    let mut terminal = lab.lifeboat(&["run", pinned.short(), "--wait", "3s"]).terminal();
    terminal.expect("take out, and leave the others");
    terminal.answer("answer: ", "typed");
    terminal.finish().code(9);
    write(&ground, &before);
    lab.lifeboat(&["resume"]).run().code(0);
    assert_eq!(at_the_parent(&ground), before);
    verify_journal(&lab);
}

/// A runbook that has the parent name a provider's key, and then no longer.
const NAME_IT: &str = r#"schema: lifeboat/runbook/v1
id: name-it
title: A signer is named
failure_mode: dns-provider-outage
owner: first-on-call
severity_at_least: minor
layer: dns
plane: control
impact: "None."
advice: [{ otherwise: true, say: act, why: "It is to be named." }]
review_after: 90d
params:
  zone: { type: zone, example: z-main }
matches:
  supports: ["observer.healthy is false"]
  must_know: [observer.healthy]
phases:
  immediate:
    enter: "incident.declared"
    exit: "otherwise"
    steps:
      - id: name
        change:
          action: dns.ds.add
          target: { zone: $zone, add: provider-b }
          why: "It is to be named."
          approval: { policy: delegation, expires: 30m }
          limit: { zones: 1, records: [DS] }
          verify: { ask: [parent], want: served, not_yet_until: effect.latest }
          undo: { action: dns.zone.restore }
        on_fail: hold
  recovery:
    enter: "immediate.done"
    exit: "otherwise"
    steps:
      - id: forget
        change:
          action: dns.ds.remove
          target: { zone: $zone, remove: provider-b }
          why: "It is to be named no longer."
          approval: { policy: delegation, expires: 30m }
          limit: { zones: 1, records: [DS] }
          verify: { ask: [parent], want: served, not_yet_until: effect.latest }
          undo: { action: dns.zone.restore }
        on_fail: hold
  post_incident: { enter: "incident.resolved", exit: "otherwise", steps: [] }
"#;
