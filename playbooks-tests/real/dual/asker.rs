//! Somebody who asks: five fresh names a second under a wildcard, through every resolver, and no answer twice.

use super::ground::{Ground, WILDCARD};
use lifeboat::model::DnsAnswer;
use lifeboat::wire::dns::{Query, decode, encode_query};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

/// Between two names.
const PACE: Duration = Duration::from_millis(200);

/// How many names are asked for before the blow, and how quickly. A resolver that has just begun does not know how fast a
/// server is, and waits for longer: unbound for up to fifteen times its first guesses.
const CALM: u32 = 48;
const BRISK: Duration = Duration::from_millis(50);

/// Somebody who asks resolvers for names that nobody asked for before.
pub struct Asker {
    resolvers: Vec<(&'static str, SocketAddr)>,
    right: [IpAddr; 2],
    /// Whether every answer must say that it was validated.
    signed: bool,
}

/// What befalls a provider, and so how long an answer may take.
#[derive(Clone, Copy)]
pub enum Blow {
    Dies,
    Hangs,
}

impl Blow {
    const fn patience(self) -> Duration {
        match self {
            Self::Dies => Duration::from_secs(1),
            Self::Hangs => Duration::from_secs(2),
        }
    }
}

/// What became of the questions, by resolver: how many, how many failed, and the slowest answer.
#[derive(Debug)]
pub struct Asked(
    #[expect(dead_code, reason = "it is shown")] Vec<(&'static str, Vec<String>, u128)>,
    usize,
);

impl Asked {
    /// Counts the questions without a right answer in time.
    pub const fn failed(&self) -> usize {
        self.1
    }
}

impl Asker {
    pub fn new(ground: &Ground, signed: bool) -> Asker {
        let resolvers = ground.resolvers.iter().map(|it| (it.name, it.address)).collect();
        Asker { resolvers, right: [ground.answer_of_a, ground.answer_of_b], signed }
    }

    /// Asks so many names of each resolver, and others before, until it has met every server; then the blow falls.
    pub fn ask(&self, round: &str, names: u32, blow: Blow, strike: impl FnOnce()) -> Asked {
        let start = Instant::now();
        let mut strike = Some(strike);
        thread::scope(|scope| {
            let mut asked = Vec::new();
            for number in 0..CALM + names {
                until(start + BRISK * number.min(CALM) + PACE * number.saturating_sub(CALM));
                if let Some(strike) = strike.take_if(|_| number == CALM) {
                    strike();
                }
                for (resolver, at) in &self.resolvers {
                    let name = format!("{round}-{number}.{WILDCARD}");
                    let patience = blow.patience();
                    asked.push((*resolver, scope.spawn(move || self.one(*at, &name, patience))));
                }
            }
            let ended: Vec<_> =
                asked.into_iter().map(|(it, asked)| (it, asked.join().unwrap())).collect();
            self.sum(ended)
        })
    }

    fn sum(&self, ended: Vec<(&'static str, Result<Duration, String>)>) -> Asked {
        let of = |resolver: &'static str| {
            let own = ended.iter().filter(move |(it, _)| *it == resolver);
            let failed = own.clone().filter_map(|(_, end)| end.clone().err()).collect();
            let slowest = own.filter_map(|(_, end)| end.as_ref().ok()).max();
            (resolver, failed, slowest.map_or(0, Duration::as_millis))
        };
        let failed = ended.iter().filter(|(_, end)| end.is_err()).count();
        Asked(self.resolvers.iter().map(|(resolver, _)| of(resolver)).collect(), failed)
    }

    /// Asks one name once, as a stub does; says how long a right answer took, or what came instead.
    fn one(&self, at: SocketAddr, name: &str, patience: Duration) -> Result<Duration, String> {
        let since = Instant::now();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(at).unwrap();
        socket.set_read_timeout(Some(patience)).unwrap();
        let query = Query { dnssec: self.signed, ..Query::to_resolver(name, "A") };
        socket.send(&encode_query(7, &query).unwrap()).unwrap();
        let mut buffer = [0; 4096];
        let length = socket.recv(&mut buffer).map_err(|_| format!("{name}: silence"))?;
        let (_, answer) = decode(&buffer[..length]).map_err(|error| error.to_string())?;
        if self.is_right(&answer) {
            Ok(since.elapsed())
        } else {
            Err(format!("{name}: {} with AD={}", answer.rcode, answer.ad))
        }
    }

    fn is_right(&self, answer: &DnsAnswer) -> bool {
        let right = |data: &str| self.right.iter().any(|ip| ip.to_string() == data);
        let mut data = answer.answers.iter().filter(|record| record.kind == "A").peekable();
        answer.rcode == "NOERROR"
            && (answer.ad || !self.signed)
            && data.peek().is_some()
            && data.all(|record| right(&record.data.to_string()))
    }
}

/// Waits until a moment.
fn until(moment: Instant) {
    while let Some(left) = moment.checked_duration_since(Instant::now()).filter(|it| !it.is_zero())
    {
        thread::park_timeout(left);
    }
}
