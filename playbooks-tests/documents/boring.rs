//! YAML is boring: what is surprising about it is refused with line and column, and no document costs more than it shows.

use std::fs;
use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::document::{self, Source};

use crate::metered;

/// Returns the trials of boring YAML.
pub fn trials() -> Vec<Trial> {
    trials![
        e3_what_is_surprising_is_refused_where_it_stands,
        e3_what_is_plain_is_read,
        e3_no_document_costs_more_than_it_shows,
    ]
}

const HEAD: &str = "schema: lifeboat/estate/v1\nid: a\n";

/// What follows the head, where the mistake stands, and a part of what is said.
const REFUSED: &[(&str, (u32, u32), &str)] = &[
    // Keys.
    ("zones: []\nzones: []\n", (4, 1), "stands twice; first on line 3"),
    ("zones: []\n\"z\\u006fnes\": []\n", (4, 1), "stands twice; first on line 3"),
    ("zonez: []\n", (3, 1), "nothing reads the key `zonez`"),
    ("1: x\n", (3, 1), "nothing reads the key `1`"),
    (": x\n", (3, 1), "nothing reads the key"),
    ("? [zones]\n: []\n", (3, 3), "a key must be plain text"),
    ("contacts: [{id:b}]\n", (3, 13), "nothing reads the key `id:b`"),
    // Tags, directives, documents.
    ("zones: !!seq []\n", (3, 8), "a tag is not read"),
    ("zones: !ruby/object []\n", (3, 8), "a tag is not read"),
    ("zones: !<tag:yaml.org,2002:seq> []\n", (3, 8), "a tag is not read"),
    ("zones: ! []\n", (3, 8), "a tag is not read"),
    ("---\nid: b\n", (3, 1), "a second document begins"),
    ("...\nid: b\n", (4, 1), "a second document begins"),
    // Anchors.
    ("contacts: [&x {id: b}, {<<: *x, id: c}]\n", (3, 25), "a merge key is not read"),
    ("contacts: *x\n", (3, 11), "unknown anchor"),
    ("contacts: &x [*x]\n", (3, 15), "stands inside what it names"),
    // Norway and its neighbours; `TIER` takes a number, `STANDBY` a truth value.
    ("STANDBY yes", (3, 29), "`yes` is text"),
    ("STANDBY no", (3, 29), "`no` is text"),
    ("STANDBY on", (3, 29), "`on` is text"),
    ("STANDBY True", (3, 29), "`True` is text"),
    ("STANDBY y", (3, 29), "`y` is text"),
    ("TIER 010", (3, 26), "`010` is text"),
    ("TIER 1:30", (3, 26), "`1:30` is text"),
    ("TIER 1e1", (3, 26), "`1e1` is a number"),
    ("TIER 1.0", (3, 26), "`1.0` is a number"),
    ("TIER 1_0", (3, 26), "`1_0` is text"),
    ("TIER .inf", (3, 26), "`.inf` is text"),
    ("TIER .NaN", (3, 26), "`.NaN` is text"),
    ("TIER 2026-01-01", (3, 26), "`2026-01-01` is text"),
    ("TIER 256", (3, 26), "256 is too large"),
    ("TIER -1", (3, 26), "-1 is too small"),
    ("TIER 340282366920938463463374607431768211456", (3, 26), "is text"),
    ("ID true", (3, 17), "`true` is a truth value"),
    ("ID 12", (3, 17), "`12` is a whole number"),
    ("ID 1e3", (3, 17), "`1e3` is a number"),
    ("ID ~", (3, 17), "nothing stands here"),
    // Characters.
    ("zones: \0[]\n", (3, 8), "unexpected character"),
    ("zones: [\u{1}]\n", (3, 9), "unexpected character"),
    ("zones: [\u{1b}[2J]\n", (3, 9), "unexpected character"),
    ("zones: [\"\u{9b}\"]\n", (3, 10), "unexpected character"),
    ("\u{feff}zones: []\n", (3, 1), "BOM must not appear inside"),
    ("contacts:\n\t- {id: b}\n", (4, 2), "tabs disallowed"),
    ("contacts:\n  - id:\tb\n\trole: c\n", (4, 9), "found a tab"),
    ("zones: []\u{85}zonez: []\n", (3, 10), "did not find expected key"),
    ("zones: []\u{2028}zonez: []\n", (3, 10), "did not find expected key"),
    ("zones: [\"\\ud800\"]\n", (3, 9), "surrogate"),
    ("zonez: []\r\n", (3, 1), "nothing reads the key `zonez`"),
    // Ends.
    ("zones: [\n", (3, 8), "unclosed bracket"),
    ("zones: \"a\n", (3, 8), "unclosed quote"),
    ("zones: a: b\n", (3, 9), "mapping values are not allowed"),
];

/// Writes out the short forms of the table.
fn written(tail: &str) -> String {
    let tracker = |key: &str, value: &str| {
        format!(
            "{HEAD}trackers: [{{id: t, {key}: {value}, urls: ['udp://192.0.2.1:1/announce']}}]\n"
        )
    };
    match tail.split_once(' ') {
        Some(("TIER", value)) => tracker("tier", value),
        Some(("STANDBY", value)) => tracker("standby", value),
        Some(("ID", value)) => format!("{HEAD}contacts: [{{id: {value}}}]\n"),
        Some(_) | None => format!("{HEAD}{tail}"),
    }
}

fn e3_what_is_surprising_is_refused_where_it_stands() {
    let whole = [
        ("%YAML 1.1\n---\nid: no\n".to_owned(), (1, 1), "a directive is not read"),
        ("# ours\n%TAG ! tag:x,2000:\n---\nid: a\n".to_owned(), (2, 1), "a directive is not read"),
        (String::new(), (1, 1), "the document is empty"),
        ("- a\n".to_owned(), (1, 1), "a list stands here"),
    ];
    let table = REFUSED.iter().map(|(tail, place, said)| (written(tail), *place, *said));
    let mut cases = 0;
    for (text, (line, column), said) in table.chain(whole) {
        let faults = document::estate(&Source::new("a.yaml", text.as_str())).unwrap_err();
        let there = |fault: &&document::Fault| (fault.line, fault.column) == (line, column);
        let fault = faults.0.iter().find(there);
        assert!(fault.is_some_and(|fault| fault.found.contains(said)), "{text:?}\n{faults}");
        let shown = faults.to_string();
        assert!(shown.contains(&format!("a.yaml:{line}:{column}\n")), "{text:?}\n{shown}");
        cases += 1;
    }
    // What is no text at all is told by the program.
    let folder = tempfile::tempdir().unwrap();
    for (bytes, place) in [(&b"id: a\nb: \xff\n"[..], ":2:4"), (b"\xff\xfei\0d\0", ":1:1")] {
        fs::write(folder.path().join("a.yaml"), bytes).unwrap();
        let ran = metered::run(folder.path(), &[], &["lint", "a.yaml"]);
        assert_eq!(ran.code, Some(3), "{}", ran.everything());
        assert!(ran.stderr.contains(&format!("a.yaml{place}`")), "{}", ran.everything());
        cases += 1;
    }
    eprintln!("E3: {cases} of {cases} surprises refused with line and column");
}

fn e3_what_is_plain_is_read() {
    let plain = [
        format!("\u{feff}{HEAD}"),
        HEAD.replace('\n', "\r\n"),
        format!("---\n{HEAD}...\n"),
        format!("# a comment\n{HEAD}zones:\t[]\n"),
        // Country codes are text, and so is a date.
        "schema: lifeboat/estate/v1\nid: no\n".to_owned(),
        "schema: lifeboat/estate/v1\nid: 2026-01-01\n".to_owned(),
        "schema: lifeboat/estate/v1\nid: 012\n".to_owned(),
        format!("{HEAD}contacts: &x [{{id: b}}]\n"),
        written("TIER 0x1f"),
        written("TIER 0"),
        written("STANDBY true"),
        "{\"schema\":\t\"lifeboat/estate/v1\", \"id\": \"a\"}".to_owned(),
    ];
    for text in plain {
        let read = document::estate(&Source::new("a.yaml", text.as_str()));
        assert!(read.is_ok(), "{text:?}\n{}", read.unwrap_err());
    }
}

/// A name, the document, and its exit code.
type Bomb = (&'static str, String, i32);

/// The longest file that is read, with some room for a head.
const FULL: usize = (1 << 20) - 200;

fn bombs() -> Vec<Bomb> {
    let many =
        |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let tens = |level: usize| vec![format!("*a{level}"); 10].join(", ");
    let tower = many(11, &|level| format!("b{level}: &a{} [{}]\n", level + 1, tens(level)));
    let keys = |count| many(count, &|key| format!("k{key}: 1\n"));
    let row = |count, what: &str| vec![what; count].join(", ");
    let shelf = "dns_providers: [{id: p, kind: unmanaged, nameservers: [{name: a.example, addresses: [192.0.2.1]}]}]\n";
    vec![
        ("aliases of aliases", format!("a: &a0 [{}]\n{tower}", row(10, "x")), 3),
        (
            "a long text, 60,000 times",
            format!("a: &x \"{}\"\nb: [{}]\n", "y".repeat(400_000), row(60_000, "*x")),
            3,
        ),
        ("brackets", "[".repeat(FULL), 3),
        ("levels", many(500, &|depth| format!("{}a:\n", " ".repeat(depth))), 3),
        ("questions", "? ".repeat(FULL / 2), 3),
        ("words after commas", format!("{{ a: b{} }}\n", ", c".repeat(300_000)), 3),
        ("unknown keys", keys(100_000), 3),
        ("one line of mistakes", format!("{HEAD}zones: [{}]\n", row(300_000, "k")), 3),
        ("one line of tags", format!("{HEAD}zones: [{}]\n", row(100_000, "!!x y")), 3),
        ("one text", format!("{HEAD}zones: {}\n", "x".repeat(FULL)), 3),
        ("one escaped text", format!("{HEAD}zones: \"{}\"\n", "\\u0041".repeat(FULL / 6)), 3),
        ("anchors", format!("{HEAD}zones: [{}]\n", many(80_000, &|at| format!("&a{at} x, "))), 3),
        (
            "names that are nearly known",
            format!(
                "{HEAD}swarms:\n{}trackers:\n{}",
                many(6_000, &|at| format!(
                    "  - {{ id: swarm{at}, info_hash: {} }}\n",
                    "a".repeat(40)
                )),
                many(9_000, &|at| format!("  - {{ id: t{at}, swarm: swarmx{at}, urls: [x] }}\n"))
            ),
            3,
        ),
        (
            "conditions",
            format!(
                "schema: lifeboat/runbook/v1\nid: a\nmatches:\n  supports:\n{}",
                "    - dns.authority.answrs($failed) is false\n".repeat(20_000)
            ),
            3,
        ),
        (
            "parentheses",
            format!(
                "schema: lifeboat/runbook/v1\nid: a\nmatches: {{ supports: [\"{}\"] }}\n",
                "(".repeat(FULL - 100)
            ),
            3,
        ),
        (
            "fifteen thousand zones",
            format!(
                "{HEAD}{shelf}zones:\n{}",
                many(15_000, &|at| format!(
                    "  - {{ id: z{at}, name: z{at}.example., delegated_to: [p] }}\n"
                ))
            ),
            0,
        ),
        ("sixteen MiB", format!("{HEAD}#{}\n", "x".repeat(16 << 20)), 3),
    ]
}

/// What a release build may use of a processor; one without optimisation is so many times slower.
const PROCESSOR: Duration = Duration::from_millis(100);
const SLOWER: u32 = if cfg!(debug_assertions) { 60 } else { 1 };
const MEMORY_MIB: u64 = 64;

fn e3_no_document_costs_more_than_it_shows() {
    let folder = tempfile::tempdir().unwrap();
    let (mut slowest, mut largest) = ((Duration::ZERO, ""), (0, ""));
    let bombs = bombs();
    for (name, text, code) in &bombs {
        fs::write(folder.path().join("a.yaml"), text).unwrap();
        let ran = metered::run(folder.path(), &[], &["lint", "a.yaml"]);
        let (processor, peak) = (ran.processor(), ran.peak_mib());
        slowest = slowest.max((processor, name));
        largest = largest.max((peak, name));
        assert_eq!(ran.code, Some(*code), "{name}: {}", ran.everything());
        assert!(peak > 0 && peak <= MEMORY_MIB, "{name}: {peak} MiB");
        assert!(processor <= PROCESSOR * SLOWER, "{name}: {processor:?}");
        assert!(ran.stdout.len() < 1 << 20, "{name}: {} bytes are said", ran.stdout.len());
    }
    eprintln!(
        "E3: {} documents; at most {:?} of a processor ({}), {} MiB ({}); {} build",
        bombs.len(),
        slowest.0,
        slowest.1,
        largest.0,
        largest.1,
        if cfg!(debug_assertions) { "debug" } else { "release" },
    );
}
