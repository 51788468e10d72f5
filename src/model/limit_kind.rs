//! Every limit that holds a plan, listed once: its name, what it guards, and the flag that goes past it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The shortest reason for which anybody goes past a limit, in characters.
pub const SHORTEST_REASON: usize = 10;

/// Lists the limits.
macro_rules! limits {
    ($($(#[$doc:meta])* $variant:ident $name:literal $guards:literal;)*) => {
        /// A limit: it holds whatever the runbook says, and only its own override goes past it.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
        )]
        pub enum LimitKind {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl LimitKind {
            /// Every limit.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns its name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Returns what it guards, as one clause.
            pub const fn guards(self) -> &'static str {
                match self { $(Self::$variant => $guards),* }
            }

            /// Returns the option of `plan` that goes past it, without its dashes.
            pub const fn option(self) -> &'static str {
                match self { $(Self::$variant => concat!("override-", $name)),* }
            }
        }
    };
}

limits! {
    /// The NS set at the top of the zone that is written.
    RootNs "root-ns" "the name servers at the top of a zone that is written, the root's among them";
    /// A source that yields nothing.
    EmptySource "empty-source" "what is there, against a source that yields nothing in its place";
    /// Everything of something is deleted.
    AllDeleted "all-deleted" "the last record of a set and the last tracker of a list";
    /// No name server that answers is left.
    LastServer "last-server" "the last name servers of a zone that are known to answer";
    /// No tracker that answers is left.
    LastTracker "last-tracker" "the last trackers of a torrent that are known to answer";
    /// Too large a part of a whole.
    Share "share" "how large a part of a zone, of a seedbox or of our trackers is touched";
    /// Too many.
    Count "count" "how many zones, record sets, torrents and changes are touched";
    /// A type of record that is not to be written.
    RecordType "record-type" "which types of records are written";
    /// Validating resolvers would refuse what comes, or nobody knows that they would not.
    UnsafeDnssec "unsafe-dnssec" "validating resolvers, against a provider whose answers are not known to validate now";
    /// What comes cannot be reached over TCP.
    TcpDead "tcp-dead" "resolvers, against a provider that cannot be reached over TCP";
    /// What comes does not hold the zone as it should.
    NoParity "no-parity" "users, against a provider that does not hold its zones as git or the estate has them";
    /// An origin that becomes public, or may.
    HiddenOrigin "hidden-origin" "origins that must not become public";
}

impl LimitKind {
    /// Returns the option as it is typed.
    pub fn flag(self) -> String {
        format!("--{}", self.option())
    }
}

/// A limit that a plan goes past, and why; people approve it with the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Override {
    /// Which limit.
    pub limit: LimitKind,
    /// At which step.
    pub step: super::Id,
    /// By how much, in words.
    pub because: String,
    /// The reason that was given.
    pub reason: String,
}
