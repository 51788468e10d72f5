//! HTML as a browser takes it apart: tags with their attributes, and text with its entities undone.

/// Reads HTML that is written strictly; a page of ours is.
pub struct Markup;

impl Markup {
    /// Returns tags and texts in their order; text that is not a single piece is joined.
    pub fn read(html: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut text = String::new();
        let mut rest = html;
        while let Some(start) = rest.find('<') {
            text.push_str(&rest[..start]);
            // HTML Living Standard 13.2.5.6: a tag opens with a letter, `/`, `!` or `?` behind the sign.
            let opens = rest[start + 1..]
                .starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
            if !opens {
                text.push('<');
                rest = &rest[start + 1..];
                continue;
            }
            let end = tag_end(&rest[start..]);
            found.extend([undone(&std::mem::take(&mut text)), rest[start..start + end].to_owned()]);
            rest = &rest[start + end..];
        }
        text.push_str(rest);
        found.push(undone(&text));
        found.retain(|it| !it.is_empty());
        found
    }
}

/// Finds the end of a tag; a `>` in a quoted attribute does not end it.
fn tag_end(tag: &str) -> usize {
    let mut quote = None;
    for (at, c) in tag.char_indices() {
        match quote {
            Some(open) if open == c => quote = None,
            Some(_) => {}
            None if c == '>' => return at + 1,
            None if c == '"' || c == '\'' => quote = Some(c),
            None => {}
        }
    }
    tag.len()
}

/// Undoes the entities that HTML has of old, with or without their semicolon, and numbers.
fn undone(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        let (sign, length) = entity(&rest[start..]).unwrap_or(('&', 1));
        out.push(sign);
        rest = &rest[start + length..];
    }
    out + rest
}

fn entity(text: &str) -> Option<(char, usize)> {
    const NAMED: [(&str, char); 7] = [
        ("&amp", '&'),
        ("&lt", '<'),
        ("&gt", '>'),
        ("&quot", '"'),
        ("&apos;", '\''),
        ("&colon;", ':'),
        ("&nbsp", '\u{a0}'),
    ];
    let semicolon = |length: usize| length + usize::from(text[length..].starts_with(';'));
    if let Some((name, sign)) = NAMED.iter().find(|(name, _)| text.starts_with(name)) {
        return Some((*sign, semicolon(name.len())));
    }
    let digits = text.strip_prefix("&#")?;
    let (radix, digits) = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => (16, digits),
        None => (10, digits),
    };
    let count = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let sign = char::from_u32(u32::from_str_radix(&digits[..count], radix).ok()?)?;
    Some((sign, semicolon(text.len() - digits.len() + count)))
}
