//! Harmless looks at services, against stand-ins that answer as the services document it, and as they do when they fail.

use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::model::{Access, DnsProvider, Truth, Zone};
use lifeboat::net::Deadline;
use lifeboat::service::access;
use serde_json::{Value, json};

use crate::actions::{field, play};
use crate::doors::servers::{Web, response};

pub fn trials() -> Vec<Trial> {
    trials![
        a_cloudflare_token_that_may_write_is_known_to,
        a_cloudflare_token_that_may_only_read_is_known_to,
        a_cloudflare_token_that_is_no_good_is_known_to_be,
        what_cloudflare_does_not_say_is_unknown,
        a_cloudflare_token_knows_when_it_ends,
        nothing_that_cloudflare_is_asked_changes_anything,
        desec_says_whether_it_takes_the_token_and_holds_the_zone,
        powerdns_says_whether_it_takes_the_key_and_holds_the_zone,
        a_service_that_is_away_is_unknown,
    ]
}

const ZONE_ID: &str = "023e105f4ecef8ad9ca31a8372d0c353";
const NO_RECORD: &str = "00000000000000000000000000000000";

/// How a Cloudflare answers; each field is a status and a body.
struct Cloudflare {
    verify: (u16, Value),
    zones: (u16, Value),
    token: (u16, Value),
    edit: (u16, Value),
}

fn ok(result: Value) -> (u16, Value) {
    (200, json!({"success": true, "errors": [], "messages": [], "result": result}))
}

fn no(status: u16, code: u32, message: &str) -> (u16, Value) {
    (
        status,
        json!({"success": false, "errors": [{"code": code, "message": message}], "messages": [], "result": null}),
    )
}

fn zone(permissions: Value) -> Value {
    json!([{"id": ZONE_ID, "name": "mine.example", "status": "active", "permissions": permissions}])
}

fn policies(group: &str) -> (u16, Value) {
    ok(json!({"id": "t1", "status": "active", "policies": [{"effect": "allow",
        "permission_groups": [{"id": "p", "name": group}], "resources": {"com.cloudflare.api.account.zone.*": "*"}}]}))
}

impl Cloudflare {
    /// A token that may read and write, and may not read itself.
    fn wide() -> Self {
        Self {
            verify: ok(json!({"id": "t1", "status": "active"})),
            zones: ok(zone(json!(["#dns_records:edit", "#dns_records:read", "#zone:read"]))),
            token: no(403, 9109, "Unauthorized to access requested resource"),
            edit: no(404, 81044, "Record does not exist."),
        }
    }

    /// The same service with a token that may only read.
    fn narrow() -> Self {
        let zones = ok(zone(json!(["#dns_records:read", "#zone:read"])));
        Self { zones, edit: no(403, 10000, "Authentication error"), ..Self::wide() }
    }

    fn answer(&self, request: &str) -> Vec<u8> {
        let line = request.lines().next().unwrap();
        assert!(
            request.to_ascii_lowercase().contains("authorization: bearer the-key"),
            "{request}"
        );
        let (status, body) = match line.split(' ').collect::<Vec<_>>()[..] {
            ["GET", "/client/v4/user/tokens/verify", _] => &self.verify,
            ["GET", "/client/v4/user/tokens/t1", _] => &self.token,
            ["GET", path, _] if path.starts_with("/client/v4/zones") => &self.zones,
            ["PATCH", path, _]
                if path.ends_with(&format!("/{ZONE_ID}/dns_records/{NO_RECORD}")) =>
            {
                &self.edit
            }
            _ => panic!("not harmless: {line}"),
        };
        response(
            &format!("{status} X"),
            "Date: Wed, 25 Nov 2026 12:00:00 GMT\r\n",
            body.to_string().as_bytes(),
        )
    }
}

fn provider(kind: &str, api: &str) -> DnsProvider {
    serde_json::from_value(json!({"id": "dns", "kind": kind, "api": api, "credential": {"env": "TOKEN"}, "nameservers": []})).unwrap()
}

fn mine() -> Zone {
    serde_json::from_value(json!({"id": "z", "name": "Mine.example.", "delegated_to": ["dns"]}))
        .unwrap()
}

async fn look(provider: &DnsProvider) -> Access {
    let until = Deadline::after(Duration::from_secs(20));
    access::provider(&field(), provider, &[&mine()], until).await
}

/// Looks at a Cloudflare and returns what was found with what it was asked.
fn cloudflare(service: Cloudflare) -> (Access, Vec<String>) {
    play(async {
        let web = Web::start(move |request| service.answer(request)).await;
        let access = look(&provider("cloudflare", &web.url("/client/v4/"))).await;
        let lines = web.requests().iter().map(|it| it.lines().next().unwrap().to_owned()).collect();
        (access, lines)
    })
}

fn verdict(service: Cloudflare) -> (Truth, Truth, Truth) {
    let (access, _) = cloudflare(service);
    (access.accepted.truth, access.zones[0].held.truth, access.zones[0].writes.truth)
}

use Truth::{False, True, Unknown};

fn a_cloudflare_token_that_may_write_is_known_to() {
    assert_eq!(verdict(Cloudflare::wide()), (True, True, True));
    // A token that belongs to an account is verified elsewhere; its use tells.
    let account = Cloudflare { verify: no(401, 1000, "Invalid API Token"), ..Cloudflare::wide() };
    assert_eq!(verdict(account), (True, True, True));
    let unrouted = Cloudflare {
        verify: no(404, 7003, "Could not route to /user/tokens/verify"),
        ..Cloudflare::wide()
    };
    assert_eq!(verdict(unrouted), (True, True, True));
    let listed = Cloudflare {
        token: policies("DNS Write"),
        zones: ok(zone(json!([]))),
        ..Cloudflare::wide()
    };
    assert_eq!(verdict(listed), (True, True, True));
    // Nothing lists a right, and an edit of what is not there gets as far as saying so.
    let tried = Cloudflare { zones: ok(zone(json!(null))), ..Cloudflare::wide() };
    assert_eq!(verdict(tried), (True, True, True));
    let odd = Cloudflare { edit: (405, json!({})), ..Cloudflare::wide() };
    assert_eq!(verdict(odd), (True, True, True));
}

fn a_cloudflare_token_that_may_only_read_is_known_to() {
    assert_eq!(verdict(Cloudflare::narrow()), (True, True, False));
    // What the zone lists is its user's right, and the token has less.
    let refused = Cloudflare { edit: no(403, 10000, "Authentication error"), ..Cloudflare::wide() };
    assert_eq!(verdict(refused), (True, True, False));
    let unlisted = Cloudflare { zones: ok(zone(json!([]))), ..Cloudflare::narrow() };
    assert_eq!(verdict(unlisted), (True, True, False));
    let by_policy = Cloudflare { token: policies("DNS Read"), ..Cloudflare::wide() };
    assert_eq!(verdict(by_policy), (True, True, False));
}

fn a_cloudflare_token_that_is_no_good_is_known_to_be() {
    for status in ["disabled", "expired"] {
        let ended =
            Cloudflare { verify: ok(json!({"id": "t1", "status": status})), ..Cloudflare::wide() };
        assert_eq!(verdict(ended).0, False, "{status}");
    }
    let early = ok(json!({"id": "t1", "status": "active", "not_before": "2999-01-01T00:00:00Z"}));
    assert_eq!(verdict(Cloudflare { verify: early, ..Cloudflare::wide() }).0, False);
    let refused = || no(403, 10000, "Authentication error");
    let unknown = Cloudflare {
        verify: no(401, 1000, "Invalid API Token"),
        zones: refused(),
        token: refused(),
        edit: refused(),
    };
    assert_eq!(verdict(unknown).0, False);
    let elsewhere = Cloudflare { zones: ok(json!([])), ..Cloudflare::wide() };
    assert_eq!(verdict(elsewhere), (True, False, False));
}

fn what_cloudflare_does_not_say_is_unknown() {
    let broken = || (500, json!({"error": "origin down"}));
    let down = Cloudflare { verify: broken(), zones: broken(), token: broken(), edit: broken() };
    assert_eq!(verdict(down), (Unknown, Unknown, Unknown));
    // An active token that may not list zones says nothing about writing them.
    let blind = Cloudflare {
        zones: no(403, 9109, "Unauthorized to access requested resource"),
        ..Cloudflare::wide()
    };
    assert_eq!(verdict(blind), (True, Unknown, Unknown));
    let silent = Cloudflare { zones: ok(zone(json!([]))), edit: broken(), ..Cloudflare::wide() };
    assert_eq!(verdict(silent), (True, True, Unknown));
}

fn a_cloudflare_token_knows_when_it_ends() {
    let verify = ok(json!({"id": "t1", "status": "active", "expires_on": "2027-01-01T00:00:00Z"}));
    let (access, _) = cloudflare(Cloudflare { verify, ..Cloudflare::wide() });
    assert_eq!(access.expires.unwrap().to_string(), "2027-01-01T00:00:00Z");
    assert!(access.ahead_s.is_some() && access.from.is_some());
}

fn nothing_that_cloudflare_is_asked_changes_anything() {
    let (_, narrow) = cloudflare(Cloudflare::narrow());
    assert!(narrow.iter().all(|line| line.starts_with("GET ")), "{narrow:?}");
    let (_, wide) = cloudflare(Cloudflare::wide());
    let others: Vec<_> = wide.iter().filter(|line| !line.starts_with("GET ")).collect();
    let [edit] = others[..] else { panic!("{wide:?}") };
    assert!(edit.contains(NO_RECORD), "{edit}");
    assert!(wide.iter().any(|line| line.contains("zones?name=mine.example")), "{wide:?}");
    assert!(wide.len() <= 5, "{wide:?}");
}

fn desec_says_whether_it_takes_the_token_and_holds_the_zone() {
    let seen = |domain: (u16, &'static str), list: (u16, &'static str)| {
        play(async move {
            let web = Web::start(move |request| {
                assert!(
                    request.to_ascii_lowercase().contains("authorization: token the-key"),
                    "{request}"
                );
                let line = request.lines().next().unwrap();
                let (status, body) = match line {
                    "GET /api/v1/domains/mine.example/ HTTP/1.1" => domain,
                    "GET /api/v1/domains/ HTTP/1.1" => list,
                    _ => panic!("not harmless: {line}"),
                };
                response(&format!("{status} X"), "", body.as_bytes())
            })
            .await;
            let access = look(&provider("desec", &web.url(""))).await;
            (access.accepted.truth, access.zones[0].held.truth, access.zones[0].writes.truth)
        })
    };
    let nowhere = (404, r#"{"detail": "Not found."}"#);
    assert_eq!(seen((200, r#"{"name": "mine.example"}"#), nowhere), (True, True, Unknown));
    assert_eq!(seen(nowhere, (200, r#"[{"name": "mine.example"}]"#)), (True, True, Unknown));
    assert_eq!(seen(nowhere, (200, r#"[{"name": "other.example"}]"#)), (True, False, False));
    assert_eq!(seen((401, r#"{"detail": "Invalid token."}"#), nowhere).0, False);
    assert_eq!(seen((500, "down"), nowhere), (Unknown, Unknown, Unknown));
}

fn powerdns_says_whether_it_takes_the_key_and_holds_the_zone() {
    let seen = |status: &'static str| {
        play(async move {
            let web = Web::plain(status, r#"{"error": "so it is"}"#).await;
            let access = look(&provider("powerdns", &web.url("/api/v1/servers/localhost"))).await;
            let asked = web.requests();
            assert!(
                asked.iter().all(|it| it
                    .starts_with("GET /api/v1/servers/localhost/zones/mine.example.?rrsets=false")),
                "{asked:?}"
            );
            (access.accepted.truth, access.zones[0].held.truth, access.zones[0].writes.truth)
        })
    };
    assert_eq!(seen("200 OK"), (True, True, True));
    assert_eq!(seen("404 Not Found"), (True, False, False));
    assert_eq!(seen("401 Unauthorized"), (False, Unknown, False));
    assert_eq!(seen("500 Oops"), (Unknown, Unknown, Unknown));
}

fn a_service_that_is_away_is_unknown() {
    let closed = play(async { Web::plain("200 OK", "").await.url("/client/v4") });
    for kind in ["cloudflare", "desec", "powerdns"] {
        let access = play(look(&provider(kind, &closed)));
        assert_ne!(access.reached.truth, True, "{kind}");
        assert_eq!(access.accepted.truth, Unknown, "{kind}");
        assert!(access.zones.iter().all(|it| it.writes.truth == Unknown), "{kind}");
    }
}
