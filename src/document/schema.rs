//! The schemas that `lifeboat schema KIND` prints: the very ones that the walk uses.

use std::fmt;
use std::str::FromStr;

use serde_json::{Value as Json, json};
use thiserror::Error;

use crate::model::{
    Diagnosis, Estate, EvidenceSet, FactKind, PinFile, Plan, Readiness, Runbook, Scenario,
    StandingApproval,
};

/// What a schema can be printed of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `lifeboat.yaml`.
    Estate,
    /// A runbook.
    Runbook,
    /// A drill's script.
    Scenario,
    /// `pins.yaml`, beside the estate.
    Pins,
    /// A standing approval, `standing/ID.yaml`.
    Standing,
    /// A frozen plan.
    Plan,
    /// What `diagnose --json` prints.
    Diagnosis,
    /// What `probe --json` prints.
    Evidence,
    /// What `ready --json` prints.
    Ready,
    /// The catalogue of facts; a list, no schema.
    Facts,
}

/// A name that no schema has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no schema of `{0}`")]
pub struct UnknownKind(String);

impl UnknownKind {
    /// Returns the next thing to do.
    pub fn hint(&self) -> String {
        let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        format!("ask for one of {}", names.join(", "))
    }
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Estate,
        Self::Runbook,
        Self::Scenario,
        Self::Pins,
        Self::Standing,
        Self::Plan,
        Self::Diagnosis,
        Self::Evidence,
        Self::Ready,
        Self::Facts,
    ];

    /// Returns the name that the command line uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Estate => "estate",
            Self::Runbook => "runbook",
            Self::Scenario => "scenario",
            Self::Pins => "pins",
            Self::Standing => "standing",
            Self::Plan => "plan",
            Self::Diagnosis => "diagnosis",
            Self::Evidence => "evidence",
            Self::Ready => "ready",
            Self::Facts => "facts",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == text);
        found.ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

/// Returns the JSON Schema (draft 2020-12) of a kind, or the catalogue of facts.
pub fn schema(kind: Kind) -> Json {
    match kind {
        Kind::Estate => schemars::schema_for!(Estate).to_value(),
        Kind::Runbook => schemars::schema_for!(Runbook).to_value(),
        Kind::Scenario => schemars::schema_for!(Scenario).to_value(),
        Kind::Pins => schemars::schema_for!(PinFile).to_value(),
        Kind::Standing => schemars::schema_for!(StandingApproval).to_value(),
        Kind::Plan => schemars::schema_for!(Plan).to_value(),
        Kind::Diagnosis => schemars::schema_for!(Diagnosis).to_value(),
        Kind::Evidence => schemars::schema_for!(EvidenceSet).to_value(),
        Kind::Ready => schemars::schema_for!(Readiness).to_value(),
        Kind::Facts => facts(),
    }
}

/// `lifeboat.facts/v1`: each fact with what it is said of, its measure and its meaning.
fn facts() -> Json {
    let one = |kind: &FactKind| {
        let measure = Some(kind.measure()).filter(|measure| !measure.is_empty());
        json!({ "kind": kind.name(), "arguments": kind.arguments(), "measure": measure, "meaning": kind.meaning() })
    };
    json!({ "schema": "lifeboat.facts/v1", "facts": FactKind::ALL.iter().map(one).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::{Kind, schema};

    #[test]
    fn every_kind_has_a_name_and_a_schema() {
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
            assert!(schema(kind).is_object());
        }
        assert!("colour".parse::<Kind>().unwrap_err().hint().contains("estate"));
    }

    #[test]
    fn the_catalogue_names_every_fact() {
        let facts = schema(Kind::Facts);
        let found = facts["facts"]
            .as_array()
            .unwrap()
            .iter()
            .find(|fact| fact["kind"] == "zone.parity")
            .unwrap();
        assert_eq!(found["arguments"], serde_json::json!(["dns-provider", "source"]));
        assert!(found["measure"].as_str().unwrap().contains("critical names"));
    }
}
