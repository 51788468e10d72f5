//! Who vouches for a commit: the chain from what was accepted before to what is at HEAD.
//!
//! No commit lets its own signer in: each is judged by the lists of the commit before it, and a commit that changes
//! the lists must be signed by somebody whom the old ones allow. Signatures are judged at the moment of use, never
//! by the date that a commit claims; keys that HEAD's list revokes count for nothing in the whole chain.

use std::collections::{BTreeMap, VecDeque};

use git2::Oid;
use jiff::Timestamp;

use super::written::{Commit, Seal};
use super::{Committed, Distrust, RepoError};
use crate::model::Remote;
use crate::trust::{self, AllowedSigners, Revoked};

/// Who may sign, and which keys nobody signs with any more; beside the estate.
pub const SIGNERS: &str = "allowed_signers";
/// The keys that nobody signs with any more; beside the estate.
pub const REVOKED: &str = "revoked_keys";

/// The namespace of git's own signatures (git-config(1), `gpg.format`).
const NAMESPACE: &str = "git";

/// The most commits between what was accepted and HEAD.
const MOST: usize = 20_000;

/// The operator's own lists, outside of every repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lists {
    /// The text of `allowed_signers`.
    pub signers: String,
    /// The text of `revoked_keys`.
    pub revoked: String,
}

/// A commit that was accepted before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its id.
    pub commit: String,
    /// The commit by whose lists it was judged.
    pub by: String,
}

/// A commit that somebody vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// Its id.
    pub commit: String,
    /// The commit by whose lists it was judged.
    pub by: String,
    /// Who signed, as the list names them.
    pub signer: Remote,
    /// The key's fingerprint.
    pub key: String,
    /// Whether nothing was accepted before, so that the lists are believed as they are.
    pub first: bool,
}

/// Why a chain ends: the repository fails, or it is not trusted.
pub(super) enum Stop {
    Repo(RepoError),
    Distrust(Distrust),
}

impl From<RepoError> for Stop {
    fn from(error: RepoError) -> Self {
        Self::Repo(error)
    }
}

impl From<Distrust> for Stop {
    fn from(distrust: Distrust) -> Self {
        Self::Distrust(distrust)
    }
}

impl Committed {
    /// Tells whether the commit says who may sign.
    ///
    /// # Errors
    /// What the repository said.
    pub fn names_signers(&self) -> Result<bool, RepoError> {
        Ok(self.blob(SIGNERS)?.is_some())
    }

    /// Judges the commit now: who vouches for it, or why nobody does.
    ///
    /// # Errors
    /// What the repository said.
    pub fn judge(
        &self,
        before: Option<&Accepted>,
        own: Option<&Lists>,
        now: Timestamp,
    ) -> Result<Result<Vouched, Distrust>, RepoError> {
        let judging = Judging { head: self, own, now };
        match judging.chain(before) {
            Ok(vouched) => Ok(Ok(vouched)),
            Err(Stop::Distrust(distrust)) => Ok(Err(distrust)),
            Err(Stop::Repo(error)) => Err(error),
        }
    }

    /// Tells whether the commit descends from another one, or is it.
    ///
    /// # Errors
    /// What the repository said.
    pub fn descends_from(&self, ancestor: &str) -> Result<bool, RepoError> {
        let judging = Judging { head: self, own: None, now: Timestamp::UNIX_EPOCH };
        match judging.path_from(ancestor) {
            Ok(_) => Ok(true),
            Err(Stop::Distrust(_)) => Ok(false),
            Err(Stop::Repo(error)) => Err(error),
        }
    }

    /// Judges the commit by the lists that it brings itself, whatever came before: what a person may accept.
    ///
    /// # Errors
    /// What the repository said.
    pub fn judge_alone(
        &self,
        own: Option<&Lists>,
        now: Timestamp,
    ) -> Result<Result<Vouched, Distrust>, RepoError> {
        let signed = self.signer_of(&self.commit, own, now)?;
        let (commit, by) = (self.id(), self.id());
        Ok(signed.map(|(signer, key)| Vouched { commit, by, signer, key, first: true }))
    }

    /// Judges one commit by the lists that are in force at this one, for a history.
    pub(super) fn signer_of(
        &self,
        commit: &Commit,
        own: Option<&Lists>,
        now: Timestamp,
    ) -> Result<Result<(Remote, String), Distrust>, RepoError> {
        let judging = Judging { head: self, own, now };
        match judging.signed(commit, self) {
            Ok(signer) => Ok(Ok(signer)),
            Err(Stop::Distrust(distrust)) => Ok(Err(distrust)),
            Err(Stop::Repo(error)) => Err(error),
        }
    }

    fn lists(&self) -> Result<(Option<Oid>, Option<Oid>), RepoError> {
        Ok((self.blob(SIGNERS)?, self.blob(REVOKED)?))
    }
}

/// A judgement under way.
struct Judging<'a> {
    head: &'a Committed,
    own: Option<&'a Lists>,
    now: Timestamp,
}

impl Judging<'_> {
    fn chain(&self, before: Option<&Accepted>) -> Result<Vouched, Stop> {
        let path = match before {
            Some(accepted) => self.path_from(&accepted.commit)?,
            None => self.first_path()?,
        };
        let judges = match (before, &path[..]) {
            (Some(accepted), [_]) => self.at(&accepted.by)?,
            (None, [only]) => self.head.sibling(*only)?,
            _ => self.along(&path)?,
        };
        let (signer, key) = self.signed(&self.head.commit, &judges)?;
        let (commit, by) = (self.head.id(), judges.id());
        Ok(Vouched { commit, by, signer, key, first: before.is_none() })
    }

    /// Follows a path to HEAD; each commit on it that changes the lists must be signed by the lists before it.
    /// Returns the commit whose lists judge HEAD.
    fn along(&self, path: &[Oid]) -> Result<Committed, Stop> {
        let mut before = self.head.sibling(path[0])?;
        for (at, id) in path.iter().enumerate().skip(1) {
            let this = self.head.sibling(*id)?;
            if at + 1 == path.len() {
                break;
            }
            if this.lists()? != before.lists()? {
                self.signed(&this.commit, &before)?;
            }
            before = this;
        }
        Ok(before)
    }

    /// Judges one commit's signature by the lists of another one, or by the operator's own.
    fn signed(&self, commit: &Commit, judges: &Committed) -> Result<(Remote, String), Stop> {
        let id = commit.id.to_string();
        let (armour, over) = match &commit.seal {
            Seal::None => return Err(Distrust::Unsigned { commit: id }.into()),
            Seal::Several => return Err(Distrust::Several { commit: id }.into()),
            Seal::One { armour, .. } if !armour.starts_with(b"-----BEGIN SSH SIGNATURE-----") => {
                return Err(Distrust::NotSsh { commit: id }.into());
            }
            Seal::One { armour, over } => (armour, over),
        };
        let lists = self.lists_of(judges)?;
        let signers = AllowedSigners::parse(lists.signers.as_bytes());
        let revoked = Revoked::parse(lists.revoked.as_bytes());
        let revoked = revoked.map_err(|fault| Distrust::Revocations { fault })?;
        match trust::verify(over, armour, NAMESPACE, &signers, &revoked, self.now) {
            Ok(signer) => {
                let names: Vec<&str> =
                    signer.lines().iter().map(|line| line.principals.as_str()).collect();
                Ok((Remote::new(names.join(", ")), signer.key.fingerprint()))
            }
            Err(refusal) => Err(Distrust::Refused { commit: id, refusal }.into()),
        }
    }

    /// Returns the lists that a commit, or the operator, keeps; what HEAD revokes is revoked in each of them.
    fn lists_of(&self, judges: &Committed) -> Result<Lists, Stop> {
        let here = self.head.text(REVOKED)?.unwrap_or_default();
        if let Some(own) = self.own {
            let revoked = format!("{}\n{here}", own.revoked);
            return Ok(Lists { signers: own.signers.clone(), revoked });
        }
        let Some(signers) = judges.text(SIGNERS)? else {
            return Err(Distrust::NoSigners { commit: judges.id() }.into());
        };
        let revoked = format!("{}\n{here}", judges.text(REVOKED)?.unwrap_or_default());
        Ok(Lists { signers, revoked })
    }

    /// Returns the first commit that said who may sign, and those after it, first parents only.
    fn first_path(&self) -> Result<Vec<Oid>, Stop> {
        let mut path = vec![self.head.commit.id];
        let mut oldest = self.head.sibling(self.head.commit.id)?;
        if self.own.is_some() {
            return Ok(path);
        }
        while let Some(parent) = oldest.commit.parents.first() {
            // Where history is cut, what is left is all that can be looked at.
            let Some(commit) = self.head.objects.commit(*parent)? else { break };
            let before = self.head.sibling(commit.id)?;
            if before.blob(SIGNERS)?.is_none() {
                break;
            }
            if path.len() == MOST {
                return Err(Distrust::TooFar { most: MOST }.into());
            }
            path.push(commit.id);
            oldest = before;
        }
        path.reverse();
        Ok(path)
    }

    fn at(&self, id: &str) -> Result<Committed, Stop> {
        let gone = || Distrust::Cut { seen: id.to_owned() };
        let id = Oid::from_str(id).map_err(|_| gone())?;
        match self.head.objects.commit(id)? {
            Some(_) => Ok(self.head.sibling(id)?),
            None => Err(gone().into()),
        }
    }

    /// Returns a way from a commit that was accepted to HEAD, both included.
    fn path_from(&self, seen: &str) -> Result<Vec<Oid>, Stop> {
        let head = self.head.commit.id;
        let Ok(from) = Oid::from_str(seen) else {
            return Err(Distrust::Cut { seen: seen.to_owned() }.into());
        };
        let (found, cut) = self.way(from, head)?;
        if let Some(path) = found {
            return Ok(path);
        }
        let (head, seen) = (head.to_string(), seen.to_owned());
        if cut {
            return Err(Distrust::Cut { seen }.into());
        }
        let is_here = self.head.objects.commit(from)?.is_some();
        if is_here && self.way(self.head.commit.id, from)?.0.is_some() {
            return Err(Distrust::Older { head, seen }.into());
        }
        Err(Distrust::Unrelated { head, seen }.into())
    }

    /// Looks for a way from an ancestor to a commit, and tells whether history is cut somewhere.
    fn way(&self, ancestor: Oid, from: Oid) -> Result<(Option<Vec<Oid>>, bool), Stop> {
        let mut children: BTreeMap<Oid, Option<Oid>> = BTreeMap::from([(from, None)]);
        let mut open = VecDeque::from([from]);
        let mut cut = false;
        while let Some(id) = open.pop_front() {
            if id == ancestor {
                let child = |id: &Oid| children.get(id).copied().flatten();
                return Ok((Some(std::iter::successors(Some(id), child).collect()), cut));
            }
            self.head.objects.begin();
            let Some(commit) = self.head.objects.commit(id)? else {
                cut = true;
                continue;
            };
            for parent in commit.parents {
                if children.len() == MOST {
                    return Err(Distrust::TooFar { most: MOST }.into());
                }
                if let std::collections::btree_map::Entry::Vacant(new) = children.entry(parent) {
                    new.insert(Some(id));
                    open.push_back(parent);
                }
            }
        }
        Ok((None, cut))
    }
}
