//! What a template may cost: each round of a loop and each included template is paid for by its length.

use std::cell::Cell;

use tera::{Error, Kwargs, State};

/// The name that the meter has inside templates; nothing else may be called there.
pub(super) const NAME: &str = "__pay";

/// How many characters of templates one rendering may go through.
const PURSE: u64 = 2_000_000;

thread_local! {
    /// What the rendering on this thread has left.
    static LEFT: Cell<u64> = const { Cell::new(0) };
}

/// Fills the purse of this thread's next rendering.
pub(super) fn fill() {
    LEFT.set(PURSE);
}

/// Tells whether the last rendering on this thread ran out.
pub(super) fn is_empty() -> bool {
    LEFT.get() == 0
}

/// Takes the price of one piece of a template.
pub(super) fn pay(arguments: Kwargs, _: &State) -> Result<String, Error> {
    let price = arguments.must_get::<u64>("n")?;
    let left = LEFT.get().saturating_sub(price);
    LEFT.set(left);
    if left == 0 {
        Err(Error::message("the template goes round too often"))
    } else {
        Ok(String::new())
    }
}
