//! How long trials take: each one is timed, and the slowest are named at the end.

use libtest_mimic::Trial;
use std::sync::Mutex;
use std::time::{Duration, Instant};

static TOOK: Mutex<Vec<(Duration, String)>> = Mutex::new(Vec::new());

/// How many of the slowest are named.
const NAMED: usize = 10;

/// Makes a trial that is timed, of a function that panics to fail.
pub fn trial(name: impl Into<String>, play: impl FnOnce() + Send + 'static) -> Trial {
    let name = name.into();
    let timed = name.clone();
    Trial::test(name, move || {
        let _timed = Timed { name: timed, since: Instant::now() };
        play();
        Ok(())
    })
}

/// A trial under way; its time is taken when it is dropped, and so of one that fails as well.
struct Timed {
    name: String,
    since: Instant,
}

impl Drop for Timed {
    fn drop(&mut self) {
        let name = std::mem::take(&mut self.name);
        TOOK.lock().unwrap().push((self.since.elapsed(), name));
    }
}

/// Names the slowest trials, the slowest first; most of a trial's time may be waiting.
pub fn tell() {
    let mut took = std::mem::take(&mut *TOOK.lock().unwrap());
    if took.len() <= NAMED {
        return;
    }
    took.sort();
    eprintln!("the slowest trials:");
    for (took, name) in took.iter().rev().take(NAMED) {
        eprintln!("{:>7.1} s  {name}", took.as_secs_f64());
    }
}
