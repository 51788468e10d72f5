//! What validation comes to, and whose fault it is.

use std::fmt;

use super::name::Name;

/// What validation of an answer comes to (RFC 4035 §4.3). Only the first one is healthy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Each record that the answer rests on is signed, up to a trust anchor.
    Secure(Standing),
    /// It is proven that nothing has to be signed, or nobody here can check it and the standard lets it pass.
    Insecure(Open),
    /// A signature or a proof that must be there is not, or is wrong.
    Bogus(Box<Fault>),
    /// Something that is needed is not known.
    Indeterminate(Gap),
}

/// How long an answer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Seconds until the first signature that it rests on expires.
    pub left: i64,
    /// Seconds that it may be kept at most, whatever the answer's own TTL says (RFC 4035 §5.3.3).
    pub ttl: u32,
}

/// Why nothing has to be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// The parent proves that it has no DS.
    NoDs,
    /// The denial is one that leaves unsigned delegations out (RFC 5155 §6, §9.2).
    OptOut,
    /// No DS names an algorithm and a digest that are known here (RFC 4035 §5.2, RFC 6840 §5.2).
    Unsupported,
    /// The hashes of the denial have more rounds than anybody should follow (RFC 9276 §3.2).
    Iterations,
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// The zone whose data are wrong; for [`FaultKind::DsMismatch`] the one whose keys its parent does not name.
    pub zone: String,
    /// The name of the record set in question.
    pub name: String,
    /// Its type, by number.
    pub record: u16,
    /// By how many seconds a time is missed.
    pub seconds: Option<i64>,
}

/// What may be wrong, the one that says least first: of several signatures that fail, the last one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// No key that the zone serves is one that the parent's DS, or the anchor, names.
    DsMismatch,
    /// The proof that there is no such name, type, DS or closer match does not prove it.
    WrongDenial,
    /// There is no signature where the chain demands one.
    Stripped,
    /// No key of the zone made the signature: the key is not served, or is revoked.
    MissingKey,
    /// The signature is not valid yet.
    NotYetValid,
    /// The signature has expired.
    Expired,
    /// The signature is not over these data.
    BadSignature,
}

/// What is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// No trust anchor stands above the name.
    NoAnchor,
    /// The zone's keys, or the parent's word on its DS, are not there.
    NotAnswered {
        /// The zone.
        zone: String,
        /// The type, by number.
        record: u16,
    },
    /// The answer was cut.
    Truncated,
    /// The server failed or refused: its response code.
    Failed(String),
    /// A record that cannot be read.
    Unreadable {
        /// Its name.
        name: String,
        /// Its type.
        kind: String,
    },
    /// The answer leads to a name outside of the zones that are known.
    Outside(String),
    /// Aliases that lead around in circles, or on without end.
    Loop,
    /// A key is too short or too long to be checked here.
    KeySize,
    /// Checking would take more work than one answer may cost.
    TooMuchWork,
}

impl Verdict {
    pub(super) fn bogus(kind: FaultKind, zone: &Name, name: &Name, record: u16) -> Self {
        Self::Bogus(Box::new(Fault::new(kind, zone, name, record)))
    }
}

impl Fault {
    pub(super) fn new(kind: FaultKind, zone: &Name, name: &Name, record: u16) -> Self {
        let (zone, name) = (zone.to_string(), name.to_string());
        Self { kind, zone, name, record, seconds: None }
    }
}

impl From<Gap> for Verdict {
    fn from(gap: Gap) -> Self {
        Self::Indeterminate(gap)
    }
}

impl FaultKind {
    /// Returns its name in facts and in runbooks.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DsMismatch => "ds-mismatch",
            Self::WrongDenial => "wrong-denial",
            Self::Stripped => "stripped",
            Self::MissingKey => "missing-key",
            Self::NotYetValid => "not-yet-valid",
            Self::Expired => "expired",
            Self::BadSignature => "bad-signature",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, zone, name, record, seconds } = self;
        let (what, seconds) = (format!("{name} {}", shown(*record)), seconds.unwrap_or_default());
        match kind {
            FaultKind::DsMismatch => write!(f, "no key of {zone} is one that its DS names"),
            FaultKind::WrongDenial => write!(f, "what {zone} denies {what} with does not prove it"),
            FaultKind::Stripped => write!(f, "{what} of {zone} has no signature"),
            FaultKind::MissingKey => write!(f, "no key that {zone} serves signed {what}"),
            FaultKind::NotYetValid => {
                write!(f, "the signature of {what} of {zone} is valid in {seconds} s only")
            }
            FaultKind::Expired => {
                write!(f, "the signature of {what} of {zone} expired {seconds} s ago")
            }
            FaultKind::BadSignature => write!(f, "the signature of {what} of {zone} is wrong"),
        }
    }
}

impl fmt::Display for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoDs => "the parent proves that the zone is not signed",
            Self::OptOut => "the denial leaves unsigned delegations out",
            Self::Unsupported => "no DS names an algorithm and a digest that are known here",
            Self::Iterations => "the denial's hashes have too many rounds",
        })
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnchor => f.write_str("no trust anchor stands above it"),
            Self::NotAnswered { zone, record } => {
                write!(f, "{zone} {} is not known", shown(*record))
            }
            Self::Truncated => f.write_str("the answer was cut"),
            Self::Failed(code) => write!(f, "the answer is {}", crate::model::Remote::new(code)),
            Self::Unreadable { name, kind } => {
                let plain = |text: &String| crate::model::Remote::new(text).to_string();
                write!(f, "{} {} cannot be read", plain(name), plain(kind))
            }
            Self::Outside(name) => write!(f, "it leads to {name}, whose zone is not known here"),
            Self::Loop => f.write_str("its aliases lead on without end"),
            Self::KeySize => f.write_str("a key has a size that cannot be checked here"),
            Self::TooMuchWork => f.write_str("it would take too much work to check"),
        }
    }
}

fn shown(record: u16) -> String {
    crate::wire::dns::kind_name(record)
}
