//! `approve`: say yes to a plan that somebody else runs, by signature or at a terminal of one's own.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::endorse::{self, Pen};
use super::{Desk, Exit, Failure, Global, approval, conduct, office};
use crate::drive::{Lone, Operation, plans, signers};
use crate::host::{Channel, files};
use crate::model::{
    ApprovalMeans, Approver, Contact, Direction, Event, Head, Plan, PlannedApproval, Record,
};
use crate::plan::Digest;
use crate::render;
use crate::store::Incident;
use crate::trust::{self, Said, SigningKey, Statement};

/// Say yes to a plan that somebody else runs, or on a quiet day to a standing approval.
///
/// Without `--key`, `--agent` or `--take` it prints the exact bytes to sign. Sign them with
/// `ssh-keygen -Y sign -n NAMESPACE -f KEY FILE` and hand both to `--take`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The plan: its path, digest or short digest; or a standing approval, `standing/ID.yaml`
    plan: String,
    /// Who says yes: a contact of the estate; absent: whoever this account is named after
    #[arg(long = "as", value_name = "CONTACT")]
    who: Option<String>,
    /// Say yes to undoing the plan
    #[arg(long)]
    undo: bool,
    /// Sign here with this private key
    #[arg(long, value_name = "FILE", group = "way")]
    key: Option<PathBuf>,
    /// Let the ssh-agent at this socket sign, for example "$SSH_AUTH_SOCK"
    #[arg(long, value_name = "SOCKET", group = "way")]
    agent: Option<PathBuf>,
    /// Take what was signed elsewhere: the statement with its signature below, or beside it in FILE.sig; `-` pastes
    #[arg(long, value_name = "FILE", group = "way")]
    take: Option<PathBuf>,
}

/// What a yes is about.
struct Matter<'a> {
    desk: &'a Desk,
    global: &'a Global,
    operation: &'a Operation,
    incident: &'a Incident,
    plan: &'a Plan,
    needed: &'a PlannedApproval,
    digest: String,
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        if endorse::is_meant(&self.plan) {
            let (who, key, agent) =
                (self.who.as_deref(), self.key.as_deref(), self.agent.as_deref());
            return endorse::endorse(desk, global, &self.plan, &Pen { who, key, agent }).await;
        }
        let operation = office::operation(desk, global)?;
        let incident = office::incident_to_act(&operation, global)?;
        let (plan, path) = plans::load(&incident, &self.plan)?;
        conduct::fits(&operation, &incident, &plan)?;
        let Some(needed) = &plan.approval else {
            desk.screen.talk("The plan changes nothing: nobody needs to approve it.");
            return Ok(Exit::Done);
        };
        let digest = Digest::of(&plan).hex();
        let matter = Matter {
            desk,
            global,
            operation: &operation,
            incident: &incident,
            plan: &plan,
            needed,
            digest,
        };
        let direction = if self.undo { Direction::Undo } else { Direction::Do };
        if !global.json && self.take.is_none() {
            let (style, sealed) =
                (desk.style(Channel::Talk), office::Sealed::of(&Digest::of(&plan), &path));
            desk.screen.talk(&render::plan(&plan, &sealed.seal(), &style));
        }
        if let Some(file) = &self.take {
            return matter.take(file);
        }
        if needed.by == ApprovalMeans::Terminal {
            approval::typed(desk, &incident, &plan, direction, operation.field.clock.now()).await?;
            return matter.counted(direction);
        }
        self.sign(&matter, direction).await
    }

    /// Prints what is to be signed, or signs it here once its digest and target were typed.
    async fn sign(&self, matter: &Matter<'_>, direction: Direction) -> Result<Exit, Failure> {
        let approver = matter.approver(self.who.as_deref())?;
        let head = matter.incident.head()?;
        let expires = approval::until(matter.needed, matter.operation.field.clock.now());
        let text = matter.statement(approver, direction, head.as_ref(), expires);
        let namespace = trust::namespace(matter.plan.mode);
        if self.key.is_none() && self.agent.is_none() {
            return matter.print(&text, namespace);
        }
        approval::type_it(matter.desk, matter.plan).await?;
        let signature = match (&self.key, &self.agent) {
            (Some(path), _) => by_key(path, &text, namespace)?,
            (None, Some(socket)) => {
                let (allowed, _) = signers::lists(matter.operation)?;
                let theirs = allowed.keys_of(&approver.principal);
                let wanted = |key: &trust::Key| theirs.contains(&key);
                signers::by_agent(matter.operation, socket, (&text, namespace), wanted).await?
            }
            (None, None) => return matter.print(&text, namespace),
        };
        matter.accept(&approver.contact, direction, head, expires, signature)
    }
}

impl Matter<'_> {
    /// Returns who says yes: the one who was named, else whoever this account is named after.
    fn approver(&self, who: Option<&str>) -> Result<&Approver, Failure> {
        approver(self.desk, &self.operation.estate.contacts, &self.needed.approvers, who)
    }

    fn statement(
        &self,
        approver: &Approver,
        direction: Direction,
        head: Option<&Head>,
        expires: Timestamp,
    ) -> String {
        let (contact, principal) = (approver.contact.as_str(), approver.principal.as_str());
        Statement {
            plan: self.plan,
            digest: &self.digest,
            direction,
            head,
            expires,
            contact,
            principal,
        }
        .text()
    }

    /// Prints the exact bytes to sign.
    fn print(&self, text: &str, namespace: &str) -> Result<Exit, Failure> {
        let screen = &self.desk.screen;
        if self.global.json {
            let document =
                json!({"schema": trust::SCHEMA, "namespace": namespace, "statement": text});
            screen.data(&document.to_string())?;
            return Ok(Exit::Done);
        }
        screen.data(text.trim_end())?;
        let short = &self.digest[..8];
        screen.talk(&format!(
            "\nSign exactly these lines, each with its line end:\n  \
             lifeboat approve {short} --as CONTACT >yes && ssh-keygen -Y sign -n {namespace} -f KEY yes\n\
             Then, here or wherever the incident is:\n  lifeboat approve {short} --take yes"
        ));
        Ok(Exit::Done)
    }

    /// Takes a statement that was signed elsewhere.
    fn take(&self, file: &Path) -> Result<Exit, Failure> {
        let (text, signature) = bundle(file)?;
        let refuse = |why: String| {
            Failure::new(Exit::Approval, why).hint(format!(
                "`lifeboat approve {} --as CONTACT` prints what is to be signed",
                &self.digest[..8]
            ))
        };
        let unreadable = || refuse("what was signed is no approval of a plan".to_owned());
        let said = Said::read(&text).ok_or_else(unreadable)?;
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
        self.accept(&approver.contact, said.direction, said.head, said.expires, signature)
    }

    /// Writes a signed yes down, once it counts exactly as it will have to count when it is used.
    fn accept(
        &self,
        contact: &crate::model::Id,
        direction: Direction,
        head: Option<Head>,
        expires: Timestamp,
        signature: String,
    ) -> Result<Exit, Failure> {
        let now = self.operation.field.clock.now();
        if expires <= now || expires > approval::until(self.needed, now) {
            let why = format!(
                "the yes holds until {expires}: it has expired, or holds for longer than the policy lets it"
            );
            return Err(Failure::new(Exit::Approval, why)
                .hint("sign once more; check this machine's clock"));
        }
        let event = Event::Approved {
            digest: self.digest.clone(),
            by: contact.to_string(),
            means: ApprovalMeans::Signature,
            direction,
            expires,
            head,
            signature: Some(signature),
            standing: None,
        };
        let mut records = self.incident.history()?;
        let seq = records.len() as u64;
        let (prev, boot) = (String::new(), String::new());
        records.push(Record {
            seq,
            prev,
            at: now,
            boot,
            must_understand: true,
            event: event.clone(),
        });
        let (vouched, doubted) = signers::vouch(self.operation, self.plan, &records)?;
        if vouched.key(seq).is_none() {
            let doubt = doubted.iter().find(|it| it.seq == seq).map(|it| it.because.to_string());
            let why = format!("the signature does not count: {}", doubt.unwrap_or_default());
            return Err(Failure::new(Exit::Approval, why)
                .hint("sign the statement once more, with a key of your own that is allowed now"));
        }
        self.incident.append(event, now)?;
        self.counted(direction)
    }

    /// Says how many have approved by now.
    fn counted(&self, direction: Direction) -> Result<Exit, Failure> {
        let short = &self.digest[..8];
        let (operation, incident, plan) = (self.operation, self.incident, self.plan);
        let words = match approval::standing(&Lone {
            operation,
            incident,
            plan,
            direction,
            found: None,
        })? {
            Ok(()) => {
                format!("Approved; `lifeboat {} {short}` may go on.", approval::word(direction))
            }
            Err(missing) => format!("Approved; not enough yet: {missing}."),
        };
        self.desk.screen.talk(&words);
        Ok(Exit::Done)
    }
}

/// Returns who says yes: the one who was named, else whoever this account is named after.
///
/// # Errors
/// Exit 2 when that is none of the approvers.
pub fn approver<'a>(
    desk: &Desk,
    contacts: &[Contact],
    approvers: &'a [Approver],
    who: Option<&str>,
) -> Result<&'a Approver, Failure> {
    let account = desk.environment.user.as_str();
    let itself = contacts.iter().find(|contact| contact.is(account)).map(|it| it.id.as_str());
    let named = who.or(itself);
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

/// Signs a text with a private key's file.
///
/// # Errors
/// Exit 5 when the key cannot sign here.
pub fn by_key(path: &Path, text: &str, namespace: &str) -> Result<String, Failure> {
    let key = SigningKey::parse(&files::read(path, files::DOCUMENT)?);
    let signed = key.and_then(|key| key.sign(text.as_bytes(), namespace));
    signed.map_err(|fault| {
        let why = format!("`{}` cannot sign here: {fault}", path.display());
        Failure::new(Exit::Approval, why).hint(fault.hint())
    })
}

/// Reads a statement and its signature: one below the other, or in two files.
fn bundle(file: &Path) -> Result<(String, String), Failure> {
    let text = match file.to_str() {
        // What is pasted may have the line ends of a mail.
        Some("-") => files::read_standard_input(files::DOCUMENT)?.replace("\r\n", "\n"),
        _ => files::read_text(file, files::DOCUMENT)?,
    };
    if let Some(at) = text.find("-----BEGIN SSH SIGNATURE-----") {
        return Ok((text[..at].to_owned(), text[at..].to_owned()));
    }
    let beside = PathBuf::from(format!("{}.sig", file.display()));
    let signature = files::read_text(&beside, files::DOCUMENT)?;
    Ok((text, signature))
}

fn shown(line: &str) -> String {
    line.chars().take(160).flat_map(char::escape_debug).collect()
}
