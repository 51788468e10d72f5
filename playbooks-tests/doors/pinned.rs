//! Names under a DNS that is dead or lies: pins cost no packet, and a lie ends at the certificate.

use std::net::IpAddr;
use std::sync::Arc;

use libtest_mimic::Trial;
use lifeboat::model::{Estate, Secret};
use lifeboat::net::{
    Admission, Credential, Deadline, Door, Http, HttpRequest, Method, NetError, Pins, Purpose,
};
use lifeboat::service::Resolvers;
use serde_json::json;

use super::oracle::Oracle;
use super::servers::Web;
use super::tls::{Authority, Served};
use super::{AMPLE, BUDGET, pinned, play};

pub fn trials() -> Vec<Trial> {
    trials![
        d1_a_pinned_host_costs_no_dns_packet,
        d1_pins_come_before_resolvers_and_the_estate_before_pins,
        d1_a_poisoned_resolver_never_gets_a_credential,
    ]
}

const NAME: &str = "api.provider.example";

const CANARY: &str = "s3cret-canary";

fn loopback() -> IpAddr {
    IpAddr::from([127, 0, 0, 1])
}

/// A client whose names come from pins, then from the oracle, as live ones do.
fn client(pins: Pins, oracle: &Oracle) -> Http {
    let estate: Estate = serde_json::from_value(json!({
        "schema": "lifeboat/estate/v1",
        "id": "trial",
        "probing": { "target_budget": "2s", "tries": 3 },
        "resolvers": [{ "id": "res", "address": oracle.address.to_string(), "transports": ["udp"] }],
    }))
    .unwrap();
    let door = Door::live(Admission { allow_private: vec!["127.0.0.0/8".parse().unwrap()] }, pins);
    Http::with_lookup(
        door.clone(),
        Arc::new(Resolvers::new(door, &estate, std::path::Path::new("/"))),
    )
}

fn request(port: u16, ca: &Authority) -> HttpRequest {
    let mut request = HttpRequest::new(Method::Get, format!("https://{NAME}:{port}/v1"), AMPLE);
    request.credential =
        Some(Credential { header: "x-api-key".into(), value: Secret::new(CANARY) });
    request.ca = Some(ca.pem());
    request.purpose = Purpose::Measure { first: true };
    request
}

fn has_canary(told: &[u8]) -> bool {
    String::from_utf8_lossy(told).contains(CANARY)
}

fn d1_a_pinned_host_costs_no_dns_packet() {
    play(async {
        let ca = Authority::new();
        let served = Served::with(ca.certify(NAME));
        let port = served.address.port();
        // A dead resolver, and one that would answer.
        for oracle in [Oracle::saying(&[]), Oracle::saying(&[loopback()])] {
            let by_file = client(pinned(NAME, port, loopback()), &oracle);
            assert_eq!(by_file.request(request(port, &ca)).await.unwrap().status, 200);
            let mut by_estate = request(port, &ca);
            by_estate.pinned = vec![served.address];
            let http = client(Pins::new(), &oracle);
            assert_eq!(http.request(by_estate).await.unwrap().status, 200);
            assert_eq!(oracle.asked(), 0, "a pinned name was looked up");
        }
        let oracle = Oracle::saying(&[loopback()]);
        client(Pins::new(), &oracle).request(request(port, &ca)).await.unwrap();
        let told = served.told(5);
        eprintln!(
            "D1: 4 requests by pins cost 0 DNS packets; the one without a pin {}",
            oracle.asked()
        );
        assert!(oracle.asked() >= 2, "the counter is blind");
        assert!(told.len() == 5 && told.iter().all(|told| has_canary(told)));
    });
}

fn d1_pins_come_before_resolvers_and_the_estate_before_pins() {
    play(async {
        let ca = Authority::new();
        let (right, wrong) = (Served::with(ca.certify(NAME)), IpAddr::from([127, 0, 0, 99]));
        let port = right.address.port();
        let oracle = Oracle::saying(&[wrong]);
        let pin_wrong = client(pinned(NAME, port, wrong), &oracle);
        let refused = pin_wrong.request(request(port, &ca)).await.unwrap_err();
        assert_eq!(refused, NetError::Refused, "a wrong pin is not made good by a resolver");
        let mut by_estate = request(port, &ca);
        by_estate.pinned = vec![right.address];
        assert_eq!(pin_wrong.request(by_estate).await.unwrap().status, 200);
        // A pin is of one port, and of a name in any case and with its last dot.
        let other_port = client(pinned(NAME, port.wrapping_add(1), loopback()), &oracle);
        assert_eq!(oracle.asked(), 0);
        assert_eq!(other_port.request(request(port, &ca)).await.unwrap_err(), NetError::Refused);
        assert!(oracle.asked() > 0);
        let spelt = client(pinned("API.Provider.Example.", port, loopback()), &oracle);
        assert_eq!(spelt.request(request(port, &ca)).await.unwrap().status, 200);
        // What is pinned was learned: it leads inside only where the estate says so.
        let door = Door::live(Admission::default(), pinned(NAME, port, loopback()));
        let inside = Http::new(door).request(request(port, &ca)).await.unwrap_err();
        assert_eq!(inside, NetError::NotAdmitted(loopback()));
    });
}

fn d1_a_poisoned_resolver_never_gets_a_credential() {
    play(async {
        let (ca, stranger) = (Authority::new(), Authority::new());
        let liars = [
            ("another name", Served::with(ca.certify("other.example"))),
            ("a name above", Served::with(ca.certify("provider.example"))),
            ("a pattern beside", Served::with(ca.certify("*.api.provider.example"))),
            ("the address", Served::with(ca.certify("127.0.0.1"))),
            ("an unknown authority", Served::with(stranger.certify(NAME))),
            ("a time that is over", Served::with(ca.certify_until(NAME, 2020))),
        ];
        let oracle = Oracle::saying(&[loopback()]);
        let http = client(Pins::new(), &oracle);
        let mut told = 0;
        for (what, liar) in &liars {
            for method in [Method::Get, Method::Post] {
                let mut asked = request(liar.address.port(), &ca);
                asked.method = method;
                let error = http.request(asked).await.expect_err(what);
                assert!(
                    matches!(error, NetError::Tls(_)) && error.surely_not_sent(),
                    "{what}: {error}"
                );
                assert!(!error.to_string().contains(CANARY), "{error}");
            }
            let heard = liar.told(2);
            told += heard.iter().map(Vec::len).sum::<usize>();
        }
        let plain = Web::plain("200 OK", "").await;
        // It waits for the end of a request that never comes in the clear.
        let mut asked = request(plain.address.port(), &ca);
        asked.deadline = Deadline::after(BUDGET);
        let error = http.request(asked).await.unwrap_err();
        assert!(error.surely_not_sent(), "{error}");
        assert!(plain.requests().is_empty(), "a plain server got a request");
        let right = Served::with(ca.certify(NAME));
        http.request(request(right.address.port(), &ca)).await.unwrap();
        eprintln!(
            "D1: {} liars were told {told} bytes; the right one was told the credential",
            liars.len()
        );
        assert_eq!(told, 0, "a liar got a request");
        assert!(right.told(1).iter().any(|told| has_canary(told)));
    });
}
