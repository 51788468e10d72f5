//! Hostile values on their way to a process: each stays one argument, and none becomes an option or a command.

use libtest_mimic::Trial;
use lifeboat::host::{Job, Processes};
use lifeboat::model::{Argv, ArgvError, Id};
use lifeboat::repo::SharedLocks;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::fs;
use std::time::Duration;

pub fn trials() -> Vec<Trial> {
    trials![c4_a_hostile_value_is_one_argument, c4_no_remote_of_git_becomes_an_option]
}

/// How many hostile values there are.
const VALUES: usize = 100_000;

/// How many of them one process is given.
const AT_ONCE: usize = 1_000;

/// What a shell, git, ssh or a C string would make something of.
const PIECES: [&str; 26] = [
    "--upload-pack=",
    "-oProxyCommand=",
    "--exec=",
    "-c",
    "ext::sh -c ",
    "$(",
    ")",
    "`",
    ";",
    "&&",
    "||",
    "|",
    "\n",
    "touch CANARY",
    ">CANARY",
    "'",
    "\"",
    "\\",
    "*",
    "~",
    "{a,b}",
    "$IFS",
    "!",
    "#",
    "\u{1b}]0;",
    "é",
];

/// Draws a value of hostile pieces and anything else.
fn hostile() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(&PIECES[..]).prop_map(str::to_owned);
    let any = proptest::string::string_regex("(?s).{0,6}").unwrap();
    proptest::collection::vec(proptest::strategy::Union::new([piece.boxed(), any.boxed()]), 0..6)
        .prop_map(|pieces| pieces.concat())
}

fn play<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn c4_a_hostile_value_is_one_argument() {
    let folder = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::deterministic();
    let (mut options, mut zeros, mut taken) = (0, 0, 0);
    let mut values = 0;
    while values < VALUES {
        let mut argv = Argv::of("printf").word("%s\\0").word("");
        let mut wanted = vec![String::new()];
        for _ in 0..AT_ONCE {
            let value = hostile().new_tree(&mut runner).unwrap().current();
            values += 1;
            match argv.clone().operand(&value) {
                Ok(longer) => {
                    assert!(!value.starts_with('-') && !value.contains('\0'), "{value:?}");
                    argv = longer;
                    wanted.push(value);
                    taken += 1;
                }
                Err(ArgvError::Option(_)) => {
                    assert!(value.starts_with('-'), "{value:?}");
                    argv = argv.option("--own", &value.replace('\0', "")).unwrap();
                    wanted.push(format!("--own={}", value.replace('\0', "")));
                    options += 1;
                }
                Err(_) => zeros += 1,
            }
        }
        let job = Job {
            input: Vec::new(),
            cap: 64 << 20,
            within: Duration::from_secs(60),
            directory: Some(folder.path().to_owned()),
        };
        let ran = play(Processes::live().run(&argv, job)).unwrap();
        let heard: Vec<String> = String::from_utf8(ran.output)
            .unwrap()
            .split_terminator('\0')
            .map(str::to_owned)
            .collect();
        assert_eq!(heard, wanted);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a canary was touched");
    assert!(options > VALUES / 100, "{options} would-be options are too few to show anything");
    eprintln!(
        "C4: {values} hostile values, {taken} taken as they are, {options} kept from being options, {zeros} with a zero byte refused: 0 canaries"
    );
}

/// Whatever an estate names as the remote of its locks: what git would take for an option or a program is refused, and
/// a log-in that would stand in the list of processes.
fn c4_no_remote_of_git_becomes_an_option() {
    let folder = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::deterministic();
    let (mut refused, mut taken) = (0, 0);
    for _ in 0..5_000 {
        let value = hostile().new_tree(&mut runner).unwrap().current();
        let forms =
            [format!("ssh://{value}/x"), format!("https://{value}"), format!("{value}:x/y")];
        for remote in forms.into_iter().chain([value]) {
            let scratch = folder.path().join("scratch");
            let (id, processes) = (Id::new("e"), Processes::refused());
            if SharedLocks::open(&remote, folder.path(), scratch, &id, processes).is_err() {
                refused += 1;
                continue;
            }
            let ours = remote.starts_with('-') || remote.chars().any(char::is_control);
            assert!(!ours, "{remote:?} was taken");
            taken += 1;
        }
    }
    for hostile in [
        "--upload-pack=x",
        "-x",
        "ext::sh -c x",
        "https://me:pass@git.example/x",
        "https://token@git.example/x",
    ] {
        let (id, processes) = (Id::new("e"), Processes::refused());
        let opened =
            SharedLocks::open(hostile, folder.path(), folder.path().join("s"), &id, processes);
        assert!(opened.is_err(), "{hostile} was taken");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a canary was touched");
    assert!(refused > 1_000 && taken > 1_000, "{refused} refused, {taken} taken");
    eprintln!(
        "C4: {} hostile remotes: {refused} refused, {taken} taken as one operand",
        refused + taken
    );
}
