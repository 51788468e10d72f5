//! Case 6: a proxy before the parent's API kills the program between a write and its answer.

use super::operator::{approve, declare, plan, verify_journal};
use crate::real::dns::ask;
use crate::real::failover::{Failover, NAME, NS_A, NS_B, TTL, ZONE};
use crate::real::lab::Lab;
use crate::real::lifeboat::Ran;
use crate::real::tap::{Request, answer};
use crate::real::until::until;
use libtest_mimic::Trial;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Returns the trials of the case.
pub fn trials() -> Vec<Trial> {
    trials![
        a_write_that_lands_late_is_not_made_again,
        a_write_that_got_lost_is_made_again,
        a_third_value_set_meanwhile_is_kept,
        a_wait_that_runs_out_waits_for_a_write_in_doubt,
    ]
}

const RUNBOOK: &str = "dns-provider-outage";
const LATE: Duration = Duration::from_secs(3);
/// A resumed run first waits until the write can no longer land.
const WITHIN: Duration = Duration::from_secs(90);

/// What becomes of the write whose sender was killed.
#[derive(Clone, Copy)]
enum Fate {
    Late,
    Lost,
    /// Nobody is killed: the connection ends without a word.
    Dropped,
}

fn a_write_that_lands_late_is_not_made_again() {
    let lab = Lab::new();
    let topology = outage(&lab, Fate::Late);
    assert_eq!(topology.parent.patches(), 0, "it landed before `resume`: the trial shows nothing");
    resume(&lab, 0);
    ends_at_b(&lab, &topology);
}

fn a_write_that_got_lost_is_made_again() {
    let lab = Lab::new();
    let topology = outage(&lab, Fate::Lost);
    resume(&lab, 0);
    ends_at_b(&lab, &topology);
}

fn a_third_value_set_meanwhile_is_kept() {
    let lab = Lab::new();
    let topology = outage(&lab, Fate::Lost);
    topology.delegate(&["ns1.prov-c.test."]);
    let theirs = topology.parent.rrsets("test.");
    resume(&lab, 8);
    assert_eq!(topology.parent.rrsets("test."), theirs, "a person's value was overwritten");
    assert_eq!(topology.parent.patches(), 1, "more was written than the person wrote");
    verify_journal(&lab);
}

/// The caller wants to come back after a second, and a write is in doubt for fifteen: it is settled first, and waiting
/// for that costs no more than waiting.
fn a_wait_that_runs_out_waits_for_a_write_in_doubt() {
    let lab = Lab::new();
    let mut topology = Failover::start(&lab, &[NS_A]);
    topology.parent.replace("test.", ZONE, "NS", 60, &[NS_A], "a longer life");
    let _proxy = killing_proxy(&lab, &mut topology, Fate::Dropped);
    topology.a.daemon.kill();
    let incident = declare(&lab, "names of our zone no longer resolve");
    let pinned = plan(&lab, &[RUNBOOK]);
    let terminal = approve(&lab, &["run", pinned.short(), "--wait", "1s"], &pinned);
    let pid = terminal.pid();
    let kinds = || kinds(&incident);
    until("a write in doubt", WITHIN, || kinds().contains(&"in-doubt".to_owned()).then_some(()));
    let (since, mut busy) = (busy(pid).unwrap(), None);
    until("the end of the doubt", WITHIN, || {
        busy = self::busy(pid).or(busy);
        let kinds = kinds();
        let doubt = kinds.iter().position(|kind| kind == "in-doubt")?;
        kinds[doubt..].contains(&"settled".to_owned()).then_some(())
    });
    let spent = busy.unwrap() - since;
    assert!(spent < 300, "{spent} hundredths of a second of work while it only waited");
    terminal.finish().code(9);
    let kinds = kinds();
    let [doubts, ends] = ["in-doubt", "settled"]
        .map(|wanted| kinds.iter().rposition(|kind| kind == wanted).unwrap());
    assert!(doubts < ends, "it came back with a write in doubt: {kinds:?}");
    assert_eq!(topology.parent.patches(), 2, "the lab's own and one of ours");
    eprintln!("in doubt while `--wait` ran out: {spent} hundredths of a second of work");
}

/// Returns the kinds of a journal's records.
fn kinds(incident: &std::path::Path) -> Vec<String> {
    let text = std::fs::read_to_string(incident.join("journal.jsonl")).unwrap_or_default();
    let records = text.lines().filter_map(|line| {
        serde_json::from_str::<serde_json::Value>(line).ok()?["event"]
            .as_object()?
            .keys()
            .next()
            .cloned()
    });
    records.collect()
}

/// Returns the processor time of a process in hundredths of a second (proc(5)); nothing once it is gone.
fn busy(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
}

/// Lets provider A die and the program with it, once its write has arrived whole.
fn outage(lab: &Lab, fate: Fate) -> Failover {
    let mut topology = Failover::start(lab, &[NS_A]);
    let victim = killing_proxy(lab, &mut topology, fate);
    topology.a.daemon.kill();
    declare(lab, "names of our zone no longer resolve");
    let pinned = plan(lab, &[RUNBOOK]);
    let terminal = approve(lab, &["run", pinned.short()], &pinned);
    victim.send(Pid::from_raw(terminal.pid() as i32)).unwrap();
    terminal.finish().code(128 + Signal::SIGKILL as i32);
    topology
}

#[track_caller]
fn resume(lab: &Lab, code: i32) -> Ran {
    lab.lifeboat(&["resume"]).within(WITHIN).run().code(code)
}

/// Checks that the delegation was moved to B by a single write.
#[track_caller]
fn ends_at_b(lab: &Lab, topology: &Failover) {
    assert_eq!(topology.parent.patches(), 1);
    let delegated = topology.parent.rrset("test.", ZONE, "NS").unwrap();
    let contents: Vec<_> = delegated["records"].as_array().unwrap().iter().collect();
    assert_eq!(contents, [&json!({"content": NS_B, "disabled": false})]);
    assert_eq!(delegated["ttl"], TTL);
    let resolves = ask(topology.resolver.address, NAME, "A").unwrap();
    assert_eq!(resolves.data("A"), [topology.answer_of_b.to_string()]);
    verify_journal(lab);
}

/// Points the registrar at a proxy before the parent's API; who sends the first PATCH dies by the sent process id.
fn killing_proxy(lab: &Lab, topology: &mut Failover, fate: Fate) -> Sender<Pid> {
    let listener = TcpListener::bind(lab.at(6, 8081)).unwrap();
    let api = topology.parent.base();
    let before = topology.parent.api.to_string();
    let behind = listener.local_addr().unwrap().to_string();
    topology.estate.item("registrars", "reg-north")["api"] = api.replace(&before, &behind).into();
    topology.estate.write(lab);
    let (victim, named) = mpsc::channel();
    let server = topology.parent.api;
    let named = Arc::new(Mutex::new(Some(named)));
    thread::spawn(move || {
        // A thread for each: a look that comes too early must not wait behind the late write.
        for client in listener.incoming().flatten() {
            let named = Arc::clone(&named);
            thread::spawn(move || {
                let served = serve(client, server, &named, fate);
                served.unwrap_or_else(|error| eprintln!("the proxy: {error}"));
            });
        }
    });
    victim
}

/// Forwards one request and its answer, except for the first PATCH.
fn serve(
    client: TcpStream,
    server: SocketAddr,
    named: &Mutex<Option<Receiver<Pid>>>,
    fate: Fate,
) -> io::Result<()> {
    let Some(request) = Request::read(&client)? else { return Ok(()) };
    let first = if request.method == "PATCH" { named.lock().unwrap().take() } else { None };
    let Some(named) = first else {
        return answer(client, &request.forward(server)?);
    };
    if matches!(fate, Fate::Dropped) {
        return Ok(());
    }
    let Ok(victim) = named.recv() else { return Ok(()) };
    kill(victim, Signal::SIGKILL)?;
    if matches!(fate, Fate::Late) {
        // The socket stays open meanwhile, and nothing is ever said on it.
        thread::sleep(LATE);
        request.forward(server)?;
    }
    Ok(())
}
