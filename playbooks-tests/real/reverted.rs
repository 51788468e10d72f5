//! Another writer of the zone puts back what a run changed: it is seen within one turn of that writer, and said.

use super::cases::operator::{
    approve, commit, declare, diagnose, messages, plan, truth, verify_journal,
};
use super::failover::{Failover, NS_A, NS_B};
use super::lab::Lab;
use super::octodns::OctoDns;
use super::until::{STARTUP, until};
use libtest_mimic::Trial;
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Returns the trials.
pub fn trials() -> Vec<Trial> {
    trials![
        what_another_writer_puts_back_is_noticed_and_said,
        what_nobody_touches_stands_until_nobody_can_read_it,
        octodns_on_a_timer_that_nobody_holds_is_noticed_and_said,
        octodns_that_is_held_first_puts_nothing_back,
    ]
}

/// A zone whose provider is dead, and whose parent another tool writes, too, once in so many seconds.
fn managed(lab: &Lab, every: u64) -> Failover {
    let mut topology = Failover::start(lab, &[NS_A]);
    let every = format!("{every}s");
    let writer = json!({"tool": "octodns", "hold": {"manual": "stop its timer"}, "every": every, "source": "octodns"});
    topology.estate.item("zones", "z-main")["managed_by"] = writer;
    topology.estate.write(lab);
    topology.a.daemon.kill();
    topology
}

fn what_another_writer_puts_back_is_noticed_and_said() {
    let lab = Lab::new();
    let topology = managed(&lab, 2);
    let incident = declare(&lab, "names of our zone no longer resolve");
    let pinned = plan(&lab, &["dns-provider-outage"]);
    let ran = std::thread::scope(|scope| {
        scope.spawn(|| {
            // It writes once the change was proven and customers were told.
            until("the change and its message", 2 * STARTUP, || {
                let told = messages(incident.join("messages"));
                told.iter().any(|(name, _)| name.contains("say-what-we-did")).then_some(())
            });
            topology.delegate(&[NS_A]);
        });
        let mut terminal = approve(&lab, &["run", pinned.short()], &pinned);
        terminal.answer("answer: ", "it is stopped");
        terminal.finish().code(8)
    });
    assert!(
        ran.everything().contains("somebody put back tracker.test. NS at `reg-north`"),
        "{}",
        ran.everything()
    );
    let diagnosis = diagnose(&lab, 4);
    assert_eq!(truth(&diagnosis, "change.stands", "z-main").as_deref(), Some("false"));
    let told = lab.lifeboat(&["diagnose"]).run().code(4).stdout;
    assert!(told.contains("what this incident changed of z-main stands no longer"), "{told}");
    verify_journal(&lab);
    // Put there by a person once more, it stands.
    topology.delegate(&[NS_B]);
    let diagnosis = lab.lifeboat(&["diagnose", "--json"]).run().json();
    assert_eq!(truth(&diagnosis, "change.stands", "z-main").as_deref(), Some("true"));
}

fn what_nobody_touches_stands_until_nobody_can_read_it() {
    let lab = Lab::new();
    let mut topology = managed(&lab, 2);
    declare(&lab, "names of our zone no longer resolve");
    assert_eq!(
        truth(&diagnose(&lab, 4), "change.stands", "z-main"),
        None,
        "nothing was written yet"
    );
    let pinned = plan(&lab, &["dns-provider-outage"]);
    let mut terminal = approve(&lab, &["run", pinned.short()], &pinned);
    terminal.answer("answer: ", "it is stopped");
    terminal.finish().code(0);
    let stands = || {
        let diagnosis = lab.lifeboat(&["diagnose", "--json"]).run().json();
        truth(&diagnosis, "change.stands", "z-main").unwrap()
    };
    assert_eq!(stands(), "true");
    topology.parent.daemon.kill();
    assert_eq!(stands(), "unknown", "nobody can read it");
    topology.parent.restart();
    topology.a.restart();
    approve(&lab, &["undo"], &pinned).finish().code(0);
    assert_eq!(stands(), "true", "what was taken back is there");
    topology.delegate(&[NS_B]);
    assert_eq!(stands(), "false", "what was taken back was put there again");
}

/// How often octoDNS writes as far as the estate says, and how long one look at everything takes at most.
const EVERY: u64 = 8;
const LOOK: u64 = 3;

/// The parent zone is octoDNS' own. It reads its source about every second and a half, so that it puts the change back
/// while resolvers still keep what was there before: nobody ever sees it.
fn octodns_on_a_timer_that_nobody_holds_is_noticed_and_said() {
    let lab = Lab::new();
    let topology = managed(&lab, EVERY);
    let octodns = OctoDns::takes_over(&lab, "test.", &topology.parent);
    assert!(octodns.plan().contains("No changes were planned"), "{}", octodns.plan());
    declare(&lab, "names of our zone no longer resolve");
    let pinned = plan(&lab, &["dns-provider-outage"]);
    let timer = octodns.on_a_timer();
    let (ran, late) = std::thread::scope(|scope| {
        let back = scope.spawn(|| {
            // Lifeboat's own, and what octoDNS makes of it.
            until("what octoDNS puts back", 2 * STARTUP, || {
                (topology.parent.patches() >= 2).then(Instant::now)
            })
        });
        let mut terminal = approve(&lab, &["run", pinned.short()], &pinned);
        terminal.answer("answer: ", "it is stopped");
        let ran = terminal.finish().code(8);
        (ran, back.join().unwrap().elapsed())
    });
    let said = ran.everything();
    assert!(said.contains("somebody put back tracker.test. NS at `reg-north`"), "{said}");
    assert!(late <= Duration::from_secs(EVERY + LOOK), "said {late:?} after it was put back");
    assert!(timer.log().contains("apply: making 1 changes to test."), "{}", timer.log());
    assert_eq!(truth(&diagnose(&lab, 4), "change.stands", "z-main").as_deref(), Some("false"));
    let told = lab.lifeboat(&["diagnose"]).run().code(4).stdout;
    assert!(told.contains("what this incident changed of z-main stands no longer"), "{told}");
    verify_journal(&lab);
}

fn octodns_that_is_held_first_puts_nothing_back() {
    let lab = Lab::new();
    let topology = managed(&lab, 2);
    let octodns = OctoDns::takes_over(&lab, "test.", &topology.parent);
    let mut timer = octodns.on_a_timer();
    lab.write("runbooks/release.yaml", RELEASE);
    commit(&lab);
    let incident = declare(&lab, "names of our zone no longer resolve");
    let pinned = plan(&lab, &["dns-provider-outage"]);
    let mut terminal = approve(&lab, &["run", pinned.short()], &pinned);
    terminal.expect("stop its timer");
    timer.kill();
    terminal.answer("answer: ", "it is stopped");
    terminal.finish().code(0);
    let log = timer.log();
    assert!(log.contains("No changes") && !log.contains("making"), "it only looked: {log}");
    let diagnosis = lab.lifeboat(&["diagnose", "--json"]).run().json();
    assert_eq!(truth(&diagnosis, "change.stands", "z-main").as_deref(), Some("true"));
    assert!(octodns.plan().contains("Update"), "it would put it back: {}", octodns.plan());
    let printed = lab.lifeboat(&["zone", "patch", "z-main"]).run().code(0).stdout;
    a_source_that_is_not_read_is_named(&lab);
    let pinned = plan(&lab, &["release", "--set", "zone=z-main"]);
    let mut terminal = lab.lifeboat(&["run", pinned.short()]).terminal();
    let path = incident.join("patches/z-main.patch");
    terminal.expect(&format!("Patch: {}", path.display()));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), printed);
    apply(&lab, &path);
    terminal.answer("answer: ", "it is merged");
    terminal.finish().code(0);
    assert!(octodns.plan().contains("No changes were planned"), "{}", octodns.plan());
    assert_eq!(lab.lifeboat(&["zone", "patch"]).run().code(0).stdout, "", "it is merged");
}

/// What is to be merged is printed all the same, in octoDNS' own words.
fn a_source_that_is_not_read_is_named(lab: &Lab) {
    let source = lab.folder().join("octodns/test.yaml");
    let text = std::fs::read_to_string(&source).unwrap();
    std::fs::write(&source, "tracker: [").unwrap();
    let ran = lab.lifeboat(&["zone", "patch", "z-main"]).run().code(10);
    assert!(ran.stdout.starts_with("# octoDNS, test.yaml:"), "{}", ran.stdout);
    assert!(ran.stdout.contains(NS_B), "{}", ran.stdout);
    assert!(
        ran.stderr.contains("Not in it: ") && ran.stderr.contains("test.yaml"),
        "{}",
        ran.stderr
    );
    std::fs::write(&source, text).unwrap();
}

/// Merges a patch as its reader does.
fn apply(lab: &Lab, patch: &Path) {
    let mut git = Command::new("git");
    let output = git.arg("apply").arg(patch).current_dir(lab.folder()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The step of the shipped runbook that lets the other writer go again, which comes two days later there.
const RELEASE: &str = r#"
schema: lifeboat/runbook/v1
id: release
title: The other writer may write again
failure_mode: release
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
      - { id: release-writers, ask: { do: $zone.managed_by.hold, patch: $zone, why: "Turn this back.", proof: answer } }
  recovery: { enter: "immediate.done", exit: "immediate.done", steps: [] }
  post_incident: { enter: "incident.resolved", exit: "incident.resolved", steps: [] }
"#;
