//! Bringing commits here: over our own HTTP door, by the operator's `git`, or out of a folder. Nothing that is in
//! use moves by it.
//!
//! Each way ends in one pack, which is measured before it is unpacked; libgit2 checks every object of it. What came is
//! kept under `refs/lifeboat/fetched/` until somebody vouches for it.

mod lines;
mod pack;

use std::path::{Path, PathBuf};

use git2::build::CheckoutBuilder;
use git2::{ErrorCode, Oid, Repository};
use thiserror::Error;

pub use pack::PackFault;

use super::gitdir::GitDir;
use super::shared::command::Git;
use super::shared::place::Place;
use super::{Committed, RepoError, libgit};
use crate::host::Processes;
use crate::model::Remote;
use crate::net::{Deadline, Http, HttpReply, HttpRequest, Method, NetError, Purpose};

/// The most bytes of what a server says of its references, and of a pack.
const ADVERTISED: usize = 8 << 20;
const PACK: usize = 64 << 20;

/// How many commits a server is told that are here.
const HAVES: usize = 256;

/// Where what came is kept.
const KEPT: &str = "refs/lifeboat/fetched/";

/// Why nothing was brought.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The place is none.
    #[error("`{remote}` is no place to fetch from: {because}")]
    NoPlace {
        /// What was named.
        remote: Remote,
        /// What is wrong with it.
        because: &'static str,
    },
    /// HEAD names no branch.
    #[error("HEAD names no branch, so it is not clear which one to fetch")]
    NoBranch,
    /// The other side has no such branch.
    #[error("{from} has no branch `{branch}`")]
    NotThere {
        /// Where.
        from: Remote,
        /// Which.
        branch: String,
    },
    /// It cannot be reached.
    #[error("{from} cannot be reached: {source}")]
    Net {
        /// Where.
        from: Remote,
        /// Why.
        source: NetError,
    },
    /// It answers something else.
    #[error("{from} answers {because}")]
    Answer {
        /// Where.
        from: Remote,
        /// What.
        because: Remote,
    },
    /// What came is not taken.
    #[error("{from}: {fault}")]
    Pack {
        /// Where.
        from: Remote,
        /// Why.
        fault: PackFault,
    },
    /// Changes of the working tree are in the way.
    #[error("changes in the working tree are in the way: {0}")]
    InTheWay(Remote),
    /// The repository fails.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

impl FetchError {
    /// Says what to do next, where something helps.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoPlace { .. } => Some(
                "name a remote of this repository, a folder, or an https:// or ssh:// URL".into(),
            ),
            Self::NoBranch => Some("`git switch BRANCH`".into()),
            Self::NotThere { .. } => {
                Some("name another remote: `lifeboat runbook fetch REMOTE`".into())
            }
            Self::Net { source, .. } => source.hint().map(str::to_owned),
            Self::Answer { .. } => Some(
                "it must speak git's smart protocol there, without a password; a private one is fetched by ssh".into(),
            ),
            Self::Pack { .. } => Some("nothing of it was used: find out who put it there".into()),
            Self::InTheWay(_) => Some("`git stash` or commit them, then fetch again".into()),
            Self::Repo(error) => error.hint(),
        }
    }
}

/// What a fetch goes by.
pub struct Errand<'a> {
    /// A remote of the repository, a folder or a URL.
    pub remote: &'a str,
    /// The estate's folder.
    pub base: &'a Path,
    /// A folder of our own, for the operator's git to work in.
    pub scratch: PathBuf,
    /// The door.
    pub http: Http,
    /// The right to start `git`.
    pub processes: Processes,
    /// When it ends.
    pub until: Deadline,
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// Where from, without a password.
    pub from: Remote,
    /// The branch.
    pub branch: String,
    /// Its commit there.
    pub tip: String,
    /// How many objects were new.
    pub objects: u32,
}

/// Fetches the branch that HEAD names, and keeps it aside.
///
/// # Errors
/// [`FetchError`]; nothing in use is changed in any case.
pub async fn fetch(errand: &Errand<'_>) -> Result<Brought, FetchError> {
    let none = |because| FetchError::NoPlace { remote: Remote::new(errand.remote), because };
    let found = GitDir::around(errand.base)?
        .ok_or_else(|| none("the estate lies in no repository that it could be fetched into"))?;
    let name = found.branch()?.ok_or(FetchError::NoBranch)?;
    let branch = name.strip_prefix("refs/heads/").ok_or(FetchError::NoBranch)?.to_owned();
    let place = Place::find_to_read(errand.remote, errand.base).map_err(none)?;
    let from = place.shown();
    let here = haves(&found, errand.base)?;
    let (tip, pack) = match &place {
        Place::Folder(folder) => out_of(folder, &name, &here, &from)?,
        Place::Elsewhere(url) if url.starts_with("https://") || url.starts_with("http://") => {
            over_http(errand, url, &name, &here, &from).await?
        }
        Place::Elsewhere(url) => by_git(errand, url, &name, &here, &from).await?,
    };
    let objects = match pack {
        None => 0,
        Some(pack) => unpack(&found, &pack, &from)?,
    };
    keep(&found, &branch, tip)?;
    Ok(Brought { from, branch, tip: tip.to_string(), objects })
}

/// Returns the newest commits that are here, so that they are not sent again.
fn haves(found: &GitDir, base: &Path) -> Result<Vec<Oid>, FetchError> {
    match found.head()? {
        None => Ok(Vec::new()),
        Some(head) => Ok(Committed::at(found.clone(), base, head)?.newest(HAVES)?),
    }
}

async fn over_http(
    errand: &Errand<'_>,
    url: &str,
    branch: &str,
    here: &[Oid],
    from: &Remote,
) -> Result<(Oid, Option<Vec<u8>>), FetchError> {
    let url = url.trim_end_matches('/');
    let asked = format!("{url}/info/refs?service=git-upload-pack");
    let mut request = HttpRequest::new(Method::Get, asked, errand.until.left());
    request.body_cap = ADVERTISED;
    let answer = sent(errand, request, from).await?;
    let unknown = || FetchError::Answer { from: from.clone(), because: Remote::new("no git") };
    let tip = lines::advertised(&answer.body, branch).ok_or_else(unknown)?;
    let tip = tip.ok_or_else(|| not_there(from, branch))?;
    if here.contains(&tip) {
        return Ok((tip, None));
    }
    let mut request =
        HttpRequest::new(Method::Post, format!("{url}/git-upload-pack"), errand.until.left());
    // It reads, whatever its method is called.
    request.purpose = Purpose::Read;
    request.body_cap = PACK;
    let kind = |name: &str| format!("application/x-git-upload-pack-{name}");
    request.headers =
        vec![("content-type".to_owned(), kind("request")), ("accept".to_owned(), kind("result"))];
    request.body = lines::wanted(tip, here).into_bytes();
    let answer = sent(errand, request, from).await?;
    let pack = lines::pack_of(&answer.body).ok_or_else(unknown)?;
    Ok((tip, Some(pack.to_vec())))
}

async fn sent(
    errand: &Errand<'_>,
    request: HttpRequest,
    from: &Remote,
) -> Result<HttpReply, FetchError> {
    let cap = request.body_cap;
    let reply = errand.http.request(request).await;
    let reply = reply.map_err(|source| FetchError::Net { from: from.clone(), source })?;
    let because = match (reply.status, reply.whole) {
        (200, true) => return Ok(reply),
        (200, false) if reply.body.len() >= cap => format!("more than {cap} bytes"),
        (200, false) => "half an answer".to_owned(),
        (status, _) => format!("with status {status}"),
    };
    Err(FetchError::Answer { from: from.clone(), because: Remote::new(because) })
}

/// Lets the operator's git fetch into a repository of our own, in which nothing is configured.
async fn by_git(
    errand: &Errand<'_>,
    url: &str,
    branch: &str,
    here: &[Oid],
    from: &Remote,
) -> Result<(Oid, Option<Vec<u8>>), FetchError> {
    let (scratch, until) = (errand.scratch.as_path(), errand.until);
    let git = Git { url, scratch, processes: errand.processes.clone(), until };
    let ran = git.fetched(branch).await;
    ran.map_err(|because| FetchError::Answer {
        from: from.clone(),
        because: Remote::new(because),
    })?;
    out_of(&errand.scratch, branch, here, from)
}

/// Packs what is new in a repository of this machine.
fn out_of(
    folder: &Path,
    branch: &str,
    here: &[Oid],
    from: &Remote,
) -> Result<(Oid, Option<Vec<u8>>), FetchError> {
    libgit::settle();
    let failed = |source| RepoError::Git { path: folder.display().to_string(), source };
    let repository = Repository::open(folder).map_err(failed)?;
    let tip = match repository.refname_to_id(branch) {
        Err(error) if error.code() == ErrorCode::NotFound => return Err(not_there(from, branch)),
        tip => tip.map_err(failed)?,
    };
    if here.contains(&tip) {
        return Ok((tip, None));
    }
    let mut walk = repository.revwalk().map_err(failed)?;
    walk.push(tip).map_err(failed)?;
    for id in here.iter().filter(|id| repository.find_commit(**id).is_ok()) {
        walk.hide(*id).map_err(failed)?;
    }
    let mut builder = repository.packbuilder().map_err(failed)?;
    builder.insert_walk(&mut walk).map_err(failed)?;
    let count = u32::try_from(builder.object_count()).unwrap_or(u32::MAX);
    if count > pack::OBJECTS {
        return Err(FetchError::Pack { from: from.clone(), fault: PackFault::TooMany(count) });
    }
    let mut bytes = git2::Buf::new();
    builder.write_buf(&mut bytes).map_err(failed)?;
    Ok((tip, Some(bytes.to_vec())))
}

fn not_there(from: &Remote, branch: &str) -> FetchError {
    let branch = branch.trim_start_matches("refs/heads/").to_owned();
    FetchError::NotThere { from: from.clone(), branch }
}

/// Measures a pack, then puts its objects into the repository.
fn unpack(found: &GitDir, bytes: &[u8], from: &Remote) -> Result<u32, FetchError> {
    use std::io::Write;

    let count = pack::measure(bytes);
    let count = count.map_err(|fault| FetchError::Pack { from: from.clone(), fault })?;
    if count == 0 {
        return Ok(0);
    }
    let torn = || FetchError::Pack { from: from.clone(), fault: PackFault::Torn };
    let failed = |source| RepoError::Git { path: found.path().display().to_string(), source };
    let repository = libgit::open(found)?;
    let objects = repository.odb().map_err(failed)?;
    let mut writer = objects.packwriter().map_err(failed)?;
    writer.write_all(bytes).map_err(|_| torn())?;
    writer.commit().map_err(|_| torn())?;
    Ok(count)
}

fn keep(found: &GitDir, branch: &str, tip: Oid) -> Result<(), RepoError> {
    let repository = libgit::open(found)?;
    let kept =
        repository.reference(&format!("{KEPT}{branch}"), tip, true, "lifeboat runbook fetch");
    let failed = |source| RepoError::Git { path: found.path().display().to_string(), source };
    kept.map(drop).map_err(failed)
}

/// Returns what was brought as a commit, seen from the estate's folder.
///
/// # Errors
/// What the repository said.
pub fn brought(base: &Path, tip: &str) -> Result<Committed, RepoError> {
    let failed = |source| RepoError::Git { path: base.display().to_string(), source };
    let Some(found) = GitDir::around(base)? else {
        return Err(RepoError::NoCommit { name: Remote::new(tip) });
    };
    Committed::at(found, base, Oid::from_str(tip).map_err(failed)?)
}

/// Moves the branch at HEAD, and the working tree with it, forward to a commit that was brought and vouched for.
///
/// # Errors
/// [`FetchError::InTheWay`] for changes that would be lost; what the repository said. The branch has not moved then.
pub fn advance(to: &Committed, branch: &str) -> Result<(), FetchError> {
    to.countable()?;
    let found = &to.repository;
    let repository = libgit::open(found)?;
    let failed = |source| RepoError::Git { path: found.path().display().to_string(), source };
    let top = repository.workdir().map(crate::host::files::canonical).transpose();
    let top = top.map_err(RepoError::from)?;
    if top.as_deref() != Some(found.root()) {
        return Err(found
            .unusable("its configuration says that its working tree lies elsewhere")
            .into());
    }
    let name = format!("refs/heads/{branch}");
    let before = found.head()?.ok_or_else(|| found.unusable("HEAD has no commit"))?;
    let object = repository.find_object(to.commit.id, None).map_err(failed)?;
    let mut checkout = CheckoutBuilder::new();
    checkout.safe().disable_filters(true);
    let done = repository.checkout_tree(&object, Some(&mut checkout));
    done.map_err(|error| FetchError::InTheWay(Remote::new(error.message())))?;
    let moved =
        repository.reference_matching(&name, to.commit.id, true, before, "lifeboat runbook fetch");
    Ok(moved.map(drop).map_err(failed)?)
}
