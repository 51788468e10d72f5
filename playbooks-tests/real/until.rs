//! Patience with an end: asks again until there is an answer or the time is over.

use std::time::{Duration, Instant};

/// How long a daemon may take to answer for the first time, on a busy machine.
pub const STARTUP: Duration = Duration::from_secs(20);

/// Asks until something comes back, and panics with what was wanted when the time is over.
pub fn until<T>(what: &str, within: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + within;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "not within {within:?}: {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
