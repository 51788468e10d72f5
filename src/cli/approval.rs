//! Asking a person at the terminal for an approval: the plan's short digest and its target, typed out.

use jiff::{SignedDuration, Timestamp};

use super::{Desk, Exit, Failure};
use crate::drive::{Envelope, Lone, signers};
use crate::engine::{Approved, NotApproved};
use crate::model::{ApprovalMeans, ApprovalProof, Direction, Event, Mode, Plan, PlannedApproval};
use crate::plan::Digest;
use crate::store::Incident;

/// Asks whoever is here where their yes is what is missing, and writes it into the journal. Nothing is asked where
/// nothing changes, or where enough people have said yes elsewhere.
///
/// # Errors
/// Exit 5 when more people must say yes elsewhere, when nobody can be asked, and when what was typed is not this plan's.
pub async fn ask(desk: &Desk, lone: &Lone<'_>) -> Result<(), Failure> {
    let Lone { operation, incident, plan, direction, .. } = *lone;
    let Some(needed) = &plan.approval else { return Ok(()) };
    let Err(missing) = standing(lone)? else { return Ok(()) };
    let NotApproved::Missing { have, need, .. } = &missing else { return Err(missing.into()) };
    if needed.by == ApprovalMeans::Terminal && have + 1 >= *need {
        return typed(desk, incident, plan, direction, operation.field.clock.now()).await;
    }
    let alone = match needed.alone {
        None => String::new(),
        Some(_) => match lone.find(&desk.environment.user)? {
            Ok(envelope) => return by_standing(desk, lone, needed, envelope).await,
            Err(reasons) => format!("; alone: {}", reasons.join("; ")),
        },
    };
    let (_, doubted) = signers::vouch(operation, plan, &incident.records()?)?;
    let doubts = doubted.iter().map(|it| format!("; #{} by {}: {}", it.seq, it.by, it.because));
    let short = Digest::of(plan).short();
    let undo = if direction == Direction::Undo { " --undo" } else { "" };
    let how = match needed.by {
        ApprovalMeans::Terminal => "each at a terminal of their own",
        ApprovalMeans::Signature if needed.requester.is_none() => {
            "by signature, and one more because whoever asked is none of the contacts"
        }
        ApprovalMeans::Signature => "by signature, other people than the one who asked",
    };
    let why = format!(
        "the policy `{}` wants {need} to approve {how}: {missing}{}{alone}",
        needed.policy,
        doubts.collect::<String>()
    );
    let shares = operation.mode == Mode::Live && operation.estate.locks.shared.is_some();
    let elsewhere = match needed.by {
        ApprovalMeans::Signature if shares => "; with `--offer` it is laid where they can reach it",
        ApprovalMeans::Signature | ApprovalMeans::Terminal => "",
    };
    Err(Failure::new(Exit::Approval, why)
        .hint(format!("`lifeboat approve {short}{undo}`, each of them{elsewhere}")))
}

/// Tells whether enough people have said yes, judged now.
///
/// # Errors
/// What the disk said.
pub fn standing(lone: &Lone<'_>) -> Result<Result<(), NotApproved>, Failure> {
    let Lone { operation, incident, plan, direction, .. } = *lone;
    let records = incident.history()?;
    let (vouched, _) = signers::judged(lone, &records)?;
    let now = operation.field.clock.now();
    Ok(Approved::find_signed(plan.clone(), direction, &records, &vouched, now).map(|_| ()))
}

/// Lets the person at this terminal type a plan's short digest and target, and writes their yes down.
///
/// # Errors
/// As [`type_it`].
pub async fn typed(
    desk: &Desk,
    incident: &Incident,
    plan: &Plan,
    direction: Direction,
    now: Timestamp,
) -> Result<(), Failure> {
    let Some(needed) = &plan.approval else { return Ok(()) };
    // What is signed on paper or by key elsewhere names the same head.
    let head = incident.head()?;
    if let Some(head) = &head {
        desk.screen.talk(&format!("journal: {head}"));
    }
    let digest = type_it(desk, plan).await?.hex();
    let event = Event::Approved {
        digest,
        by: desk.environment.user.clone(),
        means: ApprovalProof::Terminal,
        direction,
        expires: until(needed, now),
        head,
        signature: None,
        standing: None,
        code: None,
    };
    incident.append(event, now)?;
    Ok(())
}

/// Lets whoever is alone go on by a standing approval: they type what everybody types, and which one they use.
async fn by_standing(
    desk: &Desk,
    lone: &Lone<'_>,
    needed: &PlannedApproval,
    envelope: &Envelope,
) -> Result<(), Failure> {
    let Lone { operation, incident, plan, direction, .. } = *lone;
    let (standing, mark) = (&envelope.standing, &envelope.mark);
    desk.screen.talk(&format!(
        "You are alone: the standing approval `{}` covers this plan ({}). It may be used for {} plans, until {}.",
        mark.id, standing.why, standing.uses, standing.expires
    ));
    let head = incident.head()?;
    let digest = type_it(desk, plan).await?.hex();
    if prompt(desk, "standing approval: ").await? != mark.id.as_str() {
        let why = "what was typed is not the standing approval's id; nothing was changed";
        return Err(Failure::new(Exit::Approval, why).hint("type its id as it stands above"));
    }
    let now = operation.field.clock.now();
    let event = Event::Approved {
        digest,
        by: desk.environment.user.clone(),
        means: ApprovalProof::Terminal,
        direction,
        expires: crate::drive::standing::until(standing, until(needed, now), now),
        head,
        signature: None,
        standing: Some(mark.clone()),
        code: None,
    };
    incident.append(event, now)?;
    Ok(())
}

/// Lets the person at this terminal type a plan's short digest and target; returns the digest that they typed.
///
/// # Errors
/// Exit 5 when nobody can be asked, and when what was typed is not this plan's.
pub async fn type_it(desk: &Desk, plan: &Plan) -> Result<Digest, Failure> {
    let typed = [prompt(desk, "short digest: ").await?, prompt(desk, "target: ").await?];
    let digest = Digest::of(plan);
    if typed[0] == digest.short() && typed[1] == plan.target.as_str() {
        return Ok(digest);
    }
    let why = "what was typed is not this plan; nothing was changed";
    Err(Failure::new(Exit::Approval, why)
        .hint("read the plan once more and type its last two lines"))
}

/// Returns until when a yes that is given now holds.
pub fn until(needed: &PlannedApproval, now: Timestamp) -> Timestamp {
    let millis = i64::try_from(needed.expires.as_millis()).unwrap_or(i64::MAX);
    now.saturating_add(SignedDuration::from_millis(millis)).unwrap_or(Timestamp::MAX)
}

/// Returns the command that goes in a direction.
pub const fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Do => "run",
        Direction::Undo => "undo",
    }
}

/// Shows a prompt and returns the line typed, without the blanks around it.
pub async fn prompt(desk: &Desk, prompt: &'static str) -> Result<String, Failure> {
    Ok(answer(desk, prompt.to_owned()).await?.trim().to_owned())
}

/// Shows a prompt and returns the line typed, to the letter.
pub async fn answer(desk: &Desk, prompt: String) -> Result<String, Failure> {
    let ask = std::sync::Arc::clone(&desk.ask);
    let asked = tokio::task::spawn_blocking(move || ask.ask(&prompt)).await;
    Ok(asked.map_err(|error| Failure::new(Exit::Internal, error.to_string()))??)
}
