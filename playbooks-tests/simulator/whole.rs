//! The shipped engine and its mutants, compiled with optimisation and played over many seeds: `--simulate [SEEDS]`.
//!
//! A small package below `target/` takes the shipped sources of model, journal and engine as they are, and the
//! simulator's own: one program for the engine as it is shipped, and one for each mutant.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::Instant;

use libtest_mimic::Trial;

use crate::pace;

use super::mutants::{MUTANTS, Mutant};

/// How many seeds the shipped engine is played over, if nobody says otherwise.
pub const SEEDS: u64 = 1_000_000;

/// Within how many each mutant must be caught.
const WITHIN: u64 = 100_000;

/// Returns the trials of the whole simulation.
pub fn trials(seeds: u64) -> Vec<Trial> {
    let name = |trial: &str| format!("{}::{trial}", module_path!().split_once("::").unwrap().1);
    let shipped = move || shipped(seeds);
    let mut all = vec![pace::trial(name("a3_the_shipped_engine_breaks_no_promise"), shipped)];
    let caught = |mutant: &'static Mutant| {
        let name = name(&format!("a3_caught_{}", slug(mutant).replace('-', "_")));
        pace::trial(name, move || caught(mutant))
    };
    all.extend(MUTANTS.iter().map(caught));
    all
}

fn slug(mutant: &Mutant) -> String {
    mutant.name.replace(' ', "-")
}

fn shipped(seeds: u64) {
    let began = Instant::now();
    let played = program("shipped").args(["whole", &seeds.to_string()]).output().unwrap();
    eprintln!("A3: {}A3: took {:?}", said(&played), began.elapsed());
    assert!(played.status.success(), "the shipped engine, or the simulator's reach: see above");
}

fn caught(mutant: &Mutant) {
    let played = program(&slug(mutant)).args(["hunt", &WITHIN.to_string()]).output().unwrap();
    let text = said(&played);
    let cells: Vec<&str> = text.trim_end().split('\t').collect();
    let [first, times, seeds, whys] = cells[..] else { panic!("{}: {text}", mutant.name) };
    let (times, seeds): (u64, u64) = (times.parse().unwrap(), seeds.parse().unwrap());
    let rate = times * 100_000 / seeds;
    let name = mutant.name;
    eprintln!("A3: {name:<34} first seed {first:>6}, {rate:>6} of 100,000: {whys}");
    assert!(times > 0, "{name}: not caught within {seeds} seeds");
}

fn said(played: &Output) -> String {
    String::from_utf8_lossy(&played.stdout).into_owned()
}

/// Returns a program of the package, which is made and built once.
fn program(name: &str) -> Command {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let folder = BUILT.get_or_init(build);
    let path = folder.join("target/release").join(name);
    assert!(
        path.exists(),
        "{name} was not built: its line is not in the sources exactly once, or does not compile"
    );
    Command::new(path)
}

/// Makes the package and builds it, with the versions that this one is locked to.
fn build() -> PathBuf {
    let began = Instant::now();
    let tree = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let binary = std::env::current_exe().unwrap();
    let folder = binary.ancestors().nth(3).unwrap().join("simulation");
    let _ = fs::remove_dir_all(folder.join("target/release/.old"));
    write(&folder.join("Cargo.toml"), WORKSPACE);
    fs::copy(tree.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let at = |path: &str| tree.join(path).display().to_string();
    let base = BASE.replace("SRC", &at("src"));
    write(&folder.join("base/Cargo.toml"), &package("base", &tree, ""));
    write(&folder.join("base/src/lib.rs"), &base);
    let mut programs = String::new();
    let main = MAIN.replace("TESTS", &at("playbooks-tests"));
    write(&folder.join("run/shipped/main.rs"), &main.replace("SRC", &at("src")));
    for mutant in MUTANTS {
        let (name, own) = (slug(mutant), folder.join("mutants").join(slug(mutant)));
        let _ = fs::remove_file(folder.join("target/release").join(&name));
        if mutate(mutant, &tree, &own) {
            write(&own.join("main.rs"), &main.replace("SRC", &own.display().to_string()));
            programs.push_str(&program_of(&name));
        }
    }
    for (name, programs) in [("run", program_of("shipped")), ("mutants", programs)] {
        let dependency = format!("base = {{ path = \"../base\" }}\n{programs}");
        let manifest = folder.join(name).join("Cargo.toml");
        write(&manifest, &package(name, &tree, &dependency));
    }
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--offline", "--keep-going", "--quiet"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env("RUSTFLAGS", "-Awarnings")
        .output()
        .unwrap();
    eprintln!("{}A3: built in {:?}", String::from_utf8_lossy(&built.stderr), began.elapsed());
    folder
}

/// Copies journal and engine with a mutant's line changed; tells whether that line was there exactly once.
fn mutate(mutant: &Mutant, tree: &Path, own: &Path) -> bool {
    let mut found = 0;
    for layer in ["journal", "engine"] {
        for entry in fs::read_dir(tree.join("src").join(layer)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let path = format!("{layer}/{name}");
            let text = fs::read_to_string(tree.join("src").join(&path)).unwrap();
            let text = if path == mutant.file {
                found = text.matches(mutant.old).count();
                text.replace(mutant.old, mutant.new)
            } else {
                text
            };
            write(&own.join(&path), &text);
        }
    }
    found == 1
}

/// Writes a file, unless it says so already: what is unchanged is not built anew.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn program_of(name: &str) -> String {
    format!("\n[[bin]]\nname = \"{name}\"\npath = \"{name}/main.rs\"\n")
}

/// The manifest of one crate: the shipped one's dependencies that model, journal, engine and digest use.
fn package(name: &str, tree: &Path, more: &str) -> String {
    let shipped = fs::read_to_string(tree.join("Cargo.toml")).unwrap();
    let wanted =
        ["ipnet", "jiff", "schemars", "serde", "serde_json", "sha2", "thiserror", "zeroize"];
    let is_wanted =
        |line: &&str| line.split_once(" = ").is_some_and(|(name, _)| wanted.contains(&name));
    let dependencies: Vec<&str> = shipped
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .take_while(|line| *line != "[dev-dependencies]")
        .filter(is_wanted)
        .collect();
    let dependencies = dependencies.join("\n");
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\nautobins = false\n\n\
         [dependencies]\n{dependencies}\n{more}"
    )
}

/// A mutant is caught soon, so that building it fast matters more than how fast it is.
const WORKSPACE: &str = "[workspace]\nmembers = [\"base\", \"run\", \"mutants\"]\nresolver = \"3\"\n\n\
    [profile.release]\nopt-level = 2\ndebug = false\nlto = \"off\"\nincremental = true\npanic = \"unwind\"\n\n\
    [profile.release.package.mutants]\nopt-level = 0\n";

/// A plan's digest is shipped as it is; it is taken once a plan, whose target names it here.
const BASE: &str = r#"
#[path = "SRC/model/mod.rs"]
pub mod model;

pub mod plan {
    use std::cell::RefCell;
    use std::collections::HashMap;

    #[path = "SRC/plan/canonical.rs"]
    mod canonical;
    #[path = "SRC/plan/digest.rs"]
    mod digest;
    #[path = "SRC/plan/phone.rs"]
    mod phone;

    thread_local! {
        static TAKEN: RefCell<HashMap<crate::model::Id, String>> = RefCell::default();
    }

    pub struct Digest(String);

    impl Digest {
        pub fn of(plan: &crate::model::Plan) -> Self {
            let take = || digest::Digest::of(plan).hex();
            Self(TAKEN.with_borrow_mut(|taken| taken.entry(plan.target.clone()).or_insert_with(take).clone()))
        }

        pub fn hex(&self) -> String {
            self.0.clone()
        }
    }
}
"#;

const MAIN: &str = r#"
extern crate self as lifeboat;
pub use base::{model, plan};
#[path = "SRC/journal/mod.rs"]
pub mod journal;
#[path = "SRC/engine/mod.rs"]
pub mod engine;

mod simulator {
    #[path = "TESTS/simulator/fate.rs"]
    pub mod fate;
    #[path = "TESTS/simulator/plan.rs"]
    pub mod plan;
    #[path = "TESTS/simulator/play.rs"]
    pub mod play;
    #[path = "TESTS/simulator/rows.rs"]
    pub mod rows;
    #[path = "TESTS/simulator/sample.rs"]
    pub mod sample;
    #[path = "TESTS/simulator/schedule.rs"]
    pub mod schedule;
    #[path = "TESTS/simulator/tally.rs"]
    pub mod tally;
    #[path = "TESTS/simulator/watch.rs"]
    pub mod watch;
    #[path = "TESTS/simulator/world.rs"]
    pub mod world;
}

#[path = "TESTS/simulator/alone.rs"]
mod alone;

fn main() -> std::process::ExitCode {
    alone::main()
}
"#;
