//! What many seeds met: broken promises, schedules, rows of the table, faults at steps.

use std::collections::{BTreeMap, HashSet};

use super::rows::Row;

/// The sum of many seeds.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub seeds: u64,
    /// The seeds that broke a promise, and which.
    pub broken: Vec<(u64, &'static str)>,
    /// One number for each schedule.
    pub schedules: HashSet<u64>,
    pub rows: BTreeMap<Row, u64>,
    pub pairs: BTreeMap<(&'static str, &'static str, &'static str), u64>,
    pub processes: u64,
    pub take_overs: u64,
    pub landed: u64,
    pub unprotected: u64,
    pub parked: u64,
    pub refused_approvals: u64,
    /// What happened, in lines, where one seed is told.
    pub story: Option<Vec<String>>,
}

impl Tally {
    /// Adds another's sum.
    pub fn add(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.broken.extend(other.broken);
        self.broken.sort_unstable();
        self.schedules.extend(other.schedules);
        for (row, times) in other.rows {
            *self.rows.entry(row).or_default() += times;
        }
        for (pair, times) in other.pairs {
            *self.pairs.entry(pair).or_default() += times;
        }
        self.processes += other.processes;
        self.take_overs += other.take_overs;
        self.landed += other.landed;
        self.unprotected += other.unprotected;
        self.parked += other.parked;
        self.refused_approvals += other.refused_approvals;
    }

    /// Returns how many of a hundred seeds had a schedule of their own.
    pub fn distinct(&self) -> f64 {
        100.0 * self.schedules.len() as f64 / self.seeds.max(1) as f64
    }

    /// Says what was met, in lines.
    pub fn report(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{} seeds, {} broken, {:.2} % distinct schedules; {} processes, {} take-overs, {} writes landed, \
             {} runs parked, {} approvals refused, {} writes within the window that no condition closes",
            self.seeds,
            self.broken.len(),
            self.distinct(),
            self.processes,
            self.take_overs,
            self.landed,
            self.parked,
            self.refused_approvals,
            self.unprotected,
        )];
        let rows = self.rows.iter();
        lines.extend(rows.map(|((a, b, c), times)| format!("row   {times:>9}  {a} · {b} · {c}")));
        let pairs = self.pairs.iter();
        lines.extend(pairs.map(|((a, b, c), times)| format!("fault {times:>9}  {a} · {b} · {c}")));
        lines
    }
}
