//! One answer to one question: RFC 4035 §5, RFC 5155 §8, RFC 6840.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::chain::Chain;
use super::key::Key;
use super::name::Name;
use super::nsec::{self, Denied, Nsec};
use super::nsec3::{self, Denial, Nsec3};
use super::set::{CNAME, DNAME, NS, NSEC, NSEC3, SOA, Set, sets};
use super::verdict::{FaultKind, Gap, Open, Standing, Verdict};
use crate::model::DnsAnswer;
use crate::wire::dns::kind_number;

/// How many aliases are followed.
const ALIASES: usize = 16;

/// How many records of denial are looked at.
const DENIALS: usize = 12;

/// A judgement in the making.
pub(super) struct Judge<'a> {
    pub chain: &'a Chain<'a>,
    /// Seconds since 1970, as signatures count them: modulo 2^32 (RFC 4034 §3.1.5).
    pub now: u32,
    /// How many signatures were verified.
    pub work: u32,
    pub standing: Standing,
    pub trusted: BTreeMap<Name, Result<Vec<Key>, Verdict>>,
}

/// The records of denial that are signed as they should be.
#[derive(Default)]
pub(super) struct Signed {
    nsec: Vec<Nsec>,
    nsec3: Vec<Nsec3>,
}

/// Says whether an answer to a question for a name and a type holds at a time.
///
/// A name or a type that is none is [`Gap::Unreadable`].
pub fn judge(
    chain: &Chain<'_>,
    name: &str,
    kind: &str,
    answer: &DnsAnswer,
    now: Timestamp,
) -> Verdict {
    let unreadable = || Gap::Unreadable { name: name.to_owned(), kind: kind.to_owned() };
    let (Some(asked), Ok(number)) = (Name::read(name), kind_number(kind)) else {
        return unreadable().into();
    };
    let mut judge = Judge::new(chain, now);
    match judge.answer(asked, number, answer) {
        Ok(()) => Verdict::Secure(judge.standing),
        Err(verdict) => verdict,
    }
}

/// Lets an answer through that says what there is.
pub(super) fn usable(answer: &DnsAnswer) -> Result<(), Gap> {
    match answer.rcode.as_str() {
        _ if answer.tc => Err(Gap::Truncated),
        "NOERROR" | "NXDOMAIN" => Ok(()),
        code => Err(Gap::Failed(code.to_owned())),
    }
}

impl<'a> Judge<'a> {
    /// Begins at a time.
    pub(super) fn new(chain: &'a Chain<'a>, now: Timestamp) -> Self {
        let now = now.as_second().rem_euclid(1 << 32);
        Self {
            chain,
            now: u32::try_from(now).unwrap_or_default(),
            work: 0,
            standing: Standing { left: i64::MAX, ttl: u32::MAX },
            trusted: BTreeMap::new(),
        }
    }
}

impl Judge<'_> {
    fn answer(&mut self, mut at: Name, kind: u16, answer: &DnsAnswer) -> Result<(), Verdict> {
        usable(answer)?;
        let (answers, authority) = (sets(&answer.answers)?, sets(&answer.authority)?);
        for aliases in 0..=ALIASES {
            let outside =
                || if aliases == 0 { Gap::NoAnchor } else { Gap::Outside(at.to_string()) };
            let zone = self.chain.zone_of(&at, kind).ok_or_else(outside)?;
            let keys = self.trust(&zone)?;
            if let Some(set) = answers.iter().find(|set| set.is(&at, kind)) {
                return self.positive(set, &zone, &keys, &authority);
            }
            let Some((set, target)) = alias(&answers, &at, &zone)? else {
                let no_name = answer.rcode == "NXDOMAIN";
                let denied = Denied { name: &at, kind, no_name, zone: &zone };
                return self.negative(&authority, &denied, &keys);
            };
            self.positive(set, &zone, &keys, &authority)?;
            at = target;
        }
        Err(Gap::Loop.into())
    }

    /// A set that is there: signed, and where a wildcard was expanded, with the proof that nothing is closer.
    fn positive(
        &mut self,
        set: &Set,
        zone: &Name,
        keys: &[Key],
        authority: &[Set],
    ) -> Result<(), Verdict> {
        let proof = self.verify(set, zone, keys)?;
        self.stands(proof.left, proof.ttl);
        if proof.labels == set.name.signed_depth() {
            return Ok(());
        }
        let signed = self.signed(authority, zone, keys)?;
        if nsec::deny_closer(&signed.nsec, &set.name, proof.labels) {
            return Ok(());
        }
        let denial = nsec3::deny_closer(&signed.nsec3, &set.name, proof.labels);
        let wrong = || Verdict::bogus(FaultKind::WrongDenial, zone, &set.name, set.kind);
        passes(denial)?.then_some(()).ok_or_else(wrong)
    }

    fn negative(
        &mut self,
        authority: &[Set],
        denied: &Denied<'_>,
        keys: &[Key],
    ) -> Result<(), Verdict> {
        // Another zone, which nobody named, lies in between.
        let deeper = |set: &Set| {
            matches!(set.kind, SOA | NS)
                && set.name.is_below(denied.zone)
                && denied.name.is_within(&set.name)
        };
        if authority.iter().any(deeper) {
            return Err(Gap::Outside(denied.name.to_string()).into());
        }
        for soa in authority.iter().filter(|set| set.kind == SOA) {
            let proof = self.verify(soa, denied.zone, keys)?;
            self.stands(proof.left, proof.ttl);
        }
        self.denial(authority, denied, keys).map(drop)
    }

    /// Lets a denial through that is proven, with the records that prove it.
    pub(super) fn denial(
        &mut self,
        authority: &[Set],
        denied: &Denied<'_>,
        keys: &[Key],
    ) -> Result<Signed, Verdict> {
        let signed = self.signed(authority, denied.zone, keys)?;
        if nsec::deny(&signed.nsec, *denied) || passes(nsec3::deny(&signed.nsec3, *denied))? {
            return Ok(signed);
        }
        let nothing = signed.nsec.is_empty() && signed.nsec3.is_empty();
        let kind = if nothing { FaultKind::Stripped } else { FaultKind::WrongDenial };
        Err(Verdict::bogus(kind, denied.zone, denied.name, denied.kind))
    }

    /// Returns the records of denial of a zone; one that is not signed as it should be is a fault.
    fn signed(&mut self, authority: &[Set], zone: &Name, keys: &[Key]) -> Result<Signed, Verdict> {
        let mut signed = Signed::default();
        let denies = |set: &&Set| matches!(set.kind, NSEC | NSEC3);
        for (count, set) in authority.iter().filter(denies).enumerate() {
            if count >= DENIALS {
                return Err(Gap::TooMuchWork.into());
            }
            let proof = self.verify(set, zone, keys)?;
            self.stands(proof.left, proof.ttl);
            // One that was made from a wildcard says nothing of this name (RFC 4035 §5.4).
            if proof.labels == set.name.signed_depth() {
                signed.nsec.extend(Some(set).filter(|set| set.kind == NSEC).and_then(Nsec::read));
                let hashed = Some(set).filter(|set| set.kind == NSEC3);
                signed.nsec3.extend(hashed.and_then(|set| Nsec3::read(set, zone)));
            }
        }
        Ok(signed)
    }

    fn stands(&mut self, left: i64, ttl: u32) {
        let Standing { left: so_far, ttl: longest } = self.standing;
        self.standing = Standing { left: so_far.min(left), ttl: longest.min(ttl) };
    }
}

impl Signed {
    /// Tells whether they show a delegation of a name.
    pub fn delegates(&self, name: &Name) -> bool {
        nsec::is_delegation(&self.nsec, name) || nsec3::is_delegation(&self.nsec3, name)
    }
}

/// Tells whether a hashed denial proves what it should; one that leaves something open ends the judgement.
const fn passes(denial: Denial) -> Result<bool, Verdict> {
    match denial {
        Denial::Proven => Ok(true),
        Denial::Unproven => Ok(false),
        Denial::OptOut => Err(Verdict::Insecure(Open::OptOut)),
        Denial::Iterations => Err(Verdict::Insecure(Open::Iterations)),
    }
}

/// Returns the alias of a name and where it leads: its own CNAME, or a DNAME above it (RFC 6672 §5.3.1).
fn alias<'a>(sets: &'a [Set], at: &Name, zone: &Name) -> Result<Option<(&'a Set, Name)>, Verdict> {
    let target = |set: &Set| match &set.data[..] {
        [data] => Name::take(&mut &data[..]),
        _ => None,
    };
    let wrong = |set: &Set| Verdict::bogus(FaultKind::BadSignature, zone, &set.name, set.kind);
    let own = sets.iter().find(|set| set.is(at, CNAME));
    let above = sets.iter().find(|set| set.kind == DNAME && at.is_below(&set.name));
    let Some(above) = above.filter(|set| set.name.is_within(zone)) else {
        return own.map(|set| Ok((set, target(set).ok_or_else(|| wrong(set))?))).transpose();
    };
    let leads = target(above).and_then(|to| at.moved(&above.name, &to));
    let leads = leads.ok_or_else(|| wrong(above))?;
    // The CNAME that comes with it is not signed: it must say the same.
    match own {
        Some(own) if target(own).as_ref() != Some(&leads) => Err(wrong(own)),
        Some(_) | None => Ok(Some((above, leads))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::anchor::TrustAnchors;
    use super::super::specimen::{LONG, NOW, Zone, answer, nsec, record};
    use super::*;
    use crate::model::{DnsRecord, Remote};

    const WWW: &str = "www.z.";

    fn now() -> Timestamp {
        Timestamp::from_second(i64::from(NOW)).expect("a time")
    }

    fn zone() -> Zone {
        Zone::new("z.", 1)
    }

    fn www() -> DnsRecord {
        record(WWW, "A", "192.0.2.1")
    }

    fn judged(keys: &DnsAnswer, ds: &str, kind: &str, given: &DnsAnswer) -> Verdict {
        let mut anchors = TrustAnchors::default();
        anchors.trust("z.", [ds]);
        judge(&Chain::new(&anchors).link("z.", None, Some(keys)), WWW, kind, given, now())
    }

    /// Judges an answer for the addresses of `www.z.`.
    fn of(given: &DnsAnswer) -> Verdict {
        judged(&zone().keys(), &zone().ds(), "A", given)
    }

    fn fault(verdict: &Verdict) -> Option<(FaultKind, &str)> {
        let Verdict::Bogus(fault) = verdict else { return None };
        Some((fault.kind, &fault.zone))
    }

    fn is_bogus(given: &DnsAnswer, kind: FaultKind) {
        let verdict = of(given);
        assert_eq!(fault(&verdict), Some((kind, "z.")), "{verdict:?}");
    }

    fn found(records: &[DnsRecord]) -> DnsAnswer {
        answer("NOERROR", records, &[])
    }

    #[test]
    fn what_is_signed_up_to_the_anchor_is_secure_for_as_long_as_its_signatures() {
        let soon = zone().sign_for(&[www()], NOW - 1, NOW + 60);
        assert_eq!(of(&found(&soon)), Verdict::Secure(Standing { left: 60, ttl: 60 }));
        let mut lie = found(&zone().sign(&[www()]));
        lie.answers[0].ttl = 1_000_000;
        assert_eq!(of(&lie), Verdict::Secure(Standing { left: i64::from(LONG), ttl: 300 }));
    }

    #[test]
    fn each_fault_has_its_name() {
        let signed = |from, to| found(&zone().sign_for(&[www()], from, to));
        is_bogus(&signed(NOW - LONG, NOW - 1), FaultKind::Expired);
        is_bogus(&signed(NOW + 1, NOW + LONG), FaultKind::NotYetValid);
        is_bogus(&found(&[www()]), FaultKind::Stripped);
        let mut forged = signed(NOW - 1, NOW + 1);
        forged.answers[0].data = Remote::new("192.0.2.66");
        is_bogus(&forged, FaultKind::BadSignature);
        is_bogus(&found(&Zone::new("z.", 2).sign(&[www()])), FaultKind::MissingKey);
        let said = of(&signed(NOW - LONG, NOW - 9));
        let Verdict::Bogus(fault) = &said else { panic!("{said:?}") };
        assert_eq!(fault.to_string(), "the signature of www.z. A of z. expired 9 s ago");
        assert_eq!(of(&signed(NOW, NOW)), Verdict::Secure(Standing { left: 0, ttl: 0 }));
    }

    #[test]
    fn the_keys_must_be_those_that_the_anchor_names_and_be_signed_by_them() {
        let (own, other) = (zone(), Zone::new("z.", 2));
        let given = found(&own.sign(&[www()]));
        let kind = |keys: &DnsAnswer, ds: &str| {
            let verdict = judged(keys, ds, "A", &given);
            fault(&verdict).map(|(kind, _)| kind)
        };
        assert_eq!(kind(&own.keys(), &own.ds()), None);
        assert_eq!(kind(&own.keys(), &other.ds()), Some(FaultKind::DsMismatch));
        assert_eq!(kind(&found(&[own.key()]), &own.ds()), Some(FaultKind::Stripped));
        let both = [own.key(), other.key()];
        assert_eq!(kind(&found(&other.sign(&both)), &own.ds()), Some(FaultKind::MissingKey));
        assert_eq!(
            kind(&found(&other.sign(&both)), &other.ds()),
            None,
            "any key of the zone may sign"
        );
        assert_eq!(kind(&found(&[]), &own.ds()), Some(FaultKind::Stripped));
        let mut denied = found(&[]);
        denied.authority = own.sign(&[www()]);
        assert_eq!(kind(&denied, &own.ds()), Some(FaultKind::MissingKey));
        let old = found(&own.sign_for(&[own.key()], NOW - 9, NOW - 1));
        assert_eq!(kind(&old, &own.ds()), Some(FaultKind::Expired));
    }

    #[test]
    fn what_is_not_known_is_never_secure() {
        let given = found(&zone().sign(&[www()]));
        let gap = |keys: Option<&DnsAnswer>, given: &DnsAnswer| {
            let mut anchors = TrustAnchors::default();
            anchors.trust("z.", [&*zone().ds()]);
            judge(&Chain::new(&anchors).link("z.", None, keys), WWW, "A", given, now())
        };
        let keys = zone().keys();
        let known = |given: &DnsAnswer| gap(Some(&keys), given);
        assert!(matches!(gap(None, &given), Verdict::Indeterminate(Gap::NotAnswered { .. })));
        let cut = DnsAnswer { tc: true, ..given.clone() };
        assert_eq!(known(&cut), Gap::Truncated.into());
        assert_eq!(gap(Some(&cut), &given), Gap::Truncated.into());
        let failed = answer("SERVFAIL", &[], &[]);
        assert_eq!(known(&failed), Gap::Failed("SERVFAIL".into()).into());
        let none = TrustAnchors::default();
        let verdict = judge(&Chain::new(&none), WWW, "A", &given, now());
        assert_eq!(verdict, Gap::NoAnchor.into());
        let verdict = judged(&keys, "1 5 2 00", "A", &given);
        assert_eq!(verdict, Verdict::Insecure(Open::Unsupported));
        assert!(matches!(judged(&keys, "nonsense", "A", &given), Verdict::Insecure(_)));
    }

    fn soa() -> DnsRecord {
        record("z.", "SOA", "ns.z. host.z. 1 2 3 4 300")
    }

    fn denial(rcode: &str, records: &[(&str, &str, &[u8])]) -> DnsAnswer {
        let mut authority = zone().sign(&[soa()]);
        for (owner, next, types) in records {
            authority.extend(zone().sign(&[record(owner, "NSEC", &nsec(next, types))]));
        }
        answer(rcode, &[], &authority)
    }

    #[test]
    fn denials_prove_what_they_say_or_are_bogus() {
        const APEX: &[u8] = &[2, 6];
        let secure = |given: &DnsAnswer| matches!(of(given), Verdict::Secure(_));
        let gap = [("z.", "a.z.", APEX), ("a.z.", "z.", &[1][..])];
        assert!(secure(&denial("NXDOMAIN", &gap)));
        is_bogus(&denial("NXDOMAIN", &gap[..1]), FaultKind::WrongDenial);
        is_bogus(&denial("NXDOMAIN", &gap[1..]), FaultKind::WrongDenial);
        is_bogus(&denial("NXDOMAIN", &[]), FaultKind::Stripped);
        is_bogus(&denial("NOERROR", &gap), FaultKind::WrongDenial);
        assert!(secure(&denial("NOERROR", &[("www.z.", "z.", &[28])])));
        is_bogus(&denial("NOERROR", &[("www.z.", "z.", &[1])]), FaultKind::WrongDenial);
        is_bogus(&denial("NXDOMAIN", &[("www.z.", "z.", &[28])]), FaultKind::WrongDenial);
        is_bogus(&answer("NXDOMAIN", &[], &[soa()]), FaultKind::Stripped);
        is_bogus(&answer("NXDOMAIN", &[], &[]), FaultKind::Stripped);
        let mut bare = denial("NXDOMAIN", &gap);
        bare.authority.retain(|record| record.kind != "RRSIG");
        is_bogus(&bare, FaultKind::Stripped);
        let mut foreign = denial("NXDOMAIN", &gap);
        foreign.authority[0].data = Remote::new("ns.z. host.z. 1 2 3 4 999999");
        is_bogus(&foreign, FaultKind::BadSignature);
    }

    #[test]
    fn a_wildcard_s_answer_needs_the_proof_that_nothing_is_closer() {
        let expanded = zone().sign_labels(&[www()], 1, NOW - LONG, NOW + LONG);
        is_bogus(&found(&expanded), FaultKind::WrongDenial);
        let gap = zone().sign(&[record("a.z.", "NSEC", &nsec("z.", &[1]))]);
        assert!(matches!(of(&answer("NOERROR", &expanded, &gap)), Verdict::Secure(_)));
        let wrong = zone().sign(&[record("x.z.", "NSEC", &nsec("z.", &[1]))]);
        is_bogus(&answer("NOERROR", &expanded, &wrong), FaultKind::WrongDenial);
    }

    #[test]
    fn aliases_are_followed_checked_and_bounded() {
        let alias = |from: &str, to: &str| zone().sign(&[record(from, "CNAME", to)]);
        let end = zone().sign(&[record("b.z.", "A", "192.0.2.1")]);
        assert!(matches!(
            of(&found(&[alias(WWW, "b.z."), end.clone()].concat())),
            Verdict::Secure(_)
        ));
        let bare = [record(WWW, "CNAME", "b.z.")];
        is_bogus(&found(&[&bare[..], &end].concat()), FaultKind::Stripped);
        let open = [alias(WWW, "b.z."), vec![record("b.z.", "A", "192.0.2.1")]].concat();
        is_bogus(&found(&open), FaultKind::Stripped);
        let looped = [alias(WWW, "b.z."), alias("b.z.", WWW)].concat();
        assert_eq!(of(&found(&looped)), Gap::Loop.into());
        let referral = [record(WWW, "NS", "ns.org.")];
        assert_eq!(of(&answer("NOERROR", &[], &referral)), Gap::Outside(WWW.into()).into());
        let away = alias(WWW, "www.org.");
        assert_eq!(of(&found(&away)), Gap::Outside("www.org.".into()).into());
    }

    #[test]
    fn an_alias_of_a_whole_tree_signs_the_one_that_comes_with_it() {
        let tree = zone().sign(&[record("sub.z.", "DNAME", "z.")]);
        let end = zone().sign(&[www()]);
        let with = |to: &str| {
            let made = vec![record("www.sub.z.", "CNAME", to)];
            found(&[tree.clone(), made, end.clone()].concat())
        };
        let mut anchors = TrustAnchors::default();
        anchors.trust("z.", [&*zone().ds()]);
        let keys = zone().keys();
        let chain = Chain::new(&anchors).link("z.", None, Some(&keys));
        let of = |given: &DnsAnswer| judge(&chain, "www.sub.z.", "A", given, now());
        assert!(matches!(of(&with(WWW)), Verdict::Secure(_)));
        let verdict = of(&with("other.z."));
        assert_eq!(fault(&verdict).map(|(kind, _)| kind), Some(FaultKind::BadSignature));
    }

    /// Judges `www.z.` below the anchor of the root, with a DS answer of the root.
    fn below_root(root: &Zone, ds: &DnsAnswer, given: &DnsAnswer) -> Verdict {
        let mut anchors = TrustAnchors::default();
        anchors.trust(".", [&*root.ds()]);
        let (above, keys) = (root.keys(), zone().keys());
        let chain =
            Chain::new(&anchors).link(".", None, Some(&above)).link("z.", Some(ds), Some(&keys));
        judge(&chain, WWW, "A", given, now())
    }

    #[test]
    fn a_delegation_is_signed_or_proven_not_to_be() {
        let root = Zone::new(".", 9);
        let (signed, open) = (found(&zone().sign(&[www()])), found(&[www()]));
        let ds = root.sign(&[record("z.", "DS", &zone().ds())]);
        assert!(matches!(below_root(&root, &found(&ds), &signed), Verdict::Secure(_)));
        let kind = |verdict: Verdict| fault(&verdict).map(|(kind, zone)| (kind, zone.to_owned()));
        let of = |ds: &DnsAnswer| below_root(&root, ds, &open);
        assert_eq!(kind(of(&found(&ds))), Some((FaultKind::Stripped, "z.".into())));
        assert_eq!(kind(of(&found(&ds[..1]))), Some((FaultKind::Stripped, ".".into())));
        let denied = |types: &[u8]| {
            let record = record("z.", "NSEC", &nsec(".", types));
            answer("NOERROR", &[], &root.sign(&[record]))
        };
        assert_eq!(of(&denied(&[2])), Verdict::Insecure(Open::NoDs));
        assert_eq!(kind(of(&denied(&[1]))), Some((FaultKind::WrongDenial, ".".into())));
        assert_eq!(kind(of(&denied(&[2, 43]))), Some((FaultKind::WrongDenial, ".".into())));
        assert_eq!(kind(of(&found(&[]))), Some((FaultKind::Stripped, ".".into())));
    }

    #[test]
    fn work_is_bounded_whatever_a_zone_sends() {
        let signed = zone().sign(&[www()]);
        let mut forged = signed[1].clone();
        let text = forged.data.raw().to_owned();
        forged.data = Remote::new(format!("{}0000", &text[..text.len() - 4]));
        let many: Vec<DnsRecord> = std::iter::repeat_n(forged, 500).collect();
        let given = found(&[&signed[..1], &many].concat());
        assert_eq!(of(&given), Gap::TooMuchWork.into());
        let owners: Vec<String> = (0..40).map(|n| format!("n{n:02}.z.")).collect();
        let gaps: Vec<(&str, &str, &[u8])> =
            owners.iter().map(|owner| (&owner[..], "z.", &[1][..])).collect();
        assert_eq!(of(&denial("NXDOMAIN", &gaps)), Gap::TooMuchWork.into());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// No change of a digit in the data of any record leaves an answer secure that was.
        #[test]
        fn no_changed_digit_is_ever_healthy(at in any::<prop::sample::Index>(), turn in 1_u32..16) {
            let alias = zone().sign(&[record(WWW, "CNAME", "b.z.")]);
            let end = zone().sign(&[record("b.z.", "TXT", r"\# 5 0461626364")]);
            let mut given = found(&[alias, end].concat());
            let (keys, ds) = (zone().keys(), zone().ds());
            prop_assert!(matches!(judged(&keys, &ds, "TXT", &given), Verdict::Secure(_)));
            let digits: Vec<(usize, usize, usize)> = given.answers.iter().enumerate().flat_map(|(one, record)| {
                let text = record.data.raw();
                let from = text.match_indices(' ').nth(1).map_or(text.len(), |(from, _)| from + 1);
                (from..text.len()).map(move |place| (one, from, place))
            }).collect();
            let (one, from, place) = digits[at.index(digits.len())];
            let mut text: Vec<char> = given.answers[one].data.raw().chars().collect();
            let digit = text[place].to_digit(16).expect("hexadecimal");
            text[place] = char::from_digit((digit + turn) % 16, 16).expect("a digit");
            // A letter in its other case is the same letter: of the alias, and of who signed (RFC 4034 §6.2).
            let letters: &[usize] = match given.answers[one].kind.as_str() {
                "CNAME" => &[1, 3],
                "RRSIG" => &[19],
                _ => &[],
            };
            let turns_case = (place - from) % 2 == 0 && matches!(turn, 2 | 14);
            prop_assume!(!(turns_case && letters.contains(&((place - from) / 2))));
            given.answers[one].data = Remote::new(text.into_iter().collect::<String>());
            prop_assert!(!matches!(judged(&keys, &ds, "TXT", &given), Verdict::Secure(_)));
        }
    }
}
