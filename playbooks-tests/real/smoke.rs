//! Each starter, proven by a question in the daemon's own protocol: alive, hanging, dead and back.

use super::bird::Bird;
use super::dns::{ask, ask_tcp};
use super::estate::{self, Estate};
use super::failover::{self, Failover, NAME, NS_A, NS_B};
use super::knot::{Knot, KnotZone};
use super::lab::Lab;
use super::loss::Loss;
use super::netns::Netns;
use super::opentracker::Opentracker;
use super::powerdns::PowerDns;
use super::relay;
use super::torrent::Torrent;
use super::tracker;
use super::transmission::Transmission;
use super::unbound::Unbound;
use super::until::until;
use libtest_mimic::Trial;
use std::time::{Duration, Instant};

/// Returns the trials of the starters.
pub fn trials() -> Vec<Trial> {
    trials![
        knot_answers_hangs_dies_and_comes_back,
        knot_signs_and_reloads,
        powerdns_takes_patches_and_counts_them,
        unbound_follows_a_moved_delegation,
        unbound_forgets_at_a_restart,
        opentracker_lists_who_announces,
        transmission_seeds_where_it_is_told,
        bird_speaks_across_namespaces,
        packets_get_lost_where_told,
        a_relay_is_slow_and_right,
        lifeboat_runs_piped_and_at_a_terminal,
        the_runner_hands_over_input_folder_and_exit_code,
        the_runner_answers_prompts,
        the_runner_signals_and_ends_what_hangs,
        the_runner_goes_into_a_namespace,
        estates_are_yaml_of_the_model,
    ]
}

const SMALL: &str =
    "@ 60 SOA ns host 1 3600 600 86400 60\n@ 60 NS ns\nns 60 A 192.0.2.53\nwww 60 A 192.0.2.80\n";
const PATIENCE: Duration = Duration::from_secs(20);

fn knot_answers_hangs_dies_and_comes_back() {
    let lab = Lab::new();
    let mut knot = Knot::start(&lab, "knot", lab.at(1, 53), "zone.test.", SMALL);
    let address = knot.address;
    let www = || ask(address, "www.zone.test.", "A");
    assert_eq!(www().unwrap().data("A"), ["192.0.2.80"]);
    assert_eq!(ask_tcp(address, "www.zone.test.", "A").unwrap().data("A"), ["192.0.2.80"]);
    assert_eq!(ask(address, "no.zone.test.", "A").unwrap().status, "NXDOMAIN");
    knot.daemon.stop();
    assert_eq!(www(), None, "it answered although it hangs");
    knot.daemon.cont();
    assert!(www().unwrap().authoritative);
    let before = knot.daemon.pid();
    knot.daemon.kill();
    assert_eq!(www(), None, "it answered although it is dead");
    knot.restart();
    assert_ne!(knot.daemon.pid(), before);
    assert!(www().unwrap().authoritative);
}

fn knot_signs_and_reloads() {
    let lab = Lab::new();
    let zone = |name, signed| KnotZone { name, text: SMALL, signed };
    let zones = [zone("signed.test.", true), zone("plain.test.", false)];
    let knot = Knot::start_zones(&lab, "knot", lab.at(1, 53), &zones);
    assert_eq!(ask(knot.address, "signed.test.", "DNSKEY").unwrap().data("DNSKEY").len(), 1);
    assert_eq!(ask(knot.address, "plain.test.", "DNSKEY").unwrap().data("DNSKEY").len(), 0);
    knot.replace(
        "plain.test.",
        &SMALL.replace("host 1", "host 2").replace("192.0.2.80", "192.0.2.81"),
    );
    let moved =
        || ask(knot.address, "www.plain.test.", "A").filter(|it| it.data("A") == ["192.0.2.81"]);
    until("the new zone", PATIENCE, moved);
}

fn powerdns_takes_patches_and_counts_them() {
    let lab = Lab::new();
    let mut server = PowerDns::start(&lab, "powerdns", lab.at(1, 53));
    server.add_zone("zone.test", &format!("$ORIGIN zone.test.\n{SMALL}"));
    assert_eq!(server.patches(), 0);
    server.replace(
        "zone.test",
        "www.zone.test",
        "A",
        30,
        &["192.0.2.90", "192.0.2.91"],
        "by the lab",
    );
    assert_eq!(server.patches(), 1);
    let www = ask(server.address, "www.zone.test.", "A").unwrap();
    assert_eq!(www.data("A"), ["192.0.2.90", "192.0.2.91"]);
    let before = server.rrset("zone.test", "www.zone.test", "A").unwrap();
    assert_eq!(
        (before["ttl"].as_u64(), before["comments"][0]["content"].as_str()),
        (Some(30), Some("by the lab"))
    );
    server.restart();
    assert_eq!(server.rrset("zone.test", "www.zone.test", "A"), Some(before));
    assert!(server.rrsets("zone.test").iter().all(|set| set["type"] != "SOA"));
}

fn unbound_follows_a_moved_delegation() {
    let lab = Lab::new();
    let mut topology = Failover::start(&lab, &[NS_A]);
    let (resolver, a, b) = (topology.resolver.address, topology.answer_of_a, topology.answer_of_b);
    let gives = |address: std::net::IpAddr| {
        until(&format!("{address} at the resolver"), PATIENCE, || {
            ask(resolver, NAME, "A").filter(|answer| answer.data("A") == [address.to_string()])
        })
    };
    gives(a);
    assert_eq!(ask(topology.b.address, NAME, "A").unwrap().data("A"), [b.to_string()]);
    let referral = ask(topology.parent.address, NAME, "A").unwrap();
    assert_eq!(
        referral.authority.iter().map(|record| record.data.as_str()).collect::<Vec<_>>(),
        [NS_A]
    );
    topology.a.daemon.kill();
    topology.delegate(&[NS_B]);
    gives(b);
    assert_eq!(topology.parent.patches(), 1);
    assert!(ask(topology.control.address, "control.example.", "SOA").unwrap().authoritative);
    assert!(topology.estate.yaml().contains(&topology.parent.base()));
    assert!(lab.folder().join("lifeboat.yaml").exists());
}

fn unbound_forgets_at_a_restart() {
    let lab = Lab::new();
    let text = SMALL.replace(" 60 ", " 3600 ");
    let mut knot = Knot::start(&lab, "knot", lab.at(1, 5353), "zone.test.", &text);
    let mut unbound =
        Unbound::start(&lab, "unbound", lab.at(2, 53), &[("zone.test.", knot.address)]);
    let address = unbound.address;
    let www = || ask(address, "www.zone.test.", "A");
    assert_eq!(www().unwrap().data("A"), ["192.0.2.80"]);
    knot.daemon.kill();
    assert_eq!(www().unwrap().data("A"), ["192.0.2.80"], "it had not kept the answer");
    unbound.restart();
    assert!(www().is_none_or(|answer| answer.status == "SERVFAIL"), "it still knows the answer");
}

fn opentracker_lists_who_announces() {
    let lab = Lab::new();
    let (x, y) = (Torrent::make(&lab, "x", &[]).info_hash, Torrent::make(&lab, "y", &[]).info_hash);
    let mut opentracker = Opentracker::start(&lab, "tracker", lab.at(1, 6969), &[x]);
    assert_eq!(opentracker.seeders(x), Some(0));
    assert!(tracker::announce(opentracker.address, x, 7001).is_some());
    assert!(
        tracker::announce_http(opentracker.address, x, 7002).unwrap().starts_with(b"d8:complete")
    );
    assert_eq!(opentracker.seeders(x), Some(2));
    let refused = tracker::announce_http(opentracker.address, y, 7003).unwrap();
    assert!(String::from_utf8_lossy(&refused).contains("failure reason"));
    opentracker.allow(y);
    assert!(tracker::announce(opentracker.address, y, 7001).is_some());
    assert_eq!(opentracker.seeders(y), Some(1));
    opentracker.daemon.stop();
    assert_eq!(opentracker.seeders(x), None, "it answered although it hangs");
    opentracker.daemon.cont();
    opentracker.restart();
    assert_eq!(opentracker.seeders(x), Some(0), "it kept its peers over a restart");
}

fn transmission_seeds_where_it_is_told() {
    let lab = Lab::new();
    let at = lab.at(1, 6969);
    let [udp, http] = ["udp", "http"].map(|scheme| format!("{scheme}://{at}/announce"));
    let x = Torrent::make(&lab, "x", &[&udp, &http]);
    let z = Torrent::make_private(&lab, "z", &[&udp]);
    let opentracker = Opentracker::start(&lab, "tracker", at, &[x.info_hash, z.info_hash]);
    assert_eq!((opentracker.udp(), opentracker.http()), (udp.clone(), http.clone()));
    let mut seedbox = Transmission::start(&lab, "seedbox", lab.address(11));
    seedbox.add(&x);
    seedbox.add(&z);
    for torrent in [&x, &z] {
        let listed = || opentracker.seeders(torrent.info_hash).filter(|seeders| *seeders == 1);
        until(&format!("{} at the tracker", torrent.name), PATIENCE, listed);
    }
    assert_eq!(seedbox.trackers(x.info_hash), [[udp.as_str()], [http.as_str()]]);
    assert_eq!(seedbox.torrent(z.info_hash).unwrap()["isPrivate"], true);
    assert_eq!(estate::seedbox("sb-eu", &seedbox)["rpc"], seedbox.base());
    assert_eq!(
        estate::tracker("t1", "canary", &opentracker, false)["urls"],
        serde_json::json!([udp, http])
    );
    seedbox.restart();
    assert_eq!(seedbox.trackers(z.info_hash), [[udp.as_str()]]);
}

/// A configuration that announces or imports by static BGP between two addresses.
fn router(
    own: &str,
    asn: u32,
    other: &str,
    other_asn: u32,
    prefix: Option<&str>,
    export: &str,
) -> String {
    let announced =
        prefix.map(|prefix| format!("protocol static {{ ipv4; route {prefix} blackhole; }}\n"));
    format!(
        "router id {own};\nprotocol device {{}}\n{}protocol kernel {{ ipv4 {{ export where source = RTS_BGP; }}; }}\n\
         protocol bgp peer {{ local {own} as {asn}; neighbor {other} as {other_asn}; graceful restart off;\n  \
         connect delay time 1; connect retry time 1; error wait time 1,2;\n  ipv4 {{ import all; export {export}; }}; }}\n",
        announced.unwrap_or_default()
    )
}

fn bird_speaks_across_namespaces() {
    let lab = Lab::new();
    let (left, right) = (Netns::add(&lab, "left"), Netns::add(&lab, "right"));
    left.connect("to-right", "10.0.0.1/30", &right, "to-left", "10.0.0.2/30");
    left.address("198.18.0.10/32");
    let announcing =
        |export| router("10.0.0.1", 64500, "10.0.0.2", 64501, Some("198.18.0.0/24"), export);
    let mut origin = Bird::start(&lab, "origin", Some(&left), &announcing("all"));
    let text = router("10.0.0.2", 64501, "10.0.0.1", 64500, None, "none");
    let eyeball = Bird::start(&lab, "eyeball", Some(&right), &text);
    let seen = |wanted: bool| {
        until(&format!("the prefix seen: {wanted}"), PATIENCE, || {
            (eyeball.knows("198.18.0.0/24") == wanted).then_some(())
        })
    };
    seen(true);
    assert!(eyeball.ask("show route all 198.18.0.0/24").contains("BGP.as_path: 64500"));
    let routed =
        || right.run(&["ip", "route", "get", "198.18.0.10"]).contains("10.0.0.1").then_some(());
    until("the route in the kernel", PATIENCE, routed);
    assert!(left.name() != right.name());
    origin.reconfigure(&announcing("none"));
    seen(false);
    origin.reconfigure(&announcing("all"));
    seen(true);
    origin.daemon.kill();
    seen(false);
    origin.restart();
    seen(true);
    left.forward(false);
    assert_eq!(left.run(&["cat", "/proc/sys/net/ipv4/ip_forward"]).trim(), "0");
}

fn packets_get_lost_where_told() {
    let lab = Lab::new();
    let knot = Knot::start(&lab, "knot", lab.at(1, 53), "zone.test.", SMALL);
    let asked = || ask(knot.address, "zone.test.", "SOA");
    let loss = Loss::new(&lab);
    loss.black_hole(knot.address.ip());
    let since = Instant::now();
    assert_eq!(asked(), None);
    assert!(
        since.elapsed() > Duration::from_millis(900),
        "a black hole is silent, it does not refuse"
    );
    loss.mend();
    assert!(asked().is_some());
    // Nine in sixteen questions are answered: twenty in a row that are not, nobody will ever see.
    loss.one_in(4, knot.address.ip());
    until("a lost packet", PATIENCE, || asked().is_none().then_some(()));
    until("an answer nevertheless", PATIENCE, || asked().map(|_| ()));
}

fn a_relay_is_slow_and_right() {
    let lab = Lab::new();
    let knot = Knot::start(&lab, "knot", lab.at(1, 53), "zone.test.", SMALL);
    relay::slow(lab.at(2, 53), knot.address, Duration::from_millis(180));
    let since = Instant::now();
    assert_eq!(ask(lab.at(2, 53), "www.zone.test.", "A").unwrap().data("A"), ["192.0.2.80"]);
    assert!(since.elapsed() >= Duration::from_millis(180));
    assert_eq!(ask_tcp(lab.at(2, 53), "www.zone.test.", "A").unwrap().data("A"), ["192.0.2.80"]);
}

fn lifeboat_runs_piped_and_at_a_terminal() {
    let lab = Lab::new();
    let piped = lab.lifeboat(&["--version"]).within(PATIENCE).run().code(0);
    assert!(piped.took < PATIENCE);
    let terminal = lab.lifeboat(&["--version"]).env("LC_ALL", "C").terminal();
    assert_eq!(terminal.finish().code(0).stdout.replace('\r', ""), piped.stdout);
}

/// The runner is shown to be right with shell scripts in the program's place.
fn the_runner_hands_over_input_folder_and_exit_code() {
    let lab = Lab::new();
    lab.subfolder("operator");
    let script = r#"read line; echo "{\"said\": \"$line\", \"left\": \"$LEFT\"}"; basename "$PWD" >&2; exit 7"#;
    let call = lab.lifeboat(&[]).under(&["sh", "-c", script]).folder("operator").stdin("yes\nno\n");
    let ran = call.run().code(7);
    assert_eq!(ran.json(), serde_json::json!({"said": "yes", "left": ""}));
    assert_eq!(ran.stderr, "operator\n");
    let wrong = std::panic::catch_unwind(|| ran.code(0));
    assert!(wrong.is_err(), "a wrong exit code was taken");
}

fn the_runner_answers_prompts() {
    let lab = Lab::new();
    let script = "printf 'short digest: '; read digest; printf 'target: '; read target; echo got $digest $target; exit 5";
    let mut terminal = lab.lifeboat(&[]).under(&["sh", "-c", script]).terminal();
    assert!(terminal.pid() > 1);
    terminal.answer("short digest: ", "0badcafe");
    terminal.answer("target: ", "z-main");
    terminal.expect("got 0badcafe z-main");
    let ran = terminal.finish().code(5);
    assert!(ran.stdout.contains("short digest: target: got"), "{}", ran.stdout);
}

fn the_runner_signals_and_ends_what_hangs() {
    let lab = Lab::new();
    let hanging = || lab.lifeboat(&[]).under(&["sh", "-c", "echo up; exec tail -f /dev/null"]);
    let running = hanging().start();
    until("its first line", PATIENCE, || (running.stdout() == "up\n").then_some(()));
    assert!(running.pid() > 1 && running.stderr().is_empty());
    running.signal(nix::sys::signal::Signal::SIGTERM);
    running.wait().code(128 + 15);
    let late = std::panic::catch_unwind(|| hanging().within(Duration::from_millis(200)).run());
    assert!(late.is_err(), "a call that never ends was taken");
}

fn the_runner_goes_into_a_namespace() {
    let lab = Lab::new();
    let inside = Netns::add(&lab, "inside");
    inside.address("198.18.7.1/32");
    let call = lab.lifeboat(&[]).under(&["sh", "-c", "ip -o address show dev lo"]);
    assert!(call.clone().inside(&inside).run().code(0).stdout.contains("198.18.7.1"));
    assert!(!call.run().code(0).stdout.contains("198.18.7.1"));
}

fn estates_are_yaml_of_the_model() {
    let lab = Lab::new();
    let torrent = Torrent::make(&lab, "x", &[]);
    let mut document = Estate::new("a-lab");
    document.add("swarms", estate::swarm("canary", torrent.info_hash));
    document.add("resolvers", estate::resolver("res", lab.at(5, 53)));
    document.item("resolvers", "res")["transports"] = serde_json::json!(["udp"]);
    let read: serde_json::Value = serde_yaml::from_str(&document.yaml()).unwrap();
    assert_eq!(read, document.0);
    let estate: lifeboat::model::Estate = serde_json::from_value(read).unwrap();
    assert_eq!(estate.resolvers.len(), 1);
    assert_eq!(failover::ZONE, "tracker.test.");
}
