//! What is kept on disk: incidents, journals, plans, locks, since when facts have held.
//!
//! `<root>/<estate>/<incident>/{journal.jsonl,plans/<short>.json,messages/,blobs/}`. Appends hold a lock for
//! milliseconds, so that notes and approvals work during a run; effects hold the long ones of `locks`. What a record
//! means is `journal`'s; nothing here decides.

mod error;
mod incident;
mod incidents;
mod locks;
pub mod plans;
pub mod published;
pub mod rehearsals;
mod seen;
pub mod since;
mod take_over;
pub mod transcripts;

pub use error::StoreError;
pub use incident::Incident;
pub use incidents::{Declaration, Incidents, Listed};
pub use locks::{Hold, Signer};
pub use seen::{ByHand, Seen, SeenBook, SeenCommit};
pub use transcripts::Kept;
