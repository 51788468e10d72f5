//! Plans and signatures carried by git: laid at a ref that machines share, and taken from there as from a stranger.
//!
//! Nothing that lies there is believed. A plan is the one whose digest was asked for, to the byte, or none; a signature
//! is judged by whoever takes it.

use std::time::Duration;

use thiserror::Error;

use super::operation::sha256;
use super::{Operation, sharing};
use crate::model::{Direction, Head, Id, Plan, Remote};
use crate::net::Deadline;
use crate::plan::Digest;
use crate::repo::{Laid, Parcel, ParcelFault, SharedApprovals, SharedError};

/// How often something is laid that somebody else was quicker than, and how much longer to wait each time.
const TRIES: u32 = 16;
const PAUSE: Duration = Duration::from_millis(10);

/// How many digits of a digest name its ref.
const SHORT: usize = 8;

/// Why nothing is carried.
#[derive(Debug, Error)]
pub enum CarriedError {
    /// The estate names no place.
    #[error("the estate names no remote to carry approvals by")]
    NoRemote,
    /// A drill touches nothing outside.
    #[error("a drill carries nothing by git")]
    Drill,
    /// What was named is no digest.
    #[error("`{0}` is no digest of a plan")]
    NoDigest(Remote),
    /// The place cannot be reached, or is none.
    #[error(transparent)]
    Shared(#[from] SharedError),
    /// It is changed again and again.
    #[error("somebody else was quicker each time at {remote}")]
    Busy {
        /// Where.
        remote: Remote,
    },
    /// Nothing lies there.
    #[error("nothing lies at {remote} under `{reference}`")]
    Nothing {
        /// Where.
        remote: Remote,
        /// Under which name.
        reference: String,
    },
    /// Something else lies there.
    #[error("what lies at {remote} under `{reference}` is not used: {because}")]
    Refused {
        /// Where.
        remote: Remote,
        /// Under which name.
        reference: String,
        /// Why.
        because: Unfit,
    },
    /// It cannot be laid there.
    #[error("it cannot be laid at {remote}: {because}")]
    NoRoom {
        /// Where.
        remote: Remote,
        /// Why.
        because: ParcelFault,
    },
}

/// Why what lies there is not the plan that was asked for.
#[derive(Debug, Error)]
pub enum Unfit {
    /// It is no parcel.
    #[error(transparent)]
    Parcel(#[from] ParcelFault),
    /// Another plan, or another text of it.
    #[error("its plan has the digest {0}")]
    Another(String),
    /// No plan.
    #[error("its plan cannot be read: {0}")]
    Unread(Remote),
    /// More than this version knows.
    #[error("its plan says more than this version of lifeboat understands")]
    Beyond,
}

impl CarriedError {
    /// Says what to do next.
    pub fn hint(&self) -> Option<String> {
        let by_hand =
            "carry it by file or paste: `lifeboat approve DIGEST --as CONTACT`, then `--take`";
        Some(match self {
            Self::NoRemote => {
                "name one in the estate, `locks: { shared: { remote: origin } }`, and plan anew; or use `--take`".into()
            }
            Self::Drill => by_hand.into(),
            Self::NoDigest(_) => "write the short digest that `lifeboat plan` printed, or all of it".into(),
            Self::Shared(error) => error.hint().unwrap_or(by_hand).to_owned(),
            Self::Busy { .. } => "the same command begins again".into(),
            Self::Nothing { .. } => {
                "where the incident is: `lifeboat approve DIGEST --offer`; is it the same estate and remote?".into()
            }
            Self::Refused { .. } => {
                "find out who put it there; where the incident is, `lifeboat approve DIGEST --offer` lays the plan anew".into()
            }
            Self::NoRoom { .. } => by_hand.into(),
        })
    }
}

/// A plan that lies there, whole and the one that was asked for.
#[derive(Debug)]
pub struct Offered {
    /// The plan.
    pub plan: Plan,
    /// Its digest, which its bytes have.
    pub digest: Digest,
    /// The head of the journal that it was offered on, as whoever laid it there says.
    pub head: Option<Head>,
    /// The commit, and everything in it.
    commit: String,
    parcel: Parcel,
}

impl Offered {
    /// Returns what is said to be signed, by its file's name.
    pub fn signed(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.parcel.signed.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }

    /// Returns what else lies there and is not used.
    pub fn ignored(&self) -> &[Remote] {
        &self.parcel.ignored
    }
}

/// What became of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// It was laid there.
    New,
    /// It lay there already, with this many signatures.
    There(usize),
    /// It was laid in the place of something else: why that was not this plan.
    Instead(String),
}

/// Opens the place that approvals are carried by: where the estate shares its locks.
///
/// # Errors
/// [`CarriedError::NoRemote`], [`CarriedError::Drill`], and a place that is none.
pub fn open(operation: &Operation) -> Result<SharedApprovals, CarriedError> {
    if operation.mode == crate::model::Mode::Drill {
        return Err(CarriedError::Drill);
    }
    let shared = operation.estate.locks.shared.as_ref().ok_or(CarriedError::NoRemote)?;
    let (field, estate) = (&operation.field, &operation.estate.id);
    let scratch = sharing::scratch(operation);
    let processes = field.processes.clone();
    Ok(SharedApprovals::open(&shared.remote, &field.base, scratch, estate, processes)?)
}

/// Finds a plan there by digits of its digest, eight at least.
///
/// # Errors
/// [`CarriedError`].
pub async fn find(
    approvals: &SharedApprovals,
    wanted: &str,
    until: Deadline,
) -> Result<Offered, CarriedError> {
    let wanted = wanted.to_ascii_lowercase();
    let hex =
        (SHORT..=64).contains(&wanted.len()) && wanted.bytes().all(|it| it.is_ascii_hexdigit());
    if !hex {
        return Err(CarriedError::NoDigest(Remote::new(wanted)));
    }
    for again in 0..TRIES {
        until.within(PAUSE * again).wait().await;
        match approvals.look(&wanted[..SHORT], until.left()).await {
            Err(SharedError::Lost) => {}
            looked => return opened(approvals, &wanted, looked?),
        }
    }
    Err(CarriedError::Busy { remote: approvals.shown().clone() })
}

/// Opens what lies there, if it is the plan that was asked for.
fn opened(
    approvals: &SharedApprovals,
    wanted: &str,
    laid: Option<Laid>,
) -> Result<Offered, CarriedError> {
    let (remote, reference) = (approvals.shown().clone(), approvals.reference(&wanted[..SHORT]));
    let Some(Laid { commit, parcel }) = laid else {
        return Err(CarriedError::Nothing { remote, reference });
    };
    let read = read(wanted, commit, parcel);
    read.map_err(|because| CarriedError::Refused { remote, reference, because })
}

fn read(
    wanted: &str,
    commit: String,
    parcel: Result<Parcel, ParcelFault>,
) -> Result<Offered, Unfit> {
    let mut parcel = parcel?;
    let found = sha256(&parcel.plan);
    if !found.starts_with(wanted) {
        return Err(Unfit::Another(found));
    }
    let plan: Plan = serde_json::from_slice(&parcel.plan)
        .map_err(|error| Unfit::Unread(Remote::new(error.to_string())))?;
    let digest = Digest::of(&plan);
    // A field that this version does not know is neither shown nor done.
    if digest.hex() != found || plan.schema != Plan::SCHEMA {
        return Err(Unfit::Beyond);
    }
    let head = std::str::from_utf8(&parcel.head).ok().and_then(|text| text.trim_end().parse().ok());
    if head.is_none() && !parcel.head.is_empty() {
        parcel.ignored.push(Remote::new("journal: it is no head of a journal"));
    }
    Ok(Offered { plan, digest, head, commit, parcel })
}

/// Lays a plan there, so that others may sign it. What lies there and is not this plan has to go.
///
/// # Errors
/// [`CarriedError`].
pub async fn offer(
    approvals: &SharedApprovals,
    plan: &Plan,
    head: Option<&Head>,
    until: Deadline,
) -> Result<Offer, CarriedError> {
    let (digest, remote) = (Digest::of(plan).hex(), approvals.shown());
    let head = head.map(|head| format!("{head}\n").into_bytes());
    let parcel = Parcel::of(Digest::text(plan).into_bytes(), head.unwrap_or_default());
    let parcel =
        parcel.map_err(|because| CarriedError::NoRoom { remote: remote.clone(), because })?;
    let short = &digest[..SHORT];
    for again in 0..TRIES {
        until.within(PAUSE * again).wait().await;
        let laid = match approvals.look(short, until.left()).await {
            Err(SharedError::Lost) => continue,
            laid => laid?,
        };
        let seen = laid.as_ref().map(|laid| laid.commit.clone());
        let offer = match opened(approvals, &digest, laid) {
            Ok(offered) => return Ok(Offer::There(offered.parcel.signed.len())),
            Err(CarriedError::Nothing { .. }) => Offer::New,
            Err(CarriedError::Refused { because, .. }) => Offer::Instead(because.to_string()),
            Err(error) => return Err(error),
        };
        match approvals.lay(short, seen, &parcel, until.left()).await {
            Err(SharedError::Lost) => {}
            laid => return Ok(laid.map(|()| offer)?),
        }
    }
    Err(CarriedError::Busy { remote: remote.clone() })
}

/// Lays what somebody signed beside the plan, in the place of what they signed before. Whoever signs meanwhile is kept.
///
/// # Errors
/// [`CarriedError`].
pub async fn add(
    approvals: &SharedApprovals,
    digest: &Digest,
    (contact, direction): (&Id, Direction),
    text: &str,
    until: Deadline,
) -> Result<(), CarriedError> {
    let (digest, remote) = (digest.hex(), approvals.shown());
    for again in 0..TRIES {
        until.within(PAUSE * again).wait().await;
        let Offered { commit, mut parcel, .. } = find(approvals, &digest, until).await?;
        let added = parcel.add(contact, direction == Direction::Undo, text.as_bytes().to_vec());
        added.map_err(|because| CarriedError::NoRoom { remote: remote.clone(), because })?;
        match approvals.lay(&digest[..SHORT], Some(commit), &parcel, until.left()).await {
            Err(SharedError::Lost) => {}
            laid => return Ok(laid?),
        }
    }
    Err(CarriedError::Busy { remote: remote.clone() })
}
