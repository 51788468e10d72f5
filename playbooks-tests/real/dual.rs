//! Two providers for one zone: set up by the tool on real servers, and asked through real resolvers while one of them dies
//! or hangs.

mod asker;
mod ground;
mod typed;

use self::asker::{Asker, Blow};
use self::ground::{Ground, NS_A, NS_B, NS_C, ZONE};
use self::typed::a_person_types_a_ds_and_the_parent_shows_it;
use super::cases::operator::{self, Pinned, declare, diagnose, plan, run, verify_journal};
use super::dns::{ask, ask_tcp};
use super::lab::Lab;
use super::until::{STARTUP, until};
use libtest_mimic::Trial;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};

/// Returns the trials of two providers.
pub fn trials() -> Vec<Trial> {
    trials![
        b8_the_third_server_stays_while_two_are_stopped,
        two_providers_answer_while_either_fails,
        two_signers_answer_while_either_fails,
        a_person_types_a_ds_and_the_parent_shows_it,
    ]
}

const RUNBOOK: &str = "dual-delegation";

static WHOLE: AtomicBool = AtomicBool::new(false);

/// Has everybody asked for ten seconds, not for four.
pub fn whole() {
    WHOLE.store(true, Ordering::Relaxed);
}

const SET: [&str; 4] = ["--set", "live=provider-a", "--set", "standby=provider-b"];

/// Pins and runs a phase of the set-up.
fn set_up(lab: &Lab, phase: &str, changes: usize) -> Pinned {
    let pinned = plan(lab, &[&[RUNBOOK, "--phase", phase][..], &SET].concat());
    assert_eq!(pinned.changes().len(), changes, "{:#}", pinned.0);
    if changes == 0 {
        lab.lifeboat(&["run", pinned.short()]).run().code(0);
    } else {
        run(lab, &pinned, 0);
    }
    verify_journal(lab);
    pinned
}

fn b8_the_third_server_stays_while_two_are_stopped() {
    let lab = Lab::new();
    let ground = Ground::start(&lab, &[NS_A, NS_B, NS_C], false);
    lab.write("runbooks/take-out.yaml", ground::TAKE_OUT);
    operator::commit(&lab);
    let incident = declare(&lab, "a provider is to go");
    let c = ["take-out", "--set", "zone=z-main", "--set", "gone=provider-c"];
    let servers = || ask(ground.parent.address, ZONE, "NS").unwrap().authority.len();
    ground.a.daemon.stop();
    ground.b.daemon.stop();
    let refused = lab.lifeboat(&[&["plan"][..], &c].concat()).run().code(6);
    assert!(refused.stderr.contains("last-server"), "{}", refused.stderr);
    assert_eq!((ground.parent.patches(), servers()), (0, 3), "it wrote");
    // One is back: there is a plan. It dies again before the write: nothing is written either.
    ground.a.daemon.cont();
    let pinned = plan(&lab, &c);
    ground.a.daemon.stop();
    run(&lab, &pinned, 6);
    assert_eq!((ground.parent.patches(), servers()), (0, 3), "it wrote");
    ground.a.daemon.cont();
    ground.b.daemon.cont();
    let pinned = plan(&lab, &c);
    run(&lab, &pinned, 0);
    logged(&ground, 1);
    assert_eq!((ground.parent.patches(), servers()), (1, 2));
    operator::approve(&lab, &["undo"], &pinned).finish().code(0);
    logged(&ground, 2);
    assert_eq!((ground.parent.patches(), servers()), (2, 3));
    verify_journal(&lab);
    drop(incident);
}

/// Waits until the parent's log has so many writes: its line may come after its reply.
fn logged(ground: &Ground, writes: usize) {
    let there = || (ground.parent.patches() >= writes).then_some(());
    until(&format!("{writes} writes in the log of the parent"), STARTUP, there);
}

/// Stops A under a single delegation, sets the second provider up, then kills or stops either.
fn survive(signed: bool, changes: [usize; 2]) {
    let lab = Lab::new();
    let mut ground = Ground::start(&lab, &[NS_A], signed);
    operator::commit(&lab);
    let asker = Asker::new(&ground, signed);
    let single = asker.ask("single", 10, Blow::Hangs, || ground.a.daemon.stop());
    ground.a.daemon.cont();
    ground.forget();
    assert!(single.failed() > 0, "with one provider nobody would notice: {single:?}");
    diagnose(&lab, 0);
    declare(&lab, "a second provider is put in");
    let before = records(&ground);
    let plans = [("immediate", changes[0]), ("recovery", changes[1])];
    let plans = plans.map(|(phase, changes)| set_up(&lab, phase, changes));
    for at in [ground.a.address, ground.b.address] {
        let mut listed = ask(at, ZONE, "NS").unwrap();
        listed.records.sort();
        assert_eq!(listed.data("NS"), [NS_A, NS_B], "{at}");
    }
    ground.forget();
    let names = if WHOLE.load(Ordering::Relaxed) { 50 } else { 20 };
    let hung = asker.ask("hung", names, Blow::Hangs, || ground.a.daemon.stop());
    ground.a.daemon.cont();
    ground.forget();
    let dead = asker.ask("dead", names, Blow::Dies, || ground.a.daemon.kill());
    eprintln!("signed {signed}: single {single:?}, hung {hung:?}, dead {dead:?}");
    assert_eq!((hung.failed(), dead.failed()), (0, 0), "hung {hung:?}, dead {dead:?}");
    ground.a.restart();
    // For up to a minute some resolvers do not ask a server again that they found dead: no matter of an undo's.
    ground.forget();
    undo(&lab, &ground, &plans, &before);
}

/// Takes everything back, the last plan first; keys are needed until nobody is sent to both.
fn undo(lab: &Lab, ground: &Ground, [keys, servers]: &[Pinned; 2], before: &Records) {
    let signed = !keys.changes().is_empty();
    if signed {
        let with_both = records(ground);
        lab.lifeboat(&["undo", keys.short()]).run().code(6);
        assert_eq!(records(ground), with_both, "a refused undo wrote something");
    }
    operator::approve(lab, &["undo", servers.short()], servers).finish().code(0);
    if signed {
        operator::approve(lab, &["undo", keys.short()], keys).finish().code(0);
    }
    assert_eq!(records(ground), *before, "an undo restores every record set");
    verify_journal(lab);
}

/// What parent and providers say at the zone's own name: who asked, what for, and the data.
type Records = Vec<(SocketAddr, &'static str, Vec<String>)>;

fn records(ground: &Ground) -> Records {
    let all = [ground.parent.address, ground.a.address, ground.b.address].into_iter();
    let asked = all.flat_map(|at| ["NS", "DS", "DNSKEY"].map(|kind| (at, kind)));
    let said = asked.map(|(at, kind)| {
        let answer = ask_tcp(at, ZONE, kind).unwrap();
        let sections = answer.records.into_iter().chain(answer.authority);
        let own = sections.filter(|record| record.kind == kind && record.name == ZONE);
        let mut data: Vec<String> = own.map(|record| record.data).collect();
        data.sort();
        (at, kind, data)
    });
    said.collect()
}

fn two_providers_answer_while_either_fails() {
    survive(false, [0, 3]);
}

fn two_signers_answer_while_either_fails() {
    survive(true, [3, 3]);
}
