//! What was measured of one run, and what several of them say.

use std::time::Duration;

/// One run of a program that asks for every name.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// From its start to its end.
    pub wall: Duration,
    /// What the processor did for it, in user and in system mode.
    pub cpu: Duration,
    /// Names with their right answer.
    pub right: usize,
    /// Names without any answer.
    pub lost: usize,
    /// Marked names with their mark.
    pub marked: usize,
    /// How busy the server's core was meanwhile, in percent.
    pub busy: u64,
}

impl Run {
    pub fn per_second(&self) -> f64 {
        self.right as f64 / self.wall.as_secs_f64()
    }

    pub fn per_cpu_second(&self) -> f64 {
        self.right as f64 / self.cpu.as_secs_f64()
    }
}

/// Returns a run of medians, each of one measure.
pub fn median(runs: &[Run]) -> Run {
    fn middle<T: Ord + Copy>(runs: &[Run], measure: impl Fn(&Run) -> T) -> T {
        let mut all: Vec<T> = runs.iter().map(measure).collect();
        all.sort_unstable();
        all[all.len() / 2]
    }
    Run {
        wall: middle(runs, |run| run.wall),
        cpu: middle(runs, |run| run.cpu),
        right: middle(runs, |run| run.right),
        lost: middle(runs, |run| run.lost),
        marked: middle(runs, |run| run.marked),
        busy: middle(runs, |run| run.busy),
    }
}

/// Returns the setting that is best by a measure.
pub fn best(tried: &[(&'static str, Run)], measure: impl Fn(&Run) -> f64) -> &'static str {
    tried.iter().max_by(|a, b| measure(&a.1).total_cmp(&measure(&b.1))).unwrap().0
}

/// Writes the medians, and between which values they lie.
pub fn table(runs: &[Run]) -> String {
    let middle = median(runs);
    let spread = |measure: fn(&Run) -> f64| {
        let all: Vec<f64> = runs.iter().map(measure).collect();
        let (least, most) =
            all.iter().fold((f64::MAX, 0_f64), |(a, b), it| (a.min(*it), b.max(*it)));
        format!("{:.0} ({least:.0}-{most:.0})", measure(&middle))
    };
    format!(
        "{} right, {} lost, {} marked; {} a second, {} a CPU second; {:.3} s, {:.3} s of CPU; server busy {} %",
        middle.right,
        middle.lost,
        middle.marked,
        spread(Run::per_second),
        spread(Run::per_cpu_second),
        middle.wall.as_secs_f64(),
        middle.cpu.as_secs_f64(),
        middle.busy
    )
}
