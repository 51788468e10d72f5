//! Guards that an unknown cannot make true.
//!
//! `x is not true`, `known(x)` and `x is unknown` look at knowledge itself, so losing knowledge could make them true.
//! In a cause's support they are read strictly: unknown stays unknown.

use crate::model::{Guard, Query, Truth};

/// Rewrites a guard so that turning a known fact into an unknown one never makes it true.
pub(super) fn strict(guard: &Guard) -> Guard {
    let each = |parts: &[Guard]| parts.iter().map(strict).collect();
    match guard {
        Guard::All(parts) => Guard::All(each(parts)),
        Guard::Any(parts) => Guard::Any(each(parts)),
        Guard::Not(inner) => Guard::Not(Box::new(strict(inner))),
        Guard::Known(query) => known(query),
        Guard::Is { query, truth: Truth::Unknown, negated: true } => known(query),
        Guard::Is { query, truth: Truth::Unknown, negated: false } => {
            Guard::Not(Box::new(known(query)))
        }
        Guard::Is { query, truth, negated: true } => Guard::Not(Box::new(is(query, *truth))),
        Guard::Is { .. }
        | Guard::Measure { .. }
        | Guard::Count { .. }
        | Guard::Age { .. }
        | Guard::Took { .. }
        | Guard::Always => guard.clone(),
    }
}

fn is(query: &Query, truth: Truth) -> Guard {
    Guard::Is { query: query.clone(), truth, negated: false }
}

/// True when it is known, else unknown.
fn known(query: &Query) -> Guard {
    Guard::Any(vec![is(query, Truth::True), is(query, Truth::False)])
}

#[cfg(test)]
mod tests {
    use super::strict;
    use crate::model::Guard;

    #[test]
    fn questions_about_knowledge_become_questions_about_the_world() {
        for (text, read) in [
            ("observer.healthy is not true", "not (observer.healthy is true)"),
            ("known(observer.healthy)", "observer.healthy is true or observer.healthy is false"),
            (
                "observer.healthy is unknown",
                "not (observer.healthy is true or observer.healthy is false)",
            ),
            ("observer.healthy is false", "observer.healthy is false"),
        ] {
            let guard: Guard = text.parse().expect("a guard");
            assert_eq!(strict(&guard).to_string(), read);
        }
    }
}
