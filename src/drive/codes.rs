//! The sheets of printed codes beside the estate, and which codes of them were spent.

use std::path::Path;

use jiff::Timestamp;

use super::{DriveError, Operation};
use crate::document::{self, Source};
use crate::host::{HostError, files};
use crate::journal::Vouched;
use crate::model::{ApprovalProof, CodeLine, CodeSheets, Event, Id, Plan, Record};
use crate::trust::{Doubt, Doubted, vouch_codes};

/// Returns the sheets of an estate's folder as a document; `None` where there are none.
///
/// # Errors
/// [`HostError`] for a file that is there and cannot be read.
pub fn source(base: &Path) -> Result<Option<Source>, HostError> {
    let path = base.join(CodeSheets::NAME);
    match files::read_text(&path, files::DOCUMENT) {
        Ok(text) => Ok(Some(Source::new(path.display().to_string(), text))),
        Err(error) if error.is_absent() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads the sheets of an estate's folder; none where there is no file.
///
/// # Errors
/// [`DriveError::Document`] with every mistake, [`DriveError::Host`] for a file that cannot be read.
pub fn read(base: &Path) -> Result<CodeSheets, DriveError> {
    let source = source(base)?;
    Ok(source.map_or_else(|| Ok(CodeSheets::default()), |source| document::codes(&source))?)
}

/// Writes the sheets of an estate's folder: wholly, or not at all. Whoever owns the repository commits them.
///
/// # Errors
/// [`HostError`] from the system; the old file is then untouched.
pub fn write(base: &Path, sheets: &CodeSheets) -> Result<(), HostError> {
    files::write_atomic(&base.join(CodeSheets::NAME), document::code_text(sheets).as_bytes())
}

/// Returns the next code of a contact that nobody has spent here; a given number where it is not behind that one.
///
/// # Errors
/// [`DriveError::Uncounted`], and what the disk said. Within: why there is none.
pub fn next<'a>(
    operation: &Operation,
    sheets: &'a CodeSheets,
    contact: &str,
    number: Option<u8>,
) -> Result<Result<&'a CodeLine, String>, DriveError> {
    let uses = Uses::of(operation, None)?;
    if let Some(incident) = uses.unreadable {
        return Err(DriveError::Uncounted { incident });
    }
    let own = || sheets.of(contact);
    let spent = uses.all.iter().filter_map(|used| used.line(own()));
    let spent = spent.map(|line| line.number).max().unwrap_or(0);
    if own().next().is_none() {
        return Ok(Err(format!("there is no sheet of `{contact}`")));
    }
    let mut left = own().filter(|line| line.number > spent);
    Ok(match number {
        None => left
            .min_by_key(|line| line.number)
            .ok_or_else(|| format!("every code of `{contact}`'s sheet was spent here")),
        Some(number) => left.find(|line| line.number == number).ok_or_else(|| {
            format!("code {number} of `{contact}`'s sheet, or a later one, was spent here, or it has none")
        }),
    })
}

/// Judges the approvals of a plan by printed codes now; where it has none, no sheet is read.
///
/// # Errors
/// As [`read`], and what the disk said.
pub(super) fn vouch(
    operation: &Operation,
    (plan, digest): (&Plan, &str),
    records: &[Record],
    (vouched, doubted): (&mut Vouched, &mut Vec<Doubted>),
) -> Result<(), DriveError> {
    let by_code = |record: &Record| {
        let of_it = matches!(&record.event, Event::Approved { digest: of, .. } if of == digest);
        of_it && mark(record).is_some()
    };
    if !records.iter().any(by_code) {
        return Ok(());
    }
    let sheets = read(&operation.field.base)?;
    let uses = Uses::of(operation, Some((&plan.incident, records)))?;
    let spent =
        |record: &Record, line: &CodeLine| uses.barred(&plan.incident, record, line, &sheets);
    vouch_codes(plan, digest, records, &sheets, spent, (vouched, doubted));
    Ok(())
}

/// Every code that was spent in the incidents of an estate on this machine.
struct Uses {
    all: Vec<Use>,
    /// An incident whose journal may hold a use, and cannot be read.
    unreadable: Option<Id>,
}

/// One code that was spent.
struct Use {
    at: Timestamp,
    incident: Id,
    seq: u64,
    key: String,
}

impl Use {
    /// Returns its line, where a sheet still has it.
    fn line<'a>(&self, mut lines: impl Iterator<Item = &'a CodeLine>) -> Option<&'a CodeLine> {
        lines.find(|line| line.key_text() == self.key)
    }
}

/// Returns the key of the code that a record spends.
fn mark(record: &Record) -> Option<&str> {
    let Event::Approved { means: ApprovalProof::Code, code, .. } = &record.event else {
        return None;
    };
    code.as_ref().map(|code| code.key.as_str())
}

impl Uses {
    /// Gathers them; `held` are the records of an incident that were read already.
    fn of(operation: &Operation, held: Option<(&Id, &[Record])>) -> Result<Self, DriveError> {
        let mut uses = Self { all: Vec::new(), unreadable: None };
        for listed in operation.incidents.list()? {
            if held.is_some_and(|(id, _)| *id == listed.id) {
                continue;
            }
            let incident = operation.incidents.incident(listed.id.as_str());
            match incident.and_then(|it| it.records()) {
                Ok(records) => uses.gather(&listed.id, &records),
                Err(_) => uses.unreadable = Some(listed.id),
            }
        }
        if let Some((id, records)) = held {
            uses.gather(id, records);
        }
        Ok(uses)
    }

    fn gather(&mut self, incident: &Id, records: &[Record]) {
        self.all.extend(records.iter().filter_map(|record| {
            let key = mark(record)?.to_owned();
            Some(Use { at: record.at, incident: incident.clone(), seq: record.seq, key })
        }));
    }

    /// Says why a record's code does not count: the same or a later one of the sheet was spent before.
    fn barred(
        &self,
        incident: &Id,
        record: &Record,
        line: &CodeLine,
        sheets: &CodeSheets,
    ) -> Option<Doubt> {
        if let Some(incident) = &self.unreadable {
            return Some(Doubt::Uncounted(incident.clone()));
        }
        let earlier = |used: &&Use| {
            if used.incident == *incident {
                used.seq < record.seq
            } else {
                (used.at, &used.incident) < (record.at, incident)
            }
        };
        let before = self.all.iter().filter(earlier);
        let mut spent = before.filter_map(|used| used.line(sheets.of(line.contact.as_str())));
        spent.any(|used| used.number >= line.number).then_some(Doubt::Spent(line.number))
    }
}
