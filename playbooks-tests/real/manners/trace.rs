//! What a program asked of the kernel, as strace wrote it down.

use std::fs;
use std::net::IpAddr;
use std::path::Path;

/// The calls that are looked at.
pub const CALLS: &str = "trace=execve,execveat,socket,connect,sendto,sendmsg,sendmmsg,openat";

/// What was seen of a program and of all that it started.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Programs that were started, or tried, the first one among them.
    pub programs: usize,
    /// Connections to Unix sockets, tried ones too.
    pub unix: Vec<String>,
    /// Sockets of the Internet.
    pub sockets: usize,
    /// Addresses beyond loopback that something was sent to, or that were connected to.
    pub outside: Vec<IpAddr>,
    /// Files whose path holds the word that was asked for.
    pub opened: usize,
}

impl Seen {
    /// Reads a trace; files are counted whose path holds a word.
    #[track_caller]
    pub fn of(trace: &Path, word: &str) -> Seen {
        let text = String::from_utf8_lossy(&fs::read(trace).unwrap()).into_owned();
        let mut seen = Seen::default();
        for line in text.lines() {
            let call = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
            let Some((name, arguments)) = call.split_once('(') else { continue };
            seen.programs += usize::from(name == "execve" || name == "execveat");
            seen.sockets += usize::from(name == "socket" && arguments.starts_with("AF_INET"));
            seen.opened += usize::from(name == "openat" && arguments.contains(word));
            if ["connect", "sendto", "sendmsg", "sendmmsg"].contains(&name) {
                if arguments.contains("AF_UNIX") {
                    seen.unix.push(call.to_owned());
                }
                let quoted = arguments.split('"').skip(1).step_by(2);
                let named = quoted.filter_map(|text| text.parse::<IpAddr>().ok());
                seen.outside.extend(named.filter(|ip| !ip.to_canonical().is_loopback()));
            }
        }
        assert!(seen.programs > 0, "strace saw nothing:\n{text}");
        seen
    }
}
