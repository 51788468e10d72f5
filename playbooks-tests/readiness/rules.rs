//! Each rule of readiness, true, false and unknown, on an estate that has none of the examples' names.

use jiff::SignedDuration;
use libtest_mimic::Trial;
use lifeboat::diagnose::readiness::{RouterLook, may_stop};
use lifeboat::model::{FactKind, Id, NeedKind, Ready, Rule, Said, Truth};
use serde_json::json;

use super::case::{Case, item, now};

pub fn trials() -> Vec<Trial> {
    trials![
        a_sound_estate_has_no_blocker_and_no_flaw,
        a_registrar_and_its_provider_are_two_companies,
        a_standby_shares_nothing_with_what_it_stands_by_for,
        a_status_page_stands_outside_what_it_reports_on,
        nobody_logs_in_through_what_is_down,
        a_need_stands_outside_the_failing_thing,
        a_credential_is_at_hand_taken_and_wide_enough,
        a_needed_host_is_dead_only_when_others_of_its_kind_are_heard,
        a_standby_out_of_step_stops_the_move,
        a_time_to_live_is_held_against_its_limit,
        trackers_and_seedboxes_stand_in_two_networks,
        a_policy_can_be_met,
        what_was_never_rehearsed_is_said,
        a_lock_costs_the_time_of_its_unlocking,
        a_clock_is_compared,
        a_router_is_asked_for_its_manners,
        addresses_are_noted_for_every_name,
        unknown_never_stops_anything,
        nobody_who_answers_is_no_verdict,
        d8_each_need_is_named_when_it_is_cut,
        d8_what_sits_inside_the_failing_thing_is_named,
    ]
}

fn a_sound_estate_has_no_blocker_and_no_flaw() {
    let report = Case::sound().blocked_by(&[]);
    assert_eq!(report.verdict, Ready::Ready);
    let flaws: Vec<_> = report.warnings.iter().filter(|it| may_stop(it.rule)).collect();
    assert!(flaws.is_empty(), "{flaws:#?}");
    assert_eq!(report.practices.len(), 10);
    assert!(report.warnings.iter().all(|it| it.who.is_some() && !it.remedy.is_empty()));
}

fn a_registrar_and_its_provider_are_two_companies() {
    let company = |name: serde_json::Value| {
        Case::sound().with(|it| item(it, "registrars", "registry")["company"] = name)
    };
    for one in ["North Inc", " north INC "] {
        company(json!(one)).blocked_by(&[(Rule::RegistrarApart, "registry")]);
    }
    company(json!("South BV")).quiet_about(Rule::RegistrarApart);
    company(json!("Northern Inc")).quiet_about(Rule::RegistrarApart);
    company(json!(null)).warned_of(Rule::RegistrarApart, Truth::Unknown);
    let one_place = Case::sound().with(|it| {
        let api = item(it, "dns_providers", "north")["api"].clone();
        let registrar = item(it, "registrars", "registry");
        registrar["kind"] = json!("powerdns");
        (registrar["api"], registrar["addresses"]) = (api, json!(["198.51.100.7"]));
        registrar["credential"] = json!({"file": "private/registry"});
    });
    let report = one_place.judge();
    assert!(
        report.blockers.iter().any(|it| it.rule == Rule::RegistrarApart),
        "{:#?}",
        report.blockers
    );
    Case::sound()
        .with(|it| item(it, "zones", "z")["registrar"] = json!(null))
        .warned_of(Rule::RegistrarApart, Truth::Unknown);
}

fn a_standby_shares_nothing_with_what_it_stands_by_for() {
    let at = |addresses: serde_json::Value| {
        Case::sound().with(|it| {
            item(it, "dns_providers", "south")["nameservers"][0]["addresses"] = addresses;
        })
    };
    let report = at(json!(["198.51.100.99"])).blocked_by(&[(Rule::StandbyApart, "south")]);
    let finding = &report.blockers[0];
    assert!(finding.because.contains("AS65003"), "{}", finding.because);
    assert!(finding.runbooks.contains(&Id::from("dns-provider-outage")), "{finding:?}");
    assert_eq!(finding.with, ["north", "z"].map(Id::from));
    let partly = at(json!(["198.51.100.99", "198.51.100.200"]));
    partly.warned_of(Rule::StandbyApart, Truth::False);
    at(json!(["203.0.113.70"])).quiet_about(Rule::StandbyApart);
    // Two networks may lie in one /24, and the table knows.
    at(json!(["198.51.100.200"])).quiet_about(Rule::StandbyApart);
    at(json!(["100.64.0.1"])).warned_of(Rule::StandbyApart, Truth::Unknown);
    let mut unmapped = at(json!(["198.51.100.200"]));
    unmapped.table = None;
    unmapped.blocked_by(&[(Rule::StandbyApart, "south")]);
    let mut apart = at(json!(["203.0.113.70"]));
    apart.table = None;
    apart.warned_of(Rule::StandbyApart, Truth::Unknown);
    Case::sound()
        .with(|it| item(it, "dns_providers", "south")["company"] = json!("north inc"))
        .blocked_by(&[(Rule::StandbyApart, "south")]);
    Case::sound()
        .with(|it| item(it, "prefixes", "quays")["cidr"] = json!("198.51.100.0/24"))
        .blocked_by(&[(Rule::StandbyApart, "south")]);
    Case::sound()
        .with(|it| item(it, "zones", "z")["standby_at"] = json!([]))
        .warned_of(Rule::StandbyApart, Truth::False);
}

/// A second zone that holds nothing which users die without.
fn side_zone(it: &mut serde_json::Value, name: &str, at: &str) {
    let zone = json!({"id": "side", "name": name, "registrar": "registry", "delegated_to": [at], "standby_at": ["south"]});
    it["zones"].as_array_mut().unwrap().push(zone);
}

fn a_status_page_stands_outside_what_it_reports_on() {
    let page = |url: &str| {
        Case::sound().with(|it| item(it, "status_channels", "page")["url"] = json!(url))
    };
    let wanted = [(Rule::StatusApart, "page")];
    for url in [
        "https://status.harbour.example/",
        "https://HARBOUR.example",
        "https://a.b.harbour.example:8443/x",
    ] {
        page(url).blocked_by(&wanted);
    }
    for url in [
        "https://status.notharbour.example/",
        "https://harbour.example.status.net/",
        "https://192.0.2.99/",
    ] {
        page(url).quiet_about(Rule::StatusApart);
    }
    let in_side = |at: &str| {
        page("https://status.side.example/").with(|it| {
            let mut third = it["dns_providers"][1].clone();
            (third["id"], third["company"]) = (json!("third"), json!("Third"));
            it["dns_providers"].as_array_mut().unwrap().push(third);
            side_zone(it, "side.example.", at);
        })
    };
    let report = in_side("north").judge();
    assert!(
        report.blockers.iter().any(|it| it.rule == Rule::StatusApart),
        "falls with the provider"
    );
    in_side("third").quiet_about(Rule::StatusApart);
    Case::sound()
        .with(|it| item(it, "status_channels", "page")["company"] = json!("North Inc"))
        .blocked_by(&wanted);
    page("https://status.harbour.example/")
        .with(|it| item(it, "status_channels", "page")["audience"] = json!("team"))
        .warned_of(Rule::StatusApart, Truth::False);
}

fn nobody_logs_in_through_what_is_down() {
    let mailbox = |key: &str, value: &str| {
        let (key, value) = (key.to_owned(), value.to_owned());
        Case::sound().with(move |it| item(it, "identities", "mailbox")[key] = json!(value))
    };
    let wanted = [(Rule::LogInApart, "registry")];
    mailbox("mail", "oncall@harbour.example").blocked_by(&wanted);
    mailbox("mail", "oncall@mail.Harbour.example").blocked_by(&wanted);
    mailbox("mail", "harbour.example@post.example").quiet_about(Rule::LogInApart);
    mailbox("company", "North Inc").blocked_by(&wanted);
    mailbox("mail", "oncall@side.example")
        .with(|it| side_zone(it, "side.example.", "north"))
        .blocked_by(&wanted);
    Case::sound()
        .with(|it| it["identities"] = json!([]))
        .warned_of(Rule::LogInApart, Truth::Unknown);
}

fn a_need_stands_outside_the_failing_thing() {
    // The standby's own API has its name in the zone that fails, and nobody wrote its addresses.
    let api = |pinned: bool| {
        Case::sound().with(|it| {
            let south = item(it, "dns_providers", "south");
            south["api"] = json!("https://admin.harbour.example/api");
            if !pinned {
                south["addresses"] = json!([]);
            }
        })
    };
    let report = api(false).blocked_by(&[(Rule::NeedApart, "south")]);
    assert_eq!(report.blockers[0].runbooks, [Id::from("dns-provider-outage")]);
    api(true).quiet_about(Rule::NeedApart);
    // The backup tracker stands in the prefix that is withdrawn.
    let backup = |at: &str| {
        let at = at.to_owned();
        Case::sound().with(move |it| item(it, "trackers", "spare")["addresses"] = json!([at]))
    };
    let report = backup("192.0.2.20").blocked_by(&[(Rule::NeedApart, "spare")]);
    assert_eq!(report.blockers[0].runbooks, [Id::from("prefix-withdrawal")]);
    backup("203.0.113.20").quiet_about(Rule::NeedApart);
}

fn a_credential_is_at_hand_taken_and_wide_enough() {
    let missing = |what: &str, truth| {
        let mut case = Case::sound();
        case.missing.push((what.to_owned(), truth));
        case
    };
    missing("the file `private/south`", Truth::False).blocked_by(&[(Rule::NeedAtHand, "south")]);
    missing("the file `private/south`", Truth::Unknown).warned_of(Rule::NeedAtHand, Truth::Unknown);
    // No runbook declares it: its steps use it where they can.
    missing("the file `private/box-eu`", Truth::False).warned_of(Rule::NeedAtHand, Truth::False);
    let rights = |service: &str, change: fn(&mut lifeboat::model::Access)| {
        let mut case = Case::sound();
        change(case.access(service));
        case
    };
    let no = || Said::new(Truth::False, "it says no");
    let nobody = || Said::unknown("it says nothing");
    let refused = rights("north", |it| it.accepted = Said::new(Truth::False, "it says no"));
    refused.blocked_by(&[(Rule::CredentialAccepted, "north")]);
    let silent = rights("north", |it| it.accepted = Said::unknown("it says nothing"));
    silent.warned_of(Rule::CredentialAccepted, Truth::Unknown);
    let mut narrow = Case::sound();
    narrow.access("north").zones[0].writes = no();
    let report = narrow.blocked_by(&[(Rule::CredentialWrites, "north")]);
    assert!(report.blockers[0].because.contains("read and not write"), "{:?}", report.blockers);
    let mut unsaid = Case::sound();
    unsaid.access("north").zones[0].writes = nobody();
    unsaid.warned_of(Rule::CredentialWrites, Truth::Unknown);
    let mut elsewhere = Case::sound();
    (elsewhere.access("south").zones[0].held, elsewhere.access("south").zones[0].writes) =
        (no(), no());
    elsewhere.blocked_by(&[(Rule::ZoneHeld, "south")]);
    let mut seedbox = Case::sound();
    seedbox.access("box-eu").accepted = no();
    seedbox.warned_of(Rule::CredentialAccepted, Truth::False);
    for (days, stops) in [(-1, Some(true)), (29, Some(false)), (31, None)] {
        let mut case = Case::sound();
        case.access("north").expires = Some(now() + SignedDuration::from_hours(24 * days));
        match stops {
            Some(true) => drop(case.blocked_by(&[(Rule::CredentialLasts, "north")])),
            Some(false) => drop(case.warned_of(Rule::CredentialLasts, Truth::False)),
            None => case.quiet_about(Rule::CredentialLasts),
        }
    }
}

fn a_needed_host_is_dead_only_when_others_of_its_kind_are_heard() {
    let mut dead = Case::sound();
    dead.say(FactKind::TrackerAnswers, "spare", Truth::False);
    dead.blocked_by(&[(Rule::HostAnswers, "spare")]);
    dead.say(FactKind::TrackerAnswers, "quay", Truth::False);
    dead.warned_of(Rule::HostAnswers, Truth::Unknown);
    let mut silent = Case::sound();
    silent.say(FactKind::TrackerAnswers, "spare", Truth::Unknown);
    silent.warned_of(Rule::HostAnswers, Truth::Unknown);
    let mut names = Case::sound();
    names.say(FactKind::DnsAuthorityAnswers, "south", Truth::False);
    names.say(FactKind::ZoneParity, "south", Truth::Unknown);
    names.blocked_by(&[(Rule::HostAnswers, "south")]);
    // Nobody declares the live tracker as a need: that it is down is an incident, not a want of readiness.
    let mut live = Case::sound();
    live.say(FactKind::TrackerAnswers, "quay", Truth::False);
    live.quiet_about(Rule::HostAnswers);
}

fn a_standby_out_of_step_stops_the_move() {
    let mut wrong = Case::sound();
    wrong.say(FactKind::ZoneParity, "south", Truth::False);
    wrong.blocked_by(&[(Rule::StandbyInStep, "south")]);
    let mut unseen = Case::sound();
    unseen.say(FactKind::ZoneParity, "south", Truth::Unknown);
    let since = "2026-11-20T00:00:00Z".parse().unwrap();
    unseen.since.insert((FactKind::ZoneParity, "south".into()), (Truth::True, since));
    let finding = unseen.warned_of(Rule::StandbyInStep, Truth::Unknown);
    assert!(finding.because.contains("2026-11-20"), "{}", finding.because);
    let mut moved = Case::sound();
    moved.say(FactKind::DnsDelegationAsIntended, "z", Truth::False);
    moved.warned_of(Rule::DelegationAsIntended, Truth::False);
}

fn a_time_to_live_is_held_against_its_limit() {
    let mut long = Case::sound();
    long.live_for("quay.harbour.example.", 301);
    let finding = long.warned_of(Rule::TtlWithinLimit, Truth::False);
    assert!(
        finding.because.contains("quay.harbour.example. A lives for 5m1s"),
        "{}",
        finding.because
    );
    Case::sound().quiet_about(Rule::TtlWithinLimit);
    let mut unseen = Case::sound();
    unseen.evidence.clear();
    unseen.warned_of(Rule::TtlWithinLimit, Truth::Unknown);
}

fn trackers_and_seedboxes_stand_in_two_networks() {
    let both = |section: &'static str,
                key: &'static str,
                one: serde_json::Value,
                two: serde_json::Value| {
        Case::sound().with(move |it| {
            it[section][0][key] = one;
            it[section][1][key] = two;
        })
    };
    let trackers = |one: &str, two: &str| both("trackers", "addresses", json!([one]), json!([two]));
    trackers("203.0.113.1", "203.0.113.2").warned_of(Rule::TrackersApart, Truth::False);
    trackers("198.51.100.1", "203.0.113.2").quiet_about(Rule::TrackersApart);
    trackers("100.64.0.1", "100.64.0.2").warned_of(Rule::TrackersApart, Truth::Unknown);
    let boxes = |one: &str, two: &str| {
        both(
            "seedboxes",
            "rpc",
            json!(format!("https://{one}:9091/")),
            json!(format!("https://{two}:9091/")),
        )
    };
    boxes("203.0.113.1", "203.0.113.2").warned_of(Rule::SeedboxesApart, Truth::False);
    boxes("198.51.100.1", "203.0.113.2").quiet_about(Rule::SeedboxesApart);
    both("seedboxes", "region", json!("eu"), json!("eu"))
        .warned_of(Rule::SeedboxesApart, Truth::False);
    let mut blind = Case::sound();
    blind.table = None;
    // Without a table the standby's servers are only known to stand in one block with the provider's.
    let blind = blind.with(|it| {
        item(it, "dns_providers", "south")["nameservers"][0]["addresses"] = json!(["203.0.113.70"]);
    });
    blind.warned_of(Rule::TrackersApart, Truth::Unknown);
}

fn a_policy_can_be_met() {
    let people = |people: u8| {
        Case::sound().with(|it| it["approvals"]["delegation"]["people"] = json!(people))
    };
    people(2).quiet_about(Rule::ApproversSuffice);
    people(3).warned_of(Rule::ApproversSuffice, Truth::False);
    people(4).blocked_by(&[(Rule::ApproversSuffice, "harbour")]);
    let mut unsigned = people(2);
    unsigned.signers = None;
    unsigned.warned_of(Rule::ApproversSuffice, Truth::Unknown);
    unsigned.signers = Some(["ann"].map(str::to_owned).into());
    unsigned.blocked_by(&[(Rule::ApproversSuffice, "harbour")]);
    let mut deaf = Case::sound();
    deaf.missing.push(("the file `private/bob.tel`".to_owned(), Truth::False));
    deaf.warned_of(Rule::PeopleCallable, Truth::False);
}

fn what_was_never_rehearsed_is_said() {
    let mut case = Case::sound();
    case.quiet_about(Rule::RunbookProven);
    case.graded[2].changed_since = Truth::True;
    let finding = case.warned_of(Rule::RunbookProven, Truth::False);
    assert!(finding.because.contains("changed since"), "{}", finding.because);
    case.graded[2].grade = lifeboat::model::Grade::Never;
    let finding = case.warned_of(Rule::RunbookProven, Truth::False);
    assert!(finding.because.contains("never carried out"), "{}", finding.because);
}

fn a_lock_costs_the_time_of_its_unlocking() {
    let locks = |locks: serde_json::Value, takes: serde_json::Value| {
        Case::sound().with(|it| {
            let registrar = item(it, "registrars", "registry");
            (registrar["locks"], registrar["unlock_takes"]) = (locks, takes);
        })
    };
    let held = locks(json!(["serverUpdateProhibited"]), json!("4h"));
    assert!(held.warned_of(Rule::RegistrarUnlocks, Truth::False).because.contains("4h"));
    let unsaid = locks(json!(["clientUpdateProhibited"]), json!(null));
    assert!(
        unsaid.warned_of(Rule::RegistrarUnlocks, Truth::False).because.contains("nobody wrote")
    );
    locks(json!([]), json!(null)).warned_of(Rule::RegistrarUnlocks, Truth::Unknown);
    locks(json!(["clientTransferProhibited"]), json!(null)).quiet_about(Rule::RegistrarUnlocks);
}

fn a_clock_is_compared() {
    let ahead = |seconds: Option<i64>| {
        let mut case = Case::sound();
        case.accesses.iter_mut().for_each(|access| access.ahead_s = seconds);
        case
    };
    for seconds in [31, -31, 4_000] {
        ahead(Some(seconds)).warned_of(Rule::ClockRight, Truth::False);
    }
    ahead(Some(30)).quiet_about(Rule::ClockRight);
    ahead(None).warned_of(Rule::ClockRight, Truth::Unknown);
    // One service with a broken clock is outvoted.
    let mut one = ahead(Some(0));
    one.accesses[0].ahead_s = Some(90_000);
    one.quiet_about(Rule::ClockRight);
}

fn a_router_is_asked_for_its_manners() {
    let router = |look: Option<(Truth, Truth)>| {
        let mut case = Case::sound().with(|it| {
            it["routers"] = json!([{"id": "edge", "kind": "bird", "socket": "/run/edge.ctl"}])
        });
        case.routers = look
            .map(|(validates, restarts)| RouterLook {
                router: "edge".into(),
                validates: Said::new(validates, "seen"),
                restarts: Said::new(restarts, "seen"),
            })
            .into_iter()
            .collect();
        case
    };
    router(None).warned_of(Rule::OriginsValidated, Truth::Unknown);
    router(Some((Truth::False, Truth::True))).warned_of(Rule::OriginsValidated, Truth::False);
    router(Some((Truth::True, Truth::False))).warned_of(Rule::GracefulRestartBounded, Truth::False);
    let well = router(Some((Truth::True, Truth::True)));
    well.quiet_about(Rule::OriginsValidated);
    well.quiet_about(Rule::GracefulRestartBounded);
    Case::sound().quiet_about(Rule::OriginsValidated);
}

fn addresses_are_noted_for_every_name() {
    let mut case = Case::sound();
    let finding = case.warned_of(Rule::EndpointPinned, Truth::False);
    assert_eq!(finding.subject, "page");
    case.pins = serde_json::from_value(json!({"schema": "lifeboat/pins/v1", "hosts": [
        {"host": "status.elsewhere.example", "port": 443, "addresses": ["203.0.113.80"], "learned": now(), "ttl": "5m"}]}))
    .unwrap();
    case.quiet_about(Rule::EndpointPinned);
}

/// Whatever was seen is taken away: what is left stands in the estate, and nothing new is found.
fn unknown_never_stops_anything() {
    let flaws: [fn(&mut Case); 4] = [
        |_| {},
        |case| case.access("north").zones[0].writes = Said::new(Truth::False, "no"),
        |case| case.say(FactKind::ZoneParity, "south", Truth::False),
        |case| case.say(FactKind::TrackerAnswers, "spare", Truth::False),
    ];
    for flaw in flaws {
        let mut case = Case::sound();
        flaw(&mut case);
        case.facts.iter_mut().for_each(|fact| fact.truth = Truth::Unknown);
        for access in &mut case.accesses {
            *access = lifeboat::model::Access::unknown(&access.service, "nobody knows");
        }
        let needs = case.needs();
        case.missing = needs.iter().map(|it| (it.thing.named(), Truth::Unknown)).collect();
        case.evidence.clear();
        let report = case.blocked_by(&[]);
        assert!(report.warnings.iter().any(|it| it.truth == Truth::Unknown));
    }
}

fn nobody_who_answers_is_no_verdict() {
    let mut case = Case::sound();
    case.facts.clear();
    case.accesses.clear();
    assert_eq!(case.blocked_by(&[]).verdict, Ready::CannotTell);
    case.offline = true;
    assert_eq!(case.blocked_by(&[]).verdict, Ready::Ready);
    let flawed = case.with(|it| item(it, "registrars", "registry")["company"] = json!("North Inc"));
    assert_eq!(flawed.judge().verdict, Ready::NotReady);
}

fn d8_each_need_is_named_when_it_is_cut() {
    let whole = Case::sound();
    let shown = whole.judge().needs;
    let mut cut = 0;
    for need in whole.needs() {
        let what = need.thing.named();
        assert!(shown.iter().any(|it| it.what == what && it.of == need.of), "{what} is not listed");
        let mut case = Case::sound();
        match need.thing.kind() {
            NeedKind::Credential | NeedKind::Path => {
                case.missing.push((what.clone(), Truth::False))
            }
            NeedKind::Host => {
                for kind in [FactKind::DnsAuthorityAnswers, FactKind::TrackerAnswers] {
                    if case.facts.iter().any(|it| it.kind == kind && it.subject == need.of) {
                        case.say(kind, need.of.as_str(), Truth::False);
                    }
                }
                if case.accesses.iter().any(|it| it.service == need.of) {
                    case.access(need.of.as_str()).reached = Said::new(Truth::False, "refused");
                }
            }
            NeedKind::LogIn => {
                case.estate["identities"] = json!([{"id": "mailbox", "mail": "x@harbour.example"}]);
            }
        }
        let report = case.judge();
        let said = report.blockers.iter().chain(&report.warnings);
        let named = said.clone().any(|it| {
            it.because.contains(&what)
                || (it.subject == need.of && it.rule != Rule::EndpointPinned)
                || it.with.contains(&need.of)
        });
        assert!(named || !need.declared, "{what} of {} was cut and is not named", need.of);
        let mut blockers = report.blockers.iter();
        assert!(
            !need.declared
                || blockers.any(|it| it.subject == need.of || it.because.contains(&what))
                || need.thing.kind() == NeedKind::Host,
            "{what} of {} was cut and stops nothing",
            need.of
        );
        cut += usize::from(need.declared);
    }
    assert!(cut > 8, "{cut}");
    eprintln!("D8: {cut} declared needs cut one by one, each named");
}

fn d8_what_sits_inside_the_failing_thing_is_named() {
    let case = Case::sound().with(|it| {
        let south = item(it, "dns_providers", "south");
        south["api"] = json!("https://admin.harbour.example/api");
        south["addresses"] = json!([]);
    });
    let needs = case.judge().needs;
    let inside: Vec<_> = needs.iter().filter(|need| !need.inside.is_empty()).collect();
    let found = inside.iter().any(|need| {
        need.what.contains("admin.harbour.example")
            && need.runbook == Some("dns-provider-outage".into())
            && need.inside[0].contains("`north`")
    });
    assert!(found, "{inside:#?}");
    let sound = Case::sound().judge().needs;
    let outside = sound.iter().filter(|need| need.declared).all(|need| need.inside.is_empty());
    assert!(outside, "{sound:#?}");
}
