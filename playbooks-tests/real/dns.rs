//! What a name server says, asked with `dig`.

use std::net::SocketAddr;
use std::process::Command;

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// `NOERROR`, `NXDOMAIN`, …
    pub status: String,
    /// Whether the server is authoritative for it.
    pub authoritative: bool,
    /// The answer section: name, TTL, type and data of each record, sorted.
    pub records: Vec<Record>,
    /// The authority section, sorted.
    pub authority: Vec<Record>,
}

/// One resource record, in presentation format.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    pub name: String,
    pub kind: String,
    pub data: String,
    pub ttl: u32,
}

impl Answer {
    /// Returns the data of every answer record of a type, sorted.
    pub fn data(&self, kind: &str) -> Vec<&str> {
        self.records
            .iter()
            .filter(|record| record.kind == kind)
            .map(|record| record.data.as_str())
            .collect()
    }
}

/// Asks a server once over UDP; a time-out or a refusal of the port is nothing.
pub fn ask(server: SocketAddr, name: &str, kind: &str) -> Option<Answer> {
    dig(server, name, kind, &["+notcp"])
}

/// Asks a server once over TCP.
pub fn ask_tcp(server: SocketAddr, name: &str, kind: &str) -> Option<Answer> {
    dig(server, name, kind, &["+tcp"])
}

/// Returns the serial that a server has for a zone.
pub fn serial(server: SocketAddr, zone: &str) -> u32 {
    // A busy machine loses a datagram now and then.
    let answer = (0..10).find_map(|_| ask(server, zone, "SOA")).expect("the server answers");
    answer.data("SOA")[0].split(' ').nth(2).unwrap().parse().unwrap()
}

fn dig(server: SocketAddr, name: &str, kind: &str, words: &[&str]) -> Option<Answer> {
    let mut dig = Command::new("dig");
    dig.args(["+time=1", "+tries=1", "+nocookie"]).args(words).arg(format!("@{}", server.ip()));
    let output =
        dig.args(["-p", &server.port().to_string(), "-q", name, "-t", kind]).output().unwrap();
    parse(&String::from_utf8_lossy(&output.stdout))
}

fn parse(text: &str) -> Option<Answer> {
    let status = text.split_once("status: ")?.1.split(',').next()?.to_owned();
    let flags = text.split_once(";; flags:")?.1.split(';').next()?;
    Some(Answer {
        status,
        authoritative: flags.split_whitespace().any(|flag| flag == "aa"),
        records: section(text, ";; ANSWER SECTION:"),
        authority: section(text, ";; AUTHORITY SECTION:"),
    })
}

fn section(text: &str, title: &str) -> Vec<Record> {
    let lines =
        text.lines().skip_while(|line| *line != title).skip(1).take_while(|line| !line.is_empty());
    let mut records: Vec<Record> = lines.filter_map(record).collect();
    records.sort();
    records
}

fn record(line: &str) -> Option<Record> {
    let mut words = line.split_whitespace();
    let (name, ttl) = (words.next()?.to_owned(), words.next()?.parse().ok()?);
    let kind = words.nth(1)?.to_owned();
    Some(Record { name, kind, data: words.collect::<Vec<_>>().join(" "), ttl })
}
