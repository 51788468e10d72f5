//! The run machine, sans I/O: `open(Approved, &[Record])`, `step(now, Input) -> Output`.
//!
//! What comes next follows from the fold of the journal alone, so *resume is open* and an undo is the
//! same machine on the reversed changes. A write is only emitted once its intent was reported durable.
//! The caller appends each event with the same `now` that it gave to the step that asked for it.

mod approved;
mod backward;
mod forward;
mod machine;
mod pace;
mod reply;
mod talk;

pub use approved::{Approved, NotApproved};
pub use machine::{Engine, LEEWAY};
pub use talk::{Halt, Input, Output};
