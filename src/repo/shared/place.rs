//! Where shared locks lie: a folder of this machine, or a URL that the operator's git reaches.

use std::path::{Path, PathBuf};

use git2::Repository;

use crate::host::files;
use crate::model::Remote;
use crate::repo::libgit;

/// The ways that git speaks by itself; `ext::` and its kind would run what a URL says.
const SCHEMES: [&str; 4] = ["ssh", "https", "http", "git"];

/// What a place is for.
#[derive(Clone, Copy)]
enum Use {
    Read,
    Write,
}

/// A place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::repo) enum Place {
    Folder(PathBuf),
    Elsewhere(String),
}

impl Place {
    /// Finds the place that an estate in the folder `base` means.
    pub fn find(remote: &str, base: &Path) -> Result<Self, &'static str> {
        Self::of(remote, base, Use::Write)
    }

    /// Finds the place to read from: a remote may have another one to write to.
    pub fn find_to_read(remote: &str, base: &Path) -> Result<Self, &'static str> {
        Self::of(remote, base, Use::Read)
    }

    fn of(remote: &str, base: &Path, for_use: Use) -> Result<Self, &'static str> {
        match named(remote, base, for_use) {
            Some((url, root)) => Self::read(&url, &root),
            None => Self::read(remote, base),
        }
    }

    fn read(text: &str, base: &Path) -> Result<Self, &'static str> {
        if text.is_empty() || text.starts_with('-') || text.chars().any(char::is_control) {
            return Err("it is no remote, no folder and no URL");
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            // What git is called with stands in the list of processes.
            let user = rest.split('/').next().and_then(|host| host.rsplit_once('@'));
            if user.is_some_and(|(user, _)| scheme.starts_with("http") || user.contains(':')) {
                return Err("it carries a log-in, which git's credential helper is to keep");
            }
            return match scheme {
                "file" => Ok(Self::Folder(PathBuf::from(rest))),
                known if SCHEMES.contains(&known) => Ok(Self::Elsewhere(text.to_owned())),
                _ => Err("git does not speak that by itself"),
            };
        }
        let folder = base.join(text);
        if text.contains("::") {
            return Err("it names a program that git would run");
        }
        // As git reads it: a colon before any slash divides a machine from its folder.
        let machine = text.split('/').next().is_some_and(|first| first.contains(':'));
        if machine {
            Ok(Self::Elsewhere(text.to_owned()))
        } else if text.contains('/') || files::is_directory(&folder) {
            Ok(Self::Folder(folder))
        } else {
            Err("this repository has no remote of that name")
        }
    }

    /// Says where it is, without user and password.
    pub fn shown(&self) -> Remote {
        match self {
            Self::Folder(folder) => Remote::new(folder.display().to_string()),
            Self::Elsewhere(url) => match url.split_once("://") {
                Some((scheme, rest)) => {
                    let end = rest.find('/').unwrap_or(rest.len());
                    let host = rest[..end].rsplit('@').next().unwrap_or_default();
                    Remote::new(format!("{scheme}://{host}{}", &rest[end..]))
                }
                None => Remote::new(url.clone()),
            },
        }
    }
}

/// Returns the URL of a remote of the repository around a folder, and where its relative paths start.
fn named(remote: &str, base: &Path, for_use: Use) -> Option<(String, PathBuf)> {
    if remote.contains(['/', ':']) {
        return None;
    }
    libgit::settle();
    let repository = Repository::discover(base).ok()?;
    let found = repository.find_remote(remote).ok()?;
    let url = match (for_use, found.pushurl()) {
        (Use::Write, Ok(Some(url))) => url,
        (Use::Write | Use::Read, _) => found.url().ok()?,
    };
    let root = repository.workdir().unwrap_or_else(|| repository.path());
    Some((url.to_owned(), root.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str) -> Result<Place, &'static str> {
        Place::find(text, Path::new("/nonexistent"))
    }

    #[test]
    fn folders_and_urls_are_told_apart() {
        let folder = |path: &str| Ok(Place::Folder(PathBuf::from(path)));
        let elsewhere = |url: &str| Ok(Place::Elsewhere(url.to_owned()));
        assert_eq!(find("/srv/ops.git"), folder("/srv/ops.git"));
        assert_eq!(find("../ops.git"), folder("/nonexistent/../ops.git"));
        assert_eq!(find("file:///srv/ops.git"), folder("/srv/ops.git"));
        for url in ["ssh://git@host/ops.git", "https://host/ops.git", "git@host:ops.git"] {
            assert_eq!(find(url), elsewhere(url));
        }
    }

    #[test]
    fn what_would_run_something_or_be_an_option_is_refused() {
        for text in [
            "",
            "-u",
            "--upload-pack=x",
            "ext::sh -c x",
            "fd::3",
            "hg::x",
            "foo://x",
            "a\nb",
            "origin",
        ] {
            assert!(find(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_is_looked_up_in_the_repository() {
        let folder = tempfile::tempdir().expect("a folder");
        let repository = Repository::init(folder.path()).expect("makes one");
        repository.remote("ops", "ssh://git@host/ops.git").expect("adds it");
        let found = Place::find("ops", folder.path());
        assert_eq!(found, Ok(Place::Elsewhere("ssh://git@host/ops.git".to_owned())));
        assert_eq!(found.expect("is there").shown(), Remote::new("ssh://host/ops.git"));
        repository.remote("bad", "ext::sh -c x").expect("adds it");
        assert!(Place::find("bad", folder.path()).is_err());
    }

    #[test]
    fn no_password_is_shown() {
        let place = Place::Elsewhere("https://anna:pass@host/a@b.git".to_owned());
        assert_eq!(place.shown(), Remote::new("https://host/a@b.git"));
    }
}
