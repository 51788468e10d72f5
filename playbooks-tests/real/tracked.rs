//! The estate of a fleet: two trackers, the second one standing by, and x[T1], y[T1][T2] and private z[T1] on two
//! seedboxes. It has no zones; a name server of nobody we know shows that the observer sees.

use super::estate::{self, Estate};
use super::knot::Knot;
use super::lab::Lab;
use super::opentracker::Opentracker;
use super::torrent::Torrent;
use super::transmission::Transmission;
use lifeboat::model;

const CONTROL: &str = "control.example.";

/// All servers of the topology, and the estate that describes them.
pub struct Tracked {
    /// `t1` and `t2` of the estate.
    pub one: Opentracker,
    pub two: Opentracker,
    /// `sb-1` and `sb-2` of the estate.
    pub boxes: [Transmission; 2],
    pub x: Torrent,
    pub y: Torrent,
    pub z: Torrent,
    pub estate: Estate,
    _control: Knot,
}

impl Tracked {
    /// Starts everything, with each torrent seeded by both seedboxes, and writes the estate.
    pub fn start(lab: &Lab) -> Tracked {
        let [one_at, two_at] = [1, 2].map(|host| lab.at(host, 6969));
        let [t1, t2] = [one_at, two_at].map(|address| format!("udp://{address}/announce"));
        let x = Torrent::make(lab, "x", &[&t1]);
        let y = Torrent::make(lab, "y", &[&t1, &t2]);
        let z = Torrent::make_private(lab, "z", &[&t1]);
        let all = [x.info_hash, y.info_hash, z.info_hash];
        let one = Opentracker::start(lab, "one", one_at, &all);
        let two = Opentracker::start(lab, "two", two_at, &all);
        let boxes = [11, 12].map(|host| {
            let seedbox = Transmission::start(lab, &format!("box-{host}"), lab.address(host));
            [&x, &y, &z].into_iter().for_each(|torrent| seedbox.add(torrent));
            seedbox
        });
        let control_at = lab.at(4, 53);
        let text = format!(
            "@ 300 SOA ns host 1 3600 600 86400 300\n@ 300 NS ns\nns 300 A {}\n",
            control_at.ip()
        );
        let _control = Knot::start(lab, "control", control_at, CONTROL, &text);
        let mut estate = Estate::new("fleet");
        estate.add("swarms", estate::swarm("canary", x.info_hash));
        estate.add("trackers", estate::tracker("t1", "canary", &one, false));
        estate.add("trackers", estate::tracker("t2", "canary", &two, true));
        estate.add("seedboxes", estate::seedbox("sb-1", &boxes[0]));
        estate.add("seedboxes", estate::seedbox("sb-2", &boxes[1]));
        estate.add("controls", estate::dns_control("control", control_at, CONTROL));
        estate.write(lab);
        Tracked { one, two, boxes, x, y, z, estate, _control }
    }

    /// Returns the estate as the program's own model.
    pub fn model(&self) -> model::Estate {
        serde_json::from_value(self.estate.0.clone()).unwrap()
    }

    /// Every list of both daemons, as the daemons show them: x, y and z of the one, then of the other.
    pub fn lists(&self) -> Vec<Vec<Vec<String>>> {
        let torrents = [self.x.info_hash, self.y.info_hash, self.z.info_hash];
        self.boxes.iter().flat_map(|it| torrents.map(|torrent| it.trackers(torrent))).collect()
    }

    /// What the lists become when T2 takes T1's place for x; y and z are left alone.
    pub fn replaced(&self, mut lists: Vec<Vec<Vec<String>>>) -> Vec<Vec<Vec<String>>> {
        lists.iter_mut().step_by(3).for_each(|list| *list = vec![vec![self.two.udp()]]);
        lists
    }
}
