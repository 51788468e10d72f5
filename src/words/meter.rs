//! What a template may cost: each round of a loop and each included template is paid for by its length, and
//! whatever may look through a whole value by the largest one there is.

use std::cell::Cell;

use tera::{Error, Kwargs, State};

/// The name that the meter has inside templates; nothing else may be called there.
pub(super) const NAME: &str = "__pay";

/// How many characters of templates one rendering may go through.
const PURSE: u64 = 2_000_000;

/// How many bytes of a value are looked through for the price of one character.
const LOOK: usize = 64;

thread_local! {
    /// What the rendering on this thread has left.
    static LEFT: Cell<u64> = const { Cell::new(0) };
    /// What one look through the largest value costs.
    static HEAVY: Cell<u64> = const { Cell::new(1) };
    /// Where it paid last.
    static LAST: Cell<Place> = const { Cell::new(Place { number: 0, line: 1, column: 1 }) };
}

/// What a piece of a template costs each time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Price {
    /// Its length.
    pub length: usize,
    /// How often it may look through a whole value.
    pub heavy: usize,
}

/// Where something is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The template's number.
    pub number: usize,
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
}

impl Price {
    /// Writes the call that takes this price.
    pub fn call(self, place: Place) -> String {
        let Place { number, line, column } = place;
        let (length, heavy) = (self.length.max(1), self.heavy);
        format!("{NAME}(t={number},l={line},c={column},n={length},h={heavy})")
    }
}

/// Fills the purse of this thread's next rendering, whose largest value has so many bytes.
pub(super) fn fill(largest: usize) {
    LEFT.set(PURSE);
    HEAVY.set(1 + (largest / LOOK) as u64);
}

/// Tells whether the last rendering on this thread ran out.
pub(super) fn is_empty() -> bool {
    LEFT.get() == 0
}

/// Returns where the last rendering on this thread paid last.
pub(super) fn last() -> Place {
    LAST.get()
}

/// Takes the price of one piece of a template.
pub(super) fn pay(arguments: Kwargs, _: &State) -> Result<String, Error> {
    let number = |name| arguments.must_get::<usize>(name);
    LAST.set(Place { number: number("t")?, line: number("l")?, column: number("c")? });
    let heavy = HEAVY.get().saturating_mul(number("h")? as u64);
    let price = heavy.saturating_add(number("n")? as u64);
    let left = LEFT.get().saturating_sub(price);
    LEFT.set(left);
    if left == 0 {
        Err(Error::message("the template goes round too often"))
    } else {
        Ok(String::new())
    }
}
