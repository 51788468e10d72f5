//! The gates before a delegation is moved, on real servers: what is not fit to be moved to is refused (6), and nothing is
//! written at the parent, whether it was so when the plan was pinned or became so afterwards.

use libtest_mimic::Trial;
use serde_json::json;

use super::cases::operator::{
    self, Pinned, approve, declare, diagnose, plan, truth, verify_journal,
};
use super::dns;
use super::dns_faults::signed::{Key, Manner, Times};
use super::estate;
use super::failover::{Failover, NAME, NS_A, NS_B, TTL, ZONE};
use super::knot::{Knot, KnotZone};
use super::lab::Lab;
use super::loss::Loss;
use super::powerdns::PowerDns;
use crate::repository::commit;

/// Returns the trials of the gates.
pub fn trials() -> Vec<Trial> {
    trials![
        b8_a_standby_whose_signatures_hold_is_moved_to,
        b8_a_standby_that_validators_refuse_is_not_moved_to,
        b8_signatures_that_ran_out_after_the_plan_stop_its_run,
        b8_a_standby_without_tcp_is_not_moved_to,
        b8_a_copy_that_differs_since_the_plan_stops_its_run,
        b8_a_parent_that_drifted_is_not_written,
        b8_an_origin_that_would_become_public_needs_its_own_override,
    ]
}

const OUTAGE: &str = "dns-provider-outage";
const REASON: &str = "agreed with the second on call";

/// The lab with A dead and B a server of zones that are signed elsewhere.
struct Ground {
    lab: Lab,
    topology: Failover,
    b: Knot,
    key: Key,
    /// The parent as it was, and how often it had been written.
    parent: (Vec<serde_json::Value>, usize),
}

impl Ground {
    /// Starts it with the DS of a key at the parent, and B signed by the same or another one.
    fn start(times: Times, by_another: bool) -> Ground {
        let lab = Lab::new();
        let mut topology = Failover::start(&lab, &[NS_A]);
        let key = Key::make(&lab, ZONE, "ECDSAP256SHA256");
        topology.parent.replace("test.", ZONE, "DS", TTL, &[&key.ds()], "its key");
        topology.b.daemon.kill();
        let signer = if by_another { &Key::make(&lab, ZONE, "ED25519") } else { &key };
        let text = signer.sign(&text(&topology, 1), Manner { times, ..Manner::default() });
        let zone = KnotZone { name: ZONE, text: &text, signed: false };
        let b = Knot::start_zones(&lab, "signed-b", topology.b.address, &[zone]);
        *topology.estate.item("dns_providers", "provider-b") =
            estate::unmanaged_provider("provider-b", NS_B, &b);
        topology.estate.write(&lab);
        topology.a.daemon.kill();
        declare(&lab, "names of our zone no longer resolve");
        let parent = (topology.parent.rrsets("test."), topology.parent.patches());
        Ground { lab, topology, b, key, parent }
    }

    /// Checks that planning is refused with these words, and that nothing was written.
    #[track_caller]
    fn refuses(&self, words: &[&str]) {
        let refused = self.lab.lifeboat(&["plan", OUTAGE]).run().code(6);
        for word in words {
            assert!(refused.stderr.contains(word), "no `{word}` in {}", refused.everything());
        }
        self.nothing_written();
    }

    #[track_caller]
    fn nothing_written(&self) {
        unwritten(&self.topology, &self.parent);
    }
}

#[track_caller]
fn unwritten(topology: &Failover, before: &(Vec<serde_json::Value>, usize)) {
    assert_eq!(topology.parent.patches(), before.1, "the parent was written");
    assert_eq!(topology.parent.rrsets("test."), before.0);
}

/// Runs a plan that must be refused with these words, and checks that nothing was written.
#[track_caller]
fn refused(lab: &Lab, topology: &Failover, pinned: &Pinned, words: &str) {
    let before = (topology.parent.rrsets("test."), topology.parent.patches());
    let ran = approve(lab, &["run", pinned.short()], pinned).finish().code(6);
    assert!(ran.stdout.contains(words), "no `{words}` in {}", ran.everything());
    unwritten(topology, &before);
    verify_journal(lab);
}

/// What B holds, before it is signed.
fn text(topology: &Failover, serial: u32) -> String {
    let b = topology.answer_of_b;
    format!(
        "$ORIGIN {ZONE}\n$TTL {TTL}\n@ SOA {NS_B} host.{ZONE} {serial} 3600 600 86400 {TTL}\n@ NS {NS_B}\n\
         announce A {b}\nwww A {b}\n"
    )
}

fn b8_a_standby_whose_signatures_hold_is_moved_to() {
    let ground = Ground::start(Times::Now, false);
    let Ground { lab, topology, .. } = &ground;
    let seen = diagnose(lab, 4);
    let facts = seen["facts"].as_array().unwrap();
    let of_b = |it: &&serde_json::Value| it["object"] == "provider-b";
    let safe = facts.iter().filter(|it| it["kind"] == "dnssec.safe-to-move").find(of_b).unwrap();
    assert_eq!(safe["truth"], "true", "{safe}");
    assert_eq!(truth(&seen, "dns.path.tcp-filtered", "provider-b").as_deref(), Some("false"));
    let pinned = plan(lab, &[OUTAGE]);
    operator::run(lab, &pinned, 0);
    assert_eq!(topology.parent.patches(), ground.parent.1 + 1);
    let resolves = dns::ask(topology.resolver.address, NAME, "A").unwrap();
    assert_eq!(resolves.data("A"), [topology.answer_of_b.to_string()]);
    verify_journal(lab);
}

fn b8_a_standby_that_validators_refuse_is_not_moved_to() {
    let limit = "limit `unsafe-dnssec`";
    for (times, by_another, words) in [
        (Times::Now, true, "no key of tracker.test. is one that its DS names"),
        (Times::Past, false, "expired"),
        (Times::Future, false, "is valid in"),
    ] {
        let ground = Ground::start(times, by_another);
        ground.refuses(&[limit, words, "`--override-unsafe-dnssec REASON`"]);
    }
    // Unsigned as it is on most days.
    let ground = Ground::start(Times::Now, false);
    ground.b.replace(ZONE, &text(&ground.topology, 9));
    ground.refuses(&[limit, "serves no key of tracker.test."]);
    // Somebody may want it all the same: in the open, and approved.
    let Ground { lab, .. } = &ground;
    let pinned = plan(lab, &[OUTAGE, "--override-unsafe-dnssec", REASON]);
    assert_eq!(pinned.0["plan"]["overrides"][0]["limit"], "unsafe-dnssec", "{:#}", pinned.0);
    ground.nothing_written();
}

fn b8_signatures_that_ran_out_after_the_plan_stop_its_run() {
    let ground = Ground::start(Times::Now, false);
    let pinned = plan(&ground.lab, &[OUTAGE]);
    assert_eq!(pinned.changes().len(), 1, "{:#}", pinned.0);
    let manner = Manner { times: Times::Past, ..Manner::default() };
    ground.b.replace(ZONE, &ground.key.sign(&text(&ground.topology, 9), manner));
    let words = "the limit `unsafe-dnssec` holds no longer";
    refused(&ground.lab, &ground.topology, &pinned, words);
}

fn b8_a_standby_without_tcp_is_not_moved_to() {
    let lab = Lab::new();
    let mut topology = Failover::start(&lab, &[NS_A]);
    topology.a.daemon.kill();
    declare(&lab, "names of our zone no longer resolve");
    let before = (topology.parent.rrsets("test."), topology.parent.patches());
    // B is at fault as well, by then.
    let set = ["--set", "failed=provider-a"];
    let pinned = plan(&lab, &[OUTAGE]);
    let loss = Loss::new(&lab);
    loss.rule(&format!("ip daddr {} tcp dport 53 drop", topology.b.address.ip()));
    let said = lab.lifeboat(&["plan", OUTAGE, set[0], set[1]]).run().code(6);
    for word in ["limit `tcp-dead`", "TCP times out", "`--override-tcp-dead REASON`"] {
        assert!(said.stderr.contains(word), "no `{word}` in {}", said.everything());
    }
    unwritten(&topology, &before);
    refused(&lab, &topology, &pinned, "the limit `tcp-dead` holds no longer");
    loss.mend();
    operator::run(&lab, &plan(&lab, &[OUTAGE]), 0);
    assert_eq!(topology.parent.patches(), before.1 + 1);
}

/// What differs is no critical name: only whoever reads the whole zone sees it.
fn b8_a_copy_that_differs_since_the_plan_stops_its_run() {
    let lab = Lab::new();
    let mut topology = Failover::start(&lab, &[NS_A]);
    topology.b.daemon.kill();
    let mut b = PowerDns::start(&lab, "copied-b", topology.b.address);
    b.add_zone(ZONE, &format!("{}other A 192.0.2.1\n", text(&topology, 1)));
    *topology.estate.item("dns_providers", "provider-b") =
        estate::powerdns_provider(&lab, "provider-b", NS_B, &b);
    topology.estate.item("zones", "z-main")["differs"] = json!([{"type": "SOA"}, {"type": "NS"}]);
    topology.estate.write(&lab);
    lab.lifeboat(&["zone", "snapshot", "--from", "provider-b"]).run().code(0);
    let folder = lab.folder().join("zones/z-main");
    std::fs::rename(folder.join("provider-b.zone"), folder.join("provider-a.zone")).unwrap();
    lab.write(".gitignore", "*\n!zones/**\n!*/\n");
    commit(lab.folder());
    topology.a.daemon.kill();
    declare(&lab, "names of our zone no longer resolve");
    assert_eq!(truth(&diagnose(&lab, 4), "zone.parity", "provider-b").as_deref(), Some("true"));
    let pinned = plan(&lab, &[OUTAGE]);
    assert_eq!(pinned.changes().len(), 1, "{:#}", pinned.0);
    b.replace(ZONE, &format!("other.{ZONE}"), "A", TTL, &["192.0.2.2"], "edited");
    refused(&lab, &topology, &pinned, "the limit `no-parity` holds no longer");
}

fn b8_a_parent_that_drifted_is_not_written() {
    let lab = Lab::new();
    let mut topology = Failover::start(&lab, &[NS_A]);
    topology.a.daemon.kill();
    declare(&lab, "names of our zone no longer resolve");
    let pinned = plan(&lab, &[OUTAGE]);
    topology.delegate(&["ns1.prov-c.test."]);
    let before = (topology.parent.rrsets("test."), topology.parent.patches());
    let said = lab.lifeboat(&["plan", OUTAGE, "--set", "failed=provider-a"]).run().code(6);
    assert!(said.stderr.contains("somebody else has changed it"), "{}", said.everything());
    unwritten(&topology, &before);
    refused(&lab, &topology, &pinned, "somebody else");
}

/// A stands in front of `www`, and B answers it with what lies behind.
fn b8_an_origin_that_would_become_public_needs_its_own_override() {
    let lab = Lab::new();
    let mut topology = Failover::start(&lab, &[NS_A]);
    let zone = topology.estate.item("zones", "z-main");
    zone["hide_origin"] = json!(["www"]);
    zone["differs"] = json!([{"type": "SOA"}, {"type": "NS"}, {"type": "A"}]);
    topology.estate.write(&lab);
    topology.a.daemon.kill();
    declare(&lab, "names of our zone no longer resolve");
    let before = (topology.parent.rrsets("test."), topology.parent.patches());
    // Nobody can tell what was public, so nobody moves there.
    let open = plan(&lab, &[OUTAGE]);
    assert!(open.changes().is_empty(), "{:#}", open.0);
    let copy = |apart: &str| {
        let origin = topology.answer_of_b;
        let a = topology.answer_of_a;
        lab.write(
            "zones/z-main/provider-a.zone",
            format!(
                "{ZONE} {TTL} IN SOA {NS_A} host.{ZONE} 1 3600 600 86400 {TTL}\n{ZONE} {TTL} IN NS {NS_A}\n\
                 {NAME} {TTL} IN A {a}\n{apart}www.{ZONE} {TTL} IN A {origin}\n"
            ),
        );
        lab.write(
            ".gitignore",
            "private/\nincidents/\nhome/\nparent/\nprovider-a/\nprovider-b/\ncontrol/\nresolver/\n*.log\n",
        );
        commit(lab.folder());
    };
    copy(";@ proxied ");
    let said = lab.lifeboat(&["plan", OUTAGE]).run().code(6);
    for word in [
        "limit `hidden-origin`",
        "it answers www.tracker.test. with an origin",
        "`--override-hidden-origin REASON`",
    ] {
        assert!(said.stderr.contains(word), "no `{word}` in {}", said.everything());
    }
    let origin = topology.answer_of_b.to_string();
    assert!(!said.everything().contains(&origin), "it tells the origin: {}", said.everything());
    for other in ["unsafe-dnssec", "no-parity", "tcp-dead"] {
        lab.lifeboat(&["plan", OUTAGE, &format!("--override-{other}"), REASON]).run().code(6);
    }
    unwritten(&topology, &before);
    let pinned = plan(&lab, &[OUTAGE, "--override-hidden-origin", REASON]);
    assert_eq!(pinned.0["plan"]["overrides"][0]["limit"], "hidden-origin", "{:#}", pinned.0);
    // Public by git's own word, and nothing more is needed; until git says that it was hidden.
    copy("");
    let pinned = plan(&lab, &[OUTAGE]);
    copy(";@ proxied ");
    refused(&lab, &topology, &pinned, "the limit `hidden-origin` holds no longer");
}
