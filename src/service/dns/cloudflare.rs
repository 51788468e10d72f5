//! Cloudflare's API (version 4), as far as readiness looks at it: whether a token works and what it may do.
//!
//! Format: <https://developers.cloudflare.com/api/>. Paths are the `cloudflare` crate's; its client is not used, and its
//! `Credentials` neither, for they print the token. Nothing here changes anything: the one request that is no
//! GET edits a record that cannot exist, and is answered "not allowed" before it is answered "not there".

use cloudflare::endpoints::account::user::GetUserTokenStatus;
use cloudflare::endpoints::zones::zone::{ListZones, ListZonesParams, ZoneDetails};
use cloudflare::framework::endpoint::spec::EndpointSpec;
use jiff::Timestamp;
use serde_json::Value;

use crate::model::{Access, DnsProvider, Remote, Said, SecretRef, Truth, Zone, ZoneAccess};
use crate::net::Deadline;
use crate::service::Field;
use crate::service::json_api::{self, ApiError, ApiPlace, JsonApi, JsonReply};

/// Where the API is unless the estate says otherwise.
pub const API: &str = "https://api.cloudflare.com/client/v4";

/// The permission that lets a token write records, as a zone lists it.
const WRITES: &str = "#dns_records:edit";

/// The permission group that does the same, as a token's policies name it.
const GROUP: &str = "DNS Write";

/// An id that no record has.
const NO_RECORD: &str = "00000000000000000000000000000000";

/// Returns the base URL; one that names a host alone gets the documented path.
pub fn base(provider: &DnsProvider) -> String {
    json_api::base(provider.api.as_deref(), API)
}

/// Looks what a token is good for, in at most three requests and two for each zone.
pub async fn look(
    field: &Field,
    provider: &DnsProvider,
    credential: &SecretRef,
    zones: &[&Zone],
    until: Deadline,
) -> Access {
    let base = base(provider);
    let place = ApiPlace::of(provider, &base, credential, "Bearer ");
    let api = match JsonApi::open(field, &place, until).await {
        Ok(api) => api,
        Err(error) => return Access::unknown(&provider.id, error.to_string()),
    };
    let token = Token::verify(field, &api, until).await;
    let mut access = token.access(provider);
    let policies = token.policies(field, &api, until).await;
    for zone in zones {
        let (found, reply) = Held::find(field, &api, provider, zone, until).await;
        token.settle(&mut access, reply.as_ref());
        let writes = found.writes(field, &api, policies.as_ref(), until).await;
        access.zones.push(ZoneAccess { zone: zone.id.clone(), held: found.said, writes });
    }
    access
}

/// What the token says of itself.
struct Token {
    reply: Result<JsonReply, ApiError>,
    now: Timestamp,
}

impl Token {
    async fn verify(field: &Field, api: &JsonApi, until: Deadline) -> Self {
        let reply = api.get(field, &GetUserTokenStatus {}.path(), until).await;
        Self { reply, now: field.clock.now() }
    }

    fn result(&self) -> Option<&Value> {
        self.reply
            .as_ref()
            .ok()
            .filter(|reply| reply.is_success())
            .map(|reply| &reply.body["result"])
    }

    fn access(&self, provider: &DnsProvider) -> Access {
        let mut access = match &self.reply {
            Ok(reply) => reached(provider, reply, self.now),
            Err(error) => Access::unknown(&provider.id, error.to_string()),
        };
        let moment = |name: &str| self.result()?[name].as_str()?.parse::<Timestamp>().ok();
        access.expires = moment("expires_on");
        let status = self.result().and_then(|result| result["status"].as_str());
        access.accepted = match (status, &self.reply) {
            (Some("active"), _) if moment("not_before").is_some_and(|it| it > self.now) => {
                Said::new(Truth::False, "the token is not valid yet")
            }
            (Some("active"), _) => Said::new(Truth::True, "the token is active"),
            (Some(other), _) => {
                Said::new(Truth::False, format!("the token is {}", Remote::new(other)))
            }
            // A token that belongs to an account is verified elsewhere: only its use tells.
            (None, Ok(reply)) => {
                Said::unknown(format!("the token is not verified, {}", reply.complaint()))
            }
            (None, Err(error)) => Said::unknown(error.to_string()),
        };
        access
    }

    /// Lets the use of a token say what its verification left open.
    fn settle(&self, access: &mut Access, used: Option<&JsonReply>) {
        let Some(used) = used else { return };
        if access.reached.truth != Truth::True {
            access.reached = Said::new(Truth::True, "it answers");
            access.from = Some(used.from);
        }
        let open = access.accepted.truth == Truth::Unknown;
        let denied = self.reply.as_ref().is_ok_and(JsonReply::is_denied);
        if open && used.is_success() {
            access.accepted = Said::new(Truth::True, "the token is taken");
        } else if open && used.is_denied() && denied {
            access.accepted =
                Said::new(Truth::False, format!("the token is refused, {}", used.complaint()));
        }
    }

    /// Returns the token's policies, where it may read them itself.
    async fn policies(&self, field: &Field, api: &JsonApi, until: Deadline) -> Option<Vec<Value>> {
        let id = self.result()?["id"].as_str().filter(|id| is_plain(id))?;
        let reply = api.get(field, &format!("user/tokens/{id}"), until).await.ok()?;
        let policies = reply.is_success().then(|| reply.body["result"]["policies"].clone())?;
        policies.as_array().cloned().filter(|policies| !policies.is_empty())
    }
}

fn reached(provider: &DnsProvider, reply: &JsonReply, now: Timestamp) -> Access {
    let mut access = Access::unknown(&provider.id, "nothing was asked");
    access.reached = Said::new(Truth::True, "it answers");
    access.from = Some(reply.from);
    access.ahead_s = reply.date.map(|date| date.as_second() - now.as_second());
    access
}

/// What is known of one zone.
struct Held {
    said: Said,
    id: Option<String>,
    permissions: Option<Vec<String>>,
}

impl Held {
    async fn find(
        field: &Field,
        api: &JsonApi,
        provider: &DnsProvider,
        zone: &Zone,
        until: Deadline,
    ) -> (Self, Option<JsonReply>) {
        let name = zone.name.trim_end_matches('.').to_ascii_lowercase();
        let own = provider.zone_id.as_deref().filter(|id| is_plain(id));
        let path = match own {
            Some(identifier) => ZoneDetails { identifier }.path(),
            None => listing(&name),
        };
        let unknown = |because: String| Self {
            said: Said::unknown(because),
            id: own.map(str::to_owned),
            permissions: None,
        };
        match api.get(field, &path, until).await {
            Ok(reply) if reply.is_success() => {
                (Self::read(&reply.body["result"], &name), Some(reply))
            }
            Ok(reply) => {
                (unknown(format!("the zone is not shown, {}", reply.complaint())), Some(reply))
            }
            Err(error) => (unknown(error.to_string()), None),
        }
    }

    fn read(result: &Value, name: &str) -> Self {
        let one = std::slice::from_ref(result);
        let zones = result.as_array().map_or(one, Vec::as_slice);
        let named =
            |zone: &&Value| zone["name"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(name));
        let Some(zone) = zones.iter().find(named) else {
            let because = format!("the token reaches no zone `{name}`");
            return Self { said: Said::new(Truth::False, because), id: None, permissions: None };
        };
        let texts = |value: &Value| {
            let all = value.as_array()?.iter().filter_map(Value::as_str);
            Some(all.map(str::to_owned).collect::<Vec<_>>()).filter(|all| !all.is_empty())
        };
        Self {
            said: Said::new(Truth::True, "it holds the zone"),
            id: zone["id"].as_str().filter(|id| is_plain(id)).map(str::to_owned),
            permissions: texts(&zone["permissions"]),
        }
    }

    /// Says whether the token may write: a no of its policies, or of what the zone lists, decides; a yes is tried out.
    async fn writes(
        &self,
        field: &Field,
        api: &JsonApi,
        policies: Option<&Vec<Value>>,
        until: Deadline,
    ) -> Said {
        let Some(id) = &self.id else {
            return Said::new(self.said.truth.and(Truth::Unknown), self.said.because.clone());
        };
        let by_policies = policies.map(|policies| allows(policies, id));
        let by_listing = self.permissions.as_ref().map(|all| all.iter().any(|it| it == WRITES));
        if by_policies == Some(false) {
            return Said::new(
                Truth::False,
                format!("no policy of the token grants `{GROUP}` on the zone"),
            );
        }
        if by_policies.is_none() && by_listing == Some(false) {
            let has =
                self.permissions.iter().flatten().map(|it| Remote::new(it.as_str()).to_string());
            let has = has.collect::<Vec<_>>().join(", ");
            return Said::new(Truth::False, format!("the token may {has} there, and not {WRITES}"));
        }
        let granted = by_policies == Some(true) || by_listing == Some(true);
        let path = format!("zones/{id}/dns_records/{NO_RECORD}");
        match api.edit_nothing(field, &path, until).await {
            Ok(reply) if reply.is_denied() => Said::new(
                Truth::False,
                format!(
                    "an edit of a record that does not exist is refused, {}",
                    reply.complaint()
                ),
            ),
            Ok(reply) if granted || knows_no_record(&reply) => {
                Said::new(Truth::True, "the token may write records")
            }
            Ok(reply) => Said::unknown(format!("nothing says that it may, {}", reply.complaint())),
            Err(_) if granted => {
                Said::new(Truth::True, "the token may write records, by what the zone lists")
            }
            Err(error) => Said::unknown(error.to_string()),
        }
    }
}

/// Tells whether a reply says that the record is not there, or not edited: what only one who may edit is told.
fn knows_no_record(reply: &JsonReply) -> bool {
    matches!(reply.status, 400 | 404) && reply.body["errors"].get(0).is_some()
}

/// Tells whether policies grant writing a zone's records: some allow it, and none denies it.
fn allows(policies: &[Value], zone: &str) -> bool {
    let about = |effect: &str| {
        policies.iter().any(|policy| {
            policy["effect"] == effect && writes(policy) && covers(&policy["resources"], zone)
        })
    };
    about("allow") && !about("deny")
}

fn writes(policy: &Value) -> bool {
    let groups = policy["permission_groups"].as_array();
    groups.into_iter().flatten().any(|group| group["name"] == GROUP)
}

/// Tells whether a policy's resources hold a zone: by its id, as every zone, or by the account that holds all of them.
fn covers(resources: &Value, zone: &str) -> bool {
    const ACCOUNT: &str = "com.cloudflare.api.account.";
    let own = format!("{ACCOUNT}zone.{zone}");
    resources.as_object().into_iter().flatten().any(|(name, value)| {
        let Some(rest) = name.strip_prefix(ACCOUNT) else { return false };
        match rest.strip_prefix("zone.") {
            Some(_) => *name == own || rest == "zone.*",
            None => value == "*" || covers(value, zone),
        }
    })
}

/// Returns the path that lists the zone of a name: a token that may not list all zones may list that one.
pub(super) fn listing(name: &str) -> String {
    let plain: String =
        name.chars().filter(|c| c.is_ascii_alphanumeric() || "-._".contains(*c)).collect();
    let params = ListZonesParams { name: Some(plain), per_page: Some(50), ..Default::default() };
    let endpoint = ListZones { params };
    format!("{}?{}", endpoint.path(), endpoint.query().unwrap_or_default())
}

/// Tells whether somebody else's id may stand in a path.
pub(super) fn is_plain(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policy(effect: &str, group: &str, resources: Value) -> Value {
        json!({"effect": effect, "permission_groups": [{"name": group}], "resources": resources})
    }

    #[test]
    fn policies_say_which_zones_may_be_written() {
        let mine = json!({"com.cloudflare.api.account.zone.abc": "*"});
        let all = json!({"com.cloudflare.api.account.zone.*": "*"});
        let account =
            json!({"com.cloudflare.api.account.99": {"com.cloudflare.api.account.zone.*": "*"}});
        let whole = json!({"com.cloudflare.api.account.99": "*"});
        for resources in [&mine, &all, &account, &whole] {
            assert!(
                allows(&[policy("allow", "DNS Write", resources.clone())], "abc"),
                "{resources}"
            );
            assert!(
                !allows(&[policy("allow", "DNS Read", resources.clone())], "abc"),
                "{resources}"
            );
        }
        assert!(!allows(&[policy("allow", "DNS Write", mine.clone())], "other"));
        let denied = [policy("allow", "DNS Write", all), policy("deny", "DNS Write", mine)];
        assert!(!allows(&denied, "abc") && allows(&denied, "other"));
    }

    #[test]
    fn a_zone_is_found_by_its_name_and_nothing_else() {
        let zone = |name: &str| json!({"id": "abc", "name": name, "permissions": [WRITES]});
        let found =
            Held::read(&json!([zone("other.example"), zone("Mine.example")]), "mine.example");
        assert_eq!((found.said.truth, found.id.as_deref()), (Truth::True, Some("abc")));
        for result in [json!([]), json!([zone("notmine.example")]), Value::Null] {
            assert_eq!(Held::read(&result, "mine.example").said.truth, Truth::False, "{result}");
        }
        let odd = json!({"id": "../../evil", "name": "mine.example"});
        assert_eq!(Held::read(&odd, "mine.example").id, None);
    }

    #[test]
    fn a_base_without_a_path_gets_the_documented_one() {
        let of = |api: Value| {
            let json = json!({"id": "c", "kind": "cloudflare", "api": api, "nameservers": []});
            base(&serde_json::from_value(json).expect("a provider"))
        };
        assert_eq!(of(Value::Null), API);
        assert_eq!(of(json!("http://127.0.0.1:8788/")), "http://127.0.0.1:8788/client/v4");
        assert_eq!(of(json!("https://cf.test/client/v4/")), "https://cf.test/client/v4");
        assert_eq!(listing("a.example"), "zones?name=a.example&per_page=50");
    }
}
