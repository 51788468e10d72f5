//! Other vantages: real processes that stand for ssh, and a drill's doors.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use libtest_mimic::Trial;
use lifeboat::document::{self, Source};
use lifeboat::model::{Estate, Evidence, EvidenceSet, Observation, ProbeKind};
use lifeboat::net::{Deadline, Stopwatch};
use lifeboat::probe::probe;
use lifeboat::service::Elsewhere;
use serde_json::{Value, json};

use super::servers::{Cast, healthy};
use super::{BUDGET, dns_of, estate, play, run, sealed, word};

pub fn trials() -> Vec<Trial> {
    trials![
        a_report_from_elsewhere_is_evidence_of_that_place,
        the_other_place_gets_the_estate_without_what_is_only_ours,
        the_estates_of_this_repository_lint_at_the_other_place,
        a_report_is_cleaned_before_it_is_believed,
        a_vantage_that_fails_says_so_and_nothing_else,
        a_hanging_vantage_ends_with_the_deadline,
        a_drill_looks_through_the_doors_of_its_vantages,
    ]
}

/// An estate with a resolver and a vantage that is this command.
fn with_vantage(argv: &[&str]) -> Estate {
    estate(json!({
        "resolvers": [{ "id": "r1", "address": "192.0.2.51", "transports": ["udp"] }],
        "vantages": [{ "id": "far", "kind": "command", "argv": argv }],
    }))
}

fn of<'a>(set: &'a EvidenceSet, vantage: &str) -> Vec<&'a Evidence> {
    set.evidence.iter().filter(|evidence| evidence.vantage == *vantage).collect()
}

/// Writes a report as a file and returns the command that prints it.
fn printing(folder: &tempfile::TempDir, report: &Value) -> [String; 3] {
    let path = folder.path().join("report.json");
    std::fs::write(&path, report.to_string()).unwrap();
    let script = format!("cat >/dev/null; cat {}", path.display());
    ["sh".to_owned(), "-c".to_owned(), script]
}

fn words(argv: &[String]) -> Vec<&str> {
    argv.iter().map(String::as_str).collect()
}

/// Lets a real probe of another world make a report.
async fn report(world: Cast) -> Value {
    let there = estate(json!({
        "resolvers": [{ "id": "r1", "address": "192.0.2.51", "transports": ["udp"] }],
    }));
    let set = run(&there, &sealed(world.map), &[ProbeKind::Dns]).await;
    serde_json::to_value(set).unwrap()
}

fn a_report_from_elsewhere_is_evidence_of_that_place() {
    play(async {
        let (mut world, folder) = (Cast::default(), tempfile::tempdir().unwrap());
        world.name_server("192.0.2.51:53", healthy()).await;
        let argv = printing(&folder, &report(world).await);
        let estate = with_vantage(&words(&argv));
        let set = run(&estate, &sealed(Cast::default().map), &[ProbeKind::Dns]).await;
        let far = of(&set, "far");
        assert_eq!(far.len(), 2, "{far:?}");
        assert!(matches!(&far[0].observation, Observation::Vantage(v) if v.failed.is_none()));
        assert_eq!(far[0].subject, "far");
        let told: Vec<_> = dns_of(&set, "r1")
            .into_iter()
            .map(|(evidence, dns)| (evidence.vantage.as_str(), word(&dns.ending)))
            .collect();
        let expected = [("here", "Unreachable".to_owned()), ("far", "NOERROR".to_owned())];
        assert_eq!(told, expected);
    });
}

fn the_other_place_gets_the_estate_without_what_is_only_ours() {
    play(async {
        let folder = tempfile::tempdir().unwrap();
        let (asked, read) = (folder.path().join("argv"), folder.path().join("stdin"));
        let script = format!("echo \"$@\" > {}; cat > {}", asked.display(), read.display());
        let mut estate = with_vantage(&["sh", "-c", &script, "sh"]);
        let own = json!({
            "contacts": [{ "id": "me", "call": { "env": "SECRET_PHONE" } }],
            "dns_providers": [{ "id": "main", "kind": "powerdns", "api": "https://192.0.2.1/",
                "credential": { "env": "SECRET_KEY" },
                "nameservers": [{ "name": "ns1.lab.example.", "addresses": ["192.0.2.1"] }],
                "tsig": { "name": "k", "algorithm": "hmac-sha256", "secret": { "env": "SECRET_TSIG" } } }],
            "seedboxes": [{ "id": "sb", "kind": "transmission", "rpc": "https://192.0.2.30/",
                "credential": { "file": "SECRET_FILE" }, "ca": { "file": "ours.pem" } }],
            "upstreams": [{ "id": "u", "asn": 64500, "noc": { "file": "SECRET_NOC" } }],
            "as_table": { "file": "as.tsv" },
        });
        let more = super::estate(own);
        (estate.contacts, estate.dns_providers) = (more.contacts, more.dns_providers);
        (estate.seedboxes, estate.upstreams) = (more.seedboxes, more.upstreams);
        estate.as_table = more.as_table;
        run(&estate, &sealed(Cast::default().map), &[ProbeKind::Dns]).await;
        let asked = std::fs::read_to_string(asked).unwrap();
        assert!(asked.starts_with("probe --json --estate - --deadline 1"), "{asked}");
        let sent = std::fs::read_to_string(read).unwrap();
        assert!(!sent.contains("SECRET") && !sent.contains("null"), "{sent}");
        let sent = document::estate(&Source::new("-", sent)).map_err(|f| f.to_string()).unwrap();
        assert_eq!((sent.dns_providers.len(), sent.seedboxes.len()), (1, 1));
        assert_eq!(sent.resolvers, estate.resolvers);
        assert!(sent.vantages.is_empty() && sent.contacts.is_empty() && sent.as_table.is_none());
    });
}

fn the_estates_of_this_repository_lint_at_the_other_place() {
    play(async {
        for path in ["scenarios/estate/lifeboat.yaml", "documents/estate.yaml"] {
            let whole = format!("{}/playbooks-tests/{path}", env!("CARGO_MANIFEST_DIR"));
            let text = std::fs::read_to_string(whole).unwrap();
            let read = |text: String| document::estate(&Source::new(path, text));
            let mut estate = read(text).map_err(|faults| faults.to_string()).unwrap();
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("stdin");
            let script = format!("cat > {}", file.display());
            estate.vantages = with_vantage(&["sh", "-c", &script]).vantages;
            run(&estate, &sealed(Cast::default().map), &[]).await;
            let sent = read(std::fs::read_to_string(file).unwrap());
            let sent = sent.map_err(|faults| format!("{path}: {faults}")).unwrap();
            assert_eq!(
                (sent.trackers.len(), sent.zones.len()),
                (estate.trackers.len(), estate.zones.len())
            );
        }
    });
}

fn a_report_is_cleaned_before_it_is_believed() {
    play(async {
        let (mut world, folder) = (Cast::default(), tempfile::tempdir().unwrap());
        world.name_server("192.0.2.51:53", healthy()).await;
        let mut report = report(world).await;
        let mut stranger = report["evidence"][1].clone();
        stranger["subject"] = json!("stranger");
        let mut painted = report["evidence"][1].clone();
        painted["observation"]["name"] = json!("\u{1b}[2Jgone.");
        let mut unknown_zone = report["evidence"][1].clone();
        unknown_zone["observation"]["role"] = json!({ "resolver": { "zone": "nowhere" } });
        let evidence = report["evidence"].as_array_mut().unwrap();
        evidence.extend([stranger, painted, unknown_zone]);
        let argv = printing(&folder, &report);
        let set = run(&with_vantage(&words(&argv)), &sealed(Cast::default().map), &[]).await;
        let far = of(&set, "far");
        assert_eq!(far.len(), 3, "{far:?}");
        let names: Vec<&str> =
            dns_of(&set, "r1").into_iter().map(|(_, dns)| dns.name.as_str()).collect();
        assert_eq!(names, [".", "\\u{1b}[2Jgone."], "as it was, and spelt out");
        assert!(!format!("{far:?}").contains("stranger"));
    });
}

/// Returns why the vantage failed; nothing else may come from it.
fn failure(set: &EvidenceSet) -> String {
    let far = of(set, "far");
    let [Evidence { observation: Observation::Vantage(vantage), subject, .. }] = far.as_slice()
    else {
        panic!("{far:?}")
    };
    assert_eq!(*subject, "far");
    vantage.failed.as_ref().unwrap().to_string()
}

fn a_vantage_that_fails_says_so_and_nothing_else() {
    play(async {
        let foreign = r#"printf '{"schema":"lifeboat.diagnosis/v1"}'"#;
        let blind = r#"printf '{"schema":"lifeboat.evidence/v1","tool":"1","at":"2026-01-01T00:00:00Z","took_ms":1,"evidence":[]}'"#;
        for (script, why) in [
            ("echo nonsense", "its report cannot be read: expected"),
            ("printf '{}'", "its report cannot be read: it is no `lifeboat.evidence/v1`"),
            (foreign, "its report cannot be read: it is no `lifeboat.evidence/v1`"),
            (blind, "its report cannot be read: it does not say"),
            ("echo Permission denied >&2; exit 255", "exit code 255, no report: Permission denied"),
            ("kill -9 $$", "killed by a signal, no report"),
            ("head -c 20000000 /dev/zero", "its report is longer than"),
        ] {
            let estate = with_vantage(&["sh", "-c", script]);
            let set = run(&estate, &sealed(Cast::default().map), &[]).await;
            assert!(failure(&set).starts_with(why), "{script}: {}", failure(&set));
        }
        let absent = with_vantage(&["/nowhere/ssh"]);
        let set = run(&absent, &sealed(Cast::default().map), &[]).await;
        assert!(failure(&set).contains("/nowhere/ssh"), "{}", failure(&set));
        let mut without = with_vantage(&["sh"]);
        without.vantages[0].argv = None;
        let set = run(&without, &sealed(Cast::default().map), &[]).await;
        assert_eq!(failure(&set), "no `argv` is declared");
    });
}

fn a_hanging_vantage_ends_with_the_deadline() {
    play(async {
        let (mut world, watch) = (Cast::default(), Stopwatch::start());
        world.name_server("192.0.2.51:53", healthy()).await;
        let estate = with_vantage(&["sh", "-c", "exec sleep 600"]);
        let (field, deadline) = (sealed(world.map.clone()), Deadline::after(BUDGET * 2));
        let set = probe(&estate, &field, &[ProbeKind::Dns], None, deadline).await;
        assert!(watch.took() < BUDGET * 8, "{:?}", watch.took());
        assert!(!failure(&set).is_empty());
        assert_eq!(word(&dns_of(&set, "r1")[0].1.ending), "NOERROR", "what is here is there");
    });
}

fn a_drill_looks_through_the_doors_of_its_vantages() {
    play(async {
        let (mut near, mut far) = (Cast::default(), Cast::default());
        near.name_server("192.0.2.51:53", healthy()).await;
        far.silent("192.0.2.51:53").await;
        let mut field = sealed(near.map.clone());
        let up = Arc::new(AtomicBool::new(true));
        let asked = Arc::clone(&up);
        let runs = Arc::new(move || asked.load(Ordering::Relaxed));
        let far = Elsewhere { field: sealed(far.map.clone()), runs };
        let there = BTreeMap::from([("far".into(), far)]);
        field.elsewhere = Arc::new(there);
        let estate = with_vantage(&["/nowhere/ssh"]);
        let set = run(&estate, &field, &[ProbeKind::Dns]).await;
        let told: Vec<_> = dns_of(&set, "r1")
            .into_iter()
            .map(|(evidence, dns)| (evidence.vantage.as_str(), word(&dns.ending)))
            .collect();
        let expected = [("here", "NOERROR".to_owned()), ("far", "TimedOut".to_owned())];
        assert_eq!(told, expected);
        assert!(matches!(&of(&set, "far")[0].observation, Observation::Vantage(v) if v.ipv4));
        up.store(false, Ordering::Relaxed);
        let set = run(&estate, &field, &[ProbeKind::Dns]).await;
        assert!(failure(&set).contains("cannot be reached"), "{}", failure(&set));
    });
}
