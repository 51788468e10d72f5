//! A world with a sealed field on it, and short ways to ask its servers.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lifeboat::host::{Clock, Processes, Secrets};
use lifeboat::model::{Baseline, DnsAnswer, Ending, Estate, Id, Scenario, Span, VantageKind};
use lifeboat::net::{
    Admission, Deadline, Door, Http, HttpReply, HttpRequest, Method, NetError, Origin, Pins,
    PlainHttp, Question, RouteMap, Transport,
};
use lifeboat::service::dns::ask::ask;
use lifeboat::service::{Budget, Elsewhere, Field, Resolvers};
use lifeboat::wire::as_table::AsTable;
use lifeboat::wire::dns::Query;
use lifeboat::wire::tracker_udp::{Announce, Counts, Event, Family, Reply, Request};
use lifeboat::world::{Setting, World};

/// Long against loopback, short against patience.
const BRIEF: Duration = Duration::from_millis(250);

/// The folder of the shipped scenarios.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("playbooks-tests/scenarios")
}

/// Reads a YAML file of the scenarios' folder.
pub fn load<T: serde::de::DeserializeOwned>(name: &str) -> T {
    let text = std::fs::read_to_string(folder().join(name)).unwrap();
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Makes a scenario of one line of faults, each ten minutes after the one before.
pub fn script(faults: &[&str]) -> Scenario {
    let timeline: Vec<_> = (1..)
        .zip(faults)
        .map(|(count, fault)| format!("  - {{ at: {}m, fault: {{ {fault} }} }}\n", count * 10))
        .collect();
    let text = format!(
        "schema: lifeboat/scenario/v1\nid: trial\ntitle: Trial\nstarts: 2026-03-03T02:00:00Z\n\
         timeline:\n{}truth: {{ verdict: healthy }}\n",
        if timeline.is_empty() { "  []\n".to_owned() } else { timeline.concat() }
    );
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{text}{error}"))
}

/// Runs a trial on one thread.
pub fn play<T>(trial: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(trial)
}

/// A world, and what its responder sees of it.
pub struct Drill {
    pub estate: Estate,
    pub table: AsTable,
    pub baseline: Baseline,
    pub world: World,
    pub clock: Clock,
}

impl Drill {
    /// Plays faults on the embedded estate.
    pub async fn of(faults: &[&str]) -> Self {
        Self::start(load("estate/lifeboat.yaml"), script(faults)).await
    }

    pub async fn start(estate: Estate, scenario: Scenario) -> Self {
        let table = std::fs::read_to_string(folder().join("estate/as.tsv")).unwrap();
        let table = AsTable::parse(&table).unwrap();
        let baseline: Baseline = load("estate/baseline.json");
        let setting = Setting {
            estate: &estate,
            scenario: &scenario,
            as_table: Some(&table),
            baseline: Some(&baseline),
        };
        let world = World::start(&setting).await.unwrap();
        let clock = Clock::scripted(scenario.starts, world.on_jump());
        Self { estate, table, baseline, world, clock }
    }

    /// Lets a length of time pass.
    pub async fn pass(&self, minutes: u64) {
        self.clock.wait(Span::from_secs(minutes * 60)).await;
    }

    /// Returns the field of this machine, with those of its other vantages.
    pub fn field(&self) -> Field {
        let elsewhere = self.estate.vantages.iter().filter(|it| it.kind == VantageKind::Command);
        let elsewhere = elsewhere.map(|it| {
            let field = self.field_on(self.world.routes_of(&it.id).unwrap(), BTreeMap::new());
            let runs = Arc::new(self.world.runs(&it.id));
            (it.id.clone(), Elsewhere { field, runs })
        });
        self.field_on(self.world.routes(), elsewhere.collect())
    }

    fn field_on(&self, routes: RouteMap, elsewhere: BTreeMap<Id, Elsewhere>) -> Field {
        let door = Door::sealed(routes, Admission::default(), Pins::new());
        let lookup =
            Arc::new(Resolvers::new(door.clone(), &self.estate, std::path::Path::new("/")));
        Field {
            http: Http::with_lookup(door.clone(), lookup),
            door,
            clock: self.clock.clone(),
            secrets: Secrets::fixed("exercise"),
            processes: Processes::refused(),
            base: folder().join("estate"),
            elsewhere: Arc::new(elsewhere),
        }
    }
}

fn budget() -> Budget {
    Budget { tries: 2, budget: BRIEF }
}

/// Asks a DNS server over UDP.
pub async fn dns(field: &Field, server: &str, query: Query) -> Ending<DnsAnswer> {
    dns_over(field, server, Transport::Udp, query).await
}

/// Asks a DNS server.
pub async fn dns_over(
    field: &Field,
    server: &str,
    transport: Transport,
    query: Query,
) -> Ending<DnsAnswer> {
    let server = server.parse().unwrap();
    ask(&field.door, server, Origin::Estate, transport, &query, budget()).await.ending
}

/// Returns the data of an answer, sorted, or how it ended otherwise.
pub fn data(ending: &Ending<DnsAnswer>) -> Vec<String> {
    let Ending::Answered(answer) = ending else { return vec![format!("{ending:?}")] };
    if answer.rcode != "NOERROR" {
        return vec![answer.rcode.clone()];
    }
    let records = if answer.answers.is_empty() { &answer.authority } else { &answer.answers };
    let mut data: Vec<_> = records.iter().map(|it| it.data.to_string()).collect();
    data.sort();
    data
}

/// Tells how connecting to a TCP port ends.
pub async fn connect(field: &Field, address: &str) -> Result<(), NetError> {
    let peer = field.door.admit(address.parse().unwrap(), Transport::Tcp, Origin::Estate)?;
    field.door.tcp(&peer, Deadline::after(BRIEF)).await.map(|_| ())
}

/// Announces to a UDP tracker as a client that has nothing, or scrapes it.
pub async fn tracker(field: &Field, address: &str, scrape: bool) -> Result<Reply, NetError> {
    let connect = Request::Connect { transaction: 1 };
    let Reply::Connect { connection, .. } = datagram(field, address, &connect).await? else {
        panic!("no connection id")
    };
    let info_hash = canary();
    let next = match scrape {
        true => Request::Scrape { connection, transaction: 2, info_hashes: vec![info_hash] },
        false => Request::Announce {
            connection,
            transaction: 2,
            announce: Announce {
                info_hash,
                peer_id: *b"-LB0001-exercise0000",
                downloaded: 0,
                left: 1,
                uploaded: 0,
                event: Event::None,
                key: 0,
                want: -1,
                port: 6881,
            },
            url_data: Vec::new(),
        },
    };
    datagram(field, address, &next).await
}

async fn datagram(field: &Field, address: &str, request: &Request) -> Result<Reply, NetError> {
    let address: SocketAddr = address.parse().unwrap();
    let peer = field.door.admit(address, Transport::Udp, Origin::Estate)?;
    let question = Question::spread(request.encode(), |_| true, 2, BRIEF);
    let answer = field.door.ask_connected(&peer, &question).await.answer?;
    Ok(Reply::decode(&answer.bytes, Family::of(address)).unwrap())
}

/// Returns the peers that a UDP tracker names.
pub async fn peers(field: &Field, address: &str) -> Vec<SocketAddr> {
    match tracker(field, address, false).await.unwrap() {
        Reply::Announce { peers, .. } => peers,
        other => panic!("{other:?}"),
    }
}

/// Returns the seeders that a UDP tracker counts.
pub async fn seeders(field: &Field, address: &str) -> i32 {
    match tracker(field, address, true).await.unwrap() {
        Reply::Scrape { counts, .. } => counts.iter().map(|it: &Counts| it.seeders).sum(),
        other => panic!("{other:?}"),
    }
}

/// The estate's own swarm.
pub fn canary() -> [u8; 20] {
    let estate: Estate = load("estate/lifeboat.yaml");
    let hex = estate.swarms[0].info_hash.clone();
    std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
}

/// Sends a request over HTTP, with the credentials that a server asks for.
pub async fn http(
    field: &Field,
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<HttpReply, NetError> {
    let mut request = HttpRequest::new(method, url, BRIEF * 4);
    request.plain = PlainHttp::Anywhere;
    request.body = body.as_bytes().to_vec();
    request.headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let names =
        [("api.reg-open.example", "192.0.2.40"), ("tracker1.openseeds.example", "198.51.100.20")];
    let pin = names.iter().find(|(name, _)| url.contains(name));
    let pin = pin.map(|(_, ip)| SocketAddr::new(ip.parse().unwrap(), 0));
    request.pinned = pin.into_iter().collect();
    field.http.request(request).await
}

/// Calls a seedbox's remote control, dance included, and returns its arguments.
pub async fn rpc(field: &Field, base: &str, body: &str) -> serde_json::Value {
    let url = format!("{base}transmission/rpc");
    let refused = http(field, Method::Post, &url, &[], body).await.unwrap();
    assert_eq!(refused.status, 409);
    let session = refused.header("x-transmission-session-id").unwrap().to_string();
    let headers = [("X-Transmission-Session-Id", session.as_str())];
    let reply = http(field, Method::Post, &url, &headers, body).await.unwrap();
    assert_eq!(reply.status, 200);
    let reply: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(reply["result"], "success", "{body}: {reply}");
    reply["arguments"].clone()
}

/// Says lines to a router's control socket and returns everything that it says.
pub async fn bird(field: &Field, path: &str, lines: &str) -> Result<String, NetError> {
    let deadline = Deadline::after(BRIEF);
    let mut stream = field.door.unix(Path::new(path), deadline).await?;
    stream.write_all(lines.as_bytes(), deadline).await?;
    stream.finish(deadline).await?;
    let bytes = stream.read_to_end(1 << 20, deadline).await?;
    Ok(String::from_utf8(bytes).unwrap())
}
