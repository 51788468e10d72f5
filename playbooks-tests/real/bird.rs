//! BIRD, in the suite's namespace or in one of a mini-Internet's.

use super::daemon::Daemon;
use super::lab::Lab;
use super::netns::Netns;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A running bird and its control socket.
pub struct Bird {
    pub daemon: Daemon,
    pub socket: PathBuf,
    configuration: PathBuf,
}

impl Bird {
    /// Starts a router with a configuration, in a namespace when one is given.
    pub fn start(lab: &Lab, name: &str, netns: Option<&Netns>, configuration: &str) -> Bird {
        lab.subfolder(name);
        let file = lab.write(&format!("{name}/bird.conf"), configuration);
        let socket = lab.folder().join(name).join("bird.ctl");
        let pid = lab.folder().join(name).join("bird.pid");
        let paths = [&file, &socket, &pid].map(|path| path.to_str().unwrap());
        let words = ["bird", "-f", "-c", paths[0], "-s", paths[1], "-P", paths[2]];
        let words = netns.map_or_else(|| words.to_vec(), |netns| netns.inside(&words));
        let mut bird = Bird { daemon: lab.start(name, &words), socket, configuration: file };
        bird.ready();
        bird
    }

    /// Waits until the control socket answers.
    pub fn ready(&mut self) {
        let socket = self.socket.clone();
        self.daemon
            .ready(|| birdc(&socket, "show status").filter(|text| text.contains("Daemon is up")));
    }

    /// Starts it again with the same configuration.
    pub fn restart(&mut self) {
        self.daemon.start_again();
        self.ready();
    }

    /// Sends a command, which must be understood, and returns the answer.
    pub fn ask(&self, command: &str) -> String {
        birdc(&self.socket, command)
            .unwrap_or_else(|| panic!("`{command}` failed at {}", self.socket.display()))
    }

    /// Replaces the configuration and has it taken up.
    pub fn reconfigure(&self, configuration: &str) {
        std::fs::write(&self.configuration, configuration).unwrap();
        let answer = self.ask("configure");
        assert!(answer.contains("econfigur"), "{answer}");
    }

    /// Tells whether a route to exactly this prefix is known.
    pub fn knows(&self, prefix: &str) -> bool {
        birdc(&self.socket, &format!("show route {prefix}"))
            .is_some_and(|text| text.contains(prefix))
    }
}

fn birdc(socket: &Path, command: &str) -> Option<String> {
    let output =
        Command::new("birdc").arg("-s").arg(socket).args(command.split(' ')).output().unwrap();
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
