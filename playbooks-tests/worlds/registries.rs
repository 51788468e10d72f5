//! The registry of a drill: what it tells of a domain goes with what the parent delegates.

use libtest_mimic::Trial;
use lifeboat::model::{Ending, Inconclusive, Observation, ProbeKind, Registration, RegistryAnswer};
use lifeboat::net::Deadline;
use lifeboat::probe::probe;
use lifeboat::service::Field;
use lifeboat::wire::dns::Query;

use super::asking::{Drill, data, dns, play};

pub fn trials() -> Vec<Trial> {
    trials![
        a_domain_is_held_as_the_script_says_and_leaves_the_parent,
        a_registry_lists_what_the_parent_delegates,
        a_registry_fails_with_the_apis_of_its_registrar,
        what_was_held_is_as_it_was_once_it_is_restored,
    ]
}

async fn told(drill: &Drill) -> Ending<RegistryAnswer> {
    let until = Deadline::after(std::time::Duration::from_secs(20));
    let set = probe(&drill.estate, &drill.field(), &[ProbeKind::Registry], None, until).await;
    let found = set.evidence.into_iter().find_map(|evidence| match evidence.observation {
        Observation::Registry(registry) => Some(registry.ending),
        _ => None,
    });
    found.unwrap()
}

async fn registered(drill: &Drill) -> Registration {
    match told(drill).await {
        Ending::Answered(RegistryAnswer::Registered(registration)) => registration,
        other => panic!("{other:?}"),
    }
}

fn statuses(it: &Registration) -> Vec<String> {
    it.statuses.iter().flatten().map(|status| status.name()).collect()
}

async fn delegated(field: &Field) -> Vec<String> {
    let query = Query::to_authority("openseeds.example.", "NS");
    let all = data(&dns(field, "192.0.2.41:53", query).await);
    all.into_iter().filter(|it| it.starts_with("ns")).collect()
}

const NORTH: [&str; 2] = ["ns1.north-dns.example.", "ns2.north-dns.example."];

fn of(state: &str) -> String {
    format!("registration: {{ zone: z-main, state: {state} }}")
}

fn a_domain_is_held_as_the_script_says_and_leaves_the_parent() {
    play(async {
        for (state, status, stays) in [
            ("well", "client transfer prohibited", true),
            ("expired", "auto renew period", true),
            ("held-by-registry", "server hold", false),
            ("held-by-registrar", "client hold", false),
            ("deleted", "pending delete", false),
        ] {
            let drill = Drill::of(&[&of(state)]).await;
            drill.pass(20).await;
            let found = registered(&drill).await;
            assert!(statuses(&found).iter().any(|it| it == status), "{state}: {found:?}");
            let past = found.expires.unwrap() < drill.clock.now();
            assert_eq!(past, ["expired", "deleted"].contains(&state), "{state}: {found:?}");
            assert_eq!(delegated(&drill.field()).await.len(), if stays { 2 } else { 0 }, "{state}");
            assert_eq!(
                found.nameservers.unwrap().len(),
                2,
                "a hold hides them from the zone alone"
            );
        }
        let drill = Drill::of(&[&of("gone")]).await;
        drill.pass(20).await;
        let found = told(&drill).await;
        assert!(matches!(found, Ending::Answered(RegistryAnswer::NotRegistered(_))), "{found:?}");
        assert!(delegated(&drill.field()).await.is_empty());
    });
}

fn a_registry_lists_what_the_parent_delegates() {
    play(async {
        let drill = Drill::of(&["delegation: { zone: z-main, to: [south-dns] }"]).await;
        let names = |it: Registration| -> Vec<String> {
            it.nameservers.unwrap().iter().map(|name| format!("{name}.")).collect()
        };
        assert_eq!(names(registered(&drill).await), NORTH);
        drill.pass(20).await;
        assert_eq!(
            names(registered(&drill).await),
            ["ns1.south-dns.example.", "ns2.south-dns.example."]
        );
    });
}

fn a_registry_fails_with_the_apis_of_its_registrar() {
    play(async {
        for state in ["failing", "hung", "lame"] {
            let drill = Drill::of(&[&format!("api: {{ id: reg-open, state: {state} }}")]).await;
            drill.pass(20).await;
            let found = told(&drill).await;
            let fits = match state {
                "failing" => matches!(found, Ending::Inconclusive(Inconclusive::Busy(_))),
                "hung" => found == Ending::TimedOut,
                _ => matches!(found, Ending::Malformed(_)),
            };
            assert!(fits, "{state}: {found:?}");
        }
    });
}

fn what_was_held_is_as_it_was_once_it_is_restored() {
    play(async {
        let drill = Drill::of(&[&of("held-by-registry"), "restore: z-main"]).await;
        drill.pass(20).await;
        assert_eq!(statuses(&registered(&drill).await), ["client transfer prohibited"]);
        assert_eq!(delegated(&drill.field()).await, NORTH);
    });
}
