//! The drill's world: each server answers the real client codecs through a sealed door, a fault makes
//! exactly the right things vanish, and what is written through an API is what names answer later.

mod asking;
mod faults;
mod registries;
mod servers;
mod writes;

use libtest_mimic::Trial;

pub use asking::{Drill, folder, load, play};

pub fn trials() -> Vec<Trial> {
    [servers::trials(), faults::trials(), registries::trials(), writes::trials()]
        .into_iter()
        .flatten()
        .collect()
}
