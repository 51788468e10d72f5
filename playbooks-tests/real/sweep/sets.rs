//! A slot whose run changes record sets alone, by every action that the reference run has not and that needs no signer:
//! each has a zone of its own at the PowerDNS.

use super::ground::Ground;
use super::runbook::{DELEGATION, change};
use super::slot::Slot;
use super::subject::{RecordSet, SERVERS, owned};
use crate::real::estate::{self, Estate};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// The runbook of it.
pub const RUNBOOK: &str = "sweep-records";

const A: &str = SERVERS[0];
const B: &str = SERVERS[1];
const C: &str = SERVERS[2];

/// Returns the zones of a slot: one is filled, one is kept for less long, two delegate, one lists name servers.
fn zones(slot: u8) -> [String; 5] {
    ["a", "b", "c", "d", "e"].map(|letter| format!("{letter}{slot}.test."))
}

/// Returns those that delegate.
pub fn parents(slot: u8) -> [String; 2] {
    let [_, _, adds, removes, _] = zones(slot);
    [adds, removes]
}

impl Ground {
    /// Adds every zone that slots of record sets change.
    pub fn with_sets(mut self, slots: u8) -> Ground {
        let mut top = parent("ns.nic.test.", "");
        for slot in 0..slots {
            let [fills, lowers, adds, removes, lists] = zones(slot);
            let own = |more: &str| parent(A, more);
            self.power.add_zone(&fills, &own("www 60 A 192.0.2.1\n"));
            self.power.add_zone(&lowers, &own("www 2 A 192.0.2.1\n"));
            self.power.add_zone(&adds, &own(&format!("z 1 NS {A}\n")));
            self.power.add_zone(&removes, &own(&format!("z 1 NS {A}\nz 1 NS {B}\n")));
            self.power.add_zone(&lists, &own(""));
            top.push_str(&format!("{lists} 60 NS {A}\n{lists} 60 NS {B}\n"));
        }
        self.power.add_zone("test.", &top);
        self
    }

    /// Makes a slot of record sets.
    pub fn slot_of_sets(&self, number: u8) -> Slot<'_> {
        let tap = self.tap(number);
        let [fills, lowers, adds, removes, lists] = zones(number);
        let www = |step, zone: &str, values: [(u32, &'static [&'static str]); 3]| {
            let (zone, name) = (zone.to_owned(), format!("www.{zone}"));
            let values = values.map(|(ttl, data)| (ttl, owned(data)));
            RecordSet { step, zone, name, kind: "A", values }
        };
        let top: [&'static [&'static str]; 3] = [&[A], &[A, B], &[C]];
        let sets = [
            www("fill", &fills, [(60, &["192.0.2.1"]), (60, &["192.0.2.2"]), (60, &["192.0.2.3"])]),
            www("lower", &lowers, [2, 1, 3].map(|ttl| (ttl, &["192.0.2.1"][..]))),
            RecordSet::delegation("add", adds, [&[A], &[A, B], &[C]]),
            RecordSet::delegation("remove", removes, [&[A, B], &[B], &[C]]),
            RecordSet {
                step: "list",
                zone: lists.clone(),
                name: lists,
                kind: "NS",
                values: top.map(|it| (60, owned(it))),
            },
        ];
        let subjects = sets.into_iter().map(|set| self.at_powerdns(set, &tap)).collect();
        let filled = parent(A, "www 60 A 192.0.2.2\n");
        let files = [
            ("lifeboat.yaml", estate(self, number).yaml()),
            ("runbooks/sweep-records.yaml", text()),
            ("zones/z-a/held.zone", format!("$ORIGIN {fills}\n{filled}")),
        ];
        Slot::new(self, number, subjects, files.map(|(name, text)| (name.to_owned(), text)))
    }
}

/// The text of a zone that a name server serves.
fn parent(server: &str, more: &str) -> String {
    format!(
        "@ 60 SOA ns.nic.test. host.nic.test. 1 3600 600 86400 60\n@ 60 NS {server}\n\
         txt 60 TXT \"x\"\n{more}"
    )
}

fn estate(ground: &Ground, number: u8) -> Estate {
    let Ground { power, authority, settle, .. } = ground;
    let mut estate = Estate::new("sweep");
    // Everybody answers: the machine alone may be slow.
    estate.0["probing"] = json!({"target_budget": "6s", "tries": 5});
    let own = json!({"api": ground.api(number), "credential": {"file": "private/power"},
        "settle": settle, "nameservers": at("ns.nic.test.", power.address)});
    let mut add = |section: &str, it: Value, more: bool| {
        let mut it = it;
        let own = own.as_object().unwrap().iter().filter(|_| more);
        own.for_each(|(key, value)| it[key] = value.clone());
        estate.add(section, it);
    };
    let [fills, lowers, adds, removes, lists] = zones(number);
    for (id, parent) in [("reg-c", &adds), ("reg-d", &removes), ("reg-e", &"test.".to_owned())] {
        let it = json!({"id": id, "kind": "powerdns", "company": id, "parent_zone": parent});
        add("registrars", it, true);
    }
    add("dns_providers", json!({"id": "held", "kind": "powerdns", "company": "held"}), true);
    for (id, name) in [("provider-a", A), ("provider-b", B)] {
        let nameservers = at(name, authority.address);
        let it = json!({"id": id, "kind": "unmanaged", "company": id, "nameservers": nameservers});
        add("dns_providers", it, false);
    }
    let child = |parent: &str| format!("z.{parent}");
    let both = ["provider-a", "provider-b"];
    for zone in [
        json!({"id": "z-a", "name": fills, "delegated_to": ["held"]}),
        json!({"id": "z-b", "name": lowers, "delegated_to": ["held"],
            "critical": [{"name": "www", "type": "A", "ttl_at_most": "1s"}]}),
        json!({"id": "z-c", "name": child(&adds), "registrar": "reg-c", "delegated_to": [both[0]], "standby_at": [both[1]]}),
        json!({"id": "z-d", "name": child(&removes), "registrar": "reg-d", "delegated_to": both}),
        json!({"id": "z-e", "name": lists, "registrar": "reg-e", "delegated_to": ["held"]}),
    ] {
        add("zones", zone, false);
    }
    add(
        "controls",
        estate::dns_control("control", authority.address, super::ground::CONTROL),
        false,
    );
    estate
}

fn at(name: &str, server: SocketAddr) -> Value {
    json!([{"name": name, "addresses": [server.to_string()]}])
}

fn text() -> String {
    let written =
        |id, action, target| step(id, action, target, "zones: 1", "authorities", "served");
    let moved = |id, action, target| {
        step(id, action, target, "zones: 1, records: [NS]", "parent", "delegated")
    };
    let steps = [
        written("fill", "dns.zone.apply", "zone: z-a, at: held, from: held"),
        written("lower", "dns.ttl.lower", "zone: z-b, at: held"),
        moved("add", "dns.delegation.add", "zone: z-c, add: provider-b"),
        moved("remove", "dns.delegation.remove", "zone: z-d, remove: provider-a"),
        written("list", "dns.apex.match", "zone: z-e, at: held"),
    ];
    format!("{HEAD}{}", steps.concat())
}

fn step(id: &str, action: &str, target: &str, limit: &str, ask: &str, want: &str) -> String {
    let undo = if want == "delegated" { DELEGATION } else { "dns.zone.restore" };
    change(&[
        ("id", id),
        ("action", action),
        ("undo", undo),
        ("target", target),
        ("limit", limit),
        ("effect", "record_ttl: 1s, delegation_ttl: 1s"),
        ("verify", &format!("ask: [{ask}], want: {want}")),
        ("on_fail", "hold"),
    ])
}

/// What a runbook of record sets begins with.
pub const HEAD: &str = r#"schema: lifeboat/runbook/v1
id: sweep-records
title: Record sets are changed, one after the other
failure_mode: sweep-records
owner: first-on-call
severity_at_least: minor
layer: dns
plane: control
impact: "None yet."
advice: [{ otherwise: true, say: act }]
review_after: 90d
matches: { supports: ["incident.declared"] }
phases:
  immediate: { enter: "incident.declared", exit: "observer.healthy is true", steps: [] }
  recovery: { enter: "immediate.done", exit: "observer.healthy is true", steps: [] }
  post_incident:
    enter: "incident.declared"
    exit: "observer.healthy is true"
    steps:
"#;
