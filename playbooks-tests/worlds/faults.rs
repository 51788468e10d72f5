//! Faults: exactly what stands behind one vanishes, from exactly where it should.

use std::net::SocketAddr;

use libtest_mimic::Trial;
use lifeboat::model::{Ending, Id};
use lifeboat::net::{NetError, Transport};
use lifeboat::service::Field;
use lifeboat::wire::dns::Query;
use lifeboat::wire::tracker_udp::Reply;

use super::asking::{Drill, bird, connect, data, dns, dns_over, peers, play, tracker};

pub fn trials() -> Vec<Trial> {
    trials![
        a_dark_carrier_takes_what_stands_in_it_and_nothing_else,
        inside_a_dark_carrier_packets_still_flow,
        a_carrier_takes_its_users_along,
        a_share_of_the_peers_is_left,
        a_process_that_stands_still_opens_and_says_nothing,
        a_machine_that_is_gone_does_not_even_open,
        a_process_that_is_gone_refuses,
        lame_and_failing_servers_answer_so,
        one_address_can_fail_alone,
        a_withdrawn_prefix_is_neither_heard_nor_reached,
        a_hijacked_prefix_is_heard_from_somebody_else,
        a_lost_session_is_down_with_its_routes,
        a_cut_line_hides_everything,
        a_resolver_lies_and_a_provider_drifts,
        what_is_restored_is_as_it_was,
    ]
}

fn query() -> Query {
    Query::to_authority("openseeds.example.", "SOA")
}

/// Says how each of the estate's servers does.
async fn survey(field: &Field) -> Vec<&'static str> {
    let mut well = Vec::new();
    let names = [
        ("north", "198.51.100.6:53"),
        ("south", "203.0.113.70:53"),
        ("parent", "192.0.2.41:53"),
        ("resolver", "192.0.2.53:53"),
        ("control", "192.0.2.200:53"),
    ];
    for (name, server) in names {
        if matches!(dns(field, server, query()).await, Ending::Answered(_)) {
            well.push(name);
        }
    }
    let trackers = [
        ("t-one", "198.51.100.20:6969"),
        ("t-two", "203.0.113.10:6969"),
        ("t-backup", "203.0.113.140:6969"),
    ];
    for (name, at) in trackers {
        if tracker(field, at, true).await.is_ok() {
            well.push(name);
        }
    }
    let ports = [("sb-eu", "203.0.113.30:9091"), ("port", "203.0.113.250:443")];
    for (name, at) in ports {
        if connect(field, at).await.is_ok() {
            well.push(name);
        }
    }
    well
}

const ALL: [&str; 10] = [
    "north", "south", "parent", "resolver", "control", "t-one", "t-two", "t-backup", "sb-eu",
    "port",
];

fn without(gone: &[&str]) -> Vec<&'static str> {
    ALL.into_iter().filter(|name| !gone.contains(name)).collect()
}

fn a_dark_carrier_takes_what_stands_in_it_and_nothing_else() {
    play(async {
        let drill = Drill::of(&["network-dark: { carrier: verizon }"]).await;
        let field = drill.field();
        assert_eq!(survey(&field).await, ALL);
        drill.pass(9).await;
        assert_eq!(survey(&field).await, ALL, "not before its time");
        drill.pass(1).await;
        assert_eq!(survey(&field).await, without(&["north", "t-one"]));
        let v6 = dns(&field, "[2001:db8:701::6]:53", query()).await;
        assert_eq!(v6, Ending::TimedOut);
        assert_eq!(connect(&field, "198.51.100.8:8443").await, Err(NetError::ConnectTimedOut));
        let said = bird(&field, "/run/lg-ams/bird.ctl", "show route in 203.0.113.0/26 all\n").await;
        assert_eq!(said.unwrap().matches("BGP.as_path").count(), 2, "BGP is calm");
    });
}

fn inside_a_dark_carrier_packets_still_flow() {
    play(async {
        let drill = Drill::of(&["network-dark: { asn: 701 }"]).await;
        let runs = drill.world.runs(&Id::new("inside-verizon"));
        assert!(runs());
        drill.pass(10).await;
        assert!(!runs(), "the way in leads over the border");
        let inside = drill.field().elsewhere[&Id::new("inside-verizon")].field.clone();
        assert_eq!(survey(&inside).await, ["north", "t-one"]);
        let socket = bird(&inside, "/run/lg-ams/bird.ctl", "show status\n").await;
        assert_eq!(socket, Err(NetError::Sealed), "a control socket is a file of one machine");
    });
}

fn count(drill: &Drill, peers: &[SocketAddr], asn: u32) -> usize {
    peers.iter().filter(|peer| drill.table.asn_of(peer.ip()) == Some(asn)).count()
}

fn a_carrier_takes_its_users_along() {
    play(async {
        let drill = Drill::of(&["network-dark: { carrier: verizon }"]).await;
        drill.pass(10).await;
        let left = peers(&drill.field(), "203.0.113.10:6969").await;
        assert_eq!((count(&drill, &left, 701), count(&drill, &left, 3320)), (0, 30));
    });
}

fn a_share_of_the_peers_is_left() {
    play(async {
        let drill = Drill::of(&["peers: { carrier: dtag, share: 10 % }", "restore: dtag"]).await;
        drill.pass(10).await;
        let left = peers(&drill.field(), "203.0.113.10:6969").await;
        assert_eq!((count(&drill, &left, 701), count(&drill, &left, 3320)), (40, 3));
        drill.pass(10).await;
        let left = peers(&drill.field(), "203.0.113.10:6969").await;
        assert_eq!(count(&drill, &left, 3320), 30);
    });
}

fn a_process_that_stands_still_opens_and_says_nothing() {
    play(async {
        let drill = Drill::of(&["server: { id: north-dns, state: hung }"]).await;
        let field = drill.field();
        drill.pass(10).await;
        assert_eq!(dns(&field, "198.51.100.6:53", query()).await, Ending::TimedOut);
        assert_eq!(connect(&field, "198.51.100.6:53").await, Ok(()));
        let tcp = dns_over(&field, "198.51.100.6:53", Transport::Tcp, query()).await;
        assert_eq!(tcp, Ending::TimedOut);
        assert_eq!(survey(&field).await, without(&["north"]));
        assert_eq!(connect(&field, "198.51.100.8:8443").await, Ok(()), "its API is another thing");
    });
}

fn a_machine_that_is_gone_does_not_even_open() {
    play(async {
        let drill = Drill::of(&["server: { id: sb-eu, state: dark }"]).await;
        drill.pass(10).await;
        let at = connect(&drill.field(), "203.0.113.30:9091").await;
        assert_eq!(at, Err(NetError::ConnectTimedOut));
        assert_eq!(peers(&drill.field(), "203.0.113.10:6969").await.len(), 71, "one seedbox less");
    });
}

fn a_process_that_is_gone_refuses() {
    play(async {
        let gone =
            ["server: { id: t-two, state: refused }", "server: { id: north-dns, state: refused }"];
        let drill = Drill::of(&gone).await;
        let field = drill.field();
        drill.pass(20).await;
        assert_eq!(tracker(&field, "203.0.113.10:6969", true).await, Err(NetError::Refused));
        for transport in [Transport::Udp, Transport::Tcp] {
            let ending = dns_over(&field, "198.51.100.7:53", transport, query()).await;
            assert_eq!(ending, Ending::Refused, "{transport:?}");
        }
        assert_eq!(survey(&field).await, without(&["north", "t-two"]));
    });
}

fn lame_and_failing_servers_answer_so() {
    play(async {
        let drill = Drill::of(&[
            "server: { id: north-dns, state: lame }",
            "server: { id: north-dns, state: failing }",
            "server: { id: t-two, state: lame }",
        ]);
        let drill = drill.await;
        let field = drill.field();
        drill.pass(10).await;
        assert_eq!(data(&dns(&field, "198.51.100.6:53", query()).await), ["REFUSED"]);
        drill.pass(10).await;
        assert_eq!(data(&dns(&field, "198.51.100.6:53", query()).await), ["SERVFAIL"]);
        drill.pass(10).await;
        let said = tracker(&field, "203.0.113.10:6969", false).await.unwrap();
        assert!(matches!(said, Reply::Error { .. }), "{said:?}");
    });
}

fn one_address_can_fail_alone() {
    play(async {
        let fault = "server: { id: north-dns, only: [198.51.100.7], transport: udp, state: dark }";
        let drill = Drill::of(&[fault]).await;
        let field = drill.field();
        drill.pass(10).await;
        assert_eq!(dns(&field, "198.51.100.7:53", query()).await, Ending::TimedOut);
        let tcp = dns_over(&field, "198.51.100.7:53", Transport::Tcp, query()).await;
        assert!(matches!(tcp, Ending::Answered(_)), "{tcp:?}");
        assert_eq!(survey(&field).await, ALL);
    });
}

const ROUTES: &str = "show route in 203.0.113.0/26 all\n";

fn a_withdrawn_prefix_is_neither_heard_nor_reached() {
    play(async {
        let drill = Drill::of(&["withdraw: p-main"]).await;
        let field = drill.field();
        drill.pass(10).await;
        assert_eq!(survey(&field).await, without(&["t-two", "sb-eu"]));
        let said = bird(&field, "/run/lg-ams/bird.ctl", ROUTES).await.unwrap();
        assert!(said.contains("8001 Network not found"), "{said}");
    });
}

fn a_hijacked_prefix_is_heard_from_somebody_else() {
    play(async {
        let drill = Drill::of(&["hijack: { prefix: p-main, asn: 64666 }"]).await;
        let field = drill.field();
        drill.pass(10).await;
        let said = bird(&field, "/run/lg-ams/bird.ctl", ROUTES).await.unwrap();
        assert!(said.contains("64510 64666") && !said.contains("64500\n"), "{said}");
        assert_eq!(survey(&field).await, without(&["t-two", "sb-eu"]));
    });
}

fn a_lost_session_is_down_with_its_routes() {
    play(async {
        let drill = Drill::of(&["session-down: { id: lg-ams, upstream: u-one }"]).await;
        let field = drill.field();
        drill.pass(10).await;
        let lines = format!("show protocols all\n{ROUTES}");
        let said = bird(&field, "/run/lg-ams/bird.ctl", &lines).await.unwrap();
        assert_eq!(said.matches("BGP state:          Established").count(), 1, "{said}");
        assert!(said.contains("64511 64500") && !said.contains("64510 64500"), "{said}");
        assert_eq!(survey(&field).await, ALL);
    });
}

fn a_cut_line_hides_everything() {
    play(async {
        let drill = Drill::of(&["observer-cut: local", "restore: local"]).await;
        let (field, runs) = (drill.field(), drill.world.runs(&Id::new("inside-verizon")));
        assert!(runs());
        drill.pass(10).await;
        assert!(survey(&field).await.is_empty());
        assert!(!runs(), "the way there goes over the same line");
        assert_eq!(bird(&field, "/run/lg-ams/bird.ctl", ROUTES).await, Err(NetError::TimedOut));
        drill.pass(10).await;
        assert_eq!(survey(&field).await, ALL);
    });
}

fn a_resolver_lies_and_a_provider_drifts() {
    play(async {
        let lie =
            "answers: { id: res-b, name: www.openseeds.example, type: A, values: [192.0.2.66] }";
        let drift = "answers: { id: north-dns, name: www.openseeds.example, type: A, values: [192.0.2.77] }";
        let drill = Drill::of(&[lie, drift, "restore: all"]).await;
        let field = drill.field();
        let ask = async |server: &str| {
            let query = Query::to_resolver("www.openseeds.example.", "A");
            data(&dns(&field, server, query).await)
        };
        drill.pass(10).await;
        assert_eq!(ask("203.0.113.253:53").await, ["192.0.2.66"]);
        assert_eq!(ask("192.0.2.53:53").await, ["203.0.113.12"]);
        drill.pass(10).await;
        assert_eq!(ask("198.51.100.7:53").await, ["192.0.2.77"]);
        assert_eq!(ask("203.0.113.70:53").await, ["203.0.113.12"]);
        drill.pass(10).await;
        assert_eq!(ask("198.51.100.7:53").await, ["203.0.113.12"]);
        drill.pass(6).await;
        assert_eq!(ask("203.0.113.253:53").await, ["203.0.113.12"]);
    });
}

fn what_is_restored_is_as_it_was() {
    play(async {
        let drill = Drill::of(&[
            "network-dark: { carrier: verizon }",
            "withdraw: p-main",
            "server: { id: res-a, state: dark }",
            "restore: verizon",
            "restore: all",
        ]);
        let drill = drill.await;
        let field = drill.field();
        drill.pass(30).await;
        assert_eq!(
            survey(&field).await,
            without(&["north", "t-one", "t-two", "sb-eu", "resolver"])
        );
        drill.pass(10).await;
        assert_eq!(survey(&field).await, without(&["t-two", "sb-eu", "resolver"]));
        drill.pass(10).await;
        assert_eq!(survey(&field).await, ALL);
    });
}
