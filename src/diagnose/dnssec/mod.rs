//! DNSSEC, validated here: records and a trust anchor in, a verdict out that says whose fault it is (RFC 4035 §5).
//!
//! [`judge()`] is pure and bounded: it asks nobody, the time is an argument, and neither the number of signatures that
//! are verified nor the rounds of a hash are the sender's to choose. It follows no delegation by itself: a [`Chain`]
//! names the zones. What is missing is never taken for healthy.

mod anchor;
mod chain;
mod crypt;
mod judge;
mod key;
mod name;
mod nsec;
mod nsec3;
mod served;
mod set;
#[cfg(test)]
mod specimen;
mod trust;
mod verdict;
mod verify;

pub use anchor::TrustAnchors;
pub use chain::Chain;
pub use judge::judge;
pub use served::served;
pub use verdict::{Fault, FaultKind, Gap, Open, Standing, Verdict};
