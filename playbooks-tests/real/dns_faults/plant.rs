//! How each row is planted on real servers, and mended.

use super::ground::Ground;
use super::row::Row;
use super::setting::Resolver;
use super::texts::{Flaw, Text};
use crate::real::dnsdist::Lie;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

impl Row {
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
            Self::OtherDs => Some(Text { other_ds: true, ..none }),
            Self::Stale => Some(Text { ttl: Some(2), ..none }),
            _ => Some(Text { flaw: Some(self.flaw()?), ..none }),
        }
    }

    const fn flaw(self) -> Option<Flaw> {
        match self {
            Self::SignaturesExpired => Some(Flaw::Expired),
            Self::SignaturesNotYetValid => Some(Flaw::NotYetValid),
            Self::KeysOfAnother => Some(Flaw::KeysOfAnother),
            Self::SignatureSpoilt => Some(Flaw::Spoilt),
            Self::SignaturesStripped => Some(Flaw::Stripped),
            _ => None,
        }
    }

    /// Returns what the packet filter does to the way to a server, with the address for `{}`.
    const fn rule(self) -> Option<&'static str> {
        match self {
            Self::Fragments => Some("ip saddr {} udp sport 53 udp length > 600 drop"),
            Self::TcpFiltered => Some("ip daddr {} tcp dport 53 drop"),
            // One additional record: the question has EDNS.
            Self::EdnsDropped => Some("ip daddr {} udp dport 53 @th,144,16 1 drop"),
            Self::Lossy => Some("ip daddr {} udp dport 53 numgen random mod 100 < 60 drop"),
            Self::AuthorityFiltered => Some("ip daddr {} drop"),
            _ => None,
        }
    }

    /// Plants it, with a resolver whose caches are empty unless the row wants them warm.
    pub fn plant(self, ground: &mut Ground, resolver: Resolver) {
        if let Some(text) = self.text(ground) {
            ground.load(&text);
        }
        ground.resolve_by(resolver, self.lie());
        if let Some(rule) = self.rule() {
            for server in &ground.first {
                ground.loss.rule(&rule.replace("{}", &server.address.ip().to_string()));
            }
        }
        match self {
            Self::AuthorityClosed => ground.first.iter_mut().for_each(|server| server.kill()),
            Self::DeadButCached => {
                ground.warm();
                ground.first.iter_mut().for_each(|server| server.kill());
            }
            Self::AuthorityHung => ground.first.iter().for_each(|server| server.stop()),
            Self::Stale => {
                ground.warm();
                ground.first.iter_mut().for_each(|server| server.kill());
                ground.grow_stale();
            }
            Self::ResolverCutOff => {
                let from = ground.resolver_address().ip();
                for server in ground.first.iter().chain([&ground.other]) {
                    let to = server.address.ip();
                    ground.loss.rule(&format!("ip saddr {from} ip daddr {to} drop"));
                }
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
    fn api(self, ground: &Ground) -> SocketAddr {
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
