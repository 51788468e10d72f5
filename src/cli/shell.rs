//! Words of a line that is printed to be pasted into a shell.

/// Writes a word so that `sh` reads that word and nothing else (POSIX.1-2024 XCU §2.2.2); one that begins with `-` is a
/// path here, never an option.
pub fn word(text: &str) -> String {
    let text = if text.starts_with('-') { format!("./{text}") } else { text.to_owned() };
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./-+:,@%=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_word_is_quoted_where_a_shell_would_read_more_into_it() {
        for plain in ["standing/at-night.yaml", "/a/b_c-d+1:2,3@4%5=6"] {
            assert_eq!(word(plain), plain);
        }
        assert_eq!(word(""), "''");
        assert_eq!(word("-rf"), "./-rf");
        assert_eq!(word("a b"), "'a b'");
        assert_eq!(word("it's"), "'it'\\''s'");
        assert_eq!(word("$(x) `y` \"z\" \\ ~ * ;\n"), "'$(x) `y` \"z\" \\ ~ * ;\n'");
    }
}
