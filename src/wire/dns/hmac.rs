//! Keyed hashes (RFC 2104 §2) over the SHA-2 family.

use sha2::digest::Digest;
use sha2::digest::core_api::BlockSizeUser;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

/// A hash that messages are signed with (RFC 8945 §6).
///
/// `hmac-md5` (which "MUST NOT" be used) and `hmac-sha1` ("NOT RECOMMENDED") are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// `hmac-sha224`.
    Sha224,
    /// `hmac-sha256`.
    Sha256,
    /// `hmac-sha384`.
    Sha384,
    /// `hmac-sha512`.
    Sha512,
}

impl Hash {
    /// Every one of them.
    pub const ALL: [Self; 4] = [Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512];

    /// Returns the name in the registry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha224 => "hmac-sha224",
            Self::Sha256 => "hmac-sha256",
            Self::Sha384 => "hmac-sha384",
            Self::Sha512 => "hmac-sha512",
        }
    }

    /// Finds a hash by its name; case and a final dot do not count.
    pub fn named(name: &str) -> Option<Self> {
        let plain = name.strip_suffix('.').unwrap_or(name);
        Self::ALL.into_iter().find(|hash| hash.name().eq_ignore_ascii_case(plain))
    }

    /// Computes the keyed hash of some pieces, one after the other.
    pub(in crate::wire) fn keyed(self, key: &[u8], pieces: &[&[u8]]) -> Vec<u8> {
        match self {
            Self::Sha224 => keyed::<Sha224>(key, pieces),
            Self::Sha256 => keyed::<Sha256>(key, pieces),
            Self::Sha384 => keyed::<Sha384>(key, pieces),
            Self::Sha512 => keyed::<Sha512>(key, pieces),
        }
    }
}

fn keyed<D: Digest + BlockSizeUser>(key: &[u8], pieces: &[&[u8]]) -> Vec<u8> {
    let mut block = Zeroizing::new(vec![0_u8; D::block_size()]);
    let hashed;
    let key = if key.len() > block.len() {
        hashed = Zeroizing::new(D::digest(key).to_vec());
        hashed.as_slice()
    } else {
        key
    };
    block.iter_mut().zip(key).for_each(|(place, byte)| *place = *byte);
    let padded = |pad: u8| Zeroizing::new(block.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>());
    let mut inner = D::new_with_prefix(padded(0x36).as_slice());
    pieces.iter().for_each(|piece| inner.update(piece));
    let mut outer = D::new_with_prefix(padded(0x5c).as_slice());
    outer.update(inner.finalize());
    outer.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::super::text::unhex;
    use super::Hash;

    /// RFC 4231: §4.2, §4.3, and §4.7 with a key longer than a block.
    #[test]
    fn the_vectors_of_rfc_4231_hold() {
        const HI: &str = "4869205468657265";
        const WHAT: &str = "7768617420646f2079612077616e7420666f72206e6f7468696e673f";
        const LARGER: &str = "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374";
        let (short, jefe, long) = ("0b".repeat(20), "4a656665".to_owned(), "aa".repeat(131));
        for (hash, key, text, wanted) in [
            (Hash::Sha224, &short, HI, "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22"),
            (
                Hash::Sha256,
                &short,
                HI,
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                Hash::Sha256,
                &jefe,
                WHAT,
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                Hash::Sha256,
                &long,
                LARGER,
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                Hash::Sha384,
                &short,
                HI,
                "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
            ),
            (
                Hash::Sha512,
                &short,
                HI,
                "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
            ),
            (
                Hash::Sha512,
                &long,
                LARGER,
                "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
            ),
        ] {
            let bytes = |text: &str| unhex(text).expect("hexadecimal");
            let whole = hash.keyed(&bytes(key), &[&bytes(text)]);
            assert_eq!(whole, bytes(wanted), "{}", hash.name());
            let (head, tail) = text.split_at(8);
            assert_eq!(hash.keyed(&bytes(key), &[&bytes(head), &bytes(tail)]), whole, "in pieces");
        }
    }

    #[test]
    fn names_are_found_whatever_their_case() {
        for hash in Hash::ALL {
            assert_eq!(Hash::named(&format!("{}.", hash.name().to_uppercase())), Some(hash));
        }
        assert_eq!(Hash::named("hmac-md5.sig-alg.reg.int"), None);
    }
}
