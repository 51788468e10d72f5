//! Signed messages (TSIG, RFC 8945): a key signs a request and proves that a reply is the answer to it.
//!
//! Truncated signatures (§5.2.2.1) are taken for none. The time is an argument; whether a reply's time is
//! near enough is the caller's to judge.

use zeroize::Zeroizing;

use super::hmac::Hash;
use super::reader::Reader;
use super::{DnsError, data, name};
use crate::model::Remote;

/// TYPE TSIG and CLASS ANY (§4.2).
const TYPE_AND_CLASS: [u8; 4] = [0, 250, 0, 255];

/// How far the clocks may be apart, in seconds (§10: "RECOMMENDED").
pub const FUDGE: u16 = 300;

/// What a server says of a request's signature (§3): its key, its hash, its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// BADSIG (16): another secret.
    Signature,
    /// BADKEY (17): no such key, or not with that hash.
    Key,
    /// BADTIME (18), with the server's clock in seconds since 1970 where it says it.
    Time(Option<u64>),
    /// BADTRUNC (22) or a code without a meaning here.
    Other(u16),
}

/// A key. Its `Debug` shows no secret.
#[derive(Clone)]
pub struct Key {
    name: String,
    /// The name in canonical wire form: lower case, uncompressed (RFC 4034 §6.2).
    wire: Vec<u8>,
    hash: Hash,
    secret: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({} {})", self.hash.name(), self.name)
    }
}

/// A signed message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The message, ready to be sent.
    pub bytes: Vec<u8>,
    /// Its signature, which replies are signed over as well.
    pub mac: Vec<u8>,
}

/// What a reply is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Whether it surely is the key holder's answer to the request.
    pub signed: bool,
    /// When it was signed, in seconds since 1970; 0 without a signature.
    pub time: u64,
    /// What it says of the request's signature.
    pub blame: Option<Blame>,
    /// Its own signature, which the next message of the same reply is signed over.
    pub mac: Vec<u8>,
}

impl Proof {
    /// Tells whether there is no signature at all.
    pub fn is_bare(&self) -> bool {
        !self.signed && self.blame.is_none() && self.mac.is_empty()
    }
}

impl Key {
    /// Makes a key of its name, its hash and its secret.
    ///
    /// # Errors
    /// [`DnsError::Name`] for a name that is none.
    pub fn new(key: &str, hash: Hash, secret: Zeroizing<Vec<u8>>) -> Result<Self, DnsError> {
        let read = name::read(key)?;
        Ok(Self { name: name::show(&read), wire: data::canonical(&read), hash, secret })
    }

    /// Returns the name, lower case, fully qualified.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the hash.
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// Signs a request at a time in seconds since 1970 (§4.3.3, §5.1).
    pub fn sign(&self, message: &[u8], time: u64) -> Signed {
        let tail = Tail { time, fudge: FUDGE, error: 0, other: Vec::new() };
        let mac = self.mac(&[], &[message], &tail.variables(self));
        let bytes = self.append(message, &tail, &mac);
        Signed { bytes, mac }
    }

    /// Signs the answer to a request, as a server does (§5.3).
    pub fn sign_reply(&self, message: &[u8], request_mac: &[u8], time: u64) -> Signed {
        let tail = Tail { time, fudge: FUDGE, error: 0, other: Vec::new() };
        let mac = self.mac(request_mac, &[message], &tail.variables(self));
        let bytes = self.append(message, &tail, &mac);
        Signed { bytes, mac }
    }

    /// Signs a later message of a long reply, as a server does: over the last signature, over the messages since that
    /// have none, and over its time alone (§5.3.1).
    pub fn sign_next(&self, message: &[u8], unsigned: &[u8], last_mac: &[u8], time: u64) -> Signed {
        let tail = Tail { time, fudge: FUDGE, error: 0, other: Vec::new() };
        let mac = self.mac(last_mac, &[unsigned, message], &tail.timers());
        let bytes = self.append(message, &tail, &mac);
        Signed { bytes, mac }
    }

    /// Reads the signature of a reply and holds it against the request's (§5.3).
    ///
    /// # Errors
    /// [`DnsError::Malformed`] for what is no message.
    pub fn check(&self, reply: &[u8], request_mac: &[u8]) -> Result<Proof, DnsError> {
        self.prove(reply, &[], request_mac, false)
    }

    /// Reads the signature of a later message of a long reply, signed over the last signature, over the
    /// messages since that have none, and over its time alone (§5.3.1).
    ///
    /// # Errors
    /// [`DnsError::Malformed`] for what is no message.
    pub fn check_next(
        &self,
        reply: &[u8],
        unsigned: &[u8],
        last_mac: &[u8],
    ) -> Result<Proof, DnsError> {
        self.prove(reply, unsigned, last_mac, true)
    }

    fn prove(
        &self,
        reply: &[u8],
        unsigned: &[u8],
        prior: &[u8],
        later: bool,
    ) -> Result<Proof, DnsError> {
        let Some(found) = Found::read(reply)? else {
            return Ok(Proof { signed: false, time: 0, blame: None, mac: Vec::new() });
        };
        let of_this_key = found.key == self.wire && found.algorithm == self.algorithm();
        let variables = if later { found.tail.timers() } else { found.tail.variables(self) };
        let wanted = self.mac(prior, &[unsigned, &found.message], &variables);
        let signed = of_this_key && same(&wanted, &found.mac);
        Ok(Proof { signed, time: found.tail.time, blame: found.tail.blame(), mac: found.mac })
    }

    fn mac(&self, prior: &[u8], messages: &[&[u8]], variables: &[u8]) -> Vec<u8> {
        let length = u16::try_from(prior.len()).unwrap_or(u16::MAX).to_be_bytes();
        let mut pieces: Vec<&[u8]> =
            if prior.is_empty() { Vec::new() } else { vec![&length, prior] };
        pieces.extend(messages);
        pieces.push(variables);
        self.hash.keyed(&self.secret, &pieces)
    }

    /// Writes the record behind a message and counts it in (§4.2).
    fn append(&self, message: &[u8], tail: &Tail, mac: &[u8]) -> Vec<u8> {
        let mut data = self.algorithm();
        data.extend(tail.timers());
        data.extend(length(mac));
        data.extend(mac);
        data.extend(message.get(..2).unwrap_or(&[0, 0]));
        data.extend(tail.error.to_be_bytes());
        data.extend(length(&tail.other));
        data.extend(&tail.other);
        let mut bytes = message.to_vec();
        bytes.extend(&self.wire);
        bytes.extend(TYPE_AND_CLASS);
        bytes.extend([0; 4]);
        bytes.extend(length(&data));
        bytes.extend(data);
        count(&mut bytes, 1);
        bytes
    }

    fn algorithm(&self) -> Vec<u8> {
        let label = self.hash.name().as_bytes();
        let length = u8::try_from(label.len()).unwrap_or_default();
        [&[length], label, &[0]].concat()
    }
}

/// What stands in the record beside the signature.
struct Tail {
    time: u64,
    fudge: u16,
    error: u16,
    other: Vec<u8>,
}

impl Tail {
    /// Writes the time and its fudge: 48 and 16 bits (§4.2).
    fn timers(&self) -> Vec<u8> {
        [&self.time.to_be_bytes()[2..], &self.fudge.to_be_bytes()].concat()
    }

    /// Writes what is signed beside the message (§4.3.3).
    fn variables(&self, key: &Key) -> Vec<u8> {
        let mut bytes = key.wire.clone();
        bytes.extend(&TYPE_AND_CLASS[2..]);
        bytes.extend([0; 4]);
        bytes.extend(key.algorithm());
        bytes.extend(self.timers());
        bytes.extend(self.error.to_be_bytes());
        bytes.extend(length(&self.other));
        bytes.extend(&self.other);
        bytes
    }

    fn blame(&self) -> Option<Blame> {
        match self.error {
            0 => None,
            16 => Some(Blame::Signature),
            17 => Some(Blame::Key),
            18 => {
                let clock = <[u8; 6]>::try_from(self.other.as_slice()).ok();
                let seconds =
                    |clock: [u8; 6]| clock.iter().fold(0, |all, b| all << 8 | u64::from(*b));
                Some(Blame::Time(clock.map(seconds)))
            }
            code => Some(Blame::Other(code)),
        }
    }
}

/// A signature, taken out of a message.
struct Found {
    /// The message as it was before it was signed: one record less, its first id (§5.3).
    message: Vec<u8>,
    key: Vec<u8>,
    algorithm: Vec<u8>,
    mac: Vec<u8>,
    tail: Tail,
}

impl Found {
    /// Finds the signature of a message; nothing where its last record is none.
    fn read(bytes: &[u8]) -> Result<Option<Self>, DnsError> {
        let malformed = |what: &str| DnsError::Malformed(Remote::new(what));
        let Some(start) = last_record(bytes).ok_or_else(|| malformed("it ends abruptly"))? else {
            return Ok(None);
        };
        let mut rest = Reader { bytes, at: start };
        let key = rest.name().ok_or_else(|| malformed("its last record has no name"))?;
        if rest.take(4) != Some(&TYPE_AND_CLASS) {
            return Ok(None);
        }
        let found = signature(&mut rest, key, &bytes[..start]);
        let found = found.filter(|_| rest.at == bytes.len());
        found.map(Some).ok_or_else(|| malformed("its signature is no TSIG record"))
    }
}

/// Finds where the last record of a message begins; nothing in one without records.
fn last_record(bytes: &[u8]) -> Option<Option<usize>> {
    let mut rest = Reader { bytes, at: 0 };
    rest.take(4)?;
    let questions = rest.u16()?;
    let records = (0..3).map(|_| rest.u16().map(u32::from)).sum::<Option<u32>>()?;
    for _ in 0..questions {
        rest.name()?;
        rest.take(4)?;
    }
    let mut last = None;
    for _ in 0..records {
        last = Some(rest.at);
        rest.name()?;
        rest.take(8)?;
        let length = rest.u16()?;
        rest.take(usize::from(length))?;
    }
    Some(last)
}

/// Reads the rest of the record behind its class (§4.2).
fn signature(rest: &mut Reader<'_>, key: Vec<u8>, before: &[u8]) -> Option<Found> {
    // Its TTL is 0, and nothing signs it.
    let zero = rest.take(4)? == [0; 4];
    let length = usize::from(rest.u16()?);
    let whole = rest.at + length == rest.bytes.len();
    if !zero || !whole {
        return None;
    }
    let algorithm = rest.name()?;
    let time = rest.take(6)?.iter().fold(0, |all, byte| all << 8 | u64::from(*byte));
    let (fudge, mac, id) = (rest.u16()?, rest.long()?, rest.take(2)?);
    let (error, other) = (rest.u16()?, rest.long()?);
    let mut message = [id, before.get(2..)?].concat();
    count(&mut message, -1);
    Some(Found { message, key, algorithm, mac, tail: Tail { time, fudge, error, other } })
}

/// Counts additional records up or down (RFC 1035 §4.1.1).
fn count(message: &mut [u8], by: i16) {
    if let Some(place) = message.get_mut(10..12) {
        let now = u16::from_be_bytes([place[0], place[1]]).wrapping_add_signed(by);
        place.copy_from_slice(&now.to_be_bytes());
    }
}

fn length(bytes: &[u8]) -> [u8; 2] {
    u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes()
}

/// Compares in a time that tells nothing.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::dns::{encode_outcome, encode_query};

    fn key(secret: &str) -> Key {
        let secret = Zeroizing::new(secret.as_bytes().to_vec());
        Key::new("Lab-Key.example", Hash::Sha256, secret).expect("a name")
    }

    fn question() -> Signed {
        let query = crate::wire::dns::Query::to_authority("www.example.", "A");
        key("secret").sign(&encode_query(9, &query).expect("good"), 1_700_000_000)
    }

    fn reply() -> Vec<u8> {
        let bytes = encode_outcome(9, "NOERROR").expect("good");
        key("secret").sign_reply(&bytes, &question().mac, 1_700_000_001).bytes
    }

    #[test]
    fn a_reply_is_held_against_its_request_and_its_key() {
        let mac = question().mac;
        let proof = key("secret").check(&reply(), &mac).expect("a message");
        assert!(proof.signed && proof.blame.is_none() && proof.time == 1_700_000_001);
        let proven =
            |key: Key, reply: &[u8], mac: &[u8]| key.check(reply, mac).expect("one").signed;
        assert!(!proven(key("other"), &reply(), &mac), "another secret");
        assert!(!proven(key("secret"), &reply(), &mac[1..]), "another request");
        let bare = encode_outcome(9, "NOERROR").expect("good");
        assert!(key("secret").check(&bare, &mac).expect("one").is_bare());
        let short = Key { hash: Hash::Sha384, ..key("secret") };
        assert!(!proven(short, &reply(), &mac), "another hash");
    }

    #[test]
    fn a_later_message_is_held_against_the_last_signature_and_all_since() {
        let (key, other, mac) = (key("secret"), key("other"), question().mac);
        let (bare, message) = (
            encode_outcome(9, "NOERROR").expect("good"),
            encode_outcome(9, "REFUSED").expect("good"),
        );
        let later = key.sign_next(&message, &bare, &mac, 1_700_000_002).bytes;
        let proven = |key: &Key, unsigned: &[u8], mac: &[u8]| {
            key.check_next(&later, unsigned, mac).expect("one").signed
        };
        assert!(proven(&key, &bare, &mac));
        assert!(!proven(&other, &bare, &mac), "another secret");
        assert!(!proven(&key, &[], &mac), "a message since is left out");
        assert!(!proven(&key, &message, &mac), "another message since");
        assert!(!proven(&key, &bare, &mac[1..]), "another signature before");
        assert!(!key.check(&later, &mac).expect("one").signed, "it is no first message");
    }

    #[test]
    fn every_flipped_bit_breaks_a_signature() {
        let (mac, reply) = (question().mac, reply());
        for bit in 0..reply.len() * 8 {
            let mut bytes = reply.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            // The id is covered by the one that the record keeps; case in names is no difference.
            let proof = key("secret").check(&bytes, &mac);
            let same = decode_same(&bytes, &reply);
            assert!(same || !proof.is_ok_and(|proof| proof.signed), "bit {bit}");
        }
    }

    /// Tells whether two messages differ in their ids or in the case of letters alone.
    fn decode_same(one: &[u8], other: &[u8]) -> bool {
        one[2..].eq_ignore_ascii_case(&other[2..])
    }

    #[test]
    fn a_key_shows_no_secret() {
        let shown = format!("{:?}", key("c4n4ry"));
        assert_eq!(shown, "Key(hmac-sha256 lab-key.example.)");
    }

    #[test]
    fn what_ends_abruptly_is_refused() {
        let (mac, reply) = (question().mac, reply());
        for length in 0..reply.len() {
            let proof = key("secret").check(&reply[..length], &mac);
            assert!(!proof.is_ok_and(|proof| proof.signed), "{length} bytes were taken");
        }
    }

    proptest! {
        #[test]
        fn checking_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = key("secret").check(&bytes, &[1, 2]);
            let _ = key("secret").check_next(&bytes, &[], &[1, 2]);
        }
    }
}
