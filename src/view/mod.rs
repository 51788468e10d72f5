//! Views: folds over the journal that people read. No clock, no wording for customers.
//!
//! [`Chronicle`] is the one fold; [`status()`], [`postmortem()`], [`handoff()`], [`score()`] and [`MessageContext`]
//! are cuts of it as plain data. `now` is always an argument; what a view must not do is decide.

mod chronicle;
mod delta;
mod duties;
mod fold;
mod handoff;
mod message;
mod phrase;
mod postmortem;
mod readiness;
mod run;
mod score;
mod sentence;
mod status;
mod time;
mod vendor;

pub use chronicle::{
    Approval, Asking, BrokenGlass, Chronicle, Entry, Judged, Note, Notice, Problem, State, Times,
};
pub use delta::{Difference, ORDER, delta};
pub use duties::{Duty, UNNAMED};
pub use handoff::{Handoff, handoff};
pub use message::{MessageContext, TeamContext, next_update};
pub use postmortem::{Background, Evidence, Line, Postmortem, postmortem};
pub use readiness::{CarriedOut, carried_out, grades};
pub use run::{Alteration, Ending, Hold, Proof, Run, RunState};
pub use score::{Score, Scored, score};
pub use sentence::sentence;
pub use status::{LocksSeen, Status, status};
pub use time::{lasted, moment, moment_to_the_second};
pub use vendor::VendorWords;
