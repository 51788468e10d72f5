//! What the approvals of a journal are worth, looked at afterwards: each signature over its statement, made anew.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use super::{codes, signers};
use crate::journal::Vouched;
use crate::model::{ApprovalProof, Event, Plan, Record};
use crate::plan::Digest;
use crate::store::{StoreError, plans};
use crate::trust::{self, Doubt, Hindsight};

/// An approval of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its record.
    pub seq: u64,
    /// Whose it is said to be.
    pub by: String,
    /// What is to prove it.
    pub means: ApprovalProof,
    /// The plan's digest.
    pub digest: String,
    /// What is to be said of it.
    pub worth: Worth,
}

/// What an approval is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Worth {
    /// Typed at a terminal: there is nothing to check.
    Typed,
    /// Its signature verifies.
    Verifies {
        /// The key's fingerprint.
        key: String,
    },
    /// Its signature verified at its time, and would not count now.
    Lapsed {
        /// The key's fingerprint.
        key: String,
        /// Why not.
        because: String,
    },
    /// Its signature does not verify.
    Wrong(String),
    /// Nobody can tell.
    Unknown(String),
}

/// Looks back at every approval of a journal, by the lists beside an estate and the plans in the incident's folder.
pub fn look_back(base: &Path, incident: &Path, records: &[Record], now: Timestamp) -> Vec<Seen> {
    let mut known: BTreeMap<&str, Result<Vec<Hindsight>, String>> = BTreeMap::new();
    let mut seen = Vec::new();
    for record in records {
        let Event::Approved { digest, by, means, .. } = &record.event else { continue };
        let worth = match means {
            ApprovalProof::Terminal => Worth::Typed,
            ApprovalProof::Code => code(base, (incident, digest.as_str()), records, record.seq)
                .unwrap_or_else(Worth::Unknown),
            ApprovalProof::Signature => {
                let judged = known
                    .entry(digest.as_str())
                    .or_insert_with(|| judge(base, (incident, digest.as_str()), records, now));
                worth(judged, record.seq)
            }
        };
        let (by, digest) = (by.clone(), digest.clone());
        seen.push(Seen { seq: record.seq, by, means: *means, digest, worth });
    }
    seen
}

/// Judges one approval by a printed code. A sheet that was printed anew forgets the one before it.
fn code(
    base: &Path,
    (incident, digest): (&Path, &str),
    records: &[Record],
    seq: u64,
) -> Result<Worth, String> {
    let plan = plan(incident, digest)?;
    let sheets = codes::read(base).map_err(|error| error.to_string())?;
    let (mut vouched, mut doubted) = (Vouched::default(), Vec::new());
    let found = (&mut vouched, &mut doubted);
    trust::vouch_codes(&plan, digest, records, &sheets, |_, _| None, found);
    if let Some(key) = vouched.key(seq) {
        return Ok(Worth::Verifies { key: key.to_owned() });
    }
    let doubt = doubted.into_iter().find(|it| it.seq == seq).map(|it| it.because);
    match doubt {
        Some(void @ Doubt::Void(_)) => Err(void.to_string()),
        Some(doubt) => Ok(Worth::Wrong(doubt.to_string())),
        None => Err("it was not judged".to_owned()),
    }
}

fn judge(
    base: &Path,
    (incident, digest): (&Path, &str),
    records: &[Record],
    now: Timestamp,
) -> Result<Vec<Hindsight>, String> {
    let plan = plan(incident, digest)?;
    let (allowed, revoked) = signers::lists_beside(base).map_err(|error| error.to_string())?;
    Ok(trust::hindsight(&plan, digest, records, (&allowed, &revoked), now))
}

/// Returns a plan with the very digest; its text lies outside of the chain.
fn plan(incident: &Path, digest: &str) -> Result<Plan, String> {
    let plan = plans::kept(incident, digest).map_err(|error| {
        let gone = matches!(error, StoreError::NoPlan(_));
        if gone { "the plan's text is gone".to_owned() } else { error.to_string() }
    })?;
    if Digest::of(&plan).hex() == digest {
        return Ok(plan);
    }
    Err("the plan's text was altered, and is not the one that was approved".to_owned())
}

fn worth(judged: &Result<Vec<Hindsight>, String>, seq: u64) -> Worth {
    let judged = match judged {
        Ok(judged) => judged.iter().find(|it| it.seq == seq),
        Err(why) => return Worth::Unknown(why.clone()),
    };
    match judged {
        None => Worth::Unknown("it was not judged".to_owned()),
        Some(Hindsight { then: Err(doubt), .. }) => Worth::Wrong(doubt.to_string()),
        Some(Hindsight { then: Ok(key), now: None, .. }) => Worth::Verifies { key: key.clone() },
        Some(Hindsight { then: Ok(key), now: Some(doubt), .. }) => {
            Worth::Lapsed { key: key.clone(), because: doubt.to_string() }
        }
    }
}
