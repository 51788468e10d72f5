//! Until when a socket is waited for, and how long something took: real, monotonic time.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

/// A moment of real time after which nobody waits any longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// Makes the deadline that lies a length of time ahead.
    pub fn after(length: Duration) -> Self {
        Self(Instant::now() + length)
    }

    /// Returns the earlier one of this deadline and a length of time from now.
    pub fn within(self, length: Duration) -> Self {
        self.min(Self::after(length))
    }

    /// Returns the time left; zero once it has passed.
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Tells whether it has passed.
    pub fn passed(self) -> bool {
        self.left().is_zero()
    }

    /// Waits until it has passed.
    pub async fn wait(self) {
        tokio::time::sleep_until(self.0).await;
    }

    /// Runs something until it is done or the deadline has passed; `None` then.
    pub async fn run<T>(self, work: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout_at(self.0, work).await.ok()
    }

    /// Returns the moment itself.
    pub(super) fn instant(self) -> Instant {
        self.0
    }
}

/// Measures how long something took.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts measuring.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Returns the time since the start.
    pub fn took(self) -> Duration {
        self.0.elapsed()
    }
}
