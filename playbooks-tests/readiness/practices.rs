//! The ten lines: each a fact, a date, or not known; nothing that nobody wrote down is said to be undone.

use libtest_mimic::Trial;
use lifeboat::diagnose::readiness::LastIncident;
use lifeboat::model::{Grade, PracticeKind, Truth};
use serde_json::json;

use super::case::{Case, now};

pub fn trials() -> Vec<Trial> {
    trials![
        all_ten_are_said_in_their_order,
        nothing_said_is_not_known_and_never_no,
        a_record_is_a_date_until_it_is_due_again,
        what_is_measured_goes_before_what_is_written,
        a_rehearsal_is_a_date,
        the_last_incident_is_open_closed_or_not_known,
    ]
}

fn line(case: &Case, what: PracticeKind) -> (Truth, Option<String>, String) {
    let report = case.judge();
    let found = report.practices.iter().find(|it| it.what == what).unwrap();
    (found.done, found.on.map(|on| on.to_string()), found.says.clone())
}

fn all_ten_are_said_in_their_order() {
    let report = Case::sound().judge();
    let found: Vec<_> = report.practices.iter().map(|it| it.what).collect();
    assert_eq!(found, PracticeKind::ALL);
    assert!(report.practices.iter().all(|it| !it.says.is_empty()));
    for practice in &report.practices {
        assert_eq!(
            practice.done == Truth::Unknown,
            practice.says.starts_with("not known"),
            "{practice:?}"
        );
    }
}

fn nothing_said_is_not_known_and_never_no() {
    let mut bare = Case::sound().with(|it| {
        *it = json!({"schema": "lifeboat/estate/v1", "id": "harbour"});
    });
    (bare.facts, bare.accesses, bare.evidence) = (Vec::new(), Vec::new(), Vec::new());
    bare.graded.iter_mut().for_each(|it| it.grade = Grade::Never);
    for practice in bare.judge().practices {
        assert_ne!(practice.done, Truth::False, "{practice:?}");
    }
    for what in [
        PracticeKind::LegalTabletop,
        PracticeKind::RouteTransparency,
        PracticeKind::RunbooksReviewed,
    ] {
        assert_eq!(line(&Case::sound(), what).0, Truth::Unknown);
    }
}

fn a_record_is_a_date_until_it_is_due_again() {
    let of = |record: serde_json::Value| {
        line(
            &Case::sound().with(|it| it["practice"] = json!([record])),
            PracticeKind::LegalTabletop,
        )
    };
    let held = of(
        json!({"what": "legal-tabletop", "on": "2026-09-14", "by": "lawyer", "note": "minutes in the safe"}),
    );
    assert_eq!((held.0, held.1.as_deref()), (Truth::True, Some("2026-09-14")));
    assert!(held.2.contains("lawyer") && held.2.contains("minutes in the safe"), "{}", held.2);
    assert_eq!(of(json!({"what": "legal-tabletop", "on": "2025-09-14"})).0, Truth::False);
    assert_eq!(
        of(json!({"what": "legal-tabletop", "on": "2025-09-14", "again_after": "730d"})).0,
        Truth::True
    );
    assert_eq!(of(json!({"what": "legal-tabletop", "on": "2027-01-01"})).0, Truth::Unknown);
}

fn what_is_measured_goes_before_what_is_written() {
    let mut long = Case::sound()
        .with(|it| it["practice"] = json!([{"what": "dns-failover", "on": "2026-11-01"}]));
    long.live_for("quay.harbour.example.", 86_400);
    assert_eq!(line(&long, PracticeKind::DnsFailover).0, Truth::False);
    assert_eq!(line(&Case::sound(), PracticeKind::DnsFailover).0, Truth::True);
    assert_eq!(line(&Case::sound(), PracticeKind::SecondaryTrackers).0, Truth::True);
    assert_eq!(line(&Case::sound(), PracticeKind::SeedboxRegions).0, Truth::True);
    assert_eq!(line(&Case::sound(), PracticeKind::MetadataCaches).0, Truth::True);
    let counted = Case::sound()
        .with(|it| it["carriers"] = json!([{"id": "net", "asn": 65005, "usual_share": "12 %"}]));
    assert_eq!(line(&counted, PracticeKind::PeerCounts).0, Truth::True);
    assert_eq!(line(&Case::sound(), PracticeKind::PeerCounts).0, Truth::Unknown);
}

fn a_rehearsal_is_a_date() {
    let mut case = Case::sound();
    assert_eq!(line(&case, PracticeKind::Withdrawal).1.as_deref(), Some("2026-11-25"));
    case.graded.iter_mut().for_each(|it| it.changed_since = Truth::True);
    assert_eq!(line(&case, PracticeKind::Withdrawal).0, Truth::Unknown);
    let recorded =
        case.with(|it| it["practice"] = json!([{"what": "withdrawal", "on": "2026-10-01"}]));
    assert_eq!(line(&recorded, PracticeKind::Withdrawal).1.as_deref(), Some("2026-10-01"));
}

fn the_last_incident_is_open_closed_or_not_known() {
    let mut case = Case::sound();
    assert_eq!(line(&case, PracticeKind::PostmortemClosed).0, Truth::Unknown);
    case.last = LastIncident { id: Some("2026-11-01-outage".into()), closed: None };
    assert_eq!(line(&case, PracticeKind::PostmortemClosed).0, Truth::False);
    case.last.closed = Some(now());
    assert_eq!(line(&case, PracticeKind::PostmortemClosed).1.as_deref(), Some("2026-11-25"));
}
