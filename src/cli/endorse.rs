//! `approve standing/ID.yaml`: sign a standing approval on a quiet day.

use std::path::Path;

use serde_json::json;

use super::pen::Pen;
use super::{Desk, Exit, Failure, Global, approval, office, shell};
use crate::document::{self, Source};
use crate::drive::{Operation, sha256, signers};
use crate::host::files;
use crate::model::{Approver, Id, StandingApproval};
use crate::repo::Kind;
use crate::trust;

/// Tells whether what is to be approved is a standing approval: a document, and no plan.
pub fn is_meant(what: &str) -> bool {
    Path::new(what).extension().is_some_and(|ending| ending == "yaml")
}

/// Shows a standing approval, and signs it here once its short digest and id were typed; without key and agent, says
/// how it is signed elsewhere.
///
/// # Errors
/// Exit 3 for a document that is invalid or of another estate, 2 for nobody who may sign, 5 where nobody can be asked
/// and when what was typed is not this document's.
pub async fn endorse(
    desk: &Desk,
    global: &Global,
    path: &str,
    pen: &Pen<'_>,
) -> Result<Exit, Failure> {
    let operation = office::operation(desk, global)?;
    let text = files::read_text(Path::new(path), files::DOCUMENT)?;
    let standing = document::standing(&Source::new(path.to_owned(), text.clone()))?;
    of_here(&operation, &standing, Path::new(path))?;
    let digest = sha256(text.as_bytes());
    let namespace = trust::standing_namespace(operation.mode);
    let screen = &desk.screen;
    let here = pen.is_here();
    if global.json && !here {
        let document = json!({"schema": trust::SCHEMA, "namespace": namespace, "statement": text});
        screen.data(&document.to_string())?;
        return Ok(Exit::Done);
    }
    screen.talk(&format!("{}\ndigest: {digest}\nshort: {}", text.trim_end(), &digest[..8]));
    if !here {
        screen.data(&by_hand(desk, &operation, (path, &standing.id), namespace, pen.who))?;
        screen.talk("Then commit both files. What is signed is the file itself, to the byte.");
        return Ok(Exit::Done);
    }
    let approvers = Approver::among(&operation.estate.contacts);
    let approver = pen.approver(desk, &operation.estate.contacts, &approvers)?;
    typed(desk, &digest[..8], &standing.id).await?;
    let signed = pen.sign(&operation, approver, (&text, namespace)).await?;
    let Some(signature) = signed else { return Ok(Exit::Done) };
    counts(&operation, (&text, &signature), approver)?;
    let folder = operation.field.base.join(Kind::Standing.folder());
    files::create_directory(&folder)?;
    let signed = folder.join(format!("{}.{}.sig", standing.id, approver.contact));
    files::write_atomic(&signed, signature.as_bytes())?;
    screen.talk(&format!(
        "Signed: {}. Commit it with the standing approval; it counts from then on.",
        signed.display()
    ));
    Ok(Exit::Done)
}

/// Writes the line that signs it with `ssh-keygen`, to be pasted into a shell.
fn by_hand(
    desk: &Desk,
    operation: &Operation,
    (path, id): (&str, &Id),
    namespace: &str,
    who: Option<&str>,
) -> String {
    let folder = operation.field.base.join(Kind::Standing.folder());
    let folder = folder.strip_prefix(&desk.environment.directory).unwrap_or(&folder);
    let signed = folder.join(format!("{id}.{}.sig", who.unwrap_or("CONTACT")));
    let (made, signed) = (format!("{path}.sig"), signed.display().to_string());
    let [path, made, signed] = [path, &made, &signed].map(shell::word);
    format!("ssh-keygen -Y sign -n {namespace} -f KEY {path} && mv {made} {signed}")
}

/// A signature that would not count when it is needed is not kept.
fn counts(
    operation: &Operation,
    (text, signature): (&str, &str),
    approver: &Approver,
) -> Result<(), Failure> {
    let (allowed, revoked) = signers::lists(operation)?;
    let (given, now) =
        ([(approver.contact.clone(), signature.to_owned())], operation.field.clock.now());
    let signed = (text.as_bytes(), operation.mode);
    let people = (std::slice::from_ref(approver), &Id::default());
    let (counted, doubted) = trust::endorsers(signed, &given, people, (&allowed, &revoked), now);
    if !counted.is_empty() {
        return Ok(());
    }
    let why = doubted.first().map(|it| it.because.to_string()).unwrap_or_default();
    Err(Failure::new(Exit::Approval, format!("the signature does not count: {why}"))
        .hint("sign with a key of your own that `allowed_signers` allows now"))
}

/// Holds a standing approval against where it lies and what it names.
fn of_here(operation: &Operation, standing: &StandingApproval, path: &Path) -> Result<(), Failure> {
    let invalid = |why: String, hint: &str| {
        Err(Failure::new(Exit::Invalid, format!("`{}`: {why}", path.display())).hint(hint))
    };
    let home =
        operation.field.base.join(Kind::Standing.folder()).join(format!("{}.yaml", standing.id));
    if !files::exists(&home) || files::canonical(&home)? != files::canonical(path)? {
        let why = format!("it is looked for as `{}`", home.display());
        return invalid(why, "put it there: each is named after its id");
    }
    if standing.estate != operation.estate.id {
        let why =
            format!("it is of estate `{}`, and this is `{}`", standing.estate, operation.estate.id);
        return invalid(why, "a standing approval counts for one estate alone");
    }
    let here = operation.runbook(&standing.runbook.id).map(|it| it.mark.digest.as_str());
    if here != Some(standing.runbook.digest.as_str()) {
        let why = match here {
            Some(here) => format!("the runbook `{}` has digest {here} here", standing.runbook.id),
            None => format!("there is no runbook `{}` here", standing.runbook.id),
        };
        return invalid(why, "read the runbook as it is now, and write its digest here");
    }
    Ok(())
}

/// Lets the person at this terminal type what they sign.
async fn typed(desk: &Desk, short: &str, id: &Id) -> Result<(), Failure> {
    let typed =
        [approval::prompt(desk, "short digest: ").await?, approval::prompt(desk, "id: ").await?];
    if typed[0] == short && typed[1] == id.as_str() {
        return Ok(());
    }
    let why = "what was typed is not this standing approval; nothing was signed";
    Err(Failure::new(Exit::Approval, why)
        .hint("read it once more and type its last line and its id"))
}
