//! Public keys, of the kinds that may sign.

use std::fmt;

use ssh_key::public::KeyData;
use ssh_key::{Algorithm, HashAlg, PublicKey};

use super::armor;

/// One public key that may sign: ed25519, ecdsa on a NIST curve, rsa, or either of the hardware kinds.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    kind: &'static str,
    blob: Vec<u8>,
    pub(super) data: KeyData,
}

/// Why bytes are no key that may sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// The bytes are no key.
    #[error("is no public key")]
    Malformed,
    /// A certificate in a key's place.
    #[error("is a certificate, and certificates are not judged here; list the key itself")]
    Certificate,
    /// A kind that is too weak, or that nobody verifies.
    #[error("is of the kind `{0}`, which may not sign; use ed25519, ecdsa, rsa or a hardware key")]
    Kind(String),
    /// An RSA modulus out of bounds.
    #[error("is an RSA key of {0} bits; from 2048 to 4096 may sign")]
    Length(usize),
}

/// The kinds that may sign, as their blobs begin (RFC 4253 § 6.6, RFC 5656 § 3.1, RFC 8709 § 4, PROTOCOL.u2f).
const KINDS: &[&str] = &[
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

impl Key {
    /// Reads a key's blob.
    ///
    /// # Errors
    /// [`KeyFault`] says why it may not sign.
    pub fn read(blob: &[u8]) -> Result<Self, KeyFault> {
        let kind = super::fields::Reader::new(blob).text().ok_or(KeyFault::Malformed)?;
        if kind.contains("-cert-v0") {
            return Err(KeyFault::Certificate);
        }
        let Some(kind) = KINDS.iter().find(|known| **known == kind) else {
            let printable = kind.bytes().all(|byte| byte.is_ascii_graphic()) && kind.len() <= 64;
            return Err(if printable {
                KeyFault::Kind(kind.to_owned())
            } else {
                KeyFault::Malformed
            });
        };
        let key = PublicKey::from_bytes(blob).map_err(|_| KeyFault::Malformed)?;
        // One key has one blob; another spelling of it would be a second key on every list.
        if key.to_bytes().is_ok_and(|again| again != blob) {
            return Err(KeyFault::Malformed);
        }
        let key = Self { kind, blob: blob.to_vec(), data: key.key_data().clone() };
        match key.rsa_bits() {
            Some(bits) if !(2048..=4096).contains(&bits) => Err(KeyFault::Length(bits)),
            Some(_) | None => Ok(key),
        }
    }

    /// Reads what follows a line's options: the kind, and the blob in base64.
    pub(super) fn of_words(kind: &str, digits: &str) -> Result<Self, KeyFault> {
        let blob = armor::word(digits).ok_or(KeyFault::Malformed)?;
        let key = Self::read(&blob)?;
        if key.kind() == kind { Ok(key) } else { Err(KeyFault::Malformed) }
    }

    /// Returns the blob.
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// Returns the kind, as the blob names it.
    pub const fn kind(&self) -> &'static str {
        self.kind
    }

    /// Tells whether the key lives in hardware that asks for a touch.
    pub const fn is_hardware(&self) -> bool {
        matches!(self.data, KeyData::SkEd25519(_) | KeyData::SkEcdsaSha2NistP256(_))
    }

    /// Returns the fingerprint, as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> String {
        self.data.fingerprint(HashAlg::Sha256).to_string()
    }

    /// Tells whether a signature of that algorithm can be this key's.
    pub(super) fn signs_with(&self, algorithm: &Algorithm) -> bool {
        if self.data.is_rsa() {
            return matches!(algorithm, Algorithm::Rsa { hash: Some(_) });
        }
        *algorithm == self.data.algorithm()
    }

    /// Returns the length of an RSA modulus in bits.
    fn rsa_bits(&self) -> Option<usize> {
        let modulus = self.data.rsa()?.n.as_positive_bytes().unwrap_or_default();
        let zeros = modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
        Some(modulus.len() * 8 - zeros)
    }

    /// Returns the length of an RSA modulus in bytes.
    pub(super) fn rsa_bytes(&self) -> Option<usize> {
        self.rsa_bits().map(|bits| bits.div_ceil(8))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({} {})", self.kind(), self.fingerprint())
    }
}
