//! Cloudflare under the contract, and what it alone has: things beside records, and settings that decide what is heeded.

use std::net::SocketAddr;
use std::sync::Arc;

use libtest_mimic::Trial;
use lifeboat::host::Secrets;
use lifeboat::model::{Beside, Estate, Rrset, Sent};
use lifeboat::service::Field;
use serde_json::{Value, json};

use super::rows;
use super::stand::{Case, Mark, SERVICE, Stand, ZONE, none, read, same, set, with, write};
use crate::actions::field;
use crate::standins::cloudflare::{Cloudflare, Settings};
use crate::standins::plane::{OwnPlane, Plane};
use crate::standins::records::Trouble;

pub fn trials() -> Vec<Trial> {
    trials![
        the_contract_holds_on_cloudflare,
        what_lies_beside_records_is_kept_through_an_edit_and_its_undo,
        a_drifted_state_is_refused_by_its_own_look,
        what_a_zone_would_not_heed_is_refused,
        a_zone_id_counts_only_for_its_own_zone,
        a_set_with_several_times_to_live_is_not_read,
        a_set_of_several_pages_is_whole,
    ]
}

/// The account at the stand-in.
pub struct CloudflareStand {
    pub standin: Cloudflare,
    plane: Arc<dyn Plane>,
    estate: Estate,
}

/// Describes an account in an estate of one zone.
pub fn estate(kind: &str, api: &str, more: &Value) -> Estate {
    let mut provider = json!({"id": SERVICE, "kind": kind, "api": api, "credential": {"env": "KEY"},
        "nameservers": [{"name": "ns.zone.test", "addresses": ["127.0.0.1"]}]});
    for (name, value) in more.as_object().into_iter().flatten() {
        provider[name] = value.clone();
    }
    serde_json::from_value(
        json!({"schema": "lifeboat/estate/v1", "id": "e", "dns_providers": [provider],
        "zones": [{"id": "z", "name": ZONE.trim_end_matches('.'), "delegated_to": [SERVICE]}]}),
    )
    .unwrap()
}

impl CloudflareStand {
    /// Starts it with a name server in this process, some refusals switched off.
    pub fn start(off: &[u32]) -> Self {
        Self::before(Arc::new(OwnPlane::start()), off)
    }

    /// Starts it before a name server.
    pub fn before(plane: Arc<dyn Plane>, off: &[u32]) -> Self {
        let standin = Cloudflare::start(ZONE, Arc::clone(&plane), off);
        let estate = estate("cloudflare", &standin.server.url("/client/v4"), &json!({}));
        Self { standin, plane, estate }
    }

    fn url(&self) -> String {
        self.standin.server.url("/client/v4")
    }
}

fn key(secret: &str) -> Field {
    Field { secrets: Secrets::fixed(secret), ..field() }
}

/// Words a set's records as its dashboard would make them.
fn listed(set: &Rrset) -> Vec<Value> {
    let (name, kind) = (set.key.name.trim_end_matches('.'), &set.key.kind);
    let record =
        |content: &str| json!({"name": name, "type": kind, "ttl": set.ttl, "content": content});
    if set.records.is_empty() {
        return vec![json!({"name": name, "type": kind, "content": null})];
    }
    set.records.iter().map(|it| record(&it.content)).collect()
}

impl Stand for CloudflareStand {
    fn name(&self) -> &'static str {
        "cloudflare"
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
        let other = estate(
            "cloudflare",
            &self.url(),
            &json!({"zone_id": "00000000000000000000000000000000"}),
        );
        vec![
            (self.estate.clone(), key("another-key"), "9109 Invalid access token"),
            (self.estate.clone(), key("the-reader"), "10000 Authentication error"),
            (other, field(), "7003 Could not route"),
        ]
    }

    fn by_hand(&self, set: &Rrset) {
        let name = set.key.name.trim_end_matches('.');
        self.standin.by_hand(name, &set.key.kind, &listed(set));
    }

    fn trouble(&self, trouble: Trouble<Rrset>) {
        self.standin.trouble(match trouble {
            Trouble::CutBefore => Trouble::CutBefore,
            Trouble::CutAfter => Trouble::CutAfter,
            Trouble::Busy(seconds) => Trouble::Busy(seconds),
            Trouble::Broken => Trouble::Broken,
            Trouble::Race(set) => Trouble::Race(listed(&set)),
        });
    }

    fn is_http(&self) -> bool {
        true
    }

    fn writes(&self) -> usize {
        self.standin.writes()
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
            ("SSHFP", "4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789"),
            ("TLSA", "3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
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
        let proxied = Beside { proxied: true, ..Beside::default() };
        let tags = (0..21).map(|n| format!("t:{n}")).collect();
        let tagged = Beside { tags, ..Beside::default() };
        let there = set("alias", "A", 300, &["192.0.2.71"]);
        let gone = set("gone", "A", 300, &["192.0.2.72"]);
        vec![
            plain(set("low", "A", 300, &["no address"]), "9005 Content for A record"),
            plain(set("low", "A", 5, &["192.0.2.70"]), "9021 Invalid TTL"),
            plain(set("in.*.the", "A", 300, &["192.0.2.70"]), "9000 DNS name is invalid"),
            plain(set("low", "A", 300, &["192.0.2.70", "192.0.2.70"]), "81058 An identical record"),
            plain(
                with(set("low", "A", 300, &["127.0.0.1"]), &proxied),
                "9003 Target is not allowed",
            ),
            plain(with(set("low", "TXT", 300, &["\"x\""]), &proxied), "9004 This record type"),
            plain(with(set("low", "A", 300, &["192.0.2.70"]), &tagged), "9300 DNS record has"),
            Case {
                there: vec![there],
                wanted: vec![set("alias", "CNAME", 300, &["www.zone.test."])],
                says: "81053 An A, AAAA, or CNAME record",
                race: None,
            },
            Case {
                race: Some(none(&gone)),
                there: vec![gone.clone()],
                wanted: vec![set("gone", "A", 300, &["192.0.2.73"])],
                says: "81044 Record does not exist",
            },
        ]
    }
}

fn the_contract_holds_on_cloudflare() {
    let held = rows::run(&CloudflareStand::start(&[]));
    assert_eq!(held, Ok(()));
}

fn what_lies_beside_records_is_kept_through_an_edit_and_its_undo() {
    let stand = CloudflareStand::start(&[]);
    let rich = json!({"name": "www.zone.test", "type": "A", "content": "192.0.2.1", "ttl": 1, "proxied": true,
        "comment": "moved by ops", "tags": ["team:ops"], "settings": {"ipv4_only": true}});
    stand.standin.by_hand("www.zone.test", "A", &[rich]);
    let before = read(&stand, &[set("www", "A", 0, &[])]).unwrap();
    let beside = before[0].records[0].beside.clone().unwrap();
    assert_eq!(before[0].ttl, 300, "automatic is shown as what it stands for");
    assert!(beside.automatic && beside.proxied && beside.comment == "moved by ops", "{beside}");
    let mut after = before.clone();
    after[0].records[0].content = "192.0.2.2".to_owned();
    let id = stand.standin.records("www.zone.test", "A")[0]["id"].clone();
    for (from, to) in [(&before, &after), (&after, &before)] {
        assert_eq!(write(&stand, from, to), Sent::Written);
        let shown = &stand.standin.records("www.zone.test", "A")[0];
        assert_eq!(
            (&shown["id"], &shown["ttl"], &shown["proxied"]),
            (&id, &json!(1), &json!(true))
        );
        assert_eq!(shown["comment"], "moved by ops");
        assert_eq!(shown["tags"], json!(["team:ops"]));
        assert_eq!(shown["settings"]["ipv4_only"], true);
        assert!(same(&read(&stand, from).unwrap(), to));
    }
    // Taken away and put back, it has another id and everything else.
    let nothing = [none(&before[0])];
    assert_eq!(write(&stand, &before, &nothing), Sent::Written);
    assert_eq!(write(&stand, &nothing, &before), Sent::Written);
    assert!(same(&read(&stand, &before).unwrap(), &before));
    // A comment that somebody else wrote meanwhile is drift, too.
    let mut noted = stand.standin.records("www.zone.test", "A");
    noted[0]["comment"] = json!("ours now");
    stand.standin.by_hand("www.zone.test", "A", &noted);
    let sent = write(&stand, &before, &after);
    assert!(matches!(&sent, Sent::Refused(said) if said.contains("drift")), "{sent:?}");
}

fn a_drifted_state_is_refused_by_its_own_look() {
    let stand = CloudflareStand::start(&[]);
    let before = [set("www", "A", 300, &["192.0.2.1"])];
    stand.by_hand(&set("www", "A", 300, &["192.0.2.9"]));
    let sent = write(&stand, &before, &[set("www", "A", 300, &["192.0.2.2"])]);
    let Sent::Refused(said) = sent else { panic!("{sent:?}") };
    assert!(said.contains("drift") && said.contains("www.zone.test. 300 A is 192.0.2.9"), "{said}");
    assert_eq!(stand.writes(), 0);
}

fn what_a_zone_would_not_heed_is_refused() {
    let stand = CloudflareStand::start(&[]);
    let key = "257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==";
    for (after, settings, says) in [
        (
            set("@", "NS", 300, &["ns.other.test."]),
            Settings { multi_provider: true, ..Settings::default() },
            "multi_provider",
        ),
        (
            set("@", "DNSKEY", 300, &[key]),
            Settings { multi_signer: true, ..Settings::default() },
            "dnssec_multi_signer",
        ),
    ] {
        let (before, after) = ([none(&after)], [after]);
        stand.standin.settings(Settings::default());
        let writes = stand.writes();
        let sent = write(&stand, &before, &after);
        assert!(matches!(&sent, Sent::Refused(said) if said.contains(says)), "{sent:?}");
        assert_eq!(stand.writes(), writes);
        stand.standin.settings(settings);
        assert_eq!(write(&stand, &before, &after), Sent::Written);
        assert!(same(&read(&stand, &after).unwrap(), &after));
    }
}

fn a_zone_id_counts_only_for_its_own_zone() {
    let plane: Arc<dyn Plane> = Arc::new(OwnPlane::start());
    let other = Cloudflare::start("other.test", Arc::clone(&plane), &[]);
    let url = other.server.url("/client/v4");
    let estate =
        estate("cloudflare", &url, &json!({"zone_id": "023e105f4ecef8ad9ca31a8372d0c353"}));
    let stand = CloudflareStand { standin: other, plane, estate };
    let made = [set("www", "A", 300, &["192.0.2.1"])];
    let sent = write(&stand, &[none(&made[0])], &made);
    assert!(
        matches!(&sent, Sent::Refused(said) if said.contains("holds no zone `zone.test`")),
        "{sent:?}"
    );
    assert_eq!(stand.writes(), 0);
}

fn a_set_with_several_times_to_live_is_not_read() {
    let stand = CloudflareStand::start(&[]);
    let record = |content: &str, ttl: u32| json!({"name": "www.zone.test", "type": "A", "content": content, "ttl": ttl});
    stand.standin.by_hand(
        "www.zone.test",
        "A",
        &[record("192.0.2.1", 60), record("192.0.2.2", 90)],
    );
    let error = read(&stand, &[set("www", "A", 0, &[])]).unwrap_err();
    assert!(error.contains("60 s and for 90 s"), "{error}");
}

fn a_set_of_several_pages_is_whole() {
    let stand = CloudflareStand::start(&[]);
    let data: Vec<String> = (0..1_100).map(|n| format!("10.1.{}.{}", n / 256, n % 256)).collect();
    let data: Vec<&str> = data.iter().map(String::as_str).collect();
    let all = [set("many", "A", 300, &data)];
    stand.by_hand(&all[0]);
    assert!(same(&read(&stand, &all).unwrap(), &all));
    let asked = stand.standin.asked();
    assert_eq!(asked.iter().filter(|it| it.ends_with("/dns_records")).count(), 3, "{asked:?}");
    assert_eq!(write(&stand, &all, &[none(&all[0])]), Sent::Written);
    assert_eq!(stand.writes(), 1);
}
