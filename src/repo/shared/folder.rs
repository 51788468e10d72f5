//! Shared refs in a repository of this machine: they are locked, compared and then changed.

use std::path::Path;

use git2::{ErrorCode, Oid, Repository};

use super::refs::{Found, Move, Reader};
use super::{Failed, commit};

pub(super) fn look<T>(
    folder: &Path,
    names: Vec<String>,
    read: Reader<T>,
) -> Result<Vec<Found<T>>, Failed> {
    let repository = Repository::open(folder)?;
    let mut found = Vec::new();
    for name in names {
        if let Some(commit) = current(&repository, &name)? {
            let holds = read(&repository, commit);
            found.push(Found { name, commit: commit.to_string(), holds });
        }
    }
    Ok(found)
}

pub(super) fn swap(folder: &Path, moves: &[Move]) -> Result<Vec<Option<String>>, Failed> {
    let repository = Repository::open(folder)?;
    let put = |it: &Move| it.put.as_ref().map(|it| commit::write(&repository, it)).transpose();
    let put = moves.iter().map(put).collect::<Result<Vec<_>, _>>()?;
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
            Some(commit) => transaction.set_target(&it.name, *commit, None, "lifeboat")?,
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
