//! One zone at Cloudflare: found by its id or its name, its listings page by page, and what of a change it would heed.

use cloudflare::endpoints::dns::dns::{ListDnsRecords, ListDnsRecordsParams};
use cloudflare::endpoints::zones::zone::ZoneDetails;
use cloudflare::framework::endpoint::spec::EndpointSpec;
use serde_json::Value;

use super::cloudflare::{base, is_plain, listing};
use super::cloudflare_json as json;
use super::hosted::{HostedError, Refusal};
use crate::model::{DnsProvider, Rrset, SecretRef};
use crate::net::{Deadline, Method};
use crate::service::Field;
use crate::service::json_api::{ApiPlace, JsonApi, JsonReply};

/// How many records one page has; each takes about 600 bytes of the most that is read of a reply.
const PAGE: usize = 500;

/// A zone, and the way to it.
pub(super) struct CloudflareZone<'a> {
    field: &'a Field,
    provider: &'a DnsProvider,
    api: JsonApi,
    until: Deadline,
    id: String,
    name: String,
}

impl<'a> CloudflareZone<'a> {
    /// Finds a zone, in one request. An id of the estate counts only for the zone that bears the name: the API would
    /// put records of any other zone's below its own.
    ///
    /// # Errors
    /// Every [`HostedError`] of a look.
    pub async fn open(
        field: &'a Field,
        provider: &'a DnsProvider,
        credential: &SecretRef,
        zone: &str,
        until: Deadline,
    ) -> Result<Self, HostedError> {
        let base = base(provider);
        let place = ApiPlace::of(provider, &base, credential, "Bearer ");
        let api = JsonApi::open(field, &place, until).await;
        let api = api.map_err(|error| HostedError::of(&provider.id, error))?;
        let name = zone.trim_end_matches('.').to_ascii_lowercase();
        let mut found = Self { field, provider, api, until, id: String::new(), name };
        let path = match provider.zone_id.as_deref().filter(|id| is_plain(id)) {
            Some(identifier) => ZoneDetails { identifier }.path(),
            None => listing(&found.name),
        };
        let reply = found.get(&path).await?;
        found.id = found.picked(&reply.body["result"])?;
        Ok(found)
    }

    fn picked(&self, result: &Value) -> Result<String, HostedError> {
        let zones = result.as_array().map_or(std::slice::from_ref(result), Vec::as_slice);
        let named = |zone: &&Value| {
            zone["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(&self.name))
        };
        let mut ids = zones.iter().filter(named).filter_map(|zone| zone["id"].as_str());
        let service = self.provider.id.clone();
        match (ids.next().filter(|id| is_plain(id)), ids.next()) {
            (Some(id), None) => Ok(id.to_owned()),
            (Some(_), Some(_)) => Err(HostedError::NotUsable {
                service,
                because: "several zones bear that name there: write the `zone_id` of the one that is meant",
            }),
            (None, _) => Err(HostedError::NoZone { service, zone: self.name.clone() }),
        }
    }

    async fn get(&self, path: &str) -> Result<JsonReply, HostedError> {
        let reply = self.api.get(self.field, path, self.until).await;
        self.sorted(reply.map_err(|error| HostedError::of(&self.provider.id, error))?)
    }

    /// Sorts a reply: a success says so in its body, too.
    fn sorted(&self, reply: JsonReply) -> Result<JsonReply, HostedError> {
        let service = &self.provider.id;
        if !reply.is_success() {
            let (status, said) = (reply.status, json::complaint(reply.status, &reply.body));
            return Err(Refusal { status, said, after: reply.after }.sorted(service));
        }
        if reply.body["success"] != true {
            let because =
                "it does not say `\"success\": true`, or its reply is cut short".to_owned();
            return Err(HostedError::Malformed { service: service.clone(), because });
        }
        Ok(reply)
    }

    fn records_path(&self) -> String {
        let params = ListDnsRecordsParams::default();
        ListDnsRecords { zone_identifier: &self.id, params }.path()
    }

    /// Returns every record that fits, or none: a listing that ends early or changes on the way is none. `chosen` is
    /// empty, or ends in `&`.
    ///
    /// # Errors
    /// Every [`HostedError`] of a look.
    pub async fn records(&self, chosen: &str) -> Result<Vec<Value>, HostedError> {
        let incomplete = |because: String| {
            Err(HostedError::Incomplete { service: self.provider.id.clone(), because })
        };
        let mut records: Vec<Value> = Vec::new();
        let mut total = None;
        for page in 1_u32.. {
            let path = format!("{}?{chosen}page={page}&per_page={PAGE}", self.records_path());
            let mut reply = self.get(&path).await?;
            let said = reply.body["result_info"]["total_count"].as_u64();
            let said = said.and_then(|count| usize::try_from(count).ok());
            let (Some(said), Value::Array(more)) = (said, reply.body["result"].take()) else {
                return incomplete("a page of it is cut short, or says no total".to_owned());
            };
            if *total.get_or_insert(said) != said {
                return incomplete("its records changed while they were read".to_owned());
            }
            let ends = more.is_empty();
            records.extend(more);
            if records.len() == said {
                break;
            }
            if ends || records.len() > said {
                let listed = records.len();
                return incomplete(format!(
                    "it lists {listed} records and says that there are {said}"
                ));
            }
        }
        Ok(records)
    }

    /// Refuses what the zone would take and not heed: name servers at its top, and keys of other signers there.
    ///
    /// # Errors
    /// [`HostedError::Unsayable`], and every one of a look.
    pub async fn heeds(&self, after: &[Rrset]) -> Result<(), HostedError> {
        let at_top = |kinds: &[&str]| {
            after.iter().any(|set| {
                let own = set.key.name.trim_end_matches('.') == self.name;
                own && !set.records.is_empty() && kinds.contains(&set.key.kind.as_str())
            })
        };
        let unheeded = |because: &str| {
            let (service, because) = (self.provider.id.clone(), because.to_owned());
            Err(HostedError::Unsayable { service, because })
        };
        if at_top(&["NS"]) {
            let reply = self.get(&format!("zones/{}/dns_settings", self.id)).await?;
            if reply.body["result"]["multi_provider"] != true {
                return unheeded(
                    "name servers of others at the top of a zone are not answered unless its DNS settings have `multi_provider`",
                );
            }
        }
        if at_top(&["DNSKEY", "CDNSKEY", "CDS"]) {
            let reply = self.get(&format!("zones/{}/dnssec", self.id)).await?;
            if reply.body["result"]["dnssec_multi_signer"] != true {
                return unheeded(
                    "keys of another signer are not answered unless the zone's DNSSEC has `dnssec_multi_signer`",
                );
            }
        }
        Ok(())
    }

    /// Sends one batch, which is done whole or not at all.
    ///
    /// # Errors
    /// Every [`HostedError`].
    pub async fn batch(&self, body: &Value) -> Result<(), HostedError> {
        let path = format!("{}/batch", self.records_path());
        let asked = (Method::Post, path.as_str());
        let reply = self.api.change(self.field, asked, body, self.until).await;
        let reply = reply.map_err(|error| HostedError::of(&self.provider.id, error))?;
        self.sorted(reply).map(drop)
    }
}
