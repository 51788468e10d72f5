//! What else a server is asked when a question goes wrong: only what tells one fault from another.

use super::asking::Asking;
use super::course::Course;
use crate::host::random;
use crate::model::DnsRole;
use crate::service::dns::Way;
use crate::service::dns::ask::Told;
use crate::wire::dns::Query;

/// Why something else is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rung {
    /// A smaller answer, or a question without EDNS: does it get through?
    Smaller,
    /// The same over TCP.
    Whole,
    /// The same without the resolver's own checking.
    Unchecked,
    /// A name that no cache can have.
    Fresh,
    /// The same small question many times, to count the answers.
    Count,
}

/// How many tries are counted when some were lost: enough to tell 19 % from 50 %.
pub const COUNTED: u32 = 50;

/// The most questions of a server that are asked in other ways.
const OTHER_WAYS: u8 = 2;

/// The largest datagram without EDNS (RFC 1035 §2.3.4).
const SMALL: u16 = 512;

/// Answers that have run out (RFC 8914 §4.4, §4.20).
const STALE: [u16; 2] = [3, 19];

/// Returns what is asked while a question meets silence.
pub fn while_silent(course: &Course, asking: &Asking) -> Vec<(Rung, Asking)> {
    match &asking.role {
        DnsRole::Authority { .. } if asking.way == Way::UDP => smaller(course, asking),
        DnsRole::Resolver { zone: Some(_) } if asking.query.recursion => {
            let mut rungs = vec![(Rung::Unchecked, unchecked(asking))];
            rungs.extend(fresh(course, asking, false));
            rungs
        }
        DnsRole::Authority { .. }
        | DnsRole::Parent { .. }
        | DnsRole::Delegated { .. }
        | DnsRole::Resolver { .. }
        | DnsRole::Control => Vec::new(),
    }
}

/// Returns what is asked once a question has come to its end.
pub fn after(course: &Course, asking: &Asking, told: &Told) -> Vec<(Rung, Asking)> {
    let mut rungs = Vec::new();
    let Some(answer) = told.ending.answer() else { return rungs };
    let udp = asking.way == Way::UDP;
    if answer.tc && udp {
        rungs.push((Rung::Whole, Asking { way: Way::TCP, ..asking.clone() }));
    }
    match &asking.role {
        DnsRole::Authority { .. } if udp && told.heard < told.sent => {
            rungs.extend(count(course, asking));
        }
        DnsRole::Resolver { zone: Some(_) } if asking.query.recursion => {
            if answer.rcode == "SERVFAIL" {
                rungs.push((Rung::Unchecked, unchecked(asking)));
            }
            let stale = answer.extended_errors.iter().any(|(code, _)| STALE.contains(code));
            rungs.extend(fresh(course, asking, stale));
        }
        DnsRole::Authority { .. }
        | DnsRole::Parent { .. }
        | DnsRole::Delegated { .. }
        | DnsRole::Resolver { .. }
        | DnsRole::Control => {}
    }
    rungs
}

/// A server that says nothing may only lose what is large, or what comes with EDNS. Two questions about a zone tell
/// them apart: both are small, one without EDNS, and one with it and without signatures.
fn smaller(course: &Course, asking: &Asking) -> Vec<(Rung, Asking)> {
    let hears = course.hears(asking.server);
    let plain = asking.put(|query| (query.payload, query.dnssec) = (None, false));
    let small = asking.put(|query| query.payload = Some(SMALL));
    let mut rungs = Vec::new();
    if hears && course.take(Rung::Whole, asking.server, None, OTHER_WAYS) {
        let whole = Asking { way: Way::TCP, ..asking.clone() };
        rungs.extend([(Rung::Smaller, small), (Rung::Smaller, plain), (Rung::Whole, whole)]);
    } else if !hears && asking.query.kind == "SOA" {
        let bare = small.put(|query| query.dnssec = false);
        rungs.extend([(Rung::Smaller, plain), (Rung::Smaller, bare)]);
    }
    if hears {
        rungs.extend(count(course, asking));
    }
    rungs
}

fn count(course: &Course, asking: &Asking) -> Option<(Rung, Asking)> {
    let small = course.small_question(asking.server)?;
    let taken = course.take(Rung::Count, asking.server, None, 1);
    taken.then(|| (Rung::Count, small.put(|query| query.nsid = false)))
}

fn unchecked(asking: &Asking) -> Asking {
    asking.put(|query| query.checking_disabled = true)
}

/// Asks a resolver whether it reaches a zone whose authorities do not answer us, or of which it knows only old news.
fn fresh(course: &Course, asking: &Asking, stale: bool) -> Option<(Rung, Asking)> {
    let DnsRole::Resolver { zone: Some(zone) } = &asking.role else { return None };
    let doubtful = stale || !course.hears_of(zone);
    if !doubtful || !course.take(Rung::Fresh, asking.server, Some(zone), 1) {
        return None;
    }
    let label = random::u32().ok()?;
    let below = &asking.query.name;
    let name = format!("lifeboat-{label:08x}.{below}");
    let query = Query { name, ..asking.query.clone() };
    Some((Rung::Fresh, Asking { query, fresh: true, ..asking.clone() }))
}
