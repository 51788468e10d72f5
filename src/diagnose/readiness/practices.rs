//! The ten things that an operator should have done, line by line: a fact, a date, or not known.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::finding::Draft;
use super::ground::{Ground, listed};
use super::measured::longest;
use super::spread;
use crate::model::{
    Grade, Graded, Id, ParamKind, ParamSource, Practice, PracticeKind, PracticeRecord, Rule,
    Runbook, Span, Truth,
};

/// How long a record holds unless it says otherwise.
const YEAR: Span = Span::from_secs(366 * 86_400);

/// Says of each line whether it is done, when, and how that is known.
pub fn practices(ground: &Ground<'_>) -> Vec<Practice> {
    PracticeKind::ALL.into_iter().map(|what| practice(ground, what)).collect()
}

/// What is not done, or not known, is a warning each.
pub fn findings(ground: &Ground<'_>) -> Vec<Draft> {
    let one = |practice: Practice| {
        let who = match practice.what {
            PracticeKind::LegalTabletop | PracticeKind::RouteTransparency => ground.counsel(),
            PracticeKind::DnsFailover
            | PracticeKind::SecondaryTrackers
            | PracticeKind::MetadataCaches
            | PracticeKind::PeerCounts
            | PracticeKind::Withdrawal
            | PracticeKind::SeedboxRegions
            | PracticeKind::RunbooksReviewed
            | PracticeKind::PostmortemClosed => ground.on_call(),
        };
        let because = format!("{}: {}", practice.what.title(), practice.says);
        let draft = match practice.done {
            Truth::True => return None,
            Truth::False | Truth::Unknown => Draft::warning(
                Rule::PracticeKnown,
                practice.done,
                &ground.inquiry.estate.id,
                because,
            ),
        };
        let remedy = format!(
            "do it, and write `- {{ what: {}, on: DATE }}` under `practice`",
            practice.what.name()
        );
        Some(draft.by(who).mend(remedy))
    };
    practices(ground).into_iter().filter_map(one).collect()
}

fn practice(ground: &Ground<'_>, what: PracticeKind) -> Practice {
    let (seen, says, on) = match what {
        PracticeKind::DnsFailover => dns_failover(ground),
        PracticeKind::SecondaryTrackers => secondary_trackers(ground),
        PracticeKind::MetadataCaches => metadata_caches(ground),
        PracticeKind::PeerCounts => peer_counts(ground),
        PracticeKind::Withdrawal => rehearsed(ground, &of_prefixes(ground)),
        PracticeKind::SeedboxRegions => seedbox_regions(ground),
        PracticeKind::PostmortemClosed => postmortem(ground),
        PracticeKind::LegalTabletop
        | PracticeKind::RouteTransparency
        | PracticeKind::RunbooksReviewed => (Truth::Unknown, String::new(), None),
    };
    let recorded = recorded(ground, what);
    // A measured no is not written away; a record speaks where nothing was measured.
    match (seen, recorded) {
        (Truth::Unknown, Some(record)) => of_record(ground, what, record),
        (Truth::True, Some(record)) => {
            let on = on.max(Some(record.on));
            Practice {
                what,
                done: Truth::True,
                on,
                says: format!("{says}; recorded for {}", record.on),
            }
        }
        (Truth::Unknown, None) => {
            let more = if says.is_empty() { "nothing says so".to_owned() } else { says };
            Practice { what, done: Truth::Unknown, on, says: format!("not known: {more}") }
        }
        (done @ (Truth::True | Truth::False), _) => Practice { what, done, on, says },
    }
}

fn recorded<'a>(ground: &Ground<'a>, what: PracticeKind) -> Option<&'a PracticeRecord> {
    let records = ground.inquiry.estate.practice.iter();
    records.filter(|record| record.what == what).max_by_key(|record| record.on)
}

/// A record holds until it is due again; one from the future says nothing yet.
fn of_record(ground: &Ground<'_>, what: PracticeKind, record: &PracticeRecord) -> Practice {
    let today = day(ground.inquiry.now);
    let again = record.again_after.unwrap_or(YEAR);
    let held = today.since(record.on).map_or(0, |span| i64::from(span.get_days()));
    let (done, says) = if record.on > today {
        (Truth::Unknown, format!("not known: it is planned for {}", record.on))
    } else if held.unsigned_abs() * 86_400 > again.as_secs() {
        (Truth::False, format!("last done on {}, more than {again} ago", record.on))
    } else {
        (Truth::True, format!("done on {}{}", record.on, by(record)))
    };
    Practice { what, done, on: Some(record.on), says }
}

fn by(record: &PracticeRecord) -> String {
    let who = record.by.as_ref().map(|id| format!(", by `{id}`")).unwrap_or_default();
    let note = record.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
    format!("{who}{note}")
}

fn day(at: jiff::Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

type Line = (Truth, String, Option<Date>);

/// Returns the runbooks whose steps move something of DNS: those that need a registrar.
fn of_delegations(ground: &Ground<'_>) -> Vec<Id> {
    let moves = |runbook: &&&Runbook| !runbook.needs.registrars.is_empty();
    ground.inquiry.runbooks.iter().filter(moves).map(|runbook| runbook.id.clone()).collect()
}

/// Returns the runbooks for something that happens to a prefix.
fn of_prefixes(ground: &Ground<'_>) -> Vec<Id> {
    let about = |runbook: &&&Runbook| {
        runbook
            .params
            .values()
            .any(|it| it.from == Some(ParamSource::CauseSubject) && it.kind == ParamKind::Prefix)
    };
    ground.inquiry.runbooks.iter().filter(about).map(|runbook| runbook.id.clone()).collect()
}

/// Says when one of some runbooks was carried out last, as it is now.
fn rehearsed(ground: &Ground<'_>, runbooks: &[Id]) -> Line {
    let counts = |graded: &&Graded| {
        let carried_out = matches!(graded.grade, Grade::Drilled | Grade::Live);
        runbooks.contains(&graded.runbook) && carried_out && graded.changed_since != Truth::True
    };
    let newest = ground.inquiry.graded.iter().filter(counts).max_by_key(|graded| graded.at);
    match newest.and_then(|graded| Some((graded, graded.at?))) {
        Some((graded, at)) => {
            (Truth::True, format!("`{}`, {}", graded.runbook, graded.grade.name()), Some(day(at)))
        }
        None => (
            Truth::Unknown,
            format!("nothing says that {} was ever carried out as it is", listed(runbooks)),
            None,
        ),
    }
}

fn dns_failover(ground: &Ground<'_>) -> Line {
    let (done, says, on) = rehearsed(ground, &of_delegations(ground));
    let (mut over, mut unseen) = (Vec::new(), 0);
    for zone in &ground.inquiry.estate.zones {
        for critical in &zone.critical {
            let Some(limit) = critical.ttl_at_most else { continue };
            match longest(ground, zone, critical) {
                Some(ttl) if ttl > limit.as_secs() => over.push(zone.full_name(&critical.name)),
                Some(_) => {}
                None => unseen += 1,
            }
        }
    }
    if !over.is_empty() {
        return (
            Truth::False,
            format!("the time to live of {} is longer than its limit", listed(&over)),
            on,
        );
    }
    let ttl = if unseen == 0 {
        "every TTL that has a limit is within it"
    } else {
        "not every TTL was seen"
    };
    (done.and(if unseen == 0 { Truth::True } else { Truth::Unknown }), format!("{says}; {ttl}"), on)
}

fn secondary_trackers(ground: &Ground<'_>) -> Line {
    let (apart, all) = spread::backups(ground);
    match (apart.is_empty(), all) {
        (false, _) => (Truth::True, format!("{} in a network of its own", stand(&apart)), None),
        (true, 0) => {
            (Truth::Unknown, "the estate names no tracker with `standby: true`".to_owned(), None)
        }
        (true, _) if ground.inquiry.as_table.is_none() => (
            Truth::Unknown,
            "trackers stand by, and nobody knows in whose network".to_owned(),
            None,
        ),
        (true, _) => (
            Truth::Unknown,
            "no tracker is known to stand by in a network without a live one".to_owned(),
            None,
        ),
    }
}

fn stand(ids: &[Id]) -> String {
    let verb = if ids.len() == 1 { "stands" } else { "stand" };
    format!("{} {verb} by", listed(ids))
}

fn metadata_caches(ground: &Ground<'_>) -> Line {
    let caches = &ground.inquiry.estate.metadata_caches;
    let stale: Vec<&Id> =
        caches.iter().filter(|it| it.stale_if_error.is_some()).map(|it| &it.id).collect();
    match (caches.is_empty(), stale.is_empty()) {
        (true, _) => (Truth::Unknown, "the estate names no metadata cache".to_owned(), None),
        (false, true) => (
            Truth::Unknown,
            "no cache says how long it serves what its origin no longer gives".to_owned(),
            None,
        ),
        (false, false) => {
            (Truth::True, format!("{} may go on without an origin", listed(&stale)), None)
        }
    }
}

fn peer_counts(ground: &Ground<'_>) -> Line {
    let carriers = &ground.inquiry.estate.carriers;
    if carriers.is_empty() {
        return (Truth::Unknown, "the estate names no carrier".to_owned(), None);
    }
    let without: Vec<&Id> =
        carriers.iter().filter(|it| it.usual_share.is_none()).map(|it| &it.id).collect();
    let baseline = ground.inquiry.estate.baselines.as_ref();
    let unread =
        baseline.is_some_and(|it| ground.inquiry.unread.iter().any(|(name, _)| *name == it.file));
    if unread {
        return (Truth::Unknown, "the baselines cannot be read".to_owned(), None);
    }
    if ground.inquiry.as_table.is_none() {
        return (
            Truth::Unknown,
            "without a table of networks no peer can be counted by network".to_owned(),
            None,
        );
    }
    if baseline.is_none() && !without.is_empty() {
        return (
            Truth::Unknown,
            format!("what is usual for {} is not written", listed(&without)),
            None,
        );
    }
    (Truth::True, format!("{} carriers with what is usual for each", carriers.len()), None)
}

fn seedbox_regions(ground: &Ground<'_>) -> Line {
    match spread::seedboxes(ground) {
        None => (Truth::True, "seedboxes stand in different networks".to_owned(), None),
        Some((truth, because)) => (truth, because, None),
    }
}

fn postmortem(ground: &Ground<'_>) -> Line {
    let last = ground.inquiry.last_incident;
    match (&last.id, last.closed) {
        (None, _) => (Truth::Unknown, "no live incident is known here".to_owned(), None),
        (Some(id), Some(closed)) => (Truth::True, format!("`{id}` is closed"), Some(day(closed))),
        (Some(id), None) => (Truth::False, format!("`{id}` is still open"), None),
    }
}
