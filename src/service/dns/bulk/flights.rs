//! The questions that are under way: each with its id, its socket, its tries and its times. Pure: no socket, no clock.
//!
//! A question is *fresh* until its answer is overdue, then *faded*: it no longer counts against the window, its answer
//! is still taken, and after its wait it is *due* to be asked again under the same id, so that a late answer to any of
//! its tries is one.

use std::collections::VecDeque;

use super::pace::Pace;

/// The most questions under way, faded ones among them.
pub const MOST: u16 = 8_192;

/// Every question under way.
pub struct Flights {
    slots: Vec<Flight>,
    free: Vec<u16>,
    /// For each socket and id, the slot after the one that has it; 0 for none.
    by_id: Vec<Box<[u16]>>,
    fresh: VecDeque<Stamp>,
    /// By the number of tries, so that each row is in the order of its times.
    faded: Vec<VecDeque<Stamp>>,
    due: VecDeque<u16>,
    tries: u8,
    fresh_ones: u32,
}

/// One question.
#[derive(Clone, Copy, Debug)]
pub struct Flight {
    /// Its number in the roll.
    pub number: u32,
    /// Its id.
    pub id: u16,
    /// Its socket.
    pub socket: u8,
    /// How often it was sent.
    pub tries: u8,
    state: State,
    sent: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Free,
    Fresh,
    Faded,
    Due,
}

/// A slot as it was at a moment; it counts as long as the slot was not sent again.
#[derive(Clone, Copy)]
struct Stamp {
    slot: u16,
    sent: u64,
    number: u32,
}

impl Flights {
    /// Makes room for questions over so many sockets, each tried so many times.
    pub fn new(sockets: usize, tries: u8) -> Self {
        let empty = Flight { number: 0, id: 0, socket: 0, tries: 0, state: State::Free, sent: 0 };
        let free = (0..MOST).rev().collect();
        let by_id = (0..sockets).map(|_| vec![0; 1 << 16].into_boxed_slice()).collect();
        let faded = (0..=tries).map(|_| VecDeque::new()).collect();
        let (fresh, due) = (VecDeque::new(), VecDeque::new());
        let slots = vec![empty; usize::from(MOST)];
        Self { slots, free, by_id, fresh, faded, due, tries, fresh_ones: 0 }
    }

    /// Returns how many count against the window.
    pub fn fresh(&self) -> u32 {
        self.fresh_ones
    }

    /// Tells whether nothing is under way.
    pub fn is_empty(&self) -> bool {
        self.free.len() == usize::from(MOST)
    }

    /// Tells whether another question finds room.
    pub fn has_room(&self) -> bool {
        !self.free.is_empty()
    }

    /// Takes a question up with an id that nothing under way has on its socket; nothing where it has, or all is full.
    pub fn take_up(&mut self, number: u32, socket: usize, id: u16) -> Option<u16> {
        let taken = &mut self.by_id[socket][usize::from(id)];
        if *taken != 0 {
            return None;
        }
        let slot = self.free.pop()?;
        *taken = slot + 1;
        let socket = u8::try_from(socket).unwrap_or_default();
        let flight = Flight { number, id, socket, tries: 0, state: State::Due, sent: 0 };
        self.slots[usize::from(slot)] = flight;
        Some(slot)
    }

    /// Takes a question that is due off its row, if there is one.
    pub fn take_due(&mut self) -> Option<(u16, Flight)> {
        while let Some(slot) = self.due.pop_front() {
            let flight = self.slots[usize::from(slot)];
            // It may have been answered, and its slot taken by another one.
            if flight.state == State::Due {
                return Some((slot, flight));
            }
        }
        None
    }

    /// Puts one that did not leave before all others that are due.
    pub fn put_back(&mut self, slot: u16) {
        self.due.push_front(slot);
    }

    /// Notes that a question left.
    pub fn sent(&mut self, slot: u16, now: u64) {
        let flight = &mut self.slots[usize::from(slot)];
        (flight.state, flight.sent) = (State::Fresh, now);
        flight.tries += 1;
        self.fresh_ones += 1;
        self.fresh.push_back(Stamp { slot, sent: now, number: flight.number });
    }

    /// Returns the question that a datagram with this id on this socket may answer.
    pub fn find(&self, socket: usize, id: u16) -> Option<(u16, Flight)> {
        let slot = self.by_id[socket][usize::from(id)].checked_sub(1)?;
        Some((slot, self.slots[usize::from(slot)]))
    }

    /// Notes that a question was answered.
    pub fn answered(&mut self, slot: u16, now: u64, pace: &mut Pace) {
        let flight = self.slots[usize::from(slot)];
        if flight.state != State::Fresh {
            pace.came_late();
        }
        // Whether an answer is to the first try or a later one, nobody can tell (RFC 6298 §3).
        pace.came((flight.tries == 1).then(|| now - flight.sent));
        self.end(slot);
    }

    /// Lets what is overdue fade, and what has waited long enough be due or lost; lost ones are handed out.
    pub fn age(&mut self, now: u64, pace: &mut Pace, mut lost: impl FnMut(Flight)) {
        let patience = pace.patience();
        while let Some(stamp) = self.fresh.front().copied().filter(|it| it.sent + patience <= now) {
            self.fresh.pop_front();
            if self.is_still(stamp, State::Fresh) {
                let flight = &mut self.slots[usize::from(stamp.slot)];
                flight.state = State::Faded;
                self.faded[usize::from(flight.tries)].push_back(stamp);
                self.fresh_ones -= 1;
                pace.faded();
            }
        }
        for tries in 1..=self.tries {
            let wait = pace.wait(if tries == self.tries { u8::MAX } else { tries });
            let row = usize::from(tries);
            while let Some(stamp) =
                self.faded[row].front().copied().filter(|it| it.sent + wait <= now)
            {
                self.faded[row].pop_front();
                if !self.is_still(stamp, State::Faded) {
                    continue;
                }
                if tries == self.tries {
                    lost(self.slots[usize::from(stamp.slot)]);
                    self.end(stamp.slot);
                } else {
                    self.slots[usize::from(stamp.slot)].state = State::Due;
                    self.due.push_back(stamp.slot);
                }
            }
        }
    }

    fn is_still(&self, stamp: Stamp, state: State) -> bool {
        let flight = &self.slots[usize::from(stamp.slot)];
        flight.state == state && flight.sent == stamp.sent && flight.number == stamp.number
    }

    /// Ends everything, and hands it out.
    pub fn end_all(&mut self, mut ended: impl FnMut(Flight)) {
        for slot in 0..MOST {
            let flight = self.slots[usize::from(slot)];
            if flight.state != State::Free {
                ended(flight);
                self.end(slot);
            }
        }
    }

    fn end(&mut self, slot: u16) {
        let flight = &mut self.slots[usize::from(slot)];
        self.by_id[usize::from(flight.socket)][usize::from(flight.id)] = 0;
        self.fresh_ones -= u32::from(flight.state == State::Fresh);
        flight.state = State::Free;
        self.free.push(slot);
    }
}

#[cfg(test)]
mod tests {
    use super::super::pace::SECOND;
    use super::*;

    fn lost(flights: &mut Flights, now: u64, pace: &mut Pace) -> Vec<u32> {
        let mut lost = Vec::new();
        flights.age(now, pace, |flight| lost.push(flight.number));
        lost
    }

    #[test]
    fn an_answer_ends_its_question_once() {
        let (mut flights, mut pace) = (Flights::new(2, 3), Pace::new(1000));
        let slot = flights.take_up(7, 1, 4711).expect("room");
        assert_eq!(flights.take_up(8, 1, 4711), None, "the id is taken on that socket");
        assert!(flights.take_up(8, 0, 4711).is_some());
        flights.sent(slot, 0);
        assert_eq!(flights.fresh(), 1);
        assert!(flights.find(1, 4712).is_none() && flights.find(0, 7).is_none());
        let (found, flight) = flights.find(1, 4711).expect("is under way");
        assert_eq!((found, flight.number), (slot, 7));
        flights.answered(slot, 900, &mut pace);
        assert!(flights.find(1, 4711).is_none());
        assert_eq!(flights.fresh(), 0);
    }

    #[test]
    fn a_question_is_tried_again_and_lost_after_its_last_wait() {
        let (mut flights, mut pace) = (Flights::new(1, 2), Pace::new(1000));
        let slot = flights.take_up(7, 0, 1).expect("room");
        flights.sent(slot, 0);
        assert!(lost(&mut flights, SECOND / 2 - 1, &mut pace).is_empty() && flights.fresh() == 1);
        assert!(lost(&mut flights, SECOND / 2, &mut pace).is_empty() && flights.fresh() == 0);
        let (due, flight) = flights.take_due().expect("is due");
        assert_eq!((due, flight.tries), (slot, 1));
        assert!(flights.take_due().is_none());
        flights.put_back(slot);
        assert_eq!(flights.take_due().map(|(slot, _)| slot), Some(slot));
        flights.sent(slot, SECOND);
        assert!(lost(&mut flights, 2 * SECOND - 1, &mut pace).is_empty());
        assert!(flights.find(0, 1).is_some(), "a late answer is still one");
        assert_eq!(lost(&mut flights, 2 * SECOND, &mut pace), [7]);
        assert!(flights.is_empty());
    }

    #[test]
    fn what_was_answered_is_not_asked_again_by_whoever_has_its_slot() {
        let (mut flights, mut pace) = (Flights::new(1, 3), Pace::new(1000));
        let slot = flights.take_up(1, 0, 1).expect("room");
        flights.sent(slot, 0);
        lost(&mut flights, SECOND, &mut pace);
        flights.answered(slot, SECOND, &mut pace);
        let again = flights.take_up(2, 0, 2).expect("room");
        assert_eq!(again, slot);
        flights.sent(again, SECOND);
        assert!(flights.take_due().is_none(), "the answered one was due");
        let mut ended = Vec::new();
        flights.end_all(|flight| ended.push(flight.number));
        assert_eq!(ended, [2]);
        assert!(flights.is_empty() && flights.has_room());
    }
}
