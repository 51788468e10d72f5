//! From text to the positioned tree.
//!
//! Duplicate keys are reported and kept; tags, second documents, merge keys and keys that are no text are
//! reported where they stand. Size, depth and aliases are bounded, so that no document costs more than it shows.

use std::collections::HashMap;

use serde_yaml::granit_parser as yaml;
use yaml::{Event, Marker, Parser, ScalarStyle, Span};

use super::fault::{FaultKind, Report};
use super::node::{Entry, Node, Value};
use super::scalar::resolve;
use super::source::Place;

/// The longest text that is read, in bytes.
const LONGEST: usize = 2 << 20;
/// The most nodes that a document may have, its aliases written out; see [`Node::weight`].
const NODES: usize = 100_000;
/// The deepest nesting.
const DEPTH: usize = 64;

/// Reads one document; what is no YAML is reported, and the tree is absent when nothing can be made of it.
pub(super) fn read(report: &mut Report<'_>) -> Option<Node> {
    let source = report.source;
    if source.text.len() > LONGEST {
        let found = format!("the document has {} bytes", source.text.len());
        let fault = report.add(FaultKind::Syntax, Place::beginning(), found);
        fault.expected(format!("at most {LONGEST} bytes"));
        return None;
    }
    if let Some(place) = directive(&source.text) {
        report.add(FaultKind::Syntax, place, "a directive is not read").hint("take it out");
        return None;
    }
    let options = yaml::options! {
        emit_comments: false,
        flow_nesting_limit: DEPTH,
        block_nesting_limit: DEPTH,
    };
    let parser = Parser::new_from_str_with_options(&source.text, options);
    let mut reader = Reader { parser, report, anchors: HashMap::new(), left: NODES };
    reader.document().ok()
}

/// Finds the first directive, such as `%YAML 1.1`, under which the same words would mean something else.
fn directive(text: &str) -> Option<Place> {
    let mut start = 0;
    for (line, number) in text.split_inclusive('\n').zip(1..) {
        let begins = line.trim_start_matches('\u{feff}');
        if begins.starts_with('%') {
            let start = start + line.len() - begins.len();
            return Some(Place { start, end: start + 1, line: number, column: 1 });
        }
        if !begins.trim().is_empty() && !begins.starts_with('#') {
            return None;
        }
        start += line.len();
    }
    None
}

/// Reading ended early; the reason has been reported.
struct Ended;

struct Reader<'a, 'b> {
    parser: Parser<'a, yaml::StrInput<'a>>,
    report: &'b mut Report<'a>,
    anchors: HashMap<usize, Node>,
    left: usize,
}

impl<'a> Reader<'a, '_> {
    fn next(&mut self) -> Result<(Event<'a>, Span), Ended> {
        match self.parser.next() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => {
                let place = place(Span::empty(*error.marker()));
                let fault = self.report.add(FaultKind::Syntax, place, error.info());
                fault.hint("mend the YAML here; what follows it was not read");
                Err(Ended)
            }
            None => self.stop(Span::default(), "the document ends in the middle"),
        }
    }

    fn stop<T>(&mut self, span: Span, found: &str) -> Result<T, Ended> {
        self.report.add(FaultKind::Syntax, place(span), found);
        Err(Ended)
    }

    fn document(&mut self) -> Result<Node, Ended> {
        loop {
            let (event, span) = self.next()?;
            if event == Event::StreamEnd {
                return self.stop(span, "the document is empty");
            }
            if !matches!(event, Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd)
            {
                let root = self.node(event, span)?;
                self.no_more_documents();
                return Ok(root);
            }
        }
    }

    fn no_more_documents(&mut self) {
        while let Ok((event, span)) = self.next() {
            if let Event::DocumentStart(..) = event {
                let found = "a second document begins";
                let fault = self.report.add(FaultKind::Syntax, place(span), found);
                fault.hint("put it into a file of its own");
                return;
            }
            if event == Event::StreamEnd {
                return;
            }
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Node, Ended> {
        if self.left == 0 {
            return self.stop(span, "the document has too many values, its aliases written out");
        }
        self.left -= 1;
        let (node, anchor) = if let Event::Scalar(text, style, anchor, tag) = event {
            self.refuse_tag(tag.is_some(), span);
            let plain = style == ScalarStyle::Plain;
            let value = if plain { resolve(&text) } else { Value::Text(text.into_owned()) };
            (Node { value, at: place(span) }, anchor)
        } else if let Event::SequenceStart(_, anchor, tag) = event {
            self.refuse_tag(tag.is_some(), span);
            (self.list(span)?, anchor)
        } else if let Event::MappingStart(_, anchor, tag) = event {
            self.refuse_tag(tag.is_some(), span);
            (self.map(span)?, anchor)
        } else if let Event::Alias(anchor) = event {
            return self.alias(anchor, span);
        } else {
            return self.stop(span, "a value is missing");
        };
        if anchor != 0 {
            self.pay(&node, span)?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn refuse_tag(&mut self, tagged: bool, span: Span) {
        if tagged {
            let at = place(span.tag_span().unwrap_or(span));
            let fault = self.report.add(FaultKind::Syntax, at, "a tag is not read");
            fault.hint("take it out; put text into quotes where it looks like a number");
        }
    }

    /// Takes the nodes of a copy out of what is left.
    fn pay(&mut self, node: &Node, span: Span) -> Result<(), Ended> {
        match self.left.checked_sub(node.weight()) {
            Some(left) => self.left = left,
            None => {
                return self
                    .stop(span, "the document has too many values, its aliases written out");
            }
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<Node, Ended> {
        let Some(node) = self.anchors.get(&anchor).cloned() else {
            return self.stop(span, "the alias stands inside what it names");
        };
        self.pay(&node, span)?;
        Ok(Node { at: place(span), ..node })
    }

    fn list(&mut self, span: Span) -> Result<Node, Ended> {
        let mut items = Vec::new();
        loop {
            let (event, at) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(Node {
                    value: Value::List(items),
                    at: place(Span::new(span.start, at.end)),
                });
            }
            items.push(self.node(event, at)?);
        }
    }

    fn map(&mut self, span: Span) -> Result<Node, Ended> {
        let mut entries = Vec::new();
        loop {
            let (event, at) = self.next()?;
            if event == Event::MappingEnd {
                self.report_duplicates(&entries);
                return Ok(Node {
                    value: Value::Map(entries),
                    at: place(Span::new(span.start, at.end)),
                });
            }
            let unquoted = matches!(&event, Event::Scalar(_, ScalarStyle::Plain, 0, None));
            let key = self.key(event, at, span)?;
            let (event, value_at) = self.next()?;
            let value = self.node(event, value_at)?;
            if unquoted
                && value.value == Value::Null
                && self.goes_on(at, entries.last_mut(), key.as_deref())
            {
                continue;
            }
            entries.extend(key.map(|key| Entry { key, key_at: place(at), value }));
        }
    }

    /// Puts words without a colon back behind the text that a comma cut them from: `{ note: ours, no user in it }`.
    fn goes_on(&self, words: Span, before: Option<&mut Entry>, key: Option<&str>) -> bool {
        let after =
            self.report.source.text.get(place(words).end..).unwrap_or_default().trim_start();
        let bare = after.starts_with([',', '}']);
        let (Some(Entry { value: Node { value: Value::Text(text), at }, .. }), Some(key)) =
            (before, key)
        else {
            return false;
        };
        let quoted = self.report.source.text[at.start..].starts_with(['"', '\'']);
        let gap = self.report.source.text.get(at.end..place(words).start).unwrap_or_default();
        if !bare || quoted || gap.trim() != "," {
            return false;
        }
        text.push_str(", ");
        text.push_str(key);
        at.end = place(words).end;
        true
    }

    /// Reads a key; one that is no text, and a merge key, is reported and left out.
    fn key(&mut self, event: Event<'a>, at: Span, map: Span) -> Result<Option<String>, Ended> {
        if let Event::Scalar(text, style, 0, None) = &event {
            if &**text == "<<" && *style == ScalarStyle::Plain {
                let fault =
                    self.report.add(FaultKind::Syntax, place(at), "a merge key is not read");
                fault.hint("write the keys out");
                self.report.suspect_all(place(map));
                return Ok(None);
            }
            return Ok(Some(text.clone().into_owned()));
        }
        self.report.add(FaultKind::Syntax, place(at), "a key must be plain text");
        self.node(event, at)?;
        Ok(None)
    }

    fn report_duplicates(&mut self, entries: &[Entry]) {
        let mut sorted: Vec<&Entry> = entries.iter().collect();
        sorted.sort_by_key(|entry| (&entry.key, entry.key_at.start));
        for pair in sorted.windows(2).filter(|pair| pair[0].key == pair[1].key) {
            let (first, again) = (pair[0].key_at, pair[1]);
            let found =
                format!("the key `{}` stands twice; first on line {}", again.key, first.line);
            let fault = self.report.add(FaultKind::DuplicateKey, again.key_at, found);
            fault.hint("keep one of the two");
        }
    }
}

fn place(span: Span) -> Place {
    let offset = |marker: Marker| marker.byte_offset().unwrap_or(marker.index());
    let counted = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let (start, end) = (offset(span.start), offset(span.end));
    Place {
        start,
        end: end.max(start),
        line: counted(span.start.line()),
        column: counted(span.start.col() + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fault::Report;
    use super::super::node::Node;
    use super::super::source::Source;
    use super::read;

    /// Returns the tree's places, `key@line:column`, and the mistakes.
    fn seen(text: &str) -> (Vec<String>, Vec<String>) {
        let source = Source::new("a.yaml", text);
        let mut report = Report::new(&source);
        let root = read(&mut report);
        let mut keys = Vec::new();
        root.iter().for_each(|root| collect(root, &mut keys));
        let faults = report.finish(root.as_ref());
        let said = faults.iter().map(|f| format!("{}:{} {}", f.line, f.column, f.found));
        (keys, said.collect())
    }

    fn collect(node: &Node, keys: &mut Vec<String>) {
        for entry in node.entries() {
            let (key, value) = (entry.key_at, entry.value.at);
            let places = format!("{}:{} {}:{}", key.line, key.column, value.line, value.column);
            keys.push(format!("{} {places}", entry.key));
            collect(&entry.value, keys);
        }
        node.items().iter().for_each(|item| collect(item, keys));
    }

    #[test]
    fn keys_and_values_know_their_places() {
        let text = "a: 1\nb:\n  - c: x\n    \"d\": [y, { e: z }]\nf:\n  g:\n";
        let (keys, faults) = seen(text);
        let wanted = [
            "a 1:1 1:4",
            "b 2:1 3:3",
            "c 3:5 3:8",
            "d 4:5 4:10",
            "e 4:16 4:19",
            "f 5:1 6:3",
            "g 6:3 6:4",
        ];
        assert_eq!(
            (keys.iter().map(String::as_str).collect::<Vec<_>>(), faults),
            (wanted.to_vec(), vec![])
        );
    }

    #[test]
    fn columns_are_counted_in_characters_and_lines_end_as_they_like() {
        assert_eq!(seen("ä: { ö: 1 }\r\nb: 2\r\n").0, ["ä 1:1 1:4", "ö 1:6 1:9", "b 2:1 2:4"]);
        assert_eq!(seen("\u{feff}a: 1\n").1, Vec::<String>::new());
    }

    #[test]
    fn every_duplicate_is_told_and_reading_goes_on() {
        let (_, faults) = seen("a: 1\na: 2\nb: { c: 1, c: 2, c: 3 }\n");
        let twice = |at: &str, key: &str, line: u32| {
            format!("{at} the key `{key}` stands twice; first on line {line}")
        };
        assert_eq!(faults, [twice("2:1", "a", 1), twice("3:12", "c", 3), twice("3:18", "c", 3)]);
    }

    #[test]
    fn aliases_are_written_out_and_circles_refused() {
        let (keys, faults) = seen("a: &x { b: 1 }\nc: *x\n");
        assert_eq!((keys.len(), faults.len()), (4, 0));
        assert_eq!(seen("a: &x [*x]\n").1, ["1:8 the alias stands inside what it names"]);
    }
}
