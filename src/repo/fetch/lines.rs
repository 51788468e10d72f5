//! The lines of git's smart protocol, version 0 (gitprotocol-common(5), gitprotocol-pack(5)).

use git2::Oid;

/// The most lines of one answer.
const MOST: usize = 100_000;

/// Takes the next line; `Some(None)` is a flush, `None` what is no line.
fn next(bytes: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let digits = std::str::from_utf8(bytes.get(..4)?).ok()?;
    match usize::from_str_radix(digits, 16).ok()? {
        0 => Some((None, &bytes[4..])),
        length @ 4.. => Some((Some(bytes.get(4..length)?), &bytes[length..])),
        1..=3 => None,
    }
}

/// Writes one line.
pub(super) fn line(text: &str) -> String {
    format!("{:04x}{text}", text.len() + 4)
}

/// Returns the commit of a branch in an answer to `info/refs`; `Some(None)` when it is not there, `None` when the
/// answer is none of the smart protocol.
pub(super) fn advertised(answer: &[u8], branch: &str) -> Option<Option<Oid>> {
    let (first, mut rest) = next(answer)?;
    if first?.trim_ascii_end() != b"# service=git-upload-pack" {
        return None;
    }
    (_, rest) = next(rest).filter(|(flush, _)| flush.is_none())?;
    for _ in 0..MOST {
        let (Some(line), after) = next(rest)? else { return Some(None) };
        let said = line.split(|byte| *byte == 0).next().unwrap_or_default().trim_ascii_end();
        let (id, name) = said.split_at_checked(40)?;
        if name.strip_prefix(b" ") == Some(branch.as_bytes()) {
            return std::str::from_utf8(id).ok().and_then(|id| Oid::from_str(id).ok()).map(Some);
        }
        rest = after;
    }
    None
}

/// Writes what is wanted and what is here already.
pub(super) fn wanted(tip: Oid, here: &[Oid]) -> String {
    let agent = concat!("agent=lifeboat/", env!("CARGO_PKG_VERSION"));
    let mut text = line(&format!("want {tip} ofs-delta no-progress {agent}\n"));
    text.push_str("0000");
    text.extend(here.iter().map(|id| line(&format!("have {id}\n"))));
    text + &line("done\n")
}

/// Returns the pack in an answer, after the lines that say what is common.
pub(super) fn pack_of(answer: &[u8]) -> Option<&[u8]> {
    let mut rest = answer;
    for _ in 0..MOST {
        if rest.starts_with(b"PACK") {
            return Some(rest);
        }
        let (said, after) = next(rest)?;
        let said = said?;
        if !said.starts_with(b"NAK") && !said.starts_with(b"ACK ") {
            return None;
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

    fn answer() -> Vec<u8> {
        let first = format!("{ID} HEAD\0ofs-delta agent=git/2.39\n");
        [
            line("# service=git-upload-pack\n"),
            "0000".into(),
            line(&first),
            line(&format!("{ID} refs/heads/main\n")),
            "0000".into(),
        ]
        .concat()
        .into_bytes()
    }

    #[test]
    fn a_branch_is_found_or_is_not_there() {
        let found = advertised(&answer(), "refs/heads/main").expect("is an answer");
        assert_eq!(found.expect("is there").to_string(), ID);
        assert_eq!(advertised(&answer(), "refs/heads/mai"), Some(None));
        assert_eq!(advertised(b"<html>", "refs/heads/main"), None);
        for end in 0..answer().len() - 4 {
            let cut = advertised(&answer()[..end], "refs/heads/other");
            assert_eq!(cut, None, "cut at {end}");
        }
    }

    #[test]
    fn a_pack_follows_what_is_common() {
        let pack = |head: &str| [head.as_bytes(), b"PACKrest"].concat();
        for head in [line("NAK\n"), line(&format!("ACK {ID}\n")) + &line("NAK\n"), String::new()] {
            assert_eq!(pack_of(&pack(&head)), Some(&b"PACKrest"[..]));
        }
        for head in [line("ERR no\n"), "0000".to_owned(), "0003".to_owned(), "zzzz".to_owned()] {
            assert_eq!(pack_of(&pack(&head)), None, "{head}");
        }
        assert_eq!(pack_of(b""), None);
    }

    #[test]
    fn what_is_wanted_is_written_as_lines() {
        let id = Oid::from_str(ID).expect("an id");
        let text = wanted(id, &[id]);
        assert!(text.starts_with(&format!(
            "{:04x}want {ID} ofs-delta",
            text.find("0000").expect("a flush")
        )));
        assert!(text.ends_with(&format!("00000032have {ID}\n0009done\n")), "{text}");
    }
}
