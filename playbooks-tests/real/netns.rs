//! Network namespaces inside the suite's own, and cables between them, for mini-Internets.

use super::lab::Lab;
use std::process::Command;

/// A named network namespace; it goes, with its cables, when it is dropped.
pub struct Netns {
    name: String,
}

impl Netns {
    /// Makes a namespace with loopback up and forwarding on.
    pub fn add(lab: &Lab, name: &str) -> Netns {
        let netns = Netns { name: format!("lab{}-{name}", lab.number()) };
        ip(&["netns", "add", &netns.name]);
        netns.run(&["ip", "link", "set", "lo", "up"]);
        netns.run(&["sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
        netns
    }

    /// Returns the name that `ip netns` knows.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns words that run a program in here.
    pub fn inside<'a>(&'a self, words: &[&'a str]) -> Vec<&'a str> {
        [&["ip", "netns", "exec", &self.name], words].concat()
    }

    /// Runs a program in here, which must succeed, and returns its output.
    pub fn run(&self, words: &[&str]) -> String {
        let words = self.inside(words);
        run(words[0], &words[1..])
    }

    /// Lays a cable to another namespace; each end is named after the other and gets its address (`10.0.0.1/30`).
    pub fn connect(
        &self,
        end: &str,
        address: &str,
        other: &Netns,
        other_end: &str,
        other_address: &str,
    ) {
        ip(&[
            "link",
            "add",
            end,
            "netns",
            &self.name,
            "type",
            "veth",
            "peer",
            "name",
            other_end,
            "netns",
            &other.name,
        ]);
        for (netns, end, address) in [(self, end, address), (other, other_end, other_address)] {
            netns.run(&["ip", "address", "add", address, "dev", end]);
            netns.run(&["ip", "link", "set", end, "up"]);
        }
    }

    /// Gives loopback one more address (`198.18.0.10/32`).
    pub fn address(&self, address: &str) {
        self.run(&["ip", "address", "add", address, "dev", "lo"]);
    }

    /// Switches the forwarding of packets off, or on again; BGP goes on.
    pub fn forward(&self, on: bool) {
        self.run(&["sh", "-c", &format!("echo {} > /proc/sys/net/ipv4/ip_forward", u8::from(on))]);
    }
}

impl Drop for Netns {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "delete", &self.name]).output();
    }
}

fn ip(words: &[&str]) -> String {
    run("ip", words)
}

fn run(program: &str, words: &[&str]) -> String {
    let output = Command::new(program).args(words).output().unwrap();
    assert!(
        output.status.success(),
        "{program} {words:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}
