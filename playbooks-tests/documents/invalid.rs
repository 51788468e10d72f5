//! Invalid documents as files, each beside the exact words that it must draw.
//!
//! `invalid/NAME.yaml` is linted; `invalid/NAME.txt` is what must be said. `BLESS_DOCUMENTS=1` writes the words.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::pace;
use libtest_mimic::Trial;
use lifeboat::document::{self, Kind, Source, Workspace};

use super::samples::sample;

/// Returns the trials of invalid documents, one for each file.
pub fn trials() -> Vec<Trial> {
    let own = trials![
        five_planted_mistakes_give_five_errors,
        lint_is_a_document_of_its_own,
        hostile_documents_end_early,
        no_document_drives_a_terminal,
        a_document_cut_anywhere_is_no_panic,
        no_text_is_a_panic,
        runbooks_may_not_go_in_a_circle,
    ];
    let files = files().into_iter().map(|path| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        pace::trial(format!("documents::invalid::{name}"), move || says_exactly(&path))
    });
    own.into_iter().chain(files).collect()
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("playbooks-tests/documents/invalid");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect();
    files.sort();
    assert!(files.len() >= 20, "only {} invalid documents", files.len());
    files
}

/// Lints one document: a runbook or scenario is held against the sample estate.
fn lint(source: Source) -> document::Faults {
    let estate = document::kind_of(&source).is_none_or(|kind| kind == Kind::Estate);
    let scenario = document::kind_of(&source) == Some(Kind::Scenario);
    let other_runbooks = ["dns-failback".to_owned()].into();
    let templates = [
        "status/investigating.en.md".to_owned(),
        "status/investigating.de.md".to_owned(),
        "status/monitoring.en.md".to_owned(),
        "status/monitoring.de.md".to_owned(),
        "status/resolved.en.md".to_owned(),
    ]
    .into();
    let mut workspace = Workspace { other_runbooks, templates, ..Workspace::default() };
    if estate {
        workspace.estate = Some(source);
        return document::lint(&workspace);
    }
    workspace.estate = Some(sample("estate.yaml"));
    workspace.estate_is_given = true;
    if document::kind_of(&source) == Some(Kind::Pins) {
        workspace.pins = vec![source];
    } else if scenario {
        workspace.runbooks = vec![sample("runbook.yaml")];
        workspace.scenarios = vec![source];
    } else {
        workspace.runbooks = vec![source];
    }
    document::lint(&workspace)
}

fn says_exactly(path: &Path) {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let source = Source::new(name, std::fs::read_to_string(path).unwrap());
    let said = format!("{}\n", lint(source));
    let beside = path.with_extension("txt");
    if std::env::var_os("BLESS_DOCUMENTS").is_some() {
        std::fs::write(&beside, &said).unwrap();
    }
    let wanted = std::fs::read_to_string(&beside).unwrap_or_default();
    assert!(said == wanted, "wanted:\n{wanted}\nsaid:\n{said}");
    assert!(said.trim() != "", "nothing was said");
}

fn five_planted_mistakes_give_five_errors() {
    let text = sample("estate.yaml").text.to_string();
    let planted = [
        ("    registrar: reg-north", "    regsitrar: reg-north"),
        ("target_budget: 3s", "target_budget: 3"),
        ("swarm: canary, addresses", "swarm: canery, addresses"),
        ("asn: 701", "asn: lots"),
        ("kind: qbittorrent", "kind: qbitorrent"),
    ];
    let broken = planted.iter().fold(text, |text, (right, wrong)| {
        assert_eq!(text.matches(right).count(), 1, "{right}");
        text.replace(right, wrong)
    });
    let faults = document::estate(&Source::new("lifeboat.yaml", broken.as_str())).unwrap_err();
    let mut lines: Vec<u32> = faults.0.iter().map(|fault| fault.line).collect();
    lines.dedup();
    assert_eq!((faults.len(), lines.len()), (5, 5), "{faults}");
}

fn lint_is_a_document_of_its_own() {
    let source = Source::new("lifeboat.yaml", "schema: lifeboat/estate/v1\nid: a\nzone: []\n");
    let faults = document::estate(&source).unwrap_err();
    let report = serde_json::to_value(faults.report()).unwrap();
    assert_eq!(report["schema"], "lifeboat.lint/v1");
    assert_eq!(report["clean"], false);
    let fault = &report["faults"][0];
    assert_eq!(
        (&fault["line"], &fault["column"], &fault["kind"]),
        (&3.into(), &1.into(), &"unknown-key".into())
    );
    assert_eq!(
        (&fault["path"], &fault["at"], &fault["nearest"]),
        (&"lifeboat.yaml".into(), &"zone".into(), &"zones".into())
    );
}

fn hostile_documents_end_early() {
    let mut bomb = String::from("a: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = level - 1;
        let ten = vec![format!("*a{before}"); 10].join(", ");
        bomb += &format!("b{level}: &a{level} [{ten}]\n");
    }
    let deep = "[".repeat(100_000);
    let nested = (0..500).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect::<String>();
    let huge = format!("id: {}\n", "x".repeat(5 << 20));
    let keys = (0..140_000).map(|key| format!("k{key}: 1\n")).collect::<String>();
    let loops = "a: &a [*a]\n".to_owned();
    for (name, text) in [
        ("bomb", bomb),
        ("deep", deep),
        ("nested", nested),
        ("huge", huge),
        ("keys", keys),
        ("loops", loops),
    ] {
        let source = Source::new(name, text);
        let before = Instant::now();
        let faults = document::estate(&source).unwrap_err();
        assert!(!faults.is_empty() && faults.len() <= 1_000, "{name}");
        assert!(before.elapsed() < Duration::from_secs(60), "{name} took {:?}", before.elapsed());
        assert!(faults.to_string().len() < 2 << 20, "{name}");
    }
}

fn a_document_cut_anywhere_is_no_panic() {
    for source in [sample("estate.yaml"), sample("runbook.yaml")] {
        let ends = (0..source.text.len()).step_by(7).filter(|at| source.text.is_char_boundary(*at));
        let cuts: Vec<_> =
            ends.map(|at| lint(Source::new("cut.yaml", &source.text[..at]))).collect();
        assert!(cuts.iter().all(|faults| faults.is_empty() == faults.to_string().is_empty()));
        let wrong = cuts.iter().filter(|faults| !faults.is_empty()).count();
        assert!(wrong * 2 > cuts.len(), "only {wrong} of {} cuts are told", cuts.len());
    }
}

fn no_text_is_a_panic() {
    let alphabet = "[-:,{}\\[\\]&*!|>'\"%@`#?<~ \nabz0$.ä\u{feff}\t\r]{0,60}";
    let config = proptest::test_runner::Config {
        cases: 2_000,
        failure_persistence: None,
        ..Default::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let heads =
        ["", "schema: lifeboat/estate/v1\n", "schema: lifeboat/runbook/v1\nparams: ", "zones: "];
    let text = (0..heads.len(), alphabet);
    runner
        .run(&text, |(head, tail)| {
            let faults = lint(Source::new("any.yaml", format!("{}{tail}", heads[head])));
            proptest::prop_assert!(!faults.is_empty() && !faults.to_string().is_empty());
            Ok(())
        })
        .unwrap();
}

fn runbooks_may_not_go_in_a_circle() {
    let text = sample("runbook.yaml").text.to_string();
    let other = text
        .replace("id: dns-provider-outage", "id: dns-failback")
        .replace("include: dns-failback", "include: dns-provider-outage");
    let runbooks = vec![Source::new("a.yaml", text.as_str()), Source::new("b.yaml", other)];
    let faults = document::lint(&Workspace { runbooks, ..Workspace::default() });
    let said: Vec<String> =
        faults.0.iter().map(|fault| format!("{} {}", fault.path, fault.found)).collect();
    let back = |path: &str, to: &str| format!("{path} the include of `{to}` leads back here");
    assert_eq!(said, [back("b.yaml", "dns-provider-outage"), back("a.yaml", "dns-failback")]);
    let twice = vec![Source::new("a.yaml", text.as_str()), Source::new("b.yaml", text.as_str())];
    let other_runbooks = ["dns-failback".to_owned()].into();
    let faults =
        document::lint(&Workspace { runbooks: twice, other_runbooks, ..Workspace::default() });
    assert_eq!(
        faults.0.iter().map(|f| (f.path.as_str(), f.line)).collect::<Vec<_>>(),
        [("b.yaml", 2)]
    );
}

fn no_document_drives_a_terminal() {
    let hostile =
        "schema: lifeboat/estate/v1\nid: \"a\u{9b}2J\\e[2J\u{202e}b\"\n\"k\\e[1m\u{85}\": x\n";
    let faults = document::estate(&Source::new("a\u{1b}[2Jb.yaml", hostile)).unwrap_err();
    let said = faults.to_string();
    assert!(said.chars().all(|c| c == '\n' || !c.is_control()), "{said:?}");
}
