//! Registries over RDAP: what each kind of answer becomes, and how politely they are asked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use libtest_mimic::Trial;
use lifeboat::model::{
    Ending, Estate, Evidence, EvidenceSet, Inconclusive, Observation, ProbeKind,
    RegistrationStatus, RegistryAnswer, RegistryObservation,
};
use lifeboat::net::loopback::TcpServer;
use lifeboat::net::{Deadline, Stopwatch, Transport};
use serde_json::{Value, json};

use super::servers::Cast;
use super::{AMPLE, BUDGET, estate, play, run, sealed};

pub fn trials() -> Vec<Trial> {
    trials![
        a_registration_is_read_and_nobody_in_it_kept,
        only_an_error_of_rdap_says_that_a_domain_is_not_there,
        a_registry_without_time_says_nothing,
        what_is_not_about_the_domain_is_nonsense,
        a_registry_that_cannot_be_reached_says_nothing,
        many_domains_of_one_registry_wait_their_turn,
        only_zones_with_a_registry_are_asked_about,
        evidence_of_registries_survives_its_journal,
    ]
}

const KINDS: &[ProbeKind] = &[ProbeKind::Registry];

fn zones(count: usize, url: &str) -> Estate {
    let zone = |number| {
        json!({ "id": format!("z{number}"), "name": format!("Seeds{number}.example."),
            "registrar": "reg", "delegated_to": ["main"] })
    };
    estate(json!({
        "registrars": [{ "id": "reg", "kind": "manual", "rdap": { "url": url, "addresses": ["192.0.2.41"] } }],
        "dns_providers": [{ "id": "main", "kind": "unmanaged",
            "nameservers": [{ "name": "ns1.main.example.", "addresses": ["192.0.2.1"] }] }],
        "zones": (0..count).map(zone).collect::<Value>(),
    }))
}

/// What a registry was asked, and how many questions it had before it at once.
#[derive(Clone, Default)]
struct Asked {
    requests: Arc<Mutex<Vec<String>>>,
    open: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

/// Plays a registry that gives one answer to all; without one it takes requests and stays silent.
async fn registry(cast: &mut Cast, answer: Option<String>) -> Asked {
    let asked = Asked::default();
    let server = TcpServer::open().await.unwrap();
    cast.add("192.0.2.41:443", Transport::Tcp, server.address());
    let (all, ample) = (asked.clone(), Deadline::after(AMPLE));
    tokio::spawn(async move {
        while let Ok(mut stream) = server.accept().await {
            let (asked, answer) = (all.clone(), answer.clone());
            tokio::spawn(async move {
                let now = asked.open.fetch_add(1, Ordering::SeqCst) + 1;
                asked.most.fetch_max(now, Ordering::SeqCst);
                let head = stream.read_some(4096, ample).await.unwrap();
                asked.requests.lock().unwrap().push(String::from_utf8(head).unwrap());
                match answer {
                    Some(answer) => {
                        // Gives others the time to come in between, were they let.
                        tokio::task::yield_now().await;
                        asked.open.fetch_sub(1, Ordering::SeqCst);
                        stream.write_all(answer.as_bytes(), ample).await.unwrap();
                        stream.finish(ample).await.unwrap();
                    }
                    None => while !stream.read_some(1, ample).await.unwrap().is_empty() {},
                }
            });
        }
    });
    asked
}

fn reply(status: u16, headers: &str, body: &str) -> Option<String> {
    let length = body.len();
    Some(format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n{headers}\r\n{body}"))
}

fn domain(name: &str) -> Value {
    json!({
        "objectClassName": "domain", "ldhName": name, "status": ["server hold"],
        "events": [{"eventAction": "expiration", "eventDate": "2027-01-01T00:00:00Z"}],
        "entities": [{"objectClassName": "entity", "roles": ["registrant"], "handle": "PERSON-1",
            "vcardArray": ["vcard", [["fn", {}, "text", "A Person"]]]}],
        "nameservers": [{"objectClassName": "nameserver", "ldhName": "NS1.MAIN.EXAMPLE"}],
    })
}

fn told(set: &EvidenceSet) -> Vec<(&Evidence, &RegistryObservation)> {
    let all = set.evidence.iter().filter_map(|evidence| {
        let Observation::Registry(registry) = &evidence.observation else { return None };
        Some((evidence, registry))
    });
    all.collect()
}

/// Asks about one domain whose registry answers so, and returns how it ended.
async fn ending(answer: Option<String>) -> Ending<RegistryAnswer> {
    let mut cast = Cast::default();
    registry(&mut cast, answer).await;
    let set =
        run(&zones(1, "https://rdap.nic.example/v1/"), &sealed(cast.map.clone()), KINDS).await;
    told(&set)[0].1.ending.clone()
}

fn a_registration_is_read_and_nobody_in_it_kept() {
    play(async {
        let mut cast = Cast::default();
        let body = domain("SEEDS0.EXAMPLE").to_string();
        let asked = registry(&mut cast, reply(200, "", &body)).await;
        let estate = zones(1, "https://rdap.nic.example/v1/");
        let set = run(&estate, &sealed(cast.map.clone()), KINDS).await;
        let (evidence, found) = told(&set)[0];
        assert_eq!((evidence.subject.as_str(), evidence.sent), ("z0", 1));
        assert_eq!((found.registrar.as_str(), found.name.as_str()), ("reg", "seeds0.example"));
        assert_eq!(found.endpoint, Some("192.0.2.41:443".parse().unwrap()));
        let Ending::Answered(RegistryAnswer::Registered(it)) = &found.ending else {
            panic!("{found:?}")
        };
        assert_eq!(it.statuses.as_deref(), Some(&[RegistrationStatus::ServerHold][..]));
        assert!(!serde_json::to_string(&set).unwrap().contains("erson"));
        let requests = asked.requests.lock().unwrap();
        let head = requests[0].to_ascii_lowercase();
        assert!(head.starts_with("get /v1/domain/seeds0.example http/1.1\r\n"), "{head}");
        assert!(head.contains("accept: application/rdap+json"), "{head}");
        assert!(head.contains("host: rdap.nic.example\r\n"), "{head}");
        assert_eq!(requests.len(), 1);
    });
}

fn only_an_error_of_rdap_says_that_a_domain_is_not_there() {
    play(async {
        let error = json!({"errorCode": 404, "title": "Not Found"}).to_string();
        let found = ending(reply(404, "", &error)).await;
        assert!(
            matches!(&found, Ending::Answered(RegistryAnswer::NotRegistered(it)) if *it == "Not Found")
        );
        let other = json!({"errorCode": 403, "title": "Not Found"}).to_string();
        for body in ["<h1>Not Found</h1>", "", other.as_str(), r#"{"error": "Not Found"}"#] {
            let found = ending(reply(404, "", body)).await;
            assert!(matches!(found, Ending::Malformed(_)), "{body}: {found:?}");
        }
    });
}

fn a_registry_without_time_says_nothing() {
    play(async {
        for status in [429, 500, 502, 503] {
            let found = ending(reply(status, "retry-after: 60\r\n", "{}")).await;
            let Ending::Inconclusive(Inconclusive::Busy(why)) = &found else { panic!("{found:?}") };
            assert!(why.starts_with(&format!("status {status}")), "{why}");
        }
    });
}

fn what_is_not_about_the_domain_is_nonsense() {
    play(async {
        let mut entity = domain("seeds0.example");
        entity["objectClassName"] = json!("entity");
        let cut = reply(200, "", &domain("seeds0.example").to_string()).map(|text| {
            let longer = text.replace("content-length: ", "content-length: 9");
            assert_ne!(longer, text);
            longer
        });
        let moved = "location: https://elsewhere.example/domain/seeds0.example\r\n";
        let mut endless = domain("seeds0.example");
        endless["notices"] = json!([{ "description": ["x".repeat(256 << 10)] }]);
        for answer in [
            reply(200, "", &domain("seeds0.example.org").to_string()),
            reply(200, "", &entity.to_string()),
            reply(200, "", &endless.to_string()),
            reply(200, "", "<html>"),
            reply(302, moved, ""),
            reply(401, "", "{}"),
            cut,
        ] {
            let found = ending(answer.clone()).await;
            let begins = answer.map(|text| text.chars().take(200).collect::<String>());
            assert!(matches!(found, Ending::Malformed(_)), "{begins:?}: {found:?}");
        }
    });
}

fn a_registry_that_cannot_be_reached_says_nothing() {
    play(async {
        let watch = Stopwatch::start();
        assert_eq!(ending(None).await, Ending::TimedOut);
        assert!(watch.took() < 3 * BUDGET, "{:?}", watch.took());
        let mut cast = Cast::default();
        cast.refusing("192.0.2.41:443");
        let estate = zones(1, "https://rdap.nic.example/");
        let set = run(&estate, &sealed(cast.map.clone()), KINDS).await;
        assert_eq!(told(&set)[0].1.ending, Ending::Refused);
        assert!(told(&set)[0].0.sent > 1, "what nobody listened to is tried again");
        let clear = zones(1, "http://rdap.nic.example:443/");
        let set = run(&clear, &sealed(cast.map.clone()), KINDS).await;
        let found = &told(&set)[0].1.ending;
        assert!(matches!(found, Ending::Inconclusive(Inconclusive::NotAdmitted(_))), "{found:?}");
    });
}

fn many_domains_of_one_registry_wait_their_turn() {
    play(async {
        let mut cast = Cast::default();
        let asked = registry(&mut cast, reply(503, "", "")).await;
        let estate = zones(20, "https://rdap.nic.example/");
        let set = run(&estate, &sealed(cast.map.clone()), KINDS).await;
        assert_eq!(told(&set).len(), 20);
        assert_eq!(asked.requests.lock().unwrap().len(), 20, "each is asked once");
        let most = asked.most.load(Ordering::SeqCst);
        assert!((1..=4).contains(&most), "{most} at once");
        // A registry that takes all the time leaves none for the others, and that is no finding.
        let mut cast = Cast::default();
        registry(&mut cast, None).await;
        let watch = Stopwatch::start();
        let set = run(&estate, &sealed(cast.map.clone()), KINDS).await;
        assert!(watch.took() < 3 * BUDGET, "{:?}", watch.took());
        let count = |wanted: &Ending<RegistryAnswer>| {
            told(&set).iter().filter(|(_, found)| found.ending == *wanted).count()
        };
        let late = Ending::Inconclusive(Inconclusive::Deadline);
        assert_eq!((count(&Ending::TimedOut), count(&late)), (4, 16));
    });
}

fn only_zones_with_a_registry_are_asked_about() {
    play(async {
        let mut estate = zones(2, "https://rdap.nic.example/");
        estate.zones[1].registrar = None;
        let field = sealed(Cast::default().map);
        assert_eq!(told(&run(&estate, &field, KINDS).await).len(), 1);
        assert!(told(&run(&estate, &field, &[ProbeKind::Dns]).await).is_empty());
        estate.registrars[0].rdap = None;
        assert!(told(&run(&estate, &field, KINDS).await).is_empty());
    });
}

fn evidence_of_registries_survives_its_journal() {
    play(async {
        let mut cast = Cast::default();
        registry(&mut cast, reply(200, "", &domain("seeds0.example").to_string())).await;
        let estate = zones(1, "https://rdap.nic.example/");
        let set = run(&estate, &sealed(cast.map.clone()), KINDS).await;
        let text = serde_json::to_string(&set).unwrap();
        assert_eq!(serde_json::from_str::<EvidenceSet>(&text).unwrap(), set);
        let value: Value = serde_json::from_str(&text).unwrap();
        let observation = &value["evidence"][1]["observation"];
        assert_eq!(observation["probe"], "registry");
        assert_eq!(
            observation["ending"]["answered"]["registered"]["statuses"],
            json!(["server-hold"])
        );
    });
}
