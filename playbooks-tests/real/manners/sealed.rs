//! Promise B9: a drill cannot touch production, on a machine where all of it lies within reach.
//!
//! The operator's namespace has a default route to another one, which holds every address of the estate; credentials
//! lie in variables, files and a program, proxies and a resolver are named. A live look shows that each count counts.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use libtest_mimic::Trial;
use serde_json::Value;

use super::trace::{CALLS, Seen};
use crate::real::lab::Lab;
use crate::real::lifeboat::{Lifeboat, Ran};
use crate::real::netns::Netns;

/// Returns the trials of the seal.
pub fn trials() -> Vec<Trial> {
    trials![b9_a_drill_touches_nothing_outside]
}

/// The scenarios that are played on the operator's own estate: names and their API, trackers and seedboxes, routes.
const DRILLS: [&str; 3] = ["dns-provider-outage", "stray", "prefix-withdrawal"];

/// A tracker is lost because its name leads astray: to an address that is learned, and that nobody plays.
const STRAY: &str = "schema: lifeboat/scenario/v1
id: stray
title: A tracker's name leads astray
starts: 2026-03-03T02:30:00Z
timeline:
  - { at: 10m, fault: { answers: { id: res-a, name: stray.openseeds.example., type: A, values: [192.0.2.77] } } }
  - { at: 10m, fault: { answers: { id: res-b, name: stray.openseeds.example., type: A, values: [192.0.2.77] } } }
  - { at: 30m, fault: { restore: res-a } }
  - { at: 30m, fault: { restore: res-b } }
truth:
  verdict: fault
  causes: [{ failure_mode: tracker-loss, subject: t-stray, mechanism: hung }]
expect: { ended: completed, exit: 0 }
";

/// Where it leads.
const ASTRAY: &str = "192.0.2.77";

/// How often a drill is played until it ends as it shall.
const TRIES: usize = 3;

/// A secret that is worth something.
const CANARY: &str = "worth+something/real%3D\"";

struct Ground {
    lab: Lab,
    inside: Netns,
    outside: Netns,
}

impl Ground {
    fn lay() -> Ground {
        let lab = Lab::new();
        let (inside, outside) = (Netns::add(&lab, "inside"), Netns::add(&lab, "outside"));
        inside.connect("out", "10.9.0.1/30", &outside, "in", "10.9.0.2/30");
        inside.run(&["ip", "route", "add", "default", "via", "10.9.0.2"]);
        let ground = Ground { lab, inside, outside };
        ground.plant();
        let estate = fs::read_to_string(ground.path("lifeboat.yaml")).unwrap();
        let mut addresses = addresses(&estate);
        let others = ["192.0.2.199", "203.0.113.251", ASTRAY];
        addresses.extend(others.map(|ip| ip.parse::<IpAddr>().unwrap()));
        for address in addresses {
            ground.outside.run(&["ip", "address", "add", &address.to_string(), "dev", "lo"]);
        }
        tally(&ground.inside, "output", "oifname");
        tally(&ground.outside, "input", "iifname");
        ground
    }

    fn path(&self, name: &str) -> PathBuf {
        self.lab.folder().join(name)
    }

    /// Makes the operator's folder, with credentials of all kinds.
    fn plant(&self) {
        self.lab.lifeboat(&["init"]).run().code(0);
        let program = self
            .lab
            .write("program", format!("#!/bin/sh\necho ran >>\"$0.ran\"\necho '{CANARY}'\n"));
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
        let secret = self.lab.write("private/secret", CANARY);
        fs::set_permissions(secret, fs::Permissions::from_mode(0o600)).unwrap();
        let text = fs::read_to_string(self.path("lifeboat.yaml")).unwrap();
        let credentials = [
            ("30:9091/\", settle: 5s", format!("{{ command: [{}] }}", program.display())),
            ("150:9091/\", settle: 5s", "{ file: private/secret }".to_owned()),
        ];
        let planted = credentials.iter().fold(text, |text, (place, credential)| {
            assert_eq!(text.matches(place).count(), 1, "{place}");
            text.replace(place, &format!("{place}, credential: {credential}"))
        });
        let tracker = "trackers:\n  - { id: t-stray, tier: 2, region: eu, swarm: canary, \
                       urls: [\"udp://stray.openseeds.example:6969/announce\", \"http://stray.openseeds.example/announce\"] }\n";
        assert_eq!(planted.matches("trackers:\n").count(), 1);
        self.lab.write("lifeboat.yaml", planted.replace("trackers:\n", tracker));
        self.lab.write("resolv.conf", "nameserver 192.0.2.199\n");
        let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("playbooks-tests/scenarios");
        for name in DRILLS {
            let shipped = fs::read_to_string(scenarios.join(format!("{name}.yaml")));
            let text = if name == "stray" { STRAY.to_owned() } else { shipped.unwrap() };
            // What has the very bytes of a scenario that the program brings along is played on the program's own estate.
            self.lab
                .write(&format!("scenarios/{name}.yaml"), format!("{text}# the operator's own\n"));
        }
    }

    /// Prepares a call in the operator's namespace, with everything in its environment that it must not use. One variable
    /// is not there: whoever reads it finds nothing to write names with.
    fn call(&self, words: &[&str], trace: &Path) -> Lifeboat {
        let mut call = self.lab.lifeboat(words);
        for name in ["NORTH", "SOUTH"] {
            call = call.env(&format!("LIFEBOAT_EXERCISE_{name}"), CANARY);
        }
        for name in
            ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]
        {
            call = call.env(name, "http://203.0.113.251:3128");
        }
        let resolv = self.path("resolv.conf");
        let bind = "[ ! -e /etc/resolv.conf ] || mount --bind \"$0\" /etc/resolv.conf; exec \"$@\"";
        call.under(&[
            "strace",
            "-f",
            "--seccomp-bpf",
            "-qq",
            "-e",
            CALLS,
            "-o",
            trace.to_str().unwrap(),
        ])
        .under(&["unshare", "-m", "sh", "-c", bind, resolv.to_str().unwrap()])
        .inside(&self.inside)
    }

    /// Runs a call; returns how it ended, what strace saw, and the packets that left and that arrived outside.
    fn run(&self, words: &[&str]) -> (Ran, Seen, [u64; 2]) {
        let trace = self.path("trace");
        let before = self.packets();
        let ran = self.call(words, &trace).run();
        let after = self.packets();
        let seen = Seen::of(&trace, "private/");
        (ran, seen, [after[0] - before[0], after[1] - before[1]])
    }

    fn packets(&self) -> [u64; 2] {
        [&self.inside, &self.outside].map(|netns| {
            let listed = netns.run(&["nft", "-j", "list", "counters"]);
            let listed: Value = serde_json::from_str(&listed).unwrap();
            let all = listed["nftables"].as_array().unwrap().iter();
            all.filter_map(|it| it["counter"]["packets"].as_u64()).sum()
        })
    }

    fn program_ran(&self) -> bool {
        self.path("program.ran").exists()
    }
}

/// Counts the packets that pass a namespace's cable, but for what the kernel says to find its neighbours.
fn tally(netns: &Netns, hook: &str, side: &str) {
    let own = "nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert, mld2-listener-report";
    netns.run(&[
        "nft",
        &format!(
            "add table inet tally; add counter inet tally passed; \
         add chain inet tally cable {{ type filter hook {hook} priority 0; policy accept; }}; \
         add rule inet tally cable icmpv6 type {{ {own} }} accept; \
         add rule inet tally cable {side} != \"lo\" counter name passed"
        ),
    ]);
}

/// Returns every address of the fourth version that a text names, each once.
fn addresses(text: &str) -> Vec<IpAddr> {
    let words = text.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == ':'));
    let read = |word: &str| {
        let word = word.trim_matches(':');
        let socket = word.parse::<SocketAddr>().map(|socket| socket.ip());
        word.parse::<IpAddr>().or(socket).ok().filter(IpAddr::is_ipv4)
    };
    let mut found: Vec<IpAddr> = words.filter_map(read).collect();
    found.sort();
    found.dedup();
    assert!(found.len() > 15, "{found:?}");
    found
}

fn b9_a_drill_touches_nothing_outside() {
    let ground = Ground::lay();
    let kept = ground.path("kept");
    for (number, name) in DRILLS.iter().enumerate() {
        let mut tries = 0;
        let (ran, keep) = loop {
            let keep = kept.join(format!("{number}-{tries}"));
            let words = ["drill", name, "--unattended", "--json", "--keep", keep.to_str().unwrap()];
            let (ran, seen, packets) = ground.run(&words);
            let said = (packets, seen.programs, seen.unix.len(), seen.opened);
            eprintln!(
                "B9: {name}: packets {packets:?}, programs {}, Unix sockets {}, secrets opened {}",
                seen.programs - 1,
                seen.unix.len(),
                seen.opened
            );
            assert_eq!(said, ([0, 0], 1, 0, 0), "{name}: {seen:?}");
            assert_eq!(seen.outside, [] as [IpAddr; 0], "{name}");
            assert!(!ground.program_ran(), "{name} ran a secret's program");
            assert!(!ran.everything().contains(CANARY), "{name}: {}", ran.everything());
            tries += 1;
            // On a busy machine what is traced may answer its own questions too late: the drill is lost, and sealed.
            if ran.code == 0 || tries == TRIES {
                break (ran.code(0), keep);
            }
        };
        if number == 0 {
            approval_is_worth_nothing(&ground, &keep, &ran.json());
        }
        if *name == "stray" {
            assert!(holds(&keep, ASTRAY), "nobody was led to {ASTRAY}: {}", ran.everything());
        }
    }
    let (ran, seen, packets) = ground.run(&["diagnose", "--deadline", "3s"]);
    eprintln!(
        "B9: the live control: packets {packets:?}, programs {}, Unix sockets {}, secrets opened {}",
        seen.programs - 1,
        seen.unix.len(),
        seen.opened
    );
    assert!(
        packets.iter().all(|count| *count > 0),
        "no count counts: {packets:?}\n{}",
        ran.everything()
    );
    assert!(seen.programs > 1 && !seen.unix.is_empty() && seen.opened > 0, "{seen:?}");
    assert!(!seen.outside.is_empty() && ground.program_ran());
}

/// A drill's incident, laid where live ones lie: nothing of it is run, and nobody is asked anything.
fn approval_is_worth_nothing(ground: &Ground, kept: &Path, drill: &Value) {
    let typed = drill["typed"].as_array().unwrap().iter().map(|typed| &typed["command"]);
    let run = typed.clone().find(|command| command[0] == "run").expect("the drill ran a plan");
    let short = run[1].as_str().unwrap();
    let incident = folder_with(kept, "journal.jsonl").expect("the drill keeps its incident");
    let id = incident.file_name().unwrap().to_str().unwrap().to_owned();
    let estate = incident.parent().unwrap().file_name().unwrap();
    let live = ground.path("home/.local/state/lifeboat").join(estate).join(&id);
    copy(&incident, &live);
    let journal = fs::read(live.join("journal.jsonl")).unwrap();
    assert!(String::from_utf8_lossy(&journal).contains("\"approved\""), "nothing was approved");
    for words in [["run", short, "--incident", &id], ["undo", short, "--incident", &id]] {
        let (ran, _, packets) = ground.run(&words);
        assert!([3, 5, 6].contains(&ran.code), "{words:?}: {}", ran.everything());
        assert!(ran.stderr.contains("mode"), "{words:?}: {}", ran.everything());
        assert_eq!(packets, [0, 0], "{words:?}");
    }
    fs::remove_dir_all(live.parent().unwrap()).unwrap();
}

fn folder_with(folder: &Path, name: &str) -> Option<PathBuf> {
    if folder.join(name).exists() {
        return Some(folder.to_owned());
    }
    let inner = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    inner.filter(|path| path.is_dir()).find_map(|path| folder_with(&path, name))
}

/// Tells whether a file below a folder holds a text.
fn holds(folder: &Path, text: &str) -> bool {
    let inner = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let one = |path: PathBuf| match path.is_dir() {
        true => holds(&path, text),
        false => String::from_utf8_lossy(&fs::read(path).unwrap()).contains(text),
    };
    inner.into_iter().any(one)
}

fn copy(from: &Path, to: &Path) {
    crate::manners::scene::copy(from, to);
}
