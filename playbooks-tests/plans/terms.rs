//! What services declare, as plans carry it: settle, native conditions, quotas.

use std::collections::BTreeMap;

use libtest_mimic::Trial;
use lifeboat::model::{Declaration, Found, Id, Plan, Quota, Span, Wanted};
use lifeboat::plan::{Refusal, Standing, afford, looks};
use lifeboat::service::{dns, seedbox};

use super::ground::{Case, changes, parent, torrent};

pub fn trials() -> Vec<Trial> {
    trials![
        changes_carry_exactly_what_their_service_declares,
        the_estate_goes_before_the_declaration,
        a_service_that_declares_nothing_is_not_written,
        d7_every_request_of_a_plan_is_counted_there_and_back,
        d7_a_quota_is_not_overdrawn,
        d7_a_plan_needs_no_more_than_its_services_say_is_left,
    ]
}

const A: [&str; 2] = ["ns1.a.test.", "ns2.a.test."];

fn lists(wanted: &Wanted) -> Found {
    let Wanted::Torrents { seedbox } = wanted else { panic!("{wanted:?}") };
    let url = &["udp://one.test:6969/announce"][..];
    let digits = if *seedbox == "east" { "ab" } else { "c" };
    Found::Torrents(digits.chars().map(|digit| torrent(digit, false, &[url])).collect())
}

fn moved(case: &Case) -> Plan {
    case.pin(parent(&A, &[])).unwrap()
}

fn changes_carry_exactly_what_their_service_declares() {
    let held = |plan: &Plan, declared: &Declaration| {
        assert!(!changes(plan).is_empty());
        for change in changes(plan) {
            let found = (change.settle, change.conditional);
            assert_eq!(found, (declared.settle, declared.conditional), "{}", declared.name);
        }
    };
    let mut case = Case::outage();
    case.estate.registrars[0].settle = None;
    held(&moved(&case), &dns::powerdns::SERVICE);
    let mut case = Case::loss();
    case.estate.seedboxes.iter_mut().for_each(|seedbox| seedbox.settle = None);
    held(&case.pin(lists).unwrap(), &seedbox::SERVICE);
}

fn the_estate_goes_before_the_declaration() {
    let mut case = Case::outage();
    case.estate.registrars[0].settle = Some(Span::from_secs(42));
    assert_eq!(changes(&moved(&case))[0].settle, Span::from_secs(42));
    let declared = Declaration {
        quota: Some((1_200, Span::from_secs(300))),
        conditional: true,
        ..dns::powerdns::SERVICE
    };
    let quota = Quota { requests: 7, per: Span::from_secs(1), shared_with: Vec::new() };
    let (own, estates) =
        (declared.terms(None, None), declared.terms(Some(Span::default()), Some(&quota)));
    assert_eq!(
        (own.settle, own.quota, own.conditional),
        (dns::powerdns::SERVICE.settle, Some(1_200), true)
    );
    assert_eq!(
        (estates.settle, estates.quota, estates.conditional),
        (Span::default(), Some(7), true)
    );
}

fn a_service_that_declares_nothing_is_not_written() {
    let case = Case::loss();
    let draft = case.draft_with(BTreeMap::new()).unwrap();
    let found = draft.wants().iter().map(|wanted| (wanted.clone(), lists(wanted)));
    let refusal = draft.pin(found.collect()).unwrap_err();
    assert!(matches!(refusal, Refusal::NotAvailable { .. }), "{refusal}");
    assert!(refusal.to_string().contains("declares nothing"), "{refusal}");
}

/// A look, a write and a look after it, and the same on the way back; lists are looked at by witnesses too.
fn d7_every_request_of_a_plan_is_counted_there_and_back() {
    let case = Case::outage();
    let plan = moved(&case);
    let uses = &plan.requests["reg"];
    assert_eq!((uses.uses, uses.of), (2 * (1 + 1 + 1), Some(1_200)));
    let plan = Case::loss().pin(lists).unwrap();
    let step = plan.steps.iter().find(|step| step.id == "replace-tracker").unwrap();
    let lifeboat::model::Work::Change(planned) = &step.work else { panic!("{step:?}") };
    let witnesses = 2 * looks(planned.verify.not_yet_until, None);
    let one = 2 + seedbox::SERVICE.write + 2;
    assert_eq!(plan.requests["east"].uses, 2 * (2 * one + witnesses));
    assert_eq!(plan.requests["west"].uses, 2 * (one + witnesses));
    eprintln!("D7: {} requests of `east` are counted for 2 changes", plan.requests["east"].uses);
}

fn d7_a_quota_is_not_overdrawn() {
    let mut case = Case::outage();
    let per = Span::from_secs(300);
    let quota = |requests| Quota { requests, per, shared_with: Vec::new() };
    case.estate.registrars[0].quota = Some(quota(6));
    assert_eq!(moved(&case).requests["reg"].of, Some(6));
    case.estate.registrars[0].quota = Some(quota(5));
    let refusal = case.pin(parent(&A, &[])).unwrap_err();
    assert_eq!(refusal.standing(), Standing::Refused);
    for part in ["`reg` takes 5", "would use 6"] {
        assert!(refusal.to_string().contains(part), "{refusal}");
    }
}

fn d7_a_plan_needs_no_more_than_its_services_say_is_left() {
    let plan = moved(&Case::outage());
    let left = |left| BTreeMap::from([(Id::from("reg"), left)]);
    assert_eq!(afford(&plan, &left(6)), Ok(()));
    assert_eq!(afford(&plan, &BTreeMap::from([(Id::from("other"), 0)])), Ok(()));
    let refusal = afford(&plan, &left(5)).unwrap_err();
    assert_eq!(refusal.standing(), Standing::Refused);
    for part in ["`reg` says that it takes 5", "would use 6"] {
        assert!(refusal.to_string().contains(part), "{refusal}");
    }
    assert!(refusal.hint().unwrap().contains("wait"));
}
