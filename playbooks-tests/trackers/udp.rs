//! BEP 15: what comes back over both kinds of sockets.

use libtest_mimic::Trial;
use lifeboat::model::{Ending, Inconclusive};
use lifeboat::net::loopback::RefusingPort;
use lifeboat::net::{Origin, Stopwatch};
use lifeboat::service::tracker::{Endpoint, PORT, announce, connect, scrape};
use lifeboat::wire::tracker_udp::{Counts, Event, Reply, Request};

use super::servers::{UdpTracker, healthy};
use super::{AMPLE, SHORT, SWARM, announced, answered, counted, endpoint, field, nonsense, play};

pub fn trials() -> Vec<Trial> {
    trials![
        a_tracker_answers_on_both_sockets,
        who_announces_leaves_again,
        lost_packets_cost_a_try_and_no_more,
        an_error_and_an_empty_answer_are_refusals_in_words,
        a_reply_from_a_wrong_address_is_seen_by_one_socket_alone,
        silence_takes_every_try_and_the_budget,
        a_closed_port_refuses,
        another_transaction_is_nonsense,
        a_cut_reply_is_nonsense,
        a_learned_private_address_is_not_spoken_to,
        without_a_swarm_only_hands_are_shaken,
        counts_come_in_the_order_of_the_question,
    ]
}

fn a_tracker_answers_on_both_sockets() {
    play(async {
        let server = UdpTracker::start(healthy).await;
        let at = endpoint(&server.url(), server.address);
        let told = announce(&field(&[]), &at, SWARM, AMPLE).await;
        for ending in [&told.ending, told.unconnected.as_ref().unwrap()] {
            let answer = answered(ending);
            assert_eq!((answer.interval_s, answer.failure.as_ref()), (Some(1800), None));
            assert_eq!((answer.complete, answer.incomplete), (Some(5), Some(2)));
            assert_eq!((answer.peers, answer.bogons), (3, 1), "we are no peer");
        }
        assert_eq!((told.wrong_source, told.sent), (false, 4));
        assert_eq!(told.peers.len(), 3, "each peer once, whichever socket heard of it");
        let open = announce(&field(&["10.0.0.0/8"]), &at, SWARM, AMPLE).await;
        assert_eq!(answered(&open.ending).bogons, 0, "the estate opens that range");
    });
}

fn who_announces_leaves_again() {
    play(async {
        let server = UdpTracker::start(healthy).await;
        let mut at = endpoint(&server.url(), server.address);
        at.path = "/announce?pass=1".into();
        announce(&field(&[]), &at, SWARM, AMPLE).await;
        let announces = server.announces();
        let events: Vec<Event> = announces.iter().map(|it| it.event).collect();
        assert_eq!(events, [Event::Started, Event::Started, Event::Stopped]);
        for it in &announces {
            assert_eq!((it.info_hash, it.port, it.left), (SWARM, PORT, 1));
            assert_eq!((it.key, it.peer_id), (announces[0].key, announces[0].peer_id), "one peer");
        }
        assert_eq!((announces[0].want, announces[2].want), (200, 0));
    });
}

fn lost_packets_cost_a_try_and_no_more() {
    play(async {
        use std::sync::atomic::{AtomicU32, Ordering};
        static HEARD: AtomicU32 = AtomicU32::new(0);
        let server = UdpTracker::start(|request| {
            // Of each pair of datagrams, which are the two sockets' tries, every other pair is lost.
            match HEARD.fetch_add(1, Ordering::SeqCst) / 2 % 2 {
                0 => Vec::new(),
                _ => healthy(request),
            }
        });
        let server = server.await;
        let at = endpoint(&server.url(), server.address);
        let told = announce(&field(&[]), &at, SWARM, super::Budget { tries: 8, ..AMPLE }).await;
        assert_eq!(answered(&told.ending).interval_s, Some(1800));
        assert!(told.sent > 4, "{}", told.sent);
    });
}

fn an_error_and_an_empty_answer_are_refusals_in_words() {
    play(async {
        let refusing = UdpTracker::start(|request| match request {
            Request::Announce { transaction, .. } => {
                vec![Reply::Error { transaction, message: b"go away\x1b[2J".to_vec() }.encode()]
            }
            other => healthy(other),
        });
        let refusing = refusing.await;
        let bare = UdpTracker::start(|request| match request {
            Request::Announce { transaction, .. } => vec![Reply::Bare { transaction }.encode()],
            other => healthy(other),
        });
        let bare = bare.await;
        let failure = async |server: &UdpTracker| {
            let at = endpoint(&server.url(), server.address);
            let told = announce(&field(&[]), &at, SWARM, AMPLE).await;
            assert!(server.announces().iter().all(|it| it.event == Event::Started));
            answered(&told.ending).failure.clone().unwrap()
        };
        assert_eq!(failure(&refusing).await.to_string(), "go away\\u{1b}[2J");
        assert!(failure(&bare).await.to_string().contains("does not serve"));
        let early = UdpTracker::start(|request| match request {
            Request::Connect { transaction } => {
                vec![Reply::Error { transaction, message: b"busy".to_vec() }.encode()]
            }
            other => panic!("{other:?}"),
        });
        assert_eq!(failure(&early.await).await, "busy");
    });
}

fn a_reply_from_a_wrong_address_is_seen_by_one_socket_alone() {
    play(async {
        let server = UdpTracker::start_askew(healthy).await;
        let at = endpoint(&server.url(), server.address);
        let told = announce(&field(&[]), &at, SWARM, super::Budget { tries: 4, ..SHORT }).await;
        assert_eq!(told.ending, Ending::TimedOut);
        assert!(told.wrong_source);
        assert_eq!(answered(told.unconnected.as_ref().unwrap()).complete, Some(5));
        let left = server.announces().iter().any(|it| it.event == Event::Stopped);
        assert!(left, "who joined over the other socket leaves too");
        let right = UdpTracker::start(healthy).await;
        let told = announced(endpoint(&right.url(), right.address), AMPLE);
        assert!(!told.await.wrong_source);
    });
}

fn silence_takes_every_try_and_the_budget() {
    play(async {
        let server = UdpTracker::start(|_| Vec::new()).await;
        let at = endpoint(&server.url(), server.address);
        let watch = Stopwatch::start();
        let told = announce(&field(&[]), &at, SWARM, SHORT).await;
        assert_eq!((told.ending, told.unconnected), (Ending::TimedOut, Some(Ending::TimedOut)));
        assert_eq!((told.sent, server.heard()), (6, 6), "three tries over each socket");
        assert!(watch.took() < SHORT.budget * 2, "{:?}", watch.took());
        assert_eq!(server.announces(), []);
    });
}

fn a_closed_port_refuses() {
    play(async {
        let port = RefusingPort::udp().unwrap();
        let at = endpoint(&format!("udp://{}", port.address()), port.address());
        let told = announce(&field(&[]), &at, SWARM, SHORT).await;
        assert_eq!((told.ending, told.unconnected), (Ending::Refused, Some(Ending::Refused)));
    });
}

fn another_transaction_is_nonsense() {
    play(async {
        let server = UdpTracker::start(|request| match request {
            Request::Connect { transaction } => {
                let transaction = transaction.wrapping_add(1);
                vec![Reply::Connect { transaction, connection: 1 }.encode()]
            }
            other => panic!("{other:?}"),
        });
        let server = server.await;
        let told = announced(endpoint(&server.url(), server.address), SHORT);
        let told = told.await;
        assert!(nonsense(&told.ending).contains("another question"));
        assert!(nonsense(&told.unconnected.unwrap()).contains("another question"));
    });
}

fn a_cut_reply_is_nonsense() {
    play(async {
        let server = UdpTracker::start(|request| match request {
            Request::Announce { .. } => vec![healthy(request)[0][..18].to_vec()],
            other => healthy(other),
        });
        let server = server.await;
        let told = announced(endpoint(&server.url(), server.address), AMPLE);
        assert!(nonsense(&told.await.ending).contains("too short"));
        let peers = UdpTracker::start(|request| match request {
            Request::Announce { .. } => vec![[&healthy(request)[0][..], &[1]].concat()],
            other => healthy(other),
        });
        let peers = peers.await;
        let told = announced(endpoint(&peers.url(), peers.address), AMPLE);
        assert!(nonsense(&told.await.ending).contains("do not divide"));
    });
}

fn a_learned_private_address_is_not_spoken_to() {
    play(async {
        let server = UdpTracker::start(healthy).await;
        let at = Endpoint::new(&server.url(), server.address, Origin::Learned).unwrap();
        let told = announce(&field(&[]), &at, SWARM, SHORT).await;
        assert!(matches!(told.ending, Ending::Inconclusive(Inconclusive::NotAdmitted(_))));
        assert_eq!((told.sent, server.heard()), (0, 0));
        let open = announce(&field(&["127.0.0.0/8"]), &at, SWARM, AMPLE).await;
        assert!(open.ending.answer().is_some());
    });
}

fn without_a_swarm_only_hands_are_shaken() {
    play(async {
        let server = UdpTracker::start(healthy).await;
        let told = connect(&field(&[]), &endpoint(&server.url(), server.address), AMPLE).await;
        assert!(told.ending.answer().is_some() && told.unconnected.unwrap().answer().is_some());
        assert_eq!((server.heard(), server.announces().len()), (2, 0));
    });
}

fn counts_come_in_the_order_of_the_question() {
    play(async {
        let server = UdpTracker::start(healthy).await;
        let at = endpoint(&server.url(), server.address);
        let counts = Counts { seeders: 5, completed: 9, leechers: 2 };
        let said = scrape(&field(&[]), &at, &[SWARM, [1; 20]], AMPLE).await;
        assert_eq!(said, Ending::Answered(vec![counts; 2]));
        let short = UdpTracker::start(|request| match request {
            Request::Scrape { transaction, .. } => {
                vec![Reply::Scrape { transaction, counts: Vec::new() }.encode()]
            }
            other => healthy(other),
        });
        let short = short.await;
        let said = counted(endpoint(&short.url(), short.address));
        assert!(nonsense(&said.await).contains("another question"));
    });
}
