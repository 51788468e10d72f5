//! libgit2 for what is written, and for nothing that is trusted: notes and new repositories.
//!
//! It reads no configuration of the user, the system or a template, and it starts no process by itself.

use std::path::Path;
use std::sync::OnceLock;

use git2::{ConfigLevel, Repository, RepositoryInitOptions, RepositoryOpenFlags, opts};

use super::RepoError;
use super::gitdir::GitDir;

/// The branch of a new repository.
const BRANCH: &str = "main";

/// Tells whether a folder lies in a git repository.
pub fn is_inside_one(folder: &Path) -> bool {
    GitDir::around(folder).is_ok_and(|found| found.is_some())
}

/// Makes an empty git repository; a commit is left to whoever owns it.
///
/// # Errors
/// What libgit2 said.
pub fn initialise(folder: &Path) -> Result<(), RepoError> {
    settle();
    let mut options = RepositoryInitOptions::new();
    options.external_template(false).initial_head(BRANCH);
    let made = Repository::init_opts(folder, &options);
    made.map(drop).map_err(|source| failed(folder, source))
}

/// Opens a repository that was found, to write into it.
pub(super) fn open(found: &GitDir) -> Result<Repository, RepoError> {
    settle();
    let none: [&Path; 0] = [];
    let opened = Repository::open_ext(found.root(), RepositoryOpenFlags::NO_SEARCH, none);
    opened.map_err(|source| failed(found.path(), source))
}

pub(super) fn failed(path: &Path, source: git2::Error) -> RepoError {
    RepoError::Git { path: path.display().to_string(), source }
}

/// Makes libgit2's settings of this process, once, before anything else is asked of it.
pub fn settle() {
    static SETTLED: OnceLock<()> = OnceLock::new();
    SETTLED.get_or_init(|| {
        opts::strict_hash_verification(true);
        opts::strict_object_creation(true);
        seclude();
    });
}

/// Empties the paths at which libgit2 would look for configuration of the user and the system, and has it refuse
/// repositories of other users.
#[expect(
    unsafe_code,
    reason = "libgit2's options are globals, and the binding marks each of them unsafe"
)]
fn seclude() {
    for level in
        [ConfigLevel::System, ConfigLevel::Global, ConfigLevel::XDG, ConfigLevel::ProgramData]
    {
        // SAFETY: nobody else sets options, and whoever uses them waits for this to end. A path that cannot be
        // set stays as it was, and nothing that it names is ever run.
        let _ = unsafe { opts::set_search_path(level, "") };
    }
    // SAFETY: as above.
    let _ = unsafe { opts::set_verify_owner_validation(true) };
}
