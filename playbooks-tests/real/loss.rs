//! Packets that get lost, by nftables rules on a trial's own addresses.

use super::lab::Lab;
use std::io::Write;
use std::net::IpAddr;
use std::process::{Command, Stdio};

/// A trial's own rules; they go when it is dropped.
pub struct Loss {
    table: String,
}

impl Loss {
    /// Makes an empty set of rules.
    pub fn new(lab: &Lab) -> Loss {
        let loss = Loss { table: format!("lab{}", lab.number()) };
        nft(&format!(
            "add table ip {0}\nadd chain ip {0} lost {{ type filter hook input priority 0; policy accept; }}\n",
            loss.table
        ));
        loss
    }

    /// Adds a rule in the filter's own words.
    pub fn rule(&self, rule: &str) {
        nft(&format!("add rule ip {} lost {rule}", self.table));
    }

    /// Loses everything to an address without a word: a black hole, for UDP and TCP alike.
    pub fn black_hole(&self, address: IpAddr) {
        nft(&format!("add rule ip {} lost ip daddr {address} drop", self.table));
    }

    /// Loses one UDP packet in so many, at random, to or from an address.
    pub fn one_in(&self, packets: u32, address: IpAddr) {
        for side in ["daddr", "saddr"] {
            let rule =
                format!("ip {side} {address} meta l4proto udp numgen random mod {packets} 0 drop");
            nft(&format!("add rule ip {} lost {rule}", self.table));
        }
    }

    /// Lets every packet through again.
    pub fn mend(&self) {
        nft(&format!("flush chain ip {} lost", self.table));
    }
}

impl Drop for Loss {
    fn drop(&mut self) {
        let _ = Command::new("nft").args(["delete", "table", "ip", &self.table]).output();
    }
}

fn nft(script: &str) {
    let mut nft = Command::new("nft");
    let mut child =
        nft.args(["-f", "-"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "nft {script}: {}", String::from_utf8_lossy(&output.stderr));
}
