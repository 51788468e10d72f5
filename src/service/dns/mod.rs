//! Name servers: asked in their own protocol, and written through their APIs or by signed DNS UPDATE.

pub mod ask;
pub mod bulk;
pub mod cloudflare;
mod cloudflare_copy;
mod cloudflare_json;
pub mod cloudflare_sets;
mod cloudflare_zone;
pub mod copy;
pub mod desec;
mod desec_copy;
pub mod desec_sets;
pub mod edits;
pub mod hosted;
mod hosted_words;
mod https;
pub mod knock;
pub mod powerdns;
mod powerdns_json;
pub mod rfc2136;
pub mod round;
pub mod route53;
pub mod route53_api;
mod route53_copy;
pub mod sight;
mod signed;
mod streams;
mod together;
mod transfer;
mod update_error;
mod way;
mod whole;
mod wholes;

pub use copy::{Ability, CopyError, ability, copied_size, copy, whole};
pub use signed::Server;
pub use update_error::{Said, UpdateError};
pub use way::{Proof, Way};
pub use whole::{Whole, says};
pub use wholes::Wholes;

use crate::model::Declaration;

/// The services of this family.
pub const SERVICES: &[&Declaration] = &[
    &ask::SERVICE,
    &powerdns::SERVICE,
    &rfc2136::SERVICE,
    &cloudflare_sets::SERVICE,
    &route53::SERVICE,
    &desec_sets::SERVICE,
];
