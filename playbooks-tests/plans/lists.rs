//! Tracker lists: which torrents of which seedboxes are changed, and how.

use libtest_mimic::Trial;
use lifeboat::model::{
    Expected, Found, LimitKind, SeedboxKind, Span, Target, TrackerEntry, Value, Wanted, Work,
};
use lifeboat::plan::Refusal;

use super::ground::{Case, TRACKER, changes, left_out, torrent};

pub fn trials() -> Vec<Trial> {
    trials![
        each_torrent_that_lists_the_lost_tracker_is_one_change,
        private_torrents_wait_for_a_word,
        one_seedbox_may_be_named,
        a_seedbox_that_cannot_be_read_is_named,
        a_client_that_is_not_built_is_refused,
        nothing_to_replace_is_no_change,
        appending_and_removing,
        a_second_step_starts_from_what_the_first_one_leaves,
    ]
}

const ONE: &str = "udp://one.test:6969/announce";
const TWO: &str = "udp://two.test:6969/announce";
const REPLACE: &str = "{ replace: $lost, with: $backup }";

/// x lists the lost one, y both, z is private and lists the lost one.
pub fn fleet(wanted: &Wanted) -> Found {
    let Wanted::Torrents { seedbox } = wanted else { panic!("{wanted:?}") };
    let x = torrent('a', false, &[&[ONE]]);
    let y = torrent('b', false, &[&[ONE], &[TWO]]);
    let z = torrent('c', true, &[&[ONE]]);
    Found::Torrents(if seedbox == "east" {
        vec![x, y]
    } else {
        vec![torrent('d', false, &[&[ONE]]), z]
    })
}

fn places(changes: &[&lifeboat::model::Change]) -> Vec<String> {
    let place = |change: &&lifeboat::model::Change| match &change.target {
        Target::TrackerList { service, torrent } => format!("{service} {}", &torrent[..1]),
        Target::Rrsets { .. } => panic!("{change:?}"),
    };
    changes.iter().map(place).collect()
}

fn each_torrent_that_lists_the_lost_tracker_is_one_change() {
    let plan = Case::loss().pin(fleet).unwrap();
    let all = changes(&plan);
    assert_eq!(places(&all), ["east a", "west d"]);
    let list = |url: &str| Value::Trackers(vec![TrackerEntry { tier: 0, url: url.to_owned() }]);
    assert_eq!((&all[0].before, &all[0].after), (&list(ONE), &list(TWO)));
    assert_eq!((all[0].object.as_str(), plan.target.as_str()), ("one", "one"));
    assert_eq!((all[0].settle, all[1].settle), (Span::from_secs(5), Span::from_secs(2)));
    let step = plan.steps.iter().find(|step| step.id == "replace-tracker").unwrap();
    let Work::Change(planned) = &step.work else { panic!() };
    let Expected::Listed { after, before, torrents } = &planned.verify.expected else { panic!() };
    assert_eq!(
        (after.as_str(), before.as_ref().unwrap().as_str(), torrents.len()),
        ("two", "one", 2)
    );
    assert!(planned.forecast.because.contains("not measured"));
}

fn private_torrents_wait_for_a_word() {
    let mut case = Case::loss();
    case.rewrite(TRACKER, &[(REPLACE, "{ replace: $lost, with: $backup, private: include }")]);
    assert_eq!(places(&changes(&case.pin(fleet).unwrap())), ["east a", "west d", "west c"]);
}

fn one_seedbox_may_be_named() {
    let mut case = Case::loss();
    case.rewrite(TRACKER, &[(REPLACE, "{ replace: $lost, with: $backup, seedboxes: west }")]);
    assert_eq!(places(&changes(&case.pin(fleet).unwrap())), ["west d"]);
}

fn a_seedbox_that_cannot_be_read_is_named() {
    let down = |wanted: &Wanted| match wanted {
        Wanted::Torrents { seedbox } if seedbox == "west" => {
            Found::Unreadable("connection refused".to_owned())
        }
        _ => fleet(wanted),
    };
    let refusal = Case::loss().pin(down).unwrap_err();
    let said = refusal.to_string();
    assert!(said.contains("`west`") && said.contains("connection refused"), "{said}");
}

fn a_client_that_is_not_built_is_refused() {
    let mut case = Case::loss();
    case.estate.seedboxes[1].kind = SeedboxKind::Qbittorrent;
    let said = case.draft().unwrap_err().to_string();
    assert!(said.contains("`west`") && said.contains("not built"), "{said}");
    case.rewrite(TRACKER, &[(REPLACE, "{ replace: $lost, with: $backup, seedboxes: east }")]);
    assert_eq!(places(&changes(&case.pin(fleet).unwrap())), ["east a"]);
}

fn nothing_to_replace_is_no_change() {
    let plan = Case::loss().pin(|_| Found::Torrents(vec![torrent('a', false, &[&[TWO]])])).unwrap();
    assert!(changes(&plan).is_empty() && plan.approval.is_none());
    assert!(left_out(&plan, "replace-tracker").is_some());
}

fn appending_and_removing() {
    let mut case = Case::loss();
    let append = [
        ("tracker.list.replace", "tracker.list.append"),
        (REPLACE, "{ add: $backup, beside: $lost }"),
    ];
    case.rewrite(TRACKER, &append);
    let plan = case.pin(fleet).unwrap();
    let Value::Trackers(list) = &changes(&plan)[0].after else { panic!() };
    let tiers: Vec<(u32, &str)> =
        list.iter().map(|entry| (entry.tier, entry.url.as_str())).collect();
    assert_eq!(tiers, [(0, ONE), (1, TWO), (1, "http://two.test:6969/announce")]);
    let remove = [("tracker.list.replace", "tracker.list.remove"), (REPLACE, "{ remove: $lost }")];
    case.rewrite(TRACKER, &remove);
    let refusal = case.pin(fleet).unwrap_err();
    assert!(
        matches!(&refusal, Refusal::Limit(_)) && refusal.to_string().contains("last trackers"),
        "{refusal}"
    );
    let both = |_: &Wanted| Found::Torrents(vec![torrent('b', false, &[&[ONE], &[TWO]])]);
    let plan = case.pin(both).unwrap();
    let alone = Value::Trackers(vec![TrackerEntry { tier: 0, url: TWO.to_owned() }]);
    assert_eq!(changes(&plan)[0].after, alone);
}

fn a_second_step_starts_from_what_the_first_one_leaves() {
    let mut case = Case::loss();
    let text = TRACKER
        .replace("- { id: say-what-we-did", "- { id: again }\n      - { id: say-what-we-did");
    let mut runbook: serde_json::Value = serde_yaml::from_str(&text).unwrap();
    let steps = runbook["phases"]["immediate"]["steps"].as_array_mut().unwrap();
    let replace = steps.iter().position(|step| step["id"] == "replace-tracker").unwrap();
    let mut back = steps[replace].clone();
    back["id"] = "again".into();
    back["change"]["target"] = serde_json::json!({"replace": "$backup", "with": "$lost"});
    back["change"]["limit"] = serde_json::json!({"torrents": 10});
    steps[replace + 1] = back;
    case.runbook = serde_json::from_value(runbook).unwrap();
    let last = "the lost one is put back for the trial".to_owned();
    case.overrides.insert(LimitKind::LastTracker, last);
    let plan = case.pin(|_| Found::Torrents(vec![torrent('a', false, &[&[ONE]])])).unwrap();
    let all = changes(&plan);
    assert_eq!(places(&all), ["east a", "west a", "east a", "west a"]);
    assert_eq!((&all[2].before, &all[2].after), (&all[0].after, &all[0].before));
}
