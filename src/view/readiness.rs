//! How far runbooks are proven, from journals of incidents and from what drills left behind.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::chronicle::Chronicle;
use super::run::{Run, RunState};
use crate::model::{Direction, Grade, Graded, Id, RunbookMark, Truth};

/// One time that a runbook was carried out, or planned live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedOut {
    /// The runbook.
    pub runbook: Id,
    /// Its digest at that time; absent where nothing says it.
    pub digest: Option<String>,
    /// How far it went.
    pub grade: Grade,
    /// When (UTC).
    pub at: Timestamp,
}

/// Returns what an incident proves; `digests` names each plan's runbook by its digest at that time.
pub fn carried_out(chronicle: &Chronicle, digests: &BTreeMap<String, String>) -> Vec<CarriedOut> {
    let runs = chronicle.runs.iter().filter(|run| run.direction == Direction::Do);
    let one = |run: &Run| {
        let runbook = run.runbook.clone()?;
        let done = run.state == RunState::Completed;
        let grade = match (chronicle.exercise, done && run.planned_changes > 0) {
            (true, _) if done => Grade::Drilled,
            (true, _) => return None,
            (false, true) => Grade::Live,
            (false, false) => Grade::ReadOnly,
        };
        let at = run.ended.or(run.started).or(chronicle.times.declared)?;
        Some(CarriedOut { runbook, digest: digests.get(&run.digest).cloned(), grade, at })
    };
    runs.filter_map(one).collect()
}

/// Grades each runbook: the best proof of it as it is now, else the best of what it was before.
pub fn grades(runbooks: &[&RunbookMark], carried: &[CarriedOut]) -> Vec<Graded> {
    runbooks.iter().map(|mark| grade(mark, carried)).collect()
}

fn grade(mark: &RunbookMark, carried: &[CarriedOut]) -> Graded {
    let of = carried.iter().filter(|proof| proof.runbook == mark.id);
    let is_now = |proof: &CarriedOut| proof.digest.as_ref().map(|digest| *digest == mark.digest);
    let best = of.max_by_key(|proof| (is_now(proof) == Some(true), proof.grade, proof.at));
    let changed = |proof: &CarriedOut| match is_now(proof) {
        Some(same) => Truth::of(!same),
        None => Truth::Unknown,
    };
    Graded {
        runbook: mark.id.clone(),
        grade: best.map_or(Grade::Never, |proof| proof.grade),
        at: best.map(|proof| proof.at),
        changed_since: best.map_or(Truth::Unknown, changed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(digest: &str) -> RunbookMark {
        let (path, digest) = ("embedded".to_owned(), digest.to_owned());
        RunbookMark { id: "r".into(), commit: None, path, digest }
    }

    fn proof(grade: Grade, digest: &str, hour: i64) -> CarriedOut {
        let at = Timestamp::from_second(hour * 3_600).expect("a moment");
        CarriedOut { runbook: "r".into(), digest: Some(digest.to_owned()), grade, at }
    }

    fn graded(now: &str, carried: &[CarriedOut]) -> (Grade, Truth) {
        let found = grade(&mark(now), carried);
        (found.grade, found.changed_since)
    }

    #[test]
    fn what_was_proven_as_it_is_now_counts_more_than_what_it_was() {
        assert_eq!(graded("new", &[]), (Grade::Never, Truth::Unknown));
        let live = proof(Grade::Live, "old", 1);
        assert_eq!(graded("new", std::slice::from_ref(&live)), (Grade::Live, Truth::True));
        let drilled = proof(Grade::Drilled, "new", 2);
        assert_eq!(graded("new", &[live.clone(), drilled]), (Grade::Drilled, Truth::False));
        assert_eq!(graded("old", &[live]), (Grade::Live, Truth::False));
        let nameless = CarriedOut { digest: None, ..proof(Grade::Drilled, "", 1) };
        assert_eq!(graded("new", &[nameless]), (Grade::Drilled, Truth::Unknown));
        let other = CarriedOut { runbook: "other".into(), ..proof(Grade::Live, "new", 1) };
        assert_eq!(graded("new", &[other]), (Grade::Never, Truth::Unknown));
    }
}
