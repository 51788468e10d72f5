//! The colleagues of a drill that nobody attends: the estate's contacts, each at a terminal of their own, and with a key
//! that was made for this drill, lies in memory alone, and signs nothing but what is of a drill.

use serde_json::Value;

use crate::cli::{Exit, Failure};
use crate::host::random;
use crate::model::{Approver, Estate, Id, Mode};
use crate::trust::{SigningFault, SigningKey, namespace};

/// Everybody whose yes an estate's plans may want.
pub struct Colleagues {
    people: Vec<Id>,
    keys: Vec<(Approver, SigningKey)>,
}

impl Colleagues {
    /// Gives each contact with a `signer` a key of their own.
    ///
    /// # Errors
    /// A system without randomness.
    pub fn of(estate: &Estate) -> Result<Self, Failure> {
        let one = |approver: Approver| -> Result<(Approver, SigningKey), Failure> {
            let key = SigningKey::from_seed(&random::bytes()?).map_err(unusable)?;
            Ok((approver, key))
        };
        let keys = Approver::among(&estate.contacts).into_iter().map(one);
        let people = estate.contacts.iter().map(|it| it.id.clone()).collect();
        Ok(Self { people, keys: keys.collect::<Result<_, _>>()? })
    }

    /// Returns everybody.
    pub fn people(&self) -> &[Id] {
        &self.people
    }

    /// Writes their `allowed_signers`, for approvals of a drill alone.
    ///
    /// # Errors
    /// A key that cannot be written, which is a mistake of this program.
    pub fn allowed(&self) -> Result<String, Failure> {
        let line = |(approver, key): &(Approver, SigningKey)| -> Result<String, Failure> {
            let (principal, domain) = (&approver.principal, namespace(Mode::Drill));
            let key = key.line().map_err(unusable)?;
            Ok(format!("\"{principal}\" namespaces=\"{domain}\" {key}\n"))
        };
        self.keys.iter().map(line).collect()
    }

    /// Lets a contact sign what `approve --json` printed; returns the statement with its signature below. Whatever is
    /// not of a drill is not signed.
    pub fn sign(&self, contact: &str, paper: &Value) -> Option<String> {
        let (statement, domain) = (paper["statement"].as_str()?, paper["namespace"].as_str()?);
        let (_, key) = self.keys.iter().find(|(approver, _)| approver.contact == contact)?;
        if domain != namespace(Mode::Drill) {
            return None;
        }
        let signature = key.sign(statement.as_bytes(), domain).ok()?;
        Some(format!("{statement}{signature}"))
    }
}

fn unusable(fault: SigningFault) -> Failure {
    Failure::new(Exit::Internal, format!("a drill's key cannot be used: {fault}"))
}
