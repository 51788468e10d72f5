//! Asking a person at the terminal for an approval: the plan's short digest and its target, typed out.

use jiff::{SignedDuration, Timestamp};

use super::{Desk, Exit, Failure};
use crate::model::{ApprovalMeans, Direction, Event, Plan};
use crate::plan::Digest;
use crate::store::Incident;

/// Asks whoever is here, and writes the approval into the journal; nothing is asked where nothing changes.
///
/// # Errors
/// Exit 5 when the policy wants more than one person here can give, when nobody can be asked, and when what
/// was typed is not this plan's.
pub async fn ask(
    desk: &Desk,
    incident: &Incident,
    plan: &Plan,
    direction: Direction,
    now: Timestamp,
) -> Result<(), Failure> {
    let Some(approval) = &plan.approval else { return Ok(()) };
    let digest = Digest::of(plan);
    if approval.by == ApprovalMeans::Signature || approval.people > 1 {
        let by = match approval.by {
            ApprovalMeans::Terminal => "at terminals of their own",
            ApprovalMeans::Signature => "by signature",
        };
        let policy = &approval.policy;
        return Err(Failure::new(
            Exit::Approval,
            format!("the policy `{policy}` wants {} to approve {by}, which is not built yet",
                counted(approval.people)),
        )
        .hint(format!("let `approvals.{policy}` say `{{ people: 1, by: terminal }}`, or make the change by hand")));
    }
    // What is signed on paper or by key elsewhere names the same head.
    let head = incident.head()?;
    if let Some(head) = &head {
        desk.screen.talk(&format!("journal: {head}"));
    }
    let typed = [prompt(desk, "short digest: ").await?, prompt(desk, "target: ").await?];
    if typed[0] != digest.short() || typed[1] != plan.target.as_str() {
        return Err(Failure::new(
            Exit::Approval,
            "what was typed is not this plan; nothing was changed",
        )
        .hint("read the plan once more and type its last two lines"));
    }
    let span = SignedDuration::from_millis(
        i64::try_from(approval.expires.as_millis()).unwrap_or(i64::MAX),
    );
    let event = Event::Approved {
        digest: digest.hex(),
        by: desk.environment.user.clone(),
        means: ApprovalMeans::Terminal,
        direction,
        expires: now.saturating_add(span).unwrap_or(Timestamp::MAX),
        head,
    };
    incident.append(event, now)?;
    Ok(())
}

/// Shows a prompt and returns the line typed.
pub async fn prompt(desk: &Desk, prompt: &'static str) -> Result<String, Failure> {
    let ask = std::sync::Arc::clone(&desk.ask);
    let asked = tokio::task::spawn_blocking(move || ask.ask(prompt)).await;
    let answer = asked.map_err(|error| Failure::new(Exit::Internal, error.to_string()))??;
    Ok(answer.trim().to_owned())
}

fn counted(people: u8) -> String {
    if people == 1 { "1 person".to_owned() } else { format!("{people} people") }
}
