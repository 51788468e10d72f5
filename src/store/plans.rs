//! Plans as files: `plans/<short>.json`, found by path, digest or short digest.

use std::path::{Path, PathBuf};

use super::StoreError;
use crate::host::files;
use crate::model::Plan;

/// The most bytes that a plan may have.
const CAP: u64 = 16 << 20;

/// How many digits of a digest name its file.
const SHORT: usize = 8;

pub(super) fn malformed(path: &Path, why: impl ToString) -> StoreError {
    StoreError::Malformed { path: path.display().to_string(), why: why.to_string() }
}

/// Writes a plan under its digest; another one with the same eight digits gets more of them.
pub(super) fn save(folder: &Path, plan: &Plan, digest: &str) -> Result<PathBuf, StoreError> {
    files::create_directory(folder)?;
    let mut bytes = serde_json::to_vec_pretty(plan).map_err(|why| malformed(folder, why))?;
    bytes.push(b'\n');
    for digits in [SHORT, 2 * SHORT, digest.len()] {
        let name = digest.get(..digits).unwrap_or(digest);
        let path = folder.join(format!("{name}.json"));
        if !files::exists(&path) {
            files::write_atomic(&path, &bytes)?;
            return Ok(path);
        }
        if files::read(&path, CAP)? == bytes {
            return Ok(path);
        }
    }
    Err(malformed(folder, "another plan has the same digest"))
}

/// Finds a plan's file by digits of its digest.
fn find(folder: &Path, name: &str) -> Result<PathBuf, StoreError> {
    let is_digest = (4..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_hexdigit());
    let name = name.to_ascii_lowercase();
    let fits = |path: &PathBuf| {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let plan = path.extension().is_some_and(|extension| extension == "json");
        plan && !stem.is_empty() && (stem.starts_with(&name) || name.starts_with(stem))
    };
    if !is_digest || !files::is_directory(folder) {
        return Err(StoreError::NoPlan(name));
    }
    let mut found: Vec<PathBuf> = files::list(folder)?.into_iter().filter(fits).collect();
    let longest = found.iter().map(|path| path.as_os_str().len()).max();
    if name.len() > SHORT {
        // A whole digest fits the short name of another plan too: the longest name is meant.
        found.retain(|path| Some(path.as_os_str().len()) == longest);
    }
    match found.len() {
        0 => Err(StoreError::NoPlan(name)),
        1 => Ok(found.swap_remove(0)),
        _ => {
            let fits = found.iter().map(|path| path.display().to_string()).collect();
            Err(StoreError::SeveralPlans { name, fits })
        }
    }
}

/// Reads a plan that lies in an incident's folder by digits of its digest, which is the caller's to compute anew.
///
/// # Errors
/// [`StoreError::NoPlan`], [`StoreError::SeveralPlans`], [`StoreError::Malformed`].
pub fn kept(incident: &Path, digest: &str) -> Result<Plan, StoreError> {
    read(&find(&incident.join("plans"), digest)?)
}

fn read(path: &Path) -> Result<Plan, StoreError> {
    let bytes = files::read(path, CAP)?;
    serde_json::from_slice(&bytes).map_err(|why| malformed(path, why))
}

/// Reads a plan by path, digest or short digest. Its digest is the caller's to compute anew.
pub(super) fn load(folder: &Path, name: &str) -> Result<(Plan, PathBuf), StoreError> {
    let written = Path::new(name);
    let is_path = name.contains('/') || written.extension().is_some_and(|it| it == "json");
    let path = if is_path { written.to_owned() } else { find(folder, name)? };
    if !files::exists(&path) {
        return Err(StoreError::NoPlan(name.to_owned()));
    }
    Ok((read(&path)?, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "aaaaaaaa11111111111111111111111111111111111111111111111111111111";
    const TWO: &str = "aaaaaaaa22222222222222222222222222222222222222222222222222222222";

    fn plan(incident: &str) -> Plan {
        let mark = serde_json::json!({ "id": "a", "path": "embedded", "digest": "" });
        let plan = serde_json::json!({
            "schema": "lifeboat.plan/v1", "tool": "0", "mode": "live", "incident": incident,
            "estate": mark, "runbook": mark, "includes": [], "phase": "immediate", "params": {},
            "target": "a", "pinned_at": "1970-01-01T00:00:00Z",
            "start_by": "1970-01-01T00:00:00Z", "steps": [], "exit": "otherwise", "left_out": [],
            "unknowns": [], "requests": {}, "facts": [],
        });
        serde_json::from_value(plan).expect("a plan")
    }

    #[test]
    fn a_plan_is_found_by_path_digest_and_short_digest() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().join("plans");
        assert!(matches!(load(&folder, "aaaaaaaa"), Err(StoreError::NoPlan(_))));
        let path = save(&folder, &plan("one"), ONE).expect("saves");
        assert_eq!(path, folder.join("aaaaaaaa.json"));
        assert_eq!(save(&folder, &plan("one"), ONE).expect("is there"), path);
        let written = path.display().to_string();
        for name in ["aaaaaaaa", "AAAA", ONE, &written] {
            assert_eq!(load(&folder, name).expect("is found").0, plan("one"), "{name}");
        }
        for name in ["aaa", "bbbbbbbb", "../plans", "nowhere.json"] {
            assert!(matches!(load(&folder, name), Err(StoreError::NoPlan(_))), "{name}");
        }
    }

    #[test]
    fn two_plans_with_the_same_short_digest_are_told_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        save(folder.path(), &plan("one"), ONE).expect("saves");
        save(folder.path(), &plan("two"), TWO).expect("saves");
        assert_eq!(load(folder.path(), TWO).expect("is found").0, plan("two"));
        let several = load(folder.path(), "aaaaaa");
        assert!(matches!(several, Err(StoreError::SeveralPlans { .. })), "{several:?}");
    }

    #[test]
    fn a_file_that_is_no_plan_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("aaaaaaaa.json");
        files::write_atomic(&path, b"{}").expect("writes");
        let error = load(folder.path(), "aaaaaaaa").expect_err("is no plan");
        assert!(error.to_string().contains("missing field"), "{error}");
    }
}
