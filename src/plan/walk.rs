//! The walk through a phase: which steps are done, which are left out, and why.

use std::collections::{BTreeMap, BTreeSet};

use super::bound::bound_within;
use super::deed::Deed;
use super::delegation::Delegation;
use super::draft::{Drafted, OpenChange, Pinning};
use super::scope::{EACH, Missing, Scope};
use super::{Breach, Refusal, freeze};
use crate::model::{
    Ground, Guard, Id, Judgement, LeftOut, OnUnknown, Phase, PlanStep, Runbook, RunbookMark, Step,
    StepKind, Truth, UnknownGuard, Way, Work,
};

/// How deep runbooks may include one another.
const DEPTH: usize = 4;

/// What a walk has come to.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub steps: Vec<Drafted>,
    pub left_out: Vec<LeftOut>,
    pub unknowns: Vec<UnknownGuard>,
    pub breaches: Vec<Breach>,
    pub includes: Vec<RunbookMark>,
    pub used: BTreeSet<Id>,
    /// What is done at parents, by hand or not.
    pub moves: Vec<Delegation>,
}

/// One walk; it goes through included runbooks as well.
pub(super) struct Walk<'a, 'p> {
    pub pinning: &'p Pinning<'a>,
    pub scope: Scope<'a>,
    /// The included runbooks around the present step, outermost first.
    within: Vec<Id>,
    /// Which way each branch took, by its id in the plan.
    taken: BTreeMap<Id, Id>,
    owner: Id,
    walked: Walked,
}

impl<'a, 'p> Walk<'a, 'p> {
    pub fn new(pinning: &'p Pinning<'a>, scope: Scope<'a>) -> Self {
        let (taken, owner) = (pinning.taken.clone(), pinning.runbook.0.owner.clone());
        Self { pinning, scope, within: Vec::new(), taken, owner, walked: Walked::default() }
    }

    pub fn done(self) -> Walked {
        self.walked
    }

    /// Returns a step's id in the plan: `included/step` inside an included runbook.
    pub fn full(&self, step: &Id) -> Id {
        let parts = self.within.iter().chain([step]).map(Id::as_str);
        Id::new(parts.collect::<Vec<_>>().join("/"))
    }

    fn step_id(&self, step: &Id) -> Id {
        match self.scope.known.get(EACH) {
            Some(member) => self.full(&Id::new(format!("{step}.{member}"))),
            None => self.full(step),
        }
    }

    /// Judges a guard, and remembers the facts that it rests on.
    pub fn judge(&mut self, guard: &Guard) -> Judgement {
        let taken = self.taken.iter().map(|(branch, way)| (branch.clone(), way.clone())).collect();
        let pinning = self.pinning;
        let (facts, since, now) = (pinning.facts, pinning.since, pinning.now);
        let ground = Ground { facts, bindings: &self.scope.known, taken: &taken, since, now };
        let judged = guard.judge(&ground);
        self.walked.used.extend(judged.used.iter().cloned());
        self.walked.used.extend(judged.missing.iter().cloned());
        judged
    }

    /// Fills a guard in: parameters become ids, and branches get their ids in the plan.
    pub fn bind(&self, guard: &Guard) -> Guard {
        let full = |branch: &Id| self.full(branch);
        freeze::branches(self.scope.bind(guard), &full)
    }

    /// Fills a guard in for the time when the plan runs: what earlier branches took is known by then.
    pub fn bind_later(&self, guard: &Guard) -> Guard {
        freeze::taken(self.bind(guard), &self.taken)
    }

    /// Lists a guard that nobody knows, once.
    pub fn unknown(&mut self, step: &Id, guard: &Guard, on_unknown: OnUnknown) {
        let (step, guard) = (step.clone(), guard.clone());
        let entry = UnknownGuard { step, guard, on_unknown };
        if !self.walked.unknowns.contains(&entry) {
            self.walked.unknowns.push(entry);
        }
    }

    /// Lists a guard that nobody knows; what it says of an optional parameter that stands for nothing, nobody has to.
    fn unsaid(&mut self, step: &Id, guard: &Guard, on_unknown: OnUnknown) {
        match self.absent(guard) {
            Some(absent) => {
                self.leave_out(step, format!("`${absent}` stands for nothing: `{guard}`"))
            }
            None => self.unknown(step, guard, on_unknown),
        }
    }

    /// Lists a guard that is judged while the plan runs when it is unknown now.
    pub fn unknown_now(&mut self, step: &Id, guard: &Guard, on_unknown: OnUnknown) {
        if self.judge(guard).truth == Truth::Unknown {
            self.unknown(step, guard, on_unknown);
        }
    }

    pub fn leave_out(&mut self, step: &Id, because: impl Into<String>) {
        self.walked.left_out.push(LeftOut { step: step.clone(), because: because.into() });
    }

    /// Holds the incident's weight, a runbook's stop rules and its phase's entry against the facts.
    pub fn may_begin(&mut self, runbook: &Runbook, phase: Phase) -> Result<(), Refusal> {
        let (needs, declared) = (runbook.severity_at_least, self.pinning.severity);
        if declared < needs {
            return Err(Refusal::TooLight { runbook: runbook.id.clone(), needs, declared });
        }
        for rule in &runbook.stop_when {
            let Some(guard) = self.present(&rule.guard) else {
                let because = format!("nothing stands for what `{}` asks about", rule.guard);
                self.leave_out(&self.full(&"stop-when".into()), because);
                continue;
            };
            let guard = self.bind(&guard);
            match self.judge(&guard).truth {
                Truth::True => {
                    let (runbook, say) = (runbook.id.clone(), rule.say.clone());
                    return Err(Refusal::Stopped { runbook, say });
                }
                Truth::Unknown => {
                    self.unknown(&self.full(&"stop-when".into()), &guard, OnUnknown::Proceed);
                }
                Truth::False => {}
            }
        }
        let guard = self.bind(&runbook.phases.get(phase).enter);
        match self.judge(&guard).truth {
            Truth::True => Ok(()),
            truth @ (Truth::False | Truth::Unknown) => {
                Err(Refusal::NotYet { runbook: runbook.id.clone(), phase, guard, truth })
            }
        }
    }

    /// Freezes the phase's exit.
    pub fn exit(&mut self, exit: &Guard) -> Guard {
        let guard = self.bind_later(exit);
        self.unknown_now(&"exit".into(), &guard, OnUnknown::Refuse);
        guard
    }

    pub fn steps(&mut self, steps: &[Step]) -> Result<(), Refusal> {
        steps.iter().try_for_each(|step| self.one(step))
    }

    /// Takes one step, once for each member where it says so.
    fn one(&mut self, step: &Step) -> Result<(), Refusal> {
        let Some(each) = &step.each else { return self.once(step) };
        let members = match self.scope.each(&each.0) {
            Ok(members) => members,
            Err(missing) => return self.missing(&self.full(&step.id), missing),
        };
        if members.is_empty() {
            self.leave_out(&self.full(&step.id), format!("`{}` names nothing", each.0));
        }
        let outer = self.scope.clone();
        for member in members {
            self.scope.known.insert(EACH.to_owned(), member);
            self.once(step)?;
        }
        self.scope = outer;
        Ok(())
    }

    /// Leaves a step out for an absent optional key; anything else is the document's mistake.
    pub fn missing(&mut self, step: &Id, missing: Missing) -> Result<(), Refusal> {
        match missing {
            Missing::Absent(because) => {
                self.leave_out(step, because);
                Ok(())
            }
            Missing::Wrong(because) => Err(Refusal::Document { step: step.clone(), because }),
        }
    }

    fn once(&mut self, step: &Step) -> Result<(), Refusal> {
        let id = self.step_id(&step.id);
        if let Some(when) = &step.when
            && !self.wanted(&id, when, step.on_unknown.unwrap_or(OnUnknown::Skip))?
        {
            return Ok(());
        }
        match step.kind() {
            None => Err(self.wrong(&id, "it has no kind")),
            Some(StepKind::Branch(ways)) => self.branch(step, &id, ways),
            Some(StepKind::Include(included)) => self.include(&id, included),
            Some(StepKind::Check(check)) => self.check(step, &id, check),
            Some(StepKind::Ask(ask)) => self.ask(step, &id, ask),
            Some(StepKind::Message(message)) => self.message(step, &id, message),
            Some(StepKind::Wait(wait)) => self.wait(step, &id, wait),
            Some(StepKind::Change(change)) => self.change(step, &id, change),
        }
    }

    pub fn wrong(&self, step: &Id, because: impl Into<String>) -> Refusal {
        Refusal::Document { step: step.clone(), because: because.into() }
    }

    /// Tells whether a step is done, and lists it when it is not.
    fn wanted(&mut self, id: &Id, when: &Guard, on_unknown: OnUnknown) -> Result<bool, Refusal> {
        if let Some(absent) = self.absent(when) {
            self.leave_out(id, format!("`${absent}` stands for nothing"));
            return Ok(false);
        }
        let guard = self.bind(when);
        match self.judge(&guard).truth {
            Truth::True => return Ok(true),
            Truth::False => self.leave_out(id, format!("`{guard}` is false")),
            Truth::Unknown => {
                self.unknown(id, &guard, on_unknown);
                match on_unknown {
                    OnUnknown::Proceed => return Ok(true),
                    OnUnknown::Refuse => return Err(Refusal::Unknown { step: id.clone(), guard }),
                    OnUnknown::Skip => {
                        self.leave_out(id, format!("nobody knows whether `{guard}`"));
                    }
                }
            }
        }
        Ok(false)
    }

    /// Returns a guard without what it says of optional parameters that stand for nothing; none where nothing is left.
    fn present(&self, guard: &Guard) -> Option<Guard> {
        match guard {
            all if self.absent(all).is_none() => Some(all.clone()),
            Guard::Any(parts) => {
                let left: Vec<Guard> = parts.iter().filter_map(|it| self.present(it)).collect();
                (!left.is_empty()).then_some(Guard::Any(left))
            }
            Guard::All(_)
            | Guard::Not(_)
            | Guard::Is { .. }
            | Guard::Known(_)
            | Guard::Measure { .. }
            | Guard::Count { .. }
            | Guard::Age { .. }
            | Guard::Took { .. }
            | Guard::Always => None,
        }
    }

    /// Names the optional parameter of a guard that stands for nothing.
    pub fn absent(&self, guard: &Guard) -> Option<String> {
        let optional = |name: &String| self.scope.params.get(name).is_some_and(|p| p.optional);
        freeze::open_parameters(&self.scope.bind(guard)).into_iter().find(optional)
    }

    /// Takes the first way that is known to be open; `otherwise` catches everything, every unknown included.
    fn branch(&mut self, step: &Step, id: &Id, ways: &[Way]) -> Result<(), Refusal> {
        for way in ways {
            let guard = way.guard.as_ref().map_or(Guard::Always, |guard| self.bind(guard));
            match self.judge(&guard).truth {
                Truth::True => {
                    let because = if way.guard.is_some() {
                        format!("`{guard}` is true")
                    } else {
                        "no other way is known to be open".to_owned()
                    };
                    self.taken.insert(id.clone(), way.take.clone());
                    let work = Work::Took { way: way.take.clone(), because };
                    return self.ready(step, id, work);
                }
                Truth::Unknown => self.unsaid(id, &guard, OnUnknown::Skip),
                Truth::False => {}
            }
        }
        Err(Refusal::NoWay { step: id.clone() })
    }

    /// Splices an included runbook in: the steps of its first phase, under its own rules.
    ///
    /// It is included for what it does first, so its `immediate` phase is taken whatever phase this is.
    fn include(&mut self, id: &Id, included: &Id) -> Result<(), Refusal> {
        let pinning = self.pinning;
        let found = pinning.includes.iter().find(|(runbook, _)| runbook.id == *included);
        let Some((runbook, mark)) = found else {
            return Err(self.wrong(id, format!("there is no runbook `{included}`")));
        };
        let around = self.within.contains(included) || pinning.runbook.0.id == *included;
        if around || self.within.len() == DEPTH || self.walked.includes.contains(mark) {
            return Err(self.wrong(id, format!("`{included}` is included twice, or too deeply")));
        }
        let (estate, behind) = (pinning.estate, pinning.behind);
        let known = bound_within(estate, runbook, &self.scope.known, behind)?;
        let scope = Scope { estate, params: &runbook.params, known };
        let outer = std::mem::replace(&mut self.scope, scope);
        let owner = std::mem::replace(&mut self.owner, runbook.owner.clone());
        self.within.push(included.clone());
        self.walked.includes.push(mark.clone());
        self.may_begin(runbook, Phase::Immediate)?;
        self.steps(&runbook.phases.immediate.steps)?;
        self.within.pop();
        (self.scope, self.owner) = (outer, owner);
        Ok(())
    }

    /// Adds a step that is frozen already.
    pub fn ready(&mut self, step: &Step, id: &Id, work: Work) -> Result<(), Refusal> {
        let frozen = self.around(step, id, work);
        self.walked.steps.push(Drafted::Ready(Box::new(frozen)));
        Ok(())
    }

    pub fn open(&mut self, change: OpenChange) {
        self.walked.steps.push(Drafted::Open(Box::new(change)));
    }

    /// Freezes what stands around a step's kind.
    pub fn around(&self, step: &Step, id: &Id, work: Work) -> PlanStep {
        let on_fail = step.on_fail;
        PlanStep {
            id: id.clone(),
            owner: Some(step.owner.clone().unwrap_or_else(|| self.owner.clone())),
            timeout: step.timeout,
            on_fail: freeze::on_fail(on_fail, &work),
            work,
        }
    }

    /// Takes note of what is done at a parent.
    pub fn moves(&mut self, deed: &Deed) {
        if let Deed::Delegation(delegation) = deed {
            self.walked.moves.push(Delegation::clone(delegation));
        }
    }

    /// Takes note of a limit that a step breaks.
    pub fn harm(&mut self, breach: Breach) {
        self.walked.breaches.push(breach);
    }

    /// Remembers facts that a plan rests on beside its guards.
    pub fn rests_on(&mut self, facts: impl IntoIterator<Item = Id>) {
        self.walked.used.extend(facts);
    }
}
