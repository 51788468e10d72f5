//! A delegation's proof: parents, authorities and resolvers that are right, late, wrong, silent or dead.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use libtest_mimic::Trial;
use lifeboat::action::{self, Witnessed};
use lifeboat::model::{
    DelegationState, Direction, DnsAnswer, DnsRecord, Estate, Expected, Remote, Span, Verify,
    WantWord, Witness,
};
use lifeboat::net::loopback::UdpServer;
use lifeboat::wire::dns::{decode_query, encode_answer};
use serde_json::json;

use super::{field, play};

pub fn trials() -> Vec<Trial> {
    trials![
        everybody_sees_it,
        a_parent_that_lags_is_not_yet,
        a_silent_parent_proves_nothing,
        a_resolver_with_the_old_answer_is_not_yet_although_it_is_expected,
        a_resolver_that_waits_for_a_dead_server_is_not_yet,
        a_dead_resolver_is_no_witness_but_the_last_one_is_missed,
        a_lame_or_wrong_authority_is_not_proven,
        a_silent_authority_beside_a_right_one_is_none_of_our_business,
        back_is_proven_at_the_old_servers,
        witnesses_of_something_else_prove_nothing,
    ]
}

/// What a server says to a question, by name and type; nothing at all for what is not there.
type Says = BTreeMap<(&'static str, &'static str), DnsAnswer>;

/// A server whose words can be changed while it runs.
#[derive(Clone)]
struct Server {
    at: String,
    says: Arc<Mutex<Says>>,
}

impl Server {
    async fn start(says: &[((&'static str, &'static str), DnsAnswer)]) -> Server {
        let server = UdpServer::open().await.unwrap();
        let at = server.address().to_string();
        let says = Arc::new(Mutex::new(says.iter().cloned().collect::<Says>()));
        let own = Arc::clone(&says);
        tokio::spawn(async move {
            while let Ok((bytes, from)) = server.receive().await {
                let asked = decode_query(&bytes).unwrap();
                let key = (asked.name.clone(), asked.kind.clone());
                let found = own.lock().unwrap().iter().find_map(|((name, kind), answer)| {
                    (key == ((*name).to_owned(), (*kind).to_owned())).then(|| answer.clone())
                });
                if let Some(answer) = found {
                    server
                        .send(&encode_answer(&asked, &answer, 1232).unwrap(), from)
                        .await
                        .unwrap();
                }
            }
        });
        Server { at, says }
    }

    fn say(&self, key: (&'static str, &'static str), answer: DnsAnswer) {
        self.says.lock().unwrap().insert(key, answer);
    }

    fn fall_silent(&self) {
        self.says.lock().unwrap().clear();
    }
}

const ZONE: (&str, &str) = ("z.test.", "NS");
const WWW: (&str, &str) = ("www.z.test.", "A");
const CONTROL: (&str, &str) = ("control.example.", "SOA");

fn record(name: &str, kind: &str, data: &str) -> DnsRecord {
    DnsRecord { name: name.to_owned(), kind: kind.to_owned(), ttl: 60, data: Remote::new(data) }
}

fn referral(servers: &[&str]) -> DnsAnswer {
    let authority = servers.iter().map(|server| record(ZONE.0, "NS", server)).collect();
    DnsAnswer { rcode: "NOERROR".to_owned(), authority, ..DnsAnswer::default() }
}

fn address(aa: bool, ip: &str) -> DnsAnswer {
    let answers = vec![record(WWW.0, "A", ip)];
    DnsAnswer { rcode: "NOERROR".to_owned(), aa, answers, ..DnsAnswer::default() }
}

fn failure(rcode: &str) -> DnsAnswer {
    DnsAnswer { rcode: rcode.to_owned(), ..DnsAnswer::default() }
}

fn soa() -> DnsAnswer {
    let answers =
        vec![record(CONTROL.0, "SOA", "ns.control.example. host.control.example. 1 2 3 4 5")];
    DnsAnswer { rcode: "NOERROR".to_owned(), answers, ..DnsAnswer::default() }
}

const OF_A: &str = "192.0.2.82";
const OF_B: &str = "192.0.2.83";

/// A delegation that has been moved from A to B, and everybody knows.
struct World {
    parents: [Server; 2],
    a: Server,
    b: [Server; 2],
    resolvers: [Server; 2],
    estate: Estate,
}

impl World {
    async fn start() -> World {
        let parent =
            async || Server::start(&[(ZONE, referral(&["NS1.B.test.", "ns2.b.test."]))]).await;
        let parents = [parent().await, parent().await];
        let a = Server::start(&[(WWW, address(true, OF_A))]).await;
        let of_b = async || Server::start(&[(WWW, address(true, OF_B))]).await;
        let b = [of_b().await, of_b().await];
        let resolver =
            async || Server::start(&[(WWW, address(false, OF_B)), (CONTROL, soa())]).await;
        let resolvers = [resolver().await, resolver().await];
        let server = |name: &str, at: &Server| json!({"name": name, "addresses": [at.at]});
        let document = json!({
            "schema": "lifeboat/estate/v1", "id": "e", "probing": {"target_budget": "300ms", "tries": 3},
            "registrars": [{"id": "reg", "kind": "powerdns", "parent_zone": "test.",
                "nameservers": [server("p1.test", &parents[0]), server("p2.test", &parents[1])]}],
            "dns_providers": [
                {"id": "a", "kind": "unmanaged", "nameservers": [server("ns1.a.test", &a)]},
                {"id": "b", "kind": "unmanaged", "nameservers": [server("ns1.b.test", &b[0]), server("ns2.b.test", &b[1])]}],
            "zones": [{"id": "z", "name": "z.test", "registrar": "reg", "delegated_to": ["a"], "standby_at": ["b"],
                "critical": [{"name": "www", "type": "A", "expect": [OF_A, OF_B]}]}],
            "controls": [{"id": "c", "kind": "dns", "address": "127.0.0.1:1", "name": "control.example", "type": "SOA"}],
            "resolvers": [{"id": "r1", "address": resolvers[0].at}, {"id": "r2", "address": resolvers[1].at}],
        });
        let estate = serde_json::from_value(document).unwrap();
        World { parents, a, b, resolvers, estate }
    }

    async fn ask(&self, ask: &[Witness], direction: Direction) -> Witnessed {
        let state = |servers: &[&str], provider: &str| DelegationState {
            servers: servers.iter().map(|server| (*server).to_owned()).collect(),
            providers: vec![provider.into()],
        };
        let expected = Expected::Delegation {
            zone: "z".into(),
            after: state(&["ns1.b.test.", "ns2.b.test."], "b"),
            before: state(&["ns1.a.test."], "a"),
        };
        let (ask, not_yet_until) = (ask.to_vec(), Span::from_secs(1));
        let verify =
            Verify { ask, want: WantWord::OnlyStandby, expected, not_yet_until, turn: None };
        action::verify(&field(), &self.estate, &verify, direction).await
    }

    /// Asks all three, toward the new state.
    async fn all(&self) -> Witnessed {
        self.ask(&[Witness::Parent, Witness::Authorities, Witness::Resolvers], Direction::Do).await
    }

    async fn unseen(&self, words: &[&str]) {
        let said = self.all().await;
        assert!(!said.all, "{}", said.because);
        assert!(words.iter().all(|word| said.because.contains(word)), "{}", said.because);
    }
}

fn everybody_sees_it() {
    play(async {
        let said = World::start().await.all().await;
        assert!(said.all, "{}", said.because);
    });
}

fn a_parent_that_lags_is_not_yet() {
    play(async {
        let world = World::start().await;
        world.parents[1].say(ZONE, referral(&["ns1.a.test."]));
        world.unseen(&["the parent delegates to ns1.a.test."]).await;
        world.parents[1].say(ZONE, referral(&["ns1.a.test.", "ns1.b.test.", "ns2.b.test."]));
        world.unseen(&["ns1.a.test., ns1.b.test., ns2.b.test."]).await;
        world.parents[1].say(ZONE, referral(&[]));
        world.unseen(&["the parent delegates to nobody"]).await;
    });
}

fn a_silent_parent_proves_nothing() {
    play(async {
        let world = World::start().await;
        world.parents[1].fall_silent();
        assert!(world.all().await.all, "one of the parent's servers is enough");
        world.parents[0].say(ZONE, failure("SERVFAIL"));
        world.unseen(&["no server of the parent answers"]).await;
    });
}

fn a_resolver_with_the_old_answer_is_not_yet_although_it_is_expected() {
    play(async {
        let world = World::start().await;
        world.resolvers[1].say(WWW, address(false, OF_A));
        world.unseen(&["resolver r2 gives 192.0.2.82"]).await;
        world.resolvers[1].say(WWW, failure("SERVFAIL"));
        world.unseen(&["resolver r2 gives nothing"]).await;
    });
}

fn a_resolver_that_waits_for_a_dead_server_is_not_yet() {
    play(async {
        let world = World::start().await;
        world.resolvers[0].fall_silent();
        world.resolvers[0].say(CONTROL, soa());
        world.unseen(&["resolver r1 gives nothing"]).await;
    });
}

fn a_dead_resolver_is_no_witness_but_the_last_one_is_missed() {
    play(async {
        let world = World::start().await;
        world.resolvers[0].fall_silent();
        let said = world.all().await;
        assert!(said.all && !said.because.contains("r1"), "{}", said.because);
        world.resolvers[1].fall_silent();
        world.unseen(&["no resolver that works"]).await;
    });
}

fn a_lame_or_wrong_authority_is_not_proven() {
    play(async {
        let world = World::start().await;
        world.b[1].say(WWW, address(false, OF_B));
        world.unseen(&["ns2.b.test. answers wrongly"]).await;
        world.b[1].say(WWW, address(true, "192.0.2.99"));
        world.unseen(&["ns2.b.test. answers wrongly"]).await;
        world.b[1].say(WWW, failure("REFUSED"));
        world.unseen(&["ns2.b.test. answers wrongly"]).await;
    });
}

fn a_silent_authority_beside_a_right_one_is_none_of_our_business() {
    play(async {
        let world = World::start().await;
        world.b[1].fall_silent();
        assert!(world.all().await.all);
        world.b[0].fall_silent();
        world.unseen(&["no server that shall answer does", "r1 gives 192.0.2.83"]).await;
    });
}

fn back_is_proven_at_the_old_servers() {
    play(async {
        let world = World::start().await;
        let ask = [Witness::Parent, Witness::Authorities, Witness::Resolvers];
        assert!(!world.ask(&ask, Direction::Undo).await.all);
        world.parents.iter().for_each(|parent| parent.say(ZONE, referral(&["ns1.a.test."])));
        world.resolvers.iter().for_each(|resolver| resolver.say(WWW, address(false, OF_A)));
        assert!(world.ask(&ask, Direction::Undo).await.all);
        world.a.fall_silent();
        assert!(!world.ask(&ask, Direction::Undo).await.all);
    });
}

fn witnesses_of_something_else_prove_nothing() {
    play(async {
        let world = World::start().await;
        assert!(!world.ask(&[Witness::Trackers], Direction::Do).await.all);
        assert!(!world.ask(&[], Direction::Do).await.all, "nobody was asked");
    });
}
