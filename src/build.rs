//! Lays the functions that an incident runs beside each other in the release binary.
//!
//! The system maps 64 KiB around each page of code that is run, so code that is used but strewn about brings in nearly all
//! of the rest: resident memory, and reading where the disk is cold. `order.txt` names the functions that
//! `playbooks-tests/bench/order.sh` saw at work. A name that is gone is passed over, and costs nothing but its page.

#![expect(
    clippy::disallowed_methods,
    reason = "a build script asks its environment and its compiler"
)]

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() -> io::Result<()> {
    let order = Path::new("src/order.txt");
    let mut said = format!(
        "cargo:rerun-if-changed=src/build.rs\ncargo:rerun-if-changed={}\n",
        order.display()
    );
    if let Some(folder) = env::var_os("CARGO_MANIFEST_DIR").filter(|_| has_our_linker()) {
        let order = PathBuf::from(folder).join(order);
        let flag = format!("--symbol-ordering-file={}", order.display());
        // Not as `-Wl,…`: the folder's name may have commas.
        for word in ["-Xlinker", &flag, "-Xlinker", "--no-warn-symbol-ordering"] {
            said += &format!("cargo:rustc-link-arg-bin=lifeboat={word}\n");
        }
    }
    io::stdout().write_all(said.as_bytes())
}

/// Whether a release is linked by the linker that comes with Rust, which takes an order; of others nobody knows.
fn has_our_linker() -> bool {
    let is = |name, value| env::var(name).is_ok_and(|it| it == value);
    let chosen = env::var_os("RUSTC_LINKER").is_some()
        || env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| flags.contains("link"));
    let target = "x86_64-unknown-linux-gnu";
    is("PROFILE", "release")
        && is("TARGET", target)
        && is("HOST", target)
        && !chosen
        && comes_with_rust(target)
}

fn comes_with_rust(target: &str) -> bool {
    let Some(rustc) = env::var_os("RUSTC") else { return false };
    let Ok(told) = Command::new(rustc).args(["--print", "sysroot"]).output() else { return false };
    let sysroot = String::from_utf8_lossy(&told.stdout).trim().to_owned();
    Path::new(&sysroot).join("lib/rustlib").join(target).join("bin/gcc-ld/ld.lld").is_file()
}
