//! Amazon Route 53 as moto plays it: other people's reading of the same documents, beside our own stand-in.
//!
//! moto checks no signature, knows no throttling, keeps no condition and is in sync at once (`docs/design/services.md`): what it
//! does not hold is named here, and a trial shows that it still does not.

use std::net::SocketAddr;
use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::host::Secrets;
use lifeboat::model::{Estate, Rrset, Sent};
use lifeboat::net::Deadline;
use lifeboat::service::Field;
use lifeboat::service::dns::copy;
use serde_json::json;

use super::daemon::Daemon;
use super::http;
use super::lab::Lab;
use super::octodns::foreign;
use super::planning;
use crate::actions::play;
use crate::contracts::cloudflare::estate;
use crate::contracts::rows::{Held, ROWS};
use crate::contracts::stand::{Case, Mark, Stand, ZONE, none, set, write};
use crate::standins::plane::{OwnPlane, Plane};
use crate::standins::records::{Served, Trouble};
use crate::standins::route53::{between, escaped, plain};

/// Returns the trials of the contract before moto.
pub fn trials() -> Vec<Trial> {
    trials![
        the_contract_holds_on_moto_as_far_as_it_goes,
        what_never_was_there_is_not_deleted,
        a_zone_at_moto_is_copied_page_by_page,
    ]
}

/// The rows that moto holds.
const HELD: [&str; 8] = [
    "its mark is what it declares",
    "what the documents refuse is refused in the service's words",
    "a stranger changes nothing",
    "a zone that is not there is named",
    "several sets are one write, all or none",
    "twice is once",
    "a set of many records is whole",
    "every type is held as it was written",
];

/// The rows that it does not: it deletes what has another value by now, and takes a set that was made once before for
/// one that is there.
const NOT_HELD: [&str; 2] =
    ["a third value at the last moment", "made, edited and taken away, each by one write"];

/// The rows that need somebody who cuts and turns away.
const NOBODY_BETWEEN: [&str; 2] = [
    "a connection cut before or after is in doubt, and a look tells",
    "turned away is not now, and broken is in doubt",
];

/// moto, one zone at it, and a name server that answers what moto lists.
struct Moto<'a> {
    lab: &'a Lab,
    at: SocketAddr,
    zone: String,
    estate: Estate,
    plane: OwnPlane,
    _daemon: Daemon,
}

impl<'a> Moto<'a> {
    fn start(lab: &'a Lab) -> Self {
        let at = lab.at(1, 5000);
        let program = foreign("moto_server");
        let address = at.ip().to_string();
        let words = [program.to_str().unwrap(), "-H", &address, "-p", "5000"];
        let mut daemon = lab.start("moto", &words);
        let name = ZONE.trim_end_matches('.');
        let made = daemon.ready(|| {
            let body = format!(
                "<CreateHostedZoneRequest><Name>{name}</Name><CallerReference>r</CallerReference></CreateHostedZoneRequest>"
            );
            call(at, "POST", "hostedzone", &body)
        });
        let zone = between(&made, "Id")[0].trim_start_matches("/hostedzone/").to_owned();
        let estate = estate("route53", &format!("http://{at}"), &json!({}));
        Self { lab, at, zone, estate, plane: OwnPlane::start(), _daemon: daemon }
    }

    fn field_of(&self, key: &str) -> Field {
        Field { secrets: Secrets::fixed(key), ..planning::field(self.lab) }
    }

    /// Changes sets as somebody else would.
    fn change(&self, changes: &[(&str, &Rrset)]) {
        let one = |(action, set): &(&str, &Rrset)| {
            let value = |data: &str| {
                format!("<ResourceRecord><Value>{}</Value></ResourceRecord>", escaped(data))
            };
            let values: String = set.records.iter().map(|it| value(&it.content)).collect();
            format!(
                "<Change><Action>{action}</Action><ResourceRecordSet><Name>{}</Name><Type>{}</Type><TTL>{}</TTL>\
                 <ResourceRecords>{values}</ResourceRecords></ResourceRecordSet></Change>",
                set.key.name, set.key.kind, set.ttl
            )
        };
        let changes: String = changes.iter().map(one).collect();
        let body = format!(
            "<ChangeResourceRecordSetsRequest><ChangeBatch><Changes>{changes}</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"
        );
        let path = format!("hostedzone/{}/rrset", self.zone);
        assert!(call(self.at, "POST", &path, &body).is_some(), "{body}");
    }

    /// Lists what it holds, read by nothing of the product.
    fn served(&self) -> Vec<Served> {
        let path = format!("hostedzone/{}/rrset?maxitems=1000", self.zone);
        let listed = call(self.at, "GET", &path, "").unwrap();
        let of = |set: &str| -> Vec<Served> {
            let one = |name: &str| between(set, name).first().map_or(String::new(), |it| plain(it));
            let (name, kind) = (one("Name").to_lowercase(), one("Type"));
            let ttl = one("TTL").parse().unwrap_or(0);
            let values = between(set, "Value").into_iter();
            let record = |data| Served { name: name.clone(), kind: kind.clone(), ttl, data };
            values.map(|data| record(plain(data))).collect()
        };
        between(&listed, "ResourceRecordSet").into_iter().flat_map(of).collect()
    }
}

/// Sends a request as any client would; moto looks at the scope of a signature alone. Nothing came where it refuses.
fn call(at: SocketAddr, method: &str, path: &str, body: &str) -> Option<String> {
    let scope = "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/route53/aws4_request, SignedHeaders=host, Signature=0";
    let headers = [("Authorization", scope), ("Content-Type", "text/xml")];
    let path = format!("/2013-04-01/{path}");
    let reply = http::request(at, method, &path, &headers, body.as_bytes()).ok()?;
    (reply.status < 300).then(|| String::from_utf8(reply.body).unwrap())
}

impl Stand for Moto<'_> {
    fn name(&self) -> &'static str {
        "route53 at moto"
    }

    fn mark(&self) -> Mark {
        Mark::NativeCondition
    }

    fn field(&self) -> Field {
        self.field_of("AKID:secret")
    }

    fn estate(&self) -> &Estate {
        &self.estate
    }

    /// Whoever has any key at all is let in.
    fn strangers(&self) -> Vec<(Estate, Field, &'static str)> {
        let url = format!("http://{}", self.at);
        let other = estate("route53", &url, &json!({"zone_id": "Z000000000000"}));
        vec![(other, self.field(), "NoSuchHostedZone")]
    }

    fn by_hand(&self, set: &Rrset) {
        if !set.records.is_empty() {
            self.change(&[("UPSERT", set)]);
        }
    }

    /// Nothing is asked between a look and the request: the last moment is now.
    fn trouble(&self, trouble: Trouble<Rrset>) {
        match trouble {
            Trouble::Race(set) => self.change(&[("CREATE", &set)]),
            Trouble::CutBefore | Trouble::CutAfter | Trouble::Busy(_) | Trouble::Broken => {
                panic!("nobody stands between")
            }
        }
    }

    fn is_http(&self) -> bool {
        true
    }

    fn counts(&self) -> bool {
        false
    }

    fn writes(&self) -> usize {
        0
    }

    fn plane(&self) -> SocketAddr {
        self.plane.serve(ZONE, &self.served());
        self.plane.address()
    }

    fn kinds(&self) -> Vec<(&'static str, &'static str)> {
        vec![
            ("A", "192.0.2.1"),
            ("AAAA", "2001:db8::1"),
            ("CAA", "0 issue \"ca.test; account=7\""),
            ("CNAME", "www.zone.test."),
            ("MX", "10 mail.zone.test."),
            ("NS", "ns.elsewhere.test."),
            ("PTR", "www.zone.test."),
            ("SRV", "1 2 443 www.zone.test."),
            ("TXT", "\"v=spf1 -all\" \"a\\\"b & <c>\""),
        ]
    }

    fn cases(&self) -> Vec<Case> {
        let odd = set("\u{fc}ber", "A", 300, &["192.0.2.70"]);
        let there = set("late", "A", 300, &["192.0.2.72"]);
        vec![
            Case { there: vec![], wanted: vec![odd], says: "UnsupportedCharacter", race: None },
            Case {
                there: vec![],
                wanted: vec![there.clone()],
                says: "already exists",
                race: Some(there),
            },
        ]
    }
}

fn the_contract_holds_on_moto_as_far_as_it_goes() {
    let lab = Lab::new();
    let moto = Moto::start(&lab);
    let mut all: Vec<&str> = [&HELD[..], &NOT_HELD, &NOBODY_BETWEEN].concat();
    let mut rows: Vec<&str> = ROWS.iter().map(|(name, _)| *name).collect();
    all.sort_unstable();
    rows.sort_unstable();
    assert_eq!(all, rows, "each row is held, or named");
    let held = |wanted: &&str| -> Held {
        let (_, row) = ROWS.iter().find(|(name, _)| name == wanted).unwrap();
        row(&moto).map_err(|why| format!("{wanted}: {why}"))
    };
    assert_eq!(HELD.iter().try_for_each(held), Ok(()));
    for row in &NOT_HELD {
        let why =
            held(row).expect_err("moto holds it by now: it belongs among those that are held");
        eprintln!("not held: {why}");
    }
}

fn what_never_was_there_is_not_deleted() {
    let lab = Lab::new();
    let moto = Moto::start(&lab);
    let there = set("www", "A", 300, &["192.0.2.1"]);
    moto.by_hand(&there);
    for other in [set("www", "A", 300, &["192.0.2.2"]), set("www", "A", 60, &["192.0.2.1"])] {
        let sent = write(&moto, std::slice::from_ref(&other), &[none(&other)]);
        assert!(matches!(&sent, Sent::Refused(said) if said.contains("InvalidInput")), "{sent:?}");
    }
    assert!(moto.served().iter().any(|it| it.data == "192.0.2.1"), "{:?}", moto.served());
    assert_eq!(write(&moto, std::slice::from_ref(&there), &[none(&there)]), Sent::Written);
    assert!(moto.served().iter().all(|it| it.data != "192.0.2.1"), "{:?}", moto.served());
}

fn a_zone_at_moto_is_copied_page_by_page() {
    let lab = Lab::new();
    let moto = Moto::start(&lab);
    let sets: Vec<Rrset> =
        (0..310).map(|n| set(&format!("n{n}"), "A", 300, &["192.0.2.1"])).collect();
    moto.change(&sets.iter().map(|set| ("CREATE", set)).collect::<Vec<_>>());
    // What moto itself puts at the top is no data.
    moto.by_hand(&set("@", "SOA", 900, &["ns.a.test. host.a.test. 1 2 3 4 5"]));
    moto.by_hand(&set("@", "NS", 900, &["ns.a.test."]));
    let (provider, zone) = (&moto.estate.dns_providers[0], &moto.estate.zones[0]);
    let until = Deadline::after(Duration::from_secs(10));
    let copy = play(async { copy(&moto.field(), provider, zone, until).await }).unwrap();
    assert_eq!(copy.sets.len(), 312);
}
