//! What a yes is about: a plan, wherever it was read, and what is signed of it.

use jiff::Timestamp;
use serde_json::json;

use super::pen::Pen;
use super::{Desk, Exit, Failure, Global, approval};
use crate::drive::{Operation, signers};
use crate::model::{
    ApprovalProof, Approver, CodeMark, Direction, Event, Head, Id, Plan, PlannedApproval, Record,
};
use crate::plan::Digest;
use crate::trust::{self, Said, Statement};

/// Where a signature begins (PROTOCOL.sshsig).
pub const ARMOR: &str = "-----BEGIN SSH SIGNATURE-----";

/// A plan that somebody is to say yes to.
#[derive(Clone, Copy)]
pub struct Matter<'a> {
    /// Where the person sits.
    pub desk: &'a Desk,
    /// What holds for every command.
    pub global: &'a Global,
    /// Everything around it.
    pub operation: &'a Operation,
    /// The plan.
    pub plan: &'a Plan,
    /// Who must agree.
    pub needed: &'a PlannedApproval,
}

/// What proves a yes.
#[derive(Clone)]
pub enum Given {
    /// An armored signature.
    Signature(String),
    /// A printed code, read out over the phone.
    Code(CodeMark),
}

/// A yes, with what proves it.
pub struct Yes {
    /// Whose.
    pub contact: Id,
    /// Toward the new state, or back.
    pub direction: Direction,
    /// The journal's head that the person was shown.
    pub head: Option<Head>,
    /// Until when it holds.
    pub expires: Timestamp,
    /// The exact bytes that it is about.
    pub statement: String,
    /// What proves it.
    pub given: Given,
}

impl Yes {
    /// Writes the statement with its signature below, as `--take -` reads them. A code's seal, of another namespace,
    /// counts for nothing there.
    pub fn bundle(&self) -> String {
        let proof = match &self.given {
            Given::Signature(signature) => signature,
            Given::Code(mark) => &mark.seal,
        };
        format!("{}{proof}", self.statement)
    }

    /// Tells whether it is proven by that very signature.
    pub fn is_signed_by(&self, other: &str) -> bool {
        match &self.given {
            Given::Signature(signature) => signature == other,
            Given::Code(_) => false,
        }
    }
}

impl Matter<'_> {
    /// Returns the plan's whole digest.
    pub fn digest(&self) -> String {
        Digest::of(self.plan).hex()
    }

    /// Returns the digits that people type.
    pub fn short(&self) -> String {
        Digest::of(self.plan).short()
    }

    /// Lets somebody sign who was shown a head: here, once digest and target were typed. `None` where the exact bytes
    /// were printed, to be signed elsewhere.
    ///
    /// # Errors
    /// Exit 2 for nobody who may sign, 5 where nobody can be asked, and when what was typed is not this plan's.
    pub async fn sign(
        &self,
        pen: &Pen<'_>,
        direction: Direction,
        head: Option<Head>,
    ) -> Result<Option<Yes>, Failure> {
        let contacts = &self.operation.estate.contacts;
        let approver = pen.approver(self.desk, contacts, &self.needed.approvers)?;
        let expires = approval::until(self.needed, self.operation.field.clock.now());
        let statement = self.statement(approver, direction, head.as_ref(), expires);
        let namespace = trust::namespace(self.plan.mode);
        if pen.is_here() {
            approval::type_it(self.desk, self.plan).await?;
        }
        let Some(signature) = pen.sign(self.operation, approver, (&statement, namespace)).await?
        else {
            self.print(&statement, namespace)?;
            return Ok(None);
        };
        let contact = approver.contact.clone();
        let given = Given::Signature(signature);
        Ok(Some(Yes { contact, direction, head, expires, statement, given }))
    }

    /// Writes what an approver says yes to.
    pub fn statement(
        &self,
        approver: &Approver,
        direction: Direction,
        head: Option<&Head>,
        expires: Timestamp,
    ) -> String {
        let (contact, principal) = (approver.contact.as_str(), approver.principal.as_str());
        let (plan, digest) = (self.plan, &self.digest());
        Statement { plan, digest, direction, head, expires, contact, principal }.text()
    }

    /// Prints the exact bytes to sign.
    fn print(&self, text: &str, namespace: &str) -> Result<(), Failure> {
        let screen = &self.desk.screen;
        if self.global.json {
            let document =
                json!({"schema": trust::SCHEMA, "namespace": namespace, "statement": text});
            return screen.data(&document.to_string());
        }
        screen.data(text.trim_end())?;
        let short = self.short();
        screen.talk(&format!(
            "\nSign exactly these lines, each with its line end:\n  \
             lifeboat approve {short} --as CONTACT >yes && ssh-keygen -Y sign -n {namespace} -f KEY yes\n\
             Then, here or wherever the incident is:\n  lifeboat approve {short} --take yes"
        ));
        Ok(())
    }

    /// Reads a yes out of a statement with its signature below, or beside it; all that it says must be this plan's.
    ///
    /// # Errors
    /// Exit 5 with the first line that is another.
    pub fn read(&self, text: &str, beside: Option<&str>) -> Result<Yes, Failure> {
        let refuse = |why: String| {
            Failure::new(Exit::Approval, why).hint(format!(
                "`lifeboat approve {} --as CONTACT` prints what is to be signed",
                self.short()
            ))
        };
        let below = text.find(ARMOR).map(|at| text.split_at(at));
        let (text, signature) = below.unwrap_or((text, beside.unwrap_or_default()));
        let unreadable = || refuse("what was signed is no approval of a plan".to_owned());
        let said = Said::read(text).ok_or_else(unreadable)?;
        let approver = self.needed.approvers.iter().find(|it| it.contact == said.contact.as_str());
        let approver =
            approver.ok_or_else(|| refuse("the plan names no such approver".to_owned()))?;
        let ours = self.statement(approver, said.direction, said.head.as_ref(), said.expires);
        if let Some((theirs, ours)) =
            text.lines().zip(ours.lines()).find(|(theirs, ours)| theirs != ours)
        {
            return Err(refuse(format!(
                "what was signed is not this plan: it says `{}`, here is `{ours}`",
                shown(theirs)
            )));
        }
        if text != ours {
            return Err(refuse(
                "what was signed is longer or shorter than this plan's statement".to_owned(),
            ));
        }
        Ok(Yes {
            contact: approver.contact.clone(),
            direction: said.direction,
            head: said.head,
            expires: said.expires,
            statement: ours,
            given: Given::Signature(signature.to_owned()),
        })
    }

    /// Judges a yes behind some records exactly as it will be judged when it is used; returns its event.
    ///
    /// # Errors
    /// Exit 5 when it does not count.
    pub fn weigh(&self, yes: &Yes, mut records: Vec<Record>) -> Result<Event, Failure> {
        let (now, expires) = (self.operation.field.clock.now(), yes.expires);
        if expires <= now || expires > approval::until(self.needed, now) {
            let why = format!(
                "the yes holds until {expires}: it has expired, or holds for longer than the policy lets it"
            );
            return Err(Failure::new(Exit::Approval, why)
                .hint("sign once more; check this machine's clock"));
        }
        let (means, signature, code) = match yes.given.clone() {
            Given::Signature(signature) => (ApprovalProof::Signature, Some(signature), None),
            Given::Code(mark) => (ApprovalProof::Code, None, Some(mark)),
        };
        let what = if code.is_some() { "code" } else { "signature" };
        let event = Event::Approved {
            digest: self.digest(),
            by: yes.contact.to_string(),
            means,
            direction: yes.direction,
            expires,
            head: yes.head.clone(),
            signature,
            standing: None,
            code,
        };
        let seq = records.len() as u64;
        let (prev, boot) = (String::new(), String::new());
        let must_understand = true;
        records.push(Record { seq, prev, at: now, boot, must_understand, event: event.clone() });
        let (vouched, doubted) = signers::vouch(self.operation, self.plan, &records)?;
        if vouched.key(seq).is_some() {
            return Ok(event);
        }
        let doubt = doubted.iter().find(|it| it.seq == seq).map(|it| it.because.to_string());
        let why = format!("the {what} does not count: {}", doubt.unwrap_or_default());
        Err(Failure::new(Exit::Approval, why)
            .hint("sign the statement once more, with a key of your own that is allowed now"))
    }
}

fn shown(line: &str) -> String {
    line.chars().take(160).flat_map(char::escape_debug).collect()
}
