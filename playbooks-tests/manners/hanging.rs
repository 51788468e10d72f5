//! A scene in which everything hangs that a command may wait for.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use nix::sys::stat::Mode;
use serde_json::{Value, json};

use super::scene::Scene;
use super::silence::{Silence, script};

/// The scene, and who hangs in it.
pub struct Hanging {
    pub scene: Scene,
    pub silence: Silence,
}

/// The programs that an estate runs.
struct Programs {
    /// A secret's: hangs, with a child that hangs too.
    hangs: PathBuf,
    /// A secret's: ends at once, but for a grandchild that holds its output open.
    holds: PathBuf,
    /// A vantage's: hangs.
    far: PathBuf,
}

impl Programs {
    fn of(folder: &Path) -> Programs {
        let path = |name: &str| folder.join(name);
        Programs { hangs: path("hangs"), holds: path("holds"), far: path("far") }
    }

    fn answer(&self) {
        script(&self.hangs, "echo user:password");
        script(&self.holds, "echo user:password");
        script(&self.far, "exit 1");
    }

    fn hang(&self) {
        script(&self.hangs, "sleep 30 & exec sleep 30");
        script(&self.holds, "setsid sleep 10 & echo user:password");
        script(&self.far, "sleep 30 & exec sleep 30");
    }
}

impl Hanging {
    /// Pins and begins a plan while everything answers; from then on everything hangs, on an address of its own.
    /// The estate is altered by whoever knows of more that hangs.
    pub fn set(host: IpAddr, alter: impl FnOnce(&mut Value)) -> Hanging {
        let (mut silence, mut locks) = (None, PathBuf::new());
        let scene = Scene::set(|kept, estate| {
            Programs::of(kept).answer();
            locks = kept.join("locks.git");
            git2::Repository::init_bare(&locks).unwrap();
            estate["locks"] = json!({"shared": {"remote": locks}});
            let silent = Silence::start(host, kept);
            widen(estate, &silent, &Programs::of(kept));
            alter(estate);
            silence = Some(silent);
        });
        Programs::of(scene.kept()).hang();
        // A repository on a file system whose server is gone.
        let refs = locks.join("packed-refs");
        nix::unistd::mkfifo(&refs, Mode::S_IRWXU).unwrap();
        assert!(fs::metadata(&refs).is_ok());
        scene.rig.servers.fall_silent();
        Hanging { scene, silence: silence.unwrap() }
    }
}

/// Adds to an estate what will hang.
fn widen(estate: &mut Value, silence: &Silence, programs: &Programs) {
    let tracker = |id: &str, url: String| json!({"id": id, "swarm": "canary", "urls": [url]});
    let Silence { full, mute, mute_tls, stuck, .. } = silence;
    let seedbox = |id: &str, command: &Path| {
        json!({"id": id, "kind": "transmission", "settle": "1s", "rpc": format!("http://{mute}/"),
            "credential": {"command": [command]}})
    };
    estate["swarms"] = json!([{"id": "canary", "info_hash": "a".repeat(40)}]);
    estate["trackers"] = json!([
        tracker("dropped", format!("http://{full}/announce")),
        tracker("mute", format!("http://{mute}/announce")),
        tracker("mute-tls", format!("https://{mute_tls}/announce")),
        tracker("stuck", format!("http://{stuck}/announce")),
        tracker("black-hole", format!("udp://{}/announce", silence.black_hole())),
        tracker("nameless", "http://tracker.nowhere.example:6969/announce".to_owned()),
    ]);
    estate["seedboxes"] =
        json!([seedbox("hangs", &programs.hangs), seedbox("holds", &programs.holds)]);
    estate["prefixes"] = json!([{"id": "p", "cidr": "192.0.2.0/24", "origin": 64500}]);
    estate["collectors"] = json!([{"id": "lg", "kind": "bird", "socket": silence.unix}]);
    estate["vantages"] = json!([{"id": "far", "kind": "command", "argv": [programs.far]}]);
    let control = json!({"id": "dropped", "kind": "tcp", "address": full.to_string()});
    estate["controls"].as_array_mut().unwrap().push(control);
}
