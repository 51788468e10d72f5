//! A registry over RDAP (RFC 9082, RFC 9083): it tells how each domain is held, and lists what the parent delegates.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::cast::{parent_of, parent_zone};
use super::names::fqdn;
use super::state::State;
use super::zones::{Owner, Store};
use crate::model::{Id, Registration, RegistrationState, RegistrationStatus, Remote, Zone};
use crate::wire::http::{Request, Response};
use crate::wire::rdap::{MEDIA_TYPE, Refusal, encode};

/// How long before now a domain was registered, and how long it lasts.
const REGISTERED: SignedDuration = SignedDuration::from_hours(24 * 900);
const LASTS: SignedDuration = SignedDuration::from_hours(24 * 180);

impl State {
    /// Answers a look-up at a registrar's registry, below a base path.
    pub fn rdap(&self, registrar: &Id, base: &str, request: &Request) -> Response {
        let path = request.path.strip_prefix(base.trim_end_matches('/'));
        let name = path.and_then(|path| path.strip_prefix("/domain/"));
        let Some(name) = name.filter(|_| request.method == "GET") else {
            return Response::text(404, "Not Found");
        };
        let ours = |zone: &&Zone| {
            zone.registrar.as_ref() == Some(registrar) && fqdn(&zone.name) == fqdn(name)
        };
        let found = self.estate.zones.iter().find(ours).and_then(|zone| self.registration(zone));
        match found {
            Some(registration) => rdap(200, &encode::domain(name, &registration)),
            None => {
                let refusal = Refusal { code: 404, title: Remote::new("Not Found") };
                rdap(404, &encode::error(&refusal))
            }
        }
    }

    /// Returns how a domain is held; nothing where it is registered no more.
    fn registration(&self, zone: &Zone) -> Option<Registration> {
        use RegistrationStatus as S;
        let (state, since) = self
            .troubles
            .registrations
            .get(&zone.id)
            .copied()
            .unwrap_or((RegistrationState::Well, self.now));
        let last = match state {
            RegistrationState::Well => vec![S::ClientTransferProhibited],
            RegistrationState::Expired => vec![S::ClientTransferProhibited, S::AutoRenewPeriod],
            RegistrationState::HeldByRegistry => vec![S::ServerHold, S::ServerUpdateProhibited],
            RegistrationState::HeldByRegistrar => vec![S::ClientHold, S::ClientTransferProhibited],
            RegistrationState::Deleted => vec![S::RedemptionPeriod, S::PendingDelete],
            RegistrationState::Gone => return None,
        };
        let expires = match state {
            RegistrationState::Expired | RegistrationState::Deleted => Some(since),
            RegistrationState::Well
            | RegistrationState::HeldByRegistry
            | RegistrationState::HeldByRegistrar
            | RegistrationState::Gone => self.now.checked_add(LASTS).ok(),
        };
        Some(Registration {
            statuses: Some(last),
            registered: self.now.checked_sub(REGISTERED).ok(),
            changed: Some(since).filter(|_| state != RegistrationState::Well),
            expires,
            nameservers: Some(self.listed(zone)),
            signed: Some(false),
            ds: Vec::new(),
            registrar: zone.registrar.as_ref().map(|id| Remote::new(id.to_string())),
        })
    }

    /// Returns the name servers that the parent delegates to; a hold keeps them out of the parent zone alone.
    fn listed(&self, zone: &Zone) -> Vec<Remote> {
        let (owner, above) = (Owner::Parent(parent_of(zone)), parent_zone(&self.estate, zone));
        let of = |stores: &BTreeMap<Owner, Store>| {
            let set = stores.get(&owner)?.get(&above)?.get(&fqdn(&zone.name), "NS")?;
            Some(set.records.iter().map(|record| Remote::new(&record.content)).collect())
        };
        of(&self.stores).or_else(|| of(&self.quiet)).unwrap_or_default()
    }
}

fn rdap(status: u16, body: &serde_json::Value) -> Response {
    Response { kind: MEDIA_TYPE, ..Response::json(status, body) }
}
