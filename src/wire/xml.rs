//! XML 1.0 that somebody else wrote, as APIs reply with it: elements and their text, at most [`DEPTH`] deep.
//!
//! Attributes, comments and processing instructions are passed over; a document type is refused, so that no entity but
//! the five predefined ones (§4.6) and character references (§4.1) exists.

use thiserror::Error;

/// How deep elements may nest.
pub const DEPTH: usize = 16;

/// An element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name, without a prefix.
    name: String,
    /// All of its text, put together.
    text: String,
    children: Vec<Element>,
}

/// Why bytes are no XML that is read here, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no XML at byte {at}: {what}")]
pub struct XmlError {
    /// Counted from 0.
    pub at: usize,
    what: &'static str,
}

impl Element {
    /// Decodes exactly one document.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn decode(bytes: &[u8]) -> Result<Self, XmlError> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| XmlError { at: error.valid_up_to(), what: "it is not UTF-8" })?;
        let mut reader = Reader { text, at: 0 };
        let mut roots = reader.inside(None, DEPTH)?.children;
        match (roots.pop(), roots.is_empty()) {
            (Some(root), true) => Ok(root),
            (Some(_), false) => reader.wrong("there are several roots"),
            (None, _) => reader.wrong("there is no root"),
        }
    }

    /// Returns its name.
    pub fn is(&self, name: &str) -> bool {
        self.name == name
    }

    /// Returns its text.
    pub fn text(&self) -> &str {
        self.text.trim()
    }

    /// Returns the children of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Returns the first child of a name.
    pub fn get<'a>(&'a self, name: &'a str) -> Option<&'a Self> {
        self.all(name).next()
    }

    /// Returns the text of the first child of a name.
    pub fn said<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.get(name).map(Self::text)
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn wrong<T>(&self, what: &'static str) -> Result<T, XmlError> {
        Err(XmlError { at: self.at, what })
    }

    fn left(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Takes everything up to a mark, and the mark.
    fn until(&mut self, mark: &str, what: &'static str) -> Result<&'a str, XmlError> {
        let Some(length) = self.left().find(mark) else { return self.wrong(what) };
        let taken = &self.left()[..length];
        self.at += length + mark.len();
        Ok(taken)
    }

    /// Reads what an element holds, up to its end; the document itself has no name.
    fn inside(&mut self, name: Option<&str>, depth: usize) -> Result<Element, XmlError> {
        let mut element = Element { name: plain(name.unwrap_or_default()), ..Element::default() };
        loop {
            let left = self.left();
            let Some(length) = left.find('<') else {
                let blank = name.is_none() && left.trim().is_empty();
                return if blank { Ok(element) } else { self.wrong("it ends early") };
            };
            self.words(&left[..length], name, &mut element.text)?;
            self.at += length;
            let left = self.left();
            if left.starts_with("<!--") {
                self.until("-->", "a comment has no end")?;
            } else if left.starts_with("<?") {
                self.until("?>", "an instruction has no end")?;
            } else if let Some(rest) = left.strip_prefix("<![CDATA[") {
                let Some(length) = rest.find("]]>").filter(|_| name.is_some()) else {
                    return self.wrong("character data have no end, or no element");
                };
                element.text.push_str(&rest[..length]);
                self.at += "<![CDATA[]]>".len() + length;
            } else if left.starts_with("<!") {
                return self.wrong("it declares something");
            } else if left.starts_with("</") {
                let tag = &self.until(">", "a tag has no end")?[2..];
                return match name {
                    Some(name) if tag.trim_end() == name => Ok(element),
                    Some(_) | None => self.wrong("another element ends than began"),
                };
            } else {
                element.children.push(self.child(depth)?);
            }
        }
    }

    fn child(&mut self, depth: usize) -> Result<Element, XmlError> {
        let Some(depth) = depth.checked_sub(1) else { return self.wrong("it nests too deep") };
        let tag = self.tag()?;
        let (tag, empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let name = tag.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
        let named = |c: char| c.is_alphanumeric() || ":_-.".contains(c);
        if name.is_empty() || !name.chars().all(named) {
            return self.wrong("a tag has no name");
        }
        if empty {
            return Ok(Element { name: plain(name), ..Element::default() });
        }
        self.inside(Some(name), depth)
    }

    /// Takes a tag without its brackets; a `>` inside an attribute's quotes ends nothing.
    fn tag(&mut self) -> Result<&'a str, XmlError> {
        let (left, mut quote) = (self.left(), None);
        for (at, c) in left.char_indices() {
            match (quote, c) {
                (None, '>') => {
                    self.at += at + 1;
                    return Ok(&left[1..at]);
                }
                (None, '"' | '\'') => quote = Some(c),
                (Some(open), c) if open == c => quote = None,
                (None | Some(_), _) => {}
            }
        }
        self.wrong("a tag has no end")
    }

    /// Adds text, its references replaced.
    fn words(&self, words: &str, name: Option<&str>, text: &mut String) -> Result<(), XmlError> {
        if name.is_none() {
            let blank = words.trim_start_matches('\u{feff}').trim().is_empty();
            return if blank { Ok(()) } else { self.wrong("there is text outside of the root") };
        }
        let mut left = words;
        while let Some((before, after)) = left.split_once('&') {
            text.push_str(before);
            let Some((reference, rest)) = after.split_once(';') else {
                return self.wrong("a reference has no end");
            };
            let Some(c) = referred(reference) else { return self.wrong("an unknown reference") };
            text.push(c);
            left = rest;
        }
        text.push_str(left);
        Ok(())
    }
}

/// Returns a name without its prefix.
fn plain(name: &str) -> String {
    name.rsplit(':').next().unwrap_or_default().to_owned()
}

fn referred(reference: &str) -> Option<char> {
    let code = match reference.strip_prefix("#x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => reference.strip_prefix('#').and_then(|decimal| decimal.parse().ok()),
    };
    match reference {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => code.and_then(char::from_u32),
    }
}

/// Adds text with what XML reserves replaced (§2.4).
pub(super) fn escape(text: &str, xml: &mut String) {
    for c in text.chars() {
        match c {
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '&' => xml.push_str("&amp;"),
            '"' => xml.push_str("&quot;"),
            c => xml.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(text: &str) -> Result<Element, XmlError> {
        Element::decode(text.as_bytes())
    }

    #[test]
    fn elements_have_names_texts_and_children() {
        let root = decode(
            "\u{feff}<?xml version=\"1.0\"?>\n<!-- hi --><a:R xmlns:a='x>y'><V n=\"1\"> &quot;a&#x20;&amp;&#98;&quot; </V><E/><V><![CDATA[<c>]]></V></a:R>\n",
        );
        let root = root.expect("it is XML");
        assert!(root.is("R") && root.get("E").is_some() && root.get("X").is_none());
        let texts: Vec<&str> = root.all("V").map(Element::text).collect();
        assert_eq!(texts, ["\"a &b\"", "<c>"]);
        assert_eq!(root.said("V"), Some("\"a &b\""));
    }

    #[test]
    fn what_is_none_is_refused_with_its_place() {
        let deep = "<a>".repeat(DEPTH + 1);
        for (text, what) in [
            ("", "there is no root"),
            ("<a>", "it ends early"),
            ("<a></b>", "another element ends"),
            ("</a>", "another element ends"),
            ("<a/><b/>", "several roots"),
            ("x<a/>", "outside of the root"),
            ("<a", "a tag has no end"),
            ("< a/>", "a tag has no name"),
            ("<a>&lol;</a>", "an unknown reference"),
            ("<a>&amp</a>", "a reference has no end"),
            ("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "it declares something"),
            ("<a><!-- </a>", "a comment has no end"),
            (deep.as_str(), "nests too deep"),
        ] {
            let error = decode(text).expect_err(text);
            assert!(error.to_string().contains(what), "{text}: {error}");
        }
        assert_eq!(Element::decode(b"<a>\xff</a>").expect_err("bytes").at, 3);
    }

    #[test]
    fn what_is_escaped_is_read_back() {
        let mut xml = "<v>".to_owned();
        escape("<\"a\" & 'b'>", &mut xml);
        assert_eq!(decode(&(xml + "</v>")).expect("it is XML").text(), "<\"a\" & 'b'>");
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[<>/!?a&;#x\\[\\]CDAT\"' -]{0,80}") {
            let _ = decode(&text);
        }
    }
}
