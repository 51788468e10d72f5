//! Diagnoses, a plan and a whole run of sixty changes while the seedbox is busy again and again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use libtest_mimic::Trial;
use lifeboat::document::Source;
use lifeboat::drive::sharing::{Sharing, Took};
use lifeboat::drive::survey::Sought;
use lifeboat::drive::{Crew, DriveError, Leash, News, Operation, Stops, pin, run, survey};
use lifeboat::engine::{Approved, Engine, Halt};
use lifeboat::host::{Ask, Channel, Clock, Environment, HostError, StopRequests, Terminal};
use lifeboat::model::{ApprovalProof, Direction, Event, Mode, Phase, Plan, Severity, Span};
use lifeboat::net::Http;
use lifeboat::plan::Digest;
use lifeboat::store::{Declaration, Incident, Signer};
use serde_json::Value;

use super::fleet::Fleet;
use super::standin::{Arrival, Busy, held};
use crate::actions::play;

pub fn trials() -> Vec<Trial> {
    trials![d7_diagnoses_a_plan_and_sixty_changes_keep_the_budget_in_a_storm]
}

const CHANGES: u32 = 60;

/// One request in seven is turned away, in gusts two of three; over after so many.
const STORM: usize = 500;

struct Nobody;

impl Ask for Nobody {
    fn ask(&self, _: &str) -> Result<String, HostError> {
        Err(HostError::NoTerminal)
    }
}

fn weather(number: usize, _: &str) -> Option<Busy> {
    let dice = number.wrapping_mul(2_654_435_761) >> 8;
    let share = if number % 150 > 140 { 66 } else { 14 };
    let turned_away = number < STORM && dice % 100 < share;
    let (status, headers) = match dice % 5 {
        0 => (503, ""),
        1 | 2 => (503, "Retry-After: 0\r\n"),
        _ => (429, "Retry-After: 0\r\n"),
    };
    turned_away.then(|| (status, headers.to_owned()))
}

/// The live operation, with the stand-in's budget and a clock that jumps.
fn operation(fleet: &Fleet, folder: &Path) -> Operation {
    let path = folder.join("lifeboat.yaml");
    std::fs::write(&path, fleet.estate()).unwrap();
    let source = Source::new(path.display().to_string(), fleet.estate());
    let mut operation = Operation::open(&source, folder, Some(folder), None).unwrap();
    let draw = Arc::new(|| 0);
    let http = Http::new(operation.field.door.clone()).paying_from(fleet.seedbox.budget.clone());
    operation.field.http = http.drawing(draw);
    operation.field.clock = Clock::scripted("2026-11-25T03:00:00Z".parse().unwrap(), |_| {});
    operation
}

/// Pins the plan; a reading that was turned away too often is one more command.
async fn pinned(operation: &Operation, incident: &Incident) -> Plan {
    for _ in 0..10 {
        let order = pin::Order {
            runbook: "tracker-loss".into(),
            phase: Phase::Immediate,
            set: BTreeMap::from([("lost".into(), "one".into()), ("backup".into(), "two".into())]),
            overrides: BTreeMap::new(),
            by: "anna".to_owned(),
            deadline: Span::from_secs(10),
        };
        match pin::pin(operation, incident, &order).await {
            Ok(pinned) => return pinned.plan,
            Err(DriveError::Refused(refusal)) => {
                assert!(refusal.to_string().contains("cannot be read"), "{refusal}");
            }
            Err(other) => panic!("{other}"),
        }
    }
    panic!("never pinned");
}

fn approve(incident: &Incident, plan: &Plan, now: Timestamp) {
    let (digest, direction) = (Digest::of(plan).hex(), Direction::Do);
    let (by, means) = ("anna".to_owned(), ApprovalProof::Terminal);
    let expires = Span::from_secs(3_600).after(now);
    let head = None;
    let event = Event::Approved {
        digest,
        by,
        means,
        direction,
        expires,
        head,
        signature: None,
        standing: None,
        code: None,
    };
    incident.append(event, now).unwrap();
}

/// Locks that reach this machine alone.
async fn alone(incident: &Incident, clock: &Clock) -> Sharing {
    let holder = incident.holder(Signer { user: "anna", host: "bridge", pid: 1 }, clock.now());
    let Took::Held(sharing) =
        Sharing::take(None, &[], &holder, clock, std::time::Duration::ZERO).await
    else {
        panic!()
    };
    sharing
}

/// Runs the plan, and resumes it as often as it comes to rest.
async fn driven(operation: &Operation, incident: &Incident, plan: &Plan) -> usize {
    for resumed in 0..30 {
        let records = incident.history().unwrap();
        let now = operation.field.clock.now();
        let approved = Approved::find(plan.clone(), Direction::Do, &records, now).unwrap();
        let mut engine = Engine::open(approved, &records).unwrap();
        let mut watch = |_: News<'_>| {};
        let mut crew = Crew {
            operation,
            incident,
            plan,
            ask: Arc::new(Nobody),
            user: "anna".to_owned(),
            wait_until: None,
            look_until: None,
            terminal: Terminal::look(&Environment::of(|_| None)),
            stream: Channel::Talk,
            watch: &mut watch,
            stops: Stops::new(StopRequests::none(), records.len()),
            seen: None,
            stood: None,
            sharing: alone(incident, &operation.field.clock).await,
            leash: Leash::new(incident, operation.field.clock.clone()),
        };
        match run(&mut engine, &mut crew).await.unwrap() {
            Halt::Completed => return resumed,
            Halt::Held { .. } | Halt::Waiting { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    panic!("never completed");
}

/// No change of a torrent arrives twice without a look at that very torrent in between.
fn looked_between(arrivals: &[Arrival]) {
    let mut written: BTreeMap<String, bool> = BTreeMap::new();
    for arrival in arrivals.iter().filter(|it| it.status != 409) {
        let call: Value = serde_json::from_str(&arrival.body).unwrap();
        let hash = call["arguments"]["ids"][0].as_str().map(str::to_owned);
        match (call["method"].as_str().unwrap(), hash) {
            ("torrent-set", Some(hash)) => {
                let looked = written.insert(hash.clone(), false);
                assert_ne!(looked, Some(false), "{hash} was written twice blindly");
            }
            ("torrent-get", hash) if arrival.status == 200 => {
                let seen =
                    |(of, _): &(&String, &mut bool)| hash.as_ref().is_none_or(|it| it == *of);
                written.iter_mut().filter(seen).for_each(|(_, looked)| *looked = true);
            }
            _ => {}
        }
    }
    assert_eq!(written.len(), CHANGES as usize);
}

fn d7_diagnoses_a_plan_and_sixty_changes_keep_the_budget_in_a_storm() {
    play(async {
        let folder = tempfile::tempdir().unwrap();
        let fleet = Fleet::start(CHANGES, weather, |set| set % 17 == 3, |_| String::new()).await;
        let operation = operation(&fleet, folder.path());
        let (mut parts, budget) = (Vec::new(), &fleet.seedbox.budget);
        let mut part = |name: &'static str| {
            let arrivals = fleet.seedbox.arrivals();
            let ratio = held(&arrivals);
            let first = budget.tally().first;
            let said = format!("{} requests for {first} first tries = {ratio:.2}", arrivals.len());
            parts.push(format!("D7: after {name}: {said}"));
        };
        for _ in 0..8 {
            survey::survey(&operation, Sought::EVERYTHING, Span::from_secs(5), None).await.unwrap();
        }
        part("8 diagnoses");
        let (title, severity, mode) = ("a storm".to_owned(), Severity::Major, Mode::Live);
        let declaration = Declaration { title, severity, mode };
        let now = operation.field.clock.now();
        let incident = operation.incidents.create(&declaration, now).unwrap();
        let plan = pinned(&operation, &incident).await;
        part("a plan");
        approve(&incident, &plan, operation.field.clock.now());
        let resumed = driven(&operation, &incident, &plan).await;
        part("60 changes");
        let arrivals = fleet.seedbox.arrivals();
        looked_between(&arrivals);
        let lists = fleet.lists.lock().unwrap();
        assert!(lists.urls.values().all(|url| *url == fleet.two), "every list is as planned");
        assert!(lists.changes.values().all(|count| *count == 1), "and was changed once");
        let (tally, turned_away) =
            (budget.tally(), arrivals.iter().filter(|it| it.is_busy()).count());
        assert_eq!(tally.first + tally.again, arrivals.len() as u64, "none is hidden");
        assert!(tally.again > 30 && turned_away > 60, "{tally:?}, {turned_away} turned away");
        parts.iter().for_each(|said| eprintln!("{said}"));
        eprintln!("D7: {turned_away} were turned away, the run was resumed {resumed} times");
    });
}
