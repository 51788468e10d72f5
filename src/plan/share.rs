//! Shares: how many of a whole may be touched, small wholes too.

use crate::model::Percent;

/// A part of a whole, and how many may be touched however small the whole is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// So many, where the part comes to less.
    pub floor: usize,
    /// The part.
    pub part: Percent,
}

impl Share {
    /// Returns how many of a whole may be touched: the part or the floor, whichever is more; never the whole
    /// of anything that has two members or more; never none.
    pub fn allows(self, whole: usize) -> usize {
        let part = (whole as f64 * self.part.0 / 100.0) as usize;
        part.max(self.floor).min(whole.saturating_sub(1)).max(1)
    }

    /// Returns how many may be touched of a whole that nobody has counted.
    pub fn allows_of_the_unknown(self) -> usize {
        self.floor.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_whole_is_neither_free_nor_locked() {
        let zone = Share { floor: 10, part: Percent(30.0) };
        for (whole, most) in [(0, 1), (1, 1), (2, 1), (3, 2), (11, 10), (12, 10), (100, 30)] {
            assert_eq!(zone.allows(whole), most, "{whole}");
        }
        let half = Share { floor: 1, part: Percent(50.0) };
        for (whole, most) in [(1, 1), (2, 1), (3, 1), (4, 2), (5, 2), (1_000, 500)] {
            assert_eq!(half.allows(whole), most, "{whole}");
        }
        for percent in [0.0, 0.1, 12.5, 99.9, 100.0] {
            for whole in 2..500 {
                let most = Share { floor: 0, part: Percent(percent) }.allows(whole);
                assert!((1..whole).contains(&most), "{percent} % of {whole}: {most}");
            }
        }
    }
}
