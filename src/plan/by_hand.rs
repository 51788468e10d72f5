//! A delegation, or its DS, at a registrar without an API: a person types it, and the parent shows whether they did.

use super::cut::Cut;
use super::deed::Deed;
use super::delegation::{Course, Delegation, is_true, names};
use super::health::Health;
use super::keys::Keys;
use crate::model::{
    Ask, ChangeSpec, DnsProvider, Expected, FactKind, Forecast, Guard, Id, Limit, LimitKind,
    ProbeKind, Proof, Span, WayBack, Work, fully_qualified,
};

/// How long the parent may take to show what a person typed, beside unlocking.
const PUBLISHING: Span = Span::from_secs(3_600);

/// Says which limit a change made by hand would break, and on which facts that rests: a person is told no more than
/// a plan may do.
pub fn broken(
    deed: &Deed,
    limit: &Limit,
    now: &Health<'_>,
) -> (Option<(LimitKind, String)>, Vec<Id>) {
    let delegation = match deed {
        Deed::Delegation(delegation) if delegation.cut.by_hand() => delegation,
        Deed::Delegation(_)
        | Deed::Apex(_)
        | Deed::Keys(_)
        | Deed::Records(_)
        | Deed::Trackers(_) => return (None, Vec::new()),
    };
    let takes = delegation.course != Course::Add;
    let left: Vec<String> = delegation.afterwards(now.estate, now.facts).into_iter().collect();
    now.delegated(limit, takes, &left)
}

/// Returns the steps that stand for a delegation moved by hand, each with the ending of its id; `None` for any other
/// change.
pub fn steps(
    deed: &Deed,
    spec: &ChangeSpec,
    forecast: &Forecast,
    way_back: &WayBack,
) -> Option<Vec<(&'static str, Work)>> {
    let delegation = match deed {
        Deed::Delegation(delegation) if delegation.cut.by_hand() => delegation,
        Deed::Delegation(_)
        | Deed::Apex(_)
        | Deed::Keys(_)
        | Deed::Records(_)
        | Deed::Trackers(_) => return None,
    };
    let typed = Typed {
        cut: &delegation.cut,
        what: instruction(delegation),
        seen: at_the_parent(delegation),
    };
    Some(typed.steps(spec, forecast, way_back).into())
}

/// Returns the steps that stand for DS records changed by hand; what goes is looked at once more before it is typed.
pub fn ds(
    keys: &Keys,
    expected: &Expected,
    spec: &ChangeSpec,
    (forecast, way_back): (&Forecast, &WayBack),
) -> Vec<(&'static str, Work)> {
    let (cut, goes) = (&keys.cut, keys.goes());
    // Whoever validates takes what a provider serves exactly while the parent names a key that signs there.
    let safe = is_true(FactKind::DnssecSafeToMove, &[&cut.zone.id, &keys.of.id]);
    let seen = if goes { Guard::Not(Box::new(safe)) } else { safe };
    let typed = Typed { cut, what: records(cut, expected), seen };
    let probes = vec![ProbeKind::Dns];
    let again = goes.then(|| (".gates", Work::Check { probes, require: Some(keys.unsent()) }));
    again.into_iter().chain(typed.steps(spec, forecast, way_back)).collect()
}

/// What a person types.
struct Typed<'a> {
    cut: &'a Cut,
    what: String,
    /// What shows that it was done.
    seen: Guard,
}

impl Typed<'_> {
    fn steps(
        self,
        spec: &ChangeSpec,
        forecast: &Forecast,
        way_back: &WayBack,
    ) -> [(&'static str, Work); 2] {
        let unlocking = self.cut.registrar.unlock_takes.unwrap_or_default();
        let at_most = [PUBLISHING, unlocking, forecast.latest].map(Span::as_millis).iter().sum();
        let (id, locks) = (&self.cut.registrar.id, self.cut.registrar.locks.join(", "));
        let mut instruction = format!("At registrar `{id}`, {}.", self.what);
        if !locks.is_empty() {
            instruction.push_str(&format!(
                " It is locked ({locks}): have it unlocked first, and locked again after."
            ));
        }
        let ask = Ask {
            instruction: Some(instruction),
            why: Some(format!("{} {}", spec.why, going_back(way_back))),
            proof: Some(Proof::Answer),
            ..Ask::default()
        };
        let wait = Work::Wait { until: Some(self.seen), at_most: Span::from_millis(at_most) };
        [("", Work::Ask(ask)), (".at-the-parent", wait)]
    }
}

/// Says how long a way back takes, before anything is typed.
fn going_back(way_back: &WayBack) -> String {
    let (latest, bound) = (way_back.forecast.latest, way_back.bound);
    if way_back.in_time {
        format!("It can be reversed: users notice that {latest} after it is typed back at most.")
    } else {
        format!(
            "It cannot be reversed within {bound}: caches keep what is typed for up to {latest}."
        )
    }
}

/// What a person types, word for word.
fn instruction(delegation: &Delegation) -> String {
    let zone = fully_qualified(&delegation.cut.zone.name);
    let servers =
        |of: &[DnsProvider]| -> String { names(of).into_iter().collect::<Vec<_>>().join(", ") };
    let who = |of: &[DnsProvider]| {
        of.iter().map(|it| format!("`{}`", it.id)).collect::<Vec<_>>().join(", ")
    };
    let (coming, going) = (&delegation.added, &delegation.removed);
    let change = match delegation.course {
        Course::Replace => format!(
            "take out every name server of {} and put in those of {}: {}",
            who(going),
            who(coming),
            servers(coming)
        ),
        Course::Restore => {
            format!("put in these name servers and no others: {}", servers(coming))
        }
        Course::Add => format!(
            "put in those of {} beside those that are there: {}",
            who(coming),
            servers(coming)
        ),
        Course::Remove => {
            format!("take out those of {} and leave the others: {}", who(going), servers(going))
        }
    };
    format!("change the name servers of {zone}: {change}")
}

/// What a person types of DS records, word for word.
fn records(cut: &Cut, expected: &Expected) -> String {
    let Expected::Top { comes, goes, .. } = expected else { return String::new() };
    let list = |of: &[String]| of.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    let change = if goes.is_empty() {
        format!("put in beside those that are there: {}", list(comes))
    } else {
        format!("take out, and leave the others: {}", list(goes))
    };
    let zone = fully_qualified(&cut.zone.name);
    format!("change the DS of {zone}: {change} (key tag, algorithm, digest type, digest)")
}

/// What the parent shows once it is done: delegated to whoever was put in, and not to whoever was taken out.
fn at_the_parent(delegation: &Delegation) -> Guard {
    let zone = &delegation.cut.zone.id;
    if delegation.course == Course::Restore {
        return is_true(FactKind::DnsDelegationAsIntended, &[zone]);
    }
    let delegated = |provider: &Id| is_true(FactKind::DnsDelegated, &[zone, provider]);
    let come = delegation.added.iter().map(|it| delegated(&it.id));
    let gone = delegation.removed.iter().map(|it| Guard::Not(Box::new(delegated(&it.id))));
    let mut parts: Vec<Guard> = come.chain(gone).collect();
    if parts.len() == 1 { parts.swap_remove(0) } else { Guard::All(parts) }
}
