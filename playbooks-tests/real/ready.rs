//! Readiness on the example estates, in a namespace where stand-ins own every address of theirs.

use super::lab::Lab;
use super::lifeboat::{Lifeboat, Ran};
use super::netns::Netns;
use crate::readiness::world::{ADDRESSES, endpoint};
use libtest_mimic::Trial;
use serde_json::Value;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

pub fn trials() -> Vec<Trial> {
    trials![
        five_planted_flaws_are_named_and_no_sixth,
        an_estate_without_a_flaw_has_no_blocker,
        d8_every_declared_need_that_is_cut_is_named,
    ]
}

/// The stand-ins, in a namespace of their own.
struct Ground {
    lab: Lab,
    netns: Netns,
}

/// The world under way; it ends when it is dropped.
struct World(Child);

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Ground {
    fn new() -> Self {
        let lab = Lab::new();
        let netns = Netns::add(&lab, "ready");
        ADDRESSES.iter().for_each(|address| netns.address(&format!("{address}/32")));
        let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("playbooks-tests/readiness/estates");
        lab.write("as.tsv", fs::read(files.join("as.tsv")).unwrap());
        for name in ["lifeboat", "lifeboat-flawed"] {
            let text = fs::read_to_string(files.join(format!("{name}.yaml"))).unwrap();
            lab.write(&format!("{name}.yaml"), with_stand_ins(&text));
        }
        let ground = Self { lab, netns };
        for (name, secret) in [
            ("desec.token", "desec-token"),
            ("sb-eu", "user:password"),
            ("sb-ca", "user:password"),
            ("room", "!room"),
            ("first-on-call.tel", "1"),
            ("second-on-call.tel", "2"),
            ("counsel.tel", "3"),
            ("hoster-noc.tel", "4"),
        ] {
            ground.private(&format!("private/{name}"), secret, 0o600);
        }
        ground.private(
            "bin/pass",
            "#!/bin/sh\n[ \"$*\" = 'show lifeboat/cloudflare' ] && echo wide\n",
            0o755,
        );
        ground
    }

    fn private(&self, name: &str, text: &str, mode: u32) {
        let path = self.lab.write(name, text);
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    /// Starts the world, and waits until all of it listens.
    fn world(&self, manner: &[String]) -> World {
        let program = std::env::current_exe().unwrap().display().to_string();
        let words = self.netns.inside(&[&program, "--ready-world"]);
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).args(manner).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut world = World(command.spawn().unwrap());
        let mut line = String::new();
        BufReader::new(world.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "up\n", "the world does not stand");
        world
    }

    fn call(&self, estate: &str) -> Lifeboat {
        let file = format!("{estate}.yaml");
        let call =
            Lifeboat::new(&self.lab, &["ready", "--json", "--estate", &file]).inside(&self.netns);
        let path = format!(
            "{}:{}",
            self.lab.folder().join("bin").display(),
            std::env::var("PATH").unwrap()
        );
        call.env("PATH", &path)
            .env("LIFEBOAT_READ_ONLY_TOKEN", "narrow")
            .env("LIFEBOAT_POWERDNS_KEY", "powerdns-key")
    }
}

/// Names the stand-ins' APIs, which speak without TLS, and allows the ranges that they stand in; nothing else changes.
fn with_stand_ins(text: &str) -> String {
    let text = text.replace(
        "kind: cloudflare\n",
        "kind: cloudflare\n    api: \"http://198.51.100.6:8788/client/v4\"\n",
    );
    let text =
        text.replace("kind: desec, ", "kind: desec, api: \"http://203.0.113.70:8080/api/v1\", ");
    let text = text
        .replace("https://ns-admin", "http://ns-admin")
        .replace("https://192.0.2.30", "http://192.0.2.30");
    let text = text.replace("target_budget: 3s", "target_budget: 900ms");
    text.replace(
        "allow_private: []",
        "allow_private: [192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24]",
    )
}

fn blockers(ran: &Ran) -> Vec<(String, String)> {
    let report = ran.json();
    let text = |it: &Value, key: &str| it[key].as_str().unwrap().to_owned();
    let all = report["blockers"].as_array().unwrap().iter();
    all.map(|it| (text(it, "rule"), text(it, "subject"))).collect()
}

fn five_planted_flaws_are_named_and_no_sixth() {
    let ground = Ground::new();
    let wanted = [
        ("registrar-apart", "reg-north"),
        ("standby-apart", "own-powerdns"),
        ("status-apart", "status-page"),
        ("log-in-apart", "reg-north"),
        ("credential-writes", "cloudflare-main"),
    ]
    .map(|(rule, subject)| (rule.to_owned(), subject.to_owned()));
    for manner in [Vec::new(), vec!["lists-all".to_owned()]] {
        let _world = ground.world(&manner);
        let ran = ground.call("lifeboat-flawed").run().code(4);
        assert_eq!(blockers(&ran), wanted, "{}", ran.everything());
        eprintln!("readiness: five planted flaws, 5 blockers, in {:?}", ran.took);
    }
}

fn an_estate_without_a_flaw_has_no_blocker() {
    let ground = Ground::new();
    for manner in [Vec::new(), vec!["lists-all".to_owned()]] {
        let _world = ground.world(&manner);
        let ran = ground.call("lifeboat").run().code(0);
        assert_eq!(blockers(&ran), [], "{}", ran.everything());
        let report = ran.json();
        assert_eq!(report["verdict"], "ready");
        // What the stand-ins show is known, and not only not denied.
        let open = report["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["subject"] == "cloudflare-main" && it["truth"] == "unknown");
        assert_eq!(open.count(), 0, "{}", ran.everything());
    }
}

/// Everything that was shown as a declared need is cut, one by one: a host goes deaf, a credential is not there.
fn d8_every_declared_need_that_is_cut_is_named() {
    let ground = Ground::new();
    let whole = {
        let _world = ground.world(&[]);
        ground.call("lifeboat").run().code(0).json()
    };
    let needs: Vec<(String, String)> = whole["needs"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["declared"] == true && it["kind"] != "log-in")
        .map(|it| (it["what"].as_str().unwrap().to_owned(), it["of"].as_str().unwrap().to_owned()))
        .collect();
    let needs: std::collections::BTreeSet<(String, String)> = needs.into_iter().collect();
    assert!(needs.len() >= 6, "{needs:#?}");
    for (what, of) in &needs {
        let ran = cut(&ground, what);
        let report = ran.json();
        let all =
            ["blockers", "warnings"].map(|it| report[it].as_array().unwrap().clone()).concat();
        let named = all.iter().any(|it| {
            let because = it["because"].as_str().unwrap();
            let rule = it["rule"].as_str().unwrap();
            (rule == "need-at-hand" || rule == "host-answers")
                && it["subject"] == of.as_str()
                && because.contains(what.split('`').nth(1).unwrap())
        });
        assert!(named, "{what} of {of} was cut and is not named\n{}", ran.everything());
    }
    eprintln!("D8: {} declared needs cut one by one, each named", needs.len());
}

/// Cuts one need, looks, and puts it back.
fn cut(ground: &Ground, what: &str) -> Ran {
    if let Some(at) = endpoint(what) {
        let _world = ground.world(&[format!("cut={at}")]);
        return ground.call("lifeboat").run();
    }
    let _world = ground.world(&[]);
    let named = what.split('`').nth(1).unwrap();
    let (path, call) = match named {
        "pass" => ("bin/pass".to_owned(), ground.call("lifeboat")),
        file => (file.to_owned(), ground.call("lifeboat")),
    };
    let (here, away) = (ground.lab.folder().join(&path), ground.lab.folder().join("away"));
    fs::rename(&here, &away).unwrap();
    let ran = call.run();
    fs::rename(&away, &here).unwrap();
    ran
}
