//! Signals and terminals: whatever stops a run or its terminal, it goes on where it stood, and does nothing twice.
//!
//! The real program, at a terminal of its own, against servers of this process that hold their answers: each moment
//! is reached because something was said or written, never because time has passed.

mod commands;
mod matrix;
mod moment;
pub mod pty;
pub mod rig;
pub mod servers;

use libtest_mimic::Trial;

/// Returns the trials of signals and terminals.
pub fn trials() -> Vec<Trial> {
    [commands::trials(), matrix::trials()].into_iter().flatten().collect()
}
