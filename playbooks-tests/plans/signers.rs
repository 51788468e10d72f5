//! Name servers at a zone's own top, keys of two signers, and what names them at the parent.

use libtest_mimic::Trial;
use lifeboat::model::{
    DnsProviderKind, Expected, FactKind, Found, LimitKind, Pause, Plan, PlannedChange,
    RegistrarKind, Rrset, ServedKey, ServedKeys, Span, Truth, Undo, Value, Wanted, Work,
};
use lifeboat::plan::Refusal;
use serde_json::json;

use super::ground::{Case, changes, left_out};
use super::undoing::seconds;

pub fn trials() -> Vec<Trial> {
    trials![
        the_top_lists_whom_the_parent_delegates_to_and_who_comes,
        the_top_is_for_this_action_alone_while_nobody_is_lost,
        who_goes_by_the_same_plan_goes_from_the_top_as_well,
        a_parent_that_only_a_person_reads_is_known_by_facts,
        each_serves_the_keys_of_both_and_caches_run_out_in_between,
        keys_that_stand_among_a_server_s_own_are_not_written_again,
        a_provider_that_does_not_sign_has_no_keys_to_share,
        the_parent_names_the_key_that_signs,
        a_ds_that_only_a_person_writes_is_typed_and_seen_at_the_parent,
        a_ds_is_taken_out_by_a_person_once_nobody_is_sent_there,
        a_ds_that_went_is_put_back_whoever_is_sent_there,
        the_first_ds_of_a_zone_is_nobody_s_to_add,
        a_ds_stays_while_the_parent_sends_anybody_there,
        keys_only_go_back_while_nobody_needs_them,
        an_undo_waits_for_as_long_as_caches_may_need_what_goes,
        what_a_runbook_says_of_an_undo_is_said_beside,
    ]
}

const TEXT: &str = r#"
schema: lifeboat/runbook/v1
id: tops
title: "Tops"
failure_mode: dns-provider-outage
owner: first-on-call
severity_at_least: minor
layer: dns
plane: control
impact: "None."
advice: [{ otherwise: true, say: act, why: "It is to be so." }]
review_after: 90d
params:
  zone: { type: zone, example: z }
matches: { supports: ["observer.healthy is false"], must_know: [observer.healthy] }
phases:
  immediate:
    enter: "incident.declared"
    exit: "otherwise"
    steps:
<steps>
  recovery: { enter: "immediate.done", exit: "otherwise", steps: [] }
  post_incident: { enter: "incident.resolved", exit: "otherwise", steps: [] }
"#;

fn step(action: &str, target: &str) -> String {
    let id = target.replace(|it: char| !it.is_ascii_lowercase(), "-");
    let (want, ask) = match action {
        "delegation.add" | "delegation.remove" => ("delegated", "parent"),
        "ds.add" | "ds.remove" => ("served", "parent"),
        _ => ("served", "authorities"),
    };
    format!(
        "      - id: {}-{id}\n        change:\n          action: dns.{action}\n          target: {{ zone: $zone, {target} }}\n          \
         why: \"It is to be so.\"\n          approval: {{ policy: delegation, expires: 30m }}\n          limit: {{ zones: 1 }}\n          \
         verify: {{ ask: [{ask}], want: {want} }}\n          undo: {{ action: dns.zone.restore }}\n",
        action.replace('.', "-")
    )
}

pub fn case(steps: &[(&str, &str)]) -> Case {
    let steps: String = steps.iter().map(|(action, target)| step(action, target)).collect();
    let mut case = Case::of(&TEXT.replace("<steps>\n", &steps));
    for provider in &mut case.estate.dns_providers {
        provider.kind = DnsProviderKind::Powerdns;
    }
    for provider in ["a", "b"] {
        case.say(FactKind::DnsAuthorityAnswers, &[provider], Truth::True);
    }
    case.say(FactKind::DnssecSafeToMove, &["z", "b"], Truth::True);
    case.say(FactKind::DnsDelegated, &["z", "a"], Truth::True);
    case.say(FactKind::DnsDelegated, &["z", "b"], Truth::False);
    case
}

/// What the parent and both providers have.
#[derive(Clone)]
pub struct Ground {
    pub parent: Vec<&'static str>,
    tops: [Vec<&'static str>; 2],
    pub ds: Vec<&'static str>,
    /// DNSKEY records as each provider's service lists them, and as its servers serve them, the one that signs first.
    written: [Vec<&'static str>; 2],
    served: [Vec<&'static str>; 2],
}

const KEY_A: &str = "257 3 13 AAAA";
const KEY_B: &str = "257 3 13 BBBB";

pub fn ground() -> Ground {
    Ground {
        parent: vec!["ns1.a.test.", "ns2.a.test."],
        tops: [vec!["ns1.a.test.", "ns2.a.test."], vec!["ns1.b.test.", "ns2.b.test."]],
        ds: vec!["1 13 2 aaaa"],
        written: [vec![KEY_A], vec![]],
        served: [vec![KEY_A], vec![KEY_B]],
    }
}

impl Ground {
    pub fn found(&self, wanted: &Wanted) -> Found {
        let place = |id: &str| usize::from(id == "b");
        match wanted {
            Wanted::Keys { provider, .. } => {
                let keys = self.served[place(provider.as_str())].iter().enumerate();
                let key = |(at, data): (usize, &&str)| ServedKey {
                    data: (*data).to_owned(),
                    ds: format!("{} 13 2 {}", at + 1, data[9..].to_ascii_lowercase()),
                    signs: at == 0,
                };
                Found::Keys(ServedKeys { ttl: 120, keys: keys.map(key).collect() })
            }
            Wanted::Rrsets { service, keys, .. } => {
                let at = place(service.as_str());
                let data = |kind: &str| match (service.as_str(), kind) {
                    ("reg", "NS") => &self.parent,
                    ("reg", _) => &self.ds,
                    (_, "NS") => &self.tops[at],
                    _ => &self.written[at],
                };
                let sets = keys.iter().map(|key| set(&key.name, &key.kind, data(&key.kind)));
                Found::Value(Value::Rrsets(sets.collect()))
            }
            Wanted::ZoneSize { .. } | Wanted::Zone { .. } | Wanted::Torrents { .. } => {
                panic!("{wanted:?}")
            }
        }
    }

    fn pin(&self, case: &Case) -> Result<Plan, Refusal> {
        case.pin(|wanted| self.found(wanted))
    }
}

fn set(name: &str, kind: &str, data: &[&str]) -> Rrset {
    let records: Vec<_> = data.iter().map(|data| json!({"content": data})).collect();
    let ttl = if records.is_empty() { 0 } else { 300 };
    serde_json::from_value(json!({"name": name, "kind": kind, "ttl": ttl, "records": records}))
        .unwrap()
}

fn planned(plan: &Plan) -> Vec<&PlannedChange> {
    let steps = plan.steps.iter().filter_map(|step| match &step.work {
        Work::Change(planned) => Some(&**planned),
        _ => None,
    });
    steps.collect()
}

/// What each change writes.
fn after(plan: &Plan) -> Vec<Vec<&str>> {
    let sets = changes(plan).into_iter().map(|change| {
        let Value::Rrsets(sets) = &change.after else { panic!("{change:?}") };
        sets[0].records.iter().map(|record| record.content.as_str()).collect()
    });
    sets.collect()
}

const BOTH: [&str; 4] = ["ns1.a.test.", "ns2.a.test.", "ns1.b.test.", "ns2.b.test."];

fn the_top_lists_whom_the_parent_delegates_to_and_who_comes() {
    let case =
        case(&[("apex.match", "at: a"), ("apex.match", "at: b"), ("delegation.add", "add: b")]);
    let plan = ground().pin(&case).unwrap();
    let b_first = ["ns1.b.test.", "ns2.b.test.", "ns1.a.test.", "ns2.a.test."];
    assert_eq!(after(&plan), [BOTH, b_first, BOTH]);
    let Expected::Top { at, kind, comes, goes, .. } = &planned(&plan)[0].verify.expected else {
        panic!()
    };
    assert_eq!((at.as_ref().unwrap().as_str(), kind.as_str()), ("a", "NS"));
    assert!(comes == &BOTH[2..] && goes.is_empty(), "{comes:?} {goes:?}");
    let mut done = ground();
    done.parent = BOTH.to_vec();
    done.tops = [BOTH.to_vec(), b_first.to_vec()];
    let plan = done.pin(&case).unwrap();
    assert!(changes(&plan).is_empty() && left_out(&plan, "apex-match-at--a").is_some());
}

fn refused(refusal: Refusal, limit: LimitKind) -> String {
    let Refusal::Limit(breaches) = &refusal else { panic!("{refusal}") };
    assert!(breaches.iter().any(|breach| breach.limit == limit), "{refusal}");
    refusal.to_string()
}

fn the_top_is_for_this_action_alone_while_nobody_is_lost() {
    let mut case = case(&[("apex.match", "at: a")]);
    let mut more = ground();
    more.tops[0].push("ns1.zone.test.");
    let said = refused(more.pin(&case).unwrap_err(), LimitKind::RootNs);
    assert!(said.contains("1 server that may answer") && said.contains("ns1.zone.test."), "{said}");
    case.say(FactKind::DnsServerAnswers, &["inside/ns1.zone.test.@192.0.2.5"], Truth::True);
    refused(more.pin(&case).unwrap_err(), LimitKind::RootNs);
    case.say(FactKind::DnsServerAnswers, &["inside/ns1.zone.test.@192.0.2.5"], Truth::Unknown);
    refused(more.pin(&case).unwrap_err(), LimitKind::RootNs);
    case.say(FactKind::DnsServerAnswers, &["inside/ns1.zone.test.@192.0.2.5"], Truth::False);
    assert_eq!(after(&more.pin(&case).unwrap()), [["ns1.a.test.", "ns2.a.test."]]);
    case.forget(FactKind::DnsAuthorityAnswers);
    refused(more.pin(&case).unwrap_err(), LimitKind::LastServer);
}

fn who_goes_by_the_same_plan_goes_from_the_top_as_well() {
    let case = case(&[("delegation.remove", "remove: b"), ("apex.match", "at: a")]);
    let mut both = ground();
    both.parent = BOTH.to_vec();
    both.tops[0] = BOTH.to_vec();
    let only_a = ["ns1.a.test.", "ns2.a.test."];
    assert_eq!(after(&both.pin(&case).unwrap()), [only_a, only_a]);
}

fn a_parent_that_only_a_person_reads_is_known_by_facts() {
    let mut case = case(&[("apex.match", "at: a"), ("delegation.add", "add: b")]);
    case.estate.registrars[0].kind = RegistrarKind::Manual;
    assert_eq!(after(&ground().pin(&case).unwrap()), [BOTH]);
    case.forget(FactKind::DnsDelegated);
    let refusal = ground().pin(&case).unwrap_err();
    assert!(matches!(refusal, Refusal::Drift { .. }), "{refusal}");
}

fn share() -> Case {
    case(&[
        ("keys.share", "at: a, from: b"),
        ("keys.share", "at: b, from: a"),
        ("ds.add", "add: b"),
    ])
}

fn each_serves_the_keys_of_both_and_caches_run_out_in_between() {
    let plan = ground().pin(&share()).unwrap();
    assert_eq!(after(&plan), [vec![KEY_A, KEY_B], vec![KEY_A], vec!["1 13 2 aaaa", "1 13 2 bbbb"]]);
    let waits: Vec<(&str, u64)> = plan
        .steps
        .iter()
        .filter_map(|step| match &step.work {
            Work::Wait { until: None, at_most } => Some((step.id.as_str(), at_most.as_secs())),
            _ => None,
        })
        .collect();
    let [one, other, named] = &waits[..] else { panic!("{waits:?}") };
    assert!(one.0.ends_with(".caches"), "{waits:?}");
    assert_eq!((one.1, other.1, named.1), (300, 120, 300), "what was there before lives so long");
    let Value::Rrsets(sets) = &changes(&plan)[1].after else { panic!() };
    assert_eq!(sets[0].ttl, 120, "as the keys beside it");
}

fn keys_that_stand_among_a_server_s_own_are_not_written_again() {
    let mut done = ground();
    done.served = [vec![KEY_A, KEY_B], vec![KEY_B, KEY_A]];
    done.written = [vec![KEY_A, KEY_B], vec![KEY_A]];
    done.ds.push("1 13 2 BB BB");
    let plan = done.pin(&share()).unwrap();
    assert!(changes(&plan).is_empty(), "{:?}", changes(&plan));
    assert!(plan.steps.is_empty(), "nothing is waited for either: {:?}", plan.steps);
}

fn a_provider_that_does_not_sign_has_no_keys_to_share() {
    for unsigned in [0, 1] {
        let mut one = ground();
        one.served[unsigned].clear();
        let refusal = one.pin(&share()).unwrap_err();
        assert!(refusal.to_string().contains("does not sign"), "{refusal}");
    }
    let refusal = share().pin(|wanted| match wanted {
        Wanted::Keys { .. } => Found::Unreadable("ns1.b.test. does not answer".to_owned()),
        _ => ground().found(wanted),
    });
    assert!(matches!(refusal, Err(Refusal::Unreadable { .. })), "{refusal:?}");
}

fn the_parent_names_the_key_that_signs() {
    let mut shared = ground();
    shared.served[1] = vec![KEY_B, KEY_A];
    let plan = shared.pin(&case(&[("ds.add", "add: b")])).unwrap();
    assert_eq!(after(&plan), [["1 13 2 aaaa", "1 13 2 bbbb"]], "the other one is only served");
}

/// The case at a registrar without an API.
fn by_hand(steps: &[(&str, &str)]) -> Case {
    let mut case = case(steps);
    case.estate.registrars[0].kind = RegistrarKind::Manual;
    case.estate.registrars[0].locks = vec!["clientUpdateProhibited".to_owned()];
    case
}

/// What the steps of a plan are, each by its id.
fn works(plan: &Plan) -> Vec<(&str, &Work)> {
    plan.steps.iter().map(|step| (step.id.as_str(), &step.work)).collect()
}

fn a_ds_that_only_a_person_writes_is_typed_and_seen_at_the_parent() {
    let case = by_hand(&[("ds.add", "add: b")]);
    let plan = ground().pin(&case).unwrap();
    assert!(changes(&plan).is_empty() && plan.approval.is_none(), "nothing is sent");
    let [(_, Work::Ask(ask)), (seen, Work::Wait { until: Some(until), .. }), (caches, caching)] =
        works(&plan)[..]
    else {
        panic!("{:?}", plan.steps)
    };
    let said = ask.instruction.as_deref().unwrap();
    for word in ["`reg`", "DS of zone.test.", "put in", "`1 13 2 bbbb`", "clientUpdateProhibited"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(!said.contains("aaaa"), "what is there stays: {said}");
    assert!(seen.ends_with(".at-the-parent") && caches.ends_with(".caches"), "{seen} {caches}");
    assert_eq!(until.to_string(), "dnssec.safe-to-move(z, b) is true");
    let Work::Wait { until: None, at_most } = caching else { panic!("{caching:?}") };
    assert_eq!(*at_most, Span::from_secs(300), "what was there before lives so long");
    let mut done = ground();
    done.ds.push("1 13 2 BBBB");
    assert!(done.pin(&case).unwrap().steps.is_empty(), "nothing to type");
    let mut none = ground();
    none.ds.clear();
    let refusal = none.pin(&case).unwrap_err();
    assert!(refusal.to_string().contains("has no DS"), "{refusal}");
}

fn a_ds_is_taken_out_by_a_person_once_nobody_is_sent_there() {
    let mut case = by_hand(&[("ds.remove", "remove: b")]);
    let mut both = ground();
    both.ds.push("1 13 2 bbbb");
    let plan = both.pin(&case).unwrap();
    let [
        (first, Work::Check { require: Some(require), .. }),
        (_, Work::Ask(ask)),
        (_, Work::Wait { until: Some(until), .. }),
        _,
    ] = works(&plan)[..]
    else {
        panic!("{:?}", plan.steps)
    };
    assert!(first.ends_with(".gates"), "{first}");
    assert_eq!(require.to_string(), "dns.delegated(z, b) is false");
    assert_eq!(until.to_string(), "not (dnssec.safe-to-move(z, b) is true)");
    let said = ask.instruction.as_deref().unwrap();
    assert!(said.contains("take out") && said.contains("`1 13 2 bbbb`"), "{said}");
    both.ds.remove(0);
    refused(both.pin(&case).unwrap_err(), LimitKind::AllDeleted);
    case.overrides.insert(LimitKind::AllDeleted, "it is to be unsigned".to_owned());
    let refusal = both.pin(&case).unwrap_err();
    assert!(matches!(refusal, Refusal::NotAvailable { .. }), "nobody would see it: {refusal}");
    case.overrides.clear();
    both.ds.insert(0, "1 13 2 aaaa");
    case.say(FactKind::DnsDelegated, &["z", "b"], Truth::True);
    let refusal = both.pin(&case).unwrap_err();
    assert!(refusal.to_string().contains("still delegates"), "{refusal}");
    case.forget(FactKind::DnsDelegated);
    let refusal = both.pin(&case).unwrap_err();
    assert!(matches!(refusal, Refusal::Unknown { .. }), "{refusal}");
}

fn a_ds_that_went_is_put_back_whoever_is_sent_there() {
    let mut both = ground();
    both.ds.push("1 13 2 bbbb");
    let plan = both.pin(&case(&[("ds.remove", "remove: b")])).unwrap();
    let Undo::Reverse { refuse_unless, .. } = &planned(&plan)[0].undo else { panic!() };
    assert_eq!(*refuse_unless, None);
}

fn the_first_ds_of_a_zone_is_nobody_s_to_add() {
    let mut none = ground();
    none.ds.clear();
    let refusal = none.pin(&case(&[("ds.add", "add: b")])).unwrap_err();
    assert!(refusal.to_string().contains("has no DS"), "{refusal}");
}

fn a_ds_stays_while_the_parent_sends_anybody_there() {
    let mut both = ground();
    both.ds.push("1 13 2 bbbb");
    both.parent = BOTH.to_vec();
    let out = case(&[("ds.remove", "remove: b")]);
    let refusal = both.pin(&out).unwrap_err();
    assert!(refusal.to_string().contains("still delegates"), "{refusal}");
    both.parent = ground().parent;
    assert_eq!(after(&both.pin(&out).unwrap()), [["1 13 2 aaaa"]]);
    both.ds.remove(0);
    let said = refused(both.pin(&out).unwrap_err(), LimitKind::AllDeleted);
    assert!(said.contains("DS set"), "{said}");
}

fn keys_only_go_back_while_nobody_needs_them() {
    let plan = ground().pin(&share()).unwrap();
    let guards = planned(&plan).into_iter().map(|planned| match &planned.undo {
        Undo::Reverse { refuse_unless: Some(guard), .. } => guard.to_string(),
        other => panic!("{other:?}"),
    });
    let shared = [
        "dns.delegated(z, a) is false or dns.delegated(z, b) is false",
        "dns.delegated(z, b) is false or dns.delegated(z, a) is false",
    ];
    assert_eq!(guards.collect::<Vec<_>>(), [shared[0], shared[1], "dns.delegated(z, b) is false"]);
}

/// What each undo waits for.
fn pauses(plan: &Plan) -> Vec<Option<Pause>> {
    let undo = planned(plan).into_iter().map(|planned| match &planned.undo {
        Undo::Reverse { pause, .. } => *pause,
        other => panic!("{other:?}"),
    });
    undo.collect()
}

fn an_undo_waits_for_as_long_as_caches_may_need_what_goes() {
    let mut case = share();
    let before = |seconds| Some(Pause::Before(Span::from_secs(seconds)));
    let usual = before(172_800 + 86_400);
    assert_eq!(pauses(&ground().pin(&case).unwrap()), [usual; 3], "nothing is measured");
    case.measure(FactKind::DnsDelegationTtl, &["z"], seconds(600));
    case.measure(FactKind::DnsRecordTtl, &["z"], seconds(60));
    let own = [300, 120, 300].map(|own| before(600 + own));
    assert_eq!(pauses(&ground().pin(&case).unwrap()), own);
    case.measure(FactKind::DnsNegativeTtl, &["z"], seconds(900));
    let denied = [before(600 + 900); 3];
    assert_eq!(pauses(&ground().pin(&case).unwrap()), denied, "denials are signed as well");
    let mut both = ground();
    both.ds.push("1 13 2 bbbb");
    let plan = both.pin(&self::case(&[("ds.remove", "remove: b")])).unwrap();
    assert_eq!(pauses(&plan), [Some(Pause::After(Span::from_secs(300)))]);
}

fn what_a_runbook_says_of_an_undo_is_said_beside() {
    let mut case = share();
    for step in &mut case.runbook.phases.immediate.steps {
        let undo = &mut step.change.as_mut().unwrap().undo;
        undo.refuse_unless = Some("observer.healthy is true".parse().unwrap());
    }
    let plan = ground().pin(&case).unwrap();
    let Undo::Reverse { refuse_unless: Some(guard), .. } = &planned(&plan)[2].undo else {
        panic!()
    };
    assert_eq!(guard.to_string(), "dns.delegated(z, b) is false and observer.healthy is true");
}
