//! Standing approvals: what lies inside, and who signed.

use libtest_mimic::Trial;
use lifeboat::document::{self, Source};
use lifeboat::model::{
    ActionKind, Approver, Beside, Change, Id, LimitKind, Mode, OnFail, Override, Plan, RrComment,
    RrContent, RrKey, Rrset, RunbookMark, StandingApproval, Target, TrackerEntry, Value, Work,
};
use lifeboat::trust::{AllowedSigners, Revoked, covers, endorsers, standing_namespace};

use super::key;
use crate::simulator::plan::{at, change, free, plan};

/// Returns the trials of standing approvals.
pub fn trials() -> Vec<Trial> {
    trials![
        b5_a_standing_approval_covers_its_values_and_no_other,
        b5_only_other_people_sign_a_standing_approval,
    ]
}

const DIGEST: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

const ENVELOPE: &str = r#"schema: lifeboat/standing/v1
id: move-at-night
estate: estate
why: the provider is gone and nobody else wakes up
runbook: { id: runbook, digest: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" }
policies: [policy]
holders: [anna]
actions: [tracker.list.replace]
records:
  - { service: reg, zone: test., name: example.test., type: NS,
      before: [[ns1.a.test., ns2.a.test.], []], after: [[ns1.b.test., ns2.b.test.], [ns1.a.test., ns2.a.test.]],
      ttl: { at_least: 5m, at_most: 1h } }
  - { service: reg, zone: test., name: txt.example.test., type: TXT, before: [['"a"']], after: [['"A"']] }
tracker_lists:
  - { service: box, add: ["udp://t2.example:1/"], remove: ["udp://t1.example:1/"] }
changes_at_most: 2
facts: "observer.healthy"
expires: 2026-12-31T00:00:00Z
uses: 1
"#;

fn envelope() -> StandingApproval {
    let read = document::standing(&Source::new("standing/move-at-night.yaml", ENVELOPE.to_owned()));
    read.unwrap_or_else(|faults| panic!("{faults}"))
}

fn records(of: &[&str]) -> Vec<RrContent> {
    of.iter()
        .map(|it| RrContent { content: (*it).to_owned(), disabled: false, beside: None })
        .collect()
}

fn set(name: &str, kind: &str, ttl: u32, of: &[&str]) -> Rrset {
    let key = RrKey { name: name.to_owned(), kind: kind.to_owned() };
    Rrset { key, ttl, records: records(of), comments: Vec::new() }
}

const OLD: [&str; 2] = ["ns1.a.test.", "ns2.a.test."];
const NEW: [&str; 2] = ["ns2.b.test.", "NS1.b.test."];

/// A plan inside of the envelope: a delegation and a tracker list.
fn inside() -> Plan {
    let mut plan = plan(vec![change("a-", OnFail::Hold, 2, false, free())]);
    plan.runbook.digest = DIGEST.to_owned();
    let delegation = &mut changes(&mut plan)[0];
    let name = "example.test.";
    let keys = vec![RrKey { name: name.to_owned(), kind: "NS".to_owned() }];
    delegation.target = Target::Rrsets { service: "reg".into(), zone: "test.".to_owned(), keys };
    delegation.before = Value::Rrsets(vec![set(name, "NS", 86_400, &OLD)]);
    delegation.after = Value::Rrsets(vec![set(name, "NS", 300, &NEW)]);
    plan
}

fn changes(plan: &mut Plan) -> &mut Vec<Change> {
    let Work::Change(planned) = &mut plan.steps[0].work else { panic!("is a change") };
    &mut planned.changes
}

fn sets(value: &mut Value) -> &mut Vec<Rrset> {
    let Value::Rrsets(sets) = value else { panic!("is of record sets") };
    sets
}

fn list(value: &mut Value) -> &mut Vec<TrackerEntry> {
    let Value::Trackers(list) = value else { panic!("is a list") };
    list
}

fn entry(url: &str) -> TrackerEntry {
    TrackerEntry { tier: 0, url: url.to_owned() }
}

/// A change of something in a plan.
type Move = (&'static str, fn(&mut Plan));

/// What lies outside, each with the words that name it.
const OUTSIDE: &[Move] = &[
    ("it is of estate `estate`", |it| it.estate.id = "other".into()),
    ("it is of runbook `runbook`", |it| it.runbook.id = "other".into()),
    ("has changed since it was signed", |it| it.runbook.digest = "0".repeat(64)),
    ("includes the runbook `more`", |it| {
        let (id, path, digest) = ("more".into(), String::new(), DIGEST.to_owned());
        it.includes.push(RunbookMark { id, commit: None, path, digest });
    }),
    ("the policy `stricter`", |it| it.approval.as_mut().unwrap().policy = "stricter".into()),
    ("goes past a limit", |it| {
        let (limit, step) = (LimitKind::ALL[0], Id::from("a-"));
        let (because, reason) = (String::new(), String::new());
        it.overrides.push(Override { limit, step, because, reason });
    }),
    ("makes 3 changes; it allows 2", |it| {
        let again = changes(it)[1].clone();
        changes(it).push(again);
    }),
    ("does `dns.delegation.replace`", |it| {
        let Work::Change(planned) = &mut it.steps[0].work else { return };
        planned.action = ActionKind::DelegationReplace;
    }),
    ("no change of NS example.test. at `other`", |it| {
        let Target::Rrsets { service, .. } = &mut changes(it)[0].target else { return };
        *service = "other".into();
    }),
    ("no change of NS example.test. at `reg`", |it| {
        let Target::Rrsets { zone, .. } = &mut changes(it)[0].target else { return };
        *zone = "example.test.".to_owned();
    }),
    ("no change of NS other.test. at `reg`", |it| rename(it, "other.test.", "NS")),
    ("no change of A example.test. at `reg`", |it| rename(it, "example.test.", "A")),
    ("is now {ns1.a.test.}", |it| drop(sets(&mut changes(it)[0].before)[0].records.pop())),
    ("is now {ns1.a.test., ns2.a.test., ns1.a.test.}", |it| {
        sets(&mut changes(it)[0].before)[0].records.extend(records(&OLD[..1]));
    }),
    ("is to become {ns2.b.test.}", |it| drop(sets(&mut changes(it)[0].after)[0].records.pop())),
    ("is to become {evil.test., NS1.b.test.}", |it| {
        sets(&mut changes(it)[0].after)[0].records[0].content = "evil.test.".to_owned();
    }),
    ("is to become {}", |it| sets(&mut changes(it)[0].after)[0].records.clear()),
    ("a TTL of 4m59s", |it| sets(&mut changes(it)[0].after)[0].ttl = 299),
    ("a TTL of 1h1s", |it| sets(&mut changes(it)[0].after)[0].ttl = 3_601),
    ("more than its records", |it| {
        let mut off = records(&["off.test."]);
        off[0].disabled = true;
        sets(&mut changes(it)[0].after)[0].records.extend(off);
    }),
    ("more than its records", |it| {
        let (content, account, modified_at) = ("x".to_owned(), String::new(), 0);
        let said = RrComment { content, account, modified_at };
        sets(&mut changes(it)[0].after)[0].comments.push(said);
    }),
    ("more than its records", |it| {
        let proxied = Beside { proxied: true, ..Beside::default() };
        sets(&mut changes(it)[0].after)[0].records[0].beside = Some(proxied);
    }),
    ("more than its records", |it| {
        let proxied = Beside { proxied: true, ..Beside::default() };
        sets(&mut changes(it)[0].before)[0].records[0].beside = Some(proxied.clone());
        sets(&mut changes(it)[0].before)[0].records[1].beside = Some(proxied);
    }),
    ("no change of NS more.test.", |it| {
        sets(&mut changes(it)[0].after).push(set("more.test.", "NS", 300, &NEW));
    }),
    ("no change of NS more.test.", |it| {
        let Target::Rrsets { keys, .. } = &mut changes(it)[0].target else { return };
        keys.push(RrKey { name: "more.test.".to_owned(), kind: "NS".to_owned() });
        sets(&mut changes(it)[0].after).push(set("more.test.", "NS", 300, &NEW));
    }),
    ("TXT txt.example.test. is to become {\"b\"}", |it| text(it, 300, "\"a\"", "\"b\"")),
    ("TXT txt.example.test. is now {\"A\"}", |it| text(it, 300, "\"A\"", "\"a\"")),
    ("a TTL of 5m", |it| text(it, 3_600, "\"a\"", "\"A\"")),
    ("no change of tracker lists at `other`", |it| {
        let Target::TrackerList { service, .. } = &mut changes(it)[1].target else { return };
        *service = "other".into();
    }),
    ("no change of tracker lists at `reg`", |it| {
        changes(it)[0].before = Value::Trackers(Vec::new());
    }),
    ("`udp://t3.example:1/` is to be listed", |it| {
        list(&mut changes(it)[1].after).push(entry("udp://t3.example:1/"));
    }),
    ("`udp://t4.example:1/` is to be struck", |it| {
        list(&mut changes(it)[1].before).push(entry("udp://t4.example:1/"));
    }),
    ("to change their order", |it| {
        let kept = [entry("udp://x.example:1/"), entry("udp://y.example:1/")];
        list(&mut changes(it)[1].before).extend(kept.clone());
        list(&mut changes(it)[1].after).extend(kept.into_iter().rev());
    }),
];

fn rename(plan: &mut Plan, name: &str, kind: &str) {
    let wanted = RrKey { name: name.to_owned(), kind: kind.to_owned() };
    let change = &mut changes(plan)[0];
    let Target::Rrsets { keys, .. } = &mut change.target else { panic!("is of record sets") };
    keys[0] = wanted.clone();
    sets(&mut change.before)[0].key = wanted.clone();
    sets(&mut change.after)[0].key = wanted;
}

/// Puts a change of a text in place of the delegation's.
fn text(plan: &mut Plan, ttl: u32, before: &str, after: &str) {
    let name = "txt.example.test.";
    rename(plan, name, "TXT");
    let change = &mut changes(plan)[0];
    change.before = Value::Rrsets(vec![set(name, "TXT", ttl, &[before])]);
    change.after = Value::Rrsets(vec![set(name, "TXT", 300, &[after])]);
}

fn b5_a_standing_approval_covers_its_values_and_no_other() {
    let envelope = envelope();
    let allowed: &[fn(&mut Plan)] = &[
        |_| {},
        |it| sets(&mut changes(it)[0].after)[0].records.reverse(),
        |it| sets(&mut changes(it)[0].after)[0].ttl = 3_600,
        // It did not exist, and is made.
        |it| *sets(&mut changes(it)[0].before) = vec![set("example.test.", "NS", 0, &[])],
        // What is there already is no change.
        |it| changes(it)[0].after = changes(it)[0].before.clone(),
        |it| text(it, 300, "\"a\"", "\"A\""),
        // What lies beside the records that go lies beside those that come.
        |it| {
            let kept = Beside { comment: "by ops".to_owned(), ..Beside::default() };
            let change = &mut changes(it)[0];
            let both = [&mut change.before, &mut change.after].into_iter().flat_map(sets);
            both.flat_map(|set| &mut set.records).for_each(|it| it.beside = Some(kept.clone()));
        },
        |it| drop(changes(it).pop()),
        |it| it.mode = Mode::Drill,
    ];
    for (number, alter) in allowed.iter().enumerate() {
        let mut plan = inside();
        alter(&mut plan);
        covers(&envelope, &plan).unwrap_or_else(|outside| panic!("{number}: {outside}"));
    }
    for (said, alter) in OUTSIDE {
        let mut plan = inside();
        alter(&mut plan);
        let outside = covers(&envelope, &plan).expect_err(said).to_string();
        assert!(outside.contains(said), "{said}: {outside}");
    }
    eprintln!("B5: {} plans inside of an envelope, {} outside", allowed.len(), OUTSIDE.len());
}

fn b5_only_other_people_sign_a_standing_approval() {
    let people = ["anna", "ben", "carla"];
    let approver = |name: &&str| Approver {
        contact: Id::from(*name),
        principal: format!("{name}@example.org"),
    };
    let approvers: Vec<Approver> = people.iter().map(approver).collect();
    let line = |(at, name): (usize, &&str)| format!("{name}@example.org {}\n", key(at as u8 + 1).1);
    let all: String = people.iter().enumerate().map(line).collect();
    let live = standing_namespace(Mode::Live);
    let sign = |seed: u8, text: &str, namespace: &str| {
        key(seed).0.sign(text.as_bytes(), namespace).unwrap()
    };
    let count = |given: &[(&str, String)], allowed: &str, revoked: &str, mode: Mode| {
        let given: Vec<(Id, String)> =
            given.iter().map(|(who, text)| (Id::from(*who), text.clone())).collect();
        let lists = (
            &AllowedSigners::parse(allowed.as_bytes()),
            &Revoked::parse(revoked.as_bytes()).unwrap(),
        );
        let user = (&approvers[..], &Id::from("anna"));
        endorsers((ENVELOPE.as_bytes(), mode), &given, user, lists, at(0)).0.len()
    };
    let (ben, carla) = (sign(2, ENVELOPE, live), sign(3, ENVELOPE, live));
    let both = [("ben", ben.clone()), ("carla", carla.clone())];
    assert_eq!(count(&both, &all, "", Mode::Live), 2);
    let longer = format!("{ENVELOPE} ");
    let twice = format!("{all}carla@example.org {}\n", key(2).1);
    let hers = key(3).1;
    type Given<'a> = [(&'a str, String); 2];
    let cases: Vec<(&str, Given<'_>, &str, &str)> = vec![
        ("whoever uses it", [("ben", ben.clone()), ("anna", sign(1, ENVELOPE, live))], &all, ""),
        ("the same twice", [("ben", ben.clone()), ("ben", ben.clone())], &all, ""),
        ("one key, two names", [("ben", ben.clone()), ("carla", ben.clone())], &twice, ""),
        ("somebody else's key", [("ben", ben.clone()), ("carla", ben.clone())], &all, ""),
        ("a stranger", [("ben", ben.clone()), ("dora", sign(4, ENVELOPE, live))], &all, ""),
        ("a space more", [("ben", ben.clone()), ("carla", sign(3, &longer, live))], &all, ""),
        (
            "a plan's namespace",
            [("ben", ben.clone()), ("carla", sign(3, ENVELOPE, "lifeboat-approval@v1"))],
            &all,
            "",
        ),
        (
            "a commit's namespace",
            [("ben", ben.clone()), ("carla", sign(3, ENVELOPE, "git"))],
            &all,
            "",
        ),
        ("a revoked key", both.clone(), &all, &hers),
        ("no signature", [("ben", ben.clone()), ("carla", String::new())], &all, ""),
    ];
    for (what, given, allowed, revoked) in &cases {
        assert_eq!(count(given, allowed, revoked, Mode::Live), 1, "{what}");
    }
    assert_eq!(count(&both, &all, "", Mode::Drill), 0, "what is signed live is nothing in a drill");
    eprintln!("B5: {} ways to be fewer than two who signed an envelope", cases.len() + 1);
}
