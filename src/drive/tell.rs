//! Messages: rendered from what the journal says, then delivered once.

use super::{Crew, DriveError, Operation};
use crate::engine::Input;
use crate::model::{Audience, ChannelKind, Delivery, Id, PlannedChannel, Severity};
use crate::service::channel::{self, Parcel, Reach, Receipt};
use crate::store::Incident;
use crate::view::{Chronicle, MessageContext, VendorWords, next_update};
use crate::words::WordsError;

/// Renders a plan's message; `Ok(Err)` is a template that cannot be rendered, which the engine decides on.
pub fn render(
    crew: &Crew<'_>,
    template: &str,
    to: &PlannedChannel,
    language: &str,
) -> Result<Result<String, WordsError>, DriveError> {
    let operation = crew.operation;
    // A runbook that was changed since puts no word into a run: what it would say, nobody approved.
    let runbook = operation
        .runbook(&crew.plan.runbook.id)
        .filter(|shelved| shelved.mark.digest == crew.plan.runbook.digest);
    let impact = runbook.map(|shelved| shelved.runbook.impact.as_str());
    let context = context(operation, crew.incident, to.audience, impact)?;
    Ok(operation.words.tell(template, language, &context))
}

/// Renders what a template would say now.
///
/// # Errors
/// [`DriveError::Words`] for a template that is not there or misses a value.
pub fn preview(
    operation: &Operation,
    incident: &Incident,
    template: &str,
    audience: Audience,
    language: &str,
) -> Result<String, DriveError> {
    let context = context(operation, incident, audience, None)?;
    Ok(operation.words.tell(template, language, &context)?)
}

fn context(
    operation: &Operation,
    incident: &Incident,
    audience: Audience,
    impact: Option<&str>,
) -> Result<MessageContext, DriveError> {
    let chronicle = Chronicle::fold(&incident.records()?);
    let now = operation.field.clock.now();
    let next = next_update(chronicle.severity.unwrap_or(Severity::Major), now);
    let vendors = VendorWords::of(&operation.estate);
    Ok(MessageContext::new(&chronicle, audience, impact, &vendors, now, Some(next)))
}

/// Delivers a message to one channel.
pub async fn deliver(
    crew: &mut Crew<'_>,
    step: &Id,
    to: &Id,
    language: &str,
    text: &str,
) -> Result<Input, DriveError> {
    let operation = crew.operation;
    let Some(channel) = operation.estate.channel(to) else {
        let because = format!("the estate has no channel `{to}`");
        return Ok(Input::Told { delivery: Delivery::Failed, because });
    };
    let head = crew.incident.head()?.unwrap_or_default();
    let (terminal, stream) = (crew.terminal, crew.stream);
    let (channel, folder) = (channel.clone(), crew.incident.folder().to_owned());
    let (step, language, text) = (step.clone(), language.to_owned(), text.to_owned());
    let at_terminal = channel.kind == ChannelKind::Stdout;
    let deliver = move || {
        let (step, language, text) = (&step, language.as_str(), text.as_str());
        let parcel = Parcel { channel: &channel, head: &head, step, language, text };
        channel::deliver(&parcel, &Reach { folder: &folder, terminal: &terminal, stream })
    };
    if !at_terminal {
        let Receipt { delivery, because } = deliver();
        return Ok(Input::Told { delivery, because });
    }
    // Standard output may stand still for as long as it likes; whoever asks twice to stop leaves it.
    Ok(match crew.settled(tokio::task::spawn_blocking(deliver)).await {
        Ok(Ok(Receipt { delivery, because })) => Input::Told { delivery, because },
        Ok(Err(error)) => Input::Told { delivery: Delivery::Unknown, because: error.to_string() },
        Err(because) => Input::Told { delivery: Delivery::Unknown, because },
    })
}
