//! A web service that is busy at times: it keeps every request, and what had been sent when it came.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lifeboat::net::{RetryBudget, Tally};

use crate::doors::servers::{Web, response};

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub at: Instant,
    /// Method and path.
    pub what: String,
    pub body: String,
    /// What it was answered with.
    pub status: u16,
    /// What the client had sent by then.
    pub sent: Tally,
}

impl Arrival {
    /// Tells whether it was turned away.
    pub fn is_busy(&self) -> bool {
        matches!(self.status, 429 | 503)
    }
}

/// What a busy service says instead of an answer: a status and further header lines.
pub type Busy = (u16, String);

/// The service.
pub struct StandIn {
    pub address: SocketAddr,
    pub budget: RetryBudget,
    arrivals: Arc<Mutex<Vec<Arrival>>>,
}

impl StandIn {
    /// Starts it: `busy` sees the number and the text of each request before `answer` does.
    pub async fn start(
        mut busy: impl FnMut(usize, &str) -> Option<Busy> + Send + 'static,
        mut answer: impl FnMut(&str) -> Vec<u8> + Send + 'static,
    ) -> Self {
        let (budget, arrivals) = (RetryBudget::default(), Arc::new(Mutex::new(Vec::new())));
        let (told, kept) = (budget.clone(), Arc::clone(&arrivals));
        let state = Mutex::new(move |request: &str| {
            let mut kept: std::sync::MutexGuard<'_, Vec<Arrival>> = kept.lock().unwrap();
            let reply = match busy(kept.len(), request) {
                Some((status, headers)) => {
                    response(&format!("{status} Busy"), &headers, b"come again")
                }
                None => answer(request),
            };
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            kept.push(Arrival {
                at: Instant::now(),
                what: head.rsplit_once(" HTTP/").unwrap().0.to_owned(),
                body: body.to_owned(),
                status: status(&reply),
                sent: told.tally(),
            });
            reply
        });
        let web = Web::start(move |request| state.lock().unwrap()(request)).await;
        Self { address: web.address, budget, arrivals }
    }

    pub fn arrivals(&self) -> Vec<Arrival> {
        self.arrivals.lock().unwrap().clone()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// Reads a response's status; 0 for one that is cut off before it.
fn status(reply: &[u8]) -> u16 {
    let text = String::from_utf8_lossy(&reply[..reply.len().min(12)]).into_owned();
    text.split(' ').nth(1).and_then(|it| it.parse().ok()).unwrap_or(0)
}

/// Holds every prefix of what arrived against the promise, and returns the ratio at the end.
pub fn held(arrivals: &[Arrival]) -> f64 {
    for (index, arrival) in arrivals.iter().enumerate() {
        let (arrived, first) = (index as u64 + 1, arrival.sent.first);
        assert!(
            5 * arrived <= 6 * first,
            "{arrived} requests for {first} first tries: {arrival:?}"
        );
    }
    let last = arrivals.last().expect("something arrived");
    arrivals.len() as f64 / last.sent.first as f64
}

/// Tells what came within a time after each request that was answered with a status.
pub fn gaps(arrivals: &[Arrival]) -> Vec<Duration> {
    arrivals.windows(2).map(|two| two[1].at - two[0].at).collect()
}
