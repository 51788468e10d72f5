//! Case 2: a DNS provider dies; the delegation is moved at the parent, proven, and moved back.

use super::operator::{self, causes, declare, diagnose, messages, plan, run, verify_journal};
use crate::real::dns::ask;
use crate::real::failover::{Failover, NAME, NS_A, NS_B, TTL, ZONE};
use crate::real::lab::Lab;
use crate::real::tsig::TsigKey;
use crate::real::until::until;
use libtest_mimic::Trial;
use std::fs;
use std::time::{Duration, Instant};

/// Returns the trials of the case.
pub fn trials() -> Vec<Trial> {
    trials![
        a_killed_provider_is_left_and_returned_to,
        a_signed_update_moves_the_delegation_and_back,
        a_stopped_provider_is_hung,
        both_delegated_means_wait,
        a_message_that_fails_undoes_nothing,
        a_message_may_hold_where_the_runbook_says_so,
        nobody_at_a_terminal_approves_nothing,
        a_halt_from_elsewhere_stops_before_the_effect,
        a_signal_stops_it_and_resume_goes_on,
        a_caller_may_come_back_later,
    ]
}

const RUNBOOK: &str = "dns-provider-outage";
const PATIENCE: Duration = Duration::from_secs(60);

/// Checks that the outage is named, with this mechanism.
#[track_caller]
fn named(lab: &Lab, mechanism: &str) {
    let diagnosis = diagnose(lab, 4);
    let wanted = format!("dns-provider-outage/provider-a/{mechanism}");
    assert_eq!(causes(&diagnosis), [wanted], "{diagnosis:#}");
    assert_eq!((&diagnosis["verdict"], &diagnosis["advice"]), (&"fault".into(), &"act".into()));
    assert!(diagnosis["causes"][0]["probability"].is_null());
}

fn a_killed_provider_is_left_and_returned_to() {
    let lab = Lab::new();
    let mut topology = Failover::start(&lab, &[NS_A]);
    diagnose(&lab, 0);
    let before = topology.parent.rrsets("test.");
    topology.a.daemon.kill();
    named(&lab, "refused");
    let incident = declare(&lab, "names of our zone no longer resolve");
    let pinned = plan(&lab, &[RUNBOOK]);
    assert_eq!(pinned.changes().len(), 1, "{:#}", pinned.0);
    assert_eq!(topology.parent.patches(), 0, "planning wrote something");
    let since = Instant::now();
    run(&lab, &pinned, 0);
    assert_eq!(topology.parent.patches(), 1);
    let resolves = ask(topology.resolver.address, NAME, "A").unwrap();
    assert_eq!(resolves.data("A"), [topology.answer_of_b.to_string()]);
    assert!(since.elapsed() < PATIENCE, "it took {:?}", since.elapsed());
    verify_journal(&lab);
    let told = messages(incident.join("messages"));
    assert!(!told.is_empty(), "customers were told nothing");
    for (name, text) in &told {
        for vendor in ["provider-a", "provider-b", "company-of", "reg-north"] {
            assert!(!text.contains(vendor), "{name} names {vendor}:\n{text}");
        }
    }
    lab.lifeboat(&["undo"]).run().code(6);
    assert_eq!(topology.parent.patches(), 1, "a refused undo wrote something");
    topology.a.restart();
    operator::approve(&lab, &["undo"], &pinned).finish().code(0);
    assert_eq!(topology.parent.rrsets("test."), before, "an undo restores every planned RRset");
    verify_journal(&lab);
    lab.lifeboat(&["close"]).run().code(0);
    let postmortem = lab.lifeboat(&["postmortem"]).run().code(0).stdout;
    assert!(postmortem.contains("dns-provider-outage"), "{postmortem}");
}

fn a_signed_update_moves_the_delegation_and_back() {
    let lab = Lab::new();
    let tsig = TsigKey::new("lab-key");
    let mut topology = Failover::start_signed(&lab, &[NS_A], &tsig);
    let parent = topology.parent.address;
    let delegation = || ask(parent, ZONE, "NS").unwrap().authority;
    let (before, serial) = (delegation(), topology.parent.serial("test."));
    topology.a.daemon.kill();
    named(&lab, "refused");
    let incident = declare(&lab, "names of our zone no longer resolve");
    let pinned = plan(&lab, &[RUNBOOK]);
    assert_eq!(pinned.changes().len(), 1, "{:#}", pinned.0);
    assert_eq!(pinned.changes()[0]["conditional"], true, "{:#}", pinned.0);
    assert_eq!(topology.parent.updates(), 0, "planning wrote something");
    run(&lab, &pinned, 0);
    assert_eq!((topology.parent.updates(), topology.parent.serial("test.")), (1, serial + 1));
    let resolves = ask(topology.resolver.address, NAME, "A").unwrap();
    assert_eq!(resolves.data("A"), [topology.answer_of_b.to_string()]);
    verify_journal(&lab);
    lab.lifeboat(&["undo"]).run().code(6);
    assert_eq!(topology.parent.updates(), 1, "a refused undo wrote something");
    topology.a.restart();
    operator::approve(&lab, &["undo"], &pinned).finish().code(0);
    assert_eq!(delegation(), before, "an undo restores the delegation, its TTL included");
    let (updates, rose) = (topology.parent.updates(), topology.parent.serial("test.") - serial);
    assert_eq!((updates, rose), (2, 2));
    verify_journal(&lab);
    let journal = fs::read_to_string(incident.join("journal.jsonl")).unwrap();
    assert!(!journal.contains(&tsig.secret), "the journal holds the key's secret");
    eprintln!("run and undo: {updates} updates in the server's log, its serial rose by {rose}");
}

fn a_stopped_provider_is_hung() {
    let lab = Lab::new();
    let topology = Failover::start(&lab, &[NS_A]);
    topology.a.daemon.stop();
    named(&lab, "hung");
    declare(&lab, "names of our zone no longer resolve");
    let pinned = plan(&lab, &[RUNBOOK]);
    run(&lab, &pinned, 0);
    assert_eq!(topology.parent.patches(), 1);
    let delegated = topology.parent.rrset("test.", ZONE, "NS").unwrap();
    assert_eq!(delegated["records"][0]["content"], NS_B);
    assert_eq!(delegated["ttl"], TTL);
    topology.a.daemon.cont();
}

fn both_delegated_means_wait() {
    let lab = Lab::new();
    let mut topology = Failover::start(&lab, &[NS_A, NS_B]);
    topology.a.daemon.kill();
    let diagnosis = diagnose(&lab, 4);
    assert_eq!(causes(&diagnosis), ["dns-provider-outage/provider-a/refused"], "{diagnosis:#}");
    assert_eq!(diagnosis["advice"], "wait");
    declare(&lab, "one of two name servers is gone");
    let pinned = plan(&lab, &[RUNBOOK]);
    assert!(pinned.changes().is_empty(), "{:#}", pinned.0);
}

/// Puts a file where the customers' messages would lie, so that none of them can be written.
fn block_messages(incident: &std::path::Path) {
    let folder = incident.join("messages");
    let _ = fs::remove_dir_all(&folder);
    fs::write(folder, "in the way").unwrap();
}

fn a_message_that_fails_undoes_nothing() {
    let lab = Lab::new();
    let mut topology = Failover::start(&lab, &[NS_A]);
    topology.a.daemon.kill();
    let incident = declare(&lab, "names of our zone no longer resolve");
    let pinned = plan(&lab, &[RUNBOOK]);
    block_messages(&incident);
    let ran = run(&lab, &pinned, 0);
    assert!(ran.stdout.contains("undelivered"), "{}", ran.stdout);
    assert!(ran.stdout.contains("customers"), "{}", ran.stdout);
    assert_eq!(topology.parent.patches(), 1, "a message that failed undid the repair");
}

fn a_message_may_hold_where_the_runbook_says_so() {
    let lab = Lab::new();
    let mut topology = Failover::start(&lab, &[NS_A]);
    let shown = lab.lifeboat(&["runbook", "show", RUNBOOK]).run().code(0).stdout;
    let held = shown.replace("on_fail: continue", "on_fail: hold");
    assert_ne!(held, shown);
    lab.write(&format!("runbooks/{RUNBOOK}.yaml"), held);
    operator::commit(&lab);
    topology.a.daemon.kill();
    let incident = declare(&lab, "names of our zone no longer resolve");
    let pinned = plan(&lab, &[RUNBOOK]);
    assert_eq!(pinned.0["plan"]["runbook"]["path"], format!("runbooks/{RUNBOOK}.yaml"));
    assert!(pinned.0["plan"]["runbook"]["commit"].is_string());
    block_messages(&incident);
    run(&lab, &pinned, 8);
    fs::remove_file(incident.join("messages")).unwrap();
    let resumed = until("the end of the held run", PATIENCE, || {
        let ran = lab.lifeboat(&["resume"]).run();
        (ran.code == 0).then_some(ran)
    });
    assert_eq!(resumed.code, 0);
    assert_eq!(topology.parent.patches(), 1);
}

fn nobody_at_a_terminal_approves_nothing() {
    let lab = Lab::new();
    let mut topology = Failover::start(&lab, &[NS_A]);
    topology.a.daemon.kill();
    declare(&lab, "names of our zone no longer resolve");
    let pinned = plan(&lab, &[RUNBOOK]);
    let typed = format!("{}\n{}\n", pinned.short(), pinned.target());
    lab.lifeboat(&["run", pinned.short()]).stdin(&typed).run().code(5);
    let mut terminal = lab.lifeboat(&["run", pinned.short()]).terminal();
    terminal.answer("short digest: ", "00000000");
    terminal.answer("target: ", pinned.target());
    terminal.finish().code(5);
    assert_eq!(topology.parent.patches(), 0);
}

/// Begins a run against a hung provider, whose first look takes one whole budget, and returns once it is begun.
fn begun(
    lab: &Lab,
    incident: &std::path::Path,
    pinned: &operator::Pinned,
) -> crate::real::lifeboat::Terminal {
    let terminal = operator::approve(lab, &["run", pinned.short()], pinned);
    let journal = incident.join("journal.jsonl");
    until("the run to begin", PATIENCE, || {
        fs::read_to_string(&journal).is_ok_and(|text| text.contains("\"started\"")).then_some(())
    });
    terminal
}

fn a_halt_from_elsewhere_stops_before_the_effect() {
    let lab = Lab::new();
    let topology = Failover::start(&lab, &[NS_A]);
    topology.a.daemon.stop();
    let incident = declare(&lab, "names of our zone no longer resolve");
    let pinned = plan(&lab, &[RUNBOOK]);
    let terminal = begun(&lab, &incident, &pinned);
    let second = lab.lifeboat(&["resume"]).run().code(11);
    assert!(second.stderr.contains("process"), "the holder is not named: {}", second.stderr);
    lab.lifeboat(&["halt", "--reason", "the provider is coming back"]).run().code(0);
    terminal.finish().code(12);
    assert_eq!(topology.parent.patches(), 0, "it wrote after it was told to stop");
    lab.lifeboat(&["run", pinned.short()]).run().code(6);
    lab.lifeboat(&["resume"]).run().code(0);
    assert_eq!(topology.parent.patches(), 1);
    verify_journal(&lab);
    topology.a.daemon.cont();
}

fn a_signal_stops_it_and_resume_goes_on() {
    let lab = Lab::new();
    let topology = Failover::start(&lab, &[NS_A]);
    topology.a.daemon.stop();
    let incident = declare(&lab, "names of our zone no longer resolve");
    let pinned = plan(&lab, &[RUNBOOK]);
    let terminal = begun(&lab, &incident, &pinned);
    let pid = nix::unistd::Pid::from_raw(terminal.pid() as i32);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    terminal.finish().code(12);
    lab.lifeboat(&["resume"]).run().code(0);
    assert_eq!(topology.parent.patches(), 1);
    topology.a.daemon.cont();
}

fn a_caller_may_come_back_later() {
    let lab = Lab::new();
    let mut topology = Failover::start(&lab, &[NS_A]);
    // What resolvers have cached outlives the wait: the effect cannot be seen at once.
    topology.parent.replace("test.", ZONE, "NS", 20, &[NS_A], "a longer life");
    topology.resolver.restart();
    ask(topology.resolver.address, NAME, "A").unwrap();
    topology.a.daemon.kill();
    declare(&lab, "names of our zone no longer resolve");
    let pinned = plan(&lab, &[RUNBOOK]);
    let before = topology.parent.patches();
    operator::approve(&lab, &["run", pinned.short(), "--wait", "1s"], &pinned).finish().code(9);
    assert_eq!(topology.parent.patches(), before + 1);
    lab.lifeboat(&["resume"]).run().code(0);
    assert_eq!(topology.parent.patches(), before + 1, "a resumed run wrote again");
}
