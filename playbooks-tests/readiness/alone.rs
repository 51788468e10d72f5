//! Whoever is alone: what is told of standing approvals and rehearsals on a quiet day.

use jiff::{SignedDuration, Timestamp};
use libtest_mimic::Trial;
use lifeboat::diagnose::readiness::StandingLook;
use lifeboat::model::{ActionKind, AloneLine, Id, Rule, StandingApproval, Truth};
use serde_json::json;

use super::case::{Case, digest, now};

pub fn trials() -> Vec<Trial> {
    trials![
        whoever_is_alone_has_a_standing_approval_that_holds,
        a_standing_approval_that_would_not_hold_is_named_with_why,
        a_standing_approval_is_spoken_of_before_its_end,
        what_was_rehearsed_too_long_ago_is_named,
    ]
}

/// The runbooks whose changes are under the policy that lets somebody go on alone.
const RUNBOOKS: [&str; 3] = ["carrier-outage", "dns-failback", "dns-provider-outage"];

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// An estate that lets whoever is alone go on, and asks for a rehearsal.
fn lonely() -> Case {
    let mut case = Case::sound().with(|it| {
        it["approvals"]["delegation"] = json!({"people": 2, "by": "signature", "alone_after": "10m",
            "alone_needs": ["standing-approval", "rehearsed-within-90d"]});
    });
    case.rehearsed = Some(RUNBOOKS.map(|id| (Id::from(id), now())).into());
    case
}

/// A standing approval of a runbook that holds, long enough, and was never used.
fn look(runbook: &str) -> StandingLook {
    let bound = |id: &str| json!({"id": id, "digest": digest(&Id::from(id))});
    let includes: Vec<_> =
        ["dns-failback"].into_iter().filter(|it| *it != runbook).map(bound).collect();
    let standing: StandingApproval = serde_json::from_value(json!({
        "schema": StandingApproval::SCHEMA, "id": format!("{runbook}-alone"), "estate": "harbour",
        "why": "nobody else wakes up", "runbook": bound(runbook), "includes": includes,
        "policies": ["delegation"], "holders": ["first-on-call"],
        "actions": ["dns.delegation.replace", "dns.delegation.restore"],
        "changes_at_most": 1, "facts": "observer.healthy is true",
        "expires": now() + DAY * 365, "uses": 2,
    }))
    .unwrap();
    let signed = [(Id::from("first-on-call"), (2, String::new()))].into();
    StandingLook { standing, flaws: Vec::new(), signed, used: Some(0) }
}

fn line(case: &Case, runbook: &str) -> AloneLine {
    let report = case.blocked_by(&[]);
    report.alone.into_iter().find(|it| it.runbook == runbook).unwrap()
}

fn whoever_is_alone_has_a_standing_approval_that_holds() {
    assert_eq!(Case::sound().judge().alone, [], "no policy lets anybody go on alone");
    let mut case = lonely();
    let report = case.blocked_by(&[]);
    let named: Vec<_> = report.alone.iter().map(|it| it.runbook.as_str()).collect();
    assert_eq!(named, RUNBOOKS);
    for runbook in RUNBOOKS {
        let finding = report
            .warnings
            .iter()
            .find(|it| it.rule == Rule::AloneCovered && it.subject == runbook)
            .unwrap();
        assert_eq!(finding.truth, Truth::False);
        assert!(finding.because.contains("no standing approval is for it"), "{finding:?}");
        assert!(finding.who.is_some() && finding.with == [Id::from("delegation")], "{finding:?}");
    }
    case.standing = RUNBOOKS.map(look).into();
    case.standing[1].used = Some(1);
    for rule in [Rule::AloneCovered, Rule::AloneLasts, Rule::AloneRehearsed] {
        case.quiet_about(rule);
    }
    let held = line(&case, "dns-failback");
    assert_eq!((held.covered, held.uses_left), (Truth::True, Some(1)));
    assert_eq!(
        (held.standing, held.expires),
        (Some("dns-failback-alone".into()), Some(now() + DAY * 365))
    );
    assert_eq!((held.holders, held.rehearsed_at), (vec!["first-on-call".into()], Some(now())));
    assert!(held.says.contains("for 1 of 2 plans"), "{}", held.says);
    // Of several the one that holds the longest is named.
    let mut other = look("dns-failback");
    (other.standing.id, other.standing.expires) = ("longer".into(), now() + DAY * 700);
    case.standing.push(other);
    assert_eq!(line(&case, "dns-failback").standing, Some("longer".into()));
}

fn a_standing_approval_that_would_not_hold_is_named_with_why() {
    type Alter = fn(&mut StandingLook);
    let wrong: &[(&str, Truth, Alter)] = &[
        ("has changed since", Truth::False, |it| it.standing.runbook.digest = "0".repeat(64)),
        ("the policy `delegation`", Truth::False, |it| {
            it.standing.policies = vec!["records".into()]
        }),
        ("no phase has an action", Truth::False, |it| it.standing.actions.clear()),
        ("no phase has an action", Truth::False, |it| {
            it.standing.actions = vec![ActionKind::DelegationRestore];
            it.standing.includes.clear();
        }),
        ("no phase has an action", Truth::False, |it| {
            it.standing.actions = vec![ActionKind::DelegationRestore];
            it.standing.includes[0].digest = "0".repeat(64);
        }),
        ("it expired at", Truth::False, |it| it.standing.expires = now()),
        ("was used 2 times of 2", Truth::False, |it| it.used = Some(2)),
        ("nobody can count its uses", Truth::Unknown, |it| it.used = None),
        ("1 of 2 people", Truth::False, |it| {
            it.signed = [("first-on-call".into(), (1, "; bob: is revoked".to_owned()))].into();
        }),
        ("0 of 2 people", Truth::False, |it| it.signed.clear()),
        ("3:1: `nobody`", Truth::False, |it| it.flaws.push("x.yaml:3:1: `nobody`".to_owned())),
    ];
    for (said, truth, alter) in wrong {
        let mut case = lonely();
        case.standing = RUNBOOKS.map(look).into();
        // Its first phase moves a delegation; a later one includes the runbook that moves it back.
        alter(&mut case.standing[2]);
        let found = line(&case, "dns-provider-outage");
        assert_eq!((found.covered, found.standing), (*truth, None), "{said}: {}", found.says);
        assert!(found.says.contains(said), "{said}: {}", found.says);
        let finding = case.warned_of(Rule::AloneCovered, *truth);
        assert!(finding.because.contains(said), "{said}: {}", finding.because);
        // Another that holds covers all the same.
        case.standing.push(StandingLook { ..look("dns-provider-outage") });
        case.quiet_about(Rule::AloneCovered);
    }
    eprintln!("{} ways of a standing approval not to hold are named", wrong.len());
}

fn a_standing_approval_is_spoken_of_before_its_end() {
    let ends = |days: i32| {
        let mut case = lonely();
        case.standing = RUNBOOKS.map(look).into();
        case.standing[1].standing.expires = now() + DAY * days;
        case
    };
    let finding = ends(29).warned_of(Rule::AloneLasts, Truth::False);
    assert!(finding.because.contains("`dns-failback-alone`"), "{}", finding.because);
    ends(31).quiet_about(Rule::AloneLasts);
    // What is over covers nothing, and is not about to end.
    ends(0).quiet_about(Rule::AloneLasts);
}

fn what_was_rehearsed_too_long_ago_is_named() {
    let at = |at: Option<Timestamp>| {
        let mut case = lonely();
        case.standing = RUNBOOKS.map(look).into();
        let all = case.rehearsed.as_mut().unwrap();
        all.remove("dns-failback");
        all.extend(at.map(|at| ("dns-failback".into(), at)));
        case
    };
    let said = |case: Case, truth: Truth, word: &str| {
        let finding = case.warned_of(Rule::AloneRehearsed, truth);
        assert!(finding.because.contains(word), "{}", finding.because);
        assert_eq!(finding.command, "lifeboat drill");
    };
    said(at(None), Truth::False, "no drill has carried it out");
    said(at(Some(now() - DAY * 91)), Truth::False, "a drill carried it out at 2026-08-26");
    at(Some(now() - DAY * 89)).quiet_about(Rule::AloneRehearsed);
    let mut unread = at(None);
    unread.rehearsed = None;
    said(unread, Truth::Unknown, "cannot be read");
    let free = at(None).with(|it| it["approvals"]["delegation"]["alone_needs"] = json!([]));
    free.quiet_about(Rule::AloneRehearsed);
}
