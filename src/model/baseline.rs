//! What is usual: `lifeboat.baseline/v1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Id;

/// What is usual, as a file beside the estate says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Always `lifeboat.baseline/v1`.
    #[schemars(extend("const" = "lifeboat.baseline/v1"))]
    pub schema: String,
    /// Peers by carrier.
    #[serde(default)]
    pub peers: Vec<UsualPeers>,
}

/// How many peers one carrier usually has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsualPeers {
    /// The carrier.
    pub carrier: Id,
    /// The median number of distinct peers.
    pub median: f64,
    /// The number below which something is wrong.
    pub low: f64,
}
