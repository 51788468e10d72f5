//! BIRD's control socket (its programmer's manual, "Client/server protocol"), both ways.
//!
//! A reply is lines of `NNNN-text`, then `NNNN text`; a line that starts with a space goes on with the
//! code before it, one that starts with `+` is an unasked message. 8xxx is a runtime error, 9xxx a syntax error.

mod manners;
mod reply;
mod show;
mod since;

pub use manners::Manners;
pub use reply::{BirdError, Line, MOST, Reply};
pub use show::{Command, Protocol, Route, Status, encode};
