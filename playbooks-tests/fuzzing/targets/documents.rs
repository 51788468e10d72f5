//! Documents that people write, or send: estates, runbooks, scenarios, baselines, and the guards in them.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use lifeboat::document::{self, Faults, Source};
use lifeboat::model::{Baseline, Guard, Query, Span, Truth};
use serde::Serialize;

use super::{Target, lies_inside, meter, plain, text_of, within};

pub const ESTATE: Target = Target {
    name: "estate",
    decoders: &["document::estate", "document::kind_of", "document::estate_without_secrets"],
    hold: |bytes| {
        if let Some(estate) = held(bytes, document::estate) {
            comes_back(&estate, document::estate);
            let sent = document::estate_without_secrets(&estate);
            document::estate(&Source::new("-", sent)).expect("what a vantage gets is an estate");
        }
    },
    planted: |bytes| Some(document::estate(&source(bytes)?).ok()?.id.as_str().len() > 22),
    swollen: YAML,
};

pub const RUNBOOK: Target = Target {
    name: "runbook",
    decoders: &["document::runbook", "document::standing"],
    hold: |bytes| {
        drop(held(bytes, document::runbook));
        drop(held(bytes, document::standing));
    },
    planted: |bytes| Some(document::runbook(&source(bytes)?).ok()?.title.len() > 96),
    swollen: &[|size| {
        let step = b"    - {id: a, when: 'a ='}\n";
        [b"phases:\n  immediate:\n    steps:\n", &step.repeat(size / step.len())[..]].concat()
    }],
};

pub const SCENARIO: Target = Target {
    name: "scenario",
    decoders: &["document::scenario"],
    hold: |bytes| drop(held(bytes, document::scenario)),
    planted: |bytes| Some(document::scenario(&source(bytes)?).ok()?.title.len() > 104),
    swollen: &[],
};

pub const BASELINE: Target = Target {
    name: "baseline",
    decoders: &["document::parse"],
    hold: |bytes| {
        if let Some(baseline) = held(bytes, document::parse::<Baseline>) {
            comes_back(&baseline, document::parse::<Baseline>);
        }
    },
    planted: |bytes| {
        let baseline = document::parse::<Baseline>(&source(bytes)?).ok()?;
        Some(baseline.peers.iter().any(|peers| peers.low > peers.median))
    },
    swollen: &[],
};

pub const CODES: Target = Target {
    name: "one-time-codes",
    decoders: &["document::codes"],
    hold: |bytes| {
        if let Some(sheets) = held_in(bytes, document::codes, str::to_owned) {
            let again = Source::new("a", document::code_text(&sheets));
            assert_eq!(document::codes(&again), Ok(sheets), "what is written is read again");
        }
    },
    planted: |bytes| {
        let sheets = document::codes(&source(bytes)?).ok()?;
        Some(sheets.lines.iter().any(|line| line.number > 32))
    },
    swollen: &[
        |size| b" ".repeat(size),
        |size| b"?\n".repeat(size / 2),
        |size| b"#\n".repeat(size / 2),
        |size| [&b"a".repeat(size / 2)[..], b" 1 ", &b"0".repeat(size / 2)[..], b" 0"].concat(),
    ],
};

pub const GUARD: Target = Target {
    name: "guard",
    decoders: &["model::Guard::from_str", "model::Query::from_str", "model::Span::parse"],
    hold: hold_guard,
    // The negation of anything but `… is true`.
    planted: |bytes| {
        let Guard::Not(inner) = text_of(bytes)?.parse().ok()? else { return None };
        Some(!matches!(*inner, Guard::Is { truth: Truth::True, negated: false, .. }))
    },
    swollen: &[
        |size| b"a = b or ".repeat(size / 9),
        |size| [&b"a = b and ".repeat(size / 10)[..], b"a = b"].concat(),
        |size| b"(".repeat(size),
        |size| b"not ".repeat(size / 4),
        |size| [b"known(", &b"a".repeat(size)[..]].concat(),
        |size| b"1d".repeat(size / 2),
    ],
};

/// YAML that costs much: many small values, deep ones, long ones, and no end of mistakes.
const YAML: &[fn(usize) -> Vec<u8>] = &[
    |size| [b"[", &b"a,".repeat(size / 2)[..], b"a]"].concat(),
    |size| [b"{", &b"a,".repeat(size / 2)[..], b"a: 1}"].concat(),
    |size| b"a:\n".repeat(size / 3),
    |size| b"- - - -\n".repeat(size / 8),
    |size| b"[".repeat(size),
    |size| [b"a: \"", &b"\\n".repeat(size / 2)[..], b"\""].concat(),
    |size| {
        [
            b"a: &a [",
            &b"1,".repeat(size / 4)[..],
            b"1]\nb: [",
            &b"*a,".repeat(40)[..],
            b"*a]\nc: \"",
            &b"c".repeat(size / 2)[..],
            b"\"",
        ]
        .concat()
    },
    |size| [b"zones:\n", &b"- {id: a, name: b}\n".repeat(size / 19)[..]].concat(),
];

/// What a document may hold beside its share: as much as E3 allows, for its aliases are written out.
const GROUND: usize = 64 << 20;

fn source(bytes: &[u8]) -> Option<Source> {
    Some(Source::new("a.yaml", text_of(bytes)?))
}

/// Reads a document, and holds what must hold of its mistakes.
fn held<T>(bytes: &[u8], read: fn(&Source) -> Result<T, Faults>) -> Option<T> {
    // YAML's lines end at a carriage return, too.
    held_in(bytes, read, |text| text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// The same for a document whose lines end where `lines` puts a line feed.
fn held_in<T>(
    bytes: &[u8],
    read: fn(&Source) -> Result<T, Faults>,
    lines: fn(&str) -> String,
) -> Option<T> {
    let source = source(bytes)?;
    let result = meter::within(bytes.len(), GROUND, || read(&source));
    document::kind_of(&source);
    let Faults(faults) = match result {
        Ok(model) => return Some(model),
        Err(faults) => faults,
    };
    assert!(!faults.is_empty(), "refused without a reason");
    let lines = lines(&source.text);
    for fault in &faults {
        let place = || lies_inside(&lines, fault.line as usize, fault.column as usize);
        let held: Result<(), Box<dyn Any + Send>> = catch_unwind(AssertUnwindSafe(place));
        assert!(held.is_ok(), "{}:{} {} {}", fault.line, fault.column, fault.at, fault.found);
    }
    let shown = Faults(faults).render(false);
    assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
    None
}

/// Holds that a model, written as JSON, is read as the same.
fn comes_back<T: Serialize>(model: &T, read: fn(&Source) -> Result<T, Faults>) {
    let text = serde_json::to_string(model).expect("a model is plain data");
    let again = read(&Source::new("a.json", text.as_str()));
    let again = again.unwrap_or_else(|faults| panic!("{text}:\n{faults}"));
    assert_eq!(serde_json::to_string(&again).expect("a model is plain data"), text);
}

fn hold_guard(bytes: &[u8]) {
    let Some(text) = text_of(bytes) else { return };
    match within(bytes, || text.parse::<Guard>()) {
        Ok(guard) => assert_eq!(guard.to_string().parse().as_ref(), Ok(&guard)),
        Err(error) => {
            plain(&error);
            assert!(text.is_char_boundary(error.offset), "{error} at {}", error.offset);
        }
    }
    match within(bytes, || text.parse::<Query>()) {
        Ok(query) => assert_eq!(query.to_string().parse().as_ref(), Ok(&query)),
        Err(error) => assert!(text.is_char_boundary(error.offset)),
    }
    match within(bytes, || Span::parse(text)) {
        Ok(span) => assert_eq!(Span::parse(&span.to_string()), Ok(span)),
        Err(error) => plain(&error),
    }
}
