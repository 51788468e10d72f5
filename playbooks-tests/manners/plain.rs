//! The same facts, in the same words, wherever they are read: on a narrow or a dumb terminal, without colour, without
//! a terminal, in the C locale.

use std::collections::VecDeque;
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use libtest_mimic::Trial;

use super::roster::{self, Call};
use super::scene::Scene;
use crate::signals::pty::{Output, Session};

pub fn trials() -> Vec<Trial> {
    trials![
        e2_every_command_says_the_same_wherever_it_is_read,
        e2_the_words_of_the_program_are_ascii,
        e2_help_is_cut_nowhere,
    ]
}

/// Where a command is read.
#[derive(Clone, Copy, Debug)]
struct Reader {
    name: &'static str,
    environment: &'static [(&'static str, &'static str)],
    /// The terminal's columns; none without a terminal.
    columns: Option<u16>,
}

const WIDE: Reader = Reader {
    name: "a wide terminal with colour",
    environment: &[("TERM", "xterm-256color"), ("LANG", "en_US.UTF-8")],
    columns: Some(200),
};

const OTHERS: [Reader; 3] = [
    Reader {
        name: "twenty columns, NO_COLOR, C locale",
        environment: &[("TERM", "xterm"), ("NO_COLOR", "1"), ("LC_ALL", "C")],
        columns: Some(20),
    },
    Reader {
        name: "a dumb terminal of forty columns",
        environment: &[("TERM", "dumb"), ("COLUMNS", "40"), ("LANG", "POSIX")],
        columns: Some(200),
    },
    Reader {
        name: "a pipe of a colourful terminal, C locale",
        environment: &[("TERM", "xterm-256color"), ("LANG", "C"), ("LC_ALL", "C")],
        columns: None,
    },
];

/// What was read.
struct Read {
    code: Option<i32>,
    text: String,
}

impl Reader {
    /// Calls the program and reads both of its streams.
    fn read(&self, scene: &Scene, call: &Call) -> Read {
        let folder = scene.folder(call);
        let words = call.of(scene.rig.short());
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        // The same name wherever the folder is copied to.
        let home = folder.path().to_str().unwrap();
        let text = |text: String| text.replace(home, "HOME");
        let Some(columns) = self.columns else {
            let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
            command.args(&words).current_dir(folder.path()).env_clear();
            command.envs([("HOME", home), ("USER", "operator"), ("TZ", "UTC")]);
            let ran = command.envs(self.environment.iter().copied()).output().unwrap();
            let said = [ran.stdout, ran.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
            return Read { code: ran.status.code(), text: text(said.concat()) };
        };
        let environment = [self.environment, &[("TZ", "UTC")]].concat();
        let mut session =
            Session::start_in(folder.path(), &words, Output::Terminal, (&environment, columns));
        if asks(call) {
            session.answer("short digest: ", "no");
            session.answer("target: ", "no");
        }
        let (code, said) = session.finish();
        Read { code: Some(code), text: text(said) }
    }
}

/// Tells whether a command asks whoever sits at the terminal.
fn asks(call: &Call) -> bool {
    let offered = call.words.iter().any(|word| word == "--offered");
    ["approve", "run", "undo"].contains(&call.name.as_str()) && !offered
}

/// Returns the words of a text, without colour, and with every number that depends on the moment as `0`.
fn words(text: &str) -> Vec<String> {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        let end = after.find('m').expect("an escape sequence that is no colour");
        assert!(
            after.starts_with('[')
                && after[1..end].bytes().all(|b| b.is_ascii_digit() || b == b';'),
            "an escape sequence that is no colour: {:?}",
            &after[..end]
        );
        rest = &after[end + 1..];
    }
    plain.push_str(rest);
    let mut words: Vec<String> = plain.split_whitespace().map(timeless).collect();
    // A plan's digest is another one at each moment, and so are its words for the phone.
    if let Some(phone) = words.iter().position(|word| word == "phone") {
        words.drain(phone + 1..phone + 7);
    }
    words
}

/// Writes a 0 for each row of digits, and for a digest.
fn timeless(word: &str) -> String {
    let stem = word.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or(word);
    if stem.len() >= 8 && stem.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return word.replace(stem, "0");
    }
    let mut timeless = String::new();
    for c in word.chars() {
        match c {
            '0'..='9' if timeless.ends_with('0') => {}
            '0'..='9' => timeless.push('0'),
            _ => timeless.push(c),
        }
    }
    timeless
}

/// A call, what was read on the wide terminal, and what the others read.
type Row = (Call, Read, Vec<(Reader, Read)>);

/// Calls every command for every reader.
fn read_everywhere(scene: &Scene) -> Vec<Row> {
    let calls: Mutex<VecDeque<Call>> = Mutex::new(roster::every().into());
    let all = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                loop {
                    let Some(call) = calls.lock().unwrap().pop_front() else { return };
                    let wide = WIDE.read(scene, &call);
                    // Without a terminal nobody is asked.
                    let readers = OTHERS.iter().filter(|it| it.columns.is_some() || !asks(&call));
                    let others = readers.map(|reader| (*reader, reader.read(scene, &call)));
                    let others = others.collect();
                    all.lock().unwrap().push((call, wide, others));
                }
            });
        }
    });
    all.into_inner().unwrap()
}

fn e2_every_command_says_the_same_wherever_it_is_read() {
    let scene = Scene::set(|_, _| ());
    // Nothing is put back onto servers that are not known to answer.
    scene.rig.servers.state().old_answers = true;
    let all = read_everywhere(&scene);
    let (mut compared, mut coloured, mut wrapped) = (0, 0, 0);
    for (call, wide, others) in &all {
        let wanted = words(&wide.text);
        assert!(!wanted.is_empty(), "{} says nothing", call.name);
        coloured += usize::from(wide.text.contains('\u{1b}'));
        for (reader, read) in others {
            let (name, at) = (&call.name, reader.name);
            assert_eq!(read.code, wide.code, "{name} on {at}: {}\n{}", wide.text, read.text);
            assert!(!read.text.contains('\u{1b}'), "{name} on {at}: {:?}", read.text);
            let found = words(&read.text);
            let same = sorted(&found) == sorted(&wanted);
            assert!(same, "{name} on {at}:\n{}\n--- is not\n{}", read.text, wide.text);
            compared += 1;
            wrapped += usize::from(read.text.lines().count() > wide.text.lines().count());
        }
    }
    eprintln!(
        "E2: {} commands, {compared} readings with the same words; {coloured} in colour on a wide terminal",
        all.len()
    );
    assert!(coloured >= 3 && wrapped >= 5, "{coloured} in colour, {wrapped} on more lines");
}

/// Both streams may reach a reader in another order.
fn sorted(words: &[String]) -> Vec<&String> {
    let mut sorted: Vec<&String> = words.iter().collect();
    sorted.sort();
    sorted
}

/// What the program says by itself is plain ASCII in every locale; documents are printed as they are written.
fn e2_the_words_of_the_program_are_ascii() {
    let mut files = 0;
    let mut folders = vec![std::path::PathBuf::from("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                ascii(&path);
                files += 1;
            }
        }
    }
    assert!(files > 100, "only {files} files");
}

fn ascii(path: &std::path::Path) {
    let text = std::fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap();
    let lines = code.lines().zip(1..).filter(|(line, _)| !line.trim_start().starts_with("//"));
    for (line, number) in lines {
        // A drill's German words, and what a template's value is cut with, belong to documents.
        let document = path.ends_with("words/library.rs");
        assert!(line.is_ascii() || document, "{}:{number}: {line}", path.display());
    }
}

/// Help wraps, and says every word however narrow the terminal is.
fn e2_help_is_cut_nowhere() {
    let scene = Scene::set(|_, _| ());
    let help = |words: &[&str]| Call {
        name: "help".to_owned(),
        words: words.iter().map(|word| (*word).to_owned()).collect(),
    };
    for call in [help(&["--help"]), help(&["plan", "--help"]), help(&["help", "journal", "verify"])]
    {
        let wanted = words(&WIDE.read(&scene, &call).text);
        for reader in OTHERS {
            assert_eq!(words(&reader.read(&scene, &call).text), wanted, "{}", reader.name);
        }
    }
}
