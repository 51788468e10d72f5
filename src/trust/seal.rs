//! One signature with what it says of itself (PROTOCOL.sshsig § "Blob format").

use sha2::{Digest as _, Sha256, Sha512};
use signature::Verifier;
use ssh_key::{Algorithm, Signature};

use super::armor;
use super::fields::{Reader, put};
use super::key::{Key, KeyFault};

const MAGIC: &[u8] = b"SSHSIG";
const VERSION: u32 = 1;
/// The longest armored signature that is looked at, in bytes; RSA of 4096 bits needs under 2 KiB.
const LONGEST: usize = 16 << 10;
/// The bit of a hardware key's flags that says somebody touched it (PROTOCOL.u2f § "SSH U2F Signatures").
const TOUCHED: u8 = 1;

/// A signature, read but not yet believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// The key that it claims.
    pub key: Key,
    /// The namespace that it claims.
    pub namespace: String,
    hash: Hash,
    signature: Signature,
}

/// The hash that was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha512,
}

/// Why bytes are no signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealFault {
    /// The armor.
    #[error("the signature cannot be read: {0}")]
    Armor(&'static str),
    /// The blob.
    #[error("the signature cannot be read: its {0} is not as PROTOCOL.sshsig has it")]
    Blob(&'static str),
    /// The key inside.
    #[error("the key of the signature {0}")]
    Key(#[from] KeyFault),
    /// An algorithm that is too weak, or not the key's.
    #[error("the signature is of the algorithm `{0}`, which does not count for its key")]
    Algorithm(String),
}

impl Hash {
    const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

impl Seal {
    /// Reads an armored signature.
    ///
    /// # Errors
    /// [`SealFault`] says what is wrong with it.
    pub fn parse(armored: &[u8]) -> Result<Self, SealFault> {
        if armored.len() > LONGEST {
            return Err(SealFault::Armor("it is longer than 16 KiB"));
        }
        Self::read(&armor::open(armored).map_err(SealFault::Armor)?)
    }

    fn read(blob: &[u8]) -> Result<Self, SealFault> {
        let mut reader = Reader::new(blob);
        let wrong = SealFault::Blob;
        if reader.take(MAGIC.len()) != Some(MAGIC) {
            return Err(wrong("beginning"));
        }
        // A later version is refused; `ssh-keygen` lets an earlier one pass, and the signature does not cover it.
        if reader.number().is_none_or(|version| version > VERSION) {
            return Err(wrong("version"));
        }
        let key = Key::read(reader.string().ok_or(wrong("key"))?)?;
        let namespace = reader.text().ok_or(wrong("namespace"))?.to_owned();
        reader.string().ok_or(wrong("reserved field"))?;
        let hash = match reader.text() {
            Some("sha256") => Hash::Sha256,
            Some("sha512") => Hash::Sha512,
            Some(_) | None => return Err(wrong("hash algorithm")),
        };
        let signature = reader.string().ok_or(wrong("signature"))?;
        if !reader.is_at_end() {
            return Err(wrong("end"));
        }
        let signature = read_signature(&key, signature)?;
        Ok(Self { key, namespace, hash, signature })
    }

    /// Writes a signature in its armor, as `ssh-keygen -Y sign` does: SHA-512.
    pub(super) fn write(key: &Key, namespace: &str, signature: &[u8]) -> String {
        let mut blob = MAGIC.to_vec();
        blob.extend(VERSION.to_be_bytes());
        put(&mut blob, key.blob());
        put(&mut blob, namespace.as_bytes());
        put(&mut blob, b"");
        put(&mut blob, Hash::Sha512.name().as_bytes());
        put(&mut blob, signature);
        armor::close(&blob)
    }

    /// Tells whether the key signed these bytes in this namespace.
    pub(super) fn fits(&self, signed: &[u8]) -> bool {
        let covered = covered(&self.namespace, self.hash, signed);
        self.key.data.verify(&covered, &self.signature).is_ok()
    }

    /// Tells whether a hardware key was touched for it; other keys need no touch.
    pub(super) fn was_touched(&self) -> bool {
        // The flags stand before the counter's four bytes.
        let flags = self.signature.as_bytes().iter().rev().nth(4);
        !self.key.is_hardware() || flags.is_some_and(|flags| flags & TOUCHED != 0)
    }
}

/// Returns what a key really signs (PROTOCOL.sshsig § "Signed Data").
pub(super) fn covered(namespace: &str, hash: Hash, signed: &[u8]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    put(&mut bytes, namespace.as_bytes());
    put(&mut bytes, b"");
    put(&mut bytes, hash.name().as_bytes());
    put(&mut bytes, &hash.digest(signed));
    bytes
}

/// Reads the signature proper. An RSA one may leave leading zeros out.
fn read_signature(key: &Key, blob: &[u8]) -> Result<Signature, SealFault> {
    let wrong = SealFault::Blob("signature");
    let mut reader = Reader::new(blob);
    let name = reader.text().ok_or(wrong.clone())?;
    let algorithm = Algorithm::new(name).map_err(|_| wrong.clone())?;
    if !key.signs_with(&algorithm) {
        let printable = name.bytes().all(|byte| byte.is_ascii_graphic()) && name.len() <= 64;
        return Err(if printable { SealFault::Algorithm(name.to_owned()) } else { wrong });
    }
    let mut data = reader.string().ok_or(wrong.clone())?.to_vec();
    if key.is_hardware() {
        // Flags and counter (PROTOCOL.u2f § "SSH U2F Signatures").
        data.extend(reader.take(5).ok_or(wrong.clone())?);
    }
    if !reader.is_at_end() {
        return Err(wrong);
    }
    if let Some(length) = key.rsa_bytes() {
        let zeros = length.checked_sub(data.len()).ok_or(wrong.clone())?;
        data.splice(..0, std::iter::repeat_n(0, zeros));
    }
    Signature::new(algorithm, data).map_err(|_| wrong)
}
