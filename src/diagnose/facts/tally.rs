//! Counting what several targets of one object came to.

use std::collections::BTreeMap;

use super::claim::{Claim, MOOT, count, list};
use super::sight::Outcome;
use crate::model::{FactKind, Id, Measure, Truth};

/// How one target counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Score {
    /// It does what it should.
    Good,
    /// It talks, but not as it should: how.
    Odd(String),
    /// It says nothing at all.
    Silent,
    /// Its host refuses.
    Refused,
    /// Nothing is known: why, and whether nothing ever could be.
    Nothing { why: String, moot: bool },
}

impl Score {
    /// Scores an exchange; `judge` says what is wrong with an answer.
    pub fn of<T>(outcome: Outcome<'_, T>, judge: impl FnOnce(&T) -> Option<String>) -> Self {
        match outcome {
            Outcome::Answered(answer) => judge(answer).map_or(Self::Good, Self::Odd),
            Outcome::Odd(what) => Self::Odd(what),
            Outcome::Silent => Self::Silent,
            Outcome::Refused => Self::Refused,
            Outcome::Nothing { why, moot } => Self::Nothing { why, moot },
        }
    }

    /// Returns the score that says more in favour of the target: several exchanges with one target.
    pub fn better(self, other: Self) -> Self {
        let rank = |score: &Self| match score {
            Self::Good => 0,
            Self::Odd(_) => 1,
            Self::Refused => 2,
            Self::Silent => 3,
            Self::Nothing { .. } => 4,
        };
        if rank(&other) < rank(&self) { other } else { self }
    }

    fn shown(&self) -> String {
        match self {
            Self::Good => "answers".to_owned(),
            Self::Odd(what) => what.clone(),
            Self::Silent => "no answer at all".to_owned(),
            Self::Refused => "the host refuses".to_owned(),
            Self::Nothing { why, .. } => why.clone(),
        }
    }
}

/// The scores of all targets of one object.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// Each target's name and score.
    pub scores: Vec<(String, Score)>,
    /// The evidence behind them.
    pub from: Vec<Id>,
    /// What one target is called, singular and plural.
    pub noun: (&'static str, &'static str),
}

impl Tally {
    fn number(&self, fits: impl Fn(&Score) -> bool) -> usize {
        self.scores.iter().filter(|(_, score)| fits(score)).count()
    }

    /// Returns how many targets do what they should.
    pub fn good(&self) -> usize {
        self.number(|score| *score == Score::Good)
    }

    /// Returns of how many targets something is known.
    pub fn known(&self) -> usize {
        self.number(|score| !matches!(score, Score::Nothing { .. }))
    }

    fn moot(&self) -> bool {
        self.scores.iter().all(|(_, score)| matches!(score, Score::Nothing { moot: true, .. }))
    }

    /// True when any target is good, false when all that are known are not.
    pub fn answers(&self, kind: FactKind, subject: &Id) -> Claim {
        let truth = if self.good() > 0 { Truth::True } else { self.unless_unknown(false) };
        self.claim(kind, subject, truth, self.good())
    }

    /// True when nothing but silence came back.
    pub fn times_out(&self, kind: FactKind, subject: &Id) -> Claim {
        let silent = self.number(|score| *score == Score::Silent);
        let truth = self.unless_unknown(silent == self.known());
        self.claim(kind, subject, truth, silent)
    }

    /// True when hosts refuse and no target talks.
    pub fn refuses(&self, kind: FactKind, subject: &Id) -> Claim {
        let refused = self.number(|score| *score == Score::Refused);
        let talking = self.number(|score| matches!(score, Score::Good | Score::Odd(_)));
        self.claim(kind, subject, self.unless_unknown(refused > 0 && talking == 0), refused)
    }

    /// True when any target talks, but not as it should.
    pub fn odd(&self, kind: FactKind, subject: &Id) -> Claim {
        let odd = self.number(|score| matches!(score, Score::Odd(_)));
        self.claim(kind, subject, self.unless_unknown(odd > 0), odd)
    }

    fn unless_unknown(&self, truth: bool) -> Truth {
        if self.known() == 0 { Truth::Unknown } else { Truth::of(truth) }
    }

    fn claim(&self, kind: FactKind, subject: &Id, truth: Truth, value: usize) -> Claim {
        let measure = match self.known() {
            0 => self.moot().then_some(MOOT),
            _ if kind.measure().is_empty() => None,
            known => Some(Measure::part(value as f64, known as f64)),
        };
        Claim::new(kind, subject, truth, self.because()).measured(measure).from(&self.from)
    }

    /// Says it in one sentence, the bad news first.
    pub fn because(&self) -> String {
        let (one, many) = self.noun;
        if let [(name, score)] = &self.scores[..] {
            return format!("{name}: {}", score.shown());
        }
        let of = |wanted: fn(&Score) -> bool| -> Vec<String> {
            let mut alike: BTreeMap<String, Vec<&str>> = BTreeMap::new();
            for (name, score) in self.scores.iter().filter(|(_, score)| wanted(score)) {
                alike.entry(score.shown()).or_default().push(name);
            }
            let said = |(what, names): (String, Vec<&str>)| format!("{what} ({})", list(&names));
            alike.into_iter().map(said).collect()
        };
        let bad = of(|score| !matches!(score, Score::Good | Score::Nothing { .. }));
        let nothing = of(|score| matches!(score, Score::Nothing { .. }));
        let mut said = Vec::new();
        if self.known() > 0 {
            let verb = if self.known() == 1 { "answers" } else { "answer" };
            said.push(format!("{} of {} {verb}", self.good(), count(self.known(), one, many)));
        }
        said.extend((!bad.is_empty()).then(|| list(&bad)));
        said.extend((!nothing.is_empty()).then(|| format!("not known: {}", list(&nothing))));
        if said.is_empty() { format!("no {one} was asked") } else { said.join(" - ") }
    }
}
