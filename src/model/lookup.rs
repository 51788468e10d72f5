//! Finding an estate's members by id.

use std::net::SocketAddr;

use super::{
    Audience, Carrier, DnsProvider, DnsTransport, Estate, Id, ParamKind, Prefix, Registrar,
    Resolver, Seedbox, StatusChannel, Tracker, Upstream, Vantage, Zone,
};

/// Declares one look-up for each section.
macro_rules! look_up {
    ($($name:ident $section:ident $type:ty, $what:literal;)*) => {
        impl Estate {$(
            #[doc = concat!("Returns the ", $what, " with this id.")]
            pub fn $name(&self, id: &Id) -> Option<&$type> {
                self.$section.iter().find(|member| member.id == *id)
            }
        )*}
    };
}

look_up! {
    registrar registrars Registrar, "registrar";
    provider dns_providers DnsProvider, "DNS provider";
    zone zones Zone, "zone";
    prefix prefixes Prefix, "prefix";
    upstream upstreams Upstream, "upstream";
    tracker trackers Tracker, "tracker";
    seedbox seedboxes Seedbox, "seedbox";
    resolver resolvers Resolver, "resolver";
    carrier carriers Carrier, "carrier";
    vantage vantages Vantage, "vantage";
    channel status_channels StatusChannel, "status channel";
}

impl Estate {
    /// Returns the ids of every member that a parameter of this kind may name, in the estate's order.
    pub fn ids_of(&self, kind: ParamKind) -> Vec<Id> {
        macro_rules! ids {
            ($section:ident) => {
                self.$section.iter().map(|member| member.id.clone()).collect()
            };
        }
        match kind {
            ParamKind::DnsProvider => ids!(dns_providers),
            ParamKind::Registrar => ids!(registrars),
            ParamKind::Zone => ids!(zones),
            ParamKind::Resolver => ids!(resolvers),
            ParamKind::Tracker => ids!(trackers),
            ParamKind::Seedbox => ids!(seedboxes),
            ParamKind::Carrier => ids!(carriers),
            ParamKind::Prefix => ids!(prefixes),
            ParamKind::Upstream => ids!(upstreams),
            ParamKind::Vantage => ids!(vantages),
        }
    }

    /// Returns the channels that a message's `to` means: the one with this id, else, for `customers` and `team`,
    /// every one of that audience.
    pub fn channels_for(&self, to: &Id) -> Vec<&StatusChannel> {
        if let Some(channel) = self.channel(to) {
            return vec![channel];
        }
        let audience = match to.as_str() {
            "customers" => Audience::Customers,
            "team" => Audience::Team,
            _ => return Vec::new(),
        };
        self.status_channels.iter().filter(|channel| channel.audience == audience).collect()
    }
}

impl Resolver {
    /// Tells whether it has a transport.
    pub fn has(&self, transport: DnsTransport) -> bool {
        self.transports.contains(&transport)
    }

    /// Tells whether it is asked in the clear at all.
    pub fn is_plain(&self) -> bool {
        self.has(DnsTransport::Udp) || self.has(DnsTransport::Tcp)
    }

    /// Returns its path of DNS over HTTPS; the usual one unless the estate names another (RFC 8484 §4.1.1 shows it).
    pub fn path(&self) -> &str {
        self.doh_path.as_deref().unwrap_or("/dns-query")
    }

    /// Returns where it is asked over a transport (RFC 7858 §3.1, RFC 8484 §4.1).
    pub fn at(&self, transport: DnsTransport) -> SocketAddr {
        let (own, usual) = match transport {
            DnsTransport::Udp | DnsTransport::Tcp => (None, 53),
            DnsTransport::Dot => (self.dot_port, 853),
            DnsTransport::Doh => (self.doh_port, 443),
        };
        let written = self.address.port.filter(|_| transport.is_plain() || !self.is_plain());
        SocketAddr::new(self.address.ip, own.or(written).unwrap_or(usual))
    }
}

impl Zone {
    /// Returns a name of this zone fully qualified and in lower case; `@` is the zone itself.
    pub fn full_name(&self, name: &str) -> String {
        let zone = fully_qualified(&self.name);
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "@" | "" => zone,
            absolute if absolute.ends_with('.') => absolute.to_owned(),
            relative if zone == "." => format!("{relative}."),
            relative => format!("{relative}.{zone}"),
        }
    }
}

/// Writes a domain name in its one form: lower case, with its final dot.
pub fn fully_qualified(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    if name.ends_with('.') { name } else { format!("{name}.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_to_their_zone_unless_they_end_in_a_dot() {
        let zone = Zone {
            id: "z".into(),
            name: "Example.ORG".into(),
            registrar: None,
            delegated_to: Vec::new(),
            standby_at: Vec::new(),
            critical: Vec::new(),
            trust_anchor: None,
            managed_by: None,
            hide_origin: Vec::new(),
            differs: Vec::new(),
        };
        assert_eq!(zone.full_name("WWW"), "www.example.org.");
        assert_eq!(zone.full_name("a.b"), "a.b.example.org.");
        assert_eq!(zone.full_name("www.other.net."), "www.other.net.");
        assert_eq!(zone.full_name("@"), "example.org.");
    }
}
