//! Binding: which estate objects a runbook's parameters stand for.
//!
//! A value that the caller bound stays. Every other parameter is filled when exactly one object fits: by `among`,
//! by `behind`, or by what the objects bound so far are to each other. Nothing here chooses among several.

use std::collections::{BTreeMap, BTreeSet};

use super::{Estate, Id, Param, ParamKind, ParamSource, Reference, Runbook, Zone};

/// An object of an estate: ids are unique within one kind only.
pub type Member = (ParamKind, Id);

/// What sits behind what: for each object, whatever is cut off when it fails.
pub type Behind = BTreeMap<Member, BTreeSet<Member>>;

/// What the parameters stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bindings {
    /// Parameters that stand for one object.
    pub known: BTreeMap<String, Id>,
    /// Needed parameters that nothing decides, with what they may be: somebody must say which.
    pub open: BTreeMap<String, Vec<Id>>,
    /// Optional parameters that stand for nothing, with what could be named for them.
    pub absent: BTreeMap<String, Vec<Id>>,
}

impl Bindings {
    /// Returns the known ones with each way to fill the open ones, at most `most` ways.
    pub fn completions(&self, most: usize) -> Vec<BTreeMap<String, Id>> {
        let mut ways = vec![self.known.clone()];
        for (name, fitting) in self.open.iter().filter(|(_, fitting)| !fitting.is_empty()) {
            let filled = |way: &BTreeMap<String, Id>, id: &Id| {
                let taken = way.values().any(|other| other == id);
                let mut way = way.clone();
                way.insert(name.clone(), id.clone());
                (!taken).then_some(way)
            };
            let more = ways.iter().flat_map(|way| fitting.iter().filter_map(|id| filled(way, id)));
            let more: Vec<_> = more.take(most).collect();
            ways = if more.is_empty() { ways } else { more };
        }
        ways
    }
}

/// Completes the bindings of a runbook's parameters, knowing nothing of what sits behind networks.
pub fn complete(estate: &Estate, runbook: &Runbook, bound: &BTreeMap<String, Id>) -> Bindings {
    complete_behind(estate, runbook, bound, &Behind::new())
}

/// Completes the bindings of a runbook's parameters; `behind` is `diagnose::Topology::behind`.
pub fn complete_behind(
    estate: &Estate,
    runbook: &Runbook,
    bound: &BTreeMap<String, Id>,
    behind: &Behind,
) -> Bindings {
    let mut search = Search { estate, params: &runbook.params, behind, known: bound.clone() };
    while let Some((name, id)) = search.next_sole() {
        search.known.insert(name, id);
    }
    let mut bindings = Bindings { known: search.known.clone(), ..Bindings::default() };
    for (name, param) in search.unbound() {
        let fitting = search.fitting(name, param);
        // Of several that a place in the estate lists none is meant; of several that would do, somebody must say which.
        // One that hangs on another that is absent is absent, too.
        let listed = param.among.is_some() || param.behind.is_some();
        let absent = param.optional && (listed || fitting.as_ref().is_none_or(Vec::is_empty));
        let fitting = fitting.unwrap_or_else(|| search.rest(param.kind));
        let into = if absent { &mut bindings.absent } else { &mut bindings.open };
        into.insert(name.clone(), fitting);
    }
    bindings
}

struct Search<'a> {
    estate: &'a Estate,
    params: &'a BTreeMap<String, Param>,
    behind: &'a Behind,
    known: BTreeMap<String, Id>,
}

impl<'a> Search<'a> {
    fn unbound(&self) -> impl Iterator<Item = (&'a String, &'a Param)> {
        self.params.iter().filter(|(name, _)| !self.known.contains_key(*name))
    }

    fn next_sole(&self) -> Option<(String, Id)> {
        self.unbound().find_map(|(name, param)| {
            let mut fitting = self.fitting(name, param)?;
            (fitting.len() == 1).then(|| (name.clone(), fitting.remove(0)))
        })
    }

    /// Returns what a parameter may be; `None` while it hangs on another one that is not bound.
    fn fitting(&self, name: &str, param: &Param) -> Option<Vec<Id>> {
        if let Some(list) = &param.among {
            return self.among(list).map(|ids| self.without_known(ids, param.kind));
        }
        if let Some(front) = &param.behind {
            return self.sitting_behind(front, param.kind);
        }
        if param.from == Some(ParamSource::CauseSubject) {
            return Some(self.primary(self.rest(param.kind), param.kind));
        }
        let alone = self.unbound().all(|(other, it)| other == name || it.kind != param.kind);
        match param.kind {
            ParamKind::DnsProvider => self.providers(alone),
            ParamKind::Tracker => self.trackers(alone),
            ParamKind::Zone => Some(self.zones().into_iter().map(|zone| zone.id.clone()).collect()),
            ParamKind::Registrar => {
                let of = self.value(ParamKind::Zone).and_then(|id| self.estate.zone(id));
                let registrar = of.and_then(|zone| zone.registrar.clone());
                Some(registrar.map_or_else(|| self.rest(param.kind), |id| vec![id]))
            }
            ParamKind::Upstream => {
                let of = self.value(ParamKind::Prefix).and_then(|id| self.estate.prefix(id));
                Some(of.map_or_else(|| self.rest(param.kind), |prefix| prefix.upstreams.clone()))
            }
            ParamKind::Resolver
            | ParamKind::Seedbox
            | ParamKind::Carrier
            | ParamKind::Prefix
            | ParamKind::Vantage => alone.then(|| self.rest(param.kind)),
        }
    }

    /// Returns the ids that `$name.path` lists.
    fn among(&self, list: &Reference) -> Option<Vec<Id>> {
        let (name, path) = list.0.strip_prefix('$')?.split_once('.')?;
        let id = self.known.get(name)?;
        match (self.params.get(name)?.kind, path) {
            (ParamKind::Zone, "delegated_to") => Some(self.estate.zone(id)?.delegated_to.clone()),
            (ParamKind::Zone, "standby_at") => Some(self.estate.zone(id)?.standby_at.clone()),
            (ParamKind::Prefix, "upstreams") => Some(self.estate.prefix(id)?.upstreams.clone()),
            _ => None,
        }
    }

    fn sitting_behind(&self, front: &str, kind: ParamKind) -> Option<Vec<Id>> {
        let id = self.known.get(front)?;
        let front = (self.params.get(front)?.kind, id.clone());
        let members = self.behind.get(&front).into_iter().flatten();
        let ids = members.filter(|(of, _)| *of == kind).map(|(_, id)| id.clone()).collect();
        Some(self.primary(self.without_known(ids, kind), kind))
    }

    /// Keeps the objects that users have now, unless that leaves none.
    fn primary(&self, ids: Vec<Id>, kind: ParamKind) -> Vec<Id> {
        let live: BTreeSet<&Id> = match kind {
            ParamKind::DnsProvider => {
                self.estate.zones.iter().flat_map(|zone| &zone.delegated_to).collect()
            }
            ParamKind::Tracker => self.trackers_that(false).collect(),
            ParamKind::Registrar
            | ParamKind::Zone
            | ParamKind::Resolver
            | ParamKind::Seedbox
            | ParamKind::Carrier
            | ParamKind::Prefix
            | ParamKind::Upstream
            | ParamKind::Vantage => return ids,
        };
        let used: Vec<Id> = ids.iter().filter(|id| live.contains(id)).cloned().collect();
        if used.is_empty() { ids } else { used }
    }

    fn providers(&self, alone: bool) -> Option<Vec<Id>> {
        let others = self.values(ParamKind::DnsProvider);
        if others.is_empty() && !alone {
            return None;
        }
        let zones = self.zones();
        let listed = |of: fn(&Zone) -> &Vec<Id>| {
            let ids: BTreeSet<Id> = zones.iter().flat_map(|zone| of(zone)).cloned().collect();
            self.in_order(&ids, ParamKind::DnsProvider)
        };
        let (standby, delegated) = (listed(|zone| &zone.standby_at), listed(|z| &z.delegated_to));
        let first = if others.is_empty() || standby.is_empty() { delegated } else { standby };
        Some(first)
    }

    fn trackers(&self, alone: bool) -> Option<Vec<Id>> {
        let taken = self.values(ParamKind::Tracker);
        if taken.is_empty() {
            let rest = self.rest(ParamKind::Tracker);
            return alone.then(|| self.primary(rest, ParamKind::Tracker));
        }
        let standby = self.trackers_that(true).filter(|id| !taken.contains(id));
        let standby: Vec<Id> = standby.cloned().collect();
        Some(if standby.is_empty() { self.rest(ParamKind::Tracker) } else { standby })
    }

    fn trackers_that(&self, stand_by: bool) -> impl Iterator<Item = &'a Id> {
        let trackers = self.estate.trackers.iter();
        trackers.filter(move |tracker| tracker.standby == stand_by).map(|tracker| &tracker.id)
    }

    /// Returns the zones in question: the bound one, else those of the bound providers, else all.
    fn zones(&self) -> Vec<&'a Zone> {
        let zones = &self.estate.zones;
        if let Some(bound) = self.value(ParamKind::Zone) {
            return zones.iter().filter(|zone| zone.id == *bound).collect();
        }
        let providers = self.values(ParamKind::DnsProvider);
        let at = |list: &[Id]| list.iter().any(|id| providers.contains(&id));
        let delegated: Vec<_> = zones.iter().filter(|zone| at(&zone.delegated_to)).collect();
        if !providers.is_empty() && !delegated.is_empty() {
            return delegated;
        }
        let standing_by: Vec<_> = zones.iter().filter(|zone| at(&zone.standby_at)).collect();
        if standing_by.is_empty() { zones.iter().collect() } else { standing_by }
    }

    fn values(&self, kind: ParamKind) -> Vec<&Id> {
        let of_kind = |(name, _): &(&String, &Id)| {
            self.params.get(*name).is_some_and(|param| param.kind == kind)
        };
        self.known.iter().filter(of_kind).map(|(_, id)| id).collect()
    }

    fn value(&self, kind: ParamKind) -> Option<&Id> {
        self.values(kind).into_iter().next()
    }

    fn rest(&self, kind: ParamKind) -> Vec<Id> {
        self.without_known(self.estate.ids_of(kind), kind)
    }

    fn in_order(&self, ids: &BTreeSet<Id>, kind: ParamKind) -> Vec<Id> {
        self.rest(kind).into_iter().filter(|id| ids.contains(id)).collect()
    }

    fn without_known(&self, ids: Vec<Id>, kind: ParamKind) -> Vec<Id> {
        let taken = self.values(kind);
        ids.into_iter().filter(|id| !taken.contains(&id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{Behind, complete, complete_behind};
    use crate::model::{Estate, Id, ParamKind, Runbook};
    use serde_json::{Value, json};

    fn estate(zones: Value, trackers: Value) -> Estate {
        let provider = |id: &str| json!({"id": id, "kind": "unmanaged", "nameservers": []});
        let document = json!({
            "schema": "lifeboat/estate/v1", "id": "e",
            "dns_providers": [provider("a"), provider("b"), provider("c")],
            "zones": zones, "trackers": trackers,
            "carriers": [{"id": "net", "asn": 701}],
        });
        serde_json::from_value(document).expect("an estate")
    }

    fn zone(id: &str, delegated: &[&str], standby: &[&str]) -> Value {
        json!({"id": id, "name": format!("{id}.example."), "delegated_to": delegated, "standby_at": standby})
    }

    fn tracker(id: &str, standby: bool) -> Value {
        json!({"id": id, "standby": standby, "urls": []})
    }

    fn runbook(params: Value) -> Runbook {
        let phase = json!({"enter": "incident.declared", "exit": "incident.declared", "steps": []});
        let document = json!({
            "schema": "lifeboat/runbook/v1", "id": "r", "title": "t", "failure_mode": "r", "owner": "o",
            "severity_at_least": "minor", "layer": "dns", "plane": "control", "impact": "i",
            "advice": [{"otherwise": true, "say": "act"}], "review_after": "90d", "params": params,
            "matches": {"supports": ["observer.healthy"]},
            "phases": {"immediate": phase, "recovery": phase, "post_incident": phase},
        });
        serde_json::from_value(document).expect("a runbook")
    }

    fn outage() -> Runbook {
        runbook(json!({
            "failed": {"type": "dns-provider", "from": "cause.subject"},
            "standby": {"type": "dns-provider"},
            "zone": {"type": "zone"},
        }))
    }

    fn bound(pairs: &[(&str, &str)]) -> BTreeMap<String, Id> {
        pairs.iter().map(|(name, id)| ((*name).to_owned(), Id::from(*id))).collect()
    }

    #[test]
    fn the_zone_and_its_standby_follow_from_the_failed_provider() {
        let estate =
            estate(json!([zone("z1", &["a"], &["b"]), zone("z2", &["c"], &[])]), json!([]));
        let found = complete(&estate, &outage(), &bound(&[("failed", "a")]));
        assert_eq!(found.known, bound(&[("failed", "a"), ("standby", "b"), ("zone", "z1")]));
        assert!(found.open.is_empty());
    }

    #[test]
    fn without_a_standby_another_delegated_provider_stands_by() {
        let estate = estate(json!([zone("z1", &["a", "b"], &[])]), json!([]));
        let found = complete(&estate, &outage(), &bound(&[("failed", "a")]));
        assert_eq!(found.known, bound(&[("failed", "a"), ("standby", "b"), ("zone", "z1")]));
    }

    #[test]
    fn several_that_fit_stay_open_and_the_callers_word_decides() {
        let zones = json!([zone("z1", &["a"], &["b"]), zone("z2", &["a"], &["c"])]);
        let estate = estate(zones, json!([]));
        let found = complete(&estate, &outage(), &bound(&[("failed", "a")]));
        assert_eq!(found.open["zone"], ["z1", "z2"]);
        assert_eq!(found.open["standby"], ["b", "c"]);
        assert_eq!(found.completions(9).len(), 4);
        assert_eq!(found.completions(3).len(), 3);
        let said = complete(&estate, &outage(), &bound(&[("failed", "a"), ("zone", "z2")]));
        assert_eq!(said.known["standby"], Id::from("c"));
    }

    #[test]
    fn an_optional_one_stands_for_nothing_only_where_nothing_would_do() {
        let mut outage = outage();
        outage.params.get_mut("standby").expect("is declared").optional = true;
        let found = |standby: &[&str]| {
            let estate = estate(json!([zone("z1", &["a"], standby)]), json!([]));
            complete(&estate, &outage, &bound(&[("failed", "a")]))
        };
        assert_eq!(found(&["b"]).known["standby"], Id::from("b"));
        assert!(found(&[]).absent["standby"].is_empty() && found(&[]).open.is_empty());
        assert_eq!(found(&["b", "c"]).open["standby"], ["b", "c"]);
    }

    #[test]
    fn a_sole_object_fills_itself_even_without_a_cause() {
        let estate = estate(json!([zone("z1", &["a"], &["b"])]), json!([]));
        let found = complete(&estate, &outage(), &BTreeMap::new());
        assert_eq!(found.known, bound(&[("failed", "a"), ("standby", "b"), ("zone", "z1")]));
    }

    #[test]
    fn a_second_tracker_is_one_that_stands_by() {
        let params = json!({"lost": {"type": "tracker", "from": "cause.subject"}, "backup": {"type": "tracker"}});
        let with = |standby| {
            let trackers =
                json!([tracker("t1", false), tracker("t2", standby), tracker("t3", false)]);
            complete(
                &estate(json!([]), trackers),
                &runbook(params.clone()),
                &bound(&[("lost", "t1")]),
            )
        };
        assert_eq!(with(true).known["backup"], Id::from("t2"));
        assert_eq!(with(false).open["backup"], ["t2", "t3"]);
    }

    #[test]
    fn what_sits_behind_a_carrier_is_found_or_left_out() {
        let params = json!({
            "carrier": {"type": "carrier", "from": "cause.subject"},
            "failed": {"type": "dns-provider", "behind": "carrier", "optional": true},
            "zone": {"type": "zone", "behind": "failed", "optional": true},
            "standby": {"type": "dns-provider", "among": "$zone.standby_at", "optional": true},
            "lost": {"type": "tracker", "behind": "carrier", "optional": true},
        });
        let estate =
            estate(json!([zone("z1", &["a"], &["b", "a"])]), json!([tracker("t1", false)]));
        let member = |kind, id: &str| (kind, Id::from(id));
        let behind = Behind::from([
            (
                member(ParamKind::Carrier, "net"),
                BTreeSet::from([
                    member(ParamKind::DnsProvider, "a"),
                    member(ParamKind::DnsProvider, "b"),
                    member(ParamKind::Zone, "z1"),
                ]),
            ),
            (member(ParamKind::DnsProvider, "a"), BTreeSet::from([member(ParamKind::Zone, "z1")])),
        ]);
        let runbook = runbook(params);
        let found = complete_behind(&estate, &runbook, &bound(&[("carrier", "net")]), &behind);
        let known = [("carrier", "net"), ("failed", "a"), ("standby", "b"), ("zone", "z1")];
        assert_eq!(found.known, bound(&known));
        assert_eq!(found.absent, BTreeMap::from([("lost".to_owned(), Vec::new())]));
        let nothing = complete(&estate, &runbook, &bound(&[("carrier", "net")]));
        assert_eq!(nothing.known, bound(&[("carrier", "net")]));
        assert!(nothing.open.is_empty(), "{:?}", nothing.open);
    }
}
