//! The tokio loop that carries out what the engine asks; live or drill is one value.

pub mod anchors;
mod bindings;
pub mod carried;
pub mod codes;
mod custody;
mod error;
pub mod ground;
pub mod hindsight;
pub mod judge;
mod leash;
mod loose;
mod operation;
pub mod pin;
pub mod pin_file;
pub mod plans;
mod play;
mod prove;
pub mod readiness;
mod run;
pub mod sharing;
pub mod signers;
pub mod standing;
mod stands;
mod stops;
pub mod survey;
mod tell;
pub mod zones;

pub use custody::{Custody, Rebound, Standing, own_lists};
pub use error::DriveError;
pub use leash::Leash;
pub use operation::{Operation, Shelved, http, sha256};
pub use play::Play;
pub use run::{Crew, News, Watch, run};
pub use standing::{Envelope, Envelopes, Lone};
pub use stops::{Asked, Stops};
pub use tell::preview;
