//! Diagnosis: evidence → three-valued facts → ranked causes. Pure, and made to be replaced.
//!
//! [`facts()`] knows protocols and no failure mode; [`diagnose()`] knows no protocol: what a failure mode looks like
//! stands in the runbooks, and what sits behind what in the [`Topology`]. Unknown is never false here.

mod candidate;
pub mod dnssec;
mod explain;
mod facts;
mod healthy;
mod known;
mod moot;
mod next;
mod rank;
pub mod readiness;
mod report;
mod silence;
mod strict;
mod topology;
mod transcript;
mod verdict;

pub use facts::facts;
pub use topology::Topology;
pub use transcript::transcript;
pub use verdict::{Case, diagnose};
