//! Where a secret lies; never the secret.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Argv;

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
