//! Route 53 under the contract, and what it alone has: signatures, progress, and sets that no record set can say.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::host::{Clock, Secrets};
use lifeboat::model::{Estate, Rrset, Sent, Span};
use lifeboat::net::Deadline;
use lifeboat::service::Field;
use lifeboat::service::dns::copy;
use serde_json::json;

use super::cloudflare::estate;
use super::rows;
use super::stand::{Case, Mark, Stand, ZONE, none, read, same, set, write};
use crate::actions::{field, play};
use crate::standins::http::{HttpServer, Reply};
use crate::standins::plane::{OwnPlane, Plane};
use crate::standins::records::Trouble;
use crate::standins::route53::{KEYS, Route53};

pub fn trials() -> Vec<Trial> {
    trials![
        the_contract_holds_on_route53,
        a_change_is_followed_until_every_name_server_has_it,
        the_name_servers_at_the_top_are_left_alone,
        what_is_more_than_a_record_set_is_named,
        a_turned_away_change_names_its_time_even_as_400,
        what_somebody_else_wrote_first_is_called_drift,
        a_zone_is_copied_page_by_page,
    ]
}

/// The account at the stand-in; a fixed time is the time of every request.
pub struct Route53Stand {
    pub standin: Route53,
    plane: Arc<dyn Plane>,
    estate: Estate,
}

const NOW: &str = "2026-11-26T03:00:00Z";

impl Route53Stand {
    /// Starts it with a name server in this process, some refusals switched off.
    pub fn start(off: &[&'static str]) -> Self {
        Self::before(Arc::new(OwnPlane::start()), off)
    }

    /// Starts it before a name server.
    pub fn before(plane: Arc<dyn Plane>, off: &[&'static str]) -> Self {
        let standin = Route53::start(ZONE, Arc::clone(&plane), off);
        let now: jiff::Timestamp = NOW.parse().unwrap();
        standin.clock(now.as_second());
        let estate = estate("route53", &standin.server.url(""), &json!({}));
        Self { standin, plane, estate }
    }
}

fn keyed(id: &str, secret: &str, now: &str) -> Field {
    let clock = Clock::scripted(now.parse().unwrap(), |_| {});
    Field { secrets: Secrets::fixed(format!("{id}:{secret}")), clock, ..field() }
}

fn data(set: &Rrset) -> (u32, Vec<String>) {
    (set.ttl, set.records.iter().map(|it| it.content.clone()).collect())
}

impl Stand for Route53Stand {
    fn name(&self) -> &'static str {
        "route53"
    }

    fn mark(&self) -> Mark {
        Mark::NativeCondition
    }

    fn field(&self) -> Field {
        keyed(KEYS[0].0, KEYS[0].1, NOW)
    }

    fn estate(&self) -> &Estate {
        &self.estate
    }

    fn strangers(&self) -> Vec<(Estate, Field, &'static str)> {
        let url = self.standin.server.url("");
        let other = estate("route53", &url, &json!({"zone_id": "Z000000000000"}));
        let own = || self.estate.clone();
        vec![
            (own(), keyed(KEYS[0].0, "another", NOW), "SignatureDoesNotMatch"),
            (own(), keyed("AKIDNOBODY", "x", NOW), "InvalidClientTokenId"),
            (own(), keyed(KEYS[1].0, KEYS[1].1, NOW), "AccessDenied"),
            (own(), keyed(KEYS[0].0, KEYS[0].1, "2026-11-26T03:20:00Z"), "RequestExpired"),
            (other, self.field(), "NoSuchHostedZone"),
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

    /// It names no time.
    fn later(&self) -> Span {
        Span::from_secs(10)
    }

    fn is_http(&self) -> bool {
        true
    }

    fn writes(&self) -> usize {
        self.standin.asked().iter().filter(|it| it.starts_with("POST ")).count()
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
            ("NAPTR", "10 20 \"S\" \"SIP+D2U\" \"\" _sip._udp.zone.test."),
            ("NS", "ns.elsewhere.test."),
            ("PTR", "www.zone.test."),
            ("SRV", "1 2 443 www.zone.test."),
            ("TXT", "\"v=spf1 -all\" \"a\\\"b & <c>\""),
        ]
    }

    fn cases(&self) -> Vec<Case> {
        let plain = |wanted: Rrset, says| Case {
            there: Vec::new(),
            wanted: vec![wanted],
            says,
            race: None,
        };
        let label = "x".repeat(64);
        let there = set("alias", "A", 300, &["192.0.2.71"]);
        let (old, new) =
            (set("late", "A", 300, &["192.0.2.72"]), set("late", "A", 300, &["192.0.2.73"]));
        let theirs = set("late", "A", 300, &["192.0.2.74"]);
        let raced = |race: Rrset, there: Vec<Rrset>, says| Case {
            race: Some(race),
            there,
            wanted: vec![new.clone()],
            says,
        };
        vec![
            plain(set("low", "A", 300, &["no address"]), "ARRDATAIllegalIPv4Address"),
            plain(
                set("low", "A", 3_000_000_000, &["192.0.2.70"]),
                "less than or equal to 2147483647",
            ),
            plain(set(&label, "A", 300, &["192.0.2.70"]), "is not permitted in zone"),
            plain(set("low", "A", 300, &["192.0.2.70", "192.0.2.70"]), "Duplicate Resource Record"),
            Case {
                there: vec![there],
                wanted: vec![set("alias", "CNAME", 300, &["www.zone.test."])],
                says: "conflicts with other records",
                race: None,
            },
            raced(theirs.clone(), vec![old.clone()], "do not match the current values"),
            raced(none(&old), vec![old.clone()], "was not found"),
            raced(theirs, vec![none(&old)], "already exists"),
        ]
    }
}

fn the_contract_holds_on_route53() {
    let held = rows::run(&Route53Stand::start(&[]));
    assert_eq!(held, Ok(()));
}

fn a_change_is_followed_until_every_name_server_has_it() {
    let stand = Route53Stand::start(&[]);
    let made = [set("www", "A", 300, &["192.0.2.1"])];
    stand.standin.pending(2);
    assert_eq!(write(&stand, &[none(&made[0])], &made), Sent::Written);
    let asked = stand.standin.asked();
    let looks = asked.iter().filter(|it| *it == "GET /2013-04-01/change/C2682N5HXP0BZ4").count();
    assert_eq!(looks, 2, "{asked:?}");
}

fn the_name_servers_at_the_top_are_left_alone() {
    let stand = Route53Stand::start(&[]);
    let before = [set("@", "NS", 300, &["ns.a.test."])];
    stand.by_hand(&before[0]);
    let sent = write(&stand, &before, &[set("@", "NS", 300, &["ns.b.test."])]);
    assert!(
        matches!(&sent, Sent::Refused(said) if said.contains("no condition guards")),
        "{sent:?}"
    );
    assert_eq!(stand.writes(), 0);
    assert!(same(&read(&stand, &before).unwrap(), &before));
}

fn what_is_more_than_a_record_set_is_named() {
    for (more, says) in [
        (
            "<AliasTarget><DNSName>lb.test.</DNSName></AliasTarget>",
            "an alias of something of Amazon's",
        ),
        ("<SetIdentifier>one</SetIdentifier><TTL>60</TTL>", "a routing policy"),
    ] {
        let server = HttpServer::start(move |request| {
            let body = if request.path.ends_with("rrset") {
                format!(
                    "<R><ResourceRecordSets><ResourceRecordSet><Name>www.zone.test.</Name><Type>A</Type>{more}</ResourceRecordSet></ResourceRecordSets><IsTruncated>false</IsTruncated></R>"
                )
            } else {
                "<R><HostedZones><HostedZone><Id>Z1</Id><Name>zone.test.</Name></HostedZone></HostedZones></R>".to_owned()
            };
            Some(Reply::new(200, "text/xml", body))
        });
        let mut stand = Route53Stand::start(&[]);
        stand.estate = estate("route53", &server.url(""), &json!({}));
        let error = read(&stand, &[set("www", "A", 0, &[])]).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
}

fn a_turned_away_change_names_its_time_even_as_400() {
    let stand = Route53Stand::start(&[]);
    let made = [set("www", "A", 300, &["192.0.2.1"])];
    stand.trouble(Trouble::Busy(3));
    let sent = write(&stand, &[none(&made[0])], &made);
    assert!(
        matches!(&sent, Sent::Later { because, .. } if because.contains("Throttling")),
        "{sent:?}"
    );
}

fn what_somebody_else_wrote_first_is_called_drift() {
    let stand = Route53Stand::start(&[]);
    let (before, after) =
        (set("www", "A", 300, &["192.0.2.1"]), set("www", "A", 300, &["192.0.2.2"]));
    for theirs in [set("www", "A", 60, &["192.0.2.1"]), none(&before)] {
        stand.by_hand(&before);
        stand.trouble(Trouble::Race(theirs));
        let sent = write(&stand, std::slice::from_ref(&before), std::slice::from_ref(&after));
        assert!(matches!(&sent, Sent::Refused(said) if said.contains("(drift)")), "{sent:?}");
    }
}

fn a_zone_is_copied_page_by_page() {
    let stand = Route53Stand::start(&[]);
    stand.by_hand(&set("@", "SOA", 300, &["ns.a.test. host.a.test. 1 2 3 4 5"]));
    stand.by_hand(&set("@", "NS", 300, &["ns.a.test."]));
    for n in 0..310 {
        stand.by_hand(&set(&format!("n{n}"), "A", 300, &["192.0.2.1"]));
    }
    stand.by_hand(&set("*", "TXT", 300, &["\"any\""]));
    let (provider, zone) = (&stand.estate.dns_providers[0], &stand.estate.zones[0]);
    let until = Deadline::after(Duration::from_secs(10));
    let copy = play(async { copy(&stand.field(), provider, zone, until).await }).unwrap();
    assert_eq!(copy.sets.len(), 313);
    assert!(copy.sets.iter().any(|it| it.name == "*.zone.test."));
    let pages = stand.standin.asked().iter().filter(|it| it.ends_with("/rrset")).count();
    assert_eq!(pages, 2);
}
