//! Zones made what git has of them, at Knot, BIND and PowerDNS: a standby is filled and proven before anybody is sent
//! to it, record sets are edited and taken away, and an undo leaves what was there.

use super::cases::operator::{Pinned, approve, declare, plan, run};
use super::dns;
use super::estate::{self, Estate};
use super::lab::Lab;
use super::powerdns::PowerDns;
use super::relay;
use super::until::{STARTUP, until};
use super::updated::{TEXT, Updated, ZONE};
use crate::repository::commit;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub fn trials() -> Vec<Trial> {
    trials![
        an_empty_standby_is_filled_proven_and_emptied_again,
        record_sets_are_edited_and_taken_away_with_one_request,
        what_drifted_after_the_plan_is_not_written_over,
        a_dead_api_blocks_no_other_provider,
        a_server_that_does_not_take_it_up_fails_the_step,
        a_server_that_gives_it_over_udp_alone_fails_the_step,
        requests_do_not_grow_with_the_changes,
        critical_names_are_kept_for_less_long,
    ]
}

/// Fills every standby; who cannot be reached is passed over.
const FILL: &str = r#"
schema: lifeboat/runbook/v1
id: fill
title: The standbys get what git has
failure_mode: fill
owner: first-on-call
severity_at_least: minor
layer: dns
plane: control
impact: "None yet."
advice: [{ otherwise: true, say: act }]
review_after: 90d
params: { zone: { type: zone } }
matches: { supports: ["incident.declared"] }
phases:
  immediate:
    enter: "incident.declared"
    exit: "incident.declared"
    steps:
      - id: fill
        each: $zone.standby_at
        on_fail: continue
        change:
          action: dns.zone.apply
          target: { zone: $zone, at: $each }
          why: "They shall be able to stand in."
          approval: { policy: records, expires: 1h }
          limit: { zones: 1 }
          verify: { ask: [authorities], want: served, not_yet_until: 20s }
          undo: { action: dns.zone.restore }
  recovery: { enter: "immediate.done", exit: "immediate.done", steps: [] }
  post_incident: { enter: "incident.resolved", exit: "incident.resolved", steps: [] }
"#;

/// What git has beside what any server has: what another one has no words for.
const MORE: &str = r#"svc HTTPS 1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.9
num NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@zone.test!" .
*.wild TXT "any"
child DS 4711 13 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D
shop ALIAS www.zone.test.
"#;

/// A standby as it is made: where it begins, and who serves it.
const EMPTY: &str =
    "$ORIGIN zone.test.\n$TTL 60\n@ SOA ns host 1 3600 600 86400 60\n@ NS ns2.other.test.\n";

/// The zone, without the type that PowerDNS updates none of.
pub fn text() -> String {
    let lines = TEXT.lines().chain(MORE.lines()).filter(|line| !line.starts_with("odd"));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Makes one runbook of another: the same step at one provider, which is named when it is planned, from its own copy.
fn at_one(id: &str, action: &str, target: &str) -> String {
    let changes = [
        ("id: fill", format!("id: {id}")),
        ("failure_mode: fill", format!("failure_mode: {id}")),
        ("        each: $zone.standby_at\n        on_fail: continue\n", String::new()),
        ("{ zone: $zone, at: $each }", target.to_owned()),
        ("dns.zone.apply", action.to_owned()),
        (
            "{ zone: { type: zone } }",
            "{ zone: { type: zone }, at: { type: dns-provider } }".to_owned(),
        ),
    ];
    changes.iter().fold(FILL.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replacen(old, new, 1)
    })
}

/// An operator whose zone stands at PowerDNS `a`, with these standbys, in a repository.
pub struct Scene {
    pub lab: Lab,
    pub a: PowerDns,
    pub estate: Estate,
}

impl Scene {
    pub fn new(text: &str) -> Scene {
        let lab = Lab::new();
        let mut a = PowerDns::start(&lab, "a", lab.at(1, 53));
        a.add_zone(ZONE, text);
        let mut estate = Estate::new("applied");
        estate.add("dns_providers", estate::powerdns_provider(&lab, "a", "ns.zone.test.", &a));
        estate.add("controls", estate::dns_control("control", a.address, ZONE));
        let differs =
            json!([{"name": "@", "type": "NS"}, {"name": "@", "type": "SOA"}, {"type": "ALIAS"}]);
        estate.add(
            "zones",
            json!({"id": "z", "name": ZONE, "delegated_to": ["a"], "standby_at": [], "differs": differs,
                "critical": [{"name": "www", "type": "A"}]}),
        );
        lab.write("runbooks/fill.yaml", FILL);
        let own = "{ zone: $zone, at: $at, from: $at }";
        lab.write("runbooks/edit.yaml", at_one("edit", "dns.zone.apply", own));
        lab.write(
            "runbooks/shorten.yaml",
            at_one("shorten", "dns.ttl.lower", "{ zone: $zone, at: $at }"),
        );
        lab.write(".gitignore", "*\n!zones/**\n!runbooks/**\n!lifeboat.yaml\n!*/\n");
        Scene { lab, a, estate }
    }

    /// Adds a standby.
    fn standby(&mut self, provider: Value) {
        let standbys = &mut self.estate.item("zones", "z")["standby_at"];
        standbys.as_array_mut().unwrap().push(provider["id"].clone());
        self.estate.add("dns_providers", provider);
    }

    /// Takes the copy of `a`, commits all of it, opens an incident, and returns its folder.
    pub fn begin(&self) -> PathBuf {
        self.estate.write(&self.lab);
        self.lab.lifeboat(&["zone", "snapshot", "--from", "a"]).run().code(0);
        commit(self.lab.folder());
        declare(&self.lab, "the standbys are to be filled")
    }

    /// Edits the copy of `a` in git.
    pub fn edit(&self, changes: &[(&str, &str)]) {
        let path = self.lab.folder().join("zones/z/a.zone");
        let mut text = std::fs::read_to_string(&path).unwrap();
        for (old, new) in changes {
            assert!(text.contains(old), "no `{old}` in {text}");
            text = text.replace(old, new);
        }
        std::fs::write(path, text).unwrap();
        commit(self.lab.folder());
    }

    /// Plans to fill the standbys, and returns the plan in words as well.
    fn planned(&self) -> (Pinned, String) {
        let words = ["fill", "--set", "zone=z"];
        let shown = self.lab.lifeboat(&[&["plan"], &words[..]].concat()).run().code(0).stdout;
        (plan(&self.lab, &words), shown)
    }

    pub fn answers(&self, name: &str, kind: &str) -> Vec<String> {
        let answer = dns::ask(self.a.address, name, kind).unwrap();
        let mut data: Vec<String> = answer.data(kind).into_iter().map(str::to_owned).collect();
        data.sort();
        data
    }
}

fn an_empty_standby_is_filled_proven_and_emptied_again() {
    let mut scene = Scene::new(&text());
    let servers = Updated::all(&scene.lab, &[(ZONE, EMPTY)], &["update", "transfer"]);
    for it in &servers {
        scene.standby(it.key.provider(&scene.lab, it.name, "ns2.other.test.", it.address));
    }
    let mut api = PowerDns::start(&scene.lab, "api", scene.lab.at(21, 53));
    api.add_zone(ZONE, EMPTY);
    let of_api = estate::powerdns_provider(&scene.lab, "api", "ns3.other.test.", &api);
    scene.standby(of_api);
    scene.begin();
    let contents = || servers.iter().map(|it| it.contents(ZONE)).collect::<Vec<_>>();
    let before = (contents(), api.rrsets(ZONE));
    let (pinned, words) = scene.planned();
    assert_eq!(pinned.changes().len(), 4, "one request for each");
    assert!(
        words.contains("`shop.zone.test. ALIAS`") && words.contains("as git has them of a"),
        "{words}"
    );
    run(&scene.lab, &pinned, 0);
    let parity = scene.lab.lifeboat(&["zone", "parity", "--json"]).run().code(0).json();
    for it in parity["copies"].as_array().unwrap() {
        assert_eq!((&it["truth"], &it["alike"]), (&json!("true"), &it["compared"]), "{it}");
        assert!(it["compared"].as_u64().unwrap() > 15, "{it}");
    }
    for it in &servers {
        it.took(1);
    }
    assert_eq!(api.patches(), 1);
    approve(&scene.lab, &["undo"], &pinned).finish().code(0);
    assert_eq!((contents(), api.rrsets(ZONE)), before, "what was there is there again");
}

fn record_sets_are_edited_and_taken_away_with_one_request() {
    let scene = Scene::new(&text());
    scene.a.replace(ZONE, "two.zone.test", "A", 30, &["192.0.2.31", "192.0.2.32"], "by hand");
    scene.begin();
    let (before, patches) = (scene.a.rrsets(ZONE), scene.a.patches());
    scene.edit(&[
        ("two.zone.test. 30 IN A 192.0.2.32\n", "two.zone.test. 30 IN A 192.0.2.33\n"),
        ("alias.zone.test. 47 IN CNAME www.zone.test.\n", "alias.zone.test. 47 IN A 192.0.2.5\n"),
        (
            "mail.zone.test. 60 IN A 192.0.2.25\n",
            "mail.zone.test. 90 IN A 192.0.2.25\nnew.zone.test. 60 IN TXT \"new\"\n",
        ),
    ]);
    let words = ["edit", "--set", "zone=z", "--set", "at=a"];
    let refused = scene.lab.lifeboat(&[&["plan"], &words[..]].concat()).run().code(6);
    assert!(refused.everything().contains("override-all-deleted"), "{}", refused.everything());
    let reason = ["--override-all-deleted", "the alias becomes an address"];
    let pinned = plan(&scene.lab, &[&words[..], &reason].concat());
    run(&scene.lab, &pinned, 0);
    assert_eq!(scene.a.patches(), patches + 1);
    assert_eq!(scene.answers("two.zone.test", "A"), ["192.0.2.31", "192.0.2.33"]);
    assert_eq!(scene.answers("alias.zone.test", "A"), ["192.0.2.5"]);
    assert_eq!(scene.answers("new.zone.test", "TXT").len(), 1);
    let two = scene.a.rrset(ZONE, "two.zone.test", "A").unwrap();
    assert_eq!(two["comments"][0]["content"], "by hand");
    let again = plan(&scene.lab, &words);
    assert!(again.changes().is_empty(), "nothing is left to change");
    approve(&scene.lab, &["undo"], &pinned).finish().code(0);
    assert_eq!(scene.a.rrsets(ZONE), before, "comments and dates included");
}

fn what_drifted_after_the_plan_is_not_written_over() {
    let scene = Scene::new(&text());
    scene.begin();
    scene.edit(&[("192.0.2.25", "192.0.2.26")]);
    let pinned = plan(&scene.lab, &["edit", "--set", "zone=z", "--set", "at=a"]);
    scene.a.replace(ZONE, "mail.zone.test", "A", 60, &["192.0.2.99"], "by somebody else");
    let patches = scene.a.patches();
    run(&scene.lab, &pinned, 6);
    assert_eq!(scene.a.patches(), patches, "nothing is written");
    assert_eq!(scene.answers("mail.zone.test", "A"), ["192.0.2.99"]);
}

fn a_dead_api_blocks_no_other_provider() {
    let mut scene = Scene::new(&text());
    let mut stand = |name: &str, host| {
        let mut server = PowerDns::start(&scene.lab, name, scene.lab.at(host, 53));
        server.add_zone(ZONE, EMPTY);
        let provider = estate::powerdns_provider(&scene.lab, name, "ns2.other.test.", &server);
        scene.standby(provider);
        server
    };
    let (mut dead, b) = (stand("dead", 31), stand("b", 32));
    let control = PowerDns::start(&scene.lab, "elsewhere", scene.lab.at(33, 53));
    let mut control = control;
    control.add_zone("other.test.", &EMPTY.replace("zone.test.", "other.test."));
    scene.estate.add("controls", estate::dns_control("other", control.address, "other.test."));
    // What git has is not asked of whom it came from.
    let from = FILL.replace("at: $each }", "at: $each, from: a }");
    assert_ne!(from, FILL);
    scene.lab.write("runbooks/fill.yaml", from);
    scene.begin();
    dead.daemon.kill();
    scene.a.daemon.kill();
    let (pinned, words) = scene.planned();
    assert_eq!(pinned.changes().len(), 1);
    assert!(words.contains("`dead` cannot be read"), "{words}");
    run(&scene.lab, &pinned, 0);
    assert!(b.rrset(ZONE, "www.zone.test", "A").is_some());
}

/// One of the provider's two servers is another one, which knows nothing of what is written.
fn a_server_that_does_not_take_it_up_fails_the_step() {
    unproven(|lab, _, at| {
        let mut stale = PowerDns::start(lab, "stale", at);
        stale.add_zone(ZONE, EMPTY);
        Some(stale)
    });
}

/// One of them is reached over UDP alone.
fn a_server_that_gives_it_over_udp_alone_fails_the_step() {
    unproven(|_, b, at| {
        relay::without_tcp(at, b.address);
        None
    });
}

/// Fills a standby, one of whose two servers does not answer as it shall.
fn unproven(start: impl FnOnce(&Lab, &PowerDns, SocketAddr) -> Option<PowerDns>) {
    let mut scene = Scene::new(&text());
    let mut b = PowerDns::start(&scene.lab, "b", scene.lab.at(31, 53));
    b.add_zone(ZONE, EMPTY);
    let at = scene.lab.at(32, 53);
    let _second = start(&scene.lab, &b, at);
    let mut provider = estate::powerdns_provider(&scene.lab, "b", "ns2.other.test.", &b);
    let other = json!({"name": "ns3.other.test.", "addresses": [at.to_string()]});
    provider["nameservers"].as_array_mut().unwrap().push(other);
    scene.standby(provider);
    let text = FILL.replace("on_fail: continue", "on_fail: undo").replace("20s", "2s");
    scene.lab.write("runbooks/fill.yaml", text);
    let empty = b.rrsets(ZONE);
    scene.begin();
    let pinned = plan(&scene.lab, &["fill", "--set", "zone=z"]);
    let ran = approve(&scene.lab, &["run", pinned.short()], &pinned).finish();
    assert_ne!(ran.code, 0, "{}", ran.everything());
    assert!(ran.stdout.contains("ns3.other.test."), "{}", ran.everything());
    assert_eq!(b.rrsets(ZONE), empty, "what was not proven is taken back");
}

/// A zone of 1,000 records.
fn thousand() -> String {
    let records: String = (0..997).map(|n| format!("n{n:03} A 192.0.2.{}\n", n % 250)).collect();
    format!("{EMPTY}www A 192.0.2.1\n{records}")
}

fn requests_do_not_grow_with_the_changes() {
    let scene = Scene::new(&thousand());
    scene.begin();
    let mut looks = reads(&scene.a);
    // A line of the log may come late.
    let mut one_look_more = |what: &str| {
        looks += 1;
        until(what, STARTUP, || (reads(&scene.a) == looks).then_some(()));
    };
    for (number, to) in [(5, "198.51.100"), (50, "203.0.113")] {
        let edits: Vec<(String, String)> = (0..number)
            .map(|n| (n * 7 + usize::from(number == 50), n))
            .map(|(n, _)| {
                let line = format!("n{n:03}.zone.test. 60 IN A ");
                (format!("{line}192.0.2.{}\n", n % 250), format!("{line}{to}.{}\n", n % 250))
            })
            .collect();
        let edits: Vec<(&str, &str)> =
            edits.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        scene.edit(&edits);
        let patches = scene.a.patches();
        let pinned = plan(&scene.lab, &["edit", "--set", "zone=z", "--set", "at=a"]);
        one_look_more("one look at the whole zone for facts and values before");
        run(&scene.lab, &pinned, 0);
        one_look_more("one look at the whole zone before the write");
        assert_eq!(scene.a.patches(), patches + 1, "{number} changes are one request");
        for (_, line) in &edits {
            let words: Vec<&str> = line.split_whitespace().collect();
            assert_eq!(scene.answers(words[0], "A"), [words[4]]);
        }
    }
}

/// Counts the times that a server's whole zone was read, by its own log.
fn reads(server: &PowerDns) -> usize {
    let whole = |line: &&str| {
        line.contains("\"GET ") && line.contains("/zones/") && !line.contains("rrsets=false")
    };
    server.daemon.log().lines().filter(whole).count()
}

fn critical_names_are_kept_for_less_long() {
    let mut scene = Scene::new(&text().replace("www 30 A", "www 6 A"));
    scene.estate.item("zones", "z")["critical"] = json!([{"name": "www", "type": "A", "ttl_at_most": "2s"}, {"name": "mail", "type": "A", "ttl_at_most": "5m"}]);
    scene.begin();
    let before = scene.a.rrsets(ZONE);
    let pinned = plan(&scene.lab, &["shorten", "--set", "zone=z", "--set", "at=a"]);
    assert_eq!(pinned.changes().len(), 1);
    let begun = Instant::now();
    run(&scene.lab, &pinned, 0);
    assert!(begun.elapsed() >= Duration::from_secs(6), "caches hold the old one until then");
    let ttl = |name: &str| scene.a.rrset(ZONE, name, "A").unwrap()["ttl"].as_u64().unwrap();
    assert_eq!((ttl("www.zone.test"), ttl("mail.zone.test"), ttl("two.zone.test")), (2, 60, 30));
    approve(&scene.lab, &["undo"], &pinned).finish().code(0);
    assert_eq!(scene.a.rrsets(ZONE), before);
}
