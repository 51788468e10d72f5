//! One signed parent and its children, each with a state of its own.

use std::net::SocketAddr;

use super::super::bind::Bind;
use super::super::knot::{Knot, KnotZone};
use super::super::lab::Lab;
use super::signed::{Denying, Signer, Times};

/// What serves a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    Bind,
    Knot,
}

/// A world: what it is called, how it is signed, and who serves it.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The parent's name.
    pub parent: &'static str,
    pub algorithm: u8,
    pub denying: Denying,
    pub server: Server,
}

/// What runs.
pub enum Serving {
    Bind { _named: Bind },
    Knot { _knotd: Knot },
}

/// A world that is served.
pub struct World {
    pub plan: Plan,
    pub at: SocketAddr,
    /// The data of the parent's own DS records.
    pub anchors: Vec<String>,
    pub _serving: Serving,
}

impl World {
    pub fn start(lab: &Lab, plan: Plan, host: u8) -> World {
        let name = format!("world-{host}");
        let signer = Signer::new(lab, &name, plan.algorithm, plan.denying);
        let zones = zones(&signer, plan.parent);
        let at = lab.at(host, 53);
        let serving = match plan.server {
            Server::Bind => {
                let zones: Vec<_> =
                    zones.iter().map(|(zone, text)| (&zone[..], &text[..])).collect();
                Serving::Bind {
                    _named: Bind::start(lab, &format!("named-{host}"), at, &zones, &[]),
                }
            }
            Server::Knot => {
                let zone = |(name, text)| KnotZone { name, text, signed: false };
                let zones: Vec<_> =
                    zones.iter().map(|(name, text)| zone((&name[..], &text[..]))).collect();
                Serving::Knot {
                    _knotd: Knot::start_zones(lab, &format!("knot-{host}"), at, &zones),
                }
            }
        };
        World { plan, at, anchors: signer.ds(plan.parent), _serving: serving }
    }
}

fn head(zone: &str, parent: &str) -> String {
    format!(
        "{zone} 300 IN SOA ns.{parent} host.{parent} 1 7200 900 1209600 300\n{zone} 300 IN NS ns.{parent}\n"
    )
}

fn small(zone: &str, parent: &str) -> String {
    format!("{}www.{zone} 300 IN A 192.0.2.1\n", head(zone, parent))
}

/// Returns every zone with its text.
fn zones(signer: &Signer, parent: &str) -> Vec<(String, String)> {
    let child = |name: &str| format!("{name}.{parent}");
    let signed = |name: &str, times| {
        let zone = child(name);
        signer.make_key(&zone, true);
        signer.make_key(&zone, false);
        signer.sign(&zone, &small(&zone, parent), times)
    };
    let mut zones = vec![
        (child("good"), mixed(signer, &child("good"), parent)),
        (child("swap"), swapped(signer, &child("swap"), parent)),
        (child("plain"), small(&child("plain"), parent)),
        (child("void"), signed("void", Times::Now).without_denial().text()),
        (child("mute"), signed("mute", Times::Now).stripped(&child("mute"), "DNSKEY").text()),
        (child("late"), signed("late", Times::Past).text()),
        (child("other"), signed("other", Times::Now).text()),
        (child("far"), signed("far", Times::Now).text()),
        (child("cut"), signed("cut", Times::Now).text()),
    ];
    zones.push((parent.to_owned(), above(signer, parent)));
    zones
}

/// The parent: each child's DS, but the key of another zone for one, an unknown algorithm for one, no signature for one.
fn above(signer: &Signer, parent: &str) -> String {
    let mut text = format!("{}ns.{parent} 300 IN A 192.0.2.53\n", head(parent, parent));
    for name in ["good", "swap", "plain", "void", "mute", "late", "other", "far", "cut"] {
        text.push_str(&format!("{name}.{parent} 300 IN NS ns.{parent}\n"));
        let whose = if name == "other" { "good" } else { name };
        let ds = if name == "plain" { vec![] } else { signer.ds(&format!("{whose}.{parent}")) };
        for ds in ds {
            let mut words: Vec<&str> = ds.split(' ').collect();
            words[1] = if name == "far" { "100" } else { words[1] };
            text.push_str(&format!("{name}.{parent} 300 IN DS {}\n", words.join(" ")));
        }
    }
    signer.make_key(parent, true);
    signer.make_key(parent, false);
    signer.sign(parent, &text, Times::Now).stripped(&format!("cut.{parent}"), "DS").text()
}

/// A zone that is well, but for single names.
fn mixed(signer: &Signer, zone: &str, parent: &str) -> String {
    let mut text = small(zone, parent);
    for (owner, data) in [
        ("alias", format!("CNAME www.{zone}")),
        ("tree", format!("DNAME ent.{zone}")),
        ("*.wild", "A 192.0.2.2".to_owned()),
        ("a.ent", "A 192.0.2.3".to_owned()),
        ("sub", "NS ns.elsewhere.example.".to_owned()),
        ("a.wide", format!("CNAME forged.{zone}")),
        ("many", "TXT \"one\" \"two\"".to_owned()),
        ("many", "MX 10 Mail.Elsewhere.Example.".to_owned()),
        ("many", "SRV 1 2 443 Www.Elsewhere.Example.".to_owned()),
    ] {
        text.push_str(&format!("{owner}.{zone} 300 IN {data}\n"));
    }
    for owner in ["forged", "bare", "bad", "gone", "old", "early"] {
        text.push_str(&format!("{owner}.{zone} 300 IN A 192.0.2.9\n"));
    }
    signer.make_key(zone, true);
    signer.make_key(zone, false);
    let [past, future, now] =
        [Times::Past, Times::Future, Times::Now].map(|times| signer.sign(zone, &text, times));
    let name = |owner: &str| format!("{owner}.{zone}");
    now.with_set_of(&past, &name("old"), "A")
        .with_set_of(&future, &name("early"), "A")
        .forged(&name("forged"), "A", "192.0.2.66")
        .stripped(&name("bare"), "A")
        .corrupted(&name("bad"), "A")
        .gone(&name("gone"), "A")
        .text()
}

/// A zone whose data are signed by a key that it no longer serves.
fn swapped(signer: &Signer, zone: &str, parent: &str) -> String {
    let text = small(zone, parent);
    signer.make_key(zone, true);
    signer.make_key(zone, false);
    let before = signer.sign(zone, &text, Times::Now);
    signer.change_key(zone);
    let after = signer.sign(zone, &text, Times::Now);
    before.with_set_of(&after, zone, "DNSKEY").text()
}
