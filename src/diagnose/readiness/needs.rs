//! What runbooks need, and what the tool itself needs: hosts, credentials, paths, log-ins.
//!
//! A runbook's parameters stand for whatever fits them now; each way of filling them counts.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::super::Topology;
use super::ground::Place;
use crate::model::binding::{Member, complete_behind};
use crate::model::{
    ActionKind, DnsProvider, DnsProviderKind, Estate, Id, NeedKind, ParamKind, ParamSource,
    Reference, Registrar, RegistrarKind, Runbook, SecretRef, Seedbox, StatusChannel, StepKind,
    Tracker, VantageKind,
};

/// The most ways of filling a runbook's parameters that are looked at.
const WAYS: usize = 256;

/// A thing that is needed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Thing {
    /// A secret at its place.
    Secret(SecretRef),
    /// A path; relative ones start at the estate's folder.
    Path(String),
    /// A host with the addresses that the estate writes for it.
    Host {
        /// Its name, or its address as text.
        name: String,
        /// The port.
        port: u16,
        /// Its addresses, as far as the estate says.
        addresses: Vec<IpAddr>,
    },
    /// A person's log-in.
    LogIn(Id),
}

/// A thing, with what needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// The runbook; absent for the tool itself.
    pub runbook: Option<Id>,
    /// The object it belongs to: its id.
    pub of: Id,
    /// The object, where it is one that parameters name.
    pub member: Option<Member>,
    /// What failed when this is needed, where the runbook says that.
    pub failing: BTreeSet<Member>,
    /// Whether the runbook's `needs` names the object.
    pub declared: bool,
    /// The thing.
    pub thing: Thing,
}

impl Thing {
    /// Returns which kind of need it is.
    pub const fn kind(&self) -> NeedKind {
        match self {
            Self::Secret(_) => NeedKind::Credential,
            Self::Path(_) => NeedKind::Path,
            Self::Host { .. } => NeedKind::Host,
            Self::LogIn(_) => NeedKind::LogIn,
        }
    }

    /// Names it; a secret by its place.
    pub fn named(&self) -> String {
        match self {
            Self::Secret(SecretRef::Env(name)) => format!("the variable `{name}`"),
            Self::Secret(SecretRef::File(path)) => format!("the file `{path}`"),
            Self::Secret(SecretRef::Command(argv)) => format!("the output of `{}`", argv.program()),
            Self::Path(path) => format!("`{path}`"),
            Self::Host { name, port, addresses } => {
                let at: Vec<String> = addresses.iter().map(ToString::to_string).collect();
                let own = at.len() == 1 && at[0] == *name;
                let at = if own || at.is_empty() {
                    String::new()
                } else {
                    format!(" at {}", at.join(", "))
                };
                format!("`{name}` port {port}{at}")
            }
            Self::LogIn(id) => format!("the log-in `{id}`"),
        }
    }
}

/// Returns everything that the runbooks and the tool need; equal needs are one.
pub fn needed(estate: &Estate, runbooks: &[&Runbook], topology: &Topology) -> Vec<Needed> {
    let mut all: Vec<Needed> = Vec::new();
    let walked = runbooks.iter().flat_map(|runbook| of_runbook(estate, runbook, topology));
    for need in walked.chain(of_the_tool(estate)) {
        let same = |it: &&mut Needed| {
            it.runbook == need.runbook
                && it.of == need.of
                && it.member == need.member
                && it.thing == need.thing
        };
        match all.iter_mut().find(same) {
            Some(known) => {
                known.failing.extend(need.failing);
                known.declared |= need.declared;
            }
            None => all.push(need),
        }
    }
    all
}

/// One way of filling a runbook's parameters.
pub struct Way<'a> {
    pub estate: &'a Estate,
    pub runbook: &'a Runbook,
    pub bound: BTreeMap<String, Id>,
}

/// Returns every way of filling a runbook's parameters.
pub fn ways<'a>(estate: &'a Estate, runbook: &'a Runbook, topology: &Topology) -> Vec<Way<'a>> {
    let all = causes(estate, runbook).into_iter().flat_map(|cause| {
        complete_behind(estate, runbook, &cause, topology.behind()).completions(WAYS)
    });
    let all: BTreeSet<BTreeMap<String, Id>> = all.take(WAYS).collect();
    all.into_iter().map(|bound| Way { estate, runbook, bound }).collect()
}

/// Returns each object that the runbook's cause may be, as a binding.
fn causes(estate: &Estate, runbook: &Runbook) -> Vec<BTreeMap<String, Id>> {
    let subject = runbook.params.iter().find(|(_, it)| it.from == Some(ParamSource::CauseSubject));
    let Some((name, param)) = subject else { return vec![BTreeMap::new()] };
    let open = complete_behind(estate, runbook, &BTreeMap::new(), &BTreeMap::new());
    let known = open.known.get(name).cloned().into_iter();
    let may_be = open.open.get(name).cloned().unwrap_or_default();
    let ids: BTreeSet<Id> = known.chain(may_be).collect();
    let _ = param;
    ids.into_iter().map(|id| BTreeMap::from([(name.clone(), id)])).collect()
}

impl Way<'_> {
    /// Returns what failed, by the runbook's own word.
    pub fn failing(&self) -> Option<Member> {
        let (name, param) = self
            .runbook
            .params
            .iter()
            .find(|(_, it)| it.from == Some(ParamSource::CauseSubject))?;
        Some((param.kind, self.bound.get(name)?.clone()))
    }

    /// Returns the object that a reference stands for; nothing where it stands for none here.
    pub fn member(&self, reference: &Reference) -> Option<Member> {
        let text = reference.0.as_str();
        let Some(name) = text.strip_prefix('$') else { return self.literal(&Id::new(text)) };
        let (name, path) = name.split_once('.').unwrap_or((name, ""));
        let (kind, id) = (self.runbook.params.get(name)?.kind, self.bound.get(name)?.clone());
        match (kind, path) {
            (kind, "") => Some((kind, id)),
            (ParamKind::Zone, "registrar") => {
                Some((ParamKind::Registrar, self.estate.zone(&id)?.registrar.clone()?))
            }
            _ => None,
        }
    }

    fn literal(&self, id: &Id) -> Option<Member> {
        const KINDS: [ParamKind; 4] =
            [ParamKind::DnsProvider, ParamKind::Registrar, ParamKind::Tracker, ParamKind::Seedbox];
        let kind = KINDS.into_iter().find(|kind| self.estate.ids_of(*kind).contains(id))?;
        Some((kind, id.clone()))
    }
}

fn of_runbook(estate: &Estate, runbook: &Runbook, topology: &Topology) -> Vec<Needed> {
    let mut all = Vec::new();
    for way in ways(estate, runbook, topology) {
        let failing: BTreeSet<Member> = way.failing().into_iter().collect();
        let mut add = |member: Option<Member>, of: &Id, declared: bool, things: Vec<Thing>| {
            for thing in things {
                let (of, failing) = (of.clone(), failing.clone());
                let runbook = Some(runbook.id.clone());
                all.push(Needed { runbook, of, member: member.clone(), failing, declared, thing });
            }
        };
        let needs = &runbook.needs;
        for member in needs.credentials.iter().filter_map(|it| way.member(it)) {
            add(Some(member.clone()), &member.1, true, credentials_of(estate, &member));
        }
        for member in needs.hosts.iter().filter_map(|it| way.member(it)) {
            add(Some(member.clone()), &member.1, true, hosts_of(estate, &member));
        }
        for member in needs.registrars.iter().filter_map(|it| way.member(it)) {
            let things = [credentials_of(estate, &member), hosts_of(estate, &member)].concat();
            add(Some(member.clone()), &member.1, true, things);
        }
        for seedbox in seedboxes_of(estate, runbook) {
            let member = (ParamKind::Seedbox, seedbox.id.clone());
            let things = [credentials_of(estate, &member), hosts_of(estate, &member)].concat();
            add(Some(member), &seedbox.id, false, things);
        }
        for channel in channels_of(estate, runbook) {
            add(None, &channel.id, false, channel_things(channel));
        }
    }
    all
}

/// Returns the seedboxes that a runbook's steps edit the lists of.
fn seedboxes_of<'a>(estate: &'a Estate, runbook: &Runbook) -> &'a [Seedbox] {
    let edits = steps(runbook).any(|kind| {
        matches!(kind, StepKind::Change(spec) if matches!(spec.action,
            ActionKind::TrackerReplace | ActionKind::TrackerAppend | ActionKind::TrackerRemove))
    });
    if edits { &estate.seedboxes } else { &[] }
}

/// Returns the channels that a runbook's messages go to.
fn channels_of<'a>(estate: &'a Estate, runbook: &Runbook) -> Vec<&'a StatusChannel> {
    let mut all: Vec<&StatusChannel> = Vec::new();
    for kind in steps(runbook) {
        if let StepKind::Message(message) = kind {
            all.extend(message.to.iter().flat_map(|to| estate.channels_for(to)));
        }
    }
    all.dedup_by(|a, b| a.id == b.id);
    all
}

fn steps(runbook: &Runbook) -> impl Iterator<Item = StepKind<'_>> {
    let phases =
        [&runbook.phases.immediate, &runbook.phases.recovery, &runbook.phases.post_incident];
    phases.into_iter().flat_map(|phase| &phase.steps).filter_map(|step| step.kind())
}

/// Returns the host of a URL as a thing.
fn host(url: &str, addresses: &[crate::model::Address]) -> Option<Thing> {
    let place = Place::of_url(url)?;
    let pinned = addresses.iter().map(|address| address.ip);
    let addresses = pinned.chain(place.literal()).collect::<BTreeSet<_>>().into_iter().collect();
    Some(Thing::Host { name: place.host, port: place.port, addresses })
}

fn credentials_of(estate: &Estate, (kind, id): &Member) -> Vec<Thing> {
    let secret = |place: &SecretRef| Thing::Secret(place.clone());
    match kind {
        ParamKind::DnsProvider => estate.provider(id).map_or_else(Vec::new, provider_credentials),
        ParamKind::Registrar => estate.registrar(id).map_or_else(Vec::new, registrar_credentials),
        ParamKind::Seedbox => estate.seedbox(id).map_or_else(Vec::new, |it| {
            let ca = it.ca.as_ref().map(|ca| Thing::Path(ca.file.clone()));
            it.credential.as_ref().map(secret).into_iter().chain(ca).collect()
        }),
        ParamKind::Zone
        | ParamKind::Resolver
        | ParamKind::Tracker
        | ParamKind::Carrier
        | ParamKind::Prefix
        | ParamKind::Upstream
        | ParamKind::Vantage => Vec::new(),
    }
}

fn provider_credentials(it: &DnsProvider) -> Vec<Thing> {
    let secrets = [it.credential.as_ref(), it.tsig.as_ref().map(|tsig| &tsig.secret)];
    let secrets = secrets.into_iter().flatten().map(|place| Thing::Secret(place.clone()));
    let ca = it.ca.as_ref().map(|ca| Thing::Path(ca.file.clone()));
    secrets.chain(ca).chain(api_of(it)).collect()
}

fn registrar_credentials(it: &Registrar) -> Vec<Thing> {
    let secrets = [it.credential.as_ref(), it.tsig.as_ref().map(|tsig| &tsig.secret)];
    let secrets = secrets.into_iter().flatten().map(|place| Thing::Secret(place.clone()));
    let ca = it.ca.as_ref().map(|ca| Thing::Path(ca.file.clone()));
    let log_ins = it.login_needs.iter().map(|id| Thing::LogIn(id.clone()));
    secrets.chain(ca).chain(log_ins).collect()
}

/// Returns where a provider's records are written.
pub fn api_of(it: &DnsProvider) -> Option<Thing> {
    let usual = match it.kind {
        DnsProviderKind::Cloudflare => Some("https://api.cloudflare.com/"),
        DnsProviderKind::Route53 => Some("https://route53.amazonaws.com/"),
        DnsProviderKind::Desec => Some("https://desec.io/"),
        DnsProviderKind::Powerdns | DnsProviderKind::Rfc2136 | DnsProviderKind::Unmanaged => None,
    };
    match (it.api.as_deref().or(usual), it.server) {
        (Some(url), _) => host(url, &it.addresses),
        (None, Some(server)) => Some(literal(server, 53)),
        (None, None) => None,
    }
}

/// Returns where a registrar's delegations are written.
pub fn api_of_registrar(it: &Registrar) -> Option<Thing> {
    match (it.kind, it.api.as_deref(), it.server) {
        (RegistrarKind::Manual, ..) => None,
        (_, Some(url), _) => host(url, &it.addresses),
        (_, None, Some(server)) => Some(literal(server, 53)),
        (_, None, None) => None,
    }
}

fn literal(address: crate::model::Address, port: u16) -> Thing {
    let at = address.or_port(port);
    Thing::Host { name: at.ip().to_string(), port: at.port(), addresses: vec![at.ip()] }
}

fn hosts_of(estate: &Estate, (kind, id): &Member) -> Vec<Thing> {
    match kind {
        ParamKind::DnsProvider => estate.provider(id).map_or_else(Vec::new, servers_of),
        ParamKind::Registrar => {
            estate.registrar(id).and_then(api_of_registrar).into_iter().collect()
        }
        ParamKind::Tracker => estate.tracker(id).map_or_else(Vec::new, endpoints_of),
        ParamKind::Seedbox => {
            estate.seedbox(id).and_then(|it| host(&it.rpc, &it.addresses)).into_iter().collect()
        }
        ParamKind::Resolver => {
            estate.resolver(id).map(|it| literal(it.address, 53)).into_iter().collect()
        }
        ParamKind::Zone
        | ParamKind::Carrier
        | ParamKind::Prefix
        | ParamKind::Upstream
        | ParamKind::Vantage => Vec::new(),
    }
}

fn servers_of(it: &DnsProvider) -> Vec<Thing> {
    let one = |server: &crate::model::NameServer| Thing::Host {
        name: server.name.trim_end_matches('.').to_ascii_lowercase(),
        port: server.addresses.first().map_or(53, |address| address.or_port(53).port()),
        addresses: server.addresses.iter().map(|address| address.ip).collect(),
    };
    it.nameservers.iter().map(one).collect()
}

fn endpoints_of(it: &Tracker) -> Vec<Thing> {
    it.urls.iter().filter_map(|url| host(url, &it.addresses)).collect()
}

fn channel_things(it: &StatusChannel) -> Vec<Thing> {
    let url = it.url.as_deref().and_then(|url| host(url, &[]));
    let secrets = [it.room.as_ref(), it.credential.as_ref()].into_iter().flatten();
    url.into_iter().chain(secrets.map(|place| Thing::Secret(place.clone()))).collect()
}

/// Returns where a registry is asked.
pub fn registry_of(it: &Registrar) -> Option<Thing> {
    let rdap = it.rdap.as_ref()?;
    host(&rdap.url, &rdap.addresses)
}

/// What the tool itself needs, whatever the runbook: resolvers, registries, files, where its locks are shared, vantages.
fn of_the_tool(estate: &Estate) -> Vec<Needed> {
    let mut all = Vec::new();
    let mut add = |of: &Id, member: Option<Member>, thing: Thing| {
        let failing = BTreeSet::new();
        all.push(Needed { runbook: None, of: of.clone(), member, failing, declared: false, thing });
    };
    for resolver in &estate.resolvers {
        let member = (ParamKind::Resolver, resolver.id.clone());
        let ca = resolver.ca.as_ref().map(|ca| Thing::Path(ca.file.clone()));
        let places = [Some(literal(resolver.address, 53)), ca];
        places.into_iter().flatten().for_each(|it| add(&resolver.id, Some(member.clone()), it));
    }
    for registrar in &estate.registrars {
        registry_of(registrar).into_iter().for_each(|thing| add(&registrar.id, None, thing));
        let ca = registrar.rdap.as_ref().and_then(|rdap| rdap.ca.as_ref());
        ca.into_iter().for_each(|ca| add(&registrar.id, None, Thing::Path(ca.file.clone())));
    }
    let files = [
        estate.as_table.as_ref().map(|it| &it.file),
        estate.baselines.as_ref().map(|it| &it.file),
        estate.maintenance.as_ref().map(|it| &it.calendar),
        estate.incidents.directory.as_ref(),
    ];
    files.into_iter().flatten().for_each(|file| add(&estate.id, None, Thing::Path(file.clone())));
    let sockets = estate.routers.iter().map(|it| (&it.id, &it.socket));
    let shown = estate.collectors.iter().map(|it| (&it.id, &it.socket));
    sockets.chain(shown).for_each(|(id, socket)| add(id, None, Thing::Path(socket.clone())));
    for vantage in estate.vantages.iter().filter(|it| it.kind == VantageKind::Command) {
        let words = vantage.argv.iter().flat_map(|argv| argv.arguments());
        let place =
            words.filter(|word| !word.starts_with('-')).find_map(|word| Place::of_login(word));
        if let Some(place) = place {
            let addresses = place.literal().into_iter().collect();
            let thing = Thing::Host { name: place.host, port: place.port, addresses };
            add(&vantage.id, Some((ParamKind::Vantage, vantage.id.clone())), thing);
        }
    }
    if let Some(place) = estate.locks.shared.as_ref().and_then(|it| Place::of_remote(&it.remote)) {
        let addresses = place.literal().into_iter().collect();
        add(&estate.id, None, Thing::Host { name: place.host, port: place.port, addresses });
    }
    all
}
