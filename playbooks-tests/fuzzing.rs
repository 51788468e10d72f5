//! Decoders against hostile bytes: the committed seeds of `fuzz/`, and inputs that cost much, through every target.
//!
//! `playbooks-tests/fuzz.sh` fuzzes the same targets; what it finds is mended, and becomes a seed.

mod growth;
mod law;
mod limits;
pub mod meter;
pub mod targets;

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::Trial;

use targets::{TARGETS, Target};

/// Returns the trials of the decoders' targets.
pub fn trials() -> Vec<Trial> {
    let own = trials![
        d5_every_seed_keeps_what_its_target_promises,
        d5_no_seed_has_the_planted_shape,
        the_meter_sees_what_a_decoder_holds,
    ];
    [own, growth::trials(), law::trials(), limits::trials()].into_iter().flatten().collect()
}

fn tree(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Returns the committed seeds of a target, with what earlier fuzzing found.
fn seeds(target: &Target) -> Vec<(String, Vec<u8>)> {
    let folder = tree("fuzz/seeds").join(target.name);
    let listed = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut seeds: Vec<(String, Vec<u8>)> = listed
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect();
    assert!(!seeds.is_empty(), "{folder:?} is empty");
    seeds.sort();
    seeds
}

/// Every seed, its pieces, and itself with each byte flipped in turn.
fn d5_every_seed_keeps_what_its_target_promises() {
    let mut played = 0;
    for target in TARGETS {
        for (path, seed) in seeds(target) {
            let hold = |bytes: &[u8]| {
                let held = std::panic::catch_unwind(|| (target.hold)(bytes));
                assert!(held.is_ok(), "{}: see above; from {path}: {bytes:02x?}", target.name);
            };
            hold(&seed);
            played += 1;
            // Large seeds are taken at fewer places, so that each costs about as much.
            let step = seed.len() / 25 + 1;
            for at in (0..seed.len()).step_by(step) {
                let mut flipped = seed.clone();
                flipped[at] ^= 0xff;
                hold(&flipped);
                hold(&seed[..at]);
                played += 2;
            }
        }
    }
    eprintln!("D5: {played} inputs through {} targets: none breaks its target", TARGETS.len());
    assert!(played > 1_000);
}

/// The planted shape lies behind what a decoder accepts: some seed of each target gets there, and none is it.
fn d5_no_seed_has_the_planted_shape() {
    for target in TARGETS {
        let mut accepted = false;
        for (path, seed) in seeds(target) {
            let planted = (target.planted)(&seed);
            assert_ne!(planted, Some(true), "{path}: the planted input would prove nothing");
            accepted |= planted.is_some();
        }
        assert!(accepted, "{}: every seed is refused before the planted shape", target.name);
    }
}

fn the_meter_sees_what_a_decoder_holds() {
    let (_, most) = meter::most(|| {
        drop(vec![0_u8; 5000]);
        drop(vec![0_u8; 3000]);
    });
    assert_eq!(most, 5000);
    let (kept, most) = meter::most(|| {
        let mut kept = vec![0_u8; 1000];
        kept.reserve_exact(7000);
        kept
    });
    assert!(most >= kept.capacity() && most <= 1000 + kept.capacity(), "{most}");
    let greedy = || meter::within(10, 100, || vec![0_u8; 64 * 10 + 101]);
    assert!(std::panic::catch_unwind(greedy).is_err());
    meter::within(10, 100, || vec![0_u8; 64 * 10 + 100]);
}
