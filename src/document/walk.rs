//! The walk of the tree against the schema: every place where the two part is reported.

use super::fault::{FaultKind, QUOTED, Report, quoted};
use super::format::{Format, Wrong};
use super::known::Known;
use super::nearest::nearest;
use super::node::{Entry, Node, Value};
use super::shape::{Key, MapShape, Shape, ShapeId, Shapes, Target, TextShape};
use super::source::Place;

/// One walk over one document.
pub(super) struct Walk<'n, 'w, 'a> {
    /// The schema.
    pub shapes: &'w Shapes,
    /// The names that references may point at.
    pub known: &'w Known,
    /// Where mistakes go.
    pub report: &'w mut Report<'a>,
    /// The conditions, facts and references that were read, in the order of the document.
    pub words: Vec<(Format, &'n Node)>,
}

impl<'n, 'a> Walk<'n, '_, 'a> {
    /// Walks a node and all below it.
    pub fn node(&mut self, node: &'n Node, id: ShapeId) {
        if self.report.is_full() {
            return;
        }
        let shapes = self.shapes;
        match shapes.get(id) {
            Shape::Anything => {}
            Shape::Text(shape) => self.text(node, shape),
            Shape::Words(words) => self.word(node, words),
            Shape::Flag => self.flag(node),
            Shape::Whole { least, most } => self.whole(node, *least, *most),
            Shape::Real => {
                if !matches!(node.value, Value::Whole(_) | Value::Real(_)) {
                    self.wrong_type(node, "a number");
                }
            }
            Shape::List { item, least } => self.list(node, *item, *least),
            Shape::Map(map) => self.map(node, map),
            Shape::OneKey { keys, secret } => self.one_key(node, keys, *secret),
            Shape::Tagged { tag, ways } => self.tagged(node, tag, ways),
            Shape::Either(ways) => self.either(node, ways),
        }
    }

    fn wrong_type(&mut self, node: &Node, expected: &str) {
        let found = match &node.value {
            Value::Text(text) => format!("{} is text", quoted(text)),
            Value::Null => "nothing stands here".to_owned(),
            Value::Flag(_) | Value::Whole(_) | Value::Real(_) => {
                format!("{} is {}", quoted(self.raw(node)), node.what())
            }
            Value::List(_) | Value::Map(_) => format!("{} stands here", node.what()),
        };
        let raw = Some(self.raw(node)).filter(|raw| raw.len() <= QUOTED);
        let fault = self.report.add(FaultKind::WrongType, node.at, found).expected(expected);
        match (&node.value, expected) {
            (Value::Flag(_) | Value::Whole(_) | Value::Real(_), "text") => match raw {
                Some(raw) => fault.hint(format!("put it into quotes: \"{raw}\"")),
                None => fault.hint("put it into quotes"),
            },
            (Value::Text(text), TRUTH) if is_half_boolean(text) => {
                fault.hint("only these two words are truth values")
            }
            (Value::List(_) | Value::Map(_), "a list") => fault.hint("begin each item with `- `"),
            (_, "a list") => match raw {
                Some(raw) => fault.hint(format!("write `[{raw}]`")),
                None => fault.hint("put it into brackets"),
            },
            _ => fault,
        };
    }

    /// Returns the text of a scalar as it was written.
    fn raw(&self, node: &Node) -> &'a str {
        let source = &self.report.source.text;
        source.get(node.at.start..node.at.end).unwrap_or_default()
    }

    fn text(&mut self, node: &'n Node, shape: &TextShape) {
        let Some(text) = node.text() else {
            let raw = self.raw(node);
            let scalar = matches!(node.value, Value::Whole(_) | Value::Real(_));
            match shape.format.map(|format| format.check(raw)) {
                Some(Err(wrong)) if scalar => self.wrong(node, raw, wrong),
                _ => self.wrong_type(node, "text"),
            }
            return;
        };
        if let Some(fixed) = &shape.fixed
            && fixed != text
        {
            let near = nearest(text, [fixed.as_str()]);
            let fault = self.report.add(
                FaultKind::WrongValue,
                node.at,
                format!("{} may not stand here", quoted(text)),
            );
            fault.expected(format!("`{fixed}`")).nearest(near);
        }
        if let Some(Err(wrong)) = shape.format.map(|format| format.check(text)) {
            self.wrong(node, text, wrong);
            return;
        }
        if let Some(format) = shape.format
            && matches!(format, Format::Guard | Format::Query | Format::Reference)
        {
            self.words.push((format, node));
        }
        if shape.reference != Target::default() {
            refer(self.report, self.known, node, &shape.reference);
        }
    }

    fn wrong(&mut self, node: &Node, text: &str, wrong: Wrong) {
        let place =
            within(self.report.source.text.as_ref(), node, text, wrong.offset, wrong.length);
        let fault = self.report.add(wrong.kind, place, wrong.found);
        fault.nearest(wrong.nearest.as_deref()).hint(wrong.hint);
        fault.expected = wrong.expected.map(str::to_owned);
    }

    fn word(&mut self, node: &Node, words: &[String]) {
        let names = || words.iter().map(String::as_str);
        let expected = one_of(names());
        match node.text() {
            Some(text) if names().any(|word| word == text) => {}
            Some(text) => {
                let fault = self.report.add(
                    FaultKind::WrongValue,
                    node.at,
                    format!("{} may not stand here", quoted(text)),
                );
                fault.expected(expected).nearest(nearest(text, names()));
            }
            None => self.wrong_type(node, &expected),
        }
    }

    fn flag(&mut self, node: &Node) {
        if !matches!(node.value, Value::Flag(_)) {
            self.wrong_type(node, TRUTH);
        }
    }

    fn whole(&mut self, node: &Node, least: i128, most: i128) {
        let Value::Whole(number) = node.value else {
            return self.wrong_type(node, "a whole number");
        };
        if !(least..=most).contains(&number) {
            let found =
                format!("{number} is too {}", if number < least { "small" } else { "large" });
            let fault = self.report.add(FaultKind::OutOfRange, node.at, found);
            fault.expected(format!("a whole number from {least} to {most}"));
        }
    }

    fn list(&mut self, node: &'n Node, item: ShapeId, least: usize) {
        let Value::List(items) = &node.value else { return self.wrong_type(node, "a list") };
        if items.len() < least {
            let fault = self.report.add(FaultKind::WrongValue, node.at, "the list is empty");
            fault.expected("at least one item");
        }
        if self.shapes.has_id(item) {
            self.report_twins(items);
        }
        for one in items {
            self.node(one, item);
        }
    }

    fn report_twins(&mut self, items: &[Node]) {
        let mut ids: Vec<(&str, &Node)> = items
            .iter()
            .filter_map(|item| item.get("id"))
            .filter_map(|id| Some((id.text()?, id)))
            .collect();
        ids.sort_by_key(|(text, node)| (*text, node.at.start));
        for pair in ids.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let found = format!(
                "the id {} stands twice; first on line {}",
                quoted(pair[0].0),
                pair[0].1.at.line
            );
            let fault = self.report.add(FaultKind::DuplicateId, pair[1].1.at, found);
            fault.hint("give one of the two another id");
        }
    }

    fn map(&mut self, node: &'n Node, map: &MapShape) {
        let Value::Map(entries) = &node.value else { return self.wrong_type(node, "a map") };
        let is_absent = |key: &&Key| !entries.iter().any(|entry| entry.key == key.name);
        let absent: Vec<&Key> = map.keys.iter().filter(is_absent).collect();
        for entry in entries {
            if self.report.is_full() {
                return;
            }
            match map.keys.iter().find(|key| key.name == entry.key) {
                Some(key) if entry.value.value == Value::Null && !key.required => {}
                Some(key) => self.node(&entry.value, key.shape),
                None => match map.rest {
                    Some(rest) => self.free_key(entry, rest),
                    None => self.unknown_key(node, entry, map, &absent),
                },
            }
        }
        for key in absent.into_iter().filter(|key| key.required) {
            if !self.report.is_suspected(node, &key.name) {
                let found = format!("the key `{}` is missing", key.name);
                let fault = self.report.add(FaultKind::MissingKey, node.at, found);
                fault.hint(format!("write `{}: ...` here", key.name));
            }
        }
    }

    fn free_key(&mut self, entry: &'n Entry, rest: ShapeId) {
        if let Err(wrong) = Format::Id.check(&entry.key) {
            let fault = self.report.add(FaultKind::WrongValue, entry.key_at, wrong.found);
            fault.expected = wrong.expected.map(str::to_owned);
        }
        self.node(&entry.value, rest);
    }

    fn unknown_key(&mut self, node: &Node, entry: &Entry, map: &MapShape, absent: &[&Key]) {
        let near = nearest(&entry.key, absent.iter().map(|key| key.name.as_str()));
        if let Some(near) = near {
            self.report.suspect(node, near);
        }
        let found = format!("nothing reads the key {}", quoted(&entry.key));
        let fault = self.report.add(FaultKind::UnknownKey, entry.key_at, found).nearest(near);
        if near.is_none() || map.keys.len() <= FEW {
            let names = listed(map.keys.iter().map(|key| key.name.as_str()));
            fault.hint(format!("the keys here are {names}"));
        }
    }

    fn one_key(&mut self, node: &'n Node, keys: &[(String, ShapeId)], secret: bool) {
        let names = || keys.iter().map(|(name, _)| name.as_str());
        let expected = format!("a map with one of the keys {}", listed(names()));
        let Value::Map(entries) = &node.value else {
            if secret && node.text().is_some() {
                let fault = self.report.add(
                    FaultKind::WrongType,
                    node.at,
                    "a secret is never written here",
                );
                fault.expected(expected).hint("say where it lies: `{ file: private/name }`, `{ env: NAME }` or `{ command: [pass, show, name] }`");
                return;
            }
            return self.wrong_type(node, &expected);
        };
        if entries.is_empty() {
            self.report
                .add(FaultKind::MissingKey, node.at, "the map is empty")
                .expected(expected.as_str());
        }
        for (index, entry) in entries.iter().enumerate() {
            let Some((_, shape)) = keys.iter().find(|(name, _)| *name == entry.key) else {
                let found = format!("nothing reads the key {}", quoted(&entry.key));
                let fault = self.report.add(FaultKind::UnknownKey, entry.key_at, found);
                fault.expected(expected.as_str()).nearest(nearest(&entry.key, names()));
                continue;
            };
            if index > 0 {
                let found = format!("`{}` stands beside `{}`", entry.key, entries[0].key);
                self.report
                    .add(FaultKind::Contradiction, entry.key_at, found)
                    .expected(expected.as_str());
            }
            self.node(&entry.value, *shape);
        }
    }

    fn tagged(&mut self, node: &'n Node, tag: &str, ways: &[(String, ShapeId)]) {
        let Value::Map(_) = &node.value else { return self.wrong_type(node, "a map") };
        let names = || ways.iter().map(|(name, _)| name.as_str());
        let Some(value) = node.get(tag) else {
            let near = node.entries().iter().find(|entry| nearest(&entry.key, [tag]).is_some());
            let (place, found) = match near {
                Some(entry) => {
                    (entry.key_at, format!("nothing reads the key {}", quoted(&entry.key)))
                }
                None => (node.at, format!("the key `{tag}` is missing")),
            };
            let kind = if near.is_some() { FaultKind::UnknownKey } else { FaultKind::MissingKey };
            let fault = self.report.add(kind, place, found).nearest(near.map(|_| tag));
            fault.expected(format!("`{tag}`: one of {}", listed(names())));
            return;
        };
        match ways.iter().find(|(name, _)| Some(name.as_str()) == value.text()) {
            Some((_, shape)) => self.node(node, *shape),
            None => {
                self.word(value, &ways.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>())
            }
        }
    }

    /// Walks the first way that fits; where none does, reports what is wrong with the nearest.
    fn either(&mut self, node: &'n Node, ways: &[ShapeId]) {
        let mut best: Option<(usize, Vec<super::fault::Fault>)> = None;
        for way in ways {
            let mut trial = Report::new(self.report.source);
            let mut walk = Walk {
                shapes: self.shapes,
                known: self.known,
                report: &mut trial,
                words: Vec::new(),
            };
            walk.node(node, *way);
            let words = walk.words;
            if trial.faults.is_empty() {
                self.words.extend(words);
                return;
            }
            let far = trial.faults.iter().filter(|fault| fault.nearest.is_none()).count();
            let other = trial
                .faults
                .iter()
                .any(|fault| fault.kind == FaultKind::WrongType && fault.place == node.at);
            let rank = far + if other { 1_000 } else { 0 };
            if best.as_ref().is_none_or(|(least, _)| rank <= *least) {
                best = Some((rank, trial.faults));
            }
        }
        self.report.faults.extend(best.into_iter().flat_map(|(_, faults)| faults));
    }
}

/// So many names are listed even where the right one is clear.
const FEW: usize = 12;

/// So many times one name is compared with another for a document's mistakes.
const COMPARED: usize = 20_000;

const TRUTH: &str = "`true` or `false`";

fn is_half_boolean(text: &str) -> bool {
    ["yes", "no", "on", "off", "y", "n", "true", "false"].contains(&text.to_lowercase().as_str())
}

/// Returns names as a sentence offers them.
pub(super) fn one_of<'n>(names: impl Iterator<Item = &'n str> + Clone) -> String {
    let several = if names.clone().count() > 1 { "one of " } else { "" };
    format!("{several}{}", listed(names))
}

/// Returns names as a sentence lists them.
pub(super) fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Reports a name that nothing has.
pub(super) fn refer(report: &mut Report<'_>, known: &Known, node: &Node, target: &Target) {
    let Some(name) = node.text().filter(|name| !known.admits(target, name)) else { return };
    let Some(there) = known.names(target) else { return };
    let found = match &target.sections[..] {
        [] => format!("the estate has no {}", quoted(name)),
        [section] => format!("`{section}` has no {}", quoted(name)),
        sections => {
            format!("none of {} has {}", listed(sections.iter().map(String::as_str)), quoted(name))
        }
    };
    // Among very many names the first mistakes are enough.
    let few = there.len() * report.faults.len() <= COMPARED;
    let near = if few { nearest(name, there.iter().copied()) } else { None };
    let fault = report.add(FaultKind::UnknownReference, node.at, found);
    let hint = match there.len() {
        0 => "nothing is declared there".to_owned(),
        1..=12 => format!("declared there: {}", listed(there.iter().copied())),
        more => format!("{more} names are declared there"),
    };
    fault.nearest(near).hint(hint);
}

/// Returns the place of a part of a scalar; the whole scalar where its text is not written plainly.
pub(super) fn within(source: &str, node: &Node, text: &str, offset: usize, length: usize) -> Place {
    let written = source.get(node.at.start..node.at.end).unwrap_or_default();
    let quote = usize::from(written.starts_with(['"', '\'']));
    let plain =
        written.get(quote..).is_some_and(|inner| inner.starts_with(text)) && !text.contains('\n');
    if !plain || (offset == 0 && length == 0) {
        return node.at;
    }
    let before = text.get(..offset).unwrap_or(text);
    let skipped = u32::try_from(before.chars().count() + quote).unwrap_or(0);
    let start = node.at.start + quote + before.len();
    let end = if length == 0 { node.at.start + quote + text.len() } else { start + length };
    Place { start, end: end.max(start), line: node.at.line, column: node.at.column + skipped }
}
