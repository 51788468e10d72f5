//! What every command works on: the estate, its runbooks and words, and the ways to the world.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::thread;

use sha2::{Digest, Sha256};

use super::custody::{Scene, Withheld};
use super::{Custody, DriveError, Envelopes, Play, pin_file};
use crate::document::{self, Faults, Source};
use crate::host::{Clock, Processes, Secrets, files};
use crate::model::{
    Baseline, Estate, Id, KnownSecrets, Mode, PinFile, Runbook, RunbookMark, secret_variables,
};
use crate::net::{Admission, Door, Http, Pins, RetryBudget};
use crate::repo::{Committed, Kind, Piece, Provenance, Shelf};
use crate::service::{Field, Resolvers};
use crate::store::Incidents;
use crate::wire::as_table::AsTable;
use crate::words::Library;

/// The largest table of networks that is read, in bytes.
const TABLE: u64 = 64 << 20;

/// A runbook with where it came from.
#[derive(Clone, Debug)]
pub struct Shelved {
    /// What it says.
    pub runbook: Runbook,
    /// Which one it is, exactly.
    pub mark: RunbookMark,
    /// Where it came from.
    pub from: Provenance,
}

/// What the binary carries is read once somebody wants it: it can be, which trials hold, and takes more time than all the
/// rest of a short command.
pub type Later<T> = LazyLock<T, Box<dyn FnOnce() -> T + Send>>;

/// An estate, ready to be worked on.
pub struct Operation {
    /// The estate.
    pub estate: Estate,
    /// SHA-256 of its document, in hexadecimal.
    pub estate_digest: String,
    /// Every runbook that can be read.
    pub runbooks: Later<Vec<Shelved>>,
    /// Runbooks that cannot, with what is wrong.
    pub broken: Vec<(String, Faults)>,
    /// Files that no commit holds.
    pub uncommitted: Vec<String>,
    /// The words.
    pub words: Later<Library>,
    /// SHA-256 of all templates together, in hexadecimal.
    pub words_digest: String,
    /// The table of networks, where the estate names one.
    pub as_table: Option<AsTable>,
    /// What is usual, where the estate says it.
    pub baseline: Option<Baseline>,
    /// The addresses that are noted beside the estate.
    pub pins: PinFile,
    /// Who vouches for all of it.
    pub custody: Custody,
    /// Whether the estate lies in a folder, beside which files may be written: not when it came by itself.
    pub has_folder: bool,
    /// The ways to the world.
    pub field: Field,
    /// Live or drill.
    pub mode: Mode,
    /// Where incidents are kept.
    pub incidents: Incidents,
    /// What was approved on quiet days.
    pub standing: Envelopes,
    /// Who may sign in a drill that nobody attends, in place of the list beside the estate.
    pub(super) signers: Option<String>,
}

impl Operation {
    /// Opens an estate; in a drill, on the drill's field and in its folder.
    ///
    /// # Errors
    /// What is wrong with the estate or a file that it names. A broken runbook is no error here.
    pub fn open(
        source: &Source,
        base: &Path,
        state: Option<&Path>,
        play: Option<&Play>,
    ) -> Result<Self, DriveError> {
        Self::of(document::estate(source)?, source, base, state, play)
    }

    /// Opens an estate as [`Operation::open`] does, without those of its files that cannot be read: they are named, with why.
    ///
    /// # Errors
    /// What is wrong with the estate itself, or with the repository around it.
    pub fn open_for_looking(
        source: &Source,
        base: &Path,
        state: Option<&Path>,
        play: Option<&Play>,
    ) -> Result<(Self, Vec<(String, String)>), DriveError> {
        let mut estate = document::estate(source)?;
        let (whole, mut unread) = (estate.clone(), Vec::new());
        let named = estate.as_table.as_ref().map(|it| it.file.clone());
        if let (Err(error), Some(name)) = (table(&estate, base, play), named) {
            unread.push((name, error.to_string()));
            estate.as_table = None;
        }
        let named = estate.baselines.as_ref().map(|it| it.file.clone());
        if let (Err(error), Some(name)) = (baseline(&estate, base, play), named) {
            unread.push((name, error.to_string()));
            estate.baselines = None;
        }
        let opened = Self::of(estate, source, base, state, play)?;
        Ok((Self { estate: whole, ..opened }, unread))
    }

    fn of(
        estate: Estate,
        source: &Source,
        base: &Path,
        state: Option<&Path>,
        play: Option<&Play>,
    ) -> Result<Self, DriveError> {
        let mode = if play.is_some() { Mode::Drill } else { Mode::Live };
        let pins = match play {
            // A drill's world has the estate's addresses, and what came by itself has no folder.
            Some(_) => PinFile::empty(),
            None if source.path == Source::STANDARD_INPUT => PinFile::empty(),
            None => pin_file::read(base)?,
        };
        let committed = if play.is_some() { None } else { Committed::at_head(base)? };
        let custody = match play {
            Some(_) => Custody::drill(&estate.id),
            None => Custody::of(&Scene {
                estate: &estate,
                source,
                base,
                committed: committed.as_ref(),
                state,
                now: Clock::wall().now(),
            })?,
        };
        let live = || live_field(&estate, &pins, base, &custody);
        let field = play.map_or_else(live, |play| play.field.clone());
        let shelf = match play {
            Some(play) => play.shelf.clone(),
            None => Shelf::at(committed.as_ref(), base, mode, custody.is_signed())?,
        };
        let root = match play {
            Some(play) => play.incidents.clone(),
            None => incidents_root(&estate, base, state)?,
        };
        let texts = templates(&shelf);
        let all = texts.iter().map(|(name, text)| format!("{name}\0{}\0{text}", text.len()));
        let words_digest = sha256(all.collect::<String>().as_bytes());
        let (runbooks, broken) = read_runbooks(&shelf);
        Ok(Self {
            estate_digest: sha256(source.text.as_bytes()),
            words_digest,
            words: library(&shelf, texts)?,
            as_table: table(&estate, base, play)?,
            baseline: baseline(&estate, base, play)?,
            uncommitted: shelf.uncommitted().to_vec(),
            standing: Envelopes::read(&shelf),
            signers: play.and_then(|play| play.signers.clone()),
            incidents: Incidents::open(&root, &estate.id)?,
            estate,
            runbooks,
            broken,
            has_folder: source.path != Source::STANDARD_INPUT,
            pins,
            custody,
            field,
            mode,
        })
    }

    /// Returns a runbook by its id.
    pub fn runbook(&self, id: &Id) -> Option<&Shelved> {
        self.runbooks.iter().find(|shelved| shelved.runbook.id == *id)
    }

    /// Returns the runbooks that may explain what is seen: live, only what is embedded or committed.
    pub fn explaining(&self) -> Vec<&Runbook> {
        let counts = |shelved: &&Shelved| {
            self.mode == Mode::Drill || shelved.from != Provenance::Uncommitted
        };
        self.runbooks.iter().filter(counts).map(|shelved| &shelved.runbook).collect()
    }

    /// Returns the local vantage's id: the first that the estate declares, else `here`.
    pub fn here(&self) -> Id {
        use crate::model::VantageKind::Local;
        let local = self.estate.vantages.iter().find(|vantage| vantage.kind == Local);
        local.map_or_else(|| Id::new("here"), |vantage| vantage.id.clone())
    }
}

/// Makes the one HTTP client, which pays for what it sends again out of the process's budget.
pub fn http(door: Door, lookup: Arc<Resolvers>, clock: &Clock) -> Http {
    let clock = clock.clone();
    let http = Http::with_lookup(door, lookup).telling_time(Arc::new(move || clock.now()));
    http.paying_from(RetryBudget::process())
}

fn live_field(estate: &Estate, pins: &PinFile, base: &Path, custody: &Custody) -> Field {
    let admission = Admission { allow_private: estate.network.allow_private.clone() };
    let known = KnownSecrets::default();
    let door = Door::live(admission, Pins::from(pins)).hiding(known.clone());
    let processes = Processes::live().withholding(secret_variables(estate));
    let lookup = Arc::new(Resolvers::new(door.clone(), estate, base));
    let clock = Clock::wall();
    let live = Secrets::noted(base, processes.clone(), known.clone());
    let processes = processes.hiding(known);
    let (secrets, processes) = match custody.withholds() {
        None => (live, processes),
        // What nobody vouches for starts no program either: neither for a secret nor to look from elsewhere.
        Some(withheld) => {
            let all = withheld == Withheld::All;
            let processes = if all { Processes::refused() } else { processes };
            (live.withholding(Arc::new(move |place| withheld.holds(place))), processes)
        }
    };
    Field {
        http: http(door.clone(), lookup, &clock),
        door,
        clock,
        secrets,
        processes,
        base: base.to_owned(),
        elsewhere: Arc::default(),
    }
}

fn incidents_root(
    estate: &Estate,
    base: &Path,
    state: Option<&Path>,
) -> Result<PathBuf, DriveError> {
    match (&estate.incidents.directory, state) {
        (Some(directory), _) => Ok(base.join(directory)),
        (None, Some(state)) => Ok(state.join("lifeboat")),
        (None, None) => Err(DriveError::NoStateDirectory),
    }
}

fn templates(shelf: &Shelf) -> BTreeMap<String, String> {
    shelf.of(Kind::Template).map(|piece| (piece.name.clone(), piece.text.clone())).collect()
}

fn library(shelf: &Shelf, texts: BTreeMap<String, String>) -> Result<Later<Library>, DriveError> {
    if shelf.of(Kind::Template).all(Piece::is_embedded) {
        let read = || Library::new(texts).expect("what the binary carries can be read");
        return Ok(LazyLock::new(Box::new(read)));
    }
    let library = Library::new(texts)?;
    Ok(LazyLock::new(Box::new(|| library)))
}

/// Reads every runbook; one that is broken is set aside, so that it cannot hide the others at 3 a.m.
fn read_runbooks(shelf: &Shelf) -> (Later<Vec<Shelved>>, Vec<(String, Faults)>) {
    let (carried, own): (Vec<Piece>, Vec<Piece>) =
        shelf.of(Kind::Runbook).cloned().partition(Piece::is_embedded);
    let (mut read, mut broken) = (Vec::new(), Vec::new());
    for piece in own {
        match read_runbook(&piece) {
            Ok(runbook) => read.push((piece.name, runbook)),
            Err(faults) => broken.push((piece.name, faults)),
        }
    }
    let all = move || {
        let names = carried.iter().map(|piece| piece.name.clone());
        read.extend(names.zip(read_carried(&carried)));
        read.sort_by(|(one, _), (other, _)| one.cmp(other));
        read.into_iter().map(|(_, runbook)| runbook).collect()
    };
    (LazyLock::new(Box::new(all)), broken)
}

/// Reads runbooks in two halves at once.
fn read_carried(pieces: &[Piece]) -> Vec<Shelved> {
    let read = |half: &[Piece]| -> Vec<Shelved> {
        let runbooks = half.iter().map(read_runbook);
        runbooks.map(|it| it.expect("what the binary carries can be read")).collect()
    };
    let (half, other) = pieces.split_at(pieces.len() / 2);
    thread::scope(|scope| {
        let half = scope.spawn(|| read(half));
        let other = read(other);
        let half = half.join().unwrap_or_else(|panic| resume_unwind(panic));
        half.into_iter().chain(other).collect()
    })
}

fn read_runbook(piece: &Piece) -> Result<Shelved, Faults> {
    let runbook = document::runbook(&Source::new(piece.path.clone(), piece.text.clone()))?;
    Ok(Shelved { mark: mark(&runbook, piece), runbook, from: piece.from.clone() })
}

fn mark(runbook: &Runbook, piece: &Piece) -> RunbookMark {
    let path = match piece.from {
        Provenance::Embedded => "embedded".to_owned(),
        Provenance::Commit(_) | Provenance::Uncommitted => piece.path.clone(),
    };
    RunbookMark {
        id: runbook.id.clone(),
        commit: piece.commit().map(str::to_owned),
        path,
        digest: piece.digest(),
    }
}

fn table(estate: &Estate, base: &Path, play: Option<&Play>) -> Result<Option<AsTable>, DriveError> {
    let Some(named) = &estate.as_table else { return Ok(None) };
    let text = beside(&named.file, base, play, TABLE)?;
    let table = AsTable::parse(&text);
    table.map(Some).map_err(|error| DriveError::AsTable { path: named.file.clone(), error })
}

fn baseline(
    estate: &Estate,
    base: &Path,
    play: Option<&Play>,
) -> Result<Option<Baseline>, DriveError> {
    let Some(named) = &estate.baselines else { return Ok(None) };
    let text = beside(&named.file, base, play, files::DOCUMENT)?;
    let source = Source::new(named.file.clone(), text);
    Ok(Some(document::parse::<Baseline>(&source)?))
}

/// Reads a file that the estate names: beside the estate, or out of the drill.
fn beside(file: &str, base: &Path, play: Option<&Play>, cap: u64) -> Result<String, DriveError> {
    if let Some(text) = play.and_then(|play| play.beside.get(file)) {
        return Ok(text.clone());
    }
    Ok(files::read_text(&base.join(file), cap)?)
}

/// Returns SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
