//! Needs that sit inside the failing thing: what a runbook declares, what else it uses, and the tool's own way.

use std::collections::BTreeSet;

use super::finding::Draft;
use super::ground::{Ground, listed};
use super::needs::{Needed, Thing, ways};
use crate::model::binding::Member;
use crate::model::{Id, ParamKind, Rule, Truth};

pub fn findings(ground: &Ground<'_>) -> Vec<Draft> {
    let mut all = declared(ground);
    all.extend(own_way(ground));
    all.extend(incomplete(ground));
    all
}

/// Says what failing things a need sits inside.
pub fn of_need(ground: &Ground<'_>, need: &Needed) -> Vec<(Member, String)> {
    let failing = need.failing.iter();
    failing.filter_map(|front| Some((front.clone(), why_inside(ground, need, front)?))).collect()
}

fn why_inside(ground: &Ground<'_>, need: &Needed, front: &Member) -> Option<String> {
    let cut = ground.topology.cut_off(front);
    let failed = format!("`{}`", front.1);
    if need.member.as_ref().is_some_and(|member| member == front) {
        return Some(format!("{failed} is what failed"));
    }
    let Thing::Host { name, addresses, .. } = &need.thing else { return None };
    if need.member.as_ref().is_some_and(|member| cut.contains(member)) {
        return Some(format!("{failed} holds the network of `{}`", need.of));
    }
    let zone =
        ground.zone_of(name).filter(|zone| cut.contains(&(ParamKind::Zone, zone.id.clone())))?;
    // Users find a tracker by its name alone; the tool finds a host by the addresses that the estate writes.
    let by_name = matches!(need.member, Some((ParamKind::Tracker, _))) || addresses.is_empty();
    by_name.then(|| format!("{failed} serves `{}`, the zone of `{name}`", zone.id))
}

/// A declared need that is inside the failing thing whatever the parameters stand for stops the runbook.
fn declared(ground: &Ground<'_>) -> Vec<Draft> {
    let mut all: Vec<Draft> = Vec::new();
    for runbook in ground.inquiry.runbooks {
        let ways = ways(ground.inquiry.estate, runbook, &ground.topology);
        let fronts: BTreeSet<Member> = ways.iter().filter_map(|way| way.failing()).collect();
        let references = runbook
            .needs
            .hosts
            .iter()
            .chain(&runbook.needs.credentials)
            .chain(&runbook.needs.registrars);
        let references: BTreeSet<_> = references.collect();
        for front in fronts {
            for reference in &references {
                let own = ways.iter().filter(|way| way.failing().as_ref() == Some(&front));
                let members: BTreeSet<Member> =
                    own.filter_map(|way| way.member(reference)).collect();
                let inside = |member: &Member| {
                    let of = |need: &&Needed| {
                        need.declared
                            && need.runbook.as_ref() == Some(&runbook.id)
                            && need.member.as_ref() == Some(member)
                    };
                    ground.needs.iter().filter(of).find_map(|need| why_inside(ground, need, &front))
                };
                let why: Vec<String> = members.iter().filter_map(inside).collect();
                if why.is_empty() || why.len() < members.len() {
                    continue;
                }
                let ids: Vec<Id> = members.iter().map(|(_, id)| id.clone()).collect();
                let because = format!(
                    "`{}` needs {} while `{}` fails, and {}",
                    runbook.id,
                    listed(&ids),
                    front.1,
                    why.join("; ")
                );
                let draft = Draft::blocker(Rule::NeedApart, &ids[0], because);
                let draft = draft.with([front.1.clone()]).stops([runbook.id.clone()]);
                all.push(draft.by(ground.owner(std::slice::from_ref(&runbook.id))).mend(
                    "name something that stands outside, or pin the host's `addresses` where only its name is inside",
                ));
            }
        }
    }
    all.dedup_by(|a, b| {
        a.finding.subject == b.finding.subject && a.finding.runbooks == b.finding.runbooks
    });
    all
}

/// The tool's own way: resolvers of one network, vantages of one network, locks shared through a zone of ours.
fn own_way(ground: &Ground<'_>) -> Vec<Draft> {
    let estate = ground.inquiry.estate;
    let mut all = Vec::new();
    let ips: Vec<_> = estate.resolvers.iter().map(|it| it.address.ip).collect();
    let asns = ground.asns(&ips);
    if !ips.is_empty() && asns.len() == 1 && ips.iter().all(|ip| !ground.asns(&[*ip]).is_empty()) {
        let asn: Vec<String> = asns.iter().map(|asn| format!("AS{asn}")).collect();
        let because = format!(
            "every resolver of the estate stands in {}: without it no name is found",
            asn.join(", ")
        );
        all.push(
            Draft::warning(Rule::OwnWayApart, Truth::False, &estate.id, because)
                .by(ground.on_call())
                .mend("name a resolver in another network"),
        );
    }
    if estate.controls.is_empty() {
        let because =
            "the estate names no control target, so a blind observer is hard to tell from a fault";
        all.push(
            Draft::warning(Rule::OwnWayApart, Truth::False, &estate.id, because)
                .by(ground.on_call())
                .mend("name `controls` that are nobody's of yours"),
        );
    }
    for need in ground.needs.iter().filter(|need| need.runbook.is_none()) {
        let Thing::Host { name, .. } = &need.thing else { continue };
        let Some(zone) = ground.zone_of(name) else { continue };
        let because = format!("the tool itself uses `{name}`, whose name lives in `{}`", zone.id);
        all.push(
            Draft::warning(Rule::OwnWayApart, Truth::False, &need.of, because)
                .with([zone.id.clone()])
                .by(ground.on_call())
                .mend("reach it by an address, or under another domain"),
        );
    }
    all
}

/// A runbook whose declared needs stand for nothing here says less than it seems to.
fn incomplete(ground: &Ground<'_>) -> Vec<Draft> {
    let mut all = Vec::new();
    // What is planned by name lacks nothing where nobody could set out to do it.
    for runbook in ground.inquiry.runbooks.iter().filter(|it| !it.matches.by_name()) {
        let ways = ways(ground.inquiry.estate, runbook, &ground.topology);
        let all_of = [&runbook.needs.hosts, &runbook.needs.credentials, &runbook.needs.registrars];
        // What may stand for nothing leaves its steps out, and the plan says so.
        let optional = |reference: &crate::model::Reference| {
            let name = reference.0.trim_start_matches('$').split('.').next().unwrap_or_default();
            runbook.params.get(name).is_some_and(|param| param.optional)
        };
        let stands = |reference: &&crate::model::Reference| {
            optional(reference) || ways.iter().any(|way| way.member(reference).is_some())
        };
        let open: BTreeSet<&str> = all_of
            .into_iter()
            .flatten()
            .filter(|reference| !stands(reference))
            .map(|reference| reference.0.as_str())
            .collect();
        if open.is_empty() {
            continue;
        }
        let because = format!(
            "nothing in the estate stands for {}, which `{}` needs",
            listed(&open),
            runbook.id
        );
        all.push(
            Draft::warning(Rule::RunbookComplete, Truth::Unknown, &runbook.id, because)
                .stops([runbook.id.clone()])
                .by(ground.owner(std::slice::from_ref(&runbook.id)))
                .mend("declare it in the estate, or leave the runbook aside")
                .then(format!("lifeboat runbook show {}", runbook.id)),
        );
    }
    all
}
