//! One record set against the keys of its zone: RFC 4035 §5.3.

use super::crypt::{self, Checked};
use super::judge::Judge;
use super::key::Key;
use super::name::Name;
use super::set::{Set, Signature};
use super::verdict::{Fault, FaultKind, Gap, Verdict};

/// How many signatures one judgement verifies: a hostile zone has thousands that all look right (CVE-2023-50387).
const WORK: u32 = 48;

/// What a signature that holds says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proof {
    /// How many labels it was made over: fewer than the name has where a wildcard was expanded.
    pub labels: usize,
    /// Seconds until it expires.
    pub left: i64,
    /// Seconds that the set may be kept.
    pub ttl: u32,
}

/// Why one signature does not hold, with the seconds by which a time is missed.
type Failure = (FaultKind, Option<i64>);

impl Judge<'_> {
    /// Verifies a set by any key of a zone.
    pub(super) fn verify(
        &mut self,
        set: &Set,
        zone: &Name,
        keys: &[Key],
    ) -> Result<Proof, Verdict> {
        let mut worst = (FaultKind::Stripped, None);
        for signature in &set.signatures {
            match self.check(set, signature, zone, keys)? {
                Ok(proof) => return Ok(proof),
                Err(failure) => worst = worst.max(failure),
            }
        }
        let (kind, seconds) = worst;
        let fault = Fault::new(kind, zone, &set.name, set.kind);
        Err(Verdict::Bogus(Box::new(Fault { seconds, ..fault })))
    }

    fn check(
        &mut self,
        set: &Set,
        signature: &Signature,
        zone: &Name,
        keys: &[Key],
    ) -> Result<Result<Proof, Failure>, Gap> {
        // A zone of its own lies in between, and nobody said what its keys are.
        if signature.signer.is_below(zone) && set.name.is_within(&signature.signer) {
            return Err(Gap::Outside(set.name.to_string()));
        }
        if !crypt::is_supported(signature.algorithm) {
            return Ok(Err((FaultKind::Stripped, None)));
        }
        if signature.signer != *zone {
            return Ok(Err((FaultKind::MissingKey, None)));
        }
        if let Some(failure) = untimely(signature, self.now) {
            return Ok(Err(failure));
        }
        let Some(signed) = set.signed(signature) else {
            return Ok(Err((FaultKind::BadSignature, None)));
        };
        let left = signature.left(self.now);
        let ttl = set.ttl.min(signature.original_ttl).min(u32::try_from(left).unwrap_or_default());
        let proof = Proof { labels: signature.labels, left, ttl };
        Ok(self.made_by_any(signature, &signed, keys)?.map(|()| proof))
    }

    /// Several keys may have the same tag by chance, and only by chance.
    fn made_by_any(
        &mut self,
        signature: &Signature,
        signed: &[u8],
        keys: &[Key],
    ) -> Result<Result<(), Failure>, Gap> {
        let mut failure = FaultKind::MissingKey;
        let named = |key: &&Key| (key.tag, key.algorithm) == (signature.tag, signature.algorithm);
        for key in keys.iter().filter(named) {
            self.work += 1;
            if self.work > WORK {
                return Err(Gap::TooMuchWork);
            }
            match crypt::check(key.algorithm, key.public(), signed, &signature.signature) {
                Checked::Good => return Ok(Ok(())),
                Checked::Bad => failure = FaultKind::BadSignature,
                Checked::Unsupported => return Err(Gap::KeySize),
            }
        }
        Ok(Err((failure, None)))
    }
}

fn untimely(signature: &Signature, now: u32) -> Option<Failure> {
    let left = signature.left(now);
    if left < 0 {
        Some((FaultKind::Expired, Some(-left)))
    } else if signature.is_early(now) {
        let wait = i64::from(signature.inception.wrapping_sub(now));
        Some((FaultKind::NotYetValid, Some(wait)))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::anchor::TrustAnchors;
    use super::super::chain::Chain;
    use super::super::set::sets;
    use super::super::specimen::{key_of, record};
    use super::super::verdict::Standing;
    use super::*;

    fn verified(key: &str, records: [(&str, &str, &str); 2], now: u32) -> Result<Proof, Verdict> {
        let records = records.map(|(name, kind, data)| record(name, kind, data));
        let sets = sets(&records).expect("good records");
        let zone = sets[0].signatures[0].signer.clone();
        let anchors = TrustAnchors::default();
        let (chain, trusted) = (Chain::new(&anchors), BTreeMap::new());
        let standing = Standing { left: 0, ttl: 0 };
        let mut judge = Judge { chain: &chain, now, work: 0, standing, trusted };
        judge.verify(&sets[0], &zone, &[key_of(key).expect("a key")])
    }

    const P256: &str = "257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edb\
        krSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==";
    const P256_SIGNATURE: &str = "A 13 3 3600 1284026679 1281607479 55648 example.net. \
        qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==";

    /// RFC 6605 §6.1 and §6.2, RFC 5702 §6.2, and RFC 8080 §6.1 as its erratum 4935 has it.
    #[test]
    fn the_examples_of_the_standards_verify_and_no_other_data_do() {
        let p384 = "257 3 14 xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RC\
            OpgQ6K8X1DRSEkrbYQ+OB+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40";
        let p384_signature = "A 14 3 3600 1284027625 1281608425 10771 example.net. /L5hDKIvGDyI1fcARX3z65\
            qrmPsVz73QD1Mr5CEqOiLP95hxQouuroGCeZOvzFaxsT8Glr74hbavRKayJNuydCuzWTSSPdz7wnqXL5bdcJzusdnI0RS\
            MROxxwGipWcJm";
        let rsa = "256 3 10 AwEAAdHoNTOW+et86KuJOWRDp1pndvwb6Y83nSVXXyLA3DLroROUkN6X0O6pnWnjJQujX/AyhqFDx\
            j13tOnD9u/1kTg7cV6rklMrZDtJCQ5PCl/D7QNPsgVsMu1J2Q8gpMpztNFLpPBz1bWXjDtaR7ZQBlZ3PFY12ZTSncorff\
            cGmhOL";
        let rsa_signature = "A 10 3 3600 1893456000 946684800 3740 example.net. tsb4wnjRUDnB1BUi+t6TMTXTh\
            jVnG+eCkWqjvvjhzQL1d0YRoOe0CbxrVDYd0xDtsuJRaeUw1ep94PzEWzr0iGYgZBWm/zpq+9fOuagYJRfDqfReKBzMw\
            eOLDiNa8iP5g9vMhpuv6OPlvpXwm9Sa9ZXIbNl1MBGk0fthPgxdDLw=";
        let ed25519 = "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=";
        let ed25519_signature = "MX 15 2 3600 1440021600 1438207200 3613 example.com. oL9krJun7xfBOIWcGHi7\
            mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==";
        let www = ("www.example.net.", "A");
        for (key, signature, (name, kind), data, other, now) in [
            (P256, P256_SIGNATURE, www, "192.0.2.1", "192.0.2.2", 1_284_026_679),
            (p384, p384_signature, www, "192.0.2.1", "192.0.2.2", 1_284_027_625),
            (rsa, rsa_signature, www, "192.0.2.91", "192.0.2.1", 1_893_456_000),
            (
                ed25519,
                ed25519_signature,
                ("example.com.", "MX"),
                "10 mail.Example.com.",
                "10 a.",
                1_440_021_600,
            ),
        ] {
            let with = |data| verified(key, [(name, kind, data), (name, "RRSIG", signature)], now);
            let proof = with(data).expect(signature);
            assert_eq!((proof.left, proof.ttl), (0, 0));
            assert!(
                matches!(with(other), Err(Verdict::Bogus(fault)) if fault.kind == FaultKind::BadSignature)
            );
            let late = verified(key, [(name, kind, data), (name, "RRSIG", signature)], now + 1);
            assert!(matches!(late, Err(Verdict::Bogus(fault)) if fault.kind == FaultKind::Expired));
        }
    }

    #[test]
    fn the_name_s_case_does_not_count_and_its_labels_do() {
        let of = |name, signature: &str| {
            let records = [(name, "A", "192.0.2.1"), (name, "RRSIG", signature)];
            verified(P256, records, 1_284_000_000).map(|proof| proof.labels)
        };
        assert_eq!(of("WWW.Example.NET.", P256_SIGNATURE), Ok(3));
        assert!(of("www.example.net.", &P256_SIGNATURE.replace("13 3", "13 4")).is_err());
        assert!(of("www.example.net.", &P256_SIGNATURE.replace("13 3", "13 2")).is_err());
        assert!(of("x.example.net.", P256_SIGNATURE).is_err());
    }
}
