//! `docs/promises.md` against the trials: each row names trials that exist, and each numbered trial has a row.

use crate::pace;
use libtest_mimic::Trial;
use std::collections::BTreeSet;
use std::fs;

/// Returns the trials of the promises; `names` are the names of all the others.
pub fn trials(names: Vec<String>) -> Vec<Trial> {
    vec![pace::trial("promises::rows_and_trials_name_each_other", move || {
        held(&fs::read_to_string("docs/promises.md").unwrap(), &names);
    })]
}

/// Tells a trial that carries a promise: `a6_every_flipped_bit_is_found`.
fn number(name: &str) -> Option<String> {
    let function = name.rsplit("::").next()?;
    let (number, _) = function.split_once('_')?;
    let (letter, digits) = number.split_at_checked(1)?;
    let is_one = ["a", "b", "c", "d", "e"].contains(&letter)
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_one.then(|| number.to_uppercase())
}

fn held(text: &str, names: &[String]) {
    let known: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let mut named = BTreeSet::new();
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Promise"));
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [promise, what, trials, threshold] = cells[..] else { panic!("four cells: {row}") };
        assert!(!what.is_empty() && !threshold.is_empty(), "says what and how much: {row}");
        let trials: Vec<&str> = trials.split('`').skip(1).step_by(2).collect();
        assert!(!trials.is_empty(), "names its trials: {row}");
        for trial in trials {
            assert!(known.contains(trial), "{promise}: there is no trial `{trial}`");
            named.insert((promise.to_owned(), trial));
        }
    }
    for name in names {
        if let Some(promise) = number(name) {
            assert!(named.contains(&(promise.clone(), name)), "`{name}` is in no row of {promise}");
        }
    }
}
