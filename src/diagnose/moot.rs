//! Which unknowns nobody could ever know: they block nothing, and prove nothing.

use crate::model::{Estate, Fact, FactKind, Truth};

/// Tells whether an unknown fact could not be known: its probe is not built, nothing is declared that could tell, or
/// there is no path of its address family. The estate and the fact's "of 0" decide, never other facts.
pub(super) fn is_moot(estate: &Estate, fact: &Fact) -> bool {
    let of_nothing = fact.measure.and_then(|measure| measure.of) == Some(0.0);
    fact.truth == Truth::Unknown
        && (of_nothing || is_unbuilt(fact.kind) || has_no_parent(estate, fact))
}

const fn is_unbuilt(kind: FactKind) -> bool {
    matches!(kind, FactKind::AccountSuspended)
}

/// Without declared servers of the parent it is luck whether they are found.
fn has_no_parent(estate: &Estate, fact: &Fact) -> bool {
    let of_parent = matches!(
        fact.kind,
        FactKind::DnsDelegated
            | FactKind::DnsDelegationAsIntended
            | FactKind::DnsDelegationPresent
            | FactKind::DnsDelegationConsistent
            | FactKind::DnsDelegationGlue
            | FactKind::DnsDelegationTtl
            | FactKind::DnsParentAnswers
            | FactKind::DnssecSafeToMove
    );
    let registrar = estate.zone(&fact.subject).and_then(|zone| zone.registrar.as_ref());
    let registrar = registrar.and_then(|id| estate.registrar(id));
    of_parent && registrar.is_none_or(|registrar| registrar.nameservers.is_empty())
}
