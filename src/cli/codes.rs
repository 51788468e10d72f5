//! Printed one-time codes: a sheet on a quiet day, and a code that somebody reads out over the phone.
//!
//! What is typed is a [`Secret`] from its first moment on; neither it nor what is printed is kept anywhere.

use serde_json::json;

use super::matter::{Given, Matter, Yes};
use super::pen::Pen;
use super::{Desk, Exit, Failure, Global, approval, office};
use crate::drive::codes;
use crate::host::random;
use crate::model::{Approver, CodeLine, CodeSheets, Direction, Event, PlannedApproval, Secret};
use crate::plan::Digest;
use crate::store::Incident;
use crate::trust::Code;

/// How often somebody may try one code.
const TRIES: u32 = 3;

/// Prints a new sheet for a contact, and writes down beside the estate what knows its codes again.
///
/// # Errors
/// Exit 2 for nobody who may approve and where there is no folder, 3 for a file of sheets that is not understood.
pub fn print(desk: &Desk, global: &Global, count: u8, pen: &Pen<'_>) -> Result<Exit, Failure> {
    let operation = office::operation(desk, global)?;
    if !operation.has_folder {
        let why = "the estate lies in no folder, and its codes are known again by a file beside it";
        return Err(Failure::new(Exit::Usage, why).hint("name the estate: `--estate PATH`"));
    }
    let approvers = Approver::among(&operation.estate.contacts);
    let contact = &pen.approver(desk, &operation.estate.contacts, &approvers)?.contact;
    let base = &operation.field.base;
    let mut sheets = codes::read(base)?;
    let (mut sheet, mut printed) = (Vec::new(), Vec::new());
    for number in 1..=count {
        let code = Code::draw(random::bytes()?);
        sheet.push(code.line(contact, number, random::bytes()?));
        printed.push((number, code.printed()));
    }
    sheets.replace(contact, sheet);
    codes::write(base, &sheets)?;
    if global.json {
        let codes: Vec<_> =
            printed.iter().map(|(number, code)| json!({"number": number, "code": code})).collect();
        let document = json!({"schema": "lifeboat.codes/v1", "contact": contact, "codes": codes});
        desk.screen.data(&document.to_string())?;
    } else {
        let head = format!(
            "One-time codes of {contact} for the estate {}. Each approves one plan, once, in this order.",
            operation.estate.id
        );
        let lines = printed.iter().map(|(number, code)| format!("\n{number:>4}  {code}"));
        desk.screen.data(&(head + &lines.collect::<String>()))?;
    }
    desk.screen.talk(&format!(
        "Every older code of {contact} is void. Print this and keep no copy; it is shown nowhere again.\n\
         Commit `{}`, signed: the codes count from then on, where a policy says `codes: true`.",
        CodeSheets::NAME
    ));
    Ok(Exit::Done)
}

/// Takes a code for a plan: whoever is here types what the approver reads out.
///
/// # Errors
/// Exit 5 where no code counts, where nobody can be asked, and after three codes that are not the one.
pub async fn take(
    matter: &Matter<'_>,
    incident: &Incident,
    (pen, number): (&Pen<'_>, Option<u8>),
    direction: Direction,
) -> Result<Yes, Failure> {
    let Matter { desk, operation, plan, needed, .. } = *matter;
    let approver = pen.approver(desk, &operation.estate.contacts, &needed.approvers)?;
    of_another(needed, approver)?;
    let sheets = codes::read(&operation.field.base)?;
    let contact = approver.contact.as_str();
    let line = codes::next(operation, &sheets, contact, number)?.map_err(|why| {
        Failure::new(Exit::Approval, why)
            .hint("a signature counts as well; a new sheet is for a quiet day: `--print-codes`")
    })?;
    let head = incident.head()?;
    let expires = approval::until(needed, operation.field.clock.now());
    let said = matter.statement(approver, direction, head.as_ref(), expires);
    read_out(matter, line, direction);
    approval::type_it(desk, plan).await?;
    for _ in 0..TRIES {
        let prompt = format!("code {} of {contact}'s sheet: ", line.number);
        let typed = Secret::new(approval::answer(desk, prompt).await?);
        let code = match Code::read(&typed) {
            Ok(code) => code,
            Err(slip) => {
                desk.screen.talk(&format!("Not looked up: {slip}. Let them read it once more."));
                continue;
            }
        };
        let mark = code.mark(line, &said);
        let mark = mark.map_err(|fault| Failure::new(Exit::Internal, fault.to_string()))?;
        if let Some(mark) = mark {
            let (contact, given) = (approver.contact.clone(), Given::Code(mark));
            return Ok(Yes { contact, direction, head, expires, statement: said, given });
        }
        wrong(matter, incident, line)?;
    }
    let why = format!(
        "none of {TRIES} tries was code {} of {contact}'s sheet; nothing was approved",
        line.number
    );
    Err(Failure::new(Exit::Approval, why)
        .hint("let them read the number beside it; wrong codes stand in the timeline, with whoever typed them"))
}

/// Keeps the codes of a sheet for the night.
///
/// # Errors
/// Exit 5 in a drill.
pub fn not_in_a_drill(desk: &Desk) -> Result<(), Failure> {
    if desk.play.is_none() {
        return Ok(());
    }
    let why = "a drill takes no printed codes: each of them counts once, and is kept for the night";
    Err(Failure::new(Exit::Approval, why).hint("sign in a drill: `--key FILE` or `--agent SOCKET`"))
}

/// No code is asked for that would count for nothing.
fn of_another(needed: &PlannedApproval, approver: &Approver) -> Result<(), Failure> {
    if !needed.codes {
        let why = format!("the policy `{}` takes no printed codes", needed.policy);
        return Err(Failure::new(Exit::Approval, why).hint(
            "it takes them once the estate says `codes: true` there, beside `by: signature`",
        ));
    }
    if needed.requester.as_ref() == Some(&approver.contact) {
        let why =
            format!("`{}` asked for this plan, so their own yes does not count", approver.contact);
        return Err(Failure::new(Exit::Approval, why).hint("call somebody else"));
    }
    Ok(())
}

/// Says what to read out, and what for.
fn read_out(matter: &Matter<'_>, line: &CodeLine, direction: Direction) {
    let (digest, plan) = (Digest::of(matter.plan), matter.plan);
    let what = match direction {
        Direction::Do => "plan",
        Direction::Undo => "undoing of plan",
    };
    matter.desk.screen.talk(&format!(
        "Read out to {0}: the {what} {1}, \"{2}\", target {3}. Once {0} has said yes to that, ask for code {4} of their sheet.\n\
         It is written down as what it is: a code over the phone, a weaker proof than a signature.",
        line.contact,
        digest.short(),
        digest.words(),
        plan.target,
        line.number
    ));
}

/// Writes a wrong code down before another one is asked for: whoever guesses is seen.
fn wrong(matter: &Matter<'_>, incident: &Incident, line: &CodeLine) -> Result<(), Failure> {
    let Matter { desk, operation, .. } = *matter;
    let of_theirs = |event: &Event| matches!(event, Event::WrongCode { contact, .. } if *contact == line.contact);
    let before = incident.records()?.iter().filter(|record| of_theirs(&record.event)).count();
    let tries = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
    let event = Event::WrongCode {
        digest: matter.digest(),
        contact: line.contact.clone(),
        number: line.number,
        by: desk.environment.user.clone(),
        tries,
    };
    incident.append(event, operation.field.clock.now())?;
    desk.screen.talk(&format!("That is not code {} of {}'s sheet.", line.number, line.contact));
    Ok(())
}
