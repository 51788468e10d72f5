//! Questions over UDP, connected and shared.

use std::net::{Ipv6Addr, SocketAddr};
use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::net::loopback::{RefusingPort, UdpServer};
use lifeboat::net::{
    Asked, Door, NetError, Origin, Peer, Question, Refusals, Stopwatch, Transport,
};

use super::servers::Echo;
use super::{AMPLE, BUDGET, live, play};

pub fn trials() -> Vec<Trial> {
    trials![
        every_try_reaches_a_silent_server,
        a_lost_try_is_repeated_until_an_answer,
        a_refusal_is_heard_at_once,
        a_counted_refusal_costs_its_try_alone,
        refusals_of_others_disturb_nobody,
        a_refusal_is_counted_for_its_own_question_alone,
        an_answer_from_elsewhere_is_seen_by_the_shared_socket_alone,
        a_wrong_id_is_kept_apart_and_not_waited_for_in_vain,
        a_second_different_answer_is_heard_while_lingering,
        a_thousand_silent_peers_share_one_socket,
        questions_to_one_peer_get_their_own_answers,
        the_sixth_version_works_or_is_called_missing,
        a_door_outlives_its_runtime,
    ]
}

fn admit(door: &Door, address: SocketAddr) -> Peer {
    door.admit(address, Transport::Udp, Origin::Estate).unwrap()
}

/// A question whose answer repeats its request.
fn ask_for(request: &[u8], budget: Duration) -> Question {
    let wanted = request.to_vec();
    Question::spread(request.to_vec(), move |bytes| bytes == wanted, 5, budget)
}

async fn both(door: &Door, peer: &Peer, question: &Question) -> [Asked; 2] {
    let (connected, shared) =
        tokio::join!(door.ask_connected(peer, question), door.ask_shared(peer, question));
    [connected, shared]
}

fn every_try_reaches_a_silent_server() {
    play(async {
        let (door, server) = (live(&[]), Echo::silent().await);
        let watch = Stopwatch::start();
        for asked in both(&door, &admit(&door, server.address), &ask_for(b"q", BUDGET)).await {
            assert_eq!(asked.answer, Err(NetError::TimedOut));
            assert_eq!((asked.sent, asked.refused), (5, 0));
        }
        assert_eq!(server.count(), 10);
        assert!(watch.took() >= BUDGET && watch.took() < BUDGET * 3, "{:?}", watch.took());
    });
}

fn a_lost_try_is_repeated_until_an_answer() {
    play(async {
        let door = live(&[]);
        for shared in [false, true] {
            let server = Echo::start(2, |bytes| vec![bytes.to_vec()]).await;
            let (peer, question) = (admit(&door, server.address), ask_for(b"q", BUDGET));
            let asked = match shared {
                false => door.ask_connected(&peer, &question).await,
                true => door.ask_shared(&peer, &question).await,
            };
            let answer = asked.answer.unwrap();
            assert_eq!((answer.bytes.as_slice(), answer.from), (&b"q"[..], server.address));
            assert_eq!((asked.sent, server.count()), (3, 3));
            assert!(answer.took < BUDGET / 4, "counts from its own try: {:?}", answer.took);
        }
    });
}

fn a_refusal_is_heard_at_once() {
    play(async {
        let (door, port) = (live(&[]), RefusingPort::udp().unwrap());
        let mut question = ask_for(b"q", AMPLE);
        question.refusals = Refusals::Final;
        let watch = Stopwatch::start();
        for asked in both(&door, &admit(&door, port.address()), &question).await {
            assert_eq!(asked.answer, Err(NetError::Refused));
            assert_eq!((asked.sent, asked.refused), (1, 1));
        }
        assert!(watch.took() < AMPLE / 4, "{:?}", watch.took());
    });
}

fn a_counted_refusal_costs_its_try_alone() {
    play(async {
        let (door, port) = (live(&[]), RefusingPort::udp().unwrap());
        let watch = Stopwatch::start();
        for asked in both(&door, &admit(&door, port.address()), &ask_for(b"q", BUDGET)).await {
            assert_eq!(asked.answer, Err(NetError::Refused));
            assert_eq!(asked.sent, 5);
            assert!((1..=5).contains(&asked.refused), "{}", asked.refused);
        }
        assert!(watch.took() < BUDGET * 3, "{:?}", watch.took());
    });
}

fn refusals_of_others_disturb_nobody() {
    play(async {
        let door = live(&[]);
        let closed: Vec<_> = (0..60).map(|_| RefusingPort::udp().unwrap()).collect();
        let server = Echo::start(0, |bytes| vec![bytes.to_vec()]).await;
        let watch = Stopwatch::start();
        let mut asking = tokio::task::JoinSet::new();
        for (n, port) in closed.iter().enumerate() {
            for (address, open) in [(port.address(), false), (server.address, true)] {
                let (door, peer) = (door.clone(), admit(&door, address));
                let mut question = ask_for(format!("{open} {n}").as_bytes(), AMPLE);
                question.refusals = Refusals::Final;
                asking.spawn(async move { (open, door.ask_shared(&peer, &question).await) });
            }
        }
        let (mut answered, mut refused) = (0, 0);
        while let Some(asked) = asking.join_next().await {
            let (open, asked) = asked.unwrap();
            match asked.answer {
                Ok(_) => answered += usize::from(open),
                Err(error) => {
                    assert_eq!((error, open), (NetError::Refused, false));
                    refused += 1;
                }
            }
            assert_eq!(asked.sent, 1, "nothing was lost, so nothing was repeated");
        }
        assert_eq!((answered, refused), (60, 60));
        assert!(
            watch.took() < AMPLE / 8,
            "no try failed for another's refusal: {:?}",
            watch.took()
        );
    });
}

fn a_refusal_is_counted_for_its_own_question_alone() {
    play(async {
        let (door, port) = (live(&[]), RefusingPort::udp().unwrap());
        let peer = admit(&door, port.address());
        let (first, second) = (ask_for(b"first", BUDGET), ask_for(b"second", BUDGET));
        let asked = tokio::join!(door.ask_shared(&peer, &first), door.ask_shared(&peer, &second));
        for asked in [asked.0, asked.1] {
            assert_eq!(asked.answer, Err(NetError::Refused));
            assert!(asked.refused <= asked.sent, "{} of {}", asked.refused, asked.sent);
        }
    });
}

fn an_answer_from_elsewhere_is_seen_by_the_shared_socket_alone() {
    play(async {
        let (door, server) = (live(&[]), UdpServer::open().await.unwrap());
        let other = UdpServer::open().await.unwrap();
        let (peer, elsewhere) = (admit(&door, server.address()), other.address());
        let liar = async {
            loop {
                let (bytes, from) = server.receive().await.unwrap();
                other.send(&bytes, from).await.unwrap();
            }
        };
        let question = ask_for(b"q", BUDGET);
        let [connected, shared] = tokio::select! {
            asked = both(&door, &peer, &question) => asked,
            () = liar => unreachable!(),
        };
        assert_eq!(connected.answer, Err(NetError::TimedOut));
        assert!(connected.strays.is_empty());
        assert_eq!(shared.answer, Err(NetError::TimedOut));
        assert_eq!(shared.from_elsewhere(&peer).unwrap().from, elsewhere);
    });
}

fn a_wrong_id_is_kept_apart_and_not_waited_for_in_vain() {
    play(async {
        let (door, server) =
            (live(&[]), Echo::start(0, |bytes| vec![b"forged".to_vec(), bytes.to_vec()]).await);
        let peer = admit(&door, server.address);
        for asked in both(&door, &peer, &ask_for(b"q", BUDGET)).await {
            assert_eq!(asked.answer.as_ref().unwrap().bytes, b"q");
            assert_eq!(asked.strays.len(), 1);
            assert_eq!(asked.strays[0].bytes, b"forged");
            assert!(asked.from_elsewhere(&peer).is_none());
        }
    });
}

fn a_second_different_answer_is_heard_while_lingering() {
    play(async {
        let (door, server) =
            (live(&[]), Echo::start(0, |_| vec![b"q1".to_vec(), b"q2".to_vec()]).await);
        let mut question = Question::spread(b"q".to_vec(), |b| b.starts_with(b"q"), 1, AMPLE);
        question.linger = BUDGET / 4;
        for asked in both(&door, &admit(&door, server.address), &question).await {
            assert_eq!(asked.answer.unwrap().bytes, b"q1");
            let later: Vec<_> = asked.later.iter().map(|d| d.bytes.as_slice()).collect();
            assert_eq!(later, [b"q2"]);
        }
    });
}

fn a_thousand_silent_peers_share_one_socket() {
    play(async {
        let door = live(&[]);
        // One socket plays a thousand addresses of the loopback range.
        let silent = tokio::net::UdpSocket::bind("0.0.0.0:0").await.unwrap();
        let port = silent.local_addr().unwrap().port();
        let server = Echo::start(0, |bytes| vec![bytes.to_vec()]).await;
        let budget = Duration::from_secs(2);
        let before = sockets();
        let watch = Stopwatch::start();
        let mut asking = tokio::task::JoinSet::new();
        for n in 0..1000_u16 {
            let [high, low] = n.to_be_bytes();
            let address = match n % 50 {
                0 => server.address,
                _ => SocketAddr::from(([127, 77, high, low], port)),
            };
            let (door, peer) = (door.clone(), admit(&door, address));
            let question = ask_for(&n.to_be_bytes(), budget);
            asking.spawn(async move { (n, door.ask_shared(&peer, &question).await) });
        }
        tokio::task::yield_now().await;
        assert!(sockets() <= before + 1, "{} sockets, {before} before", sockets());
        while let Some(asked) = asking.join_next().await {
            let (n, asked) = asked.unwrap();
            assert_eq!(asked.answer.is_ok(), n % 50 == 0, "{n}: {:?}", asked.answer);
            assert!(n % 50 == 0 || asked.sent == 5, "{n}: {}", asked.sent);
        }
        let limit = budget.mul_f64(1.05) + Duration::from_millis(300);
        assert!(watch.took() <= limit, "{:?}", watch.took());
    });
}

/// Counts this process's sockets of this thread's trial and of all others.
fn sockets() -> usize {
    let open = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    let links = open.filter_map(|entry| std::fs::read_link(entry.path()).ok());
    links.filter(|link| link.to_string_lossy().starts_with("socket:")).count()
}

fn questions_to_one_peer_get_their_own_answers() {
    play(async {
        let door = live(&[]);
        let server = Echo::start(0, |bytes| vec![bytes.to_vec()]).await;
        let peer = admit(&door, server.address);
        let asking = (0..50_u8).map(|n| {
            let (door, question) = (door.clone(), ask_for(&[n], AMPLE));
            tokio::spawn(async move { (n, door.ask_shared(&peer, &question).await) })
        });
        for asked in asking.collect::<Vec<_>>() {
            let (n, asked) = asked.await.unwrap();
            assert_eq!(asked.answer.unwrap().bytes, [n]);
            assert!(asked.strays.is_empty());
        }
    });
}

fn the_sixth_version_works_or_is_called_missing() {
    play(async {
        let door = live(&[]);
        let server = tokio::net::UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).await;
        let closed = SocketAddr::from((Ipv6Addr::LOCALHOST, 9));
        let address = server.as_ref().map_or(closed, |server| server.local_addr().unwrap());
        let echo = async {
            let Ok(server) = &server else { return std::future::pending::<()>().await };
            let mut buffer = [0; 64];
            loop {
                let (count, from) = server.recv_from(&mut buffer).await.unwrap();
                server.send_to(&buffer[..count], from).await.unwrap();
            }
        };
        let (peer, question) = (admit(&door, address), ask_for(b"q", BUDGET));
        let asked = tokio::select! {
            asked = both(&door, &peer, &question) => asked,
            () = echo => unreachable!(),
        };
        for asked in asked {
            match server.is_ok() {
                true => assert_eq!(asked.answer.unwrap().bytes, b"q"),
                false => assert_eq!(asked.answer, Err(NetError::NoRoute)),
            }
        }
    });
}

fn a_door_outlives_its_runtime() {
    let door = live(&[]);
    for _ in 0..2 {
        play(async {
            let server = Echo::start(0, |bytes| vec![bytes.to_vec()]).await;
            let asked = door.ask_shared(&admit(&door, server.address), &ask_for(b"q", AMPLE)).await;
            assert_eq!(asked.answer.unwrap().bytes, b"q");
        });
    }
}
