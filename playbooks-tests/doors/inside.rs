//! What somebody else says must never lead inside: answers, redirects, pins and names that change their mind.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use ipnet::IpNet;
use libtest_mimic::Trial;
use lifeboat::host::{Clock, Processes, Secrets};
use lifeboat::model::{Estate, ProbeKind};
use lifeboat::net::{
    Admission, Deadline, Door, Http, HttpRequest, Looking, Lookup, Method, NetError, Origin,
    PlainHttp, Purpose, Transport,
};

use lifeboat::service::{Field, Resolvers};
use serde_json::json;

use super::oracle::Oracle;
use super::servers::{Web, response};
use super::{AMPLE, live, pinned, play};

pub fn trials() -> Vec<Trial> {
    trials![
        d3_no_learned_address_leads_inside,
        d3_no_spelling_of_a_redirect_leads_inside,
        d3_the_address_that_was_checked_is_the_one_that_is_reached,
        d3_a_tracker_s_name_never_leads_inside,
        d3_no_credential_crosses_an_origin,
        d3_one_file_builds_clients_and_none_weakens_tls,
    ]
}

/// Ranges that nobody public has, written down once more: IANA's special-purpose registries, and what clouds use.
const INSIDE: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    "2001::/23",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
];

/// The first, the last and a middle address of a range.
fn samples(range: &IpNet) -> Vec<IpAddr> {
    match range {
        IpNet::V4(range) => {
            let (first, last) = (u32::from(range.network()), u32::from(range.broadcast()));
            let between = first + (last - first) / 3;
            [first, between, last].map(|ip| IpAddr::V4(ip.into())).to_vec()
        }
        IpNet::V6(range) => {
            let (first, last) = (u128::from(range.network()), u128::from(range.broadcast()));
            let between = first + (last - first) / 3;
            [first, between, last].map(|ip| IpAddr::V6(ip.into())).to_vec()
        }
    }
}

/// The addresses right before and right behind a range.
fn neighbours(range: &IpNet) -> Vec<IpAddr> {
    match range {
        IpNet::V4(range) => {
            let (first, last) = (u32::from(range.network()), u32::from(range.broadcast()));
            let near = [first.checked_sub(1), last.checked_add(1)];
            near.into_iter().flatten().map(|ip| IpAddr::V4(ip.into())).collect()
        }
        IpNet::V6(range) => {
            let (first, last) = (u128::from(range.network()), u128::from(range.broadcast()));
            let near = [first.checked_sub(1), last.checked_add(1)];
            near.into_iter().flatten().map(|ip| IpAddr::V6(ip.into())).collect()
        }
    }
}

/// Every IPv6 address in which an IPv4 address hides.
fn hidden(ip: Ipv4Addr) -> Vec<IpAddr> {
    let bits = u128::from(u32::from(ip));
    let word = |at: u32, value: u128| value << (112 - 16 * at);
    let forms = [
        ("compatible", bits),
        ("mapped, RFC 4291", word(5, 0xffff) | bits),
        ("NAT64, RFC 6052", word(0, 0x64) | word(1, 0xff9b) | bits),
        ("NAT64 of a network's own, RFC 8215", word(0, 0x64) | word(1, 0xff9b) | word(2, 1) | bits),
        ("6to4, RFC 3056", word(0, 0x2002) | (bits << 80) | 1),
        ("Teredo, RFC 4380", word(0, 0x2001) | word(2, 0x4136) | (!bits & 0xffff_ffff)),
        ("ISATAP, RFC 5214", word(0, 0x2a00) | word(4, 0) | word(5, 0x5efe) | bits),
        ("ISATAP", word(0, 0x2a00) | word(4, 0x200) | word(5, 0x5efe) | bits),
    ];
    forms.map(|(_, ip)| IpAddr::V6(Ipv6Addr::from(ip))).to_vec()
}

/// A resolver that gives these addresses, one list after another, and counts.
struct Turning(Mutex<(usize, Vec<Vec<IpAddr>>)>);

impl Turning {
    fn new(lists: &[&[IpAddr]]) -> Arc<Self> {
        Arc::new(Self(Mutex::new((0, lists.iter().map(|list| list.to_vec()).collect()))))
    }

    fn asked(&self) -> usize {
        self.0.lock().unwrap().0
    }
}

impl Lookup for Turning {
    fn lookup<'a>(&'a self, _name: &'a str, _deadline: Deadline) -> Looking<'a> {
        let mut turn = self.0.lock().unwrap();
        let at = turn.0.min(turn.1.len() - 1);
        let says = turn.1[at].clone();
        turn.0 += 1;
        Box::pin(std::future::ready(Ok(says)))
    }
}

fn anywhere(url: String) -> HttpRequest {
    let mut request = HttpRequest::new(Method::Get, url, AMPLE);
    (request.plain, request.purpose) = (PlainHttp::Anywhere, Purpose::Measure { first: true });
    request
}

fn d3_no_learned_address_leads_inside() {
    let ranges: Vec<IpNet> = INSIDE.iter().map(|range| range.parse().unwrap()).collect();
    let mut inside: Vec<IpAddr> = ranges.iter().flat_map(samples).collect();
    inside.extend(
        ["169.254.169.254", "fd00:ec2::254", "fe80::a9fe:a9fe"]
            .map(|ip| ip.parse::<IpAddr>().unwrap()),
    );
    let v4: Vec<Ipv4Addr> = inside
        .iter()
        .filter_map(|ip| if let IpAddr::V4(ip) = ip { Some(*ip) } else { None })
        .collect();
    inside.extend(v4.into_iter().flat_map(hidden));
    let mut refused = 0;
    for ip in &inside {
        for transport in [Transport::Udp, Transport::Tcp] {
            let learned = live(&[]).admit(SocketAddr::new(*ip, 53), transport, Origin::Learned);
            assert_eq!(learned, Err(NetError::NotAdmitted(*ip)), "{ip}");
        }
        play(async {
            let url = "http://tracker.example:80/announce".to_owned();
            let answered = Http::with_lookup(live(&[]), Turning::new(&[&[*ip]]));
            let by_pin =
                Http::new(Door::live(Admission::default(), pinned("tracker.example", 80, *ip)));
            for http in [answered, by_pin] {
                let error = http.request(anywhere(url.clone())).await.unwrap_err();
                assert_eq!(error, NetError::NotAdmitted(*ip), "{ip}");
            }
        });
        // The control: the very same address, where the estate opens its range.
        let open = live(&[if ip.is_ipv4() { "0.0.0.0/0" } else { "::/0" }]);
        assert!(open.admit(SocketAddr::new(*ip, 53), Transport::Tcp, Origin::Learned).is_ok());
        refused += 1;
    }
    let mut passed = 0;
    for ip in ranges.iter().flat_map(neighbours) {
        if !ranges.iter().any(|range| range.contains(&ip)) {
            let learned = live(&[]).admit(SocketAddr::new(ip, 53), Transport::Udp, Origin::Learned);
            assert!(learned.is_ok(), "{ip} is a neighbour, and public");
            passed += 1;
        }
    }
    for ip in hidden(Ipv4Addr::new(9, 9, 9, 9))
        .iter()
        .skip(1)
        .filter(|ip| !ranges.iter().any(|range| range.contains(*ip)))
    {
        let learned = live(&[]).admit(SocketAddr::new(*ip, 53), Transport::Udp, Origin::Learned);
        assert!(learned.is_ok(), "{ip} hides a public address");
        passed += 1;
    }
    eprintln!(
        "D3: {refused} addresses inside are refused as answer, as pin and as peer; {passed} neighbours pass"
    );
    assert!(refused >= 300 && passed >= 20);
}

/// Ways to write this machine, the metadata service of a cloud, and neighbours, that parsers have fallen for.
const SPELLINGS: &[&str] = &[
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "0x7f000001",
    "0x7f.1",
    "0x7f.0.0.1",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "0177.0x0.1",
    "127.0.0.1.",
    "127.000.000.001",
    "１２７.0.0.1",
    "127。0。0。1",
    "①②⑦.0.0.1",
    "%31%32%37.0.0.1",
    "127.0.0.1%00",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fe80::1%lo]",
    "[::1%25lo]",
    "localhost",
    "LOCALHOST.",
    "localhost.localdomain",
    "0",
    "0.0.0.0",
    "0x0",
    "00",
    "10.0.0.1",
    "0xa.1",
    "192.168.1",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "[fd00:ec2::254]",
    "[::ffff:a9fe:a9fe]",
    "metadata.google.internal",
    "100.100.100.200",
    "user@127.0.0.1",
    "evil.example@127.0.0.1",
    "127.0.0.1#@evil.example",
    "127.0.0.1\\@evil.example",
    "255.255.255.255",
    "224.0.0.1",
];

fn d3_no_spelling_of_a_redirect_leads_inside() {
    play(async {
        let goal = Web::plain("200 OK", "inside").await;
        let port = goal.address.port();
        let mut reached = 0;
        for host in SPELLINGS {
            let spelt = match host.split_once('#') {
                Some((host, rest)) => format!("http://{host}:{port}/#{rest}"),
                None => format!("http://{host}:{port}/"),
            };
            for location in [spelt.clone(), spelt.trim_start_matches("http:").to_owned()] {
                let line = format!("Location: {location}\r\n");
                let web = Web::start(move |_| response("302 Found", &line, b"")).await;
                let mut request = anywhere(web.url("/announce"));
                request.follow = 5;
                let error = Http::new(live(&[])).request(request.clone()).await.unwrap_err();
                let right = matches!(
                    error,
                    NetError::NotAdmitted(_) | NetError::BadUrl | NetError::NoAddress
                );
                assert!(right, "{location}: {error}");
                assert_eq!(goal.requests().len(), reached, "{location} was reached");
                // The control, where nothing leaves this machine: allowed, the same redirect arrives.
                if !["[64:", "[2001:", "[2002:", "[fe80:"]
                    .iter()
                    .any(|start| host.starts_with(start))
                {
                    let allow = ["127.0.0.0/8", "::1/128", "::/128", "0.0.0.0/32"];
                    let open = Http::new(live(&allow)).request(request).await;
                    reached += usize::from(open.is_ok_and(|reply| reply.body == b"inside"));
                }
                assert_eq!(goal.requests().len(), reached);
            }
        }
        for location in [
            "file:///etc/passwd",
            "gopher://127.0.0.1/",
            "ftp://127.0.0.1/",
            "data:text/plain,x",
            "unix:/run/x",
        ] {
            let line = format!("Location: {location}\r\n");
            let web = Web::start(move |_| response("302 Found", &line, b"")).await;
            let mut request = anywhere(web.url("/"));
            request.follow = 5;
            let open = Http::new(live(&["127.0.0.0/8"])).request(request).await;
            assert_eq!(open.unwrap_err(), NetError::BadUrl, "{location}");
        }
        eprintln!(
            "D3: {} spellings, 0 reached; where the range is allowed, {reached} requests arrive",
            SPELLINGS.len()
        );
        assert!(reached >= 20, "only {reached}: the control is blind");
    });
}

/// Two web servers on one port of two loopback addresses.
async fn twins() -> (Web, Web) {
    for _ in 0..64 {
        let listener = TcpListener::bind("127.0.0.2:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let Ok(other) = TcpListener::bind(("127.0.0.1", port)) else { continue };
        let answer = |body: &'static str| move |_: &str| response("200 OK", "", body.as_bytes());
        return (Web::on(listener, answer("checked")), Web::on(other, answer("inside")));
    }
    panic!("no port is free on both");
}

fn d3_the_address_that_was_checked_is_the_one_that_is_reached() {
    play(async {
        let (checked, inside) = twins().await;
        let (public, private) = (checked.address.ip(), inside.address.ip());
        let url = format!("http://tracker.example:{}/", checked.address.port());
        let only = &["127.0.0.2/32"];
        // It changes its mind after the first answer: nobody asks again between check and connection.
        let turning = Turning::new(&[&[public], &[private]]);
        let http = Http::with_lookup(live(only), turning.clone());
        let reply = http.request(anywhere(url.clone())).await.unwrap();
        assert_eq!((reply.body.as_slice(), turning.asked()), (&b"checked"[..], 1));
        // The next request is checked anew.
        let error = http.request(anywhere(url.clone())).await.unwrap_err();
        assert_eq!((error, turning.asked()), (NetError::NotAdmitted(private), 2));
        // Of several answers only those are tried that lead out.
        for answers in [[private, public], [public, private]] {
            let http = Http::with_lookup(live(only), Turning::new(&[&answers]));
            assert_eq!(http.request(anywhere(url.clone())).await.unwrap().body, b"checked");
        }
        assert_eq!((checked.requests().len(), inside.requests().len()), (3, 0));
        let open = Http::with_lookup(live(&["127.0.0.0/8"]), Turning::new(&[&[private]]));
        assert_eq!(open.request(anywhere(url)).await.unwrap().body, b"inside", "the control");
    });
}

/// The whole way: an estate's tracker by name, its resolver, the probe over UDP and over HTTP.
fn d3_a_tracker_s_name_never_leads_inside() {
    play(async {
        let oracle = Oracle::saying(&[IpAddr::from([127, 0, 0, 1])]);
        let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        udp.set_nonblocking(true).unwrap();
        let web = Web::plain("200 OK", "d8:intervali1800e5:peers0:e").await;
        let port = udp.local_addr().unwrap().port();
        let urls = [
            format!("udp://tracker.example:{port}/announce"),
            format!("http://tracker.example:{}/announce", web.address.port()),
        ];
        let estate: Estate = serde_json::from_value(json!({
            "schema": "lifeboat/estate/v1",
            "id": "trial",
            "probing": { "target_budget": "400ms", "tries": 2 },
            "swarms": [{ "id": "canary", "info_hash": "5f".repeat(20) }],
            "trackers": [{ "id": "t", "tier": 0, "urls": urls }],
            "resolvers": [{ "id": "res", "address": oracle.address.to_string(), "transports": ["udp"] }],
        }))
        .unwrap();
        let mut heard = Vec::new();
        for allow in [&[][..], &["127.0.0.0/8"][..]] {
            let door = live(allow);
            let field = Field {
                http: Http::with_lookup(
                    door.clone(),
                    Arc::new(Resolvers::new(door.clone(), &estate, std::path::Path::new("/"))),
                ),
                door,
                clock: Clock::wall(),
                secrets: Secrets::fixed("none"),
                processes: Processes::refused(),
                base: "/".into(),
                elsewhere: Arc::default(),
            };
            let kinds = [ProbeKind::Trackers];
            lifeboat::probe::probe(&estate, &field, &kinds, None, Deadline::after(AMPLE)).await;
            let datagrams = (0..100).take_while(|_| udp.recv(&mut [0; 2048]).is_ok()).count();
            heard.push((datagrams, web.requests().len()));
        }
        eprintln!(
            "D3: a tracker whose name leads inside hears {:?} datagrams and requests; allowed, {:?}",
            heard[0], heard[1]
        );
        assert!(oracle.asked() > 0 && heard[0] == (0, 0), "{heard:?}");
        assert!(heard[1].0 > 0 && heard[1].1 > 0, "the control is blind: {heard:?}");
    });
}

fn d3_no_credential_crosses_an_origin() {
    use lifeboat::model::Secret;
    use lifeboat::net::Credential;
    play(async {
        let goal = Web::plain("200 OK", "").await;
        let (host, port) = (goal.address.ip(), goal.address.port());
        for location in
            [goal.url("/a"), format!("//{host}:{port}/b"), format!("http://{host}:{port}/c?x")]
        {
            for status in ["301 M", "302 F", "303 S", "307 T", "308 P"] {
                let line = format!("Location: {location}\r\n");
                let web = Web::start(move |_| response(status, &line, b"")).await;
                let mut request = anywhere(web.url("/"));
                let value = Secret::new("canary");
                (request.follow, request.plain) = (5, PlainHttp::Private);
                request.credential = Some(Credential { header: "authorization".into(), value });
                let http = Http::new(live(&["127.0.0.0/8"]));
                // An API's client follows nothing at all.
                let mut unfollowed = request.clone();
                unfollowed.follow = 0;
                assert!((301..309).contains(&http.request(unfollowed).await.unwrap().status));
                let before = goal.requests().len();
                assert_eq!(http.request(request).await.unwrap().status, 200);
                assert_eq!(goal.requests().len(), before + 1);
                assert!(web.requests().iter().all(|sent| sent.contains("authorization: canary")));
            }
        }
        assert!(goal.requests().iter().all(|sent| !sent.contains("canary")));
        eprintln!("D3: {} redirects elsewhere carry no credential", goal.requests().len());
    });
}

/// The source, for what no type can say: one place makes clients, and nobody turns a check off.
fn d3_one_file_builds_clients_and_none_weakens_tls() {
    const ONLY: &[(&str, &[&str])] = &[
        ("Client::builder", &["src/net/attempt.rs"]),
        ("reqwest::Client", &["src/net/attempt.rs"]),
        ("ClientConfig::builder", &["src/net/tls.rs"]),
        (".no_proxy()", &["src/net/attempt.rs"]),
        ("danger", &[]),
        ("Proxy::", &[]),
        ("with_custom_certificate_verifier", &[]),
        ("lookup_host", &[]),
        ("to_socket_addrs", &[]),
        ("trust_dns", &[]),
        ("enable_sni", &[]),
        ("Policy::limited", &[]),
        ("Policy::default", &[]),
    ];
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open = vec![root.join("src")];
    let (mut files, mut found) = (0, std::collections::BTreeSet::new());
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let name = path.strip_prefix(root).unwrap().display().to_string();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let code = code.collect::<Vec<_>>().join("\n");
        for (sign, only) in ONLY {
            if code.contains(sign) {
                assert!(only.contains(&name.as_str()), "{name} says `{sign}`");
                found.insert(*sign);
            }
        }
        files += 1;
    }
    assert!(files > 200 && found.contains("Client::builder") && found.contains(".no_proxy()"));
}
