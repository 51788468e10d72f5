//! Changes: the target that each action takes, how its effect is proven, how it is reversed.

use super::super::fault::{FaultKind, Report, quoted};
use super::super::nearest::nearest;
use super::super::node::{Entry, Node};
use super::super::walk::{listed, one_of};
use super::params::{Params, Word};
use super::{need, steps};
use crate::model::ActionKind;

/// What lint knows about an action.
struct Rules {
    /// The keys that its target must have, each with the section that it names.
    needed: &'static [(&'static str, &'static str)],
    /// Further keys that it may have, likewise.
    optional: &'static [(&'static str, &'static str)],
    /// The action that reverses it.
    undo: &'static str,
    /// Whom its verify may ask.
    witnesses: &'static [&'static str],
    /// What they may have to say.
    wants: &'static [&'static str],
    /// What limits it.
    limits: &'static [&'static str],
    /// Limits that say nothing about it.
    strange_limits: &'static [&'static str],
}

const OF: (&str, &str) = ("zone", "zones");
const PROVIDER: &str = "dns_providers";
const TRACKER: &str = "trackers";

const fn delegation(
    needed: &'static [(&'static str, &'static str)],
    wants: &'static [&'static str],
) -> Rules {
    Rules {
        needed,
        optional: &[],
        undo: "dns.delegation.restore",
        witnesses: &["parent", "authorities", "resolvers"],
        wants,
        limits: &["zones", "records", "record_sets", "changes", "share", "keep_healthy_servers"],
        strange_limits: &["torrents"],
    }
}

/// Record sets that whoever holds them must then serve.
const fn records(
    needed: &'static [(&'static str, &'static str)],
    witnesses: &'static [&'static str],
) -> Rules {
    Rules {
        needed,
        optional: &[],
        undo: "dns.zone.restore",
        witnesses,
        wants: &["served"],
        limits: &["zones", "records", "record_sets", "changes", "share", "keep_healthy_servers"],
        strange_limits: &["torrents"],
    }
}

/// Record sets that a source says, at one provider.
const fn written(optional: &'static [(&'static str, &'static str)]) -> Rules {
    Rules {
        optional,
        limits: &["zones", "records", "record_sets", "changes", "share"],
        strange_limits: &["torrents", "keep_healthy_servers", "exposes_origin"],
        ..records(&[OF, ("at", PROVIDER)], &["authorities"])
    }
}

const fn tracker_list(
    needed: &'static [(&'static str, &'static str)],
    wants: &'static [&'static str],
) -> Rules {
    Rules {
        needed,
        optional: &[("seedboxes", "seedboxes")],
        undo: "tracker.list.restore",
        witnesses: &["trackers", "seedboxes"],
        wants,
        limits: &["torrents", "changes", "share", "keep_healthy_servers"],
        strange_limits: &["zones", "records", "record_sets", "exposes_origin"],
    }
}

const fn rules(action: ActionKind) -> Rules {
    match action {
        ActionKind::DelegationReplace => {
            delegation(&[OF, ("remove", PROVIDER), ("add", PROVIDER)], &["only-standby"])
        }
        ActionKind::DelegationRestore => {
            delegation(&[OF, ("remove", PROVIDER), ("add", PROVIDER)], &["as-intended"])
        }
        ActionKind::DelegationAdd => delegation(&[OF, ("add", PROVIDER)], &["delegated"]),
        ActionKind::DelegationRemove => delegation(&[OF, ("remove", PROVIDER)], &["delegated"]),
        ActionKind::ApexMatch => records(&[OF, ("at", PROVIDER)], &["authorities"]),
        ActionKind::KeysShare => {
            records(&[OF, ("at", PROVIDER), ("from", PROVIDER)], &["authorities"])
        }
        ActionKind::DsAdd => records(&[OF, ("add", PROVIDER)], &["parent"]),
        ActionKind::DsRemove => records(&[OF, ("remove", PROVIDER)], &["parent"]),
        ActionKind::ZoneApply => written(&[("from", PROVIDER)]),
        ActionKind::TtlLower => written(&[]),
        ActionKind::TrackerReplace => {
            tracker_list(&[("replace", TRACKER), ("with", TRACKER)], &["listed"])
        }
        ActionKind::TrackerAppend => {
            tracker_list(&[("add", TRACKER), ("beside", TRACKER)], &["listed"])
        }
        ActionKind::TrackerRemove => tracker_list(&[("remove", TRACKER)], &["gone"]),
    }
}

/// Checks every change of a runbook.
pub fn check(root: &Node, params: &Params<'_>, report: &mut Report<'_>) {
    for change in steps::steps(root).into_iter().filter_map(|step| step.get("change")) {
        let Some(word) = change.text_of("action") else { continue };
        let Ok(action) = serde_json::from_value::<ActionKind>(word.into()) else { continue };
        let rules = rules(action);
        target(change, word, &rules, params, report);
        limit(change, word, &rules, report);
        verify(change, word, &rules, report);
        undo(change, word, &rules, report);
    }
}

fn target(
    change: &Node,
    action: &str,
    rules: &Rules,
    params: &Params<'_>,
    report: &mut Report<'_>,
) {
    let Some(target) = change.get("target") else { return };
    let named = || rules.needed.iter().chain(rules.optional);
    let mut keys: Vec<&str> = named().map(|(key, _)| *key).collect();
    let lists = rules.undo.starts_with("tracker");
    keys.extend(lists.then_some("private"));
    for entry in target.entries() {
        let section = named().find(|(key, _)| *key == entry.key).map(|(_, section)| *section);
        match (section, entry.key.as_str()) {
            (Some(section), _) => names(entry, section, params, report),
            (None, "private") if lists => private(entry, report),
            (None, _) => unknown(target, entry, action, &keys, report),
        }
    }
    for (key, _) in rules.needed {
        need(report, target, key, &format!("`{action}`"));
    }
}

fn unknown(target: &Node, entry: &Entry, action: &str, keys: &[&str], report: &mut Report<'_>) {
    let free: Vec<&str> = keys.iter().copied().filter(|key| target.get(key).is_none()).collect();
    let near = nearest(&entry.key, free);
    if let Some(near) = near {
        report.suspect(target, near);
    }
    let fault = report.add(
        FaultKind::UnknownKey,
        entry.key_at,
        format!("`{action}` does not read the key {}", quoted(&entry.key)),
    );
    fault.nearest(near).hint(format!("its target has the keys {}", listed(keys.iter().copied())));
}

fn names(entry: &Entry, section: &str, params: &Params<'_>, report: &mut Report<'_>) {
    let Some(text) = entry.value.text() else { return };
    // A section's own name stands for all of its members.
    if text.starts_with('$') {
        let unknown = report.faults.iter().any(|fault| fault.place == entry.value.at);
        if !unknown {
            params.must_be(Word { text, place: entry.value.at }, &[section], report);
        }
    } else if text != section {
        params.must_be(Word { text, place: entry.value.at }, &[section], report);
    }
}

fn private(entry: &Entry, report: &mut Report<'_>) {
    let Some(text) = entry.value.text().filter(|text| *text != "include") else { return };
    let fault = report.add(
        FaultKind::WrongValue,
        entry.value.at,
        format!("{} may not stand here", quoted(text)),
    );
    fault
        .expected("`include`, or no such key: then private torrents stay untouched")
        .nearest(nearest(text, ["include"]));
}

fn limit(change: &Node, action: &str, rules: &Rules, report: &mut Report<'_>) {
    let Some(limit) = change.get("limit") else { return };
    for entry in
        limit.entries().iter().filter(|entry| rules.strange_limits.contains(&entry.key.as_str()))
    {
        let found = format!("`{}` limits nothing of `{action}`", entry.key);
        report
            .add(FaultKind::Contradiction, entry.key_at, found)
            .expected(one_of(rules.limits.iter().copied()));
    }
    exposure(limit, report);
    let limited =
        rules.limits.iter().any(|key| limit.get(key).is_some() || report.is_suspected(limit, key));
    let strange = rules.strange_limits.iter().any(|key| limit.get(key).is_some());
    if !limited && !strange && limit.text().is_none() {
        let fault = report.add(FaultKind::MissingKey, limit.at, "the limit limits nothing");
        fault.expected(format!("at least one of {}", listed(rules.limits.iter().copied())));
    }
}

/// Says what to do in place of a word that would let an origin become public.
fn exposure(limit: &Node, report: &mut Report<'_>) {
    let Some(node) = limit.get("exposes_origin") else { return };
    let wrong = report.faults.iter_mut().find(|fault| fault.place == node.at);
    if let Some(fault) = wrong.filter(|fault| fault.kind == FaultKind::WrongValue) {
        fault.hint(
            "no runbook lets an origin become public: leave it out, and plan with `--override-hidden-origin REASON`",
        );
    }
}

fn verify(change: &Node, action: &str, rules: &Rules, report: &mut Report<'_>) {
    let Some(verify) = change.get("verify") else { return };
    for witness in verify.items_of("ask") {
        fits(witness, action, rules.witnesses, WITNESSES, report);
    }
    if let Some(want) = verify.get("want") {
        fits(want, action, rules.wants, WANTS, report);
    }
}

const WITNESSES: &[&str] = &["parent", "authorities", "resolvers", "trackers", "seedboxes"];
const WANTS: &[&str] = &["only-standby", "as-intended", "delegated", "served", "listed", "gone"];

/// Reports a word that is right elsewhere, and does not go with this action.
fn fits(node: &Node, action: &str, fitting: &[&str], all: &[&str], report: &mut Report<'_>) {
    let Some(text) = node.text().filter(|text| all.contains(text) && !fitting.contains(text))
    else {
        return;
    };
    let found = format!("{} says nothing about `{action}`", quoted(text));
    report.add(FaultKind::Contradiction, node.at, found).expected(one_of(fitting.iter().copied()));
}

fn undo(change: &Node, action: &str, rules: &Rules, report: &mut Report<'_>) {
    let Some(undo) = change.get("undo").filter(|undo| undo.text().is_none()) else { return };
    let suspected =
        report.is_suspected(undo, "action") || report.is_suspected(undo, "irreversible");
    match (undo.get("action"), undo.entry("irreversible")) {
        (None, None) if suspected => {}
        (None, None) => {
            let fault =
                report.add(FaultKind::MissingKey, undo.at, "nothing says how this is reversed");
            fault.expected(format!(
                "`action: {}`, or `irreversible: ...` with the reason",
                rules.undo
            ));
        }
        (Some(_), Some(entry)) => {
            let found = "it is reversed by an action, and irreversible";
            report.add(FaultKind::Contradiction, entry.key_at, found).hint("keep one of the two");
        }
        (Some(node), None) => {
            fits(
                node,
                action,
                &[rules.undo],
                &["dns.delegation.restore", "dns.zone.restore", "tracker.list.restore"],
                report,
            );
        }
        (None, Some(entry)) => {
            if entry.value.text().is_some_and(|text| text.trim().is_empty()) {
                report
                    .add(FaultKind::WrongValue, entry.value.at, "the reason is empty")
                    .expected("why it cannot be reversed");
            }
        }
    }
}
