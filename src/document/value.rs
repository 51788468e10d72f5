//! From the tree to the value that the model is made of.

use serde_json::{Map, Number, Value as Json};

use super::node::{Node, Value};

/// Returns a clean node as JSON. A key with nothing in it counts as absent.
pub(super) fn json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Flag(flag) => Json::Bool(*flag),
        Value::Whole(number) => number_of(*number),
        Value::Real(number) => Number::from_f64(*number).map_or(Json::Null, Json::Number),
        Value::Text(text) => Json::String(text.clone()),
        Value::List(items) => Json::Array(items.iter().map(json).collect()),
        Value::Map(entries) => {
            let filled = entries.iter().filter(|entry| entry.value.value != Value::Null);
            Json::Object(
                filled.map(|entry| (entry.key.clone(), json(&entry.value))).collect::<Map<_, _>>(),
            )
        }
    }
}

/// Numbers beyond 64 bits have been refused by the walk wherever a number may stand.
fn number_of(number: i128) -> Json {
    let small = i64::try_from(number).map(Number::from);
    small.or_else(|_| u64::try_from(number).map(Number::from)).map_or(Json::Null, Json::Number)
}
