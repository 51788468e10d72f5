//! What time it is, and waiting for a time: the wall's clock, or a drill's script.
//!
//! A scripted clock stands still while somebody is [`Busy`], and otherwise jumps straight to the
//! earliest time that anybody waits for, so that hours play in seconds and in order.
//! Socket deadlines never use it: `net` counts real time.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nix::time::{ClockId, clock_gettime};
use tokio::sync::Notify;

use crate::model::Span;

/// Hears of each jump of a scripted clock before whoever waited for it goes on.
type OnJump = Box<dyn Fn(Timestamp) + Send + Sync>;

/// A clock; cheap to clone, and all clones agree.
#[derive(Clone)]
pub struct Clock(Kind);

#[derive(Clone)]
enum Kind {
    Wall,
    Scripted(Arc<Script>),
}

/// The state of a scripted clock.
struct Script {
    start: Timestamp,
    hands: Mutex<Hands>,
    moved: Notify,
    on_jump: OnJump,
}

/// Where a scripted clock stands and who waits for it.
struct Hands {
    now: Timestamp,
    busy: usize,
    serial: u64,
    waiting: BTreeSet<(Timestamp, u64)>,
}

/// Keeps a scripted clock from jumping for as long as it lives; means nothing to a wall clock.
pub struct Busy(Option<Arc<Script>>);

/// Takes a waiter off the list even when its future is dropped half-way.
struct Waiter<'a> {
    script: &'a Script,
    key: (Timestamp, u64),
}

impl Clock {
    /// Makes the clock of the real world.
    pub fn wall() -> Self {
        origin();
        Self(Kind::Wall)
    }

    /// Makes a clock that starts at a time and tells `on_jump` of each new time before waiters see it.
    pub fn scripted(start: Timestamp, on_jump: impl Fn(Timestamp) + Send + Sync + 'static) -> Self {
        let hands = Hands { now: start, busy: 0, serial: 0, waiting: BTreeSet::new() };
        Self(Kind::Scripted(Arc::new(Script {
            start,
            hands: Mutex::new(hands),
            moved: Notify::new(),
            on_jump: Box::new(on_jump),
        })))
    }

    /// Returns the time. Within one process it is steady: the wall's when the process began, carried on by a
    /// clock that nobody can set and that a suspended machine does not stop.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Kind::Wall => wall(),
            Kind::Scripted(script) => script.hands().now,
        }
    }

    /// Returns the time since this clock began, which never runs backwards.
    pub fn stamp(&self) -> Duration {
        match &self.0 {
            Kind::Wall => since_boot().saturating_sub(origin().1),
            Kind::Scripted(script) => {
                script.hands().now.duration_since(script.start).unsigned_abs()
            }
        }
    }

    /// Tells whether this clock follows a script.
    pub fn is_scripted(&self) -> bool {
        matches!(self.0, Kind::Scripted(_))
    }

    /// Keeps a scripted clock still until the value is dropped: while probing, while writing.
    pub fn busy(&self) -> Busy {
        match &self.0 {
            Kind::Wall => Busy(None),
            Kind::Scripted(script) => {
                script.hands().busy += 1;
                Busy(Some(Arc::clone(script)))
            }
        }
    }

    /// Waits for a length of time.
    pub async fn wait(&self, span: Span) {
        match &self.0 {
            Kind::Wall => tokio::time::sleep(span.duration()).await,
            Kind::Scripted(_) => {
                let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
                let later = self.now().saturating_add(SignedDuration::from_millis(millis));
                self.wait_until(later.unwrap_or(Timestamp::MAX)).await;
            }
        }
    }

    /// Waits until a time; a scripted clock jumps there as soon as nobody is busy.
    ///
    /// A wall clock looks again every half minute at most, so that a suspended machine is not late.
    pub async fn wait_until(&self, at: Timestamp) {
        match &self.0 {
            Kind::Wall => wait_on_the_wall(at).await,
            Kind::Scripted(script) => script.wait_until(at).await,
        }
    }
}

/// Sleeps in pieces until the wall's clock shows a time.
async fn wait_on_the_wall(at: Timestamp) {
    const PIECE: Duration = Duration::from_secs(30);
    loop {
        let left = at.duration_since(wall());
        let Ok(left) = Duration::try_from(left) else { return };
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(PIECE)).await;
    }
}

impl Script {
    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn wait_until(&self, at: Timestamp) {
        let waiter = Waiter { script: self, key: self.queue(at) };
        // Others that are ready get to put themselves into the queue first.
        tokio::task::yield_now().await;
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            moved.as_mut().enable();
            if self.reach(waiter.key) {
                return;
            }
            moved.await;
        }
    }

    fn queue(&self, at: Timestamp) -> (Timestamp, u64) {
        let mut hands = self.hands();
        hands.serial += 1;
        let key = (at, hands.serial);
        hands.waiting.insert(key);
        key
    }

    /// Tells whether a waiter's time has come, moving the hands when it is the next one.
    fn reach(&self, key: (Timestamp, u64)) -> bool {
        let mut hands = self.hands();
        if hands.now >= key.0 {
            return true;
        }
        if hands.busy > 0 || hands.waiting.first() != Some(&key) {
            return false;
        }
        hands.now = key.0;
        drop(hands);
        (self.on_jump)(key.0);
        true
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.script.hands().waiting.remove(&self.key);
        self.script.moved.notify_waiters();
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(script) = &self.0 {
            script.hands().busy -= 1;
            script.moved.notify_waiters();
        }
    }
}

/// Returns when this process first looked at the clock: by the wall, and since the machine was started.
fn origin() -> (Timestamp, Duration) {
    static ORIGIN: OnceLock<(Timestamp, Duration)> = OnceLock::new();
    *ORIGIN.get_or_init(|| (Timestamp::now(), since_boot()))
}

/// Returns the wall's time as this process counts it.
fn wall() -> Timestamp {
    let (began, then) = origin();
    let passed = SignedDuration::try_from(since_boot().saturating_sub(then));
    passed.ok().and_then(|passed| began.saturating_add(passed).ok()).unwrap_or(began)
}

/// Returns how long ago the machine was started, suspended or not.
fn since_boot() -> Duration {
    let read = clock_gettime(ClockId::CLOCK_BOOTTIME);
    read.map_or(Duration::ZERO, Duration::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Timestamp {
        Timestamp::from_second(1_700_000_000).expect("a valid time")
    }

    fn scripted() -> (Clock, Arc<Mutex<Vec<i64>>>) {
        let jumps = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&jumps);
        let clock = Clock::scripted(start(), move |at| {
            heard.lock().expect("one thread").push(at.as_second() - 1_700_000_000);
        });
        (clock, jumps)
    }

    #[tokio::test]
    async fn hours_pass_at_once_and_in_order() {
        let (clock, jumps) = scripted();
        let order = Mutex::new(Vec::new());
        let wait = |hours: u64| {
            let (clock, order) = (&clock, &order);
            async move {
                clock.wait(Span::from_secs(hours * 3600)).await;
                order.lock().expect("one thread").push(hours);
            }
        };
        tokio::join!(wait(5), wait(1), wait(3));
        assert_eq!(*order.lock().expect("one thread"), [1, 3, 5]);
        assert_eq!(*jumps.lock().expect("one thread"), [3600, 10_800, 18_000]);
        assert_eq!(clock.stamp(), Duration::from_secs(18_000));
    }

    #[tokio::test]
    async fn time_stands_still_while_somebody_is_busy() {
        let (clock, _) = scripted();
        let busy = clock.busy();
        let work = async {
            for _ in 0..50 {
                tokio::task::yield_now().await;
                assert_eq!(clock.now(), start());
            }
            drop(busy);
        };
        tokio::join!(clock.wait(Span::from_secs(60)), work);
        assert_eq!(clock.stamp(), Duration::from_secs(60));
    }

    #[tokio::test]
    async fn a_waiter_that_gave_up_holds_nobody() {
        let (clock, jumps) = scripted();
        let busy = clock.busy();
        tokio::select! {
            biased;
            () = clock.wait(Span::from_secs(1)) => unreachable!("somebody is busy"),
            () = async { for _ in 0..5 { tokio::task::yield_now().await } } => {}
        }
        drop(busy);
        clock.wait(Span::from_secs(9)).await;
        assert_eq!(*jumps.lock().expect("one thread"), [9]);
    }

    #[tokio::test]
    async fn a_time_that_has_passed_is_not_waited_for() {
        Clock::wall().wait_until(start()).await;
        let (clock, jumps) = scripted();
        clock.wait_until(start()).await;
        assert!(jumps.lock().expect("one thread").is_empty());
    }
}
