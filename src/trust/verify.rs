//! The verdict on one signature.

use jiff::Timestamp;

use super::allowed::{AllowedSigners, Line};
use super::key::Key;
use super::revoked::Revoked;
use super::seal::{Seal, SealFault};

/// Whose key signed, and by which lines it may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The key.
    pub key: Key,
    lines: Vec<Line>,
}

impl Signer {
    /// Tells whether a principal signed, as `ssh-keygen -Y verify -I PRINCIPAL` does.
    pub fn is(&self, principal: &str) -> bool {
        self.lines.iter().any(|line| line.names(principal))
    }

    /// Returns the lines by which the key may sign here and now.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }
}

/// Why a signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] SealFault),
    /// Nothing may be signed in a namespace without a name.
    #[error("a signature in no namespace counts for nothing")]
    NoNamespace,
    /// It was made for something else.
    #[error("it was made in the namespace `{}`, and `{wanted}` is needed", shown(found))]
    Namespace {
        /// What it says.
        found: String,
        /// What is needed.
        wanted: String,
    },
    /// Other bytes, or another key.
    #[error("the key {0} did not sign these bytes")]
    Forged(String),
    /// A hardware key signed on its own.
    #[error("nobody touched the hardware key {0} for it")]
    Untouched(String),
    /// The key is on the list of revoked keys.
    #[error("the key {0} is revoked")]
    Revoked(String),
    /// Nobody's key.
    #[error("the key {0} is nobody's in `allowed_signers`")]
    Unknown(String),
    /// Not for this.
    #[error(
        "the key on line {line} of `allowed_signers` may not sign in the namespace `{namespace}`"
    )]
    NotHere {
        /// Counted from 1.
        line: usize,
        /// What is needed.
        namespace: String,
    },
    /// Too early.
    #[error("the key on line {line} of `allowed_signers` may not sign before {from}")]
    NotYet {
        /// Counted from 1.
        line: usize,
        /// From when on (UTC).
        from: Timestamp,
    },
    /// Too late.
    #[error("the key on line {line} of `allowed_signers` may not sign since {until}")]
    Expired {
        /// Counted from 1.
        line: usize,
        /// Until when (UTC).
        until: Timestamp,
    },
}

impl Refusal {
    /// Returns the next thing to do.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => {
                "sign once more, with `ssh-keygen -Y sign` or `lifeboat approve`"
            }
            Self::NoNamespace | Self::Namespace { .. } => "sign in the namespace that is needed",
            Self::Forged(_) => "sign exactly the bytes that `lifeboat approve` prints",
            Self::Untouched(_) => "sign once more and touch the key when it blinks",
            Self::Revoked(_) | Self::Expired { .. } => "sign with a key that is allowed now",
            Self::Unknown(_) | Self::NotHere { .. } | Self::NotYet { .. } => {
                "whoever keeps `allowed_signers` adds or widens the key's line"
            }
        }
    }
}

fn shown(namespace: &str) -> String {
    namespace.chars().take(64).flat_map(char::escape_default).collect()
}

/// Judges an armored signature over some bytes: whose it is, or why it does not count at that moment.
///
/// # Errors
/// [`Refusal`].
pub fn verify(
    signed: &[u8],
    armored: &[u8],
    namespace: &str,
    allowed: &AllowedSigners,
    revoked: &Revoked,
    at: Timestamp,
) -> Result<Signer, Refusal> {
    let seal = Seal::parse(armored)?;
    if namespace.is_empty() {
        return Err(Refusal::NoNamespace);
    }
    if seal.namespace != namespace {
        let (found, wanted) = (seal.namespace, namespace.to_owned());
        return Err(Refusal::Namespace { found, wanted });
    }
    let print = seal.key.fingerprint();
    if !seal.fits(signed) {
        return Err(Refusal::Forged(print));
    }
    if !seal.was_touched() {
        return Err(Refusal::Untouched(print));
    }
    if revoked.holds(&seal.key) {
        return Err(Refusal::Revoked(print));
    }
    let mut closest = Refusal::Unknown(print);
    let mut lines = Vec::new();
    let its = |line: &&Line| line.key == seal.key && !line.options.cert_authority;
    for line in allowed.lines().iter().filter(its) {
        match barred(line, namespace, at) {
            None => lines.push(line.clone()),
            Some(refusal) => closest = refusal,
        }
    }
    if lines.is_empty() { Err(closest) } else { Ok(Signer { key: seal.key, lines }) }
}

/// Returns why a line does not let its key sign here and now.
fn barred(line: &Line, namespace: &str, at: Timestamp) -> Option<Refusal> {
    let number = line.number;
    if !line.admits(namespace) {
        return Some(Refusal::NotHere { line: number, namespace: namespace.to_owned() });
    }
    // Whole seconds, both ends included, as `ssh-keygen` counts them.
    let second = at.as_second();
    if let Some(from) = line.options.valid_after.filter(|from| second < from.as_second()) {
        return Some(Refusal::NotYet { line: number, from });
    }
    let until = line.options.valid_before.filter(|until| second > until.as_second());
    until.map(|until| Refusal::Expired { line: number, until })
}
