//! A drill's world: the estate's real addresses and ports, played on loopback by a script.
//!
//! [`World`] opens the servers and moves routes; `state::State` is all that can change, and every
//! answer is a plain function of it. Nothing here reads what a scenario says is true.

mod authority;
mod bird;
mod cast;
mod check;
mod error;
mod https;
mod names;
mod network;
mod peers;
mod place;
mod play;
mod powerdns;
mod registry;
mod resolver;
mod seedbox;
mod serve;
mod signed;
mod signer;
mod stage;
mod state;
mod tracker;
mod web;
mod zones;

pub use error::WorldError;
pub use play::{Setting, World};
pub use signer::ZoneKey;
