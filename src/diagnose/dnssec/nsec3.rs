//! Denial by hashes of names: RFC 5155 §8, with the bounds of RFC 9276.

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use super::name::Name;
use super::nsec::{Denied, Types};
use super::set::Set;

/// The most additional rounds that are followed.
const ROUNDS: u16 = 150;

/// One NSEC3 record (RFC 5155 §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Nsec3 {
    hash: Vec<u8>,
    next: Vec<u8>,
    opt_out: bool,
    rounds: u16,
    salt: Vec<u8>,
    types: Types,
}

/// What hashed records say to a denial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denial {
    /// It is proven.
    Proven,
    /// It is proven, but for a delegation that may be there without being signed.
    OptOut,
    /// Nobody should follow that many rounds.
    Iterations,
    /// It is not proven.
    Unproven,
}

impl Nsec3 {
    /// Reads a set of one record of a zone; nothing for hashes and flags that are not known (RFC 5155 §8.1, §8.2).
    pub fn read(set: &Set, zone: &Name) -> Option<Self> {
        let [data] = &set.data[..] else { return None };
        let [1, flags @ 0..=1, high, low, length, rest @ ..] = &data[..] else { return None };
        let (salt, rest) = rest.split_at_checked(usize::from(*length))?;
        let (length, rest) = rest.split_first()?;
        let (next, rest) = rest.split_at_checked(usize::from(*length))?;
        let owned = set.name.is_within(zone) && set.name.depth() == zone.depth() + 1;
        Some(Self {
            hash: base32(set.name.first().filter(|_| owned)?)?,
            next: next.to_vec(),
            opt_out: *flags == 1,
            rounds: u16::from_be_bytes([*high, *low]),
            salt: salt.to_vec(),
            types: Types::read(rest)?,
        })
    }

    /// Hashes a name as this record's names are (RFC 5155 §5).
    fn hash_of(&self, name: &Name) -> Vec<u8> {
        let once = |bytes: &[u8]| {
            digest(&SHA1_FOR_LEGACY_USE_ONLY, &[bytes, &self.salt].concat()).as_ref().to_vec()
        };
        (0..self.rounds).fold(once(&name.wire()), |hash, _| once(&hash))
    }

    fn covers(&self, hash: &[u8]) -> bool {
        let (after, before) = (hash > &self.hash[..], hash < &self.next[..]);
        if self.hash < self.next { after && before } else { after || before }
    }
}

/// RFC 4648 §7, without padding; each case counts.
fn base32(text: &[u8]) -> Option<Vec<u8>> {
    let (mut bytes, mut word, mut bits) = (Vec::new(), 0_u32, 0);
    for letter in text {
        let digit = match letter {
            b'0'..=b'9' => letter - b'0',
            b'a'..=b'v' => letter - b'a' + 10,
            b'A'..=b'V' => letter - b'A' + 10,
            _ => return None,
        };
        (word, bits) = ((word << 5 | u32::from(digit)) & 0xffff, bits + 5);
        if bits >= 8 {
            bits -= 8;
            bytes.push((word >> bits & 0xff) as u8);
        }
    }
    Some(bytes)
}

/// Records that all hash alike.
struct Chain<'a> {
    records: Vec<&'a Nsec3>,
    first: &'a Nsec3,
}

/// The closest ancestor that exists, and how the one below it is denied (RFC 5155 §8.3).
struct Encloser {
    depth: usize,
    opt_out: bool,
}

impl<'a> Chain<'a> {
    fn of(records: &'a [Nsec3]) -> Option<Self> {
        let first = records.first()?;
        let alike = |record: &&Nsec3| record.rounds == first.rounds && record.salt == first.salt;
        Some(Self { records: records.iter().filter(alike).collect(), first })
    }

    fn at(&self, name: &Name) -> Option<&'a Nsec3> {
        let hash = self.first.hash_of(name);
        self.records.iter().find(|record| record.hash == hash).copied()
    }

    fn over(&self, name: &Name) -> Option<&'a Nsec3> {
        let hash = self.first.hash_of(name);
        self.records.iter().find(|record| record.covers(&hash)).copied()
    }

    fn encloser(&self, denied: Denied<'_>) -> Option<Encloser> {
        let Denied { name, zone, .. } = denied;
        let exists = |depth: &usize| self.at(&name.ancestor(*depth));
        let depth = (zone.depth()..name.depth()).rev().find(|depth| exists(depth).is_some())?;
        exists(&depth).filter(|record| !record.types.cut())?;
        let over = self.over(&name.ancestor(depth + 1))?;
        Some(Encloser { depth, opt_out: over.opt_out })
    }

    fn deny(&self, denied: Denied<'_>) -> Denial {
        let Denied { name, kind, no_name, .. } = denied;
        let proven = |so: bool| if so { Denial::Proven } else { Denial::Unproven };
        if let Some(record) = self.at(name) {
            return proven(!no_name && record.types.deny(kind));
        }
        let Some(encloser) = self.encloser(denied) else { return Denial::Unproven };
        let wildcard = name.ancestor(encloser.depth).wildcard();
        let at = self.at(&wildcard);
        let denies = match (no_name, at) {
            (true, _) => self.over(&wildcard).is_some(),
            (false, Some(record)) => record.types.deny(kind),
            // An unsigned delegation, or a name that only leads to one, has no record here (RFC 5155 §8.6).
            (false, None) => encloser.opt_out,
        };
        if denies && encloser.opt_out { Denial::OptOut } else { proven(denies) }
    }
}

/// Says whether records deny what they should.
pub(super) fn deny(records: &[Nsec3], denied: Denied<'_>) -> Denial {
    match Chain::of(records) {
        None => Denial::Unproven,
        Some(chain) if chain.first.rounds > ROUNDS => Denial::Iterations,
        Some(chain) => chain.deny(denied),
    }
}

/// Says whether no name is closer to the one that was asked for than the wildcard directly below `depth` labels.
pub(super) fn deny_closer(records: &[Nsec3], name: &Name, depth: usize) -> Denial {
    match Chain::of(records) {
        None => Denial::Unproven,
        Some(chain) if chain.first.rounds > ROUNDS => Denial::Iterations,
        Some(chain) => match chain.over(&name.ancestor(depth + 1)) {
            Some(record) if record.opt_out => Denial::OptOut,
            Some(_) => Denial::Proven,
            None => Denial::Unproven,
        },
    }
}

/// Tells whether a record of a name has the types of a delegation.
pub(super) fn is_delegation(records: &[Nsec3], name: &Name) -> bool {
    let chain = Chain::of(records).filter(|chain| chain.first.rounds <= ROUNDS);
    let record = chain.and_then(|chain| chain.at(name));
    record.is_some_and(|record| record.types.is_delegation())
}

#[cfg(test)]
mod tests {
    use super::super::set::DS;
    use super::*;

    fn name(text: &str) -> Name {
        Name::read(text).expect("a name")
    }

    fn types(bytes: &[u8]) -> Types {
        Types::read(bytes).expect("types")
    }

    /// A record over everything between two hashes, with the salt and the rounds of RFC 5155, appendix A.
    fn record(hash: Vec<u8>, next: Vec<u8>, opt_out: bool, bits: &[u8]) -> Nsec3 {
        let salt = vec![0xaa, 0xbb, 0xcc, 0xdd];
        Nsec3 { hash, next, opt_out, rounds: 12, salt, types: types(bits) }
    }

    fn at(text: &str, bits: &[u8]) -> Nsec3 {
        let mut one = record(vec![], vec![], false, bits);
        one.hash = one.hash_of(&name(text));
        one.next = [&one.hash[..19], &[one.hash[19].wrapping_add(1)]].concat();
        one
    }

    fn over(text: &str, opt_out: bool) -> Nsec3 {
        let hash = record(vec![], vec![], false, b"").hash_of(&name(text));
        let next = [&hash[..], &[0]].concat();
        record(hash[..19].to_vec(), next, opt_out, b"")
    }

    const APEX: &[u8] = &[0, 1, 0x22];
    const ADDRESS: &[u8] = &[0, 1, 0x40];

    fn denies(records: &[Nsec3], asked: &str, kind: u16, no_name: bool) -> Denial {
        deny(records, Denied { name: &name(asked), kind, no_name, zone: &name("example.") })
    }

    #[test]
    fn names_are_hashed_as_in_the_standard() {
        // RFC 5155, appendix A.
        let one = record(vec![], vec![], false, b"");
        for (text, hash) in [
            ("example.", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"),
            ("a.example.", "35mthgpgcu1qg68fab165klnsnk3dpvl"),
            ("*.w.example.", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"),
        ] {
            assert_eq!(Some(one.hash_of(&name(text))), base32(hash.as_bytes()), "{text}");
        }
        assert!(base32(b"w").is_none());
    }

    #[test]
    fn a_name_needs_its_encloser_its_gap_and_its_wildcard_s() {
        let whole = [at("example.", APEX), over("c.example.", false), over("*.example.", false)];
        assert_eq!(denies(&whole, "x.c.example.", 1, true), Denial::Proven);
        for without in 0..3 {
            let mut records = whole.to_vec();
            records.remove(without);
            assert_eq!(denies(&records, "x.c.example.", 1, true), Denial::Unproven, "{without}");
        }
        assert_eq!(denies(&[at("c.example.", ADDRESS)], "c.example.", 1, true), Denial::Unproven);
        let open = [at("example.", APEX), over("c.example.", true), over("*.example.", false)];
        assert_eq!(denies(&open, "c.example.", 1, true), Denial::OptOut);
    }

    #[test]
    fn a_type_is_denied_by_the_name_or_by_the_wildcard() {
        let own = [at("c.example.", ADDRESS)];
        assert_eq!(denies(&own, "c.example.", 28, false), Denial::Proven);
        assert_eq!(denies(&own, "c.example.", 1, false), Denial::Unproven);
        let wild = [at("example.", APEX), over("c.example.", false), at("*.example.", ADDRESS)];
        assert_eq!(denies(&wild, "c.example.", 28, false), Denial::Proven);
        assert_eq!(denies(&wild, "c.example.", 1, false), Denial::Unproven);
    }

    #[test]
    fn nothing_below_a_cut_is_denied_and_an_unsigned_one_may_be_left_out() {
        let cut = [
            at("c.example.", &[0, 1, 0x20]),
            over("x.c.example.", false),
            over("*.c.example.", false),
        ];
        assert_eq!(denies(&cut, "x.c.example.", 1, true), Denial::Unproven);
        assert_eq!(denies(&cut, "c.example.", DS, false), Denial::Proven);
        assert!(is_delegation(&cut, &name("c.example.")));
        let open = [at("example.", APEX), over("c.example.", true)];
        assert_eq!(denies(&open, "c.example.", DS, false), Denial::OptOut);
        let closed = [at("example.", APEX), over("c.example.", false)];
        assert_eq!(denies(&closed, "c.example.", DS, false), Denial::Unproven);
    }

    #[test]
    fn rounds_are_bounded_and_other_salts_prove_nothing() {
        let with = |rounds| {
            let mut one = at("c.example.", ADDRESS);
            one.rounds = rounds;
            one.hash = one.hash_of(&name("c.example."));
            one
        };
        assert_eq!(denies(&[with(150)], "c.example.", 28, false), Denial::Proven);
        let many = with(151);
        assert_eq!(
            denies(std::slice::from_ref(&many), "c.example.", 28, false),
            Denial::Iterations
        );
        assert_eq!(
            deny_closer(std::slice::from_ref(&many), &name("c.example."), 1),
            Denial::Iterations
        );
        let cut = |rounds| Nsec3 { types: types(&[0, 1, 0x20]), ..with(rounds) };
        assert!(is_delegation(&[cut(150)], &name("c.example.")));
        assert!(!is_delegation(&[cut(151)], &name("c.example.")));
        let mut other = at("c.example.", ADDRESS);
        other.salt = vec![1];
        assert_eq!(
            denies(&[at("example.", APEX), other], "c.example.", 28, false),
            Denial::Unproven
        );
        assert_eq!(denies(&[], "c.example.", 28, false), Denial::Unproven);
    }

    #[test]
    fn a_wildcard_s_answer_needs_a_gap_where_the_closer_name_would_be() {
        let closer = |records: &[Nsec3]| deny_closer(records, &name("x.c.example."), 1);
        assert_eq!(closer(&[over("c.example.", false)]), Denial::Proven);
        assert_eq!(closer(&[over("c.example.", true)]), Denial::OptOut);
        assert_eq!(closer(&[over("x.c.example.", false)]), Denial::Unproven);
    }
}
