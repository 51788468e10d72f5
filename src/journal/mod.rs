//! The journal: its lines and their chain, and the folds that say where a run stands.
//!
//! The one table of legal transitions is in `change_state` and `step_state`; [`RunState`] folds a
//! plan's records through it. Nothing here decides what to do next (that is `engine`'s), and
//! files are `store`'s.

pub mod anchor;
mod approval;
mod change_state;
mod changing;
mod fact;
mod fence;
mod halt;
mod key;
pub mod line;
mod rival;
mod run_reading;
mod run_state;
mod step_state;
mod transcript;
mod transition;
mod written;

pub use anchor::{Anchor, Attested, Misfit, attest};
pub use approval::{Glass, Incident, Vouched, Yes, broken_glass, incident, yeses};
pub use change_state::{ChangeProgress, ChangeState, TRIES};
pub use changing::{Changing, Leg};
pub use fact::facts;
pub use fence::{overtaken, superseded};
pub use halt::{HaltRequest, halt_asked};
pub use key::key;
pub use line::{Broken, Chain, Torn, Unknown, Verified, verify};
pub use rival::{Rival, may_land_until, rival};
pub use run_state::{RunState, Standing};
pub use step_state::{Doing, Parcel, StepState, Waited};
pub use transcript::{NamedTranscript, named_transcripts, open_run};
pub use transition::Illegal;
pub use written::{Left, Written, left, written};
