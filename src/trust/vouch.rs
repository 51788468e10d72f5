//! Judging the signed approvals of a journal, each time they are to be used.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::statement::{Statement, namespace};
use super::{AllowedSigners, Refusal, Revoked, verify};
use crate::journal::Vouched;
use crate::model::{ApprovalMeans, Event, Plan, Record};

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
        let Event::Approved { digest: of, by, means: ApprovalMeans::Signature, .. } = &record.event
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

/// Returns the fingerprint of the key that signed one record.
fn judge(
    plan: &Plan,
    record: &Record,
    (allowed, revoked): (&AllowedSigners, &Revoked),
    at: Timestamp,
    seen: &mut BTreeSet<String>,
) -> Result<String, Doubt> {
    let Event::Approved { digest, by, direction, expires, head, signature, .. } = &record.event
    else {
        return Err(Doubt::Unsigned);
    };
    let signature = signature.as_deref().ok_or(Doubt::Unsigned)?;
    let approvers = plan.approval.iter().flat_map(|approval| &approval.approvers);
    let mut known = approvers.filter(|it| it.contact == by.as_str());
    let approver = known.next().ok_or(Doubt::Stranger)?;
    let statement = Statement {
        plan,
        digest,
        direction: *direction,
        head: head.as_ref(),
        expires: *expires,
        contact: by,
        principal: &approver.principal,
    };
    let (text, domain) = (statement.text(), namespace(plan.mode));
    let signer = verify(text.as_bytes(), signature.as_bytes(), domain, allowed, revoked, at)?;
    if !signer.is(&approver.principal) {
        return Err(Doubt::NotTheirs(approver.principal.clone()));
    }
    // Whoever signs twice with a random nonce still says the same thing.
    if seen.insert(text) { Ok(signer.key.fingerprint()) } else { Err(Doubt::Again) }
}
