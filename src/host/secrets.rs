//! Secrets, read at the last moment from where a document says they lie.

use std::collections::HashMap;
use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::{HostError, Job, Processes, files};
use crate::model::{Argv, KnownSecrets, Secret, SecretRef};

/// The longest secret, in bytes.
const LONGEST: u64 = 64 << 10;

/// Where secrets come from: this machine, or a drill's fixed table.
#[derive(Clone)]
pub struct Secrets(Source, Option<Withholds>);

/// Says which secrets are not read.
pub type Withholds = Arc<dyn Fn(&SecretRef) -> bool + Send + Sync>;

#[derive(Clone)]
enum Source {
    Live { base: PathBuf, processes: Processes, known: KnownSecrets },
    Scripted { table: Arc<HashMap<SecretRef, Secret>>, otherwise: Option<Secret> },
}

impl Secrets {
    /// Reads this machine; relative files start at the estate's folder.
    pub fn live(base: impl Into<PathBuf>) -> Self {
        let (processes, known) = (Processes::live(), KnownSecrets::default());
        Self(Source::Live { base: base.into(), processes, known }, None)
    }

    /// Reads this machine, with the processes that commands are started by; what is read becomes known.
    pub fn noted(base: impl Into<PathBuf>, processes: Processes, known: KnownSecrets) -> Self {
        Self(Source::Live { base: base.into(), processes, known }, None)
    }

    /// Reads a fixed table and nothing else: no variable, no file, no process.
    pub fn scripted(table: HashMap<SecretRef, Secret>) -> Self {
        Self(Source::Scripted { table: Arc::new(table), otherwise: None }, None)
    }

    /// Gives every reference the same text, which is worth nothing outside a drill.
    pub fn fixed(text: impl Into<String>) -> Self {
        let otherwise = Some(Secret::new(text));
        Self(Source::Scripted { table: Arc::default(), otherwise }, None)
    }

    /// Returns the same secrets without some: those are neither read nor asked of any program.
    #[must_use]
    pub fn withholding(self, withholds: Withholds) -> Self {
        Self(self.0, Some(withholds))
    }

    /// Reads one secret.
    ///
    /// # Errors
    /// [`HostError::NoSecret`] for an unset variable or an empty value, [`HostError::SecretReadable`]
    /// for a file others can read, [`HostError::Withheld`], and what the file or the process said. None holds the secret.
    pub async fn read(&self, place: &SecretRef, within: Duration) -> Result<Secret, HostError> {
        if self.1.as_ref().is_some_and(|withholds| withholds(place)) {
            return Err(HostError::Withheld { place: named(place) });
        }
        match &self.0 {
            Source::Scripted { table, otherwise } => {
                let found = table.get(place).or(otherwise.as_ref()).cloned();
                found.ok_or_else(|| HostError::NoSecret { place: named(place) })
            }
            Source::Live { base, processes, known } => {
                let text = match place {
                    SecretRef::Env(name) => env::var(name).unwrap_or_default(),
                    SecretRef::File(path) => from_file(&base.join(path))?,
                    SecretRef::Command(argv) => from_command(argv, base, processes, within).await?,
                };
                let found = Some(text).filter(|text| !text.is_empty()).map(Secret::new);
                let found = found.ok_or_else(|| HostError::NoSecret { place: named(place) })?;
                known.learn(&found);
                Ok(found)
            }
        }
    }
}

/// Names a place, never a value.
fn named(place: &SecretRef) -> String {
    match place {
        SecretRef::Env(name) => format!("the variable `{name}`"),
        SecretRef::File(path) => format!("the file `{path}`"),
        SecretRef::Command(argv) => format!("the output of `{}`", argv.program()),
    }
}

fn from_file(path: &Path) -> Result<String, HostError> {
    let mode = files::mode(path)?;
    if mode & 0o077 != 0 {
        return Err(HostError::SecretReadable { path: path.to_owned(), mode });
    }
    let text = files::read_text(path, LONGEST)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

async fn from_command(
    argv: &Argv,
    base: &Path,
    processes: &Processes,
    within: Duration,
) -> Result<String, HostError> {
    let directory = Some(base.to_owned()).filter(|base| !base.as_os_str().is_empty());
    let job = Job { input: Vec::new(), cap: LONGEST as usize, within, directory };
    let ran = processes.run(argv, job).await?;
    if ran.code != Some(0) {
        return Err(HostError::Failed { program: argv.program().to_owned(), code: ran.code });
    }
    let text = String::from_utf8_lossy(&ran.output);
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const SOON: Duration = Duration::from_secs(5);

    async fn read(secrets: &Secrets, place: SecretRef) -> Result<String, HostError> {
        secrets.read(&place, SOON).await.map(|secret| secret.expose().to_owned())
    }

    fn command(words: &[&str]) -> SecretRef {
        let words = words.iter().map(|w| (*w).to_owned()).collect();
        SecretRef::Command(Argv::new(words).expect("has a program"))
    }

    #[tokio::test]
    async fn a_file_is_read_beside_the_estate_when_it_is_private() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        files::write_atomic(&path, b"s3cret \n").expect("writes");
        let (secrets, place) = (Secrets::live(folder.path()), SecretRef::File("token".into()));
        assert_eq!(read(&secrets, place.clone()).await.expect("reads"), "s3cret ");
        set_permissions(&path, Permissions::from_mode(0o640)).expect("changes");
        let error = read(&secrets, place).await.expect_err("others can read it");
        let said = format!("{error} {}", error.hint().expect("helps"));
        assert!(said.contains("0640") && said.contains("chmod 600"), "{said}");
        assert!(!said.contains("s3cret"), "{said}");
    }

    #[tokio::test]
    async fn a_command_gives_its_first_line() {
        let secrets = Secrets::live("");
        let said = read(&secrets, command(&["printf", "one\\ntwo\\n"])).await;
        assert_eq!(said.expect("reads"), "one");
        let failed = read(&secrets, command(&["false"])).await.expect_err("fails");
        assert!(matches!(failed, HostError::Failed { code: Some(1), .. }), "{failed}");
        let empty = read(&secrets, command(&["true"])).await.expect_err("says nothing");
        assert!(matches!(empty, HostError::NoSecret { .. }), "{empty}");
    }

    #[tokio::test]
    async fn a_variable_is_read_and_an_unset_one_named() {
        let secrets = Secrets::live("");
        assert!(read(&secrets, SecretRef::Env("PATH".into())).await.is_ok());
        let unset = read(&secrets, SecretRef::Env("LIFEBOAT_UNSET".into())).await;
        assert!(unset.expect_err("is unset").to_string().contains("LIFEBOAT_UNSET"));
    }

    #[tokio::test]
    async fn a_drill_reads_its_table_alone() {
        let place = SecretRef::Env("TOKEN".into());
        let table = HashMap::from([(place.clone(), Secret::new("drill"))]);
        let secrets = Secrets::scripted(table);
        assert_eq!(read(&secrets, place).await.expect("reads"), "drill");
        assert!(read(&secrets, SecretRef::Env("PATH".into())).await.is_err());
        let fixed = Secrets::fixed("any");
        assert_eq!(read(&fixed, command(&["false"])).await.expect("reads"), "any");
    }
}
