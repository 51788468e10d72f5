//! Promise B4 between two laptops: two state directories, one estate, and a bare repository that both can reach.

use super::operator::{self, Pinned, approve, declare, plan};
use crate::real::failover::{Failover, NS_A};
use crate::real::holding::{Holding, Part};
use crate::real::lab::Lab;
use crate::real::lifeboat::{Lifeboat, Ran, Terminal};
use libtest_mimic::Trial;
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// Returns the trials of the case.
pub fn trials() -> Vec<Trial> {
    trials![
        b4_the_second_laptop_is_told_of_the_first_and_runs_after_it,
        b4_a_laptop_that_was_taken_over_is_refused_at_its_next_intent,
        b4_a_remote_that_is_away_stops_nobody,
    ]
}

const RUNBOOK: &str = "dns-provider-outage";
const SECOND: &str = "second";
const WITHIN: Duration = Duration::from_secs(90);

/// An outage that two people see, each from a laptop of their own.
struct Scene {
    lab: Lab,
    topology: Failover,
    proxy: Holding,
    remote: PathBuf,
}

impl Scene {
    fn new() -> Scene {
        let lab = Lab::new();
        let mut topology = Failover::start(&lab, &[NS_A]);
        let proxy = Holding::start(lab.at(6, 8081), topology.parent.api);
        let remote = lab.folder().join("ops.git");
        git2::Repository::init_bare(&remote).unwrap();
        let direct = topology.parent.base();
        let held = direct.replace(&topology.parent.api.to_string(), &proxy.address.to_string());
        for (section, id) in [("registrars", "reg-north"), ("dns_providers", "provider-b")] {
            let credential = &mut topology.estate.item(section, id)["credential"]["file"];
            *credential =
                lab.folder().join(credential.as_str().unwrap()).display().to_string().into();
        }
        topology.estate.item("registrars", "reg-north")["settle"] = "1s".into();
        topology.estate.0["locks"] = json!({"shared": {"remote": remote.display().to_string()}});
        lab.write(&format!("{SECOND}/lifeboat.yaml"), topology.estate.yaml());
        topology.estate.item("registrars", "reg-north")["api"] = held.into();
        topology.estate.write(&lab);
        topology.a.daemon.kill();
        Scene { lab, topology, proxy, remote }
    }

    /// Prepares a call on the second laptop.
    fn second(&self, words: &[&str]) -> Lifeboat {
        self.lab.lifeboat(words).folder(SECOND).env("USER", "berta").within(WITHIN)
    }

    fn second_plans(&self) -> Pinned {
        Pinned(self.second(&["plan", RUNBOOK, "--json"]).run().code(0).json())
    }

    /// Begins the first laptop's run and returns while its look before the write is held.
    fn first_is_held(&self) -> (PathBuf, Terminal) {
        let incident = declare(&self.lab, "names of our zone no longer resolve");
        let pinned = plan(&self.lab, &[RUNBOOK]);
        self.proxy.hold("GET", Part::Whole);
        let first = approve(&self.lab, &["run", pinned.short()], &pinned);
        self.proxy.held();
        (incident, first)
    }

    fn refs(&self) -> usize {
        git2::Repository::open_bare(&self.remote).unwrap().references().unwrap().count()
    }
}

#[track_caller]
fn named(ran: &Ran, first: &Terminal) {
    for part in [
        &format!("process {}", first.pid()),
        "`reg-north`",
        "it is shared at",
        "take-over --reason",
    ] {
        assert!(ran.stderr.contains(part), "`{part}` is not said: {}", ran.stderr);
    }
}

fn approve_second(scene: &Scene, pinned: &Pinned) -> Terminal {
    let mut terminal = scene.second(&["run", pinned.short()]).terminal();
    terminal.answer("short digest: ", pinned.short());
    terminal.answer("target: ", pinned.target());
    terminal
}

fn b4_the_second_laptop_is_told_of_the_first_and_runs_after_it() {
    let scene = Scene::new();
    let declared = ["declare", "seen by somebody else", "--severity", "major"];
    scene.second(&declared).run().code(0);
    let pinned = scene.second_plans();
    let (_, first) = scene.first_is_held();
    assert_eq!(scene.refs(), 2, "the incident's and the service's");
    named(&scene.second(&["run", pinned.short()]).run().code(11), &first);
    let status = scene.second(&["status"]).run().code(0).stdout;
    assert!(status.contains("locks are shared at") && status.contains("`reg-north`"), "{status}");
    scene.proxy.let_go();
    let said = first.finish().code(0).stdout;
    assert!(said.contains("Locks are shared at"), "{said}");
    assert_eq!(
        (scene.topology.parent.patches(), scene.refs()),
        (1, 0),
        "its refs were not given back"
    );
    // What it planned is done already: it looks, finds it so, and writes nothing.
    approve_second(&scene, &pinned).finish().code(0);
    assert_eq!((scene.topology.parent.patches(), scene.refs()), (1, 0));
}

fn b4_a_laptop_that_was_taken_over_is_refused_at_its_next_intent() {
    let scene = Scene::new();
    scene.second(&["declare", "seen by somebody else", "--severity", "major"]).run().code(0);
    let pinned = scene.second_plans();
    let (incident, first) = scene.first_is_held();
    named(&scene.second(&["run", pinned.short()]).run().code(11), &first);
    let taken = scene.second(&["take-over", "--reason", "that laptop is on a train"]).run().code(0);
    assert!(taken.stdout.contains(&format!("process {}", first.pid())), "{}", taken.stdout);
    scene.proxy.let_go();
    let said = first.finish().code(11).stdout;
    assert!(said.contains("berta") && said.contains("took the run over"), "{said}");
    assert_eq!(scene.topology.parent.patches(), 0, "it wrote after it was taken over");
    let journal = fs::read_to_string(incident.join("journal.jsonl")).unwrap();
    assert!(!journal.contains("\"intended\""), "{journal}");
    assert!(journal.contains("\"taken-over\""), "its own journal does not say so");
    approve_second(&scene, &pinned).finish().code(0);
    assert_eq!(scene.topology.parent.patches(), 1);
    assert_eq!(scene.refs(), 0);
    operator::verify_journal(&scene.lab);
}

fn b4_a_remote_that_is_away_stops_nobody() {
    let scene = Scene::new();
    let (incident, first) = scene.first_is_held();
    fs::rename(&scene.remote, scene.lab.folder().join("aside.git")).unwrap();
    scene.proxy.let_go();
    let said = first.finish().code(0).stdout;
    assert!(
        said.contains("cannot be reached") && said.contains("this machine's locks alone"),
        "{said}"
    );
    assert!(said.contains("its lock stays there"), "{said}");
    let journal = fs::read_to_string(incident.join("journal.jsonl")).unwrap();
    assert!(journal.contains("this machine's locks alone"), "the journal does not say so");
    let status = scene.lab.lifeboat(&["status"]).run().code(0).stdout;
    let unwrapped: Vec<&str> = status.split_whitespace().collect();
    assert!(unwrapped.join(" ").contains("locks hold on this machine alone"), "{status}");
    assert_eq!(scene.topology.parent.patches(), 1);
}
