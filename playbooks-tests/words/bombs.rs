//! Templates that would take the machine with them: refused where they stand, or ended within bounds.
//!
//! The dear ones are rendered in a process of their own, this same program told by `--words-child`, so that its
//! processor time and its memory are theirs alone.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::words::{Format, Library};
use nix::sys::resource::{UsageWho, getrusage};
use serde_json::{Value, json};

use crate::bench::peak_kib;
use crate::child;

pub fn trials() -> Vec<Trial> {
    trials![
        c5_what_reaches_out_or_grows_is_refused_where_it_stands,
        c5_bombs_end_in_an_error_with_their_place,
    ]
}

const NAME: &str = "status/bomb.en.md";

/// What a template may want of the machine, and where it is told that it may not.
const REFUSED: &[(&str, &str)] = &[
    ("{{ get_env(name=\"HOME\") }}", "1:4: `get_env(...)`: functions"),
    ("\n {{ now() }}", "2:5: `now(...)`: functions"),
    ("{{ throw(message=\"x\") }}", "1:4: `throw(...)`: functions"),
    ("{% for i in range(end=999999999) %}{% endfor %}", "1:13: `range(...)`: functions"),
    ("{{ load_data(path=\"/etc/passwd\") }}", "1:4: `load_data(...)`: functions"),
    ("{% import \"x\" as y %}", "1:4: `import` is not offered"),
    ("{% extends \"x\" %}", "1:4: `extends` is not offered"),
    ("{% macro m() %}{{ self::m() }}{% endmacro %}", "1:4: `macro` is not offered"),
    ("{% component m() %}{% endcomponent %}", "1:4: `component` is not offered"),
    ("{{ <m /> }}", "1:4: components are not offered"),
    ("{% block m %}{% endblock %}", "1:4: `block` is not offered"),
    ("{% filter upper %}x{% endfilter %}", "1:4: `filter` is not offered"),
    ("{% set x = xs %}", "1:4: `set` is not offered"),
    ("{% set_global x = xs %}", "1:4: `set_global` is not offered"),
    ("{% for x in xs %}{% continue %}{% endfor %}", "1:21: `continue` is not offered"),
    ("{{ long ~ long }}", "1:9: texts cannot be joined"),
    ("{{ [...xs, ...xs] | length }}", "1:4: lists, maps and indexes are not offered"),
    ("{{ {...row, ...row} }}", "1:4: lists, maps and indexes are not offered"),
    ("{{ xs[0:2000] }}", "1:6: lists, maps and indexes are not offered"),
    ("{{ long | replace(from=\"a\", to=long) }}", "1:11: no filter `replace`"),
    ("{{ long | indent(width=99999999) }}", "1:11: no filter `indent`"),
    ("{{ xs | join(sep=long) }}", "1:9: no filter `join`"),
    ("{{ xs | sort | unique | group_by }}", "1:9: no filter `sort`"),
    ("{{ long | safe }}", "1:11: no filter `safe`"),
    ("{{ __tera_context }}", "1:4: `__tera_context` is not offered"),
    ("{% if long is matching(\"(a+)+$\") %}{% endif %}", "1:15: no test `matching`"),
    ("{% include \"../../../etc/passwd\" %}", "`status/bomb.en.md` includes `../../../etc/passwd`"),
    ("{% include \"/etc/passwd\" %}", "`status/bomb.en.md` includes `/etc/passwd`"),
    ("{% include name %}", "1:1: `include` takes one name"),
    ("{% include \"status/bomb.en.md\" %}", "`status/bomb.en.md` includes others too deeply"),
    ("a `{{ long }}`", "1:4: a value in code"),
    ("[a]({{ long }})", "1:5: a value in a link's address"),
    ("<a href=\"{{ long }}\">", "1:1: HTML is not offered"),
    ("<{{ long }}>", "1:2: a value behind `<`"),
];

fn c5_what_reaches_out_or_grows_is_refused_where_it_stands() {
    for (text, told) in REFUSED {
        let library = Library::new([(NAME.to_owned(), (*text).to_owned())].into());
        let error = library.map(drop).expect_err(text).to_string();
        let place = error.strip_prefix(&format!("{NAME}:")).unwrap_or(&error);
        assert!(place.starts_with(told), "{text}: {error}");
    }
    let parens = format!("{{{{ {}x{} }}}}", "(".repeat(9_000), ")".repeat(9_000));
    let nots = format!("{{% if {}x %}}{{% endif %}}", "not ".repeat(9_000));
    let ifs = "{% if x %}".repeat(5_000) + &"{% endif %}".repeat(5_000);
    let fors = "{% for x in xs %}".repeat(3_000) + &"{% endfor %}".repeat(3_000);
    let long = "x".repeat(70_000);
    for text in [parens, nots, ifs, fors, long] {
        let library = Library::new([(NAME.to_owned(), text.clone())].into());
        let error = library.map(drop).expect_err(&text[..20]).to_string();
        assert!(error.starts_with(&format!("{NAME}:1:")), "{}…: {error}", &text[..20]);
    }
    eprintln!(
        "C5: {} templates that reach out or grow are refused, each with its place",
        REFUSED.len() + 5
    );
}

/// Templates that are of the language and know no end, and what becomes of them.
fn bombs() -> Vec<(&'static str, BTreeMap<String, String>, &'static str)> {
    let alone = |text: &str| BTreeMap::from([(NAME.to_owned(), text.to_owned())]);
    let rounds = |inner: &str| {
        alone(&format!(
            "{{% for a in xs %}}\n {{% for b in xs %}}{inner}{{% endfor %}}{{% endfor %}}"
        ))
    };
    let mut ladder: BTreeMap<String, String> = (0..4)
        .map(|level| {
            (format!("l{level}"), format!("{{% include \"l{}\" %}}", level + 1).repeat(60))
        })
        .collect();
    ladder.insert("l4".to_owned(), String::new());
    let first = ladder.remove("l0").unwrap();
    ladder.insert(NAME.to_owned(), first);
    let chain = format!("{{{{ long{} | length }}}}", " | upper | lower".repeat(60));
    let (work, length) =
        ("this is more work than a text may take", "from here the text grows longer");
    vec![
        ("rounds in rounds", rounds("{% for c in xs %}{% endfor %}"), work),
        ("rounds that print", rounds("0123456789{{ a }}"), length),
        ("a value again and again", rounds("{{ long }}"), length),
        ("a whole view again and again", rounds("{{ rows }}"), length),
        ("includes of includes", ladder, work),
        ("lists held against themselves", rounds("{% if rows == rows %}{% endif %}"), work),
        (
            "a search through every list",
            rounds("{% if \"z\" in rows or \"z\" in long %}{% endif %}"),
            work,
        ),
        (
            "a search through every text",
            rounds("{% if long is containing(pat=\"z\") %}{% endif %}"),
            work,
        ),
        (
            "chains of filters",
            rounds(&format!("{{% if x == \"{}\" %}}{{% endif %}}{chain}", "y".repeat(50))),
            work,
        ),
        (
            "a list written out to be measured",
            rounds("{% if rows | str | length == 1 %}{% endif %}"),
            work,
        ),
        (
            "letters of texts",
            alone(
                "{% for a in xs %}{% for b in long %}{% for c in long %}{% endfor %}{% endfor %}{% endfor %}",
            ),
            work,
        ),
    ]
}

/// The most processor time that a text may take, in a build without optimisation on a busy machine.
const TIME: Duration = Duration::from_secs(20);

/// The most memory that a text may take beyond what a short one takes.
const MEMORY_KIB: u64 = 32 << 10;

fn c5_bombs_end_in_an_error_with_their_place() {
    let (mut longest, mut most) = (0.0_f64, 0);
    for (what, sources, told) in bombs() {
        let measured = in_a_child(&json!({ "name": NAME, "sources": sources }));
        let error = measured["error"].as_str().unwrap_or_default();
        let place = error.split(": ").next().unwrap_or_default();
        let numbers: Vec<_> = place.rsplitn(3, ':').collect();
        let placed = matches!(numbers[..], [column, line, name]
            if sources.contains_key(name) && [line, column].iter().all(|it| it.parse::<u32>().is_ok()));
        assert!(placed && error.contains(told), "{what}: {error}");
        longest = longest.max(measured["seconds"].as_f64().unwrap());
        most = most.max(measured["more_kib"].as_u64().unwrap());
    }
    let fine = in_a_child(
        &json!({ "name": NAME, "sources": { NAME: "{% for a in rows %}{{ a.text }}\n{% endfor %}" } }),
    );
    assert!(fine["error"].is_null() && fine["bytes"].as_u64() > Some(15_000), "{fine}");
    eprintln!(
        "C5: {} bombs end with their place; the longest takes {longest:.2} s of processor time, the largest {most} KiB; a long text has {} bytes",
        bombs().len(),
        fine["bytes"]
    );
    assert!(longest < TIME.as_secs_f64(), "{longest} s");
    assert!(most < MEMORY_KIB, "{most} KiB");
}

fn in_a_child(work: &Value) -> Value {
    child::measured("--words-child", work, &[])
}

/// Is the measured process: renders a short text, then the one that it is told.
pub fn child() -> ExitCode {
    let work: Value = serde_json::from_reader(std::io::stdin()).unwrap();
    let rows: Vec<Value> =
        (0..1_000).map(|at| json!({ "at": at, "text": "what happened then" })).collect();
    let view = json!({
        "exercise": false, "x": "x", "xs": vec!["a"; 2_000], "long": "a".repeat(9_000), "rows": rows,
    });
    let mut sources: BTreeMap<String, String> =
        serde_json::from_value(work["sources"].clone()).unwrap();
    sources.insert("short".to_owned(), "{{ x }}".to_owned());
    let library = Library::new(sources).unwrap_or_else(|error| panic!("{error}"));
    library.render("short", &view, Format::Markdown).unwrap();
    let (before, began) = (peak_kib(), processor_time());
    let text = library.render(work["name"].as_str().unwrap(), &view, Format::Markdown);
    let measured = json!({
        "seconds": processor_time() - began,
        "more_kib": peak_kib() - before,
        "bytes": text.as_ref().ok().map(String::len),
        "error": text.err().map(|error| error.to_string()),
    });
    serde_json::to_writer(std::io::stdout().lock(), &measured).unwrap();
    ExitCode::SUCCESS
}

/// Returns what this process has had of the processors, in seconds.
fn processor_time() -> f64 {
    let used = getrusage(UsageWho::RUSAGE_SELF).unwrap();
    let seconds =
        |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(used.user_time()) + seconds(used.system_time())
}
