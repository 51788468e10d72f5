//! HTTP as attackers would have it: endless, packed, misdirected, impersonated, talkative.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use libtest_mimic::Trial;
use lifeboat::model::Secret;
use lifeboat::net::{
    Credential, Http, HttpRequest, Method, NetError, Origin, PlainHttp, Stopwatch,
};

use super::servers::{Web, response};
use super::{AMPLE, BUDGET, live, play};

pub fn trials() -> Vec<Trial> {
    trials![
        an_endless_body_is_cut,
        a_packed_body_is_not_unpacked,
        endless_headers_and_slow_bytes_end_in_time,
        bytes_that_are_no_http_are_called_so,
        learned_urls_that_lead_inside_are_refused,
        plain_http_carries_no_credential_outside,
        unusable_urls_are_refused,
        a_certificate_must_bear_the_name,
        failures_show_neither_url_nor_secret,
    ]
}

fn get(url: impl Into<String>) -> HttpRequest {
    HttpRequest::new(Method::Get, url, AMPLE)
}

fn an_endless_body_is_cut() {
    play(async {
        let (url, server) = talk(|stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            // Ends when the client closes.
            while stream.write_all(&[b'x'; 1 << 16]).is_ok() {}
        });
        let mut request = get(url);
        request.body_cap = 1000;
        let reply = Http::new(live(&[])).request(request).await.unwrap();
        assert_eq!((reply.body.len(), reply.whole), (1000, false));
        tokio::task::spawn_blocking(|| server.join().unwrap()).await.unwrap();
    });
}

/// Serves one connection in a thread, once a request has come.
fn talk(words: fn(&mut TcpStream)) -> (String, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
        words(&mut stream);
    });
    (url, thread)
}

fn a_packed_body_is_not_unpacked() {
    play(async {
        // `printf '' | gzip -n | xxd -p` and bytes that unpack to nothing sensible: kept as they are.
        let packed: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let web = Web::start(|_| response("200 OK", "Content-Encoding: gzip\r\n", packed)).await;
        let reply = Http::new(live(&[])).request(get(web.url("/"))).await.unwrap();
        assert_eq!((reply.body.as_slice(), reply.whole), (packed, true));
    });
}

fn endless_headers_and_slow_bytes_end_in_time() {
    play(async {
        let many = Web::start(|_| {
            let headers = "x-filler: 0123456789\r\n".repeat(100_000);
            format!("HTTP/1.1 200 OK\r\n{headers}\r\n").into_bytes()
        });
        let many = Http::new(live(&[])).request(get(many.await.url("/"))).await;
        assert!(many.is_err(), "a hundred thousand headers were taken");
        let (url, slow) = talk(|stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx").unwrap();
            // Ends when the client closes.
            while stream.read(&mut [0; 512]).is_ok_and(|count| count > 0) {}
        });
        let watch = Stopwatch::start();
        let request = HttpRequest::new(Method::Get, url, BUDGET);
        let error = Http::new(live(&[])).request(request).await.unwrap_err();
        assert_eq!(error, NetError::TimedOut);
        assert!(watch.took() < BUDGET * 3, "{:?}", watch.took());
        tokio::task::spawn_blocking(|| slow.join().unwrap()).await.unwrap();
    });
}

fn bytes_that_are_no_http_are_called_so() {
    play(async {
        let web = Web::start(|_| b"220 mail.example ESMTP\r\n\r\n".to_vec()).await;
        let error = Http::new(live(&[])).request(get(web.url("/"))).await.unwrap_err();
        assert_eq!(error, NetError::Malformed);
        assert!(!error.surely_not_sent());
    });
}

fn learned_urls_that_lead_inside_are_refused() {
    play(async {
        let web = Web::plain("200 OK", "").await;
        let port = web.address.port();
        for host in [
            "127.0.0.1",
            "2130706433",
            "0x7f.1",
            "017700000001",
            "127.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "169.254.169.254",
            "[fd00:ec2::254]",
            "0.0.0.0",
            "10.0.0.1",
        ] {
            let mut request = get(format!("http://{host}:{port}/"));
            (request.origin, request.plain) = (Origin::Learned, PlainHttp::Anywhere);
            let error = Http::new(live(&[])).request(request).await.unwrap_err();
            assert!(matches!(error, NetError::NotAdmitted(_)), "{host}: {error}");
        }
        assert!(web.requests().is_empty());
    });
}

fn plain_http_carries_no_credential_outside() {
    play(async {
        let mut request = get("http://192.0.2.1/");
        assert_eq!(refusal(request.clone()).await, NetError::PlainRefused);
        request.plain = PlainHttp::Anywhere;
        request.credential =
            Some(Credential { header: "authorization".into(), value: Secret::new("s3cret") });
        assert_eq!(refusal(request).await, NetError::PlainRefused);
    });
}

async fn refusal(request: HttpRequest) -> NetError {
    Http::new(live(&[])).request(request).await.unwrap_err()
}

fn unusable_urls_are_refused() {
    play(async {
        for url in [
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
            "http://user:pass@127.0.0.1/",
            "http://user@127.0.0.1/",
            "http://127.0.0.1:0/",
            "http:///",
            "not a url",
            "",
        ] {
            assert_eq!(refusal(get(url)).await, NetError::BadUrl, "{url}");
        }
        let mut request = get("http://127.0.0.1:1/");
        request.headers.push(("x".into(), "a\r\nb: c".into()));
        assert!(matches!(refusal(request).await, NetError::BadRequest(_)));
    });
}

/// Serves TLS with a fresh certificate for a name and returns its address and authority.
fn tls_server(name: &str, connections: usize) -> (SocketAddr, Vec<u8>, ServerThread) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let config = Arc::new(config);
        (0..connections).map(|_| serve_once(&listener, &config)).collect()
    });
    (address, made.cert.pem().into_bytes(), thread)
}

/// What each connection's client sent inside TLS; empty when the handshake failed.
type ServerThread = std::thread::JoinHandle<Vec<String>>;

fn serve_once(listener: &TcpListener, config: &Arc<rustls::ServerConfig>) -> String {
    let (socket, _) = listener.accept().unwrap();
    let session = rustls::ServerConnection::new(Arc::clone(config)).unwrap();
    let mut stream = rustls::StreamOwned::new(session, socket);
    let mut request = vec![0; 4096];
    let Ok(count) = stream.read(&mut request) else { return String::new() };
    stream.write_all(&response("200 OK", "Connection: close\r\n", b"safe")).unwrap();
    stream.flush().unwrap();
    String::from_utf8_lossy(&request[..count]).into_owned()
}

fn a_certificate_must_bear_the_name() {
    play(async {
        let (address, ca, server) = tls_server("api.example", 3);
        let ask = async |host: &str, ca: Option<Vec<u8>>| {
            let mut request = get(format!("https://{host}/"));
            request.credential =
                Some(Credential { header: "x-api-key".into(), value: Secret::new("s3cret") });
            (request.pinned, request.ca) = (vec![address], ca);
            Http::new(live(&[])).request(request).await
        };
        let reply = ask("api.example", Some(ca.clone())).await.unwrap();
        assert_eq!((reply.status, reply.body.as_slice()), (200, &b"safe"[..]));
        for (host, ca) in [("other.example", Some(ca)), ("api.example", None)] {
            let error = ask(host, ca).await.unwrap_err();
            assert!(matches!(error, NetError::Tls(_)), "{error}");
            assert!(error.surely_not_sent());
        }
        let got = tokio::task::spawn_blocking(|| server.join().unwrap()).await.unwrap();
        assert!(got[0].contains("x-api-key: s3cret"), "{got:?}");
        assert_eq!(got[1..], ["", ""], "a stranger got the credential");
    });
}

fn failures_show_neither_url_nor_secret() {
    play(async {
        let web = Web::start(|_| Vec::new()).await;
        let closed = format!("{}/canary?key=canary", web.url(""));
        for url in [&closed, "http://127.0.0.1:1/canary", "http://canary@127.0.0.1/canary"] {
            let mut request = get(url);
            request.credential =
                Some(Credential { header: "x".into(), value: Secret::new("canary") });
            let error = refusal(request).await;
            assert!(!format!("{error} {error:?} {:?}", error.hint()).contains("canary"), "{error}");
        }
        let mut request = get(closed);
        request.credential =
            Some(Credential { header: "x".into(), value: Secret::new("canary\r\nx: y") });
        let error = refusal(request).await;
        assert!(matches!(error, NetError::BadRequest(_)), "{error}");
        assert!(web.requests().iter().all(|sent| !sent.contains("\r\nx: y")));
    });
}
