//! YAML documents: positioned nodes, a walk against the JSON Schema, then the model.
//!
//! Every mistake of a file is reported in one run, with line, column, excerpt and what to do.
//! [`parse()`] is the whole way from text to model; [`lint`] holds documents against each other.
//! Nothing here opens a file: whoever reads one hands over a [`Source`].

mod check;
mod code_text;
mod fault;
mod format;
mod known;
mod nearest;
mod node;
mod octodns;
mod octodns_text;
mod parse;
mod pin_text;
mod read;
mod render;
mod scalar;
mod schema;
mod secrets;
mod shape;
mod shape_compile;
mod source;
mod value;
mod walk;
mod workspace;

pub use code_text::{code_text, codes};
pub use fault::{Fault, FaultKind, Faults, LintReport};
pub use octodns::{octodns_edited, octodns_sets};
pub use parse::{estate, kind_of, parse, pins, runbook, scenario, standing};
pub use pin_text::pin_text;
pub use schema::{Kind, UnknownKind, schema};
pub use secrets::estate_without_secrets;
pub use source::Source;
pub use workspace::{Workspace, lint};
