//! octoDNS, as its users have it: the YAML of one zone, made so at a PowerDNS through its API, again and again.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::daemon::Daemon;
use super::lab::Lab;
use super::powerdns::PowerDns;

/// One zone that octoDNS owns.
pub struct OctoDns<'a> {
    lab: &'a Lab,
    configuration: PathBuf,
}

/// Returns a program that `playbooks-tests/foreign.sh` puts below `target/`.
pub fn foreign(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/foreign/bin").join(name);
    assert!(path.is_file(), "`{name}` is not there: playbooks-tests/foreign.sh installs it");
    path
}

impl<'a> OctoDns<'a> {
    /// Takes a zone over as it is: octoDNS itself writes its source.
    pub fn takes_over(lab: &'a Lab, zone: &str, server: &PowerDns) -> Self {
        let text = format!(
            "manager:\n  max_workers: 1\nproviders:\n  source:\n    class: octodns.provider.yaml.YamlProvider\n    \
             directory: ./octodns\n    default_ttl: 3600\n  pdns:\n    class: octodns_powerdns.PowerDnsProvider\n    host: {}\n    \
             port: {}\n    api_key: {}\nzones:\n  {zone}:\n    sources: [source]\n    targets: [pdns]\n",
            server.api.ip(),
            server.api.port(),
            server.key
        );
        let own = Self { lab, configuration: lab.write("octodns.yaml", text) };
        own.call("octodns-dump", &["--output-dir", "octodns", zone, "pdns"]);
        own
    }

    /// Says what it would change.
    pub fn plan(&self) -> String {
        self.call("octodns-sync", &[])
    }

    /// Lets it make the zone what the source says, a second after the last time again, until the daemon is killed.
    pub fn on_a_timer(&self) -> Daemon {
        let sync = foreign("octodns-sync");
        let once = format!("{} {} --doit", sync.display(), self.configuration());
        let line = format!("while {once}; do sleep 1; done");
        Daemon::start_family(self.lab, "octodns", &["bash", "-c", &line])
    }

    fn configuration(&self) -> String {
        format!("--config-file={}", self.configuration.display())
    }

    fn call(&self, program: &str, words: &[&str]) -> String {
        let mut command = Command::new(foreign(program));
        command.arg(self.configuration()).args(words).current_dir(self.lab.folder());
        let output = command.env_clear().env("HOME", self.lab.folder()).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(output.status.success(), "{program} {words:?}: {said}");
        said
    }
}
