//! The rows: what is broken, how it is planted on real servers, and what it must be called.

use super::ground::{Ground, Text};
use super::setting::{Resolver, Setting};
use crate::real::dnsdist::Lie;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    Healthy,
    AuthorityClosed,
    AuthorityHung,
    AuthorityFiltered,
    DeadButCached,
    AllLame,
    OneLame,
    StrangerLame,
    Mismatch,
    Glue,
    Undelegated,
    RecordChanged,
    RecordDeleted,
    StandbyChanged,
    ResolverClosed,
    ResolverHung,
    ResolverFiltered,
    Poisoned,
    PoisonedValidated,
    CensoredName,
    CensoredRecord,
    CensoredRefused,
    ApiHung,
    ApiRefused,
    ApiErrors,
}

impl Row {
    pub const ALL: [Self; 25] = [
        Self::Healthy,
        Self::AuthorityClosed,
        Self::AuthorityHung,
        Self::AuthorityFiltered,
        Self::DeadButCached,
        Self::AllLame,
        Self::OneLame,
        Self::StrangerLame,
        Self::Mismatch,
        Self::Glue,
        Self::Undelegated,
        Self::RecordChanged,
        Self::RecordDeleted,
        Self::StandbyChanged,
        Self::ResolverClosed,
        Self::ResolverHung,
        Self::ResolverFiltered,
        Self::Poisoned,
        Self::PoisonedValidated,
        Self::CensoredName,
        Self::CensoredRecord,
        Self::CensoredRefused,
        Self::ApiHung,
        Self::ApiRefused,
        Self::ApiErrors,
    ];

    /// Returns what is broken, for people.
    pub const fn told(self) -> &'static str {
        match self {
            Self::Healthy => "nothing",
            Self::AuthorityClosed => "authority dead, closed port",
            Self::AuthorityHung => "authority hung",
            Self::AuthorityFiltered => "authority filtered",
            Self::DeadButCached => "authority dead, but cached",
            Self::AllLame => "every server lame",
            Self::OneLame => "one server lame",
            Self::StrangerLame => "the parent names a server that has no such zone",
            Self::Mismatch => "parent and zone name other servers",
            Self::Glue => "the parent's glue is wrong",
            Self::Undelegated => "the parent delegates nothing",
            Self::RecordChanged => "a record changed at the provider",
            Self::RecordDeleted => "a record deleted at the provider",
            Self::StandbyChanged => "a record changed at the other provider",
            Self::ResolverClosed => "resolver dead, closed port",
            Self::ResolverHung => "resolver hung",
            Self::ResolverFiltered => "resolver filtered",
            Self::Poisoned => "poisoned",
            Self::PoisonedValidated => "poisoned, with AD=1",
            Self::CensoredName => "censored: NXDOMAIN",
            Self::CensoredRecord => "censored: no such record",
            Self::CensoredRefused => "censored: refused",
            Self::ApiHung => "API hung",
            Self::ApiRefused => "API dead, closed port",
            Self::ApiErrors => "API answers with errors",
        }
    }

    /// Tells whether it can be planted in a setting.
    pub const fn fits(self, setting: &Setting) -> bool {
        match self {
            Self::Glue => setting.inside,
            // With a second delegated provider its other servers answer all the same.
            _ => true,
        }
    }

    /// Returns the one cause, as mode, subject, mechanism; nothing for a healthy lab.
    pub const fn cause(self) -> &'static str {
        match self {
            Self::Healthy => "",
            Self::AuthorityClosed | Self::DeadButCached => "dns-provider-outage first refused",
            Self::AuthorityHung | Self::AuthorityFiltered => "dns-provider-outage first hung",
            Self::AllLame => "dns-provider-outage first lame",
            Self::OneLame | Self::StrangerLame => "delegation-fault zone lame",
            Self::Mismatch => "delegation-fault zone mismatch",
            Self::Glue => "delegation-fault zone glue",
            Self::Undelegated => "delegation-fault zone missing",
            Self::RecordChanged => "record-drift first changed",
            Self::RecordDeleted => "record-drift first missing",
            Self::StandbyChanged => "record-drift other changed",
            Self::ResolverClosed => "resolver-outage resolver refused",
            Self::ResolverHung | Self::ResolverFiltered => "resolver-outage resolver hung",
            Self::Poisoned | Self::PoisonedValidated => "dns-tampering resolver poisoned",
            Self::CensoredName | Self::CensoredRecord | Self::CensoredRefused => {
                "dns-tampering resolver censored"
            }
            Self::ApiHung => "dns-api-outage first hung",
            Self::ApiRefused => "dns-api-outage first refused",
            Self::ApiErrors => "dns-api-outage first errors",
        }
    }

    /// Tells whether each of two faults can be seen while the other is there. Whoever is lame altogether says nothing of
    /// what a resolver should say, nor does a stranger that resolvers are sent to, who may have told them anything.
    pub const fn can_be_seen_beside(self, other: Self) -> bool {
        match (self, other) {
            (Self::AllLame | Self::StrangerLame, Self::Poisoned | Self::CensoredName) => false,
            // The API of a provider that does not answer is part of its outage.
            (Self::AllLame, Self::ApiHung) => false,
            _ => true,
        }
    }

    const fn lie(self) -> Option<Lie> {
        match self {
            Self::Poisoned => Some(Lie::Forge { address: "127.66.66.66", ttl: 604_800, ad: false }),
            Self::PoisonedValidated => {
                Some(Lie::Forge { address: "203.0.113.66", ttl: 5, ad: true })
            }
            Self::CensoredName => Some(Lie::Code("NXDOMAIN")),
            Self::CensoredRecord => Some(Lie::Empty),
            Self::CensoredRefused => Some(Lie::Code("REFUSED")),
            _ => None,
        }
    }

    fn text(self, ground: &Ground) -> Option<Text> {
        let none = Text::default();
        match self {
            Self::StrangerLame => {
                let name = format!("ns.stranger.{}", ground.setting.top);
                // The root's server is there, and has no such zone.
                let at = Some(ground.root_address());
                Some(Text { also_delegated: vec![(name, at)], ..none })
            }
            Self::Mismatch => {
                Some(Text { also_named: vec![format!("ns.gone.{}", ground.setting.top)], ..none })
            }
            Self::Glue => Some(Text { glue: Some(ground.nobody()), ..none }),
            Self::Undelegated => Some(Text { undelegated: true, ..none }),
            Self::RecordChanged => {
                Some(Text { critical: Some(vec!["203.0.113.7".to_owned()]), ..none })
            }
            Self::RecordDeleted => Some(Text { critical: Some(Vec::new()), ..none }),
            Self::StandbyChanged => {
                Some(Text { critical_there: Some(vec!["203.0.113.7".to_owned()]), ..none })
            }
            _ => None,
        }
    }

    /// Plants it, with a resolver whose caches are empty unless the row wants them warm.
    pub fn plant(self, ground: &mut Ground, resolver: Resolver) {
        if let Some(text) = self.text(ground) {
            ground.load(&text);
        }
        ground.resolve_by(resolver, self.lie());
        match self {
            Self::AuthorityClosed => ground.first.iter_mut().for_each(|server| server.kill()),
            Self::DeadButCached => {
                ground.warm();
                ground.first.iter_mut().for_each(|server| server.kill());
            }
            Self::AuthorityHung => ground.first.iter().for_each(|server| server.stop()),
            Self::AuthorityFiltered => {
                ground.first.iter().for_each(|it| ground.loss.black_hole(it.address.ip()));
            }
            Self::AllLame => {
                let Ground { first, lab, .. } = ground;
                first.iter_mut().for_each(|server| server.serve(lab, &[]));
            }
            Self::OneLame => ground.first[0].serve(&ground.lab, &[]),
            Self::ResolverClosed => ground.resolving = None,
            Self::ResolverHung => ground.resolving.iter().for_each(|(_, daemon)| daemon.stop()),
            Self::ResolverFiltered => ground.loss.black_hole(ground.resolver_address().ip()),
            Self::ApiHung | Self::ApiRefused | Self::ApiErrors => {
                ground.api = Some(self.api(ground));
            }
            _ => {}
        }
    }

    /// Opens what an API that is down looks like; its thread lives as long as the suite.
    fn api(self, ground: &Ground) -> std::net::SocketAddr {
        let at = ground.nobody();
        if self == Self::ApiRefused {
            return at;
        }
        let listener = TcpListener::bind((at.ip(), 0)).unwrap();
        let at = listener.local_addr().unwrap();
        thread::spawn(move || {
            let mut held = Vec::new();
            for mut stream in listener.incoming().flatten() {
                if self == Self::ApiErrors {
                    let _ = stream.read(&mut [0; 2048]);
                    let _ =
                        stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
                } else {
                    held.push(stream);
                }
            }
        });
        at
    }

    /// Mends it.
    pub fn mend(self, ground: &mut Ground) {
        ground.loss.mend();
        ground.api = None;
        let everywhere = matches!(
            self,
            Self::AuthorityClosed
                | Self::AuthorityHung
                | Self::DeadButCached
                | Self::AllLame
                | Self::OneLame
        );
        if everywhere || self.text(ground).is_some() {
            ground.load(&Text::default());
        }
    }
}
