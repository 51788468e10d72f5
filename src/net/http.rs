//! The HTTP client: pins before resolvers, every address admitted, redirects only when asked for.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::target::Target;
use super::{
    Deadline, Door, Draw, Fence, HttpReply, HttpRequest, Method, NetError, Now, Origin, Peer,
};
use super::{Purpose, RetryBudget, Tally, attempt, courtesy, retry};
use crate::model::Remote;

/// The result of a look-up to come.
pub type Looking<'a> = Pin<Box<dyn Future<Output = Result<Vec<IpAddr>, NetError>> + Send + 'a>>;

/// Finds addresses of a host's name by asking resolvers that are known by address.
pub trait Lookup: Send + Sync {
    /// Returns the addresses of a name, which count as learned.
    fn lookup<'a>(&'a self, name: &'a str, deadline: Deadline) -> Looking<'a>;
}

/// An HTTP client on a door; cheap to clone.
#[derive(Clone)]
pub struct Http {
    door: Door,
    lookup: Option<Arc<dyn Lookup>>,
    budget: RetryBudget,
    draw: Draw,
    now: Option<Now>,
    left: Arc<Mutex<BTreeMap<String, u32>>>,
}

impl Http {
    /// Makes a client that knows literals and pins alone, with a retry budget of its own.
    pub fn new(door: Door) -> Self {
        let (budget, left) = (RetryBudget::default(), Arc::default());
        Self { door, lookup: None, budget, draw: retry::draw(), now: None, left }
    }

    /// Makes a client that asks resolvers for names without a pin; the system's are never asked.
    pub fn with_lookup(door: Door, lookup: Arc<dyn Lookup>) -> Self {
        Self { lookup: Some(lookup), ..Self::new(door) }
    }

    /// Pays for what is sent again out of a budget that others share.
    #[must_use]
    pub fn paying_from(self, budget: RetryBudget) -> Self {
        Self { budget, ..self }
    }

    /// Draws the randomness of pauses from somewhere else.
    #[must_use]
    pub fn drawing(self, draw: Draw) -> Self {
        Self { draw, ..self }
    }

    /// Knows the time, for services that name a date without saying what time they have.
    #[must_use]
    pub fn telling_time(self, now: Now) -> Self {
        Self { now: Some(now), ..self }
    }

    /// Returns how many requests were sent.
    pub fn tally(&self) -> Tally {
        self.budget.tally()
    }

    /// Returns how many requests the service at a URL said are left, when it said so last.
    pub fn left(&self, url: &str) -> Option<u32> {
        let target = Target::of(url, Origin::Estate).ok()?;
        self.notes().get(&target.origin_text()).copied()
    }

    /// Returns the same client with a last look before each request, once its connection stands.
    #[must_use]
    pub fn fenced(&self, fence: Fence) -> Self {
        Self { door: self.door.fenced(fence), ..self.clone() }
    }

    /// Sends a request and reads the reply, whatever its status.
    ///
    /// A read that meets a busy service or no connection is sent again: not before the time that the service
    /// names, not after its deadline, and only while the retry budget pays.
    ///
    /// # Errors
    /// [`NetError::surely_not_sent`] tells whether it may be repeated; for a write, [`NetError::Lost`] and
    /// [`NetError::Closed`] mean that it may have taken effect.
    pub async fn request(&self, request: HttpRequest) -> Result<HttpReply, NetError> {
        let purpose = request.purpose;
        match self.paid(request).await {
            // What only reads has no effect that could be in doubt.
            Err(NetError::Lost) if purpose != Purpose::Write => Err(NetError::TimedOut),
            outcome => outcome,
        }
    }

    async fn paid(&self, request: HttpRequest) -> Result<HttpReply, NetError> {
        if request.purpose != (Purpose::Measure { first: false }) {
            self.budget.first();
        }
        for round in 0..retry::ROUNDS {
            let outcome = self.once(request.clone()).await;
            if request.purpose != Purpose::Read || !retry::may_pass(&outcome) {
                return outcome;
            }
            let asked = outcome.as_ref().ok().and_then(|reply| reply.after);
            let pause = retry::pause(round, asked, (self.draw)(), request.deadline.left());
            match pause {
                Some(pause) if self.budget.again() => Deadline::after(pause).wait().await,
                Some(_) | None => return outcome,
            }
        }
        self.once(request).await
    }

    /// Sends it once, and follows redirects as far as the request wants.
    async fn once(&self, mut request: HttpRequest) -> Result<HttpReply, NetError> {
        let mut target = Target::of(&request.url, request.origin)?;
        if request.credential.is_some()
            && request.bound.as_ref().is_some_and(|bound| *bound != target.origin_text())
        {
            return Err(NetError::OtherOrigin);
        }
        let mut hops = 0;
        loop {
            let mut reply = self.hop(&request, &target).await?;
            reply.hops = hops;
            let Some(location) = redirect(&request, &reply, hops) else {
                self.note(&target, &mut reply);
                return Ok(reply);
            };
            let next = target.redirected(location)?;
            if !next.same_origin(&target) {
                // Trust in a private authority ends where its own service ends.
                (request.credential, request.ca) = (None, None);
            }
            target = next;
            hops += 1;
        }
    }

    /// Notes what a service asks of us.
    fn note(&self, target: &Target, reply: &mut HttpReply) {
        if reply.is_busy() {
            let now = self.now.as_ref().map(|now| now());
            let header = |name: &str| reply.header(name).map(Remote::raw);
            let (value, date) = (header("retry-after"), header("date"));
            reply.after = value.and_then(|value| courtesy::retry_after(value, date, now));
        }
        // Only the estate's own services are remembered, and there are few of them.
        if target.origin == Origin::Estate
            && let Some(left) = courtesy::requests_left(&reply.headers)
        {
            self.notes().insert(target.origin_text(), left);
        }
    }

    fn notes(&self) -> MutexGuard<'_, BTreeMap<String, u32>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tries the peers of one hop in turn for as long as nothing was sent.
    async fn hop(&self, request: &HttpRequest, target: &Target) -> Result<HttpReply, NetError> {
        let peers = target.peers(&self.door, request, self.lookup.as_deref()).await?;
        let mut failure = NetError::NoAddress;
        for (index, peer) in peers.iter().enumerate() {
            let by = share(request.deadline, &peers[index..]);
            let sent = attempt::send(request, target, peer, &self.door, by).await;
            match sent {
                Err(error) if error.surely_not_sent() && !request.deadline.passed() => {
                    failure = error;
                }
                Ok(_) | Err(_) => return sent,
            }
        }
        Err(failure)
    }
}

/// Returns where a reply redirects to, when the request follows redirects that far.
fn redirect<'a>(request: &HttpRequest, reply: &'a HttpReply, hops: u8) -> Option<&'a str> {
    let reads = matches!(request.method, Method::Get | Method::Head);
    let moved = matches!(reply.status, 301 | 302 | 303 | 307 | 308);
    reply.header("location").map(Remote::raw).filter(|_| reads && moved && hops < request.follow)
}

/// Gives the first of the peers left its share of the time to connect.
fn share(deadline: Deadline, peers: &[Peer]) -> Deadline {
    let peers = u32::try_from(peers.len()).unwrap_or(u32::MAX).max(1);
    deadline.within(deadline.left() / peers)
}
