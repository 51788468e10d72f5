//! Reports for terminals and JSON; nothing here decides anything and nothing here writes anywhere.
//!
//! Every function returns text. [`Style`] says how wide, in colour or not, in whose time zone, and whether
//! it is an exercise. Whatever is shown goes through one page, which spells out what could drive a terminal.

mod bar;
mod change;
mod delta;
mod diagnosis;
mod incident;
pub mod json;
mod page;
mod plan;
mod progress;
mod readiness;
mod runbook;
mod score;
mod step;
mod style;
mod zones;

pub use bar::Progress;
pub use delta::{Against, delta};
pub use diagnosis::{diagnosis, facts};
pub use incident::{Shown, incidents, status, timeline};
pub use plan::{Seal, plan};
pub use progress::progress;
pub use readiness::readiness;
pub use runbook::{Listed, runbook_list, runbook_show};
pub use score::score;
pub use style::Style;
pub use zones::{zone_diffs, zone_parities, zone_snapshots};
