//! Resolvers: recursion over the simulated delegations, with caches that run out by the script's time.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use jiff::{SignedDuration, Timestamp};

use super::authority::{believable, plain};
use super::cast::{Role, parent_of};
use super::names::{absolute, draw, fqdn, within};
use super::network::{Fate, View};
use super::state::State;
use super::zones::NEGATIVE_TTL;
use crate::model::{AnswerCode, DnsAnswer, DnsRecord, Id, Remote, Zone};
use crate::net::Transport;

/// What a resolver remembers, by name and type; a delegation under [`DELEGATION`].
pub type Cache = BTreeMap<(String, String), Kept>;

/// The type under which a delegation is remembered: the parent's word, not the zone's own.
const DELEGATION: &str = "delegation";

/// An answer that is remembered.
#[derive(Clone, Debug)]
pub struct Kept {
    answer: DnsAnswer,
    ttl: u32,
    until: Timestamp,
}

impl State {
    /// Returns what a resolver answers.
    pub fn resolve(&mut self, resolver: &Id, name: &str, kind: &str) -> DnsAnswer {
        let lie = self.troubles.lies.iter().rev().find(|lie| {
            lie.id == *resolver && fqdn(&lie.name) == name && lie.kind.eq_ignore_ascii_case(kind)
        });
        if let Some(lie) = lie {
            let ttl = lie.ttl.map_or(u64::from(NEGATIVE_TTL), |ttl| ttl.as_secs());
            let of =
                |value: &String| record(name, kind, u32::try_from(ttl).unwrap_or(u32::MAX), value);
            let code = lie.code.map_or("NOERROR", AnswerCode::name);
            return DnsAnswer { answers: lie.values.iter().map(of).collect(), ..plain(code) };
        }
        let mut answer = self.find(resolver, name, kind);
        answer.aa = false;
        self.follow_alias(resolver, kind, &mut answer);
        answer
    }

    /// Completes an alias that leads out of its zone.
    fn follow_alias(&mut self, resolver: &Id, kind: &str, answer: &mut DnsAnswer) {
        for _ in 0..8 {
            let open = answer.answers.last().filter(|last| last.kind == "CNAME" && kind != "CNAME");
            let Some(goal) = open.map(|last| last.data.raw().to_owned()) else { return };
            let more = self.find(resolver, &goal, kind);
            answer.rcode.clone_from(&more.rcode);
            if more.answers.is_empty() {
                return;
            }
            answer.answers.extend(more.answers);
        }
    }

    fn find(&mut self, resolver: &Id, name: &str, kind: &str) -> DnsAnswer {
        if let Some(kept) = self.recall(resolver, name, kind) {
            return kept;
        }
        let answer = self.fetch(resolver, name, kind);
        if answer.rcode == "NOERROR" || answer.rcode == "NXDOMAIN" {
            self.keep(resolver, name, kind, &answer);
        }
        answer
    }

    /// Finds an answer that is not remembered.
    fn fetch(&mut self, resolver: &Id, name: &str, kind: &str) -> DnsAnswer {
        let estate = std::sync::Arc::clone(&self.estate);
        let ours = |zone: &&Zone| {
            let zone = fqdn(&zone.name);
            within(name, &zone) && !(kind == "DS" && zone == name)
        };
        if let Some(zone) = estate.zones.iter().filter(ours).max_by_key(|zone| zone.name.len()) {
            return self.ask_zone(resolver, zone, name, kind);
        }
        let parents = self.cast.parents.iter().flat_map(|(id, parent)| {
            parent.zones.iter().map(move |zone| (zone.clone(), id.clone()))
        });
        // The root is everybody's parent, but only its own name is asked of it here.
        let holds = |(zone, _): &(String, Id)| {
            within(name, zone) && (zone != "." || name == "." || self.holds_at_root(name))
        };
        let parent = parents.filter(holds).max_by_key(|(zone, _)| zone.len());
        match (self.outside(name, kind), parent) {
            (Some(known), _) => known,
            (None, Some((_, id))) => self.ask_parent(resolver, &id, name, kind),
            (None, None) => plain("NXDOMAIN"),
        }
    }

    fn holds_at_root(&self, name: &str) -> bool {
        self.estate.zones.iter().any(|zone| fqdn(&zone.name) == name)
    }

    /// Answers for hosts that belong to others: name servers, URLs, control names.
    fn outside(&self, name: &str, kind: &str) -> Option<DnsAnswer> {
        let control = self.estate.controls.iter().any(|control| {
            control.name.as_deref().is_some_and(|asked| fqdn(asked) == name)
                && control.record.as_deref().is_none_or(|asked| asked.eq_ignore_ascii_case(kind))
        });
        if control {
            return Some(believable(name, kind));
        }
        let addresses = self.cast.names.get(name)?;
        let fits = addresses
            .iter()
            .filter(|ip| (kind == "A" && ip.is_ipv4()) || (kind == "AAAA" && ip.is_ipv6()));
        let answers = fits.map(|ip| record(name, kind, 3600, &ip.to_string())).collect();
        Some(DnsAnswer { answers, ..plain("NOERROR") })
    }

    /// Asks the servers of the delegation that this resolver knows or learns.
    fn ask_zone(&mut self, resolver: &Id, zone: &Zone, name: &str, kind: &str) -> DnsAnswer {
        let cut = self.find_delegation(resolver, zone);
        if cut.rcode != "NOERROR" {
            return cut;
        }
        let (view, mut bogus) = (self.view_of_resolver(resolver), false);
        for server in cut.authority.iter().map(|ns| ns.data.raw().to_owned()) {
            for at in self.cast.servers.get(&server).cloned().unwrap_or_default() {
                let answer = self.ask(&view, at, name, kind);
                if let Some(answer) = answer.filter(|answer| answer.aa) {
                    if !self.is_bogus_at(at) {
                        return answer;
                    }
                    bogus = true;
                }
            }
        }
        if bogus { bogus_answer() } else { unreachable_answer() }
    }

    fn find_delegation(&mut self, resolver: &Id, zone: &Zone) -> DnsAnswer {
        let name = fqdn(&zone.name);
        if let Some(kept) = self.recall(resolver, &name, DELEGATION) {
            return kept;
        }
        let cut = self.ask_parent(resolver, &parent_of(zone), &name, "NS");
        if cut.rcode == "NOERROR" {
            self.keep(resolver, &name, DELEGATION, &cut);
        }
        cut
    }

    fn ask_parent(&mut self, resolver: &Id, parent: &Id, name: &str, kind: &str) -> DnsAnswer {
        let view = self.view_of_resolver(resolver);
        let role = Role::Parent(parent.clone());
        let cast = std::sync::Arc::clone(&self.cast);
        for (at, transport) in cast.played_by(&role) {
            if transport == Transport::Udp
                && let Some(answer) = self.ask(&view, at, name, kind)
            {
                return answer;
            }
        }
        unreachable_answer()
    }

    /// Asks one server; `None` for one that cannot be reached or helps nobody.
    fn ask(&mut self, view: &View, at: SocketAddr, name: &str, kind: &str) -> Option<DnsAnswer> {
        let endpoint = (at, Transport::Udp);
        if self.fate(view, endpoint) != Fate::Open {
            return None;
        }
        let cast = std::sync::Arc::clone(&self.cast);
        let roles = cast.endpoints.get(&endpoint).into_iter().flatten();
        // A resolver that is a name server too must not ask itself in a circle.
        let roles = roles.filter(|role| matches!(role, Role::Authority(_) | Role::Parent(_)));
        let roles: Vec<_> =
            roles.map(|role| (role.clone(), self.server_state(role, endpoint))).collect();
        let answer = self.answer(&roles, name, kind);
        matches!(answer.rcode.as_str(), "NOERROR" | "NXDOMAIN").then_some(answer)
    }

    fn view_of_resolver(&self, resolver: &Id) -> View {
        let found = self.estate.resolver(resolver);
        found.map_or_else(View::default, |found| self.view_from(found.address.ip))
    }

    fn recall(&self, resolver: &Id, name: &str, kind: &str) -> Option<DnsAnswer> {
        let kept = self.caches.get(resolver)?.get(&(name.to_owned(), kind.to_owned()))?;
        let left = kept.until.duration_since(self.now).as_secs();
        let left = u32::try_from(left).ok().filter(|left| *left > 0)?;
        let mut answer = kept.answer.clone();
        let sections = [&mut answer.answers, &mut answer.authority, &mut answer.additional];
        for record in sections.into_iter().flatten() {
            record.ttl = record.ttl.saturating_sub(kept.ttl.saturating_sub(left));
        }
        Some(answer)
    }

    fn keep(&mut self, resolver: &Id, name: &str, kind: &str, answer: &DnsAnswer) {
        let records = answer.answers.iter().chain(&answer.authority);
        let ttl = records.map(|record| record.ttl).min().unwrap_or(NEGATIVE_TTL);
        let until = later(self.now, ttl);
        let kept = Kept { answer: answer.clone(), ttl, until };
        let cache = self.caches.entry(resolver.clone()).or_default();
        cache.insert((name.to_owned(), kind.to_owned()), kept);
    }

    /// Fills all caches as a day's users would have: each entry somewhere in the middle of its life.
    pub fn fill_caches(&mut self) {
        self.ask_as_users_do();
        for (resolver, cache) in &mut self.caches {
            for ((name, kind), kept) in cache {
                let drawn = draw(&format!("{resolver} {name} {kind}")) % 100;
                let age = u64::from(kept.ttl) * drawn / 100;
                let left = kept.ttl - u32::try_from(age).unwrap_or_default();
                kept.until = later(self.now, left);
            }
        }
    }

    /// Asks every resolver for the names that users need, as they do all the time.
    ///
    /// What had run out meanwhile was fetched anew when it did, so it keeps its rhythm.
    pub fn ask_as_users_do(&mut self) {
        let estate = std::sync::Arc::clone(&self.estate);
        for resolver in &estate.resolvers {
            for zone in &estate.zones {
                let name = fqdn(&zone.name);
                self.renew(&resolver.id, &name, DELEGATION, |state| {
                    state.find_delegation(&resolver.id, zone);
                });
                for critical in &zone.critical {
                    let full = absolute(&critical.name, &name);
                    let kind = critical.kind.to_ascii_uppercase();
                    self.renew(&resolver.id, &full, &kind, |state| {
                        state.find(&resolver.id, &full, &kind);
                    });
                }
            }
        }
    }

    fn renew(&mut self, resolver: &Id, name: &str, kind: &str, ask: impl Fn(&mut Self)) {
        let key = (name.to_owned(), kind.to_owned());
        let of = |state: &Self| {
            state.caches.get(resolver).and_then(|cache| cache.get(&key)).map(|kept| kept.until)
        };
        let before = of(self);
        ask(self);
        let (Some(before), Some(after)) = (before, of(self)) else { return };
        if after == before || before > self.now {
            return;
        }
        let kept = self.caches.get_mut(resolver).and_then(|cache| cache.get_mut(&key));
        let Some(kept) = kept else { return };
        let ttl = i64::from(kept.ttl).max(1);
        let over = self.now.duration_since(before).as_secs() % ttl;
        kept.until = later(self.now, u32::try_from(ttl - over).unwrap_or(kept.ttl));
    }
}

fn later(now: Timestamp, seconds: u32) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(i64::from(seconds))).unwrap_or(Timestamp::MAX)
}

/// No server of the zone could be reached (RFC 8914 §4.23).
fn unreachable_answer() -> DnsAnswer {
    let errors = vec![(22, Remote::new("no reachable authority"))];
    DnsAnswer { extended_errors: errors, ..plain("SERVFAIL") }
}

/// What the servers of the zone say is not signed as it should be (RFC 8914 §4.7).
fn bogus_answer() -> DnsAnswer {
    let errors = vec![(6, Remote::new("no valid signature"))];
    DnsAnswer { extended_errors: errors, ..plain("SERVFAIL") }
}

fn record(name: &str, kind: &str, ttl: u32, data: &str) -> DnsRecord {
    DnsRecord { name: name.to_owned(), kind: kind.to_owned(), ttl, data: Remote::new(data) }
}
