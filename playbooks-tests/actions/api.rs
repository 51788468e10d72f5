//! PowerDNS's API when it, or something in front of it, misbehaves.

use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::model::{DnsProvider, DnsProviderKind, RrContent, RrKey, Rrset, Sent};
use lifeboat::service::dns::powerdns::{Api, PowerDnsError, read, write};
use serde_json::json;

use super::{field, play};
use crate::doors::servers::{Web, response};

pub fn trials() -> Vec<Trial> {
    trials![
        a_status_is_a_yes_a_no_or_a_doubt,
        a_connection_that_breaks_off_is_a_doubt,
        a_request_carries_its_key_and_its_credential,
        what_is_no_zone_is_malformed,
        a_key_is_never_sent_in_the_clear_to_strangers,
        an_api_that_is_not_described_is_not_usable,
    ]
}

const SOON: Duration = Duration::from_secs(5);

fn provider(url: &str) -> DnsProvider {
    let document = json!({"id": "own", "kind": "powerdns", "api": format!("{url}/api/v1/servers/localhost/"),
        "credential": {"env": "KEY"}, "nameservers": []});
    serde_json::from_value(document).unwrap()
}

fn set() -> Rrset {
    let key = RrKey { name: "zone.test.".to_owned(), kind: "NS".to_owned() };
    let records =
        vec![RrContent { content: "ns1.b.test.".to_owned(), disabled: false, beside: None }];
    Rrset { key, ttl: 300, records, comments: Vec::new() }
}

async fn sent(web: &Web) -> Sent {
    let api = Api::of_provider(&provider(&web.url(""))).unwrap();
    write(&field(), &api, "test.", (&[], &[set()]), "key-of-this-try", SOON).await
}

fn a_status_is_a_yes_a_no_or_a_doubt() {
    play(async {
        for (status, wanted) in [
            ("204 No Content", "written"),
            ("200 OK", "written"),
            ("400 Bad Request", "refused"),
            ("401 Unauthorized", "refused"),
            ("403 Forbidden", "refused"),
            ("404 Not Found", "refused"),
            ("409 Conflict", "refused"),
            ("422 Unprocessable Entity", "refused"),
            ("429 Too Many Requests", "later"),
            ("408 Request Timeout", "lost"),
            ("302 Found", "lost"),
            ("500 Internal Server Error", "lost"),
            ("503 Service Unavailable", "lost"),
            ("502 Bad Gateway", "lost"),
            ("504 Gateway Timeout", "lost"),
        ] {
            let web = Web::plain(status, "{\"error\": \"why\\u001b[31m\"}").await;
            let sent = sent(&web).await;
            let found = match &sent {
                Sent::Written => "written",
                Sent::Refused(_) => "refused",
                Sent::Later { .. } => "later",
                Sent::Lost(_) => "lost",
            };
            assert_eq!(found, wanted, "{status}: {sent:?}");
            assert_eq!(web.requests().len(), 1, "{status}: one request, whatever comes back");
            if let Sent::Refused(said) | Sent::Lost(said) = sent {
                assert!(said.contains("`own`") && !said.contains('\u{1b}'), "{said}");
            }
        }
    });
}

fn a_connection_that_breaks_off_is_a_doubt() {
    play(async {
        let web = Web::start(|_| Vec::new()).await;
        assert!(matches!(sent(&web).await, Sent::Lost(_)));
        let web = Web::start(|_| b"HTTP/1.1 20".to_vec()).await;
        assert!(matches!(sent(&web).await, Sent::Lost(_)));
    });
}

fn a_request_carries_its_key_and_its_credential() {
    play(async {
        let web = Web::plain("204 No Content", "").await;
        sent(&web).await;
        let [request] = &web.requests()[..] else { panic!("one request") };
        assert!(request.starts_with("PATCH /api/v1/servers/localhost/zones/test. HTTP/1.1\r\n"));
        for line in ["x-api-key: the-key\r\n", "idempotency-key: key-of-this-try\r\n"] {
            assert!(request.to_lowercase().contains(line), "{request}");
        }
        let body: serde_json::Value =
            serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
        assert_eq!(body["rrsets"][0]["changetype"], "REPLACE");
        assert_eq!(
            body["rrsets"][0]["records"],
            json!([{"content": "ns1.b.test.", "disabled": false}])
        );
    });
}

fn what_is_no_zone_is_malformed() {
    play(async {
        for body in ["", "<html>", "{\"rrsets\": [{\"name\": 1}]}", "{\"rrsets\": ["] {
            let web = Web::start(move |_| response("200 OK", "", body.as_bytes())).await;
            let api = Api::of_provider(&provider(&web.url(""))).unwrap();
            let error = read(&field(), &api, "test.", &[], SOON).await.unwrap_err();
            assert!(matches!(error, PowerDnsError::Malformed { .. }), "{body}: {error}");
            assert!(error.hint().is_some());
        }
        let cut = "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"rrsets\": []}";
        let web = Web::start(move |_| cut.as_bytes().to_vec()).await;
        let api = Api::of_provider(&provider(&web.url(""))).unwrap();
        let error = read(&field(), &api, "test.", &[], SOON).await.unwrap_err();
        assert!(error.to_string().contains("cut short"), "{error}");
    });
}

fn a_key_is_never_sent_in_the_clear_to_strangers() {
    play(async {
        let api = Api::of_provider(&provider("http://192.0.2.1:8081")).unwrap();
        let sent = write(&field(), &api, "test.", (&[], &[set()]), "k", SOON).await;
        let Sent::Refused(said) = sent else { panic!("{sent:?}") };
        assert!(said.contains("plain http is refused") && !said.contains("the-key"), "{said}");
    });
}

fn an_api_that_is_not_described_is_not_usable() {
    let other = |change: fn(&mut DnsProvider)| {
        let mut provider = provider("http://127.0.0.1:1");
        change(&mut provider);
        Api::of_provider(&provider).unwrap_err().to_string()
    };
    assert!(other(|it| it.api = None).contains("`api`"));
    assert!(other(|it| it.credential = None).contains("`credential`"));
    assert!(other(|it| it.kind = DnsProviderKind::Desec).contains("only asked"));
}
