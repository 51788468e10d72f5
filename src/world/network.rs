//! The network: what becomes of a packet from here to there.

use std::net::IpAddr;

use super::cast::{Endpoint, Role};
use super::state::State;
use crate::model::{Carrier, DnsTransport, Id, Region, ServerState, VantageKind};
use crate::net::Transport;

/// Where somebody looks from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Their own line is cut.
    pub cut: bool,
    /// The AS that they stand in.
    pub asn: Option<u32>,
    /// Their address, where that matters.
    pub address: Option<IpAddr>,
}

/// What becomes of packets to an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// They are answered.
    Open,
    /// They arrive, and nothing is said.
    Hung,
    /// A name server says REFUSED to everything that is asked at this one address.
    Denied,
    /// They are refused.
    Refused,
    /// They vanish.
    Dark,
}

impl State {
    /// Returns the view of a vantage.
    pub fn view_of(&self, vantage: &Id) -> View {
        let found = self.estate.vantage(vantage);
        let carrier = found.and_then(|found| found.carrier.as_ref());
        let asn = carrier.and_then(|id| self.estate.carrier(id)).map(|carrier| carrier.asn);
        let local = found.is_none_or(|found| found.kind == VantageKind::Local);
        let cut = &self.troubles.cut;
        View { cut: cut.contains(vantage) || (local && cut.contains("local")), asn, address: None }
    }

    /// Tells whether a vantage runs: the way there goes over this machine's line and into its network.
    pub fn runs(&self, vantage: &Id, local: &Id) -> bool {
        let (here, there) = (self.view_of(local), self.view_of(vantage));
        let border =
            |region: &Region| self.names_as(region, here.asn) != self.names_as(region, there.asn);
        let reached = !here.cut && !there.cut && !self.troubles.dark.iter().any(border);
        (vantage == local || reached) && !self.troubles.failed.contains(vantage)
    }

    /// Returns the view of whoever has an address.
    pub fn view_from(&self, address: IpAddr) -> View {
        let asn = self.cast.asn.get(&address).copied();
        View { cut: false, asn, address: Some(address) }
    }

    /// Returns the view of a carrier's users.
    pub const fn view_in(carrier: &Carrier) -> View {
        View { cut: false, asn: Some(carrier.asn), address: None }
    }

    /// Tells what becomes of packets from a view to an endpoint.
    pub fn fate(&self, view: &View, endpoint: Endpoint) -> Fate {
        if view.cut || self.is_dark(view, endpoint.0.ip()) {
            return Fate::Dark;
        }
        let roles = self.cast.endpoints.get(&endpoint).into_iter().flatten();
        let fates = roles.map(|role| match self.server_state(role, endpoint) {
            ServerState::Lame if self.is_partly_lame(role, endpoint) => Fate::Denied,
            ServerState::Up | ServerState::Lame | ServerState::Failing => Fate::Open,
            ServerState::Hung => Fate::Hung,
            ServerState::Refused => Fate::Refused,
            ServerState::Dark => Fate::Dark,
        });
        fates.max().unwrap_or(Fate::Dark)
    }

    /// Tells whether a name server is lame at some of its addresses alone: those are another server's.
    fn is_partly_lame(&self, role: &Role, endpoint: Endpoint) -> bool {
        let over = self.transport_of(role, endpoint);
        let mut faults = self.troubles.servers.iter().rev();
        let about = faults.find(|fault| fault.id == *role.id() && fault.means(endpoint.0, over));
        matches!(role, Role::Authority(_)) && about.is_some_and(|fault| !fault.only.is_empty())
    }

    /// Returns how whoever plays a part at an endpoint is: the last word counts.
    pub fn server_state(&self, role: &Role, endpoint: Endpoint) -> ServerState {
        let faults = if role.is_api() { &self.troubles.apis } else { &self.troubles.servers };
        let over = self.transport_of(role, endpoint);
        let about = faults.iter().rev().find(|f| f.id == *role.id() && f.means(endpoint.0, over));
        about.map_or(ServerState::Up, |fault| fault.state)
    }

    /// Returns how a part is spoken to at an endpoint.
    fn transport_of(&self, role: &Role, endpoint: Endpoint) -> DnsTransport {
        let resolver = self.estate.resolver(role.id());
        let is_at = |transport| {
            resolver.is_some_and(|it| it.has(transport) && it.at(transport) == endpoint.0)
        };
        match (role, endpoint.1) {
            (_, Transport::Udp) => DnsTransport::Udp,
            (Role::ResolverWeb(_), Transport::Tcp) => DnsTransport::Doh,
            (Role::Resolver(_), Transport::Tcp) if is_at(DnsTransport::Dot) => DnsTransport::Dot,
            (_, Transport::Tcp) => DnsTransport::Tcp,
        }
    }

    /// Tells whether some region's border lies between a view and an address.
    ///
    /// Inside a dark region packets still flow; so they do outside it.
    fn is_dark(&self, view: &View, to: IpAddr) -> bool {
        let to_asn = self.cast.asn.get(&to).copied();
        let crosses = |region: &Region| {
            let from = view.address.is_some_and(|ip| self.lies_in(region, ip))
                || self.names_as(region, view.asn);
            let inside = self.lies_in(region, to) || self.names_as(region, to_asn);
            from != inside
        };
        let lost = self.troubles.withdrawn.keys().chain(self.troubles.hijacked.keys());
        let lost = lost.map(|id| Region { prefix: Some(id.clone()), ..Region::default() });
        self.troubles.dark.iter().any(crosses) || lost.into_iter().any(|region| crosses(&region))
    }

    fn names_as(&self, region: &Region, asn: Option<u32>) -> bool {
        let carrier = region.carrier.as_ref().and_then(|id| self.estate.carrier(id));
        let named = [region.asn, carrier.map(|carrier| carrier.asn)];
        asn.is_some() && named.contains(&asn)
    }

    fn lies_in(&self, region: &Region, ip: IpAddr) -> bool {
        let prefix = region.prefix.as_ref().and_then(|id| self.estate.prefix(id));
        let alone = |upstream: &Id| {
            let only = self.estate.prefixes.iter().filter(|p| p.upstreams == [upstream.clone()]);
            only.into_iter().any(|prefix| prefix.cidr.contains(&ip))
        };
        region.addresses.iter().any(|block| block.contains(&ip))
            || prefix.is_some_and(|prefix| prefix.cidr.contains(&ip))
            || region.upstream.as_ref().is_some_and(alone)
    }
}
