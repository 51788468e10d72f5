//! What routers and collectors see of our prefixes.
//!
//! Collectors decide, and our own routers where they are not the ones that announce the prefix: an origin sees its
//! own routes whatever the world sees. A view without an established session decides nothing.

use super::World;
use super::claim::{Claim, MOOT, count, list};
use super::sight::{Outcome, Sight};
use crate::model::{
    BgpRoute, BgpSession, BgpView, FactKind, Id, Measure, Observation, Prefix, Truth,
};

/// One router's or collector's usable view.
struct View<'a> {
    id: &'a Id,
    from: &'a Id,
    /// A router's AS number; none for a collector.
    own_asn: Option<Option<u32>>,
    view: &'a BgpView,
}

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    let (views, without) = views(world, sight);
    let mut claims = vec![fresh(world, &views, &without)];
    for prefix in &world.estate.prefixes {
        claims.push(seen(world, &views, prefix));
        claims.push(origin(world, &views, prefix));
    }
    claims
}

/// Returns the usable views, and of the others why not, with their evidence.
fn views<'a>(world: &World<'a>, sight: &Sight<'a>) -> (Vec<View<'a>>, Vec<(String, &'a Id)>) {
    let collectors = world.estate.collectors.iter().map(|collector| (&collector.id, None));
    let routers = world.estate.routers.iter().map(|router| (&router.id, Some(router.asn)));
    let (mut views, mut without) = (Vec::new(), Vec::new());
    for (id, own_asn) in collectors.chain(routers) {
        for evidence in sight.about(id) {
            let Observation::Bgp(bgp) = &evidence.observation else { continue };
            let why = match sight.outcome(None, &bgp.ending) {
                Outcome::Answered(view) if view.sessions.iter().any(|s| s.established) => {
                    views.push(View { id, from: &evidence.id, own_asn, view });
                    continue;
                }
                Outcome::Answered(_) => "no session is established".to_owned(),
                Outcome::Odd(what) => what,
                Outcome::Silent => "no answer".to_owned(),
                Outcome::Refused => "its socket refuses".to_owned(),
                Outcome::Nothing { why, .. } => why,
            };
            without.push((format!("{id}: {why}"), &evidence.id));
        }
    }
    (views, without)
}

fn declared(world: &World<'_>) -> usize {
    world.estate.collectors.len() + world.estate.routers.len()
}

fn fresh(world: &World<'_>, views: &[View<'_>], without: &[(String, &Id)]) -> Claim {
    let (kind, estate) = (FactKind::BgpViewFresh, &world.estate.id);
    let all = declared(world);
    if all == 0 {
        return Claim::moot(kind, estate, "no router or collector is declared");
    }
    let names: Vec<&str> = views.iter().map(|view| view.id.as_str()).collect();
    let reasons: Vec<&String> = without.iter().map(|(why, _)| why).collect();
    let (truth, because) = match (views.len(), reasons.len()) {
        (0, 0) => (Truth::Unknown, "no router or collector was asked".to_owned()),
        (0, _) => (Truth::False, list(&reasons)),
        _ => (Truth::True, format!("usable views: {}", list(&names))),
    };
    let measure = truth.is_known().then_some(Measure::part(views.len() as f64, all as f64));
    let from = views.iter().map(|view| view.from).chain(without.iter().map(|(_, id)| *id));
    Claim::new(kind, estate, truth, because).measured(measure).from(from)
}

impl<'a> View<'a> {
    /// Tells whether the absence of a prefix in this view means anything.
    fn decides(&self, prefix: &Prefix) -> bool {
        match self.own_asn {
            None => true,
            Some(asn) => asn.is_some_and(|asn| asn != prefix.origin),
        }
    }

    fn established(&self) -> impl Iterator<Item = &'a BgpSession> {
        self.view.sessions.iter().filter(|session| session.established)
    }

    /// Returns the routes to a prefix that came over an established session; a default route is none.
    fn routes(&self, prefix: &Prefix) -> impl Iterator<Item = &'a BgpRoute> {
        let (view, id) = (self.view, prefix.id.clone());
        let up = move |route: &&BgpRoute| {
            let mut sessions = view.sessions.iter().filter(|session| session.established);
            sessions.any(|session| session.neighbour == route.neighbour)
        };
        let ours = move |route: &&BgpRoute| route.prefix == id && route.network.prefix_len() > 0;
        view.routes.iter().filter(ours).filter(up)
    }

    fn announcing(&self, prefix: &Prefix) -> usize {
        let announces = |session: &&BgpSession| {
            self.routes(prefix).any(|route| route.neighbour == session.neighbour)
        };
        self.established().filter(announces).count()
    }
}

fn seen(world: &World<'_>, views: &[View<'_>], prefix: &Prefix) -> Claim {
    let kind = FactKind::BgpSeen;
    let could = |asn: Option<u32>| asn.is_some_and(|asn| asn != prefix.origin);
    let any = !world.estate.collectors.is_empty()
        || world.estate.routers.iter().any(|router| could(router.asn));
    if !any {
        return Claim::moot(kind, &prefix.id, "no collector is declared that could see it");
    }
    let deciding: Vec<&View<'_>> = views.iter().filter(|view| view.decides(prefix)).collect();
    let up: usize = deciding.iter().map(|view| view.established().count()).sum();
    let announcing: usize = deciding.iter().map(|view| view.announcing(prefix)).sum();
    let (truth, measure) = match up {
        0 => (Truth::Unknown, None),
        up => (Truth::of(announcing > 0), Some(Measure::part(announcing as f64, up as f64))),
    };
    let because = match truth {
        Truth::Unknown => "no usable view".to_owned(),
        Truth::True | Truth::False => {
            let neighbours = count(up, "neighbour that is up", "neighbours that are up");
            format!("announced by {announcing} of {neighbours}")
        }
    };
    let from = deciding.iter().map(|view| view.from);
    Claim::new(kind, &prefix.id, truth, because).measured(measure).from(from)
}

fn origin(world: &World<'_>, views: &[View<'_>], prefix: &Prefix) -> Claim {
    let kind = FactKind::BgpOriginRight;
    let mut origins = Vec::new();
    let mut from = Vec::new();
    for view in views.iter().filter(|view| view.decides(prefix)) {
        from.push(view.from);
        // An aggregate that only covers it is somebody else's to announce.
        let exact = |route: &&BgpRoute| route.network.prefix_len() >= prefix.cidr.prefix_len();
        let routes = view.routes(prefix).filter(exact);
        origins.extend(routes.filter_map(|route| route.as_path.last().copied()));
    }
    let stranger = origins.iter().find(|origin| **origin != prefix.origin);
    let (truth, because) = match (stranger, origins.len()) {
        (_, 0) => (Truth::Unknown, "no route to it is seen".to_owned()),
        (None, _) => (Truth::True, format!("announced by AS{}", prefix.origin)),
        (Some(other), _) => {
            (Truth::False, format!("AS{other} announces it, not only AS{}", prefix.origin))
        }
    };
    let moot = truth == Truth::Unknown && declared(world) == 0;
    Claim::new(kind, &prefix.id, truth, because).measured(moot.then_some(MOOT)).from(from)
}
