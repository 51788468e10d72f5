//! The name server behind a stand-in: what a change is worth is asked there.

use std::net::{SocketAddr, UdpSocket};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use hickory_proto::op::{Message, OpCode, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, Record, RecordType};

use super::records::Served;

/// Takes whole zones and answers from them.
pub trait Plane: Send + Sync {
    /// Serves these records of a zone from now on, and no others.
    fn serve(&self, zone: &str, records: &[Served]);

    /// Where it answers.
    fn address(&self) -> SocketAddr;
}

/// A name server in this process.
pub struct OwnPlane {
    address: SocketAddr,
    records: Arc<Mutex<Vec<Served>>>,
    over: Arc<AtomicBool>,
}

impl OwnPlane {
    pub fn start() -> Self {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        let (records, over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let plane = Self {
            address: socket.local_addr().unwrap(),
            records: Arc::clone(&records),
            over: Arc::clone(&over),
        };
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while !over.load(Ordering::SeqCst) {
                let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
                if let Ok(query) = Message::from_vec(&buffer[..length]) {
                    let answer = answer(&query, &records.lock().unwrap());
                    let _ = socket.send_to(&answer.to_vec().unwrap(), from);
                }
            }
        });
        plane
    }
}

impl Plane for OwnPlane {
    fn serve(&self, _: &str, records: &[Served]) {
        *self.records.lock().unwrap() = records.to_vec();
    }

    fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for OwnPlane {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
    }
}

fn answer(query: &Message, records: &[Served]) -> Message {
    let mut answer = Message::response(query.metadata.id, OpCode::Query);
    answer.metadata.authoritative = true;
    let Some(asked) = query.queries.first() else { return answer };
    answer.add_query(asked.clone());
    let name = asked.name.to_ascii().to_ascii_lowercase();
    let own: Vec<&Served> = records.iter().filter(|it| it.name == name).collect();
    if own.is_empty() {
        answer.metadata.response_code = ResponseCode::NXDomain;
    }
    let kind = asked.query_type.to_string();
    for record in own.into_iter().filter(|it| it.kind == kind) {
        if let Some(data) = data(&record.kind, &record.data) {
            answer.add_answer(Record::from_rdata(asked.name.clone(), record.ttl, data));
        }
    }
    answer
}

/// Reads data as the library does; it knows no DS in words, and some others.
pub fn data(kind: &str, words: &str) -> Option<RData> {
    RData::try_from_str(RecordType::from_str(kind).ok()?, words).ok()
}

/// Asks a name server over UDP: time to live and data of each record, sorted.
pub fn ask(server: SocketAddr, name: &str, kind: &str) -> Vec<(u32, RData)> {
    // What is no name has no records.
    let Ok(asked) = Name::from_str(name) else { return Vec::new() };
    let socket = UdpSocket::bind((server.ip(), 0)).unwrap();
    socket.connect(server).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    let mut query = Message::query();
    query.add_query(Query::query(asked, RecordType::from_str(kind).unwrap()));
    let bytes = query.to_vec().unwrap();
    let mut buffer = [0; 65_535];
    for _ in 0..5 {
        socket.send(&bytes).unwrap();
        let Ok(length) = socket.recv(&mut buffer) else { continue };
        let answer = Message::from_vec(&buffer[..length]).unwrap();
        // A delegation is shown in a referral.
        let all = answer.answers.into_iter().chain(answer.authorities);
        let own = all.filter(|it| {
            it.data.record_type().to_string() == kind
                && it.name.to_ascii().eq_ignore_ascii_case(name)
        });
        let mut found: Vec<(u32, RData)> = own.map(|it| (it.ttl, it.data)).collect();
        found.sort_by_key(|(_, data)| data.to_string());
        return found;
    }
    panic!("{server} does not answer");
}
