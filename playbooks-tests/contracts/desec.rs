//! deSEC under the contract.

use std::net::SocketAddr;
use std::sync::Arc;

use libtest_mimic::Trial;
use lifeboat::host::Secrets;
use lifeboat::model::{Estate, Rrset, Sent};
use lifeboat::service::Field;
use serde_json::json;

use super::cloudflare::estate;
use super::rows;
use super::stand::{Case, Mark, Stand, ZONE, none, set, write, write_as};
use crate::actions::field;
use crate::standins::desec::Desec;
use crate::standins::http::{HttpServer, Reply};
use crate::standins::plane::{OwnPlane, Plane};
use crate::standins::records::Trouble;

pub fn trials() -> Vec<Trial> {
    trials![
        the_contract_holds_on_desec,
        a_drifted_state_is_refused_by_its_own_look,
        a_yes_that_shows_no_record_sets_is_in_doubt,
    ]
}

/// The account at the stand-in.
pub struct DesecStand {
    standin: Desec,
    plane: Arc<dyn Plane>,
    estate: Estate,
}

impl DesecStand {
    /// Starts it with a name server in this process, some refusals switched off.
    pub fn start(off: &[&'static str]) -> Self {
        Self::before(Arc::new(OwnPlane::start()), off)
    }

    /// Starts it before a name server.
    pub fn before(plane: Arc<dyn Plane>, off: &[&'static str]) -> Self {
        let standin = Desec::start(ZONE, Arc::clone(&plane), off);
        let estate = estate("desec", &standin.server.url("/api/v1"), &json!({}));
        Self { standin, plane, estate }
    }
}

fn key(secret: &str) -> Field {
    Field { secrets: Secrets::fixed(secret), ..field() }
}

fn data(set: &Rrset) -> (u64, Vec<String>) {
    (u64::from(set.ttl), set.records.iter().map(|it| it.content.clone()).collect())
}

impl Stand for DesecStand {
    fn name(&self) -> &'static str {
        "desec"
    }

    fn mark(&self) -> Mark {
        Mark::SettleOnly
    }

    fn field(&self) -> Field {
        field()
    }

    fn estate(&self) -> &Estate {
        &self.estate
    }

    fn strangers(&self) -> Vec<(Estate, Field, &'static str)> {
        vec![
            (self.estate.clone(), key("another-key"), "Invalid token"),
            (self.estate.clone(), key("the-reader"), "Insufficient token permissions"),
        ]
    }

    fn by_hand(&self, set: &Rrset) {
        self.standin.by_hand(&set.key.name, &set.key.kind, data(set));
    }

    fn trouble(&self, trouble: Trouble<Rrset>) {
        self.standin.trouble(match trouble {
            Trouble::CutBefore => Trouble::CutBefore,
            Trouble::CutAfter => Trouble::CutAfter,
            Trouble::Busy(seconds) => Trouble::Busy(seconds),
            Trouble::Broken => Trouble::Broken,
            Trouble::Race(set) => {
                let value = data(&set);
                Trouble::Race((set.key.name, set.key.kind, value))
            }
        });
    }

    fn is_http(&self) -> bool {
        true
    }

    fn writes(&self) -> usize {
        self.standin.asked().iter().filter(|it| !it.starts_with("GET ")).count()
    }

    fn plane(&self) -> SocketAddr {
        self.plane.address()
    }

    fn kinds(&self) -> Vec<(&'static str, &'static str)> {
        vec![
            ("A", "192.0.2.1"),
            ("AAAA", "2001:db8::1"),
            ("CAA", "0 issue \"ca.test; account=7\""),
            ("CNAME", "www.zone.test."),
            ("HTTPS", "1 . alpn=h2"),
            ("MX", "10 mail.zone.test."),
            ("NS", "ns.elsewhere.test."),
            ("PTR", "www.zone.test."),
            ("SRV", "1 2 443 www.zone.test."),
            ("TXT", "\"v=spf1 -all\" \"a\\\"b\""),
        ]
    }

    fn cases(&self) -> Vec<Case> {
        let plain = |wanted: Rrset, says| Case {
            there: Vec::new(),
            wanted: vec![wanted],
            says,
            race: None,
        };
        let there = set("alias", "A", 300, &["192.0.2.71"]);
        vec![
            plain(set("low", "A", 300, &["no address"]), "Invalid IPv4 address"),
            plain(set("low", "A", 5, &["192.0.2.70"]), "greater than or equal to 60"),
            plain(set("low", "A", 90_000, &["192.0.2.70"]), "less than or equal to 86400"),
            plain(set("low", "A", 300, &["192.0.2.70", "192.0.2.70"]), "duplicate records"),
            plain(
                set("low", "CNAME", 300, &["a.test.", "b.test."]),
                "cannot have multiple records",
            ),
            plain(set("@", "CNAME", 300, &["a.test."]), "cannot have empty subname"),
            plain(set("@", "SOA", 300, &["a. b. 1 2 3 4 5"]), "cannot tinker"),
            Case {
                there: vec![there],
                wanted: vec![set("alias", "CNAME", 300, &["www.zone.test."])],
                says: "conflicting type",
                race: None,
            },
        ]
    }
}

fn the_contract_holds_on_desec() {
    let held = rows::run(&DesecStand::start(&[]));
    assert_eq!(held, Ok(()));
}

fn a_drifted_state_is_refused_by_its_own_look() {
    let stand = DesecStand::start(&[]);
    stand.by_hand(&set("www", "A", 300, &["192.0.2.9"]));
    let sent = write(
        &stand,
        &[set("www", "A", 300, &["192.0.2.1"])],
        &[set("www", "A", 300, &["192.0.2.2"])],
    );
    let Sent::Refused(said) = sent else { panic!("{sent:?}") };
    assert!(said.contains("drift") && said.contains("192.0.2.9"), "{said}");
    assert_eq!(stand.writes(), 0);
    // A domain that the account does not hold.
    let other = Desec::start("other.test", Arc::new(OwnPlane::start()), &[]);
    let estate = estate("desec", &other.server.url("/api/v1"), &json!({}));
    let made = [set("www", "A", 300, &["192.0.2.1"])];
    let sent = write_as(&field(), &estate, ZONE, &[none(&made[0])], &made);
    assert!(matches!(&sent, Sent::Refused(said) if said.contains("holds no zone")), "{sent:?}");
}

/// Whoever stands between may say yes to anything.
fn a_yes_that_shows_no_record_sets_is_in_doubt() {
    for body in ["{}", "null", "<html>"] {
        let server = HttpServer::start(move |request| {
            let (status, body) = match (request.method.as_str(), request.path.contains("/rrsets")) {
                ("GET", false) => (200, "{}"),
                ("GET", true) => (404, "{}"),
                _ => (200, body),
            };
            Some(Reply::new(status, "application/json", body))
        });
        let estate = estate("desec", &server.url("/api/v1"), &json!({}));
        let made = [set("www", "A", 300, &["192.0.2.1"])];
        let sent = write_as(&field(), &estate, ZONE, &[none(&made[0])], &made);
        let doubts = matches!(&sent, Sent::Lost(said) if said.contains("shows no record sets"));
        assert!(doubts, "{body}: {sent:?}");
    }
}
