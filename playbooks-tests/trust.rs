//! The operator's repository as somebody else may have made it: what it holds, what it names, who signed it.

pub mod bombs;
pub mod canary;
pub mod fetched;
pub mod hostile;
pub mod planted;
pub mod signed;

use libtest_mimic::Trial;

/// Returns the trials of trust.
pub fn trials() -> Vec<Trial> {
    [bombs::trials(), canary::trials(), fetched::trials(), hostile::trials(), signed::trials()]
        .into_iter()
        .flatten()
        .collect()
}
