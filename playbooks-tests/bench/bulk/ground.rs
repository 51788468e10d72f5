//! The ground of the comparison: a zone, the faster of two servers on the first core, and the programs on the second.

use std::collections::HashMap;
use std::fs::{self, File};
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::sys::time::TimeVal;
use nix::unistd::Pid;
use tempfile::TempDir;

use super::NAMES;
use super::figures::Run;

/// The address that marked names have.
const MARKED: &str = "203.0.113.77";

/// How many questions dnsperf has under way.
const UNDER_WAY: [&str; 3] = ["100", "200", "400"];

pub struct Ground {
    folder: TempDir,
    server: Server,
    bound: String,
}

/// A name server on the first core; it ends with this handle.
struct Server {
    name: &'static str,
    child: Child,
    at: SocketAddr,
}

/// Returns the program that is measured, which is optimised while this one need not be.
fn lifeboat() -> String {
    std::env::var("LIFEBOAT").unwrap_or_else(|_| env!("CARGO_BIN_EXE_lifeboat").to_owned())
}

fn is_marked(number: usize) -> bool {
    number % 100 == 37
}

/// Names of nine lengths, as no two hosts of a zone have the same.
fn name(number: usize) -> String {
    format!("host-{}{number:06}.bulk.example", "x".repeat(number % 9))
}

fn own(number: usize) -> String {
    let [_, a, b, c] = u32::try_from(number).unwrap().to_be_bytes();
    format!("10.{a}.{b}.{c}")
}

fn served(number: usize) -> String {
    if is_marked(number) { MARKED.to_owned() } else { own(number) }
}

impl Ground {
    /// Writes the zone, measures what dnsperf reaches on either server, and keeps the faster one.
    pub fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path());
        let mut found: Vec<(f64, String, Server)> = Vec::new();
        for server in [knot(folder.path()), nsd(folder.path())] {
            until_it_answers(server.at);
            let all = UNDER_WAY.map(|count| dnsperf(folder.path(), server.at, count));
            let (most, name) = (all.into_iter().fold(0.0, f64::max), server.name);
            let said = format!(
                "dnsperf: {most:.0} answers a second of {name}; with {UNDER_WAY:?} under way {all:.0?}"
            );
            found.push((most, said, server));
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        let bound = found.iter().map(|it| it.1.clone()).collect::<Vec<_>>().join("\n");
        let (.., server) = found.swap_remove(0);
        fs::write(folder.path().join("resolvers.txt"), server.at.to_string()).unwrap();
        Self { folder, server, bound }
    }

    /// Says what dnsperf reaches.
    pub fn bound(&self) -> &str {
        &self.bound
    }

    /// Loses one datagram in fifty on its way to the server and one in fifty on its way back, each by itself.
    pub fn lose_one_in_fifty(&self) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/playbooks-tests/bench/segments.py");
        assert!(Command::new("python3").arg(script).status().unwrap().success());
        let port = self.server.at.port();
        let rules = format!(
            "add table ip bulk\nadd chain ip bulk lost {{ type filter hook input priority 0; }}\n\
             add rule ip bulk lost udp dport {port} numgen random mod 50 0 drop\n\
             add rule ip bulk lost udp sport {port} numgen random mod 50 0 drop\n"
        );
        let path = self.folder.path().join("rules");
        fs::write(&path, rules).unwrap();
        assert!(Command::new("nft").arg("-f").arg(path).status().unwrap().success());
    }

    /// Runs massdns with settings, and counts what it printed.
    pub fn massdns(&self, settings: &str) -> Run {
        let program = std::env::var("MASSDNS").unwrap();
        let mut words = vec![program.as_str(), "--root", "-q", "-r", "resolvers.txt", "-o", "S"];
        words.extend(["-w", "out.txt", "-t", "A"]);
        words.extend(settings.split(' '));
        words.push("names.txt");
        self.run(&words, "/dev/null")
    }

    /// Runs `zone ask`, and counts what it printed.
    pub fn zone_ask(&self) -> Run {
        let at = self.server.at.to_string();
        let program = lifeboat();
        let words =
            [program.as_str(), "zone", "ask", "bare.txt", "--at", &at, "--rate", "10000000"];
        self.run(&words, "out.txt")
    }

    /// Holds that exactly the marked names are said to differ from the roll.
    pub fn compare_with_the_roll(&self) {
        let at = self.server.at.to_string();
        let words = ["zone", "ask", "roll.txt", "--at", &at, "--rate", "10000000"];
        let mut command = Command::new(lifeboat());
        let ran = command.args(words).current_dir(self.folder.path()).output().unwrap();
        assert_eq!(ran.status.code(), Some(4));
        let found = String::from_utf8(ran.stdout).unwrap();
        let mut came: Vec<&str> = found.lines().filter(|line| line.starts_with("+ ")).collect();
        came.sort_unstable();
        let wanted = (0..NAMES).filter(|it| is_marked(*it));
        let mut wanted: Vec<String> =
            wanted.map(|number| format!("+ {}. A {MARKED}", name(number))).collect();
        wanted.sort_unstable();
        assert_eq!(
            (came, found.lines().count()),
            (wanted.iter().map(String::as_str).collect(), 2 * wanted.len())
        );
    }

    /// Returns the files that were printed: several processes of massdns have one each.
    fn printed(&self) -> impl Iterator<Item = PathBuf> {
        let files = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("out.txt"))
    }

    fn run(&self, words: &[&str], output: &str) -> Run {
        let folder = self.folder.path();
        self.printed().for_each(|path| fs::remove_file(path).unwrap());
        let output = File::create(folder.join(output)).unwrap();
        let (before, server, started) = (spent(), ticks(), Instant::now());
        let mut command = Command::new("taskset");
        command.args(["-c", "1"]).args(words).current_dir(folder).env_clear();
        command.stdin(Stdio::null()).stdout(output).stderr(Stdio::null());
        let status = command.status().unwrap();
        let (wall, cpu) = (started.elapsed(), spent() - before);
        let (busy, idle) = (ticks().0 - server.0, ticks().1 - server.1);
        let busy = 100 * busy / (busy + idle).max(1);
        assert!(status.code().is_some(), "{words:?}: {status}");
        let printed: String =
            self.printed().map(|path| fs::read_to_string(path).unwrap()).collect();
        let mut found: HashMap<&str, &str> = HashMap::with_capacity(NAMES);
        for line in printed.lines() {
            if let [name, "A", address] = line.split(' ').collect::<Vec<_>>()[..] {
                found.insert(name.trim_end_matches('.'), address);
            }
        }
        let is_right =
            |number: &usize| found.get(&*name(*number)).is_some_and(|it| *it == served(*number));
        let right = (0..NAMES).filter(is_right).count();
        let marked = (0..NAMES).filter(|number| is_marked(*number) && is_right(number)).count();
        Run { wall, cpu, right, lost: NAMES - found.len(), marked, busy }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Killed, one of them would leave its children.
        let _ = kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM);
        let _ = self.child.wait();
    }
}

/// Returns the time of the processor that all children took that have ended.
fn spent() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let time = |it: TimeVal| {
        Duration::from_secs(it.tv_sec().unsigned_abs())
            + Duration::from_micros(it.tv_usec().unsigned_abs())
    };
    time(usage.user_time()) + time(usage.system_time())
}

/// Returns how long the server's core worked and how long it was idle, in the system's ticks (proc(5)).
fn ticks() -> (u64, u64) {
    let text = fs::read_to_string("/proc/stat").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("cpu0 ")).unwrap();
    let times: Vec<u64> = line.split_ascii_whitespace().map(|it| it.parse().unwrap()).collect();
    let idle = times[3] + times[4];
    (times[..8].iter().sum::<u64>() - idle, idle)
}

fn write(folder: &Path) {
    let mut zone = "$ORIGIN bulk.example.\n@ 300 SOA ns1 host 1 3600 900 1209600 300\n@ 300 NS ns1\nns1 300 A 127.0.0.1\n".to_owned();
    let (mut roll, mut bare, mut names, mut asked) =
        (String::new(), String::new(), String::new(), String::new());
    for number in 0..NAMES {
        let name = name(number);
        zone.push_str(&format!("{name}. 300 A {}\n", served(number)));
        roll.push_str(&format!("{name}. A {}\n", own(number)));
        bare.push_str(&format!("{name}. A\n"));
        names.push_str(&format!("{name}\n"));
        asked.push_str(&format!("{name} A\n"));
    }
    for (file, text) in [
        ("zone.txt", zone),
        ("roll.txt", roll),
        ("bare.txt", bare),
        ("names.txt", names),
        ("asked.txt", asked),
    ] {
        fs::write(folder.join(file), text).unwrap();
    }
}

fn free() -> SocketAddr {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn start(folder: &Path, words: &[&str]) -> Child {
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]).args(words).current_dir(folder);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn knot(folder: &Path) -> Server {
    let (at, here) = (free(), folder.display());
    let text = format!(
        "server:\n    rundir: {here}\n    listen: 127.0.0.1@{}\n    user: root\n    udp-workers: 1\n    tcp-workers: 1\n    \
         background-workers: 1\ndatabase:\n    storage: {here}/db\nzone:\n  - domain: bulk.example.\n    \
         file: {here}/zone.txt\n    zonefile-sync: -1\n    zonefile-load: whole\n    journal-content: none\n",
        at.port()
    );
    fs::write(folder.join("knot.conf"), text).unwrap();
    Server { name: "knot", child: start(folder, &["knotd", "-c", "knot.conf"]), at }
}

fn nsd(folder: &Path) -> Server {
    let (at, here) = (free(), folder.display());
    let text = format!(
        "server:\n    ip-address: 127.0.0.1@{}\n    server-count: 1\n    username: \"\"\n    chroot: \"\"\n    zonesdir: {here}\n    \
         database: \"\"\n    pidfile: {here}/nsd.pid\n    xfrdfile: {here}/xfrd\n    zonelistfile: {here}/zones\n    \
         rrl-ratelimit: 0\n    rrl-whitelist-ratelimit: 0\nremote-control:\n    control-enable: no\n\
         zone:\n    name: bulk.example\n    zonefile: zone.txt\n",
        at.port()
    );
    fs::write(folder.join("nsd.conf"), text).unwrap();
    Server { name: "nsd", child: start(folder, &["nsd", "-d", "-c", "nsd.conf"]), at }
}

/// Asks for the last name until it is answered.
fn until_it_answers(at: SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let mut question = vec![0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name(NAMES - 1).split('.') {
        question.push(u8::try_from(label.len()).unwrap());
        question.extend(label.bytes());
    }
    question.extend([0, 0, 1, 0, 1]);
    let (started, mut answer) = (Instant::now(), [0; 512]);
    loop {
        socket.send_to(&question, at).unwrap();
        if socket.recv(&mut answer).is_ok_and(|length| length > question.len())
            && answer[3] & 15 == 0
        {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "the server at {at} never answers");
    }
}

fn dnsperf(folder: &Path, at: SocketAddr, under_way: &str) -> f64 {
    let port = at.port().to_string();
    let mut command = Command::new("taskset");
    command.args(["-c", "1", "dnsperf", "-s", "127.0.0.1", "-p", &port, "-d", "asked.txt"]);
    command.args(["-l", "2", "-T", "1", "-q", under_way]).current_dir(folder);
    let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let line = said.lines().find_map(|line| line.trim().strip_prefix("Queries per second:"));
    line.unwrap_or_else(|| panic!("{said}")).trim().parse().unwrap()
}
