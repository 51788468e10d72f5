//! A fact in the making.

use jiff::Timestamp;

use crate::model::{Fact, FactKind, Id, Measure, Truth, Unit};

/// A fact without its number, vantage and time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Claim {
    kind: FactKind,
    subject: Id,
    object: Option<Id>,
    truth: Truth,
    measure: Option<Measure>,
    because: String,
    /// The evidence behind it.
    pub from: Vec<Id>,
}

/// What a claim is about: kind, subject, object.
pub(super) type Key = (FactKind, Id, Option<Id>);

/// The measure that marks an unknown which nothing in the estate could tell.
pub(super) const MOOT: Measure = Measure::part(0.0, 0.0);

impl Claim {
    pub fn new(kind: FactKind, subject: &Id, truth: Truth, because: impl Into<String>) -> Self {
        let (because, from) = (because.into(), Vec::new());
        Self { kind, subject: subject.clone(), object: None, truth, measure: None, because, from }
    }

    /// Makes an unknown that nothing in the estate could tell.
    pub fn moot(kind: FactKind, subject: &Id, because: impl Into<String>) -> Self {
        Self::new(kind, subject, Truth::Unknown, because).measured(Some(MOOT))
    }

    /// Says of which second object it is.
    pub fn with(mut self, object: &Id) -> Self {
        self.object = Some(object.clone());
        self
    }

    pub fn measured(mut self, measure: Option<Measure>) -> Self {
        self.measure = measure;
        self
    }

    pub fn seconds(self, seconds: u32) -> Self {
        let measure = Measure { value: f64::from(seconds), unit: Unit::Seconds, of: None };
        self.measured(Some(measure))
    }

    pub fn from<'a>(mut self, evidence: impl IntoIterator<Item = &'a Id>) -> Self {
        self.from = evidence.into_iter().cloned().collect();
        self
    }

    /// Tells whether it is so.
    pub const fn truth(&self) -> Truth {
        self.truth
    }

    /// Returns what it is about.
    pub fn key(&self) -> Key {
        (self.kind, self.subject.clone(), self.object.clone())
    }

    /// Tells whether it speaks of whoever looks, not of what is looked at.
    pub const fn is_of_observer(&self) -> bool {
        matches!(
            self.kind,
            FactKind::ObserverHealthy
                | FactKind::ObserverIpv4
                | FactKind::ObserverIpv6
                | FactKind::DnsControlAnswers
                | FactKind::VantageAnswers
        )
    }

    pub fn into_fact(self, vantage: &Id, at: Timestamp) -> Fact {
        Fact {
            id: Id::default(),
            kind: self.kind,
            subject: self.subject,
            object: self.object,
            vantage: vantage.clone(),
            at,
            truth: self.truth,
            measure: self.measure,
            because: self.because,
            from: self.from,
        }
    }
}

/// Writes a number with its noun: `1 server`, `2 servers`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Joins up to three texts; says how many more there are.
pub(super) fn list<T: AsRef<str>>(texts: &[T]) -> String {
    let shown: Vec<&str> = texts.iter().take(3).map(AsRef::as_ref).collect();
    match texts.len().saturating_sub(3) {
        0 => shown.join("; "),
        more => format!("{}; and {more} more", shown.join("; ")),
    }
}
