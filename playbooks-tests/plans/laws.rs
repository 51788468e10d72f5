//! Law 4, for every action: no change without the value before, a limit, a proof, what its service declares, and a way back.

use libtest_mimic::Trial;
use lifeboat::model::{
    ActionKind, Change, Expected, FactKind, Found, LimitKind, PlannedChange, RrContent, Rrset,
    Torrent, Truth, Undo, Value, Wanted, Work,
};
use lifeboat::plan::Refusal;

use super::copies::{TOP, TOP_OF_B, case_of, read};
use super::ground::{Case, TRACKER, parent};
use super::signers::ground;
use super::{delegations, dual, lists, signers};

pub fn trials() -> Vec<Trial> {
    trials![every_action_has_what_a_change_must_have]
}

/// What is read for a plan.
type Reading = Box<dyn Fn(&Wanted) -> Found>;

const ALL: [ActionKind; 13] = [
    ActionKind::DelegationReplace,
    ActionKind::DelegationRestore,
    ActionKind::DelegationAdd,
    ActionKind::DelegationRemove,
    ActionKind::ApexMatch,
    ActionKind::KeysShare,
    ActionKind::DsAdd,
    ActionKind::DsRemove,
    ActionKind::ZoneApply,
    ActionKind::TtlLower,
    ActionKind::TrackerReplace,
    ActionKind::TrackerAppend,
    ActionKind::TrackerRemove,
];

const A: [&str; 2] = ["ns1.a.test.", "ns2.a.test."];
const B: [&str; 2] = ["ns1.b.test.", "ns2.b.test."];

/// Returns a plan's ground with a change of each action in it, and what is read for it.
fn row(action: ActionKind) -> (Case, Reading) {
    match action {
        ActionKind::DelegationReplace => (Case::outage(), Box::new(parent(&A, &[]))),
        ActionKind::DelegationRestore => (delegations::back(), Box::new(parent(&B, &[]))),
        ActionKind::DelegationAdd => (dual::add(), Box::new(parent(&A, &[]))),
        ActionKind::DelegationRemove => (dual::remove(), Box::new(parent(&dual::BOTH, &[]))),
        ActionKind::ApexMatch => {
            let case = signers::case(&[("apex.match", "at: a"), ("delegation.add", "add: b")]);
            (case, Box::new(|wanted| ground().found(wanted)))
        }
        ActionKind::KeysShare => {
            let case = signers::case(&[("keys.share", "at: a, from: b")]);
            (case, Box::new(|wanted| ground().found(wanted)))
        }
        ActionKind::DsAdd => {
            let case = signers::case(&[("ds.add", "add: b")]);
            (case, Box::new(|wanted| ground().found(wanted)))
        }
        ActionKind::DsRemove => {
            let case = signers::case(&[("ds.remove", "remove: b")]);
            let found = |wanted: &Wanted| {
                let mut both = ground();
                both.ds.push("1 13 2 bbbb");
                both.found(wanted)
            };
            (case, Box::new(found))
        }
        ActionKind::ZoneApply => {
            let git = format!("{TOP}www 60 A 192.0.2.1\nnew 60 A 192.0.2.2\n");
            let copies = read(&git, &format!("{TOP_OF_B}www 60 A 192.0.2.9\n"));
            (case_of(&[]), Box::new(move |_| Found::Zone(Box::new(copies.clone()))))
        }
        ActionKind::TtlLower => {
            let mut case = case_of(&[("dns.zone.apply", "dns.ttl.lower")]);
            let critical = serde_json::json!([{"name": "www", "type": "A", "ttl_at_most": "5m"}]);
            case.estate.zones[0].critical = serde_json::from_value(critical).unwrap();
            (case, Box::new(long))
        }
        ActionKind::TrackerReplace => (Case::loss(), Box::new(lists::fleet)),
        ActionKind::TrackerAppend => listed("append", "{ add: $backup, beside: $lost }", "listed"),
        ActionKind::TrackerRemove => listed("remove", "{ remove: $lost }", "gone"),
    }
}

/// Every record set that is asked for has an address and lives for an hour.
fn long(wanted: &Wanted) -> Found {
    let Wanted::Rrsets { keys, .. } = wanted else { panic!("{wanted:?}") };
    let record = RrContent { content: "192.0.2.1".to_owned(), disabled: false, beside: None };
    let sets = keys.iter().map(|key| {
        let records = if key.kind == "A" { vec![record.clone()] } else { Vec::new() };
        let ttl = if key.kind == "A" { 3_600 } else { 0 };
        Rrset { key: key.clone(), ttl, records, comments: Vec::new() }
    });
    Found::Value(Value::Rrsets(sets.collect()))
}

/// A tracker is lost, and something else becomes of the lists; every torrent has another one that answers.
fn listed(action: &str, target: &str, want: &str) -> (Case, Reading) {
    let mut case = Case::loss();
    case.say(FactKind::TrackerAnswers, &["two"], Truth::True);
    let changes = [
        ("tracker.list.replace", &*format!("tracker.list.{action}")),
        ("{ replace: $lost, with: $backup }", target),
        ("want: listed", &*format!("want: {want}")),
    ];
    case.rewrite(TRACKER, &changes);
    let fleet = move |wanted: &Wanted| {
        let Found::Torrents(all) = lists::fleet(wanted) else { panic!() };
        // The one that lists both.
        Found::Torrents(all.into_iter().filter(|it| it.info_hash.starts_with('b')).collect())
    };
    (case, if action == "remove" { Box::new(fleet) } else { Box::new(lists::fleet) })
}

fn every_action_has_what_a_change_must_have() {
    let known = schemars::schema_for!(ActionKind).to_value()["oneOf"].as_array().unwrap().len();
    assert_eq!(ALL.len(), known, "an action has no row");
    for action in ALL {
        let (mut case, found) = row(action);
        let plan = case.pin(&found).unwrap_or_else(|refusal| panic!("{action:?}: {refusal}"));
        let mut steps = plan.steps.iter().filter_map(|step| match &step.work {
            Work::Change(planned) if planned.action == action => Some(&**planned),
            _ => None,
        });
        let planned = steps.next().unwrap_or_else(|| panic!("{action:?} changes nothing"));
        assert!(!planned.changes.is_empty(), "{action:?}");
        for change in &planned.changes {
            assert!(!change.before.same_as(&change.after), "{action:?}: {change:?}");
            assert!(was_read(&case, &found, change), "{action:?}: {change:?} was not read so");
            let terms = lifeboat::service::terms(&case.estate)[change.target.service()];
            let own = (terms.settle, terms.conditional);
            assert_eq!((change.settle, change.conditional), own, "{action:?}");
            assert!(change.timeout.as_secs() > 0, "{action:?}");
        }
        assert!(is_proven(planned), "{action:?}: {:?}", planned.verify);
        let back = &planned.way_back;
        assert!(matches!(planned.undo, Undo::Reverse { .. }), "{action:?}: {:?}", planned.undo);
        assert!(
            back.forecast.latest.as_secs() > 0
                && back.in_time == (back.forecast.latest <= back.bound)
        );
        let approval = plan.approval.as_ref();
        assert!(approval.is_some_and(|it| it.people > 0 && it.expires.as_secs() > 0), "{action:?}");
        limited(&mut case);
        let refusal = case.pin(&found).unwrap_err();
        let Refusal::Limit(breaches) = &refusal else { panic!("{action:?}: {refusal}") };
        assert!(breaches.iter().any(|it| it.limit == LimitKind::Count), "{action:?}: {refusal}");
    }
}

/// Lets no step change anything.
fn limited(case: &mut Case) {
    let phases = &mut case.runbook.phases;
    let steps = [&mut phases.immediate, &mut phases.recovery, &mut phases.post_incident];
    for step in steps.into_iter().flat_map(|phase| &mut phase.steps) {
        if let Some(change) = &mut step.change {
            change.limit.changes = Some(0);
        }
    }
}

/// Tells whether a change rests on exactly what was read.
fn was_read(case: &Case, found: &Reading, change: &Change) -> bool {
    let (mut sets, mut torrents): (Vec<Rrset>, Vec<Torrent>) = (Vec::new(), Vec::new());
    for wanted in case.draft().unwrap().wants() {
        if matches!(wanted, Wanted::ZoneSize { .. }) {
            continue;
        }
        match found(wanted) {
            Found::Value(Value::Rrsets(more)) => sets.extend(more),
            Found::Zone(copies) => sets.extend(copies.sets),
            Found::Torrents(more) => torrents.extend(more),
            Found::Value(Value::Trackers(_))
            | Found::Size(_)
            | Found::Keys(_)
            | Found::Unreadable(_) => {}
        }
    }
    match &change.before {
        Value::Rrsets(before) => before.iter().all(|set| sets.contains(set)),
        Value::Trackers(before) => torrents.iter().any(|it| it.trackers == *before),
    }
}

/// Tells whether somebody is asked about something that differs before and after.
fn is_proven(planned: &PlannedChange) -> bool {
    let differs = match &planned.verify.expected {
        Expected::Delegation { after, before, .. } => after != before,
        Expected::Top { comes, goes, .. } => comes != goes,
        Expected::Records { after, before, .. } => after != before,
        Expected::Listed { torrents, .. } => !torrents.is_empty(),
    };
    differs && !planned.verify.ask.is_empty()
}
