//! The forecast beside what happens: a provider dies, the delegation is moved, and each resolver is watched until it gives
//! what the new provider has.
//!
//! `--whole` plays more rounds, each once users have noticed at every resolver, and holds what was likely to what was seen.

use super::cases::operator::{declare, plan};
use super::daemon::Daemon;
use super::dns::ask;
use super::dns_faults::is_whole;
use super::estate::{self, Estate};
use super::knot::Knot;
use super::lab::Lab;
use super::powerdns::PowerDns;
use super::unbound::Unbound;
use super::until::{STARTUP, until};
use super::{bind, recursor};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Returns the trials.
pub fn trials() -> Vec<Trial> {
    trials![every_resolver_is_right_when_it_was_foretold]
}

const ZONE: &str = "tracker.test.";
const NAME: &str = "announce.tracker.test.";
const RESOLVERS: [&str; 3] = ["unbound", "bind", "recursor"];

/// How long the delegation lives in each round, in seconds, at the parent and in the zone.
const ROUNDS: [u32; 6] = [80, 90, 100, 110, 120, 130];

/// The one round of a sample.
const SAMPLE: [u32; 1] = [12];

/// How long the zone's records live, in seconds.
const RECORD: u32 = 3;

/// How long the recursor asks no server that it found dead, in seconds.
const MEMORY: u32 = 6;

/// The longest that unbound waits for a dead server, and with it whoever asks the same, in seconds.
const WAITS: u32 = 120;

/// How long a run and whoever watches a resolver wait.
const PATIENCE: Duration = Duration::from_secs(240);

/// One resolver in one round, in seconds.
struct Row {
    delegation: u32,
    resolver: &'static str,
    /// From when the plan was made.
    likely: f64,
    seen: f64,
    /// From the last write.
    latest: f64,
    took: f64,
}

struct Ground {
    lab: Lab,
    a: Knot,
    /// They run while the round lasts.
    _others: (PowerDns, Knot, Knot, PowerDns, Unbound, [Daemon; 2]),
}

impl Ground {
    fn start(delegation: u32) -> Ground {
        let lab = Lab::new();
        let at = |host: u8| lab.at(host, 53);
        let root = Knot::start(&lab, "root", at(9), ".", &root_text(&lab));
        let mut parent = PowerDns::start(&lab, "parent", at(1));
        parent.add_zone("test.", &parent_text(&lab, delegation));
        let a = Knot::start(&lab, "a", at(2), ZONE, &zone_text("a", delegation, &lab));
        let mut b = PowerDns::start(&lab, "b", at(3));
        b.add_zone(ZONE, &zone_text("b", delegation, &lab));
        let text = format!(
            "@ 300 SOA ns host 1 3600 600 86400 300\n@ 300 NS ns\nns 300 A {}\n",
            at(4).ip()
        );
        let control = Knot::start(&lab, "control", at(4), "control.example.", &text);
        let unbound = Unbound::start(
            &lab,
            "unbound",
            at(5),
            &[("test.", at(1)), ("control.example.", at(4))],
        );
        let mut plain = [
            bind::start_plain(&lab, "bind", at(6), at(9)),
            recursor::start_plain(&lab, "recursor", at(7), at(9), MEMORY),
        ];
        for (daemon, host) in plain.iter_mut().zip([6, 7]) {
            daemon.ready(|| ask(at(host), "control.example.", "SOA"));
        }
        describe(&lab, &parent, &a, &b);
        Ground { a, _others: (parent, root, control, b, unbound, plain), lab }
    }

    fn resolvers(&self) -> [(&'static str, SocketAddr); 3] {
        let mut host = 4;
        RESOLVERS.map(|name| {
            host += 1;
            (name, self.lab.at(host, 53))
        })
    }

    /// Lets A die, has Lifeboat move the delegation, and watches.
    fn play(mut self, delegation: u32) -> Vec<Row> {
        let [of_a, of_b] = [82, 83].map(|host| self.lab.address(host).to_string());
        for (_, at) in self.resolvers() {
            until("an answer of A", STARTUP, || given(at, &of_a));
        }
        self.a.daemon.kill();
        if is_whole() {
            // People take longer than resolvers, which have asked the parent once more by then.
            for (_, at) in self.resolvers() {
                until("a failure", 4 * STARTUP, || fails(at));
            }
        }
        declare(&self.lab, "names of our zone no longer resolve");
        let pinned = plan(&self.lab, &["dns-provider-outage"]);
        let made = Instant::now();
        let steps = pinned.0["plan"]["steps"].as_array().unwrap().iter();
        let mut forecasts = steps.map(|step| &step["work"]["change"]["forecast"]["resolvers"]);
        let forecast =
            forecasts.find(|it| it.is_array()).unwrap_or_else(|| panic!("{:#}", pinned.0));
        let (parent, of_b) = (self.lab.at(1, 53), &of_b);
        let given: Vec<(f64, f64)> = std::thread::scope(|scope| {
            let written = scope.spawn(|| until("the move", 2 * STARTUP, || moved(parent)));
            let watch =
                |at| scope.spawn(move || until("an answer of B", PATIENCE, || given(at, of_b)));
            let watching: Vec<_> = self.resolvers().into_iter().map(|(_, at)| watch(at)).collect();
            let call = self.lab.lifeboat(&["run", pinned.short()]).within(PATIENCE);
            let mut terminal = call.terminal();
            terminal.answer("short digest: ", pinned.short());
            terminal.answer("target: ", pinned.target());
            terminal.finish().code(0);
            let written = written.join().unwrap();
            let given = watching.into_iter().map(|it| it.join().unwrap());
            let since = |at: Instant, from: Instant| at.duration_since(from).as_secs_f64();
            given.map(|at| (since(at, made), since(at, written))).collect()
        });
        let rows = RESOLVERS.into_iter().zip(given).map(|(resolver, (seen, took))| {
            let told = forecast
                .as_array()
                .unwrap()
                .iter()
                .find(|it| it["resolver"] == resolver)
                .unwrap_or_else(|| panic!("{resolver} is not in {forecast:#}"));
            let [likely, latest] = ["likely", "latest"].map(|key| seconds(&told[key]));
            Row { delegation, resolver, likely, seen, latest, took }
        });
        rows.collect()
    }
}

/// Returns the moment at which the parent delegates to B.
fn moved(parent: SocketAddr) -> Option<Instant> {
    let answer = ask(parent, ZONE, "NS")?;
    let to_b = answer.authority.iter().any(|record| record.data == "ns1.prov-b.test.");
    to_b.then(Instant::now)
}

/// Returns the moment at which a resolver gives an address for the name.
fn given(resolver: SocketAddr, address: &str) -> Option<Instant> {
    (ask(resolver, NAME, "A")?.data("A") == [address]).then(Instant::now)
}

/// Returns when a resolver has given a name up.
fn fails(resolver: SocketAddr) -> Option<()> {
    (ask(resolver, NAME, "A")?.status == "SERVFAIL").then_some(())
}

fn every_resolver_is_right_when_it_was_foretold() {
    let rounds = if is_whole() { &ROUNDS[..] } else { &SAMPLE[..] };
    let played = std::thread::scope(|scope| {
        let play =
            |delegation: u32| scope.spawn(move || Ground::start(delegation).play(delegation));
        let playing: Vec<_> = rounds.iter().map(|delegation| play(*delegation)).collect();
        playing.into_iter().flat_map(|it| it.join().unwrap()).collect::<Vec<Row>>()
    });
    eprintln!(
        "| Delegation | Resolver | Likely | Seen | After the write | Latest |\n|---|---|---|---|---|---|"
    );
    for Row { delegation, resolver, likely, seen, latest, took } in &played {
        eprintln!(
            "| {delegation} s | {resolver} | {likely:.1} s | {seen:.1} s | {took:.1} s | {latest:.0} s |"
        );
    }
    for row in &played {
        assert!(
            row.took <= row.latest,
            "{}: {} s, and at the latest {} s",
            row.resolver,
            row.took,
            row.latest
        );
    }
    let error = |row: &Row| (row.seen - row.likely).abs() / row.seen;
    let mut errors: Vec<f64> = played.iter().map(error).collect();
    errors.sort_by(f64::total_cmp);
    let median = errors[errors.len() / 2];
    eprintln!("median error of what is likely: {:.0} %", 100.0 * median);
    // A sample of one short round on a busy machine says little of the middle.
    assert!(!is_whole() || median <= 0.2, "{errors:?}");
}

/// Reads a length of time as documents write it, in seconds.
fn seconds(span: &Value) -> f64 {
    lifeboat::model::Span::parse(span.as_str().unwrap()).unwrap().as_millis() as f64 / 1_000.0
}

fn describe(lab: &Lab, parent: &PowerDns, a: &Knot, b: &PowerDns) {
    let mut estate = Estate::new("foretold");
    estate.add("registrars", estate::registrar(lab, "reg", "test.", parent));
    estate.add("dns_providers", estate::unmanaged_provider("a", "ns1.prov-a.test.", a));
    estate.add("dns_providers", estate::powerdns_provider(lab, "b", "ns1.prov-b.test.", b));
    let expect = [82, 83].map(|host| lab.address(host).to_string());
    estate.add(
        "zones",
        json!({"id": "zone", "name": ZONE, "registrar": "reg", "delegated_to": ["a"], "standby_at": ["b"],
               "critical": [{"name": "announce", "type": "A", "expect": expect}]}),
    );
    estate.add("controls", estate::dns_control("control", lab.at(4, 53), "control.example."));
    for (host, id) in (5..).zip(RESOLVERS) {
        let mut resolver = estate::resolver(id, lab.at(host, 53));
        let memory = match id {
            "unbound" => Some(WAITS),
            "recursor" => Some(MEMORY),
            _ => None,
        };
        if let Some(memory) = memory {
            resolver["dead_server_memory"] = json!(format!("{memory}s"));
        }
        estate.add("resolvers", resolver);
    }
    estate.write(lab);
}

fn root_text(lab: &Lab) -> String {
    format!(
        "@ 300 SOA a.root. host. 1 3600 600 86400 300\n@ 300 NS a.root.\na.root. 300 A {}\n\
         test. 300 NS ns.nic.test.\nns.nic.test. 300 A {}\n\
         control.example. 300 NS ns.control.example.\nns.control.example. 300 A {}\n",
        lab.address(9),
        lab.address(1),
        lab.address(4)
    )
}

fn parent_text(lab: &Lab, delegation: u32) -> String {
    format!(
        "$ORIGIN test.\n$TTL 300\n@ SOA ns.nic host.nic 1 3600 600 86400 {RECORD}\n@ NS ns.nic\nns.nic A {}\n\
         ns1.prov-a A {}\nns1.prov-b A {}\n{ZONE} {delegation} NS ns1.prov-a.test.\n",
        lab.address(1),
        lab.address(2),
        lab.address(3)
    )
}

fn zone_text(provider: &str, delegation: u32, lab: &Lab) -> String {
    let host = if provider == "a" { 82 } else { 83 };
    format!(
        "$ORIGIN {ZONE}\n$TTL {RECORD}\n@ SOA ns1.prov-{provider}.test. host 1 3600 600 86400 {RECORD}\n\
         @ {delegation} NS ns1.prov-{provider}.test.\nannounce A {}\n",
        lab.address(host)
    )
}
