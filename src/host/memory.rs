//! What this process holds in its memory, kept from whoever looks at processes.

use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};

/// Leaves no core file, here and in whatever is started from here, and lets nobody but root read this process's memory
/// and environment.
///
/// A system that forbids either leaves things as they were: nothing depends on it, and a person in an outage is better
/// served by a tool that runs.
pub fn keep_private() {
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    let _ = prctl::set_dumpable(false);
}
