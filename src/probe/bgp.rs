//! BGP: what our routers and others' collectors know of our prefixes, without the right to change anything.
//!
//! A view is as old as the last word of its freshest session: of an established one by the hold timer, of
//! another one since it was lost. A route that was learned long ago over an established session is fresh.

use std::path::{Path, PathBuf};

use ipnet::IpNet;
use tokio::task::JoinSet;

use super::Scene;
use crate::model::{
    BgpObservation, BgpRoute, BgpSession, BgpView, Ending, Evidence, Id, Inconclusive, Observation,
    ProbeKind, Remote, Span,
};
use crate::net::{Deadline, Stopwatch};
use crate::service::ending;
use crate::service::router::{RouterError, View, look};
use crate::wire::bird::Protocol;

/// A router or collector, to be looked at.
struct Looking {
    id: Id,
    socket: PathBuf,
    collector: bool,
    max_age: Option<Span>,
}

/// Looks at every router and collector.
pub(super) async fn probe(scene: &Scene<'_>) -> Vec<Evidence> {
    if !scene.wants(ProbeKind::Bgp) {
        return Vec::new();
    }
    let prefixes: Vec<(Id, IpNet)> =
        scene.estate.prefixes.iter().map(|it| (it.id.clone(), it.cidr.trunc())).collect();
    let blocks: Vec<IpNet> = prefixes.iter().map(|(_, cidr)| *cidr).collect();
    let mut running = JoinSet::new();
    for (number, looking) in lookings(scene).into_iter().enumerate() {
        let (field, blocks) = (scene.field.clone(), blocks.clone());
        let until = Deadline::after(scene.budget().budget);
        running.spawn(async move {
            let watch = Stopwatch::start();
            let seen = look(&field, &looking.socket, &blocks, until).await;
            (number, looking, seen, watch.took())
        });
    }
    let mut done = Vec::new();
    while let Some(one) = running.join_next().await {
        done.extend(one.ok());
    }
    done.sort_by_key(|(number, ..)| *number);
    let evidence = done.into_iter().map(|(_, looking, seen, took)| {
        let ending = judged(&looking, seen, &prefixes);
        let sent = u32::from(!matches!(ending, Ending::Inconclusive(Inconclusive::Local(_))));
        let observation = BgpObservation { collector: looking.collector, ending };
        scene.evidence(&looking.id, sent, took, Observation::Bgp(observation))
    });
    evidence.collect()
}

fn lookings(scene: &Scene<'_>) -> Vec<Looking> {
    let routers = scene.estate.routers.iter().map(|it| Looking {
        id: it.id.clone(),
        socket: path(scene, &it.socket),
        collector: false,
        max_age: None,
    });
    let collectors = scene.estate.collectors.iter().map(|it| Looking {
        id: it.id.clone(),
        socket: path(scene, &it.socket),
        collector: true,
        max_age: it.max_age,
    });
    routers.chain(collectors).collect()
}

/// Returns a socket's path: a drill maps it as the estate writes it, and only a live one is a file.
fn path(scene: &Scene<'_>, socket: &str) -> PathBuf {
    if scene.field.door.is_sealed() {
        return Path::new(socket).to_owned();
    }
    scene.field.base.join(socket)
}

fn judged(
    looking: &Looking,
    seen: Result<View, RouterError>,
    prefixes: &[(Id, IpNet)],
) -> Ending<BgpView> {
    let view = match seen {
        Ok(view) => view,
        Err(RouterError::Net(error)) => return ending(&error),
        Err(error @ RouterError::Bird(_)) => {
            return Ending::Malformed(Remote::new(error.to_string()));
        }
    };
    let limit = looking.max_age.map(Span::as_secs);
    match (age(&view.protocols), limit) {
        (Some(age), Some(limit)) if age > limit => Ending::Inconclusive(Inconclusive::Stale(age)),
        (Some(_) | None, Some(_) | None) => Ending::Answered(shown(view, prefixes)),
    }
}

/// Returns how many seconds ago the freshest session said its last word; none without a session.
fn age(protocols: &[Protocol]) -> Option<u64> {
    let last_word = |it: &Protocol| match it.established {
        // A session without a hold timer is as fresh as it is established.
        true => Some(it.heard_s.unwrap_or(0)),
        false => it.age_s,
    };
    protocols.iter().filter(|it| it.kind == "BGP").filter_map(last_word).min()
}

fn shown(view: View, prefixes: &[(Id, IpNet)]) -> BgpView {
    let bgp = view.protocols.into_iter().filter(|it| it.kind == "BGP");
    let sessions = bgp.map(|it| BgpSession {
        neighbour: it.name,
        asn: it.neighbour_as,
        established: it.established,
        age_s: it.age_s,
    });
    let mut routes = Vec::new();
    for ((prefix, _), of_prefix) in prefixes.iter().zip(view.routes) {
        // A default route covers everything and so says nothing of anything.
        for route in of_prefix.into_iter().filter(|it| it.network.prefix_len() > 0) {
            routes.push(BgpRoute {
                prefix: prefix.clone(),
                network: route.network,
                neighbour: route.protocol,
                as_path: route.as_path,
                best: route.best,
                age_s: route.age_s,
            });
        }
    }
    // Best first, and otherwise as the router has them.
    routes.sort_by_key(|route| !route.best);
    BgpView { sessions: sessions.collect(), routes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::bird::Route;

    fn session(established: bool, age_s: Option<u64>, heard_s: Option<u64>) -> Protocol {
        let (name, kind) = (Remote::new("peer"), Remote::new("BGP"));
        Protocol { name, kind, neighbour_as: Some(64501), established, age_s, heard_s }
    }

    fn looking(max_age: Option<u64>) -> Looking {
        let max_age = max_age.map(Span::from_secs);
        Looking { id: "lg".into(), socket: PathBuf::new(), collector: true, max_age }
    }

    fn judge(protocols: Vec<Protocol>, max_age: Option<u64>) -> Ending<BgpView> {
        judged(&looking(max_age), Ok(View { protocols, routes: Vec::new() }), &[])
    }

    #[test]
    fn a_view_is_as_old_as_the_last_word_of_its_freshest_session() {
        let stale = |age| Ending::Inconclusive(Inconclusive::Stale(age));
        let (day, limit) = (86_400, Some(600));
        let quiet = session(true, Some(day), Some(30));
        assert!(judge(vec![quiet.clone()], limit).answer().is_some(), "an old session is fresh");
        let lost = session(false, Some(day), None);
        assert!(judge(vec![lost.clone(), quiet], limit).answer().is_some());
        assert_eq!(judge(vec![lost.clone()], limit), stale(day));
        assert_eq!(judge(vec![lost.clone(), session(false, Some(601), None)], limit), stale(601));
        assert!(judge(vec![session(false, Some(600), None)], limit).answer().is_some());
        assert_eq!(judge(vec![session(true, Some(5), Some(700))], limit), stale(700));
        assert!(judge(vec![lost], None).answer().is_some(), "no limit, no judgement");
        assert!(judge(Vec::new(), limit).answer().is_some());
    }

    #[test]
    fn a_default_route_says_nothing_of_a_prefix() {
        let route = |network: &str, best| Route {
            network: network.parse().expect("a prefix"),
            protocol: Remote::new("peer"),
            best,
            as_path: vec![64501],
            age_s: None,
        };
        let routes = vec![vec![
            route("0.0.0.0/0", true),
            route("198.18.0.0/24", false),
            route("198.18.0.0/16", true),
        ]];
        let prefixes = [("p".into(), "198.18.0.0/24".parse().expect("a prefix"))];
        let view = shown(View { protocols: Vec::new(), routes }, &prefixes);
        let networks: Vec<String> = view.routes.iter().map(|it| it.network.to_string()).collect();
        assert_eq!(networks, ["198.18.0.0/16", "198.18.0.0/24"]);
    }
}
