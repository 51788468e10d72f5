//! `journal verify`: the chain, the anchors around it, its approvals' signatures, and the transcripts beside it.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::approvals;
use crate::cli::{Desk, Exit, Failure, Global, office};
use crate::drive::anchors::{Gathered, Keepers};
use crate::drive::hindsight::{Seen, look_back};
use crate::host::{Clock, files};
use crate::journal::{self, Anchor, Attested, Broken, Misfit, NamedTranscript, Verified, anchor};
use crate::model::Head;
use crate::store::{Kept, transcripts};

/// Hold a journal against itself and against its anchors.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A journal's file; absent: the incident's
    path: Option<PathBuf>,
    /// A head that somebody kept: an approval's, a message's, one written on paper
    #[arg(long = "anchor", value_name = "SEQ:HASH")]
    anchors: Vec<Head>,
}

/// The largest journal that is read, in bytes.
const LARGEST: u64 = 256 << 20;

/// What was found out about a journal.
struct Found {
    shown: String,
    verified: Verified,
    broken: Option<Broken>,
    attested: Attested,
    misfits: Vec<Misfit>,
    anchors: Vec<Anchor>,
    transcripts: Vec<(NamedTranscript, Kept)>,
    approvals: Vec<Seen>,
}

impl Arguments {
    pub(super) fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let given = self.anchors.into_iter();
        let given = given.map(|head| Anchor { head, at: "the anchor that was given".to_owned() });
        let (found, troubles) = match self.path {
            Some(path) => {
                let estate = global.estate.parent().filter(|it| !it.as_os_str().is_empty());
                let base = estate.unwrap_or(&desk.environment.directory);
                let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
                let folder = folder.unwrap_or(&desk.environment.directory);
                Found::at(&path, base, &Clock::wall(), given.collect(), |verified| {
                    let journal = name(folder, verified);
                    Keepers { folder, repository: Some(base), journal }.gather()
                })?
            }
            None => {
                let operation = office::operation(desk, global)?;
                let incident = office::incident_for_reading(&operation, global)?;
                let (path, field) = (incident.journal_path(), &operation.field);
                Found::at(&path, &field.base, &field.clock, given.collect(), |_| {
                    Keepers::of(&operation, &incident).gather()
                })?
            }
        };
        for trouble in troubles {
            desk.screen.talk(&format!("Not every anchor could be read: {trouble}"));
        }
        if global.json {
            desk.screen.json(&found.document())?;
        } else {
            desk.screen.data(&found.text())?;
            if let Some(wrong) = found.wrong() {
                return Err(Failure::new(Exit::Invalid, wrong).hint(found.hint()));
            }
            if let Some(unknown) = approvals::unknown(&found.approvals) {
                let hint = "verify it in the incident's folder, with `plans/`, and beside the estate, with `allowed_signers`";
                return Err(Failure::new(Exit::CannotTell, unknown).hint(hint));
            }
        }
        Ok(match (found.wrong(), approvals::unknown(&found.approvals)) {
            (Some(_), _) => Exit::Invalid,
            (None, Some(_)) => Exit::CannotTell,
            (None, None) => Exit::Done,
        })
    }
}

/// Names a journal as notes do: by what it says itself, else by its folders.
fn name(folder: &Path, verified: &Verified) -> String {
    if let Some(incident) = journal::incident(&verified.records) {
        return format!("{}/{}", incident.estate, incident.id);
    }
    let word = |path: Option<&Path>| {
        let name = path.and_then(Path::file_name).map(|it| it.to_string_lossy().into_owned());
        name.unwrap_or_default()
    };
    format!("{}/{}", word(folder.parent()), word(Some(folder)))
}

impl Found {
    /// Reads a journal and whatever attests it.
    fn at(
        path: &Path,
        base: &Path,
        clock: &Clock,
        mut anchors: Vec<Anchor>,
        gather: impl FnOnce(&Verified) -> Gathered,
    ) -> Result<(Self, Vec<String>), Failure> {
        let bytes = files::read(path, LARGEST)?;
        let (verified, broken) = match journal::verify(&bytes) {
            Ok(verified) => (verified, None),
            Err(broken) => (before(&bytes, &broken)?, Some(broken)),
        };
        let gathered = gather(&verified);
        anchors.extend(gathered.anchors);
        anchors.sort_by(|a, b| (a.head.seq, &a.at).cmp(&(b.head.seq, &b.at)));
        let hashes = &verified.hashes;
        // Behind a broken line nothing can be said; before it, an anchor tells which line was changed.
        let sayable = |it: &&Anchor| broken.is_none() || it.head.seq < hashes.len() as u64;
        let held: Vec<Anchor> = anchors.iter().filter(sayable).cloned().collect();
        let attested = journal::attest(hashes, &held);
        let mut misfits = attested.misfits.clone();
        misfits.extend(anchor::own(&verified.records, hashes));
        let folder = path.parent().unwrap_or(Path::new("."));
        let transcripts = transcripts::look(folder, &verified.records)?;
        let approvals = look_back(base, folder, &verified.records, clock.now());
        let shown = path.display().to_string();
        let found =
            Self { shown, verified, broken, attested, misfits, anchors, transcripts, approvals };
        Ok((found, gathered.troubles))
    }

    fn count(&self, wanted: Kept) -> usize {
        self.transcripts.iter().filter(|(_, kept)| *kept == wanted).count()
    }

    /// Says what is wrong first: a line, an anchor, a signature, a transcript.
    fn wrong(&self) -> Option<String> {
        let Self { shown, .. } = self;
        let line = self.broken.as_ref().map(|it| format!("{shown}:{}: {}", it.line, it.why));
        let anchor = self.misfits.first().map(|it| format!("{shown}: {}", it.why));
        let altered = self.transcripts.iter().find(|(_, kept)| *kept == Kept::Altered);
        let altered = altered.map(|(named, _)| {
            format!(
                "{shown}: the transcript of record {} was altered: blobs/{}.json",
                named.seq, named.hash
            )
        });
        let signature = approvals::wrong(&self.approvals).map(|why| format!("{shown}: {why}"));
        match (anchor, line) {
            (Some(anchor), Some(line)) => Some(format!("{line}; {anchor}")),
            (anchor, line) => line.or(anchor).or(signature).or(altered),
        }
    }

    /// Says what to do about what is wrong.
    fn hint(&self) -> &'static str {
        if self.broken.is_none()
            && self.misfits.is_empty()
            && approvals::wrong(&self.approvals).is_some()
        {
            return "that yes counts for nothing: find out who wrote it. A key that is given up keeps its line in \
                    `allowed_signers`, with a `valid-before`";
        }
        "nothing is run on such a journal; keep the file as it is, restore a whole copy, or declare a new incident"
    }

    fn text(&self) -> String {
        let chain = &self.verified.chain;
        let mut text = match &self.broken {
            None => format!("{}: {}, an unbroken chain", self.shown, counted(chain.seq, "record")),
            Some(broken) => {
                format!(
                    "{}: broken at line {}; {} before it",
                    self.shown,
                    broken.line,
                    counted(chain.seq, "record")
                )
            }
        };
        if self.verified.torn.is_some() {
            text.push_str("; a torn last line is not counted");
        }
        if let Some(head) = chain.anchor() {
            text.push_str(&format!("\nhead: {head}"));
        }
        let fit = match self.attested.fit {
            0 => String::new(),
            fit => format!(" ({} of {} fit)", fit, counted(self.anchors.len() as u64, "anchor")),
        };
        text.push_str(&format!("\n{}{fit}", self.attested.tail(chain.seq)));
        text.push_str(&approvals::lines(&self.approvals));
        for unknown in &self.verified.unknown {
            let must = if unknown.must_understand { ": nothing is run on it" } else { "" };
            let (seq, kind) = (unknown.seq, &unknown.kind);
            text.push_str(&format!(
                "\nrecord {seq} is a `{kind}`, which this version does not know{must}"
            ));
        }
        if !self.transcripts.is_empty() {
            let [there, purged, missing, altered] =
                [Kept::Present, Kept::Purged, Kept::Missing, Kept::Altered]
                    .map(|it| self.count(it));
            text.push_str(&format!(
                "\ntranscripts: {there} present, {purged} purged, {missing} missing, {altered} altered"
            ));
        }
        text
    }

    fn document(&self) -> Value {
        let chain = &self.verified.chain;
        let anchors = self.anchors.iter().map(|anchor| {
            let fits = !self.misfits.iter().any(|misfit| misfit.anchor == *anchor);
            json!({"seq": anchor.head.seq, "hash": anchor.head.hash, "at": anchor.at, "fits": fits})
        });
        let unknown = self.verified.unknown.iter().map(
            |it| json!({"seq": it.seq, "kind": it.kind, "must_understand": it.must_understand}),
        );
        let through = self.attested.through.as_ref().map(|anchor| anchor.head.seq);
        json!({
            "schema": "lifeboat.journal/v1", "path": self.shown, "whole": self.wrong().is_none(),
            "records": chain.seq, "torn_tail": self.verified.torn.is_some(), "head": chain.head,
            "attested": self.wrong().is_none() && self.attested.covers(chain.seq),
            "attested_through": through, "tail": self.attested.tail(chain.seq),
            "wrong": self.wrong(), "broken_line": self.broken.as_ref().map(|it| it.line),
            "approvals": approvals::documents(&self.approvals),
            "anchors": anchors.collect::<Vec<_>>(), "unknown": unknown.collect::<Vec<_>>(),
            "transcripts": {"present": self.count(Kept::Present), "purged": self.count(Kept::Purged),
                "missing": self.count(Kept::Missing), "altered": self.count(Kept::Altered)},
        })
    }
}

/// Reads the lines before the first bad one.
fn before(bytes: &[u8], broken: &Broken) -> Result<Verified, Failure> {
    let lines = usize::try_from(broken.line).unwrap_or(usize::MAX).saturating_sub(1);
    let good = bytes.split_inclusive(|byte| *byte == b'\n').take(lines);
    let length: usize = good.map(<[u8]>::len).sum();
    journal::verify(&bytes[..length])
        .map_err(|error| Failure::new(Exit::Internal, format!("it verified a moment ago: {error}")))
}

fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
