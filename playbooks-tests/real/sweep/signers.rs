//! A slot whose run changes keys and what names them: two providers, a Knot and a PowerDNS, sign each zone with keys of
//! their own, and the parents of the zones lie at another Knot.

use super::ground::Ground;
use super::runbook::change;
use super::slot::Slot;
use super::subject::{AtKnot, RecordSet, Subject};
use crate::real::estate::{self, Estate};
use crate::real::knot::{Knot, KnotZone};
use crate::real::tap::{Speech, Tap};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

/// The runbook of it.
pub const RUNBOOK: &str = "sweep-keys";

/// The name servers of the two who sign.
const KNOT: &str = "ns1.sign-k.test.";
const POWER: &str = "ns1.sign-p.test.";

/// The ports of the taps before the Knot that signs and before that of the parents, at a slot's address.
const TAPS: [u16; 2] = [53, 54];

/// The ground, and whoever signs.
pub struct Signers {
    ground: Ground,
    signer: Knot,
    registry: Knot,
    turns: [Arc<Mutex<()>>; 2],
    /// The zones of each slot: of the one, keys are shared and a DS comes; of the other one, a DS goes.
    slots: Vec<[Signed; 2]>,
}

/// A zone that both sign: the key and the DS of each.
struct Signed {
    parent: String,
    name: String,
    keys: [String; 2],
    ds: [String; 2],
}

/// Returns a slot's zones, each with its parent.
fn names(slot: u8) -> [(String, String); 2] {
    ["f", "g"].map(|letter| {
        let parent = format!("{letter}{slot}.test.");
        (format!("z.{parent}"), parent)
    })
}

impl Signers {
    /// Starts them, with the zones of so many slots.
    pub fn start(slots: u8, settle: &'static str) -> Signers {
        let mut ground = Ground::start(slots, settle);
        let may: [(&_, &[&str]); 1] = [(&ground.key, &["update"])];
        let names: Vec<_> = (0..slots).map(names).collect();
        let text = zone_text();
        let all = || names.iter().flatten();
        let zones: Vec<KnotZone> =
            all().map(|(name, _)| KnotZone { name, text: &text, signed: true }).collect();
        let signer = Knot::start_open(&ground.lab, "signer", ground.lab.at(10, 53), &zones, &may);
        let mut sign = |(name, parent): &(String, String)| {
            ground.power.add_zone(name, &text);
            let (key, ds) = ground.power.sign(name);
            let [of_knot] = &signer.keys(name)[..] else { panic!("one key signs `{name}`") };
            let form = RecordSet::one_form;
            Signed {
                parent: parent.clone(),
                name: name.clone(),
                keys: [of_knot, &key].map(|key| form("DNSKEY", key)),
                ds: [signer.ds(name), ds].map(|ds| form("DS", &ds)),
            }
        };
        let slots: Vec<[Signed; 2]> =
            names.iter().map(|both| both.each_ref().map(&mut sign)).collect();
        let texts: Vec<(&String, String)> = slots
            .iter()
            .flat_map(|[comes, goes]| {
                let one = (&comes.parent, parent_text(&comes.ds[..1]));
                [one, (&goes.parent, parent_text(&goes.ds))]
            })
            .collect();
        let zones: Vec<KnotZone> =
            texts.iter().map(|(name, text)| KnotZone { name, text, signed: false }).collect();
        let may: [(&_, &[&str]); 1] = [(&ground.key, &["update"])];
        let registry =
            Knot::start_open(&ground.lab, "registry", ground.lab.at(11, 53), &zones, &may);
        Signers { ground, signer, registry, turns: Default::default(), slots }
    }

    /// Makes a slot.
    pub fn slot(&self, number: u8) -> Slot<'_> {
        let [comes, goes] = &self.slots[usize::from(number)];
        let at = TAPS.map(|port| self.ground.lab.at(100 + number, port));
        let servers = [self.signer.address, self.registry.address];
        let tap = |which: usize| {
            Arc::new(Tap::start(at[which], servers[which], Speech::Dns, Arc::default()))
        };
        let (signs, names) = (tap(0), tap(1));
        let set = |step, (zone, name): (&str, &str), kind, values: [Vec<&String>; 3]| {
            let values = values.map(|data| {
                let mut data: Vec<String> = data.into_iter().cloned().collect();
                data.sort_unstable();
                (1, data)
            });
            RecordSet { step, zone: zone.to_owned(), name: name.to_owned(), kind, values }
        };
        let ([k, p], [_, x]) = (&comes.keys, &goes.keys);
        let own = (comes.name.as_str(), comes.name.as_str());
        let at_knot = set("share-k", own, "DNSKEY", [vec![k], vec![k, p], vec![k, x]]);
        let at_power = set("share-p", own, "DNSKEY", [vec![], vec![k], vec![x]]);
        let above = |it: &'_ Signed| (it.parent.clone(), it.name.clone());
        let ((adds, added), (removes, removed)) = (above(comes), above(goes));
        let ([k, p], [x, y]) = (&comes.ds, &goes.ds);
        let named = set("name", (&adds, &added), "DS", [vec![k], vec![k, p], vec![k, x]]);
        let forgot = set("forget", (&removes, &removed), "DS", [vec![x, y], vec![x], vec![x, k]]);
        let knot = |which: usize, set, tap: &Arc<Tap>| -> Box<dyn Subject + '_> {
            let server = [&self.signer, &self.registry][which];
            Box::new(AtKnot::new(server, Arc::clone(&self.turns[which]), set, Arc::clone(tap)))
        };
        let subjects = vec![
            knot(0, at_knot, &signs),
            self.ground.at_powerdns(at_power, &self.ground.tap(number)),
            knot(1, named, &names),
            knot(1, forgot, &names),
        ];
        let files = [
            ("lifeboat.yaml".to_owned(), self.estate(number, at).yaml()),
            (format!("runbooks/{RUNBOOK}.yaml"), text()),
        ];
        Slot::new(&self.ground, number, subjects, files)
    }

    fn estate(&self, number: u8, [signs, names]: [SocketAddr; 2]) -> Estate {
        let Ground { power, key, settle, authority, .. } = &self.ground;
        let mut estate = Estate::new("sweep");
        // Everybody answers: the machine alone may be slow.
        estate.0["probing"] = json!({"target_budget": "6s", "tries": 5});
        let at = |name: &str, server: SocketAddr| json!([{"name": name, "addresses": [server.to_string()]}]);
        let tsig = json!({"name": key.name, "algorithm": key.algorithm, "secret": {"file": "private/tsig"}});
        let by_update = |id: &str, server: SocketAddr, nameservers: Value| {
            json!({"id": id, "kind": "rfc2136", "company": id, "server": server.to_string(), "tsig": tsig,
                "settle": settle, "nameservers": nameservers})
        };
        for (id, zone) in ["f", "g"].into_iter().zip(&self.slots[usize::from(number)]) {
            let registrar = format!("reg-{id}");
            let mut it = by_update(&registrar, names, at("ns.nic.test.", self.registry.address));
            it["parent_zone"] = json!(zone.parent);
            estate.add("registrars", it);
            estate.add(
                "zones",
                json!({"id": format!("z-{id}"), "name": zone.name, "registrar": registrar,
                    "delegated_to": ["sign-k"], "standby_at": ["sign-p"],
                    "critical": [{"name": "www", "type": "A", "ttl_at_most": "1s"}]}),
            );
        }
        estate.add("dns_providers", by_update("sign-k", signs, at(KNOT, self.signer.address)));
        estate.add(
            "dns_providers",
            json!({"id": "sign-p", "kind": "powerdns", "company": "sign-p", "settle": settle,
                "api": self.ground.api(number), "credential": {"file": "private/power"},
                "nameservers": at(POWER, power.address)}),
        );
        let control = super::ground::CONTROL;
        estate.add("controls", estate::dns_control("control", authority.address, control));
        estate
    }
}

fn zone_text() -> String {
    format!("@ 1 SOA {KNOT} host.test. 1 3600 600 86400 1\n@ 1 NS {KNOT}\nwww 1 A 192.0.2.1\n")
}

/// The text of a parent that delegates `z` to the Knot, and names these keys.
fn parent_text(ds: &[String]) -> String {
    let ds: String = ds.iter().map(|ds| format!("z 1 DS {ds}\n")).collect();
    format!(
        "@ 60 SOA ns.nic.test. host.nic.test. 1 3600 600 86400 60\n@ 60 NS ns.nic.test.\n\
         z 1 NS {KNOT}\n{ds}"
    )
}

fn text() -> String {
    let step = |id, action, target, kind, ask| {
        change(&[
            ("id", id),
            ("action", action),
            ("undo", "dns.zone.restore"),
            ("target", target),
            ("limit", &format!("zones: 1, records: [{kind}]")),
            ("effect", "record_ttl: 1s, delegation_ttl: 1s"),
            ("verify", &format!("ask: [{ask}], want: served")),
            ("on_fail", "hold"),
        ])
        // Signatures take a busy server a while; a proof that comes early waits for nothing.
        .replace("not_yet_until: 2s", "not_yet_until: 10s")
    };
    let share = |id, target| step(id, "dns.keys.share", target, "DNSKEY", "authorities");
    let steps = [
        share("share-k", "zone: z-f, at: sign-k, from: sign-p"),
        share("share-p", "zone: z-f, at: sign-p, from: sign-k"),
        step("name", "dns.ds.add", "zone: z-f, add: sign-p", "DS", "parent"),
        step("forget", "dns.ds.remove", "zone: z-g, remove: sign-p", "DS", "parent"),
    ];
    super::sets::HEAD.replace("sweep-records", RUNBOOK) + &steps.concat()
}
