//! What is approved: the SHA-256 of a plan's canonical JSON.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::canonical::canonical;
use super::phone::WORDS;
use crate::model::Plan;

/// The digest of a plan. Two plans that differ anywhere have different ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Digests a plan: RFC 8785 JSON, SHA-256.
    pub fn of(plan: &Plan) -> Self {
        Self(Sha256::digest(Self::text(plan).as_bytes()).into())
    }

    /// Returns the text that is digested; it is also what a plan's file holds.
    pub fn text(plan: &Plan) -> String {
        canonical(plan)
    }

    /// Returns all 64 hexadecimal digits.
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Returns the first 8 hexadecimal digits, which an approver types.
    pub fn short(&self) -> String {
        self.hex()[..8].to_owned()
    }

    /// Returns the first 6 bytes as words, to be read out on the phone.
    pub fn words(&self) -> String {
        let words: Vec<&str> = self.0[..6].iter().map(|byte| WORDS[usize::from(*byte)]).collect();
        words.join(" ")
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.hex())
    }
}
