//! Idempotency keys.

use sha2::{Digest, Sha256};

use crate::model::{Direction, Id};

/// Returns the key of one try of one write: SHA-256 of plan digest, step, change, direction and try,
/// in hexadecimal. A replay of the same journal makes the same key; no two tries share one.
pub fn key(digest: &str, step: &Id, change: u32, direction: Direction, attempt: u32) -> String {
    let way = match direction {
        Direction::Do => "do",
        Direction::Undo => "undo",
    };
    let text = format!("{digest}\n{step}\n{change}\n{way}\n{attempt}");
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
