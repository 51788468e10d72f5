//! Credentials: at hand, taken, wide enough, not about to expire; paths; and the clock that signatures need.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::finding::Draft;
use super::ground::Ground;
use super::needs::{Needed, Thing};
use crate::model::{Access, Id, ParamKind, Rule, Said, Truth, ZoneAccess};

/// How long before its end a credential, or a standing approval, is spoken of.
pub(super) const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How far clocks may differ, in seconds; TSIG gives up at 300 (RFC 8945 §10).
const APART_S: i64 = 30;

pub fn findings(ground: &Ground<'_>) -> Vec<Draft> {
    let mut all = at_hand(ground);
    for (kind, id) in services(ground) {
        all.extend(service(ground, kind, &id));
    }
    all.extend(clock(ground));
    all
}

/// What cannot be read here, named once for each object, with every runbook that needs it.
fn at_hand(ground: &Ground<'_>) -> Vec<Draft> {
    let mut all = Vec::new();
    let mut named: BTreeSet<(Id, String)> = BTreeSet::new();
    for need in &ground.needs {
        if matches!(need.thing, Thing::Host { .. } | Thing::LogIn(_)) {
            continue;
        }
        let what = need.thing.named();
        let unread = |path: &String| ground.inquiry.unread.iter().any(|(name, _)| name == path);
        // A document that cannot be read is named as such.
        if matches!(&need.thing, Thing::Path(path) if unread(path)) {
            continue;
        }
        if !named.insert((need.of.clone(), what.clone())) {
            continue;
        }
        let Some(said) = ground.at_hand(&need.thing) else { continue };
        let same = |it: &&Needed| it.of == need.of && it.thing == need.thing;
        let users: Vec<&Needed> = ground.needs.iter().filter(same).collect();
        let declared = users.iter().any(|it| it.declared);
        let runbooks: BTreeSet<Id> = users.iter().filter_map(|it| it.runbook.clone()).collect();
        let runbooks: Vec<Id> = runbooks.into_iter().collect();
        let because = format!("{what} of `{}`: {}", need.of, said.because);
        let draft = Draft::seen(Rule::NeedAtHand, said.truth, declared, &need.of, &because);
        all.extend(draft.map(|draft| {
            let draft = draft.stops(runbooks.clone()).by(ground.owner(&runbooks));
            draft.mend("put it there on the machine that the responder will use, then look again")
        }));
    }
    all
}

/// Returns every service with a credential that something needs.
fn services(ground: &Ground<'_>) -> Vec<(ParamKind, Id)> {
    let written = |need: &&Needed| matches!(need.thing, Thing::Secret(_));
    let members = ground.needs.iter().filter(written).filter_map(|need| need.member.clone());
    let members: BTreeSet<_> = members.collect();
    members.into_iter().collect()
}

fn service(ground: &Ground<'_>, kind: ParamKind, id: &Id) -> Vec<Draft> {
    let missing = ground.needs.iter().any(|need| {
        need.member.as_ref() == Some(&(kind, id.clone()))
            && matches!(need.thing, Thing::Secret(_))
            && ground.at_hand(&need.thing).is_some_and(|said| said.truth != Truth::True)
    });
    // What is not at hand is named already, and could not be tried.
    if missing {
        return Vec::new();
    }
    let runbooks = ground.declaring(kind, id, |thing| matches!(thing, Thing::Secret(_)));
    let needed = !runbooks.is_empty();
    let Some(access) = ground.access(id) else {
        let because = format!("what the credential of `{id}` may do: {}", ground.why_not_asked());
        return vec![
            Draft::unknown(Rule::CredentialAccepted, id, because)
                .stops(runbooks.clone())
                .by(ground.owner(&runbooks))
                .mend("give the command with the network at hand"),
        ];
    };
    let mut all: Vec<Draft> = Vec::new();
    let because = format!("the credential of `{id}`: {}", access.accepted.because);
    all.extend(Draft::seen(Rule::CredentialAccepted, access.accepted.truth, needed, id, &because));
    if access.accepted.truth == Truth::True {
        all.extend(access.zones.iter().filter_map(|zone| may(zone, needed, id)));
        all.extend(lasts(ground, access, needed));
    }
    let finish = |draft: Draft| {
        let draft = draft.stops(runbooks.clone()).by(ground.owner(&runbooks));
        draft.mend("make a credential that may read and write the zone and nothing else, and put it in its place")
    };
    all.into_iter().map(finish).collect()
}

/// One zone: a service that does not hold it lets nobody write it, and that is said once.
fn may(zone: &ZoneAccess, needed: bool, id: &Id) -> Option<Draft> {
    let say = |rule, said: &Said, what: &str| {
        let because = format!("`{id}` {what} `{}`: {}", zone.zone, said.because);
        let draft = Draft::seen(rule, said.truth, needed, id, &because);
        draft.map(|draft| draft.with([zone.zone.clone()]))
    };
    match zone.held.truth {
        Truth::False => say(Rule::ZoneHeld, &zone.held, "does not show us"),
        Truth::Unknown if zone.writes.truth == Truth::Unknown => {
            say(Rule::ZoneHeld, &zone.held, "does not say whether it holds")
        }
        Truth::True | Truth::Unknown => match zone.writes.truth {
            Truth::False => {
                say(Rule::CredentialWrites, &zone.writes, "lets the credential read and not write")
            }
            Truth::True | Truth::Unknown => say(
                Rule::CredentialWrites,
                &zone.writes,
                "does not show whether the credential may write",
            ),
        },
    }
}

fn lasts(ground: &Ground<'_>, access: &Access, needed: bool) -> Option<Draft> {
    let (now, end) = (ground.inquiry.now, access.expires?);
    let because = format!("the credential of `{}` ends at {end}", access.service);
    if end <= now && needed {
        return Some(Draft::blocker(Rule::CredentialLasts, &access.service, because));
    }
    let soon = end.duration_since(now) < SOON;
    soon.then(|| Draft::warning(Rule::CredentialLasts, Truth::False, &access.service, because))
}

/// Compares this machine's clock with what services say; the middle one of them counts.
fn clock(ground: &Ground<'_>) -> Option<Draft> {
    let estate = &ground.inquiry.estate.id;
    let mut said: Vec<i64> = ground.inquiry.accesses.iter().filter_map(|it| it.ahead_s).collect();
    said.sort_unstable();
    let Some(ahead) = said.get(said.len() / 2).copied() else {
        let because =
            "no service told its time, so nobody knows whether this machine's clock is right";
        return Some(
            Draft::unknown(Rule::ClockRight, estate, because)
                .by(ground.on_call())
                .mend("compare the clock by hand, or look again with the network at hand"),
        );
    };
    (ahead.abs() > APART_S).then(|| {
        let way = if ahead > 0 { "behind" } else { "ahead of" };
        let because = format!("this machine's clock is {} s {way} what services say; signatures and expiries go wrong", ahead.abs());
        Draft::warning(Rule::ClockRight, Truth::False, estate, because).by(ground.on_call()).mend("set the clock")
    })
}
