//! DNSSEC, with `delv` as the oracle: the same verdict on every answer of real servers, good, forged, stripped, late and denied.

mod diagnosed;
mod signed;
mod world;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::diagnose::dnssec::{Chain, FaultKind, Open, TrustAnchors, Verdict, judge};
use lifeboat::model::DnsAnswer;
use lifeboat::wire::dns::{Query, decode, encode_query};

use super::lab::Lab;
use diagnosed::expired_signatures_are_a_fault_of_their_provider_alone;
use signed::Denying;
use world::{Plan, Server, World};

/// Returns the trials of validation.
pub fn trials() -> Vec<Trial> {
    trials![d6_verdicts_are_those_of_delv, expired_signatures_are_a_fault_of_their_provider_alone,]
}

/// What must come out: nothing but the class is the oracle's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Secure,
    /// Secure, unless the zone leaves unsigned delegations out.
    SecureOrOpen,
    /// Proven to be unsigned: by its own denial, or by one that leaves it out.
    Unsigned,
    Unsupported,
    Bogus(FaultKind),
    /// Bogus: what is proven is something else, or nothing, as the server has it.
    Unproven,
}

/// Child of the parent, name below it, type.
const CASES: &[(&str, &str, &str, Wanted)] = {
    use FaultKind::{BadSignature, DsMismatch, Expired, MissingKey, NotYetValid, Stripped};
    use Wanted::{Bogus, Secure, SecureOrOpen, Unproven, Unsigned, Unsupported};
    &[
        ("good", "www", "A", Secure),
        ("good", "", "SOA", Secure),
        ("good", "", "NS", Secure),
        ("good", "", "DNSKEY", Secure),
        ("good", "", "DS", Secure),
        ("good", "many", "TXT", Secure),
        ("good", "many", "MX", Secure),
        ("good", "many", "SRV", Secure),
        ("good", "alias", "A", Secure),
        ("good", "alias", "CNAME", Secure),
        ("good", "a.tree", "A", Secure),
        ("good", "www", "AAAA", Secure),
        ("good", "alias", "AAAA", Secure),
        ("good", "ent", "A", Secure),
        ("good", "nope", "A", SecureOrOpen),
        ("good", "nope.www", "A", SecureOrOpen),
        ("good", "x.wild", "A", SecureOrOpen),
        ("good", "y.x.wild", "A", SecureOrOpen),
        ("good", "x.wild", "AAAA", SecureOrOpen),
        ("good", "*.wild", "A", Secure),
        ("good", "sub", "DS", SecureOrOpen),
        ("good", "forged", "A", Bogus(BadSignature)),
        ("good", "a.wide", "A", Bogus(BadSignature)),
        ("good", "bad", "A", Bogus(BadSignature)),
        ("good", "bare", "A", Bogus(Stripped)),
        ("good", "old", "A", Bogus(Expired)),
        ("good", "early", "A", Bogus(NotYetValid)),
        ("good", "gone", "A", Unproven),
        ("swap", "www", "A", Bogus(MissingKey)),
        ("swap", "nope", "A", Bogus(MissingKey)),
        ("other", "www", "A", Bogus(DsMismatch)),
        ("other", "nope", "A", Bogus(DsMismatch)),
        ("late", "www", "A", Bogus(Expired)),
        ("mute", "www", "A", Bogus(Stripped)),
        ("void", "nope", "A", Bogus(Stripped)),
        ("cut", "www", "A", Bogus(Stripped)),
        ("plain", "www", "A", Unsigned),
        ("plain", "nope", "A", Unsigned),
        ("far", "www", "A", Unsupported),
    ]
};

/// Each with how many cases it steps on by.
const PLANS: [(Plan, usize); 5] = {
    use Denying::{Hashes, Names, OptOut};
    use Server::{Bind, Knot};
    const fn plan(parent: &'static str, algorithm: u8, denying: Denying, server: Server) -> Plan {
        Plan { parent, algorithm, denying, server }
    }
    [
        (plan("rsa.example.", 8, Names, Bind), 1),
        (plan("hashed.", 13, Hashes, Knot), 1),
        (plan("open.org.test.", 13, OptOut, Bind), 1),
        (plan("big.curve.net.", 14, Names, Knot), 5),
        (plan("edwards.", 15, Hashes, Bind), 4),
    ]
};

/// What came of one world.
#[derive(Default)]
struct Outcome {
    table: String,
    differ: Vec<String>,
    /// Secure, insecure, bogus.
    counts: [usize; 3],
    stricter: usize,
}

fn d6_verdicts_are_those_of_delv() {
    let lab = Lab::new();
    let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
        let play = |(host, (plan, step))| {
            let lab = &lab;
            scope.spawn(move || played(lab, host, plan, step))
        };
        let playing: Vec<_> = (2..).zip(PLANS).map(play).collect();
        playing.into_iter().map(|world| world.join().unwrap()).collect()
    });
    let (mut differ, mut counts, mut stricter) = (Vec::new(), [0; 3], 0);
    for outcome in outcomes {
        eprint!("{}", outcome.table);
        differ.extend(outcome.differ);
        counts.iter_mut().zip(outcome.counts).for_each(|(all, one)| *all += one);
        stricter += outcome.stricter;
    }
    let [secure, open, bogus] = counts;
    eprintln!(
        "{secure} secure, {open} insecure ({stricter} of them validated there), {bogus} bogus"
    );
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.join("\n"));
    assert!(bogus >= 30 && secure >= 30 && open >= 10, "the cases are lopsided");
}

fn played(lab: &Lab, host: u8, plan: Plan, step: usize) -> Outcome {
    let world = World::start(lab, plan, host);
    let table = format!("{:<60} {:<44} delv\n", format!("{plan:?}"), "here");
    let mut outcome = Outcome { table, ..Outcome::default() };
    let anchors = lab.write(&format!("anchors-{host}"), world.anchors_of_delv());
    for (child, name, kind, wanted) in CASES.iter().step_by(step) {
        let labels = [*name, *child, plan.parent];
        let labels = labels.iter().filter(|label| !label.is_empty());
        let name = labels.copied().collect::<Vec<_>>().join(".");
        let ours = world.judged(&format!("{child}.{}", plan.parent), &name, kind);
        let theirs = world.delv(&anchors, &name, kind);
        let asked = format!("{name} {kind}");
        outcome.table += &format!("  {asked:<58} {:<44} {theirs}\n", shown(&ours));
        outcome.counts[class(&ours) as usize] += 1;
        // Where a denial leaves unsigned delegations out, RFC 5155 §9.2 forbids to call the answer authentic; delv does.
        let stricter = ours == Verdict::Insecure(Open::OptOut);
        let stricter = stricter && theirs_class(&theirs) == Class::Secure;
        outcome.stricter += usize::from(stricter);
        if class(&ours) != theirs_class(&theirs) && !stricter {
            outcome.differ.push(format!("{asked}: {} here, {theirs} there", shown(&ours)));
        }
        if !is(&ours, *wanted, plan.denying) {
            outcome.differ.push(format!("{asked}: {ours:?}, wanted {wanted:?}"));
        }
    }
    outcome
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Secure,
    Insecure,
    Bogus,
}

/// Nothing here may be left undecided: that would be counted as bogus, and then fail by what was wanted.
fn class(verdict: &Verdict) -> Class {
    match verdict {
        Verdict::Secure(_) => Class::Secure,
        Verdict::Insecure(_) => Class::Insecure,
        Verdict::Bogus(_) | Verdict::Indeterminate(_) => Class::Bogus,
    }
}

fn theirs_class(said: &str) -> Class {
    match said {
        _ if said.contains("fully validated") => Class::Secure,
        _ if said.contains("unsigned answer") => Class::Insecure,
        _ => Class::Bogus,
    }
}

fn is(verdict: &Verdict, wanted: Wanted, denying: Denying) -> bool {
    let secure = matches!(verdict, Verdict::Secure(_));
    match wanted {
        Wanted::Secure => secure,
        Wanted::SecureOrOpen if denying == Denying::OptOut => {
            secure || *verdict == Verdict::Insecure(Open::OptOut)
        }
        Wanted::SecureOrOpen => secure,
        Wanted::Unsigned => matches!(verdict, Verdict::Insecure(Open::NoDs | Open::OptOut)),
        Wanted::Unsupported => *verdict == Verdict::Insecure(Open::Unsupported),
        Wanted::Unproven => matches!(verdict, Verdict::Bogus(fault)
            if matches!(fault.kind, FaultKind::WrongDenial | FaultKind::Stripped)),
        Wanted::Bogus(kind) => matches!(verdict, Verdict::Bogus(fault) if fault.kind == kind),
    }
}

fn shown(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Secure(_) => "secure".to_owned(),
        Verdict::Insecure(why) => format!("insecure: {why:?}"),
        Verdict::Bogus(fault) => format!("bogus: {} ({})", fault.kind.name(), fault.zone),
        Verdict::Indeterminate(gap) => format!("indeterminate: {gap}"),
    }
}

impl World {
    fn anchors_of_delv(&self) -> String {
        let ds = self.anchors.iter().map(|ds| {
            let mut words = ds.splitn(4, ' ');
            let mut word = || words.next().unwrap();
            let (tag, algorithm, kind, digest) = (word(), word(), word(), word());
            format!("{} static-ds {tag} {algorithm} {kind} \"{digest}\";", self.plan.parent)
        });
        format!("trust-anchors {{ {} }};\n", ds.collect::<String>())
    }

    fn judged(&self, child: &str, name: &str, kind: &str) -> Verdict {
        let mut anchors = TrustAnchors::default();
        anchors.trust(self.plan.parent, self.anchors.iter().map(String::as_str));
        let above = ask(self.at, self.plan.parent, "DNSKEY");
        let (ds, keys) = (ask(self.at, child, "DS"), ask(self.at, child, "DNSKEY"));
        let chain = Chain::new(&anchors).link(self.plan.parent, None, Some(&above)).link(
            child,
            Some(&ds),
            Some(&keys),
        );
        judge(&chain, name, kind, &ask(self.at, name, kind), jiff::Timestamp::now())
    }

    /// Returns what `delv` says of an answer, from its comments.
    fn delv(&self, anchors: &Path, name: &str, kind: &str) -> String {
        let mut delv = Command::new("delv");
        delv.arg(format!("@{}", self.at.ip())).args(["-p", &self.at.port().to_string()]);
        delv.arg("-a").arg(anchors).arg(format!("+root={}", self.plan.parent));
        let output = delv.args(["-q", name, "-t", kind]).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        let says: Vec<&str> = said.lines().filter(|line| line.starts_with(';')).collect();
        // Where several sets are shown, the weakest counts; a denial comes as a failure that is validated.
        let of = |what: &str| {
            says.iter().find(|line| line.contains(what)).map(|line| (*line).to_owned())
        };
        let failed = of("resolution failed").filter(|line| !line.contains("ncache"));
        failed.or(of("unsigned answer")).or(of("fully validated")).unwrap_or_else(|| says.join(" "))
    }
}

/// Asks with DNSSEC over TCP, as nothing is cut there.
fn ask(at: SocketAddr, name: &str, kind: &str) -> DnsAnswer {
    let query = Query { dnssec: true, ..Query::to_authority(name, kind) };
    let question = encode_query(7, &query).unwrap();
    let mut stream = TcpStream::connect_timeout(&at, Duration::from_secs(5)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let length = u16::try_from(question.len()).unwrap().to_be_bytes();
    stream.write_all(&[&length[..], &question].concat()).unwrap();
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message).unwrap();
    decode(&message).unwrap().1
}
