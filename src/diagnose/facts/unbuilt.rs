//! Facts whose probes are not built: always there, always unknown.

use super::World;
use super::claim::Claim;
use super::sight::Sight;
use crate::model::{FactKind, Truth};

pub(super) fn claims(world: &World<'_>, _: &Sight<'_>) -> Vec<Claim> {
    let unknown = |id| Claim::new(FactKind::AccountSuspended, id, Truth::Unknown, "not built yet");
    world.estate.dns_providers.iter().map(|provider| unknown(&provider.id)).collect()
}
