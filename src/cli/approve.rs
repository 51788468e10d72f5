//! `approve`: say yes to a plan that somebody else runs, by signature, at a terminal of one's own, or by a printed code.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::RangedI64ValueParser;
use jiff::Timestamp;
use serde_json::json;

use super::endorse::{self, Pen};
use super::{Desk, Exit, Failure, Global, approval, codes, conduct, office};
use crate::drive::{Lone, Operation, plans, signers};
use crate::host::{Channel, files};
use crate::journal;
use crate::model::{
    ApprovalMeans, ApprovalProof, Approver, CodeMark, CodeSheets, Contact, Direction, Event, Head,
    Plan, PlannedApproval, Record,
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
    #[arg(required_unless_present = "print_codes")]
    plan: Option<String>,
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
    /// Take a printed code that the approver reads out over the phone: the next one of their sheet, or that number
    #[arg(long, value_name = "NUMBER", num_args = 0..=1, require_equals = true, value_parser = number(), group = "way")]
    code: Option<Option<u8>>,
    /// Print a new sheet of so many one-time codes for a contact, and note beside the estate what knows them again
    #[arg(long, value_name = "N", value_parser = number(), group = "way", conflicts_with_all = ["plan", "undo"])]
    print_codes: Option<u8>,
}

/// Reads the number of a code, and how many there are on a sheet.
fn number() -> RangedI64ValueParser<u8> {
    RangedI64ValueParser::new().range(1..=i64::from(CodeSheets::MOST))
}

/// What a yes is about.
pub struct Matter<'a> {
    /// Where the command is run from.
    pub desk: &'a Desk,
    /// What holds for every command.
    pub global: &'a Global,
    /// The estate and everything around it.
    pub operation: &'a Operation,
    /// The incident.
    pub incident: &'a Incident,
    /// The plan.
    pub plan: &'a Plan,
    /// Who must agree.
    pub needed: &'a PlannedApproval,
    /// The plan's digest, in hexadecimal.
    pub digest: String,
}

/// What proves a yes that somebody gives elsewhere.
pub enum Given {
    /// An armored signature.
    Signature(String),
    /// A printed code, read out over the phone.
    Code(CodeMark),
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        if self.code.is_some() || self.print_codes.is_some() {
            codes::not_in_a_drill(desk)?;
        }
        if let Some(count) = self.print_codes {
            return codes::print(desk, global, count, self.who.as_deref());
        }
        let named = self.plan.as_deref().unwrap_or_default();
        if endorse::is_meant(named) {
            if self.code.is_some() {
                let why = "a standing approval is signed on a quiet day: it takes no printed codes";
                return Err(Failure::new(Exit::Usage, why).hint("`--key FILE` or `--agent SOCKET`"));
            }
            let (who, key, agent) =
                (self.who.as_deref(), self.key.as_deref(), self.agent.as_deref());
            return endorse::endorse(desk, global, named, &Pen { who, key, agent }).await;
        }
        let operation = office::operation(desk, global)?;
        let incident = office::incident_to_act(&operation, global)?;
        let (plan, path) = plans::load(&incident, named)?;
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
        if let Some(number) = self.code {
            return codes::take(&matter, self.who.as_deref(), number, direction).await;
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
        matter.accept(&approver.contact, direction, head, expires, Given::Signature(signature))
    }
}

impl Matter<'_> {
    /// Returns who says yes: the one who was named, else whoever this account is named after.
    ///
    /// # Errors
    /// Exit 2 when that is none of the approvers.
    pub fn approver(&self, who: Option<&str>) -> Result<&Approver, Failure> {
        approver(self.desk, &self.operation.estate.contacts, &self.needed.approvers, who)
    }

    /// Writes what they say yes to.
    pub fn statement(
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
        let given = Given::Signature(signature);
        self.accept(&approver.contact, said.direction, said.head, said.expires, given)
    }

    /// Writes a yes down, once it counts exactly as it will have to count when it is used.
    ///
    /// # Errors
    /// Exit 5 when it does not count; what the disk said.
    pub fn accept(
        &self,
        contact: &crate::model::Id,
        direction: Direction,
        head: Option<Head>,
        expires: Timestamp,
        given: Given,
    ) -> Result<Exit, Failure> {
        let now = self.operation.field.clock.now();
        if expires <= now || expires > approval::until(self.needed, now) {
            let why = format!(
                "the yes holds until {expires}: it has expired, or holds for longer than the policy lets it"
            );
            return Err(Failure::new(Exit::Approval, why)
                .hint("sign once more; check this machine's clock"));
        }
        let (means, signature, code) = match given {
            Given::Signature(signature) => (ApprovalProof::Signature, Some(signature), None),
            Given::Code(mark) => (ApprovalProof::Code, None, Some(mark)),
        };
        let what = if code.is_some() { "code" } else { "signature" };
        let event = Event::Approved {
            digest: self.digest.clone(),
            by: contact.to_string(),
            means,
            direction,
            expires,
            head,
            signature,
            standing: None,
            code,
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
            let why = format!("the {what} does not count: {}", doubt.unwrap_or_default());
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
        self.desk.screen.talk(&self.so_far(direction)?);
        Ok(Exit::Done)
    }

    /// Names everybody whose yes counts by now, with what proves it.
    fn so_far(&self, direction: Direction) -> Result<String, Failure> {
        let records = self.incident.history()?;
        let (vouched, _) = signers::vouch(self.operation, self.plan, &records)?;
        let now = self.operation.field.clock.now();
        let given = journal::yeses(&records, &self.digest, direction, now);
        let counts = |yes: &&journal::Yes| {
            let proven = yes.means == ApprovalProof::Terminal || vouched.key(yes.seq).is_some();
            yes.counts() && !yes.alone && proven && self.needed.takes(yes.means)
        };
        let named = given.iter().filter(counts).map(|yes| match yes.means {
            ApprovalProof::Terminal => format!("{} at a terminal", yes.by),
            ApprovalProof::Signature => format!("{} by signature", yes.by),
            ApprovalProof::Code => format!("{} by a printed code, the weaker proof", yes.by),
        });
        Ok(format!("Yes so far: {}.", named.collect::<Vec<_>>().join("; ")))
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
