//! A canary in every slot of a credential, echoed by whoever gets it, and looked for wherever anything is written.

use super::liar::{self, Request, reply};
use super::rumours::{self, ELSEWHERE, Rumour};
use super::search::{forms, hits, sinks};
use crate::signals::pty::Output;
use crate::signals::rig::{ASK, Rig};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};

pub fn trials() -> Vec<Trial> {
    trials![
        c6_a_canary_leaves_by_no_way,
        c6_a_canary_leaves_by_no_failing_step,
        c6_a_planted_leak_is_found,
        c6_no_core_file_is_left,
        all_threads_share_one_heap,
    ]
}

const VARIABLE: &str = "c4n\"ry+env/50%=a";
const FILE: &str = "c4n\"ry+file/50%=b";
const COMMAND: &str = "c4n\"ry+command/50%=c";
const CANARIES: [&str; 3] = [VARIABLE, FILE, COMMAND];

/// A log-in with a canary for its password.
fn login(canary: &str) -> String {
    format!("lifeboat:{canary}")
}

/// Repeats what it was given, in every form, in reason, header, redirect and body, and fails in a different way each time.
fn echo(
    request: &Request,
    told: &AtomicUsize,
    seen: &Mutex<Vec<String>>,
    rumour: &Rumour,
) -> Vec<u8> {
    let basic = request.header("authorization").and_then(|it| it.strip_prefix("Basic "));
    let login = basic.and_then(|it| STANDARD.decode(it).ok());
    let login = login.and_then(|it| String::from_utf8(it).ok());
    let password = login.as_ref().and_then(|it| it.split_once(':')).map(|(_, it)| it.to_owned());
    let key = request.header("x-api-key").map(str::to_owned);
    let Some(secret) = password.or(key) else { return reply("404 Not Found", &[], b"") };
    rumour.spread(&secret);
    seen.lock().unwrap().push(secret.clone());
    let forms: Vec<String> =
        forms(&secret).into_iter().map(|(_, form)| String::from_utf8(form).unwrap()).collect();
    let all = forms.join(" ");
    let said = serde_json::to_string(&format!("{secret} {} {}", forms[5], forms[7])).unwrap();
    let object = format!("{{\"error\": {said}, \"result\": {said}}}");
    let where_to = format!("http://127.0.0.1/{}", forms[2]);
    let headers = [("X-Echo", secret.as_str()), ("Location", where_to.as_str())];
    match told.fetch_add(1, Ordering::SeqCst) % 6 {
        0 => reply(&format!("422 {secret}"), &headers, object.as_bytes()),
        1 => reply(&format!("500 {secret}"), &headers, all.as_bytes()),
        2 => reply("200 OK", &headers, object.as_bytes()),
        3 => reply("302 Found", &headers, all.as_bytes()),
        4 => reply(&format!("401 {secret}"), &headers, object.as_bytes()),
        _ => reply("200 OK", &headers, all.as_bytes()),
    }
}

fn estate(liar: SocketAddr, [redirecting, over_udp]: [SocketAddr; 2]) -> Value {
    let api = format!("http://{liar}/api/v1/servers/localhost");
    let at = |name: &str| json!([{"name": name, "addresses": ["127.0.0.1:1"]}]);
    json!({
        "schema": "lifeboat/estate/v1", "id": "canary",
        "network": {"allow_private": ["127.0.0.0/8"]},
        "probing": {"target_budget": "300ms", "tries": 1},
        "trust": {"commits": "any"},
        "contacts": [{"id": "first-on-call", "time_zone": "Europe/Amsterdam"}],
        "approvals": {"delegation": {"people": 1, "by": "terminal"}},
        "registrars": [{"id": "reg", "kind": "powerdns", "company": "reg", "parent_zone": "test.", "api": api,
            "credential": {"env": "REGISTRAR_KEY"}, "nameservers": at("ns.nic.example")}],
        "dns_providers": [
            {"id": "old", "kind": "powerdns", "company": "old", "api": api, "credential": {"file": "key"},
                "nameservers": at("ns1.old.example")},
            {"id": "new", "kind": "rfc2136", "company": "new", "server": "127.0.0.1:1", "nameservers": at("ns1.new.example"),
                "tsig": {"name": "key.example", "algorithm": "hmac-sha256", "secret": {"command": ["sh", "secret.sh"]}}}],
        "zones": [{"id": "z", "name": "tracker.test.", "registrar": "reg", "delegated_to": ["old"], "standby_at": ["new"],
            "critical": [{"name": "announce", "type": "A", "expect": ["192.0.2.80"]}]}],
        "seedboxes": [
            {"id": "one", "kind": "transmission", "region": "eu", "rpc": format!("http://{liar}/"), "credential": {"env": "BOX_LOGIN"}},
            {"id": "two", "kind": "transmission", "region": "eu", "rpc": format!("http://{liar}/"), "credential": {"file": "key"}},
            {"id": "three", "kind": "transmission", "region": "eu", "rpc": format!("http://{liar}/"),
                "credential": {"command": ["sh", "secret.sh"]}}],
        "vantages": [{"id": "there", "kind": "command", "argv": ["sh", "there.sh"]},
            {"id": "away", "kind": "command", "argv": ["sh", "away.sh"]}],
        "swarms": [{"id": "own", "info_hash": "5f3c0d8e4b1a29776e0c4d5b8a9f1e2d3c4b5a69", "note": "our own file"}],
        "trackers": [
            {"id": "redirects", "tier": 0, "region": "eu", "swarm": "own", "urls": [format!("http://{redirecting}/announce")]},
            {"id": "over-udp", "tier": 1, "region": "eu", "swarm": "own", "urls": [format!("udp://{over_udp}/announce")]}],
        "routers": [{"id": "r", "kind": "bird", "socket": "router.ctl", "asn": 64500}],
        "controls": [{"id": "control", "kind": "tcp", "address": "127.0.0.1:1"}],
        "status_channels": [{"id": "quiet", "kind": "file", "directory": "messages/", "audience": "team", "languages": ["en"]}],
        "incidents": {"directory": "incidents"},
    })
}

/// Makes an operator's folder, in front of trackers and a router that heard of a secret; returns the files that hold one
/// by right.
fn folder(
    liar: SocketAddr,
    rumour: &Rumour,
    elsewhere: SocketAddr,
) -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let own = |name: &str| folder.path().join(name);
    let write = |name: &str, text: &str| {
        fs::write(own(name), text).unwrap();
        fs::set_permissions(own(name), fs::Permissions::from_mode(0o600)).unwrap();
    };
    fs::create_dir(own("tmp")).unwrap();
    let trackers = [rumours::redirecting(rumour, elsewhere), rumours::over_udp(rumour)];
    write("lifeboat.yaml", &estate(liar, trackers).to_string());
    write("key", &login(FILE));
    write("command", &login(COMMAND));
    // What a child is given, it writes down: its own environment, and how whoever started it was called.
    let note = "env > child-$$; tr '\\0' '\\n' < /proc/$PPID/cmdline >> child-$$; tr '\\0' '\\n' < /proc/$$/cmdline >> child-$$\n";
    write("ssh.sh", &note.replace("child-", "child-ssh-"));
    write("secret.sh", &format!("{note}cat command\n"));
    // A report that is refused with a quotation of what stands where a number should.
    let report = r#"printf '{"schema":"lifeboat.evidence/v1","tool":"t","at":"2026-01-01T00:00:00Z","took_ms":"%s","evidence":[]}' "$(sed 's/"/\\"/g' key)""#;
    // What nobody has read yet nobody can know: a program tells the key once it came to where it belongs.
    let once = "n=0; until [ -e known ] || [ $n = 50 ]; do n=$((n + 1)); sleep 0.02; done; [ -e known ] || exit 1";
    write("there.sh", &format!("{note}cat > /dev/null\n{once}\ncat key >&2\n{report}\n"));
    write("away.sh", &format!("{note}cat > /dev/null\n{once}\ncat key >&2\nexit 1\n"));
    crate::repository::commit(folder.path());
    rumours::router(rumour, &own("router.ctl"));
    rumour.mark(FILE, own("known"));
    let kept = ["key", "command"].map(own).to_vec();
    // Git holds the files as they were committed: that is the operator's choice here, not a leak.
    let kept = [kept, vec![own(".git")]].concat();
    (folder, kept)
}

/// Prepares a command with secrets in its environment, of which the log-in is its own.
fn lifeboat(folder: &Path, words: &[&str], own: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    command.args(words).current_dir(folder).env_clear();
    command.env("HOME", folder).env("USER", "operator").env("TMPDIR", folder.join("tmp"));
    command.env("PATH", std::env::var("PATH").unwrap());
    command.env("GIT_SSH_COMMAND", "sh ssh.sh");
    command.env("REGISTRAR_KEY", VARIABLE).env("BOX_LOGIN", login(VARIABLE) + own);
    command
}

#[track_caller]
fn clean(place: &str, bytes: &[u8]) {
    for canary in CANARIES {
        let found = hits(bytes, canary);
        let text = String::from_utf8_lossy(bytes);
        assert!(found.is_empty(), "{place} holds {canary} as {found:?}:\n{text}");
    }
}

fn c6_a_canary_leaves_by_no_way() {
    let (told, seen) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (counter, noted) = (Arc::clone(&told), Arc::clone(&seen));
    let rumour = Rumour::default();
    let spreads = rumour.clone();
    let liar = liar::serve(move |request| echo(request, &counter, &noted, &spreads));
    let led = Arc::new(Mutex::new(String::new()));
    let came = Arc::clone(&led);
    let elsewhere = liar::serve(move |request| {
        came.lock().unwrap().push_str(&request.line);
        reply("404 Not Found", &[], b"")
    });
    let (folder, kept) = folder(liar, &rumour, elsewhere);
    let plan = [
        "plan",
        "dns-provider-outage",
        "--set",
        "failed=old",
        "--set",
        "standby=new",
        "--set",
        "zone=z",
    ];
    let fetch = ["runbook", "fetch", "ssh://nobody@127.0.0.1/ops.git"];
    let network: [&[&str]; 5] =
        [&["probe"], &["diagnose", "--record"], &["probe", "seedboxes"], &plan, &fetch];
    let quiet: [&[&str]; 14] = [
        &["lint"],
        &["declare", "names fail", "--severity", "major"],
        &["status"],
        &["note", "we look"],
        &["timeline"],
        &["incidents"],
        &["handoff"],
        &["postmortem"],
        &["runbook", "list"],
        &["journal", "verify"],
        &["schema", "estate"],
        &["run", "12345678"],
        &["undo", "12345678"],
        &["resume"],
    ];
    let (mut runs, mut said) = (0, String::new());
    let mut run = |words: &[&str]| {
        let own = format!("#{runs:02}");
        rumour.await_one(&own);
        let output = lifeboat(folder.path(), words, &own).output().unwrap();
        said.push_str(&String::from_utf8_lossy(&output.stdout));
        clean(&format!("standard output of {words:?}"), &output.stdout);
        clean(&format!("standard error of {words:?}"), &output.stderr);
        runs += 1;
    };
    quiet.iter().for_each(|words| run(&[words, &["-v"][..]].concat()));
    for words in network.iter().chain(&network[..1]) {
        run(words);
        run(&[words, &["-v", "--json"][..]].concat());
    }
    let sinks = sinks(folder.path(), &kept);
    sinks.iter().for_each(|(place, bytes)| clean(place, bytes));
    let of = |name: &str| sinks.iter().filter(|(place, _)| place.contains(name)).count();
    let children = of("/child-");
    assert!(children >= 3 && of("/child-ssh-") > 0, "a child wrote down nothing it was given");
    let seen = seen.lock().unwrap();
    for slot in CANARIES {
        assert!(
            seen.iter().any(|it| it.starts_with(slot)),
            "{slot} was never sent, so nothing was shown: {seen:?}"
        );
    }
    let led = led.lock().unwrap();
    clean("where a redirect led", led.as_bytes());
    let hidden = "*".repeat(VARIABLE.len());
    for (word, in_what) in [(ELSEWHERE, &*led), ("over-udp: ", &said), ("by-unix: ", &said)] {
        let came = in_what.contains(&format!("{word}{hidden}"));
        assert!(came, "no secret came behind `{word}`, so nothing was shown:\n{in_what}");
    }
    eprintln!(
        "C6: {} slots, {runs} commands, {} echoes of {} forms, {} places, {children} children: 0 hits",
        CANARIES.len(),
        told.load(Ordering::SeqCst),
        forms(VARIABLE).len(),
        sinks.len()
    );
}

/// The change of a run fails in every way, with the key in all that comes back; what is read afterwards is clean too.
fn c6_a_canary_leaves_by_no_failing_step() {
    let mut ways = 0;
    for way in [0, 1, 3, 4] {
        let rig = Rig::behind(&[ASK], FILE, |api| {
            let told = AtomicUsize::new(way);
            liar::serve(move |request| {
                if request.line.starts_with("GET") {
                    let key = request.header("x-api-key").unwrap_or_default();
                    let reply = String::from_utf8(liar::pass(api, request)).unwrap();
                    return reply
                        .replacen("\r\n", &format!("\r\nX-Echo: {key}\r\n"), 1)
                        .into_bytes();
                }
                told.store(way, Ordering::SeqCst);
                echo(request, &told, &Mutex::default(), &Rumour::default())
            })
        });
        let mut session = rig.asked("run", way == 1, Output::Terminal);
        rig.approve(&mut session);
        session.answer("answer: ", "still");
        let (code, transcript) = session.finish();
        assert!([7, 8].contains(&code), "{code}: {transcript}");
        clean("the terminal", transcript.as_bytes());
        for words in [
            &["status", "--json"][..],
            &["timeline"],
            &["postmortem"],
            &["handoff"],
            &["journal", "verify"],
        ] {
            let ran = rig.run(words);
            clean("standard output", &ran.stdout);
            clean("standard error", &ran.stderr);
        }
        let kept = ["key", ".git"].map(|name| rig.folder().join(name));
        for (place, bytes) in sinks(rig.folder(), &kept) {
            clean(&place, &bytes);
        }
        ways += 1;
    }
    eprintln!("C6: a change that fails in {ways} ways, and what is written of it: 0 hits");
}

/// The control: in every sink, a leak in every form is found.
fn c6_a_planted_leak_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let repository = git2::Repository::init_bare(folder.path().join("locks.git")).unwrap();
    let mut planted = 0;
    for canary in CANARIES {
        for (name, form) in forms(canary) {
            fs::write(
                folder.path().join("journal.jsonl"),
                [b"{\"x\":\"", &form[..], b"\"}\n"].concat(),
            )
            .unwrap();
            repository.blob(&[b"holder ", &form[..]].concat()).unwrap();
            for place in ["journal.jsonl", "locks.git"] {
                let sinks = sinks(folder.path(), &[]);
                let found = sinks.iter().filter(|(it, _)| it.contains(place));
                let found = found.flat_map(|(_, bytes)| hits(bytes, canary)).any(|hit| hit == name);
                assert!(found, "{canary} as {name} was not found in {place}");
                planted += 1;
            }
        }
    }
    eprintln!("C6: {planted} planted leaks, all found");
}

/// While a command runs, it may leave no core file.
fn c6_no_core_file_is_left() {
    let limits = of_a_command("limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let words: Vec<&str> = core.split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{core}");
    eprintln!("C6: a core file of 0 bytes at most");
}

/// A heap of a thread's own would begin with 64 MiB of addresses.
fn all_threads_share_one_heap() {
    let status = of_a_command("status");
    let number = |name: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    };
    assert!(number("Threads:") > 1, "{status}");
    let heaps = number("VmPeak:") - number("VmExe:") - number("VmLib:") - number("VmStk:");
    let stacks = 2_048 * (number("Threads:") - 1);
    eprintln!("{heaps} kB beside its files, {stacks} kB of them stacks");
    assert!(heaps < stacks + 64 * 1_024, "{status}");
}

/// Returns a file of what the system says of a command that waits for an answer.
fn of_a_command(file: &str) -> String {
    let (came, asked) = mpsc::channel();
    let (go, wait) = mpsc::channel::<()>();
    let (came, wait) = (Mutex::new(came), Mutex::new(wait));
    let liar = liar::serve(move |_| {
        let _ = came.lock().unwrap().send(());
        let _ = wait.lock().unwrap().recv();
        reply("404 Not Found", &[], b"")
    });
    let (folder, _) = folder(liar, &Rumour::default(), liar);
    let mut child = lifeboat(folder.path(), &["probe", "seedboxes"], "")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    asked.recv().unwrap();
    let said = fs::read_to_string(format!("/proc/{}/{file}", child.id())).unwrap();
    drop(go);
    let _ = child.wait().unwrap();
    said
}
