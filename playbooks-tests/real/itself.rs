//! Ports of the very machine that asks: where nobody listens, nobody is heard.

use libtest_mimic::Trial;
use serde_json::json;

use super::estate::{self, Estate};
use super::lab::Lab;
use super::lifeboat::Lifeboat;
use super::netns::Netns;

/// Returns the trial.
pub fn trials() -> Vec<Trial> {
    trials![nobody_hears_itself_where_nobody_listens]
}

/// Whoever asks a port of its own machine may be given that very port to ask from: here one time in four.
fn nobody_hears_itself_where_nobody_listens() {
    let lab = Lab::new();
    let netns = Netns::add(&lab, "itself");
    netns.run(&["sh", "-c", "echo 40000 40003 > /proc/sys/net/ipv4/ip_local_port_range"]);
    let mut estate = Estate::new("itself");
    estate.0["probing"]["tries"] = json!(1);
    estate.add("resolvers", estate::resolver("dead", "127.0.0.1:40000".parse().unwrap()));
    estate.write(&lab);
    for _ in 0..32 {
        let ran = Lifeboat::new(&lab, &["probe", "dns", "--json"]).inside(&netns).run();
        let evidence = ran.json()["evidence"].clone();
        let [_, udp, tcp] = &evidence.as_array().unwrap()[..] else { panic!("{evidence}") };
        for (asked, transport) in [(udp, "udp"), (tcp, "tcp")] {
            let said = &asked["observation"];
            assert_eq!(
                (&said["transport"], &said["ending"]),
                (&json!(transport), &json!("refused"))
            );
        }
    }
}
