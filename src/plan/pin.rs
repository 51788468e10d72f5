//! Pinning: what was read becomes before-values, and the draft becomes one frozen plan.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::deed::{Deed, Readings};
use super::delegation::is_true;
use super::draft::{Draft, Drafted, OpenChange, Pinning};
use super::gates::Gates;
use super::keys::Keys;
use super::limits::Held;
use super::tally::{Tally, Whole, sizes};
use super::{Breach, Refusal, breach, by_hand, forecast, overlay, requests};
use crate::model::{
    Alone, AloneNeed, ApprovalMeans, ApprovalPolicy, Approver, Change, DelegationState, Estate,
    EstateMark, Expected, Fact, FactKind, Ground, Guard, Id, LeftOut, LimitKind, Mode, OnUnknown,
    Override, ParamSource, Plan, PlanStep, PlannedApproval, RequestUse, Span, Truth, Undo,
    UnknownGuard, Value, Work, Zone,
};

/// How long a plan may wait for its approvals at least, and one without changes altogether.
const START_BY: [Span; 2] = [Span::from_secs(3_600), Span::from_secs(86_400)];

/// A plan's steps as they are pinned one by one.
struct Pinned<'d, 'a> {
    draft: &'d Draft<'a>,
    readings: Readings,
    steps: Vec<PlanStep>,
    left_out: Vec<LeftOut>,
    unknowns: Vec<UnknownGuard>,
    breaches: Vec<Breach>,
    tally: Tally,
    /// What each step of the runbook touches, with all members of its `each`.
    tallies: BTreeMap<Id, Tally>,
    used: BTreeSet<Id>,
    approval: Option<PlannedApproval>,
    /// The wait for caches that comes behind the last member of a step, with that step of the runbook.
    caches: Option<(Id, PlanStep)>,
}

impl Draft<'_> {
    /// Pins the draft to what was found.
    ///
    /// A change step with nothing to change is left out, and named. Where two steps change the same thing,
    /// the second one starts from what the first one leaves.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`], [`Refusal::Drift`], [`Refusal::Held`], [`Refusal::Limit`] with every limit that is broken and not
    /// overridden, [`Refusal::NotNeeded`] for an override that nothing needs, [`Refusal::Quota`],
    /// [`Refusal::NoPolicy`], and [`Refusal::ObserverFault`] for a plan that changes something.
    pub fn pin(&self, found: Readings) -> Result<Plan, Refusal> {
        let sizes = sizes(&found);
        let mut pinned = Pinned {
            draft: self,
            readings: found,
            steps: Vec::new(),
            left_out: self.left_out.clone(),
            unknowns: self.unknowns.clone(),
            breaches: self.breaches.clone(),
            tally: Tally::default(),
            tallies: BTreeMap::new(),
            used: self.used.clone(),
            approval: None,
            caches: None,
        };
        for step in &self.steps {
            pinned.wait_before(Some(step));
            match step {
                Drafted::Ready(step) => pinned.steps.push(PlanStep::clone(step)),
                Drafted::Open(open) => pinned.change(open)?,
            }
        }
        pinned.wait_before(None);
        let mut breaches = std::mem::take(&mut pinned.breaches);
        // A step that turned out to change nothing breaks nothing.
        breaches.retain(|breach| pinned.steps.iter().any(|step| step.id == breach.step));
        let overrides = breach::settle(breaches, &self.pinning.overrides)?;
        pinned.sees()?;
        let requests = requests::of(&pinned.steps, &self.pinning.services, &sizes);
        requests::within(&requests)?;
        Ok(self.plan(pinned, requests, overrides))
    }

    fn plan(
        &self,
        pinned: Pinned<'_, '_>,
        requests: BTreeMap<Id, RequestUse>,
        overrides: Vec<Override>,
    ) -> Plan {
        let (pinning, target) = (&self.pinning, pinned.target());
        let facts = pinning.facts.iter().filter(|fact| pinned.used.contains(&fact.id));
        Plan {
            schema: Plan::SCHEMA.to_owned(),
            tool: pinning.tool.clone(),
            mode: pinning.mode,
            incident: pinning.incident.clone(),
            estate: EstateMark {
                id: pinning.estate.id.clone(),
                digest: pinning.estate_digest.clone(),
            },
            runbook: pinning.runbook.1.clone(),
            includes: self.includes.clone(),
            phase: pinning.phase,
            params: self.params.clone(),
            target,
            pinned_at: pinning.now,
            start_by: start_by(pinning.now, pinned.approval.as_ref()),
            approval: pinned.approval,
            steps: pinned.steps,
            exit: self.exit.clone(),
            left_out: pinned.left_out,
            unknowns: pinned.unknowns,
            overrides,
            requests,
            // Whoever pins it knows the files and the network; a plan is made without either.
            rests_on: BTreeMap::new(),
            facts: facts.map(in_short).collect(),
        }
    }
}

impl Pinned<'_, '_> {
    fn change(&mut self, open: &OpenChange) -> Result<(), Refusal> {
        let (estate, facts) = (self.draft.pinning.estate, self.draft.pinning.facts);
        let id = &open.step.id;
        let typed = match &open.deed {
            Deed::Keys(keys) => Some(keys).filter(|keys| keys.by_hand()),
            Deed::Delegation(_) | Deed::Apex(_) | Deed::Records(_) | Deed::Trackers(_) => None,
        };
        let services = &self.draft.pinning.services;
        let worked = open.deed.changes(id, (estate, services), &self.readings);
        let (changes, expected) = match worked {
            // One provider that cannot be read blocks no other one, where its step is not waited for.
            Err(refusal @ Refusal::Unreadable { .. }) if open.may_fail() => {
                self.leave_out(id, refusal.to_string());
                return Ok(());
            }
            worked => worked?,
        };
        for because in open.deed.left_out(id, &self.readings) {
            self.leave_out(id, because);
        }
        if changes.is_empty() {
            self.leave_out(id, "nothing to change: it is so already".to_owned());
            return Ok(());
        }
        let held = Held { step: id, limit: &open.spec.limit, estate, facts };
        let (breaches, used) = held.against(&open.deed, &changes, &expected, &self.readings);
        self.used.extend(used);
        self.breaches.extend(breaches);
        self.gates(id, &expected)?;
        let whole = Whole { estate, readings: &self.readings };
        let tallies = (&mut self.tally, self.tallies.entry(open.origin.clone()).or_default());
        self.breaches.extend(held.counted((&open.deed, &changes), tallies, &whole));
        if let Some(keys) = typed {
            return self.typed(open, keys, &changes, &expected);
        }
        self.approve(open)?;
        changes.iter().for_each(|change| overlay::apply(&mut self.readings, change));
        let mut step = open.step.clone();
        if let Work::Change(planned) = &mut step.work {
            self.way_back(id, &open.deed, &expected, &mut planned.undo);
            let Pinning { announce_interval, phase, .. } = self.draft.pinning;
            let effect = &open.spec.effect;
            if let (Undo::Reverse { pause, .. }, Deed::Keys(keys)) = (&mut planned.undo, &open.deed)
            {
                *pause = Some(keys.pause(effect, facts, &changes, &self.readings));
            }
            planned.way_back =
                forecast::back(&open.deed, effect, facts, announce_interval, &changes, phase);
            let (forecast, used) =
                forecast::of(&open.deed, effect, estate, facts, announce_interval, &changes);
            self.used.extend(used);
            planned.forecast = forecast;
            planned.verify.turn = turn(estate, &changes);
            planned.changes = changes;
            planned.verify.expected = expected;
            self.let_caches_go(open, &planned.changes);
        }
        self.steps.push(step);
        Ok(())
    }

    /// Puts what a person types, and the look at the parent, in the place of a change of DS records.
    fn typed(
        &mut self,
        open: &OpenChange,
        keys: &Keys,
        changes: &[Change],
        expected: &Expected,
    ) -> Result<(), Refusal> {
        let Pinning { estate, facts, announce_interval, phase, .. } = self.draft.pinning;
        let id = &open.step.id;
        if keys.goes() {
            let guard = keys.unsent();
            match self.judge(&guard) {
                Truth::True => {}
                Truth::False => {
                    let because = keys.is_needed();
                    return Err(Refusal::Drift { step: id.clone(), because });
                }
                Truth::Unknown => return Err(Refusal::Unknown { step: id.clone(), guard }),
            }
        }
        // Where the parent has no DS, everything is safe to move, whoever typed what.
        let unsigned = changes.iter().any(|change| {
            matches!(&change.after, Value::Rrsets(sets) if sets.iter().all(|it| it.records.is_empty()))
        });
        if unsigned && self.draft.pinning.overrides.contains_key(&LimitKind::AllDeleted) {
            let because = keys.is_unseen();
            return Err(Refusal::NotAvailable { step: id.clone(), because });
        }
        changes.iter().for_each(|change| overlay::apply(&mut self.readings, change));
        let (deed, effect) = (&open.deed, &open.spec.effect);
        let (forecast, used) =
            forecast::of(deed, effect, estate, facts, announce_interval, changes);
        self.used.extend(used);
        let way_back = forecast::back(deed, effect, facts, announce_interval, changes, phase);
        for (suffix, work) in by_hand::ds(keys, expected, &open.spec, (&forecast, &way_back)) {
            let id = Id::new(format!("{id}{suffix}"));
            self.steps.push(PlanStep { id, work, ..open.step.clone() });
        }
        self.let_caches_go(open, changes);
        Ok(())
    }

    /// Takes note of how long caches hold what a step changes; all members of its `each` are waited for together.
    fn let_caches_go(&mut self, open: &OpenChange, changes: &[Change]) {
        let facts = self.draft.pinning.facts;
        let Some(kept) = open.deed.caches(changes, &self.readings, facts) else { return };
        let longest = match self.caches.take() {
            Some((_, PlanStep { work: Work::Wait { at_most, .. }, .. })) => at_most.max(kept),
            Some(_) | None => kept,
        };
        let wait = PlanStep {
            id: Id::new(format!("{}.caches", open.origin)),
            work: Work::Wait { until: None, at_most: longest },
            timeout: None,
            ..open.step.clone()
        };
        self.caches = Some((open.origin.clone(), wait));
    }

    /// Adds the wait for caches before whatever is no other member of the step that it belongs to.
    fn wait_before(&mut self, next: Option<&Drafted>) {
        let belongs = |origin: &Id| matches!(next, Some(Drafted::Open(it)) if it.origin == *origin);
        let wait = self.caches.take_if(|(origin, _)| !belongs(origin));
        self.steps.extend(wait.map(|(_, step)| step));
    }

    /// Holds the gates for whoever comes into a delegation.
    fn gates(&mut self, step: &Id, expected: &Expected) -> Result<(), Refusal> {
        let (estate, facts) = (self.draft.pinning.estate, self.draft.pinning.facts);
        let passage = Gates { estate, facts }.of_change(expected);
        if let (Some(because), Expected::Delegation { zone, .. }) = (passage.hold, expected) {
            return Err(Refusal::Held { step: step.clone(), zone: zone.clone(), because });
        }
        self.used.extend(passage.used);
        for guard in passage.unknown {
            self.unknowns.push(UnknownGuard {
                step: step.clone(),
                guard,
                on_unknown: OnUnknown::Proceed,
            });
        }
        let breach = |(limit, because)| Breach { limit, step: step.clone(), because };
        self.breaches.extend(passage.broken.into_iter().map(breach));
        Ok(())
    }

    fn leave_out(&mut self, step: &Id, because: String) {
        self.left_out.push(LeftOut { step: step.clone(), because });
    }

    /// Where the runbook says nothing, a delegation only moves back onto providers that are known to answer; and keys
    /// only go while nobody is sent to whoever signs with them, whatever it says beside.
    fn way_back(&mut self, step: &Id, deed: &Deed, expected: &Expected, undo: &mut Undo) {
        let Undo::Reverse { refuse_unless, .. } = undo else { return };
        let guard = match (deed, expected, &*refuse_unless) {
            (Deed::Delegation(_), Expected::Delegation { before, .. }, None) => answering(before),
            (Deed::Keys(keys), _, said) => match (keys.unneeded(), said) {
                (Some(own), None) => own,
                (Some(own), Some(said)) => Guard::All(vec![own, said.clone()]),
                (None, _) => return,
            },
            (Deed::Delegation(_) | Deed::Apex(_) | Deed::Records(_) | Deed::Trackers(_), _, _) => {
                return;
            }
        };
        if self.judge(&guard) == Truth::Unknown {
            let (step, on_unknown) = (step.clone(), OnUnknown::Refuse);
            self.unknowns.push(UnknownGuard { step, guard: guard.clone(), on_unknown });
        }
        *refuse_unless = Some(guard);
    }

    fn judge(&mut self, guard: &Guard) -> Truth {
        let pinning = &self.draft.pinning;
        let (facts, since, now) = (pinning.facts, pinning.since, pinning.now);
        let ground =
            Ground { facts, bindings: &self.draft.params, taken: &pinning.taken, since, now };
        let judged = guard.judge(&ground);
        self.used.extend(judged.used);
        self.used.extend(judged.missing);
        judged.truth
    }

    /// One approval covers the plan: the most people, the stricter means, the shortest time of all its steps.
    fn approve(&mut self, open: &OpenChange) -> Result<(), Refusal> {
        let said = &open.spec.approval;
        let Some(rule) = self.draft.pinning.estate.approvals.get(&said.policy) else {
            let (step, policy) = (open.step.id.clone(), said.policy.clone());
            return Err(Refusal::NoPolicy { step, policy });
        };
        let (policy, people, by) = (said.policy.clone(), rule.people, rule.by);
        let alone = alone(rule);
        let all = || Approver::among(&self.draft.pinning.estate.contacts);
        let (approvers, requester) = match by {
            ApprovalMeans::Terminal if alone.is_none() => (Vec::new(), None),
            ApprovalMeans::Terminal => (all(), None),
            ApprovalMeans::Signature => (all(), self.requester()),
        };
        let expires = said.expires;
        // A drill spends no code of a sheet.
        let live = self.draft.pinning.mode == Mode::Live;
        let codes = rule.codes && by == ApprovalMeans::Signature && live;
        let this =
            PlannedApproval { policy, people, by, expires, approvers, requester, alone, codes };
        self.approval = Some(match self.approval.take() {
            None => this,
            Some(other) => stricter(other, this),
        });
        Ok(())
    }

    /// Returns whoever asked for the plan, where the account is named like one of the contacts.
    fn requester(&self) -> Option<Id> {
        let account = self.draft.pinning.requester.as_str();
        let contacts = &self.draft.pinning.estate.contacts;
        contacts.iter().find(|contact| contact.is(account)).map(|contact| contact.id.clone())
    }

    fn changes(&self) -> impl Iterator<Item = &Change> {
        self.steps.iter().flat_map(PlanStep::changes)
    }

    /// Nothing is changed on the word of an observer that cannot see.
    fn sees(&mut self) -> Result<(), Refusal> {
        let healthy = is_true(FactKind::ObserverHealthy, &[]);
        let blind = self.changes().next().is_some() && self.judge(&healthy) == Truth::False;
        if blind { Err(Refusal::ObserverFault) } else { Ok(()) }
    }

    /// Returns what the approver types: the object changed first, else what the runbook is about.
    fn target(&self) -> Id {
        let draft = self.draft;
        let params = &draft.pinning.runbook.0.params;
        let of_cause = params.iter().find(|(_, it)| it.from == Some(ParamSource::CauseSubject));
        let about = of_cause.and_then(|(name, _)| draft.params.get(name));
        let first = self.changes().next().map(|change| &change.object);
        let target = first.or(about).or_else(|| draft.params.values().next());
        target.unwrap_or(&draft.pinning.estate.id).clone()
    }
}

/// Returns how often somebody else writes the zones of these changes: whoever writes most often.
fn turn(estate: &Estate, changes: &[Change]) -> Option<Span> {
    let written = |zone: &&Zone| changes.iter().any(|change| change.object == zone.id);
    let zones = estate.zones.iter().filter(written);
    zones.filter_map(|zone| zone.managed_by.as_ref()?.every).min()
}

/// Demands that everybody who answered before does.
fn answering(before: &DelegationState) -> Guard {
    let answers = |id: &Id| is_true(FactKind::DnsAuthorityAnswers, &[id]);
    match before.providers.as_slice() {
        [one] => answers(one),
        several => Guard::All(several.iter().map(answers).collect()),
    }
}

fn stricter(one: PlannedApproval, other: PlannedApproval) -> PlannedApproval {
    let rank = |it: &PlannedApproval| (it.by == ApprovalMeans::Signature, it.people);
    let takes_codes = |it: &PlannedApproval| it.codes || needs_nobody_else(it);
    let codes = takes_codes(&one) && takes_codes(&other);
    let expires = one.expires.min(other.expires);
    let people = one.people.max(other.people);
    let alone = alone_with(&one, &other);
    let policy = if rank(&other) > rank(&one) { other } else { one };
    let codes = codes && policy.by == ApprovalMeans::Signature;
    PlannedApproval { expires, people, alone, codes, ..policy }
}

/// Returns what a policy lets whoever is alone do.
fn alone(rule: &ApprovalPolicy) -> Option<Alone> {
    let spans = rule.alone_needs.iter().filter_map(|need| match *need {
        AloneNeed::RehearsedWithin(span) => Some(span),
        AloneNeed::StandingApproval => None,
    });
    Some(Alone { after: rule.alone_after?, rehearsed_within: spans.min() })
}

/// Tells whether whoever runs a plan needs nobody else by a policy.
fn needs_nobody_else(policy: &PlannedApproval) -> bool {
    policy.by == ApprovalMeans::Terminal && policy.people == 1
}

/// Both policies must let one go on alone; one that needs nobody else anyway stands in nobody's way.
fn alone_with(one: &PlannedApproval, other: &PlannedApproval) -> Option<Alone> {
    match (needs_nobody_else(one), needs_nobody_else(other)) {
        (true, _) => other.alone,
        (_, true) => one.alone,
        (false, false) => {
            let (one, other) = (one.alone?, other.alone?);
            let spans = [one.rehearsed_within, other.rehearsed_within].into_iter().flatten();
            Some(Alone { after: one.after.max(other.after), rehearsed_within: spans.min() })
        }
    }
}

fn start_by(now: Timestamp, approval: Option<&PlannedApproval>) -> Timestamp {
    let wait = approval.map_or(START_BY[1], |approval| approval.expires.max(START_BY[0]));
    let wait = jiff::SignedDuration::try_from(wait.duration()).unwrap_or_default();
    now.saturating_add(wait).unwrap_or(now)
}

/// Writes a fact with at most three decimals, so that its JSON reads back as the very same number.
fn in_short(fact: &Fact) -> Fact {
    let mut fact = fact.clone();
    if let Some(measure) = &mut fact.measure {
        measure.value = to_a_thousandth(measure.value);
        measure.of = measure.of.map(to_a_thousandth);
    }
    fact
}

fn to_a_thousandth(number: f64) -> f64 {
    (number * 1_000.0).round() / 1_000.0
}
