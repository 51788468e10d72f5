//! How much memory one thread holds: an allocator that counts, and the bound that a decoder keeps.

#![expect(
    unsafe_code,
    reason = "an allocator is unsafe by its trait; all work is left to the system's"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// How many bytes a decoder may hold for each byte of its input.
pub const TIMES: usize = 64;

/// Counts what each thread holds, and the most that it held at once.
pub struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

/// Adds to what this thread holds; a block that another thread made may be freed here.
fn count(by: usize, sign: isize) {
    // A thread that ends has no counters any more.
    let _ = HELD.try_with(|held| {
        let now = held.get() + sign * by as isize;
        held.set(now);
        let _ = MOST.try_with(|most| most.set(most.get().max(now)));
    });
}

// SAFETY: every block comes from the system's allocator and goes back to it, with the layout it was made with.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(layout.size(), -1);
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size, 1);
        count(layout.size(), -1);
        unsafe { System.realloc(block, layout, size) }
    }
}

/// Returns what a piece of work returns, and the most bytes that it held at once, its result included.
pub fn most<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = HELD.get();
    MOST.set(before);
    let result = work();
    (result, (MOST.get() - before).unsigned_abs())
}

/// Decodes, and panics if that took more than [`TIMES`] the memory of the input and `ground`.
pub fn within<T>(input: usize, ground: usize, decode: impl FnOnce() -> T) -> T {
    let (result, held) = most(decode);
    let allowed = TIMES * input + ground;
    assert!(held <= allowed, "{held} bytes held for {input} bytes of input, more than {allowed}");
    result
}
