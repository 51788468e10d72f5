//! A registry over RDAP: nginx serves its answers over TLS, with certificates of the trial's own authority.

use std::net::SocketAddr;

use libtest_mimic::Trial;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};

use super::cases::operator::{approve, causes, declare, diagnose, plan, truth};
use super::daemon::Daemon;
use super::failover::{Failover, NS_A};
use super::lab::Lab;

pub fn trials() -> Vec<Trial> {
    trials![
        each_answer_of_a_registry_becomes_what_it_says,
        a_hold_is_diagnosed_and_stops_every_change,
        a_hold_that_comes_after_the_plan_stops_its_run,
    ]
}

/// The host that the registry's certificate names, and the domain that it knows.
const HOST: &str = "rdap.nic.test";
const DOMAIN: &str = "tracker.test";

/// A running registry: one answer below each base path.
struct Registry {
    _daemon: Daemon,
    at: SocketAddr,
    /// The same answers under another host's certificate.
    stranger: SocketAddr,
}

impl Registry {
    /// Starts it; the authority's certificate lies in `registry/ca.pem`.
    fn start(lab: &Lab) -> Registry {
        let (at, stranger) = (lab.at(6, 8443), lab.at(6, 8444));
        certify(lab);
        let folder = lab.subfolder("registry");
        let answers: String = answers().iter().map(|answer| location(lab, answer)).collect();
        let server = |at: SocketAddr, name: &str| {
            format!(
                "server {{ listen {at} ssl; ssl_certificate {name}.pem; ssl_certificate_key {name}.key;\n{answers}}}\n"
            )
        };
        let text = format!(
            "user root; daemon off; master_process off; pid {folder}/pid; error_log stderr;\nevents {{}}\nhttp {{\n\
             access_log off; default_type application/rdap+json;\n\
             client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;\n\
             uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n{}{}}}\n",
            server(at, "registry"),
            server(stranger, "stranger"),
            folder = folder.display()
        );
        let path = lab.write("registry/nginx.conf", text);
        let words = ["nginx", "-p", folder.to_str().unwrap(), "-c", path.to_str().unwrap()];
        let mut daemon = lab.start("registry", &words);
        daemon.ready(|| std::net::TcpStream::connect(stranger).ok());
        Registry { _daemon: daemon, at, stranger }
    }

    /// Makes the estate ask it at a base path.
    fn ask(&self, lab: &Lab, topology: &mut Failover, base: &str) {
        let at = if base == "stranger" { self.stranger } else { self.at };
        topology.estate.0["registrars"][0]["rdap"] = json!({
            "url": format!("https://{HOST}:{}/{base}", at.port()),
            "addresses": [at.ip().to_string()], "ca": {"file": "registry/ca.pem"},
        });
        topology.estate.write(lab);
    }
}

/// Writes the authority, a certificate of the registry and one of somebody else, each with its key.
fn certify(lab: &Lab) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    lab.write("registry/ca.pem", params.self_signed(&key).unwrap().pem());
    let issuer = Issuer::new(params, key);
    for (file, name) in [("registry", HOST), ("stranger", "www.elsewhere.test")] {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2019, 1, 1);
        params.not_after = rcgen::date_time_ymd(4000, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        lab.write(&format!("registry/{file}.pem"), certificate.pem());
        lab.write(&format!("registry/{file}.key"), key.serialize_pem());
    }
}

/// An answer: its base path, status, and body.
type Answer = (&'static str, u16, String);

fn answers() -> Vec<Answer> {
    let domain = |name: &str, statuses: &[&str], expires: &str| {
        json!({"rdapConformance": ["rdap_level_0"], "objectClassName": "domain", "ldhName": name,
            "status": statuses, "events": [{"eventAction": "expiration", "eventDate": expires}],
            "nameservers": [{"objectClassName": "nameserver", "ldhName": NS_A.to_ascii_uppercase()}]})
        .to_string()
    };
    let (later, past) = ("2126-01-01T00:00:00Z", "2019-08-30T12:00:00+00:00");
    let entity = json!({"objectClassName": "entity", "handle": "376"}).to_string();
    let error = |code: u16| json!({"errorCode": code, "title": "No such domain"}).to_string();
    vec![
        ("fine", 200, domain("TRACKER.TEST", &["client transfer prohibited"], later)),
        ("hold", 200, domain(DOMAIN, &["server hold"], later)),
        ("expired", 200, domain(DOMAIN, &["clientHold", "auto renew period"], past)),
        ("other", 200, domain("tracker.example", &["server hold"], later)),
        ("entity", 200, entity),
        ("gone", 404, error(404)),
        ("page", 404, "<h1>404 Not Found</h1>".to_owned()),
        ("failing", 500, error(500)),
        ("busy", 429, error(429)),
        ("stranger", 200, domain(DOMAIN, &["server hold"], later)),
    ]
}

/// Makes a location of nginx out of an answer, whose body lies in a file.
fn location(lab: &Lab, (base, status, body): &Answer) -> String {
    lab.write(&format!("registry/bodies/{base}"), body);
    let path = format!("/{base}/domain/{DOMAIN}");
    let file = format!("alias {}/registry/bodies/{base};", lab.folder().display());
    match status {
        200 => format!("location = {path} {{ {file} }}\n"),
        _ => format!(
            "location = {path} {{ error_page {status} /{base}; return {status}; }}\n\
             location = /{base} {{ internal; {file} }}\n"
        ),
    }
}

/// Returns how asking the registry ended.
fn ending(lab: &Lab) -> Value {
    let printed = lab.lifeboat(&["probe", "registry", "--json"]).run().code(0).json();
    let all = printed["evidence"].as_array().unwrap();
    let one = all.iter().find(|it| it["observation"]["probe"] == "registry");
    one.unwrap_or_else(|| panic!("{printed:#}"))["observation"]["ending"].clone()
}

fn each_answer_of_a_registry_becomes_what_it_says() {
    let lab = Lab::new();
    let mut topology = Failover::start(&lab, &[NS_A]);
    let registry = Registry::start(&lab);
    let mut asked = |base: &str| {
        registry.ask(&lab, &mut topology, base);
        ending(&lab)
    };
    for (base, statuses) in [
        ("fine", json!(["client-transfer-prohibited"])),
        ("hold", json!(["server-hold"])),
        ("expired", json!(["client-hold", "auto-renew-period"])),
    ] {
        let found = asked(base);
        assert_eq!(found["answered"]["registered"]["statuses"], statuses, "{base}: {found}");
    }
    assert_eq!(asked("gone")["answered"]["not-registered"], "No such domain");
    for (base, how, words) in [
        ("other", "malformed", "it is about `tracker.example`"),
        ("entity", "malformed", "and no domain"),
        ("page", "malformed", "no error of RDAP"),
        ("stranger", "malformed", "TLS"),
    ] {
        let found = asked(base);
        let said = found[how].as_str().unwrap_or_else(|| panic!("{base}: {found}"));
        assert!(said.contains(words), "{base}: {said}");
    }
    for (base, words) in [("failing", "status 500"), ("busy", "status 429")] {
        let found = asked(base);
        assert_eq!(found["inconclusive"]["busy"], words, "{base}: {found}");
    }
}

/// The registry takes the domain out of its zone, and the provider then dies as well: nothing may be moved.
fn a_hold_is_diagnosed_and_stops_every_change() {
    let lab = Lab::new();
    let mut topology = Failover::start(&lab, &[NS_A]);
    let registry = Registry::start(&lab);
    registry.ask(&lab, &mut topology, "fine");
    let well = diagnose(&lab, 0);
    assert_eq!(truth(&well, "registry.hold", "z-main").as_deref(), Some("false"), "{well:#}");
    assert_eq!(truth(&well, "registry.delegation-as-intended", "z-main").as_deref(), Some("true"));
    assert_eq!(truth(&well, "registry.locked", "z-main").as_deref(), Some("true"));

    topology.delegate(&[]);
    registry.ask(&lab, &mut topology, "failing");
    let open = diagnose(&lab, 10);
    assert_eq!(open["verdict"], "undetermined", "{open:#}");
    let next = open["next_probes"].as_array().unwrap();
    assert!(next.iter().any(|it| it["of"] == "registry.hold of z-main"), "{next:?}");

    registry.ask(&lab, &mut topology, "hold");
    let held = diagnose(&lab, 4);
    assert_eq!(causes(&held), ["domain-hold/z-main/by-registry"], "{held:#}");
    assert_eq!(held["advice"], "call");

    topology.a.daemon.kill();
    declare(&lab, "names of our zone no longer resolve");
    let (patches, before) = (topology.parent.patches(), topology.parent.rrsets("test."));
    let plan = ["plan", "dns-provider-outage", "--set", "failed=provider-a", "--json"];
    let refused = lab.lifeboat(&plan).run().code(6);
    assert!(refused.everything().contains("Call counsel"), "{}", refused.everything());
    assert_eq!((topology.parent.patches(), topology.parent.rrsets("test.")), (patches, before));
}

/// The parent still delegates, and the value that the plan saw is still there: the registry alone knows better.
fn a_hold_that_comes_after_the_plan_stops_its_run() {
    let lab = Lab::new();
    let mut topology = Failover::start(&lab, &[NS_A]);
    let registry = Registry::start(&lab);
    registry.ask(&lab, &mut topology, "fine");
    topology.a.daemon.kill();
    declare(&lab, "names of our zone no longer resolve");
    let pinned = plan(&lab, &["dns-provider-outage"]);
    assert_eq!(pinned.changes().len(), 1, "{:#}", pinned.0);
    let (patches, before) = (topology.parent.patches(), topology.parent.rrsets("test."));
    let held = answers().into_iter().find(|(base, ..)| *base == "hold").unwrap().2;
    lab.write("registry/bodies/fine", held);
    let ran = approve(&lab, &["run", pinned.short()], &pinned).finish().code(6);
    assert_eq!((topology.parent.patches(), topology.parent.rrsets("test.")), (patches, before));
    assert!(ran.stdout.contains("the domain is held by now"), "{}", ran.stdout);
}
