//! Where one change of a step stands, and the moves that are legal from there.

use jiff::{SignedDuration, Timestamp};

use crate::model::{Direction, End};

/// How often one write is tried before a person decides.
pub const TRIES: u8 = 3;

/// One change's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeState {
    /// Nothing was seen or sent.
    Untouched,
    /// A write may have left, and what became of it is not known yet.
    InDoubt {
        /// Toward where.
        direction: Direction,
        /// After this it can no longer land, by the clock of the process that runs now.
        lands_by: Timestamp,
        /// How long after its intent that is.
        within: SignedDuration,
        /// Which try it is, from 1.
        tries: u8,
        /// Whether reading it back failed.
        unread: bool,
    },
    /// The service put it off: nothing changed.
    Deferred {
        /// Toward where.
        direction: Direction,
        /// Before this it is not tried again, by the clock of the process that runs now.
        until: Timestamp,
        /// How long after it was put off that is.
        within: SignedDuration,
        /// How many tries it took.
        tries: u8,
    },
    /// What became of it is known.
    Settled {
        /// Toward where.
        direction: Direction,
        /// How it ended.
        end: End,
        /// How many tries it took; 0 when nothing was sent.
        tries: u8,
    },
}

/// One change's place and its past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeProgress {
    /// Its place.
    pub state: ChangeState,
    /// How many writes were intended, ever and in both directions: no key is used twice.
    pub attempts: u32,
    /// Whether this plan wrote what is there, so that it may put it back.
    pub ours: bool,
}

impl Default for ChangeProgress {
    fn default() -> Self {
        Self { state: ChangeState::Untouched, attempts: 0, ours: false }
    }
}

impl ChangeState {
    /// Returns the place after an intent formed at a time; `None` when none may be formed here.
    pub fn intended(self, toward: Direction, at: Timestamp, lands_by: Timestamp) -> Option<Self> {
        let within = lands_by.duration_since(at);
        let again =
            |tries| Self::InDoubt { direction: toward, lands_by, within, tries, unread: false };
        match (self, toward) {
            (Self::Untouched, Direction::Do)
            | (Self::Settled { direction: Direction::Do, end: End::Landed, .. }, Direction::Undo) => {
                Some(again(1))
            }
            (
                Self::Settled { direction, end: End::Absent, tries }
                | Self::Deferred { direction, tries, .. },
                _,
            ) if direction == toward && tries < TRIES => Some(again(tries + 1)),
            _ => None,
        }
    }

    /// Returns the place after the service has put a write off at a time; `None` when none is under way.
    pub fn deferred(self, toward: Direction, at: Timestamp, until: Timestamp) -> Option<Self> {
        let Self::InDoubt { direction, tries, .. } = self else { return None };
        let within = until.duration_since(at);
        (direction == toward).then_some(Self::Deferred { direction, until, within, tries })
    }

    /// Returns the place as a process sees it that takes the run up at a time. The clock may have been set
    /// since, so what is in doubt is waited out anew and in full, and nothing is put off for longer than it was.
    #[must_use]
    pub fn taken_up(self, at: Timestamp) -> Self {
        let after = |within| at.saturating_add(within).unwrap_or(Timestamp::MAX);
        match self {
            Self::InDoubt { direction, within, tries, unread, .. } => {
                Self::InDoubt { direction, lands_by: after(within), within, tries, unread }
            }
            Self::Deferred { direction, until, within, tries } => {
                Self::Deferred { direction, until: until.min(after(within)), within, tries }
            }
            Self::Untouched | Self::Settled { .. } => self,
        }
    }

    /// Returns the place after a write or a look has ended; `None` when it cannot end so here.
    pub fn settled(self, toward: Direction, end: End) -> Option<Self> {
        // A look also ends as refused, where a limit no longer lets a write leave.
        let looked = end != End::Absent;
        let settled = |tries| Self::Settled { direction: toward, end, tries };
        match (self, end) {
            (Self::InDoubt { direction, lands_by, within, tries, .. }, End::Unreadable) => {
                let unread = Self::InDoubt { direction, lands_by, within, tries, unread: true };
                (direction == toward).then_some(unread)
            }
            (Self::InDoubt { direction, tries, .. }, _) => {
                (direction == toward).then_some(settled(tries))
            }
            (Self::Untouched, _) => (looked && toward == Direction::Do).then_some(settled(0)),
            (Self::Settled { direction: Direction::Do, end: End::Landed, .. }, _) => {
                (looked && toward == Direction::Undo).then_some(settled(0))
            }
            (
                Self::Settled { direction, end: End::Absent, tries }
                | Self::Deferred { direction, tries, .. },
                _,
            ) => (looked && direction == toward).then_some(settled(tries)),
            (Self::Settled { .. }, _) => None,
        }
    }

    /// Returns the place from which a person's `resume` starts: what had failed is open again.
    #[must_use]
    pub const fn mended(self) -> Self {
        match self {
            Self::InDoubt { direction, lands_by, within, tries, .. } => {
                Self::InDoubt { direction, lands_by, within, tries, unread: false }
            }
            Self::Untouched | Self::Settled { end: End::Landed, .. } => self,
            Self::Settled { direction: Direction::Do, .. }
            | Self::Deferred { direction: Direction::Do, .. } => Self::Untouched,
            Self::Settled { direction: Direction::Undo, .. }
            | Self::Deferred { direction: Direction::Undo, .. } => Self::LANDED,
        }
    }

    /// Landed as planned, and not yet looked at on the way back.
    pub(super) const LANDED: Self =
        Self::Settled { direction: Direction::Do, end: End::Landed, tries: 0 };

    /// Tells whether a write may still be under way.
    pub const fn is_in_doubt(self) -> bool {
        matches!(self, Self::InDoubt { .. })
    }

    /// Tells whether the target has the value of a direction.
    pub fn has_landed(self, toward: Direction) -> bool {
        matches!(self, Self::Settled { direction, end: End::Landed, .. } if direction == toward)
    }

    /// Tells whether the change has failed in a direction, so that nothing more is tried by itself.
    pub fn has_failed(self, toward: Direction) -> bool {
        match self {
            Self::Untouched | Self::Settled { end: End::Landed, .. } => false,
            Self::InDoubt { unread, .. } => unread,
            Self::Settled { direction, end: End::Absent, tries }
            | Self::Deferred { direction, tries, .. } => direction == toward && tries >= TRIES,
            Self::Settled {
                direction, end: End::Drifted | End::Refused | End::Unreadable, ..
            } => direction == toward,
        }
    }
}

impl ChangeProgress {
    /// Takes an intent.
    #[must_use]
    pub fn intended(self, toward: Direction, at: Timestamp, lands_by: Timestamp) -> Option<Self> {
        let state = self.state.intended(toward, at, lands_by)?;
        Some(Self { state, attempts: self.attempts.saturating_add(1), ..self })
    }

    /// Takes an end; what landed with no write of ours is not ours to put back.
    #[must_use]
    pub fn settled(self, toward: Direction, end: End) -> Option<Self> {
        let state = self.state.settled(toward, end)?;
        let ours = match (state, toward) {
            (ChangeState::Settled { end: End::Landed, tries, .. }, Direction::Do) => tries > 0,
            (_, Direction::Do | Direction::Undo) => self.ours,
        };
        Some(Self { state, ours, ..self })
    }

    /// Tells whether an undo has this change still to reverse.
    pub fn is_to_reverse(&self) -> bool {
        self.ours
            && match self.state {
                ChangeState::Untouched => false,
                ChangeState::InDoubt { direction, .. }
                | ChangeState::Deferred { direction, .. } => direction == Direction::Undo,
                ChangeState::Settled { direction: Direction::Do, end, .. } => end == End::Landed,
                ChangeState::Settled { direction: Direction::Undo, end, .. } => end != End::Landed,
            }
    }

    /// Tells whether the change was reversed.
    pub fn is_reversed(&self) -> bool {
        self.ours && self.state.has_landed(Direction::Undo)
    }
}
