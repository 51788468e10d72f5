//! Whether the providers of a zone hold the same: each whole copy against what git has, or among themselves.

use super::sides::read;
use super::{Snapshots, holders, said};
use crate::drive::Operation;
use crate::model::{CopyFrom, CopySource, Id, Truth, Zone, ZoneComparison, ZoneCopy, ZoneParity};
use crate::net::Deadline;
use crate::service::dns::{Ability, ability, copy};

/// A reference, or why there is none.
type Reference = Result<(CopySource, ZoneCopy), String>;

/// Holds the copy of each provider of a zone against the reference; offline, the committed ones.
pub async fn parity(
    operation: &Operation,
    snapshots: &Snapshots,
    zone: &Zone,
    offline: bool,
    until: Deadline,
) -> Vec<ZoneParity> {
    let reference = reference(operation, snapshots, zone, offline, until).await;
    let from = if offline { CopyFrom::Git } else { CopyFrom::Live };
    let holders = holders(operation, zone).into_iter();
    let sources: Vec<CopySource> =
        holders.map(|it| CopySource { from, provider: it.id.clone() }).collect();
    let own = reference.as_ref().ok().map(|(source, _)| source.clone());
    let others: Vec<&CopySource> =
        sources.iter().filter(|source| Some(*source) != own.as_ref()).collect();
    let wanted: Vec<(&Zone, &CopySource)> = others.iter().map(|source| (zone, *source)).collect();
    let copies = match &reference {
        Ok(_) => read(operation, snapshots, &wanted, until).await,
        Err(because) => others.iter().map(|_| Err(because.clone())).collect(),
    };
    let each = others.into_iter().zip(copies);
    each.map(|(source, copy)| compared(operation, zone, source, &reference, copy)).collect()
}

/// Finds what the copies are held against: git's, or where it has none the first that a serving provider gives.
async fn reference(
    operation: &Operation,
    snapshots: &Snapshots,
    zone: &Zone,
    offline: bool,
    until: Deadline,
) -> Reference {
    let found = snapshots.reference(zone).map_err(|error| error.to_string())?;
    if let Some((provider, copy)) = found {
        return Ok((CopySource { from: CopyFrom::Git, provider }, copy));
    }
    if offline {
        let because = "no commit has a copy of it from a provider that serves it";
        return Err(format!("{because}: `lifeboat zone snapshot` takes one"));
    }
    let serving = zone.delegated_to.iter().filter_map(|id| operation.estate.provider(id));
    let mut gives = serving.filter(|it| !matches!(ability(it.kind), Ability::None(_)));
    let provider = gives.next().ok_or("no provider that serves it gives a copy")?;
    let copy = copy(&operation.field, provider, zone, until).await.map_err(|error| said(&error))?;
    Ok((CopySource { from: CopyFrom::Live, provider: provider.id.clone() }, copy))
}

fn compared(
    operation: &Operation,
    zone: &Zone,
    source: &CopySource,
    reference: &Reference,
    copy: Result<ZoneCopy, String>,
) -> ZoneParity {
    let found = match (reference, copy) {
        (Ok((from, reference)), Ok(copy)) => {
            let akin = are_akin(operation, &from.provider, &source.provider);
            Ok(zone.compare((&from.provider, reference), (&source.provider, &copy), akin))
        }
        (Err(because), _) => Err(because.clone()),
        (Ok(_), Err(because)) => Err(because),
    };
    let (truth, because) = match &found {
        Ok(comparison) if comparison.agrees() => (Truth::True, None),
        Ok(_) => (Truth::False, None),
        Err(because) => (Truth::Unknown, Some(because.clone())),
    };
    let ZoneComparison { compared, alike, declared, gaps } = found.unwrap_or_default();
    ZoneParity {
        zone: zone.id.clone(),
        name: zone.name.clone(),
        copy: source.clone(),
        against: reference.as_ref().ok().map(|(from, _)| from.clone()),
        truth,
        alike,
        compared,
        declared,
        gaps,
        because,
    }
}

/// Tells whether two providers are of one kind.
fn are_akin(operation: &Operation, one: &Id, other: &Id) -> bool {
    let kind = |id| operation.estate.provider(id).map(|it| it.kind);
    kind(one) == kind(other)
}
