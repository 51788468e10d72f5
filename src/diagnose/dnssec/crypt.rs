//! The signature algorithms that are known here: RFC 5702, 6605, 8080.

use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519,
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey,
};

/// What came of looking at a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checked {
    /// The key made it over these very bytes.
    Good,
    /// It did not.
    Bad,
    /// The algorithm is not known here, or the key is too short or too long for it.
    Unsupported,
}

/// Tells whether an algorithm is known: RSA with SHA-256 and SHA-512, ECDSA with P-256 and P-384, Ed25519.
pub(super) const fn is_supported(algorithm: u8) -> bool {
    matches!(algorithm, 8 | 10 | 13 | 14 | 15)
}

/// Checks a signature.
pub(super) fn check(algorithm: u8, public: &[u8], signed: &[u8], signature: &[u8]) -> Checked {
    match algorithm {
        8 => rsa(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, public, signed, signature),
        10 => rsa(&RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY, public, signed, signature),
        13 | 14 => ecdsa(algorithm, public, signed, signature),
        15 => UnparsedPublicKey::new(&ED25519, public).verify(signed, signature).into(),
        _ => Checked::Unsupported,
    }
}

impl<E> From<Result<(), E>> for Checked {
    fn from(verified: Result<(), E>) -> Self {
        if verified.is_ok() { Self::Good } else { Self::Bad }
    }
}

/// RFC 6605 §4: the key is the two coordinates, without the octet that says so elsewhere.
fn ecdsa(algorithm: u8, public: &[u8], signed: &[u8], signature: &[u8]) -> Checked {
    let point = [&[4], public].concat();
    let kind = if algorithm == 13 { &ECDSA_P256_SHA256_FIXED } else { &ECDSA_P384_SHA384_FIXED };
    UnparsedPublicKey::new(kind, point).verify(signed, signature).into()
}

fn rsa(kind: &RsaParameters, public: &[u8], signed: &[u8], signature: &[u8]) -> Checked {
    let Some((e, n)) = exponent_and_modulus(public) else { return Checked::Bad };
    let bits = n.len() * 8 - n.first().map_or(0, |first| first.leading_zeros() as usize);
    // Exponents beyond four bytes are slow on purpose.
    if !(1024..=8192).contains(&bits) || e.len() > 4 {
        return Checked::Unsupported;
    }
    RsaPublicKeyComponents { n, e }.verify(kind, signed, signature).into()
}

/// RFC 3110 §2.
fn exponent_and_modulus(public: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match public {
        [0, high, low, rest @ ..] => (usize::from(*high) << 8 | usize::from(*low), rest),
        [length, rest @ ..] => (usize::from(*length), rest),
        [] => return None,
    };
    let (exponent, modulus) = rest.split_at_checked(length)?;
    let plain = |number: &'_ [u8]| number.iter().take_while(|byte| **byte == 0).count();
    Some((&exponent[plain(exponent)..], &modulus[plain(modulus)..]))
}

#[cfg(test)]
mod tests {
    use super::{Checked, check, is_supported};

    #[test]
    fn keys_that_make_no_sense_verify_nothing() {
        for algorithm in 0..=255 {
            for public in [&b""[..], &[0], &[0, 1], &[3, 1, 0, 1], &[255; 32], &[0; 64], &[1; 300]]
            {
                let checked = check(algorithm, public, b"signed", &[0; 64]);
                assert_ne!(checked, Checked::Good, "{algorithm} {public:?}");
                assert!(is_supported(algorithm) || checked == Checked::Unsupported);
            }
        }
    }

    #[test]
    fn short_keys_of_rsa_are_not_supported() {
        // The key of RFC 5702 §6.1 has 512 bits.
        let key = [&[3, 1, 0, 1][..], &[0xc1; 64]].concat();
        assert_eq!(check(8, &key, b"", &[0; 64]), Checked::Unsupported);
    }
}
