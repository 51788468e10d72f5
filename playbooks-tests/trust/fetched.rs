//! What others committed: brought from a folder and over HTTP, used once somebody vouches for it, and bounded.

use super::signed::{By, Office, person};
use crate::commands;
use git2::Oid;
use libtest_mimic::Trial;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

pub fn trials() -> Vec<Trial> {
    trials![
        c1_what_is_fetched_is_used_once_somebody_vouches_for_it,
        c1_what_is_fetched_over_http_is_used_once_somebody_vouches_for_it,
        c3_a_server_that_sends_a_bomb_or_nothing_useful_is_refused,
        the_history_of_a_runbook_names_its_signers,
    ]
}

/// An office, and a copy of its repository that somebody else works on.
pub struct Pair {
    pub office: Office,
    pub upstream: Office,
    first: Oid,
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            let _ = fs::remove_file(&to);
            fs::copy(&from, &to).unwrap();
        }
    }
}

impl Pair {
    pub fn new() -> Pair {
        let anna = person("anna", 1);
        let (office, upstream) = (Office::open(None), Office::open(None));
        let upstream = Office { estate: office.estate.clone(), ..upstream };
        let first = upstream.commit(&anna.line(""), &[], By::Git(&anna));
        copy(upstream.path(), office.path());
        // What the index does not know would count as somebody's changes.
        let repository = git2::Repository::open(office.path()).unwrap();
        let head = repository.head().unwrap().peel_to_commit().unwrap();
        let mut index = repository.index().unwrap();
        index.read_tree(&head.tree().unwrap()).unwrap();
        index.write().unwrap();
        Pair { office, upstream, first }
    }

    fn head(&self) -> String {
        let head = fs::read_to_string(self.office.yard.planted.git().join("refs/heads/main"));
        head.unwrap().trim().to_owned()
    }
}

/// Fetches again and again from one place as the other side goes on.
pub fn goes_on(pair: &Pair, fetched: impl Fn(i32) -> (String, String)) {
    let (anna, eve) = (person("anna", 1), person("eve", 2));
    let (office, upstream) = (&pair.office, &pair.upstream);
    assert!(fetched(0).0.contains("Nothing new"));
    let second = upstream.commit(&format!("# 2\n{}", anna.line("")), &[pair.first], By::Git(&anna));
    let (said, _) = fetched(0);
    assert!(said.contains("stands on") && said.contains("anna"), "{said}");
    assert_eq!(pair.head(), second.to_string());
    let lists = fs::read_to_string(office.path().join("allowed_signers")).unwrap();
    assert!(lists.starts_with("# 2\n"), "the working tree has moved along: {lists}");
    office.ran(&["declare", "names fail", "--severity", "major", "--json"], 0);
    office.plan(0);
    for (what, tip) in [
        ("not signed", upstream.commit(&anna.line(""), &[second], By::Nobody)),
        ("nobody's", upstream.commit(&(anna.line("") + &eve.line("")), &[second], By::Git(&eve))),
        (
            "rewritten",
            upstream.commit(&format!("# 3\n{}", anna.line("")), &[pair.first], By::Git(&anna)),
        ),
    ] {
        upstream.yard.planted.main(tip);
        let (said, told) = fetched(6);
        assert!(
            said.contains("kept aside") && said.contains(what) && told.contains("do: "),
            "{said}{told}"
        );
        assert_eq!(pair.head(), second.to_string(), "what is in use has not moved");
        let kept = office.yard.planted.git().join("refs/lifeboat/fetched/main");
        assert_eq!(fs::read_to_string(kept).unwrap().trim(), tip.to_string());
    }
    // An older one is nothing new.
    upstream.yard.planted.main(pair.first);
    assert!(fetched(0).0.contains("Nothing new"));
    // Somebody's own changes are never lost.
    let third = upstream.commit(&format!("# 4\n{}", anna.line("")), &[second], By::Git(&anna));
    fs::write(office.path().join("allowed_signers"), "mine\n").unwrap();
    let (_, told) = fetched(6);
    assert!(told.contains("in the way"), "{told}");
    assert_eq!(pair.head(), second.to_string());
    fs::write(office.path().join("allowed_signers"), lists).unwrap();
    fetched(0);
    assert_eq!(pair.head(), third.to_string());
}

fn c1_what_is_fetched_is_used_once_somebody_vouches_for_it() {
    let pair = Pair::new();
    let place = pair.upstream.path().to_str().unwrap();
    goes_on(&pair, |code| commands::ran(pair.office.path(), &["runbook", "fetch", place], code));
}

fn c1_what_is_fetched_over_http_is_used_once_somebody_vouches_for_it() {
    let pair = Pair::new();
    let folder = pair.upstream.path().to_owned();
    let server = serve(move |asked, _| git_server(&folder, asked));
    let place = format!("http://{server}/ops.git");
    goes_on(&pair, |code| commands::ran(pair.office.path(), &["runbook", "fetch", &place], code));
}

pub type Answer = (u16, Vec<u8>);

/// Serves one request a connection: its path and its body go in.
pub fn serve(answer: impl Fn(&str, &[u8]) -> Answer + Send + 'static) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = serve_one(stream, &answer);
        }
    });
    address
}

fn serve_one(stream: TcpStream, answer: &impl Fn(&str, &[u8]) -> Answer) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let header = line.to_ascii_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (status, bytes) = answer(&path, &body);
    let stream = reader.get_mut();
    write!(
        stream,
        "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        bytes.len()
    )?;
    stream.write_all(&bytes)
}

fn line(text: &str) -> String {
    format!("{:04x}{text}", text.len() + 4)
}

/// Answers as git's smart protocol does, and always sends everything.
fn git_server(folder: &PathBuf, path: &str) -> Answer {
    let repository = git2::Repository::open(folder).unwrap();
    let tip = repository.refname_to_id("refs/heads/main").unwrap();
    match path {
        "/ops.git/info/refs?service=git-upload-pack" => {
            let refs = line(&format!("{tip} HEAD\0ofs-delta side-band-64k\n"))
                + &line(&format!("{tip} refs/heads/main\n"));
            (200, format!("{}0000{refs}0000", line("# service=git-upload-pack\n")).into_bytes())
        }
        "/ops.git/git-upload-pack" => {
            let mut walk = repository.revwalk().unwrap();
            walk.push(tip).unwrap();
            let mut builder = repository.packbuilder().unwrap();
            builder.insert_walk(&mut walk).unwrap();
            let mut pack = git2::Buf::new();
            builder.write_buf(&mut pack).unwrap();
            (200, [line("NAK\n").as_bytes(), &pack].concat())
        }
        _ => (404, Vec::new()),
    }
}

fn c3_a_server_that_sends_a_bomb_or_nothing_useful_is_refused() {
    let pair = Pair::new();
    let tip = "12".repeat(20);
    let refs = format!(
        "{}0000{}0000",
        line("# service=git-upload-pack\n"),
        line(&format!("{tip} refs/heads/main\0x\n"))
    );
    // An object that says four gibibytes: kind 3, size in the header's variable length, nothing behind it.
    let large =
        [b"PACK\0\0\0\x02\0\0\0\x01".as_slice(), &[0xb0, 0x80, 0x80, 0x80, 0x80, 0x02], &[0; 20]]
            .concat();
    let many = b"PACK\0\0\0\x02\xff\xff\xff\xff".to_vec();
    let cases: Vec<(&str, Answer, Answer, i32, &str)> = vec![
        ("a large object", (200, refs.clone().into()), (200, large), 6, "at most"),
        ("many objects", (200, refs.clone().into()), (200, many), 6, "4294967295 objects"),
        (
            "a torn pack",
            (200, refs.clone().into()),
            (200, b"PACK\0\0\0\x02\0\0\0\x01".to_vec()),
            6,
            "torn",
        ),
        ("no pack", (200, refs.clone().into()), (200, line("ERR no\n").into()), 10, "no git"),
        ("a page", (200, b"<html>hello</html>".to_vec()), (404, Vec::new()), 10, "no git"),
        ("a closed door", (401, Vec::new()), (401, Vec::new()), 10, "401"),
        (
            "no such branch",
            (200, refs.replace("refs/heads/main", "refs/heads/else").into()),
            (404, Vec::new()),
            10,
            "no branch `main`",
        ),
        (
            "references without an end",
            (200, vec![b'0'; 9 << 20]),
            (404, Vec::new()),
            10,
            "more than",
        ),
    ];
    let before = pair.head();
    for (what, first, second, code, because) in cases {
        let server = serve(
            move |path, _| if path.contains("info/refs") { first.clone() } else { second.clone() },
        );
        let place = format!("http://{server}/ops.git");
        let (_, told) = commands::ran(pair.office.path(), &["runbook", "fetch", &place], code);
        eprintln!("{what}: {}", told.lines().next().unwrap_or_default());
        assert!(told.contains(because), "{what}: {told}");
        assert_eq!(pair.head(), before);
    }
    for (place, because) in
        [("ext::sh -c x", "names a program"), ("--upload-pack=x", ""), ("nowhere", "no remote")]
    {
        let (_, told) = commands::ran(pair.office.path(), &["runbook", "fetch", "--", place], 2);
        assert!(told.contains(because), "{place}: {told}");
    }
}

fn the_history_of_a_runbook_names_its_signers() {
    let (anna, eve) = (person("anna", 1), person("eve", 2));
    let office = Office::open(Some("any"));
    let line = anna.line("");
    let first = office.commit(&line, &[], By::Git(&anna));
    let second = office.commit(&format!("# more\n{line}"), &[first], By::Git(&anna));
    let runbook = crate::signals::rig::runbook(&[]).replace("Names fail.", "\x1b[2JNames fail.");
    let estate = office.estate.to_string();
    let files = [
        ("lifeboat.yaml", estate.as_str()),
        ("allowed_signers", &line),
        ("runbooks/move.yaml", &runbook),
    ];
    let third = office.yard.commit(&files, &[second], By::Git(&eve));
    let log = commands::json(office.path(), &["runbook", "log", "move", "--json"], 0);
    let commits: Vec<_> = log["commits"].as_array().unwrap().iter().collect();
    let of = |at: usize, key: &str| commits[at][key].clone();
    assert_eq!(commits.len(), 2, "the second one did not touch it: {log}");
    assert_eq!((of(0, "commit"), of(0, "trusted")), (third.to_string().into(), false.into()));
    assert!(of(0, "because").as_str().unwrap().contains("nobody's"));
    assert_eq!((of(1, "commit"), of(1, "signer")), (first.to_string().into(), "anna".into()));
    let (text, _) = commands::ran(office.path(), &["runbook", "log"], 0);
    assert_eq!(text.lines().filter(|line| !line.starts_with(' ')).count(), 3, "{text}");
    for range in [
        format!("{first}..{third}"),
        format!("{}..", &first.to_string()[..9]),
        "HEAD~2..main".to_owned(),
    ] {
        let (diff, _) = commands::ran(office.path(), &["runbook", "diff", "move", &range], 0);
        assert!(
            diff.contains("-impact: Names fail.") && diff.contains("\\u{1b}[2JNames fail."),
            "{diff}"
        );
        assert!(!diff.contains('\x1b'));
    }
    let (none, told) =
        commands::ran(office.path(), &["runbook", "diff", "move", "HEAD~2..HEAD~1"], 0);
    assert!(none.is_empty() && told.contains("the same"), "{none}{told}");
    commands::ran(office.path(), &["runbook", "diff", "move", "nowhere..HEAD"], 3);
    commands::ran(office.path(), &["runbook", "log", "../x"], 2);
}
