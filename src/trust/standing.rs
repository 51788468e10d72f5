//! Who signed a standing approval: each signature is over the document's exact bytes, in a namespace of its own.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::vouch::{Doubt, Doubted};
use super::{AllowedSigners, Revoked, verify};
use crate::model::{Approver, Id, Mode};

/// Returns the namespace that standing approvals are signed in. One of a drill is nothing live, and the other way round.
pub const fn standing_namespace(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "lifeboat-standing@v1",
        Mode::Drill => "lifeboat-drill-standing@v1",
    }
}

/// Returns the people whose signatures count, each with a key of their own and none of them its user, and why the
/// others do not. `signatures` are contacts with what they are said to have signed.
pub fn endorsers(
    (text, mode): (&[u8], Mode),
    signatures: &[(Id, String)],
    (approvers, user): (&[Approver], &Id),
    (allowed, revoked): (&AllowedSigners, &Revoked),
    at: Timestamp,
) -> (Vec<Id>, Vec<Doubted>) {
    let principal = |id: &Id| approvers.iter().find(|it| it.contact == *id).map(|it| &it.principal);
    let own = principal(user);
    let (mut people, mut doubted) = (Vec::new(), Vec::new());
    let (mut principals, mut keys) = (BTreeSet::new(), BTreeSet::new());
    for (seq, (contact, signature)) in (0..).zip(signatures) {
        let judged = || -> Result<(&String, String), Doubt> {
            let theirs = principal(contact).ok_or(Doubt::Stranger)?;
            let domain = standing_namespace(mode);
            let signer = verify(text, signature.as_bytes(), domain, allowed, revoked, at)?;
            if !signer.is(theirs) {
                return Err(Doubt::NotTheirs(theirs.clone()));
            }
            if contact == user || Some(theirs) == own {
                return Err(Doubt::Own);
            }
            Ok((theirs, signer.key.fingerprint()))
        };
        match judged() {
            Ok((theirs, key)) if !principals.contains(theirs) && !keys.contains(&key) => {
                principals.insert(theirs);
                keys.insert(key);
                people.push(contact.clone());
            }
            Ok(_) => doubted.push(Doubted { seq, by: contact.to_string(), because: Doubt::Again }),
            Err(because) => doubted.push(Doubted { seq, by: contact.to_string(), because }),
        }
    }
    (people, doubted)
}
