//! What a hosting service keeps beside a record's data, and no other service has.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Remote;

/// What lies beside one record at a service that keeps more than DNS has, as Cloudflare does.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Beside {
    /// The service answers with addresses of its own, in front of this data.
    #[serde(default)]
    pub proxied: bool,
    /// The service chooses the time to live; the record set's is what it chooses.
    #[serde(default)]
    pub automatic: bool,
    /// What people wrote.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub comment: String,
    /// What people sort by, in the service's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The service's further settings that are on, by their names there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<String>,
}

impl Beside {
    /// Returns it, or nothing where the service keeps nothing beside the data.
    pub fn some(self) -> Option<Self> {
        Some(self).filter(|it| *it != Self::default())
    }
}

impl fmt::Display for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = [(self.proxied, "proxied"), (self.automatic, "automatic TTL")];
        let mut parts: Vec<String> =
            flags.iter().filter(|(is, _)| *is).map(|(_, word)| (*word).to_owned()).collect();
        if !self.comment.is_empty() {
            parts.push(format!("comment \"{}\"", Remote::new(self.comment.as_str())));
        }
        let list = |texts: &[String]| {
            texts.iter().map(|text| Remote::new(text.as_str()).to_string()).collect::<Vec<_>>()
        };
        for (word, texts) in [("tags", &self.tags), ("settings", &self.settings)] {
            if !texts.is_empty() {
                parts.push(format!("{word} {}", list(texts).join(", ")));
            }
        }
        f.write_str(&parts.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_worded_and_what_people_wrote_drives_no_terminal() {
        let beside = Beside {
            proxied: true,
            automatic: true,
            comment: "moved\u{1b}[2J".to_owned(),
            tags: vec!["team:ops".to_owned()],
            settings: vec!["ipv4_only".to_owned()],
        };
        assert_eq!(
            beside.to_string(),
            "proxied; automatic TTL; comment \"moved\\u{1b}[2J\"; tags team:ops; settings ipv4_only"
        );
        assert_eq!(beside.clone().some(), Some(beside));
        assert_eq!(Beside::default().some(), None);
    }

    #[test]
    fn nothing_is_written_of_what_is_not_there() {
        let json = serde_json::to_value(Beside { proxied: true, ..Beside::default() });
        let wanted = serde_json::json!({"proxied": true, "automatic": false});
        assert_eq!(json.expect("it is written"), wanted);
    }
}
