//! Pattern lists (ssh_config(5), "PATTERNS"): `*`, `?`, commas, and `!`, which beats every other.

/// The longest pattern that is compared; a longer one matches nothing, as in `ssh-keygen`.
const LONGEST: usize = 1022;

/// Tells whether a list lets a text in: one pattern matches, and none that begins with `!` does.
pub fn lets_in(list: &str, text: &str) -> bool {
    let mut found = false;
    let mut patterns = list.split(',').peekable();
    while let Some(pattern) = patterns.next() {
        // A comma at the end of the list begins no further pattern.
        if pattern.is_empty() && patterns.peek().is_none() {
            break;
        }
        let (negated, pattern) = match pattern.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, pattern),
        };
        if pattern.len() > LONGEST {
            return false;
        }
        if matches(pattern.as_bytes(), text.as_bytes()) {
            if negated {
                return false;
            }
            found = true;
        }
    }
    found
}

/// Matches one pattern, in time that grows with the product of both lengths at most.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut star) = (0, None);
    let mut here = 0;
    while here < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, here));
                at += 1;
            }
            Some(wanted) if *wanted == b'?' || *wanted == text[here] => {
                at += 1;
                here += 1;
            }
            Some(_) | None => {
                let Some((back, from)) = star else { return false };
                star = Some((back, from + 1));
                at = back + 1;
                here = from + 1;
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::lets_in;

    #[test]
    fn lists_read_as_in_ssh_config() {
        for (list, text, yes) in [
            ("anna", "anna", true),
            ("anna", "Anna", false),
            ("anna", "annab", false),
            ("a*a", "anna", true),
            ("a?a", "anna", false),
            ("*,!anna", "anna", false),
            ("!anna,*", "anna", false),
            ("*,!anna", "bert", true),
            ("!anna", "bert", false),
            ("ben,anna", "anna", true),
            ("", "", false),
            ("", "anna", false),
            ("*", "", true),
            (",", "", true),
            ("!", "", false),
            ("*a*b*c", "xxaxxbxxbc", true),
            ("*a*b*c", "xxaxxcxxb", false),
        ] {
            assert_eq!(lets_in(list, text), yes, "`{list}` and `{text}`");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let list = "*a".repeat(500);
        assert!(!lets_in(&format!("{list}b"), &"a".repeat(5_000)));
    }
}
