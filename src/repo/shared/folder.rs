//! Shared locks in a repository of this machine: its refs are locked, compared and then changed.

use std::path::Path;

use git2::{ErrorCode, Oid, Repository};

use super::{Claim, Failed, Move, stone};
use crate::model::Lockable;

pub(super) fn look(folder: &Path, refs: &[(Lockable, String)]) -> Result<Vec<Claim>, Failed> {
    let repository = Repository::open(folder)?;
    let mut claims = Vec::new();
    for (what, name) in refs {
        if let Some(commit) = current(&repository, name)? {
            let stone = stone::read(&repository, commit);
            claims.push(Claim { what: what.clone(), commit: commit.to_string(), stone });
        }
    }
    Ok(claims)
}

pub(super) fn swap(folder: &Path, moves: &[Move]) -> Result<Vec<Option<String>>, Failed> {
    let repository = Repository::open(folder)?;
    let put = |text: &Option<String>| {
        text.as_ref().map(|text| stone::write(&repository, text)).transpose()
    };
    let put = moves.iter().map(|it| put(&it.put)).collect::<Result<Vec<_>, _>>()?;
    let mut transaction = repository.transaction()?;
    for it in moves {
        transaction.lock_ref(&it.name)?;
    }
    for it in moves {
        if current(&repository, &it.name)?.map(|commit| commit.to_string()) != it.seen {
            return Err(Failed::Lost);
        }
    }
    for (it, put) in moves.iter().zip(&put) {
        match put {
            Some(commit) => transaction.set_target(&it.name, *commit, None, "lock")?,
            None if it.seen.is_some() => transaction.remove(&it.name)?,
            None => {}
        }
    }
    transaction.commit()?;
    Ok(put.into_iter().map(|commit| commit.map(|commit| commit.to_string())).collect())
}

fn current(repository: &Repository, name: &str) -> Result<Option<Oid>, git2::Error> {
    match repository.refname_to_id(name) {
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        found => found.map(Some),
    }
}
