//! What the build takes in, held to `deny.toml`: licences, banned crates and sources, from Cargo's own metadata.

use libtest_mimic::Trial;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Returns the trials of the supply.
pub fn trials() -> Vec<Trial> {
    trials![
        every_licence_is_allowed,
        no_banned_crate_comes_in,
        every_source_is_known,
        licence_expressions_are_understood,
        licences_we_must_name_are_named,
    ]
}

/// Lists the packages that the lock file holds for this machine, offline.
fn packages() -> Vec<Value> {
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let words = [
        "metadata",
        "--offline",
        "--locked",
        "--format-version",
        "1",
        "--filter-platform",
        &target,
    ];
    let mut cargo = Command::new(env!("CARGO"));
    let output = cargo.args(words).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let Value::Array(packages) = metadata["packages"].take() else { panic!("no packages") };
    assert!(packages.len() > 100, "the metadata lists only {} packages", packages.len());
    packages
}

/// Returns the quoted strings of one list of `deny.toml`, from its line to the closing bracket.
fn denied_or_allowed(list: &str) -> Vec<String> {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deny.toml")).unwrap();
    let (_, rest) = text.split_once(&format!("\n{list} = [")).unwrap();
    let (inside, _) = rest.split_once(']').unwrap();
    let first_quoted = |line: &str| line.split('"').nth(1).map(str::to_owned);
    inside.split(",\n").filter_map(first_quoted).collect()
}

fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap()
}

fn every_licence_is_allowed() {
    let allowed = denied_or_allowed("allow");
    assert!(allowed.contains(&"MIT".to_owned()), "read {allowed:?}");
    let refused = |package: &Value| {
        let licence = package["license"].as_str().unwrap_or("none");
        (!fits(licence, &allowed)).then(|| format!("{}: {licence}", name(package)))
    };
    let wrong: Vec<String> = packages().iter().filter_map(refused).collect();
    assert!(wrong.is_empty(), "deny.toml does not allow:\n{}", wrong.join("\n"));
}

fn no_banned_crate_comes_in() {
    let banned = denied_or_allowed("deny");
    assert!(banned.contains(&"openssl-sys".to_owned()), "read {banned:?}");
    let packages = packages();
    let wrong: Vec<&str> =
        packages.iter().map(name).filter(|name| banned.iter().any(|it| it == name)).collect();
    assert!(wrong.is_empty(), "banned by deny.toml: {}", wrong.join(", "));
}

fn every_source_is_known() {
    let known = denied_or_allowed("allow-registry");
    for package in packages() {
        let Some(source) = package["source"].as_str() else {
            assert_eq!(name(&package), "lifeboat", "only the package itself may lie in a folder");
            continue;
        };
        let registry = source.strip_prefix("registry+").unwrap_or("not a registry");
        assert!(known.iter().any(|it| it == registry), "{} comes from {source}", name(&package));
    }
}

/// Tells whether an SPDX expression can be met; `/` is the old way to write `OR`.
fn fits(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    either(&mut words.as_slice(), allowed)
}

fn either(words: &mut &[&str], allowed: &[String]) -> bool {
    let mut met = both(words, allowed);
    while take(words, "OR") {
        met |= both(words, allowed);
    }
    met
}

fn both(words: &mut &[&str], allowed: &[String]) -> bool {
    let mut met = one(words, allowed);
    while take(words, "AND") {
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut &[&str], allowed: &[String]) -> bool {
    if take(words, "(") {
        let met = either(words, allowed);
        return take(words, ")") && met;
    }
    let Some((licence, rest)) = words.split_first() else { return false };
    *words = rest;
    let excepted = take(words, "WITH").then(|| words.split_off_first()).is_some();
    !excepted && allowed.iter().any(|it| it == licence)
}

fn take(words: &mut &[&str], word: &str) -> bool {
    let found = words.first() == Some(&word);
    if found {
        *words = &words[1..];
    }
    found
}

fn licence_expressions_are_understood() {
    let allowed = ["MIT", "ISC", "Apache-2.0"].map(str::to_owned);
    for good in [
        "MIT",
        "GPL-3.0 OR MIT",
        "GPL-3.0/MIT",
        "(MIT OR GPL-3.0) AND ISC",
        "Apache-2.0 WITH X OR MIT",
    ] {
        assert!(fits(good, &allowed), "`{good}` was refused");
    }
    for bad in
        ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0", "Apache-2.0 WITH X", "none", ""]
    {
        assert!(!fits(bad, &allowed), "`{bad}` was allowed");
    }
}

/// Code that comes inside other packages does not show in the metadata: NOTICE names it.
fn licences_we_must_name_are_named() {
    let notice =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("NOTICE")).unwrap();
    for (package, words) in [
        ("libgit2-sys", "GNU General Public License version 2 with a linking exception"),
        ("libz-sys", "zlib License"),
        ("ring", "BoringSSL"),
        ("webpki-root-certs", "CDLA-Permissive-2.0"),
    ] {
        assert!(
            packages().iter().any(|it| name(it) == package),
            "`{package}` is gone: NOTICE need not name it"
        );
        assert!(notice.contains(words), "NOTICE does not say `{words}` for `{package}`");
    }
}
