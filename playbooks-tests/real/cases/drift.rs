//! Drift (B2): somebody else writes, or somebody dies, between plan, approval and each change; and a limit that is
//! gone past in the open (B8).

use super::operator::{self, Pinned, approve, declare, plan, run, verify_journal};
use crate::real::dns;
use crate::real::failover::{Failover, NS_A};
use crate::real::lab::Lab;
use crate::real::lifeboat::Ran;
use crate::real::tracked::Tracked;
use crate::real::tsig::TsigKey;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::fs;

/// Returns the trials of the case.
pub fn trials() -> Vec<Trial> {
    trials![
        b2_drift_after_the_plan_stops_before_any_write,
        b2_an_edit_elsewhere_in_the_zone_stops_nothing,
        b2_drift_while_the_approval_is_typed_stops_before_any_write,
        b2_drift_before_the_first_change_stops_before_any_write,
        b2_drift_before_the_second_change_holds_what_is_left,
        b2_drift_at_the_second_change_is_undone_where_the_runbook_says_so,
        b2_a_standby_that_died_after_the_plan_stops_before_any_write,
        b2_a_backup_that_died_before_its_change_stops_before_any_write,
        b8_a_limit_is_gone_past_in_the_open,
    ]
}

const OUTAGE: &str = "dns-provider-outage";
const LOSS: &str = "tracker-loss";
/// A server, and a tracker, of somebody else.
const THEIRS: &str = "ns1.prov-c.test.";
const STRANGER: &str = "udp://192.0.2.9:1/announce";

/// Provider A is dead, and the way to B is pinned.
fn outage(lab: &Lab) -> (Failover, Pinned) {
    let mut topology = Failover::start(lab, &[NS_A]);
    topology.a.daemon.kill();
    declare(lab, "names of our zone no longer resolve");
    let pinned = plan(lab, &[OUTAGE]);
    (topology, pinned)
}

/// Checks that a run was refused, wrote nothing of its own, and that the journal says so.
#[track_caller]
fn refused(lab: &Lab, topology: &Failover, ran: Ran, theirs: &[Value], patches: usize) {
    let ran = ran.code(6);
    assert_eq!(topology.parent.rrsets("test."), theirs, "it wrote\n{}", ran.everything());
    assert_eq!(topology.parent.patches(), patches, "it wrote\n{}", ran.everything());
    noted(lab, "Refused to");
    verify_journal(lab);
}

/// Checks that timeline and postmortem say something.
#[track_caller]
fn noted(lab: &Lab, said: &str) {
    for command in ["timeline", "postmortem"] {
        let text = in_one_line(&lab.lifeboat(&[command]).run().code(0).stdout);
        assert!(text.contains(said), "{command} does not say `{said}`:\n{text}");
    }
}

/// Joins what a screen has broken into lines.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn b2_drift_after_the_plan_stops_before_any_write() {
    let lab = Lab::new();
    let (topology, pinned) = outage(&lab);
    topology.delegate(&[NS_A, THEIRS]);
    let theirs = topology.parent.rrsets("test.");
    let ran = approve(&lab, &["run", pinned.short()], &pinned).finish();
    refused(&lab, &topology, ran, &theirs, 1);
}

/// A precondition is about the record sets that are touched, never about the zone's serial.
fn b2_an_edit_elsewhere_in_the_zone_stops_nothing() {
    let lab = Lab::new();
    let (topology, pinned) = outage(&lab);
    let serial = || dns::serial(topology.parent.address, "test.");
    let before = serial();
    topology.parent.replace("test.", "elsewhere.test.", "TXT", 60, &["\"theirs\""], "by hand");
    assert!(serial() > before, "the serial stands still at {before}");
    run(&lab, &pinned, 0);
    assert_eq!(topology.parent.patches(), 2, "one by hand, one by the run");
    assert!(topology.parent.rrset("test.", "elsewhere.test.", "TXT").is_some(), "it is gone");

    // A server that checks what is there before, all by itself.
    let (lab, tsig) = (Lab::new(), TsigKey::new("lab-key"));
    let mut topology = Failover::start_signed(&lab, &[NS_A], &tsig);
    topology.a.daemon.kill();
    declare(&lab, "names of our zone no longer resolve");
    let pinned = plan(&lab, &[OUTAGE]);
    assert_eq!(pinned.changes()[0]["conditional"], true, "{:#}", pinned.0);
    let before = topology.parent.serial("test.");
    let own = topology.parent.address.ip().to_string();
    topology.parent.set("test.", "ns.nic", "60", "A", &[&own]);
    let by_hand = topology.parent.serial("test.");
    assert!(by_hand > before, "the serial stands still at {before}");
    run(&lab, &pinned, 0);
    assert_eq!((topology.parent.updates(), topology.parent.serial("test.")), (1, by_hand + 1));
}

fn b2_drift_while_the_approval_is_typed_stops_before_any_write() {
    let lab = Lab::new();
    let (topology, pinned) = outage(&lab);
    let mut terminal = lab.lifeboat(&["run", pinned.short()]).terminal();
    terminal.answer("short digest: ", pinned.short());
    terminal.expect("target: ");
    topology.delegate(&[THEIRS]);
    let theirs = topology.parent.rrsets("test.");
    terminal.type_line(pinned.target());
    refused(&lab, &topology, terminal.finish(), &theirs, 1);
}

fn b2_drift_before_the_first_change_stops_before_any_write() {
    let lab = Lab::new();
    let mut topology = Failover::start(&lab, &[NS_A]);
    let pause = "- id: move-delegation\n";
    let asked = format!("{PAUSE}      {pause}");
    rewritten(&lab, OUTAGE, &[(pause, &asked)]);
    topology.a.daemon.kill();
    declare(&lab, "names of our zone no longer resolve");
    let pinned = plan(&lab, &[OUTAGE]);
    let mut terminal = approve(&lab, &["run", pinned.short()], &pinned);
    terminal.expect("answer: ");
    topology.delegate(&[THEIRS]);
    let theirs = topology.parent.rrsets("test.");
    terminal.type_line("yes");
    refused(&lab, &topology, terminal.finish(), &theirs, 1);
}

const PAUSE: &str =
    "- { id: pause, ask: { who: first-on-call, question: \"Go on?\", answers: [yes] } }\n";

/// Writes a shipped runbook with these changes into the operator's repository.
#[track_caller]
fn rewritten(lab: &Lab, runbook: &str, changes: &[(&str, &str)]) {
    let path = format!("{}/runbooks/{runbook}.yaml", env!("CARGO_MANIFEST_DIR"));
    let mut text = fs::read_to_string(path).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "the runbook does not say `{from}`");
        text = text.replacen(from, to, 1);
    }
    lab.write(&format!("runbooks/{runbook}.yaml"), text);
    operator::commit(lab);
}

/// T1 is dead, and each seedbox has a change step of its own with a pause between them.
fn two_steps(lab: &Lab, on_fail: &str) -> Tracked {
    let mut fleet = Tracked::start(lab);
    let path = format!("{}/runbooks/{LOSS}.yaml", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).unwrap();
    let from = text.find("      - id: replace-tracker").unwrap();
    let until = text.find("      - { id: say-what-we-did").unwrap();
    let step = |id: &str, seedbox: &str| {
        text[from..until]
            .replace("replace-tracker", id)
            .replace("with: $backup }", &format!("with: $backup, seedboxes: {seedbox} }}"))
            .replace(", refuse_unless: \"tracker.answers($lost) is true\"", "")
            .replace("on_fail: hold", &format!("on_fail: {on_fail}"))
    };
    let steps = format!("{}      {PAUSE}{}", step("first", "sb-1"), step("second", "sb-2"));
    lab.write(
        &format!("runbooks/{LOSS}.yaml"),
        format!("{}{steps}{}", &text[..from], &text[until..]),
    );
    operator::commit(lab);
    fleet.one.daemon.kill();
    declare(lab, "clients of one tracker find no new peers");
    fleet
}

/// Adds a tracker to x at the second seedbox, as a person would.
fn add_theirs(fleet: &Tracked) {
    let (hash, add) = (fleet.x.info_hash.to_string(), [STRANGER]);
    fleet.boxes[1].call("torrent-set", &json!({"ids": [hash], "trackerAdd": add}));
}

fn b2_drift_before_the_second_change_holds_what_is_left() {
    let lab = Lab::new();
    let fleet = two_steps(&lab, "hold");
    let before = fleet.lists();
    let pinned = plan(&lab, &[LOSS]);
    let mut terminal = approve(&lab, &["run", pinned.short()], &pinned);
    terminal.expect("answer: ");
    add_theirs(&fleet);
    let wanted = fleet.lists();
    assert_ne!(wanted, before, "the first step is done by now");
    assert_eq!(wanted[0], vec![vec![fleet.two.udp()]]);
    terminal.type_line("yes");
    let held = terminal.finish().code(8);
    assert!(held.stdout.contains("Held at second"), "{}", held.everything());
    assert_eq!(fleet.lists(), wanted, "it wrote where its precondition was false");
    // Not the seedbox's own look, which comes later: nothing was sent.
    noted(&lab, "Change 1 of second found a value that somebody else wrote");
    verify_journal(&lab);
}

fn b2_drift_at_the_second_change_is_undone_where_the_runbook_says_so() {
    let lab = Lab::new();
    let mut fleet = Tracked::start(&lab);
    let guard = ", refuse_unless: \"tracker.answers($lost) is true\"";
    // The lost tracker stays lost: the lists alone can prove the way back.
    let lists = ("ask: [trackers, seedboxes]", "ask: [seedboxes]");
    let on_fail = "undo: { action: tracker.list.restore }\n        on_fail: ";
    let undo = (format!("{on_fail}hold"), format!("{on_fail}undo"));
    rewritten(&lab, LOSS, &[(guard, ""), lists, (&undo.0, &undo.1)]);
    fleet.one.daemon.kill();
    declare(&lab, "clients of one tracker find no new peers");
    let pinned = plan(&lab, &[LOSS]);
    assert_eq!(pinned.changes().len(), 2);
    add_theirs(&fleet);
    let theirs = fleet.lists();
    let ran = run(&lab, &pinned, 7);
    assert_eq!(fleet.lists(), theirs, "the first change is reversed, theirs stays");
    let journal = lab.lifeboat(&["timeline"]).run().code(0).stdout;
    assert!(journal.contains("Change 1 of replace-tracker is in place"), "{journal}");
    assert!(journal.contains("Change 2 of replace-tracker found a value"), "{journal}");
    assert!(ran.stdout.contains("undone"), "{}", ran.everything());
    verify_journal(&lab);
}

fn b2_a_standby_that_died_after_the_plan_stops_before_any_write() {
    let lab = Lab::new();
    let (mut topology, pinned) = outage(&lab);
    let before = topology.parent.rrsets("test.");
    topology.b.daemon.kill();
    let ran = approve(&lab, &["run", pinned.short()], &pinned).finish();
    let said = "the limit `last-server` holds no longer: it would leave 0 name servers";
    assert!(ran.stdout.contains(said), "{}", ran.everything());
    refused(&lab, &topology, ran, &before, 0);
}

fn b2_a_backup_that_died_before_its_change_stops_before_any_write() {
    let lab = Lab::new();
    let mut fleet = Tracked::start(&lab);
    rewritten(
        &lab,
        LOSS,
        &[("- id: replace-tracker", &format!("{PAUSE}      - id: replace-tracker"))],
    );
    fleet.one.daemon.kill();
    declare(&lab, "clients of one tracker find no new peers");
    let before = fleet.lists();
    let pinned = plan(&lab, &[LOSS]);
    let mut terminal = approve(&lab, &["run", pinned.short()], &pinned);
    terminal.expect("answer: ");
    fleet.two.daemon.kill();
    terminal.type_line("yes");
    let ran = terminal.finish().code(6);
    assert!(
        ran.stdout.contains("the limit `last-tracker` holds no longer"),
        "{}",
        ran.everything()
    );
    assert_eq!(fleet.lists(), before);
    noted(&lab, "last-tracker");
    verify_journal(&lab);
}

/// The runbook lets one torrent be touched, and there are two.
fn b8_a_limit_is_gone_past_in_the_open() {
    const REASON: &str = "both boxes, agreed with the second on call";
    let lab = Lab::new();
    let mut fleet = Tracked::start(&lab);
    rewritten(&lab, LOSS, &[("torrents: 5000", "torrents: 1")]);
    fleet.one.daemon.kill();
    let light = lab.lifeboat(&["declare", "slow", "--severity", "minor"]).run().code(0);
    let refused = lab.lifeboat(&["plan", LOSS]).run().code(6);
    for said in ["major at least", "declared minor", "lifeboat declare TITLE --severity major"] {
        assert!(refused.stderr.contains(said), "{}{}", light.stdout, refused.everything());
    }
    noted(&lab, "declared minor");
    lab.lifeboat(&["close", "--reason", "it is worse than that"]).run().code(0);
    let incident = declare(&lab, "clients of one tracker find no new peers");
    let refused = lab.lifeboat(&["plan", LOSS]).run().code(6);
    for said in ["`count`", "2 torrents", "the limit is 1", "`--override-count REASON`"] {
        assert!(refused.stderr.contains(said), "{}", refused.everything());
    }
    lab.lifeboat(&["plan", LOSS, "--override-share", REASON]).run().code(6);
    let both = ["plan", LOSS, "--override-count", REASON, "--override-share", REASON];
    let refused = lab.lifeboat(&both).run().code(6);
    assert!(refused.stderr.contains("leave `--override-share` out"), "{}", refused.everything());
    let pinned = plan(&lab, &[LOSS, "--override-count", REASON]);
    let held = &pinned.0["plan"]["overrides"];
    assert_eq!(held[0]["limit"], "count", "{held}");
    assert_eq!((&held[0]["reason"], held.as_array().unwrap().len()), (&REASON.into(), 1));
    let mut terminal = lab.lifeboat(&["run", pinned.short()]).terminal();
    terminal.expect("goes past the limit count at replace-tracker");
    terminal.expect(REASON);
    terminal.answer("short digest: ", pinned.short());
    terminal.answer("target: ", pinned.target());
    terminal.finish().code(0);
    assert_eq!(fleet.lists()[0], fleet.lists()[3], "both boxes list the backup");
    for command in ["status", "timeline", "postmortem"] {
        let text = in_one_line(&lab.lifeboat(&[command]).run().code(0).stdout);
        assert!(text.contains(REASON), "{command} does not give the reason:\n{text}");
    }
    noted(&lab, "it would touch 2 torrents");
    let team = operator::messages(incident.join("messages-team"));
    assert!(team.iter().any(|(_, text)| text.contains(REASON)), "{team:?}");
    let customers = operator::messages(incident.join("messages"));
    assert!(!customers.is_empty());
    assert!(customers.iter().all(|(_, text)| !text.contains(REASON)), "{customers:?}");
    verify_journal(&lab);
}
