//! Where a secret lies; never the secret.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Argv, Estate};

/// The place of a secret: documents hold places, `host` reads them at the last moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecretRef {
    /// An environment variable.
    Env(String),
    /// A file, relative to the estate's folder; its mode must keep others out.
    File(String),
    /// A command whose first line of output is the secret.
    Command(Argv),
}

/// Returns the names of all environment variables in which an estate's secrets lie, wherever they stand in it.
pub fn secret_variables(estate: &Estate) -> Vec<String> {
    let mut names = Vec::new();
    gather(&serde_json::to_value(estate).unwrap_or_default(), &mut names);
    names.sort();
    names.dedup();
    names
}

fn gather(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(fields) => match fields.get("env").and_then(Value::as_str) {
            Some(name) if fields.len() == 1 => names.push(name.to_owned()),
            Some(_) | None => fields.values().for_each(|value| gather(value, names)),
        },
        Value::Array(items) => items.iter().for_each(|value| gather(value, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
