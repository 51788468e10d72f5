//! Approvals carried by git: a plan laid at the estate's remote, signed from there elsewhere, and collected.

use std::path::Path;

use super::approve::{self, Arguments};
use super::matter::Matter;
use super::{Desk, Exit, Failure, Global, office};
use crate::drive::carried::{self, Offer, Offered};
use crate::host::Channel;
use crate::model::{ApprovalMeans, Direction, Event};
use crate::net::Deadline;
use crate::render;
use crate::repo::SharedApprovals;
use crate::store::Incident;

/// Lays a plan at the remote, so that people elsewhere may sign it.
///
/// # Errors
/// Exit 2 without a remote, and where nobody is to sign; 10 when the remote cannot be reached.
pub async fn offer(matter: &Matter<'_>, incident: &Incident) -> Result<Exit, Failure> {
    let (approvals, until) = begin(matter)?;
    let laid = carried::offer(&approvals, matter.plan, incident.head()?.as_ref(), until).await?;
    let (short, remote) = (matter.short(), approvals.shown());
    let what = match laid {
        Offer::New => "The plan lies".to_owned(),
        Offer::There(0) => "The plan lay there already: it lies".to_owned(),
        Offer::There(_) => "The plan lay there already, with signatures: it lies".to_owned(),
        Offer::Instead(why) => {
            format!("Something else lay in its place ({why}) and is gone. The plan lies")
        }
    };
    matter.desk.screen.talk(&format!(
        "{what} at {remote} under `{}`.\nTell the digest, not only the place. Each approver, on the same estate:\n  \
         lifeboat approve {short} --offered --as CONTACT --agent \"$SSH_AUTH_SOCK\"\n\
         Then, here:\n  lifeboat approve {short} --collect",
        approvals.reference(&short)
    ));
    Ok(Exit::Done)
}

/// Reads a plan at the remote, lets somebody sign it who has no part in the incident's machine, and lays that beside it.
///
/// # Errors
/// Exit 2 without a remote, 5 for nobody who may sign and when what was typed is another plan's, 6 for a plan of another
/// estate and for whatever is none, 10 when the remote cannot be reached.
pub async fn offered(desk: &Desk, global: &Global, arguments: &Arguments) -> Result<Exit, Failure> {
    office::needs_network(global)?;
    let operation = office::operation(desk, global)?;
    // Whoever wrote the estate says where the remote is.
    operation.custody.check()?;
    let approvals = carried::open(&operation)?;
    let offered = carried::find(&approvals, arguments.named(), deadline(global)).await?;
    tell_of_ignored(desk, &offered);
    let plan = &offered.plan;
    office::fits(&operation, None, plan)?;
    let Some(needed) = &plan.approval else { return Err(nobody_signs()) };
    let matter = Matter { desk, global, operation: &operation, plan, needed };
    by_signature(&matter)?;
    if !global.json {
        let reference = approvals.reference(&matter.short());
        let sealed = office::Sealed::of(&offered.digest, Path::new(&reference));
        desk.screen.talk(&render::plan(plan, &sealed.seal(), &desk.style(Channel::Talk)));
    }
    let yes = match &arguments.take {
        Some(file) => Some(approve::read(&matter, file)?),
        None => {
            if let Some(head) = &offered.head {
                desk.screen.talk(&format!("journal: {head}"));
            }
            matter.sign(&arguments.pen(), arguments.direction(), offered.head.clone()).await?
        }
    };
    let Some(yes) = yes else {
        desk.screen.talk(&format!(
            "Or lay it there yourself:\n  lifeboat approve {} --offered --take yes",
            matter.short()
        ));
        return Ok(Exit::Done);
    };
    matter.weigh(&yes, Vec::new())?;
    let whose = (&yes.contact, yes.direction);
    carried::add(&approvals, &offered.digest, whose, &yes.bundle(), deadline(global)).await?;
    desk.screen.talk(&format!(
        "Signed; it lies at {} beside the plan. Where the incident is: `lifeboat approve {} --collect`.",
        approvals.shown(),
        matter.short()
    ));
    Ok(Exit::Done)
}

/// Takes every signature that lies beside a plan, each as if it had been carried by hand; what is not taken is named.
///
/// # Errors
/// Exit 5 when there was nothing new to take; as [`offer`]; 6 when another plan lies there.
pub async fn collect(matter: &Matter<'_>, incident: &Incident) -> Result<Exit, Failure> {
    let (approvals, until) = begin(matter)?;
    let offered = carried::find(&approvals, &matter.digest(), until).await?;
    let screen = &matter.desk.screen;
    tell_of_ignored(matter.desk, &offered);
    let mut taken = Vec::new();
    for (name, bytes) in offered.signed() {
        match take(matter, incident, bytes) {
            Ok(None) => screen.talk(&format!("{name}: was taken before.")),
            Ok(Some(direction)) => {
                screen.talk(&format!("{name}: taken."));
                taken.push(direction);
            }
            Err(failure) if failure.exit == Exit::Approval => {
                screen.talk(&format!("{name}: not taken: {}.", failure.message));
            }
            Err(failure) => return Err(failure),
        }
    }
    for direction in [Direction::Do, Direction::Undo] {
        if taken.contains(&direction) {
            approve::counted(matter, incident, direction)?;
        }
    }
    if taken.is_empty() {
        return Err(Failure::new(Exit::Approval, "nothing new lies there that counts").hint(
            format!(
                "each approver: `lifeboat approve {} --offered --as CONTACT --agent \"$SSH_AUTH_SOCK\"`",
                matter.short()
            ),
        ));
    }
    Ok(Exit::Done)
}

/// Takes one signature; `None` when the journal has it already.
fn take(
    matter: &Matter<'_>,
    incident: &Incident,
    bytes: &[u8],
) -> Result<Option<Direction>, Failure> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Failure::new(Exit::Approval, "what was signed is no text"))?;
    let yes = matter.read(text, None)?;
    let digest = matter.digest();
    let same = |event: &Event| {
        matches!(event, Event::Approved { digest: of, by, signature: Some(signature), .. }
            if *of == digest && *by == yes.contact.as_str() && yes.is_signed_by(signature))
    };
    if incident.history()?.iter().any(|record| same(&record.event)) {
        return Ok(None);
    }
    approve::accept(matter, incident, &yes)?;
    Ok(Some(yes.direction))
}

/// Opens the remote for a plan that people are to sign, and says until when it may be waited for.
fn begin(matter: &Matter<'_>) -> Result<(SharedApprovals, Deadline), Failure> {
    office::needs_network(matter.global)?;
    by_signature(matter)?;
    Ok((carried::open(matter.operation)?, deadline(matter.global)))
}

fn deadline(global: &Global) -> Deadline {
    Deadline::after(global.deadline.duration())
}

fn by_signature(matter: &Matter<'_>) -> Result<(), Failure> {
    if matter.needed.by == ApprovalMeans::Signature { Ok(()) } else { Err(nobody_signs()) }
}

fn nobody_signs() -> Failure {
    Failure::new(Exit::Usage, "nobody is to sign this plan, so nothing is carried")
        .hint("`approvals.NAME: { by: signature }` in the estate lets people elsewhere approve; plan anew then")
}

/// Names what lies there and is not used.
fn tell_of_ignored(desk: &Desk, offered: &Offered) {
    for ignored in offered.ignored() {
        desk.screen.talk(&format!("Not used, though it lies there: {ignored}."));
    }
}
