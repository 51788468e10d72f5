//! Breaches: what a plan would do past a limit, and the overrides that let it.

use std::collections::BTreeMap;

use super::Refusal;
use crate::model::{Id, LimitKind, Override};

/// What a plan would do past a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The limit.
    pub limit: LimitKind,
    /// At which step.
    pub step: Id,
    /// By how much, in words.
    pub because: String,
}

/// Puts each breach beside its own override; no override stands for another limit, and none stands unused.
///
/// # Errors
/// [`Refusal::Limit`] with every breach that has none; [`Refusal::NotNeeded`].
pub fn settle(
    breaches: Vec<Breach>,
    given: &BTreeMap<LimitKind, String>,
) -> Result<Vec<Override>, Refusal> {
    let mut open: Vec<Breach> = Vec::new();
    let mut overrides: Vec<Override> = Vec::new();
    for breach in breaches {
        let Some(reason) = given.get(&breach.limit) else {
            if !open.contains(&breach) {
                open.push(breach);
            }
            continue;
        };
        let Breach { limit, step, because } = breach;
        let reason = reason.clone();
        let entry = Override { limit, step, because, reason };
        if !overrides.contains(&entry) {
            overrides.push(entry);
        }
    }
    if !open.is_empty() {
        return Err(Refusal::Limit(open));
    }
    let unused = |limit: &&LimitKind| !overrides.iter().any(|it| it.limit == **limit);
    let unused: Vec<LimitKind> = given.keys().filter(unused).copied().collect();
    if unused.is_empty() { Ok(overrides) } else { Err(Refusal::NotNeeded(unused)) }
}
