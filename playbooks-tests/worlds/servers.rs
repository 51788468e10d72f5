//! Every server on a quiet day, asked as the tool asks real ones.

use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::model::{Ending, Estate, RrKey};
use lifeboat::net::{Method, NetError, Origin, Transport};
use lifeboat::service::dns::powerdns::{self, Api};
use lifeboat::wire::dns::Query;
use lifeboat::wire::tracker_http::AnnounceReply;
use lifeboat::world::{Setting, World, WorldError};

use super::asking::{
    Drill, bird, canary, connect, data, dns, dns_over, http, load, peers, play, rpc, script,
    seeders,
};

pub fn trials() -> Vec<Trial> {
    trials![
        name_servers_answer_over_both_transports,
        the_parent_refers_to_the_provider,
        resolvers_recurse_and_count_down,
        the_rest_of_the_world_has_names_too,
        both_apis_hold_what_their_name_servers_answer,
        trackers_list_seedboxes_and_users_of_each_carrier,
        a_tracker_answers_over_http_under_its_name,
        seedboxes_hold_torrents_behind_the_dance,
        the_collector_has_sessions_and_routes,
        control_targets_answer,
        nothing_else_exists,
        a_parent_that_nobody_described_is_invented,
        a_scenario_that_does_not_fit_is_refused,
        the_world_reads_nothing_of_what_is_true,
    ]
}

fn name_servers_answer_over_both_transports() {
    play(async {
        let (drill, field) = quiet().await;
        for server in ["198.51.100.6:53", "[2001:db8:701::6]:53", "203.0.113.70:53"] {
            for transport in [Transport::Udp, Transport::Tcp] {
                let query = Query::to_authority("tracker1.openseeds.example.", "A");
                let ending = dns_over(&field, server, transport, query).await;
                assert!(ending.answer().is_some_and(|answer| answer.aa), "{server}: {ending:?}");
                assert_eq!(data(&ending), ["198.51.100.20"], "{server}");
            }
        }
        let other = Query::to_authority("www.else.test.", "A");
        assert_eq!(data(&dns(&field, "198.51.100.6:53", other).await), ["REFUSED"]);
        let soa = Query::to_authority("openseeds.example.", "SOA");
        assert_eq!(data(&dns(&field, "203.0.113.71:53", soa).await).len(), 1);
        drill.world.shutdown();
    });
}

async fn quiet() -> (Drill, lifeboat::service::Field) {
    let drill = Drill::of(&[]).await;
    let field = drill.field();
    (drill, field)
}

fn the_parent_refers_to_the_provider() {
    play(async {
        let (_drill, field) = quiet().await;
        let ns = Query::to_authority("openseeds.example.", "NS");
        let ending = dns(&field, "192.0.2.41:53", ns).await;
        assert_eq!(data(&ending), ["ns1.north-dns.example.", "ns2.north-dns.example."]);
        let answer = ending.answer().unwrap();
        assert!(!answer.aa && answer.answers.is_empty());
        let glue: Vec<_> = answer.additional.iter().map(|it| it.data.to_string()).collect();
        assert_eq!(glue, ["198.51.100.6", "2001:db8:701::6", "198.51.100.7"]);
        let ds =
            dns(&field, "192.0.2.42:53", Query::to_authority("openseeds.example.", "DS")).await;
        assert!(
            ds.answer().is_some_and(|it| it.answers.is_empty() && it.authority[0].kind == "SOA")
        );
    });
}

fn resolvers_recurse_and_count_down() {
    play(async {
        let (drill, field) = quiet().await;
        let ask =
            || dns(&field, "192.0.2.53:53", Query::to_resolver("www.openseeds.example.", "A"));
        let ttl = |ending: &Ending<_>| -> u32 {
            let Ending::Answered(lifeboat::model::DnsAnswer { answers, .. }) = ending else {
                panic!("{ending:?}")
            };
            answers[0].ttl
        };
        let first = ask().await;
        assert_eq!(data(&first), ["203.0.113.12"]);
        assert!((1..=300).contains(&ttl(&first)));
        drill.pass(1).await;
        let later = ask().await;
        assert_eq!((ttl(&first) + 300 - ttl(&later)) % 300, 60, "{first:?} {later:?}");
    });
}

fn the_rest_of_the_world_has_names_too() {
    play(async {
        let (_drill, field) = quiet().await;
        let ask = |name: &'static str, kind: &'static str| {
            dns(&field, "203.0.113.253:53", Query::to_resolver(name, kind))
        };
        assert_eq!(data(&ask("ns1.south-dns.example.", "A").await), ["203.0.113.70"]);
        assert_eq!(data(&ask("example.", "SOA").await).len(), 1, "the control name");
        let parents = data(&ask("example.", "NS").await);
        assert_eq!(parents, ["a.nic.example.", "b.nic.example."]);
        assert_eq!(data(&ask("a.nic.example.", "A").await), ["192.0.2.41"]);
        assert_eq!(data(&ask("tracker.openseeds-alt.example.", "A").await), ["203.0.113.140"]);
        assert_eq!(data(&ask("nobody.test.", "A").await), ["NXDOMAIN"]);
    });
}

fn both_apis_hold_what_their_name_servers_answer() {
    play(async {
        let (drill, field) = quiet().await;
        let parent = Api::of_registrar(&drill.estate.registrars[0]).unwrap();
        let key = RrKey { name: "openseeds.example.".into(), kind: "NS".into() };
        let found = powerdns::read(
            &field,
            &parent,
            "example.",
            std::slice::from_ref(&key),
            Duration::from_secs(5),
        )
        .await;
        let found = found.unwrap();
        let servers: Vec<_> = found[0].records.iter().map(|it| it.content.as_str()).collect();
        assert_eq!(servers, ["ns1.north-dns.example.", "ns2.north-dns.example."]);
        let standby = Api::of_provider(&drill.estate.dns_providers[1]).unwrap();
        let found =
            powerdns::read(&field, &standby, "openseeds.example.", &[key], Duration::from_secs(5))
                .await
                .unwrap();
        assert_eq!(found[0].records[0].content, "ns1.south-dns.example.");
        let url = "https://api.reg-open.example:8443/api/v1/servers/localhost/zones/example.";
        let nobody = http(&field, Method::Get, url, &[], "").await.unwrap();
        assert_eq!(nobody.status, 401, "without a key");
    });
}

fn trackers_list_seedboxes_and_users_of_each_carrier() {
    play(async {
        let (drill, field) = quiet().await;
        let found = peers(&field, "203.0.113.10:6969").await;
        let count = |asn: u32| {
            found.iter().filter(|peer| drill.table.asn_of(peer.ip()) == Some(asn)).count()
        };
        assert_eq!((count(701), count(3320)), (40, 30), "as the baseline has it");
        assert_eq!(found.len(), 72, "two seedboxes besides");
        assert_eq!(seeders(&field, "198.51.100.20:6969").await, 2);
        assert_eq!(seeders(&field, "203.0.113.140:6969").await, 0, "nobody lists the backup yet");
        assert!(peers(&field, "203.0.113.140:6969").await.is_empty());
    });
}

fn a_tracker_answers_over_http_under_its_name() {
    play(async {
        let (_drill, field) = quiet().await;
        let hash: String = canary().iter().map(|byte| format!("%{byte:02x}")).collect();
        let url = format!(
            "https://tracker1.openseeds.example/announce?info_hash={hash}\
             &peer_id=-LB0001-exercise0000&port=6881&uploaded=0&downloaded=0&left=1&compact=1"
        );
        let reply = http(&field, Method::Get, &url, &[], "").await.unwrap();
        let reply = AnnounceReply::decode(&reply.body).unwrap();
        assert_eq!((reply.failure, reply.complete, reply.peers.len()), (None, Some(2), 72));
        let wrong =
            http(&field, Method::Get, "https://tracker1.openseeds.example/announce", &[], "");
        let wrong = AnnounceReply::decode(&wrong.await.unwrap().body).unwrap();
        assert!(wrong.failure.is_some());
    });
}

fn seedboxes_hold_torrents_behind_the_dance() {
    play(async {
        let (_drill, field) = quiet().await;
        let ask = r#"{"method":"torrent-get","arguments":{"fields":["hashString","isPrivate",
            "trackers","peers"]}}"#;
        let found = rpc(&field, "https://203.0.113.30:9091/", ask).await;
        let torrents = found["torrents"].as_array().unwrap();
        assert_eq!(torrents.iter().filter(|it| it["isPrivate"] == true).count(), 1);
        assert_eq!(torrents[0]["hashString"], "5f3c0d8e4b1a29776e0c4d5b8a9f1e2d3c4b5a69");
        assert_eq!(torrents[0]["trackers"].as_array().unwrap().len(), 3);
        assert_eq!(torrents[0]["peers"].as_array().unwrap().len(), 71);
        assert!(torrents[0].get("name").is_none(), "nobody asked for it");
        let same = rpc(&field, "https://203.0.113.150:9091/", ask).await;
        assert_eq!(same["torrents"].as_array().unwrap().len(), torrents.len());
    });
}

fn the_collector_has_sessions_and_routes() {
    play(async {
        let (_drill, field) = quiet().await;
        let lines = "restrict\nshow protocols all\nshow route for 203.0.113.10/32 all\nconfigure\n";
        let said = bird(&field, "/run/lg-ams/bird.ctl", lines).await.unwrap();
        assert!(said.starts_with("0001 BIRD") && said.contains("\n0016 "), "{said}");
        assert_eq!(said.matches("BGP state:          Established").count(), 2, "{said}");
        assert_eq!(said.matches("BGP.as_path: 64510 64500").count(), 1, "{said}");
        assert!(said.contains("203.0.113.0/26") && said.contains("\n9001 "), "{said}");
    });
}

fn control_targets_answer() {
    play(async {
        let (_drill, field) = quiet().await;
        let soa = dns(&field, "192.0.2.200:53", Query::to_authority("example.", "SOA")).await;
        assert_eq!(data(&soa).len(), 1);
        assert_eq!(connect(&field, "203.0.113.250:443").await, Ok(()));
    });
}

fn nothing_else_exists() {
    play(async {
        let (_drill, field) = quiet().await;
        for elsewhere in ["192.0.2.41:80", "198.51.100.20:22", "1.1.1.1:443", "127.0.0.1:53"] {
            assert_eq!(connect(&field, elsewhere).await, Err(NetError::Sealed), "{elsewhere}");
        }
        let socket = bird(&field, "/run/bird/bird.ctl", "show status\n").await;
        assert_eq!(socket, Err(NetError::Sealed));
        let local = "127.0.0.1:53".parse().unwrap();
        assert!(field.door.admit(local, Transport::Udp, Origin::Learned).is_err());
    });
}

const SMALL: &str = r#"
schema: lifeboat/estate/v1
id: small
registrars: [{ id: by-hand, kind: manual }]
dns_providers:
  - { id: one, kind: unmanaged, nameservers: [{ name: ns1.one.test, addresses: ["192.0.2.1:5301"] }] }
zones:
  - { id: z, name: small.example.org, registrar: by-hand, delegated_to: [one],
      critical: [{ name: www, type: A }, { name: "@", type: AAAA }] }
trackers: [{ id: t, urls: ["http://t.small.example.org:8080/announce"] }]
resolvers: [{ id: r, address: "192.0.2.53:5353" }]
"#;

fn a_parent_that_nobody_described_is_invented() {
    play(async {
        let estate: Estate = serde_yaml::from_str(SMALL).unwrap();
        let drill = Drill::start(estate, script(&[])).await;
        let field = drill.field();
        let ask = |name: String, kind: &'static str| {
            dns(&field, "192.0.2.53:5353", Query::to_resolver(name, kind))
        };
        let parents = data(&ask("example.org.".into(), "NS").await);
        let [parent] = &parents[..] else { panic!("{parents:?}") };
        let at = data(&ask(parent.clone(), "A").await);
        let server = format!("{}:53", at[0]);
        let ns = dns(&field, &server, Query::to_authority("small.example.org.", "NS")).await;
        assert_eq!(data(&ns), ["ns1.one.test."]);
        assert_eq!(data(&ask("www.small.example.org.".into(), "A").await).len(), 1);
        // A tracker without noted addresses is found by its name.
        let at = data(&ask("t.small.example.org.".into(), "A").await);
        assert_eq!(connect(&field, &format!("{}:8080", at[0])).await, Ok(()));
    });
}

fn a_scenario_that_does_not_fit_is_refused() {
    play(async {
        let estate: Estate = load("estate/lifeboat.yaml");
        let refusal = async |fault: &str| {
            let scenario = script(&["restore: all", fault]);
            let (estate, scenario) = (&estate, &scenario);
            let setting = Setting { estate, scenario, as_table: None, baseline: None };
            World::start(&setting).await.err().unwrap_or_else(|| panic!("{fault} was played"))
        };
        let unknown = |id: &str| WorldError::Unknown { line: 2, id: id.into() };
        assert_eq!(refusal("withdraw: t-one").await, unknown("t-one"));
        assert_eq!(refusal("server: { id: verizon, state: hung }").await, unknown("verizon"));
        assert_eq!(refusal("delegation: { zone: z-main, to: [x] }").await, unknown("x"));
        assert_eq!(refusal("restore: nobody").await, unknown("nobody"));
        let partly = "server: { id: t-one, transport: tcp, state: failing }";
        assert_eq!(refusal(partly).await, WorldError::PartlyLame(2));
        let two = "withdraw: p-main, observer-cut: local";
        assert_eq!(refusal(two).await, WorldError::NotOneFault(2));
        assert!(!refusal(two).await.hint().is_empty());
    });
}

fn the_world_reads_nothing_of_what_is_true() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/world");
    let mut files = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for word in [".truth", "GroundTruth", "must_not_fire", "Expectation"] {
            assert!(!text.contains(word), "{word}");
        }
        files += 1;
    }
    assert!(files > 15);
}
