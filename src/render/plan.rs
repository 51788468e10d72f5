//! A plan, as the approver reads it. Nothing that is approved is left out.

use super::change;
use super::diagnosis::probe_name;
use super::page::{Page, count, list};
use super::step;
use super::style::{Style, Tone};
use crate::model::{
    ApprovalMeans, CopyFrom, DelegationState, Expected, Mode, Pause, Plan, PlanStep, PlannedChange,
    RunbookMark, ScreenText, Undo, Verify, WayBack, Work,
};

/// A plan's digest in its three forms, and where the plan lies.
#[derive(Clone, Copy, Debug)]
pub struct Seal<'a> {
    /// 64 hexadecimal digits.
    pub hex: &'a str,
    /// The first 8.
    pub short: &'a str,
    /// As words, to be read out on the phone.
    pub words: &'a str,
    /// The plan's file.
    pub path: &'a str,
}

/// Words a plan; its last lines are `digest:`, `short:` and `target:`.
pub fn plan(plan: &Plan, seal: &Seal<'_>, style: &Style) -> ScreenText {
    let mut page = Page::of(style, style.exercise || plan.mode == Mode::Drill);
    head(&mut page, plan, style);
    page.blank();
    for (number, step) in plan.steps.iter().enumerate() {
        show_step(&mut page, &format!("{}.", number + 1), step);
    }
    if plan.steps.is_empty() {
        page.line(0, "Nothing is to be done.");
    }
    tail(&mut page, plan);
    page.blank();
    sealed(&mut page, plan, seal);
    page.done()
}

/// Ends a page about a plan with what people compare, say and type.
pub(super) fn sealed(page: &mut Page<'_>, plan: &Plan, seal: &Seal<'_>) {
    page.field(0, "changes", &changes(plan));
    page.field(0, "phone", seal.words);
    page.fact("path", seal.path);
    page.fact("digest", seal.hex);
    page.fact("short", seal.short);
    page.fact("target", plan.target.as_str());
}

fn head(page: &mut Page<'_>, plan: &Plan, style: &Style) {
    page.heading(&title(plan));
    page.field(0, "incident", plan.incident.as_str());
    page.field(0, "estate", &format!("{}, {}", plan.estate.id, short(&plan.estate.digest)));
    page.field(0, "runbook", &mark(&plan.runbook));
    for included in &plan.includes {
        page.field(0, "includes", &mark(included));
    }
    let params = plan.params.iter().map(|(name, id)| format!("{name} = {id}"));
    page.field(0, "with", &list(params, "no parameters"));
    page.field(0, "pinned", &format!("{}, by lifeboat {}", style.time(plan.pinned_at), plan.tool));
    page.field(0, "start by", &style.time(plan.start_by));
    let approval = plan.approval.as_ref().map_or_else(
        || "none is needed: nothing is changed".to_owned(),
        |it| {
            let people = count(usize::from(it.people), "person", "people");
            let how = match it.by {
                ApprovalMeans::Terminal => "at a terminal",
                ApprovalMeans::Signature => "by signature",
            };
            let codes =
                if it.codes { ", or, weaker, by a printed code over the phone" } else { "" };
            format!("{people} {how}{codes}, policy {}; a yes holds for {}", it.policy, it.expires)
        },
    );
    page.field(0, "approval", &approval);
    for past in &plan.overrides {
        let because = past.because.trim_end_matches('.');
        let (limit, step, reason) = (past.limit.name(), &past.step, &past.reason);
        let text = format!("goes past the limit {limit} at {step}: {because}. Reason: {reason}");
        page.item(Tone::Bad, 0, "!", &text);
    }
}

/// Names a plan: its runbook, its phase, and whether it is a drill.
pub(super) fn title(plan: &Plan) -> String {
    let mode = match plan.mode {
        Mode::Live => "live",
        Mode::Drill => "drill",
    };
    format!("Plan: {}, {} phase, {mode}", plan.runbook.id, plan.phase.name())
}

fn mark(mark: &RunbookMark) -> String {
    let commit = mark.commit.as_ref().map_or_else(String::new, |it| format!(" at commit {it}"));
    format!("{}: {}{commit}, {}", mark.id, mark.path, short(&mark.digest))
}

fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

/// Shows a step behind a mark.
pub(super) fn show_step(page: &mut Page<'_>, mark: &str, planned: &PlanStep) {
    let text = format!("{}: {}", planned.id, words(&planned.work));
    page.item(Tone::Strong, 0, mark, &text);
    if let Work::Change(change) = &planned.work {
        show_change(page, change);
    }
    let mut around = Vec::new();
    around.extend(planned.owner.as_ref().map(|owner| format!("owner {owner}")));
    around.extend(planned.timeout.map(|timeout| format!("{timeout} at most")));
    around.push(step::on_fail(planned.on_fail).to_owned());
    page.line(3, &around.join("; "));
}

fn words(work: &Work) -> String {
    match work {
        Work::Check { probes, require } => {
            let probes = list(probes.iter().map(|it| probe_name(*it)), "nothing");
            let require = require.as_ref().map(|guard| format!(", and require {guard}"));
            format!("probe {probes}{}", require.unwrap_or_default())
        }
        Work::Took { way, because } => format!("goes the way {way}: {because}"),
        Work::Ask(ask) => step::ask(ask),
        Work::Change(change) => {
            let number = count(change.changes.len(), "change", "changes");
            format!("{}, {number}", step::action(change.action))
        }
        Work::Message { template, to } => format!("message {template} to {}", step::channels(to)),
        Work::Wait { until: Some(guard), at_most } => {
            format!("wait until {guard}, {at_most} at most")
        }
        Work::Wait { until: None, at_most } => format!("wait {at_most}"),
    }
}

fn show_change(page: &mut Page<'_>, planned: &PlannedChange) {
    page.field(3, "why", &planned.why);
    for (number, one) in planned.changes.iter().enumerate() {
        change::show(page, 3, &format!("{})", number + 1), one);
    }
    page.field(3, "limit", &step::limit(&planned.limit));
    page.field(3, "forecast", &step::forecast(&planned.forecast));
    for one in &planned.forecast.resolvers {
        page.field(3, "", &step::at_resolver(one));
    }
    page.field(3, "verify", &verify(&planned.verify));
    page.field(3, "", &expected(&planned.verify.expected));
    let undo = match &planned.undo {
        Undo::Reverse { refuse_unless: None, .. } => "back to what was there before".to_owned(),
        Undo::Reverse { refuse_unless: Some(guard), .. } => {
            format!("back to what was there before, refused unless {guard}")
        }
        Undo::Irreversible { reason } => format!("none, it is irreversible: {reason}"),
    };
    page.field(3, "undo", &undo);
    if let Undo::Reverse { pause, .. } = planned.undo {
        if let Some(pause) = pause {
            page.field(3, "", &self::pause(pause));
        }
        page.field(3, "", &way_back(&planned.way_back));
    }
}

/// Says what an undo waits for.
fn pause(pause: Pause) -> String {
    match pause {
        Pause::Before(span) => {
            format!(
                "not before that was seen to be so for {span}: as long as caches may hold what needs it"
            )
        }
        Pause::After(span) => {
            format!("nothing else moves back for {span} after it: as long as caches may lack it")
        }
    }
}

/// Says when an undo takes effect; one that caches outlive is not called reversible.
fn way_back(way_back: &WayBack) -> String {
    let when = step::forecast(&way_back.forecast);
    let bound = way_back.bound;
    if way_back.in_time {
        format!("reversible within {bound}: it takes effect {when}")
    } else {
        format!("not reversible within {bound}: it is written back at once and takes effect {when}")
    }
}

fn verify(verify: &Verify) -> String {
    let witnesses = list(verify.ask.iter().map(|it| step::witness(*it)), "nobody");
    let want = step::want(verify.want);
    let until = verify.not_yet_until;
    let others = verify.turn.map_or_else(String::new, |turn| {
        format!("; somebody else writes there every {turn}: whether it stands is looked at, too")
    });
    format!("ask {witnesses}: {want}; \"not yet\" is no failure for {until}{others}")
}

fn expected(expected: &Expected) -> String {
    match expected {
        Expected::Delegation { zone, after, before } => {
            format!("{zone}: {} instead of {}", delegation(after), delegation(before))
        }
        Expected::Top { zone, at, kind, comes, goes } => {
            let at = at.as_ref().map_or("the parent", |at| at.as_str());
            let (comes, goes) = (list(comes, "none comes"), list(goes, "none goes"));
            format!("{kind} of {zone} at {at}: {comes}; gone: {goes}")
        }
        Expected::Records { zone, at, source, after, .. } => {
            let number = count(after.len(), "record set", "record sets");
            let source = source.as_ref().map(|it| match it.from {
                CopyFrom::Git => format!(", as git has them of {}", it.provider),
                CopyFrom::Live => format!(", as {} has them now", it.provider),
            });
            format!("{zone}: {number} at {at}{}", source.unwrap_or_default())
        }
        Expected::Listed { after, before, torrents } => {
            let before = before.as_ref().map_or_else(String::new, |it| format!(" instead of {it}"));
            let number = count(torrents.len(), "torrent", "torrents");
            format!("{number} at {after}{before}")
        }
    }
}

fn delegation(state: &DelegationState) -> String {
    let servers = list(&state.servers, "no server");
    format!("{} ({servers})", list(&state.providers, "nobody we know"))
}

fn tail(page: &mut Page<'_>, plan: &Plan) {
    if !plan.left_out.is_empty() {
        page.blank();
        page.heading("Left out");
        for left in &plan.left_out {
            page.item(Tone::Plain, 0, "-", &format!("{}: {}", left.step, left.because));
        }
    }
    if !plan.unknowns.is_empty() {
        page.blank();
        page.heading("Nobody knows");
        for unknown in &plan.unknowns {
            let done = step::on_unknown(unknown.on_unknown);
            let text = format!("{}: whether {}; {done}", unknown.step, unknown.guard);
            page.item(Tone::Unsure, 0, "?", &text);
        }
    }
    page.blank();
    page.field(0, "ends well", &format!("when {}", plan.exit));
    for (service, uses) in &plan.requests {
        let of = uses.of.map_or_else(String::new, |of| format!(" of {}", thousands(of)));
        let text = format!("{service}: uses {}{of}", thousands(uses.uses));
        page.field(0, "requests", &text);
    }
}

fn changes(plan: &Plan) -> String {
    match plan.changes().count() {
        0 => "nothing is changed".to_owned(),
        some => count(some, "change", "changes"),
    }
}

/// Groups digits by threes: `1,200`.
fn thousands(number: u32) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn digits_are_grouped_by_threes() {
        for (number, text) in [(2, "2"), (999, "999"), (1_200, "1,200"), (4_000_000, "4,000,000")] {
            assert_eq!(thousands(number), text);
        }
    }
}
