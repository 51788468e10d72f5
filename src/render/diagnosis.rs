//! A diagnosis: what it is, how sure we are, why, and what to do.

use std::collections::BTreeSet;

use super::page::{Page, count, list};
use super::style::{Style, Tone};
use crate::model::{
    Advice, Cause, Diagnosis, Fact, FactKind, Id, Layer, Plane, ProbeKind, ScreenText, Truth,
    Verdict,
};

/// Words a diagnosis.
pub fn diagnosis(diagnosis: &Diagnosis, style: &Style) -> ScreenText {
    let mut page = Page::new(style);
    head(&mut page, diagnosis, style);
    for (number, cause) in diagnosis.causes.iter().enumerate() {
        page.blank();
        explain(&mut page, number + 1, cause, &diagnosis.facts);
    }
    if !diagnosis.next_probes.is_empty() {
        page.blank();
        for next in &diagnosis.next_probes {
            let apart = list(&next.separates, "nothing");
            let probe = probe_name(next.probe);
            let text = format!("probe {probe} of {}; it tells apart: {apart}", next.of);
            page.field(0, "next", &text);
        }
    }
    if !diagnosis.unknown.is_empty() {
        page.blank();
        page.line(0, "Nobody knows, and `healthy` would need it:");
        for id in &diagnosis.unknown {
            page.item(Tone::Unsure, 2, "?", &fact_words(id, &diagnosis.facts));
        }
    }
    page.blank();
    page.line(0, &tally(diagnosis));
    page.done()
}

/// Words every fact, a line each.
pub fn facts(facts: &[Fact], style: &Style) -> ScreenText {
    let mut page = Page::new(style);
    for fact in facts {
        let (tone, mark) = match fact.truth {
            Truth::True => (Tone::Plain, "yes"),
            Truth::False => (Tone::Bad, "no "),
            Truth::Unknown => (Tone::Unsure, "?  "),
        };
        page.item(tone, 0, mark, &said(fact));
    }
    page.done()
}

fn head(page: &mut Page<'_>, diagnosis: &Diagnosis, style: &Style) {
    match diagnosis.verdict {
        Verdict::Healthy => {
            page.toned(Tone::Good, 0, "Healthy: everything that must be known is known and good.")
        }
        Verdict::Undetermined => {
            page.toned(
                Tone::Unsure,
                0,
                "Cannot tell: what we know fits no cause, or too little is known.",
            );
        }
        Verdict::ObserverFault => {
            page.toned(
                Tone::Unsure,
                0,
                "We ourselves cannot see: nothing is said about the world.",
            );
        }
        Verdict::Fault => {
            let text = match diagnosis.causes.as_slice() {
                [] => "Fault, and no cause that fits".to_owned(),
                [only] => format!("Fault: {}", cause_words(only)),
                [first, rest @ ..] => {
                    let others = count(rest.len(), "other cause", "other causes");
                    format!("Fault: {}, and {others} below", cause_words(first))
                }
            };
            page.toned(Tone::Bad, 0, &text);
        }
    }
    if let Some(advice) = diagnosis.advice {
        let why = diagnosis.advice_why.as_ref().map_or_else(String::new, |why| format!(" {why}"));
        page.toned(Tone::Strong, 0, &format!("Advice: {}{why}", advice_words(advice)));
    }
    if let Some(since) = diagnosis.since {
        page.line(0, &format!("Since {}", style.time(since)));
    }
    let undone = |fact: &&Fact| fact.kind == FactKind::ChangeStands && fact.truth == Truth::False;
    for fact in diagnosis.facts.iter().filter(undone) {
        let text = format!(
            "what this incident changed of {} stands no longer: {}",
            fact.subject, fact.because
        );
        page.item(Tone::Bad, 0, "!", &text);
    }
}

fn explain(page: &mut Page<'_>, number: usize, cause: &Cause, facts: &[Fact]) {
    page.item(Tone::Strong, 0, &format!("{number}."), &cause_words(cause));
    let place = format!("{}, {} plane", layer_name(cause.layer), plane_name(cause.plane));
    page.field(3, "where", &place);
    let sure = match cause.probability {
        Some(share) => format!("about {:.0} in 100", share * 100.0),
        None if number == 1 => "the likeliest explanation; not measured".to_owned(),
        None => "less likely than the one above; not measured".to_owned(),
    };
    page.field(3, "how sure", &sure);
    page.field(3, "impact", &cause.impact);
    for (label, ids) in
        [("for", &cause.supporting), ("against", &cause.contradicting), ("missing", &cause.missing)]
    {
        for id in ids {
            page.field(3, label, &fact_words(id, facts));
        }
    }
    let explained = facts.iter().filter(|fact| cause.explains.contains(&fact.id));
    let brief = |fact: &Fact| format!("{}({}) is {}", fact.kind, fact.subject, fact.truth);
    let explained: BTreeSet<String> = explained.map(brief).collect();
    if !explained.is_empty() {
        let all: Vec<String> = explained.into_iter().collect();
        page.field(3, "explains", &all.join("; "));
    }
    let why = cause.advice_why.as_ref().map_or_else(String::new, |why| format!(" {why}"));
    page.field(3, "advice", &format!("{}{why}", advice_words(cause.advice)));
    page.field(3, "runbook", &format!("lifeboat plan {}", cause.runbook));
}

fn cause_words(cause: &Cause) -> String {
    let how = cause.mechanism.as_ref().map_or_else(String::new, |how| format!(", {how}"));
    format!("{} at {}{how}", cause.failure_mode, cause.subject)
}

/// Words the fact with an id.
fn fact_words(id: &Id, facts: &[Fact]) -> String {
    let fact = facts.iter().find(|fact| fact.id == *id);
    fact.map_or_else(|| id.to_string(), said)
}

fn said(fact: &Fact) -> String {
    let object = fact.object.as_ref().map_or_else(String::new, |object| format!(", {object}"));
    let measure = fact.measure.map_or_else(String::new, |measure| format!(" [{measure}]"));
    let because = fact.because.trim_end_matches('.');
    format!(
        "{} {}({}{object}) is {}{measure} from {}: {because}",
        fact.id, fact.kind, fact.subject, fact.truth, fact.vantage
    )
}

fn tally(diagnosis: &Diagnosis) -> String {
    let of = |truth| diagnosis.facts.iter().filter(|fact| fact.truth == truth).count();
    format!(
        "{} in {} ms: {} true, {} false, {} unknown.",
        count(diagnosis.facts.len(), "fact", "facts"),
        diagnosis.took_ms,
        of(Truth::True),
        of(Truth::False),
        of(Truth::Unknown)
    )
}

const fn advice_words(advice: Advice) -> &'static str {
    match advice {
        Advice::Act => "act.",
        Advice::Wait => "wait; change nothing, tell people.",
        Advice::Call => "call; this is for people, not for tools.",
    }
}

/// Names a layer.
pub(super) const fn layer_name(layer: Layer) -> &'static str {
    match layer {
        Layer::Provider => "provider",
        Layer::Interconnect => "interconnect",
        Layer::Dns => "dns",
        Layer::Application => "application",
        Layer::Observer => "observer",
    }
}

/// Names a plane.
pub(super) const fn plane_name(plane: Plane) -> &'static str {
    match plane {
        Plane::Control => "control",
        Plane::Data => "data",
    }
}

/// Names a probe.
pub(super) const fn probe_name(probe: ProbeKind) -> &'static str {
    match probe {
        ProbeKind::Dns => "dns",
        ProbeKind::Trackers => "trackers",
        ProbeKind::Peers => "peers",
        ProbeKind::Bgp => "bgp",
        ProbeKind::Seedboxes => "seedboxes",
        ProbeKind::Observer => "observer",
        ProbeKind::Registry => "registry",
    }
}
