//! `--break-glass`: a plan goes on without the people that its policy wants, aloud and on record.
//!
//! It stands in for people and for nothing else: whatever else would refuse the plan is asked as ever, in the same place.

use super::{Desk, Exit, Failure, approval};
use crate::drive::Lone;
use crate::engine::NotApproved;
use crate::journal;
use crate::model::{ApprovalMeans, Event, GLASS_WORDS, Mode, Plan, PlannedApproval};
use crate::plan::Digest;
use crate::view;

/// Gets a plan its people, or somebody who breaks the glass for the stated reason.
///
/// # Errors
/// As [`approval::ask`]; exit 2 where there is nothing to break.
pub async fn or_ask(desk: &Desk, lone: &Lone<'_>, reason: Option<&str>) -> Result<(), Failure> {
    let Some(reason) = reason else { return approval::ask(desk, lone).await };
    let Lone { operation, incident, plan, direction, .. } = *lone;
    let Some(needed) = &plan.approval else {
        return Err(whole("the plan changes nothing, so nobody needs to approve it"));
    };
    let Err(missing) = approval::standing(lone)? else {
        return Err(whole("this plan may go on as it is"));
    };
    let NotApproved::Missing { .. } = &missing else { return Err(missing.into()) };
    let (now, records) = (operation.field.clock.now(), incident.history()?);
    let others = others(desk, needed, journal::yeses(&records, &digest(plan), direction, now));
    if needed.by == ApprovalMeans::Terminal && others + 1 >= needed.needed() {
        return Err(whole("nothing is missing but your own yes, which you type"));
    }
    let head = incident.head()?;
    warn(desk, plan, needed, &missing);
    if let Some(head) = &head {
        desk.screen.talk(&format!("journal: {head}"));
    }
    let digest = approval::type_it(desk, plan).await?.hex();
    let typed = approval::prompt(desk, "type \"break glass\": ").await?;
    if typed != GLASS_WORDS {
        let why = format!("`{GLASS_WORDS}` was not typed; nothing was changed");
        return Err(Failure::new(Exit::Approval, why).hint("type these two words, or leave it be"));
    }
    let now = operation.field.clock.now();
    let (by, expires) = (desk.environment.user.clone(), needed.glass_holds().after(now));
    let reason = reason.to_owned();
    let event = Event::BrokeGlass { digest, by, direction, reason, expires, head };
    incident.append(event.clone(), now)?;
    tell(desk, plan, &event);
    Ok(())
}

fn digest(plan: &Plan) -> String {
    Digest::of(plan).hex()
}

/// Refuses to break what is not in the way.
fn whole(why: &str) -> Failure {
    let why = format!("there is no glass to break: {why}");
    Failure::new(Exit::Usage, why).hint("leave `--break-glass` out")
}

/// Counts whose yes at a terminal stands, other than that of whoever is at this one.
fn others(desk: &Desk, needed: &PlannedApproval, given: Vec<journal::Yes>) -> usize {
    let there = given.iter().filter(|yes| yes.counts() && needed.takes(yes.means) && !yes.alone);
    there.filter(|yes| yes.by != desk.environment.user).count()
}

/// Says what is about to happen, before anything is typed.
fn warn(desk: &Desk, plan: &Plan, needed: &PlannedApproval, missing: &NotApproved) {
    let exercise = exercise(plan);
    desk.screen.talk(&format!(
        "{exercise}BREAKING THE GLASS: the policy `{}` has {missing}.\n\
         You stand in for whoever is missing, for one run within {}, and for nothing else: drift, limits, guards,\n\
         dates and locks refuse as ever. It is written down with your name and your reason.",
        needed.policy,
        needed.glass_holds(),
    ));
}

/// Says aloud that it happened.
fn tell(desk: &Desk, plan: &Plan, event: &Event) {
    let Event::BrokeGlass { by, reason, expires, .. } = event else { return };
    desk.screen.talk(&format!(
        "{}GLASS BROKEN BY {by}: PLAN {} GOES ON WITHOUT THE PEOPLE THAT ITS POLICY WANTS, UNTIL {}.\n\
         WHY: {reason}\n\
         EVERY STATUS, HANDOFF, TEAM MESSAGE AND POSTMORTEM SAYS SO. A SECOND PERSON REVIEWS IT AFTERWARDS.",
        exercise(plan),
        Digest::of(plan).short(),
        view::moment(*expires),
    ));
}

const fn exercise(plan: &Plan) -> &'static str {
    match plan.mode {
        Mode::Live => "",
        Mode::Drill => "EXERCISE: ",
    }
}
