//! An operator's folder with an incident and a pinned plan, in front of the servers of an outage.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output as Finished};

use serde_json::{Value, json};

use super::pty::{Output, Session};
use super::servers::{NAME, NEW, OLD, Servers, ZONE};

/// The steps that a plan may have before its one change.
pub const MESSAGE: &str =
    "- { id: tell, message: { template: status/investigating, to: [loud] }, on_fail: continue }";
pub const ASK: &str =
    "- { id: hold, ask: { question: \"Do the writers stand still?\", answers: [still] } }";
pub const WAIT: &str = "- { id: rest, wait: { for: 5s } }";

pub struct Rig {
    folder: tempfile::TempDir,
    pub servers: Servers,
    incident: PathBuf,
    short: String,
    target: String,
}

impl Rig {
    /// Opens an incident and pins a plan: such steps, then the delegation moves, then a message is written.
    pub fn pinned(steps: &[&str]) -> Rig {
        Rig::pinned_on(steps, |_| ())
    }

    /// The same on an estate with more in it.
    pub fn pinned_on(steps: &[&str], alter: impl FnOnce(&mut Value)) -> Rig {
        Rig::of(steps, "the-key", |api| api, alter)
    }

    /// The same, with a key of its own and something in front of the API.
    pub fn behind(steps: &[&str], key: &str, front: impl FnOnce(SocketAddr) -> SocketAddr) -> Rig {
        Rig::of(steps, key, front, |_| ())
    }

    fn of(
        steps: &[&str],
        key: &str,
        front: impl FnOnce(SocketAddr) -> SocketAddr,
        alter: impl FnOnce(&mut Value),
    ) -> Rig {
        let (folder, mut servers) = (tempfile::tempdir().unwrap(), Servers::start());
        servers.api = front(servers.api);
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let mut estate = estate(&servers);
        alter(&mut estate);
        write("lifeboat.yaml", &estate.to_string());
        write("key", key);
        fs::set_permissions(folder.path().join("key"), fs::Permissions::from_mode(0o600)).unwrap();
        write("runbooks/move.yaml", &runbook(steps));
        crate::repository::commit(folder.path());
        let mut rig = Rig {
            folder,
            servers,
            incident: PathBuf::new(),
            short: String::new(),
            target: String::new(),
        };
        let declared = rig.json(&["declare", "names fail", "--severity", "major", "--json"]);
        rig.incident = PathBuf::from(declared["directory"].as_str().unwrap());
        let plan = rig.json(&[
            "plan",
            "move",
            "--set",
            "failed=old",
            "--set",
            "standby=new",
            "--set",
            "zone=z",
            "--json",
        ]);
        (rig.short, rig.target) = (
            plan["short"].as_str().unwrap().to_owned(),
            plan["target"].as_str().unwrap().to_owned(),
        );
        rig
    }

    /// Returns the plan's short digest.
    pub fn short(&self) -> &str {
        &self.short
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a command away from any terminal.
    pub fn run(&self, words: &[&str]) -> Finished {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
        command
            .args(words)
            .current_dir(self.folder())
            .env_clear()
            .env("HOME", self.folder())
            .env("USER", "colleague");
        command.output().unwrap()
    }

    #[track_caller]
    fn json(&self, words: &[&str]) -> Value {
        let ran = self.run(words);
        assert!(ran.status.success(), "{words:?}: {}", String::from_utf8_lossy(&ran.stderr));
        serde_json::from_slice(&ran.stdout).unwrap()
    }

    /// Starts a command at a terminal.
    pub fn session(&self, words: &[&str], output: Output) -> Session {
        Session::start(self.folder(), words, output)
    }

    /// Starts `run` or `undo` at a terminal, up to the prompt for the approval.
    pub fn asked(&self, command: &str, json: bool, output: Output) -> Session {
        let mut words = vec![command, &self.short];
        words.extend(json.then_some("--json"));
        let mut session = self.session(&words, output);
        session.expect("short digest: ");
        session
    }

    /// Types the approval.
    pub fn approve(&self, session: &mut Session) {
        session.type_in(&format!("{}\n", self.short));
        session.answer("target: ", &self.target);
    }

    /// Returns the kinds of the journal's events so far; a line that is not whole yet is none.
    pub fn events(&self) -> Vec<String> {
        let text = fs::read_to_string(self.incident.join("journal.jsonl")).unwrap();
        let kind = |line: &str| {
            let record: Value = serde_json::from_str(line).ok()?;
            Some(record["event"].as_object()?.keys().next()?.clone())
        };
        text.lines().filter_map(kind).collect()
    }

    /// Counts the messages that were written as files, and the torn ends that were cut off the journal.
    pub fn files(&self) -> (usize, usize) {
        let count = |folder: &Path, fits: fn(&str) -> bool| {
            let names = fs::read_dir(folder).into_iter().flatten().flatten();
            names.filter(|entry| fits(&entry.file_name().to_string_lossy())).count()
        };
        let messages = count(&self.incident.join("messages"), |name| name.ends_with(".md"));
        (messages, count(&self.incident, |name| name.starts_with("torn-")))
    }
}

pub fn estate(servers: &Servers) -> Value {
    let server = |name: &str, at: std::net::SocketAddr| json!([{"name": name.trim_end_matches('.'), "addresses": [at.to_string()]}]);
    json!({
        "schema": "lifeboat/estate/v1", "id": "signals",
        "approvals": {"delegation": {"people": 1, "by": "terminal"}},
        "network": {"allow_private": ["127.0.0.0/8"]},
        "probing": {"target_budget": "300ms", "tries": 3},
        "trust": {"commits": "any"},
        "contacts": [{"id": "first-on-call", "time_zone": "Europe/Amsterdam"}],
        "registrars": [{"id": "reg", "kind": "powerdns", "company": "reg", "parent_zone": "test.",
            "api": format!("http://{}/api/v1/servers/localhost", servers.api), "credential": {"file": "key"},
            "settle": "1s", "nameservers": server("ns.nic.example", servers.parent)}],
        "dns_providers": [
            {"id": "old", "kind": "unmanaged", "company": "old", "nameservers": server(OLD, servers.old)},
            {"id": "new", "kind": "unmanaged", "company": "new", "nameservers": server(NEW, servers.new)}],
        "zones": [{"id": "z", "name": ZONE, "registrar": "reg", "delegated_to": ["old"], "standby_at": ["new"],
            "critical": [{"name": NAME.strip_suffix(&format!(".{ZONE}")), "type": "A", "expect": ["192.0.2.80"]}]}],
        "controls": [{"id": "control", "kind": "dns", "address": servers.control.to_string(), "name": "control.example.", "type": "SOA"}],
        "resolvers": [{"id": "res", "address": servers.resolver.to_string(), "transports": ["udp"]}],
        "status_channels": [
            {"id": "loud", "kind": "stdout", "audience": "team", "languages": ["en"]},
            {"id": "quiet", "kind": "file", "directory": "messages/", "audience": "team", "languages": ["en"]}],
        "incidents": {"directory": "incidents"},
    })
}

pub fn runbook(steps: &[&str]) -> String {
    let steps: String = steps.iter().map(|step| format!("      {step}\n")).collect();
    format!(
        "schema: lifeboat/runbook/v1
id: move
title: Names move to the standby
failure_mode: move
owner: first-on-call
severity_at_least: minor
layer: dns
plane: control
impact: Names fail.
advice: [{{ otherwise: true, say: act, why: The standby answers. }}]
review_after: 90d
params:
  failed: {{ type: dns-provider, from: cause.subject, example: old }}
  standby: {{ type: dns-provider, example: new }}
  zone: {{ type: zone, example: z }}
matches:
  supports: [\"dns.authority.answers($failed) is false\"]
  must_know: [observer.healthy]
phases:
  immediate:
    enter: incident.declared
    exit: \"resolver.answers-right($zone.critical) >= 95 %\"
    steps:
{steps}      - id: switch
        change:
          action: dns.delegation.replace
          target: {{ zone: $zone, remove: $failed, add: $standby }}
          why: The old servers are silent.
          approval: {{ policy: delegation, expires: 30m }}
          limit: {{ zones: 1, records: [NS], keep_healthy_servers: 1 }}
          effect: {{ record_ttl: 3s, delegation_ttl: 3s }}
          verify: {{ ask: [parent], want: only-standby, not_yet_until: effect.latest }}
          undo: {{ action: dns.delegation.restore }}
        on_fail: hold
      - {{ id: done, message: {{ template: status/monitoring, to: [quiet] }}, on_fail: continue }}
  recovery: {{ enter: immediate.done, exit: \"dns.delegation.as-intended($zone) is true\", steps: [] }}
  post_incident: {{ enter: incident.resolved, exit: postmortem.accepted, steps: [] }}
"
    )
}
