//! `journal verify`: what is said of each approval.

use serde_json::{Value, json};

use crate::drive::hindsight::{Seen, Worth};
use crate::model::{ApprovalProof, Remote};

/// Says of each approval whether its signature verifies, in a line of its own.
pub fn lines(approvals: &[Seen]) -> String {
    let line = |seen: &Seen| {
        let by = Remote::new(&*seen.by);
        let proof = proof(seen);
        let what = match &seen.worth {
            Worth::Typed => {
                format!("approval by {by}: nothing to check, it was typed at a terminal")
            }
            Worth::Verifies { key } => format!("{proof} by {by} verifies: {key}"),
            Worth::Lapsed { key, because } => {
                format!(
                    "{proof} by {by} verified at its time ({key}), and would not count now: {because}"
                )
            }
            Worth::Wrong(because) => format!("{proof} by {by} does not verify: {because}"),
            Worth::Unknown(because) => {
                format!("{proof} by {by}: not known whether it verifies: {because}")
            }
        };
        format!("\nrecord {}: {what}", seen.seq)
    };
    approvals.iter().map(line).collect()
}

/// Says which signature does not verify, the first one.
pub fn wrong(approvals: &[Seen]) -> Option<String> {
    approvals.iter().find_map(|seen| {
        let Worth::Wrong(because) = &seen.worth else { return None };
        let by = Remote::new(&*seen.by);
        let (proof, seq) = (proof(seen), seen.seq);
        Some(format!("the {proof} by {by} in record {seq} does not verify: {because}"))
    })
}

/// Says of how many signatures nobody can tell, and why of the first.
pub fn unknown(approvals: &[Seen]) -> Option<String> {
    let why = |seen: &Seen| match &seen.worth {
        Worth::Unknown(because) => Some(because.clone()),
        Worth::Typed | Worth::Verifies { .. } | Worth::Lapsed { .. } | Worth::Wrong(_) => None,
    };
    let unknown: Vec<String> = approvals.iter().filter_map(why).collect();
    let signatures = match unknown.len() {
        1 => "1 signature verifies".to_owned(),
        count => format!("{count} signatures verify"),
    };
    unknown.first().map(|why| format!("nobody can tell whether {signatures}: {why}"))
}

/// Returns each approval as JSON; `verifies` is null where nobody can tell and where there is nothing to check.
pub fn documents(approvals: &[Seen]) -> Vec<Value> {
    let document = |seen: &Seen| {
        let (word, verifies, now, key, because) = match &seen.worth {
            Worth::Typed => ("none", None, None, None, None),
            Worth::Verifies { key } => ("verifies", Some(true), Some(true), Some(key), None),
            Worth::Lapsed { key, because } => {
                ("lapsed", Some(true), Some(false), Some(key), Some(because))
            }
            Worth::Wrong(because) => ("wrong", Some(false), Some(false), None, Some(because)),
            Worth::Unknown(because) => ("unknown", None, None, None, Some(because)),
        };
        json!({"seq": seen.seq, "by": seen.by, "means": seen.means, "plan": seen.digest, "signature": word,
            "verifies": verifies, "counts_now": now, "key": key, "because": because})
    };
    approvals.iter().map(document).collect()
}

fn proof(seen: &Seen) -> &'static str {
    match seen.means {
        ApprovalProof::Code => "printed code",
        ApprovalProof::Signature | ApprovalProof::Terminal => "signature",
    }
}
