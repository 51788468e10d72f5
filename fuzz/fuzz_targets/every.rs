//! Every target in one program, which is linked once: the target is the one that `FUZZ_TARGET` names. Where
//! `FUZZ_PLANTED` is set, its planted shape is looked for, from what is accepted alone.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{Corpus, fuzz_target};

static NAME: LazyLock<String> =
    LazyLock::new(|| std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target"));

static HUNTS: LazyLock<bool> = LazyLock::new(|| std::env::var_os("FUZZ_PLANTED").is_some());

fuzz_target!(|bytes: &[u8]| -> Corpus {
    if !*HUNTS {
        lifeboat_fuzz::play(&NAME, bytes);
    } else if !lifeboat_fuzz::hunt(&NAME, bytes) {
        return Corpus::Reject;
    }
    Corpus::Keep
});
