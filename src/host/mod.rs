//! The one door to the machine: files, environment, processes, clock, secrets, terminal, signals.
//!
//! Live and drill differ only in the values made here: [`Clock::wall`] or [`Clock::scripted`],
//! [`Secrets::live`] or [`Secrets::scripted`], [`Processes::live`] or [`Processes::refused`].
//! Nothing here opens a socket (that is `net`) and nothing here knows what an incident is.
#![expect(clippy::disallowed_methods, reason = "this is the door to the machine")]

mod ask;
mod clock;
mod environment;
mod error;
pub mod files;
mod life;
mod lock;
pub mod memory;
mod processes;
pub mod random;
mod secrets;
mod signals;
mod terminal;

pub use ask::{Ask, Deny, ScriptedAsk, TerminalAsk};
pub use clock::{Busy, Clock};
pub use environment::Environment;
pub use error::HostError;
pub use files::Appender;
pub use life::life;
pub use lock::{Lock, LockMark};
pub use processes::{Finished, Job, Processes};
pub use secrets::{Secrets, Withholds};
pub use signals::{Heard, StopAsked, StopRequests};
pub use terminal::{Channel, Terminal, Wrote};
