//! The verdict: an explanation of the facts. Its JSON form is DESIGN §5's contract.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Advice, Fact, Id, Layer, Plane, ProbeKind};

/// `lifeboat.diagnosis/v1`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Diagnosis {
    /// Always `lifeboat.diagnosis/v1`.
    pub schema: String,
    /// When probing began (UTC).
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// One target's budget, in milliseconds.
    pub budget_ms: u64,
    /// The classification.
    pub verdict: Verdict,
    /// What to do; absent when healthy.
    pub advice: Option<Advice>,
    /// Why that.
    #[serde(default)]
    pub advice_why: Option<String>,
    /// Since when, where earlier facts tell (UTC).
    #[schemars(with = "Option<String>")]
    pub since: Option<Timestamp>,
    /// Its explanations, most likely first.
    pub causes: Vec<Cause>,
    /// What would tell the top two apart, or make `undetermined` known.
    pub next_probes: Vec<NextProbe>,
    /// Facts that `healthy` would need and nobody knows, by id.
    #[serde(default)]
    pub unknown: Vec<Id>,
    /// Every fact.
    pub facts: Vec<Fact>,
}

/// The classification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Something is broken, and the causes say what.
    Fault,
    /// Everything that must be known is known and good.
    Healthy,
    /// Nobody can tell.
    Undetermined,
    /// We ourselves cannot see.
    ObserverFault,
}

/// One explanation: failure mode, subject, mechanism.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cause {
    /// The failure mode.
    pub failure_mode: Id,
    /// The estate object.
    pub subject: Id,
    /// How it happened, where that is known.
    pub mechanism: Option<Id>,
    /// Where it lies.
    pub layer: Layer,
    /// In which plane.
    pub plane: Plane,
    /// Null until it is calibrated on held-out faults.
    pub probability: Option<f64>,
    /// Facts for it, by id.
    pub supporting: Vec<Id>,
    /// Facts against it.
    pub contradicting: Vec<Id>,
    /// Facts that nobody knows.
    pub missing: Vec<Id>,
    /// Facts that follow from it.
    pub explains: Vec<Id>,
    /// What users notice.
    pub impact: String,
    /// The runbook for it.
    pub runbook: Id,
    /// What to do about it.
    pub advice: Advice,
    /// Why that.
    pub advice_why: Option<String>,
}

/// A probe that would tell two explanations apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NextProbe {
    /// Which probe.
    pub probe: ProbeKind,
    /// Of what, in words.
    pub of: String,
    /// The failure modes that it tells apart.
    pub separates: Vec<Id>,
}
