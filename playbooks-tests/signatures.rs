//! Signatures against stored vectors, and the corpus whose oracle is `ssh-keygen` (`real::signatures`).

pub mod corpus;
mod vectors;

use libtest_mimic::Trial;

/// Returns the trials of signatures.
pub fn trials() -> Vec<Trial> {
    vectors::trials()
}

/// Reads a file of `captures/ssh`, which `capture.sh` there recorded.
pub fn stored(name: &str) -> String {
    let path = format!("{}/playbooks-tests/captures/ssh/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The kinds of keys that may sign, each with a vector.
pub const KINDS: &[&str] = &[
    "ed25519",
    "ecdsa256",
    "ecdsa384",
    "ecdsa521",
    "rsa2048",
    "rsa3072",
    "sk-ed25519",
    "sk-ecdsa",
];
