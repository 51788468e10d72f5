//! Breaking glass: what a person must say to run a plan without the people that its policy wants, and for how long it
//! holds.

use std::collections::BTreeSet;

use super::{PlannedApproval, Span};

/// For how long a broken glass stands in for people at most, whatever the policy says.
pub const GLASS_HOLDS: Span = Span::from_secs(900);

/// What a person types besides the plan's short digest and its target.
pub const GLASS_WORDS: &str = "break glass";

/// How many characters a reason has at least.
const CHARACTERS: usize = 40;

/// How many different words a reason has at least.
const WORDS: usize = 6;

impl PlannedApproval {
    /// Returns for how long a broken glass stands in for these people: never longer than a yes of theirs.
    pub fn glass_holds(&self) -> Span {
        self.expires.min(GLASS_HOLDS)
    }
}

/// Takes a reason that is long enough to be read afterwards; returns it with one space between its words.
///
/// # Errors
/// What was found, and what is wanted.
pub fn glass_reason(text: &str) -> Result<String, String> {
    if text.trim().contains(char::is_control) {
        return Err("a reason is one line of text".to_owned());
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let reason = words.join(" ");
    let bare = |word: &&str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let different: BTreeSet<String> =
        words.iter().map(bare).filter(|word| !word.is_empty()).collect();
    let (long, many) = (reason.chars().count(), different.len());
    if long < CHARACTERS || many < WORDS {
        return Err(format!(
            "say why nobody else can be waited for, in {CHARACTERS} characters and {WORDS} different words at least; \
             this has {long} and {many}"
        ));
    }
    Ok(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_long_and_says_more_than_one_thing() {
        let reason = "  Ben and Carla are on one flight;   the zone is gone until they land. ";
        let kept = "Ben and Carla are on one flight; the zone is gone until they land.";
        assert_eq!(glass_reason(reason).as_deref(), Ok(kept));
        let found = |text: &str| glass_reason(text).expect_err("too little");
        assert!(found("nobody is here").ends_with("this has 14 and 3"));
        assert!(found(&"now, NOW! ".repeat(20)).ends_with("and 1"));
        assert!(found(&" ".repeat(60)).ends_with("this has 0 and 0"));
        assert!(found(&format!("a b c d e f{}", " ".repeat(60))).ends_with("this has 11 and 6"));
        assert!(found(&format!("{reason}\n{reason}")).contains("one line"));
    }
}
