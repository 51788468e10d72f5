//! PowerDNS's API in a storm of 429 and 503: what is sent again, when, and what never is.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use lifeboat::model::{DnsProvider, RrContent, RrKey, Rrset, Sent, Span};
use lifeboat::net::{Http, HttpRequest, Method, NetError};
use lifeboat::service::Field;
use lifeboat::service::dns::powerdns::{Api, PowerDnsError, read, write};
use serde_json::json;
use tokio::task::JoinSet;

use super::standin::{Busy, StandIn, gaps, held};
use crate::actions::{field, play};
use crate::doors::servers::response;

pub fn trials() -> Vec<Trial> {
    trials![
        d7_all_requests_are_at_most_a_fifth_more_than_first_tries,
        d7_a_crowd_keeps_the_same_budget,
        d7_measurements_and_writes_are_never_sent_again,
        d7_nothing_comes_before_the_time_that_was_asked_for,
        d7_a_time_beyond_the_deadline_is_not_waited_for_and_named,
        d7_a_write_that_was_turned_away_may_come_later_and_any_other_is_a_doubt,
        what_a_service_says_is_left_is_remembered,
        a_read_that_times_out_is_no_doubt,
    ]
}

const ZONE: &[u8] = br#"{"rrsets": []}"#;

fn zone(_: &str) -> Vec<u8> {
    response("200 OK", "", ZONE)
}

fn busy(status: u16, headers: &str) -> Option<Busy> {
    Some((status, headers.to_owned()))
}

/// Alternates between the ways to be busy that cost no patience.
fn storm(number: usize) -> Option<Busy> {
    match number % 4 {
        0 => busy(503, ""),
        1 => busy(429, "Retry-After: 0\r\n"),
        2 => busy(503, "Retry-After: 0\r\n"),
        _ => busy(429, "Retry-After: soon\r\n"),
    }
}

/// A field that pays from the stand-in's budget; `part` of 1,000 is drawn for every pause.
fn towards(it: &StandIn, part: u64) -> Field {
    let field = field();
    let http = Http::new(field.door.clone()).paying_from(it.budget.clone());
    Field { http: http.drawing(Arc::new(move || part)), ..field }
}

fn api(it: &StandIn) -> Api {
    let document = json!({"id": "own", "kind": "powerdns", "api": it.url("/api"),
        "credential": {"env": "KEY"}, "nameservers": []});
    let provider: DnsProvider = serde_json::from_value(document).unwrap();
    Api::of_provider(&provider).unwrap()
}

const LONG: Duration = Duration::from_secs(20);

/// Reads so many zones, each once, so that each first try is known by its path.
async fn read_zones(it: &StandIn, field: &Field, numbers: std::ops::Range<u32>) -> usize {
    let mut well = 0;
    for number in numbers {
        let found = read(field, &api(it), &format!("z{number}.test."), &[], LONG).await;
        well += usize::from(found.is_ok());
    }
    well
}

/// The service itself counts: requests against distinct zones, at every prefix of a storm and after it.
fn d7_all_requests_are_at_most_a_fifth_more_than_first_tries() {
    play(async {
        const STORM: usize = 180;
        let weather = |number, _: &str| if number < STORM { storm(number) } else { None };
        let it = StandIn::start(weather, zone).await;
        let field = towards(&it, 0);
        let well = read_zones(&it, &field, 0..200).await;
        let arrivals = it.arrivals();
        let mut first = BTreeSet::new();
        for (index, arrival) in arrivals.iter().enumerate() {
            first.insert(arrival.what.clone());
            let (all, first) = (index + 1, first.len());
            assert!(5 * all <= 6 * first, "{all} requests for {first} first tries");
        }
        let (all, first) = (arrivals.len(), first.len());
        assert_eq!(first, 200);
        assert!(all >= first + 25, "{all}: the budget is used as well");
        assert_eq!(it.budget.tally().first + it.budget.tally().again, all as u64, "none is hidden");
        assert!((200 - STORM..200).contains(&well), "{well} were read once it was over");
        eprintln!("D7: {all} requests for {first} first tries = {:.2}", all as f64 / first as f64);
    });
}

fn d7_a_crowd_keeps_the_same_budget() {
    play(async {
        let it = Arc::new(StandIn::start(|number, _| storm(number), zone).await);
        let field = towards(&it, 500);
        let mut crowd = JoinSet::new();
        for part in 0..16_u32 {
            let (it, field) = (Arc::clone(&it), field.clone());
            crowd.spawn(async move { read_zones(&it, &field, part * 10..(part + 1) * 10).await });
        }
        let well: usize = crowd.join_all().await.into_iter().sum();
        let (arrivals, tally) = (it.arrivals(), it.budget.tally());
        let ratio = held(&arrivals);
        assert_eq!((tally.first, well), (160, 0));
        assert!(tally.again >= 20 && 5 * tally.again <= tally.first, "{tally:?}");
        eprintln!("D7: {} requests for {} first tries = {ratio:.2}", arrivals.len(), tally.first);
    });
}

/// Even with everything saved up that can be.
fn d7_measurements_and_writes_are_never_sent_again() {
    play(async {
        let weather = |number, _: &str| if number < 60 { None } else { storm(number) };
        let it = StandIn::start(weather, zone).await;
        let field = towards(&it, 0);
        assert_eq!(read_zones(&it, &field, 0..60).await, 60);
        for purpose in [
            lifeboat::net::Purpose::Measure { first: true },
            lifeboat::net::Purpose::Measure { first: false },
            lifeboat::net::Purpose::Write,
        ] {
            for method in [Method::Get, Method::Post, Method::Patch] {
                let before = it.arrivals().len();
                let mut request = HttpRequest::new(method, it.url("/once"), LONG);
                request.purpose = purpose;
                assert!(field.http.request(request).await.unwrap().is_busy());
                assert_eq!(it.arrivals().len(), before + 1, "{purpose:?} {method:?}");
            }
        }
        assert_eq!(it.budget.tally().first, 60 + 2 * 3, "a further measure pays nothing");
        let read = HttpRequest::new(Method::Get, it.url("/read"), LONG);
        assert!(field.http.request(read).await.unwrap().is_busy());
        assert_eq!(it.budget.tally().again, 4, "a read is sent again four times at most");
    });
}

/// Sends one read to a service that is busy once, with ten repeats paid for.
async fn asked_again(headers: impl Fn() -> String + Send + 'static, budget: Duration) -> StandIn {
    let weather = move |number, _: &str| (number == 50).then(|| (503, headers()));
    let it = StandIn::start(weather, zone).await;
    let field = towards(&it, 300);
    assert_eq!(read_zones(&it, &field, 0..50).await, 50);
    let _ = read(&field, &api(&it), "late.test.", &[], budget).await;
    it
}

fn d7_nothing_comes_before_the_time_that_was_asked_for() {
    let date = |ahead: i64| {
        let at = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(ahead);
        at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    };
    let second = Duration::from_secs(1);
    let brief = Duration::from_millis(100)..Duration::from_millis(400);
    play(async {
        let seconds = asked_again(|| "Retry-After: 1\r\n".to_owned(), LONG).await;
        let both = move || format!("Date: {}\r\nRetry-After: {}\r\n", date(0), date(1));
        let dated = asked_again(both, LONG).await;
        for it in [seconds, dated] {
            assert_eq!(it.arrivals().len(), 52);
            let gap = gaps(&it.arrivals())[50];
            assert!(gap >= second && gap < second * 2, "{gap:?}");
            eprintln!("D7: asked to wait 1 s, asked again after {} ms", gap.as_millis());
        }
        for garbage in ["-5", "soon", "", "1e9", "1.5"] {
            let it = asked_again(move || format!("Retry-After: {garbage}\r\n"), LONG).await;
            let gap = gaps(&it.arrivals())[50];
            assert!(brief.contains(&gap), "{garbage}: our own pause, {gap:?}");
        }
    });
}

fn d7_a_time_beyond_the_deadline_is_not_waited_for_and_named() {
    play(async {
        for (asked, named) in
            [("2", "2s"), ("86400", "1d"), ("999999999999", "1d"), ("18446744073709551616", "1d")]
        {
            let watch = Instant::now();
            let header = format!("Retry-After: {asked}\r\n");
            let weather = move |number, _: &str| (number >= 50).then(|| (429, header.clone()));
            let it = StandIn::start(weather, zone).await;
            let field = towards(&it, 999);
            assert_eq!(read_zones(&it, &field, 0..50).await, 50);
            let calm = watch.elapsed();
            let within = Duration::from_millis(1_500);
            let error = read(&field, &api(&it), "late.test.", &[], within).await.unwrap_err();
            assert!(watch.elapsed() - calm < Duration::from_millis(500), "not waited for");
            assert_eq!(it.arrivals().len(), 51, "{asked}");
            let said = error.to_string();
            assert!(said.contains(&format!("wants to be asked again in {named}")), "{said}");
            assert!(matches!(error, PowerDnsError::Busy { status: 429, .. }), "{error:?}");
        }
        // Busy to the end: whoever asks is done by the deadline.
        let always = |number, _: &str| (number >= 50).then(|| (503, "Retry-After: 1\r\n".into()));
        let it = StandIn::start(always, zone).await;
        let field = towards(&it, 999);
        assert_eq!(read_zones(&it, &field, 0..50).await, 50);
        let (watch, within) = (Instant::now(), Duration::from_millis(2_300));
        read(&field, &api(&it), "late.test.", &[], within).await.unwrap_err();
        let took = watch.elapsed();
        assert!(took <= within + Duration::from_millis(500), "{took:?}");
        assert!(it.arrivals().len() > 51, "what lay within was waited for");
        eprintln!(
            "D7: a deadline of {} ms ended after {} ms",
            within.as_millis(),
            took.as_millis()
        );
    });
}

fn set() -> Rrset {
    let key = RrKey { name: "zone.test.".to_owned(), kind: "NS".to_owned() };
    let records =
        vec![RrContent { content: "ns1.b.test.".to_owned(), disabled: false, beside: None }];
    Rrset { key, ttl: 300, records, comments: Vec::new() }
}

fn d7_a_write_that_was_turned_away_may_come_later_and_any_other_is_a_doubt() {
    play(async {
        for (status, headers, later) in [
            (429, "Retry-After: 7\r\n", Some(Span::from_secs(7))),
            (429, "", Some(Span::from_secs(10))),
            (429, "Retry-After: -1\r\n", Some(Span::from_secs(10))),
            (429, "Retry-After: 99999999\r\n", Some(Span::from_secs(86_400))),
            (503, "", None),
            (503, "Retry-After: 7\r\n", None),
            (502, "Retry-After: 7\r\n", None),
        ] {
            let weather = move |number, _: &str| (number >= 50).then(|| (status, headers.into()));
            let it = StandIn::start(weather, zone).await;
            let field = towards(&it, 0);
            assert_eq!(read_zones(&it, &field, 0..50).await, 50);
            let sent = write(&field, &api(&it), "test.", (&[], &[set()]), "key", LONG).await;
            assert_eq!(it.arrivals().len(), 51, "{status} {headers}: one PATCH");
            match (later, sent) {
                (Some(wanted), Sent::Later { after, because }) => {
                    assert_eq!(after, wanted);
                    assert!(because.contains("`own` is busy (status 429)"), "{because}");
                }
                (None, Sent::Lost(_)) => {}
                (_, other) => panic!("{status} {headers}: {other:?}"),
            }
        }
    });
}

fn what_a_service_says_is_left_is_remembered() {
    play(async {
        let mut left = 100;
        let it = StandIn::start(
            |_, _| None,
            move |_| {
                left -= 1;
                response("200 OK", &format!("X-RateLimit-Remaining: {left}\r\n"), ZONE)
            },
        );
        let it = it.await;
        let field = towards(&it, 0);
        assert_eq!(field.http.left(&it.url("/api")), None, "nobody has said anything");
        read_zones(&it, &field, 0..3).await;
        assert_eq!(field.http.left(&it.url("/api")), Some(97));
        assert_eq!(field.http.left("http://127.0.0.1:1/api"), None);
        let document = json!({"schema": "lifeboat/estate/v1", "id": "e", "registrars": [{"id": "reg",
            "kind": "powerdns", "api": it.url("/api"), "credential": {"env": "KEY"}}]});
        let estate = serde_json::from_value(document).unwrap();
        let found = lifeboat::service::left(&field, &estate);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [("reg".into(), 97)]);
    });
}

fn a_read_that_times_out_is_no_doubt() {
    play(async {
        let server = lifeboat::net::loopback::TcpServer::open().await.unwrap();
        let url = format!("http://{}/", server.address());
        let within = Duration::from_millis(200);
        let field = field();
        for (method, wanted) in [(Method::Get, NetError::TimedOut), (Method::Put, NetError::Lost)] {
            let request = HttpRequest::new(method, url.clone(), within);
            let (outcome, stream) = tokio::join!(field.http.request(request), server.accept());
            let error = outcome.unwrap_err();
            assert_eq!(error, wanted);
            let doubts = error.to_string().contains("may have taken effect");
            assert_eq!(doubts, wanted == NetError::Lost);
            drop(stream);
        }
    });
}
