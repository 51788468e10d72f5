//! `revoked_keys`: the keys that nobody signs with any more.

use super::armor;
use super::fields::{Reader, put};
use super::key::{Key, KeyFault};

/// How a binary key revocation list begins (PROTOCOL.krl).
const KRL: &[u8] = b"SSHKRL\n\0";

/// What a list of revoked keys says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revoked {
    blobs: Vec<Vec<u8>>,
}

/// Why a list of revoked keys is not read. Nobody may sign by a list that says less than it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevokedFault {
    /// A binary list.
    #[error("it is a binary key revocation list (KRL), which is not read here")]
    Binary,
    /// A line that is no key.
    #[error("line {0}, column {1}: no public key")]
    Line(usize, usize),
}

impl RevokedFault {
    /// Returns the next thing to do.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Binary => "list the revoked public keys themselves, one a line",
            Self::Line(..) => "a line reads `KIND BASE64 [COMMENT]`, or begins with `#`",
        }
    }
}

impl Revoked {
    /// Reads a whole list.
    ///
    /// # Errors
    /// [`RevokedFault`] when any of it is not understood.
    pub fn parse(text: &[u8]) -> Result<Self, RevokedFault> {
        if text.starts_with(KRL) {
            return Err(RevokedFault::Binary);
        }
        let mut blobs = Vec::new();
        for (at, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let start = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            let line = &line[start..];
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            blobs.push(blob(line).ok_or(RevokedFault::Line(at + 1, start + 1))?);
        }
        Ok(Self { blobs })
    }

    /// Tells whether nobody signs with a key any more.
    pub fn holds(&self, key: &Key) -> bool {
        self.blobs.iter().any(|blob| blob == key.blob())
    }
}

/// Reads one key's blob; a certificate revokes its key, and a kind that may not sign need not be known.
fn blob(line: &[u8]) -> Option<Vec<u8>> {
    let mut words = std::str::from_utf8(line).ok()?.split([' ', '\t']).filter(|w| !w.is_empty());
    let (kind, blob) = (words.next()?, armor::word(words.next()?)?);
    if Reader::new(&blob).text()? != kind {
        return None;
    }
    match Key::read(&blob) {
        Ok(_) | Err(KeyFault::Length(_)) => Some(blob),
        Err(KeyFault::Kind(kind)) => (kind == "ssh-dss").then_some(blob),
        Err(KeyFault::Certificate) => certified(&blob),
        Err(KeyFault::Malformed) => None,
    }
}

/// Returns the blob of the key that a certificate is for (PROTOCOL.certkeys): its kind, a nonce, then the key's own fields.
fn certified(blob: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(blob);
    let (before, after) = reader.text()?.split_once("-cert-v01@openssh.com")?;
    let (kind, fields) = match before {
        "ssh-ed25519" => (before.to_owned(), 1),
        "sk-ssh-ed25519" => (format!("{before}@openssh.com"), 2),
        "sk-ecdsa-sha2-nistp256" => (format!("{before}@openssh.com"), 3),
        _ => (before.to_owned(), 2),
    };
    let mut key = Vec::new();
    put(&mut key, kind.as_bytes());
    reader.string()?;
    for _ in 0..fields {
        put(&mut key, reader.string()?);
    }
    let known = matches!(Key::read(&key), Ok(_) | Err(KeyFault::Length(_)));
    (after.is_empty() && known).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::{Revoked, RevokedFault};
    use crate::trust::Key;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

    #[test]
    fn a_listed_key_is_revoked_and_no_other() {
        let digits = KEY.split(' ').nth(1).expect("two words");
        let key = Key::of_words("ssh-ed25519", digits).expect("a key");
        let list = Revoked::parse(format!("# gone\n\n \t{KEY} anna\n").as_bytes());
        assert!(list.expect("reads").holds(&key));
        assert!(!Revoked::default().holds(&key));
    }

    #[test]
    fn a_list_that_is_not_understood_is_no_list() {
        let parse = |text: &[u8]| Revoked::parse(text).expect_err("is refused");
        assert_eq!(parse(b"SSHKRL\n\0rest"), RevokedFault::Binary);
        assert_eq!(parse(format!("{KEY}\n  {}", &KEY[..60]).as_bytes()), RevokedFault::Line(2, 3));
        assert_eq!(parse(b"anna\n"), RevokedFault::Line(1, 1));
    }
}
