//! Questions that are asked at the same time, so that whoever has an answer may listen on while others wait for theirs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::watch;

/// A group of questions; cheap to clone.
#[derive(Clone, Debug)]
pub struct Companions(Arc<watch::Sender<usize>>);

/// One question of a group: open until something answers it, or nothing is waited for any more.
#[derive(Debug)]
pub struct Companion {
    group: Companions,
    course: AtomicU8,
}

const OPEN: u8 = 0;
const ANSWERED: u8 = 1;
const GIVEN_UP: u8 = 2;

impl Default for Companions {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl Companions {
    /// Adds a question, which is open.
    pub fn enter(&self) -> Arc<Companion> {
        self.0.send_modify(|open| *open += 1);
        Arc::new(Companion { group: self.clone(), course: AtomicU8::new(OPEN) })
    }

    /// Waits until no question of the group is open.
    pub(super) async fn all_closed(&self) {
        // The sender lives in `self`, so that the wait cannot fail.
        let _ = self.0.subscribe().wait_for(|open| *open == 0).await;
    }
}

impl Companion {
    /// Takes note of its answer.
    pub fn answered(&self) {
        self.close(ANSWERED);
    }

    /// Takes note that nothing is waited for any more.
    pub fn over(&self) {
        self.close(GIVEN_UP);
    }

    /// Tells whether it was answered.
    pub fn is_answered(&self) -> bool {
        self.course.load(Ordering::Acquire) == ANSWERED
    }

    /// Waits until no question of its group is open.
    pub(super) async fn alone(&self) {
        self.group.all_closed().await;
    }

    fn close(&self, how: u8) {
        let was = self.course.compare_exchange(OPEN, how, Ordering::AcqRel, Ordering::Acquire);
        if was.is_ok() {
            self.group.0.send_modify(|open| *open -= 1);
        }
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        self.close(GIVEN_UP);
    }
}
