//! Why no plan is pinned.

use thiserror::Error;

use super::Breach;
use crate::model::{Guard, Id, LimitKind, Phase, Severity, Truth};

/// Why no plan is pinned. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Refusal {
    /// Nothing decides what a parameter stands for.
    #[error("nothing says what `{parameter}` is{}", one_of(.fitting))]
    Unbound {
        /// The parameter.
        parameter: String,
        /// What it may be.
        fitting: Vec<Id>,
    },
    /// A parameter was given that the runbook does not have.
    #[error("runbook `{runbook}` has no parameter `{parameter}`{}", one_of_texts(.has))]
    NoParameter {
        /// The runbook.
        runbook: Id,
        /// The parameter.
        parameter: String,
        /// Those that it has.
        has: Vec<String>,
    },
    /// A parameter was given an id that the estate does not have.
    #[error("the estate has nothing called `{id}` that `{parameter}` could be{}", one_of(.fitting))]
    NoSuch {
        /// The parameter.
        parameter: String,
        /// What was given.
        id: Id,
        /// What the estate has.
        fitting: Vec<Id>,
    },
    /// A document says what cannot be planned.
    #[error("step `{step}`: {because}")]
    Document {
        /// Where.
        step: Id,
        /// What.
        because: String,
    },
    /// The runbook says that nothing may be changed.
    #[error("runbook `{runbook}` says stop: {say}")]
    Stopped {
        /// The runbook.
        runbook: Id,
        /// Its words.
        say: String,
    },
    /// The phase may not begin.
    #[error("the {} phase of `{runbook}` may not begin: `{guard}` is {truth}", .phase.name())]
    NotYet {
        /// The runbook.
        runbook: Id,
        /// The phase.
        phase: Phase,
        /// What must hold.
        guard: Guard,
        /// What it is.
        truth: Truth,
    },
    /// A step's guard is unknown, and the step says to refuse then.
    #[error("step `{step}`: nobody knows whether `{guard}`")]
    Unknown {
        /// The step.
        step: Id,
        /// Its guard.
        guard: Guard,
    },
    /// No way of a branch is open.
    #[error("step `{step}`: no way of this branch is known to be open")]
    NoWay {
        /// The branch.
        step: Id,
    },
    /// The incident is lighter than what the runbook is for.
    #[error(
        "runbook `{runbook}` is for incidents that are {} at least, and this one was declared {}",
        .needs.name(), .declared.name()
    )]
    TooLight {
        /// The runbook.
        runbook: Id,
        /// What it is for.
        needs: Severity,
        /// What was declared.
        declared: Severity,
    },
    /// The registry holds the domain, and nothing goes past that.
    #[error("step `{step}`: the domain of `{zone}` is held: {because}")]
    Held {
        /// The step.
        step: Id,
        /// The zone.
        zone: Id,
        /// What the registry says.
        because: String,
    },
    /// Limits would be broken: all of them.
    #[error("{}", breaches(.0))]
    Limit(Vec<Breach>),
    /// A limit was overridden that the plan does not break.
    #[error("nothing in this plan breaks {}, so nothing is overridden", names(.0))]
    NotNeeded(Vec<LimitKind>),
    /// It needs something that is not built yet, or not declared.
    #[error("step `{step}`: {because}")]
    NotAvailable {
        /// The step.
        step: Id,
        /// What.
        because: String,
    },
    /// The value before could not be read.
    #[error("step `{step}`: `{service}` cannot be read: {because}")]
    Unreadable {
        /// The step.
        step: Id,
        /// The service.
        service: Id,
        /// Why.
        because: String,
    },
    /// The world is not what the runbook takes it for.
    #[error("step `{step}`: {because}")]
    Drift {
        /// The step.
        step: Id,
        /// What was found instead.
        because: String,
    },
    /// The estate has no such policy.
    #[error("step `{step}`: the estate has no approval policy `{policy}`")]
    NoPolicy {
        /// The step.
        step: Id,
        /// The policy.
        policy: Id,
    },
    /// A service does not take so many requests.
    #[error("`{service}` takes {of} requests, and the plan would use {uses}")]
    Quota {
        /// The service.
        service: Id,
        /// So many.
        uses: u32,
        /// Of so many.
        of: u32,
    },
    /// A service itself says that too few requests are left.
    #[error("`{service}` says that it takes {left} requests now, and the plan would use {uses}")]
    QuotaLeft {
        /// The service.
        service: Id,
        /// So many.
        uses: u32,
        /// What it says is left.
        left: u32,
    },
    /// We ourselves cannot see.
    #[error("the observer itself is at fault, so nothing is changed on what it sees")]
    ObserverFault,
}

/// What kind of no it is; the command line turns it into an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The call was wrong.
    Usage,
    /// A document is wrong.
    Document,
    /// It was refused before any write.
    Refused,
}

impl Refusal {
    /// Returns what kind of no it is.
    pub const fn standing(&self) -> Standing {
        match self {
            Self::Unbound { .. } | Self::NoParameter { .. } | Self::NoSuch { .. } => {
                Standing::Usage
            }
            Self::Document { .. } => Standing::Document,
            Self::Stopped { .. }
            | Self::NotYet { .. }
            | Self::Unknown { .. }
            | Self::NoWay { .. }
            | Self::TooLight { .. }
            | Self::Held { .. }
            | Self::Limit(_)
            | Self::NotNeeded(_)
            | Self::NotAvailable { .. }
            | Self::Unreadable { .. }
            | Self::Drift { .. }
            | Self::NoPolicy { .. }
            | Self::Quota { .. }
            | Self::QuotaLeft { .. }
            | Self::ObserverFault => Standing::Refused,
        }
    }

    /// Says what to do next, where something helps.
    pub fn hint(&self) -> Option<String> {
        let said = match self {
            Self::Unbound { parameter, fitting } => {
                let id = fitting.first().map_or("ID", Id::as_str);
                return Some(format!("say which: `--set {parameter}={id}`"));
            }
            Self::NoParameter { .. } | Self::NoSuch { .. } | Self::Stopped { .. } => return None,
            Self::Document { .. } => "run `lifeboat lint` on the runbook and the estate",
            Self::NotYet { .. } => "`lifeboat timeline` shows what the earlier phase still lacks",
            Self::Unknown { .. } | Self::NoWay { .. } => {
                "`lifeboat diagnose` shows what is unknown, and why"
            }
            Self::TooLight { needs, .. } => {
                let needs = needs.name();
                return Some(format!(
                    "if it is that bad, `lifeboat close` this incident and open it anew: `lifeboat declare TITLE --severity {needs}`"
                ));
            }
            Self::Held { .. } => {
                "a hold is no outage: change nothing, and call counsel; runbook `domain-hold` says how"
            }
            Self::Limit(breaches) => return Some(overriding(breaches)),
            Self::NotNeeded(limits) => {
                let flags: Vec<String> =
                    limits.iter().map(|limit| format!("`{}`", limit.flag())).collect();
                return Some(format!("leave {} out", flags.join(", ")));
            }
            Self::NotAvailable { .. } => "do this step by hand, and `lifeboat note` what you did",
            Self::Unreadable { .. } => "mend the way to it, or leave it out, then plan again",
            Self::Drift { .. } => "somebody else has changed it: find out who before you plan",
            Self::NoPolicy { .. } => "add it under `approvals` in the estate",
            Self::Quota { .. } | Self::QuotaLeft { .. } => {
                "wait until the quota is free again, or plan fewer changes"
            }
            Self::ObserverFault => "mend this machine's own path first, then `lifeboat diagnose`",
        };
        Some(said.to_owned())
    }
}

/// Words every breach: its step, its limit, and by how much.
fn breaches(breaches: &[Breach]) -> String {
    let word =
        |it: &Breach| format!("step `{}`, limit `{}`: {}", it.step, it.limit.name(), it.because);
    breaches.iter().map(word).collect::<Vec<_>>().join("; ")
}

/// Names the flags that would go past the limits, each once.
fn overriding(breaches: &[Breach]) -> String {
    let mut flags: Vec<String> = Vec::new();
    for breach in breaches {
        let flag = format!("`{} REASON`", breach.limit.flag());
        if !flags.contains(&flag) {
            flags.push(flag);
        }
    }
    let flags = flags.join(" and ");
    format!("plan less; or plan again with {flags}: whoever approves the plan reads the reason")
}

fn names(limits: &[LimitKind]) -> String {
    limits.iter().map(|it| format!("the limit `{}`", it.name())).collect::<Vec<_>>().join(" or ")
}

fn one_of(ids: &[Id]) -> String {
    one_of_texts(&ids.iter().map(Id::to_string).collect::<Vec<_>>())
}

fn one_of_texts(texts: &[String]) -> String {
    match texts {
        [] => "; the estate has nothing that fits".to_owned(),
        some => format!("; one of: {}", some.join(", ")),
    }
}
