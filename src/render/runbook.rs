//! Runbooks: the list of them, and one read aloud.

use super::diagnosis::{layer_name, plane_name, probe_name};
use super::page::{Page, list};
use super::step;
use super::style::{Style, Tone};
use crate::model::{Advice, ChangeSpec, Phase, Runbook, ScreenText, Step, StepKind, WaitSpec, Way};

/// A runbook with where it came from.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// The runbook.
    pub runbook: &'a Runbook,
    /// Where it came from, for example `embedded` or a path at a commit.
    pub from: &'a str,
}

/// Words a list of runbooks.
pub fn runbook_list(runbooks: &[Listed<'_>], style: &Style) -> ScreenText {
    let mut page = Page::new(style);
    for listed in runbooks {
        let runbook = listed.runbook;
        page.heading(runbook.id.as_str());
        page.line(2, &runbook.title);
        let (layer, plane) = (layer_name(runbook.layer), plane_name(runbook.plane));
        page.line(2, &format!("{layer}, {plane} plane; from {}", listed.from));
    }
    page.done()
}

/// Words one runbook, to be read aloud.
pub fn runbook_show(listed: &Listed<'_>, style: &Style) -> ScreenText {
    let runbook = listed.runbook;
    let mut page = Page::new(style);
    page.heading(&format!("{}: {}", runbook.id, runbook.title));
    page.field(0, "from", listed.from);
    page.field(0, "for", &format!("failure mode {}", runbook.failure_mode));
    let (layer, plane) = (layer_name(runbook.layer), plane_name(runbook.plane));
    page.field(0, "where", &format!("{layer}, {plane} plane"));
    page.field(0, "severity", &format!("{} or worse", step::severity(runbook.severity_at_least)));
    page.field(0, "owner", runbook.owner.as_str());
    page.field(0, "impact", &runbook.impact);
    for (name, param) in &runbook.params {
        let example = param.example.as_ref().map_or_else(String::new, |it| format!(", as {it}"));
        page.field(0, "with", &format!("${name}{example}"));
    }
    looks_like(&mut page, runbook);
    for phase in Phase::ALL {
        show_phase(&mut page, runbook, phase);
    }
    page.done()
}

fn looks_like(page: &mut Page<'_>, runbook: &Runbook) {
    page.blank();
    page.heading("What it looks like");
    if runbook.matches.by_name() {
        page.field(
            2,
            "for",
            "what somebody sets out to do: it is planned by name, and no diagnosis names it",
        );
    }
    for guard in &runbook.matches.supports {
        page.field(2, "for", &guard.to_string());
    }
    for guard in &runbook.matches.contradicts {
        page.field(2, "against", &guard.to_string());
    }
    for query in &runbook.matches.must_know {
        page.field(2, "must know", &query.to_string());
    }
    for (mechanism, guard) in &runbook.mechanisms {
        page.field(2, mechanism.as_str(), &guard.to_string());
    }
    for rule in &runbook.advice {
        let when =
            rule.guard.as_ref().map_or_else(|| "otherwise".to_owned(), |it| format!("if {it}"));
        let why = rule.why.as_ref().map_or_else(String::new, |why| format!(". {why}"));
        page.field(2, advice_name(rule.say), &format!("{when}{why}"));
    }
    for rule in &runbook.stop_when {
        page.field(2, "stop", &format!("if {}: {}", rule.guard, rule.say));
    }
}

const fn advice_name(advice: Advice) -> &'static str {
    match advice {
        Advice::Act => "act",
        Advice::Wait => "wait",
        Advice::Call => "call",
    }
}

fn show_phase(page: &mut Page<'_>, runbook: &Runbook, phase: Phase) {
    let body = runbook.phases.get(phase);
    page.blank();
    let hours = match phase {
        Phase::Immediate => "0-4 h",
        Phase::Recovery => "4-48 h",
        Phase::PostIncident => "48 h-30 d",
    };
    page.heading(&format!("{} ({hours})", phase.name()));
    page.field(2, "enter", &body.enter.to_string());
    for (number, step) in body.steps.iter().enumerate() {
        show_step(page, number + 1, step);
    }
    page.field(2, "exit", &body.exit.to_string());
}

fn show_step(page: &mut Page<'_>, number: usize, step: &Step) {
    let words = step.kind().map_or_else(|| "nothing".to_owned(), words);
    page.item(Tone::Strong, 2, &format!("{number}."), &format!("{}: {words}", step.id));
    if let Some(StepKind::Change(change)) = step.kind() {
        show_change(page, change);
    }
    if let Some(StepKind::Branch(ways)) = step.kind() {
        for way in ways {
            page.field(5, way.take.as_str(), &way_words(way));
        }
    }
    let mut around = Vec::new();
    around.extend(step.when.as_ref().map(|guard| format!("when {guard}")));
    around.extend(step.each.as_ref().map(|it| format!("for each of {}", it.0)));
    around.extend(step.owner.as_ref().map(|owner| format!("owner {owner}")));
    around.extend(step.timeout.map(|timeout| format!("{timeout} at most")));
    around.extend(step.on_fail.map(|it| step::on_fail(it).to_owned()));
    around.extend(step.on_unknown.map(|it| format!("if unknown: {}", step::on_unknown(it))));
    if !around.is_empty() {
        page.line(5, &around.join("; "));
    }
}

fn way_words(way: &Way) -> String {
    way.guard.as_ref().map_or_else(|| "otherwise".to_owned(), |guard| format!("if {guard}"))
}

fn words(kind: StepKind<'_>) -> String {
    match kind {
        StepKind::Check(check) => {
            let probes = list(check.probe.iter().map(|it| probe_name(*it)), "nothing");
            let require = check.require.as_ref().map(|guard| format!(", and require {guard}"));
            format!("probe {probes}{}", require.unwrap_or_default())
        }
        StepKind::Branch(_) => "take one way".to_owned(),
        StepKind::Ask(ask) => step::ask(ask),
        StepKind::Change(change) => format!("change, {}", step::action(change.action)),
        StepKind::Message(message) => {
            format!("message {} to {}", message.template, list(&message.to, "nobody"))
        }
        StepKind::Wait(wait) => wait_words(wait),
        StepKind::Include(runbook) => format!("include {runbook}"),
    }
}

fn wait_words(wait: &WaitSpec) -> String {
    let until = wait.until.as_ref().map(|guard| format!("until {guard}"));
    let length = wait.length.map(|length| format!("for {length}"));
    let said = wait.as_long_as.as_ref().map(|said| format!("as long as {} says", said.0));
    let most = wait.at_most.map(|most| format!("{most} at most"));
    let parts: Vec<String> = [until, length, said, most].into_iter().flatten().collect();
    format!("wait {}", parts.join(", "))
}

fn show_change(page: &mut Page<'_>, change: &ChangeSpec) {
    page.field(5, "why", &change.why);
    let target = change.target.iter().map(|(key, value)| format!("{key} {}", value.0));
    page.field(5, "target", &list(target, "none"));
    let (policy, expires) = (&change.approval.policy, change.approval.expires);
    page.field(5, "approval", &format!("policy {policy}; a yes holds for {expires}"));
    page.field(5, "limit", &step::limit(&change.limit));
    let witnesses = list(change.verify.ask.iter().map(|it| step::witness(*it)), "nobody");
    let until = change.verify.not_yet_until.as_deref().unwrap_or("the step's time-out");
    let want = step::want(change.verify.want);
    page.field(5, "verify", &format!("ask {witnesses}: {want}; \"not yet\" until {until}"));
    let undo = match (&change.undo.irreversible, &change.undo.refuse_unless) {
        (Some(reason), _) => format!("none, it is irreversible: {reason}"),
        (None, Some(guard)) => format!("back to what was there before, refused unless {guard}"),
        (None, None) => "back to what was there before".to_owned(),
    };
    page.field(5, "undo", &undo);
}
