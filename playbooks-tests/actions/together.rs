//! Many questions to one server over TCP: on one connection, as far as the server goes along with it.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::model::{DnsAnswer, Ending};
use lifeboat::service::Budget;
use lifeboat::service::dns::round::{Question, Server, ask_all};

use super::{field, play};

pub fn trials() -> Vec<Trial> {
    trials![
        all_go_over_one_connection_and_answers_may_come_in_any_order,
        each_answer_lets_the_next_question_go,
        a_server_that_closes_after_each_answer_is_asked_one_by_one,
        a_server_that_falls_silent_is_not_asked_again,
        what_answers_no_question_of_the_connection_is_no_answer,
        a_server_that_knows_no_edns_is_asked_without,
        nobody_listens_and_each_question_is_refused,
    ]
}

const COUNT: usize = 80;

/// A message with its length before it.
type Framed = Vec<u8>;

fn take(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut length = [0; 2];
    client.read_exact(&mut length).ok()?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    client.read_exact(&mut message).ok()?;
    Some(message)
}

/// Answers a question with the code of a reply, and with one address that has the name's number in it.
fn reply(message: &[u8], code: u8) -> Framed {
    let end = 12 + message[12..].iter().position(|byte| *byte == 0).unwrap() + 5;
    let number: u8 =
        std::str::from_utf8(&message[14..13 + usize::from(message[12])]).unwrap().parse().unwrap();
    let count = u8::from(code == 0);
    let mut answer = [&message[..2], &[0x84, code, 0, 1, 0, count, 0, 0, 0, 0]].concat();
    answer.extend(&message[12..end]);
    if code == 0 {
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, number]);
    }
    [&u16::try_from(answer.len()).unwrap().to_be_bytes()[..], &answer].concat()
}

/// Serves each connection on its own thread; returns where, and the count of connections.
fn serve(each: impl Fn(TcpStream) + Send + Sync + 'static) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let (at, each) = (listener.local_addr().unwrap(), Arc::new(each));
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::SeqCst);
            let each = Arc::clone(&each);
            thread::spawn(move || each(client));
        }
    });
    (at, count)
}

fn asked(at: SocketAddr, budget: Duration) -> Vec<Ending<DnsAnswer>> {
    let server = Server::authority("ns.test.", at).over_tcp();
    let question = |number: usize| Question {
        server: server.clone(),
        name: format!("n{number}.test."),
        kind: "A".to_owned(),
    };
    let budget = Budget { budget, tries: 1 };
    let said = play(ask_all(&field(), budget, (0..COUNT).map(question).collect()));
    for (number, (question, _)) in said.iter().enumerate() {
        assert_eq!(question.name, format!("n{number}.test."), "in the order of the questions");
    }
    said.into_iter().map(|(_, ending)| ending).collect()
}

/// Tells whether a question has its own answer.
fn is_right(number: usize, ending: &Ending<DnsAnswer>) -> bool {
    let data = ending.answer().and_then(|answer| answer.answers.first());
    data.is_some_and(|record| record.data.to_string() == format!("192.0.2.{number}"))
}

fn all_right(endings: &[Ending<DnsAnswer>]) {
    for (number, ending) in endings.iter().enumerate() {
        assert!(is_right(number, ending), "{number}: {ending:?}");
    }
}

const PATIENT: Duration = Duration::from_secs(20);

fn all_go_over_one_connection_and_answers_may_come_in_any_order() {
    // One that waits for eight questions answers the last of them first.
    let (at, connections) = serve(|mut client| {
        let mut waiting = Vec::new();
        while let Some(message) = take(&mut client) {
            waiting.push(reply(&message, 0));
            if waiting.len() == 8 {
                waiting.reverse();
                client.write_all(&waiting.concat()).unwrap();
                waiting.clear();
            }
        }
    });
    all_right(&asked(at, PATIENT));
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

/// The server answers one question as soon as 64 are under way, and waits for the next one each time.
fn each_answer_lets_the_next_question_go() {
    let (at, count) = serve(|mut client| {
        let mut waiting: VecDeque<Vec<u8>> = (0..64).map(|_| take(&mut client).unwrap()).collect();
        for _ in 64..COUNT {
            let first = waiting.pop_front().unwrap();
            client.write_all(&reply(&first, 0)).unwrap();
            waiting.push_back(take(&mut client).unwrap());
        }
        for message in waiting {
            client.write_all(&reply(&message, 0)).unwrap();
        }
    });
    all_right(&asked(at, PATIENT));
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

fn a_server_that_closes_after_each_answer_is_asked_one_by_one() {
    let (at, connections) = serve(|mut client| {
        if let Some(message) = take(&mut client) {
            // Whoever sent more than one may be gone by then.
            let _ = client.write_all(&reply(&message, 0));
            let _ = client.shutdown(std::net::Shutdown::Write);
            while take(&mut client).is_some() {}
        }
    });
    all_right(&asked(at, PATIENT));
    assert_eq!(connections.load(Ordering::SeqCst), COUNT);
}

fn a_server_that_falls_silent_is_not_asked_again() {
    let (at, connections) = serve(|mut client| {
        for _ in 0..3 {
            let Some(message) = take(&mut client) else { return };
            client.write_all(&reply(&message, 0)).unwrap();
        }
        while take(&mut client).is_some() {}
    });
    let endings = asked(at, Duration::from_millis(500));
    all_right(&endings[..3]);
    assert!(endings[3..].iter().all(|it| *it == Ending::TimedOut), "{:?}", endings[3]);
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

fn what_answers_no_question_of_the_connection_is_no_answer() {
    // On its first connection it answers each question twice, to the name before.
    let first = AtomicUsize::new(0);
    let (at, connections) = serve(move |mut client| {
        let lies = first.fetch_add(1, Ordering::SeqCst) == 0;
        let mut before: Option<Vec<u8>> = None;
        while let Some(message) = take(&mut client) {
            let mut shown = reply(before.as_ref().filter(|_| lies).unwrap_or(&message), 0);
            shown[2..4].copy_from_slice(&message[..2]);
            before = Some(message);
            if client.write_all(&shown).is_err() {
                return;
            }
        }
    });
    all_right(&asked(at, PATIENT));
    assert_eq!(
        connections.load(Ordering::SeqCst),
        COUNT,
        "the first one's one right answer counts"
    );
}

fn a_server_that_knows_no_edns_is_asked_without() {
    let (at, _) = serve(|mut client| {
        while let Some(message) = take(&mut client) {
            let has_edns = message[11] == 1;
            if client.write_all(&reply(&message, u8::from(has_edns))).is_err() {
                return;
            }
        }
    });
    all_right(&asked(at, PATIENT));
}

fn nobody_listens_and_each_question_is_refused() {
    let port = lifeboat::net::loopback::RefusingPort::tcp().unwrap();
    let endings = asked(port.address(), PATIENT);
    assert!(endings.iter().all(|it| *it == Ending::Refused), "{:?}", endings[0]);
}
