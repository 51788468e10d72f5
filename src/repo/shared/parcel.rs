//! What lies at a ref for one plan, as somebody left it there: counted and measured before it is read, and believed
//! by nobody.

use std::collections::BTreeMap;

use git2::{Oid, Repository};
use thiserror::Error;

use crate::model::{Id, Remote};
use crate::repo::RepoError;
use crate::repo::names::Flaw;
use crate::repo::objects::{Entry, LARGEST, Objects};

/// The file that holds the plan, and the one that holds the journal's head.
const PLAN: &str = "plan.json";
const HEAD: &str = "journal";

/// How the files of signatures end, after the contact.
const ENDINGS: [&str; 2] = [".do", ".undo"];

/// The most files, and the most bytes of a file that is no plan.
const FILES: usize = 64;
const SMALL: usize = 16 << 10;

/// A plan that is offered to be approved, with what was signed so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parcel {
    /// The plan's text.
    pub plan: Vec<u8>,
    /// The head of the journal that it was offered on, as text.
    pub head: Vec<u8>,
    /// What was signed, by its file's name: a contact and a direction.
    pub signed: BTreeMap<String, Vec<u8>>,
    /// What else lies there, and why it is not used.
    pub ignored: Vec<Remote>,
}

/// Why a parcel is none.
#[derive(Debug, Error)]
pub enum ParcelFault {
    /// It holds no plan.
    #[error("it holds no plan: `plan.json`: {0}")]
    NoPlan(Remote),
    /// It has no room.
    #[error("it holds more than {most} files", most = FILES)]
    TooMany,
    /// The plan does not fit.
    #[error("the plan has {0} bytes, and {most} are the most that is carried so", most = LARGEST)]
    TooLarge(usize),
    /// It cannot be read.
    #[error(transparent)]
    Unread(#[from] RepoError),
}

impl Parcel {
    /// Makes the parcel of a plan that nobody has signed yet.
    ///
    /// # Errors
    /// [`ParcelFault::TooLarge`].
    pub fn of(plan: Vec<u8>, head: Vec<u8>) -> Result<Self, ParcelFault> {
        if plan.len() > LARGEST {
            return Err(ParcelFault::TooLarge(plan.len()));
        }
        Ok(Self { plan, head, ..Self::default() })
    }

    /// Adds what somebody signed, in the place of what they signed before.
    ///
    /// # Errors
    /// [`ParcelFault::TooMany`].
    pub fn add(&mut self, contact: &Id, undo: bool, text: Vec<u8>) -> Result<(), ParcelFault> {
        self.signed.insert(format!("{contact}{}", ENDINGS[usize::from(undo)]), text);
        if self.signed.len() + 2 > FILES { Err(ParcelFault::TooMany) } else { Ok(()) }
    }

    /// Returns the files of its commit: what is not used is not kept.
    pub(super) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let signed = self.signed.iter().map(|(name, bytes)| (name.clone(), bytes.clone()));
        let ours = [(PLAN, &self.plan), (HEAD, &self.head)];
        let ours = ours.into_iter().map(|(name, bytes)| (name.to_owned(), bytes.clone()));
        ours.chain(signed).collect()
    }
}

/// Reads the parcel of a commit; `None` where the commit is not here.
pub(super) fn read(repository: &Repository, id: Oid) -> Result<Option<Parcel>, ParcelFault> {
    let objects = Objects::at(repository.path(), &repository.commondir().join("objects"))?;
    let Some(commit) = objects.commit(id)? else { return Ok(None) };
    let entries = objects.tree(commit.tree, "the parcel")?;
    if entries.len() > FILES {
        return Err(ParcelFault::TooMany);
    }
    let (mut taken, mut ignored, mut no_plan) = (BTreeMap::new(), Vec::new(), None);
    for entry in &entries {
        let name = String::from_utf8_lossy(&entry.name).into_owned();
        let read = if taken.contains_key(&name) {
            Err(Flaw::Twice.to_string())
        } else {
            take(&objects, entry, &name)
        };
        match read {
            Ok(bytes) => drop(taken.insert(name, bytes)),
            Err(why) if name == PLAN => no_plan = Some(Remote::new(why)),
            Err(why) => ignored.push(Remote::new(format!("{name}: {why}"))),
        }
    }
    let missing = || ParcelFault::NoPlan(no_plan.unwrap_or_else(|| Remote::new("it is not there")));
    let plan = taken.remove(PLAN).ok_or_else(missing)?;
    let head = taken.remove(HEAD).unwrap_or_default();
    Ok(Some(Parcel { plan, head, signed: taken, ignored }))
}

/// Takes a file's bytes, or says why it is not used.
fn take(objects: &Objects, entry: &Entry, name: &str) -> Result<Vec<u8>, String> {
    if let Some(flaw) = entry.flaw() {
        return Err(flaw.to_string());
    }
    let most = match name {
        PLAN => LARGEST,
        _ if name == HEAD || is_signature(name) => SMALL,
        _ => return Err("it is nothing of ours".to_owned()),
    };
    objects.bytes(entry.id, most, name).map_err(|error| error.to_string())
}

fn is_signature(name: &str) -> bool {
    let contact = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending));
    contact.is_some_and(Id::is_well_formed)
}
