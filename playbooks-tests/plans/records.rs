//! Record sets made what a source has of them, and kept for less long: what is written, what is named, what is held.

use libtest_mimic::Trial;
use lifeboat::model::{
    Beside, CopyFrom, DnsProviderKind, Expected, FactKind, Found, LimitKind, Plan, RrContent,
    RrKey, Rrset, Span, Target, Truth, Value, Wanted, Work, ZoneSet,
};
use lifeboat::plan::{Refusal, Standing};

use super::copies::{TOP, TOP_OF_B, case, case_of, left, pin, planned, read, refused_by, shown};
use super::ground::{Case, changes, steps};

pub fn trials() -> Vec<Trial> {
    trials![
        what_differs_is_written_with_one_request,
        what_is_each_provider_s_own_is_named_and_never_written,
        what_does_not_travel_is_named_and_left_alone_on_both_sides,
        what_the_estate_declares_is_left_as_it_is,
        only_git_takes_a_record_set_away,
        what_is_not_served_and_what_people_wrote_stay,
        what_lies_beside_a_record_stays_with_it,
        an_empty_standby_is_filled_without_an_override,
        a_source_without_records_takes_nothing_away,
        more_than_a_hundred_sets_need_a_reason,
        many_sets_go_in_as_many_requests_as_the_service_takes,
        an_alias_goes_together_with_what_it_replaces,
        requests_for_many_sets_are_those_of_whole_listings,
        a_provider_that_cannot_be_read_blocks_no_other_one,
        what_is_answered_is_expected_of_every_server,
        nobody_waits_for_a_cache_where_nobody_is_sent,
        a_provider_that_has_nothing_to_do_with_the_zone_is_no_target,
        critical_names_are_kept_for_less_long_and_no_other,
        a_time_to_live_that_its_provider_chooses_is_named,
        caches_are_waited_for_behind_the_last_of_several_providers,
    ]
}

fn what_differs_is_written_with_one_request() {
    let git = "www 60 A 192.0.2.1\nwww 60 A 192.0.2.2\nnew 30 TXT \"x\"\nttl 90 A 192.0.2.3\nsame 60 A 192.0.2.4\n";
    let held = "www 60 A 192.0.2.1\nttl 60 A 192.0.2.3\nsame 60 A 192.0.2.4\n";
    let plan = planned(git, held);
    let [change] = changes(&plan)[..] else { panic!("{:?}", changes(&plan)) };
    let Target::Rrsets { service, zone, keys } = &change.target else { panic!() };
    assert_eq!((service.as_str(), zone.as_str(), keys.len()), ("b", "zone.test.", 3));
    assert_eq!(shown(&change.before), ["-new TXT", "ttl 60 A 192.0.2.3", "www 60 A 192.0.2.1"]);
    assert_eq!(
        shown(&change.after),
        ["new 30 TXT \"x\"", "ttl 90 A 192.0.2.3", "www 60 A 192.0.2.1 | 192.0.2.2"]
    );
    assert_eq!((change.object.as_str(), plan.target.as_str()), ("z", "z"));
    let same = planned("www 60 A 192.0.2.1\n", "www 60 A 192.0.2.1\n");
    assert!(steps(&same).is_empty() && left(&same).last().unwrap().contains("so already"));
}

fn what_is_each_provider_s_own_is_named_and_never_written() {
    let git = "@ 60 DNSKEY 257 3 13 Zm9v\n@ 60 CDS 1 8 2 00\nwww 60 A 192.0.2.1\n";
    let plan = planned(git, "");
    assert_eq!(shown(&changes(&plan)[0].after), ["www 60 A 192.0.2.1"]);
    let own: Vec<&str> = left(&plan).into_iter().filter(|it| it.contains("own")).collect();
    for kind in ["SOA", "NS", "DNSKEY", "CDS"] {
        assert!(own.iter().any(|it| it.contains(&format!("`zone.test. {kind}`"))), "{own:?}");
    }
    assert_eq!(own.len(), 4, "{own:?}");
}

fn what_does_not_travel_is_named_and_left_alone_on_both_sides() {
    let git = ";@ alias alias.zone.test. 60 IN ALIAS elsewhere.test.\n;@ computed lua.zone.test. 60 IN LUA A \"x\"\n;@ proxied cdn.zone.test. 60 IN A 192.0.2.9\nplain 60 A 192.0.2.1\nfront 60 A 192.0.2.2\n";
    let held = ";@ proxied front.zone.test. 60 IN A 192.0.2.7\n";
    let plan = planned(git, held);
    assert_eq!(shown(&changes(&plan)[0].after), ["plain 60 A 192.0.2.1"]);
    for name in ["alias.zone.test. ALIAS", "lua.zone.test. LUA", "cdn.zone.test. A"] {
        let named = |it: &&&str| it.contains(name) && it.contains("of `a` does not travel");
        assert!(left(&plan).iter().find(named).is_some(), "{name}: {:?}", left(&plan));
    }
    let there = |it: &&&str| it.contains("front.zone.test. A") && it.contains("of `b` is left");
    assert!(left(&plan).iter().find(there).is_some(), "{:?}", left(&plan));
}

fn what_the_estate_declares_is_left_as_it_is() {
    let mut case = case();
    let differs = serde_json::json!([{"name": "cdn", "type": "A", "at": ["b"]}, {"name": "@"}]);
    case.estate.zones[0].differs = serde_json::from_value(differs).unwrap();
    let git = format!("{TOP}@ 60 MX 10 mail\ncdn 60 A 192.0.2.1\nwww 60 A 192.0.2.2\n");
    let plan = pin(&case, &read(&git, &format!("{TOP_OF_B}cdn 60 A 192.0.2.9\n"))).unwrap();
    assert_eq!(shown(&changes(&plan)[0].after), ["www 60 A 192.0.2.2"]);
    assert_eq!(left(&plan).len(), 1, "{:?}", left(&plan));
    assert!(left(&plan)[0].contains("and 3 more: the estate says"), "{:?}", left(&plan));
}

fn only_git_takes_a_record_set_away() {
    let (git, held) =
        (format!("{TOP}www 60 A 192.0.2.1\n"), "www 60 A 192.0.2.1\nold 60 A 192.0.2.8\n");
    let mut copies = read(&git, &format!("{TOP_OF_B}{held}"));
    let mut case = case();
    let refusal = pin(&case, &copies).unwrap_err();
    assert_eq!(refused_by(&refusal), [LimitKind::AllDeleted]);
    case.overrides.insert(LimitKind::AllDeleted, "the old name is gone for good".to_owned());
    let plan = pin(&case, &copies).unwrap();
    assert_eq!(shown(&changes(&plan)[0].before), ["old 60 A 192.0.2.8"]);
    assert_eq!(shown(&changes(&plan)[0].after), ["-old A"]);
    copies.source.from = CopyFrom::Live;
    case.overrides.clear();
    let plan = pin(&case, &copies).unwrap();
    assert!(changes(&plan).is_empty());
    assert!(left(&plan).iter().any(|it| it.contains("only a copy in git")), "{:?}", left(&plan));
}

fn what_is_not_served_and_what_people_wrote_stay() {
    let held =
        format!("{TOP_OF_B}www 60 A 192.0.2.1\n;@ disabled www.zone.test. 60 IN A 192.0.2.7\n");
    let mut copies = read(&format!("{TOP}www 60 A 192.0.2.2\n"), &held);
    let comment = serde_json::json!({"content": "by hand", "account": "ops", "modified_at": 7});
    let www = copies.sets.iter_mut().find(|set| set.key.name == "www.zone.test.").unwrap();
    www.comments = vec![serde_json::from_value(comment).unwrap()];
    let plan = pin(&case(), &copies).unwrap();
    let change = changes(&plan)[0];
    assert_eq!(shown(&change.after), ["www 60 A 192.0.2.2 | (192.0.2.7)"]);
    let Value::Rrsets(after) = &change.after else { panic!() };
    assert_eq!(after[0].comments[0].content, "by hand");
    assert!(left(&plan).iter().any(|it| it.contains("of `b` is left as it is: it is kept")));
}

fn what_lies_beside_a_record_stays_with_it() {
    let mut copies = read(
        &format!("{TOP}one 60 A 192.0.2.2\nttl 300 A 192.0.2.3\n"),
        &format!("{TOP_OF_B}one 300 A 192.0.2.1\nttl 300 A 192.0.2.1\n"),
    );
    let beside = Beside { automatic: true, comment: "by ops".to_owned(), ..Beside::default() };
    for set in &mut copies.sets {
        set.records.iter_mut().for_each(|record| record.beside = Some(beside.clone()));
    }
    let plan = pin(&case(), &copies).unwrap();
    let Value::Rrsets(after) = &changes(&plan)[0].after else { panic!() };
    let own = |at: usize| after[at].records[0].beside.clone().unwrap();
    assert_eq!(own(0), Beside { automatic: false, ..beside.clone() }, "its TTL is ours now");
    assert_eq!(own(1), beside);
}

fn an_empty_standby_is_filled_without_an_override() {
    let git: String = (0..99).map(|n| format!("n{n} 60 A 192.0.2.1\n")).collect();
    let plan = planned(&git, "");
    let Value::Rrsets(after) = &changes(&plan)[0].after else { panic!() };
    assert_eq!((changes(&plan).len(), after.len()), (1, 99));
    assert!(plan.overrides.is_empty());
}

fn a_source_without_records_takes_nothing_away() {
    let refusal = pin(&case(), &read(TOP, &format!("{TOP_OF_B}www 60 A 192.0.2.1\n"))).unwrap_err();
    let limits = refused_by(&refusal);
    assert!(limits.contains(&LimitKind::EmptySource), "{limits:?}");
    assert!(limits.contains(&LimitKind::AllDeleted), "{limits:?}");
    assert_eq!(refusal.standing(), Standing::Refused);
}

fn hundreds(number: usize, address: &str) -> String {
    (0..number).map(|n| format!("n{n:04} 60 A {address}\n")).collect()
}

fn more_than_a_hundred_sets_need_a_reason() {
    let (git, held) = (hundreds(500, "192.0.2.1"), hundreds(10_000, "192.0.2.2"));
    let rest: String = (500..10_000).map(|n| format!("n{n:04} 60 A 192.0.2.2\n")).collect();
    let copies = read(&format!("{TOP}{git}{rest}"), &format!("{TOP_OF_B}{held}"));
    let mut case = case();
    assert_eq!(refused_by(&pin(&case, &copies).unwrap_err()), [LimitKind::Count]);
    case.overrides.insert(LimitKind::Count, "they all move to another address".to_owned());
    let plan = pin(&case, &copies).unwrap();
    let Value::Rrsets(after) = &changes(&plan)[0].after else { panic!() };
    assert_eq!((changes(&plan).len(), after.len()), (1, 500), "a twentieth of the zone");
}

fn many_sets_go_in_as_many_requests_as_the_service_takes() {
    let copies = read(&format!("{TOP}{}", hundreds(1_200, "192.0.2.1")), TOP_OF_B);
    let mut case = case();
    case.overrides.insert(LimitKind::Count, "the standby is still empty".to_owned());
    for (kind, wanted) in [
        (DnsProviderKind::Powerdns, &[500, 500, 200][..]),
        (DnsProviderKind::Route53, &[320, 320, 320, 240]),
        (DnsProviderKind::Cloudflare, &[200; 6]),
        (DnsProviderKind::Desec, &[500, 500, 200]),
    ] {
        case.estate.dns_providers[1].kind = kind;
        let plan = pin(&case, &copies).unwrap();
        let sizes: Vec<usize> = changes(&plan).iter().map(|it| shown(&it.after).len()).collect();
        assert_eq!(sizes, wanted, "{kind:?}");
        let mut all: Vec<String> = changes(&plan).iter().flat_map(|it| shown(&it.after)).collect();
        all.dedup();
        assert_eq!(all.len(), 1_200);
    }
    // A message of 64 KiB holds fewer than half a thousand sets with long names.
    case.estate.dns_providers[1].kind = DnsProviderKind::Rfc2136;
    let plan = pin(&case, &copies).unwrap();
    let bytes = |sets: &[String]| -> usize { sets.iter().map(|it| it.len() + 60).sum() };
    for change in changes(&plan) {
        assert!(bytes(&shown(&change.after)) < 60_000);
    }
    assert!(changes(&plan).len() > 1);
}

fn an_alias_goes_together_with_what_it_replaces() {
    let mut case = case();
    case.overrides.insert(LimitKind::AllDeleted, "an alias takes their place".to_owned());
    case.overrides.insert(LimitKind::Count, "the standby is still empty".to_owned());
    case.estate.dns_providers[1].kind = DnsProviderKind::Cloudflare;
    // The two hundredth and the first beyond belong to one name.
    let others: String = (0..199).map(|n| format!("a{n:03} 60 A 192.0.2.1\n")).collect();
    let git = format!("{TOP}{others}b 60 CNAME elsewhere.test.\n");
    let plan = pin(&case, &read(&git, &format!("{TOP_OF_B}b 60 A 192.0.2.2\n"))).unwrap();
    let last = changes(&plan)[1];
    assert_eq!(shown(&last.after), ["-b A", "b 60 CNAME elsewhere.test."]);
    assert_eq!(shown(&changes(&plan)[0].after).len(), 199);
}

fn requests_for_many_sets_are_those_of_whole_listings() {
    let rest: String = (10..1_000).map(|n| format!("n{n:04} 60 A 192.0.2.2\n")).collect();
    let mut case = case();
    case.estate.dns_providers[1].kind = DnsProviderKind::Cloudflare;
    for (number, wanted) in [(9, 2 * (2 * 10 + 13)), (10, 2 * (2 * 4 + 7))] {
        let git = format!("{TOP}{}{rest}", hundreds(number, "192.0.2.1"));
        let held = format!("{TOP_OF_B}{}{rest}", hundreds(number, "192.0.2.2"));
        let plan = pin(&case, &read(&git, &held)).unwrap();
        assert_eq!(plan.requests["b"].uses, wanted, "{number} sets");
        assert_eq!(plan.requests["b"].of, Some(1_200));
    }
}

fn a_provider_that_cannot_be_read_blocks_no_other_one() {
    let each = [
        (
            "      - id: fill\n",
            "      - id: fill\n        each: $zone.standby_at\n        on_fail: continue\n",
        ),
        ("at: b", "at: $each"),
    ];
    let mut case = case_of(&each);
    case.estate.zones[0].standby_at = vec!["b".into(), "inside".into()];
    let copies = read(&format!("{TOP}www 60 A 192.0.2.1\n"), TOP_OF_B);
    let found = |wanted: &Wanted| match wanted {
        Wanted::Zone { at, .. } if *at == "b" => Found::Unreadable("no reply came".to_owned()),
        _ => Found::Zone(Box::new(copies.clone())),
    };
    let plan = case.pin(found).unwrap();
    let [change] = changes(&plan)[..] else { panic!() };
    assert_eq!(*change.target.service(), "inside");
    assert!(left(&plan).iter().any(|it| it.contains("`b` cannot be read: no reply came")));
    // A step that is not passed over refuses.
    let case = case_of(&[]);
    let refusal = case.pin(|_| Found::Unreadable("no reply came".to_owned())).unwrap_err();
    assert!(matches!(refusal, Refusal::Unreadable { .. }), "{refusal}");
}

fn what_is_answered_is_expected_of_every_server() {
    let git = "*.w 60 A 192.0.2.1\nchild 60 NS ns.child\nns.child 60 A 192.0.2.2\n";
    let held = "x.w 60 A 192.0.2.9\nns.child 60 A 192.0.2.9\n";
    let mut case = case();
    case.overrides.insert(LimitKind::AllDeleted, "the wildcard answers for it".to_owned());
    let copies = read(&format!("{TOP}{git}"), &format!("{TOP_OF_B}{held}"));
    let plan = pin(&case, &copies).unwrap();
    let Work::Change(planned) = &plan.steps[0].work else { panic!() };
    let Expected::Records { zone, at, source, after, before } = &planned.verify.expected else {
        panic!("{:?}", planned.verify.expected)
    };
    assert_eq!((zone.as_str(), at.as_str()), ("z", "b"));
    assert_eq!(source.as_ref().unwrap().from, CopyFrom::Git);
    let words = |sets: &[ZoneSet]| -> Vec<String> {
        let data =
            |set: &ZoneSet| set.contents().first().map_or("-".into(), |it| it.content.clone());
        sets.iter().map(|set| format!("{} {} {}", set.name, set.kind, data(set))).collect()
    };
    let wanted = [
        "*.w.zone.test. A 192.0.2.1",
        "child.zone.test. NS ns.child.zone.test.",
        "x.w.zone.test. A 192.0.2.1",
    ];
    assert_eq!(words(after), wanted, "glue is asked of nobody, and the wildcard answers");
    let wanted = [
        "*.w.zone.test. A -",
        "child.zone.test. NS -",
        "ns.child.zone.test. A 192.0.2.9",
        "x.w.zone.test. A 192.0.2.9",
    ];
    assert_eq!(words(before), wanted);
}

fn nobody_waits_for_a_cache_where_nobody_is_sent() {
    let forecast = |case: &Case, git: &str, held: &str| {
        let copies = read(&format!("{TOP}{git}"), &format!("{TOP_OF_B}{held}"));
        let plan = pin(case, &copies).unwrap();
        let Work::Change(planned) = &plan.steps[0].work else { panic!() };
        assert_eq!(planned.verify.not_yet_until, Span::from_secs(60));
        (planned.forecast.latest.as_secs(), planned.way_back.forecast.latest.as_secs())
    };
    let mut case = case();
    let (git, held) = ("www 300 A 192.0.2.1\n", "www 7200 A 192.0.2.2\n");
    assert_eq!(forecast(&case, git, held), (60, 60));
    case.say(FactKind::DnsDelegated, &["z", "b"], Truth::True);
    assert_eq!(forecast(&case, git, held), (7_260, 7_260), "what is kept, and what was written");
    assert_eq!(forecast(&case, held, git), (360, 7_260));
    case.forget(FactKind::DnsDelegated);
    assert_eq!(forecast(&case, git, held).0, 7_260, "nobody knows that nobody is sent there");
}

fn a_provider_that_has_nothing_to_do_with_the_zone_is_no_target() {
    let mut case = case_of(&[("at: b", "at: inside")]);
    let refusal = case.draft().err().unwrap();
    assert!(refusal.to_string().contains("neither serves `z` nor stands by"), "{refusal}");
    case = case_of(&[]);
    case.estate.dns_providers[1].kind = DnsProviderKind::Unmanaged;
    let refusal = case.draft().err().unwrap();
    assert!(matches!(refusal, Refusal::NotAvailable { .. }), "{refusal}");
}

/// Lowers times to live where `b` holds these sets: name, type, TTL.
fn lowered(sets: &[(&str, &str, u32, Option<Beside>)]) -> Plan {
    lowered_in(case_of(&[("dns.zone.apply", "dns.ttl.lower")]), |_| sets.to_vec())
}

/// Lowers times to live where a provider holds these sets.
fn lowered_in<'s>(
    mut case: Case,
    sets: impl Fn(&str) -> Vec<(&'s str, &'s str, u32, Option<Beside>)>,
) -> Plan {
    let critical = serde_json::json!([
        {"name": "www", "type": "A", "ttl_at_most": "5m"}, {"name": "api", "type": "AAAA", "ttl_at_most": "1m"},
        {"name": "free", "type": "A"}]);
    case.estate.zones[0].critical = serde_json::from_value(critical).unwrap();
    case.pin(|wanted| {
        let Wanted::Rrsets { service, keys, .. } = wanted else { panic!("{wanted:?}") };
        assert_eq!(keys.len(), 4, "{keys:?}");
        let sets = sets(service.as_str());
        let set = |key: &RrKey| {
            let own = |it: &&(&str, &str, u32, _)| {
                format!("{}.zone.test.", it.0) == key.name && it.1 == key.kind
            };
            let found = sets.iter().find(own);
            let record = |beside: Option<Beside>| RrContent {
                content: "data".into(),
                disabled: false,
                beside,
            };
            let records = found.map(|it| record(it.3.clone())).into_iter().collect();
            Rrset {
                key: key.clone(),
                ttl: found.map_or(0, |it| it.2),
                records,
                comments: Vec::new(),
            }
        };
        Found::Value(Value::Rrsets(keys.iter().map(set).collect()))
    })
    .unwrap()
}

fn critical_names_are_kept_for_less_long_and_no_other() {
    let plan = lowered(&[("www", "A", 3_600, None), ("api", "CNAME", 90, None)]);
    let [change] = changes(&plan)[..] else { panic!() };
    assert_eq!(shown(&change.before), ["api 90 CNAME data", "www 3600 A data"]);
    assert_eq!(shown(&change.after), ["api 60 CNAME data", "www 300 A data"]);
    let Work::Change(planned) = &plan.steps[0].work else { panic!() };
    let Expected::Records { after, source, .. } = &planned.verify.expected else { panic!() };
    assert_eq!((after.len(), after[1].ttl, source), (2, 300, &None));
    let none = lowered(&[("www", "A", 300, None), ("api", "AAAA", 1, None)]);
    assert!(changes(&none).is_empty(), "nothing is raised");
}

fn a_time_to_live_that_its_provider_chooses_is_named() {
    let automatic = Beside { automatic: true, ..Beside::default() };
    let proxied = Beside { proxied: true, ..Beside::default() };
    let plan = lowered(&[("www", "A", 600, Some(proxied)), ("api", "AAAA", 300, Some(automatic))]);
    assert_eq!(shown(&changes(&plan)[0].after), ["api 60 AAAA data"]);
    let Value::Rrsets(after) = &changes(&plan)[0].after else { panic!() };
    assert_eq!(after[0].records[0].beside, None);
    assert!(left(&plan)[0].contains("`www.zone.test. A` is answered by its provider"));
}

fn caches_are_waited_for_behind_the_last_of_several_providers() {
    let waits = |plan: &Plan| -> Vec<String> {
        let step = |step: &lifeboat::model::PlanStep| match &step.work {
            Work::Wait { until: None, at_most } => format!("{} {at_most}", step.id),
            _ => step.id.to_string(),
        };
        plan.steps.iter().map(step).collect()
    };
    let each = [
        ("dns.zone.apply", "dns.ttl.lower"),
        ("      - id: fill\n", "      - id: fill\n        each: $zone.standby_at\n"),
        ("at: b", "at: $each"),
    ];
    let several = || {
        let mut case = case_of(&each);
        case.estate.zones[0].standby_at = vec!["b".into(), "inside".into()];
        case.forget(FactKind::DnsDelegated);
        case
    };
    let ttl = |provider: &str| if provider == "b" { 7_200 } else { 3_600 };
    let sets = |provider: &str| vec![("www", "A", ttl(provider), None)];
    let plan = lowered_in(several(), sets);
    assert_eq!(waits(&plan), ["fill.b", "fill.inside", "fill.caches 2h"]);
    // Nobody is sent to a provider that stands by, so that no cache holds anything of it.
    let mut case = several();
    case.say(FactKind::DnsDelegated, &["z", "b"], Truth::False);
    assert_eq!(waits(&lowered_in(case, sets)), ["fill.b", "fill.inside", "fill.caches 1h"]);
    let alone = lowered(&[("www", "A", 3_600, None)]);
    assert_eq!(waits(&alone), ["fill"]);
}
