//! Plans: a runbook's phase resolved against facts, pinned to what was read, and digested.
//!
//! [`draft()`] resolves what facts can resolve and says what must be read; [`Draft::pin`] makes the plan of it;
//! [`Digest`] is what people approve. Pure: nothing here reads a clock, a file or a socket.

mod apex;
mod bound;
mod breach;
mod by_hand;
mod canonical;
mod cut;
mod deed;
mod delegation;
mod digest;
mod draft;
mod forecast;
mod freeze;
pub mod gates;
mod glue;
pub mod health;
mod keys;
mod kinds;
mod limits;
mod overlay;
mod phone;
mod pin;
mod records;
mod refusal;
mod requests;
mod scope;
mod share;
mod tally;
mod trackers;
mod walk;

pub use breach::Breach;
pub use canonical::canonical;
pub use digest::Digest;
pub use draft::{Draft, Pinning, draft};
pub use refusal::{Refusal, Standing};
pub use requests::{afford, looks};
