//! Stored vectors of every kind of key, hardware included, each with every byte flipped.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use libtest_mimic::Trial;
use lifeboat::trust::{AllowedSigners, Refusal, Revoked, Signer, SigningFault, SigningKey, verify};

use super::{KINDS, stored};

/// Returns the trials of the vectors.
pub fn trials() -> Vec<Trial> {
    trials![
        every_kind_of_key_is_verified,
        weak_kinds_and_certificates_are_refused_by_name,
        an_untouched_hardware_key_counts_for_nothing,
        b5_no_flipped_bit_of_a_signature_or_its_bytes_passes,
        what_is_signed_here_is_verified_here,
        key_files_that_cannot_sign_say_what_to_do,
    ]
}

fn judged(signature: &str, key: &str, signed: &[u8]) -> Result<Signer, Refusal> {
    let allowed = AllowedSigners::parse(format!("anna {key}").as_bytes());
    verify(signed, signature.as_bytes(), "file", &allowed, &Revoked::default(), now())
}

fn now() -> Timestamp {
    "2026-11-26T03:00:00Z".parse().unwrap()
}

fn of(name: &str, signature: &str) -> Result<Signer, Refusal> {
    let key = stored(&format!("{name}.pub"));
    judged(&stored(&format!("{signature}.sig")), &key, stored("message").as_bytes())
}

fn every_kind_of_key_is_verified() {
    for kind in KINDS {
        let signer = of(kind, kind).unwrap_or_else(|refusal| panic!("{kind}: {refusal}"));
        assert!(signer.is("anna") && !signer.is("ben"), "{kind}");
    }
    for sha256 in ["ed25519", "rsa2048"] {
        of(sha256, &format!("{sha256}-sha256")).unwrap();
    }
}

fn weak_kinds_and_certificates_are_refused_by_name() {
    for (name, said) in [
        ("dsa", "of the kind `ssh-dss`, which may not sign"),
        ("rsa1024", "an RSA key of 1024 bits"),
        ("certified", "is a certificate"),
    ] {
        let refusal = of(name, name).unwrap_err().to_string();
        assert!(refusal.contains(said), "{name}: {refusal}");
    }
}

fn an_untouched_hardware_key_counts_for_nothing() {
    for kind in ["sk-ed25519", "sk-ecdsa"] {
        let refusal = of(kind, &format!("{kind}-untouched")).unwrap_err();
        assert!(matches!(refusal, Refusal::Untouched(_)), "{kind}: {refusal}");
    }
}

/// The armor's own bytes are checked by the corpus; here every bit of the blob counts but those nobody signs.
fn b5_no_flipped_bit_of_a_signature_or_its_bytes_passes() {
    let mut tried = 0;
    for kind in KINDS {
        let (key, armored) = (stored(&format!("{kind}.pub")), stored(&format!("{kind}.sig")));
        let digits: String = armored.lines().filter(|line| !line.starts_with('-')).collect();
        let blob = STANDARD.decode(digits).unwrap();
        // The long ones take their time: one byte in eight of them.
        let step = if kind.starts_with("rsa") { 8 } else { 1 };
        for at in (0..blob.len()).filter(|at| at % step == 0) {
            for bit in 0..8 {
                let mut changed = blob.clone();
                changed[at] ^= 1 << bit;
                // The version's last bit: no earlier version ever was, and `ssh-keygen` lets it pass too.
                let outcome = judged(&armor(&changed), &key, b"what is signed\n");
                assert!(outcome.is_err() || (at, bit) == (9, 0), "{kind}: bit {bit} of byte {at}");
                tried += 1;
            }
        }
        for at in 0..15 * 8 {
            let mut message = b"what is signed\n".to_vec();
            message[at / 8] ^= 1 << (at % 8);
            assert!(judged(&armored, &key, &message).is_err(), "{kind}: bit {at} of the message");
            tried += 1;
        }
    }
    eprintln!("{tried} flipped bits");
    assert!(tried >= 10_000, "only {tried} bits were tried");
}

fn armor(blob: &[u8]) -> String {
    format!(
        "-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n",
        STANDARD.encode(blob)
    )
}

fn what_is_signed_here_is_verified_here() {
    let key = SigningKey::parse(stored("ed25519").as_bytes()).unwrap();
    let signature = key.sign(b"what is signed\n", "file").unwrap();
    // Ed25519 is deterministic: the very bytes of `ssh-keygen`.
    assert_eq!(signature, stored("ed25519.sig"));
    let elsewhere = key.sign(b"what is signed\n", "git").unwrap();
    let refusal = judged(&elsewhere, &stored("ed25519.pub"), b"what is signed\n").unwrap_err();
    assert!(matches!(refusal, Refusal::Namespace { .. }), "{refusal}");
}

fn key_files_that_cannot_sign_say_what_to_do() {
    for (text, fault) in [
        (stored("locked"), SigningFault::Locked),
        (stored("locked.pub"), SigningFault::Malformed),
        (String::new(), SigningFault::Malformed),
    ] {
        let found = SigningKey::parse(text.as_bytes()).err().unwrap();
        assert_eq!(found, fault);
        assert!(!found.hint().is_empty());
    }
}
