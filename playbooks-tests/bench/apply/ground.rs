//! The ground of the comparison: one PowerDNS with its zone, an operator's repository, and octoDNS's configuration.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use nix::pty::openpty;
use serde_json::{Value, json};

use super::tree::{Cost, of_child};
use super::{CHANGES, RECORDS};
use crate::real::dns;
use crate::real::estate::{self, Estate};
use crate::real::lab::Lab;
use crate::real::powerdns::PowerDns;

const ZONE: &str = "bench.test.";

/// The step that is measured, as an operator writes it.
const RUNBOOK: &str = r#"
schema: lifeboat/runbook/v1
id: edit
title: Record sets become what git has of them
failure_mode: edit
owner: first-on-call
severity_at_least: minor
layer: dns
plane: control
impact: "None."
advice: [{ otherwise: true, say: act }]
review_after: 90d
params: { zone: { type: zone } }
matches: { supports: ["incident.declared"] }
phases:
  immediate:
    enter: "incident.declared"
    exit: "incident.declared"
    steps:
      - id: edit
        change:
          action: dns.zone.apply
          target: { zone: $zone, at: a, from: a }
          why: "Addresses move."
          approval: { policy: records, expires: 1h }
          limit: { zones: 1 }
          verify: { ask: [authorities], want: served, not_yet_until: 60s }
          undo: { action: dns.zone.restore }
  recovery: { enter: "immediate.done", exit: "immediate.done", steps: [] }
  post_incident: { enter: "incident.resolved", exit: "incident.resolved", steps: [] }
"#;

pub struct Ground {
    lab: Lab,
    server: PowerDns,
    /// Which of the two addresses the names that change have by now.
    version: usize,
}

/// Returns whether a name changes: one in so many, all over the zone.
fn changes(number: usize) -> bool {
    number.is_multiple_of(RECORDS / CHANGES)
}

fn address(number: usize, version: usize) -> String {
    let net = if changes(number) { version % 2 } else { 0 };
    format!("10.{net}.{}.{}", number / 250, number % 250)
}

impl Ground {
    /// Starts the server, and writes what both programs need.
    pub fn set() -> Self {
        let lab = Lab::new();
        let mut server = PowerDns::start_over_lmdb(&lab, "a", lab.at(1, 53));
        let records: String =
            (0..RECORDS).map(|it| format!("n{it:05} A {}\n", address(it, 0))).collect();
        let top = "@ SOA ns host 1 3600 600 86400 60\n@ NS ns.other.test.\n";
        server.add_zone(ZONE, &format!("$ORIGIN {ZONE}\n$TTL 60\n{top}{records}"));
        let mut estate = Estate::new("bench");
        estate
            .add("dns_providers", estate::powerdns_provider(&lab, "a", "ns.other.test.", &server));
        estate.add("controls", estate::dns_control("control", server.address, ZONE));
        estate.add("zones", json!({"id": "z", "name": ZONE, "delegated_to": ["a"]}));
        estate.write(&lab);
        lab.write("runbooks/edit.yaml", RUNBOOK);
        lab.write(".gitignore", "*\n!zones/**\n!runbooks/**\n!lifeboat.yaml\n!*/\n");
        let ground = Self { lab, server, version: 0 };
        ground.git(&["init", "--quiet"]);
        ground.call(&["zone", "snapshot"]);
        ground.git(&["add", "--all"]);
        ground
    }

    /// Snapshot, commit of the edited zone, plan, approved run with its journal and its proof.
    pub fn lifeboat(&mut self) -> Cost {
        self.version += 1;
        let snapshot = self.call(&["zone", "snapshot"]);
        let path = self.lab.folder().join("zones/z/a.zone");
        let mut text = fs::read_to_string(&path).unwrap();
        for number in (0..RECORDS).filter(|number| changes(*number)) {
            let line =
                |version| format!("n{number:05}.{ZONE} 60 IN A {}\n", address(number, version));
            assert!(text.contains(&line(self.version - 1)));
            text = text.replace(&line(self.version - 1), &line(self.version));
        }
        fs::write(path, text).unwrap();
        let commit = self.git(&["commit", "--quiet", "--all", "-m", "edit"]);
        let declare = self.call(&["declare", "addresses move", "--severity", "minor"]);
        let out = self.lab.folder().join("plan.json");
        let words = [
            "plan",
            "edit",
            "--set",
            "zone=z",
            "--json",
            "--override-count",
            "five hundred addresses move",
        ];
        let plan = self.call_into(&words, &out);
        let pinned: Value = serde_json::from_slice(&fs::read(out).unwrap()).unwrap();
        let run = self.run(pinned["short"].as_str().unwrap(), pinned["target"].as_str().unwrap());
        for (what, cost) in [
            ("snapshot", snapshot),
            ("commit", commit),
            ("declare", declare),
            ("plan", plan),
            ("run", run),
        ] {
            eprintln!("  {what}: {}", cost.shown());
        }
        self.is_at_the_server();
        self.call(&["close", "--reason", "done"]);
        [commit, declare, plan, run].into_iter().fold(snapshot, Cost::then)
    }

    /// What an operator asks first.
    pub fn diagnose(&self) -> Cost {
        self.call(&["diagnose"])
    }

    /// One `octodns-sync --doit`.
    pub fn octodns(&mut self, workers: u32) -> Cost {
        self.version += 1;
        self.octodns_zone();
        let configuration = self.octodns_workers(workers);
        let file = format!("--config-file={}", configuration.display());
        let cost = self.octodns_sync(&[&file, "--doit", "--quiet"]);
        self.is_at_the_server();
        cost
    }

    /// What the program takes before it does anything.
    pub fn octodns_starts(&self) -> Cost {
        self.octodns_sync(&["--version"])
    }

    fn octodns_sync(&self, words: &[&str]) -> Cost {
        let program = PathBuf::from(std::env::var("OCTODNS").unwrap()).join("bin/octodns-sync");
        let mut command = Command::new(program);
        command.args(words).current_dir(self.lab.folder());
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let since = Instant::now();
        of_child(command.spawn().unwrap(), since)
    }

    fn octodns_workers(&self, workers: u32) -> PathBuf {
        let (api, key) = (self.server.api, &self.server.key);
        let text = format!(
            "manager:\n  max_workers: {workers}\nproviders:\n  config:\n    class: octodns.provider.yaml.YamlProvider\n    \
             directory: ./octodns\n    default_ttl: 60\n  pdns:\n    class: octodns_powerdns.PowerDnsProvider\n    host: {}\n    \
             port: {}\n    api_key: {key}\nzones:\n  {ZONE}:\n    sources: [config]\n    targets: [pdns]\n",
            api.ip(),
            api.port()
        );
        self.lab.write("octodns.yaml", text)
    }

    fn octodns_zone(&self) {
        let mut text = "---\n'':\n  ttl: 60\n  type: NS\n  value: ns.other.test.\n".to_owned();
        for number in 0..RECORDS {
            let address = address(number, self.version);
            text.push_str(&format!("n{number:05}:\n  ttl: 60\n  type: A\n  value: {address}\n"));
        }
        self.lab.write(&format!("octodns/{ZONE}yaml"), text);
    }

    /// Asks the server for every name that changed.
    fn is_at_the_server(&self) {
        for number in (0..RECORDS).filter(|number| changes(*number)) {
            let name = format!("n{number:05}.{ZONE}");
            let answer = dns::ask(self.server.address, &name, "A").unwrap();
            assert_eq!(answer.data("A"), [address(number, self.version)], "{name}");
        }
    }

    fn git(&self, words: &[&str]) -> Cost {
        let me = ["-c", "user.name=operator", "-c", "user.email=operator@example.org"];
        let mut command = Command::new("git");
        command.args(me).args(words).current_dir(self.lab.folder());
        command.env("HOME", self.lab.folder()).stdin(Stdio::null());
        let since = Instant::now();
        of_child(command.spawn().unwrap(), since)
    }

    fn call(&self, words: &[&str]) -> Cost {
        self.call_into(words, &self.lab.folder().join("out.txt"))
    }

    fn call_into(&self, words: &[&str], out: &std::path::Path) -> Cost {
        let mut command = Command::new(program());
        command.args(words).current_dir(self.lab.folder()).env("HOME", self.lab.folder());
        command.stdin(Stdio::null()).stdout(fs::File::create(out).unwrap());
        let since = Instant::now();
        of_child(command.spawn().unwrap(), since)
    }

    /// Runs a plan to its end, at a terminal where both answers were typed beforehand: nobody is waited for.
    fn run(&self, short: &str, target: &str) -> Cost {
        let terminal = openpty(None, None).unwrap();
        let mut person = File::from(terminal.master);
        person.write_all(format!("{short}\n{target}\n").as_bytes()).unwrap();
        let at_it = || Stdio::from(terminal.slave.try_clone().unwrap());
        let mut command = Command::new(program());
        command.args(["run", short]).current_dir(self.lab.folder()).env("HOME", self.lab.folder());
        command.stdin(at_it()).stdout(at_it()).stderr(at_it());
        let since = Instant::now();
        let child = command.spawn().unwrap();
        drop((command, terminal.slave));
        // Once nobody is at it any more, reading fails.
        let watch = thread::spawn(move || person.read_to_end(&mut Vec::new()));
        let cost = of_child(child, since);
        let _ = watch.join().unwrap();
        cost
    }
}

/// Returns the program that is measured, which is optimised while this one need not be.
fn program() -> PathBuf {
    std::env::var_os("LIFEBOAT")
        .map_or_else(|| env!("CARGO_BIN_EXE_lifeboat").into(), PathBuf::from)
}
