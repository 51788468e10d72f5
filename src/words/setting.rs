//! Where a value stands in a template's Markdown: in text, where its escape holds, or where none would.
//!
//! In code a backslash escapes nothing, in a link's address it does not keep a scheme out, and in HTML the
//! rules are HTML's. A template has its values in text alone.

const HTML: &str = "HTML is not offered; templates are Markdown";

/// What the template's own text has opened so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Setting {
    /// The current line, its tags left out.
    line: String,
    /// The fence of the code block that is open.
    fence: Option<(char, usize)>,
    /// The length of the backticks that have opened code in this paragraph.
    code: Option<usize>,
}

/// A mistake, and how many bytes before the end of what was read it stands.
type Astray = (usize, &'static str);

impl Setting {
    /// Reads the template's own text between two tags.
    pub fn read(&mut self, text: &str) -> Result<(), Astray> {
        let mut left = text.len();
        for piece in text.split_inclusive('\n') {
            if self.fence.is_none() {
                self.signs(piece).map_err(|at| (left - at, HTML))?;
            }
            left -= piece.len();
            self.line.push_str(piece);
            if piece.ends_with('\n') {
                self.end_line();
            }
        }
        Ok(())
    }

    /// Says why a value may not stand here.
    pub fn value(&self) -> Result<(), &'static str> {
        if self.fence.is_some() || self.code.is_some() {
            return Err("a value in code cannot be escaped; write it outside of the backticks");
        }
        let address = self.line.rfind("](").is_some_and(|at| !self.line[at..].contains(')'));
        let definition = self.line.trim_start().starts_with('[') && self.line.contains("]:");
        if address || definition {
            return Err("a value in a link's address could lead anywhere; write the whole address");
        }
        if self.line.ends_with('<') {
            return Err("a value behind `<` would be HTML or a link; leave the `<` out");
        }
        Ok(())
    }

    /// Reads a piece of a line; refuses, at its offset, a `<` that opens HTML.
    fn signs(&mut self, piece: &str) -> Result<(), usize> {
        let mut at = 0;
        while let Some(found) = piece[at..].find(['`', '<', '\\']).map(|found| at + found) {
            let rest = &piece[found..];
            let ticks = rest.bytes().take_while(|byte| *byte == b'`').count();
            at = found + ticks.max(1);
            match self.code {
                // Inside code a backslash is a backslash, and HTML is text.
                Some(open) if open == ticks => self.code = None,
                Some(_) => {}
                None if ticks > 0 => self.code = Some(ticks),
                None if rest.starts_with('\\') => {
                    at += rest[1..].chars().next().map_or(0, char::len_utf8)
                }
                None if opens_html(&rest[1..]) => return Err(found),
                None => {}
            }
        }
        Ok(())
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let text = line.trim_start_matches([' ', '>', '-', '*']).trim_end();
        let sign = text.chars().next().filter(|sign| matches!(sign, '`' | '~'));
        let length = sign.map_or(0, |sign| text.chars().take_while(|c| *c == sign).count());
        match (self.fence, sign) {
            (Some((open, least)), Some(sign)) if sign == open && length >= least => {
                self.fence = None;
            }
            (None, Some(sign)) if length >= 3 && !text[length..].contains('`') => {
                (self.fence, self.code) = (Some((sign, length)), None);
            }
            _ => {}
        }
        if text.is_empty() {
            self.code = None;
        }
    }
}

/// Tells whether what stands behind a `<` makes HTML of it, and no link such as `<https://status.example>`.
fn opens_html(rest: &str) -> bool {
    let link = ["https://", "http://", "mailto:"].iter().any(|scheme| rest.starts_with(scheme));
    !link && rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'))
}

#[cfg(test)]
mod tests {
    use super::Setting;

    fn at_the_end_of(text: &str) -> Result<(), &'static str> {
        let mut setting = Setting::default();
        setting.read(text).map_err(|(_, why)| why)?;
        setting.value()
    }

    #[test]
    fn values_stand_in_text_alone() {
        for text in [
            "",
            "a ",
            "`a` ",
            "``a ` b`` ",
            "\\`",
            "a `b\n\n",
            "[a](https://b.example) ",
            "| a | ",
            "- ",
            "<https://status.example> ",
            "1 < 2 ",
            "```\n<b>\n```\n",
            "~~~ sh\na\n~~~\n",
            "`<b>` ",
            "\\<b> ",
        ] {
            assert_eq!(at_the_end_of(text), Ok(()), "{text:?}");
        }
        for (text, why) in [
            ("`", "a value in code"),
            ("a `b\nc ", "a value in code"),
            ("`` a ` ", "a value in code"),
            ("```\n", "a value in code"),
            ("> ~~~ text\n> a ", "a value in code"),
            ("[a](", "a value in a link"),
            ("![a](https://b.example/", "a value in a link"),
            ("[a]: ", "a value in a link"),
            ("<", "a value behind"),
            ("<b>", "HTML"),
            ("a </b", "HTML"),
            ("<!-- ", "HTML"),
            ("<javascript:", "HTML"),
        ] {
            let refused = at_the_end_of(text).expect_err("is refused");
            assert!(refused.starts_with(why), "{text:?}: {refused}");
        }
    }
}
