//! The parameters of a runbook: what `$name` and `$name.path` stand for.

use super::super::fault::{FaultKind, Report, quoted};
use super::super::known::Known;
use super::super::nearest::nearest;
use super::super::node::{Entry, Node};
use super::super::parse::Words;
use super::super::shape::{Shape, ShapeId, Shapes};
use super::super::source::Place;
use super::super::walk::listed;
use crate::model::Estate;

/// For each kind of parameter: the section of the estate whose members it names.
const SECTIONS: [(&str, &str); 10] = [
    ("dns-provider", "dns_providers"),
    ("registrar", "registrars"),
    ("zone", "zones"),
    ("resolver", "resolvers"),
    ("tracker", "trackers"),
    ("seedbox", "seedboxes"),
    ("carrier", "carriers"),
    ("prefix", "prefixes"),
    ("upstream", "upstreams"),
    ("vantage", "vantages"),
];

/// The parameter that stands for one member of a step's `each`.
pub const EACH: &str = "each";

/// Returns the section whose members a kind of parameter names.
pub fn section_of(kind: &str) -> Option<&'static str> {
    SECTIONS.iter().find(|(name, _)| *name == kind).map(|(_, section)| *section)
}

/// Returns every section whose members a parameter may name.
pub fn sections() -> impl Iterator<Item = &'static str> {
    SECTIONS.into_iter().map(|(_, section)| section)
}

/// The parameters that a runbook declares, and the estate's shape for paths.
pub struct Params<'a> {
    root: &'a Node,
    entries: &'a [Entry],
    shapes: std::sync::Arc<Shapes>,
    /// The names that literal ids may be.
    pub known: &'a Known,
}

/// What a reference stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant {
    /// A member, or members, of this section.
    Section(String),
    /// Something else: a text, a number, a list of names that are not ids.
    Other,
    /// Nobody can tell, because another mistake stands before it.
    Unsaid,
}

/// One `$name.path` or id, and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Word<'a> {
    /// The text, with its `$`.
    pub text: &'a str,
    /// Where it stands.
    pub place: Place,
}

impl<'a> Params<'a> {
    /// Gathers the parameters of a runbook.
    pub fn of(root: &'a Node, known: &'a Known) -> Self {
        let entries = root.get("params").map_or(&[][..], Node::entries);
        Self { root, entries, shapes: Shapes::of::<Estate>(), known }
    }

    /// Tells what a reference stands for, and reports one that stands for nothing.
    pub fn meant(&self, word: Word<'_>, report: &mut Report<'_>) -> Meant {
        let Some(body) = word.text.strip_prefix('$') else { return Meant::Unsaid };
        let (name, path) =
            body.split_once('.').map_or((body, None), |(name, path)| (name, Some(path)));
        let section = if name == EACH && !self.declares(EACH) {
            self.section_of_each(word.place, report)
        } else {
            self.section_of_param(name, word, report)
        };
        match (section, path) {
            (None, _) => Meant::Unsaid,
            (Some(section), None) => Meant::Section(section),
            (Some(section), Some(path)) => self.follow(&section, path, word, report),
        }
    }

    fn declares(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == name)
    }

    fn section_of_param(
        &self,
        name: &str,
        word: Word<'_>,
        report: &mut Report<'_>,
    ) -> Option<String> {
        if let Some(entry) = self.entries.iter().find(|entry| entry.key == name) {
            return entry.value.text_of("type").and_then(section_of).map(str::to_owned);
        }
        if report.is_suspected(self.root, "params") {
            return None;
        }
        let names = || self.entries.iter().map(|entry| entry.key.as_str());
        let near = nearest(name, names()).map(|name| format!("${name}"));
        let fault = report.add(
            FaultKind::UnknownReference,
            word.place,
            format!("the runbook has no parameter {}", quoted(name)),
        );
        let hint = if self.entries.is_empty() {
            "declare it in `params`".to_owned()
        } else {
            format!("the parameters are {}", listed(names()))
        };
        fault.nearest(near.as_deref()).hint(hint);
        None
    }

    /// Finds the step around a place that is done for each of several.
    fn section_of_each(&self, place: Place, report: &mut Report<'_>) -> Option<String> {
        let steps = super::steps::steps(self.root);
        let around =
            steps.into_iter().find(|step| step.at.holds(place)).and_then(|step| step.get("each"));
        let Some(each) = around else {
            let found = "`$each` stands outside a step with `each`";
            report
                .add(FaultKind::UnknownReference, place, found)
                .hint("write `each: ...` at the step");
            return None;
        };
        let text = each.text()?;
        if SECTIONS.iter().any(|(_, section)| *section == text) {
            return Some(text.to_owned());
        }
        let mut silent = Report::new(report.source);
        match self.meant(Word { text, place: each.at }, &mut silent) {
            Meant::Section(section) => Some(section),
            Meant::Other | Meant::Unsaid => None,
        }
    }

    /// Follows a path through the estate's own shape.
    fn follow(&self, section: &str, path: &str, word: Word<'_>, report: &mut Report<'_>) -> Meant {
        let mut at = self.member(section);
        for key in path.split('.') {
            let Some(Shape::Map(map)) = at.map(|id| self.shapes.get(id)) else {
                return Meant::Other;
            };
            at = map.keys.iter().find(|own| own.name == key).map(|own| own.shape);
            if at.is_none() {
                let names = || map.keys.iter().map(|own| own.name.as_str());
                let found = format!("{} has no {}", quoted(section), quoted(key));
                let fault = report.add(FaultKind::UnknownReference, word.place, found);
                fault
                    .nearest(nearest(key, names()))
                    .hint(format!("its keys are {}", listed(names())));
                return Meant::Unsaid;
            }
        }
        at.map_or(Meant::Other, |id| self.target(id))
    }

    fn member(&self, section: &str) -> Option<ShapeId> {
        let Shape::Map(root) = self.shapes.get(self.shapes.root) else { return None };
        let shape = root.keys.iter().find(|key| key.name == section)?.shape;
        if let Shape::List { item, .. } = self.shapes.get(shape) { Some(*item) } else { None }
    }

    fn target(&self, id: ShapeId) -> Meant {
        match self.shapes.get(id) {
            Shape::List { item, .. } => self.target(*item),
            Shape::Text(text) => match &text.reference.sections[..] {
                [section] => Meant::Section(section.clone()),
                _ => Meant::Other,
            },
            Shape::Anything | Shape::Words(_) | Shape::Flag | Shape::Whole { .. } | Shape::Real => {
                Meant::Other
            }
            Shape::Map(_) | Shape::OneKey { .. } | Shape::Tagged { .. } | Shape::Either(_) => {
                Meant::Other
            }
        }
    }

    /// Reports a reference that does not stand for a member of one of these sections.
    pub fn must_be(&self, word: Word<'_>, sections: &[&str], report: &mut Report<'_>) {
        if !word.text.starts_with('$') {
            self.literal(word, sections, report);
            return;
        }
        let found = match self.meant(word, report) {
            Meant::Unsaid => return,
            Meant::Section(section) if sections.contains(&section.as_str()) => return,
            Meant::Section(section) => {
                format!("{} names a member of {}", quoted(word.text), quoted(&section))
            }
            Meant::Other => format!("{} names no member of the estate", quoted(word.text)),
        };
        let fault = report.add(FaultKind::WrongValue, word.place, found);
        fault.expected(format!("a member of {}", listed(sections.iter().copied())));
    }

    fn literal(&self, word: Word<'_>, sections: &[&str], report: &mut Report<'_>) {
        let there: Option<Vec<_>> =
            sections.iter().map(|section| self.known.section(section)).collect();
        let Some(there) = there else { return };
        if there.iter().any(|section| section.has(word.text)) {
            return;
        }
        let ids = there.iter().flat_map(|section| &section.names).map(String::as_str);
        let params = self.entries.iter().map(|entry| entry.key.as_str());
        let param = nearest(word.text, params).map(|name| format!("${name}"));
        let near = nearest(word.text, ids).map(str::to_owned).or(param);
        let found = format!(
            "the estate has no {} in {}",
            quoted(word.text),
            listed(sections.iter().copied())
        );
        let fault =
            report.add(FaultKind::UnknownReference, word.place, found).nearest(near.as_deref());
        fault.hint("a parameter begins with `$`");
    }

    /// Checks the declarations themselves: where values come from, and that each is used.
    pub fn declared(&self, words: &Words<'_>, report: &mut Report<'_>) {
        let texts = texts(self.root);
        for entry in self.entries {
            self.among(entry, report);
            self.behind(entry, report);
            if self.is_used(entry, words, &texts) {
                continue;
            }
            let near = self.nearest_used(entry, words);
            // An optional one may only be there to be shown.
            if near.is_none() && entry.value.get("optional").is_some_and(Node::is_true) {
                continue;
            }
            let found = format!("nothing uses the parameter {}", quoted(&entry.key));
            let fault = report.add(FaultKind::UnknownReference, entry.key_at, found);
            fault.nearest(near.as_deref()).hint("take it out, or use it as `$name`");
        }
    }

    fn is_used(&self, entry: &Entry, words: &Words<'_>, texts: &[&str]) -> bool {
        let sign = format!("${}", entry.key);
        let path = format!("{sign}.");
        let mut behind = self.entries.iter().filter_map(|other| other.value.text_of("behind"));
        words.iter().filter_map(|(_, node)| node.text()).any(|text| mentions(text, &sign))
            || behind.any(|name| name == entry.key)
            || texts.iter().any(|text| *text == sign || text.starts_with(&path))
    }

    /// Returns the undeclared name that this one was probably meant to declare.
    fn nearest_used(&self, entry: &Entry, words: &Words<'_>) -> Option<String> {
        let parts = words
            .iter()
            .filter_map(|(_, node)| node.text())
            .flat_map(|text| text.split('$').skip(1));
        let names = parts.map(|part| {
            part.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
                .next()
                .unwrap_or(part)
        });
        let free: Vec<&str> = names.filter(|name| !self.declares(name)).collect();
        nearest(&entry.key, free).map(str::to_owned)
    }

    fn among(&self, entry: &Entry, report: &mut Report<'_>) {
        let Some(node) = entry.value.get("among") else { return };
        let (Some(text), Some(section)) =
            (node.text(), entry.value.text_of("type").and_then(section_of))
        else {
            return;
        };
        self.must_be(Word { text, place: node.at }, &[section], report);
    }

    fn behind(&self, entry: &Entry, report: &mut Report<'_>) {
        let Some(node) = entry.value.get("behind") else { return };
        let Some(text) = node.text() else { return };
        if text == entry.key {
            report.add(
                FaultKind::Contradiction,
                node.at,
                format!("{} sits behind itself", quoted(text)),
            );
        } else if !self.declares(text) {
            let names = || self.entries.iter().map(|entry| entry.key.as_str());
            let fault = report.add(
                FaultKind::UnknownReference,
                node.at,
                format!("the runbook has no parameter {}", quoted(text)),
            );
            fault
                .nearest(nearest(text, names()))
                .hint(format!("the parameters are {}", listed(names())));
        }
    }

    /// Reports a parameter in the middle of a text: it would be shown as it stands, never filled in.
    pub fn never_spliced(&self, node: &Node, report: &mut Report<'_>) {
        let Some(text) = node.text() else { return };
        for entry in self.entries {
            let sign = format!("${}", entry.key);
            let whole =
                text == sign || (text.starts_with(&format!("{sign}.")) && !text.contains(' '));
            if !whole && mentions(text, &sign) {
                let found = format!("{} stands inside a text", quoted(&sign));
                report
                    .add(FaultKind::WrongValue, node.at, found)
                    .hint("a parameter is a whole value; say it in other words");
            }
        }
    }
}

/// Tells whether a text has a name in it, and not as part of a longer one.
pub fn mentions(text: &str, name: &str) -> bool {
    position(text, name).is_some()
}

/// Returns where a name stands in a text, as a word of its own.
pub fn position(text: &str, name: &str) -> Option<usize> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    text.match_indices(name).map(|(at, _)| at).find(|at| {
        let before =
            text[..*at].chars().next_back().is_some_and(|c| part(c) || c == '$' || c == '.');
        let after = text[at + name.len()..].chars().next().is_some_and(part);
        !before && !after
    })
}

/// Returns every text below a node.
fn texts(node: &Node) -> Vec<&str> {
    let below = node.items().iter().chain(node.entries().iter().map(|entry| &entry.value));
    node.text().into_iter().chain(below.flat_map(texts)).collect()
}
