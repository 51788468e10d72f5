//! Authorities, resolvers and parents, each asked in its own role, and the APIs of the providers.

mod apis;
mod asking;
mod authorities;
mod course;
mod ladder;
mod parents;
mod resolvers;
mod strangers;

use super::Scene;
use crate::model::{Evidence, ProbeKind};

pub(super) use asking::Asking;
pub(super) use course::ask_all;

/// Asks every name server that the estate knows of.
pub(super) async fn probe(scene: &Scene<'_>) -> Vec<Evidence> {
    if !scene.wants(ProbeKind::Dns) {
        return Vec::new();
    }
    let known: Vec<Asking> =
        [authorities::questions(scene.estate), resolvers::questions(scene)].concat();
    let (mut evidence, parents, apis) = tokio::join!(
        ask_all(scene, known, scene.budget()),
        parents::probe(scene),
        apis::probe(scene)
    );
    evidence.extend(parents);
    evidence.extend(apis);
    evidence
}
