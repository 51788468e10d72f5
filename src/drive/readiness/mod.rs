//! Readiness: everything is looked at, nothing is changed but the pin file and what is remembered of facts.
//!
//! Each secret is read once, within its own time; every service then gets it from there.

mod alone;
mod history;
mod pins;
mod secrets;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use tokio::task::JoinSet;

use super::{DriveError, Operation, Shelved, signers, survey, zones};
use crate::diagnose::Topology;
use crate::diagnose::readiness::{self as rules, Inquiry, Needed, RouterLook, Thing};
use crate::document::Source;
use crate::host::files;
use crate::model::{
    Access, DnsProvider, Estate, Evidence, Fact, Id, ParamKind, ProbeKind, Readiness, Registrar,
    Router, Said, Seedbox, Since, Span, Truth, Zone,
};
use crate::net::{Deadline, Stopwatch};
use crate::probe;
use crate::service::{Field, access, router};
use crate::store::since;
pub use history::digests;
use secrets::Found;

/// What looking is told.
#[derive(Clone, Copy, Debug)]
pub struct Looking<'a> {
    /// The estate's document, which standing approvals are held against.
    pub source: &'a Source,
    /// Documents that could not be read, with why.
    pub unread: &'a [(String, String)],
    /// When everything ends.
    pub deadline: Span,
    /// Whether nothing may be asked over the network.
    pub offline: bool,
}

/// What looking found, and what could not be kept of it.
pub struct Looked {
    /// The report.
    pub readiness: Readiness,
    /// What was not kept, in words.
    pub trouble: Vec<String>,
    /// The hosts whose addresses were noted anew.
    pub pinned: Vec<String>,
}

/// What the network said.
#[derive(Default)]
struct Heard {
    evidence: Vec<Evidence>,
    facts: Vec<Fact>,
    since: Since,
    accesses: Vec<Access>,
    routers: Vec<RouterLook>,
}

/// Looks at everything that the runbooks need, and judges.
///
/// # Errors
/// What the disk said. A world that does not answer is no error but a finding.
pub async fn ready(operation: &Operation, looking: Looking<'_>) -> Result<Looked, DriveError> {
    let until = Deadline::after(looking.deadline.duration());
    let (at, watch) = (operation.field.clock.now(), Stopwatch::start());
    let estate = &operation.estate;
    let runbooks: Vec<_> = operation.runbooks.iter().map(|it| &it.runbook).collect();
    let topology = Topology::of(estate, operation.as_table.as_ref());
    let needs = rules::needed(estate, &runbooks, &topology);
    let found = secrets::read(operation, &needs, until, looking.offline).await;
    let mut at_hand = found.at_hand.clone();
    at_hand.extend(paths(operation, &needs, looking.unread));
    let mut trouble = Vec::new();
    let heard = if looking.offline {
        let kept = since::load(&operation.incidents.since_path());
        Heard { since: kept.unwrap_or_default(), ..Heard::default() }
    } else {
        let heard = listen(operation, &needs, &found, until).await?;
        let (since, lost) = since::update(&operation.incidents.since_path(), &heard.facts, at);
        trouble.extend(lost.map(|error| format!("Since when facts hold is not kept: {error}")));
        Heard { since, ..heard }
    };
    let pinned =
        pins::refresh(operation, &heard.accesses, &heard.evidence, until, &mut trouble).await;
    let history = history::of(operation, &mut trouble);
    let mut unread = looking.unread.to_vec();
    let runbooks_broken = operation.broken.iter().map(|(name, _)| format!("runbook {name}"));
    let broken = runbooks_broken.chain(operation.standing.broken.iter().map(|it| it.0.clone()));
    unread.extend(broken.map(|it| (it, "it is invalid; `lifeboat lint` says why".to_owned())));
    let signers = who_signs(operation);
    let standing = alone::looks(operation, looking.source, at)?;
    let digest = |it: &Shelved| (it.runbook.id.clone(), it.mark.digest.clone());
    let digests: BTreeMap<Id, String> = operation.runbooks.iter().map(digest).collect();
    let distrusted = operation.custody.check().err().map(|error| error.to_string());
    let took = |watch: Stopwatch| u64::try_from(watch.took().as_millis()).unwrap_or(u64::MAX);
    let inquiry = Inquiry {
        estate,
        runbooks: &runbooks,
        as_table: operation.as_table.as_ref(),
        pins: &pinned.file,
        evidence: &heard.evidence,
        facts: &heard.facts,
        since: &heard.since,
        accesses: &heard.accesses,
        at_hand: &at_hand,
        graded: &history.graded,
        routers: &heard.routers,
        unread: &unread,
        distrusted: distrusted.as_deref(),
        signers: signers.as_ref(),
        standing: &standing,
        digests: &digests,
        rehearsed: history.rehearsed.as_ref(),
        last_incident: &history.last,
        offline: looking.offline,
        now: at,
    };
    let readiness = rules::readiness(&inquiry, took(watch));
    Ok(Looked { readiness, trouble, pinned: pinned.anew })
}

/// Asks the network: probes and harmless looks at once.
async fn listen(
    operation: &Operation,
    needs: &[Needed],
    found: &Found,
    until: Deadline,
) -> Result<Heard, DriveError> {
    let field = Field { secrets: found.secrets.clone(), ..operation.field.clone() };
    let estate = &operation.estate;
    let table = operation.as_table.as_ref();
    let against = zones::against(operation);
    let busy = operation.field.clock.busy();
    let (evidence, accesses, routers) = tokio::join!(
        probe::probe_against(&against, estate, &field, &ProbeKind::ALL, table, until),
        accesses(&field, estate, needs, found, until),
        routers(&field, estate, until),
    );
    drop(busy);
    let facts = survey::facts(operation, &evidence, None, evidence.at)?;
    Ok(Heard { evidence: evidence.evidence, facts, since: Since::default(), accesses, routers })
}

/// How long one service may take: twice what a probe of it may.
fn budget(estate: &Estate, until: Deadline) -> Deadline {
    until.within(2 * estate.probing.target_budget.duration())
}

/// Looks at every service whose credential is needed and at hand, all at once.
async fn accesses(
    field: &Field,
    estate: &Estate,
    needs: &[Needed],
    found: &Found,
    until: Deadline,
) -> Vec<Access> {
    let until = budget(estate, until);
    let written = |need: &&Needed| matches!(need.thing, Thing::Secret(_)) && found.has(&need.thing);
    let members = needs.iter().filter(written).filter_map(|need| need.member.clone());
    let members: BTreeSet<(ParamKind, Id)> = members.collect();
    let mut running = JoinSet::new();
    for (kind, id) in members {
        let Some(service) = Service::of(estate, kind, &id) else { continue };
        let field = field.clone();
        running.spawn(async move { service.look(&field, until).await });
    }
    let mut all = running.join_all().await;
    all.sort_by(|a, b| a.service.cmp(&b.service));
    all
}

/// A service on its own, so that it can be looked at beside others.
enum Service {
    Provider(Box<DnsProvider>, Vec<Zone>),
    Registrar(Box<Registrar>, Vec<Zone>),
    Seedbox(Box<Seedbox>),
}

impl Service {
    fn of(estate: &Estate, kind: ParamKind, id: &Id) -> Option<Self> {
        let zones = |of: &dyn Fn(&Zone) -> bool| -> Vec<Zone> {
            estate.zones.iter().filter(|zone| of(zone)).cloned().collect()
        };
        match kind {
            ParamKind::DnsProvider => {
                let holds =
                    |zone: &Zone| zone.delegated_to.contains(id) || zone.standby_at.contains(id);
                Some(Self::Provider(Box::new(estate.provider(id)?.clone()), zones(&holds)))
            }
            ParamKind::Registrar => {
                let holds = |zone: &Zone| zone.registrar.as_ref() == Some(id);
                Some(Self::Registrar(Box::new(estate.registrar(id)?.clone()), zones(&holds)))
            }
            ParamKind::Seedbox => Some(Self::Seedbox(Box::new(estate.seedbox(id)?.clone()))),
            ParamKind::Zone
            | ParamKind::Resolver
            | ParamKind::Tracker
            | ParamKind::Carrier
            | ParamKind::Prefix
            | ParamKind::Upstream
            | ParamKind::Vantage => None,
        }
    }

    async fn look(&self, field: &Field, until: Deadline) -> Access {
        match self {
            Self::Provider(it, zones) => {
                access::provider(field, it, &zones.iter().collect::<Vec<_>>(), until).await
            }
            Self::Registrar(it, zones) => {
                access::registrar(field, it, &zones.iter().collect::<Vec<_>>(), until).await
            }
            Self::Seedbox(it) => access::seedbox(field, it, until).await,
        }
    }
}

/// Looks at the manners of our routers.
async fn routers(field: &Field, estate: &Estate, until: Deadline) -> Vec<RouterLook> {
    let until = budget(estate, until);
    let mut all = Vec::new();
    for router in &estate.routers {
        all.push(manners(field, router, until).await);
    }
    all
}

async fn manners(field: &Field, it: &Router, until: Deadline) -> RouterLook {
    let (router_id, socket) = (it.id.clone(), PathBuf::from(&it.socket));
    let manners = match router::manners(field, &socket, until).await {
        Ok(manners) => manners,
        Err(error) => {
            let unknown = Said::unknown(format!("`{}`: {error}", it.id));
            return RouterLook { router: router_id, validates: unknown.clone(), restarts: unknown };
        }
    };
    let up = manners.validators.iter().any(|(_, up)| *up);
    let validates = match (manners.validators.is_empty(), up) {
        (_, true) => Said::new(Truth::True, "a session brings RPKI data"),
        (false, false) => Said::new(
            Truth::False,
            format!("no session of `{}` that brings RPKI data is up", it.id),
        ),
        (true, false) => Said::new(Truth::False, format!("`{}` has no RPKI data", it.id)),
    };
    let restarts = if manners.lingering.is_empty() {
        Said::new(Truth::True, "no session waits for a restart")
    } else {
        let names: Vec<String> = manners.lingering.iter().map(ToString::to_string).collect();
        let names = names.join("`, `");
        let because =
            format!("`{}` keeps routes of `{names}` for the restart time after they died", it.id);
        Said::new(Truth::False, because)
    };
    RouterLook { router: router_id, validates, restarts }
}

/// Says which paths are there.
fn paths(
    operation: &Operation,
    needs: &[Needed],
    unread: &[(String, String)],
) -> Vec<(Thing, Said)> {
    let mut all: Vec<(Thing, Said)> = Vec::new();
    for need in needs {
        let Thing::Path(path) = &need.thing else { continue };
        if all.iter().any(|(thing, _)| *thing == need.thing) {
            continue;
        }
        let said = match unread.iter().find(|(name, _)| name == path) {
            Some((_, why)) => Said::new(Truth::False, why.clone()),
            None => path_said(operation, path),
        };
        all.push((need.thing.clone(), said));
    }
    all
}

fn path_said(operation: &Operation, path: &str) -> Said {
    let whole = operation.field.base.join(path);
    let made_when_needed = operation.estate.incidents.directory.as_deref() == Some(path);
    if operation.field.door.is_sealed() {
        return Said::unknown("a drill looks at no file of this machine");
    }
    if made_when_needed || files::exists(&whole) {
        return Said::new(Truth::True, "it is there");
    }
    Said::new(Truth::False, "it is not there")
}

/// Returns which contacts have a key that may sign; nothing where no list says so.
fn who_signs(operation: &Operation) -> Option<BTreeSet<String>> {
    let (allowed, _) = signers::lists(operation).ok()?;
    let named = operation.estate.contacts.iter().filter_map(|contact| contact.signer.as_ref());
    Some(named.filter(|name| !allowed.keys_of(name).is_empty()).cloned().collect())
}

/// How long one secret may take to come.
const SECRET: Duration = Duration::from_secs(5);
