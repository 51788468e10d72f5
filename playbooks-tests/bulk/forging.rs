//! Two thousand names of a server that loses, repeats, reorders and cuts, beside a forger who answers first.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::net::{Admission, Deadline, Door, Pins};
use lifeboat::service::dns::bulk::{self, Ending, Hearer, Manner, Outcome, Tally};
use lifeboat::wire::dns::Roll;

use super::server::{ANSWER, Asked, CUT, Datagrams, NO_NAME, REFUSED, Sender, serve};

pub fn trials() -> Vec<Trial> {
    trials![
        every_question_ends_in_its_own_outcome_whoever_forges,
        a_server_that_falls_silent_is_left_alone,
        what_a_server_cuts_over_tcp_too_is_no_answer,
    ]
}

const NAMES: usize = 2_000;

/// What a forger would like to be believed.
const FORGED: [u8; 4] = [6, 6, 6, 6];

/// What should come of each question, by its number.
fn fate(number: usize) -> &'static str {
    match number % 200 {
        7 => "lost",
        13 => "declined",
        20..=29 => "cut, then differs",
        37 | 137 => "differs",
        41..=50 => "cut, then expected",
        60..=69 => "answered",
        71..=80 => "no name",
        _ => "expected",
    }
}

fn own(number: usize) -> [u8; 4] {
    [10, 0, u8::try_from(number >> 8).unwrap(), u8::try_from(number & 255).unwrap()]
}

fn roll() -> Arc<Roll> {
    let line = |number: usize| {
        let [a, b, c, d] = own(number);
        let wanted = match fate(number) {
            "answered" => String::new(),
            "no name" => "!NXDOMAIN".to_owned(),
            _ => format!("{a}.{b}.{c}.{d}"),
        };
        // Names of several lengths, in no order.
        format!("{}n-{number}.bulk.example. A {wanted}\n", "x".repeat(number % 7))
    };
    Arc::new(Roll::parse(&(0..NAMES).map(line).collect::<String>()).unwrap())
}

/// The truth, as the server has it over TCP.
fn truth(asked: &Asked<'_>) -> Vec<u8> {
    let number = asked.number();
    match fate(number) {
        "declined" => asked.answer(ANSWER | REFUSED, &[]),
        "no name" => asked.answer(ANSWER | NO_NAME, &[]),
        "differs" | "cut, then differs" => asked.answer(ANSWER, &[&[192, 0, 2, 9]]),
        _ => asked.answer(ANSWER, &[&own(number)]),
    }
}

/// One in fifty questions and one in fifty answers are lost; others come twice, late, or behind what is forged.
fn play() -> impl FnMut(&Asked<'_>) -> Datagrams + Send {
    let (mut count, mut late) = (0_usize, None);
    move |asked| {
        count += 1;
        let fate = fate(asked.number());
        let forged: &[&[u8]] = &[&FORGED];
        let mut leaving = vec![
            (asked.with_id(asked.id().wrapping_add(1), forged), Sender::Own),
            (asked.for_another(forged), Sender::Own),
            (asked.answer(ANSWER, forged), Sender::OtherPort),
            (asked.answer(ANSWER, forged), Sender::OtherAddress),
            (asked.answer(ANSWER, forged), Sender::OwnElsewhere),
        ];
        leaving.rotate_left(count % 5);
        leaving.truncate(count % 3);
        // A multiplier that visits every remainder, so that losses follow no pattern of the numbers.
        let chance = count.wrapping_mul(7_919) % 100;
        if chance < 4 || fate == "lost" {
            return leaving;
        }
        let answer =
            if fate.starts_with("cut") { asked.answer(ANSWER | CUT, &[]) } else { truth(asked) };
        if chance % 7 == 0 {
            leaving.push((answer.clone(), Sender::Own));
        }
        if chance % 5 == 0 && late.is_none() {
            late = Some(answer);
        } else {
            leaving.push((answer, Sender::Own));
            leaving.extend(late.take().map(|late| (late, Sender::Own)));
        }
        leaving
    }
}

/// Notes every outcome.
#[derive(Default)]
struct Notes(BTreeMap<usize, Vec<(&'static str, String)>>);

impl Hearer for Notes {
    fn hear(&mut self, number: usize, outcome: Outcome<'_>) -> ControlFlow<()> {
        let mut lines = String::new();
        let what = match &outcome {
            Outcome::Expected => "expected",
            Outcome::Answered(glance) => (glance.write("", &mut lines), "answered").1,
            Outcome::Differs(glance) => (glance.write("", &mut lines), "differs").1,
            Outcome::Declined(glance) => (glance.write("", &mut lines), "declined").1,
            Outcome::Broken(_) => "broken",
            Outcome::Lost(_) => "lost",
            Outcome::Unasked => "unasked",
        };
        self.0.entry(number).or_default().push((what, lines));
        ControlFlow::Continue(())
    }
}

fn call(server: SocketAddr, roll: &Arc<Roll>, tries: u8) -> (Tally, Notes) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let until = Deadline::after(Duration::from_secs(30));
    let manner = Manner { rate: 1_000_000, tries, recursion: false, until };
    let door = Door::live(Admission::default(), Pins::new());
    let called = bulk::call(&door, server, Arc::clone(roll), manner, Notes::default());
    runtime.block_on(called).unwrap()
}

fn every_question_ends_in_its_own_outcome_whoever_forges() {
    let (server, roll) = (serve(play(), truth), roll());
    let (tally, notes) = call(server, &roll, 10);
    assert_eq!(tally.ending, Ending::Complete);
    assert_eq!(notes.0.len(), NAMES, "every question has an outcome");
    for (number, outcomes) in &notes.0 {
        let [(what, lines)] = &outcomes[..] else { panic!("{number} has {}", outcomes.len()) };
        let wanted = match fate(*number) {
            "no name" | "cut, then expected" => "expected",
            "cut, then differs" => "differs",
            fate => fate,
        };
        assert_eq!(*what, wanted, "question {number}: {lines}");
        assert!(!lines.contains("6.6.6.6"), "question {number} believes a forger: {lines}");
        let marked = *what != "differs" || lines.ends_with(" A 192.0.2.9\n");
        assert!(marked, "question {number}: {lines}");
    }
    let cut = (0..NAMES).filter(|number| fate(*number).starts_with("cut")).count();
    assert_eq!(tally.cut, cut);
    assert!(tally.strays > 500, "only {} forged answers were seen", tally.strays);
    // Each try of the lost ones, and of others a few more than once.
    assert!(tally.sent < (NAMES + NAMES / 4) as u64, "{} questions were sent", tally.sent);
    eprintln!(
        "bulk: {NAMES} names in {:?}, {} sent, {} strays, {} over TCP",
        tally.took, tally.sent, tally.strays, tally.cut
    );
}

fn a_server_that_falls_silent_is_left_alone() {
    let mut left = 300;
    let answers = move |asked: &Asked<'_>| {
        left -= i32::from(left > 0);
        if left > 0 { vec![(truth(asked), Sender::Own)] } else { Vec::new() }
    };
    let (tally, notes) = call(serve(answers, truth), &roll(), 20);
    assert_eq!((tally.ending, notes.0.len()), (Ending::Silent, NAMES));
    let count = |wanted: &str| {
        notes.0.values().filter(|outcomes| outcomes[0].0 == wanted && outcomes.len() == 1).count()
    };
    let (lost, unasked) = (count("lost"), count("unasked"));
    assert!(lost > 0, "{lost} lost, {unasked} unasked");
    assert!(tally.sent < 20 * lost as u64, "{} sent, {lost} lost", tally.sent);
    assert!(tally.took >= bulk::SILENCE && tally.took < bulk::SILENCE * 2, "{:?}", tally.took);
}

fn what_a_server_cuts_over_tcp_too_is_no_answer() {
    let cut = |asked: &Asked<'_>| asked.answer(ANSWER | CUT, &[]);
    let server = serve(move |asked| vec![(cut(asked), Sender::Own)], cut);
    let roll = Arc::new(Roll::parse("a-1.example. A\na-2.example. A 192.0.2.1\n").unwrap());
    let (tally, notes) = call(server, &roll, 3);
    assert_eq!((tally.cut, tally.ending), (2, Ending::Complete));
    assert!(notes.0.values().all(|outcomes| outcomes[0].0 == "broken"));
}
