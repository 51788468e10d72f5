//! The turns of a call: hear, age, ask, rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::flights::{Flight, Flights};
use super::pace::{Pace, SECOND};
use super::{Ending, Hearer, Manner, Outcome, SILENCE, Tally, judge};
use crate::host::random;
use crate::net::{NetError, Stopwatch, Train, Volley};
use crate::wire::dns::{Glance, Roll};

/// Whoever calls a roll over UDP.
pub struct Caller<H> {
    volley: Volley,
    book: Book<H>,
    /// The questions in the order in which they are asked, and how many of them were.
    order: Vec<u32>,
    next: usize,
    turn: usize,
    ids: Ids,
    /// The slots of what leaves next.
    leaving: Vec<u16>,
    recursion: bool,
}

/// What is under way, and what came of all else.
struct Book<H> {
    roll: Arc<Roll>,
    flights: Flights,
    pace: Pace,
    hearer: H,
    cut: Vec<u32>,
    tally: Tally,
    heard_at: u64,
    refused_at: Option<u64>,
    answered: bool,
    room: Vec<u8>,
    manner: Manner,
    leash: Arc<AtomicBool>,
    stopped: bool,
}

/// What a caller leaves.
pub struct Called<H> {
    /// The questions whose answers were cut.
    pub cut: Vec<u32>,
    /// What it cost.
    pub tally: Tally,
    /// Whoever heard the outcomes.
    pub hearer: H,
}

/// Ids that nobody can guess, drawn many at a time.
struct Ids {
    drawn: [u8; 512],
    at: usize,
}

impl<H: Hearer> Caller<H> {
    /// Makes a caller; it stops once the leash says so.
    pub fn new(
        volley: Volley,
        roll: Arc<Roll>,
        manner: Manner,
        hearer: H,
        leash: Arc<AtomicBool>,
    ) -> Self {
        let order = roll.by_length();
        let flights = Flights::new(volley.sockets(), manner.tries.max(1));
        let took = std::time::Duration::ZERO;
        let tally = Tally { sent: 0, strays: 0, cut: 0, ending: Ending::Complete, took };
        let book = Book {
            roll,
            flights,
            pace: Pace::new(manner.rate),
            hearer,
            cut: Vec::new(),
            tally,
            heard_at: 0,
            refused_at: None,
            answered: false,
            room: Vec::new(),
            manner,
            leash,
            stopped: false,
        };
        let ids = Ids { drawn: [0; 512], at: 512 };
        let (leaving, recursion) = (Vec::with_capacity(Train::MOST), manner.recursion);
        Self { volley, book, order, next: 0, turn: 0, ids, leaving, recursion }
    }

    /// Turns round until every question has its outcome, or nobody waits for more.
    pub fn run(mut self) -> Result<Called<H>, NetError> {
        let (watch, mut train) = (Stopwatch::start(), Train::new());
        loop {
            let now = u64::try_from(watch.took().as_micros()).unwrap_or(u64::MAX);
            self.hear(&mut train, now)?;
            self.book.age(now);
            if self.next == self.order.len() && self.book.flights.is_empty() {
                break;
            }
            if let Some(ending) = self.book.gives_up(now) {
                self.end(ending);
                break;
            }
            self.ask(&mut train, now)?;
            self.volley.rest(self.book.pace.rest());
        }
        let Book { cut, mut tally, hearer, .. } = self.book;
        tally.cut = cut.len();
        Ok(Called { cut, tally, hearer })
    }

    fn hear(&mut self, train: &mut Train, now: u64) -> Result<(), NetError> {
        for socket in 0..self.volley.sockets() {
            // However fast it comes: what is overdue gets its turn.
            for _ in 0..64 {
                let book = &mut self.book;
                let heard = self.volley.hear(socket, train, |bytes| book.note(socket, bytes, now));
                match heard {
                    Ok(Train::MOST) => {}
                    Ok(_) => break,
                    Err(error) => self.book.refused(error, now)?,
                }
            }
        }
        Ok(())
    }

    fn ask(&mut self, train: &mut Train, now: u64) -> Result<(), NetError> {
        loop {
            let room = self.book.pace.room(now, self.book.flights.fresh());
            let socket = self.fill(train, room as usize)?;
            let wanted = self.leaving.len();
            if wanted == 0 {
                return Ok(());
            }
            let left = match self.volley.send(socket, train) {
                Ok(left) => left.min(wanted),
                Err(error) => {
                    self.book.refused(error, now)?;
                    0
                }
            };
            self.book.left(&self.leaving, left, now);
            if left < wanted {
                return Ok(());
            }
        }
    }

    /// Fills a train for one socket: what is due first, then new questions of the same length.
    fn fill(&mut self, train: &mut Train, room: usize) -> Result<usize, NetError> {
        self.leaving.clear();
        let room = room.min(Train::MOST);
        let flights = &mut self.book.flights;
        let mut socket = self.turn % self.volley.sockets();
        while self.leaving.len() < room {
            let Some((slot, flight)) = flights.take_due() else { break };
            let own = usize::from(flight.socket);
            let question = self.book.roll.question(flight.number as usize);
            let fits = self.leaving.is_empty() || own == socket;
            if !fits || !train.add(&[&head(flight.id, self.recursion), question]) {
                flights.put_back(slot);
                return Ok(socket);
            }
            socket = own;
            self.leaving.push(slot);
        }
        while self.leaving.len() < room && self.next < self.order.len() && flights.has_room() {
            let number = self.order[self.next];
            let question = self.book.roll.question(number as usize);
            if !train.fits(HEAD + question.len()) {
                break;
            }
            let id = self.ids.draw()?;
            let Some(slot) = flights.take_up(number, socket, id) else { continue };
            train.add(&[&head(id, self.recursion), question]);
            self.leaving.push(slot);
            self.next += 1;
        }
        self.turn += 1;
        Ok(socket)
    }

    /// Gives every question that has none an outcome.
    fn end(&mut self, ending: Ending) {
        let Book { flights, hearer, .. } = &mut self.book;
        flights.end_all(|flight| {
            let outcome =
                if flight.tries == 0 { Outcome::Unasked } else { Outcome::Lost(flight.tries) };
            let _ = hearer.hear(flight.number as usize, outcome);
        });
        for number in &self.order[self.next..] {
            let _ = hearer.hear(*number as usize, Outcome::Unasked);
        }
        self.book.tally.ending = ending;
    }
}

impl<H: Hearer> Book<H> {
    /// Takes a datagram for the answer to what is under way, or for nothing.
    fn note(&mut self, socket: usize, bytes: &[u8], now: u64) {
        let found = bytes.first_chunk::<2>().and_then(|id| {
            let (slot, flight) = self.flights.find(socket, u16::from_be_bytes(*id))?;
            // Nobody can answer what has not left.
            let flight = Some(flight).filter(|flight| flight.tries > 0)?;
            let glance = Glance::of(bytes, self.roll.question(flight.number as usize))?;
            Some((slot, flight.number, glance))
        });
        let Some((slot, number, glance)) = found else {
            self.tally.strays += 1;
            return;
        };
        (self.heard_at, self.answered) = (now, true);
        self.flights.answered(slot, now, &mut self.pace);
        match judge(&self.roll, number as usize, glance, &mut self.room) {
            Some(outcome) => self.tell(number, outcome),
            None => self.cut.push(number),
        }
    }

    fn tell(&mut self, number: u32, outcome: Outcome<'_>) {
        self.stopped |= self.hearer.hear(number as usize, outcome).is_break();
    }

    /// Notes what left, the first ones, and puts the others back.
    fn left(&mut self, slots: &[u16], left: usize, now: u64) {
        if self.tally.sent == 0 {
            self.heard_at = now;
        }
        for slot in &slots[..left] {
            self.flights.sent(*slot, now);
        }
        for slot in slots[left..].iter().rev() {
            self.flights.put_back(*slot);
        }
        self.tally.sent += left as u64;
        self.pace.left(u32::try_from(left).unwrap_or_default());
    }

    fn age(&mut self, now: u64) {
        let (hearer, mut stopped) = (&mut self.hearer, false);
        self.flights.age(now, &mut self.pace, |Flight { number, tries, .. }| {
            stopped |= hearer.hear(number as usize, Outcome::Lost(tries)).is_break();
        });
        self.stopped |= stopped;
        self.pace.look(now);
    }

    /// Notes that somebody on the way refuses; what this machine itself cannot do ends the call.
    fn refused(&mut self, error: NetError, now: u64) -> Result<(), NetError> {
        if error.inconclusive() {
            return Err(error);
        }
        self.refused_at.get_or_insert(now);
        Ok(())
    }

    /// Says why nobody waits for more, if so.
    fn gives_up(&self, now: u64) -> Option<Ending> {
        let silent = now.saturating_sub(self.heard_at);
        if self.stopped || self.leash.load(Ordering::Relaxed) {
            Some(Ending::Stopped)
        } else if self.manner.until.passed() {
            Some(Ending::Deadline)
        } else if !self.answered && self.refused_at.is_some_and(|at| now - at > SECOND / 4) {
            Some(Ending::Refused)
        } else if u128::from(silent) > SILENCE.as_micros() {
            Some(Ending::Silent)
        } else {
            None
        }
    }
}

/// The length of a message's head.
const HEAD: usize = 12;

/// Writes the head of a question (RFC 1035 §4.1.1).
pub fn head(id: u16, recursion: bool) -> [u8; HEAD] {
    let [high, low] = id.to_be_bytes();
    [high, low, u8::from(recursion), 0, 0, 1, 0, 0, 0, 0, 0, 0]
}

impl Ids {
    fn draw(&mut self) -> Result<u16, NetError> {
        if self.at == self.drawn.len() {
            self.drawn = random::bytes().map_err(|_| NetError::Local(std::io::ErrorKind::Other))?;
            self.at = 0;
        }
        let id = [self.drawn[self.at], self.drawn[self.at + 1]];
        self.at += 2;
        Ok(u16::from_be_bytes(id))
    }
}
