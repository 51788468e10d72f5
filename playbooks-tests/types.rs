//! What must not compile: each `compile_fail` example of the documentation, held against the error that it names.
//!
//! `cargo test` runs the examples too, but a stable compiler looks at no code there: an example with a slip of the pen
//! would fail as well. Here each fails with its code alone, and its positive twin, which differs in one line, compiles.

use libtest_mimic::Trial;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// Returns the trials of the types.
pub fn trials() -> Vec<Trial> {
    trials![c4_c6_c7_what_would_leak_does_not_compile]
}

/// An example of the documentation.
struct Example {
    place: String,
    /// The error that it names; absent: it compiles.
    code: Option<String>,
    text: String,
}

/// The types that carry the promises, with the fewest breaches that each must refuse.
const CARRIERS: [(&str, usize); 6] = [
    ("src/model/secret.rs", 6),
    ("src/model/remote.rs", 3),
    ("src/model/screen_text.rs", 3),
    ("src/model/argv.rs", 4),
    ("src/host/processes.rs", 1),
    ("src/net/door.rs", 3),
];

fn c4_c6_c7_what_would_leak_does_not_compile() {
    let examples: Vec<Example> = CARRIERS.iter().flat_map(|(path, _)| examples(path)).collect();
    for (path, least) in CARRIERS {
        let own = || examples.iter().filter(|it| it.place.starts_with(path));
        assert!(own().filter(|it| it.code.is_some()).count() >= least, "{path} refuses too little");
        assert!(own().any(|it| it.code.is_none()), "{path} has no twin that compiles");
    }
    let (next, wrong) = (Mutex::new(examples.iter().enumerate()), Mutex::new(Vec::new()));
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some((at, example)) = next.lock().unwrap().next() else { return };
                    let codes = compile(example, &folder.path().join(format!("e{at}.rs")));
                    let wanted: Vec<String> = example.code.iter().cloned().collect();
                    if codes != wanted {
                        let line = format!("{}: {codes:?} in place of {wanted:?}", example.place);
                        wrong.lock().unwrap().push(line);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let refused = examples.iter().filter(|it| it.code.is_some()).count();
    eprintln!("C4, C6, C7: {refused} breaches do not compile, each with its own error");
}

/// Reads the examples of a file's documentation.
fn examples(path: &str) -> Vec<Example> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let (mut found, mut open) = (Vec::new(), None::<Example>);
    for (at, line) in text.lines().enumerate() {
        let Some(line) = line.trim_start().strip_prefix("///") else { continue };
        let line = line.strip_prefix(' ').unwrap_or(line);
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(marks), None) => {
                let code = marks.split_once("compile_fail,").map(|(_, code)| code.to_owned());
                assert!(code.is_some() || !marks.contains("compile_fail"), "{path} names no error");
                open = Some(Example {
                    place: format!("{path}:{}", at + 1),
                    code,
                    text: String::new(),
                });
            }
            (None, Some(example)) => {
                example.text.push_str(line.strip_prefix("# ").unwrap_or(line));
                example.text.push('\n');
            }
            (None, None) => {}
        }
    }
    found
}

/// Compiles an example against the library under test and returns the codes of its errors, each once.
fn compile(example: &Example, path: &Path) -> Vec<String> {
    std::fs::write(path, format!("#![allow(unused)]\nfn main() {{\n{}\n}}\n", example.text))
        .unwrap();
    let libraries = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--edition", "2024", "--crate-type", "bin", "--emit", "metadata"]);
    rustc.args(["--error-format", "json", "-o"]).arg(path.with_extension("out")).arg(path);
    rustc.arg("-L").arg(format!("dependency={}", libraries.display()));
    for name in ["lifeboat", "serde_json"] {
        let library = newest(&libraries, name);
        rustc.arg("--extern").arg(format!("{name}={}", library.display()));
    }
    let said = String::from_utf8(rustc.output().unwrap().stderr).unwrap();
    let errors = said.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let summary = message["message"].as_str()?.starts_with("aborting");
        let error = message["level"] == "error" && !summary;
        error.then(|| message["code"]["code"].as_str().unwrap_or("no code").to_owned())
    });
    let mut codes: Vec<String> = errors.collect();
    codes.dedup();
    codes
}

/// Returns the library that was built last under a name.
fn newest(folder: &Path, name: &str) -> PathBuf {
    let files = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let fits = |path: &PathBuf| {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        file.starts_with(&format!("lib{name}-")) && file.ends_with(".rlib")
    };
    let built = |path: &PathBuf| path.metadata().unwrap().modified().unwrap();
    files.filter(fits).max_by_key(built).expect("the library under test lies beside its tests")
}
