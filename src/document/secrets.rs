//! The estate as it may leave this machine: no place of a secret, nobody's name, nothing that only this machine can use.

use serde_json::{Value as Json, json};

use crate::model::{Estate, VantageKind};

use super::shape::{Shape, ShapeId, Shapes};

/// The environment variable that stands for each withheld secret; nobody sets it.
const WITHHELD: &str = "LIFEBOAT_WITHHELD";

/// Returns an estate as JSON for a vantage: it parses there, and no secret or place of one is in it.
///
/// People, mailboxes, channels, files beside the estate and other vantages are left out, for a probe needs none.
pub fn estate_without_secrets(estate: &Estate) -> String {
    let mut sent = estate.clone();
    sent.contacts.clear();
    sent.approvals.clear();
    sent.identities.clear();
    sent.status_channels.clear();
    sent.practice.clear();
    sent.vantages.retain(|vantage| vantage.kind == VantageKind::Local);
    (sent.as_table, sent.maintenance, sent.baselines) = (None, None, None);
    sent.incidents.directory = None;
    sent.locks.shared = None;
    let mut json = serde_json::to_value(&sent).expect("an estate is plain data");
    let shapes = Shapes::of::<Estate>();
    withhold(&mut json, shapes.root, &shapes);
    json.to_string()
}

/// Replaces every place of a secret below a value.
fn withhold(json: &mut Json, id: ShapeId, shapes: &Shapes) {
    match (shapes.get(id), json) {
        (_, Json::Null) => {}
        (Shape::OneKey { secret: true, .. }, place) => *place = json!({ "env": WITHHELD }),
        (Shape::OneKey { keys, .. }, Json::Object(map)) => {
            for (name, value) in map {
                keys.iter()
                    .filter(|(key, _)| key == name)
                    .for_each(|(_, shape)| withhold(value, *shape, shapes));
            }
        }
        (Shape::List { item, .. }, Json::Array(items)) => {
            items.iter_mut().for_each(|value| withhold(value, *item, shapes));
        }
        (Shape::Map(shape), Json::Object(map)) => {
            for (name, value) in map {
                let key = shape.keys.iter().find(|key| key.name == *name).map(|key| key.shape);
                if let Some(inner) = key.or(shape.rest) {
                    withhold(value, inner, shapes);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::estate_without_secrets;
    use crate::document::{Source, estate};

    const ESTATE: &str = "
schema: lifeboat/estate/v1
id: secret-keeper
contacts: [{ id: first-on-call, call: { file: private/first.tel } }]
dns_providers:
  - id: a
    kind: powerdns
    api: https://198.51.100.1/api
    credential: { command: [pass, show, deep/secret] }
    nameservers: [{ name: ns.a.example, addresses: [198.51.100.1] }]
  - id: b
    kind: rfc2136
    server: 198.51.100.2:53
    tsig: { name: key.example, algorithm: hmac-sha256, secret: { file: private/tsig } }
    nameservers: [{ name: ns.b.example, addresses: [198.51.100.2] }]
seedboxes: [{ id: s, kind: transmission, rpc: 'https://198.51.100.3/', credential: { env: THE_SECRET } }]
vantages: [{ id: here, kind: local }, { id: there, kind: command, argv: [ssh, there, lifeboat] }]
";

    #[test]
    fn what_is_sent_parses_and_holds_no_place_of_a_secret() {
        let whole =
            estate(&Source::new("lifeboat.yaml", ESTATE)).map_err(|f| f.to_string()).unwrap();
        let sent = estate_without_secrets(&whole);
        for word in ["pass", "deep", "private/", "THE_SECRET", "on-call", "ssh"] {
            assert!(!sent.contains(word), "{word} in {sent}");
        }
        let there = estate(&Source::new("-", sent)).map_err(|f| f.to_string()).unwrap();
        assert_eq!(there.dns_providers.len(), 2);
        assert_eq!(there.id, whole.id);
        assert_eq!(there.vantages.len(), 1);
    }
}
