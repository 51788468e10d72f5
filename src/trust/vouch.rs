//! Judging the signed approvals of a journal, each time they are to be used.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::statement::{Statement, namespace};
use super::{AllowedSigners, Refusal, Revoked, verify};
use crate::journal::Vouched;
use crate::model::{ApprovalProof, Approver, Event, Id, Plan, Record};

/// A signed approval that does not count, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubted {
    /// Its record.
    pub seq: u64,
    /// Whose it is said to be.
    pub by: String,
    /// Why not.
    pub because: Doubt,
}

/// Why a signed approval does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// The record has none.
    #[error("the record has no signature")]
    Unsigned,
    /// Nobody whom the plan lets approve.
    #[error("the plan names no such approver")]
    Stranger,
    /// Signed, but not by a key of theirs.
    #[error("the key that signed it is not that of {0}")]
    NotTheirs(String),
    /// Its user's own: whoever is alone does not let themselves go on.
    #[error("whoever uses it does not count among those who let them")]
    Own,
    /// The very same yes stands in the journal already.
    #[error("the same signature was taken before, and counts once")]
    Again,
    /// The record names no code.
    #[error("the record names no printed code")]
    NoCode,
    /// The plan's policy takes none.
    #[error("the policy takes no printed codes")]
    NoCodes,
    /// A drill takes none.
    #[error("a drill takes no printed codes")]
    Drill,
    /// A newer sheet, or none.
    #[error("code {0} of their sheet is void: `one_time_codes` has no such line any more")]
    Void(u8),
    /// Used up.
    #[error("code {0} of their sheet, or a later one, was spent before")]
    Spent(u8),
    /// Nobody knows.
    #[error("nobody can tell which codes were spent: the journal of incident `{0}` cannot be read")]
    Uncounted(Id),
    /// The signature itself.
    #[error(transparent)]
    Signature(#[from] Refusal),
}

/// Judges every signed approval of a plan, at the later of now and the journal's newest record.
pub fn vouch(
    plan: &Plan,
    digest: &str,
    records: &[Record],
    (allowed, revoked): (&AllowedSigners, &Revoked),
    now: Timestamp,
) -> (Vouched, Vec<Doubted>) {
    let latest = records.iter().map(|record| record.at).max();
    let at = latest.map_or(now, |latest| latest.max(now));
    let (mut vouched, mut doubted) = (Vouched::default(), Vec::new());
    let mut seen = BTreeSet::new();
    for record in records {
        let Event::Approved { digest: of, by, means: ApprovalProof::Signature, .. } = &record.event
        else {
            continue;
        };
        if of != digest {
            continue;
        }
        match judge(plan, record, (allowed, revoked), at, &mut seen) {
            Ok(key) => vouched.add(record.seq, key),
            Err(because) => doubted.push(Doubted { seq: record.seq, by: by.clone(), because }),
        }
    }
    (vouched, doubted)
}

/// What a signed approval says after the fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hindsight {
    /// Its record.
    pub seq: u64,
    /// Whether it counted at its own time, by the lists as they are now: the key that signed it. Which keys are revoked is
    /// left aside, because no list says since when.
    pub then: Result<String, Doubt>,
    /// Why it would not count now.
    pub now: Option<Doubt>,
}

/// Judges every signed approval of a plan by the lists of now: at its record's time, and as [`vouch`] does.
pub fn hindsight(
    plan: &Plan,
    digest: &str,
    records: &[Record],
    (allowed, revoked): (&AllowedSigners, &Revoked),
    now: Timestamp,
) -> Vec<Hindsight> {
    let (_, mut doubted) = vouch(plan, digest, records, (allowed, revoked), now);
    let none = Revoked::default();
    let mut seen = BTreeSet::new();
    let signed = |record: &&Record| matches!(&record.event, Event::Approved { digest: of, means: ApprovalProof::Signature, .. } if of == digest);
    let judged = records.iter().filter(signed).map(|record| {
        let now = doubted.iter().position(|it| it.seq == record.seq);
        Hindsight {
            seq: record.seq,
            then: judge(plan, record, (allowed, &none), record.at, &mut seen),
            now: now.map(|at| doubted.swap_remove(at).because),
        }
    });
    judged.collect()
}

/// Returns the fingerprint of the key that signed one record.
fn judge(
    plan: &Plan,
    record: &Record,
    (allowed, revoked): (&AllowedSigners, &Revoked),
    at: Timestamp,
    seen: &mut BTreeSet<String>,
) -> Result<String, Doubt> {
    let Event::Approved { by, signature, .. } = &record.event else {
        return Err(Doubt::Unsigned);
    };
    let signature = signature.as_deref().ok_or(Doubt::Unsigned)?;
    let approvers = plan.approval.iter().flat_map(|approval| &approval.approvers);
    let mut known = approvers.filter(|it| it.contact == by.as_str());
    let approver = known.next().ok_or(Doubt::Stranger)?;
    let text = statement(plan, &record.event, approver).ok_or(Doubt::Unsigned)?;
    let domain = namespace(plan.mode);
    let signer = verify(text.as_bytes(), signature.as_bytes(), domain, allowed, revoked, at)?;
    if !signer.is(&approver.principal) {
        return Err(Doubt::NotTheirs(approver.principal.clone()));
    }
    // Whoever signs twice with a random nonce still says the same thing.
    if seen.insert(text) { Ok(signer.key.fingerprint()) } else { Err(Doubt::Again) }
}

/// Makes the statement that an approval's record says somebody said yes to.
pub(super) fn statement(plan: &Plan, event: &Event, approver: &Approver) -> Option<String> {
    let Event::Approved { digest, by, direction, expires, head, .. } = event else { return None };
    let said = Statement {
        plan,
        digest,
        direction: *direction,
        head: head.as_ref(),
        expires: *expires,
        contact: by,
        principal: &approver.principal,
    };
    Some(said.text())
}
