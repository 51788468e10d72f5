//! A delegation at a registrar without an API: a person types it, and the parent shows whether they did.

use super::deed::Deed;
use super::delegation::{Course, Delegation, is_true, names};
use crate::model::{
    Ask, ChangeSpec, FactKind, Forecast, Guard, Id, Proof, Span, WayBack, Work, fully_qualified,
};

/// How long the parent may take to show what a person typed, beside unlocking.
const PUBLISHING: Span = Span::from_secs(3_600);

/// Returns the steps that stand for a change made by hand, each with the ending of its id; `None` for any other.
pub fn steps(
    deed: &Deed,
    spec: &ChangeSpec,
    forecast: &Forecast,
    way_back: &WayBack,
) -> Option<Vec<(&'static str, Work)>> {
    let delegation = match deed {
        Deed::Delegation(delegation) if delegation.by_hand() => delegation,
        Deed::Delegation(_) | Deed::Trackers(_) => return None,
    };
    let unlocking = delegation.registrar.unlock_takes.unwrap_or_default();
    let at_most = [PUBLISHING, unlocking, forecast.latest].map(Span::as_millis).iter().sum();
    let ask = Ask {
        instruction: Some(instruction(delegation)),
        why: Some(format!("{} {}", spec.why, going_back(way_back))),
        proof: Some(Proof::Answer),
        ..Ask::default()
    };
    let until = Some(at_the_parent(delegation));
    let wait = Work::Wait { until, at_most: Span::from_millis(at_most) };
    Some(vec![("", Work::Ask(ask)), (".at-the-parent", wait)])
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
    let zone = fully_qualified(&delegation.zone.name);
    let coming: Vec<String> = names(&delegation.added).into_iter().collect();
    let change = match &delegation.course {
        Course::Replace { remove, add } => {
            format!("take out every name server of `{remove}` and put in those of `{add}`")
        }
        Course::Restore => "put in these name servers and no others".to_owned(),
    };
    let mut text = format!(
        "At registrar `{}`, change the name servers of {zone}: {change}: {}.",
        delegation.registrar.id,
        coming.join(", ")
    );
    if !delegation.registrar.locks.is_empty() {
        let locks = delegation.registrar.locks.join(", ");
        text.push_str(&format!(
            " It is locked ({locks}): have it unlocked first, and locked again after."
        ));
    }
    text
}

/// What the parent shows once it is done: delegated to whoever was put in, and not to whoever was taken out.
fn at_the_parent(delegation: &Delegation) -> Guard {
    let zone = &delegation.zone.id;
    if delegation.course == Course::Restore {
        return is_true(FactKind::DnsDelegationAsIntended, &[zone]);
    }
    let delegated = |provider: &Id| is_true(FactKind::DnsDelegated, &[zone, provider]);
    let mut parts: Vec<Guard> = delegation.added.iter().map(|it| delegated(&it.id)).collect();
    if let Course::Replace { remove, .. } = &delegation.course {
        parts.push(Guard::Not(Box::new(delegated(remove))));
    }
    Guard::All(parts)
}
