//! Whether a plan lies inside a standing approval: every value that it would write, and every one that it would replace.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::model::{
    ActionKind, AllowedRecords, AllowedTrackers, Change, Id, Plan, RrContent, RrKey, Rrset,
    RunbookMark, Span, StandingApproval, Target, TrackerEntry, Value, Work, same_announce_url,
};

/// What of a plan lies outside.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Outside {
    /// The estate.
    #[error("it is of estate `{0}`")]
    Estate(Id),
    /// The runbook.
    #[error("it is of runbook `{0}` alone")]
    Runbook(Id),
    /// The runbook as it is now.
    #[error("the runbook `{0}` has changed since it was signed")]
    Edited(Id),
    /// An included runbook: nobody read what is in it.
    #[error("the plan includes the runbook `{0}` as it is now, which it does not bind")]
    Included(Id),
    /// The policy.
    #[error("it does not stand in for the policy `{0}`")]
    Policy(Id),
    /// A limit that the plan goes past.
    #[error("step `{0}` goes past a limit, which it never covers")]
    Override(Id),
    /// More changes than it allows.
    #[error("the plan makes {planned} changes; it allows {allowed}")]
    Count {
        /// In the plan.
        planned: usize,
        /// In the envelope.
        allowed: u32,
    },
    /// The action of a step.
    #[error("step `{0}` does `{word}`, which it does not allow", word = name(*.1))]
    Action(Id, ActionKind),
    /// A record set that it does not name.
    #[error("it allows no change of {kind} {name} at `{service}`", kind = .key.kind, name = .key.name)]
    Records {
        /// The service.
        service: Id,
        /// Which.
        key: RrKey,
    },
    /// A value of a record set.
    #[error(
        "{kind} {name} is {what} {{{values}}}, which it does not allow",
        kind = .key.kind, name = .key.name
    )]
    Value {
        /// Which.
        key: RrKey,
        /// `now`, or `to become`.
        what: &'static str,
        /// The records.
        values: String,
    },
    /// A TTL.
    #[error("{kind} {name} is to have a TTL of {ttl}, which it does not allow", kind = .key.kind, name = .key.name)]
    Ttl {
        /// Which.
        key: RrKey,
        /// The TTL.
        ttl: Span,
    },
    /// What lies beside a record set's data: disabled records, comments, and what its service keeps besides.
    #[error("{kind} {name} is to change more than its records", kind = .0.kind, name = .0.name)]
    Beside(RrKey),
    /// A seedbox that it does not name.
    #[error("it allows no change of tracker lists at `{0}`")]
    Lists(Id),
    /// An announce URL that would come.
    #[error("`{url}` is to be listed at `{service}`, which it does not allow")]
    Comes {
        /// The seedbox.
        service: Id,
        /// The URL.
        url: String,
    },
    /// An announce URL that would go.
    #[error("`{url}` is to be struck at `{service}`, which it does not allow")]
    Goes {
        /// The seedbox.
        service: Id,
        /// The URL.
        url: String,
    },
    /// The order of what stays.
    #[error("the trackers that stay at `{0}` are to change their order, which it does not allow")]
    Order(Id),
}

fn name(action: ActionKind) -> String {
    let word = serde_json::to_value(action).ok();
    word.as_ref().and_then(|word| word.as_str()).unwrap_or_default().to_owned()
}

/// Finds the first thing of a plan that lies outside of a standing approval. Whoever may use it, until when, how often
/// and on which facts is for others to judge.
///
/// # Errors
/// [`Outside`] names it.
pub fn covers(standing: &StandingApproval, plan: &Plan) -> Result<(), Outside> {
    if plan.estate.id != standing.estate {
        return Err(Outside::Estate(standing.estate.clone()));
    }
    if plan.runbook.id != standing.runbook.id {
        return Err(Outside::Runbook(standing.runbook.id.clone()));
    }
    if plan.runbook.digest != standing.runbook.digest {
        return Err(Outside::Edited(plan.runbook.id.clone()));
    }
    let bound = |mark: &RunbookMark| {
        standing.includes.iter().any(|it| it.id == mark.id && it.digest == mark.digest)
    };
    if let Some(included) = plan.includes.iter().find(|it| !bound(it)) {
        return Err(Outside::Included(included.id.clone()));
    }
    // The plan names the strictest policy of its changes, and every value is judged whatever its policy.
    if let Some(approval) = &plan.approval
        && !standing.policies.contains(&approval.policy)
    {
        return Err(Outside::Policy(approval.policy.clone()));
    }
    if let Some(past) = plan.overrides.first() {
        return Err(Outside::Override(past.step.clone()));
    }
    let planned = plan.changes().count();
    if planned > standing.changes_at_most as usize {
        return Err(Outside::Count { planned, allowed: standing.changes_at_most });
    }
    for step in &plan.steps {
        let Work::Change(change) = &step.work else { continue };
        if !standing.actions.contains(&change.action) {
            return Err(Outside::Action(step.id.clone(), change.action));
        }
        change.changes.iter().try_for_each(|change| within(standing, change))?;
    }
    Ok(())
}

fn within(standing: &StandingApproval, change: &Change) -> Result<(), Outside> {
    match (&change.target, &change.before, &change.after) {
        (Target::Rrsets { service, zone, keys }, Value::Rrsets(before), Value::Rrsets(after)) => {
            let place = Place { standing, service, zone };
            keys.iter().try_for_each(|key| {
                let find = |sets: &[Rrset]| sets.iter().find(|set| set.key == *key).cloned();
                place.holds(key, find(before), find(after))
            })?;
            // A value of which the target says nothing is written nowhere, and is nothing that was read.
            let stray = before.iter().chain(after).find(|set| !keys.contains(&set.key));
            stray.map_or(Ok(()), |set| Err(place.unnamed(&set.key)))
        }
        (Target::TrackerList { service, .. }, Value::Trackers(before), Value::Trackers(after)) => {
            let allowed: Vec<&AllowedTrackers> =
                standing.tracker_lists.iter().filter(|it| it.service == *service).collect();
            lists(service, &allowed, before, after)
        }
        (target, ..) => Err(Outside::Lists(target.service().clone())),
    }
}

/// One zone at one service.
struct Place<'a> {
    standing: &'a StandingApproval,
    service: &'a Id,
    zone: &'a str,
}

impl Place<'_> {
    fn unnamed(&self, key: &RrKey) -> Outside {
        Outside::Records { service: self.service.clone(), key: key.clone() }
    }

    fn holds(
        &self,
        key: &RrKey,
        before: Option<Rrset>,
        after: Option<Rrset>,
    ) -> Result<(), Outside> {
        let absent =
            || Rrset { key: key.clone(), ttl: 0, records: Vec::new(), comments: Vec::new() };
        let (before, after) = (before.unwrap_or_else(absent), after.unwrap_or_else(absent));
        let same = Value::Rrsets(vec![before.clone()]).same_as(&Value::Rrsets(vec![after.clone()]));
        if same {
            return Ok(());
        }
        let of_it = |allowed: &&AllowedRecords| {
            allowed.service == *self.service
                && same_name(&allowed.zone, self.zone)
                && same_name(&allowed.name, &key.name)
                && allowed.kind == key.kind
        };
        // Each entry stands by itself: what one lets come does not go with what another lets go.
        let mut refused = self.unnamed(key);
        for allowed in self.standing.records.iter().filter(of_it) {
            match judge(allowed, key, &before, &after) {
                Ok(()) => return Ok(()),
                Err(outside) => refused = outside,
            }
        }
        Err(refused)
    }
}

fn judge(
    allowed: &AllowedRecords,
    key: &RrKey,
    before: &Rrset,
    after: &Rrset,
) -> Result<(), Outside> {
    let beside = |set: &Rrset| {
        let off: BTreeSet<String> =
            set.records.iter().filter(|it| it.disabled).map(|it| it.content.clone()).collect();
        let said: BTreeSet<(String, String)> =
            set.comments.iter().map(|it| (it.content.clone(), it.account.clone())).collect();
        (off, said)
    };
    let served = |set: &Rrset| -> Vec<String> {
        set.records.iter().filter(|it| !it.disabled).map(|it| it.content.clone()).collect()
    };
    for (set, among, what) in
        [(before, &allowed.before, "now"), (after, &allowed.after, "to become")]
    {
        let served = served(set);
        if !among.iter().any(|one| same_set(&key.kind, one, &served)) {
            let values = served.join(", ");
            return Err(Outside::Value { key: key.clone(), what, values });
        }
    }
    if beside(before) != beside(after) || !keeps(before, after) {
        return Err(Outside::Beside(key.clone()));
    }
    let ttl = Span::from_secs(u64::from(after.ttl));
    let fits = match allowed.ttl {
        _ if after.records.is_empty() => true,
        Some(range) => range.at_least <= ttl && ttl <= range.at_most,
        None => after.ttl == before.ttl,
    };
    if fits { Ok(()) } else { Err(Outside::Ttl { key: key.clone(), ttl }) }
}

/// Tells whether what a service keeps beside records stays: that of one that stays, and of one that comes what one
/// had that was there.
fn keeps(before: &Rrset, after: &Rrset) -> bool {
    let kept = |new: &RrContent| match before.records.iter().find(|old| old.content == new.content)
    {
        Some(old) => old.beside == new.beside,
        None if before.records.is_empty() => new.beside.is_none(),
        None => before.records.iter().any(|old| old.beside == new.beside),
    };
    after.records.iter().all(kept)
}

/// Tells whether two sets of records are the same in any order; each record counts as often as it stands there.
fn same_set(kind: &str, one: &[String], other: &[String]) -> bool {
    let plain = |records: &[String]| {
        // Names in these types are the same whatever their case (RFC 4343); elsewhere a letter may mean something.
        let named = matches!(kind, "NS" | "CNAME" | "PTR" | "DNAME");
        let one = |text: &String| if named { text.to_ascii_lowercase() } else { text.clone() };
        let mut plain: Vec<String> = records.iter().map(one).collect();
        plain.sort();
        plain
    };
    plain(one) == plain(other)
}

fn same_name(one: &str, other: &str) -> bool {
    let plain = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
    plain(one) == plain(other)
}

/// Judges one tracker list: what comes, what goes, and that the rest stays as it is.
fn lists(
    service: &Id,
    allowed: &[&AllowedTrackers],
    before: &[TrackerEntry],
    after: &[TrackerEntry],
) -> Result<(), Outside> {
    if allowed.is_empty() {
        return Err(Outside::Lists(service.clone()));
    }
    let listed = |list: &[TrackerEntry], url: &str| list.iter().any(|it| it.url == url);
    let among = |urls: &[String], url: &str| urls.iter().any(|it| same_announce_url(it, url));
    for entry in after.iter().filter(|entry| !listed(before, &entry.url)) {
        if !allowed.iter().any(|it| among(&it.add, &entry.url)) {
            return Err(Outside::Comes { service: service.clone(), url: entry.url.clone() });
        }
    }
    for entry in before.iter().filter(|entry| !listed(after, &entry.url)) {
        if !allowed.iter().any(|it| among(&it.remove, &entry.url)) {
            return Err(Outside::Goes { service: service.clone(), url: entry.url.clone() });
        }
    }
    let stay = |list: &[TrackerEntry], other: &[TrackerEntry]| -> Vec<String> {
        list.iter().filter(|it| listed(other, &it.url)).map(|it| it.url.clone()).collect()
    };
    if stay(before, after) == stay(after, before) {
        Ok(())
    } else {
        Err(Outside::Order(service.clone()))
    }
}
