//! Whether what a live run takes may be trusted: who vouches for the commit, whether the folder is as it was
//! committed, and whether each credential still goes where it went.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;

use super::loose::loose;
use super::{DriveError, bindings};
use crate::document::Source;
use crate::host::files;
use crate::model::{CommitTrust, Estate, Id, SecretRef};
use crate::repo::{Accepted, Committed, Distrust, Lists, REVOKED, SIGNERS, Vouched};
use crate::store::{ByHand, Seen, SeenBook, SeenCommit};

/// The largest of the operator's own lists, in bytes.
const LIST: u64 = 1 << 20;

/// What is known of where an estate comes from.
#[derive(Clone, Debug)]
pub struct Custody {
    /// Who vouches for the commit.
    pub standing: Standing,
    /// Files that are not as the commit has them, the estate first.
    pub loose: Vec<String>,
    /// Credentials that would go elsewhere than before.
    pub rebound: Vec<Rebound>,
    /// The commit at HEAD.
    pub commit: Option<String>,
    own: Option<Lists>,
    estate: Id,
    bindings: BTreeMap<String, BTreeSet<String>>,
    book: Option<SeenBook>,
    before: Vec<Seen>,
    /// Who vouches for HEAD by its own list, where nobody else does.
    alone: Option<Result<Vouched, Distrust>>,
    /// Whether the estate at HEAD says that any commit will do from now on.
    released: bool,
}

/// Who vouches for a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A drill: nothing is asked of it.
    Drill,
    /// Any commit, and none at all, will do.
    Any,
    /// Somebody who may.
    Vouched(Vouched),
    /// Nobody.
    Distrusted(Distrust),
}

/// A credential that would go somewhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebound {
    /// Where the credential lies.
    pub credential: String,
    /// Where it went.
    pub before: BTreeSet<String>,
    /// Where it would go.
    pub now: BTreeSet<String>,
}

/// What is looked at.
pub(super) struct Scene<'a> {
    pub estate: &'a Estate,
    pub source: &'a Source,
    pub base: &'a Path,
    pub committed: Option<&'a Committed>,
    pub state: Option<&'a Path>,
    pub now: Timestamp,
}

impl Custody {
    /// Returns what holds in a drill.
    pub(super) fn drill(estate: &Id) -> Self {
        Self {
            standing: Standing::Drill,
            loose: Vec::new(),
            rebound: Vec::new(),
            commit: None,
            own: None,
            estate: estate.clone(),
            bindings: BTreeMap::new(),
            book: None,
            before: Vec::new(),
            alone: None,
            released: false,
        }
    }

    /// Looks at a live estate; what is found is told, and refused only where something is changed.
    pub(super) fn of(scene: &Scene<'_>) -> Result<Self, DriveError> {
        let id = &scene.estate.id;
        let by_itself = scene.source.path == Source::STANDARD_INPUT;
        let path = (!by_itself).then(|| Path::new(&scene.source.path));
        let place = path.map(files::canonical).transpose()?;
        let book = scene.state.map(|state| SeenBook::of(state, id, place.as_deref()));
        let before = book.as_ref().map(SeenBook::read).transpose()?.unwrap_or_default();
        let own = scene.state.map(own_lists).transpose()?.flatten();
        let seen: Vec<Accepted> = before.iter().filter_map(accepted).collect();
        let standing = standing(scene, &seen, own.as_ref())?;
        let alone = match (&standing, scene.committed) {
            (Standing::Distrusted(_), Some(committed)) => {
                Some(committed.judge_alone(own.as_ref(), scene.now)?)
            }
            (
                Standing::Drill | Standing::Any | Standing::Vouched(_) | Standing::Distrusted(_),
                _,
            ) => None,
        };
        let signed = !matches!(standing, Standing::Any);
        let name = path.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        let loose = loose(scene, name.as_deref(), signed)?;
        let bindings = bindings::of(scene.estate);
        let vouched = matches!(standing, Standing::Vouched(_)) && loose.is_empty();
        // Where nobody signs, two estates may share an id, as a copy for trials does.
        let here = if signed { None } else { book.as_ref().map(SeenBook::read_here) };
        let known = here.transpose()?.unwrap_or_else(|| before.clone());
        let rebound = if vouched { Vec::new() } else { rebound(&bindings, &known) };
        Ok(Self {
            standing,
            loose,
            rebound,
            commit: scene.committed.map(Committed::id),
            own,
            estate: id.clone(),
            bindings,
            book,
            before,
            alone,
            released: scene.estate.trust.commits == Some(CommitTrust::Any),
        })
    }

    /// Tells whether commits must be signed.
    pub const fn is_signed(&self) -> bool {
        match self.standing {
            Standing::Drill | Standing::Any => false,
            Standing::Vouched(_) | Standing::Distrusted(_) => true,
        }
    }

    /// Tells whether a credential may be read: none, while nobody vouches for the commit that names where it goes;
    /// not one that would go elsewhere than before.
    pub(super) fn withholds(&self) -> Option<Withheld> {
        match &self.standing {
            Standing::Distrusted(Distrust::NoCommit) | Standing::Drill => None,
            Standing::Distrusted(_) => Some(Withheld::All),
            Standing::Any | Standing::Vouched(_) if self.rebound.is_empty() => None,
            Standing::Any | Standing::Vouched(_) => {
                Some(Withheld::These(self.rebound.iter().map(|it| it.credential.clone()).collect()))
            }
        }
    }

    /// Says what stands against changing anything by this estate.
    ///
    /// # Errors
    /// [`DriveError::Distrusted`], [`DriveError::Loose`], [`DriveError::Rebound`].
    pub fn check(&self) -> Result<(), DriveError> {
        if let Standing::Distrusted(distrust) = &self.standing {
            return Err(DriveError::Distrusted(Box::new(distrust.clone())));
        }
        if !self.loose.is_empty() {
            return Err(DriveError::Loose { paths: self.loose.clone() });
        }
        match self.rebound.first() {
            Some(rebound) => Err(DriveError::Rebound(rebound.clone())),
            None => Ok(()),
        }
    }

    /// Checks, and remembers what is accepted, so that nothing older is ever taken again.
    ///
    /// # Errors
    /// As [`Custody::check`]; what the disk said.
    pub fn hold(&self, now: Timestamp) -> Result<(), DriveError> {
        self.check()?;
        self.remember(None, now)
    }

    /// Judges another commit as the next one; `None` where commits need not be signed.
    ///
    /// # Errors
    /// What the repository said.
    pub fn judge(
        &self,
        next: &Committed,
        now: Timestamp,
    ) -> Result<Option<Result<Vouched, Distrust>>, DriveError> {
        let mut before: Vec<Accepted> = self.before.iter().filter_map(accepted).collect();
        if let (true, Standing::Vouched(vouched)) = (before.is_empty(), &self.standing) {
            before.push(Accepted { commit: vouched.commit.clone(), by: vouched.by.clone() });
        }
        if !self.is_signed() && before.is_empty() && !next.names_signers()? {
            return Ok(None);
        }
        let judged = judged(next, &before, self.own.as_ref(), now)?;
        Ok(Some(judged))
    }

    /// Returns who vouches for HEAD by the list that it brings itself, where a person may accept it.
    ///
    /// # Errors
    /// [`DriveError::Loose`], and [`DriveError::Distrusted`] when not even its own list lets its signer in.
    pub fn acceptable(&self) -> Result<Option<&Vouched>, DriveError> {
        if !self.loose.is_empty() {
            return Err(DriveError::Loose { paths: self.loose.clone() });
        }
        match (&self.standing, &self.alone) {
            (Standing::Distrusted(_), Some(Ok(vouched))) => Ok(Some(vouched)),
            (Standing::Distrusted(_), Some(Err(distrust))) => {
                Err(DriveError::Distrusted(Box::new(distrust.clone())))
            }
            (Standing::Distrusted(distrust), None) => {
                Err(DriveError::Distrusted(Box::new(distrust.clone())))
            }
            (Standing::Vouched(_) | Standing::Any | Standing::Drill, _) => Ok(None),
        }
    }

    /// Accepts by hand what is at HEAD, whatever was accepted before.
    ///
    /// # Errors
    /// As [`Custody::acceptable`]; what the disk said.
    pub fn accept(&self, by_hand: ByHand, now: Timestamp) -> Result<(), DriveError> {
        self.acceptable()?;
        self.remember(Some(by_hand), now)
    }

    fn remember(&self, by_hand: Option<ByHand>, now: Timestamp) -> Result<(), DriveError> {
        let Some(book) = &self.book else {
            return if self.is_signed() { Err(DriveError::NoStateDirectory) } else { Ok(()) };
        };
        if self.standing == Standing::Drill {
            return Ok(());
        }
        let commit = match &self.standing {
            Standing::Vouched(vouched) if !self.released => {
                Some(SeenCommit { id: vouched.commit.clone(), by: vouched.by.clone() })
            }
            Standing::Distrusted(_) => match &self.alone {
                Some(Ok(it)) => Some(SeenCommit { id: it.commit.clone(), by: it.by.clone() }),
                Some(Err(_)) | None => None,
            },
            Standing::Vouched(_) | Standing::Any | Standing::Drill => None,
        };
        let mut credentials = self.bindings.clone();
        for (credential, origins) in self.before.iter().flat_map(|seen| &seen.credentials) {
            credentials.entry(credential.clone()).or_insert_with(|| origins.clone());
        }
        let by_hand = by_hand.or_else(|| self.before.iter().find_map(|seen| seen.by_hand.clone()));
        let (schema, estate) = (Seen::SCHEMA.to_owned(), self.estate.clone());
        let seen = Seen { schema, estate, at: now, commit, credentials, by_hand };
        if seen.commit.is_none() && seen.credentials.is_empty() && self.before.is_empty() {
            return Ok(());
        }
        if book.replace(&self.before, &seen)? { Ok(()) } else { Err(DriveError::SeenMeanwhile) }
    }
}

/// Which credentials are not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Withheld {
    All,
    These(BTreeSet<String>),
}

impl Withheld {
    /// Tells whether a credential is one of them.
    pub fn holds(&self, credential: &SecretRef) -> bool {
        match self {
            Self::All => true,
            Self::These(places) => places.contains(&bindings::place(credential)),
        }
    }
}

fn accepted(seen: &Seen) -> Option<Accepted> {
    let commit = seen.commit.as_ref()?;
    Some(Accepted { commit: commit.id.clone(), by: commit.by.clone() })
}

/// Reads the lists that the operator keeps outside of the repository, where there are any.
///
/// # Errors
/// A list that is there and cannot be read.
pub fn own_lists(state: &Path) -> Result<Option<Lists>, DriveError> {
    let folder = SeenBook::folder(state);
    let read = |name: &str| {
        let path = folder.join(name);
        if files::exists(&path) { files::read_text(&path, LIST).map(Some) } else { Ok(None) }
    };
    let Some(signers) = read(SIGNERS)? else { return Ok(None) };
    Ok(Some(Lists { signers, revoked: read(REVOKED)?.unwrap_or_default() }))
}

/// Judges the commit where it must be signed: because it was so before, because the estate says it, or because
/// there is a list of who may sign.
fn standing(
    scene: &Scene<'_>,
    seen: &[Accepted],
    own: Option<&Lists>,
) -> Result<Standing, DriveError> {
    let Some(committed) = scene.committed else {
        let wanted = scene.estate.trust.commits == Some(CommitTrust::Signed) || !seen.is_empty();
        return Ok(if wanted { Standing::Distrusted(Distrust::NoCommit) } else { Standing::Any });
    };
    let wanted = match scene.estate.trust.commits {
        _ if !seen.is_empty() => true,
        Some(CommitTrust::Signed) => true,
        Some(CommitTrust::Any) => false,
        None => own.is_some() || committed.names_signers()?,
    };
    if !wanted {
        return Ok(Standing::Any);
    }
    Ok(match judged(committed, seen, own, scene.now)? {
        Ok(vouched) => Standing::Vouched(vouched),
        Err(distrust) => Standing::Distrusted(distrust),
    })
}

/// Judges a commit by everything that was accepted before it; by what it says itself where that is nothing.
fn judged(
    committed: &Committed,
    seen: &[Accepted],
    own: Option<&Lists>,
    now: Timestamp,
) -> Result<Result<Vouched, Distrust>, DriveError> {
    let Some((last, others)) = seen.split_last() else {
        return Ok(committed.judge(None, own, now)?);
    };
    for before in others {
        if let Err(distrust) = committed.judge(Some(before), own, now)? {
            return Ok(Err(distrust));
        }
    }
    Ok(committed.judge(Some(last), own, now)?)
}

/// Finds the credentials that went somewhere before and would go elsewhere as well now.
fn rebound(bindings: &BTreeMap<String, BTreeSet<String>>, before: &[Seen]) -> Vec<Rebound> {
    let mut found = Vec::new();
    for (credential, now) in bindings {
        let known = before.iter().filter_map(|seen| seen.credentials.get(credential));
        for before in known {
            if !now.is_subset(before)
                && !found.iter().any(|it: &Rebound| it.credential == *credential)
            {
                found.push(Rebound {
                    credential: credential.clone(),
                    before: before.clone(),
                    now: now.clone(),
                });
            }
        }
    }
    found
}
