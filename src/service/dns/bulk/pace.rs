//! How much may be under way at once, and how long an answer is waited for. Pure: the time is an argument.
//!
//! The window grows while more under way brings more answers a second, and shrinks where more than chance is lost: a
//! path that loses one datagram in fifty is not crowded. Times are microseconds since the start.

use std::time::Duration;

/// One second, in the unit of this module.
pub const SECOND: u64 = 1_000_000;

/// The least and the most that is under way.
const LEAST: u32 = 16;
const MOST: u32 = 1024;

/// What is under way before anything is known.
const FIRST: u32 = 64;

/// How long a round lasts at least.
const ROUND: u64 = 4_000;

/// How long an answer is waited for while none has come yet.
const UNKNOWN: u64 = SECOND / 2;

/// The least and the most that is waited between two tries.
const SOON: u64 = 10_000;
const LATE: u64 = SECOND;

/// How many rounds may bring nothing before no more is tried, and after how many it is tried again.
const FLAT: u32 = 2;
const STEADY: u32 = 64;

/// The share of losses that no path has which is only bad, and how many more than before are none of its.
const CROWD: f64 = 0.15;
const MORE: f64 = 0.05;

/// The measure of one peer and the way to it.
#[derive(Debug)]
pub struct Pace {
    window: u32,
    ceiling: u32,
    smooth: u64,
    swing: u64,
    /// Of the rounds that were not crowded, the last ones most: the share that was lost.
    share: f64,
    best: f64,
    flat: u32,
    round: Round,
    allowance: Allowance,
}

/// What happened since the last look.
#[derive(Debug, Default)]
struct Round {
    since: u64,
    came: u32,
    lost: u32,
    /// The window was what held more back.
    full: bool,
}

/// How many questions a second may leave.
#[derive(Debug)]
struct Allowance {
    rate: u64,
    /// In millionths of a question.
    left: u64,
    at: u64,
}

impl Pace {
    /// Makes the pace for a peer of which nothing is known.
    pub fn new(rate: u32) -> Self {
        let allowance = Allowance { rate: rate.max(1).into(), left: SECOND, at: 0 };
        Self {
            window: FIRST,
            ceiling: MOST,
            smooth: 0,
            swing: 0,
            share: 0.0,
            best: 0.0,
            flat: 0,
            round: Round::default(),
            allowance,
        }
    }

    /// Returns how many more may leave now, where so many are under way.
    pub fn room(&mut self, now: u64, under_way: u32) -> u32 {
        let allowed = self.allowance.allowed(now);
        let room = self.window.saturating_sub(under_way);
        self.round.full |= room == 0;
        room.min(allowed)
    }

    /// Notes that questions left.
    pub fn left(&mut self, count: u32) {
        self.allowance.left = self.allowance.left.saturating_sub(u64::from(count) * SECOND);
    }

    /// Notes an answer, and how long it took where that is known.
    pub fn came(&mut self, took: Option<u64>) {
        self.round.came += 1;
        let Some(took) = took else { return };
        if self.smooth == 0 {
            (self.smooth, self.swing) = (took.max(1), took / 2);
            return;
        }
        // RFC 6298 §2.3.
        self.swing = (3 * self.swing + self.smooth.abs_diff(took)) / 4;
        self.smooth = ((7 * self.smooth + took) / 8).max(1);
    }

    /// Notes that an answer is overdue.
    pub fn faded(&mut self) {
        self.round.lost += 1;
    }

    /// Notes that one which was overdue came after all.
    pub fn came_late(&mut self) {
        self.round.lost = self.round.lost.saturating_sub(1);
    }

    /// Looks back once enough has happened, and sets the window.
    pub fn look(&mut self, now: u64) {
        let (lasted, heard) = (now - self.round.since, self.round.came + self.round.lost);
        if lasted < ROUND || heard < self.window {
            return;
        }
        let Round { came, lost, full, .. } = std::mem::take(&mut self.round);
        self.round.since = now;
        let share = f64::from(lost) / f64::from(heard);
        // What is lost by chance is not mended by asking less; what is lost since the window grew is.
        if share > CROWD || is_more(lost, heard, self.share + MORE) {
            self.window = (self.window * if share > CROWD { 5 } else { 6 } / 8).max(LEAST);
            self.ceiling = self.window;
            (self.best, self.flat) = (0.0, 0);
        } else {
            self.share = (3.0 * self.share + share) / 4.0;
            if full {
                self.grow(f64::from(came) / (lasted as f64));
            }
        }
    }

    fn grow(&mut self, answers: f64) {
        if answers > self.best * 1.04 {
            (self.best, self.flat) = (answers, 0);
        } else {
            self.flat += 1;
        }
        if self.flat >= STEADY {
            (self.best, self.flat, self.ceiling) = (answers, 0, MOST);
        }
        if self.flat < FLAT {
            self.window = (self.window * 5 / 4).min(self.ceiling);
        }
    }

    /// Returns after how long an answer counts as overdue.
    pub fn patience(&self) -> u64 {
        if self.smooth == 0 { UNKNOWN } else { (self.smooth + 4 * self.swing).max(SOON / 2) }
    }

    /// Returns how long is waited after so many tries, before the next one.
    pub fn wait(&self, tries: u8) -> u64 {
        let first =
            if self.smooth == 0 { UNKNOWN } else { (self.smooth + 4 * self.swing).max(SOON) };
        (first << tries.saturating_sub(1).min(16)).min(LATE)
    }

    /// Returns how long to rest between two turns: a part of the time that an answer takes.
    pub fn rest(&self) -> Duration {
        let part = if self.smooth == 0 { 500 } else { self.smooth / 4 };
        Duration::from_micros(part.clamp(50, 1_000))
    }
}

/// Tells whether so many are lost more than a share of all, and more than it would be by chance once in a thousand rounds.
fn is_more(lost: u32, all: u32, share: f64) -> bool {
    let expected = f64::from(all) * share;
    f64::from(lost) > 3.0f64.mul_add(expected.sqrt(), expected)
}

impl Allowance {
    /// Returns how many may leave now: what has gathered since the last time, of a hundredth of a second at most.
    fn allowed(&mut self, now: u64) -> u32 {
        let gathered = self.rate.saturating_mul(now - self.at);
        let most = (self.rate * SECOND / 100).max(SECOND);
        self.at = now;
        self.left = (self.left + gathered).min(most);
        u32::try_from(self.left / SECOND).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays rounds of a path that takes a while and brings so many answers a millisecond at most, of which it loses some.
    fn played(rounds: u32, milliseconds: u64, most: u32, lost_in: u32) -> Pace {
        let mut pace = Pace::new(u32::MAX);
        let mut now = 0;
        for _ in 0..rounds {
            assert_eq!(pace.room(now, pace.window), 0);
            let answers = (u64::from(pace.window) / milliseconds).min(most.into()) * 6;
            now += 6_000;
            for number in 0..u32::try_from(answers).expect("is small") {
                if lost_in > 0 && number % lost_in == 0 {
                    pace.faded();
                } else {
                    pace.came(Some(milliseconds * 1_000));
                }
            }
            pace.look(now);
        }
        pace
    }

    #[test]
    fn the_window_grows_as_long_as_it_brings_more() {
        assert_eq!(played(40, 1, u32::MAX, 0).window, MOST);
        let bound = played(40, 1, 200, 0).window;
        assert!((200..400).contains(&bound), "{bound}");
    }

    #[test]
    fn chance_does_not_shrink_it_and_a_crowd_does() {
        assert_eq!(played(40, 1, u32::MAX, 50).window, MOST);
        assert!(played(40, 1, u32::MAX, 4).window <= FIRST);
    }

    #[test]
    fn waits_double_up_to_a_second() {
        let mut pace = Pace::new(1000);
        assert_eq!((pace.patience(), pace.wait(1)), (UNKNOWN, UNKNOWN));
        (0..50).for_each(|_| pace.came(Some(30_000)));
        let waits: Vec<u64> = (1..=8).map(|tries| pace.wait(tries) / 1_000).collect();
        assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1_000, 1_000]);
        assert_eq!(pace.rest(), Duration::from_millis(1));
    }

    #[test]
    fn no_more_leave_than_are_allowed() {
        let mut pace = Pace::new(100);
        let mut gone = 0;
        for now in (0..SECOND * 2).step_by(500) {
            let room = pace.room(now, 0);
            pace.left(room);
            gone += room;
        }
        assert!((199..=202).contains(&gone), "{gone}");
    }
}
