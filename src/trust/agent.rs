//! The agent's messages (draft-ietf-sshm-ssh-agent): which keys it has, and a signature by one of them.

use super::fields::{Reader, put};
use super::key::Key;

/// The longest answer that is taken, in bytes; OpenSSH's own agent sends no more than that.
pub const LONGEST: usize = 256 << 10;

const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;
/// RSA signs over SHA-512 (§ 7.3).
const RSA_SHA2_512: u32 = 4;

/// Asks which keys the agent has.
pub fn which() -> Vec<u8> {
    framed(&[REQUEST_IDENTITIES])
}

/// Asks for a signature over some bytes by one key.
pub fn sign(key: &Key, bytes: &[u8]) -> Vec<u8> {
    let mut message = vec![SIGN_REQUEST];
    put(&mut message, key.blob());
    put(&mut message, bytes);
    message.extend(RSA_SHA2_512.to_be_bytes());
    framed(&message)
}

fn framed(message: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    put(&mut frame, message);
    frame
}

/// What was heard of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// Not yet all of it.
    Part,
    /// It says that it is longer than [`LONGEST`].
    TooLong,
}

/// Takes one answer out of its frame.
pub fn take(heard: &[u8]) -> Heard<'_> {
    let mut reader = Reader::new(heard);
    match reader.number() {
        Some(length) if length as usize > LONGEST => Heard::TooLong,
        Some(length) => reader.take(length as usize).map_or(Heard::Part, Heard::Whole),
        None => Heard::Part,
    }
}

/// Reads the list of keys; those that may not sign are left out.
pub fn keys(answer: &[u8]) -> Option<Vec<Key>> {
    let mut reader = Reader::new(answer);
    if reader.take(1)? != [IDENTITIES_ANSWER] {
        return None;
    }
    let mut keys = Vec::new();
    for _ in 0..reader.number()?.min(1_024) {
        let (blob, _comment) = (reader.string()?, reader.string()?);
        keys.extend(Key::read(blob));
    }
    Some(keys)
}

/// Reads a signature's blob; `None` when the agent refused.
pub fn signature(answer: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(answer);
    if reader.take(1)? != [SIGN_RESPONSE] {
        return None;
    }
    reader.string().map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::{Heard, keys, put, signature, take, which};

    #[test]
    fn answers_are_read_and_every_cut_is_seen() {
        assert_eq!(which(), [0, 0, 0, 1, 11]);
        let mut answer = vec![12, 0, 0, 0, 1];
        put(&mut answer, b"no key");
        put(&mut answer, b"comment");
        assert_eq!(keys(&answer).map(|keys| keys.len()), Some(0));
        for cut in 0..answer.len() {
            assert_eq!(keys(&answer[..cut]), None, "cut at {cut}");
        }
        assert_eq!(signature(&[14, 0, 0, 0, 1, 7]), Some(vec![7]));
        assert_eq!(signature(&[5]), None);
    }

    #[test]
    fn a_frame_is_whole_part_or_too_long() {
        assert_eq!(take(&[0, 0, 0, 1]), Heard::Part);
        assert_eq!(take(&[0, 0, 0, 1, 5]), Heard::Whole(&[5]));
        assert_eq!(take(&[255, 0, 0, 1, 5]), Heard::TooLong);
    }
}
