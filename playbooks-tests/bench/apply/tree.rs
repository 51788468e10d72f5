//! What a program costs: its time, and the most memory that it and all its children had at one moment.

use std::fs;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How often memory is looked at.
const APART: Duration = Duration::from_millis(2);

/// What something cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub wall: Duration,
    /// In KiB.
    pub peak: u64,
}

impl Cost {
    /// Puts one after the other.
    pub fn then(self, other: Self) -> Self {
        Self { wall: self.wall + other.wall, peak: self.peak.max(other.peak) }
    }

    pub fn shown(&self) -> String {
        format!("{:.2} s, {:.1} MiB", self.wall.as_secs_f64(), self.peak as f64 / 1_024.0)
    }
}

/// Waits for a program, and measures it with its children from its start to its end.
pub fn measured<T>(pid: u32, since: Instant, wait: impl FnOnce() -> T) -> (T, Cost) {
    let over = Arc::new(AtomicBool::new(false));
    let watched = Arc::clone(&over);
    let watch = thread::spawn(move || {
        let mut peak = 0;
        while !watched.load(Ordering::Relaxed) {
            peak = peak.max(family(pid));
            thread::park_timeout(APART);
        }
        peak
    });
    let ended = wait();
    let wall = since.elapsed();
    over.store(true, Ordering::Relaxed);
    (ended, Cost { wall, peak: watch.join().unwrap() })
}

/// Waits for a child that must end well.
pub fn of_child(mut child: Child, since: Instant) -> Cost {
    let (status, cost) = measured(child.id(), since, || child.wait().unwrap());
    assert!(status.success(), "{status}");
    cost
}

/// Returns the memory of a process and of all its children, in KiB: the most that each ever had.
fn family(pid: u32) -> u64 {
    let children =
        fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let children = children.split_ascii_whitespace().filter_map(|pid| pid.parse().ok());
    let own = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let own = own.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let own = own.and_then(|it| it.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0);
    own + children.map(family).sum::<u64>()
}
