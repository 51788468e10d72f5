//! A real server that turns requests away: nginx before PowerDNS's API, with 429 and with 503.

use super::estate;
use super::lab::Lab;
use super::nginx::{Logged, Nginx};
use super::planning::{field, play};
use super::powerdns::PowerDns;
use super::until::{STARTUP, until};
use libtest_mimic::Trial;
use lifeboat::model::{RrContent, RrKey, Rrset, Sent};
use lifeboat::net::{Http, RetryBudget};
use lifeboat::service::Field;
use lifeboat::service::dns::powerdns::{Api, PowerDnsError, read, write};
use std::collections::BTreeMap;
use std::time::Duration;

/// Returns the trials of a service that is busy.
pub fn trials() -> Vec<Trial> {
    trials![d7_a_real_limit_of_429_is_kept_to, d7_a_real_limit_of_503_is_kept_to]
}

/// How many zones are read, each once.
const READS: usize = 20;

const LONG: Duration = Duration::from_secs(30);

fn d7_a_real_limit_of_429_is_kept_to() {
    kept_to(429, |sent| matches!(sent, Sent::Later { .. }));
}

fn d7_a_real_limit_of_503_is_kept_to() {
    // A 503 may come from behind what changed something: only a look tells.
    kept_to(503, |sent| matches!(sent, Sent::Lost(_)));
}

fn kept_to(busy: u16, turned_away: impl Fn(&Sent) -> bool) {
    let lab = Lab::new();
    let mut server = PowerDns::start(&lab, "powerdns", lab.at(1, 53));
    server.add_zone("zone.test", "@ 60 SOA ns.zone.test. host 1 3600 600 86400 60\n");
    let front = Nginx::start(&lab, "nginx", lab.at(2, 80), server.api, busy);
    let mut provider = estate::powerdns_provider(&lab, "own", "ns.zone.test.", &server);
    provider["api"] = format!("http://{}/api/v1/servers/localhost", front.address).into();
    let api = Api::of_provider(&serde_json::from_value(provider).unwrap()).unwrap();
    let budget = RetryBudget::default();
    let field = field(&lab);
    let field = Field { http: Http::new(field.door.clone()).paying_from(budget.clone()), ..field };
    let (mut answered, mut sent) = (0, None);
    play(async {
        for number in 0..READS {
            let found = read(&field, &api, &format!("z{number}.test."), &[], LONG).await;
            answered += usize::from(matches!(found, Err(PowerDnsError::NoZone { .. })));
        }
        // The request before it has just used up this second.
        sent = Some(write(&field, &api, "zone.test.", (&[], &[set()]), "key", LONG).await);
    });
    // It writes a line once its reply is gone.
    let requests = until("the write in nginx's log", STARTUP, || {
        Some(front.requests()).filter(|all| all.iter().any(|it| it.method != "GET"))
    });
    let (reads, writes): (Vec<_>, Vec<_>) = requests.iter().partition(|it| it.method == "GET");
    let (ratio, soonest) = repeats(&reads);
    eprintln!(
        "D7: nginx, {busy}: {} requests for {READS} first tries = {ratio:.2}, {answered} answered; the soonest repeat \
         after {soonest:.3} s of 1",
        reads.len()
    );
    assert_eq!(budget.tally().first, READS as u64 + 1, "the server counts what the budget counts");
    assert!(reads.len() > READS, "nothing was sent again");
    assert!(ratio <= 1.2, "{ratio}");
    assert!(soonest >= 1.0, "{soonest}");
    assert!(answered > 1, "whoever came back when it was told to was let in");
    let sent = sent.unwrap();
    assert!(turned_away(&sent), "{sent:?}");
    assert!(
        matches!(writes[..], [one] if one.status == busy),
        "a write is never sent blindly twice"
    );
    assert!(server.rrset("zone.test", "www.zone.test", "A").is_none(), "it was turned away");
}

/// Returns the most requests for one first try at any moment, and the shortest time between a refusal and its repeat.
fn repeats(reads: &[&Logged]) -> (f64, f64) {
    let mut last: BTreeMap<&str, f64> = BTreeMap::new();
    let (mut ratio, mut soonest) = (0.0_f64, f64::INFINITY);
    for (index, request) in reads.iter().enumerate() {
        if let Some(before) = last.insert(&request.path, request.at) {
            soonest = soonest.min(request.at - before);
        }
        ratio = ratio.max((index + 1) as f64 / last.len() as f64);
    }
    (ratio, soonest)
}

fn set() -> Rrset {
    let key = RrKey { name: "www.zone.test.".to_owned(), kind: "A".to_owned() };
    let records =
        vec![RrContent { content: "192.0.2.1".to_owned(), disabled: false, beside: None }];
    Rrset { key, ttl: 60, records, comments: Vec::new() }
}
