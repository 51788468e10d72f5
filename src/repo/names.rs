//! Names of a tree's entries: what could lead elsewhere, or hide what it is, is refused by its name.

use std::fmt;

/// The most bytes of one name: what file systems hold.
const LONGEST: usize = 255;

/// What is wrong with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Empty.
    Empty,
    /// `.` or `..`, also where a file system drops what follows.
    Climbs,
    /// It holds a slash or a backslash.
    Separates,
    /// `.git`, or what a file system takes for it.
    GitFolder,
    /// It holds a control character.
    Control,
    /// It is no UTF-8.
    NotText,
    /// It is longer than a file system holds.
    TooLong,
    /// A symbolic link.
    Link,
    /// Another repository.
    Submodule,
    /// A mode that git does not write.
    Mode,
    /// Another entry has the same name.
    Twice,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "its name is empty",
            Self::Climbs => "its name leads out of its folder",
            Self::Separates => "its name holds a slash or a backslash",
            Self::GitFolder => "a file system takes its name for `.git`",
            Self::Control => "its name holds a control character",
            Self::NotText => "its name is no UTF-8 text",
            Self::TooLong => "its name is longer than 255 bytes",
            Self::Link => "it is a symbolic link",
            Self::Submodule => "it is another repository (a submodule)",
            Self::Mode => "git writes no entry of its mode",
            Self::Twice => "two entries have its name",
        })
    }
}

/// Returns what would make a name dangerous in any folder of a tree.
pub fn escape(name: &[u8]) -> Option<Flaw> {
    let trimmed = name.trim_ascii_end();
    match name {
        [] => Some(Flaw::Empty),
        b"." | b".." => Some(Flaw::Climbs),
        _ if trimmed == b".." || trimmed == b"." => Some(Flaw::Climbs),
        _ if name.contains(&b'/') => Some(Flaw::Separates),
        _ if is_git_folder(name) => Some(Flaw::GitFolder),
        _ => None,
    }
}

/// Returns what is wrong with a name in a folder whose files are taken.
pub fn flaw(name: &[u8]) -> Option<Flaw> {
    if let Some(flaw) = escape(name) {
        return Some(flaw);
    }
    if name.len() > LONGEST {
        return Some(Flaw::TooLong);
    }
    if name.contains(&b'\\') {
        return Some(Flaw::Separates);
    }
    match std::str::from_utf8(name) {
        Err(_) => Some(Flaw::NotText),
        Ok(text) if text.chars().any(char::is_control) => Some(Flaw::Control),
        Ok(_) => None,
    }
}

/// Tells whether some file system takes a name for `.git`: any case, HFS+ without the characters that it ignores,
/// NTFS without trailing dots and spaces, its short name `git~1`, and its streams (`.git::$INDEX_ALLOCATION`).
fn is_git_folder(name: &[u8]) -> bool {
    let seen: String = String::from_utf8_lossy(name).chars().filter(|c| !is_ignored(*c)).collect();
    // NTFS also takes a backslash for the end of a name.
    let first = seen.split([':', '\\']).next().unwrap_or_default();
    let first = first.trim_end_matches(['.', ' ']).to_lowercase();
    first == ".git" || first == "git~1"
}

/// Tells the characters that HFS+ passes over when it compares names.
fn is_ignored(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_have_no_flaw() {
        for name in
            ["tracker-loss.yaml", ".gitignore", ".gitattributes", "git", "münchen.md", "..."]
        {
            assert_eq!(flaw(name.as_bytes()), None, "{name}");
        }
    }

    #[test]
    fn every_way_out_is_named() {
        let cases: [(&[u8], Flaw); 16] = [
            (b"", Flaw::Empty),
            (b".", Flaw::Climbs),
            (b"..", Flaw::Climbs),
            (b".. ", Flaw::Climbs),
            (b"a/b", Flaw::Separates),
            (b"..\\b", Flaw::Separates),
            (b".git", Flaw::GitFolder),
            (b".GiT", Flaw::GitFolder),
            (b".git. .", Flaw::GitFolder),
            (b"GIT~1", Flaw::GitFolder),
            (b".git::$INDEX_ALLOCATION", Flaw::GitFolder),
            (b".git\\config", Flaw::GitFolder),
            (".g\u{200c}it".as_bytes(), Flaw::GitFolder),
            (b"a\x1b[2Jb", Flaw::Control),
            (b"a\xff", Flaw::NotText),
            (&[b'a'; 256], Flaw::TooLong),
        ];
        for (name, expected) in cases {
            assert_eq!(flaw(name), Some(expected), "{}", String::from_utf8_lossy(name));
        }
    }
}
