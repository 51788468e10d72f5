//! Views to text by templates: escaped by output format, bounded, and a missing value is an error.
//!
//! [`Library`] holds the templates. They are a small language: values, `if`, `for`, `include` and a few filters;
//! no environment, no files, nothing that grows. Every text of a drill begins with EXERCISE.

mod error;
mod format;
mod language;
mod library;
mod meter;
mod page;
mod question;
mod scan;
mod setting;

pub use error::WordsError;
pub use format::Format;
pub use library::Library;
pub use page::{html, page};
pub use question::question;
