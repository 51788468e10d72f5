//! How writes, looks, messages and runs end.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// The target has the wanted value.
    Landed,
    /// The target still has the value from before.
    Absent,
    /// The target has a third value: somebody else's.
    Drifted,
    /// The service refused it; nothing changed.
    Refused,
    /// The target could not be read.
    Unreadable,
}

/// What the witnesses said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Proven {
    /// All of them see it.
    Yes,
    /// Not all, and it is too early to tell.
    NotYet,
    /// Not all, and it is too late.
    No,
}

/// Whether a message arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// It did.
    Delivered,
    /// It did not.
    Failed,
    /// Nobody knows; it is not sent again without a person.
    Unknown,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every step is done.
    Completed,
    /// Everything that was done is reversed.
    Undone,
    /// Something is left that only a person can decide.
    Held,
    /// Nothing was written: what the plan rests on is no longer so.
    Refused,
}
