//! Who may: allowed signers, revoked keys and SSH signatures, judged by Lifeboat itself.
//!
//! [`verify()`] is the one door: bytes, a signature (PROTOCOL.sshsig) and the lists go in, a [`Signer`] or a [`Refusal`] comes out.
//! Its verdicts are those of `ssh-keygen -Y verify`, or stricter where `docs/design/approvals.md` says so. Nothing here reads a file, a clock
//! or a socket; the time is an argument.

pub mod agent;
mod allowed;
mod armor;
mod code;
mod envelope;
mod fields;
mod key;
mod options;
mod pattern;
mod revoked;
mod seal;
mod sign;
mod standing;
mod statement;
mod verify;
mod vouch;

pub use allowed::{AllowedSigners, Flaw, Line};
pub use code::{Code, Slip, vouch_codes};
pub use envelope::{Outside, covers};
pub use key::{Key, KeyFault};
pub use revoked::{Revoked, RevokedFault};
pub use seal::{Seal, SealFault};
pub use sign::{SigningFault, SigningKey, to_sign, wrap};
pub use standing::{endorsers, standing_namespace};
pub use statement::{SCHEMA, Said, Statement, namespace};
pub use verify::{Refusal, Signer, verify};
pub use vouch::{Doubt, Doubted, Hindsight, hindsight, vouch};
