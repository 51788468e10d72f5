//! Another writer of the zone puts back what a run changed: it is seen within one turn of that writer, and said.

use super::cases::operator::{approve, declare, diagnose, messages, plan, truth, verify_journal};
use super::failover::{Failover, NS_A, NS_B};
use super::lab::Lab;
use super::until::{STARTUP, until};
use libtest_mimic::Trial;
use serde_json::json;

/// Returns the trials.
pub fn trials() -> Vec<Trial> {
    trials![
        what_another_writer_puts_back_is_noticed_and_said,
        what_nobody_touches_stands_until_nobody_can_read_it,
    ]
}

/// A zone whose provider is dead, and whose parent another tool writes, too.
fn managed(lab: &Lab) -> Failover {
    let mut topology = Failover::start(lab, &[NS_A]);
    let writer = json!({"tool": "octodns", "hold": {"manual": "stop its timer"}, "every": "2s"});
    topology.estate.item("zones", "z-main")["managed_by"] = writer;
    topology.estate.write(lab);
    topology.a.daemon.kill();
    topology
}

fn what_another_writer_puts_back_is_noticed_and_said() {
    let lab = Lab::new();
    let topology = managed(&lab);
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
    let mut topology = managed(&lab);
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
