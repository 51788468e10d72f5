//! Printed one-time codes, as files and records name them: the line that knows a code again, the mark that one leaves.
//!
//! What a code is, and what its key says, is `trust`'s.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ApprovalMeans, Id};

/// What proves a yes, as its record says.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ApprovalProof {
    /// They typed the short digest and the target at a terminal.
    Terminal,
    /// They signed with a key of their own.
    Signature,
    /// They read a printed code out over the phone, and somebody else typed it.
    Code,
}

impl From<ApprovalMeans> for ApprovalProof {
    fn from(means: ApprovalMeans) -> Self {
        match means {
            ApprovalMeans::Terminal => Self::Terminal,
            ApprovalMeans::Signature => Self::Signature,
        }
    }
}

/// The printed code that a yes rests on. The code itself stands nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeMark {
    /// Its number on the sheet.
    pub number: u8,
    /// The key of its line, in hexadecimal.
    pub key: String,
    /// The armored signature that the code itself makes over the statement of plan and record.
    pub seal: String,
}

/// What is kept of one code of a sheet: enough to know it again, too little to make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeLine {
    /// Whose sheet.
    pub contact: Id,
    /// Its number, from 1.
    pub number: u8,
    /// What the code was mixed with.
    pub salt: [u8; 16],
    /// The public half of the Ed25519 key that the code and the salt make.
    pub key: [u8; 32],
}

impl CodeLine {
    /// Returns its key in hexadecimal, as records name it.
    pub fn key_text(&self) -> String {
        hexadecimal(&self.key)
    }
}

impl fmt::Display for CodeLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (salt, key) = (hexadecimal(&self.salt), hexadecimal(&self.key));
        write!(f, "{} {} {salt} {key}", self.contact, self.number)
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The sheets of everybody; they lie beside the estate as [`CodeSheets::NAME`] and are committed with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeSheets {
    /// Every line, each contact's number once.
    pub lines: Vec<CodeLine>,
}

impl CodeSheets {
    /// The file's name, in the estate's folder.
    pub const NAME: &str = "one_time_codes";

    /// How many codes a sheet has at most.
    pub const MOST: u8 = 50;

    /// Returns a contact's lines.
    pub fn of<'a>(&'a self, contact: &str) -> impl Iterator<Item = &'a CodeLine> {
        self.lines.iter().filter(move |line| line.contact == *contact)
    }

    /// Puts a new sheet in the place of a contact's old one, whose codes are void from then on.
    pub fn replace(&mut self, contact: &Id, sheet: Vec<CodeLine>) {
        self.lines.retain(|line| line.contact != *contact);
        self.lines.extend(sheet);
    }
}
