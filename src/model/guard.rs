//! Guards: the conditions of runbooks, as a tree.
//!
//! No loops, no shell, no templates. A bare fact means `is true`. Text ↔ tree is `guard_text`.

use super::{FactKind, Id, Span, Truth};

/// A condition on facts, three-valued.
#[derive(Clone, Debug, PartialEq)]
pub enum Guard {
    /// `a and b`.
    All(Vec<Guard>),
    /// `a or b`.
    Any(Vec<Guard>),
    /// `not a`.
    Not(Box<Guard>),
    /// `fact is true`, `is not true`, `is false`, `is not false`, `is unknown`; a bare fact is `is true`.
    Is {
        /// The fact.
        query: Query,
        /// The truth it is held against.
        truth: Truth,
        /// True for `is not …`: then the answer itself is never unknown.
        negated: bool,
    },
    /// `known(fact)`.
    Known(Query),
    /// `fact >= 95 %`, `fact < 30 s`, `fact >= 3`: the fact's measure.
    Measure {
        /// The fact whose measure counts.
        query: Query,
        /// How it is compared.
        comparison: Comparison,
        /// With what.
        bound: Bound,
    },
    /// `count(fact is false, by: vantage) >= 1`: in how many distinct vantages (or subjects) the test holds.
    Count {
        /// The fact; without arguments it ranges over every subject.
        query: Query,
        /// The truth that counts.
        truth: Truth,
        /// What is counted.
        by: CountBy,
        /// How the number is compared.
        comparison: Comparison,
        /// With what.
        bound: Bound,
    },
    /// `age(fact is true) >= 2h`: for how long it has been so without a break.
    Age {
        /// The fact.
        query: Query,
        /// The truth that lasts.
        truth: Truth,
        /// How the age is compared.
        comparison: Comparison,
        /// With what.
        span: Span,
    },
    /// `road = switch`: which way a branch took.
    Took {
        /// The branch's step id.
        branch: Id,
        /// The way.
        way: Id,
    },
    /// `otherwise`: always.
    Always,
}

/// A fact with its arguments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Query {
    /// Which fact.
    pub kind: FactKind,
    /// Its arguments, in the catalogue's order; none: any subject.
    pub arguments: Vec<Argument>,
}

/// An argument of a fact.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Argument {
    /// `$zone` or `$zone.critical`: a parameter, with a path into what it names.
    Parameter {
        /// Without the `$`.
        name: String,
        /// What follows the dot.
        path: Option<String>,
    },
    /// An id.
    Id(Id),
}

/// How numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `=`
    Equal,
    /// `>=`
    AtLeast,
    /// `>`
    More,
}

impl Comparison {
    /// Compares two numbers.
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Equal => (left - right).abs() < f64::EPSILON,
            Self::AtLeast => left >= right,
            Self::More => left > right,
        }
    }

    /// Returns its sign.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Equal => "=",
            Self::AtLeast => ">=",
            Self::More => ">",
        }
    }
}

/// What a number is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// `3`
    Number(f64),
    /// `95 %`
    Percent(f64),
    /// `30s`
    Span(Span),
}

/// What `count` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CountBy {
    /// Distinct vantages.
    Vantage,
    /// Distinct subjects.
    Subject,
}
