//! A document that can be changed and written out again, each key and value with the place where it was written.
//!
//! The places come from the writing, not from any reader, so that they can judge one.

use std::collections::HashMap;

use serde_yaml::granit_parser::{Event, Parser, ScalarStyle, StructureStyle};

/// One value.
#[derive(Clone, Debug)]
pub enum Tree {
    /// A scalar, as it is written.
    Scalar(String),
    /// A list.
    List(Style, Vec<Tree>),
    /// A map.
    Map(Style, Vec<(String, Tree)>),
}

/// How a list or map is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Over lines.
    Block,
    /// In brackets.
    Flow,
}

/// A way from the root: positions of items and entries.
pub type Way = Vec<usize>;

/// Line and column.
pub type Spot = (u32, u32);

/// Where everything was written.
#[derive(Debug, Default)]
pub struct Places {
    /// Where each key begins.
    pub keys: HashMap<Way, Spot>,
    /// Where each value begins.
    pub values: HashMap<Way, Spot>,
}

impl Tree {
    /// Reads a document.
    pub fn read(text: &str) -> Self {
        let mut events = Parser::new_from_str(text).map(Result::unwrap);
        loop {
            let (event, span) = events.next().unwrap();
            let written = span.slice(text).unwrap_or_default();
            if let Some(tree) = Self::node(event, written, &mut events, text) {
                return tree;
            }
        }
    }

    fn node<'a>(
        event: Event<'a>,
        written: &str,
        events: &mut impl Iterator<Item = (Event<'a>, serde_yaml::granit_parser::Span)>,
        text: &'a str,
    ) -> Option<Self> {
        let style = |style| if style == StructureStyle::Flow { Style::Flow } else { Style::Block };
        match event {
            Event::Scalar(_, ScalarStyle::Plain, ..) if !written.contains('\n') => {
                Some(Self::Scalar(written.to_owned()))
            }
            Event::Scalar(value, ScalarStyle::DoubleQuoted | ScalarStyle::SingleQuoted, ..)
                if !written.contains('\n') =>
            {
                let _ = value;
                Some(Self::Scalar(written.to_owned()))
            }
            Event::Scalar(value, ..) => Some(Self::Scalar(serde_json::to_string(&value).unwrap())),
            Event::SequenceStart(how, ..) => {
                let mut items = Vec::new();
                while let Some(item) = Self::next(events, text) {
                    items.push(item);
                }
                Some(Self::List(style(how), items))
            }
            Event::MappingStart(how, ..) => {
                let mut entries = Vec::new();
                while let Some(Self::Scalar(key)) = Self::next(events, text) {
                    entries.push((key, Self::next(events, text).unwrap()));
                }
                Some(Self::Map(style(how), entries))
            }
            _ => None,
        }
    }

    /// Returns the next value; nothing at the end of a list or map.
    fn next<'a>(
        events: &mut impl Iterator<Item = (Event<'a>, serde_yaml::granit_parser::Span)>,
        text: &'a str,
    ) -> Option<Self> {
        loop {
            let (event, span) = events.next()?;
            if matches!(event, Event::Comment(..)) {
                continue;
            }
            return Self::node(event, span.slice(text).unwrap_or_default(), events, text);
        }
    }

    /// Returns the value at the end of a way.
    pub fn at(&self, way: &[usize]) -> &Self {
        way.iter().fold(self, |tree, at| match tree {
            Self::List(_, items) => &items[*at],
            Self::Map(_, entries) => &entries[*at].1,
            Self::Scalar(_) => panic!("a scalar holds nothing"),
        })
    }

    /// Returns the value at the end of a way, to be changed.
    pub fn at_mut(&mut self, way: &[usize]) -> &mut Self {
        way.iter().fold(self, |tree, at| match tree {
            Self::List(_, items) => &mut items[*at],
            Self::Map(_, entries) => &mut entries[*at].1,
            Self::Scalar(_) => panic!("a scalar holds nothing"),
        })
    }

    /// Returns every way, each before those below it.
    pub fn ways(&self) -> Vec<Way> {
        let below: Vec<&Self> = match self {
            Self::Scalar(_) => Vec::new(),
            Self::List(_, items) => items.iter().collect(),
            Self::Map(_, entries) => entries.iter().map(|(_, value)| value).collect(),
        };
        let mut ways = vec![Vec::new()];
        for (at, tree) in below.into_iter().enumerate() {
            ways.extend(tree.ways().into_iter().map(|way| [vec![at], way].concat()));
        }
        ways
    }

    /// Writes the document, with the place of everything.
    pub fn write(&self) -> (String, Places) {
        let mut pen = Pen { text: String::new(), line: 1, column: 1, places: Places::default() };
        pen.value(self, &[], 0);
        pen.put("\n");
        (pen.text, pen.places)
    }
}

struct Pen {
    text: String,
    line: u32,
    column: u32,
    places: Places,
}

impl Pen {
    fn put(&mut self, text: &str) {
        for c in text.chars() {
            self.text.push(c);
            (self.line, self.column) =
                if c == '\n' { (self.line + 1, 1) } else { (self.line, self.column + 1) };
        }
    }

    fn spot(&self) -> Spot {
        (self.line, self.column)
    }

    fn value(&mut self, tree: &Tree, way: &[usize], indent: usize) {
        self.places.values.insert(way.to_vec(), self.spot());
        match tree {
            Tree::Scalar(text) => self.put(text),
            Tree::List(Style::Flow, items) => self.flow(items.len(), "[", "]", |pen, at| {
                pen.value(&items[at], &step(way, at), indent)
            }),
            Tree::Map(Style::Flow, entries) => self.flow(entries.len(), "{ ", " }", |pen, at| {
                pen.entry(&entries[at], &step(way, at), indent)
            }),
            Tree::List(Style::Block, items) if items.is_empty() => self.put("[]"),
            Tree::Map(Style::Block, entries) if entries.is_empty() => self.put("{}"),
            Tree::List(Style::Block, items) => self.block(items.len(), indent, |pen, at| {
                pen.put("- ");
                pen.value(&items[at], &step(way, at), indent + 2);
            }),
            Tree::Map(Style::Block, entries) => {
                self.block(entries.len(), indent, |pen, at| {
                    pen.entry(&entries[at], &step(way, at), indent)
                });
            }
        }
    }

    fn flow(
        &mut self,
        count: usize,
        open: &str,
        close: &str,
        mut one: impl FnMut(&mut Self, usize),
    ) {
        self.put(open);
        for at in 0..count {
            self.put(if at > 0 { ", " } else { "" });
            one(self, at);
        }
        self.put(close);
    }

    fn block(&mut self, count: usize, indent: usize, mut one: impl FnMut(&mut Self, usize)) {
        for at in 0..count {
            if at > 0 {
                self.put("\n");
                self.put(&" ".repeat(indent));
            }
            one(self, at);
        }
    }

    fn entry(&mut self, (key, value): &(String, Tree), way: &[usize], indent: usize) {
        self.places.keys.insert(way.to_vec(), self.spot());
        self.put(key);
        self.put(":");
        let below = match value {
            Tree::List(Style::Block, items) => !items.is_empty(),
            Tree::Map(Style::Block, entries) => !entries.is_empty(),
            Tree::Scalar(_) | Tree::List(Style::Flow, _) | Tree::Map(Style::Flow, _) => false,
        };
        if below {
            self.put("\n");
            self.put(&" ".repeat(indent + 2));
            self.value(value, way, indent + 2);
        } else {
            self.put(" ");
            self.value(value, way, indent + 2);
        }
    }
}

/// Returns a way with one more step.
pub fn step(way: &[usize], at: usize) -> Way {
    [way, &[at]].concat()
}
