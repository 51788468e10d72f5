//! How somebody signs: who they are, and with which key.

use std::path::Path;

use super::{Desk, Exit, Failure};
use crate::drive::{Operation, signers};
use crate::host::files;
use crate::model::{Approver, Contact};
use crate::trust::{self, SigningKey};

/// How somebody signs.
#[derive(Clone, Copy)]
pub struct Pen<'a> {
    /// Who.
    pub who: Option<&'a str>,
    /// With a private key.
    pub key: Option<&'a Path>,
    /// By an agent.
    pub agent: Option<&'a Path>,
}

impl Pen<'_> {
    /// Tells whether the signature is made here.
    pub const fn is_here(&self) -> bool {
        self.key.is_some() || self.agent.is_some()
    }

    /// Returns who says yes: the one who was named, else whoever this account is named after.
    ///
    /// # Errors
    /// Exit 2 when that is none of the approvers.
    pub fn approver<'a>(
        &self,
        desk: &Desk,
        contacts: &[Contact],
        approvers: &'a [Approver],
    ) -> Result<&'a Approver, Failure> {
        let account = desk.environment.user.as_str();
        let itself = contacts.iter().find(|contact| contact.is(account)).map(|it| it.id.as_str());
        let named = self.who.or(itself);
        let found = approvers.iter().find(|it| Some(it.contact.as_str()) == named);
        found.ok_or_else(|| {
            let there: Vec<&str> = approvers.iter().map(|it| it.contact.as_str()).collect();
            let why = match named {
                Some(name) => format!("`{name}` is no contact with a `signer`"),
                None => format!("no contact is named like this account, `{account}`"),
            };
            Failure::new(Exit::Usage, why).hint(format!("say who: `--as {}`", there.join("|")))
        })
    }

    /// Signs a text here; `None` where neither key nor agent was named.
    ///
    /// # Errors
    /// Exit 5 when the key cannot sign here, and when the agent does not.
    pub async fn sign(
        &self,
        operation: &Operation,
        approver: &Approver,
        (text, namespace): (&str, &str),
    ) -> Result<Option<String>, Failure> {
        match (self.key, self.agent) {
            (Some(path), _) => by_key(path, text, namespace).map(Some),
            (None, Some(socket)) => {
                let (allowed, _) = signers::lists(operation)?;
                let theirs = allowed.keys_of(&approver.principal);
                let wanted = |key: &trust::Key| theirs.contains(&key);
                Ok(Some(signers::by_agent(operation, socket, (text, namespace), wanted).await?))
            }
            (None, None) => Ok(None),
        }
    }
}

/// Signs a text with a private key's file.
fn by_key(path: &Path, text: &str, namespace: &str) -> Result<String, Failure> {
    let key = SigningKey::parse(&files::read(path, files::DOCUMENT)?);
    let signed = key.and_then(|key| key.sign(text.as_bytes(), namespace));
    signed.map_err(|fault| {
        let why = format!("`{}` cannot sign here: {fault}", path.display());
        Failure::new(Exit::Approval, why).hint(fault.hint())
    })
}
