//! Promise D2 where packets vanish: a dropped SYN and a black-holed resolver, the system's too, and a git remote
//! that takes a connection and says nothing.

use std::fs;

use libtest_mimic::Trial;
use serde_json::json;

use crate::manners::deadline;
use crate::manners::hanging::Hanging;
use crate::real::lab::Lab;
use crate::real::loss::Loss;

/// Returns the trials of deadlines.
pub fn trials() -> Vec<Trial> {
    trials![d2_every_command_ends_by_its_deadline_where_packets_vanish]
}

fn d2_every_command_ends_by_its_deadline_where_packets_vanish() {
    let lab = Lab::new();
    let gone = lab.address(99);
    let hanging = Hanging::set(lab.address(9), |estate| {
        let trackers = estate["trackers"].as_array_mut().unwrap();
        for (id, url) in [
            ("gone", format!("http://{gone}:6969/announce")),
            ("gone-udp", format!("udp://{gone}:6969/announce")),
        ] {
            trackers.push(json!({"id": id, "swarm": "canary", "urls": [url]}));
        }
    });
    let loss = Loss::new(&lab);
    loss.black_hole(gone);
    let resolv = lab.write("resolv.conf", format!("nameserver {gone}\n"));
    let bind = "[ ! -e /etc/resolv.conf ] || mount --bind \"$0\" /etc/resolv.conf; exec \"$@\"";
    let under = ["unshare", "-m", "sh", "-c", bind, resolv.to_str().unwrap()];
    deadline::every_command(&hanging.scene, &under);
    hanging.silence.all_met();
    // The same repository of locks, behind a URL.
    let remote = format!("git://{}/ops.git", hanging.silence.mute);
    deadline::commands(&hanging.scene, &under, &["status", "take-over"], |folder| {
        let path = folder.join("lifeboat.yaml");
        let mut estate: serde_json::Value =
            serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        estate["locks"]["shared"]["remote"] = json!(remote);
        fs::write(path, estate.to_string()).unwrap();
    });
}
