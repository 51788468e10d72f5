//! The contract of services that hold record sets, on real servers: Knot, BIND and PowerDNS by signed updates, PowerDNS
//! through its API, and stand-ins of hosted services in front of a real Knot.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use libtest_mimic::Trial;
use lifeboat::model::{Estate, Rrset};
use lifeboat::service::Field;
use serde_json::{Value, json};

use super::estate;
use super::knot::Knot;
use super::lab::Lab;
use super::planning::field;
use super::powerdns::PowerDns;
use super::updated::Updated;
use crate::contracts::cloudflare::CloudflareStand;
use crate::contracts::desec::DesecStand;
use crate::contracts::route53::Route53Stand;
use crate::contracts::rows;
use crate::contracts::stand::{Case, Mark, SERVICE, Stand, ZONE, set};
use crate::standins::plane::Plane;
use crate::standins::records::{Served, Trouble};

/// Returns the trials of the contract.
pub fn trials() -> Vec<Trial> {
    trials![
        the_contract_holds_on_knot_bind_and_powerdns_by_signed_updates,
        the_contract_holds_on_powerdns_through_its_api,
        the_contract_holds_on_hosted_services_before_a_real_knot,
    ]
}

const TEXT: &str = "$ORIGIN zone.test.\n@ 60 SOA ns host 1 3600 600 86400 60\n@ 60 NS ns.outside.test.\n\
    mail 60 A 192.0.2.25\n";

/// A server that is reached without a service of its own in between.
struct Direct<'a> {
    name: &'static str,
    mark: Mark,
    lab: &'a Lab,
    estate: Estate,
    by_hand: Box<dyn Fn(&Rrset) + 'a>,
    plane: SocketAddr,
    kinds: Vec<(&'static str, &'static str)>,
    case: fn() -> Case,
}

fn estate_of(mut provider: Value) -> Estate {
    provider["id"] = json!(SERVICE);
    serde_json::from_value(
        json!({"schema": "lifeboat/estate/v1", "id": "e", "dns_providers": [provider],
        "zones": [{"id": "z", "name": "zone.test", "delegated_to": [SERVICE]}]}),
    )
    .unwrap()
}

const KINDS: [(&str, &str); 8] = [
    ("A", "192.0.2.1"),
    ("AAAA", "2001:db8::1"),
    ("CAA", "0 issue \"ca.test; account=7\""),
    ("CNAME", "www.zone.test."),
    ("MX", "10 mail.zone.test."),
    ("PTR", "www.zone.test."),
    ("SRV", "1 2 443 www.zone.test."),
    ("TXT", "\"v=spf1 -all\" \"a\\\"b\""),
];

impl Stand for Direct<'_> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn mark(&self) -> Mark {
        self.mark
    }

    fn field(&self) -> Field {
        field(self.lab)
    }

    fn estate(&self) -> &Estate {
        &self.estate
    }

    fn strangers(&self) -> Vec<(Estate, Field, &'static str)> {
        Vec::new()
    }

    fn by_hand(&self, set: &Rrset) {
        (self.by_hand)(set);
    }

    /// Nothing is asked between a look and the request: the last moment is now.
    fn trouble(&self, trouble: Trouble<Rrset>) {
        match trouble {
            Trouble::Race(set) => (self.by_hand)(&set),
            Trouble::CutBefore | Trouble::CutAfter | Trouble::Busy(_) | Trouble::Broken => {
                panic!("nobody stands between")
            }
        }
    }

    fn is_http(&self) -> bool {
        false
    }

    fn writes(&self) -> usize {
        0
    }

    fn plane(&self) -> SocketAddr {
        self.plane
    }

    fn kinds(&self) -> Vec<(&'static str, &'static str)> {
        self.kinds.clone()
    }

    fn cases(&self) -> Vec<Case> {
        vec![(self.case)()]
    }
}

/// An alias beside other records: what is there is no condition of the change.
fn alias() -> Case {
    let there = vec![set("alias", "A", 300, &["192.0.2.71"])];
    let wanted = vec![set("alias", "CNAME", 300, &["www.zone.test."])];
    Case { there, wanted, says: "drift", race: None }
}

fn no_address() -> Case {
    let wanted = vec![set("low", "A", 300, &["no address"])];
    Case { there: Vec::new(), wanted, says: "status 422", race: None }
}

fn the_contract_holds_on_knot_bind_and_powerdns_by_signed_updates() {
    let lab = Lab::new();
    for it in Updated::all(&lab, &[(ZONE, TEXT)], &["update", "transfer"]) {
        let provider = it.key.provider(&lab, SERVICE, "ns.zone.test.", it.address);
        let edits = |set: &Rrset| {
            let (name, kind) = (&set.key.name, &set.key.kind);
            let add = |data: &str| format!("add {name} {} {kind} {data}", set.ttl);
            let adds = set.records.iter().map(|record| add(&record.content));
            let edits: Vec<String> =
                [format!("delete {name} {kind}")].into_iter().chain(adds).collect();
            it.by_hand(ZONE, &edits.iter().map(String::as_str).collect::<Vec<_>>());
        };
        let stand = Direct {
            name: it.name,
            mark: Mark::NativeCondition,
            lab: &lab,
            estate: estate_of(provider),
            by_hand: Box::new(edits),
            plane: it.address,
            kinds: KINDS.to_vec(),
            case: alias,
        };
        assert_eq!(rows::run(&stand), Ok(()));
    }
}

fn the_contract_holds_on_powerdns_through_its_api() {
    let lab = Lab::new();
    let mut server = PowerDns::start(&lab, "powerdns", lab.at(1, 53));
    server.add_zone("zone.test", TEXT);
    let provider = estate::powerdns_provider(&lab, SERVICE, "ns.zone.test.", &server);
    let put = |set: &Rrset| {
        let data: Vec<Value> = set
            .records
            .iter()
            .map(|it| json!({"content": it.content, "disabled": false}))
            .collect();
        let change = if data.is_empty() { "DELETE" } else { "REPLACE" };
        let one = json!({"name": set.key.name, "type": set.key.kind, "ttl": set.ttl, "changetype": change,
            "records": data, "comments": []});
        server.call("PATCH", "/zones/zone.test.", &json!({ "rrsets": [one] }), 204);
    };
    let stand = Direct {
        name: "powerdns api",
        mark: Mark::SettleOnly,
        lab: &lab,
        estate: estate_of(provider),
        by_hand: Box::new(put),
        plane: server.address,
        kinds: KINDS.to_vec(),
        case: no_address,
    };
    assert_eq!(rows::run(&stand), Ok(()));
}

/// A real name server as data plane: each state is a zone that it loads.
struct KnotPlane {
    knot: Knot,
    serial: AtomicU32,
}

impl Plane for KnotPlane {
    fn serve(&self, _: &str, records: &[Served]) {
        let serial = self.serial.fetch_add(1, Ordering::SeqCst);
        let mut text = TEXT.replace(" 1 3600", &format!(" {serial} 3600"));
        for Served { name, kind, ttl, data } in records {
            text.push_str(&format!("{name} {ttl} {kind} {data}\n"));
        }
        self.knot.replace(ZONE, &text);
    }

    fn address(&self) -> SocketAddr {
        self.knot.address
    }
}

fn the_contract_holds_on_hosted_services_before_a_real_knot() {
    let lab = Lab::new();
    let plane = |name: &str, host: u8| -> Arc<dyn Plane> {
        let knot = Knot::start(&lab, name, lab.at(host, 53), ZONE, TEXT);
        Arc::new(KnotPlane { knot, serial: AtomicU32::new(2) })
    };
    let (a, b, c) = (plane("knot-a", 1), plane("knot-b", 2), plane("knot-c", 3));
    let cloudflare = CloudflareStand::before(a, &[]);
    let route53 = Route53Stand::before(b, &[]);
    let desec = DesecStand::before(c, &[]);
    for stand in [&cloudflare as &dyn Stand, &route53, &desec] {
        assert_eq!(rows::run(stand), Ok(()));
    }
}
