//! How many sockets this process may hold at once: one seat each, given fairly.

use std::sync::{Arc, OnceLock};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Deadline, NetError};

/// File descriptors kept for files, pipes and the runtime.
const RESERVE: u64 = 64;

/// The most seats, however generous the system is.
const MOST: u64 = 16_384;

/// A socket's right to exist; given back when dropped.
pub(super) type Seat = OwnedSemaphorePermit;

/// Returns how many sockets this process may hold, raising the soft limit to the hard one first.
pub fn seats() -> usize {
    house().1
}

/// Waits for a seat in the order of arrival, for at most half of the time left: whoever gets one has the
/// other half, so that a late start is not taken for a silent peer.
pub(super) async fn take(deadline: Deadline) -> Result<Seat, NetError> {
    let deadline = deadline.within(deadline.left() / 2);
    let seat = deadline.run(Arc::clone(&house().0).acquire_owned()).await;
    seat.ok_or(NetError::NoSeat)?.map_err(|_| NetError::NoSeat)
}

/// Takes a seat if plenty are free: what can do without a socket of its own leaves the last two thirds
/// to what cannot, such as streams.
pub(super) fn take_spare() -> Option<Seat> {
    let (house, seats) = house();
    let plenty = house.available_permits() > seats - seats / 3;
    plenty.then(|| Arc::clone(house).try_acquire_owned().ok())?
}

fn house() -> &'static (Arc<Semaphore>, usize) {
    static HOUSE: OnceLock<(Arc<Semaphore>, usize)> = OnceLock::new();
    HOUSE.get_or_init(|| {
        let limit = raised().clamp(RESERVE + 16, MOST + RESERVE) - RESERVE;
        let seats = usize::try_from(limit).unwrap_or(16);
        (Arc::new(Semaphore::new(seats)), seats)
    })
}

/// Raises the soft limit as far as it goes and returns where it stands.
fn raised() -> u64 {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return 1024 };
    let wanted = hard.min(MOST + RESERVE).max(soft);
    match setrlimit(Resource::RLIMIT_NOFILE, wanted, hard) {
        Ok(()) => wanted,
        Err(_) => soft,
    }
}
