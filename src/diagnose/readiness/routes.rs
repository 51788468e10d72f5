//! Routers of ours: whether they validate origins, and whether they let go of a dead neighbour's routes.

use super::RouterLook;
use super::finding::Draft;
use super::ground::Ground;
use crate::model::{Router, Rule};

pub fn findings(ground: &Ground<'_>) -> Vec<Draft> {
    let routers = ground.inquiry.estate.routers.iter();
    routers.flat_map(|router| one(ground, router)).collect()
}

fn one(ground: &Ground<'_>, router: &Router) -> Vec<Draft> {
    let look = ground.inquiry.routers.iter().find(|look| look.router == router.id);
    let Some(RouterLook { validates, restarts, .. }) = look else {
        let because = format!("what `{}` validates: {}", router.id, ground.why_not_asked());
        return vec![
            Draft::unknown(Rule::OriginsValidated, &router.id, because)
                .by(ground.on_call())
                .mend("look again where its socket is"),
        ];
    };
    let origins =
        Draft::seen(Rule::OriginsValidated, validates.truth, false, &router.id, &validates.because);
    let restart = Draft::seen(
        Rule::GracefulRestartBounded,
        restarts.truth,
        false,
        &router.id,
        &restarts.because,
    );
    let origins = origins.map(|it| it.mend("run an `rpki` protocol, and filter what is invalid"));
    let restart = restart.map(|it| {
        it.mend("bound `graceful restart time`, or turn it off towards providers that may die")
    });
    origins.into_iter().chain(restart).map(|it| it.by(ground.on_call())).collect()
}
