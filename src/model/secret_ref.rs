//! Where a secret lies; never the secret.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A command as separate arguments. There is no shell anywhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("minItems" = 1))]
pub struct Argv(Vec<String>);

impl Argv {
    /// Makes a command of its program and arguments; `None` when there is no program.
    pub fn new(words: Vec<String>) -> Option<Self> {
        words.first().is_some_and(|program| !program.is_empty()).then_some(Self(words))
    }

    /// Returns the program.
    pub fn program(&self) -> &str {
        &self.0[0]
    }

    /// Returns the arguments after the program.
    pub fn arguments(&self) -> &[String] {
        &self.0[1..]
    }
}

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
