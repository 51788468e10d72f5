//! A finding on its way: what is said, whether it stops a runbook, and who sees to it.

use super::may_stop;
use crate::model::{Finding, Id, Rule, Truth};

/// A finding, and whether it stops a runbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub finding: Finding,
    pub blocks: bool,
}

impl Draft {
    /// Says that a rule is known to be broken, and stops something.
    pub fn blocker(rule: Rule, subject: &Id, because: impl Into<String>) -> Self {
        debug_assert!(may_stop(rule), "{rule:?}");
        Self { blocks: may_stop(rule), ..Self::warning(rule, Truth::False, subject, because) }
    }

    /// Says that a rule is broken and stops nothing, or that nobody knows.
    pub fn warning(rule: Rule, truth: Truth, subject: &Id, because: impl Into<String>) -> Self {
        let finding = Finding {
            rule,
            subject: subject.clone(),
            with: Vec::new(),
            truth,
            because: because.into(),
            runbooks: Vec::new(),
            who: None,
            remedy: String::new(),
            command: "lifeboat ready".to_owned(),
        };
        Self { finding, blocks: false }
    }

    /// Says that nobody knows; the reason follows.
    pub fn unknown(rule: Rule, subject: &Id, because: impl AsRef<str>) -> Self {
        Self::warning(rule, Truth::Unknown, subject, format!("not known: {}", because.as_ref()))
    }

    /// Says of a rule what was seen: a no stops something where it is needed, an unknown never does.
    pub fn seen(
        rule: Rule,
        truth: Truth,
        needed: bool,
        subject: &Id,
        because: &str,
    ) -> Option<Self> {
        match truth {
            Truth::True => None,
            Truth::False if needed => Some(Self::blocker(rule, subject, because)),
            Truth::False => Some(Self::warning(rule, Truth::False, subject, because)),
            Truth::Unknown => Some(Self::unknown(rule, subject, because)),
        }
    }

    /// Adds the other objects.
    pub fn with(mut self, others: impl IntoIterator<Item = Id>) -> Self {
        self.finding.with.extend(others);
        self
    }

    /// Adds the runbooks.
    pub fn stops(mut self, runbooks: impl IntoIterator<Item = Id>) -> Self {
        self.finding.runbooks.extend(runbooks);
        self
    }

    /// Says who sees to it.
    pub fn by(mut self, who: Option<Id>) -> Self {
        self.finding.who = who;
        self
    }

    /// Says what to do.
    pub fn mend(mut self, remedy: impl Into<String>) -> Self {
        self.finding.remedy = remedy.into();
        self
    }

    /// Says which command to give next.
    pub fn then(mut self, command: impl Into<String>) -> Self {
        self.finding.command = command.into();
        self
    }
}
