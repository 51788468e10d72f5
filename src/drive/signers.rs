//! Who may sign for an estate, and signatures by an agent.

use std::path::Path;

use super::standing::Lone;
use super::{DriveError, Operation, codes};
use crate::host::files;
use crate::journal::Vouched;
use crate::model::{ApprovalMeans, Mode, Plan, Record, Span};
use crate::net::Deadline;
use crate::plan::Digest;
use crate::repo::{REVOKED, SIGNERS};
use crate::trust::agent::Heard;
use crate::trust::{self, AllowedSigners, Doubted, Key, Revoked, agent};

/// How long an agent may think; a hardware key waits for its touch meanwhile.
const AGENT: Span = Span::from_secs(60);

/// Reads both lists: live, and in a drill that somebody attends, those beside the estate.
///
/// # Errors
/// [`DriveError::NoSigners`], [`DriveError::Revoked`], and what the disk said.
pub fn lists(operation: &Operation) -> Result<(AllowedSigners, Revoked), DriveError> {
    if let Some(own) = &operation.signers {
        return Ok((AllowedSigners::parse(own.as_bytes()), Revoked::default()));
    }
    lists_beside(&operation.field.base)
}

/// Reads both lists beside an estate.
///
/// # Errors
/// As [`lists`].
pub fn lists_beside(base: &Path) -> Result<(AllowedSigners, Revoked), DriveError> {
    let path = |name: &str| base.join(name).display().to_string();
    let allowed = match files::read(&base.join(SIGNERS), files::DOCUMENT) {
        Err(error) if error.is_absent() => {
            return Err(DriveError::NoSigners { path: path(SIGNERS) });
        }
        read => AllowedSigners::parse(&read?),
    };
    let revoked = match files::read(&base.join(REVOKED), files::DOCUMENT) {
        Err(error) if error.is_absent() => Revoked::default(),
        read => Revoked::parse(&read?)
            .map_err(|fault| DriveError::Revoked { path: path(REVOKED), fault })?,
    };
    Ok((allowed, revoked))
}

/// Judges every approval of a plan now, those by standing approvals as well.
///
/// # Errors
/// As [`lists`].
pub fn judged(lone: &Lone<'_>, records: &[Record]) -> Result<(Vouched, Vec<Doubted>), DriveError> {
    let (mut vouched, doubted) = vouch(lone.operation, lone.plan, records)?;
    lone.vouch(records, &mut vouched)?;
    Ok((vouched, doubted))
}

/// Judges the approvals of a plan by signature and by printed code now; a plan that wants none needs no list.
///
/// # Errors
/// As [`lists`].
pub fn vouch(
    operation: &Operation,
    plan: &Plan,
    records: &[Record],
) -> Result<(Vouched, Vec<Doubted>), DriveError> {
    let wants = |plan: &Plan| plan.approval.as_ref().map(|approval| approval.by);
    if wants(plan) != Some(ApprovalMeans::Signature) {
        return Ok((Vouched::default(), Vec::new()));
    }
    let (allowed, revoked) = lists(operation)?;
    let (digest, now) = (Digest::of(plan).hex(), operation.field.clock.now());
    let lists = (&allowed, &revoked);
    let (mut vouched, mut doubted) = trust::vouch(plan, &digest, records, lists, now);
    codes::vouch(operation, (plan, &digest), records, (&mut vouched, &mut doubted))?;
    Ok((vouched, doubted))
}

/// Lets the agent at a socket sign with the first of its keys that is wanted; returns the armored signature.
///
/// # Errors
/// [`DriveError::Agent`] with what it has, or that it refused.
pub async fn by_agent(
    operation: &Operation,
    socket: &Path,
    (bytes, namespace): (&str, &str),
    wanted: impl Fn(&Key) -> bool,
) -> Result<String, DriveError> {
    let wrong = |why: String| DriveError::Agent { socket: socket.display().to_string(), why };
    if operation.mode == Mode::Drill {
        return Err(wrong(
            "a drill opens no socket of this machine; sign with `--key` or elsewhere".into(),
        ));
    }
    let until = Deadline::after(AGENT.duration());
    let answer = ask(operation, socket, &agent::which(), until).await.map_err(wrong)?;
    let keys = agent::keys(&answer).ok_or_else(|| wrong("it does not list its keys".into()))?;
    let Some(key) = keys.iter().find(|key| wanted(key)) else {
        let prints: Vec<String> = keys.iter().map(Key::fingerprint).collect();
        return Err(wrong(format!("it has no key that counts here; it has {}", prints.join(", "))));
    };
    let signed = trust::to_sign(bytes.as_bytes(), namespace);
    let answer = ask(operation, socket, &agent::sign(key, &signed), until).await.map_err(wrong)?;
    let blob = agent::signature(&answer).ok_or_else(|| wrong("it refused to sign".into()))?;
    Ok(trust::wrap(key, namespace, &blob))
}

/// Says one thing to an agent and hears the whole answer.
async fn ask(
    operation: &Operation,
    socket: &Path,
    message: &[u8],
    until: Deadline,
) -> Result<Vec<u8>, String> {
    let said = |error: crate::net::NetError| error.to_string();
    let mut stream = operation.field.door.unix(socket, until).await.map_err(said)?;
    stream.write_all(message, until).await.map_err(said)?;
    let mut heard = Vec::new();
    loop {
        match agent::take(&heard) {
            Heard::TooLong => return Err("its answer is too long".to_owned()),
            Heard::Whole(answer) => return Ok(answer.to_vec()),
            Heard::Part => {}
        }
        let piece = stream.read_some(4_096, until).await.map_err(said)?;
        if piece.is_empty() {
            return Err("it hung up".to_owned());
        }
        heard.extend(piece);
    }
}
