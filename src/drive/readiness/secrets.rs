//! Reads each secret that is needed, once, each within its own time; none is kept longer than the looking.

use std::collections::{HashMap, HashSet};

use tokio::task::JoinSet;

use super::SECRET;
use crate::diagnose::readiness::{Needed, Thing};
use crate::drive::Operation;
use crate::host::{HostError, Secrets};
use crate::model::{Said, Secret, SecretRef, Truth};
use crate::net::Deadline;

/// What was read.
pub struct Found {
    /// The secrets themselves, for whoever asks a service.
    pub secrets: Secrets,
    /// Which are at hand.
    pub at_hand: Vec<(Thing, Said)>,
}

impl Found {
    /// Tells whether a secret is at hand.
    pub fn has(&self, thing: &Thing) -> bool {
        self.at_hand.iter().any(|(it, said)| it == thing && said.truth == Truth::True)
    }
}

/// Reads what is needed, and the numbers of people who may have to be called.
pub async fn read(
    operation: &Operation,
    needs: &[Needed],
    until: Deadline,
    offline: bool,
) -> Found {
    let needed = needs.iter().filter_map(|need| match &need.thing {
        Thing::Secret(place) => Some(place.clone()),
        Thing::Path(_) | Thing::Host { .. } | Thing::LogIn(_) => None,
    });
    let people = operation.estate.contacts.iter().filter_map(|it| it.call.clone());
    let nocs = operation.estate.upstreams.iter().filter_map(|it| it.noc.clone());
    let places: HashSet<SecretRef> = needed.chain(people).chain(nocs).collect();
    // A third of the time at most, so that a command which hangs leaves enough to look at the rest.
    let whole = until.left() >= SECRET * 3;
    let within = SECRET.min(until.left() / 3);
    let mut running = JoinSet::new();
    for place in places {
        let secrets = operation.field.secrets.clone();
        running.spawn(async move {
            if offline && matches!(place, SecretRef::Command(_)) {
                return (place, None);
            }
            let read = secrets.read(&place, within).await;
            (place, Some(read))
        });
    }
    let (mut table, mut at_hand) = (HashMap::new(), Vec::new());
    for (place, read) in running.join_all().await {
        let said = said(read.as_ref(), whole);
        at_hand.push((Thing::Secret(place.clone()), said));
        if let Some(Ok(secret)) = read {
            table.insert(place, secret);
        }
    }
    Found { secrets: Secrets::scripted(table), at_hand }
}

/// Says whether a secret is at hand; one that did not come in the time that was left for it is unknown.
fn said(read: Option<&Result<Secret, HostError>>, whole: bool) -> Said {
    match read {
        None => Said::unknown("offline: a command may need the network, so it was not run"),
        Some(Ok(_)) => Said::new(Truth::True, "it can be read"),
        Some(Err(error @ HostError::Overdue { .. })) if !whole => Said::unknown(error.to_string()),
        Some(Err(error @ (HostError::Refused { .. } | HostError::Withheld { .. }))) => {
            Said::unknown(error.to_string())
        }
        Some(Err(error @ HostError::Overdue { .. })) => {
            let within = SECRET.as_secs();
            Said::new(
                Truth::False,
                format!("{error}, after {within} s: does it wait for a log-in?"),
            )
        }
        Some(Err(error)) => {
            let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
            Said::new(Truth::False, format!("{error}{hint}"))
        }
    }
}
