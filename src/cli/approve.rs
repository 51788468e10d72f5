//! `approve`: say yes to a plan that somebody else runs, by signature or at a terminal of one's own.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::RangedI64ValueParser;

use super::endorse;
use super::matter::{Matter, Yes};
use super::pen::Pen;
use super::{Desk, Exit, Failure, Global, approval, carry, codes, office};
use crate::drive::{Lone, plans, signers};
use crate::host::{Channel, files};
use crate::journal::{self, Anchor, attest};
use crate::model::{ApprovalMeans, ApprovalProof, CodeSheets, Direction};
use crate::plan::Digest;
use crate::render;
use crate::store::Incident;

/// Say yes to a plan that somebody else runs, or on a quiet day to a standing approval.
///
/// Without `--key`, `--agent` or `--take` it prints the exact bytes to sign. Sign them with
/// `ssh-keygen -Y sign -n NAMESPACE -f KEY FILE` and hand both to `--take`.
///
/// Where approvers are elsewhere, `--offer` lays the plan at the git remote that the estate shares its locks at;
/// they read and sign it there with `--offered`; `--collect` brings what they signed.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The plan: its path, digest or short digest; or a standing approval, `standing/ID.yaml`
    #[arg(required_unless_present = "print_codes")]
    plan: Option<String>,
    /// Who says yes: a contact of the estate; absent: whoever this account is named after
    #[arg(long = "as", value_name = "CONTACT")]
    pub(super) who: Option<String>,
    /// Say yes to undoing the plan
    #[arg(long, conflicts_with_all = ["offer", "collect"])]
    pub(super) undo: bool,
    /// Sign here with this private key
    #[arg(long, value_name = "FILE", group = "way")]
    pub(super) key: Option<PathBuf>,
    /// Let the ssh-agent at this socket sign, for example "$SSH_AUTH_SOCK"
    #[arg(long, value_name = "SOCKET", group = "way")]
    pub(super) agent: Option<PathBuf>,
    /// Take what was signed elsewhere: the statement with its signature below, or beside it in FILE.sig; `-` pastes
    #[arg(long, value_name = "FILE", group = "way")]
    pub(super) take: Option<PathBuf>,
    /// Take a printed code that the approver reads out over the phone: the next one of their sheet, or that number
    #[arg(long, value_name = "NUMBER", num_args = 0..=1, require_equals = true, value_parser = number(), group = "way")]
    code: Option<Option<u8>>,
    /// Print a new sheet of so many one-time codes for a contact, and note beside the estate what knows them again
    #[arg(long, value_name = "N", value_parser = number(), group = "way", conflicts_with_all = ["plan", "undo"])]
    print_codes: Option<u8>,
    /// Lay the plan at the estate's git remote, for people elsewhere
    #[arg(long, group = "way", conflicts_with = "who")]
    offer: bool,
    /// Take every signature that lies beside the plan there
    #[arg(long, group = "way", conflicts_with = "who")]
    collect: bool,
    /// Say yes elsewhere: read the plan there by its digest, and lay the signature beside it
    #[arg(long, conflicts_with_all = ["offer", "collect", "code", "print_codes"])]
    offered: bool,
}

/// Reads the number of a code, and how many there are on a sheet.
fn number() -> RangedI64ValueParser<u8> {
    RangedI64ValueParser::new().range(1..=i64::from(CodeSheets::MOST))
}

impl Arguments {
    /// Returns the words that name the plan.
    pub(super) fn named(&self) -> &str {
        self.plan.as_deref().unwrap_or_default()
    }

    /// Returns how somebody signs.
    pub(super) fn pen(&self) -> Pen<'_> {
        let (who, key, agent) = (self.who.as_deref(), self.key.as_deref(), self.agent.as_deref());
        Pen { who, key, agent }
    }

    /// Returns where the plan is to go: there, or back.
    pub(super) const fn direction(&self) -> Direction {
        if self.undo { Direction::Undo } else { Direction::Do }
    }

    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        if self.offered {
            return carry::offered(desk, global, &self).await;
        }
        if self.code.is_some() || self.print_codes.is_some() {
            codes::not_in_a_drill(desk)?;
        }
        if let Some(count) = self.print_codes {
            return codes::print(desk, global, count, &self.pen());
        }
        if endorse::is_meant(self.named()) {
            return self.endorse(desk, global).await;
        }
        let operation = office::operation(desk, global)?;
        let incident = office::incident_to_act(&operation, global)?;
        let (plan, path) = plans::load(&incident, self.named())?;
        office::fits(&operation, Some(&incident), &plan)?;
        let Some(needed) = &plan.approval else {
            desk.screen.talk("The plan changes nothing: nobody needs to approve it.");
            return Ok(Exit::Done);
        };
        let matter = Matter { desk, global, operation: &operation, plan: &plan, needed };
        if self.offer {
            return carry::offer(&matter, &incident).await;
        }
        if self.collect {
            return carry::collect(&matter, &incident).await;
        }
        if let Some(file) = &self.take {
            let yes = read(&matter, file)?;
            accept(&matter, &incident, &yes)?;
            return counted(&matter, &incident, yes.direction);
        }
        if !global.json {
            let (style, sealed) =
                (desk.style(Channel::Talk), office::Sealed::of(&Digest::of(&plan), &path));
            desk.screen.talk(&render::plan(&plan, &sealed.seal(), &style));
        }
        let direction = self.direction();
        if let Some(number) = self.code {
            let yes = codes::take(&matter, &incident, (&self.pen(), number), direction).await?;
            accept(&matter, &incident, &yes)?;
            return counted(&matter, &incident, direction);
        }
        if needed.by == ApprovalMeans::Terminal {
            approval::typed(desk, &incident, &plan, direction, operation.field.clock.now()).await?;
            return counted(&matter, &incident, direction);
        }
        match matter.sign(&self.pen(), direction, incident.head()?).await? {
            None => Ok(Exit::Done),
            Some(yes) => {
                accept(&matter, &incident, &yes)?;
                counted(&matter, &incident, direction)
            }
        }
    }

    /// Signs a standing approval, which takes neither codes nor offers.
    async fn endorse(&self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        if self.code.is_some() {
            let why = "a standing approval is signed on a quiet day: it takes no printed codes";
            return Err(Failure::new(Exit::Usage, why).hint("`--key FILE` or `--agent SOCKET`"));
        }
        if self.offer || self.collect {
            let why = "a standing approval is not offered: it is committed with its signatures";
            return Err(Failure::new(Exit::Usage, why).hint(
                "`git push` carries it; each of the others signs it with `--key` or `--agent`",
            ));
        }
        endorse::endorse(desk, global, self.named(), &self.pen()).await
    }
}

/// Reads a statement and its signature: one below the other, or in two files.
///
/// # Errors
/// What the disk said, and as [`Matter::read`].
pub fn read(matter: &Matter<'_>, file: &Path) -> Result<Yes, Failure> {
    let text = match file.to_str() {
        // What is pasted may have the line ends of a mail.
        Some("-") => files::read_standard_input(files::DOCUMENT)?.replace("\r\n", "\n"),
        _ => files::read_text(file, files::DOCUMENT)?,
    };
    if text.contains(super::matter::ARMOR) {
        return matter.read(&text, None);
    }
    let beside = PathBuf::from(format!("{}.sig", file.display()));
    matter.read(&text, Some(&files::read_text(&beside, files::DOCUMENT)?))
}

/// Writes a signed yes down, once it counts exactly as it will have to count when it is used.
///
/// # Errors
/// Exit 5 when it does not, or names another journal's head; what the disk said.
pub fn accept(matter: &Matter<'_>, incident: &Incident, yes: &Yes) -> Result<(), Failure> {
    let event = matter.weigh(yes, incident.history()?)?;
    if let Some(head) = yes.head.clone() {
        let at = format!("the yes by {}", yes.contact);
        if let Some(misfit) =
            attest(&incident.verify()?.hashes, &[Anchor { head, at }]).misfits.first()
        {
            let why = format!("what was signed is about another journal than this: {misfit}");
            return Err(Failure::new(Exit::Approval, why).hint(
                "`lifeboat journal verify` says whether this one is whole; then sign once more",
            ));
        }
    }
    incident.append(event, matter.operation.field.clock.now())?;
    Ok(())
}

/// Says how many have approved by now.
///
/// # Errors
/// What the disk said.
pub fn counted(
    matter: &Matter<'_>,
    incident: &Incident,
    direction: Direction,
) -> Result<Exit, Failure> {
    let (short, operation, plan) = (matter.short(), matter.operation, matter.plan);
    let words =
        match approval::standing(&Lone { operation, incident, plan, direction, found: None })? {
            Ok(()) => {
                format!("Approved; `lifeboat {} {short}` may go on.", approval::word(direction))
            }
            Err(missing) => format!("Approved; not enough yet: {missing}."),
        };
    matter.desk.screen.talk(&words);
    matter.desk.screen.talk(&so_far(matter, incident, direction)?);
    Ok(Exit::Done)
}

/// Names everybody whose yes counts by now, with what proves it.
fn so_far(
    matter: &Matter<'_>,
    incident: &Incident,
    direction: Direction,
) -> Result<String, Failure> {
    let records = incident.history()?;
    let (vouched, _) = signers::vouch(matter.operation, matter.plan, &records)?;
    let now = matter.operation.field.clock.now();
    let given = journal::yeses(&records, &matter.digest(), direction, now);
    let counts = |yes: &&journal::Yes| {
        let proven = yes.means == ApprovalProof::Terminal || vouched.key(yes.seq).is_some();
        yes.counts() && !yes.alone && proven && matter.needed.takes(yes.means)
    };
    let named = given.iter().filter(counts).map(|yes| match yes.means {
        ApprovalProof::Terminal => format!("{} at a terminal", yes.by),
        ApprovalProof::Signature => format!("{} by signature", yes.by),
        ApprovalProof::Code => format!("{} by a printed code, the weaker proof", yes.by),
    });
    Ok(format!("Yes so far: {}.", named.collect::<Vec<_>>().join("; ")))
}
