//! opentracker, over UDP and HTTP; Debian's build serves only the info-hashes of its whitelist.

use super::daemon::Daemon;
use super::lab::Lab;
use super::torrent::InfoHash;
use super::tracker;
use nix::sys::signal::Signal;
use std::fs::OpenOptions;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A running opentracker.
pub struct Opentracker {
    pub daemon: Daemon,
    pub address: SocketAddr,
    whitelist: PathBuf,
    torrents: Vec<InfoHash>,
}

impl Opentracker {
    /// Starts a tracker that serves these torrents.
    pub fn start(lab: &Lab, name: &str, address: SocketAddr, torrents: &[InfoHash]) -> Opentracker {
        let folder = lab.subfolder(name);
        let lines: String = torrents.iter().map(|torrent| format!("{torrent}\n")).collect();
        let whitelist = lab.write(&format!("{name}/whitelist.txt"), lines);
        let text = format!(
            "listen.tcp_udp {address}\naccess.whitelist {}\ntracker.rootdir {}\n",
            whitelist.display(),
            folder.display()
        );
        let path = lab.write(&format!("{name}/opentracker.conf"), text);
        // It refuses to run as root, which this namespace makes us: one more makes it nobody.
        let words = ["unshare", "-U", "opentracker", "-f", path.to_str().unwrap()];
        let daemon = lab.start(name, &words);
        let torrents = torrents.to_vec();
        let mut tracker = Opentracker { daemon, address, whitelist, torrents };
        tracker.ready();
        tracker
    }

    /// Waits until it shakes hands and serves its torrents: it answers before it has read its whitelist.
    pub fn ready(&mut self) {
        let address = self.address;
        self.daemon.ready(|| tracker::connect(address));
        for torrent in &self.torrents {
            self.daemon.ready(|| tracker::is_served(address, *torrent));
        }
    }

    /// Starts it again, without the peers it knew.
    pub fn restart(&mut self) {
        self.daemon.start_again();
        self.ready();
    }

    /// Serves one torrent more, and waits until it does.
    pub fn allow(&mut self, torrent: InfoHash) {
        let mut file = OpenOptions::new().append(true).open(&self.whitelist).unwrap();
        writeln!(file, "{torrent}").unwrap();
        self.daemon.signal(Signal::SIGHUP);
        self.torrents.push(torrent);
        self.ready();
    }

    /// Returns the URL over UDP.
    pub fn udp(&self) -> String {
        format!("udp://{}/announce", self.address)
    }

    /// Returns the URL over HTTP.
    pub fn http(&self) -> String {
        format!("http://{}/announce", self.address)
    }

    /// Returns how many seeders it counts, or nothing when it does not answer.
    pub fn seeders(&self, torrent: InfoHash) -> Option<u32> {
        tracker::scrape(self.address, torrent).map(|scrape| scrape.seeders)
    }
}
