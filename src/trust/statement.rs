//! What an approver signs: one text that binds everything, made anew from plan and record each time it is judged.

use jiff::Timestamp;

use crate::model::{Direction, Head, Mode, Plan};

/// The first line of every statement.
pub const SCHEMA: &str = "lifeboat.approval/v1";

/// Returns the namespace that approvals are signed in. What was signed in a drill is nothing live, and the other way round.
pub const fn namespace(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "lifeboat-approval@v1",
        Mode::Drill => "lifeboat-drill-approval@v1",
    }
}

/// What one person says yes to.
#[derive(Clone, Debug)]
pub struct Statement<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Its digest, in hexadecimal.
    pub digest: &'a str,
    /// Toward the new state, or back.
    pub direction: Direction,
    /// The journal's head that the person was shown.
    pub head: Option<&'a Head>,
    /// Until when the yes holds (UTC).
    pub expires: Timestamp,
    /// The person's contact.
    pub contact: &'a str,
    /// The person's principal in `allowed_signers`.
    pub principal: &'a str,
}

impl Statement<'_> {
    /// Writes the exact bytes that are signed: one field a line.
    pub fn text(&self) -> String {
        let Self { plan, digest, expires, contact, principal, .. } = self;
        let mode = match plan.mode {
            Mode::Live => "live",
            Mode::Drill => "drill: EXERCISE, nothing of this is real",
        };
        let direction = match self.direction {
            Direction::Do => "do",
            Direction::Undo => "undo",
        };
        let head = self.head.map_or_else(|| "none".to_owned(), ToString::to_string);
        let commit = plan.runbook.commit.as_deref().unwrap_or("none");
        let lines = [
            ("mode", mode.to_owned()),
            ("estate", format!("{} sha256:{}", plan.estate.id, plan.estate.digest)),
            ("incident", plan.incident.to_string()),
            (
                "runbook",
                format!("{} commit:{commit} sha256:{}", plan.runbook.id, plan.runbook.digest),
            ),
            ("phase", plan.phase.name().to_owned()),
            ("plan", (*digest).to_owned()),
            ("target", plan.target.to_string()),
            ("direction", direction.to_owned()),
            ("tool", format!("lifeboat {}", plan.tool)),
            ("journal", head),
            ("expires", expires.to_string()),
            ("approver", format!("{contact} {}", plain(principal))),
        ];
        let lines = lines.iter().map(|(name, value)| format!("{name}: {value}\n"));
        format!("{SCHEMA}\n{}", lines.collect::<String>())
    }
}

/// Writes a principal so that it cannot begin a line of its own.
fn plain(principal: &str) -> String {
    principal.chars().flat_map(|c| c.escape_debug()).collect()
}

/// What a signed statement says beyond its plan; everything else is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Toward the new state, or back.
    pub direction: Direction,
    /// The journal's head that the person was shown.
    pub head: Option<Head>,
    /// Until when the yes holds (UTC).
    pub expires: Timestamp,
    /// The person's contact.
    pub contact: String,
}

impl Said {
    /// Reads those fields out of a statement's text; nothing else of it is believed.
    pub fn read(text: &str) -> Option<Self> {
        let field = |name: &str| {
            let mut lines =
                text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            let value = lines.next()?;
            lines.next().is_none().then_some(value)
        };
        let direction = match field("direction")? {
            "do" => Direction::Do,
            "undo" => Direction::Undo,
            _ => return None,
        };
        let head = match field("journal")? {
            "none" => None,
            head => Some(head.parse().ok()?),
        };
        let expires = field("expires")?.parse().ok()?;
        let contact = field("approver")?.split(' ').next()?.to_owned();
        Some(Self { direction, head, expires, contact })
    }
}
