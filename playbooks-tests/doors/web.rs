//! HTTP as it should be: what is sent, what is read, what is followed.

use std::net::IpAddr;
use std::sync::Arc;

use libtest_mimic::Trial;
use lifeboat::model::{Remote, Secret};
use lifeboat::net::loopback::{RefusingPort, TcpServer};
use lifeboat::net::{
    Credential, Deadline, Http, HttpRequest, Looking, Lookup, Method, NetError, Origin, PlainHttp,
};

use super::servers::{Web, read_request, response};
use super::{AMPLE, BUDGET, live, play};

const LOOPBACK: &[&str] = &["127.0.0.0/8"];

pub fn trials() -> Vec<Trial> {
    trials![
        a_request_carries_what_it_was_given,
        a_redirect_is_an_answer_unless_it_is_to_be_followed,
        a_redirect_elsewhere_gets_no_credential,
        a_redirect_of_a_write_is_never_followed,
        redirects_end,
        names_come_from_pins_then_resolvers_and_nowhere_else,
        a_dead_address_is_passed_over_before_anything_is_sent,
        silence_after_the_request_is_an_unknown_outcome,
        a_close_without_a_reply_is_an_unknown_outcome,
        a_refused_connection_surely_sent_nothing,
        c1_a_bound_credential_goes_to_no_other_origin,
    ]
}

fn get(url: String) -> HttpRequest {
    HttpRequest::new(Method::Get, url, AMPLE)
}

fn credential(text: &str) -> Option<Credential> {
    Some(Credential { header: "X-API-Key".into(), value: Secret::new(text) })
}

/// Whatever a URL was made of, a credential that is bound to its service's base goes to that origin alone.
fn c1_a_bound_credential_goes_to_no_other_origin() {
    play(async {
        let web = Web::start(|_| response("200 OK", "", b"")).await;
        let other = Web::start(|_| response("200 OK", "", b"")).await;
        let port = web.address.port();
        let bases = [
            other.url("/api"),
            format!("https://127.0.0.1:{port}"),
            "http://127.0.0.1".into(),
            "no url".into(),
        ];
        for base in bases {
            let mut request = get(web.url("/api/zones/z"));
            request.bind(credential("s3cret").unwrap(), &base);
            let refused = Http::new(live(&[])).request(request).await.unwrap_err();
            assert_eq!(refused, NetError::OtherOrigin, "{base}");
        }
        assert!(web.requests().is_empty() && other.requests().is_empty());
        let mut request = get(web.url("/api/zones/z"));
        request.bind(credential("s3cret").unwrap(), &web.url("/elsewhere"));
        assert!(Http::new(live(&[])).request(request).await.is_ok());
    });
}

fn a_request_carries_what_it_was_given() {
    play(async {
        let web = Web::start(|_| response("201 Created", "X-Zone: a\r\n", b"done")).await;
        let mut request = HttpRequest::new(Method::Patch, web.url("/z?x=1"), AMPLE);
        request.headers.push(("content-type".into(), "application/json".into()));
        request.body = b"{}".to_vec();
        request.credential = credential("s3cret");
        let reply = Http::new(live(&[])).request(request).await.unwrap();
        assert_eq!((reply.status, reply.header("x-zone")), (201, Some(&Remote::new("a"))));
        assert_eq!((reply.body.as_slice(), reply.whole, reply.hops), (&b"done"[..], true, 0));
        assert_eq!(reply.from, web.address);
        let [sent] = &web.requests()[..] else { panic!("one request") };
        assert!(sent.starts_with("PATCH /z?x=1 HTTP/1.1\r\n"), "{sent}");
        let host = format!("host: {}\r\n", web.address);
        for line in [host.as_str(), "x-api-key: s3cret\r\n", "content-type: application/json\r\n"] {
            assert!(sent.contains(line), "{sent}");
        }
        assert!(sent.ends_with("\r\n\r\n{}") && !sent.contains("accept-encoding"), "{sent}");
    });
}

fn a_redirect_is_an_answer_unless_it_is_to_be_followed() {
    play(async {
        let goal = Web::plain("200 OK", "here").await;
        let location = format!("Location: {}\r\n", goal.url("/announce"));
        let web = Web::start(move |_| response("302 Found", &location, b"")).await;
        let http = Http::new(live(LOOPBACK));
        let reply = http.request(get(web.url("/"))).await.unwrap();
        assert_eq!((reply.status, goal.requests().len()), (302, 0));
        let mut request = get(web.url("/"));
        request.follow = 1;
        let reply = http.request(request).await.unwrap();
        assert_eq!((reply.status, reply.hops, reply.from), (200, 1, goal.address));
        // The same goal is a learned address where the estate allows none.
        let mut request = get(web.url("/"));
        request.follow = 1;
        let refused = Http::new(live(&[])).request(request).await.unwrap_err();
        assert!(matches!(refused, NetError::NotAdmitted(_) | NetError::PlainRefused), "{refused}");
        assert_eq!(goal.requests().len(), 1);
    });
}

fn a_redirect_elsewhere_gets_no_credential() {
    play(async {
        let goal = Web::plain("200 OK", "").await;
        let location = format!("Location: {}\r\n", goal.url("/elsewhere"));
        let web = Web::start(move |request| match request.starts_with("GET /first") {
            true => response("307 Temporary Redirect", "Location: /second\r\n", b""),
            false => response("302 Found", &location, b""),
        });
        let web = web.await;
        let mut request = get(web.url("/first"));
        (request.follow, request.credential) = (3, credential("s3cret"));
        let reply = Http::new(live(LOOPBACK)).request(request).await.unwrap();
        assert_eq!((reply.status, reply.hops), (200, 2));
        assert!(web.requests().iter().all(|sent| sent.contains("s3cret")));
        assert!(!goal.requests()[0].contains("s3cret"), "{:?}", goal.requests());
    });
}

fn a_redirect_of_a_write_is_never_followed() {
    play(async {
        let web = Web::start(|_| response("307 T", "Location: /again\r\n", b"")).await;
        let mut request = HttpRequest::new(Method::Post, web.url("/"), AMPLE);
        request.follow = 5;
        let reply = Http::new(live(LOOPBACK)).request(request).await.unwrap();
        assert_eq!((reply.status, web.requests().len()), (307, 1));
    });
}

fn redirects_end() {
    play(async {
        let web = Web::start(|_| response("302 Found", "Location: /loop\r\n", b"")).await;
        let mut request = get(web.url("/"));
        request.follow = 4;
        let reply = Http::new(live(LOOPBACK)).request(request).await.unwrap();
        assert_eq!((reply.status, reply.hops, web.requests().len()), (302, 4, 5));
    });
}

/// A resolver that gives one address for one name.
struct Table(&'static str, IpAddr);

impl Lookup for Table {
    fn lookup<'a>(&'a self, name: &'a str, _deadline: Deadline) -> Looking<'a> {
        let found = if name == self.0 { Ok(vec![self.1]) } else { Err(NetError::NoAddress) };
        Box::pin(std::future::ready(found))
    }
}

fn names_come_from_pins_then_resolvers_and_nowhere_else() {
    play(async {
        let web = Web::plain("200 OK", "").await;
        let port = web.address.port();
        let url = |name: &str| format!("http://{name}:{port}/");
        let http = Http::new(live(LOOPBACK));
        let nobody = http.request(get(url("localhost"))).await.unwrap_err();
        assert_eq!(nobody, NetError::NoAddress, "the system's resolver knows localhost");
        let lookup = Arc::new(Table("tracker.example", web.address.ip()));
        let looked = Http::with_lookup(live(LOOPBACK), lookup.clone());
        looked.request(get(url("tracker.example"))).await.unwrap();
        assert!(web.requests()[0].contains(&format!("host: tracker.example:{port}\r\n")));
        let mut inside = get(url("tracker.example"));
        inside.plain = PlainHttp::Anywhere;
        let refused = Http::with_lookup(live(&[]), lookup).request(inside).await.unwrap_err();
        assert_eq!(refused, NetError::NotAdmitted(web.address.ip()), "a rebinding name");
        let mut pinned = get("http://api.example/".into());
        pinned.pinned = vec![web.address];
        Http::new(live(&[])).request(pinned).await.unwrap();
        assert!(web.requests()[1].contains("host: api.example\r\n"), "{:?}", web.requests()[1]);
        assert_eq!(web.requests().len(), 2);
    });
}

fn a_dead_address_is_passed_over_before_anything_is_sent() {
    play(async {
        let (web, dead) = (Web::plain("200 OK", "").await, RefusingPort::tcp().unwrap());
        let mut request = HttpRequest::new(Method::Post, "http://api.example/", AMPLE);
        request.pinned = vec![dead.address(), web.address];
        let reply = Http::new(live(&[])).request(request).await.unwrap();
        assert_eq!((reply.from, web.requests().len()), (web.address, 1));
    });
}

fn silence_after_the_request_is_an_unknown_outcome() {
    play(async {
        let server = TcpServer::open().await.unwrap();
        let url = format!("http://{}/", server.address());
        let request = HttpRequest::new(Method::Patch, url, BUDGET);
        let http = Http::new(live(&[]));
        let (outcome, got) = tokio::join!(http.request(request), async {
            let mut stream = server.accept().await.unwrap();
            let got = read_request(&mut stream).await;
            // Held open until the client has given up.
            let _ = stream.read_some(1, Deadline::after(AMPLE)).await;
            got
        });
        let error = outcome.unwrap_err();
        assert_eq!(error, NetError::Lost);
        assert!(!error.surely_not_sent() && got.is_some());
    });
}

fn a_close_without_a_reply_is_an_unknown_outcome() {
    play(async {
        let web = Web::start(|_| Vec::new()).await;
        let request = HttpRequest::new(Method::Patch, web.url("/"), AMPLE);
        let error = Http::new(live(&[])).request(request).await.unwrap_err();
        assert_eq!(error, NetError::Closed);
        assert!(!error.surely_not_sent());
        assert_eq!(web.requests().len(), 1, "nothing is repeated behind our back");
    });
}

fn a_refused_connection_surely_sent_nothing() {
    play(async {
        let port = RefusingPort::tcp().unwrap();
        let mut request = HttpRequest::new(Method::Patch, "http://api.example/", AMPLE);
        request.pinned = vec![port.address()];
        let error = Http::new(live(&[])).request(request).await.unwrap_err();
        assert_eq!(error, NetError::Refused);
        let mut request = get(format!("http://{}/", port.address()));
        (request.origin, request.plain) = (Origin::Learned, PlainHttp::Anywhere);
        let error = Http::new(live(LOOPBACK)).request(request).await.unwrap_err();
        assert_eq!(error, NetError::Refused);
        assert!(error.surely_not_sent());
    });
}
