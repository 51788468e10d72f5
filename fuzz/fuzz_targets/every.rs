//! Every target in one program, which is linked once: the target is the one that `FUZZ_TARGET` names.

#![no_main]

use std::sync::LazyLock;

static NAME: LazyLock<String> =
    LazyLock::new(|| std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lifeboat_fuzz::play(&NAME, bytes));
