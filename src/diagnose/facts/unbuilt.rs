//! Facts whose probes are not built: always there, always unknown.

use super::World;
use super::claim::Claim;
use super::sight::Sight;
use crate::model::{FactKind, Truth};

pub(super) fn claims(world: &World<'_>, _: &Sight<'_>) -> Vec<Claim> {
    let unknown = |kind, subject| Claim::new(kind, subject, Truth::Unknown, "not built yet");
    let mut claims = Vec::new();
    for zone in &world.estate.zones {
        for provider in &world.estate.dns_providers {
            claims.push(unknown(FactKind::ZoneOriginHidden, &zone.id).with(&provider.id));
        }
    }
    for provider in &world.estate.dns_providers {
        claims.push(unknown(FactKind::AccountSuspended, &provider.id));
    }
    claims
}
