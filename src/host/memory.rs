//! What this process holds in its memory: kept from whoever looks at processes, and no more than it needs.

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

/// The size in bytes from which on something has pages of its own, which go back as soon as it is let go.
#[cfg(target_env = "gnu")]
const LARGE: i32 = 128 << 10;

/// Has all threads share one heap, and gives back what is no longer used.
///
/// Left alone, glibc gives threads heaps of their own, and keeps the more for later the larger the replies that were let go
/// (mallopt(3)). Call it before there are threads. Where it is refused, things stay as they were.
#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "the settings of glibc's allocator are globals of C")]
pub fn keep_small() {
    use nix::libc::{M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD, mallopt};
    for (setting, value) in [(M_ARENA_MAX, 1), (M_MMAP_THRESHOLD, LARGE), (M_TRIM_THRESHOLD, LARGE)]
    {
        // SAFETY: there is one thread, and each setting takes any number.
        let _ = unsafe { mallopt(setting, value) };
    }
}

/// Other allocators are left as they come.
#[cfg(not(target_env = "gnu"))]
pub const fn keep_small() {}
