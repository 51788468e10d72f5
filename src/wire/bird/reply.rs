//! Framing: from the socket's bytes to one whole reply.

use thiserror::Error;

use crate::model::Remote;

/// The most bytes of one reply.
pub const MOST: usize = 4 << 20;

/// One line of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its code; of a continuation the one before.
    pub code: u16,
    /// Its text, without code and mark.
    pub text: Remote,
}

/// A whole reply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// All lines, the last one included.
    pub lines: Vec<Line>,
}

/// Why a reply is none.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BirdError {
    /// A line without a code where one is needed.
    #[error("line {0} has no code")]
    NoCode(usize),
    /// Longer than [`MOST`].
    #[error("longer than {MOST} bytes")]
    TooLong,
    /// What the router could not do.
    #[error("{code}: {text}")]
    Refused {
        /// 8xxx: at run time; 9xxx: not understood.
        code: u16,
        /// Its words.
        text: Remote,
    },
    /// The reply lacks what it must have.
    #[error("the reply has no {0}")]
    Lacks(&'static str),
}

impl Reply {
    /// Reads one reply from the front of what has come; nothing yet while it is not whole.
    /// Returns how many bytes it took.
    ///
    /// # Errors
    /// [`BirdError::NoCode`] and [`BirdError::TooLong`].
    pub fn take(bytes: &[u8]) -> Result<Option<(Self, usize)>, BirdError> {
        let mut lines: Vec<Line> = Vec::new();
        let mut start = 0;
        for (index, raw) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let Some(raw) = raw.strip_suffix(b"\n") else { break };
            start += raw.len() + 1;
            if start > MOST {
                return Err(BirdError::TooLong);
            }
            let text = String::from_utf8_lossy(raw);
            if text.starts_with('+') {
                continue;
            }
            if let Some(text) = text.strip_prefix(' ') {
                let code = lines.last().ok_or(BirdError::NoCode(index + 1))?.code;
                lines.push(Line { code, text: Remote::new(text) });
                continue;
            }
            let (code, mark, text) = coded(&text).ok_or(BirdError::NoCode(index + 1))?;
            lines.push(Line { code, text: Remote::new(text) });
            if mark == b' ' {
                return Ok(Some((Self { lines }, start)));
            }
        }
        if bytes.len() > MOST { Err(BirdError::TooLong) } else { Ok(None) }
    }

    /// Returns the code that it ends with.
    pub fn code(&self) -> u16 {
        self.lines.last().map_or(0, |line| line.code)
    }

    /// Passes a reply on, or the error that it is.
    ///
    /// # Errors
    /// [`BirdError::Refused`] for 8xxx and 9xxx.
    pub fn accepted(self) -> Result<Self, BirdError> {
        match self.lines.last() {
            Some(line) if (8000..=9999).contains(&line.code) => {
                Err(BirdError::Refused { code: line.code, text: line.text.clone() })
            }
            Some(_) | None => Ok(self),
        }
    }
}

fn coded(line: &str) -> Option<(u16, u8, &str)> {
    let code = line.get(..4).filter(|digits| digits.bytes().all(|it| it.is_ascii_digit()))?;
    let mark = *line.as_bytes().get(4)?;
    let text = line.get(5..)?;
    matches!(mark, b' ' | b'-').then_some((code.parse().ok()?, mark, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(code: u16, text: &str) -> Line {
        Line { code, text: Remote::new(text) }
    }

    #[test]
    fn parses_codes_continuations_and_messages() {
        let bytes =
            b"1007-Table master4:\n 198.18.0.0/24 x\n+unasked\n1008-\tType\n0000 \n0001 next\n";
        let (reply, taken) = Reply::take(bytes).expect("is a reply").expect("is whole");
        let want = [
            line(1007, "Table master4:"),
            line(1007, "198.18.0.0/24 x"),
            line(1008, "\tType"),
            line(0, ""),
        ];
        assert_eq!((reply.lines.as_slice(), reply.code()), (&want[..], 0));
        assert_eq!(&bytes[taken..], b"0001 next\n");
    }

    #[test]
    fn errors_are_told() {
        let (reply, _) =
            Reply::take(b"8007 Access denied\n").expect("is a reply").expect("is whole");
        let refused = BirdError::Refused { code: 8007, text: Remote::new("Access denied") };
        assert_eq!(reply.accepted(), Err(refused));
        assert_eq!(Reply::take(b" no code\n"), Err(BirdError::NoCode(1)));
        assert_eq!(Reply::take(b"12a4 x\n"), Err(BirdError::NoCode(1)));
        assert_eq!(Reply::take(b"1234_x\n"), Err(BirdError::NoCode(1)));
        assert_eq!(Reply::take(b"SSH-2.0-OpenSSH\n"), Err(BirdError::NoCode(1)));
    }

    #[test]
    fn nothing_is_no_reply_yet() {
        assert_eq!(Reply::take(b""), Ok(None));
    }

    #[test]
    fn every_early_end_waits() {
        let whole = b"1002-a\n b\n0000 \n";
        assert!((0..whole.len()).all(|end| Reply::take(&whole[..end]) == Ok(None)));
    }

    #[test]
    fn endless_replies_end() {
        assert_eq!(Reply::take(&vec![b'1'; MOST + 1]), Err(BirdError::TooLong));
        assert_eq!(Reply::take(&b"1002-x\n".repeat(MOST / 7 + 1)), Err(BirdError::TooLong));
    }

    proptest! {
        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..120), text in "[0-9 \\-+\\né]{0,60}") {
            let _ = Reply::take(&bytes);
            let _ = Reply::take(text.as_bytes());
        }
    }
}
