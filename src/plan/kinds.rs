//! The seven kinds of steps, each frozen in its own way; branches and includes stand in `walk`.

use super::deed::{Deed, Fault};
use super::delegation::{Delegation, is_true};
use super::draft::OpenChange;
use super::gates::Gates;
use super::health::Health;
use super::scope::Meant;
use super::walk::Walk;
use super::{Breach, Refusal, by_hand, forecast};
use crate::model::{
    Ask, ChangeSpec, Check, DnsProvider, FactKind, Id, LimitKind, MessageSpec, OnUnknown,
    PlannedChannel, ProbeKind, Span, Step, Truth, Undo, WaitSpec, Work,
};

impl Walk<'_, '_> {
    pub fn check(&mut self, step: &Step, id: &Id, check: &Check) -> Result<(), Refusal> {
        let require = match &check.require {
            None => None,
            Some(require) => {
                if let Some(absent) = self.absent(require) {
                    self.leave_out(id, format!("`${absent}` stands for nothing"));
                    return Ok(());
                }
                let guard = self.bind_later(require);
                self.unknown_now(id, &guard, step.on_unknown.unwrap_or(OnUnknown::Refuse));
                Some(guard)
            }
        };
        self.ready(step, id, Work::Check { probes: check.probe.clone(), require })
    }

    pub fn ask(&mut self, step: &Step, id: &Id, ask: &Ask) -> Result<(), Refusal> {
        let mut frozen = ask.clone();
        for text in [&mut frozen.instruction, &mut frozen.question].into_iter().flatten() {
            match self.scope.meant(text) {
                Ok(Meant::One(meant)) => *text = meant,
                Ok(Meant::Many(meant)) => *text = meant.join(", "),
                Err(missing) => return self.missing(id, missing),
            }
        }
        if let Some(zone) = &mut frozen.patch {
            match self.scope.id(&zone.0) {
                Ok(id) => id.as_str().clone_into(&mut zone.0),
                Err(missing) => return self.missing(id, missing),
            }
        }
        self.ready(step, id, Work::Ask(frozen))
    }

    /// Finds the channels; one that is not there is named, and without any the step is left out.
    pub fn message(&mut self, step: &Step, id: &Id, spec: &MessageSpec) -> Result<(), Refusal> {
        let mut to: Vec<PlannedChannel> = Vec::new();
        for name in &spec.to {
            let channels = self.pinning.estate.channels_for(name);
            if channels.is_empty() {
                self.leave_out(id, format!("the estate has no channel for `{name}`"));
            }
            for channel in channels {
                let languages = match channel.languages.as_slice() {
                    [] => vec!["en".to_owned()],
                    some => some.to_vec(),
                };
                let (id, audience) = (channel.id.clone(), channel.audience);
                let planned = PlannedChannel { id, audience, languages };
                if !to.contains(&planned) {
                    to.push(planned);
                }
            }
        }
        if to.is_empty() {
            return Ok(());
        }
        self.ready(step, id, Work::Message { template: spec.template.clone(), to })
    }

    pub fn wait(&mut self, step: &Step, id: &Id, spec: &WaitSpec) -> Result<(), Refusal> {
        let said = match &spec.as_long_as {
            None => None,
            Some(reference) => match self.scope.meant(&reference.0) {
                Ok(Meant::One(text)) if Span::parse(&text).is_ok() => Span::parse(&text).ok(),
                Ok(_) => return Err(self.wrong(id, "`as_long_as` names no length of time")),
                Err(missing) => return self.missing(id, missing),
            },
        };
        let Some(at_most) = spec.at_most.or(spec.length).or(said) else {
            return Err(self.wrong(id, "a wait needs `for`, `as_long_as` or `at_most`"));
        };
        let until = match &spec.until {
            None => None,
            Some(until) => {
                if let Some(absent) = self.absent(until) {
                    self.leave_out(id, format!("`${absent}` stands for nothing"));
                    return Ok(());
                }
                let guard = self.bind_later(until);
                self.unknown_now(id, &guard, step.on_unknown.unwrap_or(OnUnknown::Proceed));
                Some(guard)
            }
        };
        self.ready(step, id, Work::Wait { until, at_most })
    }

    pub fn change(&mut self, step: &Step, id: &Id, spec: &ChangeSpec) -> Result<(), Refusal> {
        if !self.pinning.estate.approvals.contains_key(&spec.approval.policy) {
            let policy = spec.approval.policy.clone();
            return Err(Refusal::NoPolicy { step: id.clone(), policy });
        }
        let deed = match Deed::of(&self.scope, id, spec) {
            Ok(deed) => deed,
            Err(Fault::Missing(missing)) => return self.missing(id, missing),
            Err(Fault::Refusal(refusal)) => return Err(*refusal),
        };
        self.moves(&deed);
        let undo = self.undo(id, spec);
        let (facts, interval) = (self.pinning.facts, self.pinning.announce_interval);
        let estate = self.pinning.estate;
        let (forecast, used) = forecast::of(&deed, &spec.effect, estate, facts, interval, &[]);
        self.rests_on(used);
        let way_back =
            forecast::back(&deed, &spec.effect, facts, interval, &[], self.pinning.phase);
        let (broken, used) = by_hand::broken(&deed, &spec.limit, &Health { estate, facts });
        self.rests_on(used);
        if let Some((limit, because)) = broken {
            self.harm(Breach { limit, step: id.clone(), because });
        }
        if let Some(hand) = by_hand::steps(&deed, spec, &forecast, &way_back) {
            let again = self.gates(id, &deed)?;
            return again.into_iter().chain(hand).try_for_each(|(suffix, work)| {
                let id = Id::new(format!("{id}{suffix}"));
                self.ready(step, &id, work)
            });
        }
        let (changes, verify) = (Vec::new(), deed.verify(spec, &forecast, id)?);
        let planned = crate::model::PlannedChange {
            action: spec.action,
            why: spec.why.clone(),
            limit: spec.limit.clone(),
            changes,
            forecast,
            verify,
            undo,
            way_back,
        };
        let frozen = self.around(step, id, Work::Change(Box::new(planned)));
        let origin = self.full(&step.id);
        self.open(OpenChange { step: frozen, origin, spec: spec.clone(), deed });
        Ok(())
    }

    /// Holds the gates for what a person types, and returns the step that holds them again before it is typed. Nothing is
    /// read at the registrar, so who comes is told by the facts.
    fn gates(&mut self, id: &Id, deed: &Deed) -> Result<Option<(&'static str, Work)>, Refusal> {
        let Deed::Delegation(delegation) = deed else { return Ok(None) };
        let Delegation { cut, added, .. } = delegation.as_ref();
        let zone = &cut.zone;
        let mut coming: Vec<&DnsProvider> = added.iter().collect();
        coming.retain(|it| {
            let there = is_true(FactKind::DnsDelegated, &[&zone.id, &it.id]);
            self.judge(&there).truth != Truth::True
        });
        if coming.is_empty() {
            return Ok(None);
        }
        let gates = Gates { estate: self.pinning.estate, facts: self.pinning.facts };
        let passage = gates.of(zone, &coming);
        if let Some(because) = passage.hold {
            return Err(Refusal::Held { step: id.clone(), zone: zone.id.clone(), because });
        }
        self.rests_on(passage.used);
        for guard in &passage.unknown {
            self.unknown(id, guard, OnUnknown::Proceed);
        }
        for (limit, because) in passage.broken {
            self.harm(Breach { limit, step: id.clone(), because });
        }
        let past: Vec<LimitKind> = self.pinning.overrides.keys().copied().collect();
        let require = Some(gates.guard(zone, &coming, &past));
        let probes = vec![ProbeKind::Dns, ProbeKind::Registry];
        Ok(Some((".gates", Work::Check { probes, require })))
    }

    /// Freezes the way back.
    fn undo(&mut self, id: &Id, spec: &ChangeSpec) -> Undo {
        if let Some(reason) = &spec.undo.irreversible {
            return Undo::Irreversible { reason: reason.clone() };
        }
        let refuse_unless = spec.undo.refuse_unless.as_ref().map(|guard| self.bind_later(guard));
        if let Some(guard) = &refuse_unless {
            self.unknown_now(id, guard, OnUnknown::Refuse);
        }
        Undo::Reverse { refuse_unless, pause: None }
    }
}
