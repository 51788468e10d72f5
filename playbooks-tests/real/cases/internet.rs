//! Case 7: a small Internet of real routers, seen from inside an eyeball network.

use super::operator::causes;
use crate::real::bird::Bird;
use crate::real::daemon::Daemon;
use crate::real::estate::{self, Estate};
use crate::real::lab::Lab;
use crate::real::netns::Netns;
use crate::real::torrent::{InfoHash, Torrent};
use crate::real::until::until;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::time::Duration;

/// Returns the trials of the case.
pub fn trials() -> Vec<Trial> {
    trials![a_filtered_prefix_is_withdrawn, a_transit_that_drops_while_bgp_is_calm_is_not_guessed]
}

const PREFIX: &str = "198.18.0.0/24";
const PATIENCE: Duration = Duration::from_secs(40);

/// The operator's AS 64500 behind two transits, 64510 and 64520, and the eyeball 64701 behind both of them.
struct Internet {
    lab: Lab,
    operator: Bird,
    others: Vec<Bird>,
    _servers: Vec<Daemon>,
    transits: [Netns; 2],
    eyeball: Netns,
    _operator_net: Netns,
}

/// A neighbour: our address, theirs, their AS, and what we tell them.
type Neighbour = (&'static str, &'static str, u32, &'static str);

fn router(asn: u32, own: &str, prefix: &str, neighbours: &[Neighbour]) -> String {
    let session = |(number, (own, other, other_asn, export)): (usize, &Neighbour)| {
        format!(
            "protocol bgp n{number} {{ local {own} as {asn}; neighbor {other} as {other_asn}; graceful restart off;\n  \
             connect delay time 1; connect retry time 1; error wait time 1,2;\n  \
             ipv4 {{ import all; export {export}; next hop self; }}; }}\n"
        )
    };
    let sessions: String = neighbours.iter().enumerate().map(session).collect();
    format!(
        "router id {own};\nprotocol device {{}}\nprotocol static {{ ipv4; route {prefix} blackhole; }}\n\
         protocol kernel {{ ipv4 {{ export filter {{ if source != RTS_BGP then reject; krt_prefsrc = {own}; accept; }}; }}; }}\n\
         {sessions}"
    )
}

fn operators(export: &'static str) -> String {
    let neighbours =
        [("10.0.1.1", "10.0.1.2", 64510, export), ("10.0.2.1", "10.0.2.2", 64520, export)];
    router(64500, "198.18.0.10", PREFIX, &neighbours)
}

/// Starts a tracker in a namespace; it also stands for anything else that listens there.
fn listener(lab: &Lab, netns: &Netns, name: &str, address: &str, torrent: InfoHash) -> Daemon {
    let folder = lab.subfolder(name);
    let whitelist = lab.write(&format!("{name}/whitelist.txt"), format!("{torrent}\n"));
    let text = format!(
        "listen.tcp_udp {address}:6969\naccess.whitelist {}\ntracker.rootdir {}\n",
        whitelist.display(),
        folder.display()
    );
    let path = lab.write(&format!("{name}/opentracker.conf"), text);
    lab.start(name, &netns.inside(&["unshare", "-U", "opentracker", "-f", path.to_str().unwrap()]))
}

impl Internet {
    fn start() -> Internet {
        let lab = Lab::new();
        let [operator_net, one, two, eyeball] =
            ["op", "ta", "tb", "e1"].map(|name| Netns::add(&lab, name));
        operator_net.connect("to-ta", "10.0.1.1/30", &one, "to-op", "10.0.1.2/30");
        operator_net.connect("to-tb", "10.0.2.1/30", &two, "to-op", "10.0.2.2/30");
        one.connect("to-e1", "10.0.3.1/30", &eyeball, "to-ta", "10.0.3.2/30");
        two.connect("to-e1", "10.0.4.1/30", &eyeball, "to-tb", "10.0.4.2/30");
        for (netns, address) in [
            (&operator_net, "198.18.0.10/32"),
            (&operator_net, "198.18.0.11/32"),
            (&one, "198.19.10.1/32"),
            (&two, "198.19.20.1/32"),
            (&eyeball, "198.19.71.1/32"),
        ] {
            netns.address(address);
        }
        let operator = Bird::start(&lab, "operator", Some(&operator_net), &operators("all"));
        let transit =
            |asn, own, prefix, neighbours: &[Neighbour]| router(asn, own, prefix, neighbours);
        let first =
            [("10.0.1.2", "10.0.1.1", 64500, "all"), ("10.0.3.1", "10.0.3.2", 64701, "all")];
        let second =
            [("10.0.2.2", "10.0.2.1", 64500, "all"), ("10.0.4.1", "10.0.4.2", 64701, "all")];
        let own = "where source = RTS_STATIC";
        let last = [("10.0.3.2", "10.0.3.1", 64510, own), ("10.0.4.2", "10.0.4.1", 64520, own)];
        let others = vec![
            Bird::start(
                &lab,
                "ta",
                Some(&one),
                &transit(64510, "198.19.10.1", "198.19.10.0/24", &first),
            ),
            Bird::start(
                &lab,
                "tb",
                Some(&two),
                &transit(64520, "198.19.20.1", "198.19.20.0/24", &second),
            ),
            Bird::start(
                &lab,
                "e1",
                Some(&eyeball),
                &transit(64701, "198.19.71.1", "198.19.71.0/24", &last),
            ),
        ];
        let torrent = Torrent::make(&lab, "x", &[]).info_hash;
        let servers = [
            (&operator_net, "t-one", "198.18.0.10"),
            (&operator_net, "t-two", "198.18.0.11"),
            (&one, "control-one", "198.19.10.1"),
            (&two, "control-two", "198.19.20.1"),
        ]
        .map(|(netns, name, address)| listener(&lab, netns, name, address, torrent));
        write_estate(&lab, &others[2], torrent);
        let internet = Internet {
            lab,
            operator,
            others,
            _servers: servers.into(),
            transits: [one, two],
            eyeball,
            _operator_net: operator_net,
        };
        until("both ways to the operator", PATIENCE, || {
            let known = internet.others[2].ask(&format!("show route all where net = {PREFIX}"));
            (known.matches("BGP.as_path").count() == 2).then_some(())
        });
        until("a healthy Internet", PATIENCE, || (internet.diagnose().0 == 0).then_some(()));
        internet
    }

    /// Returns the exit code and what `diagnose --json` prints inside the eyeball.
    fn diagnose(&self) -> (i32, Value) {
        let ran = self.lab.lifeboat(&["diagnose", "--json"]).inside(&self.eyeball).run();
        (ran.code, ran.json())
    }

    /// Tells whether the eyeball's kernel has a way to the operator.
    fn is_routed(&self) -> bool {
        self.eyeball.run(&["ip", "route", "show", PREFIX]).contains("via")
    }
}

fn write_estate(lab: &Lab, view: &Bird, torrent: InfoHash) {
    let mut document = Estate::new("internet-lab");
    document.add("swarms", estate::swarm("canary", torrent));
    document.add("upstreams", json!({"id": "u-one", "asn": 64510, "role": "transit"}));
    document.add("upstreams", json!({"id": "u-two", "asn": 64520, "role": "transit"}));
    document.add(
        "prefixes",
        json!({"id": "p-main", "cidr": PREFIX, "origin": 64500, "announced_by": "us", "upstreams": ["u-one", "u-two"]}),
    );
    for (id, address) in [("t-one", "198.18.0.10"), ("t-two", "198.18.0.11")] {
        let urls =
            [format!("udp://{address}:6969/announce"), format!("http://{address}:6969/announce")];
        document.add(
            "trackers",
            json!({"id": id, "swarm": "canary", "addresses": [address], "urls": urls}),
        );
    }
    for (id, address) in [("ctl-one", "198.19.10.1:6969"), ("ctl-two", "198.19.20.1:6969")] {
        document.add("controls", json!({"id": id, "kind": "tcp", "address": address}));
    }
    document.add(
        "collectors",
        json!({"id": "lg", "kind": "bird", "socket": view.socket, "max_age": "10m"}),
    );
    document.write(lab);
}

fn a_filtered_prefix_is_withdrawn() {
    let internet = Internet::start();
    internet.operator.reconfigure(&operators("none"));
    until("the withdrawal", PATIENCE, || (!internet.is_routed()).then_some(()));
    let (code, diagnosis) = internet.diagnose();
    assert_eq!(causes(&diagnosis), ["prefix-withdrawal/p-main/withdrawn"], "{diagnosis:#}");
    assert_eq!((code, diagnosis["causes"][0]["plane"].as_str()), (4, Some("control")));
    internet.operator.reconfigure(&operators("all"));
    until("health again", PATIENCE, || (internet.diagnose().0 == 0).then_some(()));
}

fn a_transit_that_drops_while_bgp_is_calm_is_not_guessed() {
    let internet = Internet::start();
    let way = internet.eyeball.run(&["ip", "route", "get", "198.18.0.10"]);
    let used = usize::from(!way.contains("10.0.3.1"));
    internet.transits[used].forward(false);
    let still = internet.eyeball.run(&["ip", "route", "get", "198.18.0.10"]);
    assert_eq!(still, way, "the way moved");
    let (code, diagnosis) = internet.diagnose();
    assert!(internet.is_routed(), "BGP noticed, and should not have");
    let named = causes(&diagnosis);
    let wrong = ["prefix-withdrawal/", "tracker-loss/", "observer-fault/"];
    let guessed = |cause: &&String| wrong.iter().any(|mode| cause.starts_with(mode));
    assert_eq!(named.iter().find(guessed), None, "{diagnosis:#}");
    let undetermined = diagnosis["verdict"] == "undetermined" && code == 10;
    let transit = named.iter().any(|cause| cause.starts_with("transit-loss/")) && code == 4;
    assert!(undetermined || transit, "exit {code}: {diagnosis:#}");
}
