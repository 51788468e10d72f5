//! Measures a pack before anything is made of it: how many objects, and how large each would become.
//!
//! gitformat-pack(5). What is inflated here is counted and dropped, so that a pack that would become too large costs
//! no memory; libgit2 then checks it whole.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};
use thiserror::Error;

/// The most objects of a pack.
pub(super) const OBJECTS: u32 = 100_000;

/// The largest object, and all of them together, in bytes.
const LARGEST: u64 = 32 << 20;
const TOGETHER: u64 = 256 << 20;

/// How far deflate looks back (RFC 1951 §2).
const WINDOW: usize = 32 << 10;

/// Why a pack is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PackFault {
    /// It is none.
    #[error("what came is no pack")]
    NotOne,
    /// It ends early, or its parts do not fit.
    #[error("the pack is torn")]
    Torn,
    /// There are too many objects.
    #[error("the pack has {0} objects, and at most {OBJECTS} are taken")]
    TooMany(u32),
    /// One object is too large.
    #[error("an object of the pack would have {0} bytes, and at most {LARGEST} are taken")]
    TooLarge(u64),
    /// Together they are too large.
    #[error("the objects of the pack would have more than {TOGETHER} bytes together")]
    TooMuch,
}

/// Measures a pack and returns the number of its objects.
pub(super) fn measure(pack: &[u8]) -> Result<u32, PackFault> {
    let (head, mut rest) = pack.split_at_checked(12).ok_or(PackFault::NotOne)?;
    if !head.starts_with(b"PACK\0\0\0\x02") {
        return Err(PackFault::NotOne);
    }
    let count = u32::from_be_bytes([head[8], head[9], head[10], head[11]]);
    if count > OBJECTS {
        return Err(PackFault::TooMany(count));
    }
    let mut together = 0;
    for _ in 0..count {
        let (size, after) = object(rest)?;
        together += size;
        if together > TOGETHER {
            return Err(PackFault::TooMuch);
        }
        rest = after;
    }
    // The last twenty bytes are the pack's own digest, which libgit2 checks.
    if rest.len() == 20 { Ok(count) } else { Err(PackFault::Torn) }
}

/// Measures one object; a delta by what it says that it makes.
fn object(bytes: &[u8]) -> Result<(u64, &[u8]), PackFault> {
    let first = *bytes.first().ok_or(PackFault::Torn)?;
    let (mut size, mut shift, mut at) = (u64::from(first & 15), 4, 1);
    let mut byte = first;
    while byte & 0x80 != 0 {
        byte = *bytes.get(at).ok_or(PackFault::Torn)?;
        if shift > 50 {
            return Err(PackFault::TooLarge(u64::MAX));
        }
        size |= u64::from(byte & 0x7f) << shift;
        (shift, at) = (shift + 7, at + 1);
    }
    if size > LARGEST {
        return Err(PackFault::TooLarge(size));
    }
    let kind = (first >> 4) & 7;
    let skipped = match kind {
        1..=4 => 0,
        6 => {
            let rest = bytes.get(at..).ok_or(PackFault::Torn)?;
            rest.iter().position(|byte| byte & 0x80 == 0).ok_or(PackFault::Torn)? + 1
        }
        7 => 20,
        _ => return Err(PackFault::Torn),
    };
    let stream = bytes.get(at + skipped..).ok_or(PackFault::Torn)?;
    let (taken, begins) = inflated(stream, size)?;
    let made = if kind >= 6 { result(&begins)? } else { 0 };
    if made > LARGEST {
        return Err(PackFault::TooLarge(made));
    }
    Ok((size + made, &stream[taken..]))
}

/// Inflates a stream into nothing, up to the size that it must have; returns how much of the input it took and
/// how it begins.
fn inflated(stream: &[u8], size: u64) -> Result<(usize, Vec<u8>), PackFault> {
    let mut machine = Box::new(DecompressorOxide::new());
    let mut window = vec![0; WINDOW];
    let (mut read, mut written, mut at) = (0, 0_u64, 0);
    let mut begins = Vec::new();
    loop {
        let flags = inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER;
        let (status, took, made) =
            decompress(&mut machine, &stream[read..], &mut window, at, flags);
        if begins.len() < 20 {
            begins.extend(window[at..at + made].iter().take(20 - begins.len()));
        }
        (read, written, at) = (read + took, written + made as u64, (at + made) % WINDOW);
        if written > size {
            return Err(PackFault::Torn);
        }
        match status {
            TINFLStatus::Done if written == size => return Ok((read, begins)),
            TINFLStatus::HasMoreOutput => {}
            TINFLStatus::Done
            | TINFLStatus::NeedsMoreInput
            | TINFLStatus::FailedCannotMakeProgress
            | TINFLStatus::BadParam
            | TINFLStatus::Adler32Mismatch
            | TINFLStatus::Failed => return Err(PackFault::Torn),
        }
    }
}

/// Reads what a delta makes: the second of the two sizes that it begins with.
fn result(delta: &[u8]) -> Result<u64, PackFault> {
    let mut bytes = delta.iter();
    let mut number = || {
        let (mut value, mut shift) = (0_u64, 0);
        for byte in bytes.by_ref() {
            if shift > 56 {
                return None;
            }
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    };
    number().and_then(|_| number()).ok_or(PackFault::Torn)
}

#[cfg(test)]
mod tests {
    use miniz_oxide::deflate::compress_to_vec_zlib;

    use super::*;

    fn entry(kind: u8, size: u64, text: &[u8]) -> Vec<u8> {
        let mut bytes = vec![(kind << 4) | (size & 15) as u8];
        let mut rest = size >> 4;
        while rest > 0 {
            *bytes.last_mut().expect("one") |= 0x80;
            bytes.push((rest & 0x7f) as u8);
            rest >>= 7;
        }
        bytes.extend(compress_to_vec_zlib(text, 6));
        bytes
    }

    fn pack(entries: &[Vec<u8>]) -> Vec<u8> {
        let count = u32::try_from(entries.len()).expect("few");
        [&b"PACK\0\0\0\x02"[..], &count.to_be_bytes(), &entries.concat(), &[0; 20]].concat()
    }

    #[test]
    fn a_pack_is_measured_whole_or_refused() {
        let whole = pack(&[entry(3, 5, b"hello"), entry(1, 40_000, &[b'a'; 40_000])]);
        assert_eq!(measure(&whole), Ok(2));
        for end in 0..whole.len() {
            assert!(measure(&whole[..end]).is_err(), "cut at {end}");
        }
        assert_eq!(measure(b"NOPE\0\0\0\x02\0\0\0\0"), Err(PackFault::NotOne));
        assert_eq!(measure(&pack(&[entry(5, 5, b"hello")])), Err(PackFault::Torn));
    }

    #[test]
    fn what_would_become_too_large_is_refused_by_what_it_says() {
        let large = LARGEST + 1;
        assert_eq!(measure(&pack(&[entry(3, large, b"x")])), Err(PackFault::TooLarge(large)));
        // More than it says: a bomb behind a small size.
        let zeros = vec![0; 1 << 20];
        assert_eq!(measure(&pack(&[entry(3, 5, &zeros)])), Err(PackFault::Torn));
        // A delta of a few bytes that says it makes four gibibytes.
        let delta = [0x05, 0x80, 0x80, 0x80, 0x80, 0x10];
        let mut bytes = vec![(7 << 4) | delta.len() as u8];
        bytes.extend([7; 20]);
        bytes.extend(compress_to_vec_zlib(&delta, 6));
        assert_eq!(measure(&pack(&[bytes])), Err(PackFault::TooLarge(4 << 30)));
        let many = [&b"PACK\0\0\0\x02"[..], &(OBJECTS + 1).to_be_bytes(), &[0; 20]].concat();
        assert_eq!(measure(&many), Err(PackFault::TooMany(OBJECTS + 1)));
        let crowd: Vec<_> = (0..9).map(|_| entry(3, LARGEST, &vec![0; LARGEST as usize])).collect();
        assert_eq!(measure(&pack(&crowd)), Err(PackFault::TooMuch));
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = measure(&bytes);
            let _ = measure(&[&b"PACK\0\0\0\x02\0\0\0\x01"[..], &bytes].concat());
        }
    }
}
