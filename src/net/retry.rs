//! Sending a read again: for every five first tries at most one repeat, whatever the world says.
//!
//! The budget is one for the process and starts empty, so that all requests together are at most 1.2 × the first
//! tries at every moment. Writes are never sent again here: that is the engine's to decide.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::{HttpReply, NetError};

/// How many first tries pay for one repeat.
const PRICE: u64 = 5;

/// The most repeats that can be saved up.
const SAVED: u64 = 10;

/// How often one request is sent again at most.
pub(super) const ROUNDS: u32 = 4;

/// The pause before the first repeat where the service names none; it doubles with each.
const PAUSE: Duration = Duration::from_millis(200);

/// What a request sent again must have left of its deadline.
const ROOM: Duration = Duration::from_millis(50);

/// What may be spent on sending requests again; clones share it.
#[derive(Clone, Debug, Default)]
pub struct RetryBudget(Arc<Mutex<Purse>>);

#[derive(Debug, Default)]
struct Purse {
    tally: Tally,
    credit: u64,
}

/// How many requests were sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// For the first time.
    pub first: u64,
    /// Again.
    pub again: u64,
}

/// Where the randomness of pauses comes from.
pub type Draw = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What time it is, for services that name a date.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

impl RetryBudget {
    /// Returns the budget of this process.
    pub fn process() -> Self {
        static PROCESS: OnceLock<RetryBudget> = OnceLock::new();
        PROCESS.get_or_init(Self::default).clone()
    }

    /// Returns what was sent so far.
    pub fn tally(&self) -> Tally {
        self.with(|purse| purse.tally)
    }

    /// Counts a first try, which pays its share of a repeat.
    pub(super) fn first(&self) {
        self.with(|purse| {
            purse.tally.first += 1;
            purse.credit = (purse.credit + 1).min(PRICE * SAVED);
        });
    }

    /// Pays for one repeat, or says that there is nothing to pay with.
    pub(super) fn again(&self) -> bool {
        self.with(|purse| {
            let pays = purse.credit >= PRICE;
            if pays {
                purse.credit -= PRICE;
                purse.tally.again += 1;
            }
            pays
        })
    }

    fn with<T>(&self, change: impl FnOnce(&mut Purse) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Returns the system's own randomness.
pub(super) fn draw() -> Draw {
    Arc::new(|| RandomState::new().hash_one(0_u8))
}

/// Tells whether a read that ended so may end better when it is sent again.
pub(super) fn may_pass(outcome: &Result<HttpReply, NetError>) -> bool {
    match outcome {
        Ok(reply) => reply.is_busy(),
        Err(
            NetError::Refused
            | NetError::HostUnreachable
            | NetError::NetworkUnreachable
            | NetError::ConnectTimedOut
            | NetError::Closed,
        ) => true,
        Err(
            NetError::TimedOut
            | NetError::Lost
            | NetError::Malformed
            | NetError::Tls(_)
            | NetError::Sealed
            | NetError::NotAdmitted(_)
            | NetError::NotLoopback(_)
            | NetError::PlainRefused
            | NetError::OtherOrigin
            | NetError::BadUrl
            | NetError::BadRequest(_)
            | NetError::NoAddress
            | NetError::NoRoute
            | NetError::NoSeat
            | NetError::Barred(_)
            | NetError::Local(_),
        ) => false,
    }
}

/// Returns how long to wait before a repeat; nothing where it would come too late.
///
/// Never less than the service asked for, and up to a fifth of a second more, so that a crowd that was turned
/// away together does not come back together.
pub(super) fn pause(
    round: u32,
    asked: Option<Duration>,
    draw: u64,
    left: Duration,
) -> Option<Duration> {
    let part = |whole: Duration| whole.mul_f64((draw % 1_000) as f64 / 1_000.0);
    let latest = left.checked_sub(ROOM)?;
    let (least, more) = match asked {
        Some(asked) => (asked, part(PAUSE)),
        None => {
            let half = PAUSE * 2_u32.pow(round.min(ROUNDS)) / 2;
            (half, part(half))
        }
    };
    (least <= latest).then(|| (least + more).min(latest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: Duration = Duration::from_secs(10);
    const MILLIS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn five_first_tries_pay_for_one_repeat_and_ten_repeats_are_saved_at_most() {
        let budget = RetryBudget::default();
        assert!(!budget.again(), "it starts empty");
        (0..4).for_each(|_| budget.first());
        assert!(!budget.again());
        budget.first();
        assert!(budget.again() && !budget.again());
        (0..1_000).for_each(|_| budget.first());
        assert_eq!((0..100).filter(|_| budget.again()).count(), 10);
        assert_eq!(budget.tally(), Tally { first: 1_005, again: 11 });
        assert_eq!(budget.clone().tally(), budget.tally(), "clones share it");
    }

    #[test]
    fn pauses_double_and_differ_by_the_draw() {
        let pauses = |draw| (0..ROUNDS).map(move |round| pause(round, None, draw, LEFT));
        let least: Vec<_> = [100, 200, 400, 800].map(|it| Some(MILLIS(it))).into();
        assert_eq!(pauses(0).collect::<Vec<_>>(), least);
        let middle: Vec<_> = [150, 300, 600, 1_200].map(|it| Some(MILLIS(it))).into();
        assert_eq!(pauses(500).collect::<Vec<_>>(), middle);
    }

    #[test]
    fn what_was_asked_for_is_waited_for_or_not_at_all() {
        for draw in [0, 500, 999] {
            let asked = pause(0, Some(MILLIS(3_000)), draw, LEFT).expect("there is time");
            assert!((MILLIS(3_000)..=MILLIS(3_200)).contains(&asked), "{asked:?}");
        }
        let edge = pause(0, Some(MILLIS(9_950)), 999, LEFT);
        assert_eq!(edge, Some(MILLIS(9_950)), "clamped to what is left");
        for asked in [MILLIS(9_951), MILLIS(10_001), Duration::MAX] {
            assert_eq!(pause(0, Some(asked), 0, LEFT), None, "{asked:?}");
        }
        assert_eq!(pause(0, None, 0, MILLIS(149)), None, "no time for it");
        assert_eq!(pause(0, Some(Duration::ZERO), 0, Duration::ZERO), None);
    }
}
