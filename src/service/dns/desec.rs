//! deSEC's API (version 1), as far as readiness looks at it: whether a token is taken and holds the zone.
//!
//! Format: <https://desec.readthedocs.io/>. What a token may write, deSEC shows only to a token that manages tokens,
//! and does not say which of them asks: so that stays unknown. Nothing here changes anything.

use crate::model::{Access, DnsProvider, Said, SecretRef, Truth, Zone, ZoneAccess};
use crate::net::Deadline;
use crate::service::Field;
use crate::service::json_api::{self, ApiError, ApiPlace, JsonApi, JsonReply};

/// Where the API is unless the estate says otherwise.
pub const API: &str = "https://desec.io/api/v1";

/// Returns the base URL; one that names a host alone gets the documented path.
pub fn base(provider: &DnsProvider) -> String {
    json_api::base(provider.api.as_deref(), API)
}

/// Looks what a token is good for, in at most two requests for each zone.
pub async fn look(
    field: &Field,
    provider: &DnsProvider,
    credential: &SecretRef,
    zones: &[&Zone],
    until: Deadline,
) -> Access {
    let base = base(provider);
    let place = ApiPlace::of(provider, &base, credential, "Token ");
    let api = match JsonApi::open(field, &place, until).await {
        Ok(api) => api,
        Err(error) => return Access::unknown(&provider.id, error.to_string()),
    };
    let mut access = Access::unknown(&provider.id, "nothing was asked");
    if zones.is_empty() {
        take(field, &mut access, &api.get(field, "auth/account/", until).await);
    }
    for zone in zones {
        let held = held(field, &api, zone, &mut access, until).await;
        let writes = match held.truth {
            Truth::False => held.clone(),
            Truth::True | Truth::Unknown => {
                Said::unknown("deSEC does not say what a token may write")
            }
        };
        access.zones.push(ZoneAccess { zone: zone.id.clone(), held, writes });
    }
    access
}

/// Notes what a reply says of the service and of the token.
fn take(field: &Field, access: &mut Access, reply: &Result<JsonReply, ApiError>) {
    let reply = match reply {
        Ok(reply) => reply,
        Err(error) => {
            if access.reached.truth != Truth::True {
                access.reached = Said::unknown(error.to_string());
                access.accepted = access.reached.clone();
            }
            return;
        }
    };
    access.reached = Said::new(Truth::True, "it answers");
    access.from = Some(reply.from);
    access.ahead_s = reply.date.map(|date| date.as_second() - field.clock.now().as_second());
    access.accepted = match reply.status {
        200..=299 | 404 => Said::new(Truth::True, "the token is taken"),
        401 => Said::new(Truth::False, format!("the token is refused, {}", reply.complaint())),
        _ => Said::unknown(format!("nothing says that the token is taken, {}", reply.complaint())),
    };
}

/// Says whether the account holds a zone: asked for alone, and looked for in the list where it is not there.
async fn held(
    field: &Field,
    api: &JsonApi,
    zone: &Zone,
    access: &mut Access,
    until: Deadline,
) -> Said {
    let name = zone.name.trim_end_matches('.').to_ascii_lowercase();
    let reply = api.get(field, &format!("domains/{name}/"), until).await;
    take(field, access, &reply);
    match reply {
        Ok(reply) if reply.is_success() => Said::new(Truth::True, "it holds the zone"),
        Ok(reply) if reply.status == 404 => listed(field, api, &name, until).await,
        Ok(reply) => Said::unknown(format!("the zone is not shown, {}", reply.complaint())),
        Err(error) => Said::unknown(error.to_string()),
    }
}

async fn listed(field: &Field, api: &JsonApi, name: &str, until: Deadline) -> Said {
    let reply = match api.get(field, "domains/", until).await {
        Ok(reply) => reply,
        Err(error) => return Said::unknown(error.to_string()),
    };
    match reply.body.as_array().filter(|_| reply.is_success()) {
        Some(all) if all.iter().any(|it| it["name"] == name) => {
            Said::new(Truth::True, "it holds the zone")
        }
        Some(_) => Said::new(Truth::False, format!("the account holds no domain `{name}`")),
        None => Said::unknown(format!("the domains are not shown, {}", reply.complaint())),
    }
}
