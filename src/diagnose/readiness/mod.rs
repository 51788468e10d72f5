//! Readiness: what would stop a runbook, before the incident. Facts in, findings out; pure.
//!
//! [`needed()`] says what must be looked at, [`readiness()`] what follows from what was seen. A finding that stops a runbook
//! is always known: what nobody could tell is a warning that says so. No rule knows a failure mode or a vendor.

mod alone;
mod apart;
mod finding;
mod ground;
mod inside;
mod measured;
mod needs;
mod people;
mod practices;
mod registration;
mod rights;
mod routes;
mod spread;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::{
    Access, Estate, Evidence, Fact, FactKind, Finding, Graded, Id, PinFile, Readiness, Ready, Rule,
    Runbook, Said, Since, Truth,
};
use crate::wire::as_table::AsTable;
pub use alone::StandingLook;
use finding::Draft;
use ground::Ground;
pub use needs::{Needed, Thing, needed};

/// Everything that readiness is judged by.
pub struct Inquiry<'a> {
    /// The estate.
    pub estate: &'a Estate,
    /// Its runbooks.
    pub runbooks: &'a [&'a Runbook],
    /// The table of networks, where it can be read.
    pub as_table: Option<&'a AsTable>,
    /// The addresses that are noted beside the estate.
    pub pins: &'a PinFile,
    /// What probing saw; empty when nothing was asked.
    pub evidence: &'a [Evidence],
    /// What that says.
    pub facts: &'a [Fact],
    /// Since when facts have been so.
    pub since: &'a Since,
    /// What harmless looks at services found.
    pub accesses: &'a [Access],
    /// Which credentials and paths can be read here.
    pub at_hand: &'a [(Thing, Said)],
    /// How far each runbook is proven.
    pub graded: &'a [Graded],
    /// What routers of ours say of origin validation and graceful restart.
    pub routers: &'a [RouterLook],
    /// Documents that cannot be read, with why.
    pub unread: &'a [(String, String)],
    /// Why a live run would be refused whatever it does, by who vouches for estate and runbooks.
    pub distrusted: Option<&'a str>,
    /// The contacts' `signer`s who may sign, by `allowed_signers`; absent where no such file can be used.
    pub signers: Option<&'a BTreeSet<String>>,
    /// What can be told of each standing approval.
    pub standing: &'a [StandingLook],
    /// SHA-256 of each runbook's bytes as they are here.
    pub digests: &'a BTreeMap<Id, String>,
    /// When a drill carried each runbook out last; absent where nobody can tell.
    pub rehearsed: Option<&'a BTreeMap<Id, Timestamp>>,
    /// Whether the last live incident is closed, and since when.
    pub last_incident: &'a LastIncident,
    /// Whether nothing was asked over the network.
    pub offline: bool,
    /// The time.
    pub now: Timestamp,
}

/// What a router says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouterLook {
    /// The router.
    pub router: Id,
    /// Whether it validates origins: a session that brings RPKI data is up.
    pub validates: Said,
    /// Whether it keeps no dead neighbour's routes: no session waits for a restart.
    pub restarts: Said,
}

/// The last live incident, as far as the state directory knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastIncident {
    /// Its id; absent where there was none.
    pub id: Option<Id>,
    /// When it was closed; absent while it is open.
    pub closed: Option<Timestamp>,
}

/// Judges readiness; the caller says how long looking took.
pub fn readiness(inquiry: &Inquiry<'_>, took_ms: u64) -> Readiness {
    let ground = Ground::of(inquiry);
    let rules = [
        apart::findings,
        inside::findings,
        rights::findings,
        measured::findings,
        registration::findings,
        spread::findings,
        people::findings,
        alone::findings,
        routes::findings,
        practices::findings,
    ];
    let mut drafts: Vec<Draft> = rules.into_iter().flat_map(|rule| rule(&ground)).collect();
    drafts.sort_by(|a, b| {
        (a.finding.rule, &a.finding.subject).cmp(&(b.finding.rule, &b.finding.subject))
    });
    drafts.dedup_by(|a, b| a.finding == b.finding);
    let (blockers, warnings): (Vec<Draft>, Vec<Draft>) =
        drafts.into_iter().partition(|draft| draft.blocks);
    let plain =
        |drafts: Vec<Draft>| drafts.into_iter().map(|it| it.finding).collect::<Vec<Finding>>();
    let (blockers, warnings) = (plain(blockers), plain(warnings));
    Readiness {
        schema: "lifeboat.ready/v1".to_owned(),
        estate: inquiry.estate.id.clone(),
        at: inquiry.now,
        took_ms,
        offline: inquiry.offline,
        verdict: verdict(inquiry, &blockers),
        blockers,
        warnings,
        practices: practices::practices(&ground),
        alone: alone::lines(&ground),
        runbooks: inquiry.graded.to_vec(),
        needs: ground.shown_needs(),
    }
}

fn verdict(inquiry: &Inquiry<'_>, blockers: &[Finding]) -> Ready {
    let answered = inquiry.facts.iter().any(says_of_the_world)
        || inquiry.accesses.iter().any(|access| access.reached.truth == Truth::True);
    if !blockers.is_empty() {
        Ready::NotReady
    } else if inquiry.offline || answered {
        Ready::Ready
    } else {
        Ready::CannotTell
    }
}

/// Tells whether somebody answered: what this machine says of itself is no answer.
fn says_of_the_world(fact: &Fact) -> bool {
    fact.truth == Truth::True && answers().contains(&fact.kind)
}

/// The facts that say that somebody answered something.
const fn answers() -> [FactKind; 7] {
    [
        FactKind::DnsControlAnswers,
        FactKind::DnsAuthorityAnswers,
        FactKind::DnsResolverAnswers,
        FactKind::DnsParentAnswers,
        FactKind::TrackerAnswers,
        FactKind::SeedboxAnswers,
        FactKind::ObserverHealthy,
    ]
}

/// Returns the rules that stop a runbook when they are known to be broken, for the documentation's list.
pub const fn may_stop(rule: Rule) -> bool {
    match rule {
        Rule::RegistrarApart
        | Rule::StandbyApart
        | Rule::StatusApart
        | Rule::LogInApart
        | Rule::NeedApart
        | Rule::NeedAtHand
        | Rule::CredentialAccepted
        | Rule::ZoneHeld
        | Rule::CredentialWrites
        | Rule::CredentialLasts
        | Rule::HostAnswers
        | Rule::StandbyInStep
        | Rule::ApproversSuffice => true,
        Rule::ProvidersApart
        | Rule::OwnWayApart
        | Rule::EndpointPinned
        | Rule::RegistrarUnlocks
        | Rule::TtlWithinLimit
        | Rule::DelegationAsIntended
        | Rule::RegistrationLasts
        | Rule::RegistrationLocked
        | Rule::ServersApart
        | Rule::TrackersApart
        | Rule::SeedboxesApart
        | Rule::PeopleCallable
        | Rule::AloneCovered
        | Rule::AloneLasts
        | Rule::AloneRehearsed
        | Rule::RunbookProven
        | Rule::RunbookComplete
        | Rule::ClockRight
        | Rule::OriginsValidated
        | Rule::GracefulRestartBounded
        | Rule::DocumentReadable
        | Rule::PracticeKnown => false,
    }
}
