//! A glance in lines of a roll, and names and marks as rolls have them.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::glance::{A, AAAA, CNAME, Glance, QUESTION, Record, Said};
use super::{data, name, text};

impl Glance<'_> {
    /// Writes it in lines of a roll, each behind `mark`: records by the name that was asked for, in one order whatever
    /// order they came in; a mark of its own where there are none.
    pub fn write(&self, mark: &str, out: &mut String) {
        let (said, begin) = (self.says(), out.len());
        let kind = match said {
            Said::Records => self.kind,
            Said::Alias => CNAME,
            Said::Nothing
            | Said::NoName
            | Said::Elsewhere
            | Said::Code(_)
            | Said::Cut
            | Said::Broken => {
                return self.write_said(said, mark, out);
            }
        };
        let mut count = 0;
        let written = self.each_of(kind, |record| {
            count += 1;
            self.write_head(mark, kind, out);
            self.write_data(&record, out)?;
            out.push('\n');
            Some(())
        });
        if written.is_none() {
            out.truncate(begin);
            self.write_said(Said::Broken, mark, out);
        } else if count > 1 {
            let mut lines: Vec<&str> = out[begin..].lines().collect();
            lines.sort_unstable();
            lines.dedup();
            let sorted = lines.join("\n");
            out.truncate(begin);
            out.push_str(&sorted);
            out.push('\n');
        }
    }

    fn write_said(&self, said: Said, mark: &str, out: &mut String) {
        self.write_head(mark, self.kind, out);
        said.write(out);
        out.push('\n');
    }

    fn write_head(&self, mark: &str, kind: u16, out: &mut String) {
        out.push_str(mark);
        write_question(&self.bytes[QUESTION..self.start - 4], kind, out);
        out.push(' ');
    }

    fn write_data(&self, record: &Record, out: &mut String) -> Option<()> {
        let bytes = &self.bytes[record.start..record.end];
        let written = match record.kind {
            A => write!(out, "{}", Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?)),
            AAAA => write!(out, "{}", Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)),
            kind => {
                out.push_str(&data::show_in(self.bytes, record.start..record.end, kind.into())?);
                Ok(())
            }
        };
        written.ok()
    }
}

impl Said {
    /// Writes it as a roll marks it.
    fn write(self, out: &mut String) {
        match self {
            Self::Nothing => out.push_str("!NODATA"),
            Self::NoName => out.push_str("!NXDOMAIN"),
            Self::Elsewhere => out.push_str("!REFERRAL"),
            Self::Code(code) => {
                out.push('!');
                out.push_str(&name::show_code(code.into()));
            }
            Self::Cut => out.push_str("!CUT"),
            Self::Broken => out.push_str("!BROKEN"),
            Self::Records | Self::Alias => {}
        }
    }
}

/// Writes a question's name and a type.
pub(super) fn write_question(question: &[u8], kind: u16, out: &mut String) {
    write_name(question, out);
    out.push(' ');
    match kind {
        A => out.push('A'),
        AAAA => out.push_str("AAAA"),
        kind => out.push_str(&name::show_kind(kind.into())),
    }
}

/// What stands for something else in a zone file (RFC 1035 §5.1) or begins a comment of a roll.
const SPECIAL: &str = ".;#$@";

/// Writes a name that is written in full, in lower case and in presentation form (RFC 1035 §5.1).
fn write_name(mut labels: &[u8], out: &mut String) {
    let begin = out.len();
    while let Some((&length, rest)) = labels.split_first().filter(|(length, _)| **length > 0) {
        let Some((label, rest)) = rest.split_at_checked(usize::from(length)) else { break };
        labels = rest;
        let at = out.len();
        match std::str::from_utf8(label) {
            Ok(label)
                if label.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it)) =>
            {
                out.push_str(label);
                out[at..].make_ascii_lowercase();
            }
            Ok(_) | Err(_) => text::escape(&label.to_ascii_lowercase(), SPECIAL, out),
        }
        out.push('.');
    }
    if out.len() == begin {
        out.push('.');
    }
}
