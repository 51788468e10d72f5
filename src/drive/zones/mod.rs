//! Copies of zones: taken from every provider into the operator's repository, and held against one another.
//!
//! A copy of one provider's zone lies at `zones/<zone>/<provider>.zone` beside the estate. What counts as git's copy is what
//! the commit at HEAD has there, whatever the working tree says.

mod compare;
mod shelf;
mod sides;
mod snapshot;

pub use compare::parity;
pub use shelf::{Snapshots, SnapshotsError, against};
pub use sides::{Pair, Side, diff, pairs};
pub use snapshot::snapshot;

use tokio::task::JoinSet;

use super::Operation;
use crate::model::{DnsProvider, Id, Zone, ZoneCopy};
use crate::net::Deadline;
use crate::service::dns::{CopyError, copy};

/// Where copies lie, from the estate's folder.
pub const FOLDER: &str = "zones";

/// Returns where the copy of a provider's zone lies, from the estate's folder.
pub fn path(zone: &Id, provider: &Id) -> String {
    format!("{FOLDER}/{zone}/{provider}.zone")
}

/// Returns the providers that serve a zone, then those that stand by.
fn holders<'a>(operation: &'a Operation, zone: &'a Zone) -> Vec<&'a DnsProvider> {
    let ids = zone.delegated_to.iter().chain(&zone.standby_at);
    ids.filter_map(|id| operation.estate.provider(id)).collect()
}

/// Copies zones from providers, all at once, in the order that was asked for.
async fn copies(
    operation: &Operation,
    wanted: &[(&Zone, &DnsProvider)],
    until: Deadline,
) -> Vec<Result<ZoneCopy, CopyError>> {
    let mut running = JoinSet::new();
    for (place, (zone, provider)) in wanted.iter().enumerate() {
        let (field, zone, provider) =
            (operation.field.clone(), (*zone).clone(), (*provider).clone());
        running.spawn(async move { (place, copy(&field, &provider, &zone, until).await) });
    }
    let mut found = running.join_all().await;
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, copy)| copy).collect()
}

/// Puts an error and its hint into one sentence.
fn said(error: &CopyError) -> String {
    match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    }
}
