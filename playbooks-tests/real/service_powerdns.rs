//! PowerDNS's API, read and written through the service, and a delegation moved from plan to proof.

use super::estate;
use super::failover::{Failover, NAME, NS_A, ZONE};
use super::lab::Lab;
use super::planning::{fact, field, pinned, planned, play};
use super::powerdns::PowerDns;
use super::until::until;
use libtest_mimic::Trial;
use lifeboat::action;
use lifeboat::model::{
    Direction, Estate, Fact, FactKind, RrComment, RrContent, RrKey, Rrset, Sent, Truth,
};
use lifeboat::service::Field;
use lifeboat::service::dns::powerdns::{self, Api, PowerDnsError, write};
use std::time::Duration;

/// Returns the trials of the service and of what stands on it.
pub fn trials() -> Vec<Trial> {
    trials![
        what_is_read_is_what_the_server_holds,
        a_write_is_one_patch_and_reads_back,
        an_undo_restores_ttl_order_comments_and_what_is_disabled,
        a_backend_without_comments_is_written,
        a_set_is_made_and_taken_away,
        a_wrong_key_is_named_and_changes_nothing,
        an_unknown_zone_is_named,
        what_the_server_refuses_is_said_in_its_words,
        a_dead_server_refuses_and_a_hanging_one_is_in_doubt,
        a_delegation_is_planned_moved_proven_and_restored,
    ]
}

/// Reads with patience.
async fn read(
    field: &Field,
    api: &Api,
    zone: &str,
    keys: &[RrKey],
) -> Result<Vec<Rrset>, PowerDnsError> {
    powerdns::read(field, api, zone, keys, Duration::from_secs(10)).await
}

const PATIENCE: Duration = Duration::from_secs(20);
const SOON: Duration = Duration::from_secs(5);

/// A server with one zone, and its API as an estate describes it.
fn server(lab: &Lab) -> (PowerDns, Api) {
    zoned(lab, PowerDns::start(lab, "powerdns", lab.at(1, 53)))
}

fn zoned(lab: &Lab, mut server: PowerDns) -> (PowerDns, Api) {
    let text = "$ORIGIN zone.test.\n@ 60 SOA ns host 1 3600 600 86400 60\n@ 60 NS ns\nns 60 A 192.0.2.53\n";
    server.add_zone("zone.test", text);
    let provider = estate::powerdns_provider(lab, "own", "ns.zone.test.", &server);
    let api = Api::of_provider(&serde_json::from_value(provider).unwrap()).unwrap();
    (server, api)
}

fn key(name: &str, kind: &str) -> RrKey {
    RrKey { name: name.to_owned(), kind: kind.to_owned() }
}

fn set(name: &str, ttl: u32, data: &[&str], comment: Option<&str>) -> Rrset {
    let record =
        |data: &&str| RrContent { content: (*data).to_owned(), disabled: false, beside: None };
    let comment = comment.map(|text| RrComment {
        content: text.to_owned(),
        account: "ops".to_owned(),
        modified_at: 1_600_000_000,
    });
    let comments = comment.into_iter().collect();
    Rrset { key: key(name, "A"), ttl, records: data.iter().map(record).collect(), comments }
}

fn serial(server: &PowerDns) -> u64 {
    let zone = server.call("GET", "/zones/zone.test.", &serde_json::Value::Null, 200);
    zone["serial"].as_u64().unwrap()
}

/// Waits until the server has logged so many PATCH requests: its log comes a little late.
fn logged(server: &PowerDns, patches: usize) {
    until("the log", PATIENCE, || (server.patches() >= patches).then_some(()));
    assert_eq!(server.patches(), patches);
}

fn what_is_read_is_what_the_server_holds() {
    let lab = Lab::new();
    let (server, api) = server(&lab);
    let data = ["192.0.2.9", "192.0.2.1", "192.0.2.5"];
    server.replace("zone.test", "www.zone.test", "A", 30, &data, "not by us");
    let shown = server.rrset("zone.test", "www.zone.test", "A").unwrap();
    let keys = [key("none.zone.test.", "A"), key("www.zone.test.", "A"), key("zone.test.", "NS")];
    let found = play(read(&field(&lab), &api, "zone.test.", &keys)).unwrap();
    assert_eq!((found[0].records.len(), found[0].ttl, &found[0].key), (0, 0, &keys[0]));
    let data: Vec<&str> = found[1].records.iter().map(|record| record.content.as_str()).collect();
    let own: Vec<&str> = shown["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["content"].as_str().unwrap())
        .collect();
    assert_eq!((data, found[1].ttl), (own, 30));
    let comment = &found[1].comments[0];
    assert_eq!((comment.content.as_str(), comment.account.as_str()), ("not by us", "lab"));
    assert_eq!(comment.modified_at, 1_700_000_000);
    assert_eq!(found[2].records[0].content, "ns.zone.test.");
    logged(&server, 1);
}

fn a_write_is_one_patch_and_reads_back() {
    let lab = Lab::new();
    let (server, api) = server(&lab);
    let field = field(&lab);
    let before = serial(&server);
    let after = [
        set("www.zone.test.", 30, &["192.0.2.9", "192.0.2.1"], Some("moved")),
        set("ns.zone.test.", 60, &["192.0.2.54"], None),
    ];
    let sent = play(write(&field, &api, "zone.test.", (&[], &after), "key-of-this-try", SOON));
    assert_eq!(sent, Sent::Written);
    logged(&server, 1);
    assert!(serial(&server) > before, "the serial says that the zone is another");
    let keys: Vec<RrKey> = after.iter().map(|set| set.key.clone()).collect();
    let found = play(read(&field, &api, "zone.test.", &keys)).unwrap();
    let same = |one: &[Rrset], other: &[Rrset]| {
        let value = |sets: &[Rrset]| lifeboat::model::Value::Rrsets(sets.to_vec());
        value(one).same_as(&value(other))
    };
    assert!(same(&found, &after), "{found:?}");
    assert_eq!(found[0].comments, after[0].comments);
    let answer = super::dns::ask(server.address, "www.zone.test.", "A").unwrap();
    assert_eq!(answer.data("A"), ["192.0.2.1", "192.0.2.9"]);
}

fn an_undo_restores_ttl_order_comments_and_what_is_disabled() {
    let lab = Lab::new();
    let (server, api) = server(&lab);
    let field = field(&lab);
    let mut by_hand = set("www.zone.test.", 47, &["192.0.2.9", "192.0.2.1"], Some("by hand"));
    by_hand.records.push(RrContent {
        content: "192.0.2.7".to_owned(),
        disabled: true,
        beside: None,
    });
    assert_eq!(
        play(write(&field, &api, "zone.test.", (&[], &[by_hand]), "k0", SOON)),
        Sent::Written
    );
    let shown = server.rrset("zone.test", "www.zone.test", "A").unwrap();
    let keys = [key("www.zone.test.", "A")];
    let before = play(read(&field, &api, "zone.test.", &keys)).unwrap();
    let after = [set("www.zone.test.", 30, &["192.0.2.100"], None)];
    let done = play(write(&field, &api, "zone.test.", (&before, &after), "k1", SOON));
    assert_eq!(done, Sent::Written);
    assert_ne!(server.rrset("zone.test", "www.zone.test", "A").unwrap(), shown);
    let undone = play(write(&field, &api, "zone.test.", (&after, &before), "k2", SOON));
    assert_eq!(undone, Sent::Written);
    assert_eq!(server.rrset("zone.test", "www.zone.test", "A").unwrap(), shown);
    assert_eq!(play(read(&field, &api, "zone.test.", &keys)).unwrap(), before);
}

fn a_backend_without_comments_is_written() {
    let lab = Lab::new();
    let (server, api) = zoned(&lab, PowerDns::start_over_lmdb(&lab, "lmdb", lab.at(1, 53)));
    let field = field(&lab);
    let keys = [key("ns.zone.test.", "A"), key("www.zone.test.", "A")];
    let before = play(read(&field, &api, "zone.test.", &keys)).unwrap();
    let after = [
        set("ns.zone.test.", 60, &["192.0.2.54"], None),
        set("www.zone.test.", 30, &["192.0.2.1"], None),
    ];
    let done = play(write(&field, &api, "zone.test.", (&before, &after), "k1", SOON));
    assert_eq!(done, Sent::Written);
    assert_eq!(play(read(&field, &api, "zone.test.", &keys)).unwrap(), after);
    let undone = play(write(&field, &api, "zone.test.", (&after, &before), "k2", SOON));
    assert_eq!(undone, Sent::Written);
    assert_eq!(play(read(&field, &api, "zone.test.", &keys)).unwrap(), before);
    let all = server.rrsets("zone.test");
    let told = [set("www.zone.test.", 30, &["192.0.2.1"], Some("cannot be kept"))];
    let sent = play(write(&field, &api, "zone.test.", (&before, &told), "k3", SOON));
    let Sent::Refused(said) = sent else { panic!("{sent:?}") };
    assert!(said.contains("comments"), "{said}");
    assert_eq!(server.rrsets("zone.test"), all);
}

fn a_set_is_made_and_taken_away() {
    let lab = Lab::new();
    let (server, api) = server(&lab);
    let field = field(&lab);
    let keys = [key("glue.zone.test.", "A")];
    let before = play(read(&field, &api, "zone.test.", &keys)).unwrap();
    let all = server.rrsets("zone.test");
    let made = [set("glue.zone.test.", 60, &["192.0.2.5"], Some("for a while"))];
    let done = play(write(&field, &api, "zone.test.", (&before, &made), "k1", SOON));
    assert_eq!(done, Sent::Written);
    assert_eq!(server.rrsets("zone.test").len(), all.len() + 1);
    let undone = play(write(&field, &api, "zone.test.", (&made, &before), "k2", SOON));
    assert_eq!(undone, Sent::Written);
    assert_eq!(server.rrsets("zone.test"), all);
    assert_eq!(play(read(&field, &api, "zone.test.", &keys)).unwrap(), before);
}

fn a_wrong_key_is_named_and_changes_nothing() {
    let lab = Lab::new();
    let (server, api) = server(&lab);
    let field = field(&lab);
    estate::secret(&lab, "own", "another-key");
    let keys = [key("ns.zone.test.", "A")];
    let error = play(read(&field, &api, "zone.test.", &keys)).unwrap_err();
    assert!(matches!(error, PowerDnsError::Denied { status: 401, .. }), "{error}");
    assert!(error.hint().unwrap().contains("credential"));
    let all = server.rrsets("zone.test");
    let sent = play(write(
        &field,
        &api,
        "zone.test.",
        (&[], &[set("ns.zone.test.", 1, &["192.0.2.1"], None)]),
        "k",
        SOON,
    ));
    let Sent::Refused(said) = sent else { panic!("{sent:?}") };
    assert!(said.contains("`own`") && !said.contains("another-key"), "{said}");
    assert_eq!(server.rrsets("zone.test"), all);
}

fn an_unknown_zone_is_named() {
    let lab = Lab::new();
    let (_server, api) = server(&lab);
    let field = field(&lab);
    let error = play(read(&field, &api, "other.test.", &[])).unwrap_err();
    assert!(error.to_string().contains("holds no zone `other.test.`"), "{error}");
    let sent = play(write(&field, &api, "other.test.", (&[], &[]), "k", SOON));
    assert!(matches!(&sent, Sent::Refused(said) if said.contains("other.test.")), "{sent:?}");
}

fn what_the_server_refuses_is_said_in_its_words() {
    let lab = Lab::new();
    let (server, api) = server(&lab);
    let all = server.rrsets("zone.test");
    let wrong = [
        set("fine.zone.test.", 60, &["192.0.2.1"], None),
        set("www.zone.test.", 60, &["no address"], None),
    ];
    let sent = play(write(&field(&lab), &api, "zone.test.", (&[], &wrong), "k", SOON));
    let Sent::Refused(said) = sent else { panic!("{sent:?}") };
    assert!(said.contains("422") && said.contains("www.zone.test."), "{said}");
    assert_eq!(server.rrsets("zone.test"), all, "one request is done whole or not at all");
}

fn a_dead_server_refuses_and_a_hanging_one_is_in_doubt() {
    let lab = Lab::new();
    let (mut server, api) = server(&lab);
    let field = field(&lab);
    let after = [set("www.zone.test.", 60, &["192.0.2.1"], None)];
    let briefly = Duration::from_millis(700);
    server.daemon.stop();
    let sent = play(write(&field, &api, "zone.test.", (&[], &after), "k1", briefly));
    assert!(matches!(sent, Sent::Lost(_)), "{sent:?}");
    server.daemon.cont();
    let landed = || server.rrset("zone.test", "www.zone.test", "A");
    until("the write that nobody heard of", PATIENCE, landed);
    server.daemon.kill();
    let sent = play(write(&field, &api, "zone.test.", (&[], &after), "k2", briefly));
    assert!(matches!(&sent, Sent::Refused(said) if said.contains("refused")), "{sent:?}");
    let error = play(read(&field, &api, "zone.test.", &[])).unwrap_err();
    assert!(matches!(error, PowerDnsError::Net { .. }), "{error}");
}

/// What a diagnosis would say while A is dead.
fn facts(lab: &str) -> Vec<Fact> {
    vec![
        fact(FactKind::ObserverHealthy, &[lab], Truth::True),
        fact(FactKind::IncidentDeclared, &[lab], Truth::True),
        fact(FactKind::DnsAuthorityAnswers, &["provider-a"], Truth::False),
        fact(FactKind::DnsAuthorityAnswers, &["provider-b"], Truth::True),
        fact(FactKind::DnsDelegated, &["z-main", "provider-b"], Truth::False),
        fact(FactKind::ZoneParity, &["provider-b", "git"], Truth::True),
        fact(FactKind::DnssecSafeToMove, &["z-main", "provider-b"], Truth::True),
        fact(FactKind::ZoneOriginHidden, &["z-main", "provider-b"], Truth::True),
    ]
}

fn a_delegation_is_planned_moved_proven_and_restored() {
    let lab = Lab::new();
    let mut world = Failover::start(&lab, &[NS_A]);
    let estate: Estate = serde_json::from_value(world.estate.0.clone()).unwrap();
    world.parent.replace("test.", ZONE, "NS", 3, &[NS_A], "as it was");
    let resolver = world.resolver.address;
    let resolved = |wanted: std::net::IpAddr| {
        let answer = super::dns::ask(resolver, NAME, "A")?;
        (answer.data("A") == [wanted.to_string().as_str()]).then_some(())
    };
    until("A's answer", PATIENCE, || resolved(world.answer_of_a));
    let shown = world.parent.rrsets("test.");
    logged(&world.parent, 1);
    let patches = world.parent.patches();
    let field = field(&lab);
    let text = include_str!("../../runbooks/dns-provider-outage.yaml");
    let given = [("failed", "provider-a")];
    let plan = play(pinned(&field, &estate, text, &given, &facts("failover-lab")));
    let planned = planned(&plan);
    let change = &planned.changes[0];
    let proven = |direction| play(action::verify(&field, &estate, &planned.verify, direction));
    assert!(!proven(Direction::Do).all, "nothing has been done yet");
    assert!(proven(Direction::Undo).all, "{}", proven(Direction::Undo).because);
    world.a.daemon.kill();
    let read = play(action::read(&field, &estate, &change.target)).unwrap();
    assert!(read.same_as(&change.before));
    let before = proven(Direction::Do);
    assert!(!before.all && before.because.contains(NS_A), "{}", before.because);
    assert_eq!(play(action::write(&field, &estate, change, "key-1")), Sent::Written);
    logged(&world.parent, patches + 1);
    let read = play(action::read(&field, &estate, &change.target)).unwrap();
    assert!(read.same_as(&change.after));
    let latest = planned.forecast.latest.duration();
    until("the proof within the forecast", latest, || proven(Direction::Do).all.then_some(()));
    assert!(resolved(world.answer_of_b).is_some(), "proven, yet the resolver says otherwise");
    let back = change.toward(Direction::Undo);
    assert_eq!(play(action::write(&field, &estate, &back, "key-2")), Sent::Written);
    logged(&world.parent, patches + 2);
    assert_eq!(world.parent.rrsets("test."), shown);
    assert!(!proven(Direction::Undo).all, "A is dead, so nobody may call this proven");
    world.a.restart();
    until("the way back", PATIENCE, || proven(Direction::Undo).all.then_some(()));
    assert!(resolved(world.answer_of_a).is_some());
    logged(&world.parent, patches + 2);
}
