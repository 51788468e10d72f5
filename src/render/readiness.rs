//! Readiness: what stops, what slows, the ten lines, and what each runbook needs.

use std::collections::BTreeMap;

use super::page::{Page, count};
use super::style::{Style, Tone};
use crate::model::{
    AloneLine, Finding, Grade, Graded, Id, Need, NeedKind, Practice, Readiness, Ready, ScreenText,
    Truth,
};

/// Words a readiness report; with `needs`, every need of every runbook as well.
pub fn readiness(report: &Readiness, needs: bool, style: &Style) -> ScreenText {
    let mut page = Page::new(style);
    head(&mut page, report);
    for (title, tone, mark, findings) in [
        ("Blockers:", Tone::Bad, "!", &report.blockers),
        ("Warnings:", Tone::Unsure, "-", &report.warnings),
    ] {
        if findings.is_empty() {
            continue;
        }
        page.blank();
        page.heading(title);
        findings.iter().for_each(|it| finding(&mut page, tone, mark, it));
    }
    page.blank();
    page.heading("What an operator should have done:");
    report.practices.iter().for_each(|it| practice(&mut page, it));
    if !report.alone.is_empty() {
        page.blank();
        page.heading("Whoever is alone:");
        report.alone.iter().for_each(|it| alone(&mut page, it));
    }
    page.blank();
    page.heading("Runbooks:");
    report.runbooks.iter().for_each(|it| graded(&mut page, it, style));
    page.blank();
    page.heading("Who does what:");
    by_person(&mut page, report);
    if needs {
        page.blank();
        page.heading("Needs:");
        all_needs(&mut page, &report.needs);
    }
    page.done()
}

fn head(page: &mut Page<'_>, report: &Readiness) {
    let blockers = count(report.blockers.len(), "blocker", "blockers");
    let warnings = count(report.warnings.len(), "warning", "warnings");
    let asked = if report.offline { " Offline: the network was not asked." } else { "" };
    match report.verdict {
        Ready::Ready => {
            let text =
                format!("Ready: nothing is known that would stop a runbook; {warnings}.{asked}");
            page.toned(Tone::Good, 0, &text);
        }
        Ready::NotReady => {
            let text = format!("Not ready: {blockers}, {warnings}.{asked}");
            page.toned(Tone::Bad, 0, &text);
        }
        Ready::CannotTell => {
            let text = format!("Cannot tell: nobody answered anything from here; {warnings}.");
            page.toned(Tone::Unsure, 0, &text);
        }
    }
}

fn finding(page: &mut Page<'_>, tone: Tone, mark: &str, it: &Finding) {
    page.item(tone, 0, mark, &it.because);
    if !it.remedy.is_empty() {
        page.field(2, "do", &it.remedy);
    }
    let who = it.who.as_ref().map_or("nobody is named", Id::as_str);
    page.field(2, "who", who);
    if !it.runbooks.is_empty() {
        let names: Vec<&str> = it.runbooks.iter().map(Id::as_str).collect();
        page.field(2, "runbooks", &names.join(", "));
    }
    page.field(2, "then", &it.command);
}

fn practice(page: &mut Page<'_>, it: &Practice) {
    let (tone, mark) = match it.done {
        Truth::True => (Tone::Good, "yes"),
        Truth::False => (Tone::Bad, "no "),
        Truth::Unknown => (Tone::Unsure, "?  "),
    };
    let on = it.on.map(|on| format!(" ({on})")).unwrap_or_default();
    page.item(tone, 2, mark, &format!("{}{on}: {}", it.what.title(), it.says));
}

fn alone(page: &mut Page<'_>, it: &AloneLine) {
    let truths = [it.covered, it.rehearsed];
    let (tone, mark) = if truths.contains(&Truth::False) {
        (Tone::Unsure, "no ")
    } else if truths.contains(&Truth::Unknown) {
        (Tone::Unsure, "?  ")
    } else {
        (Tone::Good, "yes")
    };
    let line = format!("{} (`{}`, after {}): {}", it.runbook, it.policy, it.after, it.says);
    page.item(tone, 2, mark, &line);
}

fn graded(page: &mut Page<'_>, it: &Graded, style: &Style) {
    let tone = match (it.grade, it.changed_since) {
        (Grade::Never, _) | (_, Truth::True) => Tone::Unsure,
        (Grade::Drilled | Grade::ReadOnly | Grade::Live, Truth::False | Truth::Unknown) => {
            Tone::Plain
        }
    };
    let at = it.at.map(|at| format!(", {}", style.time(at))).unwrap_or_default();
    let changed = match it.changed_since {
        Truth::True => ", changed since",
        Truth::False | Truth::Unknown => "",
    };
    page.item(tone, 2, it.runbook.as_str(), &format!("{}{at}{changed}", it.grade.name()));
}

/// Lists for each person what is theirs, blockers first.
fn by_person(page: &mut Page<'_>, report: &Readiness) {
    let mut tasks: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let who = |it: &'_ Finding| it.who.as_ref().map_or("nobody is named", Id::as_str).to_owned();
    let names: Vec<(String, bool)> = report
        .blockers
        .iter()
        .map(|it| (who(it), true))
        .chain(report.warnings.iter().map(|it| (who(it), false)))
        .collect();
    for (name, blocks) in &names {
        let (blockers, warnings) = tasks.entry(name).or_default();
        if *blocks { *blockers += 1 } else { *warnings += 1 }
    }
    for (name, (blockers, warnings)) in tasks {
        let (one, other) =
            (count(blockers, "blocker", "blockers"), count(warnings, "warning", "warnings"));
        page.item(Tone::Plain, 2, name, &format!("{one}, {other}"));
    }
}

fn all_needs(page: &mut Page<'_>, needs: &[Need]) {
    let mut runbook = None;
    for need in needs {
        if runbook != Some(&need.runbook) {
            let name = need.runbook.as_ref().map_or("the tool itself", Id::as_str);
            page.line(2, name);
            runbook = Some(&need.runbook);
        }
        let (tone, mark) = match need.there {
            Truth::True => (Tone::Plain, "yes"),
            Truth::False => (Tone::Bad, "no "),
            Truth::Unknown => (Tone::Unsure, "?  "),
        };
        let kind = match need.kind {
            NeedKind::Host => "host",
            NeedKind::Credential => "credential",
            NeedKind::Path => "path",
            NeedKind::LogIn => "log-in",
        };
        let inside = match need.inside.as_slice() {
            [] => String::new(),
            all => format!("; inside what fails: {}", all.join("; ")),
        };
        page.item(tone, 4, mark, &format!("{kind} {} of `{}`{inside}", need.what, need.of));
    }
}
