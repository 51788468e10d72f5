//! Runs the diagnosis over a world, and says what came of it in few words.

use super::shipped;
use super::world::World;
use jiff::Timestamp;
use lifeboat::diagnose::{Case, diagnose, facts};
use lifeboat::model::{
    Advice, Diagnosis, Evidence, Fact, FactKind, Runbook, Since, Truth, Verdict,
};

/// A diagnosis with what it was made from, so that parts can be changed and it can be made again.
pub struct Judged {
    pub world: World,
    pub facts: Vec<Fact>,
    pub diagnosis: Diagnosis,
    runbooks: Vec<Runbook>,
}

/// Diagnoses a world.
pub fn judged(world: World) -> Judged {
    let evidence = world.evidence();
    with_evidence(world, &evidence)
}

/// Diagnoses a world by other evidence than its own.
pub fn with_evidence(world: World, evidence: &[Evidence]) -> Judged {
    let runbooks = shipped::runbooks();
    let (estate, table) = (world.estate(), world.table());
    let found =
        facts(&estate, evidence, world.baseline().as_ref(), table.as_ref(), Timestamp::UNIX_EPOCH);
    let diagnosis = explain(&world, &runbooks, &found, &Since::new());
    Judged { world, facts: found, diagnosis, runbooks }
}

fn explain(world: &World, runbooks: &[Runbook], facts: &[Fact], since: &Since) -> Diagnosis {
    let (estate, table) = (world.estate(), world.table());
    let runbooks: Vec<&Runbook> = runbooks.iter().collect();
    diagnose(&Case {
        estate: &estate,
        runbooks: &runbooks,
        facts,
        since,
        as_table: table.as_ref(),
        at: Timestamp::UNIX_EPOCH,
        took_ms: 10,
        budget_ms: 3_000,
    })
}

impl Judged {
    /// Diagnoses again by other facts.
    pub fn again(&self, facts: &[Fact]) -> Diagnosis {
        explain(&self.world, &self.runbooks, facts, &Since::new())
    }

    /// Diagnoses again, knowing since when facts are as they are.
    pub fn since(&self, since: &Since) -> Diagnosis {
        explain(&self.world, &self.runbooks, &self.facts, since)
    }

    /// Diagnoses again with other runbooks.
    pub fn with_runbooks(&self, runbooks: &[Runbook]) -> Diagnosis {
        explain(&self.world, runbooks, &self.facts, &Since::new())
    }

    /// Returns a fact's truth.
    #[track_caller]
    pub fn truth(&self, kind: FactKind, subject: &str) -> Truth {
        self.fact(kind, subject).truth
    }

    /// Returns the fact of a kind about a subject, or about the pair `subject, object`.
    #[track_caller]
    pub fn fact(&self, kind: FactKind, subject: &str) -> &Fact {
        let (subject, object) =
            subject.split_once(", ").map_or((subject, None), |(s, o)| (s, Some(o)));
        let fits = |fact: &&Fact| {
            fact.kind == kind
                && fact.subject == *subject
                && object.is_none_or(|object| fact.object.as_ref().is_some_and(|o| o == object))
        };
        self.facts.iter().find(fits).unwrap_or_else(|| panic!("no {kind} of {subject}"))
    }

    /// Fails unless the verdict and the causes, as `mode/subject/mechanism advice`, are these.
    #[track_caller]
    pub fn is(self, verdict: Verdict, wanted: &[&str]) -> Judged {
        assert_eq!(
            (self.diagnosis.verdict, causes(&self.diagnosis)),
            (verdict, wanted.iter().map(|cause| (*cause).to_owned()).collect()),
            "{}",
            self.told()
        );
        self
    }

    /// Everything that is not as it should be, for whoever reads a red test.
    pub fn told(&self) -> String {
        let shown = |fact: &Fact| {
            format!("{} {} {}: {}\n", fact.truth, fact.kind, fact.subject, fact.because)
        };
        let notable = self.facts.iter().filter(|fact| fact.truth != Truth::True);
        format!("{}{:#?}", notable.map(shown).collect::<String>(), self.diagnosis.next_probes)
    }
}

/// Returns the causes in order, as `mode/subject/mechanism advice`.
pub fn causes(diagnosis: &Diagnosis) -> Vec<String> {
    let one = |cause: &lifeboat::model::Cause| {
        let mechanism = cause.mechanism.as_ref().map_or("-", |mechanism| mechanism.as_str());
        let advice = match cause.advice {
            Advice::Act => "act",
            Advice::Wait => "wait",
            Advice::Call => "call",
        };
        format!("{}/{}/{mechanism} {advice}", cause.failure_mode, cause.subject)
    };
    diagnosis.causes.iter().map(one).collect()
}
