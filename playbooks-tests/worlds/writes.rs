//! Real effects: what is written through an API is what the world answers afterwards.

use libtest_mimic::Trial;
use lifeboat::action;
use lifeboat::model::{
    DelegationState, Direction, Expected, Id, RrContent, RrKey, Rrset, Sent, Span, TrackerEntry,
    Verify, WantWord, Witness,
};
use lifeboat::service::dns::powerdns::{self, Api};
use lifeboat::service::{Field, seedbox};
use lifeboat::wire::dns::Query;
use std::time::Duration;

use super::asking::{Drill, data, dns, peers, play, rpc, seeders};

pub fn trials() -> Vec<Trial> {
    trials![
        a_patch_at_the_parent_reaches_resolvers_as_their_caches_run_out,
        a_move_is_proven_by_those_who_must_see_it,
        caches_outlive_a_dead_provider_and_then_fail,
        a_tracker_in_the_lists_lists_the_seedbox,
        every_way_to_change_a_list_is_taken,
        the_tool_itself_changes_a_list_and_back,
    ]
}

const SOUTH: [&str; 2] = ["ns1.south-dns.example.", "ns2.south-dns.example."];

async fn delegate(drill: &Drill, field: &Field, servers: &[&str]) {
    let api = Api::of_registrar(&drill.estate.registrars[0]).unwrap();
    let records =
        servers.iter().map(|it| RrContent { content: (*it).into(), disabled: false, beside: None });
    let key = RrKey { name: "openseeds.example.".into(), kind: "NS".into() };
    let after = Rrset { key, ttl: 900, records: records.collect(), comments: Vec::new() };
    let budget = Duration::from_secs(5);
    let sent = powerdns::write(field, &api, "example.", (&[], &[after]), "key", budget).await;
    assert_eq!(sent, Sent::Written);
}

async fn www(field: &Field, resolver: &str) -> Vec<String> {
    data(&dns(field, resolver, Query::to_resolver("www.openseeds.example.", "A")).await)
}

/// The two providers are told apart by what the script made the standby answer.
fn a_patch_at_the_parent_reaches_resolvers_as_their_caches_run_out() {
    play(async {
        let other = "answers: { id: south-dns, name: www.openseeds.example, type: A, values: [192.0.2.99] }";
        let drill = Drill::of(&[other, "network-dark: { carrier: verizon }"]).await;
        let field = drill.field();
        drill.pass(20).await;
        delegate(&drill, &field, &SOUTH).await;
        let ns = || dns(&field, "192.0.2.42:53", Query::to_authority("openseeds.example.", "NS"));
        assert_eq!(data(&ns().await), SOUTH, "the parent answers it at once");
        let resolvers = ["192.0.2.53:53", "203.0.113.253:53"];
        let mut seen: Vec<Vec<Vec<String>>> = vec![Vec::new(); resolvers.len()];
        for _ in 0..16 {
            for (at, resolver) in resolvers.iter().enumerate() {
                let answer = www(&field, resolver).await;
                if seen[at].last() != Some(&answer) {
                    seen[at].push(answer);
                }
            }
            drill.pass(1).await;
        }
        for seen in &seen {
            assert_eq!(seen.last().unwrap(), &["192.0.2.99"], "within the delegation's time");
            let old = ["203.0.113.12".to_owned()];
            assert!(seen.first().unwrap() == &old || seen.len() == 1, "not before: {seen:?}");
        }
        assert!(seen.iter().any(|seen| seen.len() > 1), "some cache still held the old: {seen:?}");
    });
}

/// A standby that the delegation shall name alone, and whoever must see it.
fn only_south() -> Verify {
    let state = |servers: &[&str], provider: &str| DelegationState {
        servers: servers.iter().map(|it| (*it).to_owned()).collect(),
        providers: vec![Id::new(provider)],
    };
    let north = ["ns1.north-dns.example.", "ns2.north-dns.example."];
    Verify {
        ask: vec![Witness::Parent, Witness::Authorities, Witness::Resolvers],
        want: WantWord::OnlyStandby,
        expected: Expected::Delegation {
            zone: "z-main".into(),
            after: state(&SOUTH, "south-dns"),
            before: state(&north, "north-dns"),
        },
        not_yet_until: Span::from_secs(1200),
        turn: None,
    }
}

fn a_move_is_proven_by_those_who_must_see_it() {
    play(async {
        let drill = Drill::of(&["network-dark: { carrier: verizon }"]).await;
        let field = drill.field();
        let seen =
            async || action::verify(&field, &drill.estate, &only_south(), Direction::Do).await;
        drill.pass(20).await;
        let before = seen().await;
        assert!(!before.all && before.because.contains("ns1.north-dns"), "{}", before.because);
        delegate(&drill, &field, &SOUTH).await;
        let at_once = seen().await;
        assert!(!at_once.all, "resolvers still have the old delegation: {}", at_once.because);
        drill.pass(15).await;
        let later = seen().await;
        assert!(later.all, "{}", later.because);
    });
}

fn caches_outlive_a_dead_provider_and_then_fail() {
    play(async {
        let drill = Drill::of(&["server: { id: north-dns, state: hung }"]).await;
        let field = drill.field();
        drill.pass(10).await;
        let resolvers = ["192.0.2.53:53", "203.0.113.253:53"];
        let names = ["tracker1", "tracker2", "www"];
        let answered = async || {
            let mut count = 0;
            for resolver in resolvers {
                for name in names {
                    let query = Query::to_resolver(format!("{name}.openseeds.example."), "A");
                    count += usize::from(data(&dns(&field, resolver, query).await) != ["SERVFAIL"]);
                }
            }
            count
        };
        assert!(answered().await > 0, "no cache held anything");
        drill.pass(5).await;
        assert_eq!(answered().await, 0, "no record lives longer than five minutes");
    });
}

const SB: &str = "https://203.0.113.30:9091/";
const CANARY: &str = "5f3c0d8e4b1a29776e0c4d5b8a9f1e2d3c4b5a69";
const BACKUP: &str = "udp://tracker.openseeds-alt.example:6969/announce";

async fn list(field: &Field) -> Vec<(u64, u64, String)> {
    let ask = format!(
        r#"{{"method":"torrent-get","arguments":{{"ids":["{CANARY}"],"fields":["trackers"]}}}}"#
    );
    let found = rpc(field, SB, &ask).await;
    let trackers = found["torrents"][0]["trackers"].as_array().unwrap().clone();
    let of = |it: &serde_json::Value| {
        let announce = it["announce"].as_str().unwrap().to_owned();
        (it["id"].as_u64().unwrap(), it["tier"].as_u64().unwrap(), announce)
    };
    trackers.iter().map(of).collect()
}

async fn set(field: &Field, change: &str) {
    let body = format!(r#"{{"method":"torrent-set","arguments":{{"ids":["{CANARY}"],{change}}}}}"#);
    rpc(field, SB, &body).await;
}

fn a_tracker_in_the_lists_lists_the_seedbox() {
    play(async {
        let drill = Drill::of(&["server: { id: t-two, state: refused }"]).await;
        let field = drill.field();
        drill.pass(10).await;
        let (id, ..) = list(&field).await.into_iter().find(|it| it.2.contains("tracker2")).unwrap();
        set(&field, &format!(r#""trackerReplace":[{id},"{BACKUP}"]"#)).await;
        assert!(list(&field).await.iter().any(|it| it.0 == id && it.2 == BACKUP));
        assert_eq!(seeders(&field, "203.0.113.140:6969").await, 1);
        assert_eq!(peers(&field, "203.0.113.140:6969").await.len(), 71, "its users follow");
    });
}

fn every_way_to_change_a_list_is_taken() {
    play(async {
        let drill = Drill::of(&[]).await;
        let field = drill.field();
        let before = list(&field).await;
        set(&field, &format!(r#""trackerAdd":["{BACKUP}"]"#)).await;
        let added = list(&field).await;
        let (last, kept) = added.split_last().unwrap();
        assert_eq!((kept, last.1, last.2.as_str()), (&before[..], 2, BACKUP));
        set(&field, &format!(r#""trackerRemove":[{}]"#, last.0)).await;
        assert_eq!(list(&field).await, before);
        set(&field, &format!(r#""trackerList":"{BACKUP}\n\nudp://x.example:1/announce""#)).await;
        let rewritten: Vec<_> = list(&field).await.into_iter().map(|it| (it.1, it.2)).collect();
        let want = [(0, BACKUP.to_owned()), (1, "udp://x.example:1/announce".to_owned())];
        assert_eq!(rewritten, want);
        assert_eq!(seeders(&field, "203.0.113.10:6969").await, 1, "the other seedbox is as it was");
    });
}

fn the_tool_itself_changes_a_list_and_back() {
    play(async {
        let drill = Drill::of(&[]).await;
        let (field, eu) = (drill.field(), &drill.estate.seedboxes[0]);
        let budget = Duration::from_secs(5);
        let torrents = seedbox::torrents(&field, eu, budget).await.unwrap();
        assert!(torrents.iter().any(|it| it.private) && torrents.len() > 3);
        let before = torrents.into_iter().find(|it| it.info_hash == CANARY).unwrap().trackers;
        let moved = |it: &TrackerEntry| match it.url.contains("tracker2") {
            true => TrackerEntry { url: BACKUP.to_owned(), ..it.clone() },
            false => it.clone(),
        };
        let after: Vec<TrackerEntry> = before.iter().map(moved).collect();
        for (from, to, listed) in [(&before, &after, 1), (&after, &before, 0)] {
            let sent = seedbox::set_trackers(&field, eu, CANARY, from, to, budget).await;
            assert_eq!(sent, Sent::Written);
            assert_eq!(seedbox::trackers(&field, eu, CANARY, budget).await.unwrap(), *to);
            assert_eq!(seeders(&field, "203.0.113.140:6969").await, listed);
        }
    });
}
