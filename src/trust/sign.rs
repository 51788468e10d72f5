//! Making a signature: with a key file here, or in two halves around an agent that holds the key.

use signature::Signer;
use ssh_key::PrivateKey;
use ssh_key::private::Ed25519Keypair;

use super::key::{Key, KeyFault};
use super::seal::{Hash, Seal, covered};

/// A private key that can sign here: in OpenSSH's own form, and in the clear.
pub struct SigningKey {
    private: PrivateKey,
    public: Key,
}

/// Why a key file cannot sign here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningFault {
    /// Not a private key of OpenSSH.
    #[error("it is no private key in OpenSSH's form")]
    Malformed,
    /// Locked by a passphrase.
    #[error("it is locked by a passphrase")]
    Locked,
    /// RSA, whose private operation is left to OpenSSH: the one in Rust leaks its time (RUSTSEC-2023-0071).
    #[error("it is an RSA key, which only an agent or `ssh-keygen` signs with")]
    Rsa,
    /// ECDSA, whose private numbers `ssh-key` reads wrongly where they begin with zeros.
    #[error("it is an ECDSA key, which only an agent or `ssh-keygen` signs with")]
    Ecdsa,
    /// The private half is in hardware.
    #[error("its private half is in hardware")]
    Hardware,
    /// Its kind may not sign.
    #[error("it {0}")]
    Key(#[from] KeyFault),
}

impl SigningFault {
    /// Returns the next thing to do.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Malformed => {
                "`ssh-keygen -p -f KEY` writes a key anew in OpenSSH's form; or let an agent sign: `--agent`"
            }
            Self::Locked | Self::Rsa | Self::Ecdsa | Self::Hardware => {
                "`ssh-add KEY`, then let the agent sign: `--agent \"$SSH_AUTH_SOCK\"`"
            }
            Self::Key(_) => "`ssh-keygen -t ed25519` makes a key that may sign",
        }
    }
}

impl SigningKey {
    /// Reads a key file.
    ///
    /// # Errors
    /// [`SigningFault`] says why it cannot sign here.
    pub fn parse(text: &[u8]) -> Result<Self, SigningFault> {
        let private = PrivateKey::from_openssh(text).map_err(|_| SigningFault::Malformed)?;
        if private.is_encrypted() {
            return Err(SigningFault::Locked);
        }
        if private.algorithm().is_ecdsa() {
            return Err(SigningFault::Ecdsa);
        }
        Self::of(private)
    }

    /// Makes an ed25519 key of 32 random bytes (RFC 8032 §5.1.5).
    ///
    /// # Errors
    /// As [`SigningKey::parse`].
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, SigningFault> {
        Self::of(PrivateKey::from(Ed25519Keypair::from_seed(seed)))
    }

    fn of(private: PrivateKey) -> Result<Self, SigningFault> {
        let blob = private.public_key().to_bytes().map_err(|_| SigningFault::Malformed)?;
        let public = Key::read(&blob)?;
        if public.is_hardware() {
            Err(SigningFault::Hardware)
        } else {
            Ok(Self { private, public })
        }
    }

    /// Returns its public half as `allowed_signers` takes it: kind and base64.
    ///
    /// # Errors
    /// [`SigningFault::Malformed`] when it cannot be written.
    pub fn line(&self) -> Result<String, SigningFault> {
        self.private.public_key().to_openssh().map_err(|_| SigningFault::Malformed)
    }

    /// Returns its public half.
    pub const fn public(&self) -> &Key {
        &self.public
    }

    /// Signs bytes in a namespace; returns the armored signature.
    ///
    /// # Errors
    /// [`SigningFault::Malformed`] when the halves of the key do not belong together.
    pub fn sign(&self, bytes: &[u8], namespace: &str) -> Result<String, SigningFault> {
        let signature = self.private.try_sign(&to_sign(bytes, namespace));
        let signature = signature.map_err(|_| SigningFault::Malformed)?;
        let blob = Vec::try_from(signature).map_err(|_| SigningFault::Malformed)?;
        Ok(wrap(&self.public, namespace, &blob))
    }
}

/// Returns what an agent is asked to sign for some bytes in a namespace (PROTOCOL.sshsig § "Signed Data").
pub fn to_sign(bytes: &[u8], namespace: &str) -> Vec<u8> {
    covered(namespace, Hash::Sha512, bytes)
}

/// Puts the blob that an agent gave for [`to_sign`] into an armored signature.
pub fn wrap(key: &Key, namespace: &str, signature: &[u8]) -> String {
    Seal::write(key, namespace, signature)
}
