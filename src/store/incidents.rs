//! The incidents of one estate.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use super::{Incident, StoreError};
use crate::host::{Lock, files, random};
use crate::journal::may_land_until;
use crate::model::{Event, Id, Mode, Severity};

/// The incidents of one estate, below `<root>/<estate>`.
#[derive(Clone, Debug)]
pub struct Incidents {
    folder: PathBuf,
    estate: Id,
    boot: String,
}

/// What is said when an incident is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// One line.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// Live or drill.
    pub mode: Mode,
}

/// One line of the list of incidents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its id.
    pub id: Id,
    /// One line.
    pub title: String,
    /// How bad; absent when the journal does not say.
    pub severity: Option<Severity>,
    /// Live or drill; absent when the journal does not say.
    pub mode: Option<Mode>,
    /// When it was declared (UTC).
    pub declared: Option<Timestamp>,
    /// When it was closed (UTC); absent while it is open.
    pub closed: Option<Timestamp>,
    /// Its folder.
    pub path: PathBuf,
    /// Why its journal cannot be read; it then counts as open.
    pub trouble: Option<String>,
}

impl Listed {
    /// Tells whether it is open.
    pub const fn is_open(&self) -> bool {
        self.closed.is_none()
    }
}

impl Incidents {
    /// Opens an estate's incidents; nothing is made before the first is declared.
    ///
    /// # Errors
    /// [`StoreError::Host`] when the system has no randomness to give.
    pub fn open(root: &Path, estate: &Id) -> Result<Self, StoreError> {
        let boot: String = random::bytes::<8>()?.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { folder: root.join(estate.as_str()), estate: estate.clone(), boot })
    }

    /// Returns the estate's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns where it is kept since when facts have held.
    pub fn since_path(&self) -> PathBuf {
        self.folder.join("since.json")
    }

    /// Returns where the last facts are kept.
    pub fn facts_path(&self) -> PathBuf {
        self.folder.join("facts.json")
    }

    /// Returns where it is kept which runbooks drills carried out.
    pub fn rehearsals_path(&self) -> PathBuf {
        self.folder.join("rehearsals.json")
    }

    /// Opens a new incident, named by its date and title.
    ///
    /// # Errors
    /// [`StoreError::NotDurable`], [`StoreError::Host`].
    pub fn create(
        &self,
        declaration: &Declaration,
        now: Timestamp,
    ) -> Result<Incident, StoreError> {
        files::create_directory(&self.folder)?;
        let _held = Lock::take(&self.folder.join("declare.lock"))?;
        let wanted = format!("{}-{}", now.strftime("%Y-%m-%d"), slug(&declaration.title));
        let names = std::iter::once(wanted.clone())
            .chain((2_u32..).map(|number| format!("{wanted}-{number}")));
        let mut free = names.filter(|name| !files::exists(&self.folder.join(name)));
        let id = Id::new(free.next().unwrap_or(wanted));
        let incident = self.at(id.clone());
        files::create_directory(incident.folder())?;
        let Declaration { title, severity, mode } = declaration.clone();
        let estate = self.estate.clone();
        let declared = Event::Declared { incident: id, title, severity, estate, mode };
        if let Err(error) = incident.append(declared, now) {
            // Nothing was declared, so nothing is left lying about; the failure to report is the first one.
            let _ = files::remove_directory(incident.folder());
            return Err(error);
        }
        Ok(incident)
    }

    /// Lists every incident, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Host`] when the folder cannot be read. A broken journal is listed with its trouble.
    pub fn list(&self) -> Result<Vec<Listed>, StoreError> {
        if !files::is_directory(&self.folder) {
            return Ok(Vec::new());
        }
        let name = |path: &PathBuf| path.file_name().and_then(|it| it.to_str()).map(str::to_owned);
        let all = files::list(&self.folder)?;
        let names = all.iter().filter(|path| files::exists(&path.join("journal.jsonl")));
        let mut listed: Vec<Listed> =
            names.filter_map(name).filter_map(|name| describe(&self.at(Id::new(name)))).collect();
        listed.sort_by(|a, b| (a.declared, &a.id).cmp(&(b.declared, &b.id)));
        Ok(listed)
    }

    /// Returns the incident, other than one, whose write may still land the longest, and until when.
    ///
    /// # Errors
    /// [`StoreError::Host`]. A journal that cannot be read says nothing here.
    pub fn others_may_land(&self, than: &Id) -> Result<Option<(Id, Timestamp)>, StoreError> {
        let others = self.list()?.into_iter().filter(|listed| listed.id != *than);
        let landing = others.filter_map(|listed| {
            let records = self.at(listed.id.clone()).records().ok()?;
            Some((listed.id, may_land_until(&records)?))
        });
        Ok(landing.max_by_key(|(_, until)| *until))
    }

    /// Returns one incident by its id.
    ///
    /// # Errors
    /// [`StoreError::NoIncident`].
    pub fn incident(&self, id: &str) -> Result<Incident, StoreError> {
        let incident = self.at(Id::new(id));
        let known = Id::is_well_formed(id) && files::exists(&incident.journal_path());
        if known { Ok(incident) } else { Err(StoreError::NoIncident(id.to_owned())) }
    }

    /// Returns the only open incident.
    ///
    /// # Errors
    /// [`StoreError::NoneOpen`], [`StoreError::SeveralOpen`].
    pub fn sole_open(&self) -> Result<Incident, StoreError> {
        let mut open: Vec<Id> =
            self.list()?.into_iter().filter(Listed::is_open).map(|listed| listed.id).collect();
        match open.len() {
            0 => Err(StoreError::NoneOpen),
            1 => Ok(self.at(open.swap_remove(0))),
            _ => Err(StoreError::SeveralOpen(open)),
        }
    }

    fn at(&self, id: Id) -> Incident {
        let folder = self.folder.join(id.as_str());
        Incident::new(id, folder, self.boot.clone())
    }
}

/// Describes an incident; nothing where a crash left a folder in which nothing was ever declared.
fn describe(incident: &Incident) -> Option<Listed> {
    let mut listed = Listed {
        id: incident.id().clone(),
        title: String::new(),
        severity: None,
        mode: None,
        declared: None,
        closed: None,
        path: incident.folder().to_owned(),
        trouble: None,
    };
    let records = match incident.records() {
        Ok(records) => records,
        Err(error) => {
            listed.trouble = Some(error.to_string());
            return Some(listed);
        }
    };
    if records.is_empty() {
        let used = ["plans", "messages"].map(|it| files::exists(&incident.folder().join(it)));
        listed.trouble = Some("its journal holds no record".to_owned());
        return used.contains(&true).then_some(listed);
    }
    for record in records {
        if let Event::Declared { title, severity, mode, .. } = record.event {
            (listed.title, listed.severity, listed.mode) = (title, Some(severity), Some(mode));
            listed.declared = Some(record.at);
        } else if let Event::Closed { .. } = record.event {
            listed.closed = Some(record.at);
        }
    }
    Some(listed)
}

/// Returns a title as part of an id: lower-case letters and digits, at most 40.
fn slug(title: &str) -> String {
    let mut slug = String::new();
    for c in title.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(40);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "incident".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn titles_become_parts_of_ids() {
        assert_eq!(slug("DNS provider: no answer!"), "dns-provider-no-answer");
        assert_eq!(slug("../../etc"), "etc");
        assert_eq!(slug("日本"), "incident");
        assert_eq!(slug(&"ab ".repeat(40)).len(), 38 + 2);
    }
}
