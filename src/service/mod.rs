//! Remote APIs, one file each, read and write; [`Field`] is what they all reach the world through.

pub mod access;
pub mod channel;
pub mod declared;
pub mod dns;
mod ending;
mod field;
mod json_api;
mod peer_set;
pub mod rdap;
mod resolvers;
pub mod router;
pub mod seedbox;
pub mod tracker;

pub use declared::{left, terms};
pub use ending::{Budget, LATER, again, ending};
pub use field::{Elsewhere, Field};
pub use peer_set::{PeerCount, PeerSet};
pub use resolvers::Resolvers;
