//! What copies of a zone hold at the names whose origin it hides: of the whole zone, this alone goes into evidence.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Apart, Id, Remote, Zone, ZoneCopy};

/// One record set at a name whose origin a zone hides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HiddenSet {
    /// The name, fully qualified.
    pub name: String,
    /// Whose copy holds it.
    pub at: Id,
    /// That provider's servers answer with addresses of their own, in front of these.
    pub proxied: bool,
    /// Git has it: else it was read just now.
    pub committed: bool,
    /// Addresses, or the name that an alias leads to.
    pub data: Vec<Remote>,
}

/// The types that lead to an origin.
const LEADING: [&str; 3] = ["A", "AAAA", "CNAME"];

impl Zone {
    /// Returns the names whose origin must not become public, fully qualified.
    pub fn hidden_names(&self) -> Vec<String> {
        self.hide_origin.iter().map(|name| self.full_name(name)).collect()
    }

    /// Returns what a provider's copy has at those names, as far as its servers answer with it or stand in front of it.
    pub fn hidden_sets(&self, at: &Id, copy: &ZoneCopy, committed: bool) -> Vec<HiddenSet> {
        let names = self.hidden_names();
        let leads = copy.sets.iter().filter(|set| {
            names.contains(&set.name)
                && LEADING.contains(&&*set.kind)
                && matches!(set.apart, None | Some(Apart::Proxied))
        });
        let hidden = leads.map(|set| HiddenSet {
            name: set.name.clone(),
            at: at.clone(),
            proxied: set.apart == Some(Apart::Proxied),
            committed,
            data: set.data.clone(),
        });
        hidden.collect()
    }
}
