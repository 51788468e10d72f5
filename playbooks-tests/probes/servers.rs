//! Name servers that the trials play, UDP and TCP behind one address of the estate.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use lifeboat::model::{DnsAnswer, DnsRecord, Remote};
use lifeboat::net::loopback::{RefusingPort, TcpServer, UdpServer};
use lifeboat::net::{Deadline, RouteMap, Stream, Transport};
use lifeboat::wire::dns::{Received, decode_query, encode_answer};

use super::AMPLE;

/// What a server makes of a question; nothing: it stays silent.
pub type Answer = Arc<dyn Fn(&Received) -> Option<DnsAnswer> + Send + Sync>;

/// A name server that counts its questions.
#[derive(Clone, Default)]
pub struct Count {
    pub udp: Arc<AtomicUsize>,
    pub tcp: Arc<AtomicUsize>,
    pub asked: Arc<Mutex<Vec<Received>>>,
}

impl Count {
    pub fn udp(&self) -> usize {
        self.udp.load(Ordering::SeqCst)
    }

    pub fn tcp(&self) -> usize {
        self.tcp.load(Ordering::SeqCst)
    }
}

/// The world of a trial: the map, and what keeps its ports taken.
#[derive(Default)]
pub struct Cast {
    pub map: RouteMap,
    refusing: Vec<RefusingPort>,
}

impl Cast {
    /// Plays a name server at an address of the estate.
    pub async fn name_server(&mut self, at: &str, answer: Answer) -> Count {
        let count = Count::default();
        let udp = UdpServer::open().await.unwrap();
        self.add(at, Transport::Udp, udp.address());
        tokio::spawn(serve_datagrams(udp, Arc::clone(&answer), count.clone()));
        let tcp = TcpServer::open().await.unwrap();
        self.add(at, Transport::Tcp, tcp.address());
        tokio::spawn(serve_streams(tcp, answer, count.clone()));
        count
    }

    /// Plays a server that takes everything and says nothing.
    pub async fn silent(&mut self, at: &str) -> Count {
        self.name_server(at, Arc::new(|_| None)).await
    }

    /// Plays a server that sends the same bytes whatever it is asked.
    pub async fn babbling(&mut self, at: &str, bytes: &'static [u8]) {
        let udp = UdpServer::open().await.unwrap();
        self.add(at, Transport::Udp, udp.address());
        tokio::spawn(async move {
            while let Ok((_, from)) = udp.receive().await {
                udp.send(bytes, from).await.unwrap();
            }
        });
    }

    /// Plays a host whose ports are closed.
    pub fn refusing(&mut self, at: &str) {
        for (port, transport) in [
            (RefusingPort::udp().unwrap(), Transport::Udp),
            (RefusingPort::tcp().unwrap(), Transport::Tcp),
        ] {
            self.add(at, transport, port.address());
            self.refusing.push(port);
        }
    }

    pub fn add(&mut self, at: &str, transport: Transport, server: SocketAddr) {
        self.map.add(at.parse().unwrap(), transport, server).unwrap();
    }
}

async fn serve_datagrams(server: UdpServer, answer: Answer, count: Count) {
    while let Ok((bytes, from)) = server.receive().await {
        count.udp.fetch_add(1, Ordering::SeqCst);
        let asked = decode_query(&bytes).unwrap();
        count.asked.lock().unwrap().push(asked.clone());
        if let Some(answer) = answer(&asked) {
            let most = usize::from(asked.payload.unwrap_or(512));
            server.send(&encode_answer(&asked, &answer, most).unwrap(), from).await.unwrap();
        }
    }
}

pub async fn serve_streams(server: TcpServer, answer: Answer, count: Count) {
    while let Ok(stream) = server.accept().await {
        tokio::spawn(serve_stream(stream, Arc::clone(&answer), count.clone()));
    }
}

async fn serve_stream(mut stream: Stream, answer: Answer, count: Count) -> Option<()> {
    let ample = Deadline::after(AMPLE);
    let length = stream.read_exact(2, ample).await.ok()?;
    let length = u16::from_be_bytes([length[0], length[1]]);
    let asked = decode_query(&stream.read_exact(length.into(), ample).await.ok()?).unwrap();
    count.tcp.fetch_add(1, Ordering::SeqCst);
    let bytes = answer(&asked).map(|answer| encode_answer(&asked, &answer, 65_535).unwrap());
    match bytes {
        Some(bytes) => {
            let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
            stream.write_all(&[&length[..], &bytes].concat(), ample).await.ok()
        }
        // Stays open, silently, until the client has had enough.
        None => stream.read_some(1, ample).await.ok().map(|_| ()),
    }
}

/// Makes a record.
pub fn record(name: &str, kind: &str, data: &str) -> DnsRecord {
    DnsRecord { name: name.into(), kind: kind.into(), ttl: 300, data: Remote::new(data) }
}

/// Makes an authoritative answer.
pub fn answer(answers: Vec<DnsRecord>) -> DnsAnswer {
    DnsAnswer { rcode: "NOERROR".into(), aa: true, answers, ..DnsAnswer::default() }
}

/// Makes an error.
pub fn code(rcode: &str) -> DnsAnswer {
    DnsAnswer { rcode: rcode.into(), ..DnsAnswer::default() }
}

/// Makes a server of the zone `lab.example.`: its apex, and `www` with an address.
pub fn healthy() -> Answer {
    Arc::new(|asked: &Received| {
        Some(match (asked.name.as_str(), asked.kind.as_str()) {
            ("lab.example.", "SOA") => {
                answer(vec![record("lab.example.", "SOA", "ns1.lab.example. h. 1 2 3 4 5")])
            }
            ("lab.example.", "NS") => {
                answer(vec![record("lab.example.", "NS", "ns1.lab.example.")])
            }
            ("www.lab.example.", "A") => {
                answer(vec![record("www.lab.example.", "A", "192.0.2.10")])
            }
            (".", "NS") => answer(vec![record(".", "NS", "a.root.example.")]),
            _ => answer(Vec::new()),
        })
    })
}
